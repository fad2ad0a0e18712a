/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file of waivers. Whoever wrote it meant something by each line: with one that cannot be
 * understood none of the file counts.
 */
#include <stdarg.h>
#include <string.h>
#include "base/util.h"
#include "journal/member.h"
#include "model/conf.h"
#include "report/readiness.h"
#include "report/waiver.h"

#define MAX_PROBLEMS 8
#define TEXT_MAX 300

struct parse {
	const char *origin;
	const json_t *rules;
	json_t *list; /* of this file */
	json_t *problems;
	json_t *open; /* the waiver of the section; NULL: none */
	unsigned int line, opened_at, n_problems;
};

static const char *const needed[] = { "reason", "who", "until" };

static void printf_like(3, 4) refuse(struct parse *p, unsigned int line, const char *fmt, ...)
{
	char text[160];
	va_list args;

	if (p->n_problems++ >= MAX_PROBLEMS)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_sanitise(text);
	json_array_append_new(p->problems, json_sprintf(WAIVER_FILE " of the %s, line %u: %s",
							p->origin, line, text));
}

/* The section before is over: it has to be whole. */
static void close_section(struct parse *p)
{
	json_t *waiver = util_take_ptr(p->open);
	size_t i;

	if (!waiver)
		return;
	for (i = 0; i < ARRAY_SIZE(needed); i++)
		if (!member_text(waiver, needed[i])[0])
			refuse(p, p->opened_at, "the waiver of %s has no \"%s\"",
			       member_text(waiver, "rule"), needed[i]);
	if (json_array_size(p->list) == WAIVER_MAX)
		refuse(p, p->opened_at, "there are more than %d waivers", WAIVER_MAX);
	else
		json_array_append(p->list, waiver);
	json_decref(waiver);
}

static void take_section(void *arg, const char *name)
{
	struct parse *p = arg;

	close_section(p);
	p->opened_at = p->line;
	if (!rules_find(p->rules, name))
		refuse(p, p->line, "there is no rule %.40s", name);
	p->open = json_pack("{s:s%, s:s, s:s, s:s}", "rule", name, strnlen(name, 40), "origin",
			    p->origin, "port", "", "label", "");
	if (!p->open)
		refuse(p, p->line, "the rule's name is no text");
}

static bool is_known(const char *name)
{
	return strcmp(name, "reason") == 0 || strcmp(name, "who") == 0 ||
	       strcmp(name, "until") == 0 || strcmp(name, "port") == 0 ||
	       strcmp(name, "label") == 0;
}

/* "host", or "0000:01:00.0". */
static bool is_subject(const char *text)
{
	unsigned int domain, bus, device, function;
	int len = 0;

	if (strcmp(text, "host") == 0)
		return true;
	return strspn(text, "0123456789abcdef:.") == strlen(text) &&
	       sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &len) == 4 &&
	       strlen(text) == 12 && len == 12;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void take_value(void *arg, const char *name, const char *value)
{
	struct parse *p = arg;
	json_t *text;

	if (!p->open)
		refuse(p, p->line, "there is no [RULE] above it");
	else if (!is_known(name))
		refuse(p, p->line,
		       "\"%.40s\" is not known: a waiver has reason, who, until, and "
		       "may have port and label",
		       name);
	else if (member_text(p->open, name)[0])
		refuse(p, p->line, "\"%s\" is there twice", name);
	else if (!value[0])
		refuse(p, p->line, "\"%s\" is empty", name);
	else if (strlen(value) > TEXT_MAX)
		refuse(p, p->line, "\"%s\" is longer than %d bytes", name, TEXT_MAX);
	else if (strcmp(name, "until") == 0 && waiver_end_ms(value) < 0)
		refuse(p, p->line, "\"%.40s\" is no day of the form 2027-03-31", value);
	else if (strcmp(name, "port") == 0 && !is_subject(value))
		refuse(p, p->line, "\"%.40s\" is neither host nor of the form 0000:01:00.0", value);
	else if (!is_printable(value) || !(text = json_string(value)))
		refuse(p, p->line, "\"%s\" is not printable UTF-8", name);
	else if (json_object_set_new(p->open, name, text) < 0)
		refuse(p, p->line, "out of memory");
}

static void parse_text(struct parse *p, char *text)
{
	const struct conf_reader reader = { take_value, take_section, p, &p->line };
	const unsigned int wrong = conf_parse(text, &reader);

	close_section(p);
	if (wrong)
		refuse(p, wrong, "it is neither [RULE] nor of the form NAME = VALUE");
}

void waivers_parse(const char *text, size_t len, const char *origin, const json_t *rules,
		   json_t *list, json_t *problems)
{
	struct parse p = {
		.origin = origin, .rules = rules, .list = json_array(), .problems = problems
	};
	_cleanup_free_ char *copy = strndup(text, len);

	if (!copy || !p.list)
		refuse(&p, 0, "out of memory");
	else if (len > WAIVER_FILE_MAX)
		refuse(&p, 0, "the file is larger than %u bytes", WAIVER_FILE_MAX);
	else if (strlen(copy) < len)
		refuse(&p, 0, "there are NUL bytes in it");
	else
		parse_text(&p, copy);
	if (json_array_size(p.list) + json_array_size(list) > WAIVER_MAX)
		refuse(&p, p.line, "there are more than %d waivers in all files", WAIVER_MAX);
	if (p.n_problems == 0)
		json_array_extend(list, p.list);
	else
		json_array_append_new(problems,
				      json_sprintf("no waiver of the " WAIVER_FILE
						   " of the %s counts, as it is not well formed",
						   origin));
	json_decref(p.list);
}
