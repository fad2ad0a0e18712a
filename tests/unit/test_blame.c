/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What failed, by its cause: groups, their order, what only follows, and how the forms show them.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include "cases/registry.h"
#include "journal/member.h"
#include "model/advice.h"
#include "model/reason.h"
#include "report/blame.h"
#include "report/follow.h"
#include "report/forms.h"

#define HOST "host"
#define UNKNOWN "not known"

/* "0000:01:00.0" to "0000:01:00.7" */
static const char *port(unsigned int i)
{
	static char text[8][16];

	util_format(text[i % 8], sizeof(text[0]), "0000:01:00.%u", i % 8);
	return text[i % 8];
}

static json_t *begin_report(unsigned int ports)
{
	json_t *report = json_pack("{s:[], s:[]}", "items", "nics");
	unsigned int i;

	for (i = 0; i < ports; i++)
		json_array_append_new(json_object_get(report, "nics"),
				      json_pack("{s:s}", "address", port(i)));
	return report;
}

static json_t *add(json_t *report, const char *verdict, const char *id, const char *subject,
		   const char *cause)
{
	json_t *item =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "verdict", verdict, "case",
			  id, "subject", subject, "cause", cause, "fix", "what to do", "label", "",
			  "measured", "what was seen", "required", 1);

	json_array_append_new(json_object_get(report, "items"), item);
	return item;
}

static void add_untried(json_t *report, const char *verdict, const char *id, const char *subject,
			const char *reason)
{
	json_t *item = add(report, verdict, id, subject, "");

	member_set_text(item, "measured", "");
	member_set_text(item, "reason", reason);
}

/* The causes of the report, which are borrowed. */
static const json_t *group(json_t *report)
{
	assert_int_equal(blame_add(report), 0);
	return json_object_get(report, "causes");
}

/* "0 2 | 5": the places of a cause's items, and of what follows. */
static void assert_places(const json_t *causes, size_t number, const char *wanted)
{
	static const char *const keys[] = { "items", "follows" };
	const json_t *cause = json_array_get(causes, number), *place;
	char text[200] = "";
	size_t i, k;

	for (k = 0; k < ARRAY_SIZE(keys); k++) {
		if (k > 0)
			strcat(text, " |");
		json_array_foreach (json_object_get(cause, keys[k]), i, place)
			util_format(text + strlen(text), sizeof(text) - strlen(text), "%s%d",
				    text[0] ? " " : "", (int)json_integer_value(place));
	}
	assert_string_equal(text, wanted);
}

static void assert_extent(const json_t *causes, size_t number, const char *wanted)
{
	char text[300];

	blame_extent(json_array_get(causes, number), text, sizeof(text));
	assert_string_equal(text, wanted);
}

/* One cause on four ports, another one with fewer items, and one that does not decide. */
static void by_cause(void **state)
{
	json_t *report = begin_report(4), *item;
	const json_t *causes;
	char headline[300];
	unsigned int i;

	(void)state;
	add(report, "PASS", "a", HOST, "");
	add(report, "FAIL", "rare", port(0), "a rare one");
	for (i = 0; i < 4; i++) {
		add(report, "FAIL", "b", port(i), "the common one");
		item = add(report, "WARN", "w", port(i), "a warning is none");
		item = add(report, "FAIL", "info", port(i), "does not count");
		member_set_flag(item, "required", false);
		item = add(report, "TIMEOUT", "info2", port(i), "does not count");
		member_set_flag(item, "required", false);
	}
	causes = group(report);
	assert_int_equal(json_array_size(causes), 3);
	assert_places(causes, 0, "2 6 10 14 |");
	assert_places(causes, 1, "1 |");
	assert_places(causes, 2, "4 5 8 9 12 13 16 17 |");
	assert_string_equal(member_text(json_array_get(causes, 0), "cause"), "the common one");
	assert_string_equal(member_text(json_array_get(causes, 0), "fix"), "what to do");
	assert_extent(causes, 0, "4 items, all 4 ports");
	assert_extent(causes, 1, "1 item, port 0000:01:00.0");
	assert_true(blame_headline(report, headline, sizeof(headline)));
	assert_string_equal(headline, "3 causes, 13 items");
	json_decref(report);
}

