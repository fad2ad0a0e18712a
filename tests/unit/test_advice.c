/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of root causes: the linked ones are sound, wrong ones are refused.
 */
#include "core_fake.h"

#include <errno.h>
#include <string.h>
#include "model/advice.h"

static void linked_tables(void **state)
{
	const struct advice *a;

	(void)state;
	assert_int_equal(advice_load(), 0);
	a = advice_find("iommu_off");
	assert_non_null(a);
	/* Folded lines are joined by one space. */
	assert_non_null(strstr(a->fix, "VT-d"));
	assert_non_null(strstr(a->fix, "on AMD set \"IOMMU\" to Enabled"));
	assert_non_null(strstr(a->fix, "amd_iommu=on (AMD)"));
	assert_null(advice_find("no_such_label"));
}

/* libinih cuts lines at 200 bytes, and takes the rest for a line of its own. */
static void no_line_is_cut(void **state)
{
	static const char *const dirs[] = { "configs", "configs/profiles" };
	unsigned int files = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_closedir_ DIR *dir = opendir(dirs[i]);
		struct dirent *entry;

		while ((entry = readdir(dir))) {
			_cleanup_free_ char *text = NULL;
			char *rest, *line;
			size_t len;

			if (!util_glob("*.ini", entry->d_name))
				continue;
			assert_int_equal(
				util_read_file(dirfd(dir), entry->d_name, 1 << 20, &text, &len), 0);
			files++;
			rest = text;
			while ((line = strsep(&rest, "\n")))
				if (strlen(line) > 197)
					fail_msg("%s: %s", entry->d_name, line);
		}
	}
	assert_true(files > 10);
}

/* Kernel messages as Linux 6.12 and its drivers write them. */
static void messages(void **state)
{
	static const struct {
		const char *text;
		const char *label; /* NULL: no symptom, "": harmless */
		enum verdict severity;
	} rows[] = {
		{ "DMAR: [DMA Read NO_PASID] Request device [01:10.0] fault addr 0x7000 [fault "
		  "reason 0x06] PTE Read access is not set",
		  "dmar_fault", VERDICT_FAIL },
		{ "vfio-pci 0000:01:10.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0011 "
		  "address=0x7000 flags=0x0000]",
		  "amdvi_fault", VERDICT_FAIL },
		{ "igb 0000:01:00.0: not enough MMIO resources for SR-IOV", "vf_resources_mmio",
		  VERDICT_FAIL },
		{ "ixgbe 0000:03:00.0: can't enable 63 VFs (bus 04 out of range of [bus 03])",
		  "vf_resources_bus", VERDICT_FAIL },
		{ "igb 0000:01:00.0 eth0: NETDEV WATCHDOG: CPU: 0: transmit queue 0 timed out "
		  "5000 ms",
		  "tx_hang", VERDICT_FAIL },
		{ "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [vfproof:123]", "kernel_oops",
		  VERDICT_FAIL },
		{ "BUG: kernel NULL pointer dereference, address: 0000000000000010", "kernel_oops",
		  VERDICT_FAIL },
		{ "WARNING: CPU: 0 PID: 77 at net/core/dev.c:1234 dev_foo+0x1/0x2",
		  "kernel_warning", VERDICT_WARN },
		{ "pcieport 0000:00:1c.0: AER: Correctable error message received from "
		  "0000:01:00.0",
		  "pcie_aer", VERDICT_WARN },
		{ "pcieport 0000:00:1c.0: AER: Uncorrectable (Fatal) error message received from "
		  "0000:01:00.0",
		  "pcie_aer", VERDICT_FAIL },
		{ "vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module "
		  "param \"allow_unsafe_interrupts\" to enable VFIO IOMMU support on this platform",
		  "no_interrupt_remapping_vfio", VERDICT_FAIL },
		{ "vfio-pci 0000:01:00.1: Hardware bug: VF reports bogus INTx pin 1", "",
		  VERDICT_PASS },
		{ "igb 0000:01:00.0: 7 VFs allocated", "", VERDICT_PASS },
		{ "igb 0000:01:00.0: Enabling SR-IOV VFs using the module parameter is deprecated "
		  "- please use the pci sysfs interface.",
		  "", VERDICT_PASS },
		{ "x 0000:01:00.0: DEBUG: queue 0", NULL, VERDICT_NONE },
		{ "igb 0000:01:00.0 eth0: igb: eth0 NIC Link is Up 1000 Mbps Full Duplex", NULL,
		  VERDICT_NONE },
	};
	size_t i;

	(void)state;
	assert_int_equal(advice_load(), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct symptom *s = symptom_match(SYMPTOM_KERNEL, rows[i].text);

		if (!s != !rows[i].label || (s && s->severity != rows[i].severity) ||
		    (s && rows[i].label[0] && strcmp(s->label, rows[i].label) != 0))
			fail_msg("%s: %s", rows[i].text, s ? s->id : "no symptom");
	}
}

