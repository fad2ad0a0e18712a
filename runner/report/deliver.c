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
#include "journal/stick.h"
#include "journal/store.h"
#include "sys/inventory.h"

/* The report of the journal as it is now; NULL without memory. */
static json_t *make_report(const struct delivery *d)
{
	unsigned int damaged = 0;
	json_t *events = store_events(d->store, &damaged), *report;

	if (!events) { /* even then somebody waits for a verdict */
		log_error("the journal cannot be read");
		events = json_array();
		damaged = 1;
	}
	report = report_build(events, damaged);
	json_decref(events);
	return report;
}

/* The texts of the forms that the setting "reports" names, by enum form_id. */
struct forms {
	char *text[FORM_FILES];
};

static void forms_free(struct forms *f)
{
	size_t i;

	for (i = 0; i < FORM_FILES; i++)
		free(f->text[i]);
}

/* Without a report none can be written. */
static void write_forms(const struct delivery *d, const json_t *report, struct forms *f)
{
	size_t i;

	for (i = 0; i < FORM_FILES; i++) {
		const struct form *form = form_get(i);

		if (!(d->settings->reports & FORM_BIT(i)))
			continue;
		if (report)
			f->text[i] = form->render(report);
		if (!f->text[i] || store_write(d->store, form->file, f->text[i]) < 0)
			log_error("%s could not be written", form->file);
	}
}

/* What became of it is noted in the journal: the copies that were sent do not say it. */
static void send_report(const struct delivery *d, const json_t *report, const struct forms *f)
{
	struct sink_outcome outcomes[SINK_MAX] = { 0 };
	_cleanup_free_ char *journal = store_read_text(d->store);
	const char *slash = strrchr(d->store->folder, '/');
	struct sink_job job = {
		.root = d->root,
		.settings = d->settings,
		.inv = d->inv,
		.stick_dir = d->stick->dir,
	};
	unsigned int i;

	if (slash)
		util_strlcpy(job.name, sizeof(job.name), slash + 1);
	else
		stick_format_name(d->inv->host.serial, member_text(report, "started"), job.name,
				  sizeof(job.name));
	for (i = 0; i < FORM_FILES; i++)
		if (f->text[i])
			sink_add_file(&job, form_get(i)->file, form_get(i)->type, f->text[i]);
	sink_add_file(&job, JOURNAL_NAME, "application/jsonl", journal);
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
	_cleanup_(forms_free) struct forms before = { 0 }, after = { 0 };
	json_t *report = make_report(d);

	write_forms(d, report, &before);
	if (d->settings->sinks.n == 0 || !d->send)
		return report;
	send_report(d, report, &before);
	json_decref(report);
	report = make_report(d);
	write_forms(d, report, &after);
	return report;
}