/* What is not known is no cause that items share: their label is, or what was found. */
static void unknown(void **state)
{
	json_t *report = begin_report(2), *item;
	const json_t *causes;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		item = add(report, "FAIL", "a", port(i), UNKNOWN);
		member_set_text(item, "label", "label_a");
		item = add(report, "FAIL", "b", port(i), UNKNOWN);
		member_set_text(item, "label", "label_b");
		item = add(report, "ERROR", "c", port(i), "");
		member_set_text(item, "measured", "");
		member_set_text(item, "reason", "the disk is full");
		item = add(report, "ERROR", "d", port(i), "");
		member_set_text(item, "measured", "");
		member_set_text(item, "reason", i ? "this" : "that");
	}
	causes = group(report);
	assert_int_equal(json_array_size(causes), 5);
	assert_places(causes, 0, "0 4 |");
	assert_places(causes, 1, "1 5 |");
	assert_places(causes, 2, "2 6 |");
	assert_string_equal(member_text(json_array_get(causes, 0), "label"), "label_a");
	json_decref(report);
}

/* A finding that something else explains only follows from that. */
static void root(void **state)
{
	json_t *report = begin_report(2), *item;
	const json_t *causes;

	(void)state;
	item = add(report, "FAIL", "vfs", port(0), "no firmware");
	member_set_text(item, "label", "vf_create_failed");
	member_set_text(item, "root", "firmware_missing");
	item = add(report, "FAIL", "driver", port(0), "no firmware");
	member_set_text(item, "label", "firmware_missing");
	/* Of an older version. */
	item = add(report, "FAIL", "link", port(1), "no firmware");
	member_set_text(item, "label", "link_down");
	json_object_set_new(item, "also",
			    json_pack("[{s:s}, {s:s}]", "label", "other", "label", "link_down"));
	causes = group(report);
	assert_int_equal(json_array_size(causes), 1);
	assert_places(causes, 0, "1 | 0 2");
	assert_string_equal(member_text(json_array_get(causes, 0), "label"), "firmware_missing");
	assert_extent(causes, 0,
		      "3 items, ports 0000:01:00.0 and 0000:01:00.1; 2 of them only follow");
	/* Nothing shows the root itself: the first that follows stands for it. */
	member_set_text(json_array_get(json_object_get(report, "items"), 1), "verdict", "PASS");
	causes = group(report);
	assert_places(causes, 0, "0 | 2");
	assert_string_equal(member_text(json_array_get(causes, 0), "label"), "firmware_missing");
	json_decref(report);
}

/* What the engine says of items that it has not tried, and what they follow from. */
static void untried(void **state)
{
	json_t *report = begin_report(3), *item;
	const json_t *causes;

	(void)state;
	add(report, "FAIL", "host_iommu_on", HOST, "off");
	add(report, "FAIL", "nic_driver", port(0), "none");
	add(report, "ERROR", "run_two", port(0), "no room");
	item = add(report, "FAIL", "vf_flr", port(1), "gone");
	member_set_text(item, "label", "port_gone");
	add(report, "CRASHED", "vf_max", port(2), "died");
	add_untried(report, "SKIP", "a", port(0), "iommu" REASON_MISSING "no groups");
	add_untried(report, "SKIP", "b", port(0), "pf_driver" REASON_MISSING "has no driver");
	add_untried(report, "SKIP", "b", port(1), "pf_driver" REASON_MISSING "has no driver");
	add_untried(report, "SKIP", "c", port(0), REASON_SEE "run_two");
	add_untried(report, "SKIP", "c", port(1), REASON_SEE "run_two");
	add_untried(report, "SKIP", "d", port(0),
		    "0000:01:00.1, 0000:01:00.2, which was in use beside it," REASON_GONE);
	add_untried(report, "NOTRUN", "e", port(2), "2 items of it have" REASON_DIED "nothing");
	add_untried(report, "NOTRUN", "e", port(0), "2 items of it have" REASON_DIED "nothing");
	add_untried(report, "NOTRUN", "f", port(0), "9 items have" REASON_DIED "the run was ended");
	add_untried(report, "NOTRUN", "g", port(0), "the run ended before it began");
	add_untried(report, "SKIP", "h", port(0), "two_vfs: it has one");
	causes = group(report);
	assert_int_equal(json_array_size(causes), 5);
	assert_places(causes, 0, "4 | 11 13");
	assert_places(causes, 1, "0 | 5");
	assert_places(causes, 2, "1 | 6");
	assert_places(causes, 3, "3 | 10");
	assert_places(causes, 4, "2 | 8"); /* only an error */
	assert_extent(causes, 1, "2 items, host, port 0000:01:00.0; 1 of them only follows");
	json_decref(report);
}

