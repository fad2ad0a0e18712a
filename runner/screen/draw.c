/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all pictures of the screen share.
 */
#include "screen/draw.h"

#include <string.h>
#include "journal/stick.h"

#define MAX_WIDTH 132
#define PLACE_COLUMN 80

unsigned int draw_width(const struct cells *c)
{
	return c->cols < MAX_WIDTH ? c->cols : MAX_WIDTH;
}

uint8_t draw_colour_of(enum verdict v)
{
	static const uint8_t colours[VERDICT_COUNT] = {
		[VERDICT_PASS] = ATTR(GREEN, BLACK) | ATTR_BOLD,
		[VERDICT_WARN] = ATTR(BROWN, BLACK) | ATTR_BOLD,
		[VERDICT_FAIL] = ATTR(RED, BLACK) | ATTR_BOLD,
		[VERDICT_SKIP] = ATTR(CYAN, BLACK),
		[VERDICT_ERROR] = ATTR(MAGENTA, BLACK) | ATTR_BOLD,
		[VERDICT_TIMEOUT] = ATTR(RED, BLACK) | ATTR_BOLD,
		[VERDICT_CRASHED] = ATTR(RED, BLACK) | ATTR_BOLD,
	};

	return v < VERDICT_COUNT && colours[v] ? colours[v] : ATTR_NORMAL;
}

void draw_rule(struct cells *c, unsigned int row)
{
	cells_fill(c, row, 0, c->cols, '-', COLOUR_RULE);
}

void draw_title(struct cells *c, const struct model *m)
{
	const bool quick = strcmp(m->plan, "quick") == 0;

	cells_fill(c, 0, 0, c->cols, ' ', COLOUR_BAR);
	cells_text(c, 0, 1, c->cols, COLOUR_BAR, "vfproof: SR-IOV validation");
	cells_print_right(c, 0, c->cols - 1, COLOUR_BAR, "%srevision %s",
			  quick ? "QUICK PLAN, " : "", m->revision[0] ? m->revision : "unknown");
	if (m->vendor[0] || m->product[0])
		cells_print(c, 1, 1, c->cols - 2, COLOUR_STRONG, "%s %s, serial %s", m->vendor,
			    m->product, m->serial[0] ? m->serial : "unknown");
	draw_rule(c, 2);
}

void draw_clock(char *buf, size_t size, uint64_t ms)
{
	const unsigned long long s = ms / 1000;

	util_format(buf, size, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

void draw_counts(struct cells *c, unsigned int row, const struct model *m)
{
	unsigned int col = 1, counts[VERDICT_COUNT];
	enum verdict v;

	memcpy(counts, m->counts, sizeof(counts));
	counts[VERDICT_NOTRUN] += m->phase == PHASE_OVER ? m->n_items - m->ended : 0;
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++) {
		char text[32];

		if (v == VERDICT_NOTRUN && counts[v] == 0)
			continue;
		util_format(text, sizeof(text), "%s %u", verdict_name(v), counts[v]);
		cells_text(c, row, col, c->cols, counts[v] ? draw_colour_of(v) : ATTR_NORMAL, text);
		col += (unsigned int)strlen(text) + 2;
	}
}

bool draw_knows_places(const struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->n_ports; i++)
		if (m->ports[i].place[0])
			return true;
	return false;
}

void draw_port_head(struct cells *c, unsigned int row, const struct model *m)
{
	cells_print(c, row, 1, c->cols, COLOUR_LABEL, "%-13s %-10s %-5s %-13s %9s  %s", "Port",
		    "Driver", "Link", "Peer", "Items", "State");
	if (c->cols >= DRAW_WIDE && draw_knows_places(m))
		cells_text(c, row, PLACE_COLUMN, c->cols, COLOUR_LABEL, "Place");
}

void draw_place_head(struct cells *c, unsigned int row)
{
	cells_print(c, row, 1, c->cols, COLOUR_LABEL, "%-13s %-15s %-18s %s", "Port", "Interface",
		    "MAC", "Place");
}

/* The port that a key was about. */
static void draw_mark(struct cells *c, unsigned int row, const struct model *m,
		      const struct model_port *p)
{
	if (m->marked < m->n_ports && p == &m->ports[m->marked])
		cells_text(c, row, 0, 1, COLOUR_STRONG, "*");
}

void draw_place(struct cells *c, unsigned int row, const struct model *m,
		const struct model_port *p)
{
	draw_mark(c, row, m, p);
	cells_print(c, row, 1, c->cols, ATTR_NORMAL, "%-13s %-15s %-18s %s", p->addr,
		    p->ifname[0] ? p->ifname : "none", p->mac[0] ? p->mac : "?",
		    p->place[0] ? p->place : "not known");
}

