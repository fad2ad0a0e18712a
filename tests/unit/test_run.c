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
	core_fake_cmdline(f, CMDLINE "\n");
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

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* What was sent before is not sent again, and what has crashed is said before the report. */
static void signals_of_a_resumed_run(void **state)
{
	static const char journal[] =
		"{\"ev\":\"start\",\"host\":{},\"iommu\":{},\"settings\":{\"fault\":\"none\","
		"\"problems\":[],\"reports\":\"json,lava\"},\"unsafe_interrupts\":false,"
		"\"build\":{\"revision\":\"r\"}}\n"
		"{\"ev\":\"run\",\"nics\":[],\"left_out\":0,\"plan\":[{\"case\":\"gone_a\","
		"\"subject\":\"host\"},{\"case\":\"gone_b\",\"subject\":\"host\"}]}\n"
		"{\"ev\":\"end\",\"case\":\"gone_b\",\"subject\":\"host\",\"verdict\":\"PASS\"}\n"
		"{\"ev\":\"begin\",\"case\":\"gone_a\",\"subject\":\"host\"}\n";
	struct core_fake *f = *state;
	_cleanup_free_ char *console = NULL;
	const char *signal;

	core_fake_write(f, "proc/cmdline", CMDLINE " vfproof.reports=json,lava\n");
	core_fake_write(f, JOURNAL, journal);
	json_decref(run_and_load(f, 1));
	console = core_fake_read(f, "dev/ttyS0");
	signal = strstr(console, "\n<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=gone_a_host RESULT=fail ");
	assert_non_null(signal);
	assert_true(signal < strstr(console, "\nDETAILS"));
	assert_int_equal(count(console, "TEST_CASE_ID=gone_a_host "), 1);
	assert_int_equal(count(console, "TEST_CASE_ID=gone_b_host "), 0);
	assert_int_equal(count(console, "TEST_CASE_ID=verdict_run "), 1);
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
	/* The last is that nobody signs a report that is in memory alone. */
	assert_non_null(strstr(json_string_value(json_array_get(notes, json_array_size(notes) - 2)),
			       "given up"));
	assert_non_null(strstr(json_string_value(json_array_get(notes, json_array_size(notes) - 1)),
			       "not signed: there is no stick"));
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

/* What an item has cost: b PORT begins, e ends, s ends because it hangs; r is the next boot. */
static json_t *events_of(const char *text)
{
	json_t *events = json_array();

	for (; *text; text++) {
		const char *ev = *text == 'r' ? "resume" : *text == 'b' ? "begin" : "end";
		char subject[] = "p0";

		if (*text == ' ')
			continue;
		if (*text == 'r') {
			json_array_append_new(events, json_pack("{s:s}", "ev", ev));
			continue;
		}
		subject[1] = text[1];
		json_array_append_new(events, json_pack("{s:s, s:s, s:b}", "ev", ev, "subject",
							subject, "stuck", *text == 's'));
		text++;
	}
	return events;
}

static void lost_boots_are_counted(void **state)
{
	static const struct {
		const char *events;
		unsigned int p0, all;
	} rows[] = {
		{ "", 0, 0 },
		{ "b0 e0 b1 e1", 0, 0 },
		{ "b0 s0 r", 1, 1 },
		{ "b0 s0 r b0 s0 r b1 s1 r", 2, 3 },
		{ "b0 r b0 e0 b0 r", 2, 2 }, /* the host died */
		{ "b0 b1 r", 0, 0 }, /* of which of them? */
		{ "b0 b1 e0 r", 0, 1 },
		{ "b0 b1 s1 r", 0, 1 },
		{ "b0", 0, 0 }, /* it may still end */
		{ "r r r", 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *events = events_of(rows[i].events);

		assert_int_equal(resume_count_lost(events, "p0"), rows[i].p0);
		assert_int_equal(resume_count_lost(events, NULL), rows[i].all);
		json_decref(events);
	}
}

static void note_given_up(void *arg, const char *subject, const char *reason)
{
	util_format((char *)arg + strlen(arg), 400 - strlen(arg), "[%s: %s]", subject, reason);
}

/* A plan of two ports, two items each, of which the first has begun. */
static void rest_is_given_up(void **state)
{
	static const struct {
		const char *events, *given_up;
		const char *done;
	} rows[] = {
		{ "s0 r", "", "1000" },
		{ "s0 r s0 r",
		  "[" FAKE_PF ": 2 items of it have hung or died with the host: nothing more was "
		  "tried on it]",
		  "1010" },
		{ "s0 r s1 r s1 r s1 r",
		  "[: 4 items have hung or died with the host: the run was ended]", "1111" },
	};
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	static const struct case_def def = { .id = "a" };
	size_t i, k;

	(void)state;
	inv->nics[1] = inv->nics[0];
	inv->nics[1].addr.bus = 2;
	inv->n_nics = 2;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct plan_item items[] = { { .def = &def, .pf = &inv->nics[0], .done = true },
					     { .def = &def, .pf = &inv->nics[1] },
					     { .def = &def, .pf = &inv->nics[0] },
					     { .def = &def, .pf = &inv->nics[1] } };
		struct plan plan = { .n = ARRAY_SIZE(items), .items = items };
		json_t *events = events_of(rows[i].events), *event;
		char text[400] = "";

		json_array_foreach (events, k, event)
			if (strcmp(member_text(event, "subject"), "p0") == 0)
				member_set_text(event, "subject", FAKE_PF);
		resume_give_up(&plan, events, note_given_up, text);
		assert_string_equal(text, rows[i].given_up);
		for (k = 0; k < plan.n; k++)
			assert_int_equal(items[k].done, rows[i].done[k] == '1');
		json_decref(events);
	}
}

/* In the report of such a run: what the kernel said, and why the rest was not tried. */
static void last_words_and_reasons(void **state)
{
	struct core_fake *f = *state;
	json_t *report, *item;
	char *notes;

	core_fake_write(f, JOURNAL, RUN_LINE BEGIN_LINE);
	core_fake_append(f, JOURNAL,
			 "{\"ev\":\"resume\"}\n{\"ev\":\"last_words\",\"lines\":[\"a\","
			 "\"BUG: unable to handle page fault\",\"Kernel panic - not "
			 "syncing: Fatal exception\"]}\n");
	core_fake_append(f, JOURNAL,
			 "{\"ev\":\"given_up\",\"subject\":\"0000:01:00.0\",\"reason\":\"2 items "
			 "of it have hung\"}\n");
	/* A second crash that is nobody's. */
	core_fake_write(f, "sys/fs/pstore/dmesg-erst-1", "Panic#1 Part1\nKernel panic - again\n");
	report = run_and_load(f, 1);
	item = json_array_get(json_object_get(report, "items"), 0);
	assert_string_equal(member_text(item, "verdict"), "CRASHED");
	assert_non_null(strstr(member_text(item, "measured"), "BUG: unable to handle"));
	assert_int_equal(json_array_size(json_object_get(item, "kernel_log")), 3);
	item = json_array_get(json_object_get(report, "items"), 1);
	assert_string_equal(member_text(item, "verdict"), "NOTRUN");
	assert_string_equal(member_text(item, "reason"), "2 items of it have hung");
	notes = json_dumps(json_object_get(report, "notes"), 0);
	assert_non_null(strstr(notes, "Kernel panic - again"));
	free(notes);
	assert_false(sysroot_exists(&f->root, "sys/fs/pstore/dmesg-erst-1"));
	json_decref(report);
}

/* Detectors of the kernel, as the settings say. */
static void detectors_are_armed(void **state)
{
	struct core_fake *f = *state;
	static const char *const names[] = { "panic",
					     "panic_on_oops",
					     "watchdog_thresh",
					     "hardlockup_panic",
					     "hung_task_warnings",
					     "hung_task_timeout_secs" };
	static const char *const values[] = { "10", "1", "20", "1", "10", "240" };
	char path[64];
	size_t i;

	core_fake_write(f, "proc/cmdline",
			CMDLINE " vfproof.panic_on_oops=on vfproof.timeout_percent=200\n");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		util_format(path, sizeof(path), "proc/sys/kernel/%s", names[i]);
		core_fake_write(f, path, "");
	}
	core_fake_write(f, "proc/self/oom_score_adj", "0");
	/* A place for counting boots: without one, a panic is not to start the host again. */
	core_fake_write(f, "sys/firmware/efi/efivars/Other", "");
	json_decref(run_and_load(f, 2));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		util_format(path, sizeof(path), "proc/sys/kernel/%s", names[i]);
		core_assert_file(f, path, values[i]);
	}
	core_assert_file(f, "proc/self/oom_score_adj", "-1000");
}

