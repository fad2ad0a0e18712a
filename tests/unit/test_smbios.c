/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where ports are: SMBIOS tables, and the one text that names a place. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "fake_smbios.h"
#include "sys/inventory.h"
#include "sys/smbios.h"

#define DMI "sys/firmware/dmi/tables/DMI"

static struct inventory inv;

static void assert_place(const struct smbios_place *p, enum smbios_kind kind, const char *address,
			 const char *name)
{
	char a[PCI_ADDR_STRLEN];

	assert_int_equal(p->kind, kind);
	assert_string_equal(pci_addr_format(&p->addr, a), address);
	assert_string_equal(p->name, name);
}

static void test_table(void **state)
{
	struct fake_smbios t = { .len = 0 };
	struct smbios s;

	(void)state;
	fake_smbios_add(&t, 0, (const uint8_t[24]){ 0 }, 24, "ACME", "1.2");
	fake_smbios_place(&t, 9, "PCIe 3", 0, 0x18, 0, 0);
	fake_smbios_place(&t, 41, " Onboard LAN 1 ", 0x1234, 2, 31, 7);
	/* Not a PCI device, and names that are none. */
	fake_smbios_place(&t, 9, "DIMM riser", 0xffff, 0xff, 31, 7);
	fake_smbios_place(&t, 9, "To be filled by O.E.M.", 0, 3, 0, 0);
	fake_smbios_place(&t, 9, NULL, 0, 4, 0, 0);
	/* An old one, which ends before the address. */
	fake_smbios_add(&t, 9, (const uint8_t[13]){ [4] = 1 }, 13, "ISA 1", NULL);
	fake_smbios_place(&t, 9, "Slot\xc3\xa9\x1b[2J", 0, 5, 0, 0);
	fake_smbios_end(&t);
	/* What stands behind the end counts no more. */
	fake_smbios_place(&t, 9, "beyond", 0, 6, 0, 0);
	assert_int_equal(smbios_parse(t.bytes, t.len, &s), 0);
	assert_int_equal(s.n, 3);
	assert_place(&s.places[0], SMBIOS_SLOT, "0000:18:00.0", "PCIe 3");
	assert_place(&s.places[1], SMBIOS_ONBOARD, "1234:02:1f.7", "Onboard LAN 1");
	assert_place(&s.places[2], SMBIOS_SLOT, "0000:05:00.0", "Slot???[2J");
}

/* Cut at every byte: what is whole is found, and nothing is read behind the end. */
static void test_cut_table(void **state)
{
	struct fake_smbios t = { .len = 0 };
	struct smbios s;
	size_t first, second, len, i;

	(void)state;
	fake_smbios_place(&t, 9, "PCIe 3", 0, 0x18, 0, 0);
	first = t.len;
	fake_smbios_place(&t, 41, "LAN", 0, 2, 0, 0);
	second = t.len;
	len = fake_smbios_end(&t);
	for (i = 0; i <= len; i++) {
		/* Without a structure that says so, a table ends where it ends. */
		const bool whole = i == 0 || i == first || i == second || i == len;
		uint8_t *exact = malloc(i + !i);

		assert_non_null(exact);
		memcpy(exact, t.bytes, i);
		assert_int_equal(smbios_parse(exact, i, &s), whole ? 0 : -EBADMSG);
		assert_int_equal(s.n, (i >= first) + (i >= second));
		free(exact);
	}
}

static void test_damaged_table(void **state)
{
	struct fake_smbios t = { .len = 0 };
	struct smbios s;
	size_t second;

	(void)state;
	fake_smbios_place(&t, 9, "PCIe 3", 0, 0x18, 0, 0);
	second = t.len;
	fake_smbios_place(&t, 9, "PCIe 4", 0, 0x19, 0, 0);
	fake_smbios_end(&t);
	t.bytes[second + 1] = 0; /* a structure of no length would never end */
	assert_int_equal(smbios_parse(t.bytes, t.len, &s), -EBADMSG);
	assert_int_equal(s.n, 1);
	t.bytes[second + 1] = 0xff;
	assert_int_equal(smbios_parse(t.bytes, t.len, &s), -EBADMSG);
	t.bytes[second + 1] = 0x11;
	t.bytes[second + 4] = 9; /* a string that is not there */
	assert_int_equal(smbios_parse(t.bytes, t.len, &s), 0);
	assert_int_equal(s.n, 1);
}

static void test_too_many(void **state)
{
	static uint8_t bytes[(SMBIOS_MAX_PLACES + 10) * 32];
	struct smbios *s = malloc(sizeof(*s));
	size_t len = 0;
	unsigned int i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < SMBIOS_MAX_PLACES + 10; i++) {
		struct fake_smbios t = { .len = 0 };

		fake_smbios_place(&t, 9, "S1", 0, 1, 0, 0);
		memcpy(bytes + len, t.bytes, t.len);
		len += t.len;
	}
	assert_int_equal(smbios_parse(bytes, len, s), 0);
	assert_int_equal(s->n, SMBIOS_MAX_PLACES);
	free(s);
}

