/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "base/beneath.h"
#include "base/log.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "journal/reserve.h"

#define MAX_FOLDERS 65536 /* FAT has no room for more */
#define MAX_LOOKED_AT 4096
#define MAX_TRIES 1000
#define PREFIX "run"
#define MAX_NUMBER 999999999u
#define TAIL_SIZE 65536 /* a journal's last lines, behind its "finish" too */

struct list {
	char (*names)[NAME_MAX + 1];
	size_t n, room;
};

/* Letters, digits, "-" and "_" of @host; "unknown" if nothing is left. */
static void clean_host(const char *host, char *buf, size_t size)
{
	static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-";
	size_t n = 0;

	for (; *host && n + 1 < size; host++)
		if (strchr(taken, *host))
			buf[n++] = *host;
	buf[n] = '\0';
	if (n == 0)
		util_strlcpy(buf, size, "unknown");
}

void folders_format_name(const char *host, const char *utc, char *name, size_t size)
{
	char serial[64], time[32] = "";
	size_t n = 0;

	clean_host(host, serial, sizeof(serial));
	for (; *utc && n + 1 < sizeof(time); utc++)
		if (*utc != '-' && *utc != ':')
			time[n++] = *utc; /* ISO 8601 basic form: FAT has no ":" in names */
	util_format(name, size, "%s-%s", serial, time);
}

/* 0 for a folder without one, which programs of before have made. */
static unsigned int number_of(const char *name)
{
	char digits[11];
	size_t len;
	uint64_t number;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	name += strlen(PREFIX);
	len = strspn(name, "0123456789");
	if (len == 0 || len >= sizeof(digits) || name[len] != '-')
		return 0;
	memcpy(digits, name, len);
	digits[len] = '\0';
	return util_parse_u64(digits, 10, MAX_NUMBER, &number) < 0 ? 0 : (unsigned int)number;
}

static int newest_first(const void *a, const void *b)
{
	const unsigned int na = number_of(a), nb = number_of(b);

	if (na != nb)
		return na > nb ? -1 : 1;
	return strverscmp(b, a);
}

static bool list_add(struct list *l, const char *name)
{
	if (l->n == l->room) {
		const size_t room = l->room ? 2 * l->room : 64;
		void *names = reallocarray(l->names, room, sizeof(*l->names));

		if (!names)
			return false;
		l->names = names;
		l->room = room;
	}
	return util_strlcpy(l->names[l->n++], sizeof(*l->names), name);
}

/* All folders, the newest first; the caller frees them. */
static struct list list_folders(int stick)
{
	struct list l = { 0 };
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int fd = beneath_open(stick, FOLDERS_TOP, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return l;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return l;
	}
	while (l.n < MAX_FOLDERS && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !list_add(&l, entry->d_name))
			break;
	if (l.n > 0)
		qsort(l.names, l.n, sizeof(*l.names), newest_first);
	return l;
}

/* The time of the newest folder of the host with that name, if it is later than the name's. */
static void find_later(const struct list *l, const char *own, char later[32])
{
	const size_t time = (size_t)(strrchr(own, '-') - own) + 1;
	size_t i;

	later[0] = '\0';
	for (i = 0; i < l->n; i++) {
		const char *name = l->names[i];

		if (number_of(name) > 0)
			name = strchr(name, '-') + 1;
		if (strncmp(name, own, time) != 0 || strchr(name + time, '-'))
			continue;
		if (strcmp(name + time, own + time) > 0)
			util_strlcpy(later, 32, name + time);
		return;
	}
}

/*
 * All of the file system is on the medium. On FAT syncfs() has the device write, and does not have
 * it flush what it holds; fsync() does, of one file (fs/fat/file.c, fat_file_fsync()).
 */
static int flush(int dir)
{
	return syncfs(dir) < 0 || fsync(dir) < 0 ? -errno : 0;
}

/* While there is nothing in it that could be lost. */
static int grow_folder(int stick, const char *name)
{
	_cleanup_close_ int dir = folders_open(stick, name);

	if (dir < 0)
		return dir;
	reserve_names(dir);
	return flush(dir);
}

