/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operator's screen sends to a terminal, as a terminal sees it; and the screen's process
 * on a pseudo-terminal.
 */
#include "core_fake.h"
#include "screen_events.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include "journal/again.h"
#include "journal/journal.h"
#include "journal/member.h"
#include "base/log.h"
#include "base/sha256.h"
#include "journal/store.h"
#include "screen/screen.h"
#include "screen/tty.h"

#define JOURNAL STORE_MEMORY "/" JOURNAL_NAME
#define ROWS 25
#define COLS 80

/* A terminal that knows as much of ECMA-48 as is needed. */
struct term {
	struct cells c;
	unsigned int row, col, written;
	uint8_t attr;
	bool cursor;
	char seq[32]; /* an escape sequence that has not ended yet */
	char block[4]; /* the same of a half block in UTF-8 */
	bool utf8;
};

static void term_colours(struct term *t, const char *p)
{
	char *end;

	do {
		const unsigned long n = strtoul(p, &end, 10);

		if (n == 0)
			t->attr = ATTR_NORMAL;
		else if (n == 1)
			t->attr |= ATTR_BOLD;
		else if (n >= 30 && n <= 37)
			t->attr = (uint8_t)((t->attr & 0x78) | (n - 30));
		else if (n >= 40 && n <= 47)
			t->attr = (uint8_t)((t->attr & 0x0f) | (n - 40) << 4);
		else
			fail_msg("colour %lu", n);
		p = end + 1;
	} while (*end == ';');
}

static void term_sequence(struct term *t, const char *seq, char last)
{
	unsigned int row = 1, col = 1;

	if (seq[1] == '%') {
		t->utf8 = last == 'G';
	} else if (last == 'm') {
		term_colours(t, seq + 2);
	} else if (last == 'H') {
		assert_true(sscanf(seq, "\033[%u;%uH", &row, &col) != 1);
		t->row = row - 1;
		t->col = col - 1;
	} else if (last == 'J') {
		cells_clear(&t->c);
	} else if (strstr(seq, "?25")) {
		t->cursor = last == 'h';
	}
}

/* True if the byte is a part of a half block, or makes it whole: *@ch is then the cell's. */
static bool term_block(struct term *t, char *ch)
{
	size_t len;

	if (((unsigned char)*ch & 0xc0) != 0x80)
		t->block[0] = '\0'; /* one that was cut off is over */
	len = strlen(t->block);
	if (len == 0 && (unsigned char)*ch < 0x80)
		return false;
	t->block[len] = *ch;
	t->block[len + 1] = '\0';
	if (len < 2)
		return true;
	assert_string_equal(t->block, "\u2584");
	t->block[0] = '\0';
	*ch = CELLS_LOWER_HALF;
	return false;
}

static void term_byte(struct term *t, char ch)
{
	size_t len = strlen(t->seq);

	if (len == 0 && term_block(t, &ch))
		return;
	if (len == 0 && (ch >= ' ' || ch == CELLS_LOWER_HALF)) {
		assert_true(ch <= '~');
		assert_in_range(t->row, 0, t->c.rows - 1);
		assert_in_range(t->col, 0, t->c.cols - 1); /* it does not wrap */
		t->c.cell[t->row * t->c.cols + t->col++] = (struct cell){ ch, t->attr };
		t->written++;
		return;
	}
	if (len == 0 && ch != '\033')
		return;
	assert_true(len + 1 < sizeof(t->seq));
	t->seq[len] = ch;
	t->seq[len + 1] = '\0';
	if (len == 0 || (len == 1 && (ch == '[' || ch == '(' || ch == '%')))
		return;
	if (t->seq[1] == '[' && (ch < '@' || ch > '~') && ch != ']')
		return;
	term_sequence(t, t->seq, ch);
	t->seq[0] = '\0';
}

static void term_take(struct term *t, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		term_byte(t, text[i]);
}

