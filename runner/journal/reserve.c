/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/reserve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/beneath.h"

#define MAX_FILES 1000

static void remove_parts(int dir)
{
	int fd = beneath_open(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	_cleanup_closedir_ DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned int n = 0;

	while (d && n++ < MAX_FILES && (entry = readdir(d))) {
		const size_t len = strlen(entry->d_name), part = strlen(UTIL_PART);

		if (len > part && strcmp(entry->d_name + len - part, UTIL_PART) == 0)
			unlinkat(dir, entry->d_name, 0);
	}
}

void reserve_clear(int dir)
{
	remove_parts(dir);
	unlinkat(dir, RESERVE_NAME, 0);
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
	unlinkat(dir, RESERVE_NAME, 0);
	return 0;
}

bool reserve_give_back(int dir)
{
	return unlinkat(dir, RESERVE_NAME, 0) == 0;
}
