/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: what is taken, and that whatever is not taken is named.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include "model/setting.h"
#include "model/settings.h"
#include "sys/kernel.h"

static struct settings from_cmdline(const char *cmdline)
{
	struct settings s;

	settings_init(&s);
	settings_parse_cmdline(&s, cmdline);
	return s;
}

static struct settings from_conf(const char *cmdline, const char *conf)
{
	struct settings s = from_cmdline(cmdline);

	settings_parse_conf(&s, conf, strlen(conf));
	return s;
}

static void defaults(void **state)
{
	struct settings s = from_cmdline("BOOT_IMAGE=/vmlinuz quiet intel_iommu=on myvfproof.x=1 "
					 "vfproof");

	(void)state;
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.finish, FINISH_HOLD);
	assert_string_equal(s.cases, "*");
	assert_int_equal(s.stick_wait_s, 15);
	assert_int_equal(s.guest_memory_mb, 192);
	assert_int_equal(s.timeout_percent, 100);
	assert_false(s.unsafe_interrupts);
	assert_int_equal(s.screen, SCREEN_AUTO);
	assert_int_equal(s.fault, FAULT_NONE);
}

static void every_setting(void **state)
{
	struct settings s = from_cmdline(
		"vfproof.finish=poweroff vfproof.unsafe_interrupts=allow vfproof.cases=host_*,vf_a "
		"vfproof.stick_wait_s=0 vfproof.guest_memory_mb=4096 vfproof.timeout-percent=10 "
		"vfproof.log=verbose vfproof.fault=no_link:assign_* vfproof.screen=off");

	(void)state;
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.finish, FINISH_POWEROFF);
	assert_true(s.unsafe_interrupts);
	assert_string_equal(s.cases, "host_*,vf_a");
	assert_int_equal(s.stick_wait_s, 0);
	assert_int_equal(s.guest_memory_mb, 4096);
	assert_int_equal(s.timeout_percent, 10);
	assert_true(s.verbose);
	assert_int_equal(s.screen, SCREEN_OFF);
	assert_true(settings_fault_is(&s, FAULT_NO_LINK, "assign_vf"));
	assert_false(settings_fault_is(&s, FAULT_NO_LINK, "vf_create_one"));
	assert_false(settings_fault_is(&s, FAULT_RUNNER_KILL, "assign_vf"));
	assert_false(settings_fault_is(&s, FAULT_NONE, "assign_vf"));
}

static void quoting(void **state)
{
	static const char *const lines[] = {
		"vfproof.cases=\"host_*\"",
		"\"vfproof.cases=host_*\"",
		"  a=\"b c vfproof.cases=x\"\tvfproof.cases=host_*\n",
		"vfproof.cases=first vfproof.cases=host_*",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		struct settings s = from_cmdline(lines[i]);

		assert_int_equal(s.n_problems, 0);
		assert_string_equal(s.cases, "host_*");
	}
}

