/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the reports of a fleet, as many at a time as there are processors: of each only what is
 * needed stays in memory.
 */
#include "report/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/member.h"
#include "report/fleet_parts.h"
#include "report/report.h"

#define MAX_READERS 8
#define LARGE_REPORT (8 << 20)

/* The report in a file, or NULL and why there is none. */
static json_t *load(int dir, const char *name, char *why, size_t size)
{
	_cleanup_free_ char *text = NULL;
	json_error_t error;
	json_t *report;
	size_t len;
	int ret = util_read_file(dir, name, FLEET_MAX_REPORT, &text, &len);

	if (ret < 0) {
		if (ret == -EFBIG)
			util_format(why, size, "larger than %lu MiB", FLEET_MAX_REPORT >> 20);
		else
			util_strlcpy(why, size, strerror(-ret));
		return NULL;
	}
	report = json_loadb(text, len, 0, &error);
	if (!report) {
		util_format(why, size, "no JSON: line %d: %s", error.line, error.text);
		return NULL;
	}
	if (!report_fault(report, why, size))
		return report;
	json_decref(report);
	return NULL;
}

/* What came of a file. */
struct slot {
	struct fleet_run run; /* without a host: it is bad */
	unsigned int reader;
	char why[300];
};

/* Most of the time goes into parsing, and files do not depend on each other. */
struct reading {
	int dir;
	const struct fleet_files *files;
	struct slot *slots;
	atomic_size_t next;
	pthread_mutex_t large; /* held while a large file is read, so that only one is in memory */
	bool samples;
};

struct reader {
	struct reading *reading;
	struct fleet_keys keys; /* its own: brought together in the end */
	unsigned int number;
	pthread_t thread;
	bool started;
};

static void read_one(struct reader *r, struct slot *slot, const char *name)
{
	json_t *report = load(r->reading->dir, name, slot->why, sizeof(slot->why));

	slot->reader = r->number;
	slot->run.file = report ? strdup(name) : NULL;
	if (slot->run.file) {
		util_sanitise(slot->run.file);
		slot->run.host = fleet_host(report, slot->run.file);
		if (r->reading->samples)
			fleet_take_samples(&slot->run, report, &r->keys);
	}
	json_decref(report);
}

static bool is_large(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_size > LARGE_REPORT;
}

static void *read_some(void *arg)
{
	struct reader *r = arg;
	struct reading *all = r->reading;
	size_t i;

	while ((i = atomic_fetch_add(&all->next, 1)) < all->files->n) {
		const char *name = all->files->names[i];
		const bool large = is_large(all->dir, name);

		if (large)
			pthread_mutex_lock(&all->large);
		read_one(r, &all->slots[i], name);
		if (large)
			pthread_mutex_unlock(&all->large);
	}
	return NULL;
}

/* In the order of the files, whichever thread has read which. */
static void collect(struct fleet_set *set, struct reading *all, struct reader *readers,
		    struct fleet_keys *keys)
{
	size_t i, k;

	for (i = 0; i < all->files->n; i++) {
		struct slot *slot = &all->slots[i];
		const json_t *from = readers[slot->reader].keys.list;

		if (!slot->run.host) {
			free(slot->run.file);
			fleet_add_bad(set->bad, all->files->names[i],
				      slot->why[0] ? slot->why : "out of memory");
			continue;
		}
		for (k = 0; k < slot->run.n_samples; k++)
			slot->run.samples[k].key =
				fleet_add_key(keys, json_array_get(from, slot->run.samples[k].key));
		set->runs[set->n++] = slot->run;
	}
}

static void read_all(struct fleet_set *set, struct reading *all, struct fleet_keys *keys)
{
	struct reader readers[MAX_READERS] = { 0 };
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int i;

	for (i = 0; i < MAX_READERS; i++) {
		readers[i].reading = all;
		readers[i].number = i;
		readers[i].keys = (struct fleet_keys){ json_object(), json_array() };
	}
	/* The first is this thread, which does all the work if no other can be had. */
	for (i = 1; i < MAX_READERS && (long)i < processors && i < all->files->n; i++)
		readers[i].started =
			pthread_create(&readers[i].thread, NULL, read_some, &readers[i]) == 0;
	read_some(&readers[0]);
	for (i = 1; i < MAX_READERS; i++)
		if (readers[i].started)
			pthread_join(readers[i].thread, NULL);
	collect(set, all, readers, keys);
	for (i = 0; i < MAX_READERS; i++) {
		json_decref(readers[i].keys.ids);
		json_decref(readers[i].keys.list);
	}
}

/* @samples: whether figures are wanted. */
static int read_set(const char *path, struct fleet_set *set, struct fleet_keys *keys, bool samples)
{
	_cleanup_close_ int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct fleet_files files;
	struct reading all = {
		.dir = dir, .files = &files, .large = PTHREAD_MUTEX_INITIALIZER, .samples = samples
	};
	int ret;

	if (dir < 0)
		return -errno;
	ret = fleet_files_find(dir, &files, set->bad);
	if (ret < 0)
		return ret;
	set->runs = calloc(files.n + 1, sizeof(*set->runs));
	all.slots = calloc(files.n + 1, sizeof(*all.slots));
	ret = set->runs && all.slots ? 0 : -ENOMEM;
	if (ret == 0)
		read_all(set, &all, keys);
	free(all.slots);
	fleet_files_free(&files);
	return ret < 0 ? ret : fleet_identify(set);
}

static void free_set(struct fleet_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		free(set->runs[i].file);
		free(set->runs[i].samples);
		json_decref(set->runs[i].host);
	}
	free(set->runs);
	json_decref(set->bad);
}

static void sum_files(json_t *out, const struct fleet_set *set)
{
	json_int_t older = 0;
	size_t i;

	for (i = 0; i < set->n; i++)
		older += set->runs[i].newer != NULL;
	json_object_set_new(out, "files",
			    json_pack("{s:I, s:I, s:O}", "read", (json_int_t)set->n, "older", older,
				      "bad", set->bad));
}

/* The MACs of a host are in its ports. */
static void drop_macs(json_t *hosts)
{
	json_t *host;
	size_t i;

	json_array_foreach (hosts, i, host)
		json_object_del(host, "macs");
}

int fleet_build(const char *dir, const char *since, json_t **fleet)
{
	struct fleet_set now = { .bad = json_array() }, before = { .bad = json_array() };
	struct fleet_keys keys = { json_object(), json_array() };
	json_t *out = json_object();
	int ret = read_set(dir, &now, &keys, true);

	if (ret == 0 && since)
		ret = read_set(since, &before, &keys, false);
	if (ret == 0) {
		member_set_text(out, "schema", FLEET_SCHEMA);
		sum_files(out, &now);
		fleet_sum(out, &now);
		ret = fleet_outliers(out, &now, &keys);
		json_object_set_new(out, "since", json_null());
		if (since)
			fleet_since(out, &before);
		drop_macs(json_object_get(out, "hosts"));
	}
	free_set(&before);
	free_set(&now);
	json_decref(keys.ids);
	json_decref(keys.list);
	if (ret < 0) {
		json_decref(out);
		return ret;
	}
	*fleet = out;
	return 0;
}
