/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that a power cut has left half made (fs/fat/namei_vfat.c, fs/fat/dir.c). */
#include "journal/hollow.h"

#include <ctype.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "journal/leftover.h"
#include "journal/reserve.h"

#define REPORTS "REPORTS    " /* FOLDERS_TOP, as FAT has it */
#define ROOM 32 /* entries: a run's name needs 8 at most */

struct mend {
	struct fat fat;
	unsigned int mended;
	uint32_t reports; /* first cluster, 0: it is not there */
	bool damaged; /* the table takes a cluster for free that is not */
	bool foreign; /* the stick is somebody's own: only what is ours is looked at */
};

static bool is_zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	return len == 0 || (b[0] == 0 && memcmp(b, b + 1, len - 1) == 0);
}

static bool is_dot(const struct fat_entry *e, const char *name)
{
	return memcmp(e->name, name, FAT_NAME_SIZE) == 0 && (e->attributes & FAT_IS_FOLDER);
}

enum content {
	CONTENT_OLD, /* not a folder's, or not all of it */
	CONTENT_EMPTY,
	CONTENT_USED,
};

static bool has_name(const struct fat_entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!fat_entry_is_free(&e[i]))
			return true;
	return false;
}

/*
 * What a folder's first cluster holds. It begins with the two dots. If nothing follows them, all
 * the rest is zero: Linux does not stop at the first entry that is, and so must not find others.
 */
static int read_content(const struct fat *f, uint32_t cluster, enum content *c)
{
	bool ended = false;

	*c = CONTENT_EMPTY;
	for (unsigned int i = 0; i < f->per_cluster && *c == CONTENT_EMPTY; i++) {
		struct fat_entry e[FAT_ENTRIES];
		const unsigned int first = i == 0 ? 2 : 0;
		const size_t n = FAT_ENTRIES - first;
		int ret = fat_get(f->disk, fat_sector_of(f, cluster) + i, e, 1);

		if (ret < 0)
			return ret;
		if (i == 0)
			ended = e[first].name[0] == 0;
		if (i == 0 && (!is_dot(&e[0], ".          ") || !is_dot(&e[1], "..         ") ||
			       fat_entry_cluster(f, &e[0]) != cluster))
			*c = CONTENT_OLD;
		else if (ended && !is_zero(&e[first], n * sizeof(e[0])))
			*c = CONTENT_OLD;
		else if (has_name(&e[first], n))
			*c = CONTENT_USED;
	}
	return 0;
}

/* Whether reserve_names() has made this entry, or nothing has. */
static bool is_for_room(const struct fat_entry *e)
{
	static const char used[] = "_" RESERVE_NAMES "012345" UTIL_PART "~";
	const uint8_t *raw = (const uint8_t *)e;

	if (is_zero(e, sizeof(*e)))
		return true;
	if (e->attributes != FAT_IS_LONG)
		return memcmp(raw + 1, "AMES", 4) == 0 && memcmp(raw + 8, "PAR", 3) == 0;
	for (size_t i = 1; i < sizeof(*e); i += i == 9 ? 5 : i == 24 ? 4 : 2)
		if (raw[i] != 0 && raw[i] != 0xff && !strchr(used, raw[i]))
			return false;
	return true;
}

/* A run's folder without its long name: it was just being made. */
static bool is_half_named(const struct fat_name *n)
{
	return !n->text[0] && memcmp(n->entry->name, "RUN", 3) == 0 &&
	       memchr(n->entry->name, '~', 8);
}

/* @half: it has no long name, and should have one. */
static int is_hollow(struct fat *f, const struct fat_entry *e, bool half, bool *hollow)
{
	uint32_t cluster = fat_entry_cluster(f, e), next = 0;
	enum content content = CONTENT_OLD;
	int ret;

	*hollow = !fat_has_cluster(f, cluster);
	if (*hollow)
		return 0;
	ret = fat_table_get(f, cluster, &next);
	if (ret == 0)
		ret = read_content(f, cluster, &content);
	if (ret == 0)
		*hollow =
			content == CONTENT_OLD || (content == CONTENT_EMPTY && (next == 0 || half));
	return ret;
}

/*
 * What a folder holds that the table has not: a folder that is just as hollow, or names for room.
 * None of it was flushed, as the table would have been flushed too.
 */
