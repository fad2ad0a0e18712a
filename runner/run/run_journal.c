/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which journal a run is in, and how it begins there.
 */
#include <errno.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "journal/again.h"
#include "journal/member.h"
#include "model/catalogue.h"
#include "run/boots.h"
#include "run/resume.h"
#include "run/run_state.h"
#include "sys/block.h"
#include "version.h"

/* The stick's folder of the runner that died, from what it left in STORE_RUN/current. */
static bool current_folder(struct run *r, char *name, size_t size)
{
	static const char below[] = "/" STORE_STICK "/";
	char current[256];
	const char *p;

	if (sysroot_read(&r->root, current, sizeof(current), STORE_RUN "/current") < 0)
		return false;
	p = strstr(current, below);
	return p && util_strlcpy(name, size, p + strlen(below));
}

/* More than one stick has the label. */
static void note_others(struct run *r)
{
	char used[128], which[STICK_WHICH];

	if (!r->stick.others[0])
		return;
	block_describe(&r->root, r->stick.device, used, sizeof(used));
	stick_which(r->stick_name, which);
	log_error("STICK: several have %s; used: %s; not used: %s", which, used, r->stick.others);
	store_note(&r->store, false, "several sticks have %s; used: %s; not used: %s", which, used,
		   r->stick.others);
}

void run_take_again(struct run *r)
{
	json_t *events = r->resumed ? store_outline(&r->store) : NULL;
	const json_t *start = journal_first(events, "start");
	json_t *wish = json_object_get(start, "again");

	json_decref(r->again);
	if (!start)
		r->again = again_read(&r->root);
	else
		r->again = json_is_object(wish) ? json_incref(wish) : NULL;
	json_decref(events);
}

void run_open_folder(struct run *r)
{
	char name[FOLDERS_NAME], utc[CLOCK_STRLEN], later[32] = "";
	int ret = 0;

	if (r->stick.problem[0]) {
		log_error("STICK: %s; the report will be in /" STORE_MEMORY, r->stick.problem);
		store_note(&r->store, false, "%s", r->stick.problem);
	}
	r->resumed = r->same_boot;
	run_take_again(r);
	if (r->stick.dir < 0 || r->stick.read_only)
		return;
	/* A run of this boot that is run again has nothing to do with any other one. */
	if (!r->same_boot && !r->again)
		adopt_search(&r->adoption, r->stick.dir, &r->inv.host, &r->settings,
			     r->overlay.files);
	if (r->same_boot && current_folder(r, name, sizeof(name))) {
		log_info("going on with %s", name);
	} else if (r->adoption.bare[0]) {
		util_strlcpy(name, sizeof(name), r->adoption.bare);
		log_info("this host did not finish %s: going on with it", name);
		r->resumed = true;
	} else {
		clock_now(utc);
		ret = folders_make(r->stick.dir, r->inv.host.serial, utc, name, later);
		r->adoption.made = ret == 0;
	}
	if (ret == 0)
		ret = store_use_stick(&r->store, r->stick.dir, name);
	if (ret == 0) {
		util_strlcpy(r->later_run, sizeof(r->later_run), later);
		note_others(r);
		return;
	}
	/* A resumed journal that cannot be written any more is not gone on with. */
	r->resumed = r->same_boot;
	log_error("STICK: it cannot be written: %s; the report will be in /" STORE_MEMORY,
		  strerror(-ret));
	store_note(&r->store, false, "the stick cannot be written: %s", strerror(-ret));
}

static bool interrupts_are_unsafe(const struct run *r)
{
	return r->settings.unsafe_interrupts && !r->inv.iommu.irq_remap;
}

static int journal_start(struct run *r)
{
	json_t *events, *obj = inventory_to_json(&r->inv);
	char utc[CLOCK_STRLEN], stored[600];
	unsigned int resumes;

	clock_now(utc);
	store_describe(&r->store, stored, sizeof(stored));
	json_object_del(obj, "nics"); /* not known yet */
	json_object_set_new(obj, "time", json_string(utc));
	json_object_set_new(obj, "stored", json_string(stored));
	json_object_set_new(obj, "build",
			    json_pack("{s:s, s:s}", "revision", VFPROOF_REVISION, "catalogue",
				      CATALOGUE_VERSION));
	json_object_set_new(obj, "settings", settings_to_json(&r->settings));
	json_object_set(obj, "overlay", r->overlay.files);
	json_object_set_new(obj, "waivers", run_read_waivers(r));
	json_object_set_new(obj, "unsafe_interrupts", json_boolean(interrupts_are_unsafe(r)));
	if (r->resumed)
		run_take_again(r); /* the journal's, which may be known only now */
	if (r->again)
		json_object_set(obj, "again", r->again);
	if (!r->resumed)
		return store_append(&r->store, "start", obj);

	events = store_outline(&r->store);
	resumes = resume_count(events);
	json_decref(events);
	if (resumes < RESUME_MAX)
		return store_append(&r->store, "resume", obj);
	json_decref(obj);
	store_note(&r->store, true, "given up: resumed %u times without an item that ended",
		   resumes);
	return -ECANCELED;
}

/* Each boot begins another run, as something is different each time. */
static int give_up_in_vain(struct run *r)
{
	store_note(&r->store, true,
		   "given up: %u boots in a row have begun a run in which no item ended, each with "
		   "another kernel command line, program, overlay or choice of cases",
		   r->adoption.in_vain);
	return -ECANCELED;
}

int run_begin_journal(struct run *r)
{
	int ret = journal_start(r);

	if (ret == 0)
		again_done(&r->root);
	if (ret == 0 && !r->same_boot && r->store.stick_dir < 0)
		ret = boots_begin(&r->root, &r->store);
	else if (ret == 0 && !r->resumed && r->adoption.in_vain >= BOOTS_MAX)
		ret = give_up_in_vain(r);
	if (ret == -ECANCELED)
		r->settings.finish = FINISH_HOLD;
	return ret;
}

int run_choose(struct run *r)
{
	json_t *notes = NULL, *note;
	int ret = adopt_waiting(&r->adoption, &r->store, r->stick.dir, &r->inv, &notes);
	size_t i;

	if (ret < 0)
		store_note(&r->store, true, "the unfinished run in %s cannot be gone on with: %s",
			   r->adoption.waiting, strerror(-ret));
	if (ret == 1) {
		log_info("this host did not finish %s: going on with it", r->adoption.waiting);
		r->resumed = true;
		ret = run_begin_journal(r);
		json_array_foreach (notes, i, note)
			store_note(&r->store, member_flag(note, "incomplete"), "%s",
				   member_text(note, "text"));
	}
	json_decref(notes);
	return ret == -ECANCELED ? ret : 0;
}
