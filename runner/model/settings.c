/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel command line and of vfproof.conf: one row of the table per setting. A
 * setting is added by a member of struct settings, a row here and a paragraph in docs/settings.md.
 */
#include "model/settings.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>
#include "base/secret.h"
#include "report/forms.h"

#define PREFIX "vfproof."

struct setting {
	const char *name;
	const char *allowed; /* in words, for the report */
	int (*parse)(struct settings *s, const char *value);
	json_t *(*show)(const struct settings *s);
};

static const char *const finish_names[] = {
	[FINISH_HOLD] = "hold",
	[FINISH_POWEROFF] = "poweroff",
	[FINISH_REBOOT] = "reboot",
	[FINISH_SHELL] = "shell",
};

static const char *const fault_names[FAULT_COUNT] = {
	[FAULT_NONE] = "none",
	[FAULT_AGENT_CORRUPT] = "agent_corrupt",
	[FAULT_AGENT_MUTE] = "agent_mute",
	[FAULT_AGENT_EXIT] = "agent_exit",
	[FAULT_NO_LINK] = "no_link",
	[FAULT_RUNNER_KILL] = "runner_kill",
};

static const char *const screen_names[] = {
	[SCREEN_AUTO] = "auto",
	[SCREEN_ON] = "on",
	[SCREEN_OFF] = "off",
};

static const char *const plan_names[] = { [PLAN_FULL] = "full", [PLAN_QUICK] = "quick" };

const char *settings_plan_name(enum plan_kind plan)
{
	return plan_names[plan];
}

const char *settings_finish_name(enum finish finish)
{
	return finish_names[finish];
}

const char *settings_fault_name(enum fault fault)
{
	return fault_names[fault];
}

/* Index of the first @len characters of @value in @names, or -EINVAL. */
static int word_index(const char *const *names, size_t n, const char *value, size_t len)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(names[i]) == len && memcmp(names[i], value, len) == 0)
			return (int)i;
	return -EINVAL;
}

static int parse_number(const char *value, unsigned int min, unsigned int max, unsigned int *out)
{
	uint64_t number;

	if (strchr(value, '\n') || util_parse_u64(value, 10, max, &number) < 0 || number < min)
		return -EINVAL;
	*out = (unsigned int)number;
	return 0;
}

/* Shell globs over ids, separated by commas; kept to characters that need no quoting anywhere. */
static int parse_globs(const char *value, char *dst, size_t size)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_*?[]!^-,";

	if (value[0] == '\0' || value[strspn(value, chars)] != '\0' || strlen(value) >= size)
		return -EINVAL;
	util_strlcpy(dst, size, value);
	return 0;
}

static int parse_finish(struct settings *s, const char *value)
{
	int i = word_index(finish_names, ARRAY_SIZE(finish_names), value, strlen(value));

	if (i < 0)
		return i;
	s->finish = (enum finish)i;
	return 0;
}

static json_t *show_finish(const struct settings *s)
{
	return json_string(finish_names[s->finish]);
}

static int parse_unsafe(struct settings *s, const char *value)
{
	static const char *const names[] = { "deny", "allow" };
	int i = word_index(names, ARRAY_SIZE(names), value, strlen(value));

	if (i < 0)
		return i;
	s->unsafe_interrupts = i == 1;
	return 0;
}

static json_t *show_unsafe(const struct settings *s)
{
	return json_string(s->unsafe_interrupts ? "allow" : "deny");
}

static int parse_cases(struct settings *s, const char *value)
{
	return parse_globs(value, s->cases, sizeof(s->cases));
}

static json_t *show_cases(const struct settings *s)
{
	return json_string(s->cases);
}

static int parse_plan(struct settings *s, const char *value)
{
	int i = word_index(plan_names, ARRAY_SIZE(plan_names), value, strlen(value));

	if (i < 0)
		return i;
	s->plan = (enum plan_kind)i;
	return 0;
}

static json_t *show_plan(const struct settings *s)
{
	return json_string(plan_names[s->plan]);
}

static int parse_parallel(struct settings *s, const char *value)
{
	return parse_number(value, 0, 16, &s->parallel);
}

static json_t *show_parallel(const struct settings *s)
{
	return json_integer(s->parallel);
}

static int parse_stick_wait(struct settings *s, const char *value)
{
	return parse_number(value, 0, 300, &s->stick_wait_s);
}

static json_t *show_stick_wait(const struct settings *s)
{
	return json_integer(s->stick_wait_s);
}

static int parse_guest_memory(struct settings *s, const char *value)
{
	return parse_number(value, 128, 4096, &s->guest_memory_mb);
}

static json_t *show_guest_memory(const struct settings *s)
{
	return json_integer(s->guest_memory_mb);
}

static int parse_timeout_percent(struct settings *s, const char *value)
{
	return parse_number(value, 10, 2000, &s->timeout_percent);
}

static json_t *show_timeout_percent(const struct settings *s)
{
	return json_integer(s->timeout_percent);
}

