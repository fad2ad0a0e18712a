/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads kernel messages record by record. */
#include "sys/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sysroot.h"

#define RECORD_SIZE 8192
#define MAX_RECORDS 200000 /* more than any log buffer holds */

int kmsg_open(const struct sysroot *root, bool from_start)
{
	int fd = sysroot_openat(root, O_RDONLY | O_NONBLOCK, "dev/kmsg");

	if (fd >= 0 && !from_start && lseek(fd, 0, SEEK_END) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* Length of the first record in @buf: a line, and those after it that begin with a space. */
static size_t record_len(const char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i] == '\n' && (i + 1 == len || buf[i + 1] != ' '))
			return i + 1;
	return len;
}

int kmsg_read(int fd, struct kmsg_record *rec, bool *lost)
{
	char buf[RECORD_SIZE];
	unsigned int tries;
	size_t used;
	ssize_t n = -1;

	if (lost)
		*lost = false;
	for (tries = 0; n < 0 && tries < 16; tries++) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EPIPE && lost)
			*lost = true;
		else if (n < 0 && errno == EAGAIN)
			return 0;
		else if (n < 0 && errno != EPIPE && errno != EINTR)
			return -errno;
	}
	if (n <= 0)
		return n < 0 ? -EAGAIN : 0;
	/* The device gives one record for each read; a recorded log in a file gives many. */
	used = record_len(buf, (size_t)n);
	if (used < (size_t)n && lseek(fd, (off_t)used - (off_t)n, SEEK_CUR) < 0)
		return -errno;
	return kmsg_parse(buf, used, rec) < 0 ? -EBADMSG : 1;
}

/* Takes a decimal field that ends in @end. Returns what is after it, NULL if it is malformed. */
static const char *take_field(const char *s, char end, uint64_t *out)
{
	size_t digits = strspn(s, "0123456789");
	char text[24];

	if (digits == 0 || digits >= sizeof(text) || s[digits] != end)
		return NULL;
	memcpy(text, s, digits);
	text[digits] = '\0';
	return util_parse_u64(text, 10, UINT64_MAX, out) == 0 ? s + digits + 1 : NULL;
}

/* The value of a line " KEY=value" after the first one. */
static void take_property(const char *record, const char *key, char *out, size_t size)
{
	const char *at = strstr(record, key);
	size_t len;

	out[0] = '\0';
	if (!at)
		return;
	at += strlen(key);
	len = strcspn(at, "\n");
	if (len < size) {
		memcpy(out, at, len);
		out[len] = '\0';
		util_sanitise(out);
	}
}

int kmsg_parse(const char *buf, size_t len, struct kmsg_record *rec)
{
	char head[RECORD_SIZE];
	const char *s = head, *text;
	uint64_t prefix;

	*rec = (struct kmsg_record){ 0 };
	if (len >= sizeof(head))
		len = sizeof(head) - 1;
	memcpy(head, buf, len);
	head[len] = '\0';
	take_property(head, "\n SUBSYSTEM=", rec->subsystem, sizeof(rec->subsystem));
	head[strcspn(head, "\n")] = '\0';
	s = take_field(s, ',', &prefix);
	if (s)
		s = take_field(s, ',', &rec->seq);
	if (s)
		s = take_field(s, ',', &rec->time_us);
	text = s ? strchr(s, ';') : NULL; /* flags, and fields that newer kernels add */
	if (!text)
		return -EBADMSG;
	rec->level = (int)(prefix & 7);
	util_strlcpy(rec->text, sizeof(rec->text), text + 1);
	util_sanitise(rec->text);
	return 0;
}

bool kmsg_find_both(const struct sysroot *root, const char *a, const char *b, char *line,
		    size_t size)
{
	_cleanup_close_ int fd = kmsg_open(root, true);
	struct kmsg_record rec;
	unsigned int i;

	line[0] = '\0';
	if (fd < 0)
		return false;
	for (i = 0; i < MAX_RECORDS; i++) {
		int ret = kmsg_read(fd, &rec, NULL);

		if (ret == 0 || (ret < 0 && ret != -EBADMSG))
			return false;
		if (ret > 0 && strstr(rec.text, a) && strstr(rec.text, b)) {
			util_strlcpy(line, size, rec.text);
			return true;
		}
	}
	return false;
}

bool kmsg_find(const struct sysroot *root, const char *needle, char *line, size_t size)
{
	return kmsg_find_both(root, needle, "", line, size);
}

bool kmsg_find_kill(const struct sysroot *root, pid_t pid, char *line, size_t size)
{
	char needle[64];

	/* mm/oom_kill.c: "Out of memory: Killed process 914 (qemu-system-x86) ..." */
	util_format(needle, sizeof(needle), "Killed process %d (", (int)pid);
	return kmsg_find(root, needle, line, size);
}
