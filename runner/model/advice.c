/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the tables of root causes. The texts are constant data of the program; they are copied into
 * storage that is filled once and then only read.
 */
#include "model/advice.h"

#include <errno.h>
#include <ini.h>
#include <string.h>
#include "base/log.h"
#include "base/tables.h"

#define MAX_ADVICE 512
#define MAX_SYMPTOMS 2048
#define MAX_TEXTS (512u << 10)

/* Filled by advice_load(), constant afterwards. */
static struct tables {
	unsigned int n_advice, n_symptoms;
	struct advice advice[MAX_ADVICE];
	struct symptom symptoms[MAX_SYMPTOMS];
	size_t used;
	char texts[MAX_TEXTS];
} tables;

/* Keeps a copy of @s; NULL if the storage is full. */
static const char *keep(struct tables *t, const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy;

	if (size > sizeof(t->texts) - t->used)
		return NULL;
	copy = memcpy(t->texts + t->used, s, size);
	t->used += size;
	return copy;
}

/*
 * Sets *@field, or, on an indented line that goes on with the text before, appends to it: that text
 * is the last one kept.
 */
static int keep_more(struct tables *t, const char **field, const char *value)
{
	if (!*field) {
		*field = keep(t, value);
		return *field != NULL;
	}
	if (*field + strlen(*field) + 1 != t->texts + t->used)
		return 0; /* the same key twice */
	t->texts[t->used - 1] = ' ';
	return keep(t, value) != NULL;
}

static int advice_handler(void *user, const char *section, const char *name, const char *value)
{
	struct tables *t = user;
	struct advice *a = t->n_advice ? &t->advice[t->n_advice - 1] : NULL;

	if (!a || strcmp(a->label, section) != 0) {
		if (advice_find(section) || section[0] == '\0' || t->n_advice == MAX_ADVICE)
			return 0;
		a = &t->advice[t->n_advice];
		*a = (struct advice){ .label = keep(t, section) };
		if (!a->label)
			return 0;
		t->n_advice++;
	}
	if (strcmp(name, "cause") == 0)
		return keep_more(t, &a->cause, value);
	if (strcmp(name, "fix") == 0)
		return keep_more(t, &a->fix, value);
	return 0;
}

static int severity_parse(const char *value, enum verdict *out, bool *hint)
{
	*hint = strcmp(value, "hint") == 0;
	if (*hint)
		*out = VERDICT_PASS;
	else if (strcmp(value, "fail") == 0)
		*out = VERDICT_FAIL;
	else if (strcmp(value, "warn") == 0)
		*out = VERDICT_WARN;
	else if (strcmp(value, "pass") == 0)
		*out = VERDICT_PASS;
	else
		return 0;
	return 1;
}

static int kind_parse(const char *value, enum symptom_kind *out)
{
	static const char *const names[SYMPTOM_KIND_COUNT] = {
		[SYMPTOM_KERNEL] = "kernel",
		[SYMPTOM_ERRNO] = "errno",
		[SYMPTOM_QEMU] = "qemu",
		[SYMPTOM_STATE] = "state",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(value, names[i]) == 0) {
			*out = (enum symptom_kind)i;
			return 1;
		}
	return 0;
}

static int rank_parse(const char *value, enum symptom_rank *out)
{
	if (strcmp(value, "root") == 0)
		*out = RANK_ROOT;
	else if (strcmp(value, "effect") == 0)
		*out = RANK_EFFECT;
	else
		return 0;
	return 1;
}

static int symptom_handler(void *user, const char *section, const char *name, const char *value)
{
	struct tables *t = user;
	struct symptom *s = t->n_symptoms ? &t->symptoms[t->n_symptoms - 1] : NULL;

	if (!s || strcmp(s->id, section) != 0) {
		if (section[0] == '\0' || t->n_symptoms == MAX_SYMPTOMS)
			return 0;
		s = &t->symptoms[t->n_symptoms];
		*s = (struct symptom){ .id = keep(t, section), .rank = RANK_DIRECT };
		if (!s->id)
			return 0;
		t->n_symptoms++;
	}
	if (strcmp(name, "match") == 0)
		return keep_more(t, &s->match, value);
	if (strcmp(name, "label") == 0)
		return keep_more(t, &s->label, value);
	if (strcmp(name, "severity") == 0)
		return severity_parse(value, &s->severity, &s->hint);
	if (strcmp(name, "kind") == 0)
		return kind_parse(value, &s->kind);
	if (strcmp(name, "rank") == 0)
		return rank_parse(value, &s->rank);
	return 0;
}

