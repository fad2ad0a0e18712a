/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screen/draw_running.h"

#include <string.h>
#include "journal/stick.h"
#include "screen/draw.h"

#define MAX_NOW 16
#define MIN_RESULTS 3

static void left_text(char *buf, size_t size, const struct model *m, uint64_t now_ms)
{
	unsigned long long minutes;
	uint64_t left;

	if (!model_left_ms(m, now_ms, &left)) {
		util_strlcpy(buf, size, "not known yet");
		return;
	}
	minutes = (left + 30000) / 60000;
	if (minutes == 0)
		util_strlcpy(buf, size, "less than a minute");
	else if (minutes < 60)
		util_format(buf, size, "about %llu min", minutes);
	else
		util_format(buf, size, "about %llu h %02llu min", minutes / 60, minutes % 60);
}

static void draw_progress(struct cells *c, unsigned int row, const struct model *m, uint64_t now_ms)
{
	const unsigned int width = draw_width(c), room = width > 40 ? width - 34 : 6;
	const unsigned int filled = m->n_items ? m->ended * room / m->n_items : 0;
	char elapsed[24], left[48];

	cells_text(c, row, 1, 1, ATTR_NORMAL, "[");
	cells_fill(c, row, 2, filled, '#', draw_colour_of(VERDICT_PASS));
	cells_fill(c, row, 2 + filled, room - filled, '.', ATTR_NORMAL);
	cells_print(c, row, 2 + room, 32, ATTR_NORMAL, "] %u of %u items, %u %%", m->ended,
		    m->n_items, m->n_items ? m->ended * 100 / m->n_items : 0);
	draw_clock(elapsed, sizeof(elapsed), model_elapsed_ms(m, now_ms));
	left_text(left, sizeof(left), m, now_ms);
	cells_print(c, row + 1, 1, width, ATTR_NORMAL, "Elapsed %s    Left %s", elapsed, left);
	if (m->resumed > 0)
		cells_print_right(c, row + 1, width - 1, draw_colour_of(VERDICT_WARN),
				  "resumed after crashes: %u", m->resumed);
}

/* One that runs: its port, what it is about and its time. Returns the rows used. */
static unsigned int draw_item(struct cells *c, unsigned int row, unsigned int max,
			      const struct model *m, const struct model_item *item, uint64_t now_ms)
{
	const unsigned int width = draw_width(c);
	const uint64_t ms = now_ms > item->begin_ms ? now_ms - item->begin_ms : 0;
	char gone[24], limit[24];

	draw_clock(gone, sizeof(gone), ms);
	draw_clock(limit, sizeof(limit), item->deadline_ms);
	cells_print(c, row, 1, width, COLOUR_STRONG, "> %s",
		    item->port == MODEL_HOST ? "host" : m->ports[item->port].addr);
	if (item->deadline_ms == 0)
		cells_print_right(c, row, width - 1, ATTR_NORMAL, "%s", gone);
	else
		cells_print_right(c, row, width - 1, ATTR_NORMAL, "%s %s %s", gone,
				  ms > item->deadline_ms ? "over" : "of", limit);
	return cells_folded(c, row, 16, width - 16 - 22, max, COLOUR_STRONG, model_title(m, item));
}

/* The items that run, in at most @max rows. Returns the rows used. */
static unsigned int draw_now(struct cells *c, unsigned int row, unsigned int max,
			     const struct model *m, uint64_t now_ms)
{
	const unsigned int each = m->running * 2 <= max ? 2 : 1;
	unsigned int i, n = 0;

	for (i = 0; i < m->running && n < max; i++)
		n += draw_item(c, row + n, each, m, &m->items[m->at_work[i]], now_ms);
	if (n > 0)
		return n;
	cells_text(c, row, 1, c->cols, COLOUR_STRONG,
		   m->phase == PHASE_ENDING ? "> The report is written" : "> Between two items");
	return 1;
}

