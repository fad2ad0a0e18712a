/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-way flows over a veth pair in a network namespace of its own, and what is set up on it. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "fake_sysroot.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "sys/packet.h"
#include "wire/flow.h"
#include "wire/traffic.h"

static const uint8_t mac_a[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xa },
		     mac_b[ETH_ALEN] = { 2, 0, 0, 0, 0, 0xb };

/* A pair of its own for each test, both ends up. */
static void need_pair(void)
{
	if (!fake_netns())
		skip();
	assert_int_equal(fake_veth("vffl0", "vffl1"), 0);
	assert_int_equal(link_set_up("vffl0", true), 0);
	assert_int_equal(link_set_up("vffl1", true), 0);
}

static struct flow flow_of(uint32_t session, uint16_t tci)
{
	struct flow f = { .session = session, .count = 10, .tpid = tci ? 0x8100 : 0, .tci = tci };

	memcpy(f.dst, mac_b, ETH_ALEN);
	memcpy(f.src, mac_a, ETH_ALEN);
	return f;
}

static void send_flow(const struct flow *f)
{
	struct flow_sent sent;

	assert_int_equal(flow_send("vffl0", f, &sent), 0);
	assert_int_equal(sent.error, 0);
	assert_int_equal(sent.frames, f->count);
}

/* Until the flow of the last frame that was sent has come: a veth keeps the order. */
static void take_until(struct flow_counter *c, uint32_t session, uint32_t n)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	while (flow_count_any(c->rows, c->n_rows, session) < n) {
		assert_int_equal(poll(&p, 1, 5000), 1);
		assert_true(flow_take(c) >= 0);
	}
}

static void test_tags_are_told_apart(void **state)
{
	const uint32_t base = flow_new_base();
	struct flow_counter c;
	struct flow f;

	(void)state;
	need_pair();
	assert_int_equal(flow_open(&c, "vffl1", base, false), 0);
	f = flow_of(FLOW_OF(base, 0), 100);
	send_flow(&f);
	f.tci = 3 << 13 | 100;
	send_flow(&f);
	f.tpid = 0x88a8;
	f.size = 200; /* the kernel allows four bytes over the MTU for 802.1Q alone */
	send_flow(&f);
	f = flow_of(FLOW_OF(base, 1), 0);
	send_flow(&f);
	take_until(&c, FLOW_OF(base, 1), 10);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 0), 0, 0), 0);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 0), 0x8100, 100), 10);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 0), 0x8100, 3 << 13 | 100), 10);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 0), 0x88a8, 3 << 13 | 100), 10);
	assert_int_equal(flow_count_any(c.rows, c.n_rows, FLOW_OF(base, 0)), 30);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 1), 0, 0), 10);
	close(c.fd);
}

/* Twice is not two; another's session, and what is not whole, is neither. */
static void test_only_whole_frames_of_the_base(void **state)
{
	const uint32_t base = flow_new_base();
	struct flow f = flow_of(FLOW_OF(base, 2), 0);
	const struct packet_socket want = { .buffer = 1 << 16 };
	struct flow_counter c;
	uint8_t buf[FRAME_MAX_SIZE];
	struct frame bad = { .direction = FRAME_REQUEST, .session = FLOW_OF(base, 3), .size = 200 };
	int fd;

	(void)state;
	need_pair();
	assert_int_equal(flow_open(&c, "vffl1", base, false), 0);
	send_flow(&f);
	send_flow(&f);
	f.session = base + FLOW_MAX;
	send_flow(&f);
	frames_build(buf, &bad);
	buf[150] ^= 1;
	fd = packet_open("vffl0", &want, NULL);
	assert_true(fd >= 0);
	assert_int_equal(send(fd, buf, bad.size, 0), bad.size);
	close(fd);
	take_until(&c, FLOW_OF(base, 3), 1);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 2), 0, 0), 10);
	assert_int_equal(flow_count_any(c.rows, c.n_rows, FLOW_OF(base, 2)), 20);
	assert_int_equal(flow_count(c.rows, c.n_rows, FLOW_OF(base, 3), 0, 0), 0);
	assert_int_equal(flow_count_any(c.rows, c.n_rows, base + FLOW_MAX), 0);
	close(c.fd);
}

