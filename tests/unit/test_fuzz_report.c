/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged input for the parsers of what is on the stick and on the kernel command line: settings,
 * the journal, a report.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "journal/member.h"
#include "model/advice.h"
#include "journal/journal.h"
#include "base/log.h"
#include "model/form.h"
#include "model/setting.h"
#include "model/settings.h"
#include "fuzz.h"
#include "report/forms.h"
#include "journal/store.h"

#define PF "0000:01:00.0"

/* What good_run says was to be done; all of it passed. */
static const char *const planned[][2] = { { "example_cpu", "host" },
					  { "example_driver", PF },
					  { "example_vfs", PF } };

#define BEGIN(id, subject) "{\"case\":\"" id "\",\"subject\":\"" subject "\",\"ev\":\"begin\"}\n"
#define END(id, subject, verdict)                                                                 \
	"{\"case\":\"" id "\",\"title\":\"t\",\"subject\":\"" subject "\",\"verdict\":\"" verdict \
	"\",\"required\":true,\"prerequisite\":false,\"duration_s\":0.5,\"expected\":\"e\","      \
	"\"measured\":\"m\",\"reason\":\"\",\"evidence\":[{\"key\":\"k\",\"value\":\"v\"}],"      \
	"\"label\":\"\",\"cause\":\"\",\"fix\":\"\",\"kernel_log\":[\"l\"],\"ev\":\"end\"}\n"

static const char good_run[] =
	"{\"ev\":\"start\",\"time\":\"2025-01-02T03:04:05Z\",\"host\":{\"serial\":\"1\"},"
	"\"iommu\":{\"kind\":\"intel\",\"units\":1},\"settings\":{\"fault\":\"none\","
	"\"problems\":[]},\"unsafe_interrupts\":false,\"build\":{\"revision\":\"r\"}}\n"
	"{\"ev\":\"run\",\"host\":{},\"iommu\":{},\"nics\":[{\"address\":\"" PF "\",\"name\":"
	"\"n\"}],\"left_out\":0,\"plan\":[{\"case\":\"example_cpu\",\"subject\":\"host\",\"title\":"
	"\"t\",\"required\":true,\"timeout_s\":9},"
	"{\"case\":\"example_driver\",\"subject\":\"" PF "\"},"
	"{\"case\":\"example_vfs\",\"subject\":\"" PF
	"\",\"title\":\"t\"}]}\n" BEGIN("example_cpu", "host") END("example_cpu", "host", "PASS")
		BEGIN("example_driver", PF) END("example_driver", PF, "WARN") BEGIN("example_vfs",
										    PF)
			END("example_vfs", PF,
			    "PASS") "{\"ev\":\"note\",\"text\":\"t\",\"incomplete\":false}\n"
				    "{\"ev\":\"finish\",\"time\":\"2025-01-02T03:04:06Z\"}\n";

/* At most @max printable lines of at most REPORT_COLUMNS columns. */
static void assert_lines(char *text, size_t max)
{
	size_t lines = 0;
	char *line;

	assert_non_null(text);
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
		const char *p;

		assert_true(strlen(line) <= REPORT_COLUMNS);
		for (p = line; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
	}
	assert_true(lines <= max);
	free(text);
}

/* Every form is there, and none has a byte that could end a line, a screen or a document. */
static void assert_forms(const json_t *report)
{
	size_t i;

	for (i = 0; i < FORM_FILES; i++) {
		_cleanup_free_ char *text = form_print(form_get(i)->put, report);
		const char *p;

		assert_non_null(text);
		for (p = text; *p; p++)
			if ((unsigned char)*p < ' ')
				assert_true(*p == '\n' || *p == '\t');
	}
}

static void assert_renders(const json_t *report)
{
	_cleanup_free_ char *json = form_print(report_put_json, report),
			    *text = form_print(report_put_text, report);
	char line[160];
	json_t *again;

	assert_non_null(text);
	assert_non_null(json);
	again = json_loads(json, 0, NULL);
	assert_true(json_is_object(again)); /* numbers are rounded */
	json_decref(again);
	assert_lines(form_print(report_put_summary, report), REPORT_SUMMARY_LINES);
	assert_lines(form_print(report_put_details, report), SIZE_MAX);
	report_to_result_line(report, line, sizeof(line));
	assert_int_equal(strncmp(line, "VFPROOF-RESULT: ", 16), 0);
	assert_forms(report);
}

/* Nothing that was planned may be missing from a report that says QUALIFIED. */
static void assert_all_passed(const json_t *report)
{
	size_t i, j;
	json_t *item;

	for (i = 0; i < ARRAY_SIZE(planned); i++) {
		bool passed = false;

		json_array_foreach (json_object_get(report, "items"), j, item) {
			enum verdict v = report_item_verdict(item);

			if (strcmp(member_text(item, "case"), planned[i][0]) == 0 &&
			    strcmp(member_text(item, "subject"), planned[i][1]) == 0)
				passed = v == VERDICT_PASS || v == VERDICT_WARN;
		}
		if (!passed)
			fail_msg("QUALIFIED, but %s did not pass", planned[i][0]);
	}
}