/* The cases that show whether a requirement is met are cases. */
static void requirements(void **state)
{
	static const char *const names[] = { "iommu", "kvm", "irq_remap", "pf_driver", "link" };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const struct case_def *def;
		const char *id = follow_case_of(names[i]);
		bool found = false, needed = false;

		for (k = 0; (def = case_table_get(&registry, k)); k++) {
			unsigned int n;

			found |= id && strcmp(def->id, id) == 0;
			for (n = 0; n < CASE_MAX_NEEDS && def->needs[n]; n++)
				needed |= strcmp(def->needs[n]->name, names[i]) == 0;
		}
		if (!found || !needed)
			fail_msg("%s: %s", names[i], id ? id : "no case");
	}
	assert_null(follow_case_of("two_vfs"));
}

static const struct {
	unsigned int ports; /* that have items */
	const char *bad; /* those with the failure, a digit each, 'h': the host */
	const char *where;
} places[] = {
	{ 1, "h", "host" },
	{ 1, "0", "port 0000:01:00.0" },
	{ 2, "01", "ports 0000:01:00.0 and 0000:01:00.1" },
	{ 3, "012", "all 3 ports" },
	{ 8, "3541", "ports 0000:01:00.1, 0000:01:00.3, 0000:01:00.4 and 0000:01:00.5" },
	{ 8, "5234", "ports 0000:01:00.2 to 0000:01:00.5" },
	{ 8, "012357", "ports 0000:01:00.0, 0000:01:00.1, 0000:01:00.2 and 3 more" },
	{ 2, "h1", "host, port 0000:01:00.1" },
	{ 4, "00112", "ports 0000:01:00.0 to 0000:01:00.2" },
};

static void where(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		json_t *report = begin_report(8);
		const json_t *causes;

		for (k = 0; k < places[i].ports; k++)
			add(report, "PASS", "good", port((unsigned int)k), "");
		for (k = 0; places[i].bad[k]; k++)
			add(report, "FAIL", "bad",
			    places[i].bad[k] == 'h' ? HOST
						    : port((unsigned int)(places[i].bad[k] - '0')),
			    "x");
		causes = group(report);
		assert_string_equal(member_text(json_array_get(causes, 0), "where"),
				    places[i].where);
		json_decref(report);
	}
}

/* Where no port reaches memory, the platform is the root, whatever each item says. */
static void platform(void **state)
{
	json_t *report = begin_report(3), *item;
	const json_t *causes, *first;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		item = add(report, "FAIL", "nic_traffic", port(i), "no DMA");
		member_set_text(item, "label", "pf_no_dma");
	}
	item = add(report, "FAIL", "nic_driver", port(2), "hangs");
	member_set_text(item, "label", "driver_hangs");
	add(report, "FAIL", "other", port(2), "hangs");
	causes = group(report);
	first = json_array_get(causes, 0);
	assert_places(causes, 0, "0 1 2 |");
	assert_string_equal(member_text(first, "label"), "platform");
	assert_non_null(strstr(member_text(first, "cause"), "does not get through"));
	assert_places(causes, 1, "3 |");
	json_decref(report);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		n++;
	return n;
}

