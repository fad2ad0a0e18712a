/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel promises about drivers of VFs: sriov_drivers_autoprobe
 * (Documentation/ABI/testing/sysfs-bus-pci), and the token without which VFs of a PF that a
 * process has through VFIO are not opened (drivers/vfio/pci/vfio_pci_core.c).
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/lacking.h"
#include "cases/requires.h"
#include "cases/rig.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/pci.h"
#include "sys/vfio.h"
#include "sys/vfio_device.h"

#define BOUND_MS 20000u
#define TOKEN "76667066-1111-4222-8333-444455556666"
#define OTHER_TOKEN "76667066-1111-4222-8333-444455557777"

static const char auto_expected[] =
	"a new VF gets a driver with sriov_drivers_autoprobe at 1, and none at 0";

struct bound {
	const struct ctx *ctx;
	const struct pci_addr *vf;
	char driver[64];
};

static bool has_driver(void *arg)
{
	struct bound *b = arg;

	return driver_get(b->ctx->root, b->vf, b->driver, sizeof(b->driver)) == 0 && b->driver[0];
}

/* With 0: none by itself, none by name; with an override all the same. */
static int check_off(struct ctx *ctx, const char *own)
{
	struct sriov_state st;
	struct bound b = { .ctx = ctx, .vf = &st.vfs[0] };
	int ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st), err;

	if (ret == 0)
		ret = vfs_make(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	if (has_driver(&b)) {
		ctx_fail(ctx, "vf_autoprobe_ignored", auto_expected,
			 "at 0 the VF has the driver %s", b.driver);
		return CASE_OVER;
	}
	err = driver_bind_plain(ctx->root, b.vf, own);
	if (err == 0) {
		ctx_fail(ctx, "vf_autoprobe_ignored", auto_expected,
			 "at 0 the VF is bound to %s by name, without driver_override", own);
		return CASE_OVER;
	}
	ctx_evidence(ctx, "autoprobe.bind", "at 0, by name: %s", strerror(-err));
	ret = driver_bind(ctx->root, b.vf, own);
	if (ret < 0) {
		ctx_fail(ctx, "vf_bind_failed", "with driver_override the VF binds all the same",
			 "%s: %s", own, strerror(-ret));
		return ret;
	}
	return vfs_destroy(ctx, ctx->pf, &st);
}

/* At 1 the VF has none: this kernel may have none for it. */
static int no_driver(struct ctx *ctx, const struct pci_addr *vf, int loaded)
{
	const struct profile *p = ctx->pf->profile;
	char modalias[256], why[320];

	if (pci_read_modalias(ctx->root, vf, modalias, sizeof(modalias)) < 0)
		modalias[0] = '\0';
	if (lacking_driver(ctx, modalias, p ? p->vf_driver : "", why, sizeof(why)))
		return ctx_skip(ctx, "the VF has no driver: %s", why);
	return ctx_fail(ctx, "vf_no_driver", auto_expected,
			"at 1 the VF has no driver (modules: %s)",
			loaded < 0 ? strerror(-loaded) : "loaded");
}

static int run_autoprobe(struct ctx *ctx)
{
	struct sriov_state st;
	struct bound b = { .ctx = ctx, .vf = &st.vfs[0] };
	int loaded = case_load_nic_modules(ctx);
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_ON, &st);

	if (ret == 0)
		ret = vfs_make(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	/* The VF's module may not be there yet: its id is known only now. */
	if (!has_driver(&b))
		loaded = case_load_nic_modules(ctx);
	if (util_poll_until(has_driver, &b, ctx_ms(ctx, BOUND_MS)) < 0)
		return no_driver(ctx, b.vf, loaded);
	ctx_evidence(ctx, "autoprobe.on", "the VF has the driver %s", b.driver);
	ret = vfs_destroy(ctx, ctx->pf, &st);
	if (ret == 0)
		ret = check_off(ctx, b.driver);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, auto_expected, "1: %s; 0: none, nor by name; with driver_override: %s",
			b.driver, b.driver);
}

static int set_vfio_sriov(struct ctx *ctx)
{
	bool was;
	int ret = vfio_load(ctx->root, false);

	if (ret == 0)
		ret = vfio_get_sriov(ctx->root, &was);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_VFIO_SRIOV, NULL, was, NULL);
	if (ret == 0)
		ret = vfio_set_sriov(ctx->root, true);
	return ret < 0 ? ctx_error(ctx, ret, "vfio-pci's enable_sriov cannot be set: %s",
				   strerror(-ret))
		       : 0;
}

