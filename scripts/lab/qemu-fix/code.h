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
/* Has @function, of 14 bytes at least, be @hook instead. */
bool code_replace(const uint8_t *function, const void *hook);
/*
 * Has @function go to @hook. Returns what still does as the function did, NULL if it begins in
 * another way than by saving registers, in which case it is left as it is.
 */
const void *code_detour(const uint8_t *function, const void *hook);

/* The faults that are set right. False: the code is not as known, and is left as it is. */
bool svm_fix_vmrun(void);
bool svm_fix_ignne(void);
bool smc_fix(void);

#endif
