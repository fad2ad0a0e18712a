/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's screen as it is drawn, against the pictures in tests/fixtures/screen/ (made anew
 * by: build/unit/test_screen --write).
 */
#include "core_fake.h"
#include "screen_events.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "journal/journal.h"
#include "journal/member.h"
#include "model/advice.h"
#include "report/report.h"
#include "screen/draw_screen.h"

#define FIXTURES "tests/fixtures/screen/"

static bool write_fixtures;

/* A cell as a character; blocks for the cells of a QR code. */
static const char *shown_of(const struct cell *cell)
{
	static char text[2];

	if (cell->ch == CELLS_LOWER_HALF)
		return cell->attr == ATTR(GREY, BLACK) ? "\u2584" : "\u2580";
	if (cell->ch == ' ' && cell->attr == ATTR(GREY, GREY))
		return "\u2588";
	assert_true(cell->ch >= ' ' && cell->ch <= '~');
	text[0] = cell->ch;
	return text;
}

/* The characters of the screen, a line each, without the blanks at the end. */
static char *cells_text_of(const struct cells *c)
{
	char *text = NULL;
	unsigned int row, col;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	for (row = 0; row < c->rows; row++) {
		char line[3 * CELLS_MAX_COLUMNS + 1] = "";

		for (col = 0; col < c->cols; col++)
			strcat(line, shown_of(&c->cell[row * c->cols + col]));
		fprintf(f, "%s\n", util_trim(line));
	}
	fclose(f);
	return text;
}

static void assert_picture(const struct cells *c, const char *name)
{
	_cleanup_free_ char *text = cells_text_of(c), *wanted = NULL;
	char path[128];
	size_t len;
	int fd;

	util_format(path, sizeof(path), FIXTURES "%s-%ux%u.txt", name, c->cols, c->rows);
	if (write_fixtures) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		assert_true(fd >= 0 && util_write_all(fd, text, strlen(text)) == 0);
		close(fd);
		return;
	}
	assert_int_equal(util_read_file(AT_FDCWD, path, 1 << 20, &wanted, &len), 0);
	if (strcmp(text, wanted) != 0)
		print_message("%s:\n%s", path, text);
	assert_string_equal(text, wanted);
}

static void feed(struct model *m, const struct run_events *r)
{
	const json_t *event;
	size_t i;

	model_init(m);
	json_array_foreach (r->events, i, event)
		model_event(m, event);
}

/* As at the end of a run: the report is made from the same events. */
static void feed_over(struct model *m, const struct run_events *r)
{
	feed(m, r);
	model_over(m, core_report(r->events, 0));
}

static const struct {
	unsigned int cols, rows;
} sizes[] = { { 80, 25 }, { 132, 43 } };

/* Draws it in both sizes and compares; ends the events and the model. */
static void assert_pictures(struct model *m, struct run_events *r, const char *name,
			    unsigned int page, uint64_t later_ms)
{
	struct cells c = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(cells_resize(&c, sizes[i].rows, sizes[i].cols), 0);
		draw_screen(&c, m, r->t_ms + later_ms, page);
		assert_picture(&c, name);
	}
	cells_free(&c);
	model_free(m);
	json_decref(r->events);
}

static void before_the_journal(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	model_init(&m);
	assert_pictures(&m, &r, "starting", 0, 0);
}

static void before_the_plan(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	events_start(&r, "{}");
	feed(&m, &r);
	assert_int_equal(m.phase, PHASE_PREPARING);
	assert_pictures(&m, &r, "preparing", 0, 12000);
}

static void begun(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 1);
	events_begin(&r, "host_a", "host");
	feed(&m, &r);
	assert_pictures(&m, &r, "begun", 0, 1000);
}

/* What the row @row shows; caller frees. */
static char *row_text(const struct model *m, unsigned int row)
{
	struct cells c = { 0 };
	char *text = calloc(1, 81);
	unsigned int i;

	assert_int_equal(cells_resize(&c, 25, 80), 0);
	draw_screen(&c, m, 60000, 0);
	for (i = 0; i < 80; i++)
		text[i] = c.cell[row * 80 + i].ch;
	cells_free(&c);
	return text;
}

