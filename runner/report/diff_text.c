/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison of two reports for people.
 */
#include <ctype.h>
#include <string.h>
#include "journal/member.h"
#include "report/diff.h"
#include "report/page.h"
#include "report/report.h"

#define LABEL_WIDTH 10
#define CHANGE_WIDTH 10 /* "  changed " */
#define SAYS_WIDTH 18 /* "          before: " */
#define TEXT_SIZE 1200

static void put_all(struct page *p, unsigned int indent, const char *label, const char *text)
{
	page_put_folded(p, UINT32_MAX, indent, label, text[0] ? text : "-");
}

static const char *or_none(const char *text)
{
	return text[0] ? text : "(none)";
}

static void put_report(struct page *p, const char *label, const json_t *report)
{
	const char *serial = member_text(report, "serial"),
		   *started = member_text(report, "started");
	char text[TEXT_SIZE];

	put_all(p, LABEL_WIDTH, label, member_text(report, "file"));
	util_format(text, sizeof(text), "%s; %s, serial %s; %s; vfproof %s; %d items",
		    member_text(report, "verdict"), or_none(member_text(report, "product")),
		    serial[0] ? serial : "unknown", started[0] ? started : "no time",
		    or_none(member_text(report, "revision")), (int)member_number(report, "items"));
	put_all(p, LABEL_WIDTH, "", text);
}

/* A heading, and the number of what follows in words if there is nothing. */
static void put_heading(struct page *p, const char *title, size_t n)
{
	page_put_line(p, "%s", "");
	page_put_line(p, "%s%s", title, n ? "" : ": no difference");
}

static void put_facts(struct page *p, const char *title, const json_t *facts)
{
	char text[TEXT_SIZE];
	json_t *fact;
	size_t i;

	put_heading(p, title, json_array_size(facts));
	json_array_foreach (facts, i, fact) {
		util_format(text, sizeof(text), "%s %s: %s -> %s", member_text(fact, "subject"),
			    member_text(fact, "what"), or_none(member_text(fact, "old")),
			    or_none(member_text(fact, "new")));
		put_all(p, 4, "  ", text);
	}
}

static void nic_text(const json_t *nic, char *buf, size_t size)
{
	const char *change = member_text(nic, "change");
	const char *o = member_text(nic, "old"), *n = member_text(nic, "new");
	const char *old_name = member_text(nic, "old_name"),
		   *new_name = member_text(nic, "new_name");

	if (strcmp(change, "gone") == 0)
		util_format(buf, size, "%s %s is not there any more", o, old_name);
	else if (strcmp(change, "new") == 0)
		util_format(buf, size, "%s %s is new", n, new_name);
	else if (strcmp(change, "moved") == 0)
		util_format(buf, size, "%s moved from %s (slot %s) to %s (slot %s)", new_name, o,
			    or_none(member_text(nic, "old_slot")), n,
			    or_none(member_text(nic, "new_slot")));
	else if (strcmp(change, "replaced") == 0)
		util_format(buf, size, "%s is another card: %s, was %s", n, new_name, old_name);
	else
		util_format(buf, size, "%s is compared with %s: the same model on another host", n,
			    o);
}

static void put_nics(struct page *p, const json_t *nics)
{
	char text[TEXT_SIZE];
	json_t *nic;
	size_t i;

	put_heading(p, "Cards", json_array_size(nics));
	json_array_foreach (nics, i, nic) {
		nic_text(nic, text, sizeof(text));
		put_all(p, 4, "  ", text);
	}
}

/* "  WORSE": a verdict that is worse is to be seen at once. */
static void verdict_label(const char *change, char *buf, size_t size)
{
	util_format(buf, size, "  %.8s", strcmp(change, "worse") == 0 ? "WORSE" : change);
}

static void put_item(struct page *p, const json_t *item)
{
	const char *o = member_text(item, "old"), *n = member_text(item, "new");
	const char *subject = member_text(item, "subject");
	const char *old_subject = member_text(item, "old_subject");
	const char *before = member_text(item, "old_says"), *now = member_text(item, "new_says");
	const bool moved = old_subject[0] && strcmp(old_subject, subject) != 0;
	char label[CHANGE_WIDTH + 2], text[TEXT_SIZE];

	verdict_label(member_text(item, "change"), label, sizeof(label));
	util_format(text, sizeof(text), "%s %s%s%s%s: %s%s%s%s", member_text(item, "case"), subject,
		    moved ? " (was " : "", moved ? old_subject : "", moved ? ")" : "", o,
		    o[0] && n[0] ? " -> " : "", n,
		    member_flag(item, "required") ? "" : " (not required)");
	put_all(p, CHANGE_WIDTH, label, text);
	if (o[0] && n[0] && before[0])
		put_all(p, SAYS_WIDTH, "          before:", before);
	if (o[0] && n[0] && now[0])
		put_all(p, SAYS_WIDTH, "          now:", now);
}

