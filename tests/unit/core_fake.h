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
#include "base/sysroot.h"

#define FAKE_PF "0000:01:00.0"
#define FAKE_DEV "sys/bus/pci/devices/" FAKE_PF "/"

struct store;

struct core_fake {
	char path[64];
	struct sysroot root;
};

/* cmocka set-up and tear-down: *state is a struct core_fake with one PF, a console and a kernel
 * log. */
int core_fake_setup(void **state);
int core_fake_teardown(void **state);

/* Writes a file of the fake, with the directories above it. */
void core_fake_write(const struct core_fake *f, const char *name, const char *text);
/* The fake's own /proc, with nothing in it but this kernel command line, instead of the real one.
 */
void core_fake_cmdline(const struct core_fake *f, const char *text);
void core_fake_append(const struct core_fake *f, const char *name, const char *text);
/* Content of a file, without trailing white space; caller frees. NULL if it is not there. */
char *core_fake_read(const struct core_fake *f, const char *name);
void core_fake_symlink(const struct core_fake *f, const char *target, const char *name);
void core_assert_file(const struct core_fake *f, const char *name, const char *text);

/* All events of a journal's text as an array, and the number of lines that are none (or NULL). */
json_t *core_parse(const char *text, size_t len, unsigned int *damaged);
/* The report of such events. Caller owns the results. */
json_t *core_report(const json_t *events, unsigned int damaged);
/* All events that are in the store's journal. Caller owns the result. */
json_t *core_events(const struct store *s);

/* An inventory with that PF. Caller frees. */
struct inventory *core_fake_inventory(void);

/*
 * Whether the Python package jsonschema finds @path valid by the JSON schema @schema. Skips the
 * test where there is no such package.
 */
bool core_is_valid_json(const char *path, const char *schema);

#endif
