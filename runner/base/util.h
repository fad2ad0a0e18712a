/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small helpers that every part uses: cleanup attributes, one number parser, time and polling.
 */
#ifndef VFPROOF_BASE_UTIL_H
#define VFPROOF_BASE_UTIL_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define must_check __attribute__((warn_unused_result))
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define _cleanup_(fn) __attribute__((cleanup(fn)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void util_freep(void *p)
{
	free(*(void **)p);
}

static inline void util_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void util_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void util_closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define _cleanup_free_ _cleanup_(util_freep)
#define _cleanup_close_ _cleanup_(util_closep)
#define _cleanup_fclose_ _cleanup_(util_fclosep)
#define _cleanup_closedir_ _cleanup_(util_closedirp)

/* Takes a pointer out of a variable with a cleanup attribute: the caller owns the result. */
#define util_take_ptr(p)                    \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})

static inline int util_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/*
 * The one number parser. Parses the whole of @s (a trailing newline is allowed, nothing else is)
 * in @base (0 accepts 0x and 0 prefixes) into *@out.
 * Returns 0, -EINVAL (empty, sign, trailing text) or -ERANGE (above @max).
 */
int util_parse_u64(const char *s, int base, uint64_t max, uint64_t *out) must_check;

/* Copies @src into @dst of @size bytes, always NUL-terminated. Returns false if it was cut. */
bool util_strlcpy(char *dst, size_t size, const char *src);

/* As snprintf() but for fixed buffers where a cut text is acceptable (evidence, log lines). */
void util_format(char *dst, size_t size, const char *fmt, ...) printf_like(3, 4);

/* Removes trailing white space in place. Returns @s. */
char *util_trim(char *s);

/* Replaces every byte that is not printable ASCII by '?': for text of devices and guests. */
void util_sanitise(char *s);

/*
 * Breaks, by a "?" in place of its first character, every mark in @text that programs at the other
 * end of a serial line go by: "<LAVA_" and "VFPROOF-RESULT:". For text that hardware had a say in.
 */
void util_break_marks(char *text);

/* True if @text matches the shell glob @pattern (fnmatch(3), no flags). */
bool util_glob(const char *pattern, const char *text);
/* The same for a list of patterns separated by commas. */
bool util_globs(const char *patterns, const char *text);

/* CLOCK_BOOTTIME in milliseconds (microseconds): what deadlines and durations are counted in. */
uint64_t util_now_ms(void);
uint64_t util_now_us(void);

/*
 * Calls @check(@arg) until it returns true or @timeout_ms have passed; between the calls it waits
 * 1 ms at first, then up to 50 ms. The last call is made after the deadline.
 * Returns 0 or -ETIMEDOUT. This is the only place that sleeps.
 */
int util_poll_until(bool (*check)(void *arg), void *arg, unsigned int timeout_ms) must_check;

/* Writes all of @len bytes, over short writes and EINTR. Returns 0 or -errno. */
int util_write_all(int fd, const void *buf, size_t len) must_check;
/* Reads up to @size bytes; a file that ends earlier is no error. Returns the length or -errno. */
ssize_t util_read_all(int fd, void *buf, size_t size) must_check;

/*
 * Reads the regular file @name of the directory @dirfd, of at most @max bytes, NUL-terminated.
 * Returns 0 or -errno (-EFBIG); the caller frees *@out.
 */
int util_read_file(int dirfd, const char *name, size_t max, char **out, size_t *len) must_check;

/*
 * Removes the file @name of the directory @dirfd. It is held until its name is gone from the
 * medium: on FAT its clusters may be another file's as soon as it goes, and a name that a power cut
 * has left would lead to that file then. Returns 0 or -errno (-ENOENT).
 */
int util_remove_durably(int dirfd, const char *name) must_check;

/*
 * Writes @len bytes as @name in the directory @dirfd so that the file is whole or absent: temporary
 * name, which is @name and UTIL_PART, fsync, rename, fsync of file and directory. At any moment
 * @name is this file or the one before it. No link is followed, and a file that cannot be written
 * leaves nothing behind. Returns 0 or -errno.
 */
#define UTIL_PART ".part"
int util_write_durably(int dirfd, const char *name, const void *buf, size_t len) must_check;
/* The same with what @write writes to the descriptor; it returns 0 or -errno. */
int util_write_durably_by(int dirfd, const char *name, int (*write)(int fd, void *arg),
			  void *arg) must_check;
/*
 * Copies the regular file @name of the directory @from, of at most @max bytes, to the directory @to
 * in the same way. Returns 0 or -errno (-EFBIG).
 */
int util_copy_durably(int from, int to, const char *name, uint64_t max) must_check;

#endif