/* Opens the VF with @token and closes it. */
static int try_token(struct ctx *ctx, const struct pci_addr *vf, const char *token)
{
	struct vfio_device dev;
	int ret = vfio_device_open(ctx->root, vf, token, &dev);

	if (ret == 0)
		vfio_device_close(&dev);
	return ret;
}

static const char *word(int err)
{
	return err < 0 ? strerror(-err) : "opened";
}

/* The PF is open with TOKEN: its VF needs that, and none or another one is refused. */
static int check_tokens(struct ctx *ctx, const struct pci_addr *vf)
{
	int none = try_token(ctx, vf, NULL), other = try_token(ctx, vf, OTHER_TOKEN);
	int right = try_token(ctx, vf, TOKEN);

	ctx_evidence(ctx, "token", "none: %s; another: %s; the PF's: %s", word(none), word(other),
		     word(right));
	if (none == -EACCES && other == -EACCES && right == 0)
		return 0;
	ctx_fail(ctx, "vf_token_ignored",
		 "a VF of a PF that a process has through VFIO is opened with the PF's token only",
		 "none: %s; another: %s; the PF's: %s", word(none), word(other), word(right));
	return CASE_OVER;
}

static int with_pf(struct ctx *ctx, const struct rig_dev *pf)
{
	_cleanup_(vfio_device_close) struct vfio_device dev = VFIO_DEVICE_CLOSED;
	struct bound b = { .ctx = ctx };
	struct sriov_state st;
	int ret = vfio_device_open(ctx->root, &pf->addr, TOKEN, &dev), err;

	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be opened with a token: %s", pf->what,
				 strerror(-ret));
	ret = ctx_undo(ctx, UNDO_NUMVFS, &pf->addr, 0, NULL);
	if (ret == 0)
		ret = vfs_make(ctx, ctx->pf, 1, &st);
	if (ret < 0)
		return ret;
	b.vf = &st.vfs[0];
	if (util_poll_until(has_driver, &b, ctx_ms(ctx, BOUND_MS)) < 0 ||
	    strcmp(b.driver, "vfio-pci") != 0)
		ret = ctx_error(ctx, -ENODEV, "the VF of a PF on vfio-pci has the driver %s",
				b.driver[0] ? b.driver : "(none)");
	if (ret == 0)
		ret = check_tokens(ctx, b.vf);
	err = vfs_destroy(ctx, ctx->pf, &st);
	return ret < 0 ? ret : err;
}

static int run_token(struct ctx *ctx)
{
	struct sriov_state st;
	struct rig_dev pf;
	int ret = set_vfio_sriov(ctx);

	/* Its VFs are for vfio-pci: the kernel sees to that, with autoprobe on. */
	if (ret == 0)
		ret = vfs_clear(ctx, ctx->pf, VFS_AUTOPROBE_ON, &st);
	if (ret == 0)
		ret = rig_take_pf(&pf, ctx, ctx->pf);
	if (ret == 0)
		ret = with_pf(ctx, &pf);
	if (ret < 0)
		return ret;
	return ctx_pass(
		ctx,
		"a VF of a PF that a process has through VFIO is opened with the PF's token only",
		"without one and with another: %s; with it: opened", strerror(EACCES));
}

/* vfio-pci's words on a VF of its PF, and on one that is opened without its token, or with another,
 * Linux 6.12. */
static const struct provoked token_refused[] = {
	{ NULL, "*Captured SR-IOV VF *" },
	{ NULL, "*VF token required to access device*" },
	{ NULL, "*Incorrect VF token provided for device*" },
	{ 0 },
};

const struct case_def vf_kernel_cases[] = {
	{ .id = "vf_autoprobe",
	  .set = SET_FULL,
	  .title = "New VFs get a driver, or none, as sriov_drivers_autoprobe says",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = 120,
	  .run = run_autoprobe },
	{ .id = "vf_token",
	  .set = SET_FULL,
	  .title = "VFs of a PF on vfio-pci need its token",
	  .subject = SUBJECT_PF,
	  .needs = { &req_iommu_on, &req_irq_remap, &req_pf_driver, &req_vfs, &req_pf_alone },
	  .timeout_s = 120,
	  .run = run_token,
	  .provokes = token_refused },
	{ .id = NULL },
};
