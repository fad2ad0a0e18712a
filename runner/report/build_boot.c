/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the journal says of what was booted, and of who signs the report. */
#include "journal/member.h"
#include "report/build_parts.h"

#define MAX_PCRS 24

static void take_texts(json_t *to, const json_t *from, const char *const *keys)
{
	for (; *keys; keys++)
		member_set_text(to, *keys, member_text(from, *keys));
}

json_t *build_signer(const json_t *signer)
{
	static const char *const keys[] = { "key_id", "public_key", "origin", NULL };
	json_t *obj;

	if (!json_is_object(signer))
		return json_null();
	obj = json_object();
	take_texts(obj, signer, keys);
	return obj;
}

static json_t *build_tpm(const json_t *tpm)
{
	static const char *const keys[] = { "version", "bank", NULL };
	json_t *obj, *pcrs, *value;
	size_t i;

	if (!json_is_object(tpm))
		return json_null();
	obj = json_object();
	pcrs = json_array();
	take_texts(obj, tpm, keys);
	/* A PCR's number is its place: one that is not known is "". */
	json_array_foreach (json_object_get(tpm, "pcrs"), i, value)
		if (i < MAX_PCRS)
			json_array_append_new(pcrs, json_is_string(value) ? json_incref(value)
									  : json_string(""));
	json_object_set_new(obj, "pcrs", pcrs);
	return obj;
}

static json_t *build_image(const json_t *image)
{
	static const char *const keys[] = { "state", "list_sha256", NULL };
	json_t *obj = json_object();

	take_texts(obj, image, keys);
	member_set_flag(obj, "as_built", member_flag(image, "as_built"));
	member_set_number(obj, "files", member_number(image, "files"));
	json_object_set_new(obj, "changes", build_texts(json_object_get(image, "changes")));
	return obj;
}

json_t *build_boot(const json_t *boot)
{
	static const char *const keys[] = { "secure_boot", "lockdown", NULL };
	static const char *const of_kernel[] = { "release", "build_id", "sha256", NULL };
	const json_t *taint = json_object_get(boot, "taint");
	json_t *obj, *kernel;

	if (!json_is_object(boot))
		return json_null();
	obj = json_object();
	kernel = json_object();
	take_texts(obj, boot, keys);
	take_texts(kernel, json_object_get(boot, "kernel"), of_kernel);
	json_object_set_new(obj, "kernel", kernel);
	json_object_set_new(obj, "image", build_image(json_object_get(boot, "image")));
	json_object_set_new(obj, "tpm", build_tpm(json_object_get(boot, "tpm")));
	if (json_is_object(taint)) {
		json_object_set_new(obj, "taint", json_object());
		member_set_number(json_object_get(obj, "taint"), "value",
				  member_number(taint, "value"));
		json_object_set_new(json_object_get(obj, "taint"), "flags",
				    build_texts(json_object_get(taint, "flags")));
	}
	return obj;
}
