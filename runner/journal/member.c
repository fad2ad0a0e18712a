/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/member.h"

const char *member_text(const json_t *obj, const char *key)
{
	const char *s = json_string_value(json_object_get(obj, key));

	return s ? s : "";
}

json_int_t member_number(const json_t *obj, const char *key)
{
	return json_integer_value(json_object_get(obj, key));
}

double member_real(const json_t *obj, const char *key)
{
	return json_number_value(json_object_get(obj, key));
}

bool member_flag(const json_t *obj, const char *key)
{
	return json_is_true(json_object_get(obj, key));
}

bool member_not_false(const json_t *obj, const char *key)
{
	return !json_is_false(json_object_get(obj, key));
}

void member_set_text(json_t *obj, const char *key, const char *text)
{
	json_object_set_new(obj, key, json_string(text));
}

void member_set_number(json_t *obj, const char *key, json_int_t number)
{
	json_object_set_new(obj, key, json_integer(number));
}

void member_set_real(json_t *obj, const char *key, double number)
{
	json_object_set_new(obj, key, json_real(number));
}

void member_set_flag(json_t *obj, const char *key, bool flag)
{
	json_object_set_new(obj, key, json_boolean(flag));
}
