/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a VF from its driver, and gives it back. */
#include "stray.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "child.h"
#include "sys/memory_page.h"
#include "sys/pci_addr.h"

#define STRAY_DRIVER_MS 8000 /* for a driver to come or go, and for a reset */
#define PCI_DIR "sys/bus/pci/devices/%s"

static int config_command(struct stray_vf *s, uint16_t set, uint16_t clear)
{
	_cleanup_close_ int fd = sysroot_openat(s->root, O_RDWR, PCI_DIR "/config", s->pci);
	uint16_t command;

	if (fd < 0)
		return fd;
	if (pread(fd, &command, sizeof(command), PCI_COMMAND) != sizeof(command))
		return -EIO;
	command = (uint16_t)((command | set) & ~clear);
	return pwrite(fd, &command, sizeof(command), PCI_COMMAND) == sizeof(command) ? 0 : -EIO;
}

static int map_bar(struct stray_vf *s)
{
	int number = s->family->find_bar ? s->family->find_bar(s) : 0;
	_cleanup_close_ int fd = -1;
	struct stat st;
	void *bar;

	if (number < 0)
		return number;
	fd = sysroot_openat(s->root, O_RDWR, PCI_DIR "/resource%d", s->pci, number);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size < (off_t)s->family->bar_size)
		return -ENXIO;
	bar = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		return -errno;
	s->bar = bar;
	s->bar_size = (size_t)st.st_size;
	return 0;
}

static int map_pages(struct stray_vf *s)
{
	for (unsigned int i = 0; i < STRAY_PAGES; i++) {
		void *page = memory_page_new(1);
		int ret;

		if (!page)
			return -ENOMEM;
		s->page[i] = page;
		ret = memory_page_address(s->root, page, &s->bus[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static void stray_free(struct stray_vf *s)
{
	if (s->bar)
		munmap((void *)s->bar, s->bar_size);
	for (unsigned int i = 0; i < STRAY_PAGES; i++)
		if (s->page[i])
			memory_page_free((void *)s->page[i], 1);
	free(s);
}

static int unbind(void *arg)
{
	struct stray_vf *s = arg;

	return sysroot_write(s->root, s->pci, "sys/bus/pci/drivers/%s/unbind", s->driver);
}

static int reset(void *arg)
{
	struct stray_vf *s = arg;

	return sysroot_write(s->root, "1", PCI_DIR "/reset", s->pci);
}

static int bind_again(void *arg)
{
	struct stray_vf *s = arg;

	return sysroot_write(s->root, s->pci, "sys/bus/pci/drivers/%s/bind", s->driver);
}

/*
 * The device does nothing any more, is reset, and has its driver again. Each step is tried; the
 * first error counts.
 */
static int stray_give(struct agent *a)
{
	struct stray_vf *s = a->stray;
	int ret, err;

	if (!s)
		return -ENOENT;
	if (a->stray_pid > 0)
		kill(a->stray_pid, SIGKILL);
	a->stray_pid = 0;
	ret = config_command(s, 0, PCI_COMMAND_MASTER);
	err = agent_child_run(reset, s, STRAY_DRIVER_MS);
	ret = ret < 0 ? ret : err;
	err = agent_child_run(bind_again, s, STRAY_DRIVER_MS);
	ret = ret < 0 ? ret : err;
	a->stray = NULL;
	stray_free(s);
	return ret;
}

/* From here on the device has no driver. */
static int stray_open(struct stray_vf *s)
{
	int ret = agent_child_run(unbind, s, STRAY_DRIVER_MS);

	if (ret == 0)
		ret = map_pages(s);
	if (ret == 0)
		/* A driver that goes switches both off. */
		ret = config_command(s, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	return ret < 0 ? ret : map_bar(s);
}

static int stray_take(struct agent *a, const struct agent_stray_dev *req,
		      struct agent_stray_taken *out)
{
	struct pci_addr addr;
	struct stray_vf *s;
	int ret;

	if (a->stray)
		return -EBUSY;
	if (!memchr(req->pci, '\0', sizeof(req->pci)) || pci_addr_parse(req->pci, &addr) < 0)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->root = &a->root;
	pci_addr_format(&addr, s->pci);
	ret = sysroot_link_name(s->root, s->driver, sizeof(s->driver), PCI_DIR "/driver", s->pci);
	s->family = ret < 0 ? NULL : stray_family_of(s->driver);
	if (!s->family) {
		free(s);
		return ret < 0 ? ret : -EOPNOTSUPP;
	}
	a->stray = s;
	ret = stray_open(s);
	if (ret < 0) {
		(void)!stray_give(a);
		return ret;
	}
	*out = (struct agent_stray_taken){ .inside = s->bus[STRAY_INSIDE],
					   .bar_size = (uint32_t)s->bar_size };
	util_strlcpy(out->driver, sizeof(out->driver), s->driver);
	return 0;
}

static int on_take(struct agent *a, const void *req, void *reply)
{
	int ret = stray_take(a, req, reply);

	return ret < 0 ? ret : (int)sizeof(struct agent_stray_taken);
}

static int on_send(struct agent *a, const void *req, void *reply)
{
	const struct agent_stray_send *send = req;
	struct agent_stray_sent *out = reply;
	int ret;

	*out = (struct agent_stray_sent){ 0 };
	if (!a->stray)
		return -ENOENT;
	if (send->size == 0 || send->descriptors > AGENT_STRAY_MAX_DESCRIPTORS ||
	    send->size > sizeof(send->frame) || send->write_head > 2 ||
	    send->wrong >= AGENT_STRAY_WRONGS || send->timeout_ms > AGENT_STRAY_MAX_MS)
		return -EINVAL;
	ret = a->stray->family->send(a->stray, send, out);
	return ret < 0 ? ret : (int)sizeof(*out);
}

static int on_config(struct agent *a, const void *req, void *reply)
{
	const struct agent_stray_dev *dev = req;
	int ret;

	if (!a->stray || strncmp(dev->pci, a->stray->pci, sizeof(dev->pci)) != 0)
		return -ENOENT;
	ret = stray_fill_config(&a->root, a->stray->pci, &a->stray->saved, reply);
	return ret < 0 ? ret : (int)sizeof(struct agent_stray_config);
}

static int on_restore(struct agent *a, const void *req, void *reply)
{
	const struct agent_stray_dev *dev = req;
	int ret;

	if (!a->stray || strncmp(dev->pci, a->stray->pci, sizeof(dev->pci)) != 0 ||
	    a->stray->saved.n == 0)
		return -ENOENT;
	ret = stray_restore_config(&a->root, a->stray->pci, &a->stray->saved, reply);
	a->stray->saved.n = 0;
	return ret < 0 ? ret : (int)sizeof(struct agent_stray_restored);
}

static int on_give(struct agent *a, const void *req, void *reply)
{
	const struct agent_stray_dev *dev = req;

	(void)reply;
	if (!a->stray || strncmp(dev->pci, a->stray->pci, sizeof(dev->pci)) != 0)
		return -ENOENT;
	return stray_give(a);
}

const struct agent_request stray_requests[] = {
	{ AGENT_STRAY_TAKE, sizeof(struct agent_stray_dev), false, on_take },
	{ AGENT_STRAY_SEND, sizeof(struct agent_stray_send), false, on_send },
	{ AGENT_STRAY_CONFIG, sizeof(struct agent_stray_dev), false, on_config },
	{ AGENT_STRAY_RESTORE, sizeof(struct agent_stray_dev), false, on_restore },
	{ AGENT_STRAY_GIVE, sizeof(struct agent_stray_dev), false, on_give },
	{ 0 },
};
