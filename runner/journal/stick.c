/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds, mounts and unmounts the report stick, and the folders on it.
 */
#include "journal/stick.h"

#include <blkid/blkid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include "base/log.h"
#include "journal/folders.h"
#include "journal/grow.h"
#include "journal/hollow.h"
#include "journal/store.h"
#include "sys/block.h"
#include "sys/module.h"
#include "sys/mounts.h"
#include "base/sysroot.h"

#define STICK_MAX_DEVICES 256
#define STICK_MAX 8
#define STICK_SETTLE_MS 5000 /* a disk is ready a second after its device */

struct candidate {
	char device[64]; /* below /dev */
	char type[16];
};

struct search {
	const struct sysroot *root;
	const char *name; /* label or UUID */
	struct candidate found[STICK_MAX];
	size_t n;
	unsigned int usb_devices; /* as many as modules were loaded for, UINT_MAX before */
};

static bool type_is_taken(const char *type)
{
	return strcmp(type, "vfat") == 0 || strcmp(type, "exfat") == 0 || strcmp(type, "ext4") == 0;
}

bool stick_is_foreign(const char *name)
{
	return strcasecmp(name, STICK_LABEL) != 0;
}

const char *stick_which(const char *name, char buf[STICK_WHICH])
{
	util_format(buf, STICK_WHICH, "the label %s%s", stick_is_foreign(name) ? "or UUID " : "",
		    stick_is_foreign(name) ? name : STICK_LABEL);
	return buf;
}

/* The value that the probe has found, "" if there is none. */
static const char *value_of(blkid_probe pr, const char *key)
{
	const char *value = NULL;

	return blkid_probe_lookup_value(pr, key, &value, NULL) == 0 && value ? value : "";
}

/* True if the device holds a file system that we take, with the label or UUID @wanted. */
static bool probe(const struct sysroot *root, const char *name, const char *wanted, char *type,
		  size_t size)
{
	_cleanup_close_ int fd = block_open(root, name, O_RDONLY | O_NONBLOCK);
	blkid_probe pr;
	bool found = false;

	if (fd < 0)
		return false;
	pr = blkid_new_probe();
	if (!pr)
		return false;
	if (blkid_probe_set_device(pr, fd, 0, 0) == 0 &&
	    blkid_probe_enable_superblocks(pr, 1) == 0 &&
	    blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
							  BLKID_SUBLKS_TYPE) == 0 &&
	    blkid_do_safeprobe(pr) == 0)
		found = type_is_taken(value_of(pr, "TYPE")) &&
			(strcasecmp(value_of(pr, "LABEL"), wanted) == 0 ||
			 strcasecmp(value_of(pr, "UUID"), wanted) == 0);
	if (found)
		util_strlcpy(type, size, value_of(pr, "TYPE"));
	blkid_free_probe(pr);
	return found;
}

/* A stick that turns up needs its driver. */
static void load_usb_modules(struct search *s)
{
	unsigned int n = block_count_usb(s->root);

	if (n == s->usb_devices)
		return;
	if (module_load_for_usb(s->root) < 0)
		log_debug("no module for USB devices could be tried");
	else
		s->usb_devices = n;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct candidate *)a)->device, ((const struct candidate *)b)->device);
}

/* All sticks with the label that are there. */
static bool search_once(void *arg)
{
	struct search *s = arg;
	_cleanup_closedir_ DIR *dir = block_open_all(s->root);
	struct dirent *entry;
	unsigned int n = 0;

	load_usb_modules(s);
	s->n = 0;
	while (dir && n++ < STICK_MAX_DEVICES && s->n < STICK_MAX && (entry = readdir(dir))) {
		struct candidate *c = &s->found[s->n];

		if (entry->d_name[0] != '.' && block_is_usb(s->root, entry->d_name) &&
		    probe(s->root, entry->d_name, s->name, c->type, sizeof(c->type)) &&
		    util_strlcpy(c->device, sizeof(c->device), entry->d_name))
			s->n++;
	}
	qsort(s->found, s->n, sizeof(s->found[0]), by_name);
	return s->n > 0;
}

/* Two sticks need not be ready at the same moment. */
static bool all_have_come(void *arg)
{
	return !block_usb_is_coming(((struct search *)arg)->root);
}

static void __attribute__((format(printf, 2, 3))) set_problem(struct stick *st, const char *fmt,
							      ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(st->problem, sizeof(st->problem), fmt, args);
	va_end(args);
	util_sanitise(st->problem);
}

static int mount_stick(struct stick *st, const struct sysroot *root, const struct candidate *c)
{
	int ret = mount_device(root, c->device, c->type, STORE_STICK, &st->read_only);

	if (ret < 0)
		set_problem(st, "the stick %s (%s) cannot be mounted: %s", c->device, c->type,
			    strerror(-ret));
	return ret;
}

