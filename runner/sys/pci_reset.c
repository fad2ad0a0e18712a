/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Function level resets. */
#include "sys/pci_reset.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/child.h"
#include "base/le.h"
#include "base/sysroot.h"
#include "sys/pci.h"

#define DEV "sys/bus/pci/devices/%s/"
#define PENDING_MS 700 /* as the kernel waits for requests that are under way */

struct kernel_reset {
	const struct sysroot *root;
	const char *dev;
};

static int write_reset(void *arg)
{
	const struct kernel_reset *r = arg;

	return sysroot_write(r->root, "1", DEV "reset", r->dev);
}

int pci_flr(const struct sysroot *root, const struct pci_addr *addr, unsigned int timeout_ms,
	    uint64_t *us)
{
	char a[PCI_ADDR_STRLEN];
	struct kernel_reset r = { root, pci_addr_format(addr, a) };
	uint64_t begin;
	int ret = sysroot_write(root, "flr", DEV "reset_method", a), err;

	*us = 0;
	/* There is no such file if the kernel knows no way at all to reset it. */
	if (ret == -ENOENT || ret == -EINVAL)
		return pci_exists(root, addr) ? -EOPNOTSUPP : -ENODEV;
	if (ret < 0)
		return ret;
	begin = util_now_us();
	ret = child_ask(write_reset, &r, timeout_ms);
	*us = util_now_us() - begin;
	/* While a reset hangs, the kernel holds the device's lock and the file would hang as well.
	 */
	err = ret == -ETIMEDOUT ? 0 : sysroot_write(root, "default", DEV "reset_method", a);
	return ret < 0 ? ret : err;
}

struct config_file {
	int fd;
	unsigned int express; /* the PCI Express capability */
};

static int get16(const struct config_file *f, unsigned int at, uint16_t *value)
{
	uint8_t raw[2];
	ssize_t n = pread(f->fd, raw, sizeof(raw), at);

	*value = le_get16(raw);
	return n == sizeof(raw) ? 0 : n < 0 ? -errno : -EIO;
}

static int put16(const struct config_file *f, unsigned int at, uint16_t value)
{
	uint8_t raw[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
	ssize_t n = pwrite(f->fd, raw, sizeof(raw), at);

	return n == sizeof(raw) ? 0 : n < 0 ? -errno : -EIO;
}

static bool is_idle(void *arg)
{
	const struct config_file *f = arg;
	uint16_t status;

	return get16(f, f->express + PCI_EXP_DEVSTA, &status) == 0 &&
	       !(status & PCI_EXP_DEVSTA_TRPND);
}

static bool answers(void *arg)
{
	const struct config_file *f = arg;
	uint16_t command;

	return get16(f, PCI_COMMAND, &command) == 0 && command != UINT16_MAX;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* Nobody may touch a function for that long, so that there is nothing to poll. */
static void leave_alone(void)
{
	(void)!util_poll_until(never, NULL, PCI_FLR_MS);
}

static int order_flr(const struct config_file *f)
{
	uint16_t control;
	int ret = get16(f, f->express + PCI_EXP_DEVCTL, &control);

	return ret < 0 ? ret
		       : put16(f, f->express + PCI_EXP_DEVCTL, control | PCI_EXP_DEVCTL_BCR_FLR);
}

static int flr_by_hand(struct config_file *f, unsigned int timeout_ms, struct pci_flr_effect *e)
{
	uint16_t before, now = 0;
	uint64_t begin;
	int ret = get16(f, PCI_COMMAND, &before);

	if (ret == 0)
		ret = put16(f, PCI_COMMAND, before | PCI_COMMAND_MASTER);
	if (ret == 0)
		ret = get16(f, PCI_COMMAND, &now);
	if (ret < 0)
		return ret;
	e->marked = now & PCI_COMMAND_MASTER;
	begin = util_now_ms();
	ret = util_poll_until(is_idle, f, PENDING_MS) < 0 ? -EBUSY : order_flr(f);
	if (ret == 0) {
		leave_alone();
		e->answers = util_poll_until(answers, f, timeout_ms) == 0;
		e->ms = (unsigned int)(util_now_ms() - begin);
		ret = get16(f, PCI_COMMAND, &now);
		e->cleared = e->answers && !(now & PCI_COMMAND_MASTER);
	}
	if (e->answers || ret < 0)
		(void)!put16(f, PCI_COMMAND, before);
	return ret;
}

int pci_flr_by_hand(const struct sysroot *root, const struct pci_addr *addr,
		    unsigned int timeout_ms, struct pci_flr_effect *effect)
{
	char a[PCI_ADDR_STRLEN];
	_cleanup_close_ int fd =
		sysroot_openat(root, O_RDWR, DEV "config", pci_addr_format(addr, a));
	struct config_file f = { .fd = fd };
	struct pci_vf_facts facts;
	struct pci_config cfg;
	int ret = pci_read_configs(root, addr, 1, &cfg);

	*effect = (struct pci_flr_effect){ 0 };
	if (fd < 0 || ret < 0)
		return fd < 0 ? fd : ret;
	pci_decode_vf(&cfg, &facts);
	f.express = pci_config_cap(&cfg, PCI_CAP_ID_EXP);
	if (!facts.answers)
		return -ENODEV;
	if (!facts.flr || !f.express)
		return -EOPNOTSUPP;
	return flr_by_hand(&f, timeout_ms, effect);
}
