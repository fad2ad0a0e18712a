/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host itself is refused: nonsense for sriov_numvfs, and VFs of a PF that a guest has. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/fixtures.h"
#include "cases/guest_plug.h"
#include "cases/vfs.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/sriov.h"

#define JUNK_TIMEOUT_S 120
#define JUNK_MS 20000
#define PF_IN_GUEST_TIMEOUT_S 240

/*
 * None is a number of 16 bits, which is what the kernel takes (sriov_numvfs_store() in
 * drivers/pci/iov.c of Linux 6.12).
 */
static const struct junk {
	const char *text, *what;
} junk[] = {
	{ "vfproof\n", "text" },	{ "-1\n", "-1" },
	{ "1 2\n", "two numbers" },	{ "65537\n", "2^16 + 1" },
	{ "4294967297\n", "2^32 + 1" }, { "\n", "an empty line" },
};

static bool junk_same_vfs(const struct sriov_state *a, const struct sriov_state *b)
{
	if (a->numvfs != b->numvfs || a->links != b->links)
		return false;
	for (unsigned int i = 0; i < a->links; i++)
		if (pci_addr_cmp(&a->vfs[i], &b->vfs[i]) != 0)
			return false;
	return true;
}

static int junk_write(struct ctx *ctx, const struct junk *j, const struct sriov_state *before)
{
	struct sriov_state after;
	char expected[96];
	int ret =
		sriov_write_text(ctx->root, &ctx->pf->addr, j->text, ctx_ms(ctx, JUNK_MS), &after);

	if (vfs_was_not_tried(ctx, ret))
		return ret;
	if (ret == -EINVAL && junk_same_vfs(before, &after))
		return 0;
	util_format(expected, sizeof(expected), "%s is refused (%s), %d VFs stay", j->what,
		    strerror(EINVAL), before->numvfs);
	ctx_fail(ctx, "numvfs_junk_taken", expected, "%s, sriov_numvfs reads %d, %u VFs on the bus",
		 ret < 0 ? strerror(-ret) : "accepted", after.numvfs, after.links);
	return CASE_OVER;
}

static int junk_write_all(struct ctx *ctx, const struct sriov_state *st)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(junk); i++)
		ret = junk_write(ctx, &junk[i], st);
	if (ret == 0)
		ctx_evidence(ctx, "refused",
			     "with %d VFs: text, -1, two numbers, 2^16 + 1, "
			     "2^32 + 1, an empty line: %s",
			     st->numvfs, strerror(EINVAL));
	return ret;
}

static int run_neg_numvfs_junk(struct ctx *ctx)
{
	struct sriov_state st;
	int ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);

	if (ret == 0)
		ret = junk_write_all(ctx, &st);
	if (ret == 0)
		ret = vfs_create(ctx, ctx->pf, 1, &st);
	if (ret == 0)
		ret = junk_write_all(ctx, &st);
	if (ret == 0)
		ret = vfs_destroy(ctx, ctx->pf, &st);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "nonsense is refused, and changes nothing",
			"%u texts, with no VF and with one: %s; a number that is one works",
			(unsigned int)ARRAY_SIZE(junk), strerror(EINVAL));
}

/* vfio-pci makes VFs only if its parameter enable_sriov says so. */
static int pf_check_refused(struct ctx *ctx)
{
	static const char expected[] = "refused (no such file or directory), and there is no VF";
	struct sriov_state st;
	int ret = sriov_write_numvfs(ctx->root, &ctx->pf->addr, 1, vfs_write_ms(ctx, ctx->pf, 1),
				     &st);

	if (vfs_was_not_tried(ctx, ret))
		return ret;
	if (ret == -ENOENT && st.numvfs == 0 && st.links == 0) {
		ctx_evidence(ctx, "refused", "1 VF of a PF that a guest has: %s", strerror(-ret));
		return 0;
	}
	ctx_fail(ctx, "vf_of_guests_pf", expected, "%s, sriov_numvfs reads %d, %u VFs on the bus",
		 ret < 0 ? strerror(-ret) : "accepted", st.numvfs, st.links);
	return CASE_OVER;
}

/* On the host with its own driver the PF makes VFs; then it is the guests' again. */
static int pf_do_right(struct ctx *ctx, const struct rig_dev *pf)
{
	struct sriov_state st;
	int ret = driver_bind(ctx->root, &pf->addr, pf->driver);

	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be bound to %s: %s", pf->what, pf->driver,
				 strerror(-ret));
	ret = vfs_make(ctx, pf->pf, 1, &st);
	if (ret == 0)
		ret = vfs_destroy(ctx, pf->pf, &st);
	return ret;
}

static int neg_pf_in_guest(struct fixture_pf *f)
{
	struct ctx *ctx = f->guest.ctx;
	struct guest *g = &f->guest;
	unsigned int index;
	int ret = pf_check_refused(ctx);

	if (ret == 0)
		ret = guest_alive(g);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, 1, &f->peer);
	if (ret == 0)
		ret = guest_unplug(g, 0, VM_MONITOR_QMP);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_DRIVER, &f->pf.addr, 0, "vfio-pci");
	if (ret == 0)
		ret = pf_do_right(ctx, &f->pf);
	if (ret == 0)
		ret = guest_dev_to_vfio(ctx, &f->pf);
	if (ret == 0)
		ret = guest_plug_and_use(g, &f->pf, VM_MONITOR_QMP, &f->peer, &index);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a PF that a guest has makes no VFs",
			"refused; guest and traffic go on; with its own driver on the host it "
			"makes one; in the guest again it works");
}

static int run_neg_pf_in_guest(struct ctx *ctx)
{
	return fixture_pf_run(ctx, neg_pf_in_guest);
}

const struct case_def neg_host_cases[] = {
	{ .id = "neg_numvfs_junk",
	  .set = SET_FULL,
	  .title = "Nonsense for the number of VFs is refused",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs },
	  .timeout_s = JUNK_TIMEOUT_S,
	  .run = run_neg_numvfs_junk },
	{ .id = "neg_pf_in_guest",
	  .set = SET_FULL,
	  .title = "VFs of a PF that a guest has are refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_pf_alone, &req_second_pf },
	  .timeout_s = PF_IN_GUEST_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_neg_pf_in_guest,
	  .fixture = &fixture_pf },
	{ .id = NULL },
};
