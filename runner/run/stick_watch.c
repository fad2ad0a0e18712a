/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/stick_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/folders.h"
#include "sys/block.h"
#include "sys/mounts.h"

#define EACH_MS 500
#define COMING_MS 10000 /* a stick that was put in may need so long */
#define COPY_MS 60000
#define BACK "stick-back" /* in STORE_RUN: the folder that the child has made */
#define HEAD 100 /* of a journal: it has the journal's ID */

/* True if the folder's journal begins as the one in memory does. */
static bool is_same_run(const struct stick_watch *w, int dir)
{
	_cleanup_close_ int here = openat(w->store->memory_dir, JOURNAL_NAME, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int there =
		openat(dir, JOURNAL_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char a[HEAD], b[HEAD];

	return pread(here, a, HEAD, 0) == HEAD && pread(there, b, HEAD, 0) == HEAD &&
	       memcmp(a, b, HEAD) == 0;
}

/* The folder of the run on a stick that was put back, or a new one on another. */
static int open_folder(const struct stick_watch *w, int stick, char name[FOLDERS_NAME])
{
	char utc[CLOCK_STRLEN], later[32];
	int dir = -ENOENT, ret;

	util_strlcpy(name, FOLDERS_NAME, w->store->folder);
	if (name[0])
		dir = folders_open(stick, name);
	if (dir >= 0 && is_same_run(w, dir))
		return dir;
	if (dir >= 0)
		close(dir);
	clock_now(utc);
	ret = folders_make(stick, w->host, utc, name, later);
	return ret < 0 ? ret : folders_open(stick, name);
}

/* The child: finds and mounts a stick, and brings what is in memory so far to it. */
static int bring_to_stick(void *arg)
{
	const struct stick_watch *w = arg;
	_cleanup_close_ int dir = -1, run = -1;
	char name[FOLDERS_NAME];
	struct stick st;
	int ret = -ENODEV;

	stick_open(&st, w->root, w->name, util_now_ms() + COMING_MS, NULL, NULL);
	if (st.dir >= 0 && !st.read_only) {
		dir = open_folder(w, st.dir, name);
		run = sysroot_openat(w->root, O_RDONLY | O_DIRECTORY, STORE_RUN);
		ret = dir < 0 ? dir
			      : util_copy_durably(w->store->memory_dir, dir, JOURNAL_NAME,
						  JOURNAL_MAX_SIZE);
		if (ret == 0)
			ret = run < 0 ? run : util_write_durably(run, BACK, name, strlen(name));
		if (ret < 0)
			log_error("STICK: %s cannot be used: %s", st.device, strerror(-ret));
	} else {
		log_error("STICK: %s", st.problem);
	}
	if (st.dir >= 0)
		close(st.dir);
	if (ret < 0 && mount_is_there(w->root, STORE_RUN, STORE_STICK))
		mount_abandon(w->root, STORE_STICK);
	return ret;
}

/* The stick is mounted, and most of the journal is on it. */
static void take_back(struct stick_watch *w)
{
	char name[FOLDERS_NAME];
	int ret = -ENODEV;

	if (sysroot_read(w->root, name, sizeof(name), STORE_RUN "/" BACK) < 0)
		return;
	stick_open(w->stick, w->root, w->name, 0, NULL, NULL);
	if (w->stick->dir >= 0)
		ret = store_use_stick(w->store, w->stick->dir, name);
	if (ret < 0) {
		log_error("STICK: it cannot be used: %s", strerror(-ret));
		return;
	}
	log_info("STICK: there is one again (%s): journal and report go to %s", w->stick->device,
		 name);
	store_say_back(w->store);
}

static void miss(struct stick_watch *w)
{
	char which[STICK_WHICH];

	log_error("THE STICK WAS PULLED OUT: put it back, or another one with %s; meanwhile the "
		  "report is in /" STORE_MEMORY,
		  stick_which(w->name, which));
	store_lose_stick(w->store, "it was pulled out");
	w->missed = true;
}

/* A stick that failed, or is gone, makes room for the next. */
static void let_go(struct stick_watch *w)
{
	const bool is_there = w->stick->device[0] && stick_is_there(w->stick, w->root);

	/* What was written last may have failed before it was missed. */
	if (w->stick->device[0] && !is_there && !w->missed)
		miss(w);
	w->missed = false;
	close(util_take_fd(&w->stick->dir));
	mount_abandon(w->root, STORE_STICK);
	w->tried = is_there ? block_usb_state(w->root) : 0; /* not again as it is */
}

static void look_for_stick(struct stick_watch *w)
{
	const uint64_t state = block_usb_state(w->root);

	if (state == w->tried)
		return;
	w->tried = state;
	w->busy = child_start(&w->child, bring_to_stick, w) == 0;
}

void stick_watch_tick(void *watch)
{
	struct stick_watch *w = watch;
	const uint64_t now = util_now_ms();
	struct child_end end;

	if (now < w->next_ms)
		return;
	w->next_ms = now + EACH_MS;
	if (!w->begun) {
		w->begun = true;
		/* What is there by now is in use, or was found to be of no use. */
		w->tried = block_usb_state(w->root);
	}
	if (w->busy) {
		if (!child_await(&w->child, now, NULL, &end))
			return;
		w->busy = false;
		if (end.state == CHILD_EXITED && end.value == 0)
			take_back(w);
		return;
	}
	if (w->store->stick.fd >= 0 && !stick_is_there(w->stick, w->root))
		miss(w);
	if (w->store->stick.fd >= 0)
		return;
	if (w->stick->dir >= 0 && !w->stick->read_only)
		let_go(w);
	else if (w->stick->dir < 0)
		look_for_stick(w);
}

void stick_watch_end(struct stick_watch *w)
{
	const struct child_end none = { .state = CHILD_STUCK };
	struct child_end end = none;

	w->next_ms = 0;
	stick_watch_tick(w);
	if (!w->busy)
		return;
	end = child_wait(&w->child, util_now_ms() + COMING_MS + COPY_MS, NULL);
	w->busy = false;
	if (end.state == CHILD_EXITED && end.value == 0)
		take_back(w);
}
