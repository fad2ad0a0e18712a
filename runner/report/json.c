/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for programs, and reading it or a journal back.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "journal/member.h"
#include "journal/journal.h"
#include "base/log.h"
#include "report/report.h"

char *report_to_json(const json_t *report)
{
	_cleanup_free_ char *json =
		json_dumps(report, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII |
					   JSON_REAL_PRECISION(9));
	char *text;

	if (!json || asprintf(&text, "%s\n", json) < 0)
		return NULL;
	return text;
}

json_t *report_load(const char *path)
{
	_cleanup_free_ char *text = NULL;
	json_t *report, *events;
	unsigned int damaged;
	size_t len;
	int ret = util_read_file(AT_FDCWD, path, JOURNAL_MAX_SIZE, &text, &len);

	if (ret < 0) {
		log_errno(ret, "read", path);
		return NULL;
	}
	report = json_loadb(text, len, 0, NULL);
	if (report && strcmp(member_text(report, "schema"), REPORT_SCHEMA) == 0)
		return report;
	json_decref(report);
	events = journal_parse(text, len, &damaged);
	/* A file of the journal's name is one, however little of it can be read. */
	if (json_array_size(events) > 0 || util_glob("*" JOURNAL_NAME, path))
		report = report_build(events, damaged);
	else
		report = NULL;
	json_decref(events);
	if (!report)
		log_error("%s is neither a journal nor a %s", path, REPORT_SCHEMA);
	return report;
}
