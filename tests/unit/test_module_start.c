/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers started side by side, with one that does not come back. */
#include "fake_sysroot.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "sys/driver.h"
#include "sys/module_start.h"
#include "sys/sriov.h"

#define DEAD "0000:3b:00.0"
#define DEAD_2 "0000:3b:00.1"

static const struct pci_addr dead = { 0, 0x3b, 0, 0 }, alive = { 0, 1, 0, 0 };

/* "pci:NAME" is for module NAME; "none" there is not. */
static int find(void *arg, const char *modalias, char *name, size_t size)
{
	(void)arg;
	util_strlcpy(name, size, modalias + strlen("pci:"));
	return strcmp(name, "none") == 0 ? -ENOENT : 0;
}

/* Says in "started" what it was asked for; mlx5_core does not come back, crash dies. */
static void load(void *arg, const char *modalias)
{
	const struct fake_sysroot *fs = arg;
	char path[128];

	util_format(path, sizeof(path), "started/%s", modalias + strlen("pci:"));
	fake_file(fs, path, "1\n");
	if (strcmp(modalias, "pci:mlx5_core") == 0) {
		fake_file(fs, "sys/module/mlx5_core/initstate", "coming\n");
		signal(SIGTERM, SIG_IGN);
		poll(NULL, 0, -1);
	}
	if (strcmp(modalias, "pci:crash") == 0)
		raise(SIGKILL);
}

static void add(struct fake_sysroot *fs, const char *addr, uint32_t class, const char *modalias)
{
	char path[128];

	fake_add_pci(fs, &(struct fake_pci){
				 .addr = addr, .vendor = 1, .class = class, .total_vfs = 8 });
	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/modalias", addr);
	fake_file(fs, path, modalias);
}

static const struct module_start *find_start(const struct module_starts *all, const char *name)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->list[i].module, name) == 0)
			return &all->list[i];
	fail_msg("%s is not there", name);
	return NULL;
}

static void the_rest_goes_on(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct module_start_ops ops = {
		.find = find, .load = load, .arg = fs, .base_ms = 300, .device_ms = 100
	};
	struct module_starts all = { 0 };
	uint64_t begin = util_now_ms();
	struct sriov_state st;
	char text[128];

	add(fs, DEAD, 0x020000, "pci:mlx5_core");
	add(fs, DEAD_2, 0x020000, "pci:mlx5_core");
	add(fs, "0000:01:00.0", 0x020000, "pci:igb");
	add(fs, "0000:02:00.0", 0x020700, "pci:ice");
	add(fs, "0000:03:00.0", 0x020000, "pci:none");
	add(fs, "0000:04:00.0", 0x010000, "pci:ahci");
	add(fs, "0000:05:00.0", 0x020000, "pci:crash");
	fake_file(fs, "proc/sys/kernel/hung_task_warnings", "10\n");
	assert_int_equal(module_start_bus(&fs->root, "pci", &ops, &all), 0);
	assert_in_range(util_now_ms() - begin, 500, 5000);
	assert_int_equal(all.n, 4);
	assert_int_equal(find_start(&all, "igb")->state, MODULE_STARTED);
	assert_int_equal(find_start(&all, "ice")->state, MODULE_STARTED);
	assert_int_equal(find_start(&all, "crash")->state, MODULE_DIED);
	assert_int_equal(find_start(&all, "mlx5_core")->state, MODULE_HANGS);
	module_start_describe(find_start(&all, "mlx5_core"), text, sizeof(text));
	assert_non_null(strstr(text, "mlx5_core (0000:3b:00."));
	assert_non_null(strstr(text, DEAD));
	assert_non_null(strstr(text, DEAD_2));
	assert_true(sysroot_exists(&fs->root, "started/igb"));
	assert_true(sysroot_exists(&fs->root, "started/ice"));
	assert_false(sysroot_exists(&fs->root, "started/ahci"));
	assert_true(sysroot_read(&fs->root, text, sizeof(text),
				 "proc/sys/kernel/hung_task_warnings") > 0);
	assert_string_equal(text, "0");

	/* Whatever takes the device's lock is refused, and not tried. */
	assert_true(driver_hangs(&fs->root, &dead, text, sizeof(text)));
	assert_string_equal(text, "mlx5_core");
	assert_false(driver_hangs(&fs->root, &alive, text, sizeof(text)));
	assert_int_equal(sriov_read(&fs->root, &dead, &st), -EBUSY);
	assert_int_equal(driver_bind(&fs->root, &dead, "vfio-pci"), -EBUSY);
	assert_int_equal(driver_restore(&fs->root, &dead, ""), -EBUSY);
	assert_int_equal(driver_probe(&fs->root, &dead), -EBUSY);

	/* It has come to an end after all. */
	fake_file(fs, "sys/module/mlx5_core/initstate", "live\n");
	assert_false(driver_hangs(&fs->root, &dead, text, sizeof(text)));
	assert_int_equal(sriov_read(&fs->root, &dead, &st), 0);
}

