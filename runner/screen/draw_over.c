/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen when the run is over: the verdict in block letters with the first causes and fixes,
 * and further pages with all that is known.
 */
#include "screen/draw_over.h"

#include <string.h>
#include "journal/member.h"
#include "report/blame.h"
#include "report/forms.h"
#include "report/levels.h"
#include "report/report.h"
#include "report/subjects.h"
#include "screen/draw.h"
#include "screen/draw_code.h"

#define LABEL_WIDTH 10
#define TITLE_ROWS 3
#define NOT_CERTIFIED_ROWS 3
#define FAILURE_ROWS 4 /* that a failure takes on the first page at least */

static const struct {
	enum run_verdict verdict;
	const char *word;
	uint8_t colour;
} words[] = {
	{ RUN_QUALIFIED, "PASS", GREEN },
	{ RUN_WAIVED, "WAIVED", BROWN },
	{ RUN_NOT_QUALIFIED, "FAIL", RED },
	{ RUN_INCOMPLETE, "INCOMPLETE", BROWN },
};

/* Each has a page of its own. */
static unsigned int count_causes(const json_t *report)
{
	return (unsigned int)json_array_size(json_object_get(report, "causes"));
}

/* What failed, and checks that could not be carried out. */
static bool is_failure(const json_t *item)
{
	const enum verdict v = report_item_verdict(item);

	return model_is_failure(v) || v == VERDICT_ERROR;
}

unsigned int draw_over_failures(const struct model *m)
{
	unsigned int n = 0;
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(m->report, "items"), i, item)
		n += is_failure(item);
	return n;
}

void draw_over_list_failures(const struct model *m, json_t *items)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(m->report, "items"), i, item)
		if (is_failure(item))
			json_array_append_new(items,
					      json_sprintf("%s %s", member_text(item, "case"),
							   member_text(item, "subject")));
}

const char *draw_over_subject(const struct model *m, unsigned int page)
{
	const json_t *causes = json_object_get(m->report, "causes");

	if (page == 0 || page > json_array_size(causes))
		return "";
	return member_text(blame_first(m->report, json_array_get(causes, page - 1)), "subject");
}

/* Rows of a further page between its heading and its foot. */
static unsigned int page_rows(const struct cells *c)
{
	return c->rows - 6;
}

/* A reason may take two rows. */
static unsigned int reasons_per_page(const struct cells *c)
{
	return page_rows(c) / 2 ? page_rows(c) / 2 : 1;
}

static unsigned int count_reason_pages(const struct cells *c, const struct model *m)
{
	const size_t n = json_array_size(json_object_get(m->report, "verdict_reasons"));

	return (unsigned int)(n + reasons_per_page(c) - 1) / reasons_per_page(c);
}

/* How many ports the first page shows one by one. */
static unsigned int top_ports(const struct cells *c)
{
	return c->rows >= 40 ? 16 : 4;
}

static unsigned int count_port_pages(const struct cells *c, const struct model *m)
{
	const unsigned int per_page = page_rows(c) - 1;

	return m->n_ports > top_ports(c) ? (m->n_ports + per_page - 1) / per_page : 0;
}

/* Where the ports are, if anybody knows it and the table of the ports has no room for it. */
static unsigned int count_place_pages(const struct cells *c, const struct model *m)
{
	const unsigned int per_page = page_rows(c) - 1;
	const unsigned int cols = c->cols - (draw_code_fits_beside(c) ? CODE_COLUMNS : 0);

	return !draw_knows_places(m) || cols >= DRAW_WIDE ? 0
							  : (m->n_ports + per_page - 1) / per_page;
}

unsigned int draw_over_pages(const struct cells *c, const struct model *m)
{
	return 1 + count_causes(m->report) + count_reason_pages(c, m) + count_port_pages(c, m) +
	       count_place_pages(c, m);
}

