/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sinks: where a finished report goes to beside the consoles and the stick. A sink that fails is
 * told of, and changes no verdict.
 */
#ifndef VFPROOF_REPORT_SINK_H
#define VFPROOF_REPORT_SINK_H

#include "sys/overlay_paths.h"
#include "model/settings.h"
#include "base/util.h"
#include "report/forms.h"

#define SINK_CA_BUNDLE "usr/lib/vfproof/ca-certificates.pem"
#define SINK_CA_LAB OVERLAY_RUN "/ca.pem"
#define SINK_CA_STICK "ca.pem"
#define SINK_FILES (FORM_FILES + 4) /* and the journal, the manifest, its signature, the key */

struct inventory;
struct sysroot;

/* A file that is read when it is sent: there is no need to have it in memory. */
struct sink_file {
	const char *name; /* "report.json" */
	const char *type; /* its media type */
	int dir; /* the folder that it is in; borrowed */
};

/* What is sent, and what is needed for it. All pointers are borrowed. */
struct sink_job {
	const struct sysroot *root;
	const struct settings *settings;
	const struct inventory *inv;
	int stick_dir; /* top of the stick, -1: none */
	char name[128]; /* of the report, HOST-TIME */
	struct sink_file files[SINK_FILES];
	unsigned int n_files;
};

/* What became of one sink. */
struct sink_outcome {
	bool sent;
	char text[240]; /* in words, without secrets */
};

/* Adds a file, if it is there. */
void sink_add_file(struct sink_job *job, const char *name, const char *type, int dir);
/*
 * Sends to every sink, @outcomes has one entry for each of job->settings->sinks. Bounded in time:
 * some minutes at most.
 */
void sink_send_all(const struct sink_job *job, struct sink_outcome outcomes[SINK_MAX]);

/* Certificates to check servers against: the bundle in the image and the lab's own. */
struct sink_ca {
	char *pem;
	size_t len;
};

/* What is there of the three places; the caller frees ca->pem. Returns 0 or -ENOMEM. */
int sink_load_ca(struct sink_ca *ca, const struct sysroot *root, int stick_dir) must_check;

/*
 * One attempt to send one file. Returns 0, -EAGAIN if another attempt may succeed, or -EIO, with
 * the reason in @why (no secrets in it).
 */
int sink_upload(const struct sink *sink, const struct sink_settings *settings,
		const struct sink_ca *ca, const char *report_name, const struct sink_file *file,
		char *why, size_t why_size) must_check;
/* The files as NAME/REPORT/FILE on the stick. Returns 0 or -errno. */
int sink_write_dir(int stick_dir, const char *dir, const char *report_name,
		   const struct sink_file *files, unsigned int n) must_check;

#endif
