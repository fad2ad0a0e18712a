/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory on the stick as a sink, and the certificates that lie on the stick.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/beneath.h"
#include "base/log.h"
#include "report/sink.h"
#include "base/sysroot.h"

#define MAX_CA_SIZE (4u << 20)

int sink_write_dir(int stick_dir, const char *dir, const char *report_name,
		   const struct sink_file *files, unsigned int n)
{
	_cleanup_close_ int top = -1, own = -1;
	unsigned int i;
	int ret = 0;

	if (stick_dir < 0)
		return -ENODEV;
	top = beneath_make_dir(stick_dir, dir);
	if (top < 0)
		return top;
	own = beneath_make_dir(top, report_name);
	if (own < 0)
		return own;
	for (i = 0; i < n && ret == 0; i++)
		ret = util_copy_durably(files[i].dir, own, files[i].name, UINT64_MAX);
	return ret;
}

/* Appends the file, if it is there, and a newline. */
static int append_pem(struct sink_ca *ca, int dirfd, const char *name)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int ret = util_read_file(dirfd, name, MAX_CA_SIZE, &text, &len);
	char *grown;

	if (ret == -ENOENT)
		return 0;
	if (ret < 0) {
		log_errno(ret, "read", name);
		return 0; /* a server that needs it will be refused */
	}
	grown = realloc(ca->pem, ca->len + len + 2);
	if (!grown)
		return -ENOMEM;
	ca->pem = grown;
	memcpy(grown + ca->len, text, len);
	ca->len += len;
	grown[ca->len++] = '\n';
	grown[ca->len] = '\0';
	return 0;
}

int sink_load_ca(struct sink_ca *ca, const struct sysroot *root, int stick_dir)
{
	int ret;

	*ca = (struct sink_ca){ 0 };
	ret = append_pem(ca, root->fd, SINK_CA_BUNDLE);
	if (ret == 0)
		ret = append_pem(ca, root->fd, SINK_CA_LAB);
	if (ret == 0 && stick_dir >= 0)
		ret = append_pem(ca, stick_dir, SINK_CA_STICK);
	return ret;
}