static void draw_foot(struct cells *c, const struct model *m, unsigned int page)
{
	static const char *const ends[][2] = {
		{ "hold", "The server can be switched off" },
		{ "poweroff", "The server switches itself off" },
		{ "reboot", "The server boots again" },
		{ "shell", "A shell is on the console" },
	};
	const unsigned int pages = draw_over_pages(c, m), row = c->rows - 1;
	char code[16], keys[64];
	const char *end = "";
	size_t i;

	util_strlcpy(code, sizeof(code), draw_code_has_page(c, m) ? "Q: QR code  " : "");

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (strcmp(m->finish, ends[i][0]) == 0)
			end = ends[i][1];
	cells_fill(c, row, 0, c->cols, ' ', COLOUR_BAR);
	cells_print(c, row, 1, c->cols - 2, COLOUR_BAR, "%s", end);
	if (page == DRAW_CODE)
		util_format(keys, sizeof(keys), "Q: back");
	else if (pages > 1)
		util_format(keys, sizeof(keys), "%sPage %u of %u: Enter or Space", code, page + 1,
			    pages);
	else
		util_format(keys, sizeof(keys), "%s", util_trim(code));
	cells_print_right(c, row, c->cols - 1, COLOUR_BAR, "%s", keys);
}

/* What the keys do, or what came of one; 0 if there is nothing to say, else 1: the rows used. */
static unsigned int draw_keys(struct cells *c, unsigned int row, const struct model *m)
{
	const bool hold = strcmp(m->finish, "hold") == 0, led = m->n_ports > 0;
	char text[160] = "";

	if (hold)
		util_format(text, sizeof(text), "%sF3 all of it again   ",
			    draw_over_failures(m) ? "F2 what failed again   " : "");
	if (led)
		strncat(text, "L a port's LED blinks", sizeof(text) - strlen(text) - 1);
	if (m->said[0])
		cells_print(c, row, 1, c->cols - 2, COLOUR_STRONG, "%s", m->said);
	else if (text[0])
		cells_print(c, row, 1, c->cols - 2, COLOUR_LABEL, "Keys    %s", text);
	return m->said[0] || text[0];
}

/* "LABEL     text", folded. Returns the rows used. */
static unsigned int put_label(struct cells *c, unsigned int row, unsigned int max,
			      const char *label, const char *text)
{
	const unsigned int width = draw_width(c) - LABEL_WIDTH - 2;
	unsigned int n;

	if (max == 0 || !text[0])
		return 0;
	n = cells_folded(c, row, 1 + LABEL_WIDTH, width, max, ATTR_NORMAL, text);
	cells_text(c, row, 1, LABEL_WIDTH - 1, COLOUR_LABEL, label);
	return n;
}

/* "FAIL      port_7 0000:01:00.0: what was found" */
static void put_finding(struct cells *c, unsigned int row, const json_t *item)
{
	const char *verdict = member_text(item, "verdict");
	char name[SUBJECT_TEXT];

	cells_text(c, row, 1, 8, draw_colour_of(verdict_parse(verdict)), verdict);
	cells_print(c, row, 1 + LABEL_WIDTH, draw_width(c) - LABEL_WIDTH - 2, COLOUR_STRONG,
		    "%s %s: %s", member_text(item, "case"), subject_text(item, name),
		    form_finding(item));
}

/* @obj has cause and fix: an item, or a cause of several. Returns the rows used. */
static unsigned int put_advice(struct cells *c, unsigned int row, unsigned int max,
			       const json_t *obj)
{
	unsigned int used = 0;

	if (max > 1)
		used = put_label(c, row, max / 2, "  cause", member_text(obj, "cause"));
	return used + put_label(c, row + used, max - used, "  fix", member_text(obj, "fix"));
}

/* A cause in brief, in at most @max rows. */
static unsigned int put_cause(struct cells *c, unsigned int row, unsigned int max,
			      const json_t *report, const json_t *cause)
{
	unsigned int used = 1;
	char extent[300];

	put_finding(c, row, blame_first(report, cause));
	blame_extent(cause, extent, sizeof(extent));
	if (blame_has_more(cause) && max > used)
		used += put_label(c, row + used, 1, "  where", extent);
	return used + put_advice(c, row + used, max - used, cause);
}

