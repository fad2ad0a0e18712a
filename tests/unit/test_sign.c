/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signed reports: minisign's formats (the texts here were made by minisign 0.12), the manifest,
 * whose key is taken, and what --verify says of folders that were altered.
 */
#include "core_fake.h"
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/minisig.h"
#include "journal/stick.h"
#include "report/manifest.h"
#include "report/sign.h"
#include "report/verify.h"
#include "sys/overlay_paths.h"

#define KEY_ID "40B619DB3915BCD6"
#define SIGNED "hello\n"
#define STICK "stick"
#define FOLDER "folder"

static const char secret_text[] =
	"untrusted comment: minisign encrypted secret key\n"
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1rwVOdsZtkBqSmvJrH"
	"YvZLvc"
	"F4ySEpI5ZwwMTtwvFawy2OL7K+"
	"RGiUgndP9ZfTk1bxU1qOaVvOxEiqzcGdyS5h5AmBT8YoZbAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	"AAAAAAAAAAAAAAA=\n";
static const char locked_text[] = "untrusted comment: minisign encrypted secret key\n"
				  "RWRTY0Iyzn2EEYGQGbmdE5zVrvOryu+C/eolb/"
				  "BU06E0kbbwuDkAAAACAAAAAAAAAEAAAAAANTscFbdCz2faSZXVP5zUpkIhSWKf"
				  "3lh5pbrXAfy3ZrzGjTaOyj3Ygey7ySORaUkpIrDSS23lFnpNNmzRLRYaDKTX8IPn"
				  "kNulJQWoAV73APmHYXWiwEqE0cJ+/H/Xsc/c"
				  "pWBAWhQ7PXw=\n";
static const char public_text[] = "untrusted comment: minisign public key " KEY_ID "\n"
				  "RWTWvBU52xm2QEgndP9ZfTk1bxU1qOaVvOxEiqzcGdyS5h5AmBT8YoZb\n";
static const char hashed_text[] = "untrusted comment: signature from minisign secret key\n"
				  "RUTWvBU52xm2QHYiCnMKLHRcGavXVpD0FokMgi07M5TXbNSdGIwKilOLUZqVuxcN"
				  "pDSD7Fj/qtABg84ydpHQ7jtaqd2o6Yn/2QE=\n"
				  "trusted comment: a comment\n"
				  "GY6qRnOzfwA10IuYAMuSSpLZb0phEELTVzQSLUTQLtmF3UxmE7edcn8l7pOODq3E"
				  "1T5iRk6zKxBeVTxyx7r8AQ==\n";
static const char legacy_text[] =
	"untrusted comment: signature from minisign secret key\n"
	"RWTWvBU52xm2QIwtkj1Gb3vc8yXfKTJbeO/"
	"yJgMcnyax2Y2FJMWcZAw8ht1GXaFMhexHYSsp7xMUIztc0n8vliTAQETw4Af+gQE=\n"
	"trusted comment: a comment\n"
	"MPJkRrYck1sZQtN/"
	"TmTKMwch8tDViXZOrDNdkvkZS9Ua3N2unGZA6+56sPVccRaRhV30fiUT9XEy+URwcO8vBw==\n";

static enum minisig_state verify(const char *signature, const char *data)
{
	char trusted[MINISIG_TRUSTED], id[MINISIG_ID_TEXT];
	struct minisig_public key;
	enum minisig_state state;
	const char *why;

	assert_int_equal(minisig_parse_public(public_text, &key, &why), 0);
	state = minisig_verify(&key, signature, data, strlen(data), trusted, id);
	assert_string_equal(trusted, state == MINISIG_GOOD ? "a comment" : "");
	assert_string_equal(id, state == MINISIG_NONE ? "" : KEY_ID);
	return state;
}

/* Ed25519 is deterministic: with its key and comment we sign as minisign has. */
static void as_minisign(void **state)
{
	struct minisig_secret secret;
	struct minisig_public key;
	const char *why;
	char *text;

	(void)state;
	assert_int_equal(verify(hashed_text, SIGNED), MINISIG_GOOD);
	assert_int_equal(verify(legacy_text, SIGNED), MINISIG_GOOD);
	assert_int_equal(minisig_parse_secret(secret_text, &secret, &why), 0);
	text = minisig_sign(&secret, SIGNED, strlen(SIGNED), "a comment");
	assert_string_equal(strchr(text, '\n'), strchr(hashed_text, '\n'));
	free(text);
	text = minisig_format_secret(&secret);
	assert_string_equal(strchr(text, '\n'), strchr(secret_text, '\n'));
	free(text);
	minisig_get_public(&secret, &key);
	text = minisig_format_public(&key);
	assert_string_equal(strchr(text, '\n'), strchr(public_text, '\n'));
	free(text);
}