static void assert_same(const struct cells *a, const struct cells *b)
{
	unsigned int i;

	assert_int_equal(a->rows * a->cols, b->rows * b->cols);
	for (i = 0; i < a->rows * a->cols; i++)
		if (a->cell[i].ch != b->cell[i].ch || a->cell[i].attr != b->cell[i].attr)
			fail_msg("row %u, column %u: '%c' %02x, not '%c' %02x", i / a->cols,
				 i % a->cols, b->cell[i].ch, b->cell[i].attr, a->cell[i].ch,
				 a->cell[i].attr);
}

/* Changes a few cells, rows or all of it. */
static void scribble(struct cells *c, unsigned int n)
{
	while (n-- > 0)
		cells_fill(c, (unsigned int)rand() % (c->rows + 1),
			   (unsigned int)rand() % (c->cols + 1), (unsigned int)rand() % 20 + 1,
			   (char)(' ' + rand() % 95), (uint8_t)(rand() % 128));
}

static void scribble_blocks(struct cells *c, unsigned int n)
{
	while (n-- > 0)
		cells_halves(c, (unsigned int)rand() % (c->rows + 1),
			     (unsigned int)rand() % (c->cols + 1), (uint8_t)(rand() % 8),
			     (uint8_t)(rand() % 8));
}

static void differences_are_enough(void **state)
{
	static const unsigned int sizes[][2] = { { 25, 80 }, { 43, 132 }, { 1, 1 }, { 3, 200 } };
	unsigned int i, k;

	(void)state;
	srand(42);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct cells old = { 0 }, new = { 0 };
		struct term t = { .attr = 0x55 };

		assert_int_equal(cells_resize(&old, sizes[i][0], sizes[i][1]), 0);
		assert_int_equal(cells_resize(&new, sizes[i][0], sizes[i][1]), 0);
		assert_int_equal(cells_resize(&t.c, sizes[i][0], sizes[i][1]), 0);
		scribble(&t.c, 50); /* whatever was there before */
		for (k = 0; k < 200; k++) {
			_cleanup_free_ char *text = NULL;
			size_t len;

			scribble(&new, k % 7);
			scribble_blocks(&new, k % 5);
			text = cells_diff(k ? &old : NULL, &new, &len);
			assert_non_null(text);
			term_take(&t, text, len);
			assert_same(&new, &t.c);
			assert_true(cells_copy(&old, &new));
		}
		cells_free(&old);
		cells_free(&new);
		cells_free(&t.c);
	}
}

static void no_difference_is_nothing(void **state)
{
	struct cells a = { 0 }, b = { 0 };
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(cells_resize(&a, ROWS, COLS), 0);
	assert_int_equal(cells_resize(&b, ROWS, COLS), 0);
	scribble(&a, 100);
	assert_true(cells_copy(&b, &a));
	text = cells_diff(&a, &b, &len);
	assert_int_equal(len, 0);
	free(text);
	/* A clock that goes on costs a few bytes. */
	cells_text(&a, 4, 10, 20, ATTR_NORMAL, "0:07:31");
	assert_true(cells_copy(&b, &a));
	cells_text(&b, 4, 10, 20, ATTR_NORMAL, "0:07:32");
	text = cells_diff(&a, &b, &len);
	assert_string_equal(text, "\033[5;17H\033[0;37;40m2");
	free(text);
	/* Nor may a colour alone get lost. */
	cells_fill(&a, 4, 16, 1, '2', ATTR(RED, BLACK));
	text = cells_diff(&a, &b, &len);
	assert_int_not_equal(len, 0);
	free(text);
	cells_free(&a);
	cells_free(&b);
}

/* A pseudo-terminal in place of tty1. */
struct pty {
	struct core_fake *f;
	int master, slave;
	struct termios before;
	struct term term;
	const char *wanted;
	pid_t pid;
};

