/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/beneath.h"
#include "base/minisig.h"
#include "report/manifest.h"

#define MAX_ENTRIES 4096 /* of a folder */
#define MAX_SHOWN 64 /* files that are in no manifest */

struct verification {
	FILE *f;
	int dir;
	struct manifest manifest;
	unsigned int altered, missing, added;
};

/* A text file of the folder, or of elsewhere. Returns 0 or -errno; caller frees *@text. */
static int read_text(int dir, const char *name, size_t max, char **text)
{
	_cleanup_free_ char *buf = NULL;
	size_t len;
	int ret;

	ret = util_read_file(dir, name, max, &buf, &len);
	if (ret < 0)
		return ret;
	if (strlen(buf) != len)
		return -EBADMSG; /* a NUL would hide what follows it */
	*text = util_take_ptr(buf);
	return 0;
}

static int read_beneath(int dir, const char *name, size_t max, char **text)
{
	/* A link may lead anywhere: it is opened once to see that it is none. */
	_cleanup_close_ int fd = beneath_open(dir, name, O_RDONLY | O_NONBLOCK, 0);

	return fd < 0 ? fd : read_text(dir, name, max, text);
}

static void check_file(struct verification *v, const struct manifest_file *want)
{
	char hex[SHA256_HEX];
	uint64_t size;
	int ret = sha256_of_file(v->dir, want->name, MANIFEST_FILE_MAX, &size, hex);

	if (ret == -ENOENT) {
		v->missing++;
		fprintf(v->f, "MISSING  %s\n", want->name);
	} else if (ret < 0) {
		v->altered++;
		fprintf(v->f, "ALTERED  %s: it cannot be read: %s\n", want->name, strerror(-ret));
	} else if (strcmp(hex, want->sha256) != 0) {
		v->altered++;
		if (want->size != UINT64_MAX && want->size != size)
			fprintf(v->f, "ALTERED  %s: it has %llu bytes, and had %llu\n", want->name,
				(unsigned long long)size, (unsigned long long)want->size);
		else
			fprintf(v->f, "ALTERED  %s: its SHA-256 is not that of the manifest\n",
				want->name);
	} else {
		fprintf(v->f, "ok       %s\n", want->name);
	}
}

static void look_at(struct verification *v, const char *name)
{
	char shown[MANIFEST_FILE_NAME];

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, MANIFEST_NAME) == 0 ||
	    strcmp(name, MANIFEST_SIGNATURE) == 0 || manifest_find(&v->manifest, name))
		return;
	if (v->added++ >= MAX_SHOWN)
		return;
	util_strlcpy(shown, sizeof(shown), name);
	util_sanitise(shown);
	fprintf(v->f, "ADDED    %s: the manifest does not have it\n", shown);
}

static void look_for_more(struct verification *v)
{
	const int fd = openat(v->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	unsigned int n = 0;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && n++ < MAX_ENTRIES && (entry = readdir(dir)))
		look_at(v, entry->d_name);
}

static enum verify_status check_files(struct verification *v)
{
	unsigned int i;

	for (i = 0; i < v->manifest.n; i++)
		check_file(v, &v->manifest.files[i]);
	look_for_more(v);
	if (v->altered + v->missing + v->added == 0)
		return VERIFY_GOOD;
	fprintf(v->f, "NOT AS SIGNED: %u altered, %u missing, %u added\n", v->altered, v->missing,
		v->added);
	return VERIFY_ALTERED;
}

