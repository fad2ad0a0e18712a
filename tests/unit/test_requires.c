/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cases require of other ports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "cases/requires.h"
#include "sys/inventory.h"

static struct inventory inv;
static struct settings settings;

/* A port that reaches no SR-IOV port: is that how it is, or is something between them missing? */
static void test_second_pf(void **state)
{
	static const struct {
		const char *what;
		int peer; /* of port 0; port 1 is a PF, port 2 is none */
		uint64_t others;
		enum wire_setting wire;
		bool met, owed;
	} rows[] = {
		{ "a PF is the peer", 1, 1 << 1, WIRE_AUTO, true, true },
		{ "a PF has a carrier, and no frame passes", -1, 1 << 1, WIRE_AUTO, false, true },
		{ "and so it is meant to be", -1, 1 << 1, WIRE_NONE, false, false },
		{ "no other port has a carrier", -1, 0, WIRE_AUTO, false, false },
		{ "only a plain port has one", -1, 1 << 2, WIRE_AUTO, false, false },
		{ "the peer is a plain port", 2, 1 << 2, WIRE_AUTO, false, false },
		{ "and a PF is not reached", 2, 1 << 1 | 1 << 2, WIRE_AUTO, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ctx ctx = { .inv = &inv, .pf = &inv.nics[0], .settings = &settings };
		char why[360] = "";

		settings_init(&settings);
		settings.wire = rows[i].wire;
		memset(&inv, 0, sizeof(inv));
		inv.n_nics = 3;
		inv.nics[0].sysfs_total_vfs = inv.nics[1].sysfs_total_vfs = 7;
		inv.nics[2].sysfs_total_vfs = -1;
		inv.nics[0].peer = rows[i].peer;
		inv.nics[0].others = rows[i].others;
		strcpy(inv.nics[0].wire, "because");
		strcpy(inv.nics[1].driver, "igb");
		if (req_second_pf.met(&ctx, why, sizeof(why)) != rows[i].met ||
		    req_second_pf.owed(&ctx) != rows[i].owed)
			fail_msg("%s", rows[i].what);
		if (!rows[i].met && rows[i].peer < 0)
			assert_non_null(strstr(why, "because"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_pf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
