/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases of isolation stand on: the kernel's words about what the IOMMU has blocked, which
 * addresses mean nothing in a guest, and what the agent writes to a VF's registers.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <cmocka.h>

#include "../../guest-image/agent/stray.h"
#include "cases/stray.h"
#include "fake_sysroot.h"
#include "sys/fault_turn.h"
#include "sys/irq_entry.h"
#include "sys/kmsg.h"
#include "sys/kmsg_fault.h"
#include "sys/memory_page.h"
#include "sys/pci.h"
#include "vm/vm_ranges.h"

static void fault_words(void **state)
{
	static const struct {
		const char *text;
		bool fault;
		enum kmsg_fault_kind kind;
		uint16_t rid;
		uint64_t address;
		unsigned int reason;
	} rows[] = {
		{ "DMAR: [DMA Write NO_PASID] Request device [01:10.1] fault addr 0x3f000000 "
		  "[fault "
		  "reason 0x05] PTE Write access is not set",
		  true, KMSG_FAULT_MEMORY, 0x181, 0x3f000000, 5 },
		{ "DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x0 [fault reason "
		  "0x06] PTE Read access is not set",
		  true, KMSG_FAULT_MEMORY, 0x10, 0, 6 },
		{ "DMAR: [INTR-REMAP] Request device [01:10.2] fault index 0xffff [fault reason "
		  "0x22] Present field in the IRTE entry is clear",
		  true, KMSG_FAULT_INTERRUPT, 0x182, 0xffff, 0x22 },
		{ "DMAR: [INTR-REMAP] Request device [01:10.2] fault index 0x19 [fault reason "
		  "0x26] "
		  "Blocked an interrupt request due to source-id verification failure",
		  true, KMSG_FAULT_INTERRUPT, 0x182, 0x19, KMSG_FAULT_IRQ_SOURCE },
		/* The index means nothing. */
		{ "DMAR: [INTR-REMAP] Request device [01:10.2] fault index 0x0 [fault reason 0x25] "
		  "Blocked a compatibility format interrupt request",
		  true, KMSG_FAULT_INTERRUPT, 0x182, KMSG_FAULT_NO_INDEX, KMSG_FAULT_IRQ_FORMAT },
		{ "vfio-pci 0000:01:10.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000c "
		  "address=0x12345678 flags=0x0020]",
		  true, KMSG_FAULT_MEMORY, 0x180, 0x12345678, 0 },
		{ "AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:05:00.0 domain=0x0000 "
		  "address=0xfffffffdf8000000 flags=0x0008]",
		  true, KMSG_FAULT_MEMORY, 0x500, 0xfffffffdf8000000, 0 },
		/* Nobody is blamed, or nothing is told. */
		{ "DMAR: DRHD: handling fault status reg 2", false, 0, 0, 0, 0 },
		{ "DMAR: [DMA Write NO_PASID] fault addr 0x1000", false, 0, 0, 0, 0 },
		{ "DMAR: [DMA Write NO_PASID] Request device [01:10.1] fault addr 0xg", false, 0, 0,
		  0, 0 },
		{ "somebody said fault addr 0x1000 of 01:10.1", false, 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kmsg_record rec = { 0 };
		struct kmsg_fault f;

		util_strlcpy(rec.text, sizeof(rec.text), rows[i].text);
		assert_int_equal(kmsg_read_fault(&rec, &f), rows[i].fault);
		if (!rows[i].fault)
			continue;
		assert_int_equal(f.kind, rows[i].kind);
		assert_int_equal(pci_addr_rid(&f.from.addr), rows[i].rid);
		assert_true(f.address == rows[i].address);
		assert_int_equal(f.reason, rows[i].reason);
	}
}

#define GB (1ull << 30)
#define LIMIT (1ull << 39)

static void addresses_of_nothing(void **state)
{
	const struct vm_ranges small = { .memory_mb = 256,
					 .n = 2,
					 .list = { { 0x8000000000 - 4096, 0x8000000000, false },
						   { 0xfe000000, 0xfe1fffff, true } } },
			       large = { .memory_mb = 6144 };
	const struct {
		const struct vm_ranges *r;
		uint64_t address;
		bool nothing;
	} rows[] = {
		{ &small, 0, false },
		{ &small, (256ull << 20) - 4096, false },
		{ &small, 256ull << 20, true },
		{ &small, 2 * GB - 4096, true },
		{ &small, 2 * GB, false }, /* the gap, with all that is in it */
		{ &small, 0xfee00000, false },
		{ &small, 4 * GB, false }, /* memory may be as high as that */
		{ &small, 4 * GB + (256ull << 20), true },
		{ &small, LIMIT - 4096, false }, /* a BAR */
		{ &small, LIMIT - 8192, true },
		{ &small, LIMIT, false },
		{ &large, 2 * GB - 4096, false },
		{ &large, 9 * GB, false },
		{ &large, 10 * GB, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(vm_is_nothing(rows[i].r, rows[i].address, LIMIT), rows[i].nothing);
	/* A window of a bridge is nothing that a device reaches; what stands in it is. */
	assert_false(vm_is_reachable(&small, 0xfe001000));
	assert_true(vm_is_reachable(&small, LIMIT - 1));
	assert_true(vm_is_reachable(&small, 1 << 20));
	assert_true(vm_is_reachable(&small, 4 * GB));
	assert_false(vm_is_reachable(&small, GB));
}

#define WRITE_BY(who, address)                                                               \
	"3,7,2000,-;DMAR: [DMA Write NO_PASID] Request device [" who "] fault addr " address \
	" [fault reason 0x05] PTE Write access is not set\n"

/* Whom the kernel blames for what the VF 01:10.2 did at 0x3f001000. */
static void blame(void **state)
{
	static const struct {
		const char *log;
		bool interrupt;
		enum stray_blame blame;
	} rows[] = {
		{ WRITE_BY("01:10.2", "0x3f001000"), false, STRAY_BLAME_RIGHT },
		{ WRITE_BY("01:00.0", "0x3f001000"), false, STRAY_BLAME_WRONG },
		{ WRITE_BY("01:10.2", "0x3f002000"), false, STRAY_BLAME_NONE },
		{ WRITE_BY("01:10.2", "0x3f001000"), true, STRAY_BLAME_NONE },
		{ "3,7,2000,-;DMAR: [INTR-REMAP] Request device [01:10.2] fault index 0x3f001000 "
		  "[fault reason 0x22] Present field in the IRTE entry is clear\n",
		  true, STRAY_BLAME_RIGHT },
		{ WRITE_BY("00:02.0", "0x0") WRITE_BY("01:10.2", "0x3f001000"), false,
		  STRAY_BLAME_RIGHT },
		/* Of both, the wrong one is what counts, whoever comes first. */
		{ WRITE_BY("01:10.2", "0x3f001000") WRITE_BY("01:00.0", "0x3f001000"), false,
		  STRAY_BLAME_WRONG },
		{ WRITE_BY("01:00.0", "0x3f001000") WRITE_BY("01:10.2", "0x3f001000"), false,
		  STRAY_BLAME_WRONG },
		{ "4,7,2000,-;dmar_fault: 12 callbacks suppressed\n", false, STRAY_BLAME_HIDDEN },
		{ "", false, STRAY_BLAME_NONE },
	};
	const struct fake_sysroot *fs = *state;
	const struct rig_dev dev = { .addr = { .bus = 1, .dev = 0x10, .fn = 2 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ struct item_result *res = calloc(1, sizeof(*res));
		/* No time is left: what is not told yet is not waited for. */
		struct ctx ctx = { .root = &fs->root, .res = res };
		struct stray s = { .ctx = &ctx, .dev = &dev };
		struct stray_outcome out = { 0 };

		assert_non_null(res);
		fake_file(fs, "dev/kmsg", rows[i].log);
		s.kmsg = kmsg_open(&fs->root, true);
		assert_true(s.kmsg >= 0);
		stray_await_fault(&s, 0x3f001000, rows[i].interrupt, &out);
		assert_int_equal(out.blame, rows[i].blame);
		assert_int_equal(out.line[0] != '\0', rows[i].blame == STRAY_BLAME_RIGHT ||
							      rows[i].blame == STRAY_BLAME_WRONG);
		close(s.kmsg);
	}
}

/* What the kernel says of the second time counts if it could not say it the first. */
static void blame_again(void **state)
{
	static const struct {
		enum stray_blame second;
		bool before, now; /* the kernel has held something back */
		enum stray_blame blame;
	} rows[] = {
		{ STRAY_BLAME_RIGHT, true, false, STRAY_BLAME_RIGHT },
		{ STRAY_BLAME_RIGHT, false, true, STRAY_BLAME_RIGHT },
		{ STRAY_BLAME_RIGHT, false, false, STRAY_BLAME_NONE },
		{ STRAY_BLAME_WRONG, false, false, STRAY_BLAME_WRONG },
		{ STRAY_BLAME_NONE, false, false, STRAY_BLAME_NONE },
		{ STRAY_BLAME_NONE, true, false, STRAY_BLAME_HIDDEN },
		{ STRAY_BLAME_HIDDEN, false, true, STRAY_BLAME_HIDDEN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stray_outcome out = { .blame = rows[i].second, .held_back = rows[i].now };

		stray_judge_again(&out, rows[i].before);
		assert_int_equal(out.blame, rows[i].blame);
	}
}

/* Of more than two faults in an interval the kernel may not tell: the third one waits. */
static void faults_take_turns(void **state)
{
	const struct fake_sysroot *fs = *state;
	struct fault_turn t, other;
	const uint64_t start = util_now_ms();
	const uint64_t ended[FAULT_TURNS] = { start - FAULT_TURN_MS + 200, start - 1 };
	uint64_t now[FAULT_TURNS];
	_cleanup_close_ int fd = -1;

	fault_turn_begin(&fs->root, &t);
	assert_true(t.fd >= 0);
	/* Nobody else has it meanwhile. */
	fd = sysroot_openat(&fs->root, O_RDWR, "run/vfproof/faults.turn");
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	fault_turn_end(&t, false);
	assert_true(util_now_ms() < start + 150);
	assert_int_equal(pread(fd, now, sizeof(now), 0), sizeof(now));
	assert_true(now[0] == 0 && now[1] >= start);
	/* Two are not over yet, the first for another 200 ms. */
	assert_int_equal(pwrite(fd, ended, sizeof(ended), 0), sizeof(ended));
	fault_turn_begin(&fs->root, &other);
	assert_true(util_now_ms() >= ended[0] + FAULT_TURN_MS);
	assert_true(util_now_ms() < ended[1] + FAULT_TURN_MS);
	fault_turn_end(&other, false);
	assert_int_equal(pread(fd, now, sizeof(now), 0), sizeof(now));
	assert_true(now[0] == ended[1] && now[1] > ended[1]);
	/* Once the kernel may have held something back, all of the interval is waited for. */
	assert_int_equal(pwrite(fd, (uint64_t[FAULT_TURNS]){ 1, 1 }, sizeof(now), 0), sizeof(now));
	fault_turn_begin(&fs->root, &t);
	fault_turn_end(&t, true);
	assert_int_equal(pread(fd, now, sizeof(now), 0), sizeof(now));
	assert_true(now[0] == now[1] && now[0] >= ended[1]);
}

/* A function whose MSI capability has this address, and that is in its tree. */
static void add_msi(const struct fake_sysroot *fs, const char *name, uint32_t class, bool enabled,
		    uint32_t address)
{
	_cleanup_free_ struct pci_config *cfg = malloc(sizeof(*cfg));

	assert_non_null(cfg);
	fake_config(cfg, 0x8086, 0x1234, class);
	cfg->data[0x41] = 0x50; /* behind the first capability */
	cfg->data[0x50] = 5; /* MSI */
	cfg->data[0x51] = 0xa0;
	cfg->data[0x52] = enabled;
	for (unsigned int i = 0; i < 4; i++)
		cfg->data[0x54 + i] = (uint8_t)(address >> 8 * i);
	fake_add_pci(fs, &(struct fake_pci){ .addr = name,
					     .vendor = 0x8086,
					     .device = 0x1234,
					     .class = class,
					     .config = cfg });
}

static void entry_that_is_used(void **state)
{
	const struct fake_sysroot *fs = *state;
	struct irq_entry e;

	/* A NIC's, one that is off, one without remapping. */
	add_msi(fs, "0000:02:00.0", 0x020000, true, 0xfee00018);
	add_msi(fs, "0000:00:1f.2", 0x010601, false, 0xfee00018);
	add_msi(fs, "0000:00:1f.3", 0x040300, true, 0xfee01000);
	assert_int_equal(irq_entry_find(&fs->root, &e), -ENOENT);
	add_msi(fs, "0000:00:14.0", 0x0c0330, true, 0xfee00338);
	assert_int_equal(irq_entry_find(&fs->root, &e), 0);
	assert_int_equal(e.index, 0x19);
	assert_int_equal(pci_addr_rid(&e.of), 0x14 << 3);
	/* A bridge comes before that. */
	add_msi(fs, "0000:00:1c.0", 0x060400, true, 0xfee00158);
	assert_int_equal(irq_entry_find(&fs->root, &e), 0);
	assert_int_equal(e.index, 0xa);
	assert_int_equal(pci_addr_rid(&e.of), 0x1c << 3);
}

static void entry_of_address(void **state)
{
	(void)state;
	assert_int_equal(irq_entry_index(0xfee00010), 0);
	assert_int_equal(irq_entry_index(0xfee00338), 0x19);
	assert_int_equal(irq_entry_index(0xfee00014), 0x8000);
	assert_int_equal(irq_entry_index(0xfeeffff4), 0xffff);
	/* Compatibility format, and what is no such address. */
	assert_int_equal(irq_entry_index(0xfee00000), -EINVAL);
	assert_int_equal(irq_entry_index(0xfed00010), -EINVAL);
	assert_int_equal(irq_entry_index(0), -EINVAL);
}

static void nested_interrupts(void **state)
{
	const struct fake_sysroot *fs = *state;
	uint64_t n;

	fake_file(fs, "proc/interrupts",
		  "           CPU0       CPU1\n"
		  "  8:          1          2   IO-APIC    8-edge      rtc0\n"
		  "NPI:          3          4   Nested posted-interrupt event\n"
		  "PIN:          9          9   Posted-interrupt notification event\n");
	assert_int_equal(irq_count_nested(&fs->root, &n), 0);
	assert_int_equal(n, 7);
	fake_file(fs, "proc/interrupts", "  8:  1  2   IO-APIC    8-edge      rtc0\n");
	assert_int_equal(irq_count_nested(&fs->root, &n), -ENOENT);
}

/* ---- the agent's end ---- */

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

/* What the kernel tells of this machine's own pages; without the right it tells nothing. */
static void page_address(void **state)
{
	struct sysroot root;
	uint64_t a = 0, b = 0;
	uint8_t *pages = memory_page_new(2);
	int ret;

	(void)state;
	if (!pages)
		skip();
	assert_int_equal(sysroot_open(&root, "/"), 0);
	ret = memory_page_address(&root, pages, &a);
	assert_true(ret == 0 || ret == -EPERM);
	if (ret == 0) {
		assert_int_equal(memory_page_address(&root, pages + MEMORY_PAGE_SIZE, &b), 0);
		assert_true(a != b && a % MEMORY_PAGE_SIZE == 0 && b != 0);
	}
	memory_page_free(pages, 2);
	assert_int_equal(memory_page_address(&root, pages, &a), -EFAULT);
	sysroot_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fault_words),
		cmocka_unit_test(addresses_of_nothing),
		cmocka_unit_test(ring_of_family),
		cmocka_unit_test(head_of_queue),
		cmocka_unit_test(blame_again),
		cmocka_unit_test(head_as_high),
		cmocka_unit_test(ring_that_is_full),
		cmocka_unit_test(no_recipe),
		cmocka_unit_test(entry_of_address),
		cmocka_unit_test_setup_teardown(entry_that_is_used, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(nested_interrupts, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(faults_take_turns, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test(virtio_that_passes_by),
		cmocka_unit_test_setup_teardown(blame, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(config_comes_back, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test(page_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
