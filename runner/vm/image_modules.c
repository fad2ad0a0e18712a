/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Modules and firmware into a guest's initramfs, each once. */
#include "vm/image_modules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define IMAGE_MAX_FIRMWARE 1024u /* files of a folder */
#define IMAGE_MAX_PATH 256u /* more than a path of an overlay has, below lib/firmware */

/* The kernel makes no directory that is not in the archive before what is in it. */
static int image_add_directories(struct cpio *c, const char *path)
{
	char name[IMAGE_MAX_PATH];
	int ret = 0;

	for (const char *p = strchr(path, '/'); ret == 0 && p; p = strchr(p + 1, '/')) {
		util_format(name, sizeof(name), "%.*s", (int)(p - path), path);
		if (p > path)
			ret = cpio_add_folder(c, name);
	}
	return ret < 0 ? ret : cpio_add_folder(c, path);
}

int image_add_firmware_folder(struct cpio *c, int from, const char *path)
{
	int fd = openat(from, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char folder[IMAGE_MAX_PATH], name[IMAGE_MAX_PATH + 260];
	struct dirent *entry;
	unsigned int n = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	if (snprintf(folder, sizeof(folder), "lib/firmware/%s", path) >= (int)sizeof(folder))
		return -ENAMETOOLONG;
	ret = image_add_directories(c, folder);
	while (ret == 0 && (entry = readdir(dir))) {
		_cleanup_close_ int file =
			openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		struct stat st;

		if (file < 0 || fstat(file, &st) < 0)
			return -errno;
		if (!S_ISREG(st.st_mode))
			continue;
		if (n++ == IMAGE_MAX_FIRMWARE)
			return -ENOSPC;
		util_format(name, sizeof(name), "%s/%s", folder, entry->d_name);
		ret = cpio_add(c, name, file, st.st_size);
	}
	return ret;
}

int image_add_module(void *arg, const char *name, const char *path)
{
	struct image_modules *m = arg;
	_cleanup_close_ int fd = -1;
	char entry[128];
	struct stat st;

	for (unsigned int i = 0; i < m->n; i++)
		if (strcmp(m->names[i], name) == 0)
			return 0;
	if (m->n == IMAGE_MAX_MODULES)
		return -ENOSPC;
	util_strlcpy(m->names[m->n++], sizeof(m->names[0]), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	util_format(entry, sizeof(entry), "lib/modules/%s.ko", name);
	return cpio_add(&m->cpio, entry, fd, st.st_size);
}

/* A file that is in no folder of its own. Fine if it is not there. */
static int image_add_firmware_file(struct cpio *c, int from, const char *file)
{
	_cleanup_close_ int fd = openat(from, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char name[IMAGE_MAX_PATH];
	struct stat st;
	int ret;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (snprintf(name, sizeof(name), "lib/firmware/%s", file) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	ret = image_add_directories(c, "lib/firmware");
	return ret < 0 ? ret : cpio_add(c, name, fd, st.st_size);
}

/* The whole folder, as drivers also load files that their modules do not name. */
int image_add_firmware(void *arg, const char *file)
{
	struct image_modules *m = arg;
	char folder[sizeof(m->folders[0])];
	int ret = 0;

	if (!strrchr(file, '/')) {
		if (m->firmware >= 0)
			ret = image_add_firmware_file(&m->cpio, m->firmware, file);
		if (ret == 0 && m->overlay_firmware >= 0)
			ret = image_add_firmware_file(&m->cpio, m->overlay_firmware, file);
		return ret;
	}
	if (!util_strlcpy(folder, sizeof(folder), file))
		return -ENAMETOOLONG;
	*strrchr(folder, '/') = '\0';
	for (unsigned int i = 0; i < m->n_folders; i++)
		if (strcmp(m->folders[i], folder) == 0)
			return 0;
	if (m->n_folders == IMAGE_MAX_FOLDERS)
		return -ENOSPC;
	util_strlcpy(m->folders[m->n_folders++], sizeof(folder), folder);
	ret = m->firmware < 0 ? 0 : image_add_firmware_folder(&m->cpio, m->firmware, folder);
	/* Of two files of the same name the guest's kernel keeps the later one. */
	if (ret == 0 && m->overlay_firmware >= 0)
		ret = image_add_firmware_folder(&m->cpio, m->overlay_firmware, folder);
	return ret;
}
