/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/leftover.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "journal/journal.h"
#include "journal/reserve.h"
#include "journal/store.h"

enum kind {
	KIND_OTHER,
	KIND_UNFINISHED,
	KIND_JOURNAL,
	KIND_HALF, /* not all of its name is there, or nothing but the name */
};

static bool ends(const char *text, const char *with)
{
	const size_t len = strlen(text), n = strlen(with);

	return len > n && strcasecmp(text + len - n, with) == 0;
}

/* An entry without its long name is called @base, "~", a number, and @extension (NULL: any). */
static bool is_half_of(const struct fat_name *n, const char *base, const char *extension)
{
	const char *name = (const char *)n->entry->name;

	return !n->text[0] && memcmp(name, base, strlen(base)) == 0 && memchr(name, '~', 8) &&
	       (!extension || memcmp(name + 8, extension, 3) == 0);
}

static bool is_empty(const struct fat *f, const struct fat_entry *e)
{
	return e->size == 0 && fat_entry_cluster(f, e) == 0;
}

/* Files of the report; and those of them that FAT needs no number for. */
static bool is_of_report(const struct fat_name *n)
{
	static const char *const names[] = {
		"report.txt", "report.json", "report.html",  "junit.xml",     "report.ktap",
		"ocp.jsonl",  "lava.txt",    STORE_MANIFEST, STORE_SIGNATURE, STORE_PUBLIC,
	};
	static const char *const shorts[] = { "REPORT  TXT", "JUNIT   XML", "LAVA    TXT",
					      "MANIFEST   ", "MANIFESTPUB" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(n->text, names[i]) == 0)
			return true;
	for (size_t i = 0; !n->text[0] && i < ARRAY_SIZE(shorts); i++)
		if (memcmp(n->entry->name, shorts[i], FAT_NAME_SIZE) == 0)
			return true;
	return false;
}

static enum kind kind_at_top(const struct fat_name *n)
{
	static const char *const names[] = { "vfproof.key" UTIL_PART, "vfproof.pub" UTIL_PART,
					     "vfproof.try" UTIL_PART };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(n->text, names[i]) == 0)
			return KIND_UNFINISHED;
	return is_half_of(n, "VFPROO", "PAR") ? KIND_HALF : KIND_OTHER;
}

static enum kind kind_in_run(const struct fat *f, const struct fat_name *n)
{
	const char *text = n->text;

	if (ends(text, UTIL_PART) || is_half_of(n, "", "PAR") ||
	    strcasecmp(text, RESERVE_NAME) == 0 ||
	    (!text[0] && memcmp(n->entry->name, "RESERVE    ", FAT_NAME_SIZE) == 0))
		return KIND_UNFINISHED;
	if (strcasecmp(text, JOURNAL_NAME) == 0)
		return KIND_JOURNAL;
	if (is_half_of(n, "JOURNA", "JSO"))
		return n->entry->size == 0 ? KIND_HALF : KIND_JOURNAL;
	if (is_half_of(n, "REPORT", NULL) || is_half_of(n, "MANIFE", "MIN") ||
	    is_half_of(n, "OCP", "JSO") || (is_of_report(n) && is_empty(f, n->entry)))
		return KIND_HALF;
	return KIND_OTHER;
}

static enum kind kind_of(const struct fat *f, const struct fat_name *n, enum leftover_place place)
{
	if (n->entry->attributes & FAT_IS_FOLDER)
		return KIND_OTHER;
	return place == LEFTOVER_TOP ? kind_at_top(n) : kind_in_run(f, n);
}

/* Whether a file that is not for the time being begins with the same cluster. */
static bool has_twin(const struct fat *f, struct fat_folder *d, const struct fat_name *of,
		     enum leftover_place place)
{
	const uint32_t cluster = fat_entry_cluster(f, of->entry);
	struct fat_name n;
	size_t at = 0;

	while (cluster != 0 && fat_folder_next(d, &at, &n))
		if (n.at != of->at && fat_entry_cluster(f, n.entry) == cluster &&
		    kind_of(f, &n, place) != KIND_UNFINISHED)
			return true;
	return false;
}

static uint64_t bytes_of(const struct fat *f, const struct fat_chain *chain)
{
	return (uint64_t)chain->length * f->per_cluster * FAT_SECTOR;
}

static int end_chain(struct fat *f, struct fat_folder *d, const struct fat_chain *chain)
{
	int ret = fat_folder_write(f, d);

	return ret == 0 && chain->broken && chain->length > 0 ? fat_chain_end(f, chain) : ret;
}

/* Cuts it to what is there, so that it can be removed. The size first: it may be too small. */
static int mend_unfinished(struct fat *f, struct fat_folder *d, const struct fat_name *n)
{
	const uint32_t cluster = fat_entry_cluster(f, n->entry);
	struct fat_chain chain = { .broken = true };
	uint64_t bytes;
	int ret = 0;

	if (is_empty(f, n->entry))
		return 0;
	if (cluster != 0)
		ret = fat_chain_follow(f, cluster, 0, &chain);
	if (ret == -ELOOP)
		chain = (struct fat_chain){ .broken = true };
	else if (ret < 0)
		return ret;
	bytes = bytes_of(f, &chain);
	if (!chain.broken && le32toh(n->entry->size) <= bytes)
		return 0;
	if (le32toh(n->entry->size) > bytes)
		n->entry->size = htole32((uint32_t)bytes);
	if (bytes == 0)
		fat_entry_set_cluster(n->entry, 0);
	fat_folder_change(d, n->at);
	ret = end_chain(f, d, &chain);
	return ret < 0 ? ret : 1;
}

/* Its clusters behind its end were set aside for lines to come. */
static int mend_journal(struct fat *f, struct fat_folder *d, const struct fat_name *n)
{
	const uint32_t cluster = fat_entry_cluster(f, n->entry), size = le32toh(n->entry->size);
	const uint32_t bytes = f->per_cluster * FAT_SECTOR;
	struct fat_chain chain;
	int ret;

	if (cluster == 0)
		return 0;
	ret = fat_chain_follow(f, cluster, size / bytes + (size % bytes != 0), &chain);
	if (ret < 0)
		return ret == -ELOOP ? 0 : ret;
	if (!chain.broken || bytes_of(f, &chain) < size)
		return 0; /* the latter is damage, and no cut's */
	if (chain.length == 0) {
		fat_entry_set_cluster(n->entry, 0);
		fat_folder_change(d, n->at);
	}
	ret = end_chain(f, d, &chain);
	return ret < 0 ? ret : 1;
}

static int mend_file(struct fat *f, struct fat_folder *d, const struct fat_name *n,
		     enum leftover_place place)
{
	const enum kind kind = kind_of(f, n, place);
	int ret;

	if (kind == KIND_OTHER)
		return 0;
	if (kind == KIND_JOURNAL)
		return mend_journal(f, d, n);
	if (kind == KIND_UNFINISHED && !has_twin(f, d, n, place))
		return mend_unfinished(f, d, n);
	fat_folder_delete(d, n);
	ret = fat_folder_write(f, d);
	return ret < 0 ? ret : 1;
}

int leftover_mend(struct fat *f, struct fat_folder *d, enum leftover_place place)
{
	struct fat_name n;
	size_t at = 0;
	int mended = 0, ret = 0;

	while (ret >= 0 && fat_folder_next(d, &at, &n)) {
		ret = mend_file(f, d, &n, place);
		mended += ret > 0;
	}
	return ret < 0 ? ret : mended;
}