static void malformed(void **state)
{
	static const struct {
		const char *cmdline;
		const char *named; /* in the problem's text */
		const char *allowed;
	} rows[] = {
		{ "vfproof.finish=off", "vfproof.finish=off", "poweroff" },
		{ "vfproof.finish=", "vfproof.finish=", "poweroff" },
		{ "vfproof.finish", "vfproof.finish", "poweroff" },
		{ "vfproof.fnish=hold", "vfproof.fnish", "finish, " },
		{ "vfproof.=1", "vfproof.:", "finish, " },
		{ "vfproof.unsafe_interrupts=yes", "unsafe_interrupts=yes", "allow or deny" },
		{ "vfproof.cases=", "vfproof.cases=", "globs" },
		{ "vfproof.cases=\"a b\"", "vfproof.cases=a b", "globs" },
		{ "vfproof.cases=\xff", "vfproof.cases=?", "globs" },
		{ "vfproof.stick_wait_s=301", "stick_wait_s=301", "0 to 300" },
		{ "vfproof.stick_wait_s=-1", "stick_wait_s=-1", "0 to 300" },
		{ "vfproof.stick_wait_s=1s", "stick_wait_s=1s", "0 to 300" },
		{ "vfproof.guest_memory_mb=127", "guest_memory_mb=127", "128 to 4096" },
		{ "vfproof.guest_memory_mb=0x100", "guest_memory_mb=0x100", "128" },
		{ "vfproof.timeout_percent=99999999999999999999", "timeout_percent=999", "2000" },
		{ "vfproof.log=1", "log=1", "verbose" },
		{ "vfproof.fault=fire", "fault=fire", "runner_kill" },
		{ "vfproof.fault=no_link:", "fault=no_link:", "runner_kill" },
		{ "vfproof.fault=no_lin:*", "fault=no_lin:", "runner_kill" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = from_cmdline(rows[i].cmdline), d;

		if (s.n_problems != 1 || !strstr(s.problems[0], rows[i].named) ||
		    !strstr(s.problems[0], rows[i].allowed))
			fail_msg("%s: %u problems, first: %s", rows[i].cmdline, s.n_problems,
				 s.problems[0]);
		settings_init(&d);
		assert_string_equal(s.cases, d.cases);
		assert_int_equal(s.finish, d.finish);
		assert_int_equal(s.fault, d.fault);
		assert_int_equal(s.guest_memory_mb, d.guest_memory_mb);
	}
}

static void problems_are_bounded(void **state)
{
	_cleanup_free_ char *text = NULL;
	char cmdline[4096] = "";
	struct settings s;
	unsigned int i;
	json_t *obj;

	(void)state;
	for (i = 0; i < 2 * SETTINGS_MAX_PROBLEMS; i++)
		strcat(cmdline, "vfproof.x=1 ");
	s = from_cmdline(cmdline);
	assert_int_equal(s.n_problems, SETTINGS_MAX_PROBLEMS);
	assert_int_equal(s.n_further, SETTINGS_MAX_PROBLEMS);
	obj = settings_to_json(&s);
	text = json_dumps(obj, 0);
	assert_non_null(strstr(text, "and 32 more problems"));
	json_decref(obj);
}

/* Nothing is cut and then in force: neither by a reader's line, nor by the kernel. */
static void long_lines(void **state)
{
	struct core_fake *f = *state;
	char text[KERNEL_CMDLINE_SIZE + 200] = "", list[400] = "";
	struct settings s;
	size_t i;

	for (i = 0; i < 90; i++)
		strcat(list, "x*,");
	strcat(list, "y*"); /* 272 characters */
	util_format(text, sizeof(text),
		    "\xef\xbb\xbf"
		    "cases = %s ; why\n  finish = poweroff\n%0300d\n",
		    list, 1);
	s = from_conf("", text);
	assert_string_equal(s.cases, list);
	assert_int_equal(s.finish, FINISH_POWEROFF);
	assert_int_equal(s.n_problems, 1);
	assert_non_null(strstr(s.problems[0], "line 3"));
	/* A glob of any length is one. */
	memset(list, 'z', 300);
	memcpy(list + 300, "*,host_*", 9);
	assert_true(util_globs(list, "host_kvm"));
	list[301] = '\0';
	memset(text, 'z', 310);
	text[310] = '\0';
	assert_true(util_globs(list, text));
	assert_int_equal(unlinkat(f->root.fd, "proc", 0), 0);
	/* The kernel keeps 2047 characters. */
	for (i = 2046; i <= 2048; i++) {
		memset(text, 'a', i);
		util_strlcpy(text + i - 19, 20, " vfproof.parallel=1");
		text[i] = '\n';
		text[i + 1] = '\0';
		core_fake_write(f, "proc/cmdline", text);
		settings_init(&s);
		settings_take_cmdline(&s, &f->root);
		assert_int_equal(s.parallel, 1);
		assert_int_equal(s.n_problems, i == 2047);
	}
	/* And what cannot be read whole is not read in part. */
	memset(text, 'a', KERNEL_CMDLINE_SIZE + 100);
	memcpy(text, "vfproof.parallel=1 ", 19);
	text[KERNEL_CMDLINE_SIZE + 100] = '\0';
	core_fake_write(f, "proc/cmdline", text);
	settings_init(&s);
	settings_take_cmdline(&s, &f->root);
	assert_int_equal(s.parallel, 0);
	assert_int_equal(s.n_problems, 1);
}

static void conf(void **state)
{
	struct settings s = from_conf("vfproof.finish=reboot",
				      "# a comment\r\nfinish = hold\r\n\r\nlog=verbose\n"
				      "cases = host_* \n; another comment\n");

	(void)state;
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.finish, FINISH_REBOOT); /* the command line wins */
	assert_true(s.verbose);
	assert_string_equal(s.cases, "host_*");
}

