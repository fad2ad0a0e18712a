/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/reserve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>
#include "base/beneath.h"

#define MAX_FILES 1000
#define NAMES 6 /* of 21 entries of 32 bytes on a FAT each, so 4 KiB with the two dots */

static bool ends_in(const char *name, const char *end)
{
	const size_t len = strlen(name), n = strlen(end);

	return len > n && strcasecmp(name + len - n, end) == 0;
}

/* FAT shows "REPORT~1.PAR" if a power cut has left no more of the name. */
static bool is_part(const char *name)
{
	return ends_in(name, UTIL_PART) || (strchr(name, '~') && ends_in(name, ".par"));
}

static void remove_parts(int dir)
{
	int fd = beneath_open(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned int n = 0;

	while (d && n++ < MAX_FILES && (entry = readdir(d)))
		if (is_part(entry->d_name))
			(void)!util_remove_durably(dir, entry->d_name);
}

void reserve_clear(int dir)
{
	remove_parts(dir);
	(void)!util_remove_durably(dir, RESERVE_NAME);
}

void reserve_names(int dir)
{
	char name[NAME_MAX + 1];
	unsigned int i;

	memset(name, '_', sizeof(name));
	memcpy(name, RESERVE_NAMES, strlen(RESERVE_NAMES));
	memcpy(name + NAME_MAX - strlen(UTIL_PART), UTIL_PART, sizeof(UTIL_PART));
	for (i = 0; i < NAMES; i++) {
		_cleanup_close_ int fd = -1;

		name[strlen(RESERVE_NAMES)] = (char)('0' + i);
		fd = beneath_open(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		if (fd < 0)
			break;
	}
	while (i-- > 0) {
		name[strlen(RESERVE_NAMES)] = (char)('0' + i);
		unlinkat(dir, name, 0);
	}
}

uint64_t reserve_take(int dir)
{
	_cleanup_close_ int fd = beneath_open(dir, RESERVE_NAME, O_RDWR | O_CREAT | O_EXCL, 0644);
	uint64_t size;

	for (size = RESERVE_SIZE; fd >= 0 && size >= RESERVE_MIN; size /= 2) {
		if (posix_fallocate(fd, 0, (off_t)size) == 0)
			return size;
		if (ftruncate(fd, 0) < 0)
			break;
	}
	(void)!util_remove_durably(dir, RESERVE_NAME);
	return 0;
}

bool reserve_give_back(int dir)
{
	return util_remove_durably(dir, RESERVE_NAME) == 0;
}
