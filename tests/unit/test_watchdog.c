/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watchdog on a fake machine: which driver, who feeds it and for how long, how it is let go of.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "run/end.h"
#include "sys/watchdog.h"

#define WATCHDOG "dev/watchdog"
#define STATE "sys/class/watchdog/watchdog0/state"

static void add_device(const struct core_fake *f, const char *addr, const char *class,
		       const char *vendor)
{
	char path[128];

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/class", addr);
	core_fake_write(f, path, class);
	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/vendor", addr);
	core_fake_write(f, path, vendor);
}

static void assert_drivers(const struct core_fake *f, const char *expected)
{
	const char *modules[WATCHDOG_MAX_DRIVERS];
	unsigned int n = watchdog_find_drivers(&f->root, modules), i;
	char all[200] = "";

	assert_true(n <= WATCHDOG_MAX_DRIVERS);
	for (i = 0; i < n; i++)
		util_format(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? " " : "",
			    modules[i]);
	assert_string_equal(all, expected);
}

static void drivers_by_hardware(void **state)
{
	struct core_fake *f = *state;

	assert_drivers(f, "softdog");
	/* A network controller of the vendor is not its chip set. */
	add_device(f, "0000:02:00.0", "0x020000\n", "0x8086\n");
	assert_drivers(f, "softdog");
	add_device(f, "0000:00:14.0", "0x0c0500\n", "0x1022\n");
	assert_drivers(f, "sp5100_tco softdog");
	core_fake_write(f, "sys/bus/acpi/devices/IPI0001:00/status", "15\n");
	assert_drivers(f, "sp5100_tco ipmi_watchdog softdog");
	add_device(f, "0000:00:14.0", "0x0c0500\n", "0x1af4\n");
	add_device(f, "0000:00:1f.0", "0x060100\n", "0x8086\n");
	core_fake_write(f, "sys/class/dmi/id/sys_vendor", "HPE\n");
	assert_drivers(f, "hpwdt iTCO_wdt ipmi_watchdog softdog");
	core_fake_write(f, "sys/firmware/acpi/tables/WDAT", "x");
	core_fake_write(f, "sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
	assert_drivers(f, "wdat_wdt iTCO_wdt ipmi_watchdog softdog");
}

/* What loading a module does on the machine at hand. */
static int on_module(const struct sysroot *root, const char *name, bool load, const char *options)
{
	int log = openat(root->fd, "loaded", O_WRONLY | O_CREAT | O_APPEND, 0600);

	(void)load;
	(void)options;
	dprintf(log, "%s ", name);
	close(log);
	/* The chip set's is disabled; the kernel's own works. */
	if (strcmp(name, "softdog") == 0)
		close(openat(root->fd, WATCHDOG, O_WRONLY | O_CREAT, 0600));
	return 0;
}

static bool has_been_fed(void *arg)
{
	const struct core_fake *f = arg;
	struct stat st;

	return fstatat(f->root.fd, WATCHDOG, &st, 0) == 0 && st.st_size > 0;
}

static void next_driver_if_one_makes_none(void **state)
{
	struct core_fake *f = *state;
	struct watchdog w;

	add_device(f, "0000:00:1f.0", "0x060100\n", "0x8086\n");
	f->root.on_module = on_module;
	watchdog_open(&w, &f->root);
	core_assert_file(f, "loaded", "lpc_ich i2c_i801 iTCO_wdt softdog");
	assert_true(w.feeder.pid != 0);
	assert_int_equal(util_poll_until(has_been_fed, f, 10000), 0);
	watchdog_close(&w);
}

static char last_byte(const struct core_fake *f)
{
	char *text = NULL, c;
	size_t len;

	assert_int_equal(sysroot_slurp(&f->root, &text, &len, 1 << 20, WATCHDOG), 0);
	assert_true(len > 0);
	c = text[len - 1];
	free(text);
	return c;
}

static void stopped_or_left(void **state)
{
	struct core_fake *f = *state;
	struct watchdog w;

	core_fake_write(f, WATCHDOG, "");
	watchdog_open(&w, &f->root);
	assert_int_equal(util_poll_until(has_been_fed, f, 10000), 0);
	watchdog_leave(&w);
	assert_int_equal(w.feeder.pid, 0);
	assert_int_equal(last_byte(f), '\n');
	watchdog_open(&w, &f->root);
	watchdog_close(&w);
	assert_int_equal(last_byte(f), 'V'); /* the magic close */
	/* Without one, all of it does nothing. */
	assert_int_equal(unlinkat(f->root.fd, WATCHDOG, 0), 0);
	watchdog_open(&w, &f->root);
	watchdog_pet(&w);
	watchdog_rearm(&w);
	watchdog_close(&w);
}

static bool has_stopped_growing(void *arg)
{
	static off_t size = -1;
	static uint64_t since;
	const struct core_fake *f = arg;
	struct stat st;

	assert_int_equal(fstatat(f->root.fd, WATCHDOG, &st, 0), 0);
	if (st.st_size != size) {
		size = st.st_size;
		since = util_now_ms();
	}
	return util_now_ms() - since > 5000; /* it is fed every 2 s */
}

/* Whoever takes longer than it said has hung. */
static void not_fed_for_longer_than_allowed(void **state)
{
	struct core_fake *f = *state;
	struct watchdog w;

	core_fake_write(f, WATCHDOG, "");
	watchdog_open(&w, &f->root);
	watchdog_allow(&w, 100);
	assert_int_equal(util_poll_until(has_stopped_growing, f, 20000), 0);
	watchdog_leave(&w);
}

/* Nobody makes progress any more in "hold" and "shell". */
static void quiet_at_the_end(void **state)
{
	struct core_fake *f = *state;
	struct watchdog w;

	assert_false(end_quiet_watchdog(&f->root, &w)); /* none */
	core_fake_write(f, WATCHDOG, "");
	core_fake_write(f, STATE, "inactive\n");
	assert_false(end_quiet_watchdog(&f->root, &w));
	core_assert_file(f, WATCHDOG, ""); /* opening it would have armed it */
	/* This one goes on in spite of it, as with nowayout. */
	core_fake_write(f, STATE, "active\n");
	assert_true(end_quiet_watchdog(&f->root, &w));
	assert_true(w.feeder.pid != 0);
	core_fake_write(f, WATCHDOG, "");
	assert_int_equal(util_poll_until(has_been_fed, f, 10000), 0);
	watchdog_leave(&w);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(drivers_by_hardware),
		test(next_driver_if_one_makes_none),
		test(stopped_or_left),
		test(quiet_at_the_end),
		test(not_fed_for_longer_than_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