static void pty_open(struct pty *p, struct core_fake *f)
{
	const struct winsize size = { .ws_row = ROWS, .ws_col = COLS };

	*p = (struct pty){ .f = f, .term.cursor = true };
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(p->master >= 0);
	assert_int_equal(grantpt(p->master), 0);
	assert_int_equal(unlockpt(p->master), 0);
	p->slave = open(ptsname(p->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(p->slave >= 0);
	assert_int_equal(ioctl(p->master, TIOCSWINSZ, &size), 0);
	assert_int_equal(tcgetattr(p->slave, &p->before), 0);
	core_fake_write(f, "sys/class/tty/tty0/active", "tty1\n");
	core_fake_symlink(f, ptsname(p->master), "dev/tty1");
	assert_int_equal(cells_resize(&p->term.c, ROWS, COLS), 0);
}

static void pty_close(struct pty *p)
{
	struct termios after;

	/* Whoever has the terminal next finds it as it was. */
	assert_int_equal(tcgetattr(p->slave, &after), 0);
	assert_int_equal(after.c_lflag, p->before.c_lflag);
	assert_int_equal(after.c_iflag, p->before.c_iflag);
	assert_int_equal(after.c_oflag, p->before.c_oflag);
	assert_true(p->term.cursor);
	cells_free(&p->term.c);
	close(p->master);
	close(p->slave);
}

static void pty_read(struct pty *p)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(p->master, buf, sizeof(buf))) > 0)
		term_take(&p->term, buf, (size_t)n);
}

static bool pty_shows(void *arg)
{
	struct pty *p = arg;
	char line[COLS + 1] = "";
	unsigned int row, col;

	pty_read(p);
	for (row = 0; row < ROWS; row++) {
		for (col = 0; col < COLS; col++)
			line[col] = p->term.c.cell[row * COLS + col].ch;
		if (strstr(line, p->wanted))
			return true;
	}
	return false;
}

static void pty_wait(struct pty *p, const char *text)
{
	p->wanted = text;
	if (util_poll_until(pty_shows, p, 20000) < 0)
		fail_msg("the screen never showed '%s'", text);
}

static void pty_key(struct pty *p, const char *key)
{
	assert_int_equal(write(p->master, key, strlen(key)), strlen(key));
}

static void pty_start(struct pty *p)
{
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		_exit(screen_main(p->f->path));
}

static bool pty_has_ended(void *arg)
{
	struct pty *p = arg;
	int status;

	pty_read(p);
	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		return false;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	return true;
}

static void pty_wait_end(struct pty *p)
{
	assert_int_equal(util_poll_until(pty_has_ended, p, 20000), 0);
	pty_read(p);
	assert_null(core_fake_read(p->f, STORE_RUN "/screen.pid"));
}

/* The beginning of what the code says of the manifest, which is made anew when a stick comes back.
 */
static void pty_wait_manifest(struct pty *p, const char *manifest)
{
	char hex[SHA256_HEX], text[40];
	size_t i;

	core_fake_write(p->f, STORE_MEMORY "/" STORE_MANIFEST, manifest);
	assert_int_equal(sha256_of_text(manifest, hex), 0);
	util_format(text, sizeof(text), "MANIFEST:%.20s", hex);
	for (i = 0; text[i]; i++)
		text[i] = (char)toupper((unsigned char)text[i]);
	pty_wait(p, text);
}

/* Appends what was not in the journal yet. */
static void write_journal(const struct core_fake *f, struct run_events *r)
{
	const json_t *event;
	size_t i;

	json_array_foreach (r->events, i, event) {
		char *line = json_dumps(event, JSON_COMPACT);

		core_fake_append(f, JOURNAL, line);
		core_fake_append(f, JOURNAL, "\n");
		free(line);
	}
	json_array_clear(r->events);
}