/* Every byte counts: of the data, of both signatures and of the comment. */
static void altered_signatures(void **state)
{
	char text[sizeof(hashed_text)];
	const char *second = strchr(hashed_text, '\n') + 1;
	size_t i;

	(void)state;
	assert_int_equal(verify(hashed_text, "hellO\n"), MINISIG_BAD);
	assert_int_equal(verify(legacy_text, ""), MINISIG_BAD);
	for (i = (size_t)(second - hashed_text); i < sizeof(hashed_text) - 2; i++) {
		memcpy(text, hashed_text, sizeof(text));
		text[i] = text[i] == 'A' ? 'B' : 'A';
		if (strcmp(text, hashed_text) != 0) {
			char trusted[MINISIG_TRUSTED], id[MINISIG_ID_TEXT];
			struct minisig_public key;
			const char *why;

			assert_int_equal(minisig_parse_public(public_text, &key, &why), 0);
			assert_int_not_equal(
				minisig_verify(&key, text, SIGNED, strlen(SIGNED), trusted, id),
				MINISIG_GOOD);
		}
	}
	for (i = 0; i < sizeof(hashed_text) - 3; i++) {
		memcpy(text, hashed_text, sizeof(text));
		text[i] = '\0';
		assert_int_equal(verify(text, SIGNED), MINISIG_NONE);
	}
}

static void bad_keys(void **state)
{
	char damaged[sizeof(secret_text)];
	struct minisig_secret secret;
	struct minisig_public key;
	const char *why;

	(void)state;
	assert_int_equal(minisig_parse_secret(locked_text, &secret, &why), -EBADMSG);
	assert_non_null(strstr(why, "password"));
	assert_int_equal(minisig_parse_secret(public_text, &secret, &why), -EBADMSG);
	assert_int_equal(minisig_parse_secret("", &secret, &why), -EBADMSG);
	assert_int_equal(minisig_parse_public(secret_text, &key, &why), -EBADMSG);
	strcpy(damaged, secret_text);
	strstr(damaged, "mvJr")[0] = 'n';
	assert_int_equal(minisig_parse_secret(damaged, &secret, &why), -EBADMSG);
	assert_non_null(strstr(why, "damaged"));
}

static void manifests(void **state)
{
#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "# vfproof manifest 1\n"
	static const struct {
		const char *text, *why; /* NULL: it is good */
	} rows[] = {
		{ HEAD SUM "  report.json\n", NULL },
		{ HEAD "# a comment\n" SUM " *report.json\n# size 12 report.json\n", NULL },
		{ "", "empty" },
		{ SUM "  report.json\n", "no manifest of vfproof" },
		{ HEAD SUM "  ../report.json\n", "not a name" },
		{ HEAD SUM "  /etc/passwd\n", "not a name" },
		{ HEAD SUM "  a/b\n", "not a name" },
		{ HEAD SUM "  ..\n", "not a name" },
		{ HEAD SUM "  .hidden\n", "not a name" },
		{ HEAD SUM "  \n", "not a name" },
		{ HEAD SUM "  a\033[2Jb\n", "a?[2Jb" },
		{ HEAD SUM "  report.json\r\n", "not a name" },
		/* sha256sum writes a name with a newline so. */
		{ HEAD "\\" SUM "  a\\nb\n", "neither a comment nor a file" },
		{ HEAD SUM " report.json\n", "neither a comment nor a file" },
		{ HEAD "0123  report.json\n", "neither a comment nor a file" },
		{ HEAD SUM "  a\n" SUM "  a\n", "twice" },
	};
	struct manifest m;
	char why[160];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int ret = manifest_parse(rows[i].text, &m, why, sizeof(why));

		if (ret != (rows[i].why ? -EBADMSG : 0) ||
		    (rows[i].why && !strstr(why, rows[i].why)))
			fail_msg("row %zu: %d, %s", i, ret, why);
	}
	assert_int_equal(manifest_parse(rows[1].text, &m, why, sizeof(why)), 0);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.files[0].sha256, SUM);
	assert_int_equal(m.files[0].size, 12);
}

