/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds folders without content in a FAT32 (Microsoft's FAT specification, sections 4 to 6). */
#include "journal/hollow.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define REPORTS "REPORTS    " /* FOLDERS_TOP, as FAT has it */
#define NAME_SIZE 11
#define ENTRIES (FAT_SECTOR / sizeof(struct fat_entry)) /* of a sector */
#define MAX_SECTORS 4096u /* of a folder, which has 2 MiB at most */
#define DELETED 0xe5
#define IS_VOLUME 0x08 /* also a part of a long name */
#define IS_FOLDER 0x10
#define CLUSTER_MASK 0x0fffffffu

struct fat_entry {
	uint8_t name[NAME_SIZE], attributes;
	uint8_t times[8];
	uint16_t cluster_high;
	uint8_t changed[4];
	uint16_t cluster_low;
	uint32_t size;
} __attribute__((packed));

_Static_assert(sizeof(struct fat_entry) == 32, "an entry");

struct fat {
	const struct fat_disk *disk;
	unsigned int per_cluster; /* sectors */
	uint64_t table, data; /* first sectors; Linux reads the first table */
	uint32_t end; /* number behind the last cluster */
	unsigned int removed;
};

static int fat_read(struct fat *f, const struct fat_disk *disk, uint32_t *root)
{
	struct fat_boot b;
	uint64_t clusters;
	int ret = fat_get(disk, 0, &b, 1);

	if (ret < 0)
		return ret;
	if (!fat_is_32(&b))
		return -ENOENT;
	*f = (struct fat){ .disk = disk, .per_cluster = b.sectors_per_cluster };
	f->table = le16toh(b.reserved);
	f->data = f->table + (uint64_t)b.fats * le32toh(b.fat_sectors);
	if (f->data >= disk->sectors)
		return -ENOENT;
	clusters = (disk->sectors - f->data) / f->per_cluster;
	if (clusters > (uint64_t)le32toh(b.fat_sectors) * (FAT_SECTOR / 4) - 2)
		clusters = (uint64_t)le32toh(b.fat_sectors) * (FAT_SECTOR / 4) - 2;
	f->end = (uint32_t)(2 + (clusters < FAT_MAX_CLUSTERS ? clusters : FAT_MAX_CLUSTERS));
	*root = le32toh(b.root_cluster) & CLUSTER_MASK;
	return 0;
}

static bool is_cluster(const struct fat *f, uint32_t cluster)
{
	return cluster >= 2 && cluster < f->end;
}

static uint64_t lba_of(const struct fat *f, uint32_t cluster)
{
	return f->data + (uint64_t)(cluster - 2) * f->per_cluster;
}

/* What the table says of a cluster: the next one, 0 if it is free, or the end of the chain. */
static int read_next(const struct fat *f, uint32_t cluster, uint32_t *next)
{
	uint32_t table[FAT_SECTOR / 4];
	int ret = fat_get(f->disk, f->table + cluster / ARRAY_SIZE(table), table, 1);

	if (ret == 0)
		*next = le32toh(table[cluster % ARRAY_SIZE(table)]) & CLUSTER_MASK;
	return ret;
}

static uint32_t cluster_of(const struct fat_entry *e)
{
	return ((uint32_t)le16toh(e->cluster_high) << 16 | le16toh(e->cluster_low)) & CLUSTER_MASK;
}

static bool is_zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	return len == 0 || (b[0] == 0 && memcmp(b, b + 1, len - 1) == 0);
}

static bool is_dot(const struct fat_entry *e, const char *name)
{
	return memcmp(e->name, name, NAME_SIZE) == 0 && (e->attributes & IS_FOLDER);
}

enum content {
	CONTENT_OLD, /* not a folder's, or not all of it */
	CONTENT_EMPTY,
	CONTENT_USED,
};

