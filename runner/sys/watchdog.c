/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /dev/watchdog, the process that feeds it, and which driver makes it.
 */
#include "sys/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/module.h"

#define WATCHDOG_TIMEOUT_S 60
#define FEED_MS 2000
#define LOAD_MS 20000
#define OPEN_MS 3000 /* the process that had it open may just have died */
#define FEEDER_END_MS 5000
#define MAX_DEVICES 4096
#define FEEDER_NICE (-20)

#define CLASS_ISA_BRIDGE 0x0601
#define CLASS_SMBUS 0x0c05

struct watchdog_shared {
	uint64_t until_ms; /* util_now_ms() up to which it is fed */
};

/* What is in the machine, as far as it decides which watchdog there may be. */
struct chip_set {
	bool intel, amd;
};

static void look_at_device(const struct sysroot *root, const char *dev, struct chip_set *c)
{
	uint64_t class, vendor;

	if (sysroot_read_u64(root, &class, "sys/bus/pci/devices/%s/class", dev) < 0 ||
	    (class >> 8 != CLASS_ISA_BRIDGE && class >> 8 != CLASS_SMBUS) ||
	    sysroot_read_u64(root, &vendor, "sys/bus/pci/devices/%s/vendor", dev) < 0)
		return;
	c->intel |= vendor == 0x8086;
	c->amd |= vendor == 0x1022 || vendor == 0x1002 || vendor == 0x1d94; /* AMD, ATI, Hygon */
}

static void look_at_chip_set(const struct sysroot *root, struct chip_set *c)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/devices");
	struct dirent *entry;
	unsigned int i;

	for (i = 0; dir && i < MAX_DEVICES && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.')
			look_at_device(root, entry->d_name, c);
}

static bool is_hpe(const struct sysroot *root)
{
	char vendor[64];

	return sysroot_read(root, vendor, sizeof(vendor), "sys/class/dmi/id/sys_vendor") > 0 &&
	       (strncmp(vendor, "HP", 2) == 0 || strncmp(vendor, "Hewlett", 7) == 0);
}

/* A BMC: by the ACPI table of its interface, or by its device in the ACPI name space. */
static bool has_bmc(const struct sysroot *root)
{
	return sysroot_exists(root, "sys/firmware/acpi/tables/SPMI") ||
	       sysroot_exists(root, "sys/bus/acpi/devices/IPI0001:00");
}

unsigned int watchdog_find_drivers(const struct sysroot *root,
				   const char *modules[WATCHDOG_MAX_DRIVERS])
{
	struct chip_set chips = { 0 };
	unsigned int n = 0;

	look_at_chip_set(root, &chips);
	if (sysroot_exists(root, "sys/firmware/acpi/tables/WDAT"))
		modules[n++] = "wdat_wdt";
	if (is_hpe(root))
		modules[n++] = "hpwdt";
	if (chips.intel)
		modules[n++] = "iTCO_wdt";
	if (chips.amd)
		modules[n++] = "sp5100_tco";
	if (has_bmc(root))
		modules[n++] = "ipmi_watchdog";
	modules[n++] = "softdog";
	return n;
}

/* What makes a watchdog's device, where its driver alone does not. */
static const struct {
	const char *module, *before;
} needs[] = {
	{ "iTCO_wdt", "lpc_ich" }, /* up to the 300 series */
	{ "iTCO_wdt", "i2c_i801" }, /* later ones: C620, for example */
	{ "ipmi_watchdog", "ipmi_si" },
};

struct load {
	const struct sysroot *root;
	const char *module;
};

static int load_child(void *arg)
{
	const struct load *l = arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needs); i++)
		if (strcmp(needs[i].module, l->module) == 0 &&
		    module_insert(l->root, needs[i].before, NULL) < 0)
			log_debug("no module %s", needs[i].before);
	return module_insert(l->root, l->module, NULL);
}

/* A driver that hangs while it is loaded is left behind. */
static void load_driver(const struct sysroot *root)
{
	const char *modules[WATCHDOG_MAX_DRIVERS];
	unsigned int n = watchdog_find_drivers(root, modules), i;

	for (i = 0; i < n && !sysroot_exists(root, "dev/watchdog"); i++) {
		struct load l = { root, modules[i] };

		if (child_ask(load_child, &l, (unsigned int)sysroot_ms(root, LOAD_MS)) < 0)
			log_debug("no watchdog driver %s", modules[i]);
		else if (sysroot_exists(root, "dev/watchdog"))
			log_info("watchdog: %s", modules[i]);
	}
}

struct opening {
	const struct sysroot *root;
	int fd; /* or -errno */
};

static bool is_open(void *arg)
{
	struct opening *o = arg;

	o->fd = sysroot_openat(o->root, O_WRONLY, "dev/watchdog");
	return o->fd >= 0 || o->fd != -EBUSY;
}

static void feed(int fd)
{
	if (write(fd, "\n", 1) < 0)
		log_debug("the watchdog does not answer");
}

