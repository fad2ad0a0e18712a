/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of reading a fleet, one file each, in the order in which they are called.
 */
#ifndef VFPROOF_REPORT_FLEET_PARTS_H
#define VFPROOF_REPORT_FLEET_PARTS_H

#include <jansson.h>
#include "base/util.h"
#include "model/verdict.h"

#define FLEET_OTHER "other" /* the area of cases that belong to none */

/* What an item says of what it tries; what is not applicable says nothing. */
enum fleet_state { FLEET_NONE, FLEET_PASS, FLEET_WARN, FLEET_OPEN, FLEET_FAIL, FLEET_STATES };

/* A figure of a port. */
struct fleet_sample {
	size_t key; /* in fleet_keys */
	unsigned int port; /* in "ports" of the run's host */
	double value; /* in its kind's own unit */
};

/* The figures that there are, by number: an object for each, with case, what and unit. */
struct fleet_keys {
	json_t *ids; /* name -> number */
	json_t *list;
};

/*
 * The verdicts of hosts, the best first: name (NULL after the last) and class on the page; and the
 * place of a host's.
 */
const char *fleet_get_verdict(size_t i);
const char *fleet_verdict_class(size_t i);
size_t fleet_verdict_place(const json_t *host);

/* What is kept of a report. */
struct fleet_run {
	char *file; /* below the folder, as it is shown */
	json_t *host; /* as in the result, and "macs", "when" */
	struct fleet_sample *samples;
	size_t n_samples;
	struct fleet_run *newer; /* the newest run of the same host, NULL: it is this one */
	unsigned int older; /* how many older runs of its host there are */
};

struct fleet_set {
	struct fleet_run *runs; /* the newest first, once fleet_identify() was called */
	size_t n;
	json_t *bad; /* {"file", "why"} of what could not be read */
};

/* Which files of the folder are reports; the names are sorted, relative, the caller's. */
struct fleet_files {
	char **names;
	size_t n;
};

void fleet_files_free(struct fleet_files *files);
/* Files that cannot be taken are added to @bad. Returns 0 or -errno: @dir cannot be opened. */
int fleet_files_find(int dir, struct fleet_files *files, json_t *bad) must_check;
void fleet_add_bad(json_t *bad, const char *file, const char *why);

/* A member of at most @max bytes, cut between characters and ended by "...". */
void fleet_set_text(json_t *obj, const char *key, const char *text, size_t max);
/* What an item says, and the words for it: "none", "pass", "warn", "open", "fail". */
enum fleet_state fleet_item_state(const json_t *item);
const char *fleet_state_name(enum fleet_state state);
enum fleet_state fleet_state_parse(const char *name);
/* "vf" of "vf_create_one", FLEET_OTHER for an unknown area. */
const char *fleet_area(const char *case_id);
/* By position; NULL after the last, which is FLEET_OTHER. */
const char *fleet_get_area(size_t i);

/* Host, ports, areas and findings of a sound report. NULL without memory. Caller owns it. */
json_t *fleet_host(const json_t *report, const char *file) must_check;
/* The measurements in the evidence of its ports. */
void fleet_take_samples(struct fleet_run *run, const json_t *report, struct fleet_keys *keys);

/* The number of a figure (case, what, unit), which is added if it is a new one. */
size_t fleet_add_key(struct fleet_keys *keys, const json_t *key);

/* Finds for each run the newest of its host, and sorts them. Returns 0 or -ENOMEM. */
int fleet_identify(struct fleet_set *set) must_check;
/* True if both are runs of the same host (docs/fleet.md). */
bool fleet_is_same_host(const json_t *a, const json_t *b);
/*
 * An index of hosts: from each MAC, serial number and UUID to the numbers of the runs in a set that
 * have it. fleet_index_find() returns that of the run of the same host, -1 if there is none.
 */
void fleet_index_add(json_t *index, const json_t *host, size_t number);
ssize_t fleet_index_find(json_t *index, const struct fleet_set *set, const json_t *host) must_check;

/* "hosts" of the result, and what they come to: "standing", "areas", "causes", "nics". */
void fleet_sum(json_t *out, const struct fleet_set *set);
/* "figures" and "outliers". Returns 0 or -ENOMEM. */
int fleet_outliers(json_t *out, const struct fleet_set *set,
		   const struct fleet_keys *keys) must_check;
/* "since": what changed between two folders. */
void fleet_since(json_t *out, const struct fleet_set *before);

/* The member @key of a figure or an outlier, as "512 ms" or "940 Mb/s". */
void fleet_format_figure(const json_t *figure, const char *key, char *buf, size_t size);
/* Median of @n > 0 values, which are sorted by it. */
double fleet_median(double *values, size_t n);

#endif
