/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the journals in memory and on the stick one. */
#include "journal/join.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/journal.h"

#define TAIL 64

struct join {
	int memory_dir, stick_dir;
};

static off_t journal_size(int dir)
{
	struct stat st;

	return fstatat(dir, JOURNAL_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode)
		       ? st.st_size
		       : 0;
}

/*
 * True if what the stick has is how the journal in memory begins: its last bytes, which have the
 * journal's ID and a sum over all, are there as well.
 */
static bool is_beginning(int memory, int stick, off_t size)
{
	char there[TAIL], here[TAIL];
	const off_t from = size > TAIL ? size - TAIL : 0;
	const size_t n = (size_t)(size - from);

	return pread(stick, there, n, from) == (ssize_t)n &&
	       pread(memory, here, n, from) == (ssize_t)n && memcmp(there, here, n) == 0 &&
	       there[n - 1] == '\n';
}

/*
 * The rest of the journal in memory is appended to the one on the stick, which is its beginning and
 * has @size bytes: where there is no room for a second one.
 */
static int append_rest(const struct join *s, off_t size)
{
	_cleanup_close_ int memory =
		openat(s->memory_dir, JOURNAL_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int stick =
		openat(s->stick_dir, JOURNAL_NAME, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	char buf[65536];
	ssize_t n;

	if (memory < 0 || stick < 0 || size == 0 || !is_beginning(memory, stick, size) ||
	    lseek(memory, size, SEEK_SET) != size)
		return -ENOSPC;
	while ((n = util_read_all(memory, buf, sizeof(buf))) > 0) {
		int ret = util_write_all(stick, buf, (size_t)n);

		if (ret < 0)
			return ret;
	}
	if (n < 0)
		return (int)n;
	return fsync(stick) < 0 ? -errno : 0;
}

/*
 * The stick gets the journal in memory, as a file of its own: one that a power cut has left may
 * have more clusters than bytes, and the kernel takes a FAT as damaged when it appends to that.
 */
static int rewrite(const struct join *s, off_t size)
{
	int ret = util_copy_durably(s->memory_dir, s->stick_dir, JOURNAL_NAME, JOURNAL_MAX_SIZE);

	return ret == -ENOSPC ? append_rest(s, size) : ret;
}

int join_journals(int memory_dir, int stick_dir)
{
	const struct join j = { memory_dir, stick_dir };
	const off_t memory = journal_size(memory_dir), stick = journal_size(stick_dir);
	struct journal repaired;
	int ret = 0;

	if (memory < stick) {
		ret = util_copy_durably(stick_dir, memory_dir, JOURNAL_NAME, JOURNAL_MAX_SIZE);
		if (ret < 0)
			return ret;
		ret = journal_open(&repaired, memory_dir); /* closes a line that was cut off */
		journal_close(&repaired);
	}
	if (ret == 0 && (memory > 0 || stick > 0))
		ret = rewrite(&j, stick);
	return ret;
}
