/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole course of a run on a fake machine, with an empty plan or an unfinished journal.
 */
#include "core_fake.h"

#include <string.h>
#include "version.h"
#include "run/resume.h"
#include "run/run.h"
#include "journal/member.h"
#include "model/settings.h"
#include "report/report.h"
#include "journal/store.h"

#define CMDLINE "vfproof.cases=no_such_case vfproof.stick_wait_s=0 vfproof.finish=poweroff"
#define JOURNAL STORE_MEMORY "/" JOURNAL_NAME
#define START_LINE                                                                     \
	"{\"ev\":\"start\",\"host\":{},\"iommu\":{},\"settings\":{\"fault\":\"none\"," \
	"\"problems\":[]},\"unsafe_interrupts\":false,\"build\":{\"revision\":\"r\"}}\n"
#define RUN_LINE                                                                                \
	START_LINE "{\"ev\":\"run\",\"nics\":[],\"left_out\":0,\"plan\":[{\"case\":\"gone_a\"," \
		   "\"subject\":\"host\"},{\"case\":\"gone_b\",\"subject\":\"0000:01:00.0\"}]}\n"
#define BEGIN_LINE "{\"ev\":\"begin\",\"case\":\"gone_a\",\"subject\":\"host\"}\n"

static int setup(void **state)
{
	struct core_fake *f;

	core_fake_setup(state);
	f = *state;
	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	core_fake_write(f, "proc/cmdline", CMDLINE "\n");
	return 0;
}

static json_t *run_and_load(const struct core_fake *f, int status)
{
	char path[128];
	json_t *report;

	assert_int_equal(run_main(f->path), status);
	util_format(path, sizeof(path), "%s/" STORE_MEMORY "/report.json", f->path);
	report = report_load(path);
	assert_non_null(report);
	return report;
}

static void nothing_to_run(void **state)
{
	struct core_fake *f = *state;
	json_t *report = run_and_load(f, 2);
	_cleanup_free_ char *console = core_fake_read(f, "dev/ttyS0");
	_cleanup_free_ char *text = core_fake_read(f, STORE_MEMORY "/report.txt");
	const char *last;

	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	assert_string_equal(member_text(json_object_get(report, "settings"), "finish"), "poweroff");
	core_assert_file(f, STORE_RUN "/finish", "poweroff");
	assert_non_null(strstr(text, "####  INCOMPLETE"));
	/* The first line is said at once; the last is the one for machines. */
	assert_non_null(strstr(strtok(console, "\n"), "vfproof " VFPROOF_REVISION ": starting"));
	last = strrchr(console + strlen(console) + 1, '\n');
	assert_non_null(last);
	assert_int_equal(strncmp(last + 1, "VFPROOF-RESULT: INCOMPLETE pass=0 ", 34), 0);
	json_decref(report);
}

/* An overlay's settings, list and problems are those of the run. */
static void overlay_in_the_initramfs(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	json_t *report, *settings, *file;

	core_fake_write(f, "overlay/vfproof.conf", "finish = reboot\nguest_memory_mb = 256\n");
	core_fake_write(f, "overlay/modules/bad.ko", "no module");
	report = run_and_load(f, 2);
	text = core_fake_read(f, STORE_MEMORY "/report.txt");
	settings = json_object_get(report, "settings");
	assert_string_equal(member_text(settings, "finish"), "poweroff"); /* the command line's */
	assert_int_equal(member_number(settings, "guest_memory_mb"), 256);
	assert_int_equal(json_array_size(json_object_get(report, "overlay")), 2);
	file = json_array_get(json_object_get(report, "overlay"), 1);
	assert_string_equal(member_text(file, "path"), "vfproof.conf");
	assert_string_equal(member_text(file, "origin"), "initramfs");
	assert_int_equal(member_number(file, "size"), 38);
	assert_non_null(strstr(text, "the appliance was changed by 2 files"));
	assert_non_null(strstr(text, "modules/bad.ko (9 bytes, from the initramfs)"));
	assert_non_null(strstr(text, "overlay: modules/bad.ko is not used: it is no kernel"));
	json_decref(report);
}

