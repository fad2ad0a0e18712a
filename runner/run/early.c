/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls what may hang on a stick in children. */
#include "run/early.h"

#include <errno.h>
#include <string.h>
#include "base/beneath.h"
#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/folders.h"
#include "journal/stick.h"
#include "run/overlay.h"

#define TRY_NAME "vfproof.try"

struct stick_search {
	const struct sysroot *root;
	const char *name;
	uint64_t deadline_ms;
	bool (*is_wanted)(int dir, void *arg);
	void *arg;
};

static int stick_child(void *arg, void *result)
{
	const struct stick_search *s = arg;
	_cleanup_close_ int dir = -1;
	struct stick *st = result;

	stick_open(st, s->root, s->name, s->deadline_ms, s->is_wanted, s->arg);
	if (st->dir < 0 || st->read_only)
		return 0;
	/* What hangs when it is written to is to hang here. Other errors show later. */
	dir = stick_is_foreign(s->name) ? beneath_make_dir(st->dir, FOLDERS_TOP) : dup(st->dir);
	if (dir < 0 || util_write_durably(dir, TRY_NAME, "", 0) < 0 ||
	    unlinkat(dir, TRY_NAME, 0) < 0)
		log_debug("the stick takes no file");
	return 0;
}

void early_open_stick(struct stick *st, const struct sysroot *root, const char *name,
		      uint64_t deadline_ms, uint64_t open_ms, bool (*is_wanted)(int dir, void *arg),
		      void *arg)
{
	struct stick_search s = { root, name, deadline_ms, is_wanted, arg };
	const uint64_t now = util_now_ms();
	const uint64_t ms = open_ms + (deadline_ms > now ? deadline_ms - now : 0);
	char others[sizeof(st->others)];
	int ret;

	*st = (struct stick){ .dir = -1 };
	ret = child_ask_for(stick_child, &s, st, sizeof(*st), (unsigned int)ms);
	if (ret == 0 && st->dir < 0)
		return;
	if (ret == 0) {
		/* It is mounted: this is for a directory of this process's own. */
		util_strlcpy(others, sizeof(others), st->others);
		stick_open(st, root, name, 0, is_wanted, arg);
		util_strlcpy(st->others, sizeof(st->others), others);
		return;
	}
	*st = (struct stick){ .dir = -1 };
	util_format(st->problem, sizeof(st->problem),
		    ret == -ETIMEDOUT ? "the stick hangs: it does not answer while it is opened"
				      : "the process that opens the stick died");
}

struct reading {
	int dir;
	const char *name;
	size_t max;
};

/* What comes back of a file: its bytes stand behind it. */
struct read_file {
	int ret;
	size_t len;
	char text[];
};

static int read_child(void *arg, void *result)
{
	const struct reading *r = arg;
	struct read_file *f = result;
	_cleanup_free_ char *text = NULL;

	f->ret = util_read_file(r->dir, r->name, r->max, &text, &f->len);
	if (f->ret == 0)
		memcpy(f->text, text, f->len);
	return 0;
}

int early_read_file(const struct sysroot *root, int dir, const char *name, size_t max, char **text,
		    size_t *len)
{
	struct reading r = { dir, name, max };
	const size_t size = sizeof(struct read_file) + max + 1;
	_cleanup_free_ struct read_file *f = calloc(1, size);
	int ret;

	if (!f)
		return -ENOMEM;
	ret = child_ask_for(read_child, &r, f, size,
			    (unsigned int)sysroot_recovery_ms(root, EARLY_FILE_MS));
	if (ret == 0)
		ret = f->ret;
	if (ret < 0)
		return ret;
	*len = f->len <= max ? f->len : max;
	*text = malloc(*len + 1); /* there may be NUL bytes in it */
	if (!*text)
		return -ENOMEM;
	memcpy(*text, f->text, *len);
	(*text)[*len] = '\0';
	return 0;
}

struct overlay_job {
	struct overlay *o;
	const struct sysroot *root;
	int dir;
};

static void finish_overlay(const struct overlay_job *j)
{
	overlay_use_firmware(j->o, j->root);
	overlay_check_modules(j->o, j->root);
	overlay_seal(j->o, j->root);
}

static int overlay_child(void *arg)
{
	const struct overlay_job *j = arg;

	overlay_take(j->o, j->root, j->dir, "stick");
	finish_overlay(j);
	return 0;
}

void early_take_overlay(struct overlay *o, const struct sysroot *root, int dir)
{
	struct overlay_job j = { o, root, dir };
	int ret;

	if (o->complete || dir < 0) {
		finish_overlay(&j);
		return;
	}
	ret = child_ask(overlay_child, &j,
			(unsigned int)sysroot_recovery_ms(root, EARLY_OVERLAY_MS));
	if (ret == 0) {
		overlay_free(o);
		/* The list that the child has sealed. */
		if (overlay_open(o, root) == 0 && o->complete)
			return;
		ret = -EIO;
	}
	overlay_add_problem(o, "the stick %s while its files are copied: not all of them are taken",
			    ret == -ETIMEDOUT ? "does not answer" : "fails");
	finish_overlay(&j);
}