/* Looks into one of several sticks. */
static bool is_wanted_one(const struct sysroot *root, const struct candidate *c,
			  bool (*is_wanted)(int dir, void *arg), void *arg)
{
	struct stick st = { .dir = -1 };
	int dir;
	bool yes;

	if (mount_stick(&st, root, c) < 0)
		return false;
	dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_STICK);
	yes = dir >= 0 && !st.read_only && is_wanted(dir, arg);
	if (dir >= 0)
		close(dir);
	mount_release(root, STORE_STICK);
	return yes;
}

/* Names all but the one that is used. */
static void name_others(struct stick *st, const struct search *s, size_t used)
{
	char text[128];
	size_t i;

	for (i = 0; i < s->n; i++) {
		const size_t len = strlen(st->others);

		if (i == used)
			continue;
		block_describe(s->root, s->found[i].device, text, sizeof(text));
		util_format(st->others + len, sizeof(st->others) - len, "%s%s", len > 0 ? "; " : "",
			    text);
	}
}

/* Before anything is written, whoever opens it: at the start, or when it has come back. */
static void clear_folders(const struct sysroot *root)
{
	_cleanup_close_ int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_STICK);

	if (dir >= 0)
		folders_clear(dir);
}

/* What a stick is put in order by before it is mounted. */
static void prepare(const struct sysroot *root, const struct candidate *c, bool foreign)
{
	if (!foreign)
		grow_stick(root, c->device);
	if (strcmp(c->type, "vfat") == 0)
		hollow_mend_stick(root, c->device, foreign);
}

static void find_and_mount(struct stick *st, const struct sysroot *root, const char *name,
			   uint64_t deadline_ms, bool (*is_wanted)(int dir, void *arg), void *arg)
{
	struct search s = { .root = root, .name = name, .usb_devices = UINT_MAX };
	char which[STICK_WHICH];
	uint64_t now = util_now_ms();
	size_t i = 0;

	if (util_poll_until(search_once, &s,
			    deadline_ms > now ? (unsigned int)(deadline_ms - now) : 0) < 0) {
		set_problem(st, "no USB stick with %s was found", stick_which(name, which));
		return;
	}
	if (util_poll_until(all_have_come, &s, STICK_SETTLE_MS) == 0 && !search_once(&s)) {
		set_problem(st, "the USB stick with %s has gone away", stick_which(name, which));
		return;
	}
	while (s.n > 1 && is_wanted && i < s.n && !is_wanted_one(root, &s.found[i], is_wanted, arg))
		i++;
	if (i == s.n)
		i = 0;
	prepare(root, &s.found[i], stick_is_foreign(name));
	if (mount_stick(st, root, &s.found[i]) < 0)
		return;
	if (!st->read_only)
		clear_folders(root);
	name_others(st, &s, i);
	log_info("stick: %s, %s%s", s.found[i].device, s.found[i].type,
		 st->read_only ? ", READ ONLY" : "");
}

/* Which device is mounted there, also if a runner before this one did it. */
static void find_device(struct stick *st, const struct sysroot *root)
{
	struct stat s;

	if (fstat(st->dir, &s) < 0 ||
	    block_find(root, s.st_dev, st->device, sizeof(st->device)) < 0)
		return;
	st->sequence = block_get_sequence(root, st->device);
}

bool stick_is_there(const struct stick *st, const struct sysroot *root)
{
	return !st->device[0] || block_get_sequence(root, st->device) == st->sequence;
}

void stick_open(struct stick *st, const struct sysroot *root, const char *name,
		uint64_t deadline_ms, bool (*is_wanted)(int dir, void *arg), void *arg)
{
	struct statvfs fs;

	*st = (struct stick){ .dir = -1 };
	if (mkdirat(root->fd, STORE_STICK, 0755) < 0 && errno != EEXIST) {
		set_problem(st, "/" STORE_STICK " cannot be made: %s", strerror(errno));
		return;
	}
	if (!mount_is_there(root, STORE_RUN, STORE_STICK)) {
		find_and_mount(st, root, name, deadline_ms, is_wanted, arg);
		if (st->problem[0])
			return;
	}
	st->dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, STORE_STICK);
	if (st->dir < 0) {
		set_problem(st, "the stick cannot be read: %s", strerror(-st->dir));
		st->dir = -1;
		return;
	}
	find_device(st, root);
	if (fstatvfs(st->dir, &fs) == 0 && fs.f_flag & ST_RDONLY)
		st->read_only = true;
	if (st->read_only)
		set_problem(st, "the stick is read only (write protected, or damaged)");
}
