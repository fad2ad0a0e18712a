/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake machine in a temporary directory, for the tests of the core.
 */
#ifndef VFPROOF_TESTS_CORE_FAKE_H
#define VFPROOF_TESTS_CORE_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include "sys/inventory.h"
#include "sys/sysroot.h"

#define FAKE_PF "0000:01:00.0"
#define FAKE_DEV "sys/bus/pci/devices/" FAKE_PF "/"

struct fake {
	char path[64];
	struct sysroot root;
};

/* cmocka set-up and tear-down: *state is a struct fake with one PF, a console and a kernel log. */
int fake_setup(void **state);
int fake_teardown(void **state);

/* Writes a file of the fake, with the directories above it. */
void fake_write(const struct fake *f, const char *name, const char *text);
void fake_append(const struct fake *f, const char *name, const char *text);
/* Content of a file, without trailing white space; caller frees. NULL if it is not there. */
char *fake_read(const struct fake *f, const char *name);
void fake_symlink(const struct fake *f, const char *target, const char *name);
void assert_file(const struct fake *f, const char *name, const char *text);

/* An inventory with that PF. Caller frees. */
struct inventory *fake_inventory(void);

#endif
