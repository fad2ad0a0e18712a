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

/* Writes the forms that the setting "reports" names. Returns those that are there, as FORM_BIT().
 */
static unsigned int write_forms(const struct delivery *d, const json_t *report)
{
	unsigned int written = 0;
	size_t i;

	for (i = 0; i < FORM_FILES; i++) {
		const struct form *form = form_get(i);

		if (!(d->settings->reports & FORM_BIT(i)))
			continue;
		if (report && store_write(d->store, form->file, form->put, report) == 0)
			written |= FORM_BIT(i);
		else
			log_error("%s could not be written", form->file);
	}
	return written;
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
	json_t *report = make_report(d);
	unsigned int written = write_forms(d, report);

	if (d->settings->sinks.n == 0 || !d->send)
		return report;
	send_report(d, report, written);
	json_decref(report);
	report = make_report(d);
	(void)write_forms(d, report);
	return report;
}
