/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel has for NICs and the image does not: drivers, and firmware of drivers that are
 * in it. scripts/build/left-out writes the list when the image is made, in lines of words:
 *
 *   module NAME SIZE [NEEDS...]   a driver; NEEDS: modules before it that are not in the image
 * either why NAME REASON...            why it is not, if for other reasons than having no VFs
 *   firmware NAME FILE            a file that it names
 *   alias NAME GLOB               what it is for
 *   lacks NAME FILE REASON...     a file that the image's driver NAME names and the image lacks
 */
#ifndef VFPROOF_SYS_LEFT_OUT_H
#define VFPROOF_SYS_LEFT_OUT_H

#include "base/util.h"

#define LEFT_OUT_LIST "usr/lib/vfproof/left-out" /* below the sysroot */

struct sysroot;

/* What would have to be added for a device. */
struct left_out {
	char module[56]; /* as the kernel calls it */
	char files[256]; /* "modules/NAME.ko, ..., firmware/FILE": an overlay's, in loading order */
	char why[160]; /* "" : not known */
};

/*
 * The first driver of the list that is for @modalias. -ENOENT if there is none, or no list.
 */
int left_out_driver(const struct sysroot *root, const char *modalias,
		    struct left_out *out) must_check;
/*
 * The first firmware file that @module of the image names and the image lacks, with the reason in
 * @out->why. -ENOENT if it has all, or there is no list.
 */
int left_out_firmware(const struct sysroot *root, const char *module,
		      struct left_out *out) must_check;

#endif
