/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports reach each other: probe frames over veth pairs, and the choice of peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "run/reach.h"
#include "fake_sysroot.h"
#include "sys/inventory.h"
#include "sys/link.h"

static struct inventory inv;

/* Two wires: a0 - a1 and b0 - b1. The first end of each is down. */
static int setup_wires(void **state)
{
	static bool works;

	*state = &works;
	works = fake_netns() && fake_veth("a0", "a1") == 0 && fake_veth("b0", "b1") == 0;
	if (!works)
		print_message("no network namespace with veth pairs here\n");
	return 0;
}

#define NEED_WIRES(state)               \
	do {                            \
		if (!*(bool *)*(state)) \
			skip();         \
	} while (0)

static bool is_up(const char *ifname)
{
	struct link_info info;

	assert_int_equal(link_get(ifname, &info), 0);
	return info.admin_up;
}

static void test_two_wires(void **state)
{
	struct reach_port ports[] = {
		{ .ifname = "a0" }, { .ifname = "b0" },	    { .ifname = "" },
		{ .ifname = "b1" }, { .ifname = "nosuch" }, { .ifname = "a1" },
	};
	uint64_t start = util_now_ms();

	NEED_WIRES(state);
	reach_probe(ports, ARRAY_SIZE(ports), 5000, 5000);
	assert_int_equal(ports[0].reaches, 1 << 5);
	assert_int_equal(ports[5].reaches, 1 << 0);
	assert_int_equal(ports[1].reaches, 1 << 3);
	assert_int_equal(ports[3].reaches, 1 << 1);
	assert_int_equal(ports[2].reaches | ports[4].reaches, 0);
	/* It ends soon after all have found each other. */
	assert_true(util_now_ms() - start < 4000);
	assert_false(is_up("a0"));
	assert_true(is_up("a1"));
}

/* Ports that are up, have a carrier, and hear nobody. */
static void test_no_wire_between(void **state)
{
	struct reach_port ports[] = { { .ifname = "a0" }, { .ifname = "b0" } };

	NEED_WIRES(state);
	reach_probe(ports, ARRAY_SIZE(ports), 5000, 300);
	assert_true(ports[0].carrier && ports[1].carrier);
	assert_int_equal(ports[0].reaches | ports[1].reaches, 0);
}

static void test_without_carrier(void **state)
{
	struct reach_port ports[] = { { .ifname = "a0" }, { .ifname = "a1" }, { .ifname = "b0" } };

	NEED_WIRES(state);
	assert_int_equal(link_set_up("b1", false), 0);
	reach_probe(ports, ARRAY_SIZE(ports), 300, 5000);
	assert_false(ports[2].carrier);
	assert_int_equal(ports[2].reaches, 0);
	/* It does not keep the others from each other. */
	assert_int_equal(ports[0].reaches, 1 << 1);
	assert_int_equal(ports[1].reaches, 1 << 0);
}

/* A port for each letter: P an SR-IOV PF, n a plain NIC. All reach each other. */
static void set_nics(const char *kinds)
{
	memset(&inv, 0, sizeof(inv));
	for (; kinds[inv.n_nics]; inv.n_nics++)
		inv.nics[inv.n_nics].sysfs_total_vfs = kinds[inv.n_nics] == 'P' ? 7 : -1;
	for (unsigned int i = 0; i < inv.n_nics; i++)
		inv.nics[i].reaches = ((UINT64_C(1) << inv.n_nics) - 1) & ~(UINT64_C(1) << i);
}

static void test_peers(void **state)
{
	static const struct {
		const char *kinds;
		int peers[5];
	} rows[] = {
		{ "PP", { 1, 0 } },
		{ "PPPP", { 1, 0, 3, 2 } }, /* pairs, so that both can be used at a time */
		{ "PPP", { 1, 0, 0 } },
		{ "nPnP", { 1, 3, 1, 1 } }, /* a PF before a plain NIC */
		{ "nP", { 1, 0 } },
		{ "P", { -1 } },
	};

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(rows); r++) {
		set_nics(rows[r].kinds);
		reach_choose_peers(&inv);
		for (unsigned int i = 0; i < inv.n_nics; i++)
			if (inv.nics[i].peer != rows[r].peers[i])
				fail_msg("%s: the peer of %u is %d", rows[r].kinds, i,
					 inv.nics[i].peer);
	}
}

/* Frames that go one way only are of no use. */
static void test_one_way_is_no_peer(void **state)
{
	(void)state;
	set_nics("PP");
	inv.nics[0].reaches = 0;
	reach_choose_peers(&inv);
	assert_int_equal(inv.nics[0].peer, -1);
	assert_int_equal(inv.nics[1].peer, -1);
}

/* The netdevs of a fake tree are not those of this machine. */
static void test_fake_tree_is_not_probed(void **state)
{
	struct fake_sysroot *fs = *state;

	set_nics("PP");
	strcpy(inv.nics[0].ifname, "a0");
	strcpy(inv.nics[1].ifname, "a1");
	assert_int_equal(reach_find(&fs->root, &inv, NULL), 0);
	assert_int_equal(inv.nics[0].peer, -1);
	assert_int_equal(inv.nics[0].reaches, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_two_wires, setup_wires),
		cmocka_unit_test_setup(test_no_wire_between, setup_wires),
		cmocka_unit_test_setup(test_without_carrier, setup_wires),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_one_way_is_no_peer),
		cmocka_unit_test_setup_teardown(test_fake_tree_is_not_probed, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
