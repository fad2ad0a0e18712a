/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QR code on the screen: pictures of the screen, as text mode and the frame buffer show it, are
 * given to a program that reads such codes (zbarimg).
 */
#include "core_fake.h"
#include "screen_events.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include "journal/member.h"
#include "model/advice.h"
#include "screen/draw_code.h"
#include "screen/draw_screen.h"
#include "screen/qr.h"

#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define CELL_ROWS 16
#define HALF_ROW 7 /* where the lower half begins in the fonts of VGA and of the kernel */

/* How bright the colours of text mode are. */
static const unsigned char bright[] = { 0, 50, 100, 110, 20, 70, 120, 170 };

/* A cell's pixel. Letters are a grid, as what they are does not matter. */
static unsigned char pixel_of(const struct cell *cell, unsigned int y, unsigned int x)
{
	const unsigned char fg = bright[cell->attr & 7], bg = bright[cell->attr >> 4 & 7];

	if (cell->ch == ' ')
		return bg;
	if (cell->ch == CELLS_LOWER_HALF)
		return y >= HALF_ROW ? fg : bg;
	return y % 4 == 2 || x % 3 == 1 ? fg : bg;
}

static void write_picture(const struct cells *c, const char *path, unsigned int cell_columns)
{
	const unsigned int width = c->cols * cell_columns, height = c->rows * CELL_ROWS;
	FILE *f = fopen(path, "we");
	unsigned int y, x;

	assert_non_null(f);
	fprintf(f, "P5\n%u %u\n255\n", width, height);
	for (y = 0; y < height; y++)
		for (x = 0; x < width; x++)
			fputc(pixel_of(&c->cell[(size_t)(y / CELL_ROWS) * c->cols +
						x / cell_columns],
				       y % CELL_ROWS, x % cell_columns),
			      f);
	assert_int_equal(fclose(f), 0);
}

/* What a picture's code says, "" if there is none. Skips the test without a program for it. */
static void read_code(const char *path, char *text, size_t size)
{
	size_t used = 0;
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execlp("zbarimg", "zbarimg", "--nodbus", "--quiet", "--raw", "-Sdisable",
		       "-Sqrcode.enable", path, (char *)NULL);
		_exit(errno == ENOENT ? 77 : 78);
	}
	close(fds[1]);
	while ((n = read(fds[0], text + used, size - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 78);
	text[strcspn(text, "\n")] = '\0';
}

/* At the end of a run with one failure. */
static void run_over(struct model *m, const char *manifest)
{
	struct run_events r = { .t_ms = 3000 };
	const json_t *event;
	size_t i;

	events_start(&r, "{}");
	events_run(&r, 2);
	events_pass_host(&r);
	events_pass_port(&r, 0, 8);
	events_begin(&r, "port_0", screen_port(1));
	events_end(&r, "port_0", screen_port(1), "FAIL", 20000, screen_long_failure());
	events_finish(&r);
	model_init(m);
	json_array_foreach (r.events, i, event)
		model_event(m, event);
	model_over(m, core_report(r.events, 0));
	util_strlcpy(m->manifest, sizeof(m->manifest), manifest);
	json_decref(r.events);
}

static const struct {
	unsigned int cols, rows, cell_columns, page;
} screens[] = {
	{ 80, 25, 9, DRAW_CODE }, /* VGA text mode */
	{ 80, 25, 8, DRAW_CODE }, { 100, 37, 8, DRAW_CODE }, /* 800x600 */
	{ 128, 48, 8, 0 }, /* 1024x768: beside the verdict */
	{ 240, 67, 8, 0 },
};

/* The screen can be read, wherever the code is. */
static void is_read(void **state)
{
	static const char wanted[] = "VFPROOF: NOT QUALIFIED PASS:10 FAIL:1 NOTRUN:7 HOST:SN-0042 "
				     "MANIFEST:9F86D081884C7D659A2FEAA0C55AD015";
	const struct core_fake *f = *state;
	struct cells c = { 0 };
	struct model m;
	char path[128], text[512];
	size_t i;

	run_over(&m, HASH);
	util_format(path, sizeof(path), "%s/screen.pgm", f->path);
	for (i = 0; i < ARRAY_SIZE(screens); i++) {
		assert_int_equal(cells_resize(&c, screens[i].rows, screens[i].cols), 0);
		draw_screen(&c, &m, 0, screens[i].page);
		write_picture(&c, path, screens[i].cell_columns);
		read_code(path, text, sizeof(text));
		if (strcmp(text, wanted) != 0)
			fail_msg("%ux%u: \"%s\"", screens[i].cols, screens[i].rows, text);
	}
	cells_free(&c);
	model_free(&m);
}

/* Page 0 of a small screen has none, and one that is too small for it has none at all. */
static void has_room(void **state)
{
	static const struct {
		unsigned int cols, rows;
		bool beside, page;
	} rows[] = {
		{ 80, 25, false, true },  { 80, 24, false, false }, { 44, 25, false, false },
		{ 125, 43, false, true }, { 126, 43, true, false }, { 200, 27, false, true },
	};
	struct cells c = { 0 }, first = { 0 };
	struct model m;
	size_t i;

	(void)state;
	run_over(&m, HASH);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(cells_resize(&c, rows[i].rows, rows[i].cols), 0);
		assert_int_equal(cells_resize(&first, rows[i].rows, rows[i].cols), 0);
		assert_int_equal(draw_code_fits_beside(&c), rows[i].beside);
		assert_int_equal(draw_code_has_page(&c, &m), rows[i].page);
		/* Where there is no such page, the key changes nothing. */
		draw_screen(&c, &m, 0, DRAW_CODE);
		draw_screen(&first, &m, 0, 0);
		assert_int_equal(memcmp(c.cell, first.cell, sizeof(*c.cell) * c.rows * c.cols) != 0,
				 rows[i].page);
	}
	cells_free(&c);
	cells_free(&first);
	m.phase = PHASE_RUNNING;
	assert_int_equal(cells_resize(&c, 25, 80), 0);
	assert_false(draw_code_has_page(&c, &m));
	cells_free(&c);
	model_free(&m);
}

