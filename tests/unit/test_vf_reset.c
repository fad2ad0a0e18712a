/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Resets of VFs, what is read of their interrupt tables, and the kernel's promises about their
 * drivers: each on a machine that does all right, and on ones that do not.
 */
#include "fake_case.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/le.h"
#include "sys/host_use.h"
#include "sys/pci_bar.h"
#include "sys/pci_reset.h"
#include "sys/sriov.h"

#define VF_DIR "sys/bus/pci/devices/0000:01:10.0/"
#define EXPRESS 0xa0

static const struct pci_addr pf = { 0, 1, 0, 0 }, vf = { 0, 1, 0x10, 0 }, none = { 0, 9, 0, 0 };
static struct fake_case fc;

static int setup(void **state)
{
	memset(&fc, 0, sizeof(fc));
	fake_tree_setup(state);
	fake_add_igb(*state, NULL);
	return 0;
}

static void make_vf(struct fake_sysroot *fs)
{
	struct sriov_state st;

	assert_int_equal(sriov_set_numvfs(&fs->root, &pf, 1, 1000, &st), 0);
}

static void assert_method(const struct fake_sysroot *fs, const char *want)
{
	char text[16];

	assert_true(sysroot_read(&fs->root, text, sizeof(text), VF_DIR "reset_method") > 0);
	assert_string_equal(text, want);
}

/* By FLR and nothing else, and then as before. */
static void test_kernel(void **state)
{
	struct fake_sysroot *fs = *state;
	uint64_t us;

	make_vf(fs);
	assert_int_equal(pci_flr(&fs->root, &none, 1000, &us), -ENODEV);
	assert_int_equal(pci_flr(&fs->root, &vf, 1000, &us), -EOPNOTSUPP);
	fake_file(fs, VF_DIR "reset_method", "bus\n");
	fake_file(fs, VF_DIR "reset", "");
	assert_int_equal(pci_flr(&fs->root, &vf, 1000, &us), 0);
	assert_method(fs, "default");
	fs->faults.reset_error = -ENOTTY;
	assert_int_equal(pci_flr(&fs->root, &vf, 1000, &us), -ENOTTY);
	assert_method(fs, "default");
	fs->faults.reset_blocks = true;
	assert_int_equal(pci_flr(&fs->root, &vf, 100, &us), -ETIMEDOUT);
	assert_true(us >= 100000);
	assert_method(fs, "flr");
}

static uint16_t command_of(const struct fake_sysroot *fs)
{
	_cleanup_close_ int fd = sysroot_openat(&fs->root, O_RDONLY, VF_DIR "config");
	uint8_t raw[2];

	assert_int_equal(pread(fd, raw, 2, PCI_COMMAND), 2);
	return le_get16(raw);
}

/* A device in a process of its own: on the order it clears its command register, or is gone. */
static pid_t start_device(const struct fake_sysroot *fs, bool gone)
{
	pid_t pid = fork();
	uint8_t raw[2] = { 0 };
	int fd;

	if (pid != 0)
		return pid;
	fd = sysroot_openat(&fs->root, O_RDWR, VF_DIR "config");
	while (!(le_get16(raw) & PCI_EXP_DEVCTL_BCR_FLR))
		if (pread(fd, raw, 2, EXPRESS + PCI_EXP_DEVCTL) != 2)
			_exit(1);
	memset(raw, gone ? 0xff : 0, sizeof(raw));
	_exit(pwrite(fd, raw, 2, PCI_COMMAND) != 2);
}

static void test_by_hand(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_flr_effect e;
	pid_t device;

	make_vf(fs);
	device = start_device(fs, false);
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 1000, &e), 0);
	assert_int_equal(waitpid(device, NULL, 0), device);
	assert_true(e.marked && e.cleared && e.answers);
	assert_true(e.ms >= PCI_FLR_MS);
	assert_int_equal(command_of(fs) & PCI_COMMAND_MASTER, 0);
}

/* Nothing comes of the order. */
static void test_by_hand_ill(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_flr_effect e;

	make_vf(fs);
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 100, &e), 0);
	assert_true(e.marked && e.answers);
	assert_false(e.cleared);
	assert_int_equal(command_of(fs) & PCI_COMMAND_MASTER, 0);
	fake_remove(fs, VF_DIR "config");
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 100, &e), -ENOENT);
}

static void test_by_hand_gone(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_flr_effect e;
	pid_t device;

	make_vf(fs);
	device = start_device(fs, true);
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 50, &e), 0);
	assert_int_equal(waitpid(device, NULL, 0), device);
	assert_true(e.marked);
	assert_false(e.answers || e.cleared);
}