int folders_make(int stick, const char *host, const char *utc, char name[FOLDERS_NAME],
		 char later[32])
{
	_cleanup_close_ int top = beneath_make_dir(stick, FOLDERS_TOP);
	struct list all = list_folders(stick);
	unsigned int number = all.n > 0 ? number_of(all.names[0]) : 0, i;
	char own[112];
	int ret;

	folders_format_name(host, utc, own, sizeof(own));
	find_later(&all, own, later);
	free(all.names);
	if (top < 0)
		return top;
	/* A new one has to be there before there is anything in it: journal/hollow.h. */
	ret = flush(top);
	if (ret < 0)
		return ret;
	ret = -EEXIST;
	for (i = 0; i < MAX_TRIES && ret == -EEXIST; i++) {
		number += number < MAX_NUMBER;
		util_format(name, FOLDERS_NAME, FOLDERS_TOP "/" PREFIX "%04u-%s", number, own);
		ret = mkdirat(top, name + strlen(FOLDERS_TOP "/"), 0755) < 0 ? -errno : 0;
	}
	/* What is fsynced in it later has to be found after a power cut. */
	if (ret == 0)
		ret = flush(top);
	return ret < 0 ? ret : grow_folder(stick, name);
}

static void look_for_finish(json_t *event, void *arg)
{
	if (strcmp(member_text(event, "ev"), "finish") == 0)
		*(bool *)arg = true;
}

/* By its last lines, so that a stick full of large journals is looked through in no time. */
static bool ends_finished(int dir)
{
	_cleanup_close_ int fd = beneath_open(dir, JOURNAL_NAME, O_RDONLY | O_NONBLOCK, 0);
	_cleanup_free_ char *buf = malloc(TAIL_SIZE);
	struct journal_damage damage;
	bool finished = false;
	struct stat st;
	ssize_t n;

	if (fd < 0 || !buf || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	n = pread(fd, buf, TAIL_SIZE, st.st_size > TAIL_SIZE ? st.st_size - TAIL_SIZE : 0);
	if (n > 0)
		journal_scan(buf, (size_t)n, look_for_finish, &finished, &damage);
	return finished;
}

void folders_clear(int stick)
{
	struct list all = list_folders(stick);
	size_t i;

	for (i = 0; i < all.n && i < MAX_LOOKED_AT; i++) {
		_cleanup_close_ int dir = -1;
		char name[sizeof(FOLDERS_TOP "/") + NAME_MAX];

		util_format(name, sizeof(name), FOLDERS_TOP "/%s", all.names[i]);
		dir = folders_open(stick, name);
		if (dir < 0 || (i > 0 && ends_finished(dir)))
			continue;
		reserve_clear(dir);
		journal_trim(dir);
	}
	free(all.names);
}

/* The events of a run that was begun and not finished; NULL if it is none, *@finished: for good. */
static json_t *read_unfinished(int stick, const char *name, bool *finished)
{
	_cleanup_close_ int dir = folders_open(stick, name);
	json_t *events;

	*finished = dir >= 0 && ends_finished(dir);
	if (dir < 0 || *finished)
		return NULL;
	events = journal_outline(dir);
	if (events && journal_is_unfinished(events))
		return events;
	json_decref(events);
	return NULL;
}

void folders_unfinished(int stick, folders_look *look, void *arg)
{
	struct list all = list_folders(stick);
	bool found = false, finished, last = true;
	size_t i;

	for (i = 0; i < all.n && i < MAX_LOOKED_AT && !found; i++) {
		char name[sizeof(FOLDERS_TOP "/") + NAME_MAX];
		json_t *events;

		util_format(name, sizeof(name), FOLDERS_TOP "/%s", all.names[i]);
		if (strlen(name) >= FOLDERS_NAME)
			continue;
		events = read_unfinished(stick, name, &finished);
		last &= !finished;
		found = events && look(name, events, last, arg);
		json_decref(events);
	}
	if (i == MAX_LOOKED_AT)
		log_error("STICK: of %zu folders the newest %d were looked at", all.n,
			  MAX_LOOKED_AT);
	free(all.names);
}

int folders_open(int stick, const char *name)
{
	return beneath_open(stick, name, O_RDONLY | O_DIRECTORY, 0);
}

int folders_remove(int stick, const char *name)
{
	_cleanup_close_ int top = folders_open(stick, FOLDERS_TOP);
	_cleanup_close_ int dir = folders_open(stick, name);
	const char *own = strrchr(name, '/');
	int ret;

	if (top < 0 || dir < 0 || !own)
		return -ENOENT;
	reserve_give_back(dir);
	ret = util_remove_durably(dir, JOURNAL_NAME);
	if (ret < 0 && ret != -ENOENT)
		return ret;
	if (unlinkat(top, own + 1, AT_REMOVEDIR) < 0)
		return -errno;
	/* While it is open its clusters are its own: not free before its name is gone. */
	return fsync(top) < 0 ? -errno : 0;
}