static enum verify_status say_signature(FILE *f, enum minisig_state state, const char *id,
					const struct minisig_public *key, const char *trusted)
{
	char own[MINISIG_ID_TEXT], shown[MINISIG_TRUSTED];

	minisig_format_id(key->id, own);
	switch (state) {
	case MINISIG_GOOD:
		util_strlcpy(shown, sizeof(shown), trusted);
		util_sanitise(shown);
		fprintf(f, "signed   " MANIFEST_NAME " by key %s: %s\n", own, shown);
		return VERIFY_GOOD;
	case MINISIG_NONE:
		fprintf(f, "BAD SIGNATURE: " MANIFEST_SIGNATURE " is none, or is damaged\n");
		return VERIFY_ALTERED;
	case MINISIG_OTHER_KEY:
		fprintf(f, "BAD SIGNATURE: it says that it is by key %s, not by key %s\n", id, own);
		return VERIFY_ALTERED;
	default:
		fprintf(f, "BAD SIGNATURE: " MANIFEST_NAME " is not what key %s has signed\n", own);
		return VERIFY_ALTERED;
	}
}

/* What can be said of the manifest @text, whose files are looked at later. */
static enum verify_status check_signature(FILE *f, int dir, const char *text, const char *key_text,
					  char good_id[MINISIG_ID_TEXT])
{
	_cleanup_free_ char *beside = NULL, *signature = NULL;
	char trusted[MINISIG_TRUSTED], id[MINISIG_ID_TEXT];
	enum minisig_state state;
	struct minisig_public key;
	const char *why;
	int ret;

	ret = read_beneath(dir, MANIFEST_SIGNATURE, MINISIG_MAX_SIZE, &signature);
	if (ret < 0) {
		fprintf(f, "NOT SIGNED: " MANIFEST_SIGNATURE ": %s\n", strerror(-ret));
		return VERIFY_UNKNOWN;
	}
	ret = key_text ? 0 : read_beneath(dir, MANIFEST_KEY, MINISIG_MAX_SIZE, &beside);
	if (ret < 0) {
		fprintf(f, "NO KEY: " MANIFEST_KEY ": %s; give one with --key\n", strerror(-ret));
		return VERIFY_UNKNOWN;
	}
	if (minisig_parse_public(key_text ? key_text : beside, &key, &why) < 0) {
		fprintf(f, "NO KEY: %s\n", why);
		return VERIFY_UNKNOWN;
	}
	state = minisig_verify(&key, signature, text, strlen(text), trusted, id);
	if (state == MINISIG_GOOD)
		minisig_format_id(key.id, good_id);
	return say_signature(f, state, id, &key, trusted);
}

static void say_good(FILE *f, bool own_key)
{
	if (own_key)
		fputs("GOOD: the files are those that were signed by the key that was given\n", f);
	else
		fputs("GOOD: the files are those that were signed by the key that lies beside "
		      "them. "
		      "Who it\nbelongs to is not known: compare its ID, or give the key with "
		      "--key\n",
		      f);
}

enum verify_status verify_folder(FILE *f, int dir, const char *key)
{
	char id[MINISIG_ID_TEXT];

	return verify_folder_by(f, dir, key, id);
}

enum verify_status verify_folder_by(FILE *f, int dir, const char *key, char id[MINISIG_ID_TEXT])
{
	_cleanup_free_ struct verification *v = calloc(1, sizeof(*v));
	_cleanup_free_ char *text = NULL;
	enum verify_status signature, files;
	char why[160];
	int ret = v ? read_beneath(dir, MANIFEST_NAME, MANIFEST_MAX_SIZE, &text) : -ENOMEM;

	id[0] = '\0';
	if (ret < 0) {
		fprintf(f,
			"NO MANIFEST: " MANIFEST_NAME ": %s. The run did not come to its end, or "
			"it was removed\n",
			strerror(-ret));
		return VERIFY_UNKNOWN;
	}
	v->f = f;
	v->dir = dir;
	signature = check_signature(f, dir, text, key, id);
	if (manifest_parse(text, &v->manifest, why, sizeof(why)) < 0) {
		fprintf(f, "BAD MANIFEST: %s\n", why);
		return VERIFY_ALTERED;
	}
	files = check_files(v);
	if (files == VERIFY_GOOD && signature == VERIFY_GOOD)
		say_good(f, key != NULL);
	if (files == VERIFY_ALTERED || signature == VERIFY_ALTERED)
		return VERIFY_ALTERED;
	return signature;
}
