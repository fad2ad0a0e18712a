/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of symptoms against what is really seen: every failure's text in
 * tests/fixtures/symptoms/NAME.txt gets its severity and advice, every symptom is hit by one of
 * them, and the logs of healthy machines there, NAME.log, by none that is a failure or a warning.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "cases/registry.h"
#include "model/ctx.h"
#include "model/cause.h"
#include "base/log.h"
#include "model/result.h"
#include "fuzz.h"

#define FIXTURES "tests/fixtures/symptoms"
#define MAX_SYMPTOMS 4096
#define MAX_FILE (1 << 20)

static const char *const kinds[SYMPTOM_KIND_COUNT] = {
	[SYMPTOM_KERNEL] = "kernel",
	[SYMPTOM_ERRNO] = "errno",
	[SYMPTOM_QEMU] = "qemu",
	[SYMPTOM_STATE] = "state",
};

/* What the fixtures show of the table. */
struct seen_all {
	char rows[16384]; /* " A1 A2 " */
	bool hit[MAX_SYMPTOMS];
};

static char *read_text(const char *name)
{
	char *text = NULL;
	size_t len;

	assert_int_equal(util_read_file(AT_FDCWD, name, MAX_FILE, &text, &len), 0);
	return text;
}

/* Calls @line for each line of each file of the fixtures that ends in @suffix. */
static void for_each_line(const char *suffix, void (*line)(char *text, void *arg), void *arg)
{
	DIR *dir = opendir(FIXTURES);
	unsigned int files = 0;
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		size_t len = strlen(entry->d_name), end = strlen(suffix);
		char name[512], *text, *at, *save;

		if (len <= end || strcmp(entry->d_name + len - end, suffix) != 0)
			continue;
		files++;
		util_format(name, sizeof(name), FIXTURES "/%s", entry->d_name);
		text = read_text(name);
		for (at = strtok_r(text, "\n", &save); at; at = strtok_r(NULL, "\n", &save))
			line(at, arg);
		free(text);
	}
	closedir(dir);
	assert_true(files > 0);
}

static const char *severity_name(const struct symptom *s)
{
	if (s->hint)
		return "hint";
	return s->severity == VERDICT_FAIL ? "fail" : s->severity == VERDICT_WARN ? "warn" : "pass";
}

static unsigned int find_index(const struct symptom *s)
{
	unsigned int i = 0;

	while (symptom_get(i) != s)
		i++;
	assert_true(i < MAX_SYMPTOMS);
	return i;
}

/* "ROW | KIND | SEVERITY LABEL | TEXT" */
static void check_failure(char *line, void *arg)
{
	char row[16], kind[16], severity[16], label[64];
	struct seen_all *all = arg;
	const struct symptom *s;
	unsigned int k = 0;
	int text = 0;
	size_t used;

	if (line[0] == '#')
		return;
	if (sscanf(line, "%15s | %15s | %15s %63s | %n", row, kind, severity, label, &text) != 4 ||
	    text == 0)
		fail_msg("malformed: %s", line);
	while (k < SYMPTOM_KIND_COUNT && strcmp(kinds[k], kind) != 0)
		k++;
	if (k == SYMPTOM_KIND_COUNT)
		fail_msg("no such kind: %s", line);
	s = symptom_match((enum symptom_kind)k, line + text);
	if (!s || strcmp(severity_name(s), severity) != 0 || strcmp(s->label, label) != 0)
		fail_msg("%s\n-> %s %s %s", line, s ? s->id : "nothing", s ? severity_name(s) : "",
			 s ? s->label : "");
	assert_non_null(advice_find(s->label));
	all->hit[find_index(s)] = true;
	used = strlen(all->rows);
	util_format(all->rows + used, sizeof(all->rows) - used, " %s ", row);
}

static struct seen_all *check_failures(void)
{
	struct seen_all *all = calloc(1, sizeof(*all));

