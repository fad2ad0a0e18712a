/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of programs of before: tests/fixtures/versions has a folder for each form that journal
 * and report.json have had. None of them is ever changed, and each is read by all that reads
 * reports (docs/versions.md).
 */
#include "core_fake.h"

#include <dirent.h>
#include <string.h>
#include "journal/member.h"
#include "model/advice.h"
#include "report/certificate.h"
#include "report/diff.h"
#include "report/fleet.h"
#include "report/forms.h"
#include "report/report.h"

#define KEPT "tests/fixtures/versions"
#define NEWEST KEPT "/2026-12-01-rules/report.json" /* of the host that most of them are of */
#define LEAST 8 /* folders: none goes */

static json_t *load(const char *folder, const char *name)
{
	char path[300];
	json_t *report;

	util_format(path, sizeof(path), KEPT "/%s/%s", folder, name);
	report = report_load(path);
	if (!report)
		fail_msg("%s cannot be read", path);
	return report;
}

/* Calls @check for each kept folder, with what its two files give. */
static void each(void (*check)(const char *folder, const json_t *kept, const json_t *made))
{
	DIR *dir = opendir(KEPT);
	const struct dirent *entry;
	unsigned int n = 0;

	assert_non_null(dir);
	assert_int_equal(advice_load(), 0);
	while ((entry = readdir(dir))) {
		json_t *kept, *made;

		if (entry->d_name[0] == '.')
			continue;
		kept = load(entry->d_name, "report.json");
		made = load(entry->d_name, "journal.jsonl");
		check(entry->d_name, kept, made);
		json_decref(kept);
		json_decref(made);
		n++;
	}
	closedir(dir);
	assert_true(n >= LEAST);
}

static void assert_same(const char *folder, const json_t *a, const json_t *b, const char *key)
{
	if (strcmp(member_text(a, key), member_text(b, key)) != 0)
		fail_msg("%s: \"%s\" was \"%s\", and is \"%s\" now", folder, key,
			 member_text(a, key), member_text(b, key));
}

/* The journal still gives the report that it gave then, item by item. */
static void check_same(const char *folder, const json_t *kept, const json_t *made)
{
	static const char *const keys[] = { "case",  "subject",	 "title",    "verdict",
					    "label", "measured", "expected", "reason" };
	const json_t *was, *is;
	size_t i, k;

	assert_same(folder, kept, made, "schema");
	assert_same(folder, kept, made, "verdict");
	assert_same(folder, kept, made, "started");
	assert_true(json_equal(json_object_get(kept, "counts"), json_object_get(made, "counts")));
	was = json_object_get(kept, "items");
	is = json_object_get(made, "items");
	assert_true(json_array_size(was) > 0);
	assert_int_equal(json_array_size(was), json_array_size(is));
	for (i = 0; i < json_array_size(was); i++)
		for (k = 0; k < ARRAY_SIZE(keys); k++)
			assert_same(folder, json_array_get(was, i), json_array_get(is, i), keys[k]);
}

static void same(void **state)
{
	(void)state;
	each(check_same);
}

/* Every form can be made of it, and those with a verdict have the one of then. */
static void check_forms(const char *folder, const json_t *kept, const json_t *made)
{
	static const char *const with_verdict[] = { "text",  "json",	"html",
						    "junit", "summary", "result" };
	const struct form *form;
	size_t i;

	(void)made;
	for (i = 0; (form = form_get(i)); i++) {
		_cleanup_free_ char *text = form_print(form->put, kept);

		if (!text || !text[0])
			fail_msg("%s has no form %s", folder, form->name);
	}
	for (i = 0; i < ARRAY_SIZE(with_verdict); i++) {
		_cleanup_free_ char *text = form_print(form_find(with_verdict[i])->put, kept);

		if (!strstr(text, member_text(kept, "verdict")))
			fail_msg("%s: %s is not \"%s\"", folder, with_verdict[i],
				 member_text(kept, "verdict"));
	}
}

static void forms(void **state)
{
	(void)state;
	each(check_forms);
}

