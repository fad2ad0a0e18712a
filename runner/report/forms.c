/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/forms.h"

#include <ctype.h>
#include <string.h>
#include "journal/member.h"

#define MAX_DURATION_S (10 * 366 * 86400.0)

/* The line that labs parse. */
static int put_result(FILE *f, const json_t *report)
{
	char line[256];

	report_to_result_line(report, line, sizeof(line));
	fprintf(f, "%s\n", line);
	return 0;
}

#define FORM_ROW(id, name, file, type) [FORM_##id] = { #name, file, type, report_put_##name },

static const struct form forms[] = {
	FORMS(FORM_ROW){ "summary", NULL, NULL, report_put_summary },
	{ "result", NULL, NULL, put_result },
};

const struct form *form_get(size_t index)
{
	return index < ARRAY_SIZE(forms) ? &forms[index] : NULL;
}

const struct form *form_find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return &forms[i];
	return NULL;
}

enum outcome form_item_outcome(const json_t *item)
{
	bool decides = member_not_false(item, "required");

	switch (report_item_verdict(item)) {
	case VERDICT_PASS:
	case VERDICT_WARN:
		return OUTCOME_PASS;
	case VERDICT_SKIP:
		return OUTCOME_SKIP;
	case VERDICT_FAIL:
	case VERDICT_TIMEOUT:
	case VERDICT_CRASHED:
		return decides ? OUTCOME_FAIL : OUTCOME_NOTED;
	default:
		return decides ? OUTCOME_ERROR : OUTCOME_NOTED;
	}
}

enum outcome form_run_outcome(const json_t *report)
{
	bool unsafe;

	switch (report_verdict(report, &unsafe)) {
	case RUN_QUALIFIED:
	case RUN_WAIVED:
		return OUTCOME_PASS;
	case RUN_NOT_QUALIFIED:
		return OUTCOME_FAIL;
	default:
		return OUTCOME_ERROR;
	}
}

double form_duration(const json_t *item)
{
	double s = member_real(item, "duration_s");

	return s > 0 ? (s < MAX_DURATION_S ? s : MAX_DURATION_S) : 0;
}

const char *form_finding(const json_t *item)
{
	const char *measured = member_text(item, "measured"), *reason = member_text(item, "reason");

	if (measured[0])
		return measured;
	return reason[0] ? reason : verdict_name(report_item_verdict(item));
}

void form_slug(char *dst, size_t size, const char *text, const char *more)
{
	util_strlcpy(dst, size, text);
	for (; *dst; dst++)
		if (!isascii((unsigned char)*dst) ||
		    (!isalnum((unsigned char)*dst) && !strchr(more, *dst)))
			*dst = '_';
}

char *form_print(int (*put)(FILE *f, const json_t *value), const json_t *value)
{
	char *text = NULL;
	bool failed;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	failed = put(f, value) < 0;
	failed |= ferror(f);
	failed |= fclose(f) == EOF;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

void form_explain(FILE *f, const json_t *item,
		  void (*line)(FILE *f, const char *what, const char *text))
{
	static const char *const keys[] = { "expected", "measured", "reason", "label",
					    "waived",	"cause",    "fix" };
	static const char *const further[][2] = { { "cause", "or cause" },
						  { "seen", "  seen" },
						  { "fix", "  fix" } };
	const json_t *cause;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (member_text(item, keys[i])[0])
			line(f, keys[i], member_text(item, keys[i]));
	json_array_foreach (json_object_get(item, "also"), i, cause)
		for (k = 0; k < ARRAY_SIZE(further); k++)
			if (member_text(cause, further[k][0])[0])
				line(f, further[k][1], member_text(cause, further[k][0]));
}
