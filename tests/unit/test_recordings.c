/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inventory, plan, VF arithmetic and verdicts on real cards and machines: on recordings of them as
 * they are (skipped where there are none), and on the project's own descriptions of the same cards
 * in tests/fixtures/cards/. What each has to give is in one table, for both.
 */
#include "fake_card.h"
#include "fake_case.h"
#include "recording_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "model/advice.h"
#include "engine/klog.h"
#include "cases/registry.h"
#include "model/result.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/kmsg.h"
#include "sys/link.h"
#include "sys/sriov.h"
#include "cases/areas.h"

#define FIXTURES "tests/fixtures/cards"
#define MAX_TEXT (1u << 20)
#define MAX_TESTS 128

struct source {
	const struct recording_machine *machine;
	bool recorded;
	char dump[512]; /* "" if there is none */
	char *text; /* of the recording */
	struct card card;
};

static struct fake_case fc;
static bool have_veth;

/* scripts/in-root says where they are. */
static const char *recordings(void)
{
	const char *dir = getenv("VFPROOF_REALDATA");

	return dir ? dir : "";
}

static void need_recordings(void)
{
	if (access(recordings(), R_OK) == 0)
		return;
	print_message("no recordings of real cards (VFPROOF_REALDATA): not tested\n");
	skip();
}

static char *read_text(const char *dir, const char *name, const char *ending)
{
	char path[512], *text = NULL;
	size_t len;

	util_format(path, sizeof(path), "%s/%s%s", dir, name, ending);
	if (util_read_file(AT_FDCWD, path, MAX_TEXT, &text, &len) < 0)
		fail_msg("cannot read %s", path);
	return text;
}

/* What the program writes, to be freed. */
static char *output_of(char *const argv[])
{
	char *text = calloc(1, MAX_TEXT);
	size_t used = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	assert_non_null(text);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + used, MAX_TEXT - 1 - used)) > 0)
		used += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s failed", argv[0]);
	return text;
}

static void source_load(struct source *s)
{
	const struct recording_machine *m = s->machine;
	const char *file = m->file ? m->file : m->name;
	char path[512], *text;

	if (!s->recorded) {
		text = read_text(FIXTURES, m->name, ".card");
	} else {
		char *argv[] = { "python3", "tests/tools/lspci-card", path, (char *)m->prefix,
				 NULL };

		need_recordings();
		util_format(path, sizeof(path), "%s/%s.txt", recordings(), file);
		s->text = read_text(recordings(), file, ".txt");
		text = output_of(argv);
		if (m->dump)
			util_strlcpy(s->dump, sizeof(s->dump), path);
	}
	card_parse(&s->card, text);
	free(text);
}

static struct fake_sysroot *build(const struct source *s, const char *with_ifname)
{
	struct fake_sysroot *fs;

	assert_int_equal(fake_tree_setup((void **)&fs), 0);
	card_build(fs, &s->card, s->dump[0] ? s->dump : NULL, with_ifname, "vfp0");
	if (s->text)
		card_log_text(fs, s->text, NULL);
	return fs;
}

/* What the messages of dev/kmsg mean for an item in which they come. */
static void judge_log(const struct fake_sysroot *fs)
{
	static struct klog k;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int fd;

	if (sysroot_slurp(&fs->root, &text, &len, MAX_TEXT, "dev/kmsg") < 0)
		text = NULL;
	fake_file(fs, "dev/kmsg", "");
	fd = kmsg_open(&fs->root, true);
	assert_true(fd >= 0);
	assert_false(klog_begin(&k, fd));
	fake_file(fs, "dev/kmsg", text ? text : "");
	klog_drain(&k);
	memset(&fc.res, 0, sizeof(fc.res));
	klog_judge(&k, &fc.res);
	close(fd);
}

static void run_case(const struct fake_sysroot *fs, const char *id, const char *pf)
{
	static const struct {
		const char *prefix;
		const struct case_def *table;
	} areas[] = { { "host_", host_cases }, { "nic_", nic_cases }, { "vf_", vf_cases } };
	unsigned int i;

	memset(&fc, 0, sizeof(fc));
	fc.pf = pf;
	fc.deadline_ms = strcmp(id, "nic_driver") == 0 ? 200 : 5000;
	if (strcmp(id, "kernel_log") == 0)
		judge_log(fs);
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if (strncmp(id, areas[i].prefix, strlen(areas[i].prefix)) == 0)
			fake_case_run(&fc, fs, areas[i].table, id);
}

