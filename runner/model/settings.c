/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings of the kernel command line and of vfproof.conf: one row of the table per setting. A
 * setting is added by a member of struct settings, a row here and a paragraph in docs/settings.md.
 */
#include "model/settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include "base/secret.h"
#include "base/sysroot.h"
#include "model/conf.h"
#include "model/form.h"
#include "model/setting.h"
#include "sys/kernel.h"

#define PREFIX "vfproof."

static const struct setting_word finish_words[] = {
	{ "hold", FINISH_HOLD },
	{ "poweroff", FINISH_POWEROFF },
	{ "reboot", FINISH_REBOOT },
	{ "shell", FINISH_SHELL },
	{ NULL, 0 },
};

static const struct setting_word unsafe_words[] = {
	{ "allow", true },
	{ "deny", false },
	{ NULL, 0 },
};

static const struct setting_word plan_words[] = {
	{ "quick", PLAN_QUICK }, { "core", PLAN_CORE }, { "full", PLAN_FULL },
	{ "soak", PLAN_SOAK },	 { NULL, 0 },
};

static const struct setting_word on_words[] = {
	{ "on", true },
	{ "off", false },
	{ NULL, 0 },
};

static const struct setting_word log_words[] = {
	{ "normal", false },
	{ "verbose", true },
	{ NULL, 0 },
};

#define FORM_ROW(id, name, file, type) { #name, FORM_##id },

static const struct setting_word report_words[] = { FORMS(FORM_ROW){ NULL, 0 } };

static const struct setting_word screen_words[] = {
	{ "auto", SCREEN_AUTO },
	{ "on", SCREEN_ON },
	{ "off", SCREEN_OFF },
	{ NULL, 0 },
};

static const struct setting_word wire_words[] = {
	{ "auto", WIRE_AUTO },
	{ "none", WIRE_NONE },
	{ NULL, 0 },
};

static const struct setting_word fault_words[] = {
	{ "none", FAULT_NONE },
	{ "agent_corrupt", FAULT_AGENT_CORRUPT },
	{ "agent_mute", FAULT_AGENT_MUTE },
	{ "agent_exit", FAULT_AGENT_EXIT },
	{ "no_link", FAULT_NO_LINK },
	{ "guest_keeps", FAULT_GUEST_KEEPS },
	{ "runner_kill", FAULT_RUNNER_KILL },
	{ "runner_stop", FAULT_RUNNER_STOP },
	{ "host_panic", FAULT_HOST_PANIC },
	{ NULL, 0 },
};

static const struct setting_word method_words[] = {
	{ "put", false },
	{ "post", true },
	{ NULL, 0 },
};

const char *settings_plan_name(enum plan_kind plan)
{
	return setting_word_name(plan_words, plan);
}

const char *settings_finish_name(enum finish finish)
{
	return setting_word_name(finish_words, finish);
}

const char *settings_fault_name(enum fault fault)
{
	return setting_word_name(fault_words, fault);
}

/* Shell globs over ids, separated by commas; kept to characters that need no quoting anywhere. */
static bool is_globs(const char *value)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_*?[]!^-,";

	return value[0] && value[strspn(value, chars)] == '\0';
}

/* NAME or NAME:GLOB. */
static int parse_fault(struct settings *s, const char *value)
{
	size_t len = strcspn(value, ":");
	const char *glob = value[len] == ':' ? value + len + 1 : "*";
	const struct setting_word *word = setting_find_word(fault_words, value, len);

	if (!word || !is_globs(glob) || strlen(glob) >= sizeof(s->fault_case))
		return -EINVAL;
	s->fault = (enum fault)word->value;
	util_strlcpy(s->fault_case, sizeof(s->fault_case), glob);
	return 0;
}

static json_t *show_fault(const struct settings *s)
{
	const char *name = settings_fault_name(s->fault);

	return s->fault == FAULT_NONE ? json_string(name)
				      : json_sprintf("%s:%s", name, s->fault_case);
}

static const struct {
	char letter;
	unsigned int seconds;
} soak_units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

unsigned int settings_soak_seconds(const char *text)
{
	const size_t digits = strspn(text, "0123456789");
	unsigned long n = digits > 0 && digits < 9 ? strtoul(text, NULL, 10) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(soak_units); i++)
		if (text[digits] == soak_units[i].letter && text[digits + 1] == '\0' &&
		    n <= SETTINGS_MAX_SOAK_S / soak_units[i].seconds)
			return (unsigned int)n * soak_units[i].seconds;
	return 0;
}