/* The stick is pulled out, put back, and pulled out for good. */
static void stick_lost(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	json_t *lost = json_pack("{s:s, s:s, s:s, s:s}", "ev", "stick", "state", "lost", "why",
				 "it was pulled out", "stored", "in memory");
	json_t *back = json_pack("{s:s, s:s, s:s}", "ev", "stick", "state", "back", "stored", "x");
	struct model m;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 1);
	feed(&m, &r);
	model_event(&m, lost);
	_cleanup_free_ char *asks = row_text(&m, 23);
	assert_non_null(strstr(asks, "STICK   it was pulled out: put it back, or one with"));
	model_event(&m, back);
	_cleanup_free_ char *content = row_text(&m, 23);
	assert_null(strstr(content, "STICK"));
	model_event(&m, lost);
	model_over(&m, core_report(r.events, 0));
	_cleanup_free_ char *over = row_text(&m, 23);
	assert_non_null(strstr(over, "STICK   it was pulled out"));
	m.stick_wait_s = 42;
	_cleanup_free_ char *waits = row_text(&m, 23);
	assert_non_null(strstr(waits, "put it in again for the report: 42 s"));
	json_decref(lost);
	json_decref(back);
	json_decref(r.events);
	model_free(&m);
}

static void one_port(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	events_start(&r, "{\"plan\": \"quick\"}");
	events_run(&r, 1);
	events_pass_host(&r);
	events_pass_port(&r, 0, 4);
	events_begin(&r, "port_4", screen_port(0));
	feed(&m, &r);
	assert_pictures(&m, &r, "one-port", 0, 65000);
}

/* Two at a time, one of them with a failure. */
static void four_ports(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;
	uint64_t left;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 4);
	events_pass_host(&r);
	events_pass_port(&r, 0, 8);
	events_pass_port(&r, 1, 3);
	events_begin(&r, "port_3", screen_port(1));
	events_end(&r, "port_3", screen_port(1), "FAIL", 30000, screen_long_failure());
	events_begin(&r, "port_0", screen_port(2));
	events_end(&r, "port_0", screen_port(2), "WARN", 2500,
		   json_pack("{s:s}", "measured", "the card is in a slot of half its width"));
	events_begin(&r, "port_1", screen_port(2));
	events_begin(&r, "port_4", screen_port(1));
	feed(&m, &r);
	assert_int_equal(m.running, 2);
	assert_true(model_left_ms(&m, r.t_ms, &left));
	assert_pictures(&m, &r, "four-ports", 0, 5000);
}

static void forty_ports(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;
	unsigned int i;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 40);
	events_pass_host(&r);
	for (i = 0; i < 20; i++)
		events_pass_port(&r, i, 8);
	for (i = 20; i < 26; i++)
		events_begin(&r, "port_5", screen_port(i));
	events_end(&r, "port_5", screen_port(20), "TIMEOUT", 480000,
		   json_pack("{s:s}", "measured", "it did not end and was killed"));
	feed(&m, &r);
	assert_pictures(&m, &r, "forty-ports", 0, 30000);
}

/* What was running when runner or host died has crashed, and time goes on. */
static void resumed(void **state)
{
	struct run_events r = { .t_ms = 900000 };
	struct model m;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 2);
	events_pass_host(&r);
	events_begin(&r, "port_0", screen_port(0));
	r.t_ms = 20000; /* of another boot */
	events_add(&r, "resume", json_object());
	feed(&m, &r);
	assert_int_equal(m.running, 0);
	assert_int_equal(m.counts[VERDICT_CRASHED], 1);
	assert_int_equal(model_elapsed_ms(&m, 25000), 50 + 5000);
	assert_pictures(&m, &r, "resumed", 0, 5000);
}

static void passed(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 2);
	events_pass_host(&r);
	events_pass_port(&r, 0, 8);
	events_pass_port(&r, 1, 7);
	events_begin(&r, "port_7", screen_port(1));
	events_end(&r, "port_7", screen_port(1), "WARN", 20000,
		   json_pack("{s:s, s:s, s:s}", "measured",
			     "the card is in a slot of half its width", "cause",
			     "the slot has fewer lanes than the card", "fix",
			     "move the card to a slot with 16 lanes"));
	events_finish(&r);
	feed_over(&m, &r);
	assert_string_equal(member_text(m.report, "verdict"), "QUALIFIED");
	assert_pictures(&m, &r, "pass", 0, 99000);
}

