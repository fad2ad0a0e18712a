/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hot plug and what the guest does besides: it is under full traffic, it reboots, it has devices of
 * other kinds too, it has done so hundreds of times.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/guest_config.h"
#include "cases/life.h"
#include "cases/pair.h"
#include "cases/plug.h"
#include "cases/soak_loop.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "wire/load.h"

#define FLOOD_FIRST 512u /* frames answered before anything is added */
#define FLOOD_MS 30000
#define FLOOD_LOST_PERCENT 1u
#define LOOP_ROUNDS 500u
#define LOOP_TIMEOUT_S 7200

/* ---- under full traffic ---- */

static int flood_start(struct pair *p, struct load *l)
{
	struct guest *g = &p->first;
	int ret = 0;

	util_strlcpy(l->ifname, sizeof(l->ifname), p->rig.ifname);
	for (l->n = 0; ret == 0 && l->n < 2; l->n++) {
		struct load_peer *peer = &l->peers[l->n];

		peer->session = traffic_new_session();
		memcpy(peer->mac, g->nics[l->n].netdev.mac, sizeof(peer->mac));
		ret = guest_start_echo(g, &g->nics[l->n], peer->session);
	}
	if (ret < 0)
		return ret;
	ret = load_start(l);
	if (ret == 0)
		ret = load_await(l, FLOOD_FIRST, ctx_ms(g->ctx, FLOOD_MS));
	return ret < 0 ? ctx_error(g->ctx, ret, "no traffic could be made: %s", strerror(-ret)) : 0;
}

/* What has become of the frames while devices came and went. */
static int flood_end(struct pair *p, struct load *l)
{
	struct agent_echo_stats stats;
	struct guest *g = &p->first;
	struct ctx *ctx = g->ctx;
	int ret = load_stop(l, ctx_ms(ctx, FLOOD_MS));
	uint64_t lost;

	if (ret < 0)
		return ctx_error(ctx, ret, "the traffic did not end: %s", strerror(-ret));
	for (unsigned int i = 0; ret == 0 && i < l->n; i++)
		ret = guest_stop_echo(g, &g->nics[i], &stats);
	if (ret < 0)
		return ret;
	lost = l->shared->sent - l->shared->answered;
	ctx_evidence(ctx, "flood", "%llu frames, %llu lost, %llu corrupt, longest wait %llu ms",
		     (unsigned long long)l->shared->sent, (unsigned long long)lost,
		     (unsigned long long)l->shared->corrupt,
		     (unsigned long long)l->shared->longest_ms);
	if (l->shared->corrupt == 0 && lost * 100 <= l->shared->sent * FLOOD_LOST_PERCENT)
		return 0;
	ctx_fail(ctx, "plug_flood_lost", "no frame is changed, and no more than one in 100 lost",
		 "of %llu frames between the PF and VFs in use %llu were lost, %llu corrupt",
		 (unsigned long long)l->shared->sent, (unsigned long long)lost,
		 (unsigned long long)l->shared->corrupt);
	return -ENODATA;
}

/* Twice, with a monitor each; the traffic has to go on meanwhile, however slowly. */
static int flood_rounds(struct pair *p, const struct load *l, const struct rig_dev *dev)
{
	const uint64_t before = __atomic_load_n(&l->shared->answered, __ATOMIC_ACQUIRE);
	int ret = plug_round(&p->first, dev, VM_MONITOR_QMP, &p->pf);

	if (ret < 0)
		return ret;
	if (__atomic_load_n(&l->shared->answered, __ATOMIC_ACQUIRE) == before) {
		ctx_fail(p->rig.ctx, "plug_flood_lost", "the VFs in use go on",
			 "not one frame was answered while %s came and went", dev->what);
		return -ENODATA;
	}
	return plug_round(&p->first, dev, VM_MONITOR_HMP, &p->pf);
}