static bool mentions(const struct item_result *res, const char *text)
{
	unsigned int i;

	for (i = 0; i < res->n_evidence; i++)
		if (strstr(res->evidence[i].value, text))
			return true;
	return strstr(res->measured, text) != NULL;
}

static void assert_result(const char *what, const char *pf, const char *id, enum verdict verdict,
			  const char *label, const char *text)
{
	const struct item_result *res = &fc.res;
	unsigned int i;

	if (res->verdict == verdict && (!label[0] || strcmp(res->label, label) == 0) &&
	    (verdict != VERDICT_PASS || !res->label[0]) && (!text || mentions(res, text)) &&
	    (!res->label[0] || advice_find(res->label)))
		return;
	for (i = 0; i < res->n_evidence; i++)
		print_message("%s: %s\n", res->evidence[i].key, res->evidence[i].value);
	fail_msg("%s: %s on %s: %s %s, measured \"%s\" %s, not %s %s \"%s\"", what, id,
		 pf ? pf : "host", verdict_name(res->verdict), res->label, res->measured,
		 res->reason, verdict_name(verdict), label, text ? text : "");
}

/* Returns the number of rows that could not be tried here. */
static unsigned int check_verdicts(const struct source *s)
{
	unsigned int i, untried = 0;

	for (i = 0; recording_rows[i].machine; i++) {
		const struct recording_row *r = &recording_rows[i];
		struct fake_sysroot *fs;

		if (strcmp(r->machine, s->machine->name) != 0)
			continue;
		if (strncmp(r->id, "vf_", 3) == 0 && !have_veth) {
			print_message("%s: no network namespace or no veth here: not tested\n",
				      r->id);
			untried++;
			continue;
		}
		fs = build(s, r->pf);
		run_case(fs, r->id, r->pf);
		assert_result(s->machine->name, r->pf, r->id, r->verdict, r->label, r->text);
		fake_tree_teardown((void **)&fs);
	}
	return untried;
}

static const struct nic *find_nic(const struct inventory *inv, const char *pf)
{
	char a[PCI_ADDR_STRLEN];
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		if (strcmp(pci_addr_format(&inv->nics[i].addr, a), pf) == 0)
			return &inv->nics[i];
	fail_msg("%s is not in the inventory", pf);
	return NULL;
}

static bool is_planned(const struct inventory *inv, const struct nic *n)
{
	const struct settings settings = { .cases = "*" };
	struct plan plan;
	unsigned int i;
	bool found = false;

	assert_int_equal(plan_make(&plan, &registry, &settings, inv), 0);
	for (i = 0; i < plan.n; i++)
		found |= plan.items[i].pf == n;
	plan_free(&plan);
	return found;
}

static void check_nic_row(const struct recording_nic *r, const struct inventory *inv)
{
	const struct nic *n = find_nic(inv, r->pf);
	struct pci_addr at;
	char a[PCI_ADDR_STRLEN];

	assert_int_equal(inventory_sriov(n), r->sriov);
	assert_int_equal(inventory_max_vfs(n), r->max);
	assert_int_equal(n->num_vfs, r->enabled);
	assert_int_equal(is_planned(inv, n), r->sriov == NIC_SRIOV_ON);
	assert_string_equal(n->profile ? n->profile->name : "", r->profile ? r->profile : "");
	if (!r->first)
		return;
	at = sriov_vf_addr(&n->addr, n->vf_offset, n->vf_stride, 0);
	assert_string_equal(pci_addr_format(&at, a), r->first);
	at = sriov_vf_addr(&n->addr, n->vf_offset, n->vf_stride, r->max - 1);
	assert_string_equal(pci_addr_format(&at, a), r->last);
}

static void check_inventory(const struct source *s, const struct fake_sysroot *fs)
{
	static struct inventory inv;
	unsigned int i;

	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	for (i = 0; recording_nics[i].machine; i++)
		if (strcmp(recording_nics[i].machine, s->machine->name) == 0)
			check_nic_row(&recording_nics[i], &inv);
}

static void check_config_row(const struct recording_config *r, const struct pci_facts *f)
{
	assert_int_equal(f->class, r->class);
	assert_int_equal(f->ext_unreadable, r->unreadable);
	assert_int_equal(f->has_sriov, r->sriov);
	assert_int_equal(f->sriov.vf_enable, r->enable);
	assert_int_equal(f->sriov.ari_hierarchy, r->ari);
	assert_int_equal(f->sriov.total_vfs, r->total);
	assert_int_equal(f->sriov.initial_vfs, r->total);
	assert_int_equal(f->sriov.num_vfs, r->num);
	assert_int_equal(f->sriov.vf_offset, r->offset);
	assert_int_equal(f->sriov.vf_stride, r->stride);
	assert_int_equal(f->sriov.vf_device, r->device);
	assert_int_equal(f->link.speed_mtps, r->mtps);
	assert_int_equal(f->link.width, r->width);
}

