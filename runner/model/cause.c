/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of causes: a short one, kept in order. */
#include "model/cause.h"

#include <string.h>

/* A finding says for certain that something failed, and directly so. */
static const struct symptom own_label = { .rank = RANK_DIRECT, .severity = VERDICT_FAIL };

static const struct symptom *weight(const struct cause *c)
{
	return c->symptom ? c->symptom : &own_label;
}

static void insert(struct causes *c, const struct cause *new)
{
	unsigned int at = c->n;

	while (at > 0 && symptom_is_before(weight(new), weight(&c->list[at - 1])))
		at--;
	if (at == CAUSES_MAX)
		return;
	if (c->n == CAUSES_MAX)
		c->n--;
	memmove(&c->list[at + 1], &c->list[at], (c->n - at) * sizeof(c->list[0]));
	c->list[at] = *new;
	c->n++;
}

static struct cause *find(struct causes *c, const char *label)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->list[i].label, label) == 0)
			return &c->list[i];
	return NULL;
}

void causes_add(struct causes *c, const struct symptom *s, const char *seen)
{
	struct cause new = { .symptom = s, .label = s->label }, *old = find(c, s->label);

	if ((s->severity == VERDICT_PASS && !s->hint) ||
	    (old && !symptom_is_before(s, weight(old))))
		return;
	if (old) {
		size_t after = (size_t)(&c->list[c->n] - (old + 1));

		memmove(old, old + 1, after * sizeof(*old));
		c->n--;
	}
	util_strlcpy(new.seen, sizeof(new.seen), seen);
	insert(c, &new);
}

void causes_add_label(struct causes *c, const char *label)
{
	const struct cause new = { .label = label };

	if (!find(c, label))
		insert(c, &new);
}

json_t *causes_to_json(const struct causes *c)
{
	json_t *array = c->n > 1 ? json_array() : NULL;
	unsigned int i;

	for (i = 1; i < c->n; i++) {
		const struct advice *a = advice_find(c->list[i].label);
		json_t *obj;

		if (!a)
			continue;
		obj = json_object();
		json_object_set_new(obj, "label", json_string(a->label));
		json_object_set_new(obj, "seen", json_string(c->list[i].seen));
		json_object_set_new(obj, "cause", json_string(a->cause));
		json_object_set_new(obj, "fix", json_string(a->fix));
		json_array_append_new(array, obj);
	}
	return array;
}