static unsigned int put_causes(struct cells *c, unsigned int row, unsigned int rows,
			       const json_t *report)
{
	const json_t *causes = json_object_get(report, "causes");
	const unsigned int total = count_causes(report);
	unsigned int shown, first = row, top, i;
	char headline[300];

	if (total > 1 && rows > FAILURE_ROWS &&
	    blame_headline(report, headline, sizeof(headline))) {
		cells_text(c, row++, 1, draw_width(c) - 2, draw_colour_of(VERDICT_FAIL), headline);
		rows--;
	}
	top = row;
	shown = rows / FAILURE_ROWS;
	if (shown > total)
		shown = total;
	if (shown < total && rows > 0)
		rows--; /* for what says so */
	for (i = 0; i < shown; i++) {
		const unsigned int left = rows - (row - top);

		row += put_cause(c, row, left / (shown - i), report, json_array_get(causes, i));
	}
	if (shown < total)
		cells_print(c, row++, 1, c->cols, draw_colour_of(VERDICT_FAIL),
			    "%s%u more cause%s: see the next pages", shown ? "and " : "",
			    total - shown, total - shown == 1 ? "" : "s");
	return row - first;
}

/* From reason @from on, as many as fit. Returns the rows used. */
static unsigned int put_reasons(struct cells *c, unsigned int row, unsigned int rows,
				const json_t *report, size_t from, size_t max)
{
	const json_t *reasons = json_object_get(report, "verdict_reasons");
	const size_t n = json_array_size(reasons);
	const unsigned int first = row;
	size_t i;

	for (i = from; i < n && i < from + max && row - first < rows; i++) {
		const char *text = json_string_value(json_array_get(reasons, i));
		const unsigned int left = rows - (row - first);

		if (left == 1 && i + 1 < n && max > n) {
			cells_print(c, row++, 1, c->cols, ATTR_NORMAL, "and %zu more reasons",
				    n - i);
			break;
		}
		row += put_label(c, row, left < 2 ? left : 2, i == from ? "why" : "",
				 text && text[0] ? text : "?");
	}
	return row - first;
}

static unsigned int put_warning(struct cells *c, unsigned int row, const json_t *item)
{
	put_finding(c, row, item);
	return 1 + put_advice(c, row + 1, FAILURE_ROWS - 1, item);
}

/* What a good run still has to say. */
static unsigned int put_warnings(struct cells *c, unsigned int row, unsigned int rows,
				 const json_t *report)
{
	const unsigned int first = row;
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item)
		if (strcmp(member_text(item, "verdict"), "WARN") == 0 &&
		    rows - (row - first) >= FAILURE_ROWS)
			row += put_warning(c, row, item);
	return row - first;
}

static unsigned int put_verdict(struct cells *c, unsigned int row, const struct model *m)
{
	const json_t *report = m->report;
	char clock[24], levels[200];
	bool unsafe;
	const enum run_verdict v = report_verdict(report, &unsafe);
	const size_t n = json_array_size(json_object_get(report, "items"));
	const unsigned int scale = c->rows >= 50 && c->cols >= 150 ? 2 : 1;
	size_t i;

	for (i = 0; i + 1 < ARRAY_SIZE(words) && words[i].verdict != v; i++)
		;
	draw_letters(c, row, 3, scale, ATTR(words[i].colour, words[i].colour), words[i].word);
	row += LETTERS_ROWS * scale + 1;
	draw_clock(clock, sizeof(clock), model_elapsed_ms(m, 0));
	cells_print(c, row, 1, c->cols - 2, COLOUR_STRONG, "%s: %zu item%s%s in %s%s",
		    member_text(report, "verdict"), n, n == 1 ? "" : "s",
		    strcmp(m->plan, "quick") == 0 ? " of the quick plan" : "", clock,
		    m->resumed ? ", resumed after a crash" : "");
	draw_counts(c, row + 1, m);
	if (levels_text(report, "run", levels, sizeof(levels)))
		row += put_label(c, row + 2, 1, "levels", levels);
	draw_rule(c, row + 2);
	return row + 3;
}