static int holds_nothing(struct fat *f, uint32_t cluster, bool *nothing)
{
	struct fat_entry e[FAT_ENTRIES];
	int ret = 0;

	*nothing = true;
	for (unsigned int i = 0; ret == 0 && *nothing && i < f->per_cluster; i++) {
		ret = fat_get(f->disk, fat_sector_of(f, cluster) + i, e, 1);
		for (size_t at = i == 0 ? 2 : 0; ret == 0 && *nothing && at < FAT_ENTRIES; at++)
			if (is_for_room(&e[at]) || e[at].attributes == FAT_IS_LONG)
				continue;
			else if (e[at].attributes != FAT_IS_FOLDER || e[at].name[0] == '.')
				*nothing = false;
			else
				ret = is_hollow(f, &e[at], false, nothing);
	}
	return ret;
}

/* The same of a name; one that the table has not may hold what is hollow as well. */
static int is_name_hollow(struct fat *f, const struct fat_name *n, bool *hollow)
{
	const uint32_t cluster = fat_entry_cluster(f, n->entry);
	uint32_t next = 0;
	int ret = is_hollow(f, n->entry, is_half_named(n), hollow);

	if (ret < 0 || *hollow)
		return ret;
	ret = fat_table_get(f, cluster, &next);
	return ret == 0 && next == 0 ? holds_nothing(f, cluster, hollow) : ret;
}

/* How many entries from @from to @to are none of that. */
static size_t count_others(const struct fat_folder *d, size_t from, size_t to)
{
	size_t n = 0;

	for (size_t i = from; i < to; i++)
		n += !is_for_room(&d->entries[i]);
	return n;
}

/* It grew while it was being made, and not all of that is there: there is nothing in it yet. */
static bool is_half_grown(const struct fat_folder *d)
{
	return d->clusters && d->n > d->per_cluster && count_others(d, 2, d->per_cluster) == 0 &&
	       count_others(d, d->per_cluster, d->n) > 0;
}

/* What no entry of a folder looks like that has no dots. */
static bool is_no_entry(const struct fat_entry *e)
{
	const uint8_t *raw = (const uint8_t *)e;

	if (e->name[0] == FAT_DELETED)
		return false;
	if (e->name[0] == 0)
		return !is_zero(e, sizeof(*e));
	if (e->attributes == FAT_IS_LONG)
		return (raw[0] & 0x1f) == 0 || (raw[0] & 0xa0) || raw[12] != 0 || raw[26] != 0 ||
		       raw[27] != 0;
	if (e->attributes & 0xc0)
		return true;
	for (size_t i = 0; i < FAT_NAME_SIZE; i++)
		if ((raw[i] < 0x20 && (i > 0 || raw[i] != 5)) || islower(raw[i]) ||
		    strchr("\"*+,./:;<=>?[\\]|", raw[i]))
			return true;
	return false;
}

/* Sectors of the cluster that it has grown by last, and that were never written, hold no names. */
static unsigned int clear_old(struct fat_folder *d)
{
	unsigned int cleared = 0;

	if (!d->clusters || d->n <= d->per_cluster)
		return 0;
	for (size_t at = d->n - d->per_cluster; at < d->n; at += FAT_ENTRIES) {
		bool old = false;

		for (size_t i = at; i < at + FAT_ENTRIES; i++)
			old |= is_no_entry(&d->entries[i]);
		if (!old)
			continue;
		memset(&d->entries[at], 0, FAT_SECTOR);
		for (size_t i = at; i < at + FAT_ENTRIES; i++)
			d->entries[i].name[0] = FAT_DELETED;
		fat_folder_change(d, at);
		cleared++;
	}
	return cleared;
}

/* A chain that leads to a free cluster is of a folder that was growing. */
static int end_chain(struct mend *m, const struct fat_folder *d)
{
	if (!d->chain.broken || d->chain.length == 0)
		return 0;
	m->mended++;
	return fat_chain_end(&m->fat, &d->chain);
}

static int mend_files(struct mend *m, struct fat_folder *d, enum leftover_place place)
{
	int ret = leftover_mend(&m->fat, d, place);

	if (ret > 0)
		m->mended += (unsigned int)ret;
	return ret < 0 ? ret : 0;
}

/* *@gone if there is nothing in it, and it cannot stay. */
static int mend_run(struct mend *m, struct fat_folder *d, bool *gone)
{
	int ret;

	*gone = is_half_grown(d);
	if (*gone)
		return 0;
	ret = end_chain(m, d);
	if (ret < 0)
		return ret;
	m->mended += clear_old(d);
	ret = fat_folder_write(&m->fat, d);
	return ret < 0 ? ret : mend_files(m, d, LEFTOVER_RUN);
}

static bool is_run(const struct fat_name *n)
{
	return strncasecmp(n->text, "run", 3) == 0 && strspn(n->text + 3, "0123456789") >= 4;
}

