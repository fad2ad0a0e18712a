/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of a journal's lines: whatever bit is flipped, whatever line is lost, it is noticed,
 * named, and blamed on nobody.
 */
#include "core_fake.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/crc32c.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "journal/store.h"
#include "model/advice.h"
#include "report/report.h"

#define JOURNAL STORE_MEMORY "/" JOURNAL_NAME
#define MAX_LINES 16

static json_t *item(const char *id, const char *verdict)
{
	json_t *obj =
		json_pack("{s:s, s:s}", "case", id, "subject", id[0] == 'a' ? "host" : FAKE_PF);

	if (verdict)
		member_set_text(obj, "verdict", verdict);
	return obj;
}

/* A run of two items, as the store writes it. */
static void write_journal(const struct core_fake *f)
{
	struct store s;
	bool unfinished;

	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_int_equal(store_append(&s, "start",
				      json_pack("{s:s, s:{}, s:{}, s:{s:s, s:[]}, s:b, s:{s:s}}",
						"time", "2025-01-02T03:04:05Z", "host", "iommu",
						"settings", "fault", "none", "problems",
						"unsafe_interrupts", 0, "build", "revision", "r")),
			 0);
	assert_int_equal(store_append(&s, "run",
				      json_pack("{s:[], s:i, s:[{s:s, s:s}, {s:s, s:s}]}", "nics",
						"left_out", 0, "plan", "case", "a", "subject",
						"host", "case", "b", "subject", FAKE_PF)),
			 0);
	assert_int_equal(store_append(&s, "begin", item("a", NULL)), 0);
	assert_int_equal(store_append(&s, "end", item("a", "PASS")), 0);
	assert_int_equal(store_append(&s, "begin", item("b", NULL)), 0);
	assert_int_equal(store_append(&s, "end", item("b", "PASS")), 0);
	assert_int_equal(store_append(&s, "finish", json_object()), 0);
	store_close(&s);
}

/* The text of the journal with its last newline. Caller frees. */
static char *read_journal(const struct core_fake *f, size_t *len)
{
	char *text = NULL;

	assert_int_equal(sysroot_slurp(&f->root, &text, len, 1 << 20, JOURNAL), 0);
	return text;
}

static json_t *report_of(const struct core_fake *f, const char *text, size_t len)
{
	_cleanup_close_ int fd =
		openat(f->root.fd, "x.jsonl", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	json_t *report;
	size_t n;

	assert_int_equal(util_write_all(fd, text, len), 0);
	assert_int_equal(report_read_journal(f->root.fd, "x.jsonl", &report, &n), 0);
	assert_non_null(report);
	return report;
}

static unsigned int count_items(const json_t *report, const char *verdict)
{
	const json_t *i;
	unsigned int n = 0;
	size_t k;

	json_array_foreach (json_object_get(report, "items"), k, i)
		n += strcmp(member_text(i, "verdict"), verdict) == 0;
	return n;
}

static bool has_reason(const json_t *report, const char *text)
{
	const json_t *reason;
	size_t i;

	json_array_foreach (json_object_get(report, "verdict_reasons"), i, reason)
		if (strstr(json_string_value(reason), text))
			return true;
	return false;
}

/* The lines of a text; *n of them, each with its newline. */
static void split(const char *text, size_t len, const char *lines[MAX_LINES + 1], size_t *n)
{
	const char *end = text + len;

	for (*n = 0; text < end; (*n)++) {
		assert_true(*n < MAX_LINES);
		lines[*n] = text;
		text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
	}
	lines[*n] = end;
}

static void known_value(void **state)
{
	(void)state;
	assert_int_equal(crc32c_add(0, "123456789", 9), 0xe3069283); /* RFC 3720's polynomial */
	assert_int_equal(crc32c_add(crc32c_add(0, "1234", 4), "56789", 5), 0xe3069283);
}

static void whole(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	json_t *report;
	size_t len;

	write_journal(f);
	text = read_journal(f, &len);
	assert_int_equal(strncmp(text, "{\"version\":2,\"ev\":\"journal\"", 27), 0);
	report = report_of(f, text, len);
	assert_string_equal(member_text(report, "verdict"), "QUALIFIED");
	assert_false(member_flag(report, "journal_damaged"));
	json_decref(report);
}

static void each_bit(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	size_t len, i;
	int bit;

	write_journal(f);
	text = read_journal(f, &len);
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit += 1 + (i % 3 != 0) * 3) {
			json_t *report;

			text[i] ^= (char)(1 << bit);
			report = report_of(f, text, len);
			text[i] ^= (char)(1 << bit);
			if (!member_flag(report, "journal_damaged") ||
			    strcmp(member_text(report, "verdict"), "INCOMPLETE") != 0 ||
			    count_items(report, "CRASHED") > 0)
				fail_msg("bit %d of byte %zu: %s", bit, i,
					 member_text(report, "verdict"));
			json_decref(report);
		}
}