static bool has_name(const struct fat_entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (e[i].name[0] != 0 && e[i].name[0] != DELETED)
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
		struct fat_entry e[ENTRIES];
		const unsigned int first = i == 0 ? 2 : 0;
		const size_t n = ENTRIES - first;
		int ret = fat_get(f->disk, lba_of(f, cluster) + i, e, 1);

		if (ret < 0)
			return ret;
		if (i == 0)
			ended = e[first].name[0] == 0;
		if (i == 0 && (!is_dot(&e[0], ".          ") || !is_dot(&e[1], "..         ") ||
			       cluster_of(&e[0]) != cluster))
			*c = CONTENT_OLD;
		else if (ended && !is_zero(&e[first], n * sizeof(e[0])))
			*c = CONTENT_OLD;
		else if (has_name(&e[first], n))
			*c = CONTENT_USED;
	}
	return 0;
}

static int is_hollow(const struct fat *f, const struct fat_entry *e, bool *hollow)
{
	uint32_t cluster = cluster_of(e), next;
	enum content content;
	int ret;

	*hollow = !is_cluster(f, cluster);
	if (*hollow)
		return 0;
	ret = read_next(f, cluster, &next);
	if (ret == 0)
		ret = read_content(f, cluster, &content);
	if (ret == 0)
		*hollow = content == CONTENT_OLD || (content == CONTENT_EMPTY && next == 0);
	return ret;
}

static int look_at_folders(struct fat *f, uint32_t cluster, bool top);

/* One entry that is a folder; *@gone if its name was taken away. */
static int look_at(struct fat *f, struct fat_entry *e, bool top, bool *gone)
{
	int ret;

	if (top && memcmp(e->name, REPORTS, NAME_SIZE) != 0)
		return 0;
	ret = is_hollow(f, e, gone);
	if (ret == 0 && *gone)
		e->name[0] = DELETED;
	else if (ret == 0 && top)
		ret = look_at_folders(f, cluster_of(e), false);
	return ret;
}

static int look_at_sector(struct fat *f, uint64_t lba, bool top)
{
	struct fat_entry e[ENTRIES];
	bool changed = false;
	int ret = fat_get(f->disk, lba, e, 1);

	for (size_t i = 0; ret == 0 && i < ENTRIES; i++) {
		bool gone = false;

		if (e[i].name[0] == 0 || e[i].name[0] == DELETED || e[i].name[0] == '.' ||
		    (e[i].attributes & (IS_VOLUME | IS_FOLDER)) != IS_FOLDER)
			continue;
		ret = look_at(f, &e[i], top, &gone);
		f->removed += gone;
		changed |= gone;
	}
	return ret == 0 && changed ? f->disk->put(f->disk, lba, e, 1) : ret;
}

/* The folders in a folder; @top: in the root. */
static int look_at_folders(struct fat *f, uint32_t cluster, bool top)
{
	unsigned int sectors = 0;
	int ret = 0;

	while (ret == 0 && is_cluster(f, cluster) && sectors < MAX_SECTORS) {
		uint64_t lba = lba_of(f, cluster);

		for (unsigned int i = 0; ret == 0 && i < f->per_cluster; i++, sectors++)
			ret = look_at_sector(f, lba + i, top);
		if (ret == 0)
			ret = read_next(f, cluster, &cluster);
	}
	return ret;
}

int hollow_remove(const struct fat_disk *part)
{
	struct fat f;
	uint32_t root;
	int ret = fat_read(&f, part, &root);

	if (ret == 0)
		ret = look_at_folders(&f, root, true);
	return ret < 0 ? ret : (int)f.removed;
}

void hollow_remove_from_stick(const struct sysroot *root, const char *name)
{
	struct fat_disk part = { .fd = -1 };
	int ret = fat_open(root, name, &part);

	if (ret == 0)
		ret = hollow_remove(&part);
	if (part.fd >= 0)
		close(part.fd);
	if (ret > 0)
		log_info("stick: %d folders without content, of a power cut, are removed", ret);
	else if (ret < 0 && ret != -ENOENT)
		log_debug("stick: %s was not searched for folders without content: %s", name,
			  strerror(-ret));
}

int hollow_remove_from_file(const char *path)
{
	struct fat_disk part = { .put = fat_put };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	part.fd = fd;
	part.sectors = (uint64_t)st.st_size / FAT_SECTOR;
	return hollow_remove(&part);
}
