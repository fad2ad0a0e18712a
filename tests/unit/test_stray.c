/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the agent writes to the registers, the rings and the configuration space of a VF without
 * driver. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "../../guest-image/agent/stray.h"
#include "fake_sysroot.h"

#define BAR_SIZE 0x4000
#define INSIDE 0x5000u
#define OUTSIDE 0x123456000ull

struct card {
	_Alignas(8) uint8_t bar[BAR_SIZE], ring[STRAY_PAGE], inside[STRAY_PAGE];
	struct stray_vf s;
};

/* Registers that are memory: a queue goes on and off as told, and takes nothing. */
static void card_open(struct card *c, const char *driver)
{
	memset(c, 0, sizeof(*c));
	c->s.family = stray_family_of(driver);
	assert_non_null(c->s.family);
	assert_true(c->s.family->bar_size <= BAR_SIZE);
	c->s.bar = c->bar;
	c->s.page[STRAY_RING] = c->ring;
	c->s.page[STRAY_INSIDE] = c->inside;
	c->s.bus[STRAY_RING] = 0x4000;
	c->s.bus[STRAY_INSIDE] = INSIDE;
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void ring_of_family(void **state)
{
	static const struct {
		const char *driver;
		unsigned int queue; /* the first transmit queue's registers */
		unsigned int descriptors;
	} rows[] = { { "igbvf", 0x3800, 1 }, { "ixgbevf", 0x2000, 2 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct agent_stray_send req = { .buffer = OUTSIDE, .size = 60, .timeout_ms = 1 };
		struct agent_stray_sent sent;
		struct card c;
		const uint8_t *data = c.ring + 16 * (rows[i].descriptors - 1);

		card_open(&c, rows[i].driver);
		memset(req.frame, 0xab, sizeof(req.frame));
		assert_int_equal(c.s.family->send(&c.s, &req, &sent), 0);
		assert_int_equal(sent.descriptors, rows[i].descriptors);
		assert_int_equal(sent.done, 0);
		assert_int_equal(word(c.bar + rows[i].queue), 0x4000);
		assert_int_equal(word(c.bar + rows[i].queue + 8), STRAY_PAGE);
		assert_int_equal(word(c.bar + rows[i].queue + 0x18), rows[i].descriptors);
		assert_int_equal(word(c.bar + rows[i].queue + 0x28), 0); /* off again */
		assert_int_equal(word(data), (uint32_t)OUTSIDE);
		assert_int_equal(word(data + 4), OUTSIDE >> 32);
		assert_int_equal(word(data + 8), 0x2b300000 | 60);
		assert_int_equal(word(data + 12) >> 14, 60);
		/* A context in front, and the word that says so. */
		assert_int_equal(word(data + 12) >> 7 & 1, rows[i].descriptors - 1);
		if (rows[i].descriptors == 2)
			assert_int_equal(word(c.ring + 8), 0x20200000);
		assert_int_equal(c.inside[59], 0xab);
		assert_int_equal(c.inside[60], 0);
	}
}

/* Where the head of a queue goes is given to the card, and taken away again. */
static void head_of_queue(void **state)
{
	struct agent_stray_send req = { .write_head = 1, .head_to = OUTSIDE, .size = 60 };
	struct agent_stray_sent sent;
	struct card c;

	(void)state;
	card_open(&c, "igbvf");
	/* The card has taken it at once. */
	*(uint32_t *)(c.bar + 0x3810) = 0;
	assert_int_equal(c.s.family->send(&c.s, &req, &sent), 0);
	assert_int_equal(word(c.bar + 0x3838), 0);
	assert_int_equal(word(c.bar + 0x383c), 0);
	assert_int_equal(word(c.ring), INSIDE);
	req.write_head = 2;
	*(uint32_t *)(c.inside + STRAY_PAGE - 64) = 7;
	assert_int_equal(c.s.family->send(&c.s, &req, &sent), 0);
	assert_int_equal(sent.written, AGENT_STRAY_UNWRITTEN); /* what stood there is gone */
}

/* So many descriptors that the head is what it is to be: all but the last say nothing. */
static void head_as_high(void **state)
{
	struct agent_stray_send req = { .write_head = 1,
					.head_to = OUTSIDE,
					.size = 60,
					.descriptors = 0xf0,
					.timeout_ms = 1 };

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct agent_stray_sent sent;
		struct card c;

		card_open(&c, i ? "igbvf" : "ixgbevf");
		assert_int_equal(c.s.family->send(&c.s, &req, &sent), 0);
		assert_int_equal(sent.descriptors, 0xf0);
		assert_int_equal(word(c.bar + (i ? 0x3818 : 0x2018)), 0xf0);
		for (unsigned int d = 0; d < 0xef; d++)
			assert_int_equal(word(c.ring + 16 * d + 8), 0x20200000);
		assert_int_equal(word(c.ring + 16 * 0xef + 8), 0x2b300000 | 60);
		assert_int_equal(word(c.ring + 16 * 0xf0 + 8), 0);
	}
}

/* A card that takes nothing is given half a ring, one that is off as well, and is off in the end.
 */
static void ring_that_is_full(void **state)
{
	struct agent_stray_flood f = { .ms = 5, .size = 60 };

	(void)state;
	memset(f.frame, 0xab, sizeof(f.frame));
	for (f.idle = 0; f.idle < 2; f.idle++) {
		struct agent_stray_flooded out = { 0 };
		struct card c;

		card_open(&c, "ixgbevf");
		assert_int_equal(c.s.family->flood(&c.s, &f, &out), 0);
		assert_int_equal(out.frames, 0);
		assert_true(out.us >= 5000);
		assert_int_equal(word(c.bar + 0x2018), 128);
		assert_int_equal(word(c.bar + 0x2028), 0);
		assert_int_equal(word(c.ring + 8), 0x20200000);
		for (unsigned int d = 1; d < STRAY_PAGE / 16; d++) {
			assert_int_equal(word(c.ring + 16 * d), INSIDE);
			assert_int_equal(word(c.ring + 16 * d + 8), 0x23300000 | 60);
		}
		assert_int_equal(c.inside[59], 0xab);
		assert_int_equal(c.inside[60], 0);
	}
	assert_null(stray_family_of("virtio-pci")->flood);
}

static void no_recipe(void **state)
{
	(void)state;
	assert_null(stray_family_of("iavf"));
	assert_null(stray_family_of(""));
}

/* A virtio device that does not translate gets no address at all. */
static void virtio_that_passes_by(void **state)
{
	struct agent_stray_send req = { .size = 60 };
	struct agent_stray_sent sent;
	struct card c;

	(void)state;
	card_open(&c, "virtio-pci");
	c.s.bar_size = BAR_SIZE;
	assert_int_equal(c.s.family->send(&c.s, &req, &sent), -EXDEV);
	for (unsigned int i = 0x20; i < 0x38; i++)
		assert_int_equal(c.bar[i], 0); /* where rings are */
	/* Registers that would be beyond the BAR. */
	c.s.own[0] = BAR_SIZE - 8;
	assert_int_equal(c.s.family->send(&c.s, &req, &sent), -ENXIO);
}

static void config_comes_back(void **state)
{
	const struct fake_sysroot *fs = *state;
	_cleanup_close_ int fd = -1;
	struct agent_stray_config out;
	struct agent_stray_restored back;
	struct stray_saved saved;
	char path[] = "sys/bus/pci/devices/0000:03:00.0/config";
	uint8_t before[4096], now[4096];

	for (unsigned int i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)(i * 7 / 3);
	memset(before + 256, 0xff, 16);
	fake_file(fs, path, "");
	fd = sysroot_openat(&fs->root, O_RDWR, "%s", path);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, before, sizeof(before), 0), sizeof(before));
	assert_int_equal(stray_fill_config(&fs->root, "0000:03:00.0", &saved, &out), 0);
	assert_int_equal(pread(fd, now, sizeof(now), 0), sizeof(now));
	assert_int_equal(now[300], 0xff); /* the ones stay until they are taken back */
	assert_int_equal(out.size, 4096);
	assert_int_equal(out.written, 1024);
	assert_true(out.changed >= 1000 && out.changed <= 1020); /* 4 are ones already */
	assert_int_equal(stray_restore_config(&fs->root, "0000:03:00.0", &saved, &back), 0);
	assert_int_equal(pread(fd, now, sizeof(now), 0), sizeof(now));
	assert_memory_equal(before, now, sizeof(now));
	assert_int_equal(back.stayed, 0);
	assert_int_equal(stray_fill_config(&fs->root, "0000:04:00.0", &saved, &out), -ENOENT);
	assert_int_equal(saved.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_of_family),
		cmocka_unit_test(head_of_queue),
		cmocka_unit_test(head_as_high),
		cmocka_unit_test(ring_that_is_full),
		cmocka_unit_test(no_recipe),
		cmocka_unit_test(virtio_that_passes_by),
		cmocka_unit_test_setup_teardown(config_comes_back, fake_tree_setup,
						fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