static int mend_in_reports(struct mend *m, const struct fat_name *n, bool *gone)
{
	struct fat_folder run = { 0 };
	int ret;

	if (!is_run(n) && !is_half_named(n))
		return 0;
	ret = is_name_hollow(&m->fat, n, gone);
	if (ret < 0 || *gone || !is_run(n))
		return ret;
	ret = fat_folder_open(&m->fat, fat_entry_cluster(&m->fat, n->entry), &run);
	m->damaged |= ret == 0 && run.chain.length == 0;
	if (ret == 0)
		ret = mend_run(m, &run, gone);
	else if (ret == -ELOOP || ret == -EFBIG)
		ret = 0; /* damage, and no cut's */
	fat_folder_close(&run);
	return ret;
}

static int mend_at_top(struct mend *m, const struct fat_name *n, bool *gone);

/* The folders in @d; @each says whether one has to go. */
static int mend_folders(struct mend *m, struct fat_folder *d,
			int (*each)(struct mend *m, const struct fat_name *n, bool *gone))
{
	struct fat_name n;
	size_t at = 0;
	int ret = m->foreign && each == mend_at_top ? 0 : end_chain(m, d);

	while (ret == 0 && fat_folder_next(d, &at, &n)) {
		bool gone = false;

		if (!(n.entry->attributes & FAT_IS_FOLDER) || n.entry->name[0] == '.')
			continue;
		ret = each(m, &n, &gone);
		if (ret < 0 || !gone)
			continue;
		m->mended++;
		fat_folder_delete(d, &n);
	}
	return ret < 0 ? ret : fat_folder_write(&m->fat, d);
}

/* A folder in the root. */
static int mend_at_top(struct mend *m, const struct fat_name *n, bool *gone)
{
	struct fat_folder reports = { 0 };
	int ret;

	if (memcmp(n->entry->name, REPORTS, FAT_NAME_SIZE) != 0)
		return 0;
	ret = is_name_hollow(&m->fat, n, gone);
	if (ret < 0 || *gone)
		return ret;
	m->reports = fat_entry_cluster(&m->fat, n->entry);
	ret = fat_folder_open(&m->fat, m->reports, &reports);
	m->damaged |= ret == 0 && reports.chain.length == 0;
	if (ret == 0)
		ret = mend_folders(m, &reports, mend_in_reports);
	fat_folder_close(&reports);
	return ret;
}

/* Before Linux has to; and when nothing leads to a free cluster any more. */
static int grow(struct mend *m)
{
	int ret = 0;

	if (m->damaged)
		return 0;
	if (m->reports != 0)
		ret = fat_folder_grow(&m->fat, m->reports, ROOM);
	return ret < 0 || m->foreign ? ret : fat_folder_grow(&m->fat, 0, ROOM);
}

static int mend(const struct fat_disk *part, bool foreign)
{
	struct mend m = { .foreign = foreign };
	struct fat_folder root = { 0 };
	int ret = fat_table_open(&m.fat, part);

	if (ret < 0)
		return ret;
	ret = fat_folder_open(&m.fat, 0, &root);
	if (ret == 0)
		ret = mend_folders(&m, &root, mend_at_top);
	if (ret == 0 && !foreign)
		ret = mend_files(&m, &root, LEFTOVER_TOP);
	fat_folder_close(&root);
	if (ret == 0)
		ret = grow(&m);
	return ret < 0 ? ret : (int)m.mended;
}

int hollow_mend(const struct fat_disk *part)
{
	return mend(part, false);
}

int hollow_mend_foreign(const struct fat_disk *part)
{
	return mend(part, true);
}

void hollow_mend_stick(const struct sysroot *root, const char *name, bool foreign)
{
	struct fat_disk part = { .fd = -1 };
	int ret = fat_open(root, name, &part);

	if (ret == 0)
		ret = mend(&part, foreign);
	if (part.fd >= 0)
		close(part.fd);
	if (ret > 0)
		log_info("stick: what a power cut has left is mended in %d places", ret);
	else if (ret < 0 && ret != -ENOENT)
		log_debug("stick: %s was not searched for what a power cut has left: %s", name,
			  strerror(-ret));
}

static int put_and_say(const struct fat_disk *d, uint64_t lba, const void *buf, size_t sectors)
{
	log_info("mend: wrote sector %llu, %zu", (unsigned long long)lba, sectors);
	return fat_put(d, lba, buf, sectors);
}

int hollow_mend_file(const char *path)
{
	struct fat_disk part = { .put = put_and_say };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	part.fd = fd;
	part.sectors = (uint64_t)st.st_size / FAT_SECTOR;
	return hollow_mend(&part);
}