static void whose_run(void **state)
{
	_cleanup_free_ struct inventory *inv = core_fake_inventory();
	static const struct {
		const char *serial, *product, *bios, *cmdline, *revision, *cases, *plan, *ports;
		bool ours;
	} rows[] = {
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "core", "all", true },
		{ "S2", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "core", "all", false },
		{ "S1", "Other Host", "B1", "quiet", VFPROOF_REVISION, "*", "core", "all", false },
		{ "S1", "Test Host", "B1", "iommu=pt", VFPROOF_REVISION, "*", "core", "all",
		  false },
		{ "S1", "Test Host", "B2", "quiet", VFPROOF_REVISION, "*", "core", "all", false },
		{ "S1", "Test Host", "B1", "quiet", "v2", "*", "core", "all", false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "host_*", "core", "all",
		  false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "quick", "all", false },
		{ "S1", "Test Host", "B1", "quiet", VFPROOF_REVISION, "*", "core", "linked",
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
			   "settings", "cases", "*", "plan", "core", "ports", "all");
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
		test_with_fake(overlay_in_the_initramfs), test_with_fake(nothing_to_run),
		test_with_fake(resumed_in_the_same_boot), test_with_fake(signals_of_a_resumed_run),
		test_with_fake(resumed_in_vain),	  test_with_fake(died_before_the_plan),
		cmocka_unit_test(resumes_are_counted),	  cmocka_unit_test(lost_boots_are_counted),
		cmocka_unit_test(rest_is_given_up),	  test_with_fake(last_words_and_reasons),
		test_with_fake(detectors_are_armed),	  cmocka_unit_test(whose_run),
		cmocka_unit_test(changed_ports),	  test_with_fake(no_place_for_a_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
