/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creates, counts and destroys VFs through sysfs. */
#include "sys/sriov.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/hold.h"
#include "sys/driver.h"
#include "sys/pci.h"
#include "base/sysroot.h"
#include "sys/sriov_queue.h"

#define DEV "sys/bus/pci/devices/%s/"
#define VFS_APPEAR_MS 5000
#define STATE_MS 3000

struct numvfs_write {
	const struct sysroot *root;
	const char *pf, *text;
};

struct vfs_wait {
	const struct sysroot *root;
	const struct pci_addr *pf;
	unsigned int n;
	struct sriov_state *st;
};

static int read_number(const struct sysroot *root, const char *pf, const char *attr, int base,
		       unsigned int *out)
{
	char text[32];
	uint64_t value;
	int ret = sysroot_read(root, text, sizeof(text), DEV "%s", pf, attr);

	if (ret >= 0)
		ret = util_parse_u64(text, base, UINT16_MAX, &value);
	if (ret == 0)
		*out = (unsigned int)value;
	return ret;
}

static void read_links(const struct sysroot *root, const char *pf, struct sriov_state *st)
{
	unsigned int i;

	for (i = 0; i < SRIOV_MAX_VFS; i++) {
		struct pci_addr *vf = &st->vfs[st->links];
		char name[PCI_ADDR_STRLEN];

		if (sysroot_link_name(root, name, sizeof(name), DEV "virtfn%u", pf, i) == 0 &&
		    pci_addr_parse(name, vf) == 0 &&
		    sysroot_exists(root, "sys/bus/pci/devices/%s", name))
			st->links++;
	}
}

int sriov_read(const struct sysroot *root, const struct pci_addr *pf, struct sriov_state *st)
{
	unsigned int total = 0, num = 0;
	char a[PCI_ADDR_STRLEN], module[64];
	int ret;

	*st = (struct sriov_state){ 0 };
	pci_addr_format(pf, a);
	if (!sysroot_exists(root, "sys/bus/pci/devices/%s", a))
		return -ENODEV;
	/* Reading sriov_numvfs takes the lock of the device. */
	if (driver_hangs(root, pf, module, sizeof(module)))
		return -EBUSY;
	ret = read_number(root, a, "sriov_totalvfs", 10, &total);
	if (ret == 0)
		ret = read_number(root, a, "sriov_numvfs", 10, &num);
	if (ret < 0)
		return ret;
	st->totalvfs = (int)total;
	st->numvfs = (int)num;
	read_links(root, a, st);
	/* These three came with Linux 4.14; without them the capability has to do. */
	if (read_number(root, a, "sriov_offset", 10, &st->offset) < 0 ||
	    read_number(root, a, "sriov_stride", 10, &st->stride) < 0 ||
	    read_number(root, a, "sriov_vf_device", 16, &st->vf_device) < 0)
		st->offset = st->stride = st->vf_device = 0;
	return 0;
}

static int write_numvfs(void *arg)
{
	const struct numvfs_write *w = arg;

	return sysroot_write(w->root, w->text, DEV "sriov_numvfs", w->pf);
}

struct state_read {
	const struct sysroot *root;
	const struct pci_addr *pf;
};

static int read_state(void *arg, void *result)
{
	const struct state_read *r = arg;

	return sriov_read(r->root, r->pf, result);
}

/* A change that hangs holds the device's lock, and the kernel wants that to tell the number. */
static int read_after(const struct sysroot *root, const struct pci_addr *pf, int err,
		      struct sriov_state *st)
{
	struct state_read r = { root, pf };

	if (err != -ETIMEDOUT && err != -SRIOV_QUEUE_STUCK)
		return sriov_read(root, pf, st);
	*st = (struct sriov_state){ .numvfs = -1 };
	if (child_ask_for(read_state, &r, st, sizeof(*st), STATE_MS) < 0)
		*st = (struct sriov_state){ .numvfs = -1 };
	return 0;
}