static void failed_events(struct run_events *r, unsigned int n_ports, unsigned int n_failures)
{
	unsigned int i, k;

	events_start(r, "{}");
	events_run(r, n_ports);
	events_pass_host(r);
	for (i = 0; i < n_ports; i++) {
		const unsigned int n = i < n_failures ? 7 : 8;

		events_pass_port(r, i, n);
		for (k = n; k < 8; k++) {
			events_begin(r, "port_7", screen_port(i));
			events_end(r, "port_7", screen_port(i), i % 2 ? "TIMEOUT" : "FAIL", 20000,
				   screen_long_failure());
		}
	}
	events_finish(r);
}

/* All rows of a page; caller frees. */
static char *page_text(const struct model *m, unsigned int cols, unsigned int page)
{
	struct cells c = { 0 };
	char *text;

	assert_int_equal(cells_resize(&c, 25, cols), 0);
	draw_screen(&c, m, 60000, page);
	text = cells_text_of(&c);
	cells_free(&c);
	return text;
}

static void says(const struct model *m, unsigned int cols, unsigned int page, const char *what,
		 bool yes)
{
	_cleanup_free_ char *text = page_text(m, cols, page);

	if (!strstr(text, what) == yes)
		fail_msg("%s'%s' is on page %u:\n%s", yes ? "not " : "", what, page + 1, text);
}

/* Where the ports are, as far as that is known. */
static void places(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	json_t *run, *nic;
	struct model m;

	(void)state;
	failed_events(&r, 2, 1);
	run = (json_t *)journal_first(r.events, "run");
	nic = json_array_get(json_object_get(run, "nics"), 0);
	json_object_set_new(nic, "place", json_string("slot PCIe 3, port p0"));
	json_object_set_new(nic, "mac", json_string("52:54:00:76:66:01"));
	json_object_set_new(nic, "ifname", json_string("eth5"));
	feed(&m, &r);
	m.phase = PHASE_RUNNING;
	says(&m, 132, 0, "FAIL     port_7 0000:01:00.0 (slot PCIe 3, port p0): ", true);
	says(&m, 132, 0, "Place", true);
	model_over(&m, core_report(r.events, 0));
	says(&m, 80, 0, "port_7 0000:01:00.0 (slot PCIe 3, port p0): ", true);
	says(&m, 80, 1, "port_7 0000:01:00.0 (slot PCIe 3, port p0)", true);
	/* On a narrow screen on a page of its own, behind failures and reasons. */
	says(&m, 80, 0, "Page 1 of 4", true);
	says(&m, 80, 3, "0000:01:00.0  eth5            52:54:00:76:66:01  slot PCIe 3, port p0",
	     true);
	says(&m, 80, 3, "0000:01:00.1  none            ?                  not known", true);
	says(&m, 132, 0, "Page 1 of 3", true);
	says(&m, 132, 0, "slot PCIe 3, port p0", true);
	model_free(&m);
	json_decref(r.events);
}

static void failed(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	failed_events(&r, 2, 1);
	feed_over(&m, &r);
	assert_pictures(&m, &r, "fail", 0, 0);
}

/* More failures than the first page has room for, and more ports. */
static void failed_often(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	failed_events(&r, 12, 5);
	feed_over(&m, &r);
	assert_pictures(&m, &r, "fail-often", 0, 0);
}

static void failure_page(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	failed_events(&r, 2, 2);
	feed_over(&m, &r);
	assert_pictures(&m, &r, "fail-page", 1, 0);
}

/* Five causes, the first of them with what only follows from it. */
static void causes(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;
	unsigned int i;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 5);
	events_pass_host(&r);
	for (i = 0; i < 5; i++) {
		char cause[32];

		util_format(cause, sizeof(cause), "cause %c", i < 2 ? 'B' : 'A' + (char)i);
		events_begin(&r, "port_0", screen_port(i));
		events_end(&r, "port_0", screen_port(i), "FAIL", 20000,
			   json_pack("{s:s, s:s, s:s}", "measured", "no good", "cause", cause,
				     "fix", "mend it"));
		events_begin(&r, "port_1", screen_port(i));
		events_end(&r, "port_1", screen_port(i), "SKIP", 10,
			   json_pack("{s:s}", "reason",
				     "what it needs could not be set up: see port_0"));
	}
	events_finish(&r);
	feed_over(&m, &r);
	assert_int_equal(json_array_size(json_object_get(m.report, "causes")), 4);
	assert_pictures(&m, &r, "causes", 0, 0);
}

