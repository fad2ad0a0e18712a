/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest and the ends of the cases about what a PF sets for its VFs. */
#include "cases/policy.h"

#include <errno.h>
#include <string.h>

#include "engine/undo.h"
#include "sys/inventory.h"

static int policy_boot(struct policy *p, struct ctx *ctx)
{
	struct rig_dev *devs[POLICY_VFS];

	for (unsigned int i = 0; i < p->n_vfs; i++)
		devs[i] = &p->rig.vfs[i];
	return guest_boot(&p->guest, ctx, "", devs, p->n_vfs, 1);
}

int policy_boot_again(struct policy *p)
{
	int ret = guest_check_klog(&p->guest);
	unsigned int undo;

	if (ret == 0)
		ret = guest_end(&p->guest);
	if (ret < 0)
		return ret;
	undo = p->ctx->res->n_undo;
	ret = policy_boot(p, p->ctx);
	if (ret == 0)
		ctx_keep_undo(p->ctx, undo); /* it stays for the cases that follow */
	return ret;
}

static int policy_open(struct ctx *ctx, void *state)
{
	struct policy *p = state;
	int ret = rig_open_vfs(&p->rig, ctx, ctx->pf, POLICY_VFS);

	p->n_vfs = ret == 0 ? p->rig.n_vfs : 0;
	/* Its link comes up while the guest boots. */
	if (ret == 0 && ctx->pf->peer >= 0)
		ret = station_open_peer(&p->peer_station, ctx);
	if (ret == 0)
		ret = policy_boot(p, ctx);
	if (ret == 0)
		ret = station_open(&p->pf_station, ctx, p->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&p->rig);
}

static int policy_close(struct ctx *ctx, void *state)
{
	struct policy *p = state;
	int ret = fixture_end(ctx, &p->guest, p->rig.vfs, p->rig.n_vfs);

	station_close(&p->pf_station);
	station_close(&p->peer_station);
	return ret;
}

const struct fixture fixture_policy = {
	.name = "policy",
	.size = sizeof(struct policy),
	.open = policy_open,
	.close = policy_close,
};

struct end *policy_wire(struct policy *p)
{
	return p->peer_station.ctx && !p->wire_lost ? &p->wire : NULL;
}

/* What the case is going to change is put back at its end, whatever becomes of it. */
static int policy_record(struct policy *p)
{
	struct ctx *ctx = p->ctx;
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++) {
		struct link_vf_policy now;

		ret = link_get_vf_policy(p->rig.ifname, i, &now);
		if (ret == -ENOENT)
			return 0; /* the driver has none */
		if (ret == 0)
			ret = ctx_undo(ctx, UNDO_VF_POLICY, &p->rig.pf->addr,
				       undo_vf_policy(i, &now), p->rig.ifname);
		if (ret == 0)
			ret = ctx_undo(ctx, UNDO_VF_RATE, &p->rig.pf->addr, undo_vf_rate(i, &now),
				       p->rig.ifname);
		if (ret == 0 && p->rig.vfs[i].mac_known)
			ret = ctx_undo(ctx, UNDO_VF_MAC_TO, &p->rig.pf->addr,
				       undo_vf_mac_to(i, p->rig.vfs[i].mac), p->rig.ifname);
	}
	return ret < 0 ? ctx_error(ctx, ret, "the settings of the VFs cannot be recorded: %s",
				   strerror(-ret))
		       : 0;
}

static int policy_open_ends(struct policy *p)
{
	int ret = 0;

	p->base = flow_new_base();
	p->flows = 0;
	for (unsigned int i = 0; ret == 0 && i < p->n_ends; i++)
		ret = end_open(p->ends[i], p->base, false);
	return ret;
}

static void policy_close_ends(struct policy *p)
{
	for (unsigned int i = 0; i < p->n_ends; i++)
		end_close(p->ends[i]);
}

static void policy_find_ends(struct policy *p)
{
	p->n_ends = 0;
	for (unsigned int i = 0; i < p->n_vfs; i++) {
		end_of_nic(&p->vf[i], &p->guest, i);
		p->ends[p->n_ends++] = &p->vf[i];
	}
	end_of_station(&p->pf, &p->pf_station);
	p->ends[p->n_ends++] = &p->pf;
	if (!policy_wire(p))
		return;
	end_of_station(&p->wire, &p->peer_station);
	p->ends[p->n_ends++] = &p->wire;
}

