/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int util_parse_u64(const char *s, int base, uint64_t max, uint64_t *out)
{
	unsigned long long value;
	char *end;

	if (!isxdigit((unsigned char)s[0]))
		return -EINVAL; /* strtoull() would take white space and signs */
	errno = 0;
	value = strtoull(s, &end, base);
	if (errno == ERANGE)
		return -ERANGE;
	if (end == s || (*end == '\n' ? end[1] : end[0]) != '\0')
		return -EINVAL;
	if (value > max)
		return -ERANGE;
	*out = value;
	return 0;
}

bool util_strlcpy(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size);
	bool whole = len < size;

	if (!whole)
		len = size - 1;
	memcpy(dst, src, len);
	dst[len] = '\0';
	return whole;
}

void util_format(char *dst, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(dst, size, fmt, args);
	va_end(args);
}

char *util_trim(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

void util_sanitise(char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

void util_break_marks(char *text)
{
	static const char *const marks[] = { "<LAVA_", "VFPROOF-RESULT:" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		char *p = text;

		while ((p = strstr(p, marks[i])))
			*p = '?';
	}
}

bool util_glob(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, 0) == 0;
}

bool util_globs(const char *patterns, const char *text)
{
	char some[256];

	for (;;) {
		size_t len = strcspn(patterns, ",");
		_cleanup_free_ char *many = len < sizeof(some) ? NULL : malloc(len + 1);
		char *pattern = len < sizeof(some) ? some : many;

		if (pattern) {
			memcpy(pattern, patterns, len);
			pattern[len] = '\0';
			if (util_glob(pattern, text))
				return true;
		}
		if (patterns[len] == '\0')
			return false;
		patterns += len + 1;
	}
}

uint64_t util_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t util_now_ms(void)
{
	return util_now_us() / 1000;
}

int util_poll_until(bool (*check)(void *arg), void *arg, unsigned int timeout_ms)
{
	uint64_t end = util_now_ms() + timeout_ms;
	unsigned int pause_ms = 1;

	while (!check(arg)) {
		uint64_t now = util_now_ms();
		struct timespec ts;

		if (now >= end)
			return check(arg) ? 0 : -ETIMEDOUT;
		if (pause_ms > end - now)
			pause_ms = (unsigned int)(end - now);
		ts = (struct timespec){ .tv_nsec = pause_ms * 1000000L };
		nanosleep(&ts, NULL);
		pause_ms = pause_ms * 2 > 50 ? 50 : pause_ms * 2;
	}
	return 0;
}

int util_write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t util_read_all(int fd, void *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, (char *)buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int util_read_file(int dirfd, const char *name, size_t max, char **out, size_t *len)
{
	_cleanup_free_ char *buf = NULL;
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	size_t size;
	ssize_t done;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		return -EFBIG;
	size = (size_t)st.st_size;
	buf = malloc(size + 1);
	if (!buf)
		return -ENOMEM;
	done = util_read_all(fd, buf, size);
	if (done < 0)
		return (int)done;
	buf[done] = '\0';
	*out = util_take_ptr(buf);
	*len = (size_t)done;
	return 0;
}

/*
 * What stands in @tmp goes to @name, durably. On FAT a rename alone leaves the new name without the
 * file's size and place: these are with the file, so it is fsynced once more, and before the
 * directory. The file that had the name is held until then, as its clusters are free when it goes.
 */
static int rename_durably(int dirfd, int fd, const char *tmp, const char *name)
{
	_cleanup_close_ int before = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	(void)before;
	if (renameat(dirfd, tmp, dirfd, name) < 0)
		return -errno;
	return fsync(fd) < 0 || fsync(dirfd) < 0 ? -errno : 0;
}

static int write_and_rename(int dirfd, int fd, const char *tmp, const char *name,
			    int (*write)(int fd, void *arg), void *arg)
{
	int ret = write(fd, arg);

	if (ret == 0 && fsync(fd) < 0)
		ret = -errno;
	if (ret == 0)
		ret = rename_durably(dirfd, fd, tmp, name);
	if (close(fd) < 0 && ret == 0)
		ret = -errno;
	return ret;
}

int util_remove_durably(int dirfd, const char *name)
{
	_cleanup_close_ int held = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	(void)held;
	if (unlinkat(dirfd, name, 0) < 0)
		return -errno;
	return fsync(dirfd) < 0 ? -errno : 0;
}

int util_write_durably_by(int dirfd, const char *name, int (*write)(int fd, void *arg), void *arg)
{
	char tmp[256];
	int fd, ret;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s" UTIL_PART, name) >= sizeof(tmp))
		return -ENAMETOOLONG;
	/* What a power cut has left, or a link that leads elsewhere, is in the way. */
	(void)!util_remove_durably(dirfd, tmp);
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	ret = write_and_rename(dirfd, fd, tmp, name, write, arg);
	if (ret < 0)
		(void)!util_remove_durably(dirfd, tmp);
	return ret;
}

struct bytes {
	const void *buf;
	size_t len;
};

static int write_bytes(int fd, void *arg)
{
	const struct bytes *b = arg;

	return util_write_all(fd, b->buf, b->len);
}

int util_write_durably(int dirfd, const char *name, const void *buf, size_t len)
{
	struct bytes b = { buf, len };

	return util_write_durably_by(dirfd, name, write_bytes, &b);
}

static int copy_from(int fd, void *arg)
{
	const int from = *(const int *)arg;
	char buf[65536];
	ssize_t n;

	while ((n = util_read_all(from, buf, sizeof(buf))) > 0) {
		int ret = util_write_all(fd, buf, (size_t)n);

		if (ret < 0)
			return ret;
	}
	return (int)n;
}

int util_copy_durably(int from, int to, const char *name, uint64_t max)
{
	_cleanup_close_ int fd = openat(from, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > max)
		return -EFBIG;
	return util_write_durably_by(to, name, copy_from, &fd);
}
