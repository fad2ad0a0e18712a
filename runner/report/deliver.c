/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a run: the report is made from the journal, kept, sent to the sinks, and made again
 * with what became of that.
 */
#include "report/deliver.h"

#include <string.h>
#include "base/log.h"
#include "report/forms.h"
#include "report/sink.h"
#include "journal/member.h"
#include "journal/folders.h"
#include "journal/stick.h"
#include "journal/store.h"
#include "sys/inventory.h"

/* The report of the journal as it is now; NULL without memory. */
static json_t *make_report(const struct delivery *d)
{
	json_t *report;
	size_t n_events;

	if (report_read_journal(store_find(d->store, JOURNAL_NAME), JOURNAL_NAME, &report,
				&n_events) < 0)
		log_error("the journal cannot be read");
	return report;
}

/*
 * Writes the forms of @forms, what programs and people need most first: the stick may be full
 * before the last. Returns those that are there, as FORM_BIT().
 */
static unsigned int write_forms(const struct delivery *d, unsigned int forms, const json_t *report)
{
	static const enum form_id first[] = { FORM_JSON, FORM_TEXT };
	unsigned int written = 0, tried = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(first) + FORM_FILES; i++) {
		const size_t id = i < ARRAY_SIZE(first) ? first[i] : i - ARRAY_SIZE(first);
		const struct form *form = form_get(id);

		if (!(forms & ~tried & FORM_BIT(id)))
			continue;
		tried |= FORM_BIT(id);
		if (report && store_write(d->store, form->file, form->put, report) == 0)
			written |= FORM_BIT(id);
		else
			log_error("%s could not be written", form->file);
	}
	return written;
}

/* Says in the journal which files the stick has not taken. */
static void note_missing(const struct delivery *d)
{
	char stored[600];

	store_note(d->store, false, "not on the stick: %s", d->store->missing);
	store_describe(d->store, stored, sizeof(stored));
	if (store_append(d->store, "stored", json_pack("{s:s}", "stored", stored)) < 0)
		log_error("the journal does not say what is not on the stick");
}

/* What became of it is noted in the journal: the copies that were sent do not say it. */
static void send_report(const struct delivery *d, const json_t *report, unsigned int written)
{
	struct sink_outcome outcomes[SINK_MAX] = { 0 };
	struct sink_job job = {
		.root = d->root,
		.settings = d->settings,
		.inv = d->inv,
		.stick_dir = d->stick->dir,
	};
	unsigned int i;

	/* Not the folder's name: its number counts the runs of one stick. */
	folders_format_name(d->inv->host.serial, member_text(report, "started"), job.name,
			    sizeof(job.name));
	for (i = 0; i < FORM_FILES; i++)
		if (written & FORM_BIT(i))
			sink_add_file(&job, form_get(i)->file, form_get(i)->type,
				      store_find(d->store, form_get(i)->file));
	sink_add_file(&job, JOURNAL_NAME, "application/jsonl", store_find(d->store, JOURNAL_NAME));
	log_info("the report is sent to %u sinks", d->settings->sinks.n);
	sink_send_all(&job, outcomes);
	for (i = 0; i < d->settings->sinks.n; i++) {
		if (outcomes[i].sent)
			log_info("%s", outcomes[i].text);
		else
			log_error("%s", outcomes[i].text);
		store_note(d->store, false, "%s", outcomes[i].text);
	}
}

json_t *deliver_report(const struct delivery *d)
{
	const bool send = d->settings->sinks.n > 0 && d->send;
	json_t *report = make_report(d);
	unsigned int written;

	store_release(d->store);
	written = write_forms(d, d->settings->reports, report);
	if (d->store->missing[0])
		note_missing(d);
	if (send)
		send_report(d, report, written);
	if (!send && !d->store->missing[0])
		return report;
	/* Once more, with what became of it. */
	json_decref(report);
	report = make_report(d);
	(void)write_forms(d, written, report);
	return report;
}
