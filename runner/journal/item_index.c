/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/item_index.h"

#include <errno.h>

static json_t *find(const struct item_index *index, const char *id, const char *subject)
{
	return json_object_get(json_object_get(index->subjects, subject), id);
}

int item_index_find(const struct item_index *index, const char *id, const char *subject)
{
	const json_t *number = find(index, id, subject);

	return number ? (int)json_integer_value(number) : -1;
}

/* The cases of a subject, made if there are none yet; borrowed, NULL without memory. */
static json_t *cases_of(struct item_index *index, const char *subject)
{
	json_t *cases = json_object_get(index->subjects, subject);

	if (cases)
		return cases;
	if (!index->subjects)
		index->subjects = json_object();
	json_object_set_new(index->subjects, subject, json_object());
	return json_object_get(index->subjects, subject);
}

int item_index_add(struct item_index *index, const char *id, const char *subject)
{
	const int number = item_index_find(index, id, subject);

	if (number >= 0)
		return number;
	if (index->n == INT32_MAX)
		return -ENOMEM;
	if (json_object_set_new(cases_of(index, subject), id, json_integer(index->n)) < 0)
		return -ENOMEM;
	return (int)index->n++;
}

void item_index_free(struct item_index *index)
{
	json_decref(index->subjects);
	*index = (struct item_index){ 0 };
}
