/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the appliance itself lacks for a NIC: a driver, or firmware. That is no fault of the host,
 * so that the case is a SKIP that says what to put into an overlay.
 */
#ifndef VFPROOF_CASES_LACKING_H
#define VFPROOF_CASES_LACKING_H

#include "model/ctx.h"

/*
 * True if neither the image nor the kernel has a driver for @modalias; @why says what would have to
 * be added. @driver: the name of the driver if it is known, "" if not: one that is there already,
 * such as a built-in one, is not lacking.
 */
bool lacking_driver(const struct ctx *ctx, const char *modalias, const char *driver, char *why,
		    size_t size);
/*
 * True if the kernel has said of the device @about (a PCI address) that a firmware file is not
 * there. @module: its driver's, "" if not known; @why says which file, and what to do.
 */
bool lacking_firmware(const struct ctx *ctx, const char *about, const char *module, char *why,
		      size_t size);

#endif