static void incomplete(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 0);
	events_pass(&r, "host_a", "host", 20);
	events_begin(&r, "host_b", "host");
	events_end(&r, "host_b", "host", "FAIL", 100,
		   json_pack("{s:b, s:s, s:s, s:s}", "prerequisite", 1, "measured",
			     "2 network controllers, none with SR-IOV", "cause",
			     "the server has no network card with SR-IOV, or SR-IOV is off in it",
			     "fix", "put a card with SR-IOV in, or enable it in the card's setup"));
	events_finish(&r);
	feed_over(&m, &r);
	assert_string_equal(member_text(m.report, "verdict"), "INCOMPLETE");
	assert_pictures(&m, &r, "incomplete", 0, 0);
}

/* Two ports are tested, of which one has no link; two more are left out. */
static void no_link(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	json_t *nics, *event;
	struct model m;
	unsigned int i;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 2);
	event = json_array_get(r.events, json_array_size(r.events) - 1);
	nics = json_object_get(event, "nics");
	for (i = 2; i < 4; i++)
		json_array_append_new(nics,
				      json_pack("{s:s, s:s, s:s, s:s}", "address", screen_port(i),
						"name", "Example 25G adapter", "sriov_state", "on",
						"left_out", "left out, no link"));
	events_pass_host(&r);
	events_pass_port(&r, 0, 8);
	events_pass_port(&r, 1, 3);
	for (i = 3; i < 8; i++) {
		char id[16];

		util_format(id, sizeof(id), "port_%u", i);
		events_begin(&r, id, screen_port(1));
		events_end(&r, id, screen_port(1), "SKIP", 10,
			   json_pack("{s:s, s:s}", "label", "no_link", "reason",
				     "link is missing: no link: no cable, or the far end is off"));
	}
	events_finish(&r);
	feed_over(&m, &r);
	assert_string_equal(member_text(m.report, "verdict"), "INCOMPLETE");
	assert_pictures(&m, &r, "no-link", 0, 0);
}

/* Each page shows something, and nothing of what lies beyond is touched. */
static void every_page(void **state)
{
	static const struct {
		unsigned int cols, rows;
	} all[] = { { 80, 25 }, { 132, 43 }, { 240, 67 }, { 40, 11 },
		    { 64, 16 }, { 1, 1 },    { 80, 3 } };
	struct run_events r = { .t_ms = 3000 };
	struct cells c = { 0 };
	struct model m;
	unsigned int page;
	size_t i;

	(void)state;
	failed_events(&r, 12, 5);
	feed_over(&m, &r);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		assert_int_equal(cells_resize(&c, all[i].rows, all[i].cols), 0);
		for (page = 0; page < draw_count_pages(&c, &m); page++)
			draw_screen(&c, &m, r.t_ms, page);
	}
	assert_int_equal(cells_resize(&c, 25, 80), 0);
	assert_int_equal(draw_count_pages(&c, &m), 1 + 1 + 1 + 1);
	cells_free(&c);
	model_free(&m);
	json_decref(r.events);
}

/* Devices, guests and sticks name things as they like. */
static void hostile_text(void **state)
{
	static const char evil[] = "\033[2J\033]0;x\007\r\n\t\x7f\xc3\xa4%s%n";
	char longtext[3000];
	struct run_events r = { .t_ms = 3000 };
	struct model m;
	json_t *start;

	(void)state;
	memset(longtext, 'W', sizeof(longtext) - 1);
	longtext[sizeof(longtext) - 1] = '\0';
	events_start(&r, "{}");
	start = json_array_get(r.events, 0);
	json_object_set_new(
		start, "host",
		json_pack("{s:s, s:s, s:s}", "vendor", evil, "product", longtext, "serial", evil));
	json_object_set_new(start, "stored", json_string(longtext));
	events_run(&r, 1);
	events_pass_host(&r);
	events_begin(&r, "port_0", screen_port(0));
	events_end(&r, "port_0", screen_port(0), "FAIL", 10,
		   json_pack("{s:s, s:s, s:s}", "measured", evil, "cause", longtext, "fix", evil));
	events_begin(&r, evil, longtext);
	events_end(&r, longtext, evil, evil, 10, NULL);
	events_add(&r, "note", json_pack("{s:s}", "text", evil));
	feed(&m, &r);
	assert_pictures(&m, &r, "hostile", 0, 0);

	r = (struct run_events){ .t_ms = 3000 };
	events_start(&r, "{}");
	events_run(&r, 1);
	events_begin(&r, "port_0", screen_port(0));
	events_end(&r, "port_0", screen_port(0), "FAIL", 10,
		   json_pack("{s:s, s:s, s:s, s:[s, i]}", "measured", evil, "cause", longtext,
			     "fix", evil, "kernel_log", evil, 7));
	feed_over(&m, &r);
	assert_pictures(&m, &r, "hostile-page", 1, 0);
}

