/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: appended, cut off, damaged, closed again.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/member.h"
#include "model/advice.h"
#include "journal/journal.h"
#include "report/forms.h"
#include "report/report.h"
#include "journal/store.h"

#define JOURNAL STORE_MEMORY "/" JOURNAL_NAME

static int open_dir(const struct core_fake *f)
{
	int fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Formats and writes an event. */
static int append(struct journal *j, const char *ev, json_t *obj)
{
	_cleanup_free_ char *line = NULL;
	size_t len;
	int ret = journal_format(&j->chain, ev, obj, &line, &len);

	return ret < 0 ? ret : journal_write(j, line, len);
}

static void append_and_parse(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open_dir(f);
	_cleanup_free_ char *text = NULL;
	unsigned int damaged = 9;
	struct journal j;
	json_t *events;

	assert_int_equal(journal_open(&j, dir), 0);
	assert_int_equal(append(&j, "note", json_pack("{s:s}", "text", "a\nb")), 0);
	assert_int_equal(append(&j, "finish", json_object()), 0);
	journal_close(&j);
	text = core_fake_read(f, JOURNAL_NAME);
	strcat(text, "\n"); /* core_fake_read() took the last one off */
	events = core_parse(text, strlen(text), &damaged);
	assert_int_equal(json_array_size(events), 2);
	assert_int_equal(damaged, 0);
	assert_string_equal(member_text(json_array_get(events, 0), "text"), "a\nb");
	assert_string_equal(member_text(json_array_get(events, 1), "ev"), "finish");
	json_decref(events);
}

/* Lines come into space that is set aside; what a power cut has left of it is given back. */
static void space_is_given_back(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open_dir(f);
	struct stat used, trimmed;
	struct journal j;

	journal_trim(dir); /* there is none */
	assert_int_equal(journal_open(&j, dir), 0);
	assert_int_equal(append(&j, "finish", json_object()), 0);
	journal_close(&j);
	assert_int_equal(fstatat(dir, JOURNAL_NAME, &used, 0), 0);
	journal_trim(dir);
	assert_int_equal(fstatat(dir, JOURNAL_NAME, &trimmed, 0), 0);
	assert_int_equal(trimmed.st_size, used.st_size);
	assert_true(used.st_blocks * 512 >= 256 << 10);
	assert_true(trimmed.st_blocks * 512 <= 4096);
}

static void cut_line_is_closed(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open_dir(f);
	json_t *events, *report;
	struct journal j;
	size_t n;

	core_fake_write(f, JOURNAL_NAME, "{\"ev\":\"begin\",\"case\":\"a\"}\n{\"ev\":\"en");
	assert_int_equal(journal_open(&j, dir), 0);
	assert_int_equal(append(&j, "finish", json_object()), 0);
	journal_close(&j);
	events = journal_outline(dir);
	assert_int_equal(json_array_size(events), 3);
	assert_int_equal(report_read_journal(dir, JOURNAL_NAME, &report, &n), 0);
	assert_int_equal(n, 3);
	assert_true(member_flag(report, "journal_damaged"));
	json_decref(report);
	assert_string_equal(member_text(json_array_get(events, 1), "ev"), "cut");
	assert_string_equal(member_text(json_array_get(events, 2), "ev"), "finish");
	json_decref(events);
}

static void damaged_lines(void **state)
{
	static const struct {
		const char *text;
		size_t events;
		unsigned int damaged;
	} rows[] = {
		{ "", 0, 0 },
		{ "\n\n", 0, 0 },
		{ "{\"ev\":\"x\"}", 0, 1 }, /* whole, but its end was never written */
		{ "{\"ev\":\"x\"}\n", 1, 0 },
		{ "{\"ev\":7}\n", 0, 1 },
		{ "[1]\n", 0, 1 },
		{ "{\"ev\":\"x\",\"ev\":\"y\"}\n", 0, 1 },
		{ "\x01\xff\n{\"ev\":\"x\"}\nrubbish\n", 1, 2 },
		{ "{\"ev\":\"\xff\"}\n", 0, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int damaged;
		json_t *events = core_parse(rows[i].text, strlen(rows[i].text), &damaged);

		if (json_array_size(events) != rows[i].events || damaged != rows[i].damaged)
			fail_msg("row %zu: %zu events, %u damaged", i, json_array_size(events),
				 damaged);
		json_decref(events);
	}
}

static void too_long(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open_dir(f);
	_cleanup_free_ char *text = malloc(JOURNAL_MAX_LINE + 1);
	struct journal j;

	memset(text, 'x', JOURNAL_MAX_LINE);
	text[JOURNAL_MAX_LINE] = '\0';
	assert_int_equal(journal_open(&j, dir), 0);
	assert_int_equal(append(&j, "note", json_pack("{s:s}", "text", text)), -EMSGSIZE);
	journal_close(&j);
}

/* A journal that ends well: every prefix of it gives a report, and no prefix is QUALIFIED. */
static void cut_at_every_byte(void **state)
{
	static const char text[] =
		"{\"ev\":\"start\",\"time\":\"2025-01-02T03:04:05Z\",\"host\":{},\"iommu\":{},"
		"\"settings\":{\"fault\":\"none\",\"problems\":[]},"
		"\"unsafe_interrupts\":false,\"build\":{\"revision\":\"r\"}}\n"
		"{\"ev\":\"run\",\"nics\":[],\"left_out\":0,\"plan\":[{\"case\":"
		"\"a\","
		"\"subject\":\"host\"},{\"case\":\"b\",\"subject\":\"0000:01:00.0\"}]}\n"
		"{\"ev\":\"begin\",\"case\":\"a\",\"subject\":\"host\"}\n"
		"{\"ev\":\"end\",\"case\":\"a\",\"subject\":\"host\",\"verdict\":\"PASS\"}\n"
		"{\"ev\":\"begin\",\"case\":\"b\",\"subject\":\"0000:01:00.0\"}\n"
		"{\"ev\":\"end\",\"case\":\"b\",\"subject\":\"0000:01:00.0\",\"verdict\":\"PASS\"}"
		"\n"
		"{\"ev\":\"finish\",\"time\":\"2025-01-02T03:04:06Z\"}\n";
	const char *begun = strstr(text, "{\"ev\":\"end\",\"case\":\"b\"");
	size_t len;

	(void)state;
	assert_int_equal(advice_load(), 0);
	for (len = 0; len <= strlen(text); len++) {
		unsigned int damaged;
		json_t *events = core_parse(text, len, &damaged);
		json_t *report = core_report(events, damaged);
		_cleanup_free_ char *summary = form_print(report_put_summary, report);
		bool unsafe;
		enum run_verdict v = report_verdict(report, &unsafe);

		assert_non_null(summary);
		if (len == strlen(text))
			assert_int_equal(v, RUN_QUALIFIED);
		else
			assert_int_not_equal(v, RUN_QUALIFIED);
		/* Begun and not ended is a crash, from the first to the last byte of the "end". */
		if (text + len >= begun && text + len <= strstr(begun, "\n"))
			assert_int_equal(v, RUN_NOT_QUALIFIED);
		json_decref(report);
		json_decref(events);
	}
}

static void store_in_memory(void **state)
{
	struct core_fake *f = *state;
	struct store s;
	bool unfinished;
	json_t *events;
	char where[64];

	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_false(unfinished);
	_cleanup_free_ char *current = core_fake_read(f, STORE_RUN "/current");
	assert_non_null(strstr(current, "/" STORE_MEMORY));
	assert_int_equal(store_append(&s, "start", json_object()), 0);
	store_note(&s, true, "%s", "something\xff");
	store_close(&s);

	/* The same boot: it goes on. */
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_true(unfinished);
	assert_int_equal(store_append(&s, "finish", json_object()), 0);
	events = core_events(&s);
	assert_int_equal(json_array_size(events), 3);
	assert_string_equal(member_text(json_array_get(events, 1), "text"), "something?");
	json_decref(events);
	store_describe(&s, where, sizeof(where));
	assert_non_null(strstr(where, "no stick"));
	store_close(&s);

	/* A finished one is not gone on with. */
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_false(unfinished);
	events = core_events(&s);
	assert_int_equal(json_array_size(events), 0);
	json_decref(events);
	store_close(&s);
}

static int put_text(FILE *f, const json_t *value)
{
	fputs(json_string_value(value), f);
	return 0;
}

static void store_with_stick(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *memory = NULL, *stick = NULL, *current = NULL;
	_cleanup_close_ int dir = open_dir(f);
	struct store s;
	bool unfinished;
	json_t *text;

	text = json_string("hello");
	core_fake_write(f, "reports/x/vfproof.txt", "");
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	store_note(&s, false, "early");
	assert_int_equal(store_use_stick(&s, dir, "reports/x"), 0);
	assert_int_equal(store_append(&s, "start", json_object()), 0);
	memory = core_fake_read(f, JOURNAL);
	stick = core_fake_read(f, "reports/x/" JOURNAL_NAME);
	assert_non_null(strstr(stick, "early"));
	assert_non_null(strstr(stick, "\"start\""));
	assert_non_null(strstr(memory, "\"start\""));
	current = core_fake_read(f, STORE_RUN "/current");
	assert_non_null(strstr(current, STORE_STICK "/reports/x"));
	assert_int_equal(store_write(&s, "report.txt", put_text, text), 0);
	core_assert_file(f, "reports/x/report.txt", "hello");
	core_assert_file(f, STORE_MEMORY "/report.txt", "hello");
	json_decref(text);
	store_close(&s);
}

/* After a reboot the memory is empty, and the stick's journal is gone on with. */
static void store_resumed_from_stick(void **state)
{
	struct core_fake *f = *state;
	_cleanup_close_ int dir = open_dir(f);
	struct store s;
	bool unfinished;
	json_t *events;

	core_fake_write(f, "reports/x/" JOURNAL_NAME, "{\"ev\":\"start\"}\n{\"ev\":\"be");
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_int_equal(store_use_stick(&s, dir, "reports/x"), 0);
	assert_int_equal(store_append(&s, "resume", json_object()), 0);
	events = core_events(&s);
	assert_int_equal(json_array_size(events), 3);
	assert_string_equal(member_text(json_array_get(events, 0), "ev"), "start");
	assert_string_equal(member_text(json_array_get(events, 1), "ev"), "cut");
	assert_string_equal(member_text(json_array_get(events, 2), "ev"), "resume");
	assert_true(journal_is_unfinished(events));
	json_decref(events);
	store_close(&s);
}

/* The stick is pulled out: the run goes on, and the report says so. */
static void store_loses_stick(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *memory = NULL, *current = NULL;
	_cleanup_close_ int dir = open_dir(f);
	struct store s;
	bool unfinished;

	core_fake_write(f, "reports/x/vfproof.txt", "");
	assert_int_equal(store_open(&s, &f->root, &unfinished), 0);
	assert_int_equal(store_use_stick(&s, dir, "reports/x"), 0);
	close(s.stick.fd);
	s.stick.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(store_append(&s, "start", json_object()), 0);
	assert_int_equal(s.stick.fd, -1);
	assert_int_equal(store_append(&s, "finish", json_object()), 0);
	memory = core_fake_read(f, JOURNAL);
	assert_non_null(strstr(memory, "the stick failed during the run"));
	assert_non_null(strstr(memory, "\"finish\""));
	current = core_fake_read(f, STORE_RUN "/current");
	assert_null(strstr(current, STORE_STICK));
	store_close(&s);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_fake(append_and_parse),
		test_with_fake(space_is_given_back),
		test_with_fake(cut_line_is_closed),
		cmocka_unit_test(damaged_lines),
		test_with_fake(too_long),
		cmocka_unit_test(cut_at_every_byte),
		test_with_fake(store_in_memory),
		test_with_fake(store_with_stick),
		test_with_fake(store_resumed_from_stick),
		test_with_fake(store_loses_stick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
