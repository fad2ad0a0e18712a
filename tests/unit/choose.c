/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part of every unit test program: with the name of a test in VFPROOF_UNIT_TEST, only that one is
 * run (make check TESTS=).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void choose_test(void)
{
	const char *name = getenv("VFPROOF_UNIT_TEST");

	if (name)
		cmocka_set_test_filter(name);
}