static void whole_run(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	struct pty p;

	pty_open(&p, *state);
	pty_start(&p);
	pty_wait(&p, "The report stick is looked for");
	assert_false(p.term.cursor);
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{}");
	events_run(&r, 1);
	events_pass_host(&r);
	events_begin(&r, "port_0", screen_port(0));
	write_journal(p.f, &r);
	pty_wait(&p, "] 2 of 10 items");
	events_end(&r, "port_0", screen_port(0), "FAIL", 500, screen_long_failure());
	events_finish(&r);
	write_journal(p.f, &r);
	pty_wait(&p, "] 3 of 10 items");
	core_fake_write(p.f, STORE_RUN "/finish", "hold\n");
	core_fake_write(p.f, STORE_RUN "/ended", "");
	pty_wait(&p, "NOT QUALIFIED: 10 items");
	pty_wait(&p, "Page 1 of ");
	pty_key(&p, " ");
	pty_wait(&p, "1 of 1");
	pty_key(&p, "\033[[A"); /* F1 of the kernel's terminal */
	pty_wait(&p, "Page 3 of ");
	pty_key(&p, "\033[5~");
	pty_wait(&p, "Page 2 of ");
	pty_key(&p, "x"); /* no such key: all is written again */
	pty_key(&p, "\033[A");
	pty_wait(&p, "Page 1 of ");
	assert_true(p.term.utf8);
	pty_key(&p, "q");
	pty_wait(&p, "Q: back");
	pty_wait(&p, "MANIFEST:NONE");
	pty_wait_manifest(&p, "one\n");
	pty_wait_manifest(&p, "another\n");
	assert_int_equal(p.term.c.cell[COLS].attr, ATTR(GREY, GREY)); /* the code's margin */
	pty_key(&p, "Q");
	pty_wait(&p, "Page 1 of ");
	pty_key(&p, "q");
	pty_wait(&p, "Q: back");
	pty_key(&p, " ");
	pty_wait(&p, "Page 2 of ");
	kill(p.pid, SIGTERM);
	pty_wait_end(&p);
	pty_close(&p);
	json_decref(r.events);
}

/* In place of the kernel: one driver can blink, one cannot, and one never comes back. */
int __wrap_ethtool_identify(const char *ifname, unsigned int seconds);

int __wrap_ethtool_identify(const char *ifname, unsigned int seconds)
{
	if (strcmp(ifname, "cannot") == 0)
		return -EOPNOTSUPP;
	if (strcmp(ifname, "short") == 0)
		return 0;
	while (seconds > 0) /* until it is killed */
		pause();
	return 0;
}

static void add_netdev(const struct core_fake *f, unsigned int port, const char *ifname)
{
	char path[128];

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/net/%s/address", screen_port(port),
		    ifname);
	core_fake_write(f, path, "52:54:00:00:00:01\n");
}

/* A run with a failure on the second of three ports, on which there is the last word. */
static void show_end(struct pty *p, struct run_events *r, const char *finish)
{
	core_fake_write(p->f, JOURNAL, "");
	events_start(r, "{}");
	events_run(r, 3);
	events_pass_host(r);
	events_begin(r, "port_0", screen_port(1));
	events_end(r, "port_0", screen_port(1), "FAIL", 500, screen_long_failure());
	events_finish(r);
	write_journal(p->f, r);
	core_fake_write(p->f, STORE_RUN "/finish", finish);
	core_fake_write(p->f, STORE_RUN "/ended", "");
	pty_wait(p, "NOT QUALIFIED: ");
}

static void led(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	struct pty p;

	pty_open(&p, *state);
	add_netdev(p.f, 0, "cannot");
	add_netdev(p.f, 1, "hangs");
	pty_start(&p);
	pty_wait(&p, "The report stick is looked for");
	/* Nothing blinks beside a test. */
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{}");
	events_run(&r, 3);
	write_journal(p.f, &r);
	pty_wait(&p, "] 0 of 26 items");
	pty_key(&p, "l");
	pty_wait(&p, "L: a port's LED can blink when the run is over");
	assert_int_equal(unlinkat(p.f->root.fd, JOURNAL, 0), 0);
	show_end(&p, &r, "hold\n");
	pty_wait(&p, "L a port's LED blinks");
	/* The port that failed first, then the others. */
	pty_key(&p, "L");
	pty_wait(&p, "0000:01:00.1: its LED blinks, 1");
	pty_wait(&p, "*0000:01:00.1");
	pty_key(&p, "L");
	pty_wait(&p, "0000:02:00.0: it has no network interface");
	/* On the page of a failure it is that one's. */
	pty_key(&p, " ");
	pty_wait(&p, "1 of 1");
	pty_key(&p, "L");
	pty_wait(&p, "0000:01:00.1: its LED blinks, 1");
	pty_key(&p, "\033[5~");
	pty_wait(&p, "Page 1 of ");
	pty_key(&p, "L");
	pty_wait(&p, "0000:02:00.0: it has no network interface");
	pty_key(&p, "L");
	pty_wait(&p, "0000:01:00.0: its driver cannot have the LED blink");
	kill(p.pid, SIGTERM);
	pty_wait_end(&p);
	pty_close(&p);
	json_decref(r.events);
}

