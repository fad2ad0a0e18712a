/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMAR and IVRS tables: good ones, cut ones, damaged ones. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/acpi.h"

static uint8_t table[256];
static struct acpi_iommu iommu;

static void test_dmar(void **state)
{
	size_t len = fake_dmar(table);

	(void)state;
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_string_equal(iommu.error, "");
	assert_false(iommu.amd);
	assert_int_equal(iommu.length, len);
	assert_int_equal(iommu.address_width, 46);
	assert_true(iommu.intr_remap && iommu.x2apic_opt_out && !iommu.platform_opt_in);
	assert_int_equal(iommu.units, 1);
	assert_int_equal(iommu.ioapics, 1);
	assert_int_equal(iommu.n_regions, 1);
	assert_int_equal(iommu.regions[0].start, 0xbf000000);
	assert_int_equal(iommu.regions[0].end, 0xbf01ffff);
	assert_string_equal(iommu.regions[0].devices, "00:1c.0:00.0");
}

static void test_ivrs(void **state)
{
	size_t len = fake_ivrs(table);

	(void)state;
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_true(iommu.amd);
	assert_int_equal(iommu.address_width, 48);
	/* Described by two blocks, it is one all the same. */
	assert_int_equal(iommu.units, 1);
	assert_int_equal(iommu.ioapics, 1);
	assert_int_equal(iommu.n_regions, 1);
	assert_int_equal(iommu.regions[0].end, 0xcf00ffff);
	assert_string_equal(iommu.regions[0].devices, "00:14.1");
}

static void assert_malformed(size_t len, const char *error)
{
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), -EBADMSG);
	assert_non_null(strstr(iommu.error, error));
}

static void test_checksum(void **state)
{
	size_t len = fake_dmar(table);

	(void)state;
	table[36]++;
	assert_malformed(len, "checksum");
	fake_seal_table(table, len);
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
}

static void test_structures(void **state)
{
	size_t len = fake_dmar(table);

	(void)state;
	fake_put16(table + 50, 0); /* length of the DRHD */
	fake_seal_table(table, len);
	assert_malformed(len, "structure of 0 bytes");
	fake_put16(table + 50, 4096);
	fake_seal_table(table, len);
	assert_malformed(len, "structure of 4096 bytes");
	fake_dmar(table);
	table[65] = 0; /* length of its device scope */
	fake_seal_table(table, len);
	assert_malformed(len, "device scope of 0 bytes");
	fake_dmar(table);
	fake_put64(table + 56, 0);
	fake_seal_table(table, len);
	assert_malformed(len, "without a register base");
	fake_dmar(table);
	fake_put64(table + 48 + 24 + 16, 0x1000);
	fake_seal_table(table, len);
	assert_malformed(len, "ends before it starts");
	fake_seal_table(table, 48);
	assert_malformed(48, "no remapping unit");
	assert_malformed(20, "only 20 bytes");
	memcpy(table, "FACP", 4);
	assert_malformed(len, "neither");
}

static void test_length_beyond_the_file(void **state)
{
	size_t len = fake_dmar(table);

	(void)state;
	assert_malformed(len - 1, "length");
}

/* Every cut and every changed byte, sealed again, so that the walk itself is tried. */
static void damage(size_t (*make)(uint8_t *buf))
{
	size_t len = make(table), i;
	unsigned int bit;

	for (i = 0; i < len; i++) {
		uint8_t *copy = malloc(i + 1); /* exactly, for the sanitizer */

		assert_non_null(copy);
		memcpy(copy, table, i);
		if (i >= 48)
			fake_seal_table(copy, i);
		assert_true(acpi_parse_iommu(copy, i, &iommu) <= 0);
		free(copy);
	}
	for (i = 36; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			uint8_t *copy = malloc(len);

			assert_non_null(copy);
			memcpy(copy, table, len);
			copy[i] ^= (uint8_t)(1 << bit);
			fake_seal_table(copy, len);
			assert_true(acpi_parse_iommu(copy, len, &iommu) <= 0);
			free(copy);
		}
}

static void test_damaged_dmar(void **state)
{
	(void)state;
	damage(fake_dmar);
}

static void test_damaged_ivrs(void **state)
{
	(void)state;
	damage(fake_ivrs);
}

static void test_many_regions(void **state)
{
	enum { REGIONS = ACPI_MAX_REGIONS + 8, LEN = 48 + 24 + REGIONS * 24 };
	uint8_t *big = calloc(1, LEN);
	unsigned int i;

	(void)state;
	assert_non_null(big);
	fake_dmar(table);
	memcpy(big, table, 48 + 24);
	for (i = 0; i < REGIONS; i++) {
		uint8_t *p = big + 48 + 24 + i * 24;

		fake_put16(p, 1);
		fake_put16(p + 2, 24);
		fake_put64(p + 8, 0x1000 * i);
		fake_put64(p + 16, 0x1000 * i + 0xfff);
	}
	fake_seal_table(big, LEN);
	assert_int_equal(acpi_parse_iommu(big, LEN, &iommu), 0);
	assert_int_equal(iommu.n_regions, REGIONS);
	assert_int_equal(iommu.regions[ACPI_MAX_REGIONS - 1].start,
			 0x1000 * (ACPI_MAX_REGIONS - 1));
	free(big);
}