/* The ports that this run says nothing about. Returns the rows used. */
static unsigned int put_not_certified(struct cells *c, unsigned int row, unsigned int max,
				      const json_t *report)
{
	const json_t *ports = json_object_get(report, "not_certified");
	const size_t n = json_array_size(ports);
	unsigned int used = 0;

	while (used < max && used < n) {
		const char *text = json_string_value(json_array_get(ports, used));

		if (used + 1 == max && used + 1 < n)
			cells_print(c, row + used, 1, c->cols - 2, draw_colour_of(VERDICT_WARN),
				    "not certified: %zu more ports: see the report", n - used);
		else
			cells_print(c, row + used, 1, c->cols - 2, draw_colour_of(VERDICT_WARN),
				    "not certified: %s", text ? text : "?");
		used++;
	}
	return used;
}

static void draw_first(struct cells *c, const struct model *m)
{
	unsigned int end = c->rows - 2 - draw_keys(c, c->rows - 3, m);
	unsigned int row = put_verdict(c, 4, m), used;
	const unsigned int ports = m->n_ports > top_ports(c) ? 3 : m->n_ports + 1 + !m->n_ports;
	enum run_verdict v;
	bool unsafe;

	if (row + ports + FAILURE_ROWS + 1 <= end) {
		row += draw_ports(c, row, ports, m);
		row += put_not_certified(c, row, NOT_CERTIFIED_ROWS, m->report);
		draw_rule(c, row++);
	}
	v = report_verdict(m->report, &unsafe);
	if (v == RUN_WAIVED) /* these say what failed, and who lets it pass */
		row += put_reasons(c, row, end > row ? end - row : 0, m->report, 0, SIZE_MAX);
	used = put_causes(c, row, end > row ? end - row : 0, m->report);
	row += used;
	if (v != RUN_WAIVED && (used == 0 || v == RUN_INCOMPLETE))
		row += put_reasons(c, row, end > row ? end - row : 0, m->report, 0, SIZE_MAX);
	put_warnings(c, row, end > row ? end - row : 0, m->report);
	if (!draw_stick(c, c->rows - 2, m))
		cells_print(c, c->rows - 2, 1, c->cols - 2, ATTR_NORMAL, "Report  %s",
			    m->stored[0] ? m->stored : "nowhere but on the serial console");
}

/* The code takes a part of the screen, and the page is drawn as on a narrower one. */
static void draw_first_with_code(struct cells *c, const struct model *m)
{
	struct cells left = { 0 };
	unsigned int row;

	if (!draw_code_fits_beside(c) || cells_resize(&left, c->rows, c->cols - CODE_COLUMNS) < 0) {
		draw_first(c, m);
		return;
	}
	draw_first(&left, m);
	for (row = TITLE_ROWS; row + 1 < c->rows; row++)
		memcpy(c->cell + (size_t)row * c->cols, left.cell + (size_t)row * left.cols,
		       left.cols * sizeof(*left.cell));
	cells_free(&left);
	draw_code(c, TITLE_ROWS, c->cols - CODE_COLUMNS, m);
}

static void put_texts(struct cells *c, unsigned int *row, unsigned int end, const char *label,
		      const json_t *array)
{
	const json_t *text;
	size_t i;

	json_array_foreach (array, i, text)
		if (*row < end && json_is_string(text))
			*row += put_label(c, *row, end - *row < 2 ? 1 : 2, i == 0 ? label : "",
					  json_string_value(text));
}