static int parse_soak(struct settings *s, const char *value)
{
	const unsigned int seconds = settings_soak_seconds(value);

	if (seconds == 0)
		return -EINVAL;
	s->soak_s = seconds;
	return 0;
}

static json_t *show_soak(const struct settings *s)
{
	size_t i = 0;

	while (s->soak_s % soak_units[i].seconds != 0)
		i++;
	return json_sprintf("%u%c", s->soak_s / soak_units[i].seconds, soak_units[i].letter);
}

static int parse_sink(struct settings *s, const char *value)
{
	return sink_settings_parse(&s->sinks, value);
}

static json_t *show_sink(const struct settings *s)
{
	return sink_settings_show(&s->sinks);
}

static int parse_mgmt_ip(struct settings *s, const char *value)
{
	return mgmt_settings_parse_ip(&s->mgmt, value);
}

static json_t *show_mgmt_ip(const struct settings *s)
{
	return mgmt_settings_show_ip(&s->mgmt);
}

/* As long as a label of ext4 or exFAT, or a UUID; blkid takes blanks from a label's ends. */
static bool is_stick(const char *value)
{
	const size_t len = strlen(value);
	size_t i;

	for (i = 0; i < len; i++)
		if (value[i] < ' ' || value[i] > '~')
			return false;
	return len > 0 && value[0] != ' ' && value[len - 1] != ' ';
}

#define MEMBER(m) .offset = offsetof(struct settings, m), .size = sizeof(((struct settings *)0)->m)
#define NUMBER(m, min_, max_) .kind = SETTING_NUMBER, MEMBER(m), .min = min_, .max = max_
#define WORD(m, list) .kind = SETTING_WORD, MEMBER(m), .words = list
#define WORDS(m, list) .kind = SETTING_WORDS, MEMBER(m), .words = list
#define TEXT(m, check, text) .kind = SETTING_TEXT, MEMBER(m), .valid = check, .allowed = text
#define OTHER(name, text) \
	.kind = SETTING_OTHER, .parse = parse_##name, .show = show_##name, .allowed = text

/* Name, default (NULL: none), what it is. The order is that of the report. */
static const struct setting table[] = {
	{ "finish", "hold", WORD(finish, finish_words) },
	{ "unsafe_interrupts", "deny", WORD(unsafe_interrupts, unsafe_words) },
	{ "cases", "*", TEXT(cases, is_globs, "case ids or globs separated by commas") },
	{ "plan", "core", WORD(plan, plan_words) },
	{ "soak", "8h", OTHER(soak, "a number with s, m, h or d behind it, 30d at most") },
	{ "ports", "all",
	  TEXT(ports, port_choice_is_valid,
	       "all, linked, or PCI addresses, MAC addresses, drivers and globs of them, with - in "
	       "front of what is left out, separated by commas") },
	{ "parallel", "0", NUMBER(parallel, 0, 16) },
	{ "wire", "auto", WORD(wire, wire_words) },
	{ "stick", "VFPROOF",
	  TEXT(stick, is_stick,
	       "the label or the UUID of a file system, without spaces at its ends") },
	{ "stick_wait_s", "15", NUMBER(stick_wait_s, 0, 300) },
	{ "guest_memory_mb", "192", NUMBER(guest_memory_mb, 128, 4096) },
	{ "timeout_percent", "100", NUMBER(timeout_percent, 10, 2000) },
	{ "panic_on_oops", "off", WORD(panic_on_oops, on_words) },
	{ "log", "normal", WORD(verbose, log_words) },
	{ "reports", "text,json,html,junit", WORDS(reports, report_words) },
	{ "screen", "auto", WORD(screen, screen_words) },
	{ "serial", "auto",
	  TEXT(serial, serial_is_setting,
	       "auto or ports such as ttyS1 or ttyS1:57600, separated by "
	       "commas") },
	{ "fault", "none", OTHER(fault, ", each with :CASE-GLOB"), .words = fault_words },
	{ "sink", NULL,
	  OTHER(sink, "http://, https:// or tftp:// URLs or dir:NAME, separated by commas, at "
		      "most 4") },
	{ "sink_method", "put", WORD(sinks.post, method_words) },
	{ "sink_auth", NULL, TEXT(sinks.auth, sink_is_auth, "USER:PASSWORD or bearer:TOKEN") },
	{ "mgmt", "BOOTIF",
	  TEXT(mgmt.port, mgmt_is_port, "BOOTIF, a MAC address or a PCI address") },
	{ "mgmt_ip", "dhcp", OTHER(mgmt_ip, "dhcp or ADDRESS/LENGTH") },
	{ "mgmt_gateway", NULL, TEXT(mgmt.gateway, mgmt_is_ipv4, "an IPv4 address") },
	{ "mgmt_dns", NULL, TEXT(mgmt.dns, mgmt_is_ipv4, "an IPv4 address") },
	{ "mgmt_vlan", "0", NUMBER(mgmt.vlan, 0, 4094) },
};

