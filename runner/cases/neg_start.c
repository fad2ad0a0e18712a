/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU must refuse before its guest runs: too little memory that may be locked, an IOMMU group
 * that the host still uses a part of, and interrupts that are not remapped.
 */
#include "model/ctx.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/held.h"
#include "cases/trial.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/iommu.h"
#include "sys/vfio.h"
#include "sys/vmstat.h"
#include "base/sysroot.h"

#define START_TIMEOUT_S 240
#define LOCK_KB 16384u /* less than any guest has */
#define UNPINNED_MS 10000

/* ---- memory that may be locked ---- */

struct pinned_wait {
	const struct sysroot *root;
	uint64_t before, now;
};

static bool pinned_as_before(void *arg)
{
	struct pinned_wait *w = arg;

	return vmstat_pinned(w->root, &w->now) == 0 && w->now == w->before;
}

static int memlock_check_pinned(struct ctx *ctx, uint64_t before)
{
	struct pinned_wait w = { ctx->root, before, 0 };

	if (util_poll_until(pinned_as_before, &w, ctx_ms(ctx, UNPINNED_MS)) == 0) {
		ctx_evidence(ctx, "pinned", "as many pages as before");
		return 0;
	}
	ctx_fail(ctx, "pinned_left", "after the refusal no page of it is pinned",
		 "%llu pages were pinned before, %llu are after", (unsigned long long)before,
		 (unsigned long long)w.now);
	return CASE_OVER;
}

static int neg_memlock(struct held *h)
{
	const struct trial small = { .dev = &h->rig.vfs[1],
				     .lock_kb = LOCK_KB,
				     .what = "16 MiB that may be locked" };
	const struct trial enough = { .dev = &h->rig.vfs[1], .what = "as much as it likes" };
	struct ctx *ctx = h->rig.ctx;
	uint64_t before;
	int ret = vmstat_pinned(ctx->root, &before);

	if (ret < 0)
		return ctx_error(ctx, ret, "the kernel does not tell what is pinned: %s",
				 strerror(-ret));
	ret = trial_refused(ctx, &small, "*= -12 (Cannot allocate memory)*");
	if (ret == 0)
		ret = memlock_check_pinned(ctx, before);
	if (ret == 0)
		ret = guest_wait_released(ctx, &h->rig.vfs[1]);
	if (ret == 0)
		ret = trial_accepted(ctx, &enough);
	if (ret == 0)
		ret = memlock_check_pinned(ctx, before);
	if (ret == 0)
		ret = guest_check_traffic(&h->guest, 0, 1, &h->pf);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "refused by a clear error, and nothing stays pinned",
			"16 MiB that may be locked: refused, as many pages pinned as before; "
			"without the limit QEMU starts; the other guest goes on");
}

static int run_neg_memlock(struct ctx *ctx)
{
	return held_run(ctx, neg_memlock);
}

/* ---- a group that the host still uses ---- */

/* Drivers that do no DMA for the kernel: the group can be given away with them. */
static bool group_driver_is_fine(const char *driver)
{
	return driver[0] == '\0' || strcmp(driver, "vfio-pci") == 0 ||
	       strcmp(driver, "pci-stub") == 0 || strcmp(driver, "pcieport") == 0;
}

struct group_others {
	int group;
	unsigned int n; /* devices of others whose drivers keep the group */
	struct pci_addr addr[16];
	char driver[16][32];
};

static int group_find_others(struct ctx *ctx, struct group_others *o)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	struct pci_addr addr, owner;

	*o = (struct group_others){ .group = iommu_group_of(ctx->root, &ctx->pf->addr) };
	dir = o->group < 0 ? NULL : iommu_group_open(ctx->root, o->group);
	while (dir && (entry = readdir(dir))) {
		char driver[32] = "";

		if (pci_addr_parse(entry->d_name, &addr) < 0 ||
		    pci_addr_cmp(&addr, &ctx->pf->addr) == 0 ||
		    (pci_physfn(ctx->root, &addr, &owner) == 0 &&
		     pci_addr_cmp(&owner, &ctx->pf->addr) == 0))
			continue;
		if (driver_get(ctx->root, &addr, driver, sizeof(driver)) < 0 ||
		    group_driver_is_fine(driver))
			continue;
		if (o->n == ARRAY_SIZE(o->addr))
			return ctx_error(ctx, -E2BIG, "IOMMU group %d has too many devices",
					 o->group);
		o->addr[o->n] = addr;
		util_strlcpy(o->driver[o->n++], sizeof(o->driver[0]), driver);
	}
	return 0;
}