static json_t *report_of(const char *verdict, const char *serial, int count)
{
	json_t *report = json_pack("{s:s, s:{s:s}, s:{}}", "verdict", verdict, "host", "serial",
				   serial, "counts");
	enum verdict v;

	for (v = VERDICT_PASS; v < VERDICT_COUNT; v++)
		member_set_number(json_object_get(report, "counts"), verdict_name(v), count);
	return report;
}

#define COUNTS(n)                                                                          \
	"PASS:" n " WARN:" n " FAIL:" n " SKIP:" n " ERROR:" n " TIMEOUT:" n " CRASHED:" n \
	" NOTRUN:" n

static const struct {
	const char *verdict, *serial;
	int count;
	const char *manifest, *wanted;
} texts[] = {
	{ "QUALIFIED", "", 0, "", "VFPROOF: QUALIFIED MANIFEST:NONE" },
	{ "QUALIFIED (UNSAFE INTERRUPTS)", "ab/12#\xc3\xa4", 0, HASH,
	  "VFPROOF: QUALIFIED UNSAFE INTERRUPTS HOST:AB/12--- "
	  "MANIFEST:9F86D081884C7D659A2FEAA0C55AD015" },
	{ "INCOMPLETE", "S123456789012345678901234567890", 7, HASH,
	  "VFPROOF: INCOMPLETE " COUNTS(
		  "7") " HOST:S1234567890123456789 MANIFEST:9F86D081884C7D659A2FEAA0C55AD015" },
	{ "INCOMPLETE", "S123456789012345678901234567890", 65, HASH,
	  "VFPROOF: INCOMPLETE " COUNTS("65") " MANIFEST:9F86D081884C7D659A2FEAA0C55AD015" },
	{ "NOT QUALIFIED", "SN", 12345, HASH,
	  "VFPROOF: NOT QUALIFIED " COUNTS("12345") " MANIFEST:9F86D081884C7D65" },
};

/* What it says, and what is left out if that is too much. */
static void says(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *report = report_of(texts[i].verdict, texts[i].serial, texts[i].count);
		struct qr qr;

		assert_true(qr_of_report(&qr, report, texts[i].manifest));
		assert_string_equal(qr.text, texts[i].wanted);
		assert_in_range(qr.size, 21, QR_MAX_SIZE);
		json_decref(report);
	}
}

/* There is no code of what no code can hold. */
static void too_much(void **state)
{
	json_t *report = report_of("NOT QUALIFIED", "SN", INT32_MAX);
	struct qr qr;

	(void)state;
	assert_false(qr_of_report(&qr, report, HASH));
	assert_int_equal(qr.size, 0);
	json_decref(report);
}

/* What the terminal gets for two modules in one cell. */
static void halves(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct cells c = { 0 };
	size_t len;

	(void)state;
	assert_int_equal(cells_resize(&c, 1, 4), 0);
	cells_halves(&c, 0, 0, GREY, GREY);
	cells_halves(&c, 0, 1, GREY, BLACK);
	cells_halves(&c, 0, 2, BLACK, GREY);
	cells_halves(&c, 0, 3, BLACK, BLACK);
	cells_halves(&c, 1, 0, GREY, BLACK); /* outside */
	cells_halves(&c, 0, 4, GREY, BLACK);
	text = cells_diff(NULL, &c, &len);
	assert_string_equal(text, "\033[1;1H\033[0;37;47m \033[0;30;47m\u2584\033[0;37;40m\u2584 ");
	cells_free(&c);
}

static int load_advice(void **state)
{
	(void)state;
	return advice_load();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_read, core_fake_setup, core_fake_teardown),
		cmocka_unit_test(has_room),
		cmocka_unit_test(says),
		cmocka_unit_test(too_much),
		cmocka_unit_test(halves),
	};

	return cmocka_run_group_tests(tests, load_advice, NULL);
}
