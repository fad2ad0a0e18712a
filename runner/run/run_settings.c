/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's settings, and what goes by them at once. */
#include "run/run_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/log.h"
#include "run/early.h"
#include "screen/screen.h"
#include "sys/kernel.h"
#include "sys/serial.h"

#define CONF_MAX_SIZE (64u << 10)

/* The virtual terminal has the operator's screen, if there is one; all others get lines. */
void run_open_consoles(struct run *r)
{
	const bool screen = screen_is_wanted(&r->root, &r->settings);

	log_close();
	r->consoles = true;
	if (serial_open_consoles(&r->root, r->settings.serial, screen) < 0)
		log_error("not all consoles could be opened (serial=%s)", r->settings.serial);
	if (r->settings.screen == SCREEN_ON && !screen)
		log_error("screen=on, but there is no virtual terminal " SCREEN_TTY);
}

static void read_conf(struct run *r, int dir, const char *where)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret;

	if (dir < 0)
		return;
	ret = early_read_file(&r->root, dir, OVERLAY_CONF, CONF_MAX_SIZE, &text, &len);
	if (ret == 0)
		settings_parse_conf(&r->settings, text, len);
	else if (ret != -ENOENT)
		settings_add_problem(&r->settings, OVERLAY_CONF " %s cannot be read: %s", where,
				     strerror(-ret));
}

void run_read_settings(struct run *r)
{
	const struct settings was = r->settings;
	_cleanup_close_ int overlay = sysroot_openat(&r->root, O_RDONLY | O_DIRECTORY, OVERLAY_RUN);

	settings_init(&r->settings);
	settings_take_cmdline(&r->settings, &r->root);
	read_conf(r, overlay, "of the overlay");
	read_conf(r, r->stick.dir, "on the stick");
	if (r->no_advice)
		settings_add_problem(&r->settings, "the table of root causes cannot be read");
	r->root.timeout_percent = r->settings.timeout_percent;
	log_set_level(r->settings.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (r->consoles &&
	    (r->settings.screen != was.screen || strcmp(r->settings.serial, was.serial) != 0)) {
		run_open_consoles(r);
		serial_log_ports(&r->root, r->settings.serial);
	}
}

void run_write_finish(struct run *r, enum finish finish)
{
	_cleanup_close_ int dir = sysroot_openat(&r->root, O_RDONLY | O_DIRECTORY, STORE_RUN);
	char text[16];

	util_format(text, sizeof(text), "%s\n", settings_finish_name(finish));
	if (dir < 0 || util_write_durably(dir, "finish", text, strlen(text)) < 0)
		log_error("the end state could not be written to /" STORE_RUN "/finish");
	if (dir < 0 ||
	    util_write_durably(dir, "serial", r->settings.serial, strlen(r->settings.serial)) < 0)
		log_error("serial= could not be written to /" STORE_RUN "/serial");
}