/* All but the first and the last can be missed by what follows; the last one is the "finish". */
static void each_line_lost(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL, *less = NULL;
	const char *lines[MAX_LINES + 1];
	char where[64];
	size_t len, n, i;

	write_journal(f);
	text = read_journal(f, &len);
	split(text, len, lines, &n);
	less = malloc(len);
	for (i = 0; i < n; i++) {
		const size_t before = (size_t)(lines[i] - text);
		const size_t after = (size_t)(text + len - lines[i + 1]);
		json_t *report;

		memcpy(less, text, before);
		memcpy(less + before, lines[i + 1], after);
		report = report_of(f, less, before + after);
		assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
		assert_int_equal(count_items(report, "CRASHED"), 0);
		util_format(where, sizeof(where), "lines before line %zu", i + 1);
		if (i + 1 < n && !has_reason(report, where))
			fail_msg("line %zu is lost, and not missed", i + 1);
		json_decref(report);
	}
}

/* The end of the first item is damaged: it did not crash, and the second one is what it was. */
static void blame(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	json_t *report, *a;
	size_t len;

	write_journal(f);
	text = read_journal(f, &len);
	memcpy(strstr(text, "PASS"), "FAIL", 4);
	report = report_of(f, text, len);
	a = json_array_get(json_object_get(report, "items"), 0);
	assert_string_equal(member_text(a, "verdict"), "ERROR");
	assert_non_null(strstr(member_text(a, "reason"), "journal is damaged"));
	assert_int_equal(count_items(report, "PASS"), 1);
	assert_true(has_reason(report, "the journal is damaged: 1 line cannot be read or is "
				       "missing: line 5"));
	json_decref(report);
}

/* A cut line, as the host died: that is a crash, also when the run was gone on with. */
static void cut_and_gone_on(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	struct store s;
	bool unfinished;
	json_t *report;
	size_t len, n;

	write_journal(f);
	text = read_journal(f, &len);
	*(strstr(text, "PASS") + 2) = '\0';
	core_fake_write(f, JOURNAL, text);
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_true(unfinished);
	store_note(&s, true, "given up");
	assert_int_equal(store_append(&s, "finish", json_object()), 0);
	store_close(&s);
	assert_int_equal(report_read_journal(f->root.fd, JOURNAL, &report, &n), 0);
	assert_int_equal(count_items(report, "CRASHED"), 1);
	assert_int_equal(count_items(report, "NOTRUN"), 1);
	assert_true(has_reason(report, ": line 5"));
	json_decref(report);
}

/* Old data that a file system shows after a power cut: a line of another run, sound in itself. */
static void line_of_another_run(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *one = NULL, *other = NULL, *mixed = NULL;
	const char *lines[MAX_LINES + 1], *others[MAX_LINES + 1];
	size_t len, other_len, n, m, used = 0, i;
	json_t *report;

	write_journal(f);
	one = read_journal(f, &len);
	assert_int_equal(unlinkat(f->root.fd, JOURNAL, 0), 0);
	write_journal(f);
	other = read_journal(f, &other_len);
	split(one, len, lines, &n);
	split(other, other_len, others, &m);
	mixed = malloc(len + other_len);
	for (i = 0; i < n; i++) {
		const char **from = i < 5 ? lines : others;

		memcpy(mixed + used, from[i], (size_t)(from[i + 1] - from[i]));
		used += (size_t)(from[i + 1] - from[i]);
	}
	report = report_of(f, mixed, used);
	assert_string_equal(member_text(report, "verdict"), "INCOMPLETE");
	assert_int_equal(count_items(report, "PASS"), 1);
	assert_true(has_reason(report, "the run did not finish"));
	json_decref(report);
}

/* Without sums a journal is read only if it has none from its first line on. */
static void versions(void **state)
{
	static const char v1[] = "{\"ev\":\"note\",\"text\":\"a\"}\n{\"ev\":\"finish\"}\n";
	struct core_fake *f = *state;
	_cleanup_free_ char *text = NULL;
	unsigned int damaged;
	json_t *events = core_parse(v1, strlen(v1), &damaged);
	size_t len, n;
	const char *lines[MAX_LINES + 1];

	assert_int_equal(damaged, 0);
	assert_int_equal(json_array_size(events), 2);
	json_decref(events);
	write_journal(f);
	text = read_journal(f, &len);
	text = realloc(text, len + sizeof(v1));
	memcpy(text + len, v1, sizeof(v1));
	events = core_parse(text, strlen(text), &damaged);
	assert_int_equal(damaged, 2);
	split(text, len, lines, &n);
	assert_int_equal(json_array_size(events), n - 1);
	json_decref(events);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

static int load_tables(void **state)
{
	(void)state;
	return advice_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_value),
		test_with_fake(whole),
		test_with_fake(each_bit),
		test_with_fake(each_line_lost),
		test_with_fake(blame),
		test_with_fake(cut_and_gone_on),
		test_with_fake(line_of_another_run),
		test_with_fake(versions),
	};

	return cmocka_run_group_tests(tests, load_tables, NULL);
}