	assert_non_null(all);
	assert_int_equal(advice_load(), 0);
	for_each_line(".txt", check_failure, all);
	return all;
}

static void every_failure_is_known(void **state)
{
	struct seen_all *all = check_failures();

	(void)state;
	free(all);
}

static void every_symptom_is_seen(void **state)
{
	struct seen_all *all = check_failures();
	const struct symptom *s;
	unsigned int i, missed = 0;

	(void)state;
	for (i = 0; (s = symptom_get(i)); i++)
		if (!all->hit[i]) {
			print_message("no text for [%s]\n", s->id);
			missed++;
		}
	free(all);
	assert_int_equal(missed, 0);
}

/* The failures are numbered by area; what cannot occur has its row in docs/symptoms.md instead. */
static void no_failure_is_left_out(void **state)
{
	static const struct {
		char area;
		unsigned int n;
	} areas[] = { { 'A', 4 },  { 'B', 19 }, { 'C', 8 },  { 'D', 21 }, { 'E', 3 },
		      { 'F', 10 }, { 'G', 22 }, { 'H', 38 }, { 'I', 7 } };
	struct seen_all *all = check_failures();
	_cleanup_free_ char *docs = read_text("docs/symptoms.md");
	unsigned int a, i;

	(void)state;
	for (a = 0; a < ARRAY_SIZE(areas); a++)
		for (i = 1; i <= areas[a].n; i++) {
			char seen[16], excused[16];

			util_format(seen, sizeof(seen), " %c%u ", areas[a].area, i);
			util_format(excused, sizeof(excused), "\n| %c%u |", areas[a].area, i);
			if (!strstr(all->rows, seen) == !strstr(docs, excused))
				fail_msg("%c%u: neither or both of a text and an excuse",
					 areas[a].area, i);
		}
	free(all);
}

/* True if some case asks for the message. */
static bool is_provoked(const char *line)
{
	const struct case_def *def;
	const struct provoked *p;
	size_t i;

	for (i = 0; (def = case_table_get(&registry, i)); i++)
		for (p = def->provokes; p && p->match; p++)
			if (util_glob(p->match, line))
				return true;
	return false;
}

static void check_healthy(char *line, void *arg)
{
	const struct symptom *s = symptom_match(SYMPTOM_KERNEL, line);

	++*(unsigned int *)arg;
	if (s && s->severity != VERDICT_PASS && !is_provoked(line))
		fail_msg("[%s] is seen in a healthy log: %s", s->id, line);
}

static void healthy_logs(void **state)
{
	unsigned int lines = 0;

	(void)state;
	assert_int_equal(advice_load(), 0);
	for_each_line(".log", check_healthy, &lines);
	assert_true(lines > 300);
}

/* The causes that @texts speak for, with @label as the finding's own. */
static void collect(struct causes *c, const char *label, const char *const *kernel,
		    const char *const *others)
{
	struct item_result res = { 0 };
	unsigned int i;

	*c = (struct causes){ 0 };
	for (i = 0; kernel[i]; i++) {
		const struct symptom *s = symptom_match(SYMPTOM_KERNEL, kernel[i]);

		assert_non_null(s);
		causes_add(c, s, kernel[i]);
	}
	for (i = 0; others[i]; i++)
		assert_true(result_symptom(&res, SYMPTOM_ERRNO, others[i]) ||
			    result_symptom(&res, SYMPTOM_QEMU, others[i]));
	result_causes(&res, c);
	causes_add_label(c, label);
}