/* A store of one folder, in memory, and a stick that has no folder of the run. */
struct place {
	const struct core_fake *fake;
	struct store store;
	struct stick stick;
	json_t *report;
};

static const char *const names[] = { "journal.jsonl", "report.json", "report.html", NULL };

static void open_place(struct place *p, const struct core_fake *f)
{
	*p = (struct place){ .fake = f };
	core_fake_write(f, STICK "/.keep", "");
	core_fake_write(f, FOLDER "/journal.jsonl", "{}\n");
	core_fake_write(f, FOLDER "/report.json", "{\"verdict\": \"QUALIFIED\"}\n");
	p->stick.dir = sysroot_openat(&f->root, O_RDONLY | O_DIRECTORY, STICK);
	p->store = (struct store){
		.memory = { -1 }, .stick = { -1 }, .stick_dir = -1, .root = &f->root
	};
	p->store.memory_dir = sysroot_openat(&f->root, O_RDONLY | O_DIRECTORY, FOLDER);
	p->report = json_pack("{s:s, s:{s:s}, s:{s:s, s:s, s:{}, s:{s:s, s:[s]}, s:n}}", "verdict",
			      "QUALIFIED", "build", "revision", "abc", "boot", "secure_boot", "on",
			      "lockdown", "a\nb", "kernel", "image", "state", "all is well",
			      "changes", "added: x\n" SUM "  junit.xml", "tpm");
	assert_non_null(p->report);
}

static void close_place(struct place *p)
{
	close(p->store.memory_dir);
	close(p->stick.dir);
	json_decref(p->report);
}

/* Signs with what there is; a text that has to be in the problem, NULL: all is well. */
static void sign(struct place *p, const char *problem)
{
	struct signer signer;
	json_t *event;
	char why[160];

	signer_open(&signer, &p->fake->root, &p->stick);
	if (problem)
		assert_non_null(strstr(signer.problem, problem));
	else
		assert_string_equal(signer.problem, "");
	assert_int_equal(signer.has_key, !problem);
	event = signer_to_json(&signer);
	assert_int_equal(json_is_object(json_object_get(event, "signer")), !problem);
	json_decref(event);
	assert_int_equal(sign_folder(&signer, &p->store, false, names, p->report, why, sizeof(why)),
			 0);
	signer_close(&signer);
}

/* What --verify says of the folder has to have @text in it. */
static void assert_verify(const struct place *p, const char *key, enum verify_status status,
			  const char *text)
{
	char *said = NULL;
	size_t size;
	FILE *f = open_memstream(&said, &size);
	enum verify_status got = verify_folder(f, p->store.memory_dir, key);

	fclose(f);
	if (got != status || !strstr(said, text))
		fail_msg("status %d, without \"%s\": %s", got, text, said);
	free(said);
}

static void unlink_in_folder(const struct place *p, const char *name)
{
	assert_int_equal(unlinkat(p->store.memory_dir, name, 0), 0);
}

static void write_in_folder(const struct place *p, const char *name, const char *text)
{
	assert_int_equal(util_write_durably(p->store.memory_dir, name, text, strlen(text)), 0);
}

static void every_alteration(void **state)
{
	struct place p;
	char *key;

	open_place(&p, *state);
	sign(&p, NULL);
	assert_verify(&p, NULL, VERIFY_GOOD, "lies beside them");
	key = core_fake_read(p.fake, STICK "/" SIGN_PUBLIC);
	assert_verify(&p, key, VERIFY_GOOD, "that was given");
	assert_verify(&p, public_text, VERIFY_ALTERED, "not by key " KEY_ID);
	assert_verify(&p, "rubbish", VERIFY_UNKNOWN, "NO KEY");

	write_in_folder(&p, "report.json", "{\"verdict\": \"qUALIFIED\"}\n");
	assert_verify(&p, key, VERIFY_ALTERED, "ALTERED  report.json: its SHA-256");
	assert_verify(&p, key, VERIFY_ALTERED, "ok       journal.jsonl");
	write_in_folder(&p, "report.json", "{}");
	assert_verify(&p, key, VERIFY_ALTERED, "ALTERED  report.json: it has 2 bytes, and had 25");
	unlink_in_folder(&p, "report.json");
	assert_verify(&p, key, VERIFY_ALTERED, "MISSING  report.json");
	assert_int_equal(symlinkat("journal.jsonl", p.store.memory_dir, "report.json"), 0);
	assert_verify(&p, key, VERIFY_ALTERED, "ALTERED  report.json: it cannot be read");
	unlink_in_folder(&p, "report.json");
	write_in_folder(&p, "report.json", "{\"verdict\": \"QUALIFIED\"}\n");
	assert_verify(&p, key, VERIFY_GOOD, "GOOD");
	write_in_folder(&p, "a\nok       b", "");
	assert_verify(&p, key, VERIFY_ALTERED, "ADDED    a?ok       b");
	unlink_in_folder(&p, "a\nok       b");
	close_place(&p);
	free(key);
}

