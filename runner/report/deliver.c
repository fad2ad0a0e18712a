/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a run: the report is made from the journal, kept, sent to the sinks, and made again
 * with what became of that.
 */
#include "report/deliver.h"

#include <string.h>
#include "base/log.h"
#include "report/forms.h"
#include "report/manifest.h"
#include "report/sign.h"
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

/* Whose key the report is signed with is in it. */
static void note_signer(const struct delivery *d, const struct signer *signer)
{
	if (store_append(d->store, "signer", signer_to_json(signer)) < 0)
		log_error("the journal does not say who signs the report");
	if (signer->problem[0])
		store_note(d->store, false, "%s", signer->problem);
}

/* As sign_folder(), of the forms of @written and the journal. */
static bool sign(const struct delivery *d, const struct signer *signer, unsigned int written,
		 bool memory_only, const json_t *report)
{
	const char *names[FORM_FILES + 2] = { JOURNAL_NAME };
	unsigned int i, n = 1;
	char why[160];

	for (i = 0; i < FORM_FILES; i++)
		if (written & FORM_BIT(i))
			names[n++] = form_get(i)->file;
	if (!report)
		return true;
	if (sign_folder(signer, d->store, memory_only, names, report, why, sizeof(why)) == 0)
		return true;
	store_note(d->store, false, "%s", why);
	if (d->store->missing[0])
		note_missing(d);
	return false;
}

/* What became of it is noted in the journal: the copies that were sent do not say it. */
static void send_report(const struct delivery *d, const json_t *report, unsigned int written)
{
	static const struct sink_file last[] = { { JOURNAL_NAME, "application/jsonl", -1 },
						 { MANIFEST_KEY, "text/plain", -1 },
						 { MANIFEST_NAME, "text/plain", -1 },
						 { MANIFEST_SIGNATURE, "text/plain", -1 } };
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
	for (i = 0; i < ARRAY_SIZE(last); i++)
		sink_add_file(&job, last[i].name, last[i].type, store_find(d->store, last[i].name));
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

/* Once more, with what became of it. Returns the report, with its files written and signed. */
static json_t *make_again(const struct delivery *d, const struct signer *signer,
			  unsigned int written, json_t *report, bool signs)
{
	char missing[sizeof(d->store->missing)];

	json_decref(report);
	store_drop_manifest(d->store);
	report = make_report(d);
	util_strlcpy(missing, sizeof(missing), d->store->missing);
	written = write_forms(d, written, report);
	/* With what became of it a form is longer, and may not fit any more: one less each time. */
	if (strcmp(missing, d->store->missing) != 0) {
		note_missing(d);
		return make_again(d, signer, written, report, signs);
	}
	if (signs && !sign(d, signer, written, false, report))
		return make_again(d, signer, written, report, false);
	return report;
}

json_t *deliver_report(const struct delivery *d)
{
	const bool send = d->settings->sinks.n > 0 && d->send;
	struct signer signer;
	unsigned int written;
	json_t *report;

	store_release(d->store);
	store_drop_manifest(d->store);
	signer_open(&signer, d->root, d->stick);
	note_signer(d, &signer);
	report = make_report(d);
	written = write_forms(d, d->settings->reports, report);
	if (d->store->missing[0])
		note_missing(d);
	/* What is sent is signed as it is; the stick gets its signature when all is said. */
	if (send) {
		(void)!sign(d, &signer, written, true, report);
		send_report(d, report, written);
	}
	if (send || d->store->missing[0])
		report = make_again(d, &signer, written, report, true);
	else if (!sign(d, &signer, written, false, report))
		report = make_again(d, &signer, written, report, false);
	signer_close(&signer);
	return report;
}
