/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates: what they say, what they hide, and what is found out about a changed one. */
#include "core_fake.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include "base/minisig.h"
#include "journal/member.h"
#include "model/advice.h"
#include "report/anonymise.h"
#include "report/certificate.h"
#include "report/certify.h"
#include "report/forms.h"
#include "report/readiness.h"
#include "report/report.h"
#include "report/verify_main.h"

#define SALT "0123456789abcdef0123456789abcdef"
#define PF "0000:01:00.0"
#define SERIAL "SN-77-0042"
#define UUID "4c4c4544-0042-3510-8056-b4c04f4d3232"
#define MAC "52:54:00:aB:00:01"
#define BOARD_SERIAL "BS.99"
#define DSN "00-11-22-ff-ff-33-44-55"

/* A report that is QUALIFIED with a release as it was built, with names in many places. */
static json_t *make_report(void)
{
	json_t *none = json_array();
	json_t *report = json_pack(
		"{s:s, s:s, s:s, s:b, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:[{s:s, s:s, s:s, s:s, "
		"s:s}], "
		"s:[{s:s, s:s, s:s, s:b, s:b, s:s, s:[{s:s, s:s}]}], s:[], s:[], s:{s:s}, s:s}",
		"schema", REPORT_SCHEMA, "started", "2026-06-01T10:00:00Z", "finished",
		"2026-06-01T11:00:00Z", "unsafe_interrupts", 0, "host", "vendor", "Example",
		"product", "Server of " SERIAL, "serial", SERIAL, "uuid", UUID, "board_serial",
		BOARD_SERIAL, "cmdline",
		"BOOTIF=01-52-54-00-ab-00-01 id=" UUID " mac=525400ab0001 quiet", "nics", "address",
		PF, "name", "Card " DSN, "mac", MAC, "driver", "igb", "slot", "3", "items", "case",
		"nic_pcie", "subject", PF, "verdict", "PASS", "required", 1, "prerequisite", 0,
		"label", "", "evidence", "key", "module.serial", "value", "MOD4711", "notes",
		"not_certified", "build", "revision", "v1.0", "stored", "reports/run0001-" SERIAL);

	assert_non_null(report);
	json_object_set_new(report, "boot",
			    json_pack("{s:{s:s, s:s}, s:{s:s, s:b, s:s, s:[]}, s:{s:i, s:[]}}",
				      "kernel", "sha256", "5a", "build_id", "01", "image", "state",
				      "all 9 files are as they were built", "as_built", 1,
				      "list_sha256", "c3", "changes", "taint", "value", 0,
				      "flags"));
	assert_int_equal(readiness_decide(report, NULL, none), 0);
	/* The UART of the console is no serial number, and the page's style has this word. */
	json_object_set_new(report, "settings", json_pack("{s:s}", "serial", "auto"));
	json_array_append_new(json_object_get(report, "not_certified"),
			      json_string("port of module MOD4711 and of sn-77-0042"));
	json_decref(none);
	return report;
}

static char *print(const json_t *report, bool html)
{
	const struct certificate_source source = {
		.name = "report.json", .sha256 = "00ff", .size = 5, .signature = "good"
	};
	json_t *certificate = certificate_make(report, &source);
	char *text = form_print(html ? certificate_put_html : certificate_put_text, certificate);

	json_decref(certificate);
	assert_non_null(text);
	return text;
}

static void nothing_leaks(void **state)
{
	static const char *const secrets[] = {
		SERIAL,
		UUID,
		MAC,
		BOARD_SERIAL,
		DSN,
		"MOD4711",
		"525400ab0001",
		"52-54-00-ab-00-01",
	};
	json_t *report = make_report(), *hidden = anonymise(report, SALT), *again;
	_cleanup_free_ char *plain = print(report, false), *json = NULL;
	size_t i;
	int html;

	(void)state;
	assert_non_null(hidden);
	assert_true(anonymise_leaks(report, plain));
	for (html = 0; html <= 1; html++) {
		_cleanup_free_ char *page = print(hidden, html);

		for (i = 0; i < ARRAY_SIZE(secrets); i++)
			if (strcasestr(page, secrets[i]))
				fail_msg("%s is on the page: %s", secrets[i], page);
		assert_false(anonymise_leaks(report, page));
		assert_non_null(strstr(page, "Example Server of anon-"));
		assert_non_null(strstr(page, PF)); /* which names a place */
	}
	/* Those that the plain page has are there, so that the test means something. */
	for (i = 0; i < 5; i++)
		assert_non_null(strcasestr(plain, secrets[i]));
	json = json_dumps(hidden, 0);
	for (i = 0; i < ARRAY_SIZE(secrets); i++)
		assert_null(strcasestr(json, secrets[i]));
	/* One salt, one hash; another salt, another one. */
	again = anonymise(report, SALT);
	assert_true(json_equal(hidden, again));
	json_decref(again);
	again = anonymise(report, SALT "x");
	assert_string_not_equal(member_text(json_object_get(hidden, "host"), "serial"),
				member_text(json_object_get(again, "host"), "serial"));
	json_decref(again);
	json_decref(hidden);
	json_decref(report);
}