/* Nothing can be written: the console still gets the line that labs wait for. */
static void no_place_for_a_journal(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *console = NULL;

	core_fake_write(f, STORE_RUN, "in the way");
	assert_int_equal(run_main(f->path), 2);
	console = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(console, "\nVFPROOF-RESULT: INCOMPLETE pass=0 "));
}

static void resumed_in_the_same_boot(void **state)
{
	struct core_fake *f = *state;
	json_t *report, *item;

	core_fake_write(f, JOURNAL, RUN_LINE BEGIN_LINE "{\"ev\":\"en");
	report = run_and_load(f, 1);
	assert_int_equal(member_number(report, "resumed"), 1);
	assert_true(member_flag(report, "journal_damaged"));
	item = json_array_get(json_object_get(report, "items"), 0);
	assert_string_equal(member_text(item, "verdict"), "CRASHED");
	item = json_array_get(json_object_get(report, "items"), 1);
	assert_string_equal(member_text(item, "verdict"), "NOTRUN");
	json_decref(report);

	/* It is finished now: the next run is a new one. */
	report = run_and_load(f, 2);
	assert_int_equal(member_number(report, "resumed"), 0);
	json_decref(report);
}

static void resumed_in_vain(void **state)
{
	struct core_fake *f = *state;
	static const char resume[] = "{\"ev\":\"resume\"}\n";
	json_t *report, *notes;
	unsigned int i;

	core_fake_write(f, JOURNAL, RUN_LINE BEGIN_LINE);
	for (i = 0; i < RESUME_MAX; i++)
		core_fake_append(f, JOURNAL, resume);
	report = run_and_load(f, 1);
	assert_int_equal(member_number(report, "resumed"), RESUME_MAX);
	notes = json_object_get(report, "notes");
	assert_non_null(strstr(json_string_value(json_array_get(notes, json_array_size(notes) - 1)),
			       "given up"));
	json_decref(report);
}

/* A driver killed the host while it was loaded, again and again: there is a report of that too. */
static void died_before_the_plan(void **state)
{
	struct core_fake *f = *state;
	json_t *report;
	unsigned int i;

	core_fake_write(f, JOURNAL, START_LINE);
	report = run_and_load(f, 2);
	assert_int_equal(member_number(report, "resumed"), 1);
	assert_int_equal(json_array_size(json_object_get(report, "plan")), 0);
	json_decref(report);

	core_fake_write(f, JOURNAL, START_LINE);
	for (i = 0; i < RESUME_MAX; i++)
		core_fake_append(f, JOURNAL, "{\"ev\":\"resume\"}\n");
	report = run_and_load(f, 2);
	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	assert_int_equal(member_number(report, "resumed"), RESUME_MAX);
	json_decref(report);
}

static void resumes_are_counted(void **state)
{
	static const struct {
		const char *events; /* r: resume, b: begin, e: end */
		unsigned int n;
	} rows[] = { { "", 0 },	     { "rr", 2 },    { "rerr", 2 },
		     { "brbrb", 2 }, { "rrrbe", 0 }, { "ber", 1 } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *events = json_array();
		const char *p;

		for (p = rows[i].events; *p; p++)
			json_array_append_new(events, json_pack("{s:s}", "ev",
								*p == 'r'   ? "resume"
								: *p == 'b' ? "begin"
									    : "end"));
		assert_int_equal(resume_count(events), rows[i].n);
		json_decref(events);
	}
}

