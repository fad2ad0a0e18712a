/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end state: one way after the other, whatever hangs; and what the ACPI tables say about
 * switching off.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include "base/child.h"
#include "run/early.h"
#include "run/end.h"
#include "run/say.h"
#include "journal/stick.h"
#include "sys/power.h"

static void note(const struct sysroot *root, const char *text)
{
	int fd = openat(root->fd, "acts", O_WRONLY | O_CREAT | O_APPEND, 0600);

	dprintf(fd, "%s\n", text);
	close(fd);
}

static _Noreturn void hang(void)
{
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static int act_hang(const struct sysroot *root, bool off)
{
	note(root, off ? "hang off" : "hang on");
	hang();
}

static int act_refuse(const struct sysroot *root, bool off)
{
	(void)off;
	note(root, "refuse");
	return -EPERM;
}

static int act_nothing(const struct sysroot *root, bool off)
{
	(void)off;
	note(root, "nothing");
	return 0;
}

static int act_die(const struct sysroot *root, bool off)
{
	(void)off;
	note(root, "die");
	raise(SIGKILL);
	return 0;
}

static void every_way_is_tried(void **state)
{
	struct core_fake *f = *state;
	static const struct end_step steps[] = {
		{ "a", act_hang, true, 200 },	  { "b", act_refuse, true, 200 },
		{ "c", act_nothing, false, 200 }, { "d", act_die, false, 200 },
		{ "e", act_hang, false, 200 },
	};
	uint64_t begin = util_now_ms();

	end_carry_out(&f->root, NULL, steps, ARRAY_SIZE(steps), note);
	assert_true(util_now_ms() - begin < 10000);
	core_assert_file(f, "acts",
			 "hang off\nvfproof: end: a hangs: trying otherwise\n"
			 "refuse\nvfproof: end: b does not do it: trying otherwise\n"
			 "nothing\nvfproof: end: c has no effect: trying otherwise\n"
			 "die\nvfproof: end: d does not do it: trying otherwise\n"
			 "hang on\nvfproof: end: e hangs: there is nothing more to try");
}

static void sysrq(void **state)
{
	struct core_fake *f = *state;

	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	core_fake_write(f, "proc/sysrq-trigger", "");
	assert_int_equal(power_by_sysrq(&f->root, true), 0);
	core_assert_file(f, "proc/sysrq-trigger", "o");
	assert_int_equal(power_by_sysrq(&f->root, false), 0);
	core_assert_file(f, "proc/sysrq-trigger", "b");
	assert_int_equal(power_by_kernel(&f->root, true), -EOPNOTSUPP);
}

static void sleep_types(void **state)
{
	static const struct {
		const char *aml;
		size_t len;
		int ret;
		uint8_t a, b;
	} rows[] = {
		/* Name (_S5, Package (0x04) { 0x05, 0x05, 0, 0 }) */
		{ "xx\x08_S5_\x12\x08\x04\x0a\x05\x0a\x05\x00\x00", 17, 0, 5, 5 },
		{ "\x08_S5_\x12\x06\x04\x00\x00\x00\x00", 12, 0, 0, 0 }, /* QEMU's */
		{ "\x08\\_S5_\x12\x06\x04\x01\x00\x00\x00", 13, 0, 1, 0 },
		{ "\x08_S5_\x12\x47\x00\x04\x0a\x07\x00\x00", 13, 0, 7, 0 }, /* a long length */
		{ "\x10_S5_\x12\x06\x04\x0a\x05\x0a\x05", 12, -ENOENT, 0, 0 }, /* no name */
		{ "\x08_S5_\x12\x06\x04\x0a\x08\x0a\x05", 12, -ENOENT, 0, 0 }, /* 3 bits */
		{ "\x08_S5_\x12\x06\x04\x0a", 9, -ENOENT, 0, 0 },
		{ "\x08_S5_\x12", 6, -ENOENT, 0, 0 },
		{ "_S5_", 4, -ENOENT, 0, 0 },
	};
	uint8_t a, b;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(power_find_s5((const uint8_t *)rows[i].aml, rows[i].len, &a, &b),
				 rows[i].ret);
		if (rows[i].ret == 0) {
			assert_int_equal(a, rows[i].a);
			assert_int_equal(b, rows[i].b);
		}
	}
}

static void write_bytes(const struct core_fake *f, const char *name, const void *data, size_t len)
{
	int fd;

	core_fake_write(f, name, "");
	fd = sysroot_openat(&f->root, O_WRONLY, "%s", name);
	assert_int_equal(util_write_all(fd, data, len), 0);
	close(fd);
}

