/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only door to /sys, /proc and /dev: everything is opened below one directory, which is "/" on
 * the real machine and a fake tree in unit tests. Paths are relative, such as "sys/bus/pci".
 */
#ifndef VFPROOF_BASE_SYSROOT_H
#define VFPROOF_BASE_SYSROOT_H

#include <dirent.h>
#include "base/util.h"

#define SYSROOT_MAX_PATH 512

struct hold;

struct sysroot {
	int fd;
	char path[256]; /* "" for the real machine, so that path + "/sys" is right */
	unsigned int timeout_percent; /* how slow the machine is, see sysroot_ms(); 0 is 100 */
	struct hold *hold; /* where this process notes what deadlines do not count; may be NULL */
	/*
	 * NULL on the real machine. On a fake tree it may stand in for the kernel: it is called
	 * instead of writing to a file that exists, and returns what the kernel would, 0 or -errno.
	 */
	int (*on_write)(const struct sysroot *r, const char *path, const char *text);
	/* Likewise for modules: loads @name with @options (may be NULL), or takes it out. */
	int (*on_module)(const struct sysroot *r, const char *name, bool load, const char *options);
};

/* @path is "/" or the fake tree's directory. Returns 0 or -errno. */
int sysroot_open(struct sysroot *r, const char *path) must_check;
void sysroot_close(struct sysroot *r);
/* False for a fake tree: its devices have no counterpart in the running kernel. */
bool sysroot_is_real(const struct sysroot *r);

/*
 * The one place that scales deadlines: how long what takes @ms milliseconds at most on an ordinary
 * machine may take on this one.
 */
uint64_t sysroot_ms(const struct sysroot *r, uint64_t ms);
/* The same for what puts the machine back, which is never hurried: at least @ms. */
uint64_t sysroot_recovery_ms(const struct sysroot *r, uint64_t ms);

/* openat() below the root with O_CLOEXEC; @flags as open(2). Returns a descriptor or -errno. */
int sysroot_openat(const struct sysroot *r, int flags, const char *fmt, ...)
	printf_like(3, 4) must_check;
/* Caller closes. NULL with errno set if it cannot be opened. */
DIR *sysroot_opendir(const struct sysroot *r, const char *fmt, ...) printf_like(2, 3) must_check;
bool sysroot_exists(const struct sysroot *r, const char *fmt, ...) printf_like(2, 3);
/* Number of entries of a directory, "." and ".." not counted; 0 if there is none. */
unsigned int sysroot_count(const struct sysroot *r, const char *fmt, ...) printf_like(2, 3);

/*
 * Reads at most @size - 1 bytes of a small file into @buf, NUL-terminated, trailing white space
 * removed. Returns the length or -errno.
 */
int sysroot_read(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
	printf_like(4, 5) must_check;
/* The same as a number (base 0). Returns 0 or -errno. */
int sysroot_read_u64(const struct sysroot *r, uint64_t *out, const char *fmt, ...)
	printf_like(3, 4) must_check;
/* Whole file of at most @max bytes, NUL-terminated (*len without it). Caller frees *out. */
int sysroot_slurp(const struct sysroot *r, char **out, size_t *len, size_t max, const char *fmt,
		  ...) printf_like(5, 6) must_check;
/*
 * Gives each line of a file, without its newline, to @take until that returns false. The file may
 * be of any size: there is one line in memory at a time. Returns 0 or -errno.
 */
int sysroot_each_line(const struct sysroot *r, bool (*take)(char *line, void *arg), void *arg,
		      const char *fmt, ...) printf_like(4, 5) must_check;
/* Writes @text by one write(2). Returns 0 or -errno; the caller reads back what it set. */
int sysroot_write(const struct sysroot *r, const char *text, const char *fmt, ...)
	printf_like(3, 4) must_check;
/* Target of a symbolic link as it is. Returns 0 or -errno. */
int sysroot_readlink(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
	printf_like(4, 5) must_check;
/* Last path component of a symbolic link's target, such as a driver's name. 0 or -errno. */
int sysroot_link_name(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
	printf_like(4, 5) must_check;

#endif
