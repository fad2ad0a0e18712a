/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of /sys, /proc and /dev, below a directory that can be exchanged for a fake tree. */
#include "base/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* Formats the path of a variadic function, or makes that function return -ENAMETOOLONG. */
#define FORMAT_PATH(buf, fmt)                                                \
	({                                                                   \
		va_list _args;                                               \
		int _len;                                                    \
                                                                             \
		va_start(_args, fmt);                                        \
		_len = vsnprintf((buf), sizeof(buf), fmt, _args);            \
		va_end(_args);                                               \
		_len < 0 || (size_t)_len >= sizeof(buf) ? -ENAMETOOLONG : 0; \
	})

int sysroot_open(struct sysroot *r, const char *path)
{
	*r = (struct sysroot){ .fd = -1 };
	if (strcmp(path, "/") != 0 && !util_strlcpy(r->path, sizeof(r->path), path))
		return -ENAMETOOLONG;
	r->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return r->fd < 0 ? -errno : 0;
}

void sysroot_close(struct sysroot *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}

uint64_t sysroot_ms(const struct sysroot *r, uint64_t ms)
{
	return r->timeout_percent == 0 ? ms : ms * r->timeout_percent / 100;
}

uint64_t sysroot_recovery_ms(const struct sysroot *r, uint64_t ms)
{
	return r->timeout_percent > 100 ? sysroot_ms(r, ms) : ms;
}

bool sysroot_is_real(const struct sysroot *r)
{
	return r->path[0] == '\0';
}

static int open_below(const struct sysroot *r, int flags, const char *path)
{
	int fd = openat(r->fd, path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int sysroot_openat(const struct sysroot *r, int flags, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);

	return ret < 0 ? ret : open_below(r, flags, path);
}

static DIR *opendir_below(const struct sysroot *r, const char *path)
{
	int fd = open_below(r, O_RDONLY | O_DIRECTORY, path);
	DIR *dir;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

DIR *sysroot_opendir(const struct sysroot *r, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);

	if (ret < 0) {
		errno = -ret;
		return NULL;
	}
	return opendir_below(r, path);
}

bool sysroot_exists(const struct sysroot *r, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH];

	return FORMAT_PATH(path, fmt) == 0 && faccessat(r->fd, path, F_OK, 0) == 0;
}

unsigned int sysroot_count(const struct sysroot *r, const char *fmt, ...)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char path[SYSROOT_MAX_PATH];
	unsigned int count = 0;
	struct dirent *entry;

	if (FORMAT_PATH(path, fmt) == 0)
		dir = opendir_below(r, path);
	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	return count;
}

static ssize_t read_file(const struct sysroot *r, const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open_below(r, O_RDONLY, path);

	return fd < 0 ? fd : util_read_all(fd, buf, size);
}

static int read_text(const struct sysroot *r, const char *path, char *buf, size_t size)
{
	ssize_t len = read_file(r, path, buf, size - 1);

	if (len < 0) {
		buf[0] = '\0';
		return (int)len;
	}
	buf[len] = '\0';
	return (int)strlen(util_trim(buf));
}

int sysroot_read(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);

	buf[0] = '\0';
	return ret < 0 ? ret : read_text(r, path, buf, size);
}

int sysroot_read_u64(const struct sysroot *r, uint64_t *out, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH], text[32];
	int ret = FORMAT_PATH(path, fmt);

	if (ret == 0)
		ret = read_text(r, path, text, sizeof(text));
	return ret < 0 ? ret : util_parse_u64(text, 0, UINT64_MAX, out);
}

int sysroot_slurp(const struct sysroot *r, char **out, size_t *len, size_t max, const char *fmt,
		  ...)
{
	_cleanup_free_ char *buf = NULL;
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);
	ssize_t n;

	if (ret < 0)
		return ret;
	buf = malloc(max + 2);
	if (!buf)
		return -ENOMEM;
	n = read_file(r, path, buf, max + 1);
	if (n < 0)
		return (int)n;
	if ((size_t)n > max)
		return -EFBIG;
	buf[n] = '\0';
	*len = (size_t)n;
	*out = util_take_ptr(buf);
	return 0;
}

int sysroot_each_line(const struct sysroot *r, bool (*take)(char *line, void *arg), void *arg,
		      const char *fmt, ...)
{
	_cleanup_fclose_ FILE *f = NULL;
	_cleanup_free_ char *line = NULL;
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt), fd;
	size_t size = 0;
	ssize_t len;

	if (ret < 0)
		return ret;
	fd = open_below(r, O_RDONLY, path);
	if (fd < 0)
		return fd;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	for (errno = 0; (len = getline(&line, &size, f)) >= 0; errno = 0) {
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (!take(line, arg))
			return 0;
	}
	return ferror(f) || errno == ENOMEM ? -(errno ? errno : EIO) : 0;
}

int sysroot_write(const struct sysroot *r, const char *text, const char *fmt, ...)
{
	_cleanup_close_ int fd = -1;
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);
	ssize_t n;

	if (ret < 0)
		return ret;
	fd = open_below(r, r->on_write ? O_WRONLY : O_WRONLY | O_TRUNC, path);
	if (fd < 0)
		return fd;
	if (r->on_write)
		return r->on_write(r, path, text);
	n = write(fd, text, strlen(text));
	if (n < 0)
		return -errno;
	return (size_t)n == strlen(text) ? 0 : -EIO;
}

static int readlink_below(const struct sysroot *r, char *buf, size_t size, const char *path)
{
	ssize_t len = readlinkat(r->fd, path, buf, size - 1);

	if (len < 0) {
		buf[0] = '\0';
		return -errno;
	}
	buf[len] = '\0';
	return (size_t)len == size - 1 ? -ENAMETOOLONG : 0;
}

int sysroot_readlink(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);

	buf[0] = '\0';
	return ret < 0 ? ret : readlink_below(r, buf, size, path);
}

int sysroot_link_name(const struct sysroot *r, char *buf, size_t size, const char *fmt, ...)
{
	char path[SYSROOT_MAX_PATH], target[SYSROOT_MAX_PATH];
	int ret = FORMAT_PATH(path, fmt);
	const char *name;

	buf[0] = '\0';
	if (ret == 0)
		ret = readlink_below(r, target, sizeof(target), path);
	if (ret < 0)
		return ret;
	name = strrchr(target, '/');
	return util_strlcpy(buf, size, name ? name + 1 : target) ? 0 : -ENAMETOOLONG;
}