static void put_figure(struct page *p, const json_t *figure)
{
	const json_t *percent = json_object_get(figure, "percent");
	const char *name = member_text(figure, "label");
	char label[CHANGE_WIDTH + 2], text[TEXT_SIZE], by[32] = "";

	util_format(label, sizeof(label), "  %.8s", member_text(figure, "change"));
	if (json_is_number(percent))
		util_format(by, sizeof(by), " (%+.1f%%)", json_number_value(percent));
	util_format(text, sizeof(text), "%s %s, %s%s%s: %.10g -> %.10g %s%s",
		    member_text(figure, "case"), member_text(figure, "subject"),
		    member_text(figure, "what"), name[0] ? " of " : "", name,
		    member_real(figure, "old"), member_real(figure, "new"),
		    member_text(figure, "unit"), by);
	put_all(p, CHANGE_WIDTH, label, text);
}

/* The entries with that change, in their order. */
static void put_changes(struct page *p, const json_t *array,
			void (*put)(struct page *, const json_t *))
{
	static const char *const order[] = { "worse", "better", "changed", "new", "gone" };
	json_t *entry;
	size_t k, i;

	for (k = 0; k < ARRAY_SIZE(order); k++)
		json_array_foreach (array, i, entry)
			if (strcmp(member_text(entry, "change"), order[k]) == 0)
				put(p, entry);
}

static void put_verdicts(struct page *p, const json_t *diff)
{
	const json_t *run = json_object_get(diff, "verdict"),
		     *items = json_object_get(diff, "items");
	const char *change = member_text(run, "change");
	const bool same = strcmp(change, "same") == 0;
	char title[80], label[CHANGE_WIDTH + 2];

	util_format(title, sizeof(title), "Verdicts (%d items are in both)",
		    (int)member_number(diff, "items_compared"));
	put_heading(p, title, json_array_size(items) + !same);
	verdict_label(change, label, sizeof(label));
	if (!same)
		page_put_line(p, "%-*sthe run: %s -> %s", CHANGE_WIDTH, label,
			      member_text(run, "old"), member_text(run, "new"));
	put_changes(p, items, put_item);
}

static void put_figures(struct page *p, const json_t *diff)
{
	const json_t *figures = json_object_get(diff, "figures");
	char title[100];

	util_format(title, sizeof(title), "Figures (%d compared, more than %d %% apart)",
		    (int)member_number(diff, "figures_compared"),
		    (int)member_number(diff, "threshold_percent"));
	put_heading(p, title, json_array_size(figures));
	put_changes(p, figures, put_figure);
}

static void put_texts(struct page *p, const char *title, const json_t *texts)
{
	json_t *text;
	size_t i;

	if (json_array_size(texts) == 0)
		return;
	page_put_line(p, "%s", "");
	page_put_line(p, "%s", title);
	json_array_foreach (texts, i, text)
		put_all(p, 4, "  -", json_string_value(text) ? json_string_value(text) : "");
}

static void put_head(struct page *p, const json_t *diff)
{
	char result[40], *c;

	util_strlcpy(result, sizeof(result), member_text(diff, "result"));
	for (c = result; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	page_put_line(p, "vfproof diff: %s", result);
	page_put_line(p, "%s", "");
	put_report(p, "Old", json_object_get(diff, "old"));
	put_report(p, "New", json_object_get(diff, "new"));
	if (!member_flag(diff, "same_host"))
		put_all(p, LABEL_WIDTH, "Host", "these are reports of DIFFERENT HOSTS");
}

int diff_put_text(FILE *f, const json_t *diff)
{
	struct page p = { .f = f, .max_lines = UINT32_MAX };

	put_head(&p, diff);
	if (diff_get_result(diff) != DIFF_INCOMPARABLE) {
		put_facts(&p, "Versions", json_object_get(diff, "versions"));
		put_facts(&p, "Machine and settings", json_object_get(diff, "setup"));
		put_nics(&p, json_object_get(diff, "nics"));
		put_verdicts(&p, diff);
		put_figures(&p, diff);
	}
	put_texts(&p, "Regressed", json_object_get(diff, "regressions"));
	put_texts(&p, "Cannot be compared", json_object_get(diff, "faults"));
	return 0;
}
