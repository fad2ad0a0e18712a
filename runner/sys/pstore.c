/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /sys/fs/pstore, where each record is a file. */
#include "sys/pstore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/kernel.h"
#include "sys/module.h"

#define DIR_NAME "sys/fs/pstore"
#define MAX_RECORDS 256 /* UEFI's are of 1 KB */
#define MAX_FILES 1024
#define RECORD_SIZE (256u << 10)
#define TEXT_SIZE (48u << 10) /* of the end: more than PSTORE_MAX_LINES lines */
#define LINE_SIZE 300
#define TIMEOUT_MS 20000

static int load_child(void *arg)
{
	const struct sysroot *root = arg;
	char cmdline[KERNEL_CMDLINE_SIZE];
	int ret = 0;

	if (sysroot_exists(root, "sys/firmware/efi"))
		ret = module_insert(root, "efi_pstore", NULL);
	if (ret < 0)
		log_debug("no store of kernel messages in UEFI variables: %s", strerror(-ret));
	if (kernel_read_cmdline(root, cmdline, sizeof(cmdline)) == 0 &&
	    util_glob("*reserve_mem=*:oops*", cmdline))
		ret = module_insert(root, "ramoops",
				    "mem_name=oops record_size=65536 console_size=0 ftrace_size=0 "
				    "pmsg_size=0");
	if (ret < 0)
		log_debug("no store of kernel messages in memory: %s", strerror(-ret));
	return 0;
}

void pstore_load(const struct sysroot *root)
{
	if (child_ask(load_child, (void *)root, (unsigned int)sysroot_ms(root, TIMEOUT_MS)) < 0)
		log_debug("the store of kernel messages could not be set up");
}

/* A file's place: "Panic#2 Part1" begins the last part of the second crash's log. */
struct record {
	char name[96];
	unsigned int count, part;
};

static bool is_record(const char *name)
{
	return strncmp(name, "dmesg-", 6) == 0 && strlen(name) < sizeof(((struct record *)0)->name);
}

static int read_record(const struct sysroot *root, const char *name, char **text, size_t *len)
{
	return sysroot_slurp(root, text, len, RECORD_SIZE, DIR_NAME "/%s", name);
}

/* False for what is no text: a record that could not be unpacked. */
static bool take_head(const struct sysroot *root, const char *name, struct record *r)
{
	_cleanup_free_ char *text = NULL;
	const char *hash;
	size_t len;

	*r = (struct record){ 0 };
	util_strlcpy(r->name, sizeof(r->name), name);
	if (read_record(root, name, &text, &len) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	hash = strchr(text, '#');
	return hash && sscanf(hash, "#%u Part%u", &r->count, &r->part) == 2;
}

/* The newest crash first, and of it the earliest part. */
static int compare_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	return x->part < y->part ? 1 : x->part > y->part ? -1 : 0;
}

static unsigned int find_records(const struct sysroot *root, struct record *records)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, DIR_NAME);
	struct dirent *entry;
	unsigned int n = 0, files = 0;

	while (dir && n < MAX_RECORDS && files++ < MAX_FILES && (entry = readdir(dir)))
		if (is_record(entry->d_name) && take_head(root, entry->d_name, &records[n]))
			n++;
	qsort(records, n, sizeof(*records), compare_records);
	return n;
}

/* What the child finds: the end of the text. */
struct words {
	size_t len;
	char text[TEXT_SIZE];
};

/* Keeps the end of what there is and @text together. */
static void append(struct words *w, const char *text, size_t len)
{
	size_t keep;

	if (len >= TEXT_SIZE) {
		text += len - (TEXT_SIZE - 1);
		len = TEXT_SIZE - 1;
	}
	keep = TEXT_SIZE - 1 - len;
	if (w->len > keep) {
		memmove(w->text, w->text + w->len - keep, keep);
		w->len = keep;
	}
	memcpy(w->text + w->len, text, len);
	w->len += len;
	w->text[w->len] = '\0';
}

static int read_child(void *arg, void *result)
{
	_cleanup_free_ struct record *records = calloc(MAX_RECORDS, sizeof(*records));
	const struct sysroot *root = arg;
	struct words *w = result;
	unsigned int n = records ? find_records(root, records) : 0, i;

	for (i = 0; i < n && records[i].count == records[0].count; i++) {
		_cleanup_free_ char *text = NULL;
		const char *body;
		size_t len;

		if (read_record(root, records[i].name, &text, &len) < 0)
			continue;
		body = memchr(text, '\n', len); /* after the head */
		if (body)
			append(w, body + 1, len - (size_t)(body + 1 - text));
	}
	return 0;
}

/* A line without the level that the kernel puts in front: "<4>[   12.3] text". */
static const char *without_level(const char *line)
{
	size_t digits = line[0] == '<' ? strspn(line + 1, "0123456789") : 0;

	return digits > 0 && line[1 + digits] == '>' ? line + digits + 2 : line;
}

static json_t *last_lines(char *text)
{
	json_t *lines = json_array();
	char *save = NULL, *line;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char clean[LINE_SIZE];

		util_strlcpy(clean, sizeof(clean), without_level(line));
		util_sanitise(clean);
		if (json_array_size(lines) == PSTORE_MAX_LINES)
			json_array_remove(lines, 0);
		json_array_append_new(lines, json_string(clean));
	}
	return lines;
}

json_t *pstore_read(const struct sysroot *root)
{
	_cleanup_free_ struct words *w = calloc(1, sizeof(*w));

	if (!w || !sysroot_exists(root, DIR_NAME) ||
	    child_ask_for(read_child, (void *)root, w, sizeof(*w),
			  (unsigned int)sysroot_ms(root, TIMEOUT_MS)) < 0 ||
	    w->len == 0)
		return NULL;
	w->text[w->len < TEXT_SIZE ? w->len : TEXT_SIZE - 1] = '\0';
	return last_lines(w->text);
}

static int clear_child(void *arg)
{
	const struct sysroot *root = arg;
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, DIR_NAME);
	struct dirent *entry;
	unsigned int files = 0;

	while (dir && files++ < MAX_FILES && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "dmesg-", 6) == 0 &&
		    unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			log_debug("pstore: %s stays: %s", entry->d_name, strerror(errno));
	return 0;
}

void pstore_clear(const struct sysroot *root)
{
	if (child_ask(clear_child, (void *)root, (unsigned int)sysroot_ms(root, TIMEOUT_MS)) < 0)
		log_error("the kernel's last words could not be removed from their store");
}
