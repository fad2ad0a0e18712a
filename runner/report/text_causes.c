/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text_causes.h"

#include <string.h>
#include "journal/member.h"
#include "report/blame.h"
#include "report/forms.h"
#include "report/report.h"
#include "report/subjects.h"

#define MAX_CAUSES 3 /* that the summary shows */
#define CAUSE_LINES 4 /* that one takes there at least */
#define INDENT 10

/* The item that stands for the cause, in one line. */
static void put_first(struct page *p, const json_t *report, const json_t *cause, size_t number)
{
	const json_t *item = blame_first(report, cause);
	char name[SUBJECT_TEXT];

	page_put_line(p, "%zu. %s %s %s: %s", number, member_text(item, "verdict"),
		      member_text(item, "case"), subject_text(item, name), form_finding(item));
}

static void put_brief(struct page *p, const json_t *report, size_t number, unsigned int lines)
{
	const json_t *cause = json_array_get(json_object_get(report, "causes"), number - 1);
	const char *text = member_text(cause, "cause");
	char extent[300];

	if (lines == 0)
		return;
	put_first(p, report, cause, number);
	lines--;
	blame_extent(cause, extent, sizeof(extent));
	if (blame_has_more(cause) && lines > 0)
		lines -= page_put_folded(p, 1, 3, "", extent);
	if (text[0])
		lines -= page_put_folded(p, (lines + 1) / 2, INDENT, "   cause:", text);
	page_put_folded(p, lines, INDENT, "   fix:", member_text(cause, "fix"));
}

static unsigned int lines_left(const struct page *p, unsigned int reserve)
{
	return p->max_lines > p->lines + reserve ? p->max_lines - p->lines - reserve : 0;
}

/* How many causes of @n there is room for. */
static unsigned int count_shown(const struct page *p, unsigned int reserve, size_t n)
{
	const unsigned int room = lines_left(p, reserve) / CAUSE_LINES;
	const unsigned int most = room < MAX_CAUSES ? room : MAX_CAUSES;

	return n < most ? (unsigned int)n : most;
}

void text_causes_brief(struct page *p, const json_t *report, unsigned int reserve)
{
	const json_t *causes = json_object_get(report, "causes");
	const size_t n = json_array_size(causes);
	unsigned int shown, i;
	char headline[300];

	if (n > 1 && blame_headline(report, headline, sizeof(headline)))
		page_put_line(p, "%s", headline);
	if (count_shown(p, reserve, n) < n)
		reserve++; /* for what says so */
	shown = count_shown(p, reserve, n);
	for (i = 0; i < shown; i++)
		put_brief(p, report, i + 1, lines_left(p, reserve) / (shown - i));
	if (shown < n)
		page_put_line(p, "... and %zu more cause%s: see the details", n - shown,
			      n - shown == 1 ? "" : "s");
}

/* "12 SKIP, 1 NOTRUN" of the items at @places from the @from-th on. */
static void count_verdicts(const json_t *report, const json_t *places, size_t from, char *buf,
			   size_t size)
{
	unsigned int counts[VERDICT_COUNT] = { 0 };
	enum verdict v;
	size_t i;

	for (i = from; i < json_array_size(places); i++)
		counts[report_item_verdict(blame_item(report, places, i))]++;
	buf[0] = '\0';
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		const size_t len = strlen(buf);

		if (counts[v])
			util_format(buf + len, size - len, "%s%u %s", len ? ", " : "", counts[v],
				    verdict_name(v));
	}
}

/* What is folded: one line with a count. */
static void put_rest(struct page *p, const json_t *report, const json_t *cause, const char *key,
		     size_t from, const char *what)
{
	const json_t *places = json_object_get(cause, key);
	char counts[128];

	if (json_array_size(places) <= from)
		return;
	count_verdicts(report, places, from, counts, sizeof(counts));
	page_put_line(p, "   %s%zu %s: %s", key[0] == 'i' ? "and " : "",
		      json_array_size(places) - from, what, counts);
}

static void number_places(unsigned int *numbers, size_t n, const json_t *places, size_t from,
			  unsigned int number)
{
	size_t i;

	for (i = from; i < json_array_size(places); i++) {
		const json_int_t at = json_integer_value(json_array_get(places, i));

		if (at >= 0 && (size_t)at < n)
			numbers[at] = number;
	}
}

unsigned int *text_causes_number(const json_t *report)
{
	const json_t *causes = json_object_get(report, "causes"), *cause;
	const size_t n = json_array_size(json_object_get(report, "items"));
	unsigned int *numbers = calloc(n + 1, sizeof(*numbers));
	size_t i;

	if (!numbers)
		return NULL;
	json_array_foreach (causes, i, cause) {
		const unsigned int number = (unsigned int)i + 1;

		number_places(numbers, n, json_object_get(cause, "items"), 1, number);
		number_places(numbers, n, json_object_get(cause, "follows"), 0, number);
	}
	return numbers;
}

void text_causes(struct page *p, const json_t *report)
{
	const json_t *causes = json_object_get(report, "causes"), *cause;
	char text[300];
	size_t i;

	if (!blame_headline(report, text, sizeof(text)))
		return;
	page_put_all(p, "Causes", text);
	json_array_foreach (causes, i, cause) {
		put_first(p, report, cause, i + 1);
		if (blame_has_more(cause)) {
			blame_extent(cause, text, sizeof(text));
			page_put_folded(p, UINT32_MAX, 3, "", text);
		}
		page_put_folded(p, UINT32_MAX, INDENT, "   cause:", member_text(cause, "cause"));
		page_put_folded(p, UINT32_MAX, INDENT, "   fix:", member_text(cause, "fix"));
		put_rest(p, report, cause, "items", 1, "more with this cause");
		put_rest(p, report, cause, "follows", 0, "only follow from it");
	}
}