/* The command line's, then the stick's, then the overlay's. */
static void precedence(void **state)
{
	static const char stick[] = "guest_memory_mb=512\nfinish=hold\n";
	struct settings s = from_conf("vfproof.finish=poweroff",
				      "finish=reboot\nguest_memory_mb=256\nlog=verbose\n");

	(void)state;
	settings_parse_conf(&s, stick, strlen(stick));
	assert_int_equal(s.n_problems, 0);
	assert_int_equal(s.finish, FINISH_POWEROFF);
	assert_int_equal(s.guest_memory_mb, 512);
	assert_true(s.verbose);
}

static void conf_malformed(void **state)
{
	static const struct {
		const char *conf, *named;
	} rows[] = {
		{ "finsh = hold\n", "vfproof.conf: finsh" },
		{ "finish = never\n", "finish=never" },
		{ "log=verbose\nwhat is this\n", "line 2" },
		{ "[vfproof]\nfinish = hold\n", "[vfproof]" },
		{ "vfproof.finish = hold\n", "vfproof.finish" },
	};
	char text[600];
	struct settings s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		s = from_conf("", rows[i].conf);
		if (s.n_problems != 1 || !strstr(s.problems[0], rows[i].named))
			fail_msg("%s: %u problems, first: %s", rows[i].conf, s.n_problems,
				 s.problems[0]);
	}
	/* A line that is too long must not be taken in part. */
	memset(text, 'a', sizeof(text));
	memcpy(text, "cases=", 6);
	text[sizeof(text) - 1] = '\0';
	s = from_conf("", text);
	assert_true(s.n_problems > 0);
	/* Neither must a binary file be. */
	settings_init(&s);
	settings_parse_conf(&s, "log=verbose\n\0finish=x\n", 22);
	assert_int_equal(s.n_problems, 1);
}

static void json_form(void **state)
{
	struct settings s = from_cmdline("vfproof.fault=runner_kill vfproof.nonsense=1");
	json_t *obj = settings_to_json(&s);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(obj, "fault")), "runner_kill:*");
	assert_string_equal(json_string_value(json_object_get(obj, "finish")), "hold");
	assert_string_equal(json_string_value(json_object_get(obj, "unsafe_interrupts")), "deny");
	assert_int_equal(json_integer_value(json_object_get(obj, "stick_wait_s")), 15);
	assert_int_equal(json_array_size(json_object_get(obj, "problems")), 1);
	json_decref(obj);
}