static void draw_result(struct cells *c, unsigned int row, const struct model_recent *r)
{
	const bool named = model_is_failure(r->verdict) && r->place[0];

	cells_print(c, row, 1, 8, draw_colour_of(r->verdict), "%s", verdict_name(r->verdict));
	cells_print(c, row, 10, draw_width(c) - 11, ATTR_NORMAL, "%s %s%s%s%s: %s", r->id,
		    r->subject, named ? " (" : "", named ? r->place : "", named ? ")" : "",
		    r->text);
}

/* The last failures, then the last of all the others, newest first. */
static void draw_results(struct cells *c, unsigned int row, unsigned int rows,
			 const struct model *m)
{
	unsigned int i, n = 0, failures = (rows + 1) / 2;

	for (i = 0; i < m->n_failed && i < MODEL_MAX_RECENT && n < failures; i++)
		draw_result(c, row + n++, &m->failed[(m->n_failed - 1 - i) % MODEL_MAX_RECENT]);
	for (i = 0; i < m->n_recent && i < MODEL_MAX_RECENT && n < rows; i++) {
		const struct model_recent *r = &m->recent[(m->n_recent - 1 - i) % MODEL_MAX_RECENT];

		if (!model_is_failure(r->verdict))
			draw_result(c, row + n++, r);
	}
}

static void draw_foot(struct cells *c, const struct model *m)
{
	const unsigned int row = c->rows - 2;

	if (m->said[0])
		cells_print(c, row, 1, c->cols - 2, COLOUR_STRONG, "%s", m->said);
	else if (draw_stick(c, row, m))
		;
	else if (m->note[0])
		cells_print(c, row, 1, c->cols - 2, draw_colour_of(VERDICT_WARN), "Note    %s",
			    m->note);
	else if (m->fault[0] && strcmp(m->fault, "none") != 0)
		cells_print(c, row, 1, c->cols - 2, draw_colour_of(VERDICT_WARN),
			    "Note    deliberate fault in force: %s", m->fault);
	cells_print(c, row + 1, 1, c->cols - 2, ATTR_NORMAL, "Report  %s",
		    m->stored[0] ? m->stored : "not known yet");
}

static void draw_items(struct cells *c, const struct model *m, uint64_t now_ms)
{
	unsigned int row = 3, left, ports, most = c->rows > 40 ? MAX_NOW : 4;

	draw_progress(c, row, m, now_ms);
	row += 2;
	row += draw_now(c, row, most, m, now_ms);
	draw_rule(c, row++);
	/* Below: a rule, the counts, a note and where the report is. */
	left = c->rows > row + 4 ? c->rows - row - 4 : 0;
	ports = left > MIN_RESULTS + 1 ? left - MIN_RESULTS - 1 : 0;
	row += draw_ports(c, row, ports, m);
	draw_rule(c, row++);
	draw_results(c, row, c->rows > row + 4 ? c->rows - row - 4 : 0, m);
	draw_rule(c, c->rows - 4);
	draw_counts(c, c->rows - 3, m);
	draw_foot(c, m);
}

static void draw_early(struct cells *c, const struct model *m, uint64_t now_ms)
{
	const bool starting = m->phase == PHASE_STARTING;
	char elapsed[24], which[STICK_WHICH];

	cells_text(c, 4, 1, c->cols, COLOUR_STRONG,
		   starting ? "> The report stick is looked for"
			    : "> Drivers are loaded, and ports wait for their links");
	if (starting)
		cells_print(c, 5, 3, c->cols, ATTR_NORMAL,
			    "a USB stick with %s, for at most a few seconds",
			    stick_which(m->stick_name, which));
	else
		cells_text(c, 5, 3, c->cols, ATTR_NORMAL,
			   "then they find out which of them reach each other");
	/* Without a journal, since the kernel's start. */
	draw_clock(elapsed, sizeof(elapsed), starting ? now_ms : model_elapsed_ms(m, now_ms));
	cells_print(c, 7, 1, c->cols, ATTR_NORMAL, "Elapsed %s", elapsed);
	if (!starting)
		draw_foot(c, m);
}

void draw_running(struct cells *c, const struct model *m, uint64_t now_ms)
{
	if (m->phase < PHASE_RUNNING || m->n_items == 0)
		draw_early(c, m, now_ms);
	else
		draw_items(c, m, now_ms);
}