static void test_by_hand_none(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_flr_effect e;
	struct pci_config cfg;

	make_vf(fs);
	fake_config(&cfg, 0xffff, 0xffff, 0x020000);
	fake_bytes(fs, VF_DIR "config", cfg.data, cfg.len);
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 50, &e), -EOPNOTSUPP);
	memset(cfg.data, 0xff, cfg.len);
	fake_bytes(fs, VF_DIR "config", cfg.data, cfg.len);
	assert_int_equal(pci_flr_by_hand(&fs->root, &vf, 50, &e), -ENODEV);
}

/* A capability that points nowhere is none. */
static void test_msix(void **state)
{
	struct pci_config cfg;
	struct pci_msix m;

	(void)state;
	fake_config(&cfg, 0x8086, 0x10ca, 0x020000);
	pci_decode_msix(&cfg, &m);
	assert_int_equal(m.vectors, 0);
	assert_int_equal(m.table_bar, 7);
	/* Behind the PCI Express capability. */
	cfg.data[EXPRESS + 1] = 0xe0;
	cfg.data[0xe0] = PCI_CAP_ID_MSIX;
	fake_put16(cfg.data + 0xe2, PCI_MSIX_FLAGS_ENABLE | 2);
	fake_put32(cfg.data + 0xe4, 0x1003);
	fake_put32(cfg.data + 0xe8, 0x2003);
	pci_decode_msix(&cfg, &m);
	assert_int_equal(m.vectors, 3);
	assert_true(m.enabled);
	assert_int_equal(m.table_bar, 3);
	assert_int_equal(m.table_at, 0x1000);
	assert_int_equal(m.pba_bar, 3);
	assert_int_equal(m.pba_at, 0x2000);
	cfg.len = 0xe8; /* what is beyond was not read */
	pci_decode_msix(&cfg, &m);
	assert_int_equal(m.vectors, 0);
}

static void test_bar(void **state)
{
	struct fake_sysroot *fs = *state;
	uint8_t memory[0x1000] = { [8] = 0x34, [9] = 0x12 };
	struct pci_bar bar;

	make_vf(fs);
	fake_file(fs, VF_DIR "resource",
		  "0x00000000fe000000 0x00000000fe000fff 0x0000000000040200\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	fake_bytes(fs, VF_DIR "resource0", memory, sizeof(memory));
	assert_int_equal(pci_enable(&fs->root, &vf, true), -ENOENT);
	fake_file(fs, VF_DIR "enable", "0\n");
	assert_int_equal(pci_enable(&fs->root, &vf, true), 0);
	assert_int_equal(pci_bar_size(&fs->root, &vf, 0), 0x1000);
	assert_int_equal(pci_bar_size(&fs->root, &vf, 1), 0);
	assert_int_equal(pci_bar_size(&fs->root, &vf, 5), 0);
	assert_int_equal(pci_bar_map(&fs->root, &vf, 1, &bar), -ENOENT);
	assert_int_equal(pci_bar_map(&fs->root, &vf, 0, &bar), 0);
	assert_int_equal(pci_bar_read32(&bar, 8), 0x1234);
	pci_bar_write32(&bar, 12, 0x5678);
	assert_int_equal(pci_bar_read32(&bar, 12), 0x5678);
	/* Nothing beyond the end, and nothing that is not aligned. */
	assert_int_equal(pci_bar_read32(&bar, 0x1000), UINT32_MAX);
	assert_int_equal(pci_bar_read32(&bar, 10), UINT32_MAX);
	pci_bar_write32(&bar, 0x1000, 1);
	pci_bar_unmap(&bar);
	assert_null(bar.at);
}

/* The same numbers in another order are the same; one more, or another one, is not. */
static void test_host_use(void **state)
{
	struct fake_sysroot *fs = *state;
	struct host_use a, b;

	assert_true(host_use_read(&fs->root, &a) < 0);
	fake_file(fs, "proc/meminfo",
		  "MemTotal:        2028344 kB\nSUnreclaim:       12345 kB\nKernelStack: 1 kB\n");
	fake_dir(fs, "proc/irq/9");
	fake_dir(fs, "proc/irq/24");
	fake_file(fs, "proc/irq/default_smp_affinity", "3\n");
	assert_int_equal(host_use_read(&fs->root, &a), 0);
	assert_int_equal(a.slab_kb, 12345);
	assert_int_equal(a.irqs, 2);
	fake_dir(fs, "sys/class/net/eth7");
	fake_remove(fs, "proc/irq/9");
	fake_dir(fs, "proc/irq/10");
	assert_int_equal(host_use_read(&fs->root, &b), 0);
	assert_int_equal(b.irqs, 2);
	assert_true(a.irq_numbers != b.irq_numbers);
	assert_int_equal(b.netdevs, a.netdevs + 1);
	assert_int_equal(b.groups, a.groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kernel, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_by_hand, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_by_hand_ill, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_by_hand_gone, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_by_hand_none, setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_host_use, setup, fake_tree_teardown),
		cmocka_unit_test(test_msix),
		cmocka_unit_test_setup_teardown(test_bar, setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