/* What a wrong value of each setting is answered with, to the letter: reports are compared. */
static void problem_texts(void **state)
{
	static const char *const rows[][2] = {
		{ "vfproof.finish=off",
		  "vfproof.finish=off: not allowed; allowed is hold, poweroff, reboot or shell" },
		{ "vfproof.unsafe_interrupts=yes",
		  "vfproof.unsafe_interrupts=yes: not allowed; allowed is allow or deny" },
		{ "vfproof.cases=a/b", "vfproof.cases=a/b: not allowed; allowed is case ids or "
				       "globs separated by commas" },
		{ "vfproof.plan=half",
		  "vfproof.plan=half: not allowed; allowed is quick, core, full or soak" },
		{ "vfproof.soak=31d",
		  "vfproof.soak=31d: not allowed; allowed is a number with s, m, h or d "
		  "behind it, 30d at most" },
		{ "vfproof.parallel=17",
		  "vfproof.parallel=17: not allowed; allowed is a number from 0 to 16" },
		{ "vfproof.stick_wait_s=-1",
		  "vfproof.stick_wait_s=-1: not allowed; allowed is a number from 0 to 300" },
		{ "vfproof.guest_memory_mb=127", "vfproof.guest_memory_mb=127: not allowed; "
						 "allowed is a number from 128 to 4096" },
		{ "vfproof.timeout_percent=2001", "vfproof.timeout_percent=2001: not allowed; "
						  "allowed is a number from 10 to 2000" },
		{ "vfproof.log=1", "vfproof.log=1: not allowed; allowed is normal or verbose" },
		{ "vfproof.reports=pdf",
		  "vfproof.reports=pdf: not allowed; allowed is text, json, html, junit, ktap, "
		  "ocp, lava, separated by commas, or all" },
		{ "vfproof.screen=yes",
		  "vfproof.screen=yes: not allowed; allowed is auto, on or off" },
		{ "vfproof.fault=fire",
		  "vfproof.fault=fire: not allowed; allowed is none, agent_corrupt, agent_mute, "
		  "agent_exit, no_link, guest_keeps, runner_kill, runner_stop or host_panic, each "
		  "with :CASE-GLOB" },
		{ "vfproof.sink=ftp://me:pw@h/",
		  "vfproof.sink=ftp://***@h/: not allowed; allowed is http://, https:// or tftp:// "
		  "URLs or dir:NAME, separated by commas, at most 4" },
		{ "vfproof.sink_method=PUT",
		  "vfproof.sink_method=PUT: not allowed; allowed is put or post" },
		{ "vfproof.sink_auth=secret",
		  "vfproof.sink_auth=***: not allowed; allowed is USER:PASSWORD or bearer:TOKEN" },
		{ "vfproof.mgmt=eth0", "vfproof.mgmt=eth0: not allowed; allowed is BOOTIF, a MAC "
				       "address or a PCI address" },
		{ "vfproof.mgmt_ip=192.0.2.7",
		  "vfproof.mgmt_ip=192.0.2.7: not allowed; allowed is dhcp or ADDRESS/LENGTH" },
		{ "vfproof.mgmt_gateway=192.0.2",
		  "vfproof.mgmt_gateway=192.0.2: not allowed; allowed is an IPv4 address" },
		{ "vfproof.mgmt_dns=dns",
		  "vfproof.mgmt_dns=dns: not allowed; allowed is an IPv4 address" },
		{ "vfproof.mgmt_vlan=4095",
		  "vfproof.mgmt_vlan=4095: not allowed; allowed is a number from 0 to 4094" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct settings s = from_cmdline(rows[i][0]);

		assert_int_equal(s.n_problems, 1);
		assert_string_equal(s.problems[0], rows[i][1]);
	}
}

static void assert_shown(const char *cmdline, const char *name, const char *expected)
{
	struct settings s = from_cmdline(cmdline);
	json_t *obj = settings_to_json(&s), *value = json_object_get(obj, name);
	char text[200] = "";

	assert_int_equal(s.n_problems, 0);
	if (json_is_integer(value))
		util_format(text, sizeof(text), "%lld", json_integer_value(value));
	else if (json_is_string(value))
		util_strlcpy(text, sizeof(text), json_string_value(value));
	else
		fail_msg("%s is not shown", name);
	if (strcmp(text, expected) != 0)
		fail_msg("%s: %s is shown, not %s", cmdline, text, expected);
	json_decref(obj);
}

/* How each setting is shown, if it is not given and if it is. */
static void shown(void **state)
{
	static const struct {
		const char *name, *initial, *given, *shown;
	} rows[] = {
		{ "finish", "hold", "shell", "shell" },
		{ "unsafe_interrupts", "deny", "allow", "allow" },
		{ "cases", "*", "host_*,a", "host_*,a" },
		{ "plan", "core", "quick", "quick" },
		{ "soak", "8h", "5400s", "90m" },
		{ "parallel", "0", "16", "16" },
		{ "stick", "VFPROOF", "1A2B-3C4D", "1A2B-3C4D" },
		{ "stick_wait_s", "15", "300", "300" },
		{ "guest_memory_mb", "192", "128", "128" },
		{ "timeout_percent", "100", "2000", "2000" },
		{ "log", "normal", "verbose", "verbose" },
		{ "reports", "text,json,html,junit", "lava,text", "text,lava" },
		{ "screen", "auto", "on", "on" },
		{ "fault", "none", "no_link:vf_?", "no_link:vf_?" },
		{ "fault", "none", "agent_exit", "agent_exit:*" },
		{ "sink", "", "https://me:pw@h/x?y,tftp://h/a,dir:lab",
		  "https://***@h/x?***,tftp://h/a,dir:lab" },
		{ "sink_method", "put", "post", "post" },
		{ "sink_auth", "", "bearer:token", "***" },
		{ "mgmt", "BOOTIF", "52:54:00:76:66:0A", "52:54:00:76:66:0A" },
		{ "mgmt_ip", "dhcp", "192.0.2.7/24", "192.0.2.7/24" },
		{ "mgmt_gateway", "", "192.0.2.1", "192.0.2.1" },
		{ "mgmt_dns", "", "192.0.2.2", "192.0.2.2" },
		{ "mgmt_vlan", "0", "4094", "4094" },
	};
	char cmdline[200];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_shown("", rows[i].name, rows[i].initial);
		util_format(cmdline, sizeof(cmdline), "vfproof.%s=%s", rows[i].name, rows[i].given);
		assert_shown(cmdline, rows[i].name, rows[i].shown);
	}
}

