/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drivers started side by side, and the one that does not come back left behind. */
#include "sys/module_start.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"
#include "sys/driver.h"
#include "sys/module.h"

#define MAX_DEVICES 4096 /* of a bus */
/* The ports of a driver start one after the other: mlx5 gives a dead one 120 s each. */
#define START_MS 60000
#define START_DEVICE_MS 130000
#define START_MAX_MS 600000
#define LOCK_MS 3000 /* for a read that takes the device's lock */
#define SLOW_MS 15000 /* after that the console is told what is waited for */

struct start {
	const struct sysroot *root;
	const struct module_start_ops *ops;
	struct module_start *what;
	struct child child; /* pid 0: it could not be started */
};

static struct module_start *find_start(struct module_starts *all, const char *bus, const char *name)
{
	unsigned int i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->list[i].module, name) == 0)
			return &all->list[i];
	if (all->n == MODULE_START_MAX)
		return NULL;
	all->list[all->n] = (struct module_start){ .bus = bus };
	util_strlcpy(all->list[all->n].module, sizeof(all->list[0].module), name);
	return &all->list[all->n++];
}

/* Class 02 is a network controller; virtio device type 1 a network device (Virtio, 5). */
static bool is_nic(const struct sysroot *root, const char *bus, const char *dev,
		   const char *modalias)
{
	uint64_t class;

	if (strcmp(bus, "pci") == 0)
		return sysroot_read_u64(root, &class, "sys/bus/pci/devices/%s/class", dev) == 0 &&
		       class >> 16 == 0x02;
	return strncmp(modalias, "virtio:d00000001v", 17) == 0;
}

static int read_modalias(const struct sysroot *root, const char *bus, const char *dev, char *buf,
			 size_t size)
{
	int ret = sysroot_read(root, buf, size, "sys/bus/%s/devices/%s/modalias", bus, dev);

	return ret < 0 ? ret : ret == 0 ? -ENOENT : 0;
}

static void add_device(const struct sysroot *root, const char *bus, const char *dev,
		       const struct module_start_ops *ops, struct module_starts *all)
{
	char modalias[512], name[MODULE_SET_NAME];
	struct module_start *s;

	if (read_modalias(root, bus, dev, modalias, sizeof(modalias)) < 0 ||
	    !is_nic(root, bus, dev, modalias) ||
	    ops->find(ops->arg, modalias, name, sizeof(name)) < 0 || !name[0])
		return;
	s = find_start(all, bus, name);
	if (!s)
		log_error("more than %u drivers: %s is left out", MODULE_START_MAX, name);
	else if (s->n_devices++ < MODULE_START_DEVICES)
		util_strlcpy(s->devices[s->n_devices - 1], sizeof(s->devices[0]), dev);
}

static unsigned int devices_kept(const struct module_start *s)
{
	return s->n_devices < MODULE_START_DEVICES ? s->n_devices : MODULE_START_DEVICES;
}

static int start_child(void *arg)
{
	const struct start *t = arg;
	char modalias[512];
	unsigned int i;

	prctl(PR_SET_NAME, "vfproof-load"); /* configs/symptoms.ini knows it by that */
	for (i = 0; i < devices_kept(t->what); i++)
		if (read_modalias(t->root, t->what->bus, t->what->devices[i], modalias,
				  sizeof(modalias)) == 0)
			t->ops->load(t->ops->arg, modalias);
	return 0;
}

static uint64_t start_ms(const struct start *t)
{
	const struct module_start_ops *ops = t->ops;
	uint64_t ms = ops->base_ms ? ops->base_ms : START_MS;

	ms += (uint64_t)(ops->device_ms ? ops->device_ms : START_DEVICE_MS) * t->what->n_devices;
	return sysroot_ms(t->root, ms < START_MAX_MS ? ms : START_MAX_MS);
}

struct device {
	const struct sysroot *root;
	const char *bus, *name;
};

/* The kernel reads this one under the lock of the device (drivers/pci/iov.c). */
static int read_numvfs(void *arg)
{
	const struct device *d = arg;
	char text[64];

	(void)!sysroot_read(d->root, text, sizeof(text), "sys/bus/%s/devices/%s/sriov_numvfs",
			    d->bus, d->name);
	return 0;
}

/*
 * A device gets its link to the driver before that has started it, and its lock is free only
 * afterwards. A child that waits for the lock is left behind.
 */
