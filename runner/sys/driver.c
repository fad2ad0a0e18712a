/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binds PCI devices to drivers. A probe or a remove can sleep for as long as it likes in the
 * kernel, so each write is made in a child with a deadline.
 */
#include "sys/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/log.h"
#include "base/sysroot.h"

#define DEV "sys/bus/pci/devices/%s"
#define WRITE_TIMEOUT_MS 60000

#define HANGS "run/vfproof/hangs"
#define SILENT '!' /* before the name: it is not the start that hangs */

bool driver_hangs(const struct sysroot *root, const struct pci_addr *dev, char *name, size_t size)
{
	char a[PCI_ADDR_STRLEN], state[16];

	if (sysroot_read(root, name, size, HANGS "/%s", pci_addr_format(dev, a)) <= 0)
		return false;
	if (name[0] == SILENT) {
		memmove(name, name + 1, strlen(name));
		return true;
	}
	/* What was noted is true as long as the module's start has not come to an end. */
	return sysroot_read(root, state, sizeof(state), "sys/module/%s/initstate", name) > 0 &&
	       strcmp(state, "coming") == 0;
}

void driver_note_hang(const struct sysroot *root, const char *dev, const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[96];

	(void)!mkdirat(root->fd, "run", 0755);
	(void)!mkdirat(root->fd, "run/vfproof", 0755);
	(void)!mkdirat(root->fd, HANGS, 0755);
	util_format(path, sizeof(path), HANGS "/%s", dev);
	fd = openat(root->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || util_write_all(fd, name, strlen(name)) < 0)
		log_error("/%s cannot be written", path);
}

void driver_note_silent(const struct sysroot *root, const char *dev, const char *name)
{
	char text[80];

	util_format(text, sizeof(text), "%c%s", SILENT, name[0] ? name : "(none)");
	driver_note_hang(root, dev, text);
}

static bool hangs(const struct sysroot *root, const struct pci_addr *dev)
{
	char name[64];

	return driver_hangs(root, dev, name, sizeof(name));
}

struct driver_write {
	const struct sysroot *root;
	const char *path, *text;
};

static int do_write(void *arg)
{
	const struct driver_write *w = arg;

	return sysroot_write(w->root, w->text, "%s", w->path);
}

static int bounded_write(const struct sysroot *root, const char *path, const char *text)
{
	struct driver_write w = { root, path, text };

	return child_ask(do_write, &w, (unsigned int)sysroot_recovery_ms(root, WRITE_TIMEOUT_MS));
}

int driver_get(const struct sysroot *root, const struct pci_addr *dev, char *buf, size_t size)
{
	char a[PCI_ADDR_STRLEN];
	int ret = sysroot_link_name(root, buf, size, DEV "/driver", pci_addr_format(dev, a));

	if (ret == -ENOENT)
		return sysroot_exists(root, DEV, a) ? 0 : -ENODEV;
	return ret;
}

int driver_unbind(const struct sysroot *root, const struct pci_addr *dev)
{
	char a[PCI_ADDR_STRLEN], name[64], path[128];
	int ret = driver_get(root, dev, name, sizeof(name));

	if (ret < 0 || !name[0])
		return ret;
	if (hangs(root, dev))
		return -EBUSY;
	util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/unbind", name);
	ret = bounded_write(root, path, pci_addr_format(dev, a));
	/* Gone in the meantime is as good. */
	if (ret < 0 && ret != -ENODEV && ret != -ENOENT)
		return ret;
	ret = driver_get(root, dev, name, sizeof(name));
	return ret < 0 ? ret : name[0] ? -EBUSY : 0;
}

static int set_override(const struct sysroot *root, const char *a, const char *driver)
{
	/* A line without a name clears it. */
	return sysroot_write(root, driver[0] ? driver : "\n", DEV "/driver_override", a);
}

/* Writes the address of @dev into @path, upon which @driver has to be bound to it. */
static int write_and_check(const struct sysroot *root, const char *path, const struct pci_addr *dev,
			   const char *driver)
{
	char a[PCI_ADDR_STRLEN], name[64];
	int ret = bounded_write(root, path, pci_addr_format(dev, a));
	/* The write can succeed although the probe did not. */
	int err = driver_get(root, dev, name, sizeof(name));

	if (err < 0)
		return err;
	if (strcmp(name, driver) != 0)
		return ret < 0 ? ret : -EIO;
	return 0;
}

/* Probes @dev, whose driver_override is @driver already. */
static int probe(const struct sysroot *root, const struct pci_addr *dev, const char *driver)
{
	if (!sysroot_exists(root, "sys/bus/pci/drivers/%s", driver))
		return -ENOENT;
	return write_and_check(root, "sys/bus/pci/drivers_probe", dev, driver);
}

int driver_bind(const struct sysroot *root, const struct pci_addr *dev, const char *driver)
{
	char a[PCI_ADDR_STRLEN];
	int ret = hangs(root, dev) ? -EBUSY : driver_unbind(root, dev);

	if (ret < 0 || !driver[0])
		return ret;
	ret = set_override(root, pci_addr_format(dev, a), driver);
	return ret < 0 ? ret : probe(root, dev, driver);
}

int driver_restore(const struct sysroot *root, const struct pci_addr *dev, const char *driver)
{
	char a[PCI_ADDR_STRLEN], name[64];
	int ret = driver_get(root, dev, name, sizeof(name)), err;

	if (ret == -ENODEV)
		return 0;
	if (hangs(root, dev))
		return -EBUSY;
	if (ret == 0 && strcmp(name, driver) != 0)
		/*
		 * By override too, and it is cleared afterwards: without one a VF is not probed
		 * while its PF's sriov_drivers_autoprobe is 0.
		 */
		ret = driver_bind(root, dev, driver);
	err = set_override(root, pci_addr_format(dev, a), "");
	if (ret == -ENODEV || err == -ENOENT)
		return 0; /* gone while we were at it */
	return ret < 0 ? ret : err;
}

static int write_id(const struct sysroot *root, const char *driver, const char *attr,
		    uint16_t vendor, uint16_t device)
{
	char path[128], text[16];

	util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", driver, attr);
	util_format(text, sizeof(text), "%04x %04x", vendor, device);
	return bounded_write(root, path, text);
}

int driver_add_id(const struct sysroot *root, const char *driver, uint16_t vendor, uint16_t device)
{
	return write_id(root, driver, "new_id", vendor, device);
}

int driver_remove_id(const struct sysroot *root, const char *driver, uint16_t vendor,
		     uint16_t device)
{
	int ret = write_id(root, driver, "remove_id", vendor, device);

	return ret == -ENODEV ? 0 : ret;
}

int driver_bind_plain(const struct sysroot *root, const struct pci_addr *dev, const char *driver)
{
	char path[128];

	if (hangs(root, dev))
		return -EBUSY;
	util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/bind", driver);
	return write_and_check(root, path, dev, driver);
}

bool driver_exists(const struct sysroot *root, const char *driver)
{
	return sysroot_exists(root, "sys/bus/pci/drivers/%s", driver);
}

int driver_probe(const struct sysroot *root, const struct pci_addr *dev)
{
	char a[PCI_ADDR_STRLEN];

	if (hangs(root, dev))
		return -EBUSY;
	return sysroot_write(root, pci_addr_format(dev, a), "sys/bus/pci/drivers_probe");
}