/* What else has this cause, and what only follows from it: a line each, cut where it ends. */
static unsigned int put_others(struct cells *c, unsigned int row, const json_t *report,
			       const json_t *cause)
{
	static const char *const keys[][2] = { { "items", "others" }, { "follows", "follows" } };
	unsigned int first = row;
	char line[400];
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		const json_t *places = json_object_get(cause, keys[k][0]);

		line[0] = '\0';
		for (i = k == 0; i < json_array_size(places) && strlen(line) < 300; i++) {
			const json_t *item = blame_item(report, places, i);
			const size_t len = strlen(line);

			util_format(line + len, sizeof(line) - len, "%s%.40s %.16s",
				    len ? ", " : "", member_text(item, "case"),
				    member_text(item, "subject"));
		}
		if (line[0])
			row += put_label(c, row, 1, keys[k][1], line);
	}
	return row - first;
}

/* All that fits of one cause, with the item that stands for it. */
static void draw_cause(struct cells *c, const struct model *m, unsigned int number)
{
	static const char *const keys[] = { "title",  "expected", "measured",
					    "reason", "cause",	  "fix" };
	const json_t *cause = json_array_get(json_object_get(m->report, "causes"), number);
	const json_t *item = blame_first(m->report, cause), *also;
	const unsigned int end = c->rows - 2;
	unsigned int row = 5;
	char extent[300], name[SUBJECT_TEXT];
	size_t i;

	cells_print(c, 3, 1, c->cols - 12, draw_colour_of(VERDICT_FAIL), "%s  %s %s",
		    member_text(item, "verdict"), member_text(item, "case"),
		    subject_text(item, name));
	cells_print_right(c, 3, c->cols - 1, ATTR_NORMAL, "cause %u of %u", number + 1,
			  count_causes(m->report));
	blame_extent(cause, extent, sizeof(extent));
	if (blame_has_more(cause) && row + 3 < end) {
		row += put_label(c, row, 1, "where", extent);
		row += put_others(c, row, m->report, cause);
	}
	for (i = 0; i < ARRAY_SIZE(keys) && row < end; i++)
		row += put_label(c, row, end - row < 5 ? end - row : 5, keys[i],
				 member_text(item, keys[i]));
	json_array_foreach (json_object_get(item, "also"), i, also) {
		if (row >= end)
			break;
		row += put_label(c, row, end - row < 2 ? 1 : 2, "or cause",
				 member_text(also, "cause"));
		row += put_label(c, row, row < end ? 1 : 0, "  fix", member_text(also, "fix"));
	}
	put_texts(c, &row, end, "kernel", json_object_get(item, "kernel_log"));
	put_texts(c, &row, end, "guest", json_object_get(item, "console"));
}

static void draw_port_page(struct cells *c, const struct model *m, unsigned int number)
{
	const unsigned int per_page = page_rows(c) - 1, from = number * per_page;
	unsigned int i;

	draw_port_head(c, 3, m);
	for (i = from; i < m->n_ports && i < from + per_page; i++)
		draw_port(c, 4 + i - from, m, &m->ports[i]);
}

static void draw_place_page(struct cells *c, const struct model *m, unsigned int number)
{
	const unsigned int per_page = page_rows(c) - 1, from = number * per_page;
	unsigned int i;

	draw_place_head(c, 3);
	for (i = from; i < m->n_ports && i < from + per_page; i++)
		draw_place(c, 4 + i - from, m, &m->ports[i]);
}

void draw_over(struct cells *c, const struct model *m, unsigned int page)
{
	const unsigned int causes = count_causes(m->report);
	const unsigned int reasons = count_reason_pages(c, m), ports = count_port_pages(c, m);

	draw_foot(c, m, page);
	if (page > 0 && page != DRAW_CODE)
		(void)draw_keys(c, c->rows - 2, m);
	if (page == DRAW_CODE)
		draw_code_page(c, m);
	else if (page == 0)
		draw_first_with_code(c, m);
	else if (page <= causes)
		draw_cause(c, m, page - 1);
	else if (page <= causes + reasons)
		put_reasons(c, 4, page_rows(c), m->report,
			    (size_t)(page - 1 - causes) * reasons_per_page(c), reasons_per_page(c));
	else if (page <= causes + reasons + ports)
		draw_port_page(c, m, page - 1 - causes - reasons);
	else
		draw_place_page(c, m, page - 1 - causes - reasons - ports);
}