static int plug_flood(struct pair *p)
{
	_cleanup_(load_close) struct load l = { .child = { .pidfd = -1 } };
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = flood_start(p, &l);
	if (ret == 0)
		ret = flood_rounds(p, &l, dev);
	if (ret == 0)
		ret = flood_end(p, &l);
	if (ret == 0)
		ret = guest_dev_check_on_host(ctx, dev);
	if (ret == 0)
		ret = pair_check_traffic(p);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a third VF comes and goes under full traffic of two",
			"added, used, removed twice; %llu frames of the other two meanwhile, %llu "
			"lost; then well on the host",
			(unsigned long long)l.shared->sent,
			(unsigned long long)(l.shared->sent - l.shared->answered));
}

static int run_plug_flood(struct ctx *ctx)
{
	return pair_run(ctx, plug_flood);
}

/* ---- a guest that reboots ---- */

static int plug_reboot(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct guest *g = &p->first;
	struct rig_dev *dev;
	unsigned int slot;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = guest_plug_and_use(g, dev, VM_MONITOR_QMP, &p->pf, &slot);
	if (ret == 0)
		ret = life_restart(g, &life_reboots);
	if (ret == 0)
		ret = guest_check_traffic(g, slot, 1, &p->pf);
	if (ret == 0)
		ret = guest_unplug(g, slot, VM_MONITOR_QMP);
	if (ret == 0)
		ret = pair_end_spare(p, dev);
	if (ret < 0)
		return ret;
	return ctx_pass(ctx, "a VF that was added is still there after the guest has rebooted",
			"driver, MAC, link, traffic before and after; then removed, well on the "
			"host");
}

static int run_plug_reboot(struct ctx *ctx)
{
	return pair_run(ctx, plug_reboot);
}

/* ---- beside a device of another kind ---- */

static const uint8_t mixed_mac[6] = { 0x02, 0x76, 0x6d, 0x69, 0x78, 0x01 };

/* NICs of QEMU's own, and their drivers in the guest. */
static const struct mixed_kind {
	const char *device, *module;
	const char *driver; /* of its PCI function */
	const char *what;
} mixed_kinds[] = {
	{ "virtio-net-pci", "virtio_net", "virtio-pci", "virtio NIC" },
	{ "e1000e", "e1000e", "e1000e", "e1000e NIC" },
};