static const struct nic *group_nic(const struct ctx *ctx, const struct pci_addr *addr)
{
	for (unsigned int i = 0; i < ctx->inv->n_nics; i++)
		if (pci_addr_cmp(&ctx->inv->nics[i].addr, addr) == 0)
			return &ctx->inv->nics[i];
	return NULL;
}

/*
 * True if the device can be taken from its driver for a moment: a port that is under test too, or
 * another function of the same card that has nothing to do with the report stick.
 */
static bool group_may_take(const struct ctx *ctx, const struct pci_addr *addr)
{
	const struct pci_addr *pf = &ctx->pf->addr;
	const struct nic *nic = group_nic(ctx, addr);
	uint64_t class;

	if (nic)
		return inventory_nic_is_pf(nic) && !inventory_is_boot_port(ctx->inv, nic);
	if (addr->domain != pf->domain || addr->bus != pf->bus || addr->dev != pf->dev ||
	    pci_read_attr(ctx->root, addr, "class", &class) < 0)
		return false;
	/* PCI Code and ID Assignment: mass storage, serial buses. */
	return class >> 16 != 0x01 && class >> 16 != 0x0c;
}

static int group_take(struct ctx *ctx, const struct group_others *o, unsigned int i)
{
	const struct nic *nic = group_nic(ctx, &o->addr[i]);
	char ifname[IFNAMSIZ], addr[PCI_ADDR_STRLEN];
	struct link_info info;
	struct sriov_state st;
	int ret = 0;

	pci_addr_format(&o->addr[i], addr);
	if (nic)
		ret = vfs_find_pf(ctx, nic, false, ifname, &info);
	if (ret == 0 && nic && sriov_read(ctx->root, &nic->addr, &st) == 0)
		ret = vfs_clear(ctx, nic, VFS_AUTOPROBE_KEEP, &st);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER, &o->addr[i], 0, o->driver[i]);
	if (ret < 0)
		return ret;
	ret = driver_bind(ctx->root, &o->addr[i], "");
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be released: %s", addr, strerror(-ret)) : 0;
}

/* Each driver still has its device. */
static int group_check_drivers(struct ctx *ctx, const struct group_others *o)
{
	char driver[32] = "", addr[PCI_ADDR_STRLEN];

	for (unsigned int i = 0; i < o->n; i++) {
		if (driver_get(ctx->root, &o->addr[i], driver, sizeof(driver)) == 0 &&
		    strcmp(driver, o->driver[i]) == 0)
			continue;
		ctx_fail(ctx, "refusal_left", "the other devices keep their drivers",
			 "%s was on %s and is on \"%s\"", pci_addr_format(&o->addr[i], addr),
			 o->driver[i], driver);
		return CASE_OVER;
	}
	return 0;
}

/* Returns 1, and says why, if it cannot be done right here. */
static int group_do_right(struct ctx *ctx, const struct group_others *o, const struct trial *t)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = 0;

	for (unsigned int i = 0; i < o->n; i++)
		if (!group_may_take(ctx, &o->addr[i])) {
			ctx_evidence(ctx, "not_tried",
				     "the whole group given away: %s has to stay with %s",
				     pci_addr_format(&o->addr[i], addr), o->driver[i]);
			return 1;
		}
	for (unsigned int i = 0; ret == 0 && i < o->n; i++)
		ret = group_take(ctx, o, i);
	return ret < 0 ? ret : trial_accepted(ctx, t);
}

