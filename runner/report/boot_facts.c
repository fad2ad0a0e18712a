/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was booted and who signs, in words: for every form that people read, and the manifest. */
#include <string.h>
#include "journal/member.h"
#include "report/report.h"

#define TEXT_SIZE 400

static void each_pcr(const json_t *tpm, report_take_fact *take, void *arg)
{
	const json_t *value;
	char name[64];
	size_t i;

	json_array_foreach (json_object_get(tpm, "pcrs"), i, value) {
		util_format(name, sizeof(name), "TPM PCR %zu", i);
		if (json_is_string(value))
			take(name, json_string_value(value), arg);
	}
}

static void each_change(const json_t *image, report_take_fact *take, void *arg)
{
	const json_t *value;
	size_t i;

	json_array_foreach (json_object_get(image, "changes"), i, value)
		if (json_is_string(value))
			take("Image, changed", json_string_value(value), arg);
}

/* Journals of older programs do not say it. */
static void each_taint(const json_t *taint, report_take_fact *take, void *arg)
{
	const json_t *flags = json_object_get(taint, "flags"), *value;
	size_t i;

	if (!json_is_object(taint))
		return;
	if (json_array_size(flags) == 0)
		take("Kernel tainted", member_number(taint, "value") < 0 ? "" : "no", arg);
	json_array_foreach (flags, i, value)
		if (json_is_string(value))
			take("Kernel tainted", json_string_value(value), arg);
}

void report_each_boot_fact(const json_t *report, report_take_fact *take, void *arg)
{
	const json_t *boot = json_object_get(report, "boot");
	const json_t *signer = json_object_get(report, "signer");
	const json_t *kernel = json_object_get(boot, "kernel");
	const json_t *image = json_object_get(boot, "image"), *tpm = json_object_get(boot, "tpm");
	char text[TEXT_SIZE];

	if (json_is_object(boot)) {
		take("Kernel SHA-256", member_text(kernel, "sha256"), arg);
		take("Kernel build ID", member_text(kernel, "build_id"), arg);
		take("Image", member_text(image, "state"), arg);
		take("Image, list's SHA-256", member_text(image, "list_sha256"), arg);
		each_change(image, take, arg);
		take("Secure Boot", member_text(boot, "secure_boot"), arg);
		take("Lockdown", member_text(boot, "lockdown"), arg);
		take("TPM", json_is_object(tpm) ? member_text(tpm, "version") : "none", arg);
		each_pcr(tpm, take, arg);
		each_taint(json_object_get(boot, "taint"), take, arg);
	}
	if (!json_is_object(signer))
		return;
	util_format(text, sizeof(text), "%s (of the %s)", member_text(signer, "key_id"),
		    member_text(signer, "origin"));
	take("Signed by key", text, arg);
}