static enum run_verdict judge(const char *text, size_t len)
{
	unsigned int damaged;
	json_t *events = core_parse(text, len, &damaged), *report;
	enum run_verdict v;
	bool unsafe;

	assert_non_null(events);
	(void)!journal_is_unfinished(events);
	report = core_report(events, damaged);
	assert_non_null(report);
	v = report_verdict(report, &unsafe);
	assert_true(v != RUN_QUALIFIED || damaged == 0);
	if (v == RUN_QUALIFIED)
		assert_all_passed(report);
	assert_renders(report);
	json_decref(report);
	json_decref(events);
	return v;
}

static void run_journal(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	enum run_verdict v = judge((const char *)data, len);

	(void)r;
	(void)arg;
	assert_true(!seed || v == RUN_QUALIFIED);
}

static void fuzz_journal(void **state)
{
	struct fuzz_target t = {
		.seeds = { { good_run, sizeof(good_run) - 1 } },
		.words = { "\n", "{", "}", "[", "]", "\"ev\":\"end\",", "\"PASS\"", "null",
			   "\"FAIL\"", "\\u0000", "\xff", "[]", "{}", "\"ev\":\"begin\",", "1e308",
			   "false", "\"required\":" },
		.rounds = 2500,
		.run = run_journal,
	};

	(void)state;
	assert_int_equal(advice_load(), 0);
	fuzz_run(&t);
}

static size_t line_len(const char *line)
{
	return (size_t)(strchr(line, '\n') - line) + 1;
}

/* Each line once removed: only a "begin" and a remark can be done without. */
static void test_journal_without_a_line(void **state)
{
	const char *line;

	(void)state;
	for (line = good_run; *line; line += line_len(line)) {
		size_t before = (size_t)(line - good_run), len = line_len(line);
		_cleanup_free_ char *text = strdup(good_run);
		bool spare = strstr(line, "\"begin\"") && strstr(line, "\"begin\"") < line + len;

		spare |= strncmp(line, "{\"ev\":\"note\"", 12) == 0;
		memmove(text + before, text + before + len, strlen(text + before + len) + 1);
		if ((judge(text, strlen(text)) == RUN_QUALIFIED) != spare)
			fail_msg("without %.*s", (int)len, line);
	}
}

/* Each member's name once damaged: what decides must not be taken as given. */
static void test_journal_without_a_member(void **state)
{
	static const char *const names[] = { "\"left_out\"",
					     "\"plan\"",
					     "\"problems\"",
					     "\"settings\"",
					     "\"verdict\"",
					     "\"unsafe_interrupts\"",
					     "\"case\":\"example_driver\"},",
					     "\"fault\"" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *text = strdup(good_run);
		char *p;

		for (p = strstr(text, names[i]); p; p = strstr(p + 1, names[i])) {
			p[2] ^= 1;
			if (judge(text, strlen(text)) == RUN_QUALIFIED)
				fail_msg("with %.40s", p);
			p[2] ^= 1;
		}
	}
}

struct load {
	const struct core_fake *fake;
	char path[128];
};

