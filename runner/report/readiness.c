/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/readiness.h"

#include <ini.h>
#include <string.h>
#include "base/log.h"
#include "base/tables.h"
#include "journal/member.h"
#include "model/level.h"

#define MAX_RULES 256

static json_t *last_of(const json_t *rules)
{
	return json_array_get(rules, json_array_size(rules) - 1);
}

/* Sets a text, or appends to the one of the line before. */
static int add_text(json_t *rule, const char *name, const char *value)
{
	const char *before = member_text(rule, name);
	json_t *text = json_sprintf("%s%s%s", before, before[0] ? " " : "", value);

	return text && json_object_set_new(rule, name, text) == 0;
}

/* The words of @value. */
static int add_cases(json_t *rule, const char *value)
{
	json_t *cases = json_object_get(rule, "cases");
	size_t len;

	for (; *value; value += len) {
		value += strspn(value, " \t");
		len = strcspn(value, " \t");
		if (len && json_array_append_new(cases, json_stringn(value, len)) < 0)
			return 0;
	}
	return 1;
}

static int take(void *user, const char *section, const char *name, const char *value)
{
	json_t *rules = user, *rule = last_of(rules);

	if (!rule || strcmp(member_text(rule, "id"), section) != 0) {
		if (!section[0] || rules_find(rules, section) ||
		    json_array_size(rules) == MAX_RULES)
			return 0;
		rule = json_pack("{s:s, s:[]}", "id", section, "cases");
		if (!rule || json_array_append_new(rules, rule) < 0)
			return 0;
	}
	if (strcmp(name, "cases") == 0)
		return add_cases(rule, value);
	if (strcmp(name, "level") == 0)
		return level_parse(value) != LEVEL_COUNT && add_text(rule, name, value);
	if (strcmp(name, "title") == 0 || strcmp(name, "source") == 0)
		return add_text(rule, name, value);
	return 0;
}

static bool is_whole(const json_t *rule)
{
	return member_text(rule, "level")[0] && member_text(rule, "title")[0] &&
	       member_text(rule, "source")[0] &&
	       json_array_size(json_object_get(rule, "cases")) > 0;
}

json_t *rules_load_text(const char *text)
{
	json_t *rules = json_array();
	const json_t *rule;
	size_t i;
	int line = rules ? ini_parse_string(text, take, rules) : -1;

	if (line != 0) {
		log_error("rules.ini: line %d is wrong", line);
		json_decref(rules);
		return NULL;
	}
	json_array_foreach (rules, i, rule) {
		if (is_whole(rule))
			continue;
		log_error("rules.ini: [%s]: level, title, source and cases are needed",
			  member_text(rule, "id"));
		json_decref(rules);
		return NULL;
	}
	return rules;
}

json_t *rules_load(void)
{
	return rules_load_text(table_rules);
}

const json_t *rules_find(const json_t *rules, const char *id)
{
	const json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule)
		if (strcmp(member_text(rule, "id"), id) == 0)
			return rule;
	return NULL;
}

const char *rules_of_case(const json_t *rules, const char *id)
{
	const json_t *rule, *name;
	size_t i, k;

	json_array_foreach (rules, i, rule)
		json_array_foreach (json_object_get(rule, "cases"), k, name)
			if (strcmp(json_string_value(name), id) == 0)
				return member_text(rule, "id");
	return "";
}

static void put_cases(FILE *f, const json_t *cases)
{
	const json_t *name;
	size_t i;

	json_array_foreach (cases, i, name)
		fprintf(f, "%s`%s`", i ? ", " : "", json_string_value(name));
}

void rules_put_markdown(FILE *f, const json_t *rules)
{
	const json_t *rule;
	enum level level;
	size_t i;

	for (level = LEVEL_BASE; level < LEVEL_COUNT; level++) {
		fprintf(f,
			"%s### Level %s\n\n| rule | what has to be | where it is written | cases "
			"|\n"
			"| --- | --- | --- | --- |\n",
			level == LEVEL_BASE ? "" : "\n", level_name(level));
		json_array_foreach (rules, i, rule) {
			if (level_parse(member_text(rule, "level")) != level)
				continue;
			fprintf(f, "| %s | %s | %s | ", member_text(rule, "id"),
				member_text(rule, "title"), member_text(rule, "source"));
			put_cases(f, json_object_get(rule, "cases"));
			fputs(" |\n", f);
		}
	}
}
