/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine code of the program that this is loaded into (x86-64).
 */
#ifndef VFPROOF_QEMU_FIX_CODE_H
#define VFPROOF_QEMU_FIX_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The exported function @name, and its size in bytes; NULL if there is none. */
const uint8_t *code_find(const char *name, size_t *size);
/* Overwrites @len bytes of code at @at. */
bool code_overwrite(const uint8_t *at, const uint8_t *with, size_t len);
/* Calls of @function, whose code must be 14 bytes or longer, go to @hook from now on. */
bool code_replace(const uint8_t *function, const void *hook);
/*
 * Calls of @function go to @hook from now on. Returns the address through which the function itself
 * can still be called. NULL: nothing was changed, as the function does not begin by saving
 * registers.
 */
const void *code_detour(const uint8_t *function, const void *hook);

/* The mends, one per fault. False: QEMU's code is not the known one, and nothing was changed. */
bool svm_fix_vmrun(void);
bool svm_fix_ignne(void);
bool smc_fix(void);
bool amdvi_fix_fault(void);
bool vtd_fix_compatibility(void);

#endif