static void run_load(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	const struct load *l = arg;
	_cleanup_close_ int fd = open(l->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	json_t *report;
	bool unsafe;

	(void)r;
	assert_true(fd >= 0);
	assert_int_equal(util_write_all(fd, data, len), 0);
	report = report_load(l->path);
	assert_true(!seed || report);
	if (report) {
		(void)!report_verdict(report, &unsafe);
		assert_renders(report);
	}
	json_decref(report);
}

static void fuzz_report(void **state)
{
	_cleanup_free_ char *json = NULL;
	size_t len;
	struct load l = { .fake = *state };
	struct fuzz_target t = {
		.words = { "{", "}", "[", "]", ",", "null", "-1", "1e308", "\\u0000", "\"\\ud800\"",
			   "[]", "{}", "\"items\"", "\"verdict\"", "\"FAIL\"" },
		.rounds = 2000,
		.run = run_load,
		.arg = &l,
	};

	util_format(l.path, sizeof(l.path), "%s/report.json", l.fake->path);
	assert_int_equal(
		util_read_file(AT_FDCWD, "tests/fixtures/report.json", 1 << 20, &json, &len), 0);
	t.seeds[0] = (struct fuzz_seed){ json, len };
	t.seeds[1] = (struct fuzz_seed){ good_run, sizeof(good_run) - 1 };
	/* What cannot be read is logged, thousands of times. */
	assert_int_equal(log_open_consoles(&l.fake->root, false), 0);
	fuzz_run(&t);
	log_close();
}

/* Whatever is said, every setting has a value that is allowed. */
static void assert_settings(const struct settings *s)
{
	json_t *json = settings_to_json(s), *value;
	const struct setting *setting;
	unsigned int i;

	assert_non_null(json);
	for (i = 0; (setting = settings_get(i)); i++) {
		value = json_object_get(json, setting->name);
		assert_true(json_is_integer(value) || json_is_string(value));
		if (setting->kind == SETTING_NUMBER)
			assert_in_range(json_integer_value(value), setting->min, setting->max);
		if (setting->kind == SETTING_WORD)
			assert_non_null(setting_find_word(setting->words, json_string_value(value),
							  json_string_length(value)));
	}
	assert_int_equal(json_object_size(json), i + 1); /* and the problems */
	assert_non_null(settings_finish_name(s->finish));
	assert_non_null(settings_fault_name(s->fault));
	assert_true(strnlen(s->cases, sizeof(s->cases)) < sizeof(s->cases) && s->cases[0]);
	assert_true(strnlen(s->fault_case, sizeof(s->fault_case)) < sizeof(s->fault_case));
	assert_true(s->reports > 0 && s->reports <= FORM_ALL);
	assert_true(s->sinks.n <= SINK_MAX && s->mgmt.prefix_len <= 32);
	assert_true(s->mgmt.dhcp || s->mgmt.address[0]);
	assert_true(s->n_problems <= SETTINGS_MAX_PROBLEMS);
	for (i = 0; i < s->n_problems; i++)
		assert_true(strlen(s->problems[i]) < sizeof(s->problems[i]));
	(void)settings_fault_is(s, FAULT_RUNNER_KILL, "vf_create_max");
	json_decref(json);
}

static void run_cmdline(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r,
			void *arg)
{
	struct settings *s = arg;

	(void)len;
	(void)r;
	settings_init(s);
	settings_parse_cmdline(s, (const char *)data);
	assert_settings(s);
	assert_true(!seed || s->n_problems == 0);
}

static void fuzz_cmdline(void **state)
{
	static const char good[] =
		"BOOT_IMAGE=/vmlinuz intel_iommu=on \"vfproof.finish=reboot\" vfproof.log=verbose "
		"vfproof.cases=\"host_*,vf_create_max\" vfproof.stick-wait_s=3 quiet dyndbg=\"a "
		"b\" "
		"vfproof.unsafe_interrupts=allow vfproof.fault=agent_mute:vf_* "
		"vfproof.timeout_percent=200 vfproof.guest_memory_mb=512 "
		"vfproof.sink=https://u:p@h:1/x?y,tftp://h/,dir:lab vfproof.sink_auth=bearer:t "
		"vfproof.mgmt=52:54:00:76:66:0a vfproof.mgmt_ip=192.0.2.7/24 vfproof.mgmt_vlan=7";
	struct settings s;
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 } },
		.words = { "\"", "=", " ", "vfproof.", "vfproof.fault=", ":", "*", "\n",
			   "vfproof.cases=", "vfproof.sink=", "vfproof.mgmt_ip=" },
		.rounds = 12000,
		.text = true,
		.run = run_cmdline,
		.arg = &s,
	};

	(void)state;
	fuzz_run(&t);
}

static void run_conf(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	struct settings *s = arg;

	settings_init(s);
	/* A setting of the command line stays what it is. */
	if (fuzz_below(r, 2))
		settings_parse_cmdline(s, "vfproof.finish=poweroff");
	settings_parse_conf(s, (const char *)data, len);
	assert_settings(s);
	assert_true(!seed || s->n_problems == 0);
	assert_true(!s->given || s->finish == FINISH_POWEROFF);
}

static void fuzz_conf(void **state)
{
	static const char good[] = "# what to do\r\nfinish = reboot\ncases = host_*,vf_create_max\n"
				   "\nstick_wait_s=3\nlog: verbose\nunsafe_interrupts = deny\n"
				   "fault = none\ntimeout_percent = 200\n"
				   "sink = http://h/x,dir:lab\nmgmt_dns = 192.0.2.2\n";
	struct settings s;
	struct fuzz_target t = {
		.seeds = { { good, sizeof(good) - 1 } },
		.words = { "\n", "=", "[", "]", "[x]\n", "#", ";", "\xef\xbb\xbf", " ", "\"",
			   "finish", "finish = shell\n" },
		.rounds = 12000,
		.run = run_conf,
		.arg = &s,
	};

	(void)state;
	fuzz_run(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fuzz_journal),
		cmocka_unit_test(test_journal_without_a_line),
		cmocka_unit_test(test_journal_without_a_member),
		cmocka_unit_test_setup_teardown(fuzz_report, core_fake_setup, core_fake_teardown),
		cmocka_unit_test(fuzz_cmdline),
		cmocka_unit_test(fuzz_conf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
