/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the lab's NIC models share: frames, offloads, the switch, rates, faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../../scripts/lab/nic/faults.h"
#include "../../scripts/lab/nic/frame.h"
#include "../../scripts/lab/nic/offload.h"
#include "../../scripts/lab/nic/rate.h"
#include "../../scripts/lab/nic/switch.h"

/* 192.168.0.1:1000 to 192.168.0.2:2000, TCP, with @data bytes; checksums are 0. */
static size_t build_tcp(uint8_t *frame, size_t data)
{
	static const uint8_t headers[] = {
		2,    0,   0,	0,   0, 2, 2, 0,   0,  0, 0, 1, 8,    0, /* Ethernet */
		0x45, 0,   0,	0,   0, 7, 0, 0,   64, 6, 0, 0, 192,  168,
		0,    1,   192, 168, 0, 2, /* IPv4 */
		3,    232, 7,	208, 0, 0, 0, 100, 0,  0, 0, 0, 0x50, 0x19,
		1,    0,   0,	0,   0, 0, /* TCP, FIN PSH ACK */
	};
	size_t i;

	memcpy(frame, headers, sizeof(headers));
	for (i = 0; i < data; i++)
		frame[sizeof(headers) + i] = i * 7;
	frame_set16(frame + 16, 40 + data);
	return sizeof(headers) + data;
}

/* As a driver leaves it: the sum of the pseudo header, with the length or without. */
static void seed(uint8_t *frame, uint16_t len)
{
	frame_set16(frame + 50, frame_fold(frame_sum(frame + 26, 8, 6 + len)));
}

static const struct offload tcp = {
	.ip_checksum = true,
	.l4_checksum = true,
	.ipv4 = true,
	.protocol = PROTOCOL_TCP,
	.l2_len = 14,
	.l3_len = 20,
	.l4_len = 20,
	.mss = 1000,
	.flags_first = 0xff6,
	.flags_middle = 0xff6,
	.flags_last = 0xf7f,
};

static void test_checksums(void **state)
{
	uint8_t frame[200];
	size_t len = build_tcp(frame, 101);
	struct frame info;

	(void)state;
	frame_parse(frame, len, &info);
	assert_int_equal(info.l3, 14);
	assert_int_equal(info.l4, 34);
	assert_int_equal(info.end, len);
	assert_false(frame_l3_is_right(frame, &info));
	assert_false(frame_l4_is_right(frame, &info));
	seed(frame, 121);
	offload_checksum(frame, len, &tcp);
	assert_true(frame_l3_is_right(frame, &info));
	assert_true(frame_l4_is_right(frame, &info));
	frame[len - 1] ^= 1;
	assert_false(frame_l4_is_right(frame, &info));
}

struct segments {
	unsigned int count;
	size_t bytes;
	uint8_t data[8192];
};

static void take_segment(void *arg, uint8_t *frame, size_t len)
{
	struct segments *segments = arg;
	struct frame info;

	frame_parse(frame, len, &info);
	assert_int_equal(info.end, len);
	assert_true(frame_l3_is_right(frame, &info));
	assert_true(frame_l4_is_right(frame, &info));
	assert_int_equal(frame_get16(frame + 18), 7 + segments->count);
	assert_int_equal(frame_get16(frame + 40), 100 + segments->bytes);
	/* FIN and PSH in the last one only. */
	assert_int_equal(frame[47], len < 1054 ? 0x19 : 0x10);
	memcpy(segments->data + segments->bytes, frame + 54, len - 54);
	segments->bytes += len - 54;
	segments->count++;
}

