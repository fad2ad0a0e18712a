/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/watchdog, and which driver makes it.
 */
#include "sys/watchdog.h"

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include "base/log.h"
#include "base/util.h"
#include "sys/module.h"
#include "base/sysroot.h"

#define WATCHDOG_TIMEOUT_S 60

/* The chip set's watchdog if it has one that works, the kernel's own if not. */
static void load_driver(const struct sysroot *root)
{
	static const char *const drivers[] = { "iTCO_wdt", "sp5100_tco", "softdog" };
	size_t i;

	if (!sysroot_is_real(root))
		return;
	for (i = 0; i < ARRAY_SIZE(drivers) && !sysroot_exists(root, "dev/watchdog"); i++)
		if (module_load(drivers[i], NULL) < 0)
			log_debug("no watchdog driver %s", drivers[i]);
}

void watchdog_open(struct watchdog *w, const struct sysroot *root)
{
	int timeout = WATCHDOG_TIMEOUT_S;
	uint64_t nowayout;

	w->fd = -1;
	load_driver(root);
	if (sysroot_read_u64(root, &nowayout, "sys/class/watchdog/watchdog0/nowayout") == 0 &&
	    nowayout)
		return;
	w->fd = sysroot_openat(root, O_WRONLY, "dev/watchdog");
	if (w->fd < 0) {
		w->fd = -1;
		return;
	}
	if (ioctl(w->fd, WDIOC_SETTIMEOUT, &timeout) < 0)
		log_debug("the watchdog keeps its own timeout");
	watchdog_pet(w);
}

void watchdog_pet(const struct watchdog *w)
{
	if (w->fd >= 0 && write(w->fd, "\n", 1) < 0)
		log_debug("the watchdog does not answer");
}

void watchdog_close(struct watchdog *w)
{
	if (w->fd >= 0 && write(w->fd, "V", 1) < 0) /* magic close */
		log_debug("the watchdog was not stopped");
	watchdog_leave(w);
}

void watchdog_leave(struct watchdog *w)
{
	if (w->fd >= 0)
		close(util_take_fd(&w->fd));
}
