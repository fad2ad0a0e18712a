/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command "vfproof diff".
 */
#include <errno.h>
#include <string.h>
#include "model/advice.h"
#include "report/diff.h"
#include "report/report.h"

#define EXIT_UNREADABLE 3
#define MAX_THRESHOLD 1000000

struct arguments {
	const char *files[2];
	struct diff_options options;
	bool json;
};

static int parse_option(struct arguments *a, const char *name, const char *value)
{
	uint64_t number;

	if (!value)
		return -EINVAL;
	if (strcmp(name, "--form") == 0) {
		a->json = strcmp(value, "json") == 0;
		return a->json || strcmp(value, "text") == 0 ? 0 : -EINVAL;
	}
	if (strcmp(name, "--threshold") != 0 ||
	    util_parse_u64(value, 10, MAX_THRESHOLD, &number) < 0)
		return -EINVAL;
	a->options.threshold = (unsigned int)number;
	a->options.one_threshold = true;
	return 0;
}

/* OLD NEW and options, in any order; an option's value is a word of its own. */
static int parse_arguments(struct arguments *a, int argc, char **argv)
{
	int i, n = 0, ret = 0;

	*a = (struct arguments){ .options.threshold = DIFF_THRESHOLD };
	for (i = 2; i < argc && ret == 0; i++) {
		if (strcmp(argv[i], "--strict") == 0) {
			a->options.strict = true;
		} else if (strncmp(argv[i], "--", 2) == 0) {
			ret = parse_option(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
			i++;
		} else if (n < 2) {
			a->files[n++] = argv[i];
		} else {
			ret = -EINVAL;
		}
	}
	return ret < 0 || n < 2 ? -EINVAL : 0;
}

static int print(const json_t *diff, bool json)
{
	int ret = json ? report_put_json(stdout, diff) : diff_put_text(stdout, diff);

	return ret == 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

static int exit_status(enum diff_result result)
{
	switch (result) {
	case DIFF_SAME:
	case DIFF_CHANGED:
		return 0;
	case DIFF_REGRESSED:
		return 1;
	case DIFF_INCOMPARABLE:
		break;
	}
	return 2;
}

int diff_main(int argc, char **argv)
{
	struct arguments a;
	json_t *old_report, *new_report, *diff = NULL;
	int status = EXIT_UNREADABLE;

	if (parse_arguments(&a, argc, argv) < 0)
		return -EINVAL;
	if (advice_load() < 0)
		return EXIT_UNREADABLE;
	old_report = report_load_any(a.files[0]);
	new_report = report_load_any(a.files[1]);
	if (old_report && new_report)
		diff = diff_compare(old_report, new_report, a.files[0], a.files[1], &a.options);
	if (diff && print(diff, a.json) == 0)
		status = exit_status(diff_get_result(diff));
	json_decref(diff);
	json_decref(new_report);
	json_decref(old_report);
	return status;
}
