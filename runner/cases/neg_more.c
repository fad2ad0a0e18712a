/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * More of what must be refused to a guest that runs: an id twice, a VF that a foreign driver has.
 * And a VF that the host takes away from under the guest, which has to come to an end.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/neg.h"
#include "cases/refusal.h"
#include "cases/taken.h"
#include "sys/driver.h"

#define NEG_STUB "pci-stub"

static const struct refusal duplicate_id[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "Duplicate device ID '*'");

static int neg_dup_id(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = refusal_check_id(&p->first, pci_addr_format(&dev->addr, host),
				       p->first.nics[0].id, duplicate_id);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	return ret < 0 ? ret : neg_pass(ctx, "a VF with the id of another one");
}

static int run_neg_dup_id(struct ctx *ctx)
{
	return pair_run(ctx, neg_dup_id);
}

/* Without a VFIO driver on any device of the group there is no group to open. */
static const struct refusal no_group[REFUSAL_MONITORS] = REFUSAL_BOTH(
	"GenericError", "vfio *: Could not open '/dev/vfio/*': No such file or directory");

/* The driver that has the device keeps it. */
static int neg_check_driver(struct ctx *ctx, const struct rig_dev *dev, const char *want)
{
	char driver[32] = "";
	int ret = driver_get(ctx->root, &dev->addr, driver, sizeof(driver));

	if (ret < 0)
		return ctx_error(ctx, ret, "the driver of %s cannot be read: %s", dev->what,
				 strerror(-ret));
	if (strcmp(driver, want) == 0)
		return 0;
	ctx_fail(ctx, "refusal_left", "the device stays with the driver that it has",
		 "%s was on %s and is on \"%s\"", dev->what, want, driver);
	return -EPROTO;
}

static int neg_bad_driver(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	struct rig_dev *dev;
	int ret = case_load_module(ctx, "pci_stub");

	if (ret < 0)
		return ctx_error(ctx, ret, "module pci_stub does not load: %s", strerror(-ret));
	ret = pair_take_spare(p, &dev);
	if (ret < 0)
		return ret;
	ret = ctx_undo(ctx, UNDO_DRIVER, &dev->addr, 0, "vfio-pci");
	if (ret == 0)
		ret = driver_bind(ctx->root, &dev->addr, NEG_STUB);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be bound to " NEG_STUB ": %s", dev->what,
				 strerror(-ret));
	ret = refusal_check_add(&p->first, pci_addr_format(&dev->addr, host), NULL, no_group);
	if (ret == 0)
		ret = neg_check_driver(ctx, dev, NEG_STUB);
	if (ret == 0)
		ret = guest_dev_to_vfio(ctx, dev);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	return ret < 0 ? ret : neg_pass(ctx, "a VF that " NEG_STUB " has");
}

static int run_neg_bad_driver(struct ctx *ctx)
{
	return pair_run(ctx, neg_bad_driver);
}

/* ---- taken away ---- */

static int neg_write_unbind(const struct ctx *ctx, const void *what)
{
	const struct rig_dev *dev = what;

	return driver_unbind(ctx->root, &dev->addr);
}

/* The same with nobody in the way, which is what the time with a guest is compared with. */
static int neg_unbind_free(struct ctx *ctx, const struct rig_dev *dev)
{
	const struct taken how = { .write = neg_write_unbind,
				   .what = dev,
				   .doing = "unbinding a VF that no guest has" };
	int ret = taken_by_host(ctx, &how, NULL);

	return ret < 0 ? ret : guest_dev_to_vfio(ctx, dev);
}

static int neg_unbind(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct guest *g = &p->first;
	struct taken how = { .write = neg_write_unbind,
			     .doing = "unbinding a VF under its guest",
			     .n_nics = 1 };
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	how.what = dev;
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER, &dev->addr, 0, "vfio-pci");
	if (ret == 0)
		ret = neg_unbind_free(ctx, dev);
	if (ret == 0)
		ret = guest_plug_and_use(g, dev, VM_MONITOR_QMP, &p->pf, &how.nics[0]);
	if (ret == 0)
		ret = taken_by_host(ctx, &how, g);
	if (ret == 0)
		ret = neg_check_driver(ctx, dev, "");
	if (ret == 0)
		ret = guest_dev_to_vfio(ctx, dev);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "the guest is told, and lets go of the VF",
			"DEVICE_DELETED, the write came back, guest and traffic go on; given "
			"again the VF works");
}

static int run_neg_unbind(struct ctx *ctx)
{
	return pair_run(ctx, neg_unbind);
}

const struct case_def neg_more_cases[] = {
	{ .id = "neg_dup_id",
	  .set = SET_FULL,
	  .title = "A VF with the id of another device is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_dup_id,
	  .fixture = &fixture_pair },
	{ .id = "neg_bad_driver",
	  .set = SET_FULL,
	  .title = "A VF that a foreign driver has is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_bad_driver,
	  .fixture = &fixture_pair },
	{ .id = "neg_unbind",
	  .set = SET_FULL,
	  .title = "A VF that vfio-pci is unbound from under its guest leaves it",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_unbind,
	  .provokes = taken_words,
	  .fixture = &fixture_pair },
	{ .id = NULL },
};
