/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps a report from being read as one, for what takes reports of other machines. */
#include <string.h>
#include "journal/member.h"
#include "model/verdict.h"
#include "report/report.h"
#include "sys/inventory.h"

/* The first fault of the items. False: there is none. */
static bool items_fault(const json_t *items, char *why, size_t size)
{
	json_t *seen = json_object(), *item;
	size_t i;

	why[0] = '\0';
	json_array_foreach (items, i, item) {
		const char *id = member_text(item, "case"), *subject = member_text(item, "subject");
		_cleanup_free_ char *key = NULL;

		if (!id[0] || !subject[0] || report_item_verdict(item) == VERDICT_NONE)
			util_format(why, size, "its item %zu is damaged", i + 1);
		else if (asprintf(&key, "%s %s", id, subject) < 0)
			key = NULL;
		else if (json_object_get(seen, key))
			util_format(why, size, "it has the item %.100s twice", key);
		if (why[0] || !key)
			break;
		json_object_set(seen, key, json_true());
	}
	json_decref(seen);
	return why[0] != '\0';
}

bool report_fault(const json_t *report, char *why, size_t size)
{
	const json_t *items = json_object_get(report, "items");
	const json_t *nics = json_object_get(report, "nics");

	if (strcmp(member_text(report, "schema"), REPORT_SCHEMA) != 0)
		util_format(why, size, "its schema is \"%.60s\", not " REPORT_SCHEMA,
			    member_text(report, "schema"));
	else if (!member_text(report, "verdict")[0] || !json_is_array(items) ||
		 !json_is_array(nics))
		util_format(why, size, "it is damaged");
	else if (json_array_size(nics) > INVENTORY_MAX_NICS)
		util_format(why, size, "it has more than %d network controllers",
			    INVENTORY_MAX_NICS);
	else
		return items_fault(items, why, size);
	return true;
}