/*
 * A region for many devices, as some servers have it for their management processor: each is there
 * with its whole path, however many bridges lead to it.
 */
static void test_many_devices(void **state)
{
	enum { HOPS = 6, SCOPE = 6 + HOPS * 2, DEVICES = 12, LEN = 48 + 24 + 24 + DEVICES * SCOPE };
	static const char begin[] = "00:10.0:10.1:10.2:10.3:10.4:10.5 "
				    "00:11.0:11.1:11.2:11.3:11.4:11.5:* 00:12.0:";
	uint8_t *big = calloc(1, LEN), *p;
	unsigned int i, k;

	(void)state;
	assert_non_null(big);
	fake_dmar(table);
	memcpy(big, table, 48 + 24);
	p = big + 48 + 24;
	fake_put16(p, 1);
	fake_put16(p + 2, 24 + DEVICES * SCOPE);
	fake_put64(p + 8, 0x1000);
	fake_put64(p + 16, 0x1fff);
	for (i = 0, p += 24; i < DEVICES; i++, p += SCOPE) {
		p[0] = i == 1 ? 2 : 1; /* a bridge, and all behind it */
		p[1] = SCOPE;
		for (k = 0; k < HOPS; k++) {
			p[6 + k * 2] = (uint8_t)(0x10 + i);
			p[7 + k * 2] = (uint8_t)k;
		}
	}
	fake_seal_table(big, LEN);
	assert_int_equal(acpi_parse_iommu(big, LEN, &iommu), 0);
	assert_int_equal(iommu.regions[0].n_devices, DEVICES);
	assert_int_equal(iommu.regions[0].n_left_out, 0);
	assert_int_equal(strncmp(iommu.regions[0].devices, begin, strlen(begin)), 0);
	assert_non_null(strstr(iommu.regions[0].devices, " 00:1b.0:1b.1:1b.2:1b.3:1b.4:1b.5"));
	free(big);
}

/* More devices than there is room for are counted. */
static void test_too_many_devices(void **state)
{
	enum { DEVICES = 3000, LEN = 48 + 24 + 24 + DEVICES * 8 };
	uint8_t *big = calloc(1, LEN), *p;
	unsigned int i;

	(void)state;
	assert_non_null(big);
	fake_dmar(table);
	memcpy(big, table, 48 + 24);
	p = big + 48 + 24;
	fake_put16(p, 1);
	fake_put16(p + 2, 24 + DEVICES * 8);
	fake_put64(p + 16, 0xfff);
	for (i = 0, p += 24; i < DEVICES; i++, p += 8) {
		p[0] = 1;
		p[1] = 8;
	}
	fake_seal_table(big, LEN);
	assert_int_equal(acpi_parse_iommu(big, LEN, &iommu), 0);
	assert_int_equal(iommu.regions[0].n_devices + iommu.regions[0].n_left_out, DEVICES);
	assert_true(iommu.regions[0].n_left_out > 0);
	assert_int_equal(strlen(iommu.regions[0].devices), iommu.regions[0].n_devices * 8 - 1);
	free(big);
}

static void test_irq_remap(void **state)
{
	size_t len = fake_dmar(table);

	(void)state;
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_null(acpi_why_no_irq_remap(&iommu));
	table[48 + 16] = 1; /* the unit's I/O APIC becomes an endpoint */
	fake_seal_table(table, len);
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_string_equal(acpi_why_no_irq_remap(&iommu), "DMAR without I/O APIC");
	table[37] = 2;
	fake_seal_table(table, len);
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_string_equal(acpi_why_no_irq_remap(&iommu), "DMAR without INTR_REMAP");
	len = fake_ivrs(table);
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_null(acpi_why_no_irq_remap(&iommu));
	table[48 + 24 + 7] = table[48 + 32 + 40 + 7] = 2; /* HPETs */
	fake_seal_table(table, len);
	assert_int_equal(acpi_parse_iommu(table, len, &iommu), 0);
	assert_string_equal(acpi_why_no_irq_remap(&iommu), "IVRS without I/O APIC");
}

static void test_read(void **state)
{
	struct fake_sysroot *fs = *state;
	size_t len = fake_ivrs(table);

	assert_int_equal(acpi_read_iommu(&fs->root, "IVRS", &iommu), -ENOENT);
	fake_bytes(fs, "sys/firmware/acpi/tables/IVRS", table, len);
	assert_int_equal(acpi_read_iommu(&fs->root, "IVRS", &iommu), 0);
	assert_int_equal(iommu.units, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dmar),
		cmocka_unit_test(test_ivrs),
		cmocka_unit_test(test_checksum),
		cmocka_unit_test(test_structures),
		cmocka_unit_test(test_length_beyond_the_file),
		cmocka_unit_test(test_damaged_dmar),
		cmocka_unit_test(test_damaged_ivrs),
		cmocka_unit_test(test_many_regions),
		cmocka_unit_test(test_many_devices),
		cmocka_unit_test(test_too_many_devices),
		cmocka_unit_test(test_irq_remap),
		cmocka_unit_test_setup_teardown(test_read, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
