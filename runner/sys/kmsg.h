/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages: /dev/kmsg records (Documentation/ABI/testing/dev-kmsg).
 */
#ifndef VFPROOF_SYS_KMSG_H
#define VFPROOF_SYS_KMSG_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

struct kmsg_record {
	int level; /* 0 emergency .. 7 debug */
	uint64_t seq;
	uint64_t time_us; /* since boot */
	char text[512]; /* first line, sanitised; longer ones are cut */
	char subsystem[16]; /* of the device that the kernel says it is about ("pci"), "" unknown */
};

/* Opens the log at its start (@from_start) or at its end. Returns a descriptor or -errno. */
int kmsg_open(const struct sysroot *root, bool from_start) must_check;
/*
 * Reads the next record. Returns 1, 0 if there is none now, -errno otherwise. Records lost to an
 * overrun are skipped silently by the kernel: *@lost (may be NULL) is set if that happened.
 */
int kmsg_read(int fd, struct kmsg_record *rec, bool *lost) must_check;
/* Parses one record as read from /dev/kmsg. Returns 0 or -EBADMSG. */
int kmsg_parse(const char *buf, size_t len, struct kmsg_record *rec) must_check;
/* True if any message since boot contains @needle; the first such line is copied to @line. */
bool kmsg_find(const struct sysroot *root, const char *needle, char *line, size_t size);
/* The message with which the kernel has killed a process because there was no memory left. */
bool kmsg_find_kill(const struct sysroot *root, pid_t pid, char *line, size_t size);
/* The same for a message with both texts in it: a device's address and a driver's words. */
bool kmsg_find_both(const struct sysroot *root, const char *a, const char *b, char *line,
		    size_t size);

#endif
