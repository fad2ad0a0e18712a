/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sys/module.h"
#include "sys/pci.h"
#include "base/sysroot.h"
#include "sys/overlay_paths.h"
#include "vm/image_modules.h"
#include "vm/vm_config.h"

#define IMAGE_UNPACK_MS 180000u
#define IMAGE_FIRMWARE "/usr/lib/firmware"

/*
 * A device whose driver is not in the appliance gets none in the guest: what comes of that is the
 * case's to find.
 */
static int image_add_device(struct image_modules *m, const char *modalias)
{
	int ret;

	if (m->foreign_kernel)
		return 0;
	ret = module_for_each_file(NULL, modalias, image_add_module, m);
	if (ret == 0)
		ret = module_for_each_firmware(NULL, modalias, image_add_firmware, m);
	return ret == -ENOENT ? 0 : ret;
}

/* What a guest's agent loads on demand: guest-image/modules.list. */
static const char *const image_on_demand[] = { "8021q", "bonding", "macvlan", "net_failover" };

static int image_add_on_demand(struct image_modules *m)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(image_on_demand); i++)
		ret = image_add_device(m, image_on_demand[i]);
	return ret;
}

static int image_write(const struct sysroot *root, const struct vm_config *cfg, int fd)
{
	_cleanup_close_ int src = open(qemu_image_appliance.initramfs, O_RDONLY | O_CLOEXEC);
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
	ret = cpio_append(&m.cpio, src, st.st_size);
	if (ret == 0)
		ret = image_add_overlay(&m);
	/* A virtio device's own driver hangs below the PCI one, out of reach of its modalias. */
	if (ret == 0)
		ret = image_add_device(&m, "virtio_net");
	if (ret == 0)
		ret = image_add_on_demand(&m);
	for (unsigned int i = 0; ret == 0 && i < cfg->n_devices; i++) {
		char modalias[256];

		ret = pci_read_modalias(root, &cfg->devices[i], modalias, sizeof(modalias));
		if (ret == 0)
			ret = image_add_device(&m, modalias);
	}
	return ret < 0 ? ret : cpio_end(&m.cpio);
}

#define GUESTS_READY "run/vfproof/guests.ready"
#define GUESTS_FAILED "run/vfproof/guests.failed"

static bool image_is_unpacked(void *arg)
{
	const struct sysroot *root = arg;

	return sysroot_exists(root, GUESTS_READY) || sysroot_exists(root, GUESTS_FAILED);
}

static unsigned int image_unpack_ms(const struct sysroot *root, uint64_t deadline_ms)
{
	uint64_t now = util_now_ms(), ms = sysroot_ms(root, IMAGE_UNPACK_MS);
	uint64_t left = now < deadline_ms ? deadline_ms - now : 0;

	return (unsigned int)(ms < left ? ms : left);
}

int image_build(const struct sysroot *root, const struct vm_config *cfg, uint64_t deadline_ms,
		char *why, size_t why_size)
{
	_cleanup_close_ int fd = -1;
	int ret = util_poll_until(image_is_unpacked, (void *)(uintptr_t)root,
				  image_unpack_ms(root, deadline_ms));

	if (ret < 0) {
		util_format(why, why_size, "the guest's files were not unpacked in time");
		return ret;
	}
	if (!sysroot_exists(root, GUESTS_READY)) {
		util_format(why, why_size, "the guest's files could not be unpacked");
		return -EIO;
	}
	fd = memfd_create("initramfs", MFD_CLOEXEC);
	ret = fd < 0 ? -errno : image_write(root, cfg, fd);
	if (ret < 0) {
		util_format(why, why_size, "the guest's initramfs could not be built: %s",
			    strerror(-ret));
		return ret;
	}
	return util_take_fd(&fd);
}
