/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounts and unmounts. */
#include "sys/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/block.h"
#include "sys/module.h"

#define PATH_SIZE 400
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256 /* of linux/mount.h, which cannot be had beside sys/mount.h */
#endif

static void load_modules(const struct sysroot *root, const char *type)
{
	const char *const names[] = { type, "nls_cp437", "nls_ascii", "nls_utf8" };
	size_t i;

	/* Built in or not in the image: mount(2) tells. */
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (module_insert(root, names[i], NULL) < 0)
			log_debug("module %s is not loaded", names[i]);
}

/* What is done about a file system that is damaged; NULL: nothing can be said. */
static const char *options_for(const char *type)
{
	/* By itself it may be told to go on, or to panic. */
	if (strcmp(type, "ext4") == 0)
		return "errors=remount-ro";
	/*
	 * A power cut may leave a file whose chain of clusters leads nowhere. By default the kernel
	 * makes the stick read only as soon as that file is removed, which the next boot does.
	 */
	if (strcmp(type, "vfat") == 0 || strcmp(type, "exfat") == 0)
		return "errors=continue";
	return NULL;
}

int mount_device(const struct sysroot *root, const char *device, const char *type,
		 const char *target, bool *read_only)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NOSYMFOLLOW;
	const char *options = options_for(type);
	char from[PATH_SIZE], to[PATH_SIZE];

	util_format(from, sizeof(from), "%s/dev/%s", root->path, device);
	util_format(to, sizeof(to), "%s/%s", root->path, target);
	load_modules(root, type);
	*read_only = false;
	if (mount(from, to, type, flags, options) == 0)
		return 0;
	if (errno != EROFS && errno != EACCES)
		return -errno;
	*read_only = true;
	return mount(from, to, type, flags | MS_RDONLY, options) < 0 ? -errno : 0;
}

bool mount_is_there(const struct sysroot *root, const char *above, const char *target)
{
	struct stat outer, inner;

	return fstatat(root->fd, above, &outer, 0) == 0 &&
	       fstatat(root->fd, target, &inner, 0) == 0 && outer.st_dev != inner.st_dev;
}

void mount_abandon(const struct sysroot *root, const char *target)
{
	char path[PATH_SIZE];

	util_format(path, sizeof(path), "%s/%s", root->path, target);
	if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
		log_error("stick: unmount: %s", strerror(errno));
}

/*
 * A FAT is told that it is clean at the very end of its unmounting, and nothing makes the stick
 * write that out of its own memory; the power may go right away.
 */
static void flush_device(const struct sysroot *root, dev_t number)
{
	_cleanup_close_ int fd = -1;
	char name[64];
	int ret = block_find(root, number, name, sizeof(name));

	if (ret == 0)
		ret = fd = block_open(root, name, O_RDONLY);
	if (ret >= 0 && fsync(fd) < 0)
		ret = -errno;
	if (ret < 0 && ret != -ENOENT && ret != -ENODEV)
		log_error("stick: flush: %s", strerror(-ret));
}

void mount_release(const struct sysroot *root, const char *target)
{
	int dir = sysroot_openat(root, O_RDONLY | O_DIRECTORY, "%s", target);
	struct stat s = { 0 };
	char path[PATH_SIZE];

	if (dir >= 0) {
		if (syncfs(dir) < 0)
			log_error("stick: sync: %s", strerror(errno));
		if (fstat(dir, &s) < 0)
			log_errno(-errno, "stat", target);
		close(dir);
	}
	util_format(path, sizeof(path), "%s/%s", root->path, target);
	if (umount2(path, 0) == 0)
		flush_device(root, s.st_dev);
	else if (errno != EINVAL)
		log_error("stick: unmount: %s", strerror(errno));
}
