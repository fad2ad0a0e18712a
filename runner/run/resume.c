/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an unfinished journal: whose it is, and what is left to do.
 */
#include "run/resume.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include "cases/registry.h"
#include "journal/item_index.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "model/reason.h"
#include "run/overlay.h"
#include "version.h"

#define MAX_UNDER_WAY 16 /* ENGINE_MAX_SLOTS; more is a journal that is damaged */

bool resume_is_host(const json_t *events, const struct host_info *host)
{
	const json_t *start = journal_first(events, "start");
	const json_t *there = json_object_get(start, "host");

	return start && strcmp(member_text(there, "serial"), host->serial) == 0 &&
	       strcmp(member_text(there, "uuid"), host->uuid) == 0 &&
	       strcmp(member_text(there, "board_serial"), host->board_serial) == 0 &&
	       strcmp(member_text(there, "product"), host->product) == 0;
}

bool resume_is_ours(const json_t *events, const struct host_info *host,
		    const struct settings *settings, const json_t *overlay)
{
	const json_t *start = journal_first(events, "start");
	const json_t *there = json_object_get(start, "host"), *was;

	if (!resume_is_host(events, host))
		return false;
	was = json_object_get(start, "settings");
	return overlay_is_same(json_object_get(start, "overlay"), overlay) &&
	       strcmp(member_text(there, "bios_version"), host->bios_version) == 0 &&
	       strcmp(member_text(there, "cmdline"), host->cmdline) == 0 &&
	       strcmp(member_text(json_object_get(start, "build"), "revision"), VFPROOF_REVISION) ==
		       0 &&
	       strcmp(member_text(was, "cases"), settings->cases) == 0 &&
	       strcmp(member_text(was, "ports"), settings->ports) == 0 &&
	       strcmp(member_text(was, "plan"), settings_plan_name(settings->plan)) == 0;
}

/* One that tells ports apart. */
static bool is_mac(const char *mac)
{
	return mac[0] && strcmp(mac, "00:00:00:00:00:00") != 0;
}

bool resume_macs_are_ours(const json_t *events, const struct inventory *inv)
{
	const struct host_info *h = &inv->host;
	const json_t *nics = json_object_get(journal_first(events, "run"), "nics"), *then;
	bool known_then = false, known_now = false;
	unsigned int i;
	size_t k;

	for (i = 0; i < inv->n_nics; i++)
		known_now |= is_mac(inv->nics[i].mac);
	json_array_foreach (nics, k, then) {
		const char *mac = member_text(then, "mac");

		known_then |= is_mac(mac);
		for (i = 0; is_mac(mac) && i < inv->n_nics; i++)
			if (strcasecmp(mac, inv->nics[i].mac) == 0)
				return true;
	}
	/* Without any MAC the firmware's word has to do, if it says anything. */
	return !(known_then && known_now) && (h->serial[0] || h->uuid[0] || h->board_serial[0]);
}

unsigned int resume_count(const json_t *events)
{
	unsigned int n = 0;
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		const char *ev = member_text(event, "ev");

		if (strcmp(ev, "resume") == 0)
			n++;
		else if (strcmp(ev, "end") == 0)
			n = 0;
	}
	return n;
}

/* Unknown then or now, as without a driver, is not different. */
static bool text_differs(const json_t *then, const char *key, const char *now)
{
	const char *text = member_text(then, key);

	return text[0] && now[0] && strcmp(text, now) != 0;
}

static bool port_differs(const json_t *then, const struct nic *now)
{
	char vendor[8], device[8];

	util_format(vendor, sizeof(vendor), "%04x", now->vendor);
	util_format(device, sizeof(device), "%04x", now->device);
	return text_differs(then, "vendor", vendor) || text_differs(then, "device", device) ||
	       text_differs(then, "mac", now->mac) ||
	       text_differs(then, "firmware_version", now->firmware_version);
}

bool resume_ports_are_same(const json_t *events, const struct inventory *inv, char *what,
			   size_t size)
{
	const json_t *nics = json_object_get(journal_first(events, "run"), "nics"), *then;
	unsigned int i;
	size_t k;

	for (i = 0; i < inv->n_nics; i++) {
		const struct nic *now = &inv->nics[i];
		char addr[PCI_ADDR_STRLEN];

		pci_addr_format(&now->addr, addr);
		json_array_foreach (nics, k, then) {
			if (strcmp(member_text(then, "address"), addr) != 0 ||
			    !port_differs(then, now))
				continue;
			util_format(what, size,
				    "%s was %s %s, firmware %s, and is %s %s, firmware %s", addr,
				    member_text(then, "name"), member_text(then, "mac"),
				    member_text(then, "firmware_version"), now->name, now->mac,
				    now->firmware_version);
			return false;
		}
	}
	return true;
}