/* Seen in the order in which they happen, or in the opposite one. */
static void ranking(void **state)
{
	static const struct {
		const char *label;
		const char *kernel[5], *others[3];
		const char *want[6];
	} rows[] = {
		{ "vf_create_failed",
		  { "bnx2x: [bnx2x_sriov_configure:2423(eth0)]VF num configuration via sysfs not "
		    "supported while PF is down",
		    "bnx2x 0000:04:00.0: Direct firmware load for x.fw failed with error -2" },
		  { "sriov_numvfs EINVAL bnx2x" },
		  { "firmware_missing", "pf_down", "vf_create_failed" } },
		{ "vf_create_failed",
		  { "ixgbe 0000:03:00.0: Failed to enable PCI sriov: -12",
		    "ixgbe 0000:03:00.0: can't enable 63 VFs (bus 04 out of range of [bus 03])" },
		  { "sriov_numvfs ENOMEM ixgbe" },
		  { "vf_resources_bus", "vf_create_failed", "vf_resources_mmio" } },
		{ "vf_create_failed",
		  { "ice 0000:b1:00.0: SR-IOV cannot be configured - Device is in Safe Mode",
		    "pcieport 0000:00:1c.0: AER: Correctable error message received from x" },
		  { "sriov_numvfs EOPNOTSUPP ice" },
		  { "vf_create_failed", "pcie_aer", "firmware_ddp", "nic_sriov_off" } },
		/* The same label again, with a better reason: it moves up. */
		{ "vf_create_failed",
		  { "ice 0000:b1:00.0: SR-IOV cannot be configured - Device is in Safe Mode",
		    "ice 0000:b1:00.0: The DDP package file was not found or could not be read. "
		    "Entering Safe Mode" },
		  { "sriov_numvfs EOPNOTSUPP ice" },
		  { "firmware_ddp", "vf_create_failed", "nic_sriov_off" } },
		/* What is certain comes before what is not. */
		{ "guest_no_link",
		  { "pcieport 0000:00:1c.0: AER: Correctable error message received from x",
		    "igb 0000:01:00.0: Detected Tx Unit Hang" },
		  { NULL },
		  { "tx_hang", "guest_no_link", "pcie_aer" } },
		{ "guest_start_failed",
		  { NULL },
		  { "vfio-pci: Device ROM size is zero at 0000:01:10.0",
		    "vfio 0000:01:00.1: group 14 is not viable" },
		  { "group_not_viable", "guest_start_failed", "vf_rom" } },
		/* What was seen on servers that their users own. */
		{ "guest_no_netdev",
		  { "iavf 0000:21:0a.0: Unable to get VF config (-5)",
		    "iavf 0000:21:0a.0: Failed to communicate with PF; waiting before retry",
		    "iavf 0000:21:0a.0: Unable to get VF config due to PF error condition, not "
		    "retrying" },
		  { NULL },
		  { "vf_mailbox", "guest_no_netdev" } },
		{ "guest_no_netdev",
		  { "iavf 0000:ec:01.1: Reset indication received from the PF",
		    "iavf 0000:ec:01.1: PF returned error -5 (IAVF_ERR_PARAM) to our request 3",
		    "iavf 0000:ec:01.1: Failed to add MAC filter, error IAVF_NOT_SUPPORTED" },
		  { NULL },
		  { "guest_no_netdev", "vf_mailbox_version", "vf_mailbox" } },
		{ "vf_create_failed",
		  { "mlx4_core 0000:02:00.0: not enough MMIO resources for SR-IOV",
		    "mlx4_core 0000:02:00.0: Failed to enable SR-IOV, continuing without SR-IOV "
		    "(err = -12)" },
		  { NULL },
		  { "vf_resources_mmio", "vf_create_failed" } },
		{ "pf_driver_unbound",
		  { "bnx2x 0000:04:00.0: probe with driver bnx2x failed with error -22" },
		  { NULL },
		  { "pf_driver_mismatch", "pf_driver_unbound" } },
		{ "pf_driver_unbound",
		  { "mlx5_core 0000:01:00.0: handle_hca_cap failed",
		    "mlx5_core 0000:01:00.0: mlx5_load_one failed with error code -22",
		    "mlx5_core: probe of 0000:01:00.0 failed with error -22" },
		  { NULL },
		  { "pf_driver_mismatch", "pf_driver_unbound" } },
		{ "vf_create_failed",
		  { "mlx5_core 0000:0a:00.0: wait_fw_init:199:(pid 812): Waiting for FW "
		    "initialization, timeout abort in 100s (0x80000000)",
		    "mlx5_core 0000:0a:00.0: probe with driver mlx5_core failed with error -110",
		    "mlx5_core 0000:0a:00.0: no driver bound to device; cannot configure SR-IOV" },
		  { NULL },
		  { "pf_firmware_down", "pf_driver_unbound", "vf_create_failed" } },
		{ "traffic_lost",
		  { "ixgbe 0000:08:00.1 ens3f1: 1934439 Spoofed packets detected",
		    "ixgbe 0000:08:00.1 ens3f1: initiating reset due to lost link with pending Tx "
		    "work",
		    "ixgbe 0000:08:00.1 ens3f1: Reset adapter" },
		  { NULL },
		  { "traffic_lost", "vf_spoof", "tx_hang" } },
		{ "guest_start_failed",
		  { "genirq: Flags mismatch irq 16. 00000000 (vfio-intx(0000:04:00.0)) vs. "
		    "00000080 (ehci_hcd:usb1)" },
		  { "vfio 0000:04:00.0: Failed to set up TRIGGER eventfd signaling for interrupt "
		    "INTX-0: VFIO_DEVICE_SET_IRQS failure: Device or resource busy" },
		  { "intx_shared", "guest_start_failed" } },
		{ "guest_start_failed",
		  { "vfio-pci 0000:04:10.0: Firmware has requested this device have a 1:1 IOMMU "
		    "mapping, rejecting configuring the device without a 1:1 mapping." },
		  { "vfio 0000:04:10.0: failed to setup container for group 11: Failed to set "
		    "iommu for container: Invalid argument" },
		  { "rmrr", "iommu_attach_failed", "guest_start_failed" } },
		{ "guest_start_failed",
		  { NULL },
		  { "vfio 0000:04:10.0: failed to setup container for group 11: Failed to set "
		    "iommu for container: Input/output error" },
		  { "iommu_attach_failed", "guest_start_failed" } },
		{ "device_unhealthy",
		  { "iommu ivhd0: AMD-Vi: Event logged [IOTLB_INV_TIMEOUT device=0000:0b:00.0 "
		    "address=0x100215ba0]",
		    "vfio-pci 0000:0b:00.0: not ready 1023ms after FLR; waiting",
		    "AMD-Vi: Completion-Wait loop timed out" },
		  { NULL },
		  { "ats_timeout", "iommu_no_answer", "device_unhealthy", "reset_failed" } },
		{ "traffic_lost",
		  { "IO_PAGE_FAULT device=04:00.0 domain=0x0002 address=0x00000000ff1d0280" },
		  { NULL },
		  { "amdvi_fault", "traffic_lost" } },
		{ "traffic_lost",
		  { "dmar: DMAR:[DMA Read] Request device [00:02.0] fault addr 1a45aa9000",
		    "DMAR:[fault reason 12] non-zero reserved fields in PTE" },
		  { NULL },
		  { "dmar_fault", "traffic_lost" } },
		/* Harmless messages explain nothing. */
		{ "link_down", { "igb 0000:01:00.0: 7 VFs allocated" }, { NULL }, { "link_down" } },
	};
	unsigned int i, k;

	(void)state;
	assert_int_equal(advice_load(), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct causes c;

		collect(&c, rows[i].label, rows[i].kernel, rows[i].others);
		for (k = 0; k < c.n && rows[i].want[k]; k++)
			if (strcmp(c.list[k].label, rows[i].want[k]) != 0)
				fail_msg("row %u: %s is cause %u, not %s", i, c.list[k].label, k,
					 rows[i].want[k]);
		assert_true(k == c.n && !rows[i].want[k]);
	}
}