static void test_segments(void **state)
{
	static uint8_t frame[8192], room[2048];
	size_t len = build_tcp(frame, 3500);
	struct segments segments = { 0 };
	struct offload none = tcp;

	(void)state;
	seed(frame, 0);
	assert_true(offload_segment(frame, len, &tcp, room, sizeof(room), take_segment, &segments));
	assert_int_equal(segments.count, 4);
	assert_int_equal(segments.bytes, 3500);
	assert_memory_equal(segments.data, frame + 54, 3500);
	none.mss = 0;
	assert_false(
		offload_segment(frame, len, &none, room, sizeof(room), take_segment, &segments));
	none.mss = 4000; /* more than there is room for */
	assert_false(
		offload_segment(frame, len, &none, room, sizeof(room), take_segment, &segments));
}

static void test_crc32c(void **state)
{
	(void)state;
	/* The check value of the CRC catalogue. */
	assert_int_equal(frame_crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
}

/* Rows of Microsoft's verification suite for RSS. */
static void test_rss(void **state)
{
	static const uint8_t key[40] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
		0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
		0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa
	};
	static const struct {
		uint8_t addresses[8], ports[4];
		uint32_t ip, tcp;
	} rows[] = {
		{ { 66, 9, 149, 187, 161, 142, 100, 80 },
		  { 0x0a, 0xea, 0x06, 0xe6 },
		  0x323e8fc2,
		  0x51ccc178 },
		{ { 199, 92, 111, 2, 65, 69, 140, 83 },
		  { 0x37, 0x96, 0x12, 0x83 },
		  0xd718262a,
		  0xc626b0ea },
	};
	uint8_t data[100];
	struct frame frame;
	uint32_t hash;
	size_t i, len;

	(void)state;
	for (i = 0; i < 2; i++) {
		len = build_tcp(data, 10);
		memcpy(data + 26, rows[i].addresses, 8);
		memcpy(data + 34, rows[i].ports, 4);
		frame_parse(data, len, &frame);
		assert_int_equal(frame_rss(data, &frame, RSS_IPV4, key, &hash), RSS_IPV4);
		assert_int_equal(hash, rows[i].ip);
		assert_int_equal(frame_rss(data, &frame, RSS_IPV4 | RSS_IPV4_TCP, key, &hash),
				 RSS_IPV4_TCP);
		assert_int_equal(hash, rows[i].tcp);
	}
	assert_int_equal(frame_rss(data, &frame, RSS_IPV6, key, &hash), 0);
}

/* Lengths in a frame that lead out of it. */
static void test_hostile_frames(void **state)
{
	uint8_t data[200];
	size_t len = build_tcp(data, 50), cut;
	struct frame frame;

	(void)state;
	for (cut = 0; cut < len; cut++) {
		frame_parse(data, cut, &frame);
		assert_int_equal(frame.l3, 0);
	}
	frame_set16(data + 16, 0xffff);
	frame_parse(data, len, &frame);
	assert_int_equal(frame.l3, 0);
	len = build_tcp(data, 50);
	data[14] = 0x4f; /* 60 bytes of header */
	frame_parse(data, len, &frame);
	assert_true(frame.l4 == 0 || frame.l4 <= len);
	data[14] = 0x41;
	frame_parse(data, len, &frame);
	assert_int_equal(frame.l3, 0);
}

