/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/platform.h"

#include <string.h>
#include "journal/member.h"
#include "report/report.h"

/* Who shows that devices reach no memory, and who that they do. */
struct witnesses {
	json_t *ports; /* those that do not */
	json_t *controllers; /* of USB, that do not either: names are its keys, so that each is once
			      */
	unsigned int
		silent; /* of the ports: their frames are never sent, which has no other cause */
	unsigned int working; /* ports */
};

/* The USB controllers that the item has found dead: see cases/controllers.h. */
static void hear_controllers(struct witnesses *w, const json_t *item)
{
	const json_t *evidence;
	char name[64];
	size_t i;

	json_array_foreach (json_object_get(item, "evidence"), i, evidence) {
		const char *value = member_text(evidence, "value");

		if (strcmp(member_text(evidence, "key"), "controller_dead") != 0)
			continue;
		util_format(name, sizeof(name), "%.*s", (int)strcspn(value, ","), value);
		json_object_set_new(w->controllers, name, json_true());
	}
}

bool report_needs_evidence(const json_t *item)
{
	return strncmp(member_text(item, "case"), "nic_", 4) == 0 &&
	       report_item_verdict(item) == VERDICT_FAIL;
}

/* Its frames are never sent. */
static bool is_silent(const json_t *item)
{
	return strcmp(member_text(item, "case"), "nic_traffic") == 0 &&
	       strcmp(member_text(item, "label"), "pf_no_dma") == 0;
}

bool platform_is_witness(const json_t *item)
{
	return is_silent(item) ||
	       (strcmp(member_text(item, "case"), "nic_driver") == 0 &&
		report_item_verdict(item) == VERDICT_FAIL &&
		util_globs("driver_hangs,card_firmware_failed", member_text(item, "label")));
}

static void hear_item(struct witnesses *w, const json_t *item)
{
	const enum verdict v = report_item_verdict(item);

	if (report_needs_evidence(item))
		hear_controllers(w, item);
	if (strcmp(member_text(item, "case"), "nic_traffic") == 0 &&
	    (v == VERDICT_PASS || v == VERDICT_WARN)) {
		w->working++;
		return;
	}
	w->silent += is_silent(item);
	if (platform_is_witness(item))
		json_array_append(w->ports, json_object_get(item, "subject"));
}

static void add_name(char *buf, size_t size, const char *name)
{
	const size_t used = strlen(buf);

	util_format(buf + used, size - used, "%s%s", used ? ", " : "", name);
}

json_t *platform_blame(const json_t *items)
{
	struct witnesses w = { json_array(), json_object(), 0, 0 };
	char ports[600] = "", controllers[200] = "";
	json_t *item, *blame = NULL;
	const char *name;
	size_t i;

	json_array_foreach (items, i, item)
		hear_item(&w, item);
	json_array_foreach (w.ports, i, item)
		add_name(ports, sizeof(ports), json_string_value(item));
	json_object_foreach (w.controllers, name, item)
		add_name(controllers, sizeof(controllers), name);
	if (w.working == 0 && (w.silent > 1 || (ports[0] && controllers[0])))
		blame = json_sprintf(PLATFORM_CAUSE "; all ports suffer from it: %s%s%s", ports,
				     controllers[0] ? "; and so do USB controllers: " : "",
				     controllers);
	json_decref(w.ports);
	json_decref(w.controllers);
	return blame;
}
