/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug while something else is going on: two devices at once, a guest that is paused. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/pair.h"
#include "cases/plug.h"

#define PLUG_PAUSED_MS 3000 /* a paused guest keeps its device for so long, at least */

/* ---- two at once ---- */

/* Both are asked for before the guest has taken the first. */
static int plug_add_both(struct pair *p, struct rig_dev *const devs[2], unsigned int slots[2])
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_plug(&p->first, devs[i], VM_MONITOR_QMP, &slots[i]);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_check_nic(&p->first, slots[i]);
	return ret;
}

static int plug_remove_both(struct pair *p, const unsigned int slots[2])
{
	struct guest *g = &p->first;
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_ask_unplug(g, slots[i], VM_MONITOR_QMP);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_wait_unplugged(g, slots[i]);
	return ret;
}

static int plug_two(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *devs[2] = { &p->rig.vfs[1], &p->rig.vfs[2] };
	unsigned int slots[2], index;
	int ret = guest_unplug(&p->first, 1, VM_MONITOR_QMP);

	if (ret == 0)
		ret = plug_add_both(p, devs, slots);
	if (ret == 0)
		ret = guest_check_traffic(&p->first, 0, p->first.n_nics, &p->pf);
	if (ret == 0)
		ret = plug_remove_both(p, slots);
	for (unsigned int i = 0; ret == 0 && i < 2; i++)
		ret = guest_dev_check_on_host(ctx, devs[i]);
	if (ret == 0)
		ret = guest_plug(&p->first, devs[0], VM_MONITOR_QMP, &index);
	if (ret == 0)
		ret = guest_check_nic(&p->first, index);
	if (ret == 0)
		ret = pair_check_traffic(p);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "two VFs can be added, and removed, one right after the other",
			"neither command waited for the guest: driver, MAC, link, traffic of both; "
			"then well on the host");
}

static int run_plug_two(struct ctx *ctx)
{
	return pair_run(ctx, plug_two);
}

/* ---- paused ---- */

/* Stops the guest's processors, or has them go on; its state has to become @status. */
static int plug_command(struct guest *g, const char *command, const char *status)
{
	json_t *state = NULL;
	const char *text;
	int ret = vm_qmp(g->vm, command, NULL, NULL, ctx_ms(g->ctx, GUEST_PLUG_MS));

	if (ret == 0)
		ret = vm_qmp(g->vm, "query-status", NULL, &state, ctx_ms(g->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return guest_lost(g, ret, "pausing the guest");
	text = json_string_value(json_object_get(state, "status"));
	if (!text || strcmp(text, status) != 0)
		ret = ctx_error(g->ctx, -EIO, "after %s the guest is \"%s\"", command,
				text ? text : "?");
	json_decref(state);
	return ret;
}

/* The command is taken at once, and carried out when the guest goes on. */
static int plug_add_paused(struct pair *p, const struct rig_dev *dev, unsigned int *slot)
{
	struct guest *g = &p->first;
	int ret = plug_command(g, "stop", "paused"), err;

	if (ret < 0)
		return ret;
	ret = guest_plug(g, dev, VM_MONITOR_QMP, slot);
	err = plug_command(g, "cont", "running");
	if (ret == 0)
		ret = err;
	if (ret == 0)
		ret = guest_check_nic(g, *slot);
	return ret < 0 ? ret : guest_check_traffic(g, *slot, 1, &p->pf);
}

/* The guest cannot let go, so that QEMU must not either. */
static int plug_ask_paused(struct guest *g, unsigned int slot)
{
	int ret = guest_ask_unplug(g, slot, VM_MONITOR_QMP);

	if (ret < 0)
		return ret;
	ret = vm_wait_deleted(g->vm, g->nics[slot].id, ctx_ms(g->ctx, PLUG_PAUSED_MS));
	if (ret == -ETIMEDOUT) {
		ctx_evidence(g->ctx, "plug.paused", "%s: still there after %u s, as it has to be",
			     g->nics[slot].what, PLUG_PAUSED_MS / 1000);
		return 0;
	}
	if (ret < 0)
		return guest_lost(g, ret, "a device is removed from the paused guest");
	ctx_fail(g->ctx, "plug_torn_out", "a paused guest keeps its device until it goes on",
		 "%s: DEVICE_DELETED while the guest was paused", g->nics[slot].what);
	return -EPROTO;
}

static int plug_remove_paused(struct pair *p, unsigned int slot)
{
	struct guest *g = &p->first;
	int ret = plug_command(g, "stop", "paused"), err;

	if (ret < 0)
		return ret;
	ret = plug_ask_paused(g, slot);
	err = plug_command(g, "cont", "running");
	if (ret == 0)
		ret = err;
	return ret < 0 ? ret : guest_wait_unplugged(g, slot);
}

static int plug_paused(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	unsigned int slot;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = plug_add_paused(p, dev, &slot);
	if (ret == 0)
		ret = plug_remove_paused(p, slot);
	if (ret == 0)
		ret = pair_end_spare(p, dev);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a VF can be added to, and asked from, a paused guest",
			"added while paused, works when the guest goes on; asked for while paused, "
			"stays, and leaves when the guest goes on; then well on the host");
}

static int run_plug_paused(struct ctx *ctx)
{
	return pair_run(ctx, plug_paused);
}

const struct case_def plug_more_cases[] = {
	{ .id = "plug_two",
	  .set = SET_FULL,
	  .title = "Two VFs are added and removed at once",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_two,
	  .fixture = &fixture_pair },
	{ .id = "plug_paused",
	  .set = SET_FULL,
	  .title = "A VF is added to and removed from a guest that is paused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_paused,
	  .fixture = &fixture_pair },
	{ .id = NULL },
};