/* The case's undo has put the settings back; the guest learns of it with its link. */
static int policy_check_nics(struct policy *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++) {
		struct guest_nic *nic = &p->guest.nics[i];

		memcpy(nic->mac, p->rig.vfs[i].mac, sizeof(nic->mac));
		nic->mac_known = p->rig.vfs[i].mac_known;
		ret = p->spoiled && nic->netdev.pci[0] ? guest_restart_driver(&p->guest, i)
						       : guest_check_nic(&p->guest, i);
	}
	p->spoiled = ret < 0;
	return ret;
}

/*
 * A switch on the way may let the port's own MAC pass alone, which assign_vf tells: the wire is
 * left out then. One with spanning tree takes its time at first.
 */
static int policy_check_wire(struct policy *p)
{
	bool out, in = false;
	int ret;

	if (!policy_wire(p) || p->wire_known)
		return 0;
	ret = policy_try_path(p, &p->vf[0], &p->wire, STATION_WIRE_MS, &out);
	if (ret == 0 && out)
		ret = policy_try_path(p, &p->wire, &p->vf[0], STATION_WIRE_MS, &in);
	if (ret < 0)
		return ret;
	p->wire_known = true;
	p->wire_lost = !in;
	if (!p->wire_lost)
		return 0;
	ctx_evidence(p->ctx, "wire", "frames of VF 0 do not pass %s %s: the wire is left out",
		     out ? "from" : "to", p->wire.what);
	end_close(&p->wire);
	p->n_ends--; /* it is the last */
	return 0;
}

/* All ends reach one another before anything is changed: else no case can tell what did it. */
static int policy_check_paths(struct policy *p)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < p->n_vfs; i++) {
		ret = policy_await_path(p, &p->pf, &p->vf[i]);
		if (ret == 0)
			ret = policy_await_path(p, &p->vf[i], &p->pf);
	}
	return ret < 0 ? ret : policy_check_wire(p);
}

static int policy_prepare(struct policy *p)
{
	int ret = policy_check_nics(p);

	if (ret == 0 && policy_wire(p))
		ret = station_wait_link(&p->peer_station);
	if (ret < 0)
		return ret;
	policy_find_ends(p);
	ret = policy_open_ends(p);
	if (ret == 0)
		ret = policy_check_paths(p);
	return ret < 0 ? ret : policy_record(p);
}

int policy_run(struct ctx *ctx, int (*use)(struct policy *p))
{
	struct policy *p = ctx->fixture;
	int ret;

	if (!fixture_guest_runs(ctx, &p->guest))
		return 0;
	p->ctx = ctx;
	ret = policy_prepare(p);
	if (ret == 0)
		ret = use(p);
	policy_close_ends(p);
	/* Also one that was over early may have left something. */
	p->spoiled |= ret < 0 || ctx_failed(ctx);
	if (ret == 0)
		ret = guest_check_klog(&p->guest);
	return ctx->res->verdict == VERDICT_SKIP ? 0 : ret;
}

int policy_new_flow(struct policy *p, uint32_t *session)
{
	/* To begin anew would lose what has come of flows that are still to be looked at. */
	if (p->flows == FLOW_MAX - 1)
		return ctx_error(p->ctx, -ENOSPC, "the case has more flows than %u", FLOW_MAX - 1);
	*session = FLOW_OF(p->base, p->flows++);
	return 0;
}

int policy_reopen(struct policy *p, unsigned int i)
{
	end_close(&p->vf[i]);
	end_of_nic(&p->vf[i], &p->guest, i);
	return end_open(&p->vf[i], p->base, false);
}

int policy_restart(struct policy *p, unsigned int i)
{
	int ret;

	end_close(&p->vf[i]);
	ret = guest_restart_driver(&p->guest, i);
	return ret < 0 ? ret : policy_reopen(p, i);
}

int policy_restart_link(struct policy *p, unsigned int i)
{
	int ret;

	end_close(&p->vf[i]);
	ret = guest_restart_link(&p->guest, i);
	return ret < 0 ? ret : policy_reopen(p, i);
}

void policy_expect_mac(struct policy *p, unsigned int i, const uint8_t mac[6])
{
	memcpy(p->guest.nics[i].mac, mac, ETH_ALEN);
}

void policy_free_mac(const struct policy *p, unsigned int n, uint8_t mac[6])
{
	const uint8_t free_mac[6] = { 0x02,	     0x78,	    p->rig.mac[3],
				      p->rig.mac[4], p->rig.mac[5], (uint8_t)(0x40 + n) };

	memcpy(mac, free_mac, ETH_ALEN);
}
