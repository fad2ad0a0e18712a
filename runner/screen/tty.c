/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A terminal of the kernel (console_codes(4)), or any other with ECMA-48 and colours.
 */
#include "screen/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include "base/sysroot.h"

#define REPAINT_MS 30000
/* UTF-8, ASCII as it is, no wrapping, no cursor, never blank, empty. */
#define BEGIN "\033%G\033[0m\033(B\017\033[?7l\033[?25l\033[9;0]\033[2J"
#define END "\033[0m\033[?7h\033[?25h"

int tty_open(struct tty *t, const struct sysroot *root)
{
	struct termios raw;
	int fd = sysroot_openat(root, O_RDWR | O_NOCTTY | O_NONBLOCK, "dev/" SCREEN_TTY);

	*t = (struct tty){ .fd = fd };
	if (fd < 0)
		return fd;
	if (tcgetattr(fd, &t->saved) < 0) {
		int ret = -errno;

		close(util_take_fd(&t->fd));
		return ret;
	}
	raw = t->saved;
	cfmakeraw(&raw);
	tcsetattr(fd, TCSANOW, &raw);
	/* If it does not take it now, the next picture is whole all the same. */
	(void)!write(fd, BEGIN, strlen(BEGIN));
	return 0;
}

void tty_close(struct tty *t, bool keep)
{
	char end[64];

	if (t->fd < 0)
		return;
	util_format(end, sizeof(end), keep ? END "\033[%u;1H\r\n" : END "\033[2J\033[H",
		    t->shown.rows);
	(void)!write(t->fd, end, strlen(end));
	tcsetattr(t->fd, TCSANOW, &t->saved);
	cells_free(&t->shown);
	close(util_take_fd(&t->fd));
}

int tty_fit(const struct tty *t, struct cells *c)
{
	struct winsize size = { 0 };

	if (ioctl(t->fd, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		size = (struct winsize){ .ws_row = 25, .ws_col = 80 };
	if (size.ws_row > CELLS_MAX_ROWS)
		size.ws_row = CELLS_MAX_ROWS;
	if (size.ws_col > CELLS_MAX_COLUMNS)
		size.ws_col = CELLS_MAX_COLUMNS;
	if (c->rows == size.ws_row && c->cols == size.ws_col)
		return 0;
	return cells_resize(c, size.ws_row, size.ws_col);
}

int tty_show(struct tty *t, const struct cells *c, uint64_t now_ms)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	ssize_t n;

	if (now_ms - t->painted_ms >= REPAINT_MS)
		t->known = false;
	text = cells_diff(t->known ? &t->shown : NULL, c, &len);
	if (!text)
		return -ENOMEM;
	if (!t->known)
		t->painted_ms = now_ms;
	if (len == 0)
		return 0;
	n = write(t->fd, text, len);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	t->known = n == (ssize_t)len;
	if (!t->known || cells_copy(&t->shown, c))
		return 0;
	t->known = false;
	if (cells_resize(&t->shown, c->rows, c->cols) < 0)
		return -ENOMEM;
	t->known = cells_copy(&t->shown, c);
	return 0;
}

static bool is_any(const char *key, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(key, list[i]) == 0)
			return true;
	return false;
}

static enum tty_key key_of(const char *key)
{
	/* Page up, up, left, backspace; Enter, space, page down, down, right, tabulator. */
	static const char *const back[] = { "\033[5~", "\033[A", "\033[D", "\177", "\b", "b", "p" };
	static const char *const next[] = { "\r",     "\n",	" ",  "\033[6~",
					    "\033[B", "\033[C", "\t", "n" };

	/* Of the kernel's terminal, of a VT220, of xterm. */
	static const char *const f2[] = { "\033[[B", "\033[12~", "\033OQ" };
	static const char *const f3[] = { "\033[[C", "\033[13~", "\033OR" };
	static const char *const led[] = { "l", "L" };

	if (is_any(key, back, ARRAY_SIZE(back)))
		return KEY_BACK;
	if (strcasecmp(key, "q") == 0)
		return KEY_CODE;
	if (is_any(key, f2, ARRAY_SIZE(f2)))
		return KEY_F2;
	if (is_any(key, f3, ARRAY_SIZE(f3)))
		return KEY_F3;
	if (is_any(key, led, ARRAY_SIZE(led)))
		return KEY_LED;
	/* F1 to F5 of the kernel's terminal, then the others and those of other terminals. */
	if (is_any(key, next, ARRAY_SIZE(next)) || strncmp(key, "\033[[", 3) == 0 ||
	    strncmp(key, "\033O", 2) == 0 ||
	    (strncmp(key, "\033[", 2) == 0 && key[strlen(key) - 1] == '~'))
		return KEY_NEXT;
	return KEY_OTHER;
}

/* How long the first key in @text is: a character, or an escape sequence. */
static size_t key_length(const char *text)
{
	size_t n = 2;

	if (text[0] != '\033' || (text[1] != '[' && text[1] != 'O'))
		return 1;
	if (text[2] == '[')
		n++;
	while (text[n] && (text[n] < '@' || text[n] > '~'))
		n++;
	return text[n] ? n + 1 : n;
}

unsigned int tty_read_keys(const struct tty *t, enum tty_key *keys)
{
	char text[TTY_MAX_KEYS + 1], key[TTY_MAX_KEYS + 1];
	ssize_t n = read(t->fd, text, sizeof(text) - 1);
	const char *p = text;
	unsigned int count = 0;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	while (*p) {
		const size_t len = key_length(p);

		memcpy(key, p, len);
		key[len] = '\0';
		keys[count++] = key_of(key);
		p += len;
	}
	return count;
}
