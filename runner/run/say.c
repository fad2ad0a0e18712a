/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says what the appliance's init has to say. */
#include "run/say.h"

#include <string.h>
#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/store.h"
#include "model/settings.h"
#include "sys/serial.h"

#define MAX_TEXT (8u << 20)
#define INPUT_MS 600000 /* half a megabyte at 9600 baud */

/* What the runner went by, which may be from a stick; else the kernel command line. */
static void read_setting(const struct sysroot *root, char *buf, size_t size)
{
	struct settings s;

	if (sysroot_read(root, buf, size, STORE_RUN "/serial") > 0 && serial_is_setting(buf))
		return;
	settings_init(&s);
	settings_take_cmdline(&s, root);
	util_strlcpy(buf, size, s.serial);
}

static int say_input(void)
{
	_cleanup_free_ char *text = malloc(MAX_TEXT + 1);
	ssize_t len = text ? util_read_all(STDIN_FILENO, text, MAX_TEXT) : -1;

	if (len < 0)
		return 3;
	text[len] = '\0';
	log_raw(text);
	return 0;
}

void say_open(const struct sysroot *root)
{
	char setting[SERIAL_SETTING_SIZE];

	read_setting(root, setting, sizeof(setting));
	(void)!serial_open_consoles(root, setting, sysroot_exists(root, STORE_RUN "/screen.pid"));
}

struct saying {
	const struct sysroot *root;
	const char *text; /* NULL: standard input */
};

static int say_child(void *arg)
{
	const struct saying *s = arg;
	int status = 0;

	say_open(s->root);
	if (s->text)
		log_raw(s->text);
	else
		status = say_input();
	log_close();
	return status;
}

int say_text(const struct sysroot *root, const char *text, unsigned int timeout_ms)
{
	struct saying s = { root, text };

	return child_ask(say_child, &s, timeout_ms) == 0 ? 0 : 3;
}

int say_main(const char *root_path, const char *text)
{
	struct sysroot root;
	int status;

	if (sysroot_open(&root, root_path) < 0)
		return 3;
	status = say_text(&root, text, text ? SAY_LINE_MS : INPUT_MS);
	sysroot_close(&root);
	return status;
}
