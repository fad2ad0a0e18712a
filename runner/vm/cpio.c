/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes "newc" archives. */
#include "vm/cpio.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static int cpio_pad(int fd, off_t size)
{
	static const char zeros[4];

	return util_write_all(fd, zeros, (size_t)(-size & 3));
}

static int copy_bytes(int to, int from, off_t size)
{
	char buf[65536];

	while (size > 0) {
		size_t want = size < (off_t)sizeof(buf) ? (size_t)size : sizeof(buf);
		ssize_t n = read(from, buf, want);
		int ret;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		ret = util_write_all(to, buf, (size_t)n);
		if (ret < 0)
			return ret;
		size -= n;
	}
	return 0;
}

static int cpio_header(struct cpio *c, const char *name, unsigned int mode, off_t size)
{
	size_t name_len = strlen(name) + 1;
	char header[111];
	int ret;

	if (size < 0 || size > UINT32_MAX)
		return -EFBIG;
	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ++c->n_files, mode,
		 0, 0, 1, 0, (unsigned int)size, 0, 0, 0, 0, (unsigned int)name_len, 0);
	ret = util_write_all(c->fd, header, 110);
	if (ret == 0)
		ret = util_write_all(c->fd, name, name_len);
	return ret < 0 ? ret : cpio_pad(c->fd, 110 + (off_t)name_len);
}

int cpio_add(struct cpio *c, const char *name, int src, off_t size)
{
	int ret = cpio_header(c, name, S_IFREG | 0644, size);

	if (ret == 0)
		ret = copy_bytes(c->fd, src, size);
	return ret < 0 ? ret : cpio_pad(c->fd, size);
}

int cpio_add_text(struct cpio *c, const char *name, const char *text)
{
	size_t size = strlen(text);
	int ret = cpio_header(c, name, S_IFREG | 0644, (off_t)size);

	if (ret == 0)
		ret = util_write_all(c->fd, text, size);
	return ret < 0 ? ret : cpio_pad(c->fd, (off_t)size);
}

int cpio_end(struct cpio *c)
{
	return cpio_header(c, "TRAILER!!!", 0, 0);
}

int cpio_add_folder(struct cpio *c, const char *name)
{
	return cpio_header(c, name, S_IFDIR | 0755, 0);
}

int cpio_append(struct cpio *c, int src, off_t size)
{
	int ret = copy_bytes(c->fd, src, size);

	return ret < 0 ? ret : cpio_pad(c->fd, size);
}
