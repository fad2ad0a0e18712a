/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/subjects.h"

#include "journal/member.h"

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
