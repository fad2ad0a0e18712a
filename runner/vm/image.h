/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The nested guest's initramfs: the base of the image (agent and module index) followed by a second
 * archive with just the kernel modules that this guest's devices need, and their firmware, taken
 * from the appliance's own, and with all that an overlay has for guests. So no module is stored
 * twice, and no guest unpacks drivers that it has no device for.
 */
#ifndef VFPROOF_VM_IMAGE_H
#define VFPROOF_VM_IMAGE_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;
struct vm_config;

/*
 * Waits until /init has unpacked the guest's files, until @deadline_ms (util_now_ms()) at the
 * latest, then builds the initramfs of @cfg in memory. Returns its descriptor (close-on-exec, owned
 * by the caller) or -errno with the reason in @why.
 */
int image_build(const struct sysroot *root, const struct vm_config *cfg, uint64_t deadline_ms,
		char *why, size_t why_size) must_check;

#endif