/* A NIC with nothing behind it: it comes, has its driver and its MAC, and goes. */
static int mixed_add(struct guest *g, const struct mixed_kind *kind, unsigned int *slot)
{
	int port = guest_free_port(g), ret;
	char id[16], bus[16], mac[18];
	struct guest_nic *nic;

	if (port < 0)
		return ctx_error(g->ctx, -ENOSPC, "the guest has no free root port");
	util_format(id, sizeof(id), "mixed%d", port);
	util_format(bus, sizeof(bus), "rp%d", port);
	link_mac_format(mixed_mac, mac);
	ret = vm_device_add(g->vm, VM_MONITOR_QMP,
			    json_pack("{s:s, s:s, s:s, s:s, s:s}", "driver", kind->device, "id", id,
				      "bus", bus, "mac", mac, "romfile", ""),
			    ctx_ms(g->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return ret == -EREMOTEIO ? ctx_error(g->ctx, ret, "no %s can be added: %s",
						     kind->what, vm_qmp_error(g->vm))
					 : guest_lost(g, ret, "a NIC is added");
	nic = guest_new_nic(g, kind->what, id, port, slot);
	if (!nic)
		return ctx_error(g->ctx, -ENOSPC, "the guest has no free NIC slot");
	util_strlcpy(nic->driver, sizeof(nic->driver), kind->driver);
	memcpy(nic->mac, mixed_mac, sizeof(nic->mac));
	nic->mac_known = true;
	return guest_check_unlinked(g, *slot);
}

/* One comes after the other, and they go in the same order, so that each is once alone. */
static int mixed_round(struct pair *p, const struct rig_dev *dev, const struct mixed_kind *kind)
{
	struct guest *g = &p->first;
	unsigned int vf, other;
	int ret = guest_load_module(g, kind->module);

	if (ret == 0)
		ret = guest_plug(g, dev, VM_MONITOR_QMP, &vf);
	if (ret == 0)
		ret = mixed_add(g, kind, &other);
	if (ret == 0)
		ret = guest_check_nic(g, vf);
	if (ret == 0)
		ret = guest_check_traffic(g, vf, 1, &p->pf);
	if (ret == 0)
		ret = guest_unplug(g, vf, VM_MONITOR_HMP);
	if (ret == 0)
		ret = guest_check_unlinked(g, other);
	if (ret == 0)
		ret = guest_plug(g, dev, VM_MONITOR_HMP, &vf);
	if (ret == 0)
		ret = guest_check_nic(g, vf);
	if (ret == 0)
		ret = guest_unplug(g, other, VM_MONITOR_QMP);
	if (ret == 0)
		ret = guest_check_traffic(g, vf, 1, &p->pf);
	return ret < 0 ? ret : guest_unplug(g, vf, VM_MONITOR_QMP);
}

static int plug_mixed(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(mixed_kinds); i++)
		ret = mixed_round(p, dev, &mixed_kinds[i]);
	if (ret == 0)
		ret = pair_end_spare(p, dev);
	if (ret < 0)
		return ret;
	return ctx_pass(
		ctx, "a VF and NICs of other kinds come and go beside each other",
		"with a virtio NIC and an e1000e: VF, other added; VF removed, added; other, "
		"VF removed: driver, MAC, link, traffic of the VF; then well on the host");
}

static int run_plug_mixed(struct ctx *ctx)
{
	return pair_run(ctx, plug_mixed);
}

/* ---- hundreds of times ---- */

struct plug_rounds {
	struct pair *pair;
	struct rig_dev *dev;
	unsigned int round;
};

static int plug_one_round(struct ctx *ctx, void *arg)
{
	struct plug_rounds *r = arg;

	(void)ctx;
	return plug_round(&r->pair->first, r->dev, r->round++ % 2 ? VM_MONITOR_HMP : VM_MONITOR_QMP,
			  &r->pair->pf);
}

static int plug_loop(struct pair *p)
{
	struct plug_rounds r = { .pair = p };
	const struct soak_loop loop = { .round = plug_one_round,
					.arg = &r,
					.rounds = LOOP_ROUNDS,
					.report_ms = SOAK_HOUR_MS,
					.now_ms = util_now_ms };
	int ret = pair_take_spare(p, &r.dev);

	if (ret == 0)
		ret = soak_loop_run(p->rig.ctx, &loop);
	return ret < 0 || ctx_failed(p->rig.ctx) ? ret : pair_end_spare(p, r.dev);
}

static int run_plug_loop(struct ctx *ctx)
{
	return pair_run(ctx, plug_loop);
}

const struct case_def plug_guest_cases[] = {
	{ .id = "plug_flood",
	  .set = SET_FULL,
	  .title = "A VF is added and removed under full traffic of others",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_three_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_flood,
	  .fixture = &fixture_pair },
	{ .id = "plug_mixed",
	  .set = SET_FULL,
	  .title = "A VF and NICs of other kinds are added and removed beside each other",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_mixed,
	  .fixture = &fixture_pair },
	{ .id = "plug_reboot",
	  .set = SET_FULL,
	  .title = "A VF that was added is still there after a reboot of the guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = PLUG_TIMEOUT_S,
	  .run = run_plug_reboot,
	  .fixture = &fixture_pair },
	{ .id = "plug_loop",
	  .set = SET_SOAK,
	  .title = "A VF is added, used and removed 500 times in one guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = LOOP_TIMEOUT_S,
	  .run = run_plug_loop,
	  .fixture = &fixture_pair },
	{ .id = NULL },
};
