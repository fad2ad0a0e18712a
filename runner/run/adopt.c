/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/adopt.h"

#include <string.h>
#include "base/log.h"
#include "journal/member.h"
#include "run/resume.h"

struct search {
	struct adoption *found;
	const struct host_info *host;
	const struct settings *settings;
	const json_t *overlay;
};

static bool look(const char *name, const json_t *events, bool last, void *arg)
{
	struct search *s = arg;
	const bool planned = journal_first(events, "run");
	char *to = planned ? s->found->waiting : s->found->bare;

	if (!resume_is_ours(events, s->host, s->settings, s->overlay)) {
		s->found->in_vain +=
			last && resume_is_host(events, s->host) && !journal_first(events, "end");
		return false;
	}
	if (to[0])
		return false;
	util_strlcpy(to, FOLDERS_NAME, name);
	/* Older ones than the first with a plan are of no interest. */
	return planned;
}

void adopt_search(struct adoption *a, int stick, const struct host_info *host,
		  const struct settings *settings, const json_t *overlay)
{
	struct search s = { a, host, settings, overlay };

	*a = (struct adoption){ 0 };
	folders_unfinished(stick, look, &s);
}

struct wanted {
	const struct host_info *host;
	bool found;
};

static bool look_for_host(const char *name, const json_t *events, bool last, void *arg)
{
	struct wanted *w = arg;

	(void)name;
	(void)last;
	w->found |= resume_is_host(events, w->host);
	return w->found;
}

bool adopt_is_wanted(int stick, const struct host_info *host)
{
	struct wanted w = { host, false };

	folders_unfinished(stick, look_for_host, &w);
	return w.found;
}

static json_t *notes_of(const struct store *store)
{
	json_t *events = store_outline(store), *notes = json_array(), *event;
	size_t i;

	json_array_foreach (events, i, event)
		if (strcmp(member_text(event, "ev"), "note") == 0)
			json_array_append(notes, event);
	json_decref(events);
	return notes;
}

/* The run in which nothing but the search for the right one took place. */
static void let_go(const struct adoption *a, struct store *store)
{
	if (a->made)
		return;
	store_note(store, true, "this host goes on with the run in %s", a->waiting);
	if (store_append(store, "finish", json_object()) < 0)
		log_error("%s could not be finished", store->folder);
}

int adopt_waiting(struct adoption *a, struct store *store, int stick, const struct inventory *inv,
		  json_t **notes)
{
	char before[FOLDERS_NAME];
	json_t *events;
	int dir, ret;
	bool ours;

	*notes = NULL;
	if (!a->waiting[0] || store->stick_dir < 0)
		return 0;
	dir = folders_open(stick, a->waiting);
	if (dir < 0)
		return dir;
	events = journal_outline(dir);
	close(dir);
	ours = events && resume_macs_are_ours(events, inv);
	json_decref(events);
	if (!ours) {
		store_note(store, false,
			   "the unfinished run in %s is of a host with the same serial number and "
			   "other ports: it is let be",
			   a->waiting);
		return 0;
	}
	*notes = notes_of(store);
	let_go(a, store);
	util_strlcpy(before, sizeof(before), store->folder);
	ret = store_switch(store, stick, a->waiting);
	if (ret == 0 && a->made && folders_remove(stick, before) < 0)
		log_error("STICK: the empty folder %s could not be removed", before);
	return ret < 0 ? ret : 1;
}
