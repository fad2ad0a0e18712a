/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the files of an overlay are in memory (run/overlay.h puts them there). Paths below the
 * sysroot; on the real machine a "/" in front makes them absolute.
 */
#ifndef VFPROOF_SYS_OVERLAY_PATHS_H
#define VFPROOF_SYS_OVERLAY_PATHS_H

#define OVERLAY_RUN "run/vfproof/overlay"
#define OVERLAY_KEY OVERLAY_RUN "/" OVERLAY_KEY_NAME
#define OVERLAY_KEY_NAME "vfproof.key" /* what reports are signed with */
#define OVERLAY_WAIVERS_NAME "vfproof.waivers" /* see report/waiver.h */
#define OVERLAY_MODULES OVERLAY_RUN "/modules"
#define OVERLAY_FIRMWARE OVERLAY_RUN "/firmware"
#define OVERLAY_GUEST_KERNEL OVERLAY_RUN "/guest/vmlinux"
#define OVERLAY_GUEST_MODULES OVERLAY_RUN "/guest/modules"

#endif
