/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends the report's files to every sink, the network's in a child: a name server or a driver that
 * hangs must not keep the run from its end.
 */
#include "report/sink.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include "base/child.h"
#include "base/log.h"
#include "base/secret.h"
#include "report/mgmt.h"
#include "base/sysroot.h"

#define ATTEMPTS 5
#define FIRST_WAIT_MS 1000
#define NETWORK_MS 420000 /* of all sinks together */
#define SHOWN_SIZE 160

void sink_add_file(struct sink_job *job, const char *name, const char *type, int dir)
{
	if (dir >= 0 && job->n_files < SINK_FILES && faccessat(dir, name, R_OK, 0) == 0)
		job->files[job->n_files++] = (struct sink_file){ name, type, dir };
}

/* Shared with the child. */
struct shared {
	const struct sink_job *job;
	struct sink_outcome outcomes[SINK_MAX];
};

static const char *show(const struct sink *sink, char *buf, size_t size)
{
	char target[SINK_URL_SIZE];

	secret_hide_value("sink", sink->target, target, sizeof(target));
	util_format(buf, size, "%s%s", sink->kind == SINK_DIR ? "dir:" : "", target);
	return buf;
}

static void set_outcome(struct sink_outcome *o, const struct sink *sink, const char *why)
{
	char shown[SHOWN_SIZE];

	o->sent = !why;
	util_format(o->text, sizeof(o->text), "the report was %ssent to %s%s%s", why ? "NOT " : "",
		    show(sink, shown, sizeof(shown)), why ? ": " : "", why ? why : "");
	util_sanitise(o->text);
}

/* One file, with a few attempts between which the waits grow. */
static int send_file(const struct sink_job *job, const struct sink *sink, const struct sink_ca *ca,
		     const struct sink_file *file, char *why, size_t why_size)
{
	int wait_ms = FIRST_WAIT_MS, attempt, ret = -EIO;

	for (attempt = 1; attempt <= ATTEMPTS; attempt++) {
		ret = sink_upload(sink, &job->settings->sinks, ca, job->name, file, why, why_size);
		if (ret != -EAGAIN || attempt == ATTEMPTS)
			return ret;
		log_info("%s is not sent yet (attempt %d of %d): %s", file->name, attempt, ATTEMPTS,
			 why);
		poll(NULL, 0, wait_ms); /* there is nothing to look at but the clock */
		wait_ms *= 2;
	}
	return ret;
}

static void send_to(const struct sink_job *job, const struct sink *sink, const struct sink_ca *ca,
		    struct sink_outcome *outcome)
{
	char why[120];
	unsigned int i;

	for (i = 0; i < job->n_files; i++)
		if (send_file(job, sink, ca, &job->files[i], why, sizeof(why)) < 0) {
			set_outcome(outcome, sink, why);
			return;
		}
	set_outcome(outcome, sink, NULL);
}

static void send_all_to_network(struct shared *shared, const char *problem)
{
	const struct sink_job *job = shared->job;
	const struct sink_settings *sinks = &job->settings->sinks;
	struct sink_ca ca;
	unsigned int i;

	if (sink_load_ca(&ca, job->root, job->stick_dir) < 0)
		problem = "out of memory";
	for (i = 0; i < sinks->n; i++)
		if (sinks->list[i].kind == SINK_DIR)
			continue;
		else if (problem)
			set_outcome(&shared->outcomes[i], &sinks->list[i], problem);
		else
			send_to(job, &sinks->list[i], &ca, &shared->outcomes[i]);
	free(ca.pem);
}

/* A fake machine has no port of its own: there it is the network as it is. */
static int network_child(void *arg)
{
	struct shared *shared = arg;
	const struct sink_job *job = shared->job;
	struct mgmt mgmt = { 0 };
	int ret = 0;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	if (sysroot_is_real(job->root))
		ret = mgmt_up(&mgmt, job->root, job->inv, &job->settings->mgmt);
	send_all_to_network(shared, ret < 0 ? mgmt.problem : NULL);
	mgmt_down(&mgmt);
	return 0;
}

static void send_by_network(const struct sink_job *job, struct sink_outcome *outcomes)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct child_end end;
	unsigned int i;

	if (shared == MAP_FAILED)
		return;
	shared->job = job;
	memcpy(shared->outcomes, outcomes, sizeof(shared->outcomes));
	if (child_call(network_child, shared, NETWORK_MS, NULL, &end) < 0)
		log_error("no process could be started for the network");
	for (i = 0; i < job->settings->sinks.n; i++)
		if (job->settings->sinks.list[i].kind != SINK_DIR) {
			outcomes[i] = shared->outcomes[i];
			outcomes[i].text[sizeof(outcomes[i].text) - 1] = '\0';
		}
	munmap(shared, sizeof(*shared));
}

static void send_to_dir(const struct sink_job *job, const struct sink *sink,
			struct sink_outcome *outcome)
{
	int ret = sink_write_dir(job->stick_dir, sink->target, job->name, job->files, job->n_files);

	set_outcome(outcome, sink,
		    ret == -ENODEV ? "there is no stick"
		    : ret < 0	   ? strerror(-ret)
				   : NULL);
}

void sink_send_all(const struct sink_job *job, struct sink_outcome outcomes[SINK_MAX])
{
	const struct sink_settings *sinks = &job->settings->sinks;
	bool network = false;
	unsigned int i;

	for (i = 0; i < sinks->n; i++) {
		set_outcome(&outcomes[i], &sinks->list[i], "it did not end in time");
		network |= sinks->list[i].kind != SINK_DIR;
	}
	/* The stick's first: it takes no time. */
	for (i = 0; i < sinks->n; i++)
		if (sinks->list[i].kind == SINK_DIR)
			send_to_dir(job, &sinks->list[i], &outcomes[i]);
	if (network)
		send_by_network(job, outcomes);
}