/* The manifest itself, and what signs it. */
static void altered_manifests(void **state)
{
	struct place p;
	char *manifest, *signature;

	open_place(&p, *state);
	sign(&p, NULL);
	manifest = core_fake_read(p.fake, FOLDER "/" MANIFEST_NAME);
	signature = core_fake_read(p.fake, FOLDER "/" MANIFEST_SIGNATURE);
	/* core_fake_read() has taken the last newline: that is enough. */
	write_in_folder(&p, MANIFEST_NAME, manifest);
	assert_verify(&p, NULL, VERIFY_ALTERED, "BAD SIGNATURE: MANIFEST is not what");
	/* What goes wrong with the signature hides nothing of the files. */
	write_in_folder(&p, "report.json", "{}");
	assert_verify(&p, NULL, VERIFY_ALTERED, "ALTERED  report.json");
	sign(&p, NULL);
	signature[strlen(signature) / 2] = '\0';
	write_in_folder(&p, MANIFEST_SIGNATURE, signature);
	assert_verify(&p, NULL, VERIFY_ALTERED, "is none, or is damaged");
	unlink_in_folder(&p, MANIFEST_SIGNATURE);
	assert_verify(&p, NULL, VERIFY_UNKNOWN, "NOT SIGNED");
	sign(&p, NULL);
	unlink_in_folder(&p, MANIFEST_KEY);
	assert_verify(&p, NULL, VERIFY_ALTERED, "NO KEY");
	assert_verify(&p, NULL, VERIFY_ALTERED, "MISSING  " MANIFEST_KEY);
	store_drop_manifest(&p.store);
	assert_verify(&p, NULL, VERIFY_UNKNOWN, "NO MANIFEST");
	close_place(&p);
	free(manifest);
	free(signature);
}

/* A text of the report never becomes a line of the manifest. */
static void texts_of_reports(void **state)
{
	struct place p;
	char *manifest;

	open_place(&p, *state);
	sign(&p, NULL);
	manifest = core_fake_read(p.fake, FOLDER "/" MANIFEST_NAME);
	assert_non_null(strstr(manifest, "\n# Lockdown: a?b\n"));
	assert_null(strstr(manifest, "\n" SUM));
	assert_non_null(strstr(manifest, "\n# Secure Boot: on\n"));
	free(manifest);
	close_place(&p);
}

/* A run that is gone on with changes its journal: what was signed before is gone first. */
static void gone_on_with(void **state)
{
	static const char *const gone[] = { STORE_MANIFEST, STORE_SIGNATURE, STORE_PUBLIC };
	const struct core_fake *f = *state;
	struct store store;
	bool unfinished;
	size_t i;
	int stick;

	core_fake_write(f, STICK "/reports/run0001/journal.jsonl", "{\"ev\":\"resume\"}\n");
	for (i = 0; i < ARRAY_SIZE(gone); i++) {
		char name[64];

		util_format(name, sizeof(name), STICK "/reports/run0001/%s", gone[i]);
		core_fake_write(f, name, "old");
	}
	stick = sysroot_openat(&f->root, O_RDONLY | O_DIRECTORY, STICK);
	assert_int_equal(store_open(&store, &f->root, &unfinished), 0);
	assert_int_equal(store_use_stick(&store, stick, "reports/run0001"), 0);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		assert_int_equal(faccessat(store.stick_dir, gone[i], F_OK, 0), -1);
	store_close(&store);
	close(stick);
}

