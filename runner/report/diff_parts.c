/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/diff_parts.h"

#include <stdarg.h>
#include "journal/member.h"

void diff_add_regression(struct diff *d, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_sanitise(text);
	json_array_append_new(d->regressions, json_string(text));
}

json_t *diff_text(const json_t *obj, const char *key)
{
	return obj ? json_string(member_text(obj, key)) : json_null();
}