static int run_neg_shared_group(struct ctx *ctx)
{
	char words[64], addr[PCI_ADDR_STRLEN], region[64];
	struct trial t = { .what = "a group that the host uses a part of" };
	struct group_others o;
	struct rig_dev dev;
	int ret = group_find_others(ctx, &o);

	if (ret < 0)
		return ret;
	if (o.n == 0)
		return ctx_not_applicable(
			ctx,
			"no other device that has a driver is in the port's IOMMU "
			"group %d",
			o.group);
	if (iommu_group_is_reserved(ctx->root, o.group, region, sizeof(region)))
		return ctx_not_applicable(ctx, "the firmware reserves the region %s for the group",
					  region);
	t.dev = &dev;
	ret = rig_take_pf(&dev, ctx, ctx->pf);
	util_format(words, sizeof(words), "*group %d is not viable*", o.group);
	if (ret == 0)
		ret = trial_refused(ctx, &t, words);
	if (ret == 0)
		ret = group_check_drivers(ctx, &o);
	t.what = "the whole group given away";
	if (ret == 0)
		ret = group_do_right(ctx, &o, &t);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "refused by the group's number, and the host keeps what it has",
			"group %d, in which %s has %s: refused%s", o.group, o.driver[0],
			pci_addr_format(&o.addr[0], addr),
			ret == 0 ? "; QEMU takes it once no driver has a part of it" : "");
}

/* ---- interrupts that are not remapped ---- */

static int run_neg_no_intremap(struct ctx *ctx)
{
	struct trial t = { .what = "interrupts are not remapped" };
	unsigned int remapped, plain;
	struct rig_dev dev = { .what = "VF 0", .pf = ctx->pf };
	struct sriov_state st;
	bool unsafe;
	int ret = inventory_count_irqs(ctx->root, &remapped, &plain);

	if (ret < 0)
		return ctx_error(ctx, ret, "/proc/interrupts cannot be read: %s", strerror(-ret));
	if (remapped > 0)
		return ctx_not_applicable(ctx, "interrupt remapping is in force: %u interrupts",
					  remapped);
	ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret == 0)
		ret = vfs_make(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	dev.addr = st.vfs[0];
	t.dev = &dev;
	ret = rig_bind_vfio(ctx, &dev);
	if (ret < 0)
		return ret;
	ret = vfio_get_unsafe(ctx->root, &unsafe);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_UNSAFE_IRQ, NULL, unsafe, "");
	if (ret == 0)
		ret = vfio_set_unsafe(ctx->root, false);
	if (ret < 0)
		return ctx_error(ctx, ret, "VFIO's allow_unsafe_interrupts cannot be set: %s",
				 strerror(-ret));
	ret = trial_refused(ctx, &t, "*ailed to set*ommu for container: Operation not permitted*");
	if (ret < 0)
		return ret;
	/* This QEMU runs no more than the first instructions of our own guest. */
	ret = vfio_set_unsafe(ctx->root, true);
	if (ret < 0)
		return ctx_error(ctx, ret, "VFIO's allow_unsafe_interrupts cannot be set: %s",
				 strerror(-ret));
	t.what = "the same with allow_unsafe_interrupts=1";
	ret = trial_accepted(ctx, &t);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "refused unless it is allowed by name",
			"allow_unsafe_interrupts=0: refused; 1: QEMU starts");
}

/* VFIO's words, drivers/vfio/vfio_iommu_type1.c of Linux 6.12. */
static const struct provoked memlock_exceeded[] = {
	{ NULL, "*RLIMIT_MEMLOCK (*) exceeded*" },
	{ NULL, "*vfio_pin_pages_remote: * failed*" },
	{ 0 },
};
static const struct provoked no_remapping[] = {
	{ NULL, "*No interrupt remapping support*" },
	{ 0 },
};

const struct case_def neg_start_cases[] = {
	{ .id = "neg_memlock",
	  .set = SET_FULL,
	  .title = "A guest whose memory must not be locked is refused",
	  .subject = SUBJECT_PF,
	  .needs = { HELD_NEEDS },
	  .timeout_s = HELD_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_neg_memlock,
	  .provokes = memlock_exceeded,
	  .fixture = &fixture_held },
	{ .id = "neg_shared_group",
	  .set = SET_FULL,
	  .title = "An IOMMU group that the host still uses a part of is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_NEEDS },
	  .timeout_s = START_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_neg_shared_group },
	{ .id = "neg_no_intremap",
	  .set = SET_FULL,
	  .title = "Without interrupt remapping a guest is refused, unless that is allowed",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_kvm, &req_pf_driver, &req_vfs },
	  .timeout_s = START_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_neg_no_intremap,
	  .provokes = no_remapping },
	{ .id = NULL },
};
