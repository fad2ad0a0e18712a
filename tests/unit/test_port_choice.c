/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setting "ports": which ports are taken, and what is said of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "model/port_choice.h"
#include "sys/inventory.h"

static struct inventory inv;

static void add(const char *addr, const char *mac, const char *driver, bool carrier)
{
	struct nic *n = &inv.nics[inv.n_nics++];

	assert_int_equal(pci_addr_parse(addr, &n->addr), 0);
	strcpy(n->mac, mac);
	strcpy(n->driver, driver);
	n->carrier = carrier;
	n->sysfs_total_vfs = 7;
}

/* Four ports; the second and the last have no link. */
static int setup(void **state)
{
	(void)state;
	memset(&inv, 0, sizeof(inv));
	add("0000:01:00.0", "52:54:00:00:00:0a", "igb", true);
	add("0000:01:00.1", "52:54:00:00:00:0b", "igb", false);
	add("0000:81:00.0", "52:54:00:00:00:0c", "ixgbe", true);
	add("0001:81:00.0", "", "", false);
	return 0;
}

static void test_which(void **state)
{
	static const struct {
		const char *setting;
		const char *taken; /* a digit for each port */
	} rows[] = {
		{ "all", "1111" },
		{ "linked", "1010" },
		{ "0000:01:00.1", "0100" },
		{ "81:00.0", "0010" }, /* without a domain, the first is meant */
		{ "*:81:00.0", "0011" },
		{ "0000:01:00.*", "1100" },
		{ "52:54:00:00:00:0C", "0010" },
		{ "52:54:*", "1110" },
		{ "igb", "1100" },
		{ "i*", "1110" },
		{ "igb,0001:81:00.0", "1101" },
		{ "-igb", "0011" },
		{ "linked,-ixgbe", "1000" },
		{ "-ixgbe,linked", "1000" },
		{ "igb,-0000:01:00.0", "0100" },
		{ "-0000:01:00.0,-52:54:00:00:00:0b", "0011" },
		{ "all,-*", "0000" },
		{ "linked,0000:01:00.1", "1110" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char taken[5] = "";

		setup(state);
		assert_true(port_choice_is_valid(rows[i].setting));
		port_choice_apply(rows[i].setting, false, &inv);
		port_choice_apply(rows[i].setting, true, &inv);
		for (unsigned int k = 0; k < 4; k++)
			taken[k] = inv.nics[k].left_out[0] ? '0' : '1';
		if (strcmp(taken, rows[i].taken) != 0)
			fail_msg("%s: %s, expected %s", rows[i].setting, taken, rows[i].taken);
	}
}

/* As long as no link is known, none is missing; what is left out does not come back. */
static void test_reason(void **state)
{
	(void)state;
	port_choice_apply("linked,-ixgbe", false, &inv);
	assert_string_equal(inv.nics[1].left_out, "");
	assert_string_equal(inv.nics[2].left_out, "left out by the settings");
	assert_false(inventory_nic_is_pf(&inv.nics[2]));
	port_choice_apply("linked,-ixgbe", true, &inv);
	assert_string_equal(inv.nics[1].left_out, "left out, no link");
	assert_string_equal(inv.nics[2].left_out, "left out by the settings");
	assert_true(inventory_nic_is_pf(&inv.nics[0]));
}

static void test_unmatched(void **state)
{
	const char *pos = "igb,0000:01:00.7,linked,-e1000e,52:*";
	char text[64];

	(void)state;
	assert_true(port_choice_unmatched(&pos, &inv, text, sizeof(text)));
	assert_string_equal(text, "0000:01:00.7");
	assert_true(port_choice_unmatched(&pos, &inv, text, sizeof(text)));
	assert_string_equal(text, "-e1000e");
	assert_false(port_choice_unmatched(&pos, &inv, text, sizeof(text)));
}

static void test_valid(void **state)
{
	static const char *const bad[] = { "",	    ",",	  "igb,",     ",igb",  "igb,,ixgbe",
					   "-",	    "-all",	  "-linked",  "eth 0", "a;b",
					   "igb,-", "igb\nixgbe", "\xc3\xa9", "igb,\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (port_choice_is_valid(bad[i]))
			fail_msg("'%s' is taken for a choice of ports", bad[i]);
	assert_true(port_choice_asks_link("igb,linked"));
	assert_false(port_choice_asks_link("all,link*"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_which, setup),
		cmocka_unit_test_setup(test_reason, setup),
		cmocka_unit_test_setup(test_unmatched, setup),
		cmocka_unit_test_setup(test_valid, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
