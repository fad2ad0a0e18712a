/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network links, on a pair of virtual ones in a network namespace of the test's own. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/ethtool.h"
#include "sys/link.h"
#include "sys/link_vf.h"

static bool have_veth;

static int make_veth(void **state)
{
	(void)state;
	have_veth = fake_netns() && fake_veth("vft0", "vft1") == 0;
	return 0;
}

static void need_veth(void)
{
	if (!have_veth) {
		print_message("no network namespace or no veth here: not tested\n");
		skip();
	}
}

static void test_get(void **state)
{
	struct link_info info;

	(void)state;
	need_veth();
	assert_int_equal(link_get("vft0", &info), 0);
	assert_string_equal(info.ifname, "vft0");
	assert_true(info.ifindex > 0);
	assert_int_equal(info.mtu, 1500);
	assert_false(info.admin_up);
	assert_true(link_mac_valid(info.mac));
	assert_int_equal(link_get("none", &info), -ENODEV);
}

static void test_up_and_carrier(void **state)
{
	struct link_info info;

	(void)state;
	need_veth();
	assert_int_equal(link_wait_carrier("vft0", 2000), 0);
	assert_int_equal(link_get("vft0", &info), 0);
	assert_true(info.admin_up && info.carrier);
	assert_int_equal(info.speed_mbps, 10000); /* what veth says of itself */
	assert_string_equal(info.duplex, "full");
	assert_int_equal(link_set_up("vft1", false), 0);
	assert_int_equal(link_wait_carrier("vft0", 50), -ETIMEDOUT);
	assert_int_equal(link_set_up("vft1", true), 0);
	assert_int_equal(link_wait_carrier("vft0", 2000), 0);
	assert_int_equal(link_set_up("none", true), -ENODEV);
}

static void test_send(void **state)
{
	struct link_info before, after;

	(void)state;
	need_veth();
	assert_int_equal(link_wait_carrier("vft0", 2000), 0);
	assert_int_equal(link_get("vft1", &before), 0);
	assert_int_equal(link_send_frames("vft0", 5, 2000), 0);
	assert_int_equal(link_get("vft1", &after), 0);
	assert_true(after.rx_packets >= before.rx_packets + 5);
	assert_int_equal(link_set_up("vft0", false), 0);
	assert_int_equal(link_send_frames("vft0", 1, 50), -ENETDOWN);
}

static void test_driver_facts(void **state)
{
	char driver[32], version[32], firmware[64], bus_info[32];

	(void)state;
	need_veth();
	assert_int_equal(ethtool_get_drvinfo("vft0", driver, version, firmware, bus_info), 0);
	assert_string_equal(driver, "veth");
	assert_int_equal(ethtool_get_drvinfo("none", driver, version, firmware, bus_info), -ENODEV);
	assert_string_equal(driver, "");
	/* A virtual port has no link modes. */
	assert_int_equal(ethtool_max_speed("vft0"), -ENODATA);
	assert_int_equal(ethtool_max_speed("none"), -ENODEV);
}

static void test_vf_mac_needs_vfs(void **state)
{
	uint8_t mac[6] = { 2, 0, 0, 0, 0, 1 };
	struct link_vf_policy policy;

	(void)state;
	need_veth();
	assert_int_equal(link_set_vf_mac("vft0", 0, mac), -EOPNOTSUPP);
	assert_int_equal(link_get_vf_mac("vft0", 0, mac), -ENOENT);
	assert_int_equal(link_set_vf_trust("vft0", 0, true), -EOPNOTSUPP);
	assert_int_equal(link_set_vf_spoofchk("vft0", 0, false), -EOPNOTSUPP);
	assert_int_equal(link_get_vf_policy("vft0", 0, &policy), -ENOENT);
	assert_int_equal(policy.trust, -1);
	assert_int_equal(policy.spoofchk, -1);
}

static void test_set_mac(void **state)
{
	const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 }, multicast[6] = { 1, 0, 0x5e, 0, 0, 1 };
	struct link_info info;

	(void)state;
	need_veth();
	assert_int_equal(link_set_mac("vft0", mac), 0);
	assert_int_equal(link_get("vft0", &info), 0);
	assert_memory_equal(info.mac, mac, 6);
	assert_int_equal(link_set_mac("vft0", multicast), -EADDRNOTAVAIL);
	assert_int_equal(link_set_mac("none", mac), -ENODEV);
}

static void test_mode_names(void **state)
{
	(void)state;
	assert_int_equal(ethtool_mode_speed("10baseT/Half"), 10);
	assert_int_equal(ethtool_mode_speed("2500baseT/Full"), 2500);
	assert_int_equal(ethtool_mode_speed("400000baseLR4_ER4_FR4/Full"), 400000);
	assert_int_equal(ethtool_mode_speed("Autoneg"), 0);
	assert_int_equal(ethtool_mode_speed("1000"), 0);
	assert_int_equal(ethtool_mode_speed(""), 0);
}

static void test_macs(void **state)
{
	const uint8_t good[6] = { 0x02, 0, 0, 0, 0, 0xfe }, zero[6] = { 0 },
		      multicast[6] = { 0x01, 0, 0x5e, 0, 0, 1 };
	char text[18];

	(void)state;
	assert_true(link_mac_valid(good));
	assert_false(link_mac_valid(zero));
	assert_false(link_mac_valid(multicast));
	assert_string_equal(link_mac_format(good, text), "02:00:00:00:00:fe");
}

static void test_find(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct pci_addr nic = { 0, 1, 0, 0 }, none = { 0, 9, 0, 0 };
	char ifname[IFNAMSIZ];

	assert_int_equal(netdev_find(&fs->root, &none, ifname), -ENODEV);
	fake_dir(fs, "sys/bus/pci/devices/0000:01:00.0");
	assert_int_equal(netdev_find(&fs->root, &nic, ifname), 0);
	assert_string_equal(ifname, "");
	fake_dir(fs, "sys/bus/pci/devices/0000:01:00.0/virtio3/net/eth7");
	assert_int_equal(netdev_find(&fs->root, &nic, ifname), 0);
	assert_string_equal(ifname, "eth7");
	fake_dir(fs, "sys/bus/pci/devices/0000:01:00.0/net/eth2");
	fake_dir(fs, "sys/bus/pci/devices/0000:01:00.0/net/eth1");
	assert_int_equal(netdev_find(&fs->root, &nic, ifname), 0);
	assert_string_equal(ifname, "eth1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_up_and_carrier),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_driver_facts),
		cmocka_unit_test(test_vf_mac_needs_vfs),
		cmocka_unit_test(test_set_mac),
		cmocka_unit_test(test_mode_names),
		cmocka_unit_test(test_macs),
		cmocka_unit_test_setup_teardown(test_find, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, make_veth, NULL);
}
