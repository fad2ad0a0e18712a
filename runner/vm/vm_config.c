/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the appliance has the guests' files. */
#include "vm/vm_config.h"

const struct qemu_image qemu_image_appliance = {
	.program = "/usr/bin/qemu-system-x86_64",
	.kernel = "/usr/lib/vfproof/guest/vmlinux",
	.initramfs = "/usr/lib/vfproof/guest/initramfs.img",
	.accel = "kvm",
	.cpu = "host",
	.unprivileged = true,
};
