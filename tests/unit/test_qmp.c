/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The QMP parser: whole and cut input, order, bounds, nonsense. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "vm/qmp.h"

static int feed(struct qmp *q, const char *text)
{
	return qmp_feed(q, text, strlen(text));
}

static void test_greeting_and_reply(void **state)
{
	const char *text = "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n"
			   "{\"return\": {\"a\": 7}, \"id\": 3}\r\n";
	struct qmp q = { 0 };
	json_t *reply;

	(void)state;
	/* Byte by byte: no assumption about how the stream is cut. */
	for (const char *p = text; *p; p++) {
		assert_false(q.greeted && p < strchr(text, '\n'));
		assert_int_equal(qmp_feed(&q, p, 1), 0);
	}
	assert_true(q.greeted);
	reply = qmp_take_reply(&q, 3);
	assert_non_null(reply);
	assert_null(qmp_reply_error(reply));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(reply, "return"), "a")),
			 7);
	json_decref(reply);
	assert_null(qmp_take_reply(&q, 3));
	qmp_free(&q);
}

static void test_reply_to_another_command_is_dropped(void **state)
{
	struct qmp q = { 0 };

	(void)state;
	assert_int_equal(feed(&q, "{\"return\": {}, \"id\": 1}\n"), 0);
	assert_null(qmp_take_reply(&q, 2));
	assert_null(qmp_take_reply(&q, 1));
	qmp_free(&q);
}

static void test_error_reply(void **state)
{
	struct qmp q = { 0 };
	json_t *reply;

	(void)state;
	assert_int_equal(feed(&q, "{\"id\": 1, \"error\": {\"class\": \"GenericError\", "
				  "\"desc\": \"Bus 'rp9' not found\"}}\n"),
			 0);
	reply = qmp_take_reply(&q, 1);
	assert_string_equal(qmp_reply_error(reply), "Bus 'rp9' not found");
	assert_string_equal(qmp_reply_class(reply), "GenericError");
	json_decref(reply);
	assert_int_equal(feed(&q, "{\"id\": 2, \"error\": 5}\n"), 0);
	reply = qmp_take_reply(&q, 2);
	assert_non_null(qmp_reply_error(reply));
	assert_string_equal(qmp_reply_class(reply), "");
	json_decref(reply);
	qmp_free(&q);
}

static void test_events_in_order_and_bounded(void **state)
{
	struct qmp q = { 0 };
	json_t *event;
	char line[80];

	(void)state;
	assert_int_equal(feed(&q, "{\"event\": \"RESET\"}\n{\"event\": \"STOP\"}\n"), 0);
	event = qmp_take_event(&q, "STOP", NULL);
	assert_non_null(event);
	json_decref(event);
	assert_null(qmp_take_event(&q, "STOP", NULL));
	/* With RESET still there, one too many: the oldest goes. */
	for (unsigned int i = 0; i < QMP_MAX_EVENTS; i++) {
		snprintf(line, sizeof(line), "{\"event\": \"E\", \"data\": {\"n\": %u}}\n", i);
		assert_int_equal(feed(&q, line), 0);
	}
	assert_null(qmp_take_event(&q, "RESET", NULL));
	for (unsigned int i = 0; i < QMP_MAX_EVENTS; i++) {
		event = qmp_take_event(&q, "E", NULL);
		assert_int_equal(
			json_integer_value(json_object_get(json_object_get(event, "data"), "n")),
			i);
		json_decref(event);
	}
	assert_null(qmp_take_event(&q, "E", NULL));
	qmp_free(&q);
}

static void test_event_of_a_device(void **state)
{
	struct qmp q = { 0 };
	json_t *event;

	(void)state;
	/* A device's parts go first, without an id of their own. */
	assert_int_equal(feed(&q, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/p\"}}\n"
				  "{\"event\": \"DEVICE_DELETED\", \"data\": "
				  "{\"device\": \"b\", \"path\": \"/b\"}}\n"
				  "{\"event\": \"DEVICE_DELETED\", \"data\": "
				  "{\"device\": \"a\", \"path\": \"/a\"}}\n"),
			 0);
	event = qmp_take_event(&q, "DEVICE_DELETED", "a");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(event, "data"), "path")), "/a");
	json_decref(event);
	assert_null(qmp_take_event(&q, "DEVICE_DELETED", "a"));
	assert_null(qmp_take_event(&q, "RESET", "b"));
	event = qmp_take_event(&q, "DEVICE_DELETED", "b");
	assert_non_null(event);
	json_decref(event);
	assert_int_equal(q.n_events, 1);
	qmp_free(&q);
}

static void test_nonsense(void **state)
{
	static const char *const bad[] = { "{\n",     "[1]\n",	 "\"QMP\"\n",
					   "hello\n", "{} {}\n", "{\"a\": 1, \"a\": 2}\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct qmp q = { 0 };

		assert_int_equal(feed(&q, bad[i]), -EPROTO);
		qmp_free(&q);
	}
}

static void test_line_is_bounded(void **state)
{
	struct qmp q = { 0 };
	char part[4096];
	int ret = 0;
	unsigned int fed = 0;

	(void)state;
	memset(part, ' ', sizeof(part));
	for (; ret == 0 && fed <= QMP_MAX_LINE; fed += sizeof(part))
		ret = qmp_feed(&q, part, sizeof(part));
	assert_int_equal(ret, -EPROTO);
	assert_true(fed > QMP_MAX_LINE);
	assert_true(q.size <= QMP_MAX_LINE);
	qmp_free(&q);
}

static void test_format(void **state)
{
	json_t *args = json_pack("{s:s}", "id", "a\nb");
	char *line = qmp_format("device_del", args, 9);
	json_t *back;

	(void)state;
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	back = json_loads(line, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(back, "execute")), "device_del");
	assert_int_equal(json_integer_value(json_object_get(back, "id")), 9);
	assert_true(json_equal(json_object_get(back, "arguments"), args));
	json_decref(back);
	json_decref(args);
	free(line);
	line = qmp_format("quit", NULL, 1);
	assert_null(strstr(line, "arguments"));
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting_and_reply),
		cmocka_unit_test(test_reply_to_another_command_is_dropped),
		cmocka_unit_test(test_error_reply),
		cmocka_unit_test(test_events_in_order_and_bounded),
		cmocka_unit_test(test_event_of_a_device),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_line_is_bounded),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
