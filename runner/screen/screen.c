/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen's process. It reads what the runner journals, and nothing waits for it.
 */
#include "screen/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include "model/advice.h"
#include "base/child.h"
#include "base/log.h"
#include "journal/store.h"
#include "screen/actions.h"
#include "screen/draw_code.h"
#include "screen/draw_screen.h"
#include "screen/feed.h"
#include "screen/tty.h"
#include "sys/module.h"
#include "base/sysroot.h"

#define TICK_MS 1000
#define PID_FILE "screen.pid" /* for /init: the terminal is the screen's while it is there */
#define NICENESS 10

struct screen {
	struct sysroot root;
	struct tty tty;
	struct cells cells;
	struct model model;
	struct feed feed;
	struct actions actions;
	unsigned int page;
	bool code; /* in its place, if there is one */
	int signals; /* descriptor */
};

bool screen_is_wanted(const struct sysroot *root, const struct settings *settings)
{
	return settings->screen != SCREEN_OFF && sysroot_exists(root, "dev/" SCREEN_TTY) &&
	       sysroot_exists(root, "sys/class/tty/tty0/active");
}

/* Both may be modules; a keyboard that is plugged in later works as well. */
static int load_keyboard(void *arg)
{
	static const char *const drivers[] = { "usbhid", "hid-generic" };
	size_t i;

	(void)arg;
	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		if (module_load(drivers[i], NULL) < 0)
			log_debug("no driver %s", drivers[i]);
	return 0;
}

/* In a child that nobody waits for: a driver can hang. */
static void start_keyboard(const struct screen *s)
{
	struct child c;

	if (!sysroot_is_real(&s->root))
		return;
	signal(SIGCHLD, SIG_IGN);
	if (child_start(&c, load_keyboard, NULL) == 0)
		close(c.pidfd);
}

static void write_pid(const struct screen *s)
{
	_cleanup_close_ int dir = sysroot_openat(&s->root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	char text[16];

	util_format(text, sizeof(text), "%d\n", (int)getpid());
	if (dir < 0 || util_write_durably(dir, PID_FILE, text, strlen(text)) < 0)
		log_error("the screen's process could not be noted in /" STORE_RUN "/" PID_FILE);
}

static void remove_pid(const struct screen *s)
{
	_cleanup_close_ int dir = sysroot_openat(&s->root, O_RDONLY | O_DIRECTORY, STORE_RUN);

	if (dir >= 0)
		unlinkat(dir, PID_FILE, 0);
}

/* Signals come through a descriptor. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Reads what is new and shows it. Returns -errno if the terminal cannot be used any more. */
static int update(struct screen *s)
{
	const uint64_t now = util_now_ms();
	unsigned int pages;
	int ret;

	feed_update(&s->feed, &s->root, &s->model);
	feed_end(&s->root, &s->model);
	actions_tick(&s->actions, &s->model);
	ret = tty_fit(&s->tty, &s->cells);
	if (ret < 0)
		return ret;
	pages = draw_count_pages(&s->cells, &s->model);
	s->page %= pages;
	draw_screen(&s->cells, &s->model, now, s->code ? DRAW_CODE : s->page);
	return tty_show(&s->tty, &s->cells, now);
}

static void take_keys(struct screen *s)
{
	const unsigned int pages = draw_count_pages(&s->cells, &s->model);
	enum tty_key keys[TTY_MAX_KEYS];
	const unsigned int n = tty_read_keys(&s->tty, keys);
	unsigned int i;

	for (i = 0; i < n; i++) {
		s->code = keys[i] == KEY_CODE && !s->code;
		if (actions_key(&s->actions, &s->root, &s->model, s->page, keys[i]))
			;
		else if (keys[i] == KEY_NEXT)
			s->page = (s->page + 1) % pages;
		else if (keys[i] == KEY_BACK)
			s->page = (s->page + pages - 1) % pages;
		else if (keys[i] == KEY_OTHER)
			s->tty.known = false; /* write all of it again */
	}
}

/* Until it is told to end, or is not wanted after all. */
static void show(struct screen *s)
{
	struct pollfd p[] = { { s->tty.fd, POLLIN, 0 }, { s->signals, POLLIN, 0 } };
	int ret = update(s);

	while (ret == 0 && !s->model.screen_off && !p[1].revents) {
		poll(p, ARRAY_SIZE(p), (int)(TICK_MS - util_now_ms() % TICK_MS));
		if (p[0].revents & POLLIN)
			take_keys(s);
		if (p[0].revents & (POLLERR | POLLHUP | POLLNVAL))
			break;
		ret = update(s);
	}
}

int screen_main(const char *root_path)
{
	_cleanup_free_ struct screen *s = calloc(1, sizeof(*s));
	struct settings settings;
	char cmdline[8192];

	if (!s || sysroot_open(&s->root, root_path) < 0)
		return 3;
	settings_init(&settings);
	if (sysroot_read(&s->root, cmdline, sizeof(cmdline), "proc/cmdline") >= 0)
		settings_parse_cmdline(&settings, cmdline);
	if (!screen_is_wanted(&s->root, &settings) || tty_open(&s->tty, &s->root) < 0) {
		sysroot_close(&s->root);
		return 0;
	}
	(void)!log_open_consoles(&s->root, true);
	setpriority(PRIO_PROCESS, 0, NICENESS);
	if (advice_load() < 0)
		log_error("the table of root causes cannot be read");
	s->signals = open_signals();
	write_pid(s);
	model_init(&s->model);
	util_strlcpy(s->model.stick_name, sizeof(s->model.stick_name), settings.stick);
	start_keyboard(s);
	show(s);
	actions_end(&s->actions);
	remove_pid(s);
	tty_close(&s->tty, !s->model.screen_off);
	cells_free(&s->cells);
	model_free(&s->model);
	if (s->signals >= 0)
		close(s->signals);
	log_close();
	sysroot_close(&s->root);
	return 0;
}
