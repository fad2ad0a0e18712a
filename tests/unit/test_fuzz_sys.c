/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged input for the parsers of what firmware, devices and the kernel say.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "fake_smbios.h"
#include "fuzz.h"
#include "sys/acpi.h"
#include "sys/kmsg.h"
#include "sys/smbios.h"
#include "sys/spcr.h"

/* What reports and consoles can take. */
static void assert_printable(const char *text, size_t size)
{
	size_t len = strnlen(text, size), i;

	assert_true(len < size);
	for (i = 0; i < len; i++)
		assert_true(text[i] >= ' ' && text[i] <= '~');
}

static void run_acpi(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct acpi_iommu *out = arg;
	_cleanup_free_ uint8_t *table = malloc(len + !len);
	int ret;

	assert_non_null(table);
	memcpy(table, data, len);
	/* A wrong checksum hides everything else from the parser. */
	if (len >= 36 && fuzz_below(r, 8) != 0)
		fake_seal_table(table, len);
	ret = acpi_parse_iommu(table, len, out);
	assert_true(ret == 0 || (ret == -EBADMSG && !seed));
	assert_int_equal(ret == 0, out->error[0] == '\0');
	assert_printable(out->error, sizeof(out->error));
	assert_true(ret < 0 || out->units > 0);
	assert_true(out->length <= len || ret < 0);
	for (unsigned int i = 0; i < out->n_regions && i < ACPI_MAX_REGIONS; i++) {
		assert_printable(out->regions[i].devices, sizeof(out->devices));
		assert_true(ret < 0 || out->regions[i].start <= out->regions[i].end);
	}
}

static void fuzz_acpi(void **state)
{
	uint8_t dmar[256], ivrs[256];
	struct acpi_iommu out;
	struct fuzz_target t = {
		.seeds = { { dmar, fake_dmar(dmar) }, { ivrs, fake_ivrs(ivrs) } },
		.words = { "DMAR", "IVRS", "\x10\x11\x12", "\x40", "\xf0", "\x48" },
		.rounds = 30000,
		.run = run_acpi,
		.arg = &out,
	};

	(void)state;
	fuzz_run(&t);
}

static void run_spcr(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	_cleanup_free_ uint8_t *table = malloc(len + !len);
	struct spcr out;
	int ret;

	(void)arg;
	assert_non_null(table);
	memcpy(table, data, len);
	if (len >= 36 && fuzz_below(r, 8) != 0)
		fake_seal_table(table, len);
	ret = spcr_parse(table, len, &out);
	assert_true(ret == 0 || (ret == -EBADMSG && !seed));
	assert_true(ret == 0 || (out.address == 0 && out.baud == 0));
}

static void fuzz_spcr(void **state)
{
	uint8_t old[80] = "SPCR", new[84] = "SPCR";
	struct fuzz_target t = {
		.seeds = { { old, sizeof(old) }, { new, sizeof(new) } },
		.words = { "SPCR", "\x04", "\x01", "\x12", "\xf8\x02" },
		.rounds = 20000,
		.run = run_spcr,
	};

	(void)state;
	old[8] = 2;
	old[40] = new[40] = 1;
	old[45] = new[45] = 2;
	old[58] = 7;
	new[8] = 4;
	new[81] = 0xc2;
	fake_seal_table(old, sizeof(old));
	fake_seal_table(new, sizeof(new));
	fuzz_run(&t);
}

static void run_smbios(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct smbios *out = arg;
	const int ret = smbios_parse(data, len, out);
	unsigned int i;

	(void)r;
	assert_true(ret == 0 || (ret == -EBADMSG && !seed));
	assert_true(out->n <= SMBIOS_MAX_PLACES && (!seed || out->n == 3));
	for (i = 0; i < out->n; i++) {
		assert_printable(out->places[i].name, sizeof(out->places[i].name));
		assert_true(out->places[i].name[0] != '\0');
		assert_true(out->places[i].addr.dev < 32 && out->places[i].addr.fn < 8);
	}
}

static void fuzz_smbios(void **state)
{
	struct smbios *out = malloc(sizeof(*out));
	struct fake_smbios table = { .len = 0 };
	struct fuzz_target t = {
		.words = { "\x09", "\x29", "\x7f\x04", "\xff\xff", "\x11", "\x0b", "Slot" },
		.rounds = 30000,
		.run = run_smbios,
		.arg = out,
	};

	(void)state;
	assert_non_null(out);
	fake_smbios_add(&table, 0, (const uint8_t[24]){ 0 }, 24, "ACME", "1.2");
	fake_smbios_place(&table, 9, "PCIe 3", 0, 0x18, 0, 0);
	fake_smbios_place(&table, 41, "Onboard LAN 1", 0, 2, 31, 7);
	fake_smbios_place(&table, 9, "Riser 1", 1, 0, 2, 0);
	t.seeds[0] = (struct fuzz_seed){ table.bytes, fake_smbios_end(&table) };
	fuzz_run(&t);
	free(out);
}