static const struct nic *scan(const struct fake_sysroot *fs, const struct fake_smbios *t)
{
	if (t)
		fake_bytes(fs, DMI, t->bytes, t->len);
	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, 1);
	return &inv.nics[0];
}

/* The NIC is 0000:01:00.0, below the root port 0000:00:1c.0. */
static void test_place_of_slot(void **state)
{
	struct fake_sysroot *fs = *state;
	struct fake_smbios t = { .len = 0 }, near;
	const struct nic *n;

	fake_add_igb(fs, "eth0");
	n = scan(fs, NULL);
	assert_string_equal(n->place, "");
	fake_file(fs, "sys/bus/pci/slots/3-1/address", "0000:01:00\n");
	n = scan(fs, NULL);
	assert_string_equal(n->place, "slot 3-1");
	/* The slot of another port says nothing, nor does another function of the same bridge. */
	fake_smbios_place(&t, 9, "PCIe 9", 0, 0x00, 0x1d, 0);
	fake_smbios_place(&t, 9, "PCIe 8", 0, 0x00, 0x1c, 1);
	n = scan(fs, &t);
	assert_string_equal(n->slot_name, "");
	/* By the port that the slot is behind; the card's own address counts more. */
	fake_smbios_place(&t, 9, "PCIe 3", 0, 0x00, 0x1c, 0);
	n = scan(fs, &t);
	assert_string_equal(n->slot_name, "PCIe 3");
	assert_string_equal(n->place, "slot PCIe 3");
	near = t;
	fake_smbios_place(&near, 9, "Riser 2 Slot 1", 0, 0x01, 0, 0);
	n = scan(fs, &near);
	assert_string_equal(n->place, "Riser 2 Slot 1");
	fake_file(fs, "sys/class/net/eth0/dev_port", "0\n");
	n = scan(fs, &t);
	assert_int_equal(n->dev_port, 0);
	assert_string_equal(n->place, "slot PCIe 3");
	fake_file(fs, "sys/class/net/eth0/dev_port", "1\n");
	n = scan(fs, &t);
	assert_string_equal(n->place, "slot PCIe 3, port index 1");
	fake_file(fs, "sys/class/net/eth0/phys_port_name", "p1\n");
	n = scan(fs, &t);
	assert_string_equal(n->place, "slot PCIe 3, port p1");
}

static void test_place_onboard(void **state)
{
	struct fake_sysroot *fs = *state;
	struct fake_smbios t = { .len = 0 };
	const struct nic *n;

	fake_add_igb(fs, "eth0");
	/* A label is of one function alone. */
	fake_smbios_place(&t, 41, "LAN 2", 0, 0x01, 0, 1);
	n = scan(fs, &t);
	assert_string_equal(n->label, "");
	fake_smbios_place(&t, 41, "LAN 1", 0, 0x01, 0, 0);
	n = scan(fs, &t);
	assert_string_equal(n->label, "LAN 1");
	assert_string_equal(n->place, "LAN 1");
	/* What the kernel has made of ACPI and SMBIOS wins. */
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/label", "Default string\n");
	n = scan(fs, &t);
	assert_string_equal(n->label, "LAN 1");
	fake_file(fs, "sys/bus/pci/devices/0000:01:00.0/label", "Integrated NIC 1\n");
	n = scan(fs, &t);
	assert_string_equal(n->place, "Integrated NIC 1");
}

static void test_place_in_json(void **state)
{
	struct fake_sysroot *fs = *state;
	struct fake_smbios t = { .len = 0 };
	json_t *j, *nic;

	fake_add_igb(fs, "eth0");
	fake_smbios_place(&t, 9, "PCIe 3", 0, 0x01, 0, 0);
	scan(fs, &t);
	j = inventory_to_json(&inv);
	nic = json_array_get(json_object_get(j, "nics"), 0);
	assert_string_equal(json_string_value(json_object_get(nic, "place")), "slot PCIe 3");
	assert_string_equal(json_string_value(json_object_get(nic, "slot_name")), "PCIe 3");
	assert_string_equal(json_string_value(json_object_get(nic, "label")), "");
	assert_true(json_is_null(json_object_get(nic, "dev_port")));
	assert_string_equal(json_string_value(json_object_get(nic, "permanent_mac")), "");
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_cut_table),
		cmocka_unit_test(test_damaged_table),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test_setup_teardown(test_place_of_slot, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_place_onboard, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_place_in_json, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