/* More causes than there is room for: the least likely ones give way. */
static void too_many_causes(void **state)
{
	struct symptom s[CAUSES_MAX + 3];
	char labels[CAUSES_MAX + 3][8];
	struct causes c = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		util_format(labels[i], sizeof(labels[i]), "l%u", i);
		s[i] = (struct symptom){ .label = labels[i],
					 .severity = VERDICT_FAIL,
					 .rank = i < CAUSES_MAX	   ? RANK_EFFECT
						 : i == CAUSES_MAX ? RANK_DIRECT
								   : RANK_ROOT };
		causes_add(&c, &s[i], "seen");
	}
	causes_add_label(&c, "own");
	assert_int_equal(c.n, CAUSES_MAX);
	assert_string_equal(c.list[0].label, labels[CAUSES_MAX + 1]);
	assert_string_equal(c.list[1].label, labels[CAUSES_MAX + 2]);
	assert_string_equal(c.list[2].label, labels[CAUSES_MAX]);
	assert_string_equal(c.list[3].label, "own");
	assert_string_equal(c.list[4].label, "l0");
}

/* What a dead child left in its result. */
/* What is looked for first is in every text that a row matches: it saves time, and nothing else. */
static void check_needle(char *line, void *arg)
{
	const struct symptom *s;
	unsigned int i;

	(void)arg;
	for (i = 0; (s = symptom_get(i)); i++)
		if (util_glob(s->match, line) && !strstr(line, s->needle))
			fail_msg("[%s]: \"%s\" is not in: %s", s->id, s->needle, line);
}