static void check_configs(const struct source *s, const struct fake_sysroot *fs)
{
	struct pci_addr addr;
	struct pci_facts f;
	unsigned int i;

	for (i = 0; recording_configs[i].machine; i++) {
		if (strcmp(recording_configs[i].machine, s->machine->name) != 0)
			continue;
		assert_int_equal(pci_addr_parse(recording_configs[i].addr, &addr), 0);
		assert_int_equal(pci_read_facts(&fs->root, &addr, &f), 0);
		check_config_row(&recording_configs[i], &f);
	}
}

/* VFs that are there: each is where the PF's capability says, and alone in its group. */
static void check_live_vfs(const struct source *s, const struct fake_sysroot *fs)
{
	const struct pci_addr pf = { 0, 0x86, 0, 0 };
	struct sriov_state st;
	unsigned int i;

	if (strcmp(s->machine->name, "i40e-2") != 0)
		return;
	assert_int_equal(sriov_read(&fs->root, &pf, &st), 0);
	assert_int_equal(st.numvfs, 5);
	assert_int_equal(st.links, s->recorded ? 1 : 5); /* the recording shows the first */
	for (i = 0; i < st.links; i++) {
		struct pci_addr at = sriov_vf_addr(&pf, st.offset, st.stride, i);
		int group = iommu_group_of(&fs->root, &st.vfs[i]);

		assert_int_equal(pci_addr_cmp(&st.vfs[i], &at), 0);
		assert_true(group >= 168);
		assert_int_equal(
			sysroot_count(&fs->root, "sys/kernel/iommu_groups/%d/devices", group), 1);
	}
}

static void test_machine(void **state)
{
	struct source *s = *state;
	struct fake_sysroot *fs;
	unsigned int untried;

	source_load(s);
	fs = build(s, NULL);
	check_configs(s, fs);
	check_inventory(s, fs);
	check_live_vfs(s, fs);
	fake_tree_teardown((void **)&fs);
	untried = check_verdicts(s);
	free(s->text);
	if (untried)
		skip();
}

/* Where a recording has both, its text and its bytes say the same: the tool reads texts right. */
static void test_text_is_dump(void **state)
{
	struct pci_facts text, bytes;
	struct pci_config cfg;
	unsigned int i, compared = 0;

	(void)state;
	need_recordings();
	for (i = 0; recording_machines[i].name; i++) {
		struct source s = { .machine = &recording_machines[i], .recorded = true };
		struct pci_addr addr;

		if (!recording_machines[i].dump)
			continue;
		source_load(&s);
		card_config(&s.card.fns[0], &cfg);
		assert_int_equal(pci_decode(&cfg, &text), 0);
		assert_int_equal(pci_addr_parse(s.card.fns[0].addr, &addr), 0);
		assert_int_equal(pci_read_dump(s.dump, &addr, 1, &cfg), 0);
		assert_int_equal(pci_decode(&cfg, &bytes), 0);
		free(s.text);
		if (!text.has_sriov)
			continue;
		memset(text.sriov.bars, 0, sizeof(text.sriov.bars));
		memset(bytes.sriov.bars, 0, sizeof(bytes.sriov.bars));
		assert_memory_equal(&text.sriov, &bytes.sriov, sizeof(text.sriov));
		assert_int_equal(text.has_ari, bytes.has_ari);
		assert_int_equal(text.has_acs, bytes.has_acs);
		assert_int_equal(text.has_aer, bytes.has_aer);
		assert_int_equal(text.port_type, bytes.port_type);
		assert_int_equal(text.link.speed_mtps, bytes.link.speed_mtps);
		assert_int_equal(text.link_max.width, bytes.link_max.width);
		compared++;
	}
	assert_int_equal(compared, 5);
}

