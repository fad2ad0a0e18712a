/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of the report that are not of items: what was planned, added files, ports. */
#include "journal/again.h"
#include "journal/member.h"
#include "report/build_parts.h"

json_t *build_plan(const json_t *entries)
{
	json_t *plan = json_array(), *entry;
	size_t i;

	json_array_foreach (entries, i, entry) {
		json_t *obj;

		if (!member_text(entry, "case")[0])
			continue;
		obj = json_object();
		member_set_text(obj, "case", member_text(entry, "case"));
		member_set_text(obj, "subject", member_text(entry, "subject"));
		if (json_array_append_new(plan, obj) < 0) {
			json_decref(plan);
			return NULL;
		}
	}
	return plan;
}

json_t *build_again(const json_t *again)
{
	json_t *obj = json_object();

	member_set_text(obj, "what", again_is_narrow(again) ? AGAIN_FAILED : AGAIN_ALL);
	member_set_text(obj, "of", member_text(again, "of"));
	return obj;
}

json_t *build_overlay(const json_t *start)
{
	json_t *array = json_array(), *file;
	size_t i;

	json_array_foreach (json_object_get(start, "overlay"), i, file) {
		json_t *obj = json_object();

		member_set_text(obj, "path", member_text(file, "path"));
		member_set_number(obj, "size", member_number(file, "size"));
		member_set_text(obj, "sha256", member_text(file, "sha256"));
		member_set_text(obj, "origin", member_text(file, "origin"));
		json_array_append_new(array, obj);
	}
	return array;
}

static void add_wire(json_t *nic, const json_t *wire)
{
	json_t *peer = json_object_get(wire, "peer");

	if (json_is_string(peer) || json_is_null(peer))
		json_object_set(nic, "peer", peer);
	member_set_text(nic, "wire", member_text(wire, "wire"));
	json_object_set_new(nic, "reaches", build_texts(json_object_get(wire, "reaches")));
}

json_t *build_nics(const json_t *at_first, const json_t *wires)
{
	json_t *nics = json_deep_copy(at_first), *nic;
	size_t i;

	if (!json_is_array(nics)) {
		json_decref(nics);
		return json_array();
	}
	json_array_foreach (nics, i, nic) {
		const json_t *wire = json_object_get(wires, member_text(nic, "address"));

		if (wire)
			add_wire(nic, wire);
	}
	return nics;
}
