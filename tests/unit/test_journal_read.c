/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Journals are read piece by piece: the same as from one text, wherever the pieces end.
 */
#include "core_fake.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "journal/item_index.h"
#include "journal/journal.h"
#include "journal/member.h"

#define NAME "x.jsonl"

static void append(json_t *event, void *arg)
{
	json_array_append(arg, event);
}

/* Reads @text as a file, and as a text: both give the same. Returns the number of events. */
static size_t read_both(const struct core_fake *f, const char *text, unsigned int *damaged)
{
	json_t *events = json_array(), *parsed;
	unsigned int parsed_damaged;
	struct journal_damage damage;
	size_t n;

	core_fake_write(f, NAME, text);
	assert_int_equal(journal_read(f->root.fd, NAME, append, events, &damage), 0);
	*damaged = damage.lines;
	parsed = core_parse(text, strlen(text), &parsed_damaged);
	assert_true(json_equal(events, parsed));
	assert_int_equal(*damaged, parsed_damaged);
	n = json_array_size(events);
	json_decref(parsed);
	json_decref(events);
	return n;
}

static void same_as_a_text(void **state)
{
	static const struct {
		const char *text;
		size_t events;
		unsigned int damaged;
	} rows[] = {
		{ "", 0, 0 },
		{ "\n\n", 0, 0 },
		{ "{\"ev\":\"x\"}", 0, 1 },
		{ "{\"ev\":\"x\"}\n", 1, 0 },
		{ "{\"ev\":7}\n[1]\n{\"ev\":\"x\"}\n", 1, 2 },
		{ "\x01\xff\n{\"ev\":\"x\"}\nrubbish\n{\"ev\":\"y\"}\n{\"ev\":", 2, 3 },
	};
	unsigned int damaged;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(read_both(*state, rows[i].text, &damaged), rows[i].events);
		assert_int_equal(damaged, rows[i].damaged);
	}
}

/* A "note" whose line is @len bytes long, the newline counted, at @dst. Returns what follows. */
static char *put_line(char *dst, size_t len)
{
	static const char head[] = "{\"ev\":\"note\",\"text\":\"", tail[] = "\"}\n";
	const size_t n = len - strlen(head) - strlen(tail);

	strcpy(dst, head);
	memset(dst + strlen(head), 'x', n);
	strcpy(dst + strlen(head) + n, tail);
	return dst + len;
}

/* Long lines, too long ones and short ones, over several pieces. */
static void lines_over_pieces(void **state)
{
	static const size_t lens[] = { JOURNAL_MAX_LINE,
				       100,
				       JOURNAL_MAX_LINE,
				       JOURNAL_MAX_LINE + 1,
				       100,
				       JOURNAL_MAX_LINE - 1,
				       JOURNAL_MAX_LINE + 2,
				       3 * JOURNAL_MAX_LINE,
				       100,
				       7 * JOURNAL_MAX_LINE };
	_cleanup_free_ char *text = malloc(32 * JOURNAL_MAX_LINE);
	unsigned int damaged;
	char *p = text;
	size_t i;

	assert_non_null(text);
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		p = put_line(p, lens[i]);
	/* The limit is without the newline: as long as it is too long. */
	assert_int_equal(read_both(*state, text, &damaged), 6);
	assert_int_equal(damaged, 4);
	/* The last one without its end. */
	p[-1] = '\0';
	assert_int_equal(read_both(*state, text, &damaged), 6);
	assert_int_equal(damaged, 4);
	put_line(p - 1, 100);
	p[98] = '\0';
	assert_int_equal(read_both(*state, text, &damaged), 6);
	assert_int_equal(damaged, 4);
}

/* Of a journal that is too long, what fits is read. */
static void too_large(void **state)
{
	const struct core_fake *f = *state;
	static const char line[] = "{\"ev\":\"begin\"}\n";
	_cleanup_close_ int fd = -1;
	json_t *events = json_array();
	struct journal_damage damage;

	core_fake_write(f, NAME, line);
	fd = openat(f->root.fd, NAME, O_WRONLY | O_CLOEXEC);
	/* A hole is one line of NULs, and what is behind the limit is not seen. */
	assert_int_equal(pwrite(fd, "\n", 1, JOURNAL_MAX_SIZE - 1), 1);
	assert_int_equal(pwrite(fd, line, strlen(line), JOURNAL_MAX_SIZE), strlen(line));
	assert_int_equal(journal_read(f->root.fd, NAME, append, events, &damage), 0);
	assert_int_equal(json_array_size(events), 1);
	assert_int_equal(damage.lines, 2);
	assert_string_equal(damage.where, "line 2, all behind 256 MB");
	json_decref(events);
}

static void no_file(void **state)
{
	const struct core_fake *f = *state;
	json_t *events = json_array();
	struct journal_damage damaged;

	assert_int_equal(journal_read(f->root.fd, "none", append, events, &damaged), -ENOENT);
	assert_int_equal(journal_read(f->root.fd, "dev", append, events, &damaged), -EINVAL);
	assert_int_equal(journal_read(-1, NAME, append, events, &damaged), -EBADF);
	assert_null(journal_outline(f->root.fd));
	json_decref(events);
}

/* All that going on with a run needs, and nothing of what items have found. */
static void outline(void **state)
{
	const struct core_fake *f = *state;
	const json_t *end;
	json_t *events;

	core_fake_write(
		f, JOURNAL_NAME,
		"{\"ev\":\"start\",\"host\":{\"serial\":\"1\"}}\n"
		"{\"ev\":\"end\",\"case\":\"a\",\"subject\":\"host\",\"evidence\":[1],"
		"\"kernel_log\":[\"x\"],\"console\":[],\"also\":[],\"verdict\":\"PASS\"}\n");
	events = journal_outline(f->root.fd);
	assert_int_equal(json_array_size(events), 2);
	assert_non_null(json_object_get(journal_first(events, "start"), "host"));
	end = journal_first(events, "end");
	assert_int_equal(json_object_size(end), 4);
	assert_string_equal(member_text(end, "verdict"), "PASS");
	assert_null(journal_first(events, "finish"));
	json_decref(events);
}

static void index_of_items(void **state)
{
	struct item_index x = { 0 };

	(void)state;
	assert_int_equal(item_index_find(&x, "a", "host"), -1);
	assert_int_equal(item_index_add(&x, "a", "host"), 0);
	assert_int_equal(item_index_add(&x, "a", "0000:01:00.0"), 1);
	assert_int_equal(item_index_add(&x, "b", "host"), 2);
	assert_int_equal(item_index_add(&x, "a", "host"), 0);
	assert_int_equal(item_index_add(&x, "", ""), 3);
	assert_int_equal(item_index_find(&x, "b", "host"), 2);
	assert_int_equal(item_index_find(&x, "host", "b"), -1);
	assert_int_equal(item_index_add(&x, "\xff", "host"), -ENOMEM);
	assert_int_equal(x.n, 4);
	item_index_free(&x);
	assert_int_equal(item_index_find(&x, "a", "host"), -1);
}

#define test_with_fake(fn) cmocka_unit_test_setup_teardown(fn, core_fake_setup, core_fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_fake(same_as_a_text), test_with_fake(lines_over_pieces),
		test_with_fake(too_large),	test_with_fake(no_file),
		test_with_fake(outline),	cmocka_unit_test(index_of_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