_Static_assert(ARRAY_SIZE(table) <= 64, "a bit each in struct settings.given");

const struct setting *settings_get(size_t index)
{
	return index < ARRAY_SIZE(table) ? &table[index] : NULL;
}

void settings_init(struct settings *s)
{
	size_t i;

	*s = (struct settings){ 0 };
	for (i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].initial && setting_parse(&table[i], s, table[i].initial) < 0)
			settings_add_problem(s, "%s: its default is not allowed", table[i].name);
}

void settings_add_problem(struct settings *s, const char *fmt, ...)
{
	char *text;
	va_list args;

	if (s->n_problems == SETTINGS_MAX_PROBLEMS) {
		s->n_further++;
		return;
	}
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

static void add_not_allowed(struct settings *s, const char *origin, const struct setting *setting,
			    const char *value)
{
	char shown[1024], allowed[160];

	setting_allowed(setting, allowed, sizeof(allowed));
	settings_add_problem(s, "%s%s=%.40s: not allowed; allowed is %s", origin, setting->name,
			     secret_hide_value(setting->name, value, shown, sizeof(shown)),
			     allowed);
}

/*
 * @origin says where it is from in a problem's text. @skip has a bit for every setting that is not
 * to be changed. Returns the setting's bit, 0 if there is no such setting.
 */
static uint64_t apply(struct settings *s, const char *origin, const char *name, const char *value,
		      uint64_t skip)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const uint64_t bit = UINT64_C(1) << i;

		if (!name_equal(table[i].name, name))
			continue;
		if (!(skip & bit) && (!value || setting_parse(&table[i], s, value) < 0))
			add_not_allowed(s, origin, &table[i], value ? value : "");
		return bit;
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

void settings_take_cmdline(struct settings *s, const struct sysroot *root)
{
	char cmdline[KERNEL_CMDLINE_SIZE];
	int ret = kernel_read_cmdline(root, cmdline, sizeof(cmdline));

	if (ret == -E2BIG)
		settings_add_problem(s,
				     "the kernel command line is longer than %u characters: none "
				     "of its settings is taken",
				     KERNEL_CMDLINE_SIZE - 1);
	else if (ret < 0)
		settings_add_problem(s, "the kernel command line cannot be read: %s",
				     strerror(-ret));
	else if (strlen(cmdline) == KERNEL_CMDLINE_KEPT)
		settings_add_problem(
			s,
			"the kernel command line has %u characters, which is as many "
			"as a kernel keeps: what stood behind them is lost, and the last "
			"setting may be cut",
			KERNEL_CMDLINE_KEPT);
	settings_parse_cmdline(s, cmdline);
}

static void take_conf_value(void *arg, const char *name, const char *value)
{
	struct settings *s = arg;

	apply(s, "vfproof.conf: ", name, value, s->given);
}

static void take_conf_section(void *arg, const char *name)
{
	settings_add_problem(arg, "vfproof.conf: [%.40s]: sections are not used here", name);
}

void settings_parse_conf(struct settings *s, const char *text, size_t len)
{
	const struct conf_reader reader = { take_conf_value, take_conf_section, s, NULL };
	_cleanup_free_ char *copy = strndup(text, len);
	unsigned int line;

	if (!copy) {
		settings_add_problem(s, "vfproof.conf was not read: out of memory");
		return;
	}
	if (strlen(copy) < len)
		settings_add_problem(
			s, "vfproof.conf: not a text file, read up to its first NUL byte");
	line = conf_parse(copy, &reader);
	if (line != 0)
		settings_add_problem(s, "vfproof.conf: line %u is not of the form NAME = VALUE",
				     line);
}

json_t *settings_to_json(const struct settings *s)
{
	json_t *obj = json_object(), *problems = json_array();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		json_object_set_new(obj, table[i].name, setting_show(&table[i], s));
	for (i = 0; i < s->n_problems; i++)
		json_array_append_new(problems, json_string(s->problems[i]));
	if (s->n_further > 0)
		json_array_append_new(
			problems, json_sprintf("and %u more problems of settings", s->n_further));
	json_object_set_new(obj, "problems", problems);
	return obj;
}

bool settings_fault_is(const struct settings *s, enum fault fault, const char *case_id)
{
	return fault != FAULT_NONE && s->fault == fault && util_globs(s->fault_case, case_id);
}
