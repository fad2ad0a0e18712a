/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel messages: records of /dev/kmsg, well formed and not. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/kmsg.h"

static int parse(const char *text, struct kmsg_record *rec)
{
	return kmsg_parse(text, strlen(text), rec);
}

static void test_parse(void **state)
{
	struct kmsg_record rec;

	(void)state;
	assert_int_equal(parse("4,339,5140900,-;igb 0000:01:00.0: 7 VFs allocated\n"
			       " SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n",
			       &rec),
			 0);
	assert_int_equal(rec.level, 4);
	assert_int_equal(rec.seq, 339);
	assert_int_equal(rec.time_us, 5140900);
	assert_string_equal(rec.text, "igb 0000:01:00.0: 7 VFs allocated");
	/* Facility 1 (user), and fields after the flags that newer kernels may add. */
	assert_int_equal(parse("13,1,2,c,caller=T1;a;b\x1b[2J", &rec), 0);
	assert_int_equal(rec.level, 5);
	assert_string_equal(rec.text, "a;b?[2J");
}

static void test_parse_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"6",
		"6,",
		"6,1,2",
		"6,1,2,-",
		"-6,1,2,-;x",
		"6,,2,-;x",
		"6,1,x,-;x",
		"6,99999999999999999999,2,-;x",
		"6,999999999999999999999999999999,2,-;x",
		";x",
	};
	struct kmsg_record rec;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(texts[i], &rec), -EBADMSG);
}

static void test_long_text_is_cut(void **state)
{
	struct kmsg_record rec;
	char text[9000];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "6,1,2,-;", 8);
	assert_int_equal(kmsg_parse(text, sizeof(text), &rec), 0);
	assert_int_equal(strlen(rec.text), sizeof(rec.text) - 1);
}

static void test_reads_a_recorded_log(void **state)
{
	struct fake_sysroot *fs = *state;
	struct kmsg_record rec;
	bool lost;
	int fd;

	fake_file(fs, "dev/kmsg", "6,1,10,-;one\n SUBSYSTEM=pci\n6,2,20,-;two\n");
	fd = kmsg_open(&fs->root, true);
	assert_true(fd >= 0);
	assert_int_equal(kmsg_read(fd, &rec, &lost), 1);
	assert_string_equal(rec.text, "one");
	assert_int_equal(kmsg_read(fd, &rec, &lost), 1);
	assert_string_equal(rec.text, "two");
	assert_int_equal(kmsg_read(fd, &rec, &lost), 0);
	assert_false(lost);
	close(fd);
	fd = kmsg_open(&fs->root, false);
	assert_int_equal(kmsg_read(fd, &rec, NULL), 0);
	close(fd);
}

static void test_find(void **state)
{
	struct fake_sysroot *fs = *state;
	char line[64];

	assert_false(kmsg_find(&fs->root, "VFs", line, sizeof(line)));
	fake_file(fs, "dev/kmsg",
		  "6,1,10,-;igb 0000:01:00.0: fine\nmalformed\n"
		  "3,2,20,-;igb 0000:02:00.0: not enough MMIO resources for SR-IOV\n");
	assert_true(kmsg_find(&fs->root, "MMIO", line, sizeof(line)));
	assert_string_equal(line, "igb 0000:02:00.0: not enough MMIO resources for SR-IOV");
	assert_false(kmsg_find(&fs->root, "bus", line, sizeof(line)));
	assert_string_equal(line, "");
	assert_true(kmsg_find_both(&fs->root, "0000:02:00.0", "MMIO", line, sizeof(line)));
	assert_false(kmsg_find_both(&fs->root, "0000:01:00.0", "MMIO", line, sizeof(line)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_malformed),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test_setup_teardown(test_reads_a_recorded_log, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_find, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
