/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases of isolation stand on: the kernel's words about what the IOMMU has blocked, whose
 * turn it is to make it speak, which addresses mean nothing in a guest, and entries of interrupt
 * remapping.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <cmocka.h>

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
	const struct pci_addr nic = { 0, 2, 0, 0 };
	const struct fake_sysroot *fs = *state;
	struct irq_entry e;

	/* A NIC's, one that is off, one without remapping. */
	add_msi(fs, "0000:02:00.0", 0x020000, true, 0xfee00018);
	add_msi(fs, "0000:00:1f.2", 0x010601, false, 0xfee00018);
	add_msi(fs, "0000:00:1f.3", 0x040300, true, 0xfee01000);
	assert_int_equal(irq_entry_find(&fs->root, &nic, &e), -ENOENT);
	add_msi(fs, "0000:00:14.0", 0x0c0330, true, 0xfee00338);
	assert_int_equal(irq_entry_find(&fs->root, &nic, &e), 0);
	assert_int_equal(e.index, 0x19);
	assert_int_equal(pci_addr_rid(&e.of), 0x14 << 3);
	/* A bridge comes before that, */
	add_msi(fs, "0000:00:1c.0", 0x060400, true, 0xfee00158);
	assert_int_equal(irq_entry_find(&fs->root, &nic, &e), 0);
	assert_int_equal(e.index, 0xa);
	assert_int_equal(pci_addr_rid(&e.of), 0x1c << 3);
	/* but of the NIC's own unit. */
	fake_link(fs, "sys/bus/pci/devices/0000:02:00.0/iommu", "../../virtual/iommu/dmar1");
	fake_link(fs, "sys/bus/pci/devices/0000:00:1c.0/iommu", "../../virtual/iommu/dmar0");
	assert_int_equal(irq_entry_find(&fs->root, &nic, &e), -ENOENT);
	fake_link(fs, "sys/bus/pci/devices/0000:00:14.0/iommu", "../../virtual/iommu/dmar1");
	assert_int_equal(irq_entry_find(&fs->root, &nic, &e), 0);
	assert_int_equal(e.index, 0x19);
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
		cmocka_unit_test(blame_again),
		cmocka_unit_test(entry_of_address),
		cmocka_unit_test_setup_teardown(entry_that_is_used, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(nested_interrupts, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(faults_take_turns, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(blame, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test(page_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
