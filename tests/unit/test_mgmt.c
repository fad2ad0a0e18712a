/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management port: which one it is, what DHCP may say, and addresses on links of a network
 * namespace of the test's own.
 */
#include "core_fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include "model/settings.h"
#include "fake_sysroot.h"
#include "fuzz.h"
#include "sys/address.h"
#include "sys/link.h"
#include "report/mgmt.h"

static void lease(void **state)
{
	static const struct {
		const char *text;
		int ret;
		const char *address, *gateway, *dns;
		unsigned int prefix_len;
	} cases[] = {
		{ "address 192.0.2.7\nprefix 24\ngateway 192.0.2.1\ndns 192.0.2.2\n", 0,
		  "192.0.2.7", "192.0.2.1", "192.0.2.2", 24 },
		{ "address 192.0.2.7\nprefix 24\ngateway \ndns \n", 0, "192.0.2.7", "", "", 24 },
		{ "address 192.0.2.7\nprefix 24\ndns $(reboot)", 0, "192.0.2.7", "", "", 24 },
		{ "address 0.0.0.0\nprefix 24\n", -EBADMSG, "", "", "", 24 },
		{ "address 192.0.2.7\nprefix 99\n", -EBADMSG, "192.0.2.7", "", "", 0 },
		{ "prefix 24\naddress 192.0.2.7777777777777777777777777777777777777777777777777",
		  -EBADMSG, "", "", "", 24 },
		{ "", -EBADMSG, "", "", "", 0 },
	};
	struct mgmt_lease l;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(mgmt_parse_lease(cases[i].text, &l), cases[i].ret);
		assert_string_equal(l.address, cases[i].address);
		assert_string_equal(l.gateway, cases[i].gateway);
		assert_string_equal(l.dns, cases[i].dns);
		assert_int_equal(l.prefix_len, cases[i].prefix_len);
	}
}

static void run_lease(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct mgmt_lease l;
	struct in_addr addr;
	int ret = mgmt_parse_lease((const char *)data, &l);

	(void)len;
	(void)r;
	(void)arg;
	assert_true(!seed || ret == 0);
	assert_true(ret < 0 || inet_pton(AF_INET, l.address, &addr) == 1);
	assert_true(l.prefix_len <= 32);
}

static void fuzz_lease(void **state)
{
	static const char good[] =
		"address 192.0.2.7\nprefix 24\ngateway 192.0.2.1\ndns 192.0.2.2\n";
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 } },
		.words = { "\n", "address ", "prefix ", "dns ", "255.255.255.255", " " },
		.rounds = 4000,
		.text = true,
		.run = run_lease,
	};

	(void)state;
	fuzz_run(&t);
}

static void which_port(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	struct nic *nic = &inv->nics[0];

	(void)state;
	util_strlcpy(nic->mac, sizeof(nic->mac), "52:54:00:76:66:0a");
	assert_ptr_equal(mgmt_find_nic(inv, FAKE_PF), nic);
	assert_ptr_equal(mgmt_find_nic(inv, "52:54:00:76:66:0A"), nic);
	assert_null(mgmt_find_nic(inv, "52:54:00:76:66:0b"));
	assert_null(mgmt_find_nic(inv, "0000:7f:00.0"));
	assert_null(mgmt_find_nic(inv, "BOOTIF"));
	util_strlcpy(inv->host.boot_mac, sizeof(inv->host.boot_mac), nic->mac);
	assert_ptr_equal(mgmt_find_nic(inv, "BOOTIF"), nic);
	nic->mac[0] = '\0';
	assert_null(mgmt_find_nic(inv, "BOOTIF"));
}

