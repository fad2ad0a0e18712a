/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects. Journals and reports come from sticks and other machines: an object may
 * lack a member, or have one of another type, and may be no object at all, or NULL.
 */
#ifndef VFPROOF_JOURNAL_MEMBER_H
#define VFPROOF_JOURNAL_MEMBER_H

#include <jansson.h>
#include <stdbool.h>

/* The member, or "", 0, 0.0 or false if it is absent or of another type. */
const char *member_text(const json_t *obj, const char *key);
json_int_t member_number(const json_t *obj, const char *key);
double member_real(const json_t *obj, const char *key); /* of an integer as well */
bool member_flag(const json_t *obj, const char *key);
/* True unless the member is there and says false: for what must not be taken for "no". */
bool member_not_false(const json_t *obj, const char *key);

/* Sets a member; without memory it stays as it was. */
void member_set_text(json_t *obj, const char *key, const char *text);
void member_set_number(json_t *obj, const char *key, json_int_t number);
void member_set_real(json_t *obj, const char *key, double number);
void member_set_flag(json_t *obj, const char *key, bool flag);

#endif
