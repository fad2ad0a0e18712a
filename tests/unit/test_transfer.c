/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers over a pair of netdevs, in a network namespace of the test's own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "base/child.h"
#include "base/crc32c.h"
#include "fake_sysroot.h"
#include "sys/ethtool_queue.h"
#include "sys/irq.h"
#include "sys/link.h"
#include "sys/pci_addr.h"
#include "wire/transfer.h"

#define TIMEOUT_MS 20000
#define SINK_MS 1500

/* Two ends of a transfer: the second one runs in a child. */
struct ends {
	struct transfer_config a, b;
	struct transfer_state *state; /* [0] of @a, [1] of @b */
};

static int run_b(void *arg)
{
	struct ends *e = arg;

	transfer_run(&e->b, &e->state[1]);
	return 0;
}

static bool b_is_ready(void *arg)
{
	const struct ends *e = arg;

	return e->state[1].phase >= TRANSFER_READY;
}

/* Loopback has the test addresses of both ends: what is tested here is not the way. */
static bool set_up(enum ip_family family, struct ends *e)
{
	struct ip_address one, two;

	if (!fake_netns() || link_set_up("lo", true) < 0)
		return false;
	ip_make(&one, family, 300, 1);
	ip_make(&two, family, 300, 2);
	if (ip_add("lo", &one) < 0 || ip_add("lo", &two) < 0)
		return false;
	*e = (struct ends){
		.a = { .ifname = "lo", .local = one, .remote = two, .streams = 1, .port = 5001 },
		.b = { .ifname = "lo", .local = two, .remote = one, .streams = 1, .port = 5001 },
	};
	e->a.timeout_ms = e->b.timeout_ms = TIMEOUT_MS;
	e->a.seed = e->b.seed = 7;
	e->state = mmap(NULL, 2 * sizeof(*e->state), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(e->state != MAP_FAILED);
	return true;
}

static bool b_has_all(void *arg)
{
	const struct ends *e = arg;

	return e->state[1].received >= e->a.count;
}

static void run_both(struct ends *e)
{
	const bool sink = e->b.role == TRANSFER_UDP_SINK;
	struct child_end end;
	struct child c;

	assert_int_equal(child_start(&c, run_b, e), 0);
	assert_int_equal(util_poll_until(b_is_ready, e, TIMEOUT_MS), 0);
	transfer_run(&e->a, &e->state[0]);
	/* What does not come within this time is told by the counts. */
	if (sink)
		(void)!util_poll_until(b_has_all, e, SINK_MS);
	end = child_wait(&c, util_now_ms() + (sink ? 0 : TIMEOUT_MS), NULL);
	assert_true(end.state == CHILD_EXITED || e->b.role >= TRANSFER_UDP_SINK);
}

static void tear_down(struct ends *e)
{
	munmap(e->state, 2 * sizeof(*e->state));
}

static void check_tcp(enum ip_family family, unsigned int streams, bool a_sends, bool fault)
{
	struct ends e;
	const struct transfer_state *from, *to;

	if (!set_up(family, &e))
		skip();
	e.a.role = TRANSFER_TCP_CLIENT;
	e.b.role = TRANSFER_TCP_SERVER;
	e.a.streams = e.b.streams = (uint8_t)streams;
	e.a.sends = a_sends;
	e.b.sends = !a_sends;
	e.a.fault = e.b.fault = fault;
	/* No multiple of a buffer, nor of eight. */
	e.a.min_bytes = e.b.min_bytes = e.a.max_bytes = e.b.max_bytes = streams * 300007ull;
	run_both(&e);
	from = &e.state[!a_sends];
	to = &e.state[a_sends];
	assert_int_equal(from->error, 0);
	assert_int_equal(to->error, 0);
	assert_int_equal(from->bytes, streams * 300007ull);
	assert_int_equal(to->bytes, from->bytes);
	for (unsigned int i = 0; i < streams; i++) {
		assert_int_equal(to->stream[i].bytes, 300007);
		assert_int_equal(from->stream[i].crc == to->stream[i].crc, !fault);
		assert_int_equal(to->stream[i].wrong_at, fault ? 32768 : TRANSFER_NOWHERE);
		/* Each stream has content of its own. */
		assert_true(i == 0 || to->stream[i].crc != to->stream[0].crc);
	}
	tear_down(&e);
}

static void test_tcp(void **state)
{
	(void)state;
	check_tcp(IP_V4, 1, true, false);
	check_tcp(IP_V6, TRANSFER_MAX_STREAMS, false, false);
}

static void test_tcp_wrong_bit(void **state)
{
	(void)state;
	check_tcp(IP_V4, 2, true, true);
	check_tcp(IP_V4, 1, false, true);
}

/* Sends until the time is over, if that is enough. */
static void test_tcp_budget(void **state)
{
	struct ends e;

	(void)state;
	if (!set_up(IP_V4, &e))
		skip();
	e.a.role = TRANSFER_TCP_CLIENT;
	e.b.role = TRANSFER_TCP_SERVER;
	e.a.sends = 1;
	e.a.budget_ms = 0;
	e.a.min_bytes = 1 << 20;
	e.a.max_bytes = UINT64_MAX;
	run_both(&e);
	assert_int_equal(e.state[0].error, 0);
	assert_int_equal(e.state[0].bytes, 1 << 20);
	assert_int_equal(e.state[1].bytes, 1 << 20);
	tear_down(&e);
}

static void test_tcp_refused(void **state)
{
	struct ends e;

	(void)state;
	if (!set_up(IP_V4, &e))
		skip();
	e.a.role = TRANSFER_TCP_CLIENT;
	transfer_run(&e.a, &e.state[0]);
	assert_int_equal(e.state[0].phase, TRANSFER_DONE);
	assert_int_equal(e.state[0].error, -ECONNREFUSED);
	assert_string_equal(e.state[0].doing, "connecting");
	/* Nobody comes. */
	e.b.role = TRANSFER_TCP_SERVER;
	e.b.timeout_ms = 1;
	transfer_run(&e.b, &e.state[1]);
	assert_int_equal(e.state[1].error, -ETIMEDOUT);
	assert_string_equal(e.state[1].doing, "listening");
	tear_down(&e);
}

static void check_ask(enum ip_family family, enum transfer_role role, unsigned int size)
{
	struct ends e;

	if (!set_up(family, &e))
		skip();
	e.a.role = (uint8_t)role;
	e.b.role = TRANSFER_UDP_ECHO;
	e.a.size = e.b.size = (uint16_t)size;
	e.a.count = 50;
	e.b.timeout_ms = 2000;
	run_both(&e);
	assert_int_equal(e.state[0].error, 0);
	assert_int_equal(e.state[0].sent, 50);
	assert_int_equal(e.state[0].received, 50);
	assert_int_equal(e.state[1].received, role == TRANSFER_PING ? 0 : 50);
	assert_true(e.state[0].p50_us <= e.state[0].p99_us &&
		    e.state[0].p99_us <= e.state[0].max_us);
	tear_down(&e);
}

static void test_ask(void **state)
{
	(void)state;
	check_ask(IP_V4, TRANSFER_UDP_ASK, 18);
	check_ask(IP_V4, TRANSFER_PING, 56);
	check_ask(IP_V6, TRANSFER_PING, 61);
}

/* Each socket has an address of its own. */
static void test_many_addresses(void **state)
{
	struct ends e;

	(void)state;
	if (!set_up(IP_V4, &e))
		skip();
	e.a.role = TRANSFER_UDP_SOURCE;
	e.b.role = TRANSFER_UDP_SINK;
	e.a.size = e.b.size = 64;
	e.a.count = 20;
	e.a.streams = 2;
	e.a.many_addresses = 1;
	e.b.timeout_ms = TIMEOUT_MS;
	run_both(&e);
	assert_int_equal(e.state[0].error, 0);
	assert_int_equal(e.state[1].received, 20);
	tear_down(&e);
}

/* One that nothing else ends is ended by its time. */
static void test_source_time(void **state)
{
	struct ends e;

	(void)state;
	if (!set_up(IP_V4, &e))
		skip();
	e.a.role = TRANSFER_UDP_SOURCE;
	e.a.size = 64;
	e.a.timeout_ms = 20;
	transfer_run(&e.a, &e.state[0]);
	assert_int_equal(e.state[0].error, -ETIMEDOUT);
	tear_down(&e);
}

/* Messages of another transfer, or with other content, are not counted. */
static void test_sink(void **state)
{
	struct ends e;

	(void)state;
	for (int foreign = 0; foreign < 2; foreign++) {
		if (!set_up(IP_V4, &e))
			skip();
		e.a.role = TRANSFER_UDP_SOURCE;
		e.b.role = TRANSFER_UDP_SINK;
		e.a.size = e.b.size = 64;
		e.a.streams = TRANSFER_MAX_SOCKETS;
		e.a.count = 200;
		e.a.seed += (uint32_t)foreign;
		e.b.timeout_ms = TIMEOUT_MS;
		run_both(&e);
		assert_int_equal(e.state[0].sent, 200);
		assert_int_equal(e.state[1].received, foreign ? 0 : 200);
		tear_down(&e);
	}
}

static void test_check(void **state)
{
	struct transfer_config good = { .ifname = "eth0",
					.role = TRANSFER_TCP_CLIENT,
					.streams = 8,
					.port = 1,
					.local = { .family = IP_V4 },
					.remote = { .family = IP_V4 } },
			       c;

	(void)state;
	assert_int_equal(transfer_check(&good), 0);
	c = good, c.role = 0;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.role = TRANSFER_PING + 1;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.streams = TRANSFER_MAX_STREAMS + 1;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.remote.family = IP_V6;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, memset(c.ifname, 'x', sizeof(c.ifname));
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.port = UINT16_MAX;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.role = TRANSFER_UDP_SINK, c.size = TRANSFER_MAX_SIZE + 1;
	assert_int_equal(transfer_check(&c), -EINVAL);
	c = good, c.timeout_ms = TRANSFER_MAX_MS + 1;
	assert_int_equal(transfer_check(&c), -EINVAL);
}

/* Cut anywhere, a stream is what it is as a whole. */
static void test_content(void **state)
{
	uint8_t whole[256], crc[64];

	(void)state;
	transfer_fill(whole, sizeof(whole), 5, 1, 1024);
	for (size_t at = 0; at < 32; at++)
		for (size_t len = 0; len < 32; len++)
			assert_int_equal(transfer_compare(whole + at, len, 5, 1, 1024 + at),
					 TRANSFER_NOWHERE);
	for (size_t at = 3; at < 64; at++) {
		whole[at] ^= 0x80;
		assert_int_equal(transfer_compare(whole + 3, 100, 5, 1, 1027), 1024 + at);
		whole[at] ^= 0x80;
	}
	for (size_t i = 0; i < sizeof(crc); i++)
		crc[i] = (uint8_t)i;
	/* One by one, and eight at a time. */
	for (size_t n = 0; n < sizeof(crc); n++) {
		uint32_t sum = 0;

		for (size_t i = 0; i < n; i++)
			sum = crc32c_add(sum, crc + i, 1);
		assert_int_equal(crc32c_add(0, crc, n), sum);
	}
}

static void test_addresses(void **state)
{
	struct ip_address a, real = { .family = IP_V4, .bytes = { 10, 0, 0, 1 } };
	char text[IP_TEXT_SIZE];

	(void)state;
	ip_make(&a, IP_V4, 257, 9);
	assert_string_equal(ip_format(&a, text), "198.19.1.9");
	assert_true(ip_is_test(&a));
	ip_make(&a, IP_V6, 257, 9);
	assert_string_equal(ip_format(&a, text), "2001:2:0:101::9");
	assert_true(ip_is_test(&a));
	assert_false(ip_is_test(&real));
	assert_int_equal(ip_add("lo", &real), -EINVAL);
	if (!fake_netns() || link_set_up("lo", true) < 0)
		skip();
	assert_int_equal(ip_add("lo", &a), 0);
	assert_int_equal(ip_add("lo", &a), -EEXIST);
	/* All of them go, and nothing else: 127.0.0.1 stays. The kernel itself takes out the second
	 * one of a network with the first. */
	for (unsigned int host = 10; host < 12; host++) {
		ip_make(&a, IP_V4, 257, host);
		assert_int_equal(ip_add("lo", &a), 0);
	}
	assert_int_equal(ip_clear("lo"), 0);
	assert_int_equal(ip_add("lo", &a), 0);
	assert_int_equal(ip_clear("nosuch"), -ENODEV);
}

static void test_queue_names(void **state)
{
	static const struct {
		const char *name;
		bool ok, rx;
		unsigned int queue;
	} rows[] = {
		{ "rx_queue_0_packets", true, true, 0 },
		{ "tx_queue_1_packets", true, false, 1 },
		{ "rx-3.packets", true, true, 3 },
		{ "tx12_packets", true, false, 12 },
		{ "[7]: rx_ucast_packets", true, true, 7 },
		{ "queue_2_tx_cnt", true, false, 2 },
		{ "rx_packets", false, false, 0 },
		{ "rx_queue_0_bytes", false, false, 0 },
		{ "rx_queue_x_packets", false, false, 0 },
		{ "", false, false, 0 },
		{ "rx99999_packets", false, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int queue = 99;
		bool rx = false;

		assert_int_equal(ethtool_parse_queue(rows[i].name, &rx, &queue), rows[i].ok);
		assert_true(!rows[i].ok || (rx == rows[i].rx && queue == rows[i].queue));
	}
}

static void test_irqs(void **state)
{
	struct fake_sysroot *fs = *state;
	const struct pci_addr dev = { .bus = 1, .dev = 16 };
	struct irq_vector v[4];

	fake_file(fs, "sys/bus/pci/devices/0000:01:10.0/msi_irqs/26", "msix\n");
	fake_file(fs, "sys/bus/pci/devices/0000:01:10.0/msi_irqs/25", "msix\n");
	fake_file(fs, "sys/bus/pci/devices/0000:01:10.0/msi_irqs/27", "msix\n");
	fake_file(fs, "proc/interrupts",
		  "           CPU0       CPU1       \n"
		  "  1:          9          0   IO-APIC   1-edge      i8042\n"
		  " 25:         10        200  PCI-MSIX-0000:01:10.0   0-edge      eth0-rx-0\n"
		  " 26:          3          0  PCI-MSIX-0000:01:10.0   1-edge      eth0\n"
		  "NMI:          0          0   Non-maskable interrupts\n");
	fake_file(fs, "proc/irq/25/effective_affinity_list", "1\n");
	fake_file(fs, "proc/irq/26/effective_affinity_list", "0-1\n");
	fake_file(fs, "proc/irq/25/smp_affinity", "00000000,00000003\n");
	/* 27 is nobody's. */
	assert_int_equal(irq_list(&fs->root, &dev, v, ARRAY_SIZE(v)), 2);
	assert_int_equal(v[0].irq, 25);
	assert_int_equal(v[0].cpus, 2);
	assert_int_equal(v[0].count[1], 200);
	assert_int_equal(irq_total(&v[0]), 210);
	assert_string_equal(v[0].name, "eth0-rx-0");
	assert_int_equal(v[0].effective, 1);
	assert_int_equal(v[0].mask, 3);
	assert_int_equal(v[1].effective, -1);
	assert_int_equal(irq_set_mask(&fs->root, 25, 2), 0);
	assert_int_equal(irq_list(&fs->root, &dev, v, ARRAY_SIZE(v)), 2);
	assert_int_equal(irq_set_mask(&fs->root, 24, 2), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_wrong_bit),
		cmocka_unit_test(test_tcp_budget),
		cmocka_unit_test(test_tcp_refused),
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_sink),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_source_time),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_queue_names),
		cmocka_unit_test_setup_teardown(test_irqs, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