static void test_switch(void **state)
{
	static const uint8_t a[6] = { 2, 0, 0, 0, 0, 10 }, b[6] = { 2, 0, 0, 0, 0, 11 };
	static struct nic_switch s;
	uint8_t frame[100] = { 0 };
	bool wire;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.mac_count = 2;
	memcpy(s.macs[0].mac, a, 6);
	s.macs[0].ports = 1;
	memcpy(s.macs[1].mac, b, 6);
	s.macs[1].ports = 2;
	s.broadcast = s.untagged = s.alive = 7;
	s.loopback = s.filter_vlans = true;
	s.vlan_count = 1;
	s.vlans[0].vid = 5;
	s.vlans[0].ports = 6;
	s.check_mac = s.check_vlan = 1;
	s.default_port = 2;

	memcpy(frame, b, 6);
	memcpy(frame + 6, a, 6);
	assert_int_equal(switch_from_port(&s, 0, frame, 60, &wire), 2);
	assert_false(wire); /* it stays inside */
	assert_true(switch_is_allowed(&s, 0, frame, 60));
	frame[11] = 99;
	assert_false(switch_is_allowed(&s, 0, frame, 60));
	assert_true(switch_is_allowed(&s, 1, frame, 60)); /* nobody checks it */
	memset(frame, 0xff, 6);
	assert_int_equal(switch_from_port(&s, 0, frame, 60, &wire), 6); /* no echo */
	assert_true(wire);
	s.echo = 1;
	assert_int_equal(switch_from_port(&s, 0, frame, 60, &wire), 7);
	assert_int_equal(switch_from_wire(&s, frame, 60), 7);
	frame_insert_tag(frame, 60, 5 | 3 << 13);
	assert_int_equal(switch_from_wire(&s, frame, 64), 6);
	memcpy(frame + 6, a, 6);
	assert_false(switch_is_allowed(&s, 0, frame, 64)); /* not its VLAN */
	s.alive = 2;
	assert_int_equal(switch_from_wire(&s, frame, 64), 2);
	s.alive = 7;
	memset(frame, 2, 6); /* nobody's */
	memset(frame + 12, 0, 4);
	assert_int_equal(switch_from_wire(&s, frame, 60), 0);
	s.let_unicast = true;
	assert_int_equal(switch_from_wire(&s, frame, 60), 4);
	assert_int_equal(switch_from_port(&s, 0, frame, 60, &wire),
			 0); /* the default is the wire's */
	assert_true(wire);
}

static void test_rate(void **state)
{
	struct rate rate = { .bits_per_s = 8000000 }; /* a byte in a microsecond */
	int64_t now = 0;
	uint64_t bytes = 0;

	(void)state;
	while (now < 1000000000) {
		int64_t when = rate_when(&rate, now);

		if (when > now) {
			now = when;
			continue;
		}
		rate_take(&rate, now, 1000);
		bytes += 1024;
	}
	assert_in_range(bytes, 990000, 1010000);
	rate.bits_per_s = 0;
	rate_take(&rate, now, 1000);
	assert_int_equal(rate_when(&rate, now), now);
}

static void test_faults(void **state)
{
	struct faults faults;
	char error[100];
	int i;

	(void)state;
	assert_true(faults_parse(&faults, "drop:3,tx_hang:2+link_slow", error, sizeof(error)));
	assert_false(fault_has(&faults, FAULT_ECHO));
	assert_int_equal(fault_number(&faults, FAULT_LINK_SLOW), 25);
	for (i = 1; i <= 9; i++)
		assert_int_equal(fault_nth(&faults, FAULT_DROP), i % 3 == 0);
	for (i = 0; i < 5; i++)
		assert_int_equal(fault_due(&faults, FAULT_TX_HANG), i >= 2);
	assert_false(fault_due(&faults, FAULT_ECHO));
	assert_true(faults_parse(&faults, NULL, error, sizeof(error)));
	assert_false(faults_parse(&faults, "drop,dorp", error, sizeof(error)));
	assert_string_equal(error, "there is no fault 'dorp'");
	assert_false(faults_parse(&faults, "drop:x", error, sizeof(error)));
	assert_false(faults_parse(&faults, "drop:3x,echo", error, sizeof(error)));
}

/* docs/lab-nics.md has a row for each. */
static void test_faults_are_documented(void **state)
{
	static char page[65536];
	FILE *file = fopen("docs/lab-nics.md", "re");
	unsigned int i;

	(void)state;
	assert_non_null(file);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	fclose(file);
	for (i = 0; fault_name(i); i++) {
		char row[200];

		snprintf(row, sizeof(row), "| `%s` |", fault_name(i));
		if (!strstr(page, row) || !strstr(page, fault_text(i)))
			fail_msg("docs/lab-nics.md has no row of the fault %s: %s", fault_name(i),
				 fault_text(i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_crc32c),
		cmocka_unit_test(test_rss),
		cmocka_unit_test(test_hostile_frames),
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_faults_are_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