static void settings(void **state)
{
	static const struct {
		const char *cmdline;
		bool good;
	} cases[] = {
		{ "vfproof.mgmt=BOOTIF", true },
		{ "vfproof.mgmt=52:54:00:76:66:0a", true },
		{ "vfproof.mgmt=0000:18:00.0", true },
		{ "vfproof.mgmt=eth0", false },
		{ "vfproof.mgmt=52:54:00:76:66:0", false },
		{ "vfproof.mgmt_ip=dhcp", true },
		{ "vfproof.mgmt_ip=192.0.2.7/24", true },
		{ "vfproof.mgmt_ip=192.0.2.7", false },
		{ "vfproof.mgmt_ip=192.0.2.7/33", false },
		{ "vfproof.mgmt_ip=192.0.2.7/0", false },
		{ "vfproof.mgmt_ip=192.0.2/24", false },
		{ "vfproof.mgmt_ip=192.0.2.7777777777777/24", false },
		{ "vfproof.mgmt_gateway=192.0.2.1 vfproof.mgmt_dns=192.0.2.2", true },
		{ "vfproof.mgmt_gateway=router", false },
		{ "vfproof.mgmt_vlan=4094", true },
		{ "vfproof.mgmt_vlan=4095", false },
	};
	struct settings s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		settings_init(&s);
		settings_parse_cmdline(&s, cases[i].cmdline);
		if ((s.n_problems == 0) != cases[i].good)
			fail_msg("%s", cases[i].cmdline);
	}
}

/* True if the link has that IPv4 address. */
static bool has_address(const char *ifname, const char *address)
{
	struct ifaddrs *all, *a;
	char text[INET_ADDRSTRLEN];
	bool found = false;

	assert_int_equal(getifaddrs(&all), 0);
	for (a = all; a; a = a->ifa_next)
		if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
		    strcmp(a->ifa_name, ifname) == 0 &&
		    inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)a->ifa_addr)->sin_addr, text,
			      sizeof(text)))
			found |= strcmp(text, address) == 0;
	freeifaddrs(all);
	return found;
}

/* The interface that a packet to an address somewhere else would leave by; "": none. */
static void route_source(char text[INET_ADDRSTRLEN])
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) }, from = { 0 };
	socklen_t len = sizeof(from);

	text[0] = '\0';
	inet_pton(AF_INET, "198.51.100.1", &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&from, &len) == 0)
		inet_ntop(AF_INET, &from.sin_addr, text, INET_ADDRSTRLEN);
}

static void addresses(void **state)
{
	char source[INET_ADDRSTRLEN];

	(void)state;
	if (!fake_netns() || fake_veth("va", "vb") < 0)
		skip();
	assert_int_equal(link_set_up("va", true), 0);
	assert_int_equal(address_add("va", "192.0.2.7", 24), 0);
	assert_int_equal(address_add("va", "192.0.2.7", 24), -EEXIST);
	assert_int_equal(address_add("va", "x", 24), -EINVAL);
	assert_int_equal(address_add("none", "192.0.2.7", 24), -ENODEV);
	assert_true(has_address("va", "192.0.2.7"));
	route_source(source);
	assert_string_equal(source, "");
	assert_int_equal(address_add_default_route("va", "192.0.2.1"), 0);
	route_source(source);
	assert_string_equal(source, "192.0.2.7");
	assert_true(address_add_default_route("va", "203.0.113.1") < 0); /* out of reach */
	assert_int_equal(address_flush("va"), 0);
	assert_false(has_address("va", "192.0.2.7"));
	route_source(source);
	assert_string_equal(source, "");
}

static void vlan(void **state)
{
	int ret;

	(void)state;
	if (!fake_netns() || fake_veth("va", "vb") < 0)
		skip();
	ret = address_add_vlan("va", "vc", 7);
	if (ret == -EOPNOTSUPP)
		skip(); /* this kernel has no VLANs */
	assert_int_equal(ret, 0);
	assert_int_equal(link_set_up("va", true), 0);
	assert_int_equal(link_set_up("vc", true), 0);
	assert_int_equal(address_add("vc", "192.0.2.7", 24), 0);
	assert_int_equal(link_delete("vc"), 0);
	assert_int_equal(if_nametoindex("vc"), 0);
	assert_int_equal(address_add_vlan("none", "vc", 7), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lease),      cmocka_unit_test(fuzz_lease),
		cmocka_unit_test(which_port), cmocka_unit_test(settings),
		cmocka_unit_test(addresses),  cmocka_unit_test(vlan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