/* A change to the report, and what the certificate then says of the image; NULL: that it is plain.
 */
static void plain_image(void **state)
{
	static const struct {
		const char *where, *key, *value, *says; /* the value in JSON */
	} rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "build", "revision", "\"v1.0-dirty\"", "the program is no release: v1.0-dirty" },
		{ "build", "revision", "\"v1.0-3-g0123abc\"", "the program is no release" },
		{ "build", "revision", "\"0123456789ab\"", "the program is no release" },
		{ "build", "revision", "\"unknown\"", "the program is no release" },
		{ "build", "revision", "\"v1.0-rc1\"", NULL },
		{ "", "boot", "null", "it is not known what was booted" },
		{ "image", "as_built", "false", "the image: all 9 files" },
		{ "image", "changes", "[\"added: lib/x.ko\"]", "the image, added: lib/x.ko" },
		{ "kernel", "sha256", "\"\"", "not known to be the image's" },
		{ "boot", "taint", "null", "not known whether the kernel was tainted" },
		{ "taint", "value", "-1", "not known whether the kernel was tainted" },
		{ "taint", "flags", "[\"warning (W)\"]", "the kernel was tainted: warning (W)" },
		{ "", "overlay",
		  "[{\"path\": \"modules/igb.ko\", \"origin\": \"stick\", \"sha256\": \"ab\"}]",
		  "overlay file modules/igb.ko, of the stick, SHA-256 ab" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *report = make_report(), *boot = json_object_get(report, "boot"),
		       *at = report;
		_cleanup_free_ char *text = NULL;

		if (rows[i].where && strcmp(rows[i].where, "build") == 0)
			at = json_object_get(report, "build");
		else if (rows[i].where && strcmp(rows[i].where, "boot") == 0)
			at = boot;
		else if (rows[i].where && rows[i].where[0])
			at = json_object_get(boot, rows[i].where);
		if (rows[i].key)
			json_object_set_new(at, rows[i].key,
					    json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		text = print(report, true);
		if (!rows[i].says) {
			assert_non_null(strstr(text, "the plain released image"));
			assert_null(strstr(text, "NOT the plain"));
		} else {
			_cleanup_free_ char *said = NULL;
			json_t *all = certificate_deviations(report);

			said = json_dumps(all, 0);
			assert_non_null(strstr(text, "NOT the plain released image"));
			if (!strstr(said, rows[i].says))
				fail_msg("%s does not say %s", said, rows[i].says);
			json_decref(all);
		}
		json_decref(report);
	}
}

static void contradictions(void **state)
{
	static const struct {
		const char *verdict, *item, *waived;
		bool contradicts;
	} rows[] = {
		{ "QUALIFIED", "PASS", "", false },
		{ "QUALIFIED", "FAIL", "", true },
		{ "QUALIFIED", "FAIL", "by A", true },
		{ "QUALIFIED", "NOTRUN", "", true },
		{ "QUALIFIED", "CRASHED", "", true },
		{ "QUALIFIED WITH WAIVERS", "FAIL", "by A", false },
		{ "QUALIFIED WITH WAIVERS", "FAIL", "", true },
		{ "QUALIFIED WITH WAIVERS", "CRASHED", "by A", true },
		{ "QUALIFIED WITH WAIVERS", "ERROR", "by A", true },
		{ "NOT QUALIFIED", "FAIL", "", false },
		{ "INCOMPLETE", "NOTRUN", "", false },
		{ "BETTER THAN QUALIFIED", "PASS", "", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *report = make_report();
		json_t *item = json_array_get(json_object_get(report, "items"), 0);
		char why[200];

		member_set_text(report, "verdict", rows[i].verdict);
		member_set_text(item, "verdict", rows[i].item);
		member_set_text(item, "waived", rows[i].waived);
		assert_int_equal(certificate_contradicts(report, why, sizeof(why)),
				 rows[i].contradicts);
		assert_int_equal(why[0] != '\0', rows[i].contradicts);
		json_decref(report);
	}
}

struct files {
	char report[100], out[100], key[100], salt[100], text[120];
};

static struct files write_files(const struct core_fake *f)
{
	json_t *report = make_report();
	_cleanup_free_ char *text = form_print(report_put_json, report), *key_text = NULL;
	struct minisig_secret secret;
	struct files n;

	core_fake_write(f, "report.json", text);
	assert_int_equal(minisig_make(&secret), 0);
	key_text = minisig_format_secret(&secret);
	core_fake_write(f, "lab.key", key_text);
	util_format(n.report, sizeof(n.report), "%s/report.json", f->path);
	util_format(n.out, sizeof(n.out), "%s/out", f->path);
	util_format(n.key, sizeof(n.key), "%s/lab.key", f->path);
	util_format(n.salt, sizeof(n.salt), "%s/salt", f->path);
	util_format(n.text, sizeof(n.text), "%s/out/" CERTIFICATE_TEXT, f->path);
	json_decref(report);
	return n;
}

#define CALL(function, ...)                                       \
	({                                                        \
		const char *_args[] = { "vfproof", __VA_ARGS__ }; \
		function(ARRAY_SIZE(_args), (char **)_args);      \
	})

static void replace(const struct core_fake *f, const char *name, const char *what, const char *by)
{
	_cleanup_free_ char *text = core_fake_read(f, name), *changed = NULL;
	const char *at = strstr(text, what);

	assert_non_null(at);
	assert_true(asprintf(&changed, "%.*s%s%s\n", (int)(at - text), text, by,
			     at + strlen(what)) > 0);
	core_fake_write(f, name, changed);
}

static void signed_and_changed(void **state)
{
	const struct core_fake *f = *state;
	const struct files n = write_files(f);

	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out, "--key", n.key),
			 0);
	assert_int_equal(CALL(verify_main, "verify", n.out), VERIFY_GOOD);
	assert_int_equal(CALL(verify_main, "verify", n.out, "--report", n.report), VERIFY_GOOD);
	/* Another certificate takes the place of the first, and its signature. */
	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out), 0);
	assert_int_equal(CALL(verify_main, "verify", n.out), VERIFY_UNKNOWN);
	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out, "--key", n.key),
			 0);
	replace(f, "out/" CERTIFICATE_TEXT, "QUALIFIED", "PERFECT");
	assert_int_equal(CALL(verify_main, "verify", n.out), VERIFY_ALTERED);
	/* Signed by whoever changed it: the report says otherwise. */
	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out, "--key", n.key),
			 0);
	replace(f, "report.json", "Example", "Excellent");
	assert_int_equal(CALL(verify_main, "verify", n.out), VERIFY_GOOD);
	assert_int_equal(CALL(verify_main, "verify", n.out, "--report", n.report), VERIFY_ALTERED);
}