static json_t *asked_for(const struct core_fake *f)
{
	_cleanup_free_ char *text = core_fake_read(f, STORE_RUN "/again");

	return text ? json_loads(text, 0, NULL) : NULL;
}

static void again(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	struct pty p;
	json_t *wish;

	pty_open(&p, *state);
	pty_start(&p);
	pty_wait(&p, "The report stick is looked for");
	pty_key(&p, "\033[[B");
	show_end(&p, &r, "hold\n");
	pty_wait(&p, "F2 what failed again   F3 all of it again");
	/* Its report would be lost. */
	core_fake_write(p.f, STORE_LOST, "reports/x");
	pty_key(&p, "\033[[B");
	pty_wait(&p, "Put the stick back first");
	assert_null(asked_for(p.f));
	assert_int_equal(unlinkat(p.f->root.fd, STORE_LOST, 0), 0);
	pty_key(&p, "\033[[B");
	pty_wait(&p, "What failed is run again: ");
	wish = asked_for(p.f);
	assert_string_equal(member_text(wish, "what"), AGAIN_FAILED);
	assert_string_equal(json_string_value(json_array_get(json_object_get(wish, "items"), 0)),
			    "port_0 0000:01:00.1");
	json_decref(wish);
	/* No further key counts until that run has begun. */
	assert_int_equal(unlinkat(p.f->root.fd, STORE_RUN "/again", 0), 0);
	pty_key(&p, "\033[13~");
	pty_wait(&p, "What failed is run again: ");
	assert_int_equal(unlinkat(p.f->root.fd, STORE_RUN "/ended", 0), 0);
	assert_int_equal(unlinkat(p.f->root.fd, JOURNAL, 0), 0);
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{}");
	events_run(&r, 1);
	write_journal(p.f, &r);
	pty_wait(&p, "] 0 of 10 items");
	assert_null(asked_for(p.f));
	assert_int_equal(unlinkat(p.f->root.fd, JOURNAL, 0), 0);
	show_end(&p, &r, "hold\n");
	pty_key(&p, "\033OR");
	pty_wait(&p, "The whole run is run again");
	wish = asked_for(p.f);
	assert_string_equal(member_text(wish, "what"), AGAIN_ALL);
	assert_int_equal(json_array_size(json_object_get(wish, "items")), 0);
	json_decref(wish);
	kill(p.pid, SIGTERM);
	pty_wait_end(&p);
	pty_close(&p);
	json_decref(r.events);
}

/* Where the host goes off or a shell comes there is no other run. */
static void not_again(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	struct pty p;

	pty_open(&p, *state);
	pty_start(&p);
	show_end(&p, &r, "poweroff\n");
	pty_key(&p, "\033[[B");
	pty_key(&p, "\033[[C");
	pty_key(&p, "l");
	pty_wait(&p, "0000:01:00.1: it has no network interface");
	assert_null(asked_for(p.f));
	kill(p.pid, SIGTERM);
	pty_wait_end(&p);
	pty_close(&p);
	json_decref(r.events);
}

/* A screen that is started again shows what the journal says; so it does with another journal. */
static void comes_back(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	struct pty p;

	pty_open(&p, *state);
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{}");
	events_run(&r, 2);
	events_pass_host(&r);
	write_journal(p.f, &r);
	pty_start(&p);
	pty_wait(&p, "] 2 of 18 items");
	/* As when the stick has the journal to go on with. */
	assert_int_equal(unlinkat(p.f->root.fd, JOURNAL, 0), 0);
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{}");
	events_run(&r, 3);
	write_journal(p.f, &r);
	pty_wait(&p, "] 0 of 26 items");
	kill(p.pid, SIGTERM);
	pty_wait_end(&p);
	pty_close(&p);
	json_decref(r.events);
}

