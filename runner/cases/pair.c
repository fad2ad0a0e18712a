/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two guests with VFs of one PF, for the cases that need nothing else. */
#include "cases/pair.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "sys/driver.h"

#define PAIR_MAX_VFS 4
#define PAIR_BOOT_VFS 2 /* of the first guest */
#define PAIR_FREE_PORTS 2

static int pair_open(struct ctx *ctx, void *state)
{
	struct pair *p = state;
	struct rig_dev *devs[PAIR_BOOT_VFS] = { &p->rig.vfs[0], &p->rig.vfs[1] };
	int ret = rig_open_vfs(&p->rig, ctx, ctx->pf, PAIR_MAX_VFS);

	if (ret == 0)
		ret = guest_boot(&p->first, ctx, "guest 1", devs, PAIR_BOOT_VFS, PAIR_FREE_PORTS);
	if (ret == 0)
		ret = station_open(&p->pf, ctx, p->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&p->rig);
}

static int pair_close(struct ctx *ctx, void *state)
{
	struct pair *p = state;
	int second = fixture_end(ctx, &p->second, NULL, 0);
	int ret = fixture_end(ctx, &p->first, p->rig.vfs, p->rig.n_vfs);

	station_close(&p->pf);
	return ret < 0 ? ret : second;
}

const struct fixture fixture_pair = {
	.name = "pair",
	.size = sizeof(struct pair),
	.open = pair_open,
	.close = pair_close,
};

/* What a case before could not put back. */
static bool pair_is_whole(struct pair *p, char *why, size_t size)
{
	const struct guest *g = &p->first;
	char driver[32] = "";

	for (unsigned int i = 0; i < g->n_nics; i++)
		if ((g->nics[i].id[0] != '\0') != (i < PAIR_BOOT_VFS)) {
			util_format(why, size, "NIC slot %u of the guest is not as at its start",
				    i);
			return false;
		}
	for (unsigned int i = 0; i < p->rig.n_vfs; i++) {
		const struct rig_dev *dev = &p->rig.vfs[i];

		if (driver_get(p->rig.ctx->root, &dev->addr, driver, sizeof(driver)) < 0 ||
		    strcmp(driver, "vfio-pci") != 0) {
			util_format(why, size, "%s is not on vfio-pci any more", dev->what);
			return false;
		}
	}
	return true;
}

/* The first case to come finds out whether the NICs work. */
static int pair_check_nics(struct pair *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < PAIR_BOOT_VFS; i++)
		if (p->first.nics[i].netdev.pci[0] == '\0')
			ret = guest_check_nic(&p->first, i);
	return ret;
}

int pair_run(struct ctx *ctx, int (*use)(struct pair *p))
{
	struct pair *p = ctx->fixture;
	/* An earlier case has told, and only those that need it miss it. */
	bool lost = p->second.vm && vm_ended(p->second.vm);
	char why[120];
	int ret;

	if (!fixture_guest_runs(ctx, &p->first))
		return 0;
	if (!pair_is_whole(p, why, sizeof(why)))
		return ctx_skip(ctx, "%s", why);
	ret = pair_check_nics(p);
	if (ret == 0)
		ret = use(p);
	if (ret == 0)
		ret = guest_check_klog(&p->first);
	if (ret == 0 && p->second.vm && !lost)
		ret = guest_check_klog(&p->second);
	/* @use may have found that the second guest has ended long ago. */
	return ctx->res->verdict == VERDICT_SKIP ? 0 : ret;
}

/* The first guest has VFs 0 and 1, and where there are no more, VF 1 serves for all else. */
static bool pair_must_share(const struct pair *p)
{
	return p->rig.n_vfs == PAIR_BOOT_VFS;
}

int pair_take_spare(struct pair *p, struct rig_dev **dev)
{
	*dev = pair_must_share(p) ? &p->rig.vfs[1] : &p->rig.vfs[2];
	return pair_must_share(p) ? guest_unplug(&p->first, 1, VM_MONITOR_QMP) : 0;
}

int pair_return_spare(struct pair *p)
{
	unsigned int index;
	int ret;

	if (!pair_must_share(p))
		return 0;
	ret = guest_plug(&p->first, &p->rig.vfs[1], VM_MONITOR_QMP, &index);
	return ret < 0 ? ret : guest_check_nic(&p->first, index);
}

/* It stays for the cases that follow. */
static int pair_boot_second(struct pair *p, struct rig_dev *dev)
{
	struct ctx *ctx = p->rig.ctx;
	unsigned int undo = ctx->res->n_undo;
	int ret = guest_boot(&p->second, ctx, "guest 2", &dev, 1, 1);

	if (ret == 0)
		ctx_keep_undo(ctx, undo);
	return ret < 0 ? ret : guest_check_nics(&p->second);
}

int pair_end_spare(struct pair *p, const struct rig_dev *dev)
{
	int ret = guest_dev_check_on_host(p->rig.ctx, dev);

	if (ret == 0)
		ret = pair_return_spare(p);
	return ret < 0 ? ret : pair_check_traffic(p);
}

int pair_take_second(struct pair *p)
{
	struct rig_dev *dev = &p->rig.vfs[p->rig.n_vfs - 1];
	int ret = 0;

	if (p->second.vm)
		return fixture_guest_runs(p->rig.ctx, &p->second) ? 0 : -ENODEV;
	if (pair_must_share(p))
		ret = pair_take_spare(p, &dev);
	return ret < 0 ? ret : pair_boot_second(p, dev);
}

int pair_replace_second(struct pair *p)
{
	struct rig_dev *dev = &p->rig.vfs[p->rig.n_vfs - 1];

	if (p->second.vm)
		vm_stop(util_take_ptr(p->second.vm));
	guest_release(&p->second);
	return pair_boot_second(p, pair_must_share(p) ? &p->rig.vfs[1] : dev);
}

int pair_return_second(struct pair *p)
{
	int ret;

	if (p->rig.n_vfs >= PAIR_MAX_VFS)
		return 0;
	ret = guest_check_klog(&p->second);
	if (ret == 0)
		ret = guest_end(&p->second);
	return ret < 0 ? ret : pair_return_spare(p);
}

int pair_check_traffic(struct pair *p)
{
	return guest_check_traffic(&p->first, 0, PAIR_BOOT_VFS, &p->pf);
}