static void needles(void **state)
{
	static const struct {
		const char *glob, *needle;
	} rows[] = {
		{ "*Port module event[[]error]: module *", "Port module event" },
		{ "*[!A-Z_]BUG: *", "BUG: " },
		{ "*ab[7-9]cdef?g", "cdef" },
		{ "x\\*long enough", "long enough" },
		{ "*[]]tail", "tail" },
		{ "*", "" },
	};
	char table[200];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		util_format(table, sizeof(table), "[one]\nmatch = %s\nseverity = hint\nlabel = a\n",
			    rows[i].glob);
		assert_int_equal(advice_load_texts("[a]\ncause = c\nfix = f\n", table), 0);
		assert_string_equal(symptom_get(0)->needle, rows[i].needle);
		assert_true(symptom_get(0)->hint);
	}
	assert_int_equal(advice_load(), 0);
	for_each_line(".txt", check_needle, NULL);
	for_each_line(".log", check_needle, NULL);
}

static void damaged_result(void **state)
{
	struct item_result res = { .n_seen = UINT32_MAX }, copy;
	struct causes c = { 0 };

	(void)state;
	memset(res.seen, 'x', sizeof(res.seen));
	result_copy(&copy, &res);
	result_causes(&copy, &c);
	assert_int_equal(c.n, 0);
}

/* Checks the labels in the text of one argument of a call: every literal in it is one. */
static unsigned int check_labels(const char *file, const char *arg, size_t len)
{
	const char *end = arg + len;
	unsigned int n = 0;

	while ((arg = memchr(arg, '"', (size_t)(end - arg)))) {
		const char *close = memchr(arg + 1, '"', (size_t)(end - arg - 1));
		char label[64];

		assert_non_null(close);
		util_format(label, sizeof(label), "%.*s", (int)(close - arg - 1), arg + 1);
		if (!advice_find(label))
			fail_msg("%s: advice.ini has no [%s]", file, label);
		n++;
		arg = close + 1;
	}
	return n;
}

/* The end of the argument at @s: a comma or bracket that is not within brackets or quotes. */
static size_t arg_len(const char *s)
{
	size_t i;
	int depth = 0;
	bool quoted = false;

	for (i = 0; s[i]; i++) {
		if (quoted && s[i] == '\\' && s[i + 1])
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && depth == 0 && (s[i] == ',' || s[i] == ')'))
			return i;
		else if (!quoted)
			depth += (s[i] == '(') - (s[i] == ')');
	}
	return i;
}