/* A row that nothing can be wrong with at run time: the member has the size of its kind. */
static void sound(void **state)
{
	const struct setting *setting;
	struct settings s;
	size_t i, k;

	(void)state;
	settings_init(&s);
	assert_int_equal(s.n_problems, 0); /* each default is allowed */
	for (i = 0; (setting = settings_get(i)); i++) {
		const bool word = setting->kind == SETTING_WORD;
		const bool other = setting->kind == SETTING_OTHER;
		const bool text = setting->kind == SETTING_TEXT;

		for (k = 0; k < i; k++)
			assert_string_not_equal(settings_get(k)->name, setting->name);
		if (!(text || other || setting->size == sizeof(unsigned int) ||
		      (word && setting->size == sizeof(bool))) ||
		    (setting->kind == SETTING_NUMBER && setting->min > setting->max) ||
		    ((word || setting->kind == SETTING_WORDS) && !setting->words) ||
		    ((text || other) && !setting->allowed) || (text && !setting->valid) ||
		    (other && (!setting->parse || !setting->show)))
			fail_msg("the row of %s is wrong", setting->name);
	}
}

/* The next @len characters of @text without marks of code, a line's end as a space. */
static void plain(char *dst, const char *text, size_t len)
{
	for (; len > 0 && *text; text++) {
		if (*text == '`')
			continue;
		*dst++ = *text == '\n' ? ' ' : *text;
		len--;
	}
	*dst = '\0';
}

/* True if the section of @setting in @docs begins with what the table says. */
static bool is_documented(const struct setting *setting, const char *docs)
{
	char heading[64], allowed[160], expected[300], found[300];
	const char *section;

	setting_allowed(setting, allowed, sizeof(allowed));
	util_format(heading, sizeof(heading), "\n## %s\n", setting->name);
	util_format(expected, sizeof(expected), "Allowed: %s. Default: %s. ", allowed,
		    setting->initial ? setting->initial : "none");
	section = strstr(docs, heading);
	if (!section)
		return false;
	plain(found, section + strlen(heading), strlen(expected));
	return strcmp(found, expected) == 0;
}

static void the_check_itself(void **state)
{
	static const struct setting number = {
		.name = "n", .initial = "2", .kind = SETTING_NUMBER, .min = 1, .max = 3
	};
	static const struct {
		const char *docs;
		bool right;
	} rows[] = {
		{ "\n## n\nAllowed: a number from 1 to 3. Default: `2`.\n\nText", true },
		{ "\n## n\nAllowed: a\nnumber from 1 to 3. Default: 2. Text", true },
		{ "\n## n\nAllowed: a number from 1 to 4. Default: 2.\n", false },
		{ "\n## n\nAllowed: a number from 1 to 3. Default: 3.\n", false },
		{ "\n## n\nAllowed: a number from 1 to 3. Default: 2.5\n", false },
		{ "\n## n\nAllowed: a number from 1 to 3.", false },
		{ "\n## n\nText. Allowed: a number from 1 to 3. Default: 2.\n", false },
		{ "\n## m\nAllowed: a number from 1 to 3. Default: 2.\n", false },
		{ "", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_documented(&number, rows[i].docs) != rows[i].right)
			fail_msg("row %zu", i);
}

/* docs/settings.md has a section for every setting and for no other, with what is allowed. */
static void documented(void **state)
{
	const struct setting *setting;
	unsigned int sections = 0;
	_cleanup_free_ char *docs = NULL;
	const char *p;
	size_t i, len;

	(void)state;
	assert_int_equal(util_read_file(AT_FDCWD, "docs/settings.md", 1 << 20, &docs, &len), 0);
	for (i = 0; (setting = settings_get(i)); i++) {
		char allowed[160];

		setting_allowed(setting, allowed, sizeof(allowed));
		if (!is_documented(setting, docs))
			fail_msg("docs/settings.md: the section of %s has to begin with "
				 "\"Allowed: %s. Default: %s.\"",
				 setting->name, allowed,
				 setting->initial ? setting->initial : "none");
	}
	for (p = docs; (p = strstr(p, "\n## ")); p++)
		sections++;
	assert_int_equal(sections, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_setting),
		cmocka_unit_test(quoting),
		cmocka_unit_test(malformed),
		cmocka_unit_test(conf),
		cmocka_unit_test(precedence),
		cmocka_unit_test(conf_malformed),
		cmocka_unit_test(json_form),
		cmocka_unit_test(problem_texts),
		cmocka_unit_test(shown),
		cmocka_unit_test(sound),
		cmocka_unit_test(the_check_itself),
		cmocka_unit_test(documented),
		cmocka_unit_test(problems_are_bounded),
		cmocka_unit_test_setup_teardown(long_lines, core_fake_setup, core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
