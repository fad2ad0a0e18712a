/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the appliance was not as it was released. */
#include <ctype.h>
#include <string.h>
#include "base/util.h"
#include "journal/member.h"
#include "report/certificate.h"
#include "report/report.h"

static bool is_hex(const char *text)
{
	return text[0] && strspn(text, "0123456789abcdef") == strlen(text);
}

/* A tag: neither a commit alone, nor some commits after a tag ("v1.0-3-g0123abc"), nor changed. */
static bool is_release(const char *revision)
{
	const char *p = strrchr(revision, '-');

	if (!revision[0] || strcmp(revision, "unknown") == 0 || is_hex(revision))
		return false;
	if (p && strcmp(p, "-dirty") == 0)
		return false;
	return !p || p[1] != 'g' || !is_hex(p + 2);
}

static void add(json_t *out, json_t *text)
{
	json_array_append_new(out, text);
}

static void look_at_image(json_t *out, const json_t *boot)
{
	const json_t *image = json_object_get(boot, "image"), *change;
	const json_t *kernel = json_object_get(boot, "kernel");
	size_t i;

	if (!member_flag(image, "as_built"))
		add(out, json_sprintf("the image: %s", member_text(image, "state")));
	json_array_foreach (json_object_get(image, "changes"), i, change)
		if (json_is_string(change))
			add(out, json_sprintf("the image, %s", json_string_value(change)));
	if (!member_text(kernel, "sha256")[0])
		add(out, json_sprintf("the kernel that runs (build ID %s) is not known to be the "
				      "image's",
				      member_text(kernel, "build_id")));
}

static void look_at_taint(json_t *out, const json_t *boot)
{
	const json_t *taint = json_object_get(boot, "taint"), *flag;
	size_t i;

	if (!json_is_object(taint) || member_number(taint, "value") < 0)
		add(out, json_string("it is not known whether the kernel was tainted"));
	json_array_foreach (json_object_get(taint, "flags"), i, flag)
		if (json_is_string(flag))
			add(out,
			    json_sprintf("the kernel was tainted: %s", json_string_value(flag)));
}

static void look_at_overlay(json_t *out, const json_t *overlay)
{
	const json_t *file;
	size_t i;

	json_array_foreach (overlay, i, file)
		add(out, json_sprintf("overlay file %s, of the %s, SHA-256 %s",
				      member_text(file, "path"), member_text(file, "origin"),
				      member_text(file, "sha256")));
}

json_t *certificate_deviations(const json_t *report)
{
	const char *revision = member_text(json_object_get(report, "build"), "revision");
	const json_t *boot = json_object_get(report, "boot");
	json_t *out = json_array();

	if (!is_release(revision))
		add(out, json_sprintf("the program is no release: %s",
				      revision[0] ? revision : "its version is not known"));
	if (json_is_object(boot)) {
		look_at_image(out, boot);
		look_at_taint(out, boot);
	} else {
		add(out, json_string("it is not known what was booted"));
	}
	look_at_overlay(out, json_object_get(report, "overlay"));
	return out;
}

/* What a required item says against the verdict; NULL: nothing. */
static const char *objection(const json_t *item, enum run_verdict verdict)
{
	const enum verdict v = report_item_verdict(item);

	if (!member_not_false(item, "required") || v == VERDICT_PASS || v == VERDICT_WARN)
		return NULL;
	if (verdict == RUN_WAIVED && v == VERDICT_FAIL && !member_flag(item, "prerequisite") &&
	    member_text(item, "waived")[0])
		return NULL;
	return verdict_name(v);
}

bool certificate_contradicts(const json_t *report, char *why, size_t size)
{
	const json_t *items = json_object_get(report, "items"), *item;
	bool unsafe;
	const enum run_verdict verdict = report_verdict(report, &unsafe);
	size_t i;

	why[0] = '\0';
	if (strcmp(member_text(report, "verdict"), run_verdict_name(verdict, unsafe)) != 0)
		util_format(why, size, "it has no verdict that is known");
	if (verdict != RUN_QUALIFIED && verdict != RUN_WAIVED)
		return why[0] != '\0';
	if (json_array_size(items) == 0)
		util_format(why, size, "it is %s without an item", member_text(report, "verdict"));
	json_array_foreach (items, i, item) {
		const char *what = objection(item, verdict);

		if (what && !why[0])
			util_format(why, size, "it is %s, and %.60s %.40s is %s",
				    member_text(report, "verdict"), member_text(item, "case"),
				    member_text(item, "subject"), what);
	}
	util_sanitise(why);
	return why[0] != '\0';
}