static void whose_run(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	static const struct {
		const char *serial, *product, *bios, *cmdline, *revision, *cases, *plan, *ports;
		bool ours;
	} rows[] = {
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "full", "all", true },
		{ "S2", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "full", "all", false },
		{ "S1", "Other Host", "B1", "quiet", VFPROOF_REVISION, "*", "full", "all", false },
		{ "S1", "Test Host", "B1", "iommu=pt", VFPROOF_REVISION, "*", "full", "all",
		  false },
		{ "S1", "Test Host", "B2", "quiet", VFPROOF_REVISION, "*", "full", "all", false },
		{ "S1", "Test Host", "B1", "quiet", "v2", "*", "full", "all", false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "host_*", "full", "all",
		  false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "quick", "all", false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "full", "linked",
		  false },
	};
	struct settings s;
	json_t *events, *overlay;
	size_t i;

	(void)state;
	settings_init(&s);
	util_strlcpy(inv->host.bios_version, sizeof(inv->host.bios_version), "B1");
	util_strlcpy(inv->host.cmdline, sizeof(inv->host.cmdline), "quiet");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		events = json_pack("[{s:s, s:{s:s, s:s, s:s, s:s}, s:{s:s}, s:{s:s, s:s, s:s}}]",
				   "ev", "start", "host", "serial", rows[i].serial, "product",
				   rows[i].product, "bios_version", rows[i].bios, "cmdline",
				   rows[i].cmdline, "build", "revision", rows[i].revision,
				   "settings", "cases", rows[i].cases, "plan", rows[i].plan,
				   "ports", rows[i].ports);
		assert_int_equal(resume_is_ours(events, &inv->host, &s, NULL), rows[i].ours);
		json_decref(events);
	}
	/* An appliance with other files is another program. */
	events = json_pack("[{s:s, s:{s:s, s:s, s:s, s:s}, s:{s:s}, s:{s:s, s:s, s:s}}]", "ev",
			   "start", "host", "serial", "S1", "product", "Test Host", "bios_version",
			   "B1", "cmdline", "quiet", "build", "revision", VFPROOF_REVISION,
			   "settings", "cases", "*", "plan", "full", "ports", "all");
	overlay = json_pack("[{s:s, s:s}]", "path", "modules/igb.ko", "sha256", "1");
	assert_false(resume_is_ours(events, &inv->host, &s, overlay));
	json_object_set(json_array_get(events, 0), "overlay", overlay);
	assert_true(resume_is_ours(events, &inv->host, &s, overlay));
	assert_false(resume_is_ours(events, &inv->host, &s, NULL));
	json_decref(overlay);
	json_decref(events);
	events = json_array();
	assert_false(resume_is_ours(events, &inv->host, &s, NULL));
	json_decref(events);
}

/* A card that was swapped, or given new firmware, between two boots of a run. */
static void changed_ports(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	struct nic *n = &inv->nics[0];
	static const struct {
		const char *vendor, *device, *mac, *firmware;
		bool same;
	} rows[] = {
		{ "8086", "10c9", "02:00:00:00:00:01", "1.2", true },
		{ "8086", "10c9", "", "", true }, /* without a driver then */
		{ "8086", "1521", "02:00:00:00:00:01", "1.2", false },
		{ "14e4", "10c9", "02:00:00:00:00:01", "1.2", false },
		{ "8086", "10c9", "02:00:00:00:00:02", "1.2", false },
		{ "8086", "10c9", "02:00:00:00:00:01", "1.3", false },
	};
	char what[400];
	size_t i;

	(void)state;
	n->vendor = 0x8086;
	n->device = 0x10c9;
	util_strlcpy(n->mac, sizeof(n->mac), "02:00:00:00:00:01");
	util_strlcpy(n->firmware_version, sizeof(n->firmware_version), "1.2");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *events = json_pack("[{s:s, s:[{s:s, s:s, s:s, s:s, s:s}]}]", "ev", "run",
					   "nics", "address", FAKE_PF, "vendor", rows[i].vendor,
					   "device", rows[i].device, "mac", rows[i].mac,
					   "firmware_version", rows[i].firmware);

		assert_int_equal(resume_ports_are_same(events, inv, what, sizeof(what)),
				 rows[i].same);
		json_decref(events);
	}
	assert_non_null(strstr(what, "firmware 1.3"));
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_fake(overlay_in_the_initramfs),
		test_with_fake(nothing_to_run),
		test_with_fake(resumed_in_the_same_boot),
		test_with_fake(resumed_in_vain),
		test_with_fake(died_before_the_plan),
		cmocka_unit_test(resumes_are_counted),
		cmocka_unit_test(whose_run),
		cmocka_unit_test(changed_ports),
		test_with_fake(no_place_for_a_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