static enum diff_result diff(const json_t *a, const json_t *b)
{
	const struct diff_options options = { .threshold = DIFF_THRESHOLD, .strict = true };
	json_t *found = diff_compare(a, b, "a", "b", &options);
	_cleanup_free_ char *text = form_print(diff_put_text, found);
	const enum diff_result result = diff_get_result(found);

	assert_non_null(text);
	json_decref(found);
	return result;
}

static const char *serial(const json_t *report)
{
	return member_text(json_object_get(report, "host"), "serial");
}

/* It can be compared with itself, with its journal and with a report of today, in both directions.
 */
static void check_diff(const char *folder, const json_t *kept, const json_t *made)
{
	json_t *newest = report_load(NEWEST);

	assert_non_null(newest);
	if (diff(kept, kept) != DIFF_SAME || diff(kept, made) != DIFF_SAME)
		fail_msg("%s differs from itself", folder);
	if (strcmp(serial(kept), serial(newest)) == 0 &&
	    (diff(kept, newest) == DIFF_INCOMPARABLE || diff(newest, kept) == DIFF_INCOMPARABLE))
		fail_msg("%s cannot be compared with a report of today", folder);
	json_decref(newest);
}

static void compared(void **state)
{
	(void)state;
	each(check_diff);
}

/* The page of a fleet has all of them: none is bad, and each is a host or older than one. */
static void fleet(void **state)
{
	static int (*const put[])(FILE *f, const json_t *fleet) = { fleet_put_html, fleet_put_csv,
								    fleet_put_metrics,
								    fleet_put_text };
	const json_t *files;
	json_t *all;
	size_t i;

	(void)state;
	assert_int_equal(advice_load(), 0);
	assert_int_equal(fleet_build(KEPT, KEPT, &all), 0);
	files = json_object_get(all, "files");
	assert_int_equal(json_array_size(json_object_get(files, "bad")), 0);
	assert_true(json_integer_value(json_object_get(files, "read")) >= LEAST);
	assert_int_equal(json_integer_value(json_object_get(files, "read")),
			 json_integer_value(json_object_get(files, "older")) +
				 (json_int_t)json_array_size(json_object_get(all, "hosts")));
	for (i = 0; i < ARRAY_SIZE(put); i++) {
		_cleanup_free_ char *text = form_print(put[i], all);

		assert_non_null(text);
		assert_true(text[0] != '\0');
	}
	json_decref(all);
}

/* A certificate of it does not say that the report contradicts itself. */
static void check_certificate(const char *folder, const json_t *kept, const json_t *made)
{
	const struct certificate_source source = { .name = "report.json",
						   .sha256 = "00",
						   .size = 1 };
	json_t *certificate = certificate_make(kept, &source);
	_cleanup_free_ char *text = form_print(certificate_put_text, certificate);
	_cleanup_free_ char *html = form_print(certificate_put_html, certificate);
	char why[200];

	(void)made;
	assert_non_null(text);
	assert_non_null(html);
	if (certificate_contradicts(kept, why, sizeof(why)))
		fail_msg("%s: %s", folder, why);
	if (!strstr(text, member_text(kept, "verdict")))
		fail_msg("%s: the certificate has another verdict", folder);
	json_decref(certificate);
}

static void certificates(void **state)
{
	(void)state;
	each(check_certificate);
}

/* What today's program makes of the journal is valid by today's schema. */
static void valid(void **state)
{
	const struct core_fake *f = *state;
	const struct dirent *entry;
	DIR *dir = opendir(KEPT);
	char path[200];

	assert_non_null(dir);
	assert_int_equal(advice_load(), 0);
	util_format(path, sizeof(path), "%s/made.json", f->path);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *text = NULL;
		json_t *made;

		if (entry->d_name[0] == '.')
			continue;
		made = load(entry->d_name, "journal.jsonl");
		text = form_print(report_put_json, made);
		json_decref(made);
		core_fake_write(f, "made.json", text);
		if (!core_is_valid_json(path, "docs/report.schema.json"))
			fail_msg("%s: not valid by docs/report.schema.json", entry->d_name);
	}
	closedir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same),
		cmocka_unit_test(forms),
		cmocka_unit_test(compared),
		cmocka_unit_test(fleet),
		cmocka_unit_test(certificates),
		cmocka_unit_test_setup_teardown(valid, core_fake_setup, core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
