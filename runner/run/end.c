/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the boot, whatever hangs. */
#include "run/end.h"

#include <errno.h>
#include <string.h>
#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "run/say.h"
#include "sys/power.h"
#include "sys/watchdog.h"

#define FED_MS (10ull * 365 * 24 * 3600 * 1000) /* for good */
#define REARM_MS 3000 /* after this the kernel has stopped it, if it does so */
#define KERNEL_MS 60000 /* devices are shut down one after the other */
#define OTHER_MS 10000

static const struct end_step poweroff_steps[] = {
	{ "the kernel", power_by_kernel, true, KERNEL_MS },
	{ "SysRq", power_by_sysrq, true, OTHER_MS },
	{ "the ACPI registers", power_by_ports, true, OTHER_MS },
	/* Better on again than neither on nor off: somebody waits for the host. */
	{ "SysRq (a restart)", power_by_sysrq, false, OTHER_MS },
	{ "the chip set's reset", power_by_ports, false, OTHER_MS },
};

static const struct end_step reboot_steps[] = {
	{ "the kernel", power_by_kernel, false, KERNEL_MS },
	{ "SysRq", power_by_sysrq, false, OTHER_MS },
	{ "the chip set's reset", power_by_ports, false, OTHER_MS },
};

struct act {
	const struct sysroot *root;
	const struct end_step *step;
};

static int act_child(void *arg)
{
	const struct act *a = arg;

	return a->step->act(a->root, a->step->off);
}

struct waiting {
	const struct watchdog *watchdog;
	uint64_t rearm_ms; /* when the watchdog is armed anew, 0: it was */
};

static void wait_tick(void *arg)
{
	struct waiting *w = arg;

	if (!w->watchdog)
		return;
	watchdog_pet(w->watchdog);
	if (w->rearm_ms == 0 || util_now_ms() < w->rearm_ms)
		return;
	w->rearm_ms = 0;
	watchdog_rearm(w->watchdog);
}

static bool never(void *arg)
{
	wait_tick(arg);
	return false;
}

/* One that hangs is left behind. Returns what is to be said of it. */
static const char *carry_out(const struct act *a, const struct watchdog *watchdog)
{
	struct waiting w = { watchdog, util_now_ms() + REARM_MS };
	const struct child_tick tick = { wait_tick, &w };
	const uint64_t deadline = util_now_ms() + sysroot_recovery_ms(a->root, a->step->ms);
	struct child_end end;
	struct child c;
	uint64_t now;

	if (child_start(&c, act_child, (void *)a) < 0)
		return "could not be tried";
	if (!child_await(&c, deadline, &tick, &end)) {
		close(util_take_fd(&c.pidfd));
		return "hangs";
	}
	if (end.state != CHILD_EXITED || end.value != 0)
		return "does not do it";
	now = util_now_ms();
	if (now < deadline)
		(void)!util_poll_until(never, &w, (unsigned int)(deadline - now));
	return "has no effect";
}

void end_carry_out(const struct sysroot *root, const struct watchdog *watchdog,
		   const struct end_step *steps, size_t n,
		   void (*say)(const struct sysroot *root, const char *text))
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct act a = { root, &steps[i] };
		const char *how = carry_out(&a, watchdog);
		char text[160];

		util_format(text, sizeof(text), "vfproof: end: %s %s: %s", steps[i].what, how,
			    i + 1 < n  ? "trying otherwise"
			    : watchdog ? "the watchdog is left to do it"
				       : "there is nothing more to try");
		say(root, text);
	}
}

bool end_quiet_watchdog(const struct sysroot *root, struct watchdog *w)
{
	*w = (struct watchdog){ .commands = -1 };
	if (!watchdog_is_armed(root))
		return false;
	watchdog_open(w, root);
	watchdog_close(w);
	if (!watchdog_is_armed(root))
		return false;
	watchdog_open(w, root);
	if (w->feeder.pid == 0)
		return false;
	watchdog_allow(w, FED_MS);
	return true;
}

static void say_line(const struct sysroot *root, const char *text)
{
	(void)say_text(root, text, SAY_LINE_MS);
}

static int end_stay(const struct sysroot *root)
{
	struct watchdog w;

	if (!end_quiet_watchdog(root, &w))
		return 0;
	/* For as long as it lives. */
	child_wait(&w.feeder, util_now_ms() + FED_MS, NULL);
	return 1;
}

static void end_off(const struct sysroot *root, const struct end_step *steps, size_t n)
{
	struct watchdog w;

	watchdog_open(&w, root);
	end_carry_out(root, w.feeder.pid != 0 ? &w : NULL, steps, n, say_line);
	watchdog_leave(&w);
}

int end_main(const char *root_path, const char *state)
{
	struct sysroot root;
	int status = 1;

	if (sysroot_open(&root, root_path) < 0)
		return 3;
	log_stay_silent(); /* what it says goes out in processes of their own */
	if (strcmp(state, "poweroff") == 0)
		end_off(&root, poweroff_steps, ARRAY_SIZE(poweroff_steps));
	else if (strcmp(state, "reboot") == 0)
		end_off(&root, reboot_steps, ARRAY_SIZE(reboot_steps));
	else
		status = end_stay(&root);
	sysroot_close(&root);
	return status;
}