static void whose_key(void **state)
{
	const struct core_fake *f = *state;
	char *first, *again, *public;
	struct place p;
	struct stat st;

	open_place(&p, f);
	/* Made, and then kept. */
	sign(&p, NULL);
	first = core_fake_read(f, STICK "/" SIGN_KEY);
	public = core_fake_read(f, STICK "/" SIGN_PUBLIC);
	assert_int_equal(unlinkat(p.stick.dir, SIGN_PUBLIC, 0), 0);
	sign(&p, NULL);
	again = core_fake_read(f, STICK "/" SIGN_KEY);
	assert_string_equal(first, again);
	core_assert_file(f, STICK "/" SIGN_PUBLIC, public);
	core_assert_file(f, FOLDER "/" MANIFEST_KEY, public);
	/* The secret is in none of the files beside the report. */
	assert_int_equal(fstatat(p.store.memory_dir, SIGN_KEY, &st, 0), -1);

	/* The overlay's comes first, and one that is wrong is named and left. */
	core_fake_write(f, OVERLAY_KEY, secret_text);
	sign(&p, NULL);
	assert_verify(&p, public_text, VERIFY_GOOD, KEY_ID);
	core_fake_write(f, OVERLAY_KEY, locked_text);
	sign(&p, "vfproof.key of the overlay cannot be used: the secret key has a password");
	assert_int_equal(unlinkat(f->root.fd, OVERLAY_KEY, 0), 0);
	core_fake_write(f, STICK "/" SIGN_KEY, "rubbish\n");
	sign(&p, "vfproof.key of the stick cannot be used: it is no secret key");
	core_assert_file(f, STICK "/" SIGN_KEY, "rubbish");

	/* Nobody to sign: the manifest is there all the same. */
	assert_int_equal(unlinkat(p.stick.dir, SIGN_KEY, 0), 0);
	p.stick.read_only = true;
	store_drop_manifest(&p.store);
	sign(&p, "the stick has no key and is read only");
	close(p.stick.dir);
	p.stick.dir = -1;
	store_drop_manifest(&p.store);
	sign(&p, "there is no stick, and no key in an overlay");
	assert_verify(&p, NULL, VERIFY_UNKNOWN, "NOT SIGNED");
	close_place(&p);
	free(first);
	free(again);
	free(public);
}

static void run_verify(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg)
{
	char trusted[MINISIG_TRUSTED], id[MINISIG_ID_TEXT], why[160];
	const char *text = (const char *)data, *fault;
	struct minisig_public key;
	struct minisig_secret secret;
	struct manifest m;
	unsigned int i;

	(void)len;
	(void)seed;
	(void)r;
	(void)arg;
	assert_int_equal(minisig_parse_public(public_text, &key, &fault), 0);
	if (minisig_verify(&key, text, SIGNED, strlen(SIGNED), trusted, id) != MINISIG_GOOD)
		assert_string_equal(trusted, "");
	if (minisig_parse_secret(text, &secret, &fault) == 0)
		minisig_wipe(&secret);
	(void)!minisig_parse_public(text, &key, &fault);
	if (manifest_parse(text, &m, why, sizeof(why)) < 0)
		assert_true(why[0]);
	assert_true(m.n <= MANIFEST_FILES);
	for (i = 0; i < m.n; i++)
		assert_true(manifest_is_name(m.files[i].name) &&
			    strlen(m.files[i].sha256) == SHA256_HEX - 1);
}

static void fuzz_signature(void **state)
{
	static const char manifest[] =
		HEAD "# Secure Boot: on\n" SUM "  report.json\n# size 12 report.json\n";
	const struct fuzz_target t = {
		.seeds = { { hashed_text, sizeof(hashed_text) - 1 },
			   { legacy_text, sizeof(legacy_text) - 1 },
			   { public_text, sizeof(public_text) - 1 },
			   { secret_text, sizeof(secret_text) - 1 },
			   { manifest, sizeof(manifest) - 1 } },
		.words = { "untrusted comment: ", "trusted comment: ", "\n", "\r\n", "RUT", "RWT",
			   "=", "# size ", "  ", " *", "../", SUM, "18446744073709551615" },
		.rounds = 3000,
		.text = true,
		.run = run_verify,
	};

	(void)state;
	fuzz_run(&t);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_minisign),	  cmocka_unit_test(altered_signatures),
		cmocka_unit_test(bad_keys),	  cmocka_unit_test(manifests),
		test_with_fake(every_alteration), test_with_fake(altered_manifests),
		test_with_fake(gone_on_with),	  test_with_fake(texts_of_reports),
		test_with_fake(whose_key),	  cmocka_unit_test(fuzz_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
