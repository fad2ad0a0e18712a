/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of drivers and firmware that the image does not have. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "sys/left_out.h"

static const char list[] = "module fddi_card 100\n"
			   "alias fddi_card pci:v00001148d00004000sv*sd*bc*sc*i*\n"
			   "module sfc_siena 771983 mdio mtd\n"
			   "why sfc_siena its VFs have no driver\n"
			   "firmware sfc_siena lab/one.bin\n"
			   "firmware sfc_siena two.bin\n"
			   "alias sfc_siena pci:v00001924d00000803sv*sd*bc*sc*i*\n"
			   "alias sfc_siena pci:v00001924d00000813sv*sd*bc*sc*i*\n"
			   "lacks nfp netronome/a.nffw too large\n"
			   "lacks nfp netronome/b.nffw too large\n";

static void drivers(void **state)
{
	struct fake_sysroot *fs = *state;
	static const char siena[] = "pci:v00001924d00000813sv00001924sd00007A01bc02sc00i00";
	struct left_out lo;

	assert_int_equal(left_out_driver(&fs->root, siena, &lo), -ENOENT); /* no list */
	fake_file(fs, LEFT_OUT_LIST, list);
	assert_int_equal(left_out_driver(&fs->root, siena, &lo), 0);
	assert_string_equal(lo.module, "sfc_siena");
	assert_string_equal(lo.files, "modules/mdio.ko, modules/mtd.ko, modules/sfc_siena.ko, "
				      "firmware/lab/one.bin, firmware/two.bin");
	assert_string_equal(lo.why, "its VFs have no driver");
	assert_int_equal(left_out_driver(&fs->root,
					 "pci:v00001148d00004000sv00001148sd00005841bc02sc02i00",
					 &lo),
			 0);
	assert_string_equal(lo.files, "modules/fddi_card.ko");
	assert_string_equal(lo.why, "");
	assert_int_equal(left_out_driver(&fs->root, "pci:v00008086d000010C9sv*", &lo), -ENOENT);
}

static void firmware(void **state)
{
	struct fake_sysroot *fs = *state;
	struct left_out lo;

	assert_int_equal(left_out_firmware(&fs->root, "nfp", &lo), -ENOENT);
	fake_file(fs, LEFT_OUT_LIST, list);
	assert_int_equal(left_out_firmware(&fs->root, "nfp", &lo), 0);
	assert_string_equal(lo.module, "nfp");
	assert_string_equal(lo.files, "firmware/netronome/a.nffw");
	assert_string_equal(lo.why, "too large");
	assert_int_equal(left_out_firmware(&fs->root, "sfc_siena", &lo), -ENOENT);
	assert_int_equal(left_out_firmware(&fs->root, "", &lo), -ENOENT);
}

/* It is part of the image, but what is cut off or garbled must not do harm. */
static void odd_lines(void **state)
{
	struct fake_sysroot *fs = *state;
	static const char odd[] = "\n \nalias\nalias x\nmodule\nlacks nfp\nalias y pci:*";
	struct left_out lo;

	fake_file(fs, LEFT_OUT_LIST, odd);
	assert_int_equal(left_out_driver(&fs->root, "pci:v0", &lo), 0);
	assert_string_equal(lo.module, "y");
	assert_string_equal(lo.files, "");
	assert_int_equal(left_out_firmware(&fs->root, "nfp", &lo), 0);
	assert_string_equal(lo.why, "");
}

#define test_with_tree(fn) cmocka_unit_test_setup_teardown(fn, fake_tree_setup, fake_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_tree(drivers),
		test_with_tree(firmware),
		test_with_tree(odd_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