static json_t *many(void)
{
	json_t *report = begin_report(4);
	unsigned int i;

	add(report, "PASS", "host_ok", HOST, "");
	for (i = 0; i < 4; i++) {
		add(report, "FAIL", "nic_driver", port(i), "THE CAUSE");
		add_untried(report, "SKIP", "after", port(i), "pf_driver" REASON_MISSING "none");
	}
	assert_int_equal(blame_add(report), 0);
	return report;
}

/* The cause is told once; what is folded is a line with a count. */
static void in_text(void **state)
{
	json_t *report = many();
	_cleanup_free_ char *summary = form_print(report_put_summary, report);
	_cleanup_free_ char *text = form_print(report_put_text, report);

	(void)state;
	assert_int_equal(count(summary, "   cause: THE CAUSE"), 1);
	assert_int_equal(count(summary, "8 items, all 4 ports; 4 of them only follow"), 1);
	assert_int_equal(count(summary, "FAIL nic_driver"), 1);
	assert_non_null(strstr(text, "Causes        1 cause, 8 items, all 4 ports\n"));
	assert_int_equal(count(text, "   and 3 more with this cause: 3 FAIL\n"), 1);
	assert_int_equal(count(text, "   4 only follow from it: 4 SKIP\n"), 1);
	/* In the details: the first, and a line for each other. */
	assert_int_equal(count(text, "  cause       THE CAUSE"), 1);
	assert_int_equal(count(text, "  cause       number 1 of the causes above"), 7);
	assert_null(strstr(summary, "number 1"));
	json_decref(report);
}

static void in_html(void **state)
{
	json_t *report = many();
	_cleanup_free_ char *text = form_print(report_put_html, report);
	const char *fold = strstr(text, "<details class=\"fold\"><summary>3 more with this cause");
	const char *follows =
		strstr(text, "<details class=\"fold\"><summary>4 only follow from it</summary>");
	const char *first = strstr(text, "<article class=\"FAIL\">");

	(void)state;
	assert_non_null(strstr(text, "<h2>Failures: 1 cause, 8 items, all 4 ports</h2>"));
	assert_true(first && fold > first && follows > fold);
	assert_int_equal(count(text, "<article "), 4);
	/* Only the first is not folded. */
	assert_null(strstr(strstr(first + 1, "<article ") < fold ? "<article" : "", "<article"));
	assert_int_equal(count(follows, "<li><span class=\"v SKIP\">SKIP</span>"), 4);
	json_decref(report);
}

/* Reports of older versions, and those whose causes do not fit their items, get causes anew. */
static void loaded(void **state)
{
	struct core_fake *f = *state;
	json_t *report = many(), *old = json_copy(report), *again;
	_cleanup_free_ char *text = NULL;
	char path[128];

	member_set_text(old, "schema", REPORT_SCHEMA);
	json_object_set_new(
		old, "causes",
		json_pack("[{s:[i, i, s], s:i}, i]", "items", -1, INT32_MAX, "x", "follows", 3, 7));
	text = json_dumps(old, 0);
	core_fake_write(f, "report.json", text);
	util_format(path, sizeof(path), "%s/report.json", f->path);
	again = report_load(path);
	assert_non_null(again);
	assert_true(
		json_equal(json_object_get(again, "causes"), json_object_get(report, "causes")));
	json_decref(again);
	json_decref(old);
	json_decref(report);
}

static int load_advice(void **state)
{
	(void)state;
	return advice_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_cause),
		cmocka_unit_test(unknown),
		cmocka_unit_test(root),
		cmocka_unit_test(untried),
		cmocka_unit_test(requirements),
		cmocka_unit_test(where),
		cmocka_unit_test(platform),
		cmocka_unit_test(in_text),
		cmocka_unit_test(in_html),
		cmocka_unit_test_setup_teardown(loaded, core_fake_setup, core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, load_advice, NULL);
}