static void wrong_tables(void **state)
{
	static const char good[] = "[a]\ncause = c\nfix = f\n";
	static const struct {
		const char *advice, *symptoms;
	} rows[] = {
		{ "[a]\ncause = c\n", "" },
		{ "[a]\ncause = c\nfix = f\n[b]\ncause = c\nfix = f\n[a]\ncause = d\n", "" },
		{ "[a]\ncause = c\nfix = f\ncolour = red\n", "" },
		{ "cause = c\n", "" },
		{ good, "[s]\nmatch = *x*\nseverity = fail\n" },
		{ good, "[s]\nmatch = *x*\nseverity = bad\nlabel = a\n" },
		{ good, "[s]\nmatch = *x*\nseverity = fail\nlabel = b\n" },
		{ good, "[s]\nseverity = fail\nlabel = a\n" },
		{ good, "[s]\nmatch = *x*\nlabel = a\n" },
		{ good, "[s]\nkind = rumour\nmatch = *x*\nseverity = fail\nlabel = a\n" },
		{ good, "[s]\nrank = 1\nmatch = *x*\nseverity = fail\nlabel = a\n" },
		{ good, "[s]\nmatch = *x*\nseverity = fail\nlabel = a\n"
			"[t]\nmatch = *x*\nseverity = fail\nlabel = a\n"
			"[s]\nmatch = *y*\nseverity = fail\nlabel = a\n" },
	};
	size_t i;

	(void)state;
	assert_int_equal(advice_load_texts(good, "[s]\nmatch=*x*\nseverity=warn\nlabel=a\n"), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (advice_load_texts(rows[i].advice, rows[i].symptoms) != -EINVAL)
			fail_msg("row %zu was taken", i);
}

/* Kinds are kept apart; without one it is a kernel message, without a rank a direct cause. */
static void kinds_and_ranks(void **state)
{
	static const char advice[] = "[a]\ncause = c\nfix = f\n";
	static const char symptoms[] =
		"[k]\nmatch = *x*\nseverity = fail\nlabel = a\n"
		"[w]\nmatch = *w*\nseverity = warn\nlabel = a\n"
		"[e]\nkind = errno\nrank = effect\nmatch = *x*\nseverity = fail\nlabel = a\n"
		"[q]\nkind = qemu\nmatch = *x*\nseverity = fail\nlabel = a\n"
		"[s]\nkind = state\nrank = root\nmatch = *x*\nseverity = warn\nlabel = a\n";
	const struct symptom *k, *w, *e, *s;

	(void)state;
	assert_int_equal(advice_load_texts(advice, symptoms), 0);
	k = symptom_match(SYMPTOM_KERNEL, "an x");
	w = symptom_match(SYMPTOM_KERNEL, "a w");
	e = symptom_match(SYMPTOM_ERRNO, "an x");
	s = symptom_match(SYMPTOM_STATE, "an x");
	assert_string_equal(k->id, "k");
	assert_string_equal(e->id, "e");
	assert_string_equal(symptom_match(SYMPTOM_QEMU, "an x")->id, "q");
	assert_string_equal(s->id, "s");
	assert_null(symptom_match(SYMPTOM_QEMU, "a w"));
	assert_ptr_equal(symptom_get(1), w);
	assert_null(symptom_get(5));
	assert_true(symptom_is_before(s, k) && !symptom_is_before(k, s));
	assert_true(symptom_is_before(k, e) && symptom_is_before(w, e));
	assert_true(symptom_is_before(k, w) && !symptom_is_before(w, k));
	assert_false(symptom_is_before(k, k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linked_tables),   cmocka_unit_test(no_line_is_cut),
		cmocka_unit_test(messages),	   cmocka_unit_test(wrong_tables),
		cmocka_unit_test(kinds_and_ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