static bool is_bound(const struct start *t, unsigned int i)
{
	struct device d = { t->root, t->what->bus, t->what->devices[i] };
	char driver[64];

	return sysroot_link_name(t->root, driver, sizeof(driver), "sys/bus/%s/devices/%s/driver",
				 d.bus, d.name) == 0 &&
	       child_ask(read_numvfs, &d, (unsigned int)sysroot_ms(t->root, LOCK_MS)) == 0;
}

/* Notes it for driver_hangs(): also for a runner that is started again on this boot. */
static void note_hang(const struct start *t)
{
	unsigned int i;

	t->what->state = MODULE_HANGS;
	for (i = 0; i < devices_kept(t->what); i++)
		if (!is_bound(t, i))
			driver_note_hang(t->root, t->what->devices[i], t->what->module);
	/*
	 * It would name that driver every two minutes from now on, in the time of other ports'
	 * items.
	 */
	if (sysroot_write(t->root, "0", "proc/sys/kernel/hung_task_warnings") < 0)
		log_debug("the kernel's watch for hung tasks goes on");
}

/* Waits for it, and says so if that takes long. False if it does not come back. */
static bool await_start(struct start *t, uint64_t begin_ms, struct child_end *end)
{
	const uint64_t deadline = begin_ms + start_ms(t), slow = begin_ms + SLOW_MS;
	char what[256];

	if (child_await(&t->child, slow < deadline ? slow : deadline, NULL, end))
		return true;
	module_start_describe(t->what, what, sizeof(what));
	log_info("waiting for driver %s, for at most %u s", what,
		 (unsigned int)((deadline - begin_ms) / 1000));
	if (child_await(&t->child, deadline, NULL, end))
		return true;
	log_error("driver %s does not come back: it is left behind", what);
	return false;
}

static void wait_start(struct start *t, uint64_t begin_ms)
{
	struct child_end end;

	if (!await_start(t, begin_ms, &end)) {
		close(util_take_fd(&t->child.pidfd));
		note_hang(t);
	} else if (end.state != CHILD_EXITED || end.value != 0) {
		t->what->state = MODULE_DIED;
	}
}

/* Starts what has been added since there were @first of them. */
static int start_from(const struct sysroot *root, const struct module_start_ops *ops,
		      struct module_starts *all, unsigned int first)
{
	struct start starts[MODULE_START_MAX] = { 0 };
	const uint64_t begin = util_now_ms();
	unsigned int i;
	int ret = 0;

	for (i = first; i < all->n; i++) {
		starts[i] = (struct start){ .root = root, .ops = ops, .what = &all->list[i] };
		if (child_start(&starts[i].child, start_child, &starts[i]) < 0) {
			starts[i].child.pid = 0;
			ret = -EAGAIN;
		}
	}
	for (i = first; i < all->n; i++)
		if (starts[i].child.pid != 0)
			wait_start(&starts[i], begin);
	return ret;
}

int module_start_bus(const struct sysroot *root, const char *bus,
		     const struct module_start_ops *ops, struct module_starts *out)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/%s/devices", bus);
	const unsigned int first = out->n;
	struct dirent *entry;
	int i;

	for (i = 0; dir && i < MAX_DEVICES && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.')
			add_device(root, bus, entry->d_name, ops, out);
	return start_from(root, ops, out, first);
}

static int find_module(void *arg, const char *modalias, char *name, size_t size)
{
	(void)arg;
	return module_find_by_alias(modalias, name, size);
}

static void load_module(void *arg, const char *modalias)
{
	(void)arg;
	module_load_for_device(modalias);
}

int module_start_nics(const struct sysroot *root, struct module_starts *out)
{
	static const struct module_start_ops ops = { .find = find_module, .load = load_module };
	int ret, more;

	out->n = 0;
	ret = module_start_bus(root, "pci", &ops, out);
	more = module_start_bus(root, "virtio", &ops, out); /* there once virtio_pci is */
	return ret < 0 ? ret : more;
}

void module_start_describe(const struct module_start *s, char *buf, size_t size)
{
	unsigned int i;

	util_format(buf, size, "%s (", s->module);
	for (i = 0; i < devices_kept(s); i++)
		util_format(buf + strlen(buf), size - strlen(buf), "%s%s", i ? ", " : "",
			    s->devices[i]);
	util_format(buf + strlen(buf), size - strlen(buf), ")");
}
