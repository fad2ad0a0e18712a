/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration space: decoding of good and hostile contents, reading through libpci. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/pci_regs.h>

static const struct pci_addr pf_addr = { 0, 1, 0, 0 };

/* The figures of a real 82576 behind a port without ARI. */
static void test_decodes_82576(void **state)
{
	struct pci_config cfg;
	struct pci_facts f;

	(void)state;
	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(&cfg, 8, 384, 2, 0x10ca);
	fake_config_link(&cfg, 1, 4, 2, 4);
	fake_put16(cfg.data + 0x160 + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_VFE | PCI_SRIOV_CTRL_MSE);
	fake_put16(cfg.data + 0x160 + PCI_SRIOV_NUM_VF, 1);
	fake_put32(cfg.data + 0x100 + PCI_ERR_COR_STATUS, 0x2000);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_int_equal(f.vendor, 0x8086);
	assert_int_equal(f.device, 0x10c9);
	assert_int_equal(f.class, 0x020000);
	assert_true(f.pcie && f.has_sriov && f.has_ari && f.has_aer && !f.has_acs);
	assert_false(f.ext_unreadable);
	assert_int_equal(f.link.speed_mtps, 2500);
	assert_int_equal(f.link_max.speed_mtps, 5000);
	assert_int_equal(f.link_max.width, 4);
	assert_int_equal(f.aer_correctable, 0x2000);
	assert_true(f.sriov.vf_enable && !f.sriov.ari_hierarchy);
	assert_int_equal(f.sriov.total_vfs, 8);
	assert_int_equal(f.sriov.initial_vfs, 8);
	assert_int_equal(f.sriov.num_vfs, 1);
	assert_int_equal(f.sriov.vf_offset, 384);
	assert_int_equal(f.sriov.vf_stride, 2);
	assert_int_equal(f.sriov.vf_device, 0x10ca);
	assert_int_equal(f.sriov.bars[0], 0xe000000c);
	assert_int_equal(f.sriov.bars[3], 0xe010000c);
}

/* Without the extended space nothing is known of SR-IOV, which is not the same as none. */
static void test_truncated_is_not_absent(void **state)
{
	struct pci_config cfg;
	struct pci_facts f;

	(void)state;
	fake_config(&cfg, 0x8086, 0x1572, 0x020000);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.ext_unreadable);
	assert_false(f.has_sriov);
	cfg.len = 256;
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_true(f.ext_unreadable);
	cfg.len = 64;
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_true(f.ext_unreadable);
	/* A conventional PCI function has no extended space to begin with. */
	cfg.len = 256;
	fake_put16(cfg.data + PCI_STATUS, 0);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.ext_unreadable);
	/* A device that lost its link answers with ones from the first extended word on. */
	fake_config(&cfg, 0x8086, 0x1572, 0x020000);
	memset(cfg.data + 256, 0xff, PCI_CONFIG_SIZE - 256);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_true(f.ext_unreadable);
}

static void test_absent_device(void **state)
{
	struct pci_config cfg = { .len = PCI_CONFIG_SIZE };
	struct pci_facts f;

	(void)state;
	memset(cfg.data, 0xff, sizeof(cfg.data));
	assert_int_equal(pci_decode(&cfg, &f), -ENODEV);
	cfg.len = 0;
	assert_int_equal(pci_decode(&cfg, &f), -ENODEV);
}

static void test_port(void **state)
{
	struct pci_config cfg;
	struct pci_facts f;

	(void)state;
	fake_config(&cfg, 0x8086, 0x1c10, 0x060400);
	fake_config_port(&cfg, 1, 3);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_true(f.bridge);
	assert_int_equal(f.port_type, PCI_EXP_TYPE_ROOT_PORT);
	assert_int_equal(f.secondary_bus, 1);
	assert_int_equal(f.subordinate_bus, 3);
}

/* Lists that lead to themselves, out of the space, or to a capability that does not fit. */
static void test_hostile_lists(void **state)
{
	struct pci_config cfg;
	struct pci_facts f;

	(void)state;
	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	cfg.data[0x41] = 0x40;
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.pcie);
	cfg.data[0x41] = 0x10; /* into the header */
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.pcie);

	fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
	fake_put32(cfg.data + 0x150, 0x0e | 1 << 16 | 0x100u << 20); /* back to the first */
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.has_sriov);
	assert_true(f.has_ari);
	fake_put32(cfg.data + 0x150, 0x0e | 1 << 16 | 0x80u << 20); /* below the space */
	fake_put32(cfg.data + 0x80, 0x10 | 1 << 16);
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.has_sriov);
	fake_put32(cfg.data + 0x150, 0x0e | 1 << 16 | 0xffcu << 20);
	fake_put32(cfg.data + 0xffc, 0x10 | 1 << 16); /* SR-IOV in the last four bytes */
	assert_int_equal(pci_decode(&cfg, &f), 0);
	assert_false(f.has_sriov);
}