static void test_large_frames(void **state)
{
	const uint32_t base = flow_new_base();
	struct flow f = flow_of(FLOW_OF(base, 0), 0);
	struct flow_counter c;
	struct flow_sent sent;

	(void)state;
	need_pair();
	assert_int_equal(flow_open(&c, "vffl1", base, false), 0);
	f.size = 9014;
	f.count = 2;
	/* More than the netdev's MTU is refused by the kernel itself. */
	assert_int_equal(flow_send("vffl0", &f, &sent), 0);
	assert_int_equal(sent.error, -EMSGSIZE);
	assert_int_equal(sent.frames, 0);
	assert_int_equal(link_set_mtu("vffl0", 9000), 0);
	assert_int_equal(link_set_mtu("vffl1", 9000), 0);
	send_flow(&f);
	take_until(&c, f.session, 2);
	assert_int_equal(flow_count(c.rows, c.n_rows, f.session, 0, 0), 2);
	f.size = FRAME_LARGEST + 1;
	assert_int_equal(flow_send("vffl0", &f, &sent), -EINVAL);
	f.size = 0;
	f.first = FLOW_MAX_FRAMES;
	assert_int_equal(flow_send("vffl0", &f, &sent), -EINVAL);
	f.first = UINT32_MAX;
	assert_int_equal(flow_send("vffl0", &f, &sent), -EINVAL);
	close(c.fd);
}

/* A frame of a VLAN that the netdev is not in is none of the exchange's. */
static void test_exchange_passes_over_tagged(void **state)
{
	struct traffic_echo echo = { .session = traffic_new_session() };
	struct flow f = flow_of(echo.session, 100);
	struct pollfd p = { .events = POLLIN };

	(void)state;
	need_pair();
	echo.fd = p.fd = traffic_open("vffl1", echo.mac);
	assert_true(echo.fd >= 0);
	memcpy(f.dst, echo.mac, ETH_ALEN);
	send_flow(&f);
	f.tpid = 0;
	f.first = 20;
	f.count = 1;
	send_flow(&f);
	while (echo.stats.received == 0) {
		assert_int_equal(poll(&p, 1, 5000), 1);
		assert_int_equal(traffic_echo_serve(&echo), 0);
	}
	assert_int_equal(echo.stats.received, 1);
	assert_int_equal(echo.stats.corrupt, 0);
	close(echo.fd);
}

static void test_settings(void **state)
{
	const uint8_t group[ETH_ALEN] = { 1, 0, 0x5e, 0x40, 0x30, 1 };
	struct link_info info;

	(void)state;
	need_pair();
	assert_int_equal(link_set_mtu("vffl0", 1400), 0);
	assert_int_equal(link_get("vffl0", &info), 0);
	assert_int_equal(info.mtu, 1400);
	assert_true(info.max_mtu >= 1500);
	assert_int_equal(link_set_mtu("vffl0", 10), -EINVAL);
	assert_int_equal(link_set_promisc("vffl0", true), 0);
	assert_int_equal(link_set_allmulti("vffl0", true), 0);
	assert_int_equal(link_set_promisc("none", true), -ENODEV);
	assert_int_equal(link_set_group("vffl0", group, true), 0);
	assert_int_equal(link_set_group("vffl0", group, false), 0);
	assert_int_equal(link_set_group("vffl0", group, false), -ENOENT);
	assert_int_equal(link_add_vlan("vffl0.5", "none", 5, 0x8100), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags_are_told_apart),
		cmocka_unit_test(test_only_whole_frames_of_the_base),
		cmocka_unit_test(test_large_frames),
		cmocka_unit_test(test_exchange_passes_over_tagged),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
