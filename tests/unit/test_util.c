/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers and the log.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "model/verdict.h"
#include "sys/block.h"

static void numbers(void **state)
{
	static const struct {
		const char *text;
		int base;
		uint64_t max;
		int ret;
		uint64_t value;
	} rows[] = {
		{ "0", 10, 10, 0, 0 },
		{ "10\n", 10, 10, 0, 10 },
		{ "11", 10, 10, -ERANGE, 0 },
		{ "", 10, 10, -EINVAL, 0 },
		{ " 1", 10, 10, -EINVAL, 0 },
		{ "-1", 10, 10, -EINVAL, 0 },
		{ "+1", 10, 10, -EINVAL, 0 },
		{ "1x", 10, 10, -EINVAL, 0 },
		{ "1\n\n", 10, 10, -EINVAL, 0 },
		{ "0x1f", 0, 255, 0, 31 },
		{ "1f", 16, 255, 0, 31 },
		{ "18446744073709551616", 10, UINT64_MAX, -ERANGE, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 0;

		if (util_parse_u64(rows[i].text, rows[i].base, rows[i].max, &value) !=
			    rows[i].ret ||
		    value != rows[i].value)
			fail_msg("%s", rows[i].text);
	}
}

static void globs(void **state)
{
	(void)state;
	assert_true(util_globs("*", "a"));
	assert_true(util_globs("b,a*", "abc"));
	assert_true(util_globs("a[0-9],b", "a7"));
	assert_false(util_globs("b,c", "a"));
	assert_false(util_globs("", "a"));
	assert_false(util_globs("a,", "ab"));
}

static void strings(void **state)
{
	char buf[4];

	(void)state;
	assert_true(util_strlcpy(buf, sizeof(buf), "abc"));
	assert_false(util_strlcpy(buf, sizeof(buf), "abcd"));
	assert_string_equal(buf, "abc");
	util_format(buf, sizeof(buf), "%d", 12345);
	assert_string_equal(buf, "123");
}

static void files(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *text;
	size_t len;

	assert_int_equal(util_write_durably(dir, "x", "hello", 5), 0);
	assert_int_equal(util_read_file(dir, "x", 5, &text, &len), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "hello");
	free(text);
	assert_int_equal(util_read_file(dir, "x", 4, &text, &len), -EFBIG);
	assert_int_equal(util_read_file(dir, "y", 4, &text, &len), -ENOENT);
	assert_int_equal(util_read_file(dir, "sys", 4, &text, &len), -EFBIG);
}

static int write_and_fail(int fd, void *arg)
{
	assert_int_equal(util_write_all(fd, "half", 4), 0);
	return *(int *)arg;
}

/* A copy, and what is written bit by bit, is whole or absent. */
static void copies(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int to = sysroot_openat(&f->root, O_RDONLY | O_DIRECTORY, "dev");
	int from = f->root.fd, ret = -EIO;
	_cleanup_free_ char *text = malloc(200001);

	memset(text, 'x', 200000); /* more than one piece */
	text[200000] = '\0';
	core_fake_write(f, "a", text);
	assert_int_equal(util_copy_durably(from, to, "a", 200000), 0);
	core_assert_file(f, "dev/a", text);
	assert_int_equal(util_copy_durably(from, to, "a", 199999), -EFBIG);
	assert_int_equal(util_copy_durably(from, to, "none", 9), -ENOENT);
	assert_int_equal(util_copy_durably(from, to, "sys", 1 << 20), -EFBIG);
	assert_int_equal(util_write_durably_by(to, "a", write_and_fail, &ret), -EIO);
	core_assert_file(f, "dev/a", text);
	ret = 0;
	assert_int_equal(util_write_durably_by(to, "a", write_and_fail, &ret), 0);
	core_assert_file(f, "dev/a", "half");
}

static bool third_time(void *arg)
{
	return ++*(int *)arg == 3;
}

static bool never(void *arg)
{
	++*(int *)arg;
	return false;
}

static void polling(void **state)
{
	uint64_t begin = util_now_ms();
	int calls = 0;

	(void)state;
	assert_int_equal(util_poll_until(third_time, &calls, 5000), 0);
	assert_int_equal(calls, 3);
	assert_true(util_now_ms() - begin < 4000);
	calls = 0;
	assert_int_equal(util_poll_until(never, &calls, 0), -ETIMEDOUT);
	assert_true(calls >= 1);
}

static void verdicts(void **state)
{
	enum verdict v;

	(void)state;
	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		assert_int_equal(verdict_parse(verdict_name(v)), v);
	assert_int_equal(verdict_parse("NONE"), VERDICT_NONE);
	assert_int_equal(verdict_parse("pass"), VERDICT_NONE);
	assert_string_equal(verdict_name(VERDICT_COUNT), "NONE");
	assert_string_equal(run_verdict_name(RUN_QUALIFIED, true), "QUALIFIED (UNSAFE INTERRUPTS)");
	assert_string_equal(run_verdict_name(RUN_NOT_QUALIFIED, true), "NOT QUALIFIED");
	assert_int_equal(run_verdict_exit_status(RUN_QUALIFIED), 0);
	assert_int_equal(run_verdict_exit_status(RUN_NOT_QUALIFIED), 1);
	assert_int_equal(run_verdict_exit_status(RUN_INCOMPLETE), 2);
}

/* Every line has a prefix, is whole, is not longer than 400 characters and is plain ASCII. */
static void log_lines(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	char *line, *rest, longtext[1000];
	unsigned int n = 0, total = 0;

	memset(longtext, 'y', sizeof(longtext));
	longtext[sizeof(longtext) - 1] = '\0';
	assert_int_equal(log_open_consoles(&f->root, false), 0);
	log_set_item("vf_create_one", FAKE_PF);
	log_info("%s", longtext);
	log_set_item(NULL, NULL);
	log_info("colour \033[31m and\nnew line");
	log_debug("not shown");
	assert_int_equal(log_errno(-ENOENT, "open", "a/b"), -ENOENT);
	log_raw("one\n\ntwo");
	log_close();
	text = core_fake_read(f, "dev/ttyS0");
	assert_null(strstr(text, "\033"));
	assert_null(strstr(text, "not shown"));
	assert_non_null(strstr(text, "open a/b: No such file or directory\n"));
	assert_non_null(strstr(text, "\none\n\ntwo"));
	for (rest = text; (line = strsep(&rest, "\n"));) {
		assert_true(strlen(line) <= 400);
		if (strstr(line, "yyyy")) {
			assert_true(line[0] == '[');
			assert_non_null(strstr(line, "] vf_create_one " FAKE_PF ": y"));
			total += (unsigned int)strspn(strchr(line, 'y'), "y");
			n++;
		}
	}
	assert_true(n >= 3);
	assert_int_equal(total, sizeof(longtext) - 1);
}

static void only_usb_is_a_stick(void **state)
{
	struct core_fake *f = *state;

	core_fake_write(f, "sys/class/block/.x", "");
	core_fake_symlink(f, "../../devices/pci0000:00/0000:00:14.0/usb1/1-1/host0/block/sda/sda1",
			  "sys/class/block/sda1");
	core_fake_symlink(f, "../../devices/pci0000:00/0000:00:1f.2/ata1/host1/block/sdb",
			  "sys/class/block/sdb");
	assert_true(block_is_usb(&f->root, "sda1"));
	assert_false(block_is_usb(&f->root, "sdb"));
	assert_false(block_is_usb(&f->root, "sdc"));
}

/* A second stick that is not ready yet is waited for; what has no disk of its own is not. */
static void a_stick_that_is_coming(void **state)
{
	struct core_fake *f = *state;
	uint64_t before;

	core_fake_write(f, "sys/class/block/.x", "");
	assert_false(block_usb_is_coming(&f->root));
	core_fake_write(f, "sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "03\n");
	assert_false(block_usb_is_coming(&f->root));
	before = block_usb_state(&f->root);
	core_fake_write(f, "sys/bus/usb/devices/1-1:1.0/bInterfaceClass", "08\n");
	assert_true(block_usb_is_coming(&f->root));
	assert_int_not_equal(block_usb_state(&f->root), before);
	before = block_usb_state(&f->root);
	core_fake_symlink(f,
			  "../../devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host0/block/sda",
			  "sys/class/block/sda");
	assert_false(block_usb_is_coming(&f->root));
	assert_int_not_equal(block_usb_state(&f->root), before);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(globs),
		cmocka_unit_test(strings),
		test_with_fake(files),
		test_with_fake(copies),
		cmocka_unit_test(polling),
		cmocka_unit_test(verdicts),
		test_with_fake(log_lines),
		test_with_fake(only_usb_is_a_stick),
		test_with_fake(a_stick_that_is_coming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