static const char *port_state(const struct model *m, const struct model_port *p, uint8_t *attr)
{
	const bool all = p->ended == p->total;

	*attr = draw_colour_of(VERDICT_PASS);
	if (p->disproved > 0) {
		*attr = draw_colour_of(VERDICT_FAIL);
		return "FAIL";
	}
	if (p->doubtful > 0 || (!all && m->phase >= PHASE_ENDING)) {
		*attr = draw_colour_of(VERDICT_WARN);
		return "INCOMPLETE";
	}
	if (all)
		return "PASS";
	if (p->ended > 0)
		return "PASS so far";
	*attr = ATTR_NORMAL;
	return p->running > 0 ? "begun" : "waiting";
}

void draw_port(struct cells *c, unsigned int row, const struct model *m, const struct model_port *p)
{
	char items[16], text[80];
	const char *state;
	uint8_t attr;

	util_format(items, sizeof(items), "%u/%u", p->ended, p->total);
	draw_mark(c, row, m, p);
	cells_print(c, row, 1, c->cols, p->running ? COLOUR_STRONG : ATTR_NORMAL,
		    "%-13s %-10.10s %-5.5s %-13s %9s", p->addr, p->driver[0] ? p->driver : "none",
		    p->link, p->peer[0] ? p->peer : "none", items);
	state = port_state(m, p, &attr);
	util_format(text, sizeof(text), "%s", state);
	if (p->disproved > 0)
		util_format(text, sizeof(text), "%s  %u failed", state, p->disproved);
	else if (p->doubtful > 0)
		util_format(text, sizeof(text), "%s  %u", state, p->doubtful);
	cells_text(c, row, 57, c->cols, attr, text);
	if (c->cols >= DRAW_WIDE)
		cells_text(c, row, PLACE_COLUMN, c->cols, ATTR_NORMAL, p->place);
}

/* What there is to say of the ports that have no row of their own. */
static void draw_other_ports(struct cells *c, unsigned int row, const struct model *m,
			     const bool *shown)
{
	unsigned int n = 0, failed = 0, done = 0, i;

	for (i = 0; i < m->n_ports; i++) {
		if (shown[i])
			continue;
		n++;
		failed += m->ports[i].disproved > 0;
		done += m->ports[i].ended == m->ports[i].total;
	}
	cells_print(c, row, 1, c->cols, failed ? draw_colour_of(VERDICT_FAIL) : ATTR_NORMAL,
		    "and %u more ports: %u failed, %u done", n, failed, done);
}

/* Those at work and those that failed are shown rather than others. */
static void choose_ports(const struct model *m, unsigned int max, bool *shown)
{
	unsigned int round, i, n = 0;

	for (round = 0; round < 3; round++)
		for (i = 0; i < m->n_ports && n < max; i++) {
			const struct model_port *p = &m->ports[i];

			if (shown[i] || (round == 0 && p->running == 0) ||
			    (round == 1 && p->disproved == 0))
				continue;
			shown[i] = true;
			n++;
		}
}

unsigned int draw_ports(struct cells *c, unsigned int row, unsigned int max, const struct model *m)
{
	bool shown[MODEL_MAX_PORTS] = { false };
	unsigned int i, first = row;

	if (max < 2)
		return 0;
	if (m->n_ports == 0) {
		cells_text(c, row, 1, c->cols, draw_colour_of(VERDICT_WARN),
			   "No network port with SR-IOV in the plan");
		return 1;
	}
	draw_port_head(c, row++, m);
	choose_ports(m, m->n_ports > max - 1 ? max - 2 : m->n_ports, shown);
	for (i = 0; i < m->n_ports; i++)
		if (shown[i])
			draw_port(c, row++, m, &m->ports[i]);
	if (m->n_ports > max - 1)
		draw_other_ports(c, row++, m, shown);
	return row - first;
}

bool draw_stick(struct cells *c, unsigned int row, const struct model *m)
{
	const uint8_t attr = draw_colour_of(VERDICT_FAIL);
	char which[STICK_WHICH];

	if (m->stick_wait_s > 0)
		cells_print(c, row, 1, c->cols - 2, attr,
			    "STICK   put it in again for the report: %u s", m->stick_wait_s);
	else if (m->stick[0])
		cells_print(c, row, 1, c->cols - 2, attr, "STICK   %s: put it back, or one with %s",
			    m->stick, stick_which(m->stick_name, which));
	return m->stick_wait_s > 0 || m->stick[0];
}