static unsigned int check_calls(const char *file, const char *text)
{
	static const char *const calls[] = { "ctx_fail(", "ctx_warn(", "ctx_fail_absent(",
					     "ctx_cause(" };
	static const char assignment[] = "label = ";
	unsigned int k, n = 0;
	const char *at;

	for (k = 0; k < ARRAY_SIZE(calls); k++)
		for (at = text; (at = strstr(at, calls[k]));) {
			at += strlen(calls[k]);
			at += arg_len(at); /* the first one is the context */
			if (*at == ',')
				n += check_labels(file, at + 1, arg_len(at + 1));
		}
	for (at = text; (at = strstr(at, assignment)); at += strlen(assignment))
		n += check_labels(file, at, strcspn(at, ";,("));
	return n;
}

/* Each finding that the code records has a label that advice.ini knows. */
static void labels_of_findings(void **state)
{
	static const char *const dirs[] = { "runner/cases", "runner/vm" };
	unsigned int i, n = 0;

	(void)state;
	assert_int_equal(advice_load(), 0);
	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		DIR *dir = opendir(dirs[i]);
		struct dirent *entry;

		assert_non_null(dir);
		while ((entry = readdir(dir))) {
			char name[512], *text;

			if (!strstr(entry->d_name, ".c"))
				continue;
			util_format(name, sizeof(name), "%s/%s", dirs[i], entry->d_name);
			text = read_text(name);
			n += check_calls(name, text);
			free(text);
		}
		closedir(dir);
	}
	assert_true(n > 40);
}

static void run_tables(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	const struct symptom *s;
	unsigned int i;
	int ret;

	(void)len;
	(void)r;
	(void)arg;
	ret = advice_load_texts("[a]\ncause = c\nfix = f\n[b]\ncause = c\nfix = f\n",
				(const char *)data);
	assert_true(ret == 0 || ret == -EINVAL);
	assert_true(!seed || ret == 0);
	for (i = 0; ret == 0 && (s = symptom_get(i)); i++) {
		assert_true(s->kind < SYMPTOM_KIND_COUNT && s->rank <= RANK_EFFECT);
		assert_non_null(advice_find(s->label));
		(void)symptom_match(s->kind, "some text");
	}
}

/* The table is part of the program, but whoever adds to it may err. */
static void fuzz_symptoms(void **state)
{
	static const char good[] =
		"# comment\n[one]\nmatch = *[[]x[]]*\nseverity = fail\nlabel = a\n\n"
		"[two]\nkind = errno\nmatch = op E?* igb\nseverity = warn\nrank = root\nlabel = b\n"
		"[three]\nkind = qemu\nmatch = *says\n\tmore*\nseverity = pass\nrank = effect\n"
		"label = a\n[four]\nkind = state\nmatch = s\nseverity = fail\nlabel = b\n";
	const struct core_fake *fake = *state;
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 } },
		.words = { "\n", "[", "]", "kind = ", "rank = ", "root", "effect", "kernel",
			   "state", "match = ", "label = a\n", "severity = ", "=", "\t", " ;" },
		.rounds = 4000,
		.text = true,
		.run = run_tables,
	};

	assert_int_equal(log_open_consoles(&fake->root, false), 0);
	fuzz_run(&t);
	log_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failure_is_known),
		cmocka_unit_test(every_symptom_is_seen),
		cmocka_unit_test(no_failure_is_left_out),
		cmocka_unit_test(healthy_logs),
		cmocka_unit_test(ranking),
		cmocka_unit_test(too_many_causes),
		cmocka_unit_test(needles),
		cmocka_unit_test(damaged_result),
		cmocka_unit_test(labels_of_findings),
		cmocka_unit_test_setup_teardown(fuzz_symptoms, core_fake_setup, core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
