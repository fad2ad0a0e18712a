/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/subjects.h"

#include "base/util.h"
#include "journal/member.h"

const char *subject_text(const json_t *obj, char buf[SUBJECT_TEXT])
{
	const char *subject = member_text(obj, "subject"), *place = member_text(obj, "place");

	if (!subject[0])
		subject = member_text(obj, "address");
	if (place[0])
		util_format(buf, SUBJECT_TEXT, "%s (%s)", subject, place);
	else
		util_strlcpy(buf, SUBJECT_TEXT, subject);
	return buf;
}

void subjects_add_places(json_t *report)
{
	json_t *places = json_object(), *value;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, value)
		if (member_text(value, "place")[0])
			json_object_set(places, member_text(value, "address"),
					json_object_get(value, "place"));
	json_array_foreach (json_object_get(report, "items"), i, value) {
		json_t *place = json_object_get(places, member_text(value, "subject"));

		if (place)
			json_object_set(value, "place", place);
	}
	json_decref(places);
}

json_t *subjects_of_items(const json_t *report)
{
	json_t *subjects = json_object(), *item;
	size_t i;

	json_array_foreach (json_object_get(report, "items"), i, item) {
		const char *subject = member_text(item, "subject");
		json_t *items = json_object_get(subjects, subject);

		if (!items) {
			items = json_array();
			json_object_set_new(subjects, subject, items);
		}
		json_array_append(items, item);
	}
	return subjects;
}

json_t *subjects_of_nics(const json_t *report)
{
	json_t *nics = json_object(), *nic;
	size_t i;

	json_array_foreach (json_object_get(report, "nics"), i, nic)
		json_object_set_new(nics, member_text(nic, "address"), json_integer((json_int_t)i));
	return nics;
}