static int parse_log(struct settings *s, const char *value)
{
	static const char *const names[] = { "normal", "verbose" };
	int i = word_index(names, ARRAY_SIZE(names), value, strlen(value));

	if (i < 0)
		return i;
	s->verbose = i == 1;
	return 0;
}

static json_t *show_log(const struct settings *s)
{
	return json_string(s->verbose ? "verbose" : "normal");
}

/* FORM[,FORM...] or "all". */
static int parse_reports(struct settings *s, const char *value)
{
	unsigned int reports = 0;

	if (strcmp(value, "all") == 0) {
		s->reports = FORM_ALL;
		return 0;
	}
	for (;;) {
		size_t len = strcspn(value, ","), i;

		for (i = 0; i < FORM_FILES; i++)
			if (strlen(form_get(i)->name) == len &&
			    memcmp(form_get(i)->name, value, len) == 0)
				break;
		if (i == FORM_FILES)
			return -EINVAL;
		reports |= FORM_BIT(i);
		if (value[len] == '\0')
			break;
		value += len + 1;
	}
	s->reports = reports;
	return 0;
}

static json_t *show_reports(const struct settings *s)
{
	char text[100] = "";
	size_t i;

	for (i = 0; i < FORM_FILES; i++) {
		size_t len = strlen(text);

		if (s->reports & FORM_BIT(i))
			util_format(text + len, sizeof(text) - len, "%s%s", len ? "," : "",
				    form_get(i)->name);
	}
	return json_string(text);
}

/* NAME or NAME:GLOB. */
static int parse_fault(struct settings *s, const char *value)
{
	size_t len = strcspn(value, ":");
	const char *glob = value[len] == ':' ? value + len + 1 : "*";
	int i = word_index(fault_names, FAULT_COUNT, value, len);

	if (i < 0)
		return i;
	if (parse_globs(glob, s->fault_case, sizeof(s->fault_case)) < 0)
		return -EINVAL;
	s->fault = (enum fault)i;
	return 0;
}

static json_t *show_fault(const struct settings *s)
{
	if (s->fault == FAULT_NONE)
		return json_string(fault_names[FAULT_NONE]);
	return json_sprintf("%s:%s", fault_names[s->fault], s->fault_case);
}

static int parse_screen(struct settings *s, const char *value)
{
	int i = word_index(screen_names, ARRAY_SIZE(screen_names), value, strlen(value));

	if (i < 0)
		return i;
	s->screen = (enum screen_setting)i;
	return 0;
}

static json_t *show_screen(const struct settings *s)
{
	return json_string(screen_names[s->screen]);
}

static const struct setting table[] = {
	{ "finish", "hold, poweroff, reboot or shell", parse_finish, show_finish },
	{ "unsafe_interrupts", "allow or deny", parse_unsafe, show_unsafe },
	{ "cases", "case ids or globs separated by commas", parse_cases, show_cases },
	{ "plan", "full or quick", parse_plan, show_plan },
	{ "parallel", "a number from 0 to 16", parse_parallel, show_parallel },
	{ "stick_wait_s", "a number from 0 to 300", parse_stick_wait, show_stick_wait },
	{ "guest_memory_mb", "a number from 128 to 4096", parse_guest_memory, show_guest_memory },
	{ "timeout_percent", "a number from 10 to 2000", parse_timeout_percent,
	  show_timeout_percent },
	{ "log", "normal or verbose", parse_log, show_log },
	{ "reports", FORM_NAMES "separated by commas, or all", parse_reports, show_reports },
	{ "screen", "auto, on or off", parse_screen, show_screen },
	{ "fault",
	  "none, agent_corrupt, agent_mute, agent_exit, no_link or runner_kill, each with "
	  ":CASE-GLOB",
	  parse_fault, show_fault },
	{ "sink", "http://, https:// or tftp:// URLs or dir:NAME, separated by commas, at most 4",
	  settings_parse_sink, settings_show_sink },
	{ "sink_method", "put or post", settings_parse_sink_method, settings_show_sink_method },
	{ "sink_auth", "USER:PASSWORD or bearer:TOKEN", settings_parse_sink_auth,
	  settings_show_sink_auth },
	{ "mgmt", "BOOTIF, a MAC address or a PCI address", settings_parse_mgmt,
	  settings_show_mgmt },
	{ "mgmt_ip", "dhcp or ADDRESS/LENGTH", settings_parse_mgmt_ip, settings_show_mgmt_ip },
	{ "mgmt_gateway", "an IPv4 address", settings_parse_mgmt_gateway,
	  settings_show_mgmt_gateway },
	{ "mgmt_dns", "an IPv4 address", settings_parse_mgmt_dns, settings_show_mgmt_dns },
	{ "mgmt_vlan", "a number from 0 to 4094", settings_parse_mgmt_vlan,
	  settings_show_mgmt_vlan },
};

