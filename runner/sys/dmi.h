/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the firmware says of the machine: /sys/class/dmi/id. */
#ifndef VFPROOF_SYS_DMI_H
#define VFPROOF_SYS_DMI_H

#include "base/util.h"

struct sysroot;

/* The text of the field @name, in printable ASCII; "" if there is none. */
void dmi_read(const struct sysroot *root, const char *name, char *buf, size_t size);
/* The same of a field that tells machines apart: "" also for what stands in for a number. */
void dmi_read_number(const struct sysroot *root, const char *name, char *buf, size_t size);
/*
 * True for what boards say that were never given a number: "To be filled by O.E.M.", zeros,
 * 0123456789, the UUIDs of firmware makers' examples. Two machines may say the same.
 */
bool dmi_is_placeholder(const char *text);

#endif
