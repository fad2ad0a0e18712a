/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel messages: records of /dev/kmsg, well formed and not. */
#include "fake_sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "engine/klog.h"
#include "sys/kmsg.h"
#include "sys/kmsg_about.h"

static int parse(const char *text, struct kmsg_record *rec)
{
	return kmsg_parse(text, strlen(text), rec);
}

static void test_parse(void **state)
{
	struct kmsg_record rec;

	(void)state;
	assert_int_equal(parse("4,339,5140900,-;igb 0000:01:00.0: 7 VFs allocated\n"
			       " SUBSYSTEM=pci\n DEVICE=+pci:0000:01:00.0\n",
			       &rec),
			 0);
	assert_int_equal(rec.level, 4);
	assert_int_equal(rec.seq, 339);
	assert_int_equal(rec.time_us, 5140900);
	assert_string_equal(rec.text, "igb 0000:01:00.0: 7 VFs allocated");
	assert_string_equal(rec.subsystem, "pci");
	/* Facility 1 (user), and fields after the flags that newer kernels may add. */
	assert_int_equal(parse("13,1,2,c,caller=T1;a;b\x1b[2J", &rec), 0);
	assert_int_equal(rec.level, 5);
	assert_string_equal(rec.text, "a;b?[2J");
}

static void test_parse_malformed(void **state)
{
	static const char *const texts[] = {
		"",
		"6",
		"6,",
		"6,1,2",
		"6,1,2,-",
		"-6,1,2,-;x",
		"6,,2,-;x",
		"6,1,x,-;x",
		"6,99999999999999999999,2,-;x",
		"6,999999999999999999999999999999,2,-;x",
		";x",
	};
	struct kmsg_record rec;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(parse(texts[i], &rec), -EBADMSG);
}

static void test_long_text_is_cut(void **state)
{
	struct kmsg_record rec;
	char text[9000];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "6,1,2,-;", 8);
	assert_int_equal(kmsg_parse(text, sizeof(text), &rec), 0);
	assert_int_equal(strlen(rec.text), sizeof(rec.text) - 1);
}

static void test_reads_a_recorded_log(void **state)
{
	struct fake_sysroot *fs = *state;
	struct kmsg_record rec;
	bool lost;
	int fd;

	fake_file(fs, "dev/kmsg", "6,1,10,-;one\n SUBSYSTEM=pci\n6,2,20,-;two\n");
	fd = kmsg_open(&fs->root, true);
	assert_true(fd >= 0);
	assert_int_equal(kmsg_read(fd, &rec, &lost), 1);
	assert_string_equal(rec.text, "one");
	assert_int_equal(kmsg_read(fd, &rec, &lost), 1);
	assert_string_equal(rec.text, "two");
	assert_int_equal(kmsg_read(fd, &rec, &lost), 0);
	assert_false(lost);
	close(fd);
	fd = kmsg_open(&fs->root, false);
	assert_int_equal(kmsg_read(fd, &rec, NULL), 0);
	close(fd);
}

/* How often read(2) says that the log was overwritten, as /dev/kmsg does. */
static unsigned int overruns;

ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);

ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	if (overruns == 0)
		return __real_read(fd, buf, size);
	overruns--;
	errno = EPIPE;
	return -1;
}

static void append_record(const struct fake_sysroot *fs, const char *text)
{
	int fd = sysroot_openat(&fs->root, O_WRONLY | O_APPEND, "dev/kmsg");

	assert_true(fd >= 0);
	assert_int_equal(util_write_all(fd, text, strlen(text)), 0);
	close(fd);
}

/* A flood: the kernel numbers its messages, so that those that are missing can be counted. */
static void test_lost_messages_are_counted(void **state)
{
	_cleanup_free_ struct item_result *res = calloc(1, sizeof(*res));
	_cleanup_free_ struct klog *k = calloc(1, sizeof(*k));
	struct fake_sysroot *fs = *state;
	int fd;

	assert_int_equal(advice_load(), 0);
	fake_file(fs, "dev/kmsg", "6,1,10,-;one\n6,2,20,-;two\n6,1002,30,-;later\n");
	fd = kmsg_open(&fs->root, true);
	k->fd = fd;
	klog_drain(k);
	assert_int_equal(k->lost, 0); /* files of tests have gaps, and nothing was lost */
	append_record(fs, "6,2003,30,-;later\n6,2004,30,-;next\n");
	overruns = 1;
	klog_drain(k);
	assert_int_equal(k->lost, 1000);
	klog_judge(k, res);
	assert_int_equal(res->verdict, VERDICT_WARN);
	assert_string_equal(res->label, "kernel_log_lost");
	assert_non_null(strstr(res->measured, "1000 messages were lost"));
	/* What is lost before the next item begins is nobody's, but not forgotten. */
	append_record(fs, "6,2010,40,-;between\n");
	overruns = 1;
	assert_false(klog_begin(k, fd));
	assert_int_equal(k->lost, 0);
	assert_int_equal(klog_take_lost(k), 5);
	assert_int_equal(klog_take_lost(k), 0);
	close(fd);
}

