/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine says of how it was booted: the kernel's build ID, Secure Boot, lockdown, the
 * PCRs of a TPM. Nothing is asked of a device but of the TPM's driver, which is in the kernel.
 */
#ifndef VFPROOF_SYS_BOOT_FACTS_H
#define VFPROOF_SYS_BOOT_FACTS_H

#include <jansson.h>
#include "base/util.h"

struct sysroot;

#define BOOT_FACTS_ID 65 /* room for a build ID */

/*
 * The build ID of the running kernel: the note of type NT_GNU_BUILD_ID in /sys/kernel/notes
 * (elf(5)), in @len bytes at @notes. False if there is none.
 */
bool boot_facts_build_id(const void *notes, size_t len, char id[BOOT_FACTS_ID]) must_check;
/*
 * {secure_boot, lockdown, kernel: {release, build_id}, tpm, taint}, with "unknown" or "" for what
 * the machine does not say. secure_boot is "on", "off", "setup mode" or "no UEFI" (UEFI 2.10, 3.3:
 * SecureBoot, SetupMode); tpm is null, or {version, bank, pcrs} with PCR 0 to 15; taint is {value,
 * flags}, the kernel's marks as they are now in numbers (-1: not known) and words. Caller owns the
 * result.
 */
json_t *boot_facts_read(const struct sysroot *root) must_check;

#endif