static void registers(void **state)
{
	static const char dsdt[] = "\x08_S5_\x12\x08\x04\x0a\x05\x0a\x02\x00\x00";
	struct core_fake *f = *state;
	struct power_write w[POWER_MAX_WRITES];
	uint8_t facp[244] = { 0 };

	/* Without tables the chip set's port and the keyboard controller are left. */
	assert_int_equal(power_plan_off(&f->root, w), -ENOENT);
	assert_int_equal(power_plan_reset(&f->root, w), 3);
	assert_int_equal(w[1].port, 0xcf9);
	assert_int_equal(w[1].value, 6);
	facp[64] = 0x04; /* PM1a_CNT_BLK: port 604h */
	facp[65] = 0x06;
	facp[113] = 0x04; /* RESET_REG is supported: port CF9h, value 0Fh */
	facp[116] = 1;
	facp[120] = 0xf9;
	facp[121] = 0x0c;
	facp[128] = 0x0f;
	write_bytes(f, "sys/firmware/acpi/tables/FACP", facp, sizeof(facp));
	write_bytes(f, "sys/firmware/acpi/tables/DSDT", dsdt, sizeof(dsdt) - 1);
	assert_int_equal(power_plan_off(&f->root, w), 2);
	assert_int_equal(w[0].port, 0x604);
	assert_int_equal(w[0].bits, 16);
	assert_int_equal(w[0].value, 5 << 10);
	assert_int_equal(w[1].value, 5 << 10 | 1 << 13);
	assert_int_equal(w[1].keep & w[1].value, 0);
	assert_int_equal(power_plan_reset(&f->root, w), 4);
	assert_int_equal(w[0].port, 0xcf9);
	assert_int_equal(w[0].value, 0x0f);
	/* The newer field, and a second block. */
	facp[172] = 1;
	facp[176] = 0x34;
	facp[177] = 0x12;
	facp[68] = 0x08;
	facp[69] = 0x06;
	write_bytes(f, "sys/firmware/acpi/tables/FACP", facp, sizeof(facp));
	assert_int_equal(power_plan_off(&f->root, w), 4);
	assert_int_equal(w[0].port, 0x1234);
	assert_int_equal(w[2].port, 0x608);
	assert_int_equal(w[2].value, 2 << 10);
	/* A table that is cut off. */
	write_bytes(f, "sys/firmware/acpi/tables/FACP", facp, 60);
	assert_int_equal(power_plan_off(&f->root, w), -ENOENT);
	assert_int_equal(power_plan_reset(&f->root, w), 3);
}

/* The kernel does not answer while the file system's driver is loaded. */
static int module_hangs(const struct sysroot *root, const char *name, bool load,
			const char *options)
{
	(void)root;
	(void)load;
	(void)options;
	if (strcmp(name, "vfat") == 0)
		hang();
	return 0;
}

static void stick_hangs(void **state)
{
	struct core_fake *f = *state;
	char command[256];
	struct stick st;
	uint64_t begin = util_now_ms();

	core_fake_write(f, "run/vfproof/x", "");
	core_fake_write(f, "dev/x", "");
	util_format(command, sizeof(command),
		    "mkfs.vfat -C -n VFPROOF %s/dev/sdb 2048 >/dev/null 2>&1", f->path);
	if (system(command) != 0)
		skip();
	core_fake_write(f, "sys/devices/pci/usb1/block/sdb/x", "");
	core_fake_write(f, "sys/class/block/x", "");
	core_fake_symlink(f, "../../devices/pci/usb1/block/sdb", "sys/class/block/sdb");
	f->root.on_module = module_hangs;
	early_open_stick(&st, &f->root, STICK_LABEL, util_now_ms() + 1000, 500, NULL, NULL);
	assert_int_equal(st.dir, -1);
	assert_non_null(strstr(st.problem, "the stick hangs"));
	assert_true(util_now_ms() - begin < 15000);
}

static void file_on_a_stick(void **state)
{
	struct core_fake *f = *state;
	char *text;
	size_t len;

	core_fake_write(f, "vfproof.conf", "plan = quick\n");
	assert_int_equal(early_read_file(&f->root, f->root.fd, "vfproof.conf", 100, &text, &len),
			 0);
	assert_int_equal(len, 13);
	assert_string_equal(text, "plan = quick\n");
	free(text);
	assert_int_equal(early_read_file(&f->root, f->root.fd, "none", 100, &text, &len), -ENOENT);
	assert_int_equal(early_read_file(&f->root, f->root.fd, "vfproof.conf", 5, &text, &len),
			 -EFBIG);
}

static void says_without_waiting(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *console = NULL;

	uint64_t begin = util_now_ms();

	assert_int_equal(say_text(&f->root, "vfproof: end: hold", 10000), 0);
	console = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(console, "vfproof: end: hold"));
	/* The kernel does not come back from an open(2). */
	assert_int_equal(unlinkat(f->root.fd, "sys/class/tty/console/active", 0), 0);
	assert_int_equal(mkfifoat(f->root.fd, "sys/class/tty/console/active", 0600), 0);
	assert_int_not_equal(say_text(&f->root, "vfproof: end: hold", 300), 0);
	assert_true(util_now_ms() - begin < 15000);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(every_way_is_tried),
		test(sysrq),
		cmocka_unit_test(sleep_types),
		test(registers),
		test(stick_hangs),
		test(file_on_a_stick),
		test(says_without_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
