/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest for the cases that take away what it holds. */
#include "cases/held.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "cases/pages.h"
#include "sys/driver.h"
#include "sys/hugepages.h"
#include "sys/inventory.h"
#include "vm/vm_size.h"

#define HELD_FREE_PORTS 2u

/* MiB of the guest with all that it may get. */
static unsigned int held_memory_mb(const struct ctx *ctx)
{
	struct vm_size size = { 0 };

	for (unsigned int i = 0; i < 1 + HELD_FREE_PORTS; i++)
		vm_size_add(&size, ctx->pf->profile, false);
	return vm_size_memory(&size, ctx->settings->guest_memory_mb);
}

/* Sets huge pages aside for @mb MiB. Whether there are any is in @h; that is no finding yet. */
static int held_take_pages(struct held *h, struct ctx *ctx, unsigned int *mb)
{
	struct hugepages now;
	uint64_t total;
	int ret;

	h->huge_known = hugepages_read(ctx->root, HELD_HUGE_KB, &now) == 0;
	if (!h->huge_known)
		return 0;
	if (*mb + 2 * VM_SIZE_QEMU_MB > guest_memory_left(ctx)) {
		util_format(h->no_huge, sizeof(h->no_huge),
			    "%u MiB are more than there is for guests", *mb);
		return 0;
	}
	ret = pages_take(ctx, HELD_HUGE_KB, mb, &total, h->no_huge, sizeof(h->no_huge));
	h->huge = ret == 0;
	return ret < 0 ? ret : 0;
}

static int held_open(struct ctx *ctx, void *state)
{
	struct held *h = state;
	struct rig_dev *dev = &h->rig.vfs[0];
	struct vm_config like = { .memory_mb = held_memory_mb(ctx) };
	int ret = rig_open_vfs(&h->rig, ctx, ctx->pf, HELD_VFS);

	if (ret == 0)
		ret = held_take_pages(h, ctx, &like.memory_mb);
	like.huge_kb = h->huge ? HELD_HUGE_KB : 0;
	if (ret == 0)
		ret = guest_boot_like(&h->guest, ctx, "", &dev, 1, HELD_FREE_PORTS, &like);
	if (ret == 0)
		ret = station_open(&h->pf, ctx, h->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&h->rig);
}

static int held_close(struct ctx *ctx, void *state)
{
	struct held *h = state;
	int ret = fixture_end(ctx, &h->guest, h->rig.vfs, h->rig.n_vfs);

	station_close(&h->pf);
	return ret;
}

const struct fixture fixture_held = {
	.name = "held",
	.size = sizeof(struct held),
	.open = held_open,
	.close = held_close,
};

/* What a case before could not put back. */
static bool held_is_whole(struct held *h, char *why, size_t size)
{
	char driver[32] = "";

	for (unsigned int i = 0; i < h->guest.n_nics; i++)
		if ((h->guest.nics[i].id[0] != '\0') != (i == 0)) {
			util_format(why, size, "NIC slot %u of the guest is not as at its start",
				    i);
			return false;
		}
	for (unsigned int i = 0; i < h->rig.n_vfs; i++)
		if (driver_get(h->rig.ctx->root, &h->rig.vfs[i].addr, driver, sizeof(driver)) < 0 ||
		    strcmp(driver, "vfio-pci") != 0) {
			util_format(why, size, "%s is not on vfio-pci any more",
				    h->rig.vfs[i].what);
			return false;
		}
	return true;
}

int held_run(struct ctx *ctx, int (*use)(struct held *h))
{
	struct held *h = ctx->fixture;
	char why[120];
	int ret = 0;

	if (!fixture_guest_runs(ctx, &h->guest))
		return 0;
	if (!held_is_whole(h, why, sizeof(why)))
		return ctx_skip(ctx, "%s", why);
	/* The first case to come finds out whether the NIC works. */
	if (h->guest.nics[0].netdev.pci[0] == '\0')
		ret = guest_check_nic(&h->guest, 0);
	if (ret == 0)
		ret = use(h);
	/* A guest that was ended on the way has no more to say. */
	return ret < 0 || !h->guest.vm ? ret : guest_check_klog(&h->guest);
}

static int held_remake_all(struct held *h, bool reopen)
{
	struct ctx *ctx = h->rig.ctx;
	unsigned int index;
	int ret = 0;

	if (reopen) {
		station_close(&h->pf);
		ret = rig_open(&h->rig, ctx, ctx->pf);
	}
	if (ret == 0)
		ret = rig_create_vfs(&h->rig, HELD_VFS);
	for (unsigned int i = 0; ret == 0 && i < h->rig.n_vfs; i++)
		ret = rig_bind_vfio(ctx, &h->rig.vfs[i]);
	if (ret == 0 && reopen)
		ret = station_open(&h->pf, ctx, h->rig.ifname, "PF");
	if (ret == 0)
		ret = rig_wait_link(&h->rig);
	if (ret == 0)
		ret = guest_plug_and_use(&h->guest, &h->rig.vfs[0], VM_MONITOR_QMP, &h->pf, &index);
	return ret;
}

int held_remake(struct held *h, bool reopen)
{
	struct ctx *ctx = h->rig.ctx;
	unsigned int undo = ctx->res->n_undo;
	int ret = held_remake_all(h, reopen);

	if (ret == 0)
		ctx_keep_undo(ctx, undo);
	return ret;
}
