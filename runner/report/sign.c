/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/beneath.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/member.h"
#include "journal/stick.h"
#include "report/manifest.h"
#include "report/report.h"
#include "sys/overlay_paths.h"

static void wipe_text(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* The key of a file's text, which is overwritten and freed. */
static void take_text(struct signer *s, char *text, const char *origin, const char *where)
{
	const char *why;

	if (minisig_parse_secret(text, &s->secret, &why) == 0) {
		minisig_get_public(&s->secret, &s->key);
		s->has_key = true;
		s->origin = origin;
	} else {
		util_format(s->problem, sizeof(s->problem),
			    "the report is not signed: %s cannot be used: %s", where, why);
	}
	wipe_text(text);
}

/* Reads a key's file that may be anything. Returns 0 or -errno. */
static int read_key(int dir, const char *name, char **text)
{
	_cleanup_close_ int fd = beneath_open(dir, name, O_RDONLY | O_NONBLOCK, 0);
	char buf[MINISIG_MAX_SIZE];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = util_read_all(fd, buf, sizeof(buf));
	if (n < 0)
		return (int)n;
	if ((size_t)n == sizeof(buf))
		return -EFBIG;
	*text = strndup(buf, (size_t)n);
	explicit_bzero(buf, sizeof(buf));
	return *text ? 0 : -ENOMEM;
}

static void put_public(const struct signer *s, int dir)
{
	_cleanup_free_ char *text = minisig_format_public(&s->key), *there = NULL;

	if (text && read_key(dir, SIGN_PUBLIC, &there) == 0 && strcmp(there, text) == 0)
		return;
	if (!text || util_write_durably(dir, SIGN_PUBLIC, text, strlen(text)) < 0)
		log_error("STICK: " SIGN_PUBLIC " could not be written");
}

/* The secret key comes first: of a public key alone nobody has any use. */
static void make_key(struct signer *s, int dir)
{
	int ret = minisig_make(&s->secret);
	char *text = NULL;

	if (ret == 0) {
		minisig_get_public(&s->secret, &s->key);
		text = minisig_format_secret(&s->secret);
		ret = text ? util_write_durably(dir, SIGN_KEY, text, strlen(text)) : -ENOMEM;
		wipe_text(text);
	}
	if (ret < 0) {
		util_format(s->problem, sizeof(s->problem),
			    "the report is not signed: no key could be made on the stick: %s",
			    strerror(-ret));
		minisig_wipe(&s->secret);
		return;
	}
	s->has_key = true;
	s->origin = "stick";
	log_info("a key to sign reports with was made on the stick: " SIGN_KEY);
}

static void use_stick(struct signer *s, const struct stick *stick)
{
	char *text = NULL;
	int ret = read_key(stick->dir, SIGN_KEY, &text);

	if (ret == 0)
		take_text(s, text, "stick", SIGN_KEY " of the stick");
	else if (ret == -ENOENT && !stick->read_only)
		make_key(s, stick->dir);
	else if (ret == -ENOENT)
		util_format(s->problem, sizeof(s->problem),
			    "the report is not signed: the stick has no key and is read only");
	else
		util_format(s->problem, sizeof(s->problem),
			    "the report is not signed: " SIGN_KEY
			    " of the stick cannot be read: %s",
			    strerror(-ret));
	if (s->has_key && !stick->read_only)
		put_public(s, stick->dir);
}

void signer_open(struct signer *s, const struct sysroot *root, const struct stick *stick)
{
	/* /run is a file system of its own: nothing is read across its edge (base/beneath.h). */
	_cleanup_close_ int overlay = sysroot_openat(root, O_RDONLY | O_DIRECTORY, OVERLAY_RUN);
	char *text = NULL;
	int ret;

	*s = (struct signer){ .origin = "" };
	ret = overlay < 0 ? overlay : read_key(overlay, OVERLAY_KEY_NAME, &text);
	if (ret == 0)
		take_text(s, text, "overlay", OVERLAY_KEY_NAME " of the overlay");
	else if (ret != -ENOENT)
		util_format(s->problem, sizeof(s->problem),
			    "the report is not signed: " OVERLAY_KEY_NAME
			    " of the overlay cannot be read: %s",
			    strerror(-ret));
	else if (stick->dir >= 0)
		use_stick(s, stick);
	else
		util_format(
			s->problem, sizeof(s->problem),
			"the report is not signed: there is no stick, and no key in an overlay");
}

void signer_close(struct signer *s)
{
	minisig_wipe(&s->secret);
	s->has_key = false;
}

json_t *signer_to_json(const struct signer *s)
{
	_cleanup_free_ char *text = s->has_key ? minisig_format_public(&s->key) : NULL;
	char id[MINISIG_ID_TEXT];
	char *key;

	if (!text)
		return json_pack("{s:n}", "signer");
	minisig_format_id(s->key.id, id);
	key = strchr(text, '\n') + 1;
	key[strcspn(key, "\n")] = '\0';
	return json_pack("{s:{s:s, s:s, s:s}}", "signer", "key_id", id, "public_key", key, "origin",
			 s->origin);
}

static int put_text(FILE *f, const json_t *value)
{
	return fputs(json_string_value(value), f) == EOF ? -EIO : 0;
}

/* To every place, or to memory alone. */
static int write_text(struct store *store, bool memory_only, const char *name, const char *text)
{
	json_t *value;
	int ret;

	if (!text)
		return -ENOMEM;
	if (memory_only)
		return util_write_durably(store->memory_dir, name, text, strlen(text));
	value = json_string(text);
	ret = value ? store_write(store, name, put_text, value) : -ENOMEM;
	json_decref(value);
	if (ret == 0 && store->stick_dir >= 0 &&
	    faccessat(store->stick_dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		ret = -ENOSPC;
	return ret;
}

/* What is signed beside the manifest, for who looks at the signature alone. */
static void describe(const json_t *report, char *text, size_t size)
{
	util_format(text, size, "vfproof %s, host %s, started %s, %s",
		    member_text(json_object_get(report, "build"), "revision"),
		    member_text(json_object_get(report, "host"), "serial"),
		    member_text(report, "started"), member_text(report, "verdict"));
	util_sanitise(text);
}

static int write_all(const struct signer *s, struct store *store, bool memory_only,
		     const char *const *names, const json_t *report)
{
	const int dir = memory_only || store->stick_dir < 0 ? store->memory_dir : store->stick_dir;
	_cleanup_free_ struct manifest *m = calloc(1, sizeof(*m));
	_cleanup_free_ char *text = NULL, *key = NULL, *signature = NULL;
	char trusted[MINISIG_TRUSTED];
	int ret = m ? 0 : -ENOMEM;

	if (ret == 0 && s->has_key) {
		key = minisig_format_public(&s->key);
		ret = write_text(store, memory_only, MANIFEST_KEY, key);
		if (ret == 0)
			ret = manifest_add(m, dir, MANIFEST_KEY);
	}
	for (; ret == 0 && *names; names++) {
		ret = manifest_add(m, memory_only ? store_find(store, *names) : dir, *names);
		if (ret == -ENOENT)
			ret = 0;
	}
	if (ret < 0)
		return ret;
	text = manifest_format(m, report);
	ret = write_text(store, memory_only, MANIFEST_NAME, text);
	if (ret < 0 || !s->has_key)
		return ret;
	describe(report, trusted, sizeof(trusted));
	signature = minisig_sign(&s->secret, text, strlen(text), trusted);
	return write_text(store, memory_only, MANIFEST_SIGNATURE, signature);
}

int sign_folder(const struct signer *s, struct store *store, bool memory_only,
		const char *const *names, const json_t *report, char *why, size_t size)
{
	int ret = write_all(s, store, memory_only, names, report);

	why[0] = '\0';
	if (ret < 0) {
		store_drop_manifest(store);
		util_format(why, size,
			    "the report is not signed: the manifest cannot be written: "
			    "%s",
			    strerror(-ret));
		log_error("%s", why);
	}
	return ret;
}