/*
 * Globs are slow, and a text matches few of hundreds: what has no wildcard in it is looked for
 * first. Copies the longest run of @glob that stands for itself.
 */
static const char *keep_needle(struct tables *t, const char *glob)
{
	char best[128] = "";

	while (*glob) {
		size_t len = strcspn(glob, "*?[\\");

		if (len > strlen(best) && len < sizeof(best))
			util_format(best, sizeof(best), "%.*s", (int)len, glob);
		glob += len;
		if (*glob == '[') {
			const char *end = strchr(glob + 2, ']');

			if (!end)
				break;
			/* "[[]" and "[]]", and a set that begins with "!]" */
			glob = strncmp(glob, "[!]", 3) == 0 ? strchr(glob + 3, ']') : end;
			if (!glob)
				break;
			glob++;
		} else if (*glob == '\\') {
			glob += glob[1] ? 2 : 1;
		} else if (*glob) {
			glob++;
		}
	}
	return keep(t, best);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The id of a symptom that is there twice, NULL if there is none. */
static const char *find_twice(const struct tables *t)
{
	const char *ids[MAX_SYMPTOMS];
	unsigned int i;

	for (i = 0; i < t->n_symptoms; i++)
		ids[i] = t->symptoms[i].id;
	qsort(ids, t->n_symptoms, sizeof(ids[0]), compare_ids);
	for (i = 1; i < t->n_symptoms; i++)
		if (strcmp(ids[i - 1], ids[i]) == 0)
			return ids[i];
	return NULL;
}

/* Every advice has both texts; every symptom is whole, there once, and its label is known. */
static int tables_check(struct tables *t)
{
	const char *twice;
	unsigned int i;

	for (i = 0; i < t->n_advice; i++) {
		if (t->advice[i].cause && t->advice[i].fix)
			continue;
		log_error("advice.ini: [%s]: cause and fix are needed", t->advice[i].label);
		return -EINVAL;
	}
	for (i = 0; i < t->n_symptoms; i++) {
		struct symptom *s = &t->symptoms[i];

		s->needle = s->match ? keep_needle(t, s->match) : NULL;
		if (s->needle && s->severity != VERDICT_NONE && s->label && advice_find(s->label))
			continue;
		log_error("symptoms.ini: [%s]: without match, severity or a label of advice.ini",
			  s->id);
		return -EINVAL;
	}
	twice = find_twice(t);
	if (twice)
		log_error("symptoms.ini: [%s] is there twice", twice);
	return twice ? -EINVAL : 0;
}

int advice_load_texts(const char *advice, const char *symptoms)
{
	int line;

	tables.n_advice = 0;
	tables.n_symptoms = 0;
	tables.used = 0;
	line = ini_parse_string(advice, advice_handler, &tables);
	if (line != 0) {
		log_error("advice.ini: line %d is wrong", line);
		return -EINVAL;
	}
	line = ini_parse_string(symptoms, symptom_handler, &tables);
	if (line != 0) {
		log_error("symptoms.ini: line %d is wrong", line);
		return -EINVAL;
	}
	return tables_check(&tables);
}

int advice_load(void)
{
	return advice_load_texts(table_advice, table_symptoms);
}

const struct advice *advice_find(const char *label)
{
	unsigned int i;

	for (i = 0; i < tables.n_advice; i++)
		if (strcmp(tables.advice[i].label, label) == 0)
			return &tables.advice[i];
	return NULL;
}

const struct symptom *symptom_get(unsigned int i)
{
	return i < tables.n_symptoms ? &tables.symptoms[i] : NULL;
}

bool symptom_is(const struct symptom *s, const char *text)
{
	return strstr(text, s->needle) && util_glob(s->match, text);
}

const struct symptom *symptom_match(enum symptom_kind kind, const char *text)
{
	unsigned int i;

	for (i = 0; i < tables.n_symptoms; i++)
		if (tables.symptoms[i].kind == kind && symptom_is(&tables.symptoms[i], text))
			return &tables.symptoms[i];
	return NULL;
}

/* A hint comes last, but for one that others follow from. */
static bool comes_last(const struct symptom *s)
{
	return s->hint && s->rank != RANK_ROOT;
}

bool symptom_is_before(const struct symptom *a, const struct symptom *b)
{
	if (comes_last(a) != comes_last(b))
		return comes_last(b);
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->severity == VERDICT_FAIL && b->severity != VERDICT_FAIL;
}