/* All items that an event says to have begun, or to have ended. */
static int index_begun(struct item_index *begun, const json_t *events)
{
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		const char *ev = member_text(event, "ev");

		if ((strcmp(ev, "begin") == 0 || strcmp(ev, "end") == 0) &&
		    item_index_add(begun, member_text(event, "case"),
				   member_text(event, "subject")) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool was_begun(const struct item_index *begun, const struct plan_item *item)
{
	char subject[PCI_ADDR_STRLEN];

	return item_index_find(begun, item->def->id, plan_item_subject(item, subject)) >= 0;
}

int resume_plan(struct plan *plan, const json_t *events, const struct inventory *inv)
{
	const json_t *run = journal_first(events, "run");
	struct item_index begun = { 0 };
	unsigned int i;
	int ret;

	*plan = (struct plan){ 0 };
	if (!run)
		return -ENODATA;
	ret = index_begun(&begun, events);
	if (ret == 0)
		ret = plan_from_json(plan, &registry, json_object_get(run, "plan"), inv);
	for (i = 0; i < plan->n; i++)
		plan->items[i].done = was_begun(&begun, &plan->items[i]);
	item_index_free(&begun);
	return ret;
}

/* Items under way, as far as one has walked through the events. */
struct under_way {
	unsigned int n;
	const char *subjects[MAX_UNDER_WAY];
	bool stuck; /* one of this boot has hung: that is why there is another */
};

static void add_under_way(struct under_way *w, const char *subject)
{
	if (w->n < MAX_UNDER_WAY)
		w->subjects[w->n++] = subject;
}

static void remove_under_way(struct under_way *w, const char *subject)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (strcmp(w->subjects[i], subject) == 0) {
			w->subjects[i] = w->subjects[--w->n];
			return;
		}
}

/* The subject that an event speaks against, NULL for none. */
static const char *blamed_by(struct under_way *w, const json_t *event)
{
	const char *ev = member_text(event, "ev"), *subject = member_text(event, "subject");
	const char *blamed = NULL;

	if (strcmp(ev, "begin") == 0) {
		add_under_way(w, subject);
	} else if (strcmp(ev, "end") == 0) {
		remove_under_way(w, subject);
		if (!member_flag(event, "stuck"))
			return NULL;
		w->stuck = true;
		blamed = subject;
	} else if (strcmp(ev, "resume") == 0) {
		/* Of several nobody knows which it was. */
		if (w->n == 1 && !w->stuck)
			blamed = w->subjects[0];
		*w = (struct under_way){ 0 };
	}
	return blamed;
}

unsigned int resume_count_lost(const json_t *events, const char *subject)
{
	struct under_way w = { 0 };
	unsigned int lost = 0;
	const json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		const char *blamed = blamed_by(&w, event);

		lost += blamed && (!subject || strcmp(subject, blamed) == 0);
	}
	return lost;
}

/* Marks the rest of a subject, NULL for all. Returns the number of items. */
static unsigned int mark_rest(struct plan *plan, const char *subject)
{
	char own[PCI_ADDR_STRLEN];
	unsigned int i, n = 0;

	for (i = 0; i < plan->n; i++) {
		if (plan->items[i].done ||
		    (subject && strcmp(subject, plan_item_subject(&plan->items[i], own)) != 0))
			continue;
		plan->items[i].done = true;
		n++;
	}
	return n;
}

void resume_give_up(struct plan *plan, const json_t *events,
		    void (*given_up)(void *arg, const char *subject, const char *reason), void *arg)
{
	char subject[PCI_ADDR_STRLEN], reason[160];
	unsigned int i, n = resume_count_lost(events, NULL);

	if (n < RESUME_LOST_PORT)
		return;
	if (n >= RESUME_LOST_ALL) {
		util_format(reason, sizeof(reason), "%u items have" REASON_DIED "the run was ended",
			    n);
		if (mark_rest(plan, NULL) > 0)
			given_up(arg, "", reason);
		return;
	}
	for (i = 0; i < plan->n; i++) {
		if (plan->items[i].done)
			continue;
		plan_item_subject(&plan->items[i], subject);
		n = resume_count_lost(events, subject);
		if (n < RESUME_LOST_PORT)
			continue;
		util_format(reason, sizeof(reason),
			    "%u items of it have" REASON_DIED "nothing more was tried on it", n);
		(void)mark_rest(plan, subject);
		given_up(arg, subject, reason);
	}
}