/* A port of the same driver that has been bound before the next one hung can be tested. */
static void bound_ports_are_tested(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct module_start_ops ops = {
		.find = find, .load = load, .arg = fs, .base_ms = 100, .device_ms = 1
	};
	struct module_starts all = { 0 };
	const struct pci_addr bound = { 0, 0x3b, 0, 1 };
	char text[64];

	add(fs, DEAD, 0x020000, "pci:mlx5_core");
	fake_add_driver(fs, "mlx5_core");
	fake_add_pci(fs, &(struct fake_pci){ .addr = DEAD_2,
					     .vendor = 1,
					     .class = 0x020000,
					     .driver = "mlx5_core" });
	fake_file(fs, "sys/bus/pci/devices/" DEAD_2 "/modalias", "pci:mlx5_core");
	assert_int_equal(module_start_bus(&fs->root, "pci", &ops, &all), 0);
	assert_true(driver_hangs(&fs->root, &dead, text, sizeof(text)));
	assert_false(driver_hangs(&fs->root, &bound, text, sizeof(text)));
}

/* The kernel links device and driver before the driver has started it: the lock tells. */
static void linked_is_not_started(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct module_start_ops ops = {
		.find = find, .load = load, .arg = fs, .base_ms = 100, .device_ms = 1
	};
	struct module_starts all = { 0 };
	const struct pci_addr bound = { 0, 0x3b, 0, 1 };
	const char *const devices[] = { DEAD, DEAD_2 };
	char text[96];

	fs->root.timeout_percent = 20;
	fake_add_driver(fs, "mlx5_core");
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		fake_add_pci(fs, &(struct fake_pci){ .addr = devices[i],
						     .vendor = 1,
						     .class = 0x020000,
						     .driver = "mlx5_core" });
		util_format(text, sizeof(text), "sys/bus/pci/devices/%s/modalias", devices[i]);
		fake_file(fs, text, "pci:mlx5_core");
	}
	/* Whoever reads it waits, as for a lock that another has. */
	(void)!unlinkat(fs->root.fd, "sys/bus/pci/devices/" DEAD "/sriov_numvfs", 0);
	assert_int_equal(mkfifoat(fs->root.fd, "sys/bus/pci/devices/" DEAD "/sriov_numvfs", 0600),
			 0);
	assert_int_equal(module_start_bus(&fs->root, "pci", &ops, &all), 0);
	assert_int_equal(find_start(&all, "mlx5_core")->state, MODULE_HANGS);
	assert_true(driver_hangs(&fs->root, &dead, text, sizeof(text)));
	assert_false(driver_hangs(&fs->root, &bound, text, sizeof(text)));
}

#define test_with_tree(fn) cmocka_unit_test_setup_teardown(fn, fake_tree_setup, fake_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_tree(the_rest_goes_on),
		test_with_tree(bound_ports_are_tested),
		test_with_tree(linked_is_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