/* Any byte may be anything: this looks for reads out of bounds and endless walks. */
static void test_random_contents(void **state)
{
	static const unsigned int lens[] = { 64, 256, PCI_CONFIG_SIZE };
	struct pci_config cfg;
	struct pci_facts f;
	uint32_t seed = 1;
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		fake_config(&cfg, 0x8086, 0x10c9, 0x020000);
		fake_config_sriov(&cfg, 8, 128, 2, 0x10ca);
		for (i = 0; i < 600; i++) {
			seed = seed * 1664525 + 1013904223;
			cfg.data[4 + (seed >> 8) % (round % 2 ? 4092 : 400)] =
				(uint8_t)(seed >> 24);
		}
		cfg.len = lens[round % 3];
		assert_int_equal(pci_decode(&cfg, &f), 0);
	}
}

static void test_reads_sysfs(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config *cfgs = calloc(3, sizeof(*cfgs));
	struct pci_addr addrs[] = { { 0, 0, 0x1c, 0 }, { 0, 7, 0, 0 }, { 0, 1, 0, 0 } };
	struct pci_facts f;

	fake_add_igb(fs, NULL);
	assert_int_equal(pci_read_configs(&fs->root, addrs, 3, cfgs), 0);
	assert_int_equal(cfgs[0].len, PCI_CONFIG_SIZE);
	assert_int_equal(cfgs[1].len, 0); /* not there: no end of the scan */
	assert_int_equal(cfgs[2].len, PCI_CONFIG_SIZE);
	free(cfgs);
	assert_int_equal(pci_read_facts(&fs->root, &pf_addr, &f), 0);
	assert_int_equal(f.sriov.total_vfs, 8);
	assert_int_equal(pci_read_facts(&fs->root, &addrs[1], &f), -ENODEV);
}

static void test_reads_short_config(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg;

	fake_config(&cfg, 0x8086, 0x1572, 0x020000);
	cfg.len = 256;
	fake_add_pci(
		fs, &(struct fake_pci){ .addr = "0000:01:00.0", .vendor = 0x8086, .config = &cfg });
	memset(&cfg, 0, sizeof(cfg));
	assert_int_equal(pci_read_configs(&fs->root, &pf_addr, 1, &cfg), 0);
	assert_int_equal(cfg.len, 256);
	assert_int_equal(cfg.data[0], 0x86);
}

static void test_reads_dump(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config want, got = { 0 };
	char path[128], *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	unsigned int i;

	fake_config(&want, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(&want, 8, 384, 2, 0x10ca);
	fprintf(f, "01:00.0 Ethernet controller: made for a test");
	for (i = 0; i < PCI_CONFIG_SIZE; i++)
		fprintf(f, i % 16 ? " %02x" : "\n%02x: %02x", i % 16 ? want.data[i] : i,
			want.data[i]);
	fprintf(f, "\n\n");
	fclose(f);
	fake_file(fs, "tmp/dump", text);
	free(text);
	util_format(path, sizeof(path), "%s/tmp/dump", fs->dir);
	assert_int_equal(pci_read_dump(path, &pf_addr, 1, &got), 0);
	assert_int_equal(got.len, PCI_CONFIG_SIZE);
	assert_memory_equal(got.data, want.data, PCI_CONFIG_SIZE);
}

/* libpci ends the process on these; the caller's has to survive. */
static void test_libpci_errors_are_contained(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_config cfg = { 0 };
	char path[128];

	util_format(path, sizeof(path), "%s/tmp/dump", fs->dir);
	assert_int_equal(pci_read_dump(path, &pf_addr, 1, &cfg), -EIO);
	fake_file(fs, "tmp/dump", "01:00.0 Ethernet\n00: 86 80 zz\n");
	assert_int_equal(pci_read_dump(path, &pf_addr, 1, &cfg), -EIO);
	assert_int_equal(cfg.len, 0);
}

static void test_parent(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_addr parent, port = { 0, 0, 0x1c, 0 };

	fake_add_igb(fs, NULL);
	assert_int_equal(pci_parent(&fs->root, &pf_addr, &parent), 0);
	assert_int_equal(pci_addr_cmp(&parent, &port), 0);
	assert_int_equal(pci_parent(&fs->root, &port, &parent), -ENOENT);
}

static void test_resources(void **state)
{
	struct fake_sysroot *fs = *state;
	struct pci_resource res[13];

	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/resource",
		  "0x00000000fe800000 0x00000000fe81ffff 0x0000000000040200\n"
		  "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	assert_int_equal(pci_read_resources(&fs->root, &pf_addr, res, 13), 2);
	assert_int_equal(res[0].start, 0xfe800000);
	assert_int_equal(res[0].end, 0xfe81ffff);
	assert_int_equal(res[0].flags, 0x40200);
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/resource", "junk\n");
	assert_int_equal(pci_read_resources(&fs->root, &pf_addr, res, 13), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decodes_82576),
		cmocka_unit_test(test_truncated_is_not_absent),
		cmocka_unit_test(test_absent_device),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_hostile_lists),
		cmocka_unit_test(test_random_contents),
		cmocka_unit_test_setup_teardown(test_reads_sysfs, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_reads_short_config, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_reads_dump, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_libpci_errors_are_contained, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_parent, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_resources, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