/* Members of the wrong type, missing ones, events in any order. */
static void damaged_events(void **state)
{
	static const char *const lines[] = {
		"{\"ev\":\"end\",\"case\":\"port_0\"}",
		"{\"ev\":\"run\",\"plan\":7,\"nics\":{}}",
		"{\"ev\":\"run\",\"plan\":[1,{\"case\":2},{\"case\":\"port_0\"}],\"nics\":[3]}",
		"{\"ev\":\"begin\",\"case\":\"port_0\",\"subject\":\"\",\"t_ms\":-5}",
		"{\"ev\":\"end\",\"case\":\"port_0\",\"subject\":\"\",\"duration_s\":1e300}",
		"{\"ev\":\"end\",\"case\":\"port_0\",\"subject\":\"\",\"verdict\":\"PASS\"}",
		"{\"ev\":\"resume\",\"settings\":[],\"host\":1,\"t_ms\":9223372036854775807}",
		"{\"ev\":\"note\"}",
		"{\"ev\":\"finish\",\"stored\":{}}",
		"{\"ev\":\"start\",\"settings\":{\"timeout_percent\":-7}}",
	};
	struct cells c = { 0 };
	struct model m;
	size_t i;

	(void)state;
	model_init(&m);
	assert_int_equal(cells_resize(&c, 25, 80), 0);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		json_t *event = json_loads(lines[i], 0, NULL);

		assert_non_null(event);
		model_event(&m, event);
		draw_screen(&c, &m, 1000, 0);
		json_decref(event);
	}
	assert_int_equal(m.ended, 1);
	cells_free(&c);
	model_free(&m);
}

static void time_left(void **state)
{
	struct run_events r = { .t_ms = 3000 };
	struct model m;
	uint64_t left;

	(void)state;
	events_start(&r, "{}");
	events_run(&r, 2);
	events_pass_host(&r);
	events_pass_port(&r, 0, 5);
	feed(&m, &r);
	assert_false(model_left_ms(&m, r.t_ms, &left)); /* too few to go by */
	model_free(&m);
	events_pass_port(&r, 0, 8); /* its first five are not taken twice */
	feed(&m, &r);
	assert_true(model_left_ms(&m, r.t_ms, &left));
	/* The other port takes as long as the first did: a twelfth of the deadlines. */
	assert_in_range(left, 122000, 123000);
	model_free(&m);
	events_pass_port(&r, 1, 8);
	feed(&m, &r);
	assert_true(model_left_ms(&m, r.t_ms, &left));
	assert_int_equal(left, 0);
	model_free(&m);
	json_decref(r.events);
}

static int load_advice(void **state)
{
	(void)state;
	return advice_load();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_journal),
		cmocka_unit_test(before_the_plan),
		cmocka_unit_test(begun),
		cmocka_unit_test(stick_lost),
		cmocka_unit_test(one_port),
		cmocka_unit_test(four_ports),
		cmocka_unit_test(forty_ports),
		cmocka_unit_test(resumed),
		cmocka_unit_test(passed),
		cmocka_unit_test(failed),
		cmocka_unit_test(places),
		cmocka_unit_test(failed_often),
		cmocka_unit_test(failure_page),
		cmocka_unit_test(causes),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(no_link),
		cmocka_unit_test(every_page),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(damaged_events),
		cmocka_unit_test(time_left),
	};

	write_fixtures = argc > 1 && strcmp(argv[1], "--write") == 0;
	return cmocka_run_group_tests(tests, load_advice, NULL);
}