/* vfproof.conf says so, which is read after the screen began. */
static void off_after_all(void **state)
{
	struct run_events r = { .t_ms = 1000 };
	unsigned int i;
	struct pty p;

	pty_open(&p, *state);
	pty_start(&p);
	pty_wait(&p, "The report stick is looked for");
	core_fake_write(p.f, JOURNAL, "");
	events_start(&r, "{\"screen\": \"off\"}");
	write_journal(p.f, &r);
	pty_wait_end(&p);
	for (i = 0; i < ROWS * COLS; i++)
		assert_int_equal(p.term.c.cell[i].ch, ' ');
	pty_close(&p);
	json_decref(r.events);
}

static void not_wanted(void **state)
{
	struct core_fake *f = *state;

	/* No virtual terminal. */
	assert_int_equal(screen_main(f->path), 0);
	core_fake_write(f, "sys/class/tty/tty0/active", "tty1\n");
	core_fake_write(f, "dev/tty1", "");
	/* Something else by its name. */
	assert_int_equal(screen_main(f->path), 0);
	core_fake_cmdline(f, "quiet vfproof.screen=off\n");
	assert_int_equal(screen_main(f->path), 0);
	core_assert_file(f, "dev/tty1", "");
}

/* Nobody reads, as with Scroll Lock on: nothing waits for it, and later all is there. */
static void stopped_terminal(void **state)
{
	struct cells c = { 0 };
	uint64_t begin = util_now_ms();
	struct pty p;
	struct tty t;
	unsigned int i;

	pty_open(&p, *state);
	assert_int_equal(tty_open(&t, &p.f->root), 0);
	assert_int_equal(tty_fit(&t, &c), 0);
	assert_int_equal(c.cols, COLS);
	for (i = 0; i < 200 || t.known; i++) {
		scribble(&c, 400);
		assert_int_equal(tty_show(&t, &c, begin), 0);
		assert_true(i < 100000);
	}
	assert_in_range(util_now_ms() - begin, 0, 10000);
	p.term.seq[0] = '\0';
	pty_read(&p);
	/* What was cut off in the middle of a sequence is over with the next one. */
	p.term.seq[0] = '\0';
	assert_int_equal(tty_show(&t, &c, begin), 0);
	for (i = 0; i < 100 && !t.known; i++) {
		pty_read(&p);
		p.term.seq[0] = '\0';
		assert_int_equal(tty_show(&t, &c, begin), 0);
	}
	pty_read(&p);
	assert_same(&c, &p.term.c);
	p.term.written = 0;
	assert_int_equal(tty_show(&t, &c, begin + 1000), 0);
	pty_read(&p);
	assert_int_equal(p.term.written, 0);
	/* Now and then all of it, in case that a message of the kernel's is there. */
	assert_int_equal(tty_show(&t, &c, begin + 31000), 0);
	pty_read(&p);
	assert_int_equal(p.term.written, ROWS * COLS);
	tty_close(&t, true);
	pty_read(&p);
	cells_free(&c);
	pty_close(&p);
}

static void lines_keep_off_the_screen(void **state)
{
	struct core_fake *f = *state;
	_cleanup_free_ char *serial = NULL, *other = NULL;

	core_fake_write(f, "sys/class/tty/console/active", "tty0 tty2 ttyS0\n");
	core_fake_write(f, "dev/tty0", "");
	core_fake_write(f, "dev/tty2", "");
	assert_int_equal(log_open_consoles(&f->root, true), 0);
	log_info("one");
	log_close();
	assert_int_equal(log_open_consoles(&f->root, false), 0);
	log_info("two");
	log_close();
	serial = core_fake_read(f, "dev/ttyS0");
	assert_non_null(strstr(serial, "one"));
	assert_non_null(strstr(serial, "two"));
	other = core_fake_read(f, "dev/tty2");
	assert_non_null(strstr(other, "one"));
	free(other);
	other = core_fake_read(f, "dev/tty0");
	assert_null(strstr(other, "one"));
	assert_non_null(strstr(other, "two"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_enough),
		cmocka_unit_test(no_difference_is_nothing),
		cmocka_unit_test_setup_teardown(whole_run, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(led, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(again, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(not_again, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(comes_back, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(off_after_all, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(not_wanted, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(stopped_terminal, core_fake_setup,
						core_fake_teardown),
		cmocka_unit_test_setup_teardown(lines_keep_off_the_screen, core_fake_setup,
						core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