static void set_timeout(int fd)
{
	int timeout = WATCHDOG_TIMEOUT_S;

	if (ioctl(fd, WDIOC_SETTIMEOUT, &timeout) < 0)
		log_debug("the watchdog keeps its own timeout");
}

static void arm_again(int fd)
{
	int off = WDIOS_DISABLECARD, on = WDIOS_ENABLECARD;

	/* Whether the kernel has stopped it behind our back, it does not tell. */
	if (ioctl(fd, WDIOC_SETOPTIONS, &off) < 0 || ioctl(fd, WDIOC_SETOPTIONS, &on) < 0)
		log_debug("the watchdog cannot be armed anew");
	set_timeout(fd);
	feed(fd);
}

/* What the feeder is told; the end of its commands is CMD_LEAVE. */
enum { CMD_STOP = 'V', CMD_REARM = 'R', CMD_LEAVE = 0 };

struct feeder {
	const struct watchdog_shared *shared;
	int fd, commands, other_end;
};

/* Waits for a command. Returns it, or -1 for none. */
static int next_command(int commands)
{
	struct pollfd p = { .fd = commands, .events = POLLIN };
	char c;

	if (poll(&p, 1, FEED_MS) <= 0)
		return -1;
	return read(commands, &c, 1) == 1 ? c : CMD_LEAVE;
}

static int feeder_main(void *arg)
{
	const struct feeder *f = arg;
	int command = -1;

	prctl(PR_SET_NAME, "vfproof-watch");
	close(f->other_end);
	setpriority(PRIO_PROCESS, 0, FEEDER_NICE);
	while (command != CMD_LEAVE && command != CMD_STOP) {
		if (util_now_ms() < __atomic_load_n(&f->shared->until_ms, __ATOMIC_ACQUIRE))
			feed(f->fd);
		command = next_command(f->commands);
		if (command == CMD_REARM)
			arm_again(f->fd);
	}
	if (command == CMD_STOP && write(f->fd, "V", 1) < 0) /* magic close */
		log_debug("the watchdog was not stopped");
	return 0;
}

/* Takes @fd. */
static void start_feeder(struct watchdog *w, int fd)
{
	struct feeder f = { .shared = w->shared, .fd = fd };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return;
	f.commands = fds[1];
	f.other_end = fds[0];
	if (child_start(&w->feeder, feeder_main, &f) < 0) {
		w->feeder.pid = 0;
		close(fds[0]);
	} else {
		w->commands = fds[0];
	}
	close(fds[1]);
}

void watchdog_open(struct watchdog *w, const struct sysroot *root)
{
	struct opening o = { .root = root, .fd = -1 };

	*w = (struct watchdog){ .commands = -1 };
	load_driver(root);
	if (util_poll_until(is_open, &o, OPEN_MS) < 0 || o.fd < 0) {
		log_info("watchdog: none can be used");
		return;
	}
	set_timeout(o.fd);
	w->shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w->shared == MAP_FAILED) {
		w->shared = NULL;
	} else {
		watchdog_pet(w);
		start_feeder(w, o.fd);
	}
	if (w->feeder.pid == 0 && write(o.fd, "V", 1) < 0)
		log_error("there is a watchdog, and nobody to feed it");
	close(o.fd);
}

void watchdog_allow(const struct watchdog *w, uint64_t ms)
{
	if (w->shared)
		__atomic_store_n(&w->shared->until_ms, util_now_ms() + ms, __ATOMIC_RELEASE);
}

void watchdog_pet(const struct watchdog *w)
{
	watchdog_allow(w, WATCHDOG_PET_MS);
}

static void tell(const struct watchdog *w, char command)
{
	if (w->commands >= 0 && send(w->commands, &command, 1, MSG_NOSIGNAL) != 1)
		log_debug("the watchdog's process has ended");
}

void watchdog_rearm(const struct watchdog *w)
{
	tell(w, CMD_REARM);
}

void watchdog_leave(struct watchdog *w)
{
	if (w->commands >= 0)
		shutdown(w->commands, SHUT_WR); /* forked processes may have a copy */
	util_closep(&w->commands);
	w->commands = -1;
	if (w->feeder.pid != 0)
		child_wait(&w->feeder, util_now_ms() + FEEDER_END_MS, NULL);
	w->feeder.pid = 0;
	if (w->shared)
		munmap(util_take_ptr(w->shared), sizeof(*w->shared));
}

void watchdog_close(struct watchdog *w)
{
	tell(w, CMD_STOP);
	watchdog_leave(w);
}

bool watchdog_is_armed(const struct sysroot *root)
{
	char state[16];

	if (!sysroot_exists(root, "dev/watchdog"))
		return false;
	/* Those that are not of the kernel's watchdog core do not tell: ipmi_watchdog. */
	return sysroot_read(root, state, sizeof(state), "sys/class/watchdog/watchdog0/state") < 0 ||
	       strcmp(state, "active") == 0;
}
