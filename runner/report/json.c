/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for programs, and reading it or a journal back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/log.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "report/blame.h"
#include "report/report.h"

int report_put_json(FILE *f, const json_t *report)
{
	if (json_dumpf(report, f,
		       JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII |
			       JSON_REAL_PRECISION(9)) < 0)
		return ferror(f) ? -EIO : -ENOMEM;
	fputc('\n', f);
	return 0;
}

static size_t read_some(void *buf, size_t size, void *arg)
{
	return fread(buf, 1, size, arg);
}

/* The whole file as one value; NULL if it is none, as a journal is not. Never in memory as text. */
static json_t *load_value(FILE *f)
{
	struct stat st;

	if (fstat(fileno(f), &st) < 0 || (uint64_t)st.st_size > REPORT_MAX_SIZE)
		return NULL;
	return json_load_callback(read_some, f, 0, NULL);
}

/* A file of the journal's name is one, however little of it can be read. */
static json_t *load_journal(const char *path)
{
	json_t *report;
	size_t n_events;
	int ret = report_read_journal(AT_FDCWD, path, &report, &n_events);

	if (ret < 0)
		log_errno(ret, "read", path);
	if (ret == 0 && (n_events > 0 || util_glob("*" JOURNAL_NAME, path)))
		return report;
	if (ret == 0)
		log_error("%s is neither a journal nor a %s", path, REPORT_SCHEMA);
	json_decref(report);
	return NULL;
}

static json_t *load(const char *path, bool any_schema)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	const char *schema;
	json_t *report;

	if (!f)
		return load_journal(path); /* which says why */
	report = load_value(f);
	schema = member_text(report, "schema");
	/* Reports of older versions have no causes, and what a file says may not fit its items. */
	if (strcmp(schema, REPORT_SCHEMA) == 0) {
		if (blame_add(report) == 0)
			return report;
		log_error("%s: out of memory", path);
		json_decref(report);
		return NULL;
	}
	if (any_schema && schema[0])
		return report;
	json_decref(report);
	return load_journal(path);
}

json_t *report_load(const char *path)
{
	return load(path, false);
}

json_t *report_load_any(const char *path)
{
	return load(path, true);
}
