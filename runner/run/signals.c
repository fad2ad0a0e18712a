/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/signals.h"

#include <string.h>
#include "base/log.h"
#include "journal/member.h"
#include "journal/store.h"
#include "model/form.h"
#include "model/plan.h"
#include "model/settings.h"
#include "report/report.h"

#define DRAIN_MS 1000 /* for each console: what is said of an item takes 300 ms at 9600 baud */

static bool is_wanted(const struct signals *s)
{
	return s->settings->reports & FORM_BIT(FORM_LAVA);
}

/* Of an event or an item of a report: what is known of it, NULL if it is of no plan. */
static struct lava_item *find(struct signals *s, const json_t *event)
{
	const char *id = member_text(event, "case"), *subject = member_text(event, "subject");

	return item_index_find(&s->lava.items, id, subject) < 0 ? NULL
								: lava_item(&s->lava, id, subject);
}

static void send(struct signals *s, struct lava_item *i, const json_t *item)
{
	char line[LAVA_LINE];

	i->sent = true;
	lava_format_item(line, i, item);
	if (!log_raw_line(line) && s->n_lost++ == 0)
		util_strlcpy(s->lost, sizeof(s->lost), i->id);
}

static void begin(struct signals *s, const json_t *run)
{
	lava_free(&s->lava);
	if (lava_begin(&s->lava, json_object_get(run, "nics"), json_object_get(run, "plan")) < 0)
		log_error("signals for LAVA come at the end of the run: out of memory");
}

static void follow(void *arg, const json_t *event)
{
	struct signals *s = arg;
	const char *ev = member_text(event, "ev");
	struct lava_item *i;

	if (strcmp(ev, "run") == 0)
		begin(s, event);
	i = find(s, event);
	if (i && strcmp(ev, "begin") == 0)
		i->begun = true;
	if (!i || strcmp(ev, "end") != 0)
		return;
	i->ended = true;
	if (i->sent || !is_wanted(s))
		return;
	send(s, i, event);
	log_drain(DRAIN_MS);
}

void signals_open(struct signals *s, const struct settings *settings, struct store *store)
{
	*s = (struct signals){ .settings = settings, .store = store };
	store->appended = follow;
	store->appended_arg = s;
}

void signals_close(struct signals *s)
{
	s->store->appended = NULL;
	lava_free(&s->lava);
}

/* Once only: who cannot say so in the journal does not send it. */
static void send_crashed(struct signals *s, struct lava_item *i, const json_t *item)
{
	if (!is_wanted(s) || !i->begun || i->ended || i->sent)
		return;
	if (store_append(s->store, "signalled",
			 json_pack("{s:s, s:s}", "case", member_text(item, "case"), "subject",
				   member_text(item, "subject"))) == 0)
		send(s, i, item);
}

void signals_unit_died(void *arg, const struct plan *plan, unsigned int first, unsigned int n)
{
	struct signals *s = arg;
	char subject[PCI_ADDR_STRLEN];
	struct lava_item *i;
	unsigned int k;
	json_t *item;

	for (k = first; k < first + n; k++) {
		item = json_pack("{s:s, s:s, s:s}", "case", plan->items[k].def->id, "subject",
				 plan_item_subject(&plan->items[k], subject), "verdict",
				 verdict_name(VERDICT_CRASHED));
		i = item ? find(s, item) : NULL;
		if (i)
			json_object_set_new(item, "required", json_boolean(i->decides));
		if (i)
			send_crashed(s, i, item);
		json_decref(item);
	}
	log_drain(DRAIN_MS);
}

/* The settings of a "start" or "resume": whether what ended after it had a signal. */
static bool was_wanted(const json_t *event)
{
	const json_t *settings = json_object_get(event, "settings");
	const char *form = strstr(member_text(settings, "reports"), "lava");

	return form != NULL;
}

/*
 * Takes from the events of a run what its items have come to, and which signals have been sent.
 * Returns the one event whose signal may be missing, as the host or the runner died behind it.
 */
static const json_t *look_back(struct signals *s, const json_t *events)
{
	const json_t *event, *before = NULL, *doubt = NULL;
	bool wanted = false;
	size_t k;

	begin(s, journal_first(events, "run"));
	json_array_foreach (events, k, event) {
		const char *ev = member_text(event, "ev");
		struct lava_item *i = find(s, event);
		const bool ends = strcmp(ev, "end") == 0;

		if (strcmp(ev, "resume") == 0)
			doubt = wanted ? before : NULL;
		if (strcmp(ev, "start") == 0 || strcmp(ev, "resume") == 0)
			wanted = was_wanted(event);
		if (i && strcmp(ev, "begin") == 0)
			i->begun = true;
		if (i && ends)
			i->ended = true;
		if (i && ((ends && wanted) || strcmp(ev, "signalled") == 0))
			i->sent = true;
		before = ends || strcmp(ev, "signalled") == 0 ? event : NULL;
	}
	return doubt;
}

/* Items that had begun have crashed, or a damaged journal does not say how they ended. */
static void send_unended(struct signals *s)
{
	json_t *report = NULL, *item;
	struct lava_item *i;
	size_t k, n_events;

	if (report_read_journal(store_find(s->store, JOURNAL_NAME), JOURNAL_NAME, &report,
				&n_events) < 0)
		log_error("the journal cannot be read: signals for LAVA come at the end");
	json_array_foreach (json_object_get(report, "items"), k, item) {
		i = find(s, item);
		if (i)
			send_crashed(s, i, item);
	}
	json_decref(report);
}

void signals_resume(struct signals *s, const json_t *events)
{
	const json_t *doubt = look_back(s, events);
	const struct lava_item *i = doubt ? find(s, doubt) : NULL;

	if (i)
		store_note(s->store, false,
			   "the signal of %s for LAVA may be missing: the host or the runner died "
			   "in that moment",
			   i->id);
	if (is_wanted(s))
		send_unended(s);
}

void signals_finish(struct signals *s)
{
	if (s->n_lost > 0)
		store_note(s->store, false,
			   "%u signals for LAVA were not taken by a console, the first: %s",
			   s->n_lost, s->lost);
	s->n_lost = 0;
}

struct lava *signals_rest(struct signals *s, const json_t *report)
{
	json_t *events;

	if (!is_wanted(s))
		return NULL;
	/* No plan was made in this boot: earlier ones may have sent some. */
	if (s->lava.items.n == 0) {
		events = store_outline(s->store);
		(void)look_back(s, events);
		json_decref(events);
	}
	/* What the plan has is known already, and stays as it is. */
	if (lava_begin(&s->lava, json_object_get(report, "nics"), json_object_get(report, "items")))
		log_error("not all signals for LAVA are sent: out of memory");
	return &s->lava;
}