int sriov_write_numvfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		       unsigned int timeout_ms, struct sriov_state *st)
{
	char a[PCI_ADDR_STRLEN], text[16];
	struct numvfs_write w = { root, pci_addr_format(pf, a), text };
	struct sriov_turn turn;
	unsigned int before = 0;
	uint64_t begin, took = 0;
	int ret = sriov_turn_begin(root, timeout_ms, &turn), err;

	util_format(text, sizeof(text), "%u", n);
	if (ret == 0) {
		if (read_number(root, a, "sriov_numvfs", 10, &before) < 0)
			before = 0;
		begin = util_now_ms();
		hold_begin(root->hold);
		ret = child_ask(write_numvfs, &w, timeout_ms);
		hold_end(root->hold);
		took = util_now_ms() - begin;
		if (ret == 0)
			sriov_note_change(root, pf, n > before ? n : before, took);
	}
	sriov_turn_end(&turn);
	err = read_after(root, pf, ret, st);
	st->write_ms = (unsigned int)took;
	return ret < 0 ? ret : err;
}

int sriov_write_text(const struct sysroot *root, const struct pci_addr *pf, const char *text,
		     unsigned int timeout_ms, struct sriov_state *st)
{
	char a[PCI_ADDR_STRLEN];
	struct numvfs_write w = { root, pci_addr_format(pf, a), text };
	struct sriov_turn turn;
	int ret = sriov_turn_begin(root, timeout_ms, &turn), err;

	if (ret == 0)
		ret = child_ask(write_numvfs, &w, timeout_ms);
	sriov_turn_end(&turn);
	err = read_after(root, pf, ret, st);
	return ret < 0 ? ret : err;
}

unsigned int sriov_write_ms(const struct sysroot *root, const struct pci_addr *pf, unsigned int n)
{
	char a[PCI_ADDR_STRLEN];
	unsigned int now = 0;

	if (read_number(root, pci_addr_format(pf, a), "sriov_numvfs", 10, &now) < 0)
		now = 0;
	return sriov_change_ms(root, pf, n > now ? n : now);
}

static bool vfs_are_there(void *arg)
{
	struct vfs_wait *w = arg;

	return sriov_read(w->root, w->pf, w->st) == 0 && w->st->numvfs == (int)w->n &&
	       w->st->links == w->n;
}

int sriov_wait_vfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		   unsigned int timeout_ms, struct sriov_state *st)
{
	struct vfs_wait w = { root, pf, n, st };
	unsigned int write_ms = st->write_ms;
	uint64_t begin = util_now_ms();
	int ret = util_poll_until(vfs_are_there, &w, timeout_ms);

	st->write_ms = write_ms;
	st->wait_ms = (unsigned int)(util_now_ms() - begin);
	return ret == 0 ? 0 : -EIO;
}

int sriov_set_numvfs(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		     unsigned int timeout_ms, struct sriov_state *st)
{
	int ret = sriov_write_numvfs(root, pf, n, timeout_ms, st);

	return ret < 0 ? ret
		       : sriov_wait_vfs(root, pf, n,
					(unsigned int)sysroot_recovery_ms(root, VFS_APPEAR_MS), st);
}

int sriov_get_autoprobe(const struct sysroot *root, const struct pci_addr *pf, bool *on)
{
	uint64_t value = 0;
	int ret = pci_read_attr(root, pf, "sriov_drivers_autoprobe", &value);

	*on = value != 0;
	return ret;
}

int sriov_set_autoprobe(const struct sysroot *root, const struct pci_addr *pf, bool on)
{
	char a[PCI_ADDR_STRLEN];
	bool is_on;
	int ret = sysroot_write(root, on ? "1" : "0", DEV "sriov_drivers_autoprobe",
				pci_addr_format(pf, a));

	if (ret == 0)
		ret = sriov_get_autoprobe(root, pf, &is_on);
	if (ret == 0 && is_on != on)
		ret = -EIO;
	return ret;
}

int sriov_set_vf_msix(const struct sysroot *root, const struct pci_addr *vf, unsigned int n)
{
	char a[PCI_ADDR_STRLEN], text[16];

	util_format(text, sizeof(text), "%u", n);
	return sysroot_write(root, text, DEV "sriov_vf_msix_count", pci_addr_format(vf, a));
}

struct pci_addr sriov_vf_addr(const struct pci_addr *pf, unsigned int offset, unsigned int stride,
			      unsigned int index)
{
	return pci_addr_from_rid(pf->domain,
				 (uint16_t)(pci_addr_rid(pf) + offset + stride * index));
}
