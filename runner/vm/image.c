/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "model/case.h"
#include "sys/module.h"
#include "base/sysroot.h"
#include "sys/overlay_paths.h"
#include "vm/image_modules.h"
#include "vm/qemu.h"
#include "vm/vm.h"

#define IMAGE_UNPACK_MS 180000u
#define IMAGE_FIRMWARE "/usr/lib/firmware"
#define IMAGE_MAX_FIRMWARE 128u /* files of a folder */
#define IMAGE_MAX_PATH 128u

static int image_pad(int fd, off_t size)
{
	static const char zeros[4];

	return util_write_all(fd, zeros, (size_t)(-size & 3));
}

static int image_copy(int to, int from, off_t size)
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

static int image_cpio_header(struct image_cpio *c, const char *name, unsigned int mode, off_t size)
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
	return ret < 0 ? ret : image_pad(c->fd, 110 + (off_t)name_len);
}

int image_cpio_add(struct image_cpio *c, const char *name, int src, off_t size)
{
	int ret = image_cpio_header(c, name, S_IFREG | 0644, size);

	if (ret == 0)
		ret = image_copy(c->fd, src, size);
	return ret < 0 ? ret : image_pad(c->fd, size);
}

int image_cpio_add_text(struct image_cpio *c, const char *name, const char *text)
{
	size_t size = strlen(text);
	int ret = image_cpio_header(c, name, S_IFREG | 0644, (off_t)size);

	if (ret == 0)
		ret = util_write_all(c->fd, text, size);
	return ret < 0 ? ret : image_pad(c->fd, (off_t)size);
}

int image_cpio_end(struct image_cpio *c)
{
	return image_cpio_header(c, "TRAILER!!!", 0, 0);
}

/* The kernel makes no directory that is not in the archive before what is in it. */
static int image_add_directories(struct image_cpio *c, const char *path)
{
	char name[IMAGE_MAX_PATH];
	int ret = 0;

	for (const char *p = path; ret == 0 && p; p = strchr(p + 1, '/')) {
		util_format(name, sizeof(name), "%.*s", (int)(p - path), path);
		if (p > path)
			ret = image_cpio_header(c, name, S_IFDIR | 0755, 0);
	}
	return ret < 0 ? ret : image_cpio_header(c, path, S_IFDIR | 0755, 0);
}

int image_cpio_add_firmware(struct image_cpio *c, int from, const char *path)
{
	int fd = openat(from, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret;
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char folder[IMAGE_MAX_PATH], name[IMAGE_MAX_PATH + 260];
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	util_format(folder, sizeof(folder), "lib/firmware/%s", path);
	ret = image_add_directories(c, folder);
	for (unsigned int i = 0; ret == 0 && i < IMAGE_MAX_FIRMWARE && (entry = readdir(dir));
	     i++) {
		_cleanup_close_ int file =
			openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		struct stat st;

		if (file < 0 || fstat(file, &st) < 0)
			return -errno;
		if (!S_ISREG(st.st_mode))
			continue;
		util_format(name, sizeof(name), "%s/%s", folder, entry->d_name);
		ret = image_cpio_add(c, name, file, st.st_size);
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
	return image_cpio_add(&m->cpio, entry, fd, st.st_size);
}

/*
 * The whole folder, as drivers also load files that their modules do not name. Firmware that is not
 * in a folder of its own is no NIC's.
 */
int image_add_firmware(void *arg, const char *file)
{
	struct image_modules *m = arg;
	char folder[sizeof(m->folders[0])];
	int ret;

	if (!strrchr(file, '/') || !util_strlcpy(folder, sizeof(folder), file))
		return 0;
	*strrchr(folder, '/') = '\0';
	for (unsigned int i = 0; i < m->n_folders; i++)
		if (strcmp(m->folders[i], folder) == 0)
			return 0;
	if (m->n_folders == IMAGE_MAX_FOLDERS)
		return -ENOSPC;
	util_strlcpy(m->folders[m->n_folders++], sizeof(folder), folder);
	ret = m->firmware < 0 ? 0 : image_cpio_add_firmware(&m->cpio, m->firmware, folder);
	/* Of two files of the same name the guest's kernel keeps the later one. */
	if (ret == 0 && m->overlay_firmware >= 0)
		ret = image_cpio_add_firmware(&m->cpio, m->overlay_firmware, folder);
	return ret;
}

/*
 * A device whose driver is not in the appliance gets none in the guest: what comes of that is the
 * case's to find.
 */
static int image_add_device(struct image_modules *m, const char *modalias)
{
	int ret;

	if (m->foreign_kernel)
		return 0;
	ret = module_for_each_file(modalias, image_add_module, m);
	if (ret == 0)
		ret = module_for_each_firmware(modalias, image_add_firmware, m);
	return ret == -ENOENT ? 0 : ret;
}

static int image_write(struct ctx *ctx, const struct vm_config *cfg, const char *base, int fd)
{
	_cleanup_close_ int src = open(base, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int firmware = open(IMAGE_FIRMWARE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int overlay =
		open("/" OVERLAY_FIRMWARE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct image_modules m = { .cpio = { .fd = fd },
				   .firmware = firmware,
				   .overlay_firmware = overlay };
	struct stat st;
	int ret;

	if (src < 0 || fstat(src, &st) < 0)
		return -errno;
	ret = image_copy(fd, src, st.st_size);
	if (ret == 0)
		ret = image_pad(fd, st.st_size);
	if (ret == 0)
		ret = image_add_overlay(&m);
	/* A virtio device's own driver hangs below the PCI one, out of reach of its modalias. */
	if (ret == 0)
		ret = image_add_device(&m, "virtio_net");
	for (unsigned int i = 0; ret == 0 && i < cfg->n_devices; i++) {
		char addr[PCI_ADDR_STRLEN], modalias[256];

		ret = sysroot_read(ctx->root, modalias, sizeof(modalias),
				   "sys/bus/pci/devices/%s/modalias",
				   pci_addr_format(&cfg->devices[i], addr));
		if (ret >= 0)
			ret = image_add_device(&m, modalias);
	}
	return ret < 0 ? ret : image_cpio_end(&m.cpio);
}

static bool image_is_unpacked(void *arg)
{
	const struct ctx *ctx = arg;

	return sysroot_exists(ctx->root, "run/vfproof/guests.ready") ||
	       sysroot_exists(ctx->root, "run/vfproof/guests.failed");
}

int image_build(struct ctx *ctx, const struct vm_config *cfg)
{
	_cleanup_close_ int fd = -1;
	int ret = util_poll_until(image_is_unpacked, ctx, ctx_time_left_ms(ctx, IMAGE_UNPACK_MS));

	if (ret < 0)
		return ctx_error(ctx, ret, "the guest's files were not unpacked in time");
	if (!sysroot_exists(ctx->root, "run/vfproof/guests.ready"))
		return ctx_error(ctx, -EIO, "the guest's files could not be unpacked");
	fd = memfd_create("initramfs", MFD_CLOEXEC);
	ret = fd < 0 ? -errno : image_write(ctx, cfg, qemu_image_appliance.initramfs, fd);
	if (ret < 0)
		return ctx_error(ctx, ret, "the guest's initramfs could not be built: %s",
				 strerror(-ret));
	return util_take_fd(&fd);
}