static void test_find(void **state)
{
	struct fake_sysroot *fs = *state;
	char line[64];

	assert_false(kmsg_find(&fs->root, "VFs", line, sizeof(line)));
	fake_file(fs, "dev/kmsg",
		  "6,1,10,-;igb 0000:01:00.0: fine\nmalformed\n"
		  "3,2,20,-;igb 0000:02:00.0: not enough MMIO resources for SR-IOV\n");
	assert_true(kmsg_find(&fs->root, "MMIO", line, sizeof(line)));
	assert_string_equal(line, "igb 0000:02:00.0: not enough MMIO resources for SR-IOV");
	assert_false(kmsg_find(&fs->root, "bus", line, sizeof(line)));
	assert_string_equal(line, "");
	assert_true(kmsg_find_both(&fs->root, "0000:02:00.0", "MMIO", line, sizeof(line)));
	assert_false(kmsg_find_both(&fs->root, "0000:01:00.0", "MMIO", line, sizeof(line)));
}

/* Each form in which a device is named, and what looks like one. */
static void test_about(void **state)
{
	static const struct {
		const char *text, *subsystem;
		const char *want; /* addresses ("*" for no domain), or the other device's name */
	} rows[] = {
		{ "igb 0000:01:00.0: Detected Tx Unit Hang", "pci", "0000:01:00.0" },
		{ "pci 0001:81:1f.7: x", "", "0001:81:1f.7" },
		{ "DMAR: [DMA Read NO_PASID] Request device [01:10.2] fault addr 0x7000", "",
		  "*:01:10.2" },
		{ "dmar: DMAR:[DMA Read] Request device [00:02.0] fault addr 1a45aa9000", "",
		  "*:00:02.0" },
		{ "DMAR: [INTR-REMAP] Request device [f0:1f.7] fault index 0x15", "", "*:f0:1f.7" },
		{ "AMD-Vi: Event logged [IO_PAGE_FAULT device=03:00.0 domain=0x001b]", "",
		  "*:03:00.0" },
		{ "AMD-Vi: Event logged [IO_PAGE_FAULT device=0000:03:00.0 domain=0x001b]", "",
		  "0000:03:00.0" },
		{ "iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:0b:00.0 x]", "",
		  "0000:0b:00.0" },
		{ "pcieport 0000:00:1c.0: AER: error message received from 0000:01:00.0", "",
		  "0000:00:1c.0 0000:01:00.0" },
		{ "qede 05:00.00: Storm FW 8.59.1.0 [eth1]", "", "*:05:00.0" },
		{ "qede 05:00.03: Storm FW", "", "*:05:00.3" },
		{ "DMAR: VT-d detected Invalidation Time-out Error: SID 180", "", "*:01:10.0" },
		{ "DMAR: VT-d detected Invalidation Time-out Error: SID 0", "", "" },
		{ "genirq: Flags mismatch irq 16. 0 (vfio-intx(0000:04:00.0)) vs. 80 (ehci_hcd)",
		  "", "0000:04:00.0" },
		{ "nvme 10000:01:00.0: behind a VMD controller", "", "other 10000:01:00.0" },
		{ "usb 1-2: USB disconnect, device number 3", "", "other usb 1-2" },
		{ "usb 1-2.4: device descriptor read/64, error -71", "", "other usb 1-2.4" },
		{ "hub 1-0:1.0: hub_ext_port_status failed (err = -71)", "", "other hub 1-0:1.0" },
		{ "sd 6:0:0:0: [sda] Synchronize Cache(10) failed", "", "other sd 6:0:0:0" },
		{ "scsi host6: uas_eh_device_reset_handler start", "", "other scsi host6" },
		{ "ata1.00: exception Emask 0x0 SAct 0x0", "", "other ata1.00" },
		{ "ata1: SATA link down", "", "other ata1" },
		{ "I/O error, dev sda, sector 0 op 0x0:(READ)", "", "other sda" },
		{ "Buffer I/O error on dev sda1, logical block 0", "", "other sda1" },
		{ "FAT-fs (sda2): FAT read failed (blocknr 64)", "", "other FAT-fs (sda2)" },
		{ "nvme nvme0: I/O 1 QID 0 timeout, reset controller", "", "other nvme nvme0" },
		{ "tpm_tis MSFT0101:00: TPM interrupt not working", "platform",
		  "other tpm_tis MSFT0101:00" },
		{ "xhci_hcd 0000:00:14.0: HC died; cleaning up", "pci", "0000:00:14.0" },
		/* What is none. */
		{ "AMD-Vi: Completion-Wait loop timed out", "", "" },
		{ "DMAR: DRHD: handling fault status reg 2", "", "" },
		{ "igbvf: MAC 52:54:00:12:34:56.", "", "" },
		{ "at 10:22:33.1 it was", "", "" },
		{ "firmware 7.13.21.0 and 01:20.0 and 01:1f.8 and 1:1f.0", "", "" },
		{ "eth0: link", "net", "" },
		{ "BUG: something bad", "", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kmsg_record rec = { 0 };
		struct kmsg_about about;
		char got[200] = "", a[PCI_ADDR_STRLEN];
		unsigned int k;

		util_strlcpy(rec.text, sizeof(rec.text), rows[i].text);
		util_strlcpy(rec.subsystem, sizeof(rec.subsystem), rows[i].subsystem);
		kmsg_about(&rec, &about);
		for (k = 0; k < about.n; k++) {
			pci_addr_format(&about.addrs[k].addr, a);
			util_format(got + strlen(got), sizeof(got) - strlen(got), "%s%s%s",
				    k > 0 ? " " : "", about.addrs[k].any_domain ? "*" : "",
				    about.addrs[k].any_domain ? a + 4 : a);
		}
		if (about.other[0])
			util_format(got, sizeof(got), "other %s", about.other);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s -> %s", rows[i].text, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_malformed),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test_setup_teardown(test_reads_a_recorded_log, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_lost_messages_are_counted, fake_tree_setup,
						fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_find, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