void settings_init(struct settings *s)
{
	*s = (struct settings){
		.finish = FINISH_HOLD,
		.cases = "*",
		.stick_wait_s = 15,
		.guest_memory_mb = 192,
		.timeout_percent = 100,
		.reports = FORM_DEFAULT,
		.fault_case = "*",
		.mgmt = { .port = "BOOTIF", .dhcp = true },
	};
}

void settings_add_problem(struct settings *s, const char *fmt, ...)
{
	char *text;
	va_list args;

	if (s->n_problems == SETTINGS_MAX_PROBLEMS)
		return;
	text = s->problems[s->n_problems++];
	va_start(args, fmt);
	vsnprintf(text, sizeof(s->problems[0]), fmt, args);
	va_end(args);
	util_sanitise(text);
}

/* As the kernel does with its own parameters, "-" and "_" are taken for the same. */
static bool name_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

static void add_unknown(struct settings *s, const char *origin, const char *name)
{
	char known[200] = "", shown[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		size_t len = strlen(known);

		util_format(known + len, sizeof(known) - len, "%s%s", i ? ", " : "", table[i].name);
	}
	/* Hidden before it is cut: see secret_hide(). */
	settings_add_problem(s, "%s%.40s: unknown setting; there are %s", origin,
			     secret_hide_value("sink", name, shown, sizeof(shown)), known);
}

/*
 * @origin says where it is from in a problem's text. @skip has a bit for every setting that is not
 * to be changed. Returns the setting's bit, 0 if there is no such setting.
 */
static unsigned int apply(struct settings *s, const char *origin, const char *name,
			  const char *value, unsigned int skip)
{
	char shown[1024];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (!name_equal(table[i].name, name))
			continue;
		if (!(skip & 1u << i) && (!value || table[i].parse(s, value) < 0))
			settings_add_problem(s, "%s%s=%.40s: not allowed; allowed is %s", origin,
					     table[i].name,
					     secret_hide_value(table[i].name, value ? value : "",
							       shown, sizeof(shown)),
					     table[i].allowed);
		return 1u << i;
	}
	add_unknown(s, origin, name);
	return 0;
}

/*
 * Cuts the next parameter off *@pos, as next_arg() of the kernel does: white space separates unless
 * it is quoted, quotes may be around the whole parameter or around its value, and nothing escapes.
 */
static char *next_parameter(char **pos, char **value)
{
	char *p = *pos, *name, *end;
	bool quoted = false, whole;

	while (isspace((unsigned char)*p))
		p++;
	if (*p == '\0')
		return NULL;
	whole = *p == '"';
	if (whole) {
		quoted = true;
		p++;
	}
	name = p;
	*value = NULL;
	for (; *p && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '=' && !*value)
			*value = p;
		else if (*p == '"')
			quoted = !quoted;
	}
	end = p;
	*pos = *p ? p + 1 : p;
	*end = '\0';
	if (*value) {
		*(*value)++ = '\0';
		if (**value == '"') {
			(*value)++;
			whole = true;
		}
	}
	if (whole && end > name && end[-1] == '"')
		end[-1] = '\0';
	return name;
}

void settings_parse_cmdline(struct settings *s, const char *cmdline)
{
	_cleanup_free_ char *copy = strdup(cmdline);
	char *pos = copy, *name, *value;

	if (!copy) {
		settings_add_problem(s, "the kernel command line was not read: out of memory");
		return;
	}
	while ((name = next_parameter(&pos, &value)))
		if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
			s->given |= apply(s, PREFIX, name + strlen(PREFIX), value, 0);
}

static int conf_handler(void *user, const char *section, const char *name, const char *value)
{
	struct settings *s = user;

	if (section[0] != '\0')
		settings_add_problem(s, "vfproof.conf: [%.40s]: sections are not used here",
				     section);
	else
		apply(s, "vfproof.conf: ", name, value, s->given);
	return 1;
}

void settings_parse_conf(struct settings *s, const char *text, size_t len)
{
	_cleanup_free_ char *copy = strndup(text, len);
	int line;

	if (!copy) {
		settings_add_problem(s, "vfproof.conf was not read: out of memory");
		return;
	}
	if (strlen(copy) < len)
		settings_add_problem(
			s, "vfproof.conf: not a text file, read up to its first NUL byte");
	line = ini_parse_string(copy, conf_handler, s);
	if (line != 0)
		settings_add_problem(s, "vfproof.conf: line %d is not of the form NAME = VALUE",
				     line);
}

json_t *settings_to_json(const struct settings *s)
{
	json_t *obj = json_object(), *problems = json_array();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		json_object_set_new(obj, table[i].name, table[i].show(s));
	for (i = 0; i < s->n_problems; i++)
		json_array_append_new(problems, json_string(s->problems[i]));
	json_object_set_new(obj, "problems", problems);
	return obj;
}

bool settings_fault_is(const struct settings *s, enum fault fault, const char *case_id)
{
	return fault != FAULT_NONE && s->fault == fault && util_globs(s->fault_case, case_id);
}