static void test_logs(void **state)
{
	const bool *recorded = *state;
	unsigned int i;

	if (*recorded)
		need_recordings();
	for (i = 0; recording_logs[i].file; i++) {
		const struct recording_log *r = &recording_logs[i];
		char *text;
		struct fake_sysroot *fs;

		if (*recorded && strcmp(r->file, "own") == 0)
			continue;
		text = *recorded ? read_text(recordings(), r->file, ".txt")
				 : read_text(FIXTURES, "messages", ".txt");
		assert_int_equal(fake_tree_setup((void **)&fs), 0);
		fake_dir(fs, "sys/kernel/iommu_groups/1/devices");
		fake_file(fs, "proc/interrupts", "  4:  1  0  IO-APIC 4-edge ttyS0\n");
		card_log_text(fs, text, *recorded || r->section ? r->section : r->file);
		run_case(fs, r->id, NULL);
		assert_result(r->section ? r->section : r->file, NULL, r->id, r->verdict, r->label,
			      NULL);
		fake_tree_teardown((void **)&fs);
		free(text);
	}
}

/* A recorded /sys as it is: two X722 ports and two InfiniBand ones on a machine without IOMMU. */
static void test_recorded_sysfs(void **state)
{
	char archive[512], top[128];
	struct fake_sysroot *fs;
	char *argv[] = { "python3", "-m", "tarfile", "--filter", "tar", "-e", archive, top, NULL };
	static struct inventory inv;
	const struct nic *n;

	(void)state;
	need_recordings();
	assert_int_equal(fake_tree_setup((void **)&fs), 0);
	util_format(archive, sizeof(archive), "%s/sysfs-hwloc-32intel64-x722-sriov.tar.bz2",
		    recordings());
	util_format(top, sizeof(top), "%s", fs->dir);
	free(output_of(argv));
	sysroot_close(&fs->root);
	util_format(top, sizeof(top), "%s/32intel64-2p8co2t+8ve", fs->dir);
	assert_int_equal(sysroot_open(&fs->root, top), 0);

	assert_int_equal(inventory_scan(&fs->root, &inv), 0);
	assert_int_equal(inv.n_nics, 4);
	n = find_nic(&inv, "0000:60:00.1");
	assert_string_equal(n->profile->name, "intel-x722");
	assert_string_equal(n->ifname, "enp96s0f1");
	assert_int_equal(inventory_max_vfs(n), 64);
	assert_int_equal(n->iommu_group, -1);
	assert_true(is_planned(&inv, n));
	n = find_nic(&inv, "0000:1a:00.0");
	assert_int_equal(inventory_sriov(n), NIC_SRIOV_UNKNOWN);
	assert_true(inventory_nic_is_infiniband(n));
	assert_false(is_planned(&inv, n));
	run_case(fs, "host_iommu_on", NULL);
	assert_result("X722", NULL, "host_iommu_on", VERDICT_FAIL, "iommu_off", "no groups");
	run_case(fs, "host_nic_supported", NULL);
	assert_result("X722", NULL, "host_nic_supported", VERDICT_WARN, "config_unreadable",
		      "2 of 4");
	/* 64 bytes were recorded: what cannot be read is no PASS. */
	run_case(fs, "nic_pcie", "0000:60:00.0");
	assert_result("X722", NULL, "nic_pcie", VERDICT_WARN, "config_unreadable", NULL);
	fake_tree_teardown((void **)&fs);
}

static int make_veth(void **state)
{
	(void)state;
	assert_int_equal(advice_load(), 0);
	have_veth = fake_netns() && fake_veth("vfp0", "vfp1") == 0;
	return 0;
}

int main(void)
{
	static struct source sources[MAX_TESTS];
	static char names[MAX_TESTS][64];
	static struct CMUnitTest tests[MAX_TESTS];
	static bool yes = true, no = false;
	size_t n = 0, i;

	for (i = 0; n < MAX_TESTS - 4 && recording_machines[i / 2].name; i++) {
		if (i % 2 && recording_machines[i / 2].own)
			continue;
		sources[n].machine = &recording_machines[i / 2];
		sources[n].recorded = i % 2;
		util_format(names[n], sizeof(names[n]), "%s %s", i % 2 ? "recording" : "fixture",
			    recording_machines[i / 2].name);
		tests[n] = (struct CMUnitTest){ names[n], test_machine, NULL, NULL, &sources[n] };
		n++;
	}
	tests[n++] = (struct CMUnitTest){ "own messages", test_logs, NULL, NULL, &no };
	tests[n++] = (struct CMUnitTest){ "recorded messages", test_logs, NULL, NULL, &yes };
	tests[n++] = (struct CMUnitTest){ "recorded text is as the dump", test_text_is_dump, NULL,
					  NULL, NULL };
	tests[n++] = (struct CMUnitTest){ "recorded sysfs", test_recorded_sysfs, NULL, NULL, NULL };
	return _cmocka_run_group_tests("recordings", tests, n, make_veth, NULL);
}