static void anonymous_files(void **state)
{
	const struct core_fake *f = *state;
	const struct files n = write_files(f);
	struct stat st;

	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out, "--anonymous",
			      "--salt", n.salt),
			 0);
	assert_int_equal(stat(n.salt, &st), 0); /* made, and for nobody else */
	assert_int_equal(st.st_mode & 0777, 0600);
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *text =
			core_fake_read(f, i ? "out/" CERTIFICATE_HTML : "out/" CERTIFICATE_TEXT);
		_cleanup_free_ char *manifest = core_fake_read(f, "out/MANIFEST");

		assert_null(strcasestr(text, SERIAL));
		assert_null(strcasestr(manifest, SERIAL));
	}
	assert_int_equal(CALL(verify_main, "verify", n.out, "--report", n.report, "--salt", n.salt),
			 VERIFY_UNKNOWN); /* what the report gives, and not signed */
	assert_int_equal(CALL(verify_main, "verify", n.out, "--report", n.report), VERIFY_ALTERED);
	core_fake_write(f, "salt", "short");
	assert_int_equal(CALL(certify_main, "certify", n.report, "--anonymous", "--salt", n.salt),
			 3);
}

static void refused(void **state)
{
	const struct core_fake *f = *state;
	const struct files n = write_files(f);
	struct stat st;

	replace(f, "report.json", "\"verdict\": \"PASS\"", "\"verdict\": \"FAIL\"");
	assert_int_equal(CALL(certify_main, "certify", n.report, "--out", n.out), 1);
	assert_int_equal(stat(n.text, &st), -1);
	assert_int_equal(CALL(certify_main, "certify", n.report, "--key", n.key), -EINVAL);
	assert_int_equal(CALL(certify_main, "certify", n.report, "--salt", n.salt), -EINVAL);
	assert_int_equal(CALL(certify_main, "certify"), -EINVAL);
	assert_int_equal(CALL(certify_main, "certify", "/nowhere"), 3);
	assert_int_equal(CALL(verify_main, "verify", n.out, "--salt", n.salt), -EINVAL);
	assert_int_equal(CALL(verify_main, "report", "--verify", n.out, "--report", n.report),
			 -EINVAL);
}

/* Of a run's folder whose manifest does not fit there is none. */
static void altered_folder(void **state)
{
	const struct core_fake *f = *state;
	const struct files n = write_files(f);

	assert_int_equal(CALL(certify_main, "certify", f->path, "--out", n.out), 0);
	core_fake_write(
		f, "MANIFEST",
		"# vfproof manifest 1\n"
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  report.json\n");
	assert_int_equal(CALL(certify_main, "certify", f->path, "--out", n.out), 1);
}

#define test_with_fake(function) \
	cmocka_unit_test_setup_teardown(function, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_leaks),  cmocka_unit_test(plain_image),
		cmocka_unit_test(contradictions), test_with_fake(signed_and_changed),
		test_with_fake(anonymous_files),  test_with_fake(refused),
		test_with_fake(altered_folder),
	};

	if (advice_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
