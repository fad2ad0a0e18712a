/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel modules as far as modinfo(8) reads them.
 */
#ifndef TESTS_UNIT_FAKE_MODULE_H
#define TESTS_UNIT_FAKE_MODULE_H

#include <stddef.h>
#include <stdint.h>

#define FAKE_MODULE_SIZE 2048

/*
 * An ELF file with nothing but a .modinfo section with the texts "KEY=VALUE" of @info, of which
 * NULL is the last, and, if @crcs, a __versions section. Returns its length.
 */
size_t fake_module(uint8_t buf[FAKE_MODULE_SIZE], const char *const *info, int crcs);

#endif