static void run_pci_config(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			   void *arg)
{
	/* No more memory than there is data. */
	struct pci_config *cfg = malloc(offsetof(struct pci_config, data) + len);
	struct pci_vf_facts vf;
	struct pci_facts facts;
	int ret;

	(void)r;
	(void)arg;
	assert_non_null(cfg);
	cfg->len = (unsigned int)(len < PCI_CONFIG_SIZE ? len : PCI_CONFIG_SIZE);
	memcpy(cfg->data, data, len);
	ret = pci_decode(cfg, &facts);
	pci_decode_vf(cfg, &vf);
	assert_true(vf.answers || !vf.pcie);
	assert_true(vf.msix <= 2048);
	free(cfg);
	assert_true(ret == 0 || (ret == -ENODEV && !seed));
	assert_true(!seed || facts.has_sriov == (facts.class >> 16 == 2));
	assert_false(facts.has_sriov && (facts.ext_unreadable || !facts.pcie));
	assert_true(facts.bridge || (facts.secondary_bus == 0 && facts.subordinate_bus == 0));
}

static void fuzz_pci_config(void **state)
{
	struct pci_config *pf = calloc(2, sizeof(*pf)), *port = pf + 1;
	struct fuzz_target t = {
		.seeds = { { pf->data, PCI_CONFIG_SIZE }, { port->data, PCI_CONFIG_SIZE } },
		/* Headers of extended capabilities, one that follows itself among them. */
		.words = { "\x10", "\x10\x01\x01\x16", "\x01\x02\x01\x10", "\x0d" },
		.rounds = 6000,
		.run = run_pci_config,
	};

	(void)state;
	assert_non_null(pf);
	fake_config(pf, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(pf, 8, 128, 2, 0x10ca);
	fake_config(port, 0x8086, 0x3c0a, 0x060400);
	fake_config_port(port, 1, 2);
	fuzz_run(&t);
	free(pf);
}

static void run_pci_resource(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			     void *arg)
{
	const struct fake_sysroot *fs = arg;
	struct pci_resource res[13];
	struct pci_addr addr = { .bus = 1 };
	uint64_t value;
	int n;

	(void)r;
	fake_bytes(fs, "sys/bus/pci/devices/0000:01:00.0/resource", data, len);
	n = pci_read_resources(&fs->root, &addr, res, ARRAY_SIZE(res));
	assert_true(n <= (int)ARRAY_SIZE(res));
	assert_true(!seed || n == 3);
	fake_bytes(fs, "sys/bus/pci/devices/0000:01:00.0/class", data, len);
	assert_true(pci_read_attr(&fs->root, &addr, "class", &value) <= 0);
}

static void fuzz_pci_resource(void **state)
{
	static const char text[] = "0x00000000f0000000 0x00000000f001ffff 0x0000000000040200\n"
				   "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
				   "0x000000000000e000 0x000000000000e01f 0x0000000000040101\n";
	struct fuzz_target t = {
		.seeds = { { text, sizeof(text) - 1 } },
		.words = { "0x", "\n", " ", "0xffffffffffffffff" },
		.rounds = 3000,
		.run = run_pci_resource,
		.arg = *state,
	};

	fuzz_run(&t);
}

static void assert_record(const struct kmsg_record *rec)
{
	assert_true(rec->level >= 0 && rec->level <= 7);
	assert_printable(rec->text, sizeof(rec->text));
}

static void run_kmsg(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	_cleanup_close_ int fd = memfd_create("kmsg", MFD_CLOEXEC);
	struct kmsg_record rec;
	unsigned int n = 0;
	int ret = kmsg_parse((const char *)data, len, &rec);

	(void)r;
	(void)arg;
	assert_true(ret == 0 || (ret == -EBADMSG && !seed));
	if (ret == 0)
		assert_record(&rec);
	/* As a recording: every record takes at least a byte, so that the walk ends. */
	assert_true(fd >= 0);
	assert_int_equal(util_write_all(fd, data, len), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while ((ret = kmsg_read(fd, &rec, NULL)) != 0) {
		assert_true(ret == 1 || ret == -EBADMSG);
		if (ret == 1)
			assert_record(&rec);
		assert_true(++n <= len);
	}
	assert_true(!seed || n == 2);
}

static void fuzz_kmsg(void **state)
{
	static const char text[] = "4,339,5140900,-;igb 0000:01:00.0: 7 VFs allocated\n"
				   " SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n"
				   "6,340,5140901,c,caller=T1;a\\x1b[2J\n";
	struct fuzz_target t = {
		.seeds = { { text, sizeof(text) - 1 } },
		.words = { ",", ";", "\n", "\n ", "-", "18446744073709551615" },
		.rounds = 20000,
		.run = run_kmsg,
	};

	(void)state;
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fuzz_acpi),
		cmocka_unit_test(fuzz_spcr),
		cmocka_unit_test(fuzz_smbios),
		cmocka_unit_test(fuzz_pci_config),
		cmocka_unit_test_setup_teardown(fuzz_pci_resource, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test(fuzz_kmsg),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
