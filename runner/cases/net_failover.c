/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-net that stands by for a VF (VIRTIO_NET_F_STANDBY, Linux drivers/net/net_failover.c): the
 * guest has one netdev for both, which uses the VF while it is there. While it is, what comes by
 * virtio is not looked at, so that the VF is taken out and not just its link.
 */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "cases/fixtures.h"
#include "cases/net_gap.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_vf.h"
#include "sys/macvtap.h"

#define FAILOVER_ID "standby" /* QEMU's, of the virtio-net device */
#define FAILOVER_PRIMARY "primary"
#define FAILOVER_NET "standbynet"
#define FAILOVER_FD "standbyfd"
#define FAILOVER_QMP_MS 15000
#define FAILOVER_PAIR_MS 20000
#define FAILOVER_LINK_MS 20000
#define FAILOVER_OVER_MS 15000 /* until traffic goes on */
#define FAILOVER_FEW 20u /* frames that the VF has to have more, as its part of the traffic */

struct failover {
	struct fixture_wide *f;
	struct ctx *ctx;
	struct guest *g;
	struct rig_dev *vf;
	char tap[IFNAMSIZ];
	char master[IFNAMSIZ]; /* of the guest */
	unsigned int standby, primary; /* NIC slots */
	bool has_tap, has_net, has_standby, has_primary;
	uint8_t away[6]; /* MAC of the VF while it is out: else the NIC would go on sending to it */
	struct net_end own, far;
	struct net_gap gap;
	unsigned int out_ms, in_ms;
};

/* ---- the host's half ---- */

static int failover_refused(struct failover *o, int err, const char *what)
{
	if (err != -EREMOTEIO)
		return guest_lost(o->g, err, what);
	ctx_fail(o->ctx, "failover_refused", "QEMU takes virtio-net and a VF as a failover pair",
		 "%s: %s", what, vm_qmp_error(o->g->vm));
	return err;
}

static int failover_set_mac(struct failover *o, const uint8_t mac[6])
{
	int ret = link_set_vf_mac(o->f->rig.ifname, o->vf->vf, mac);

	return ret < 0 ? ctx_error(o->ctx, ret, "the MAC of %s cannot be set: %s", o->vf->what,
				   strerror(-ret))
		       : 0;
}

/* A macvtap on the PF with the VF's MAC. Others may have one at the same time: see tap_port.c. */
static int failover_make_tap(struct failover *o)
{
	const struct pci_addr *pf = &o->ctx->pf->addr;
	int ret = case_load_module(o->ctx, "macvtap");

	util_format(o->tap, sizeof(o->tap), "vs%x%02x%02x%x", pf->domain, pf->bus, pf->dev, pf->fn);
	if (ret < 0)
		return ctx_error(o->ctx, ret, "macvtap cannot be loaded: %s", strerror(-ret));
	ret = ctx_undo(o->ctx, UNDO_LINK_DELETE, NULL, 0, o->tap);
	if (ret < 0)
		return ctx_error(o->ctx, ret, "no room to record the undo");
	ret = macvtap_create(o->tap, o->f->rig.ifname, MACVLAN_MODE_BRIDGE, o->vf->mac);
	o->has_tap = ret == 0;
	if (ret == 0)
		ret = link_set_up(o->tap, true);
	return ret < 0 ? ctx_error(o->ctx, ret, "no macvtap on the PF: %s", strerror(-ret)) : 0;
}

static int failover_add_net(struct failover *o)
{
	const unsigned int ms = ctx_ms(o->ctx, FAILOVER_QMP_MS);
	_cleanup_close_ int fd = macvtap_open(o->ctx->root, o->tap);
	int ret;

	if (fd < 0)
		return ctx_error_of(o->ctx, fd, "tap_open", "the device of %s cannot be opened: %s",
				    o->tap, strerror(-fd));
	ret = vm_send_fd(o->g->vm, fd, FAILOVER_FD, ms);
	if (ret == 0)
		ret = vm_qmp(o->g->vm, "netdev_add",
			     json_pack("{s:s, s:s, s:s, s:b}", "type", "tap", "id", FAILOVER_NET,
				       "fd", FAILOVER_FD, "vhost", 0),
			     NULL, ms);
	o->has_net = ret == 0;
	return ret < 0 ? failover_refused(o, ret, "netdev_add") : 0;
}

static int failover_add_standby(struct failover *o)
{
	char mac[18], bus[16];
	struct guest_nic *nic;
	int rp = guest_free_port(o->g), ret;

	if (rp < 0)
		return ctx_error(o->ctx, -EBUSY, "the guest has no free port");
	util_format(bus, sizeof(bus), "rp%d", rp);
	ret = vm_device_add(o->g->vm, VM_MONITOR_QMP,
			    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "driver",
				      "virtio-net-pci", "id", FAILOVER_ID, "netdev", FAILOVER_NET,
				      "bus", bus, "mac", link_mac_format(o->vf->mac, mac),
				      "romfile", "", "failover", 1),
			    ctx_ms(o->ctx, FAILOVER_QMP_MS));
	o->has_standby = ret == 0;
	if (ret < 0)
		return failover_refused(o, ret, "device_add virtio-net-pci");
	nic = guest_new_nic(o->g, "virtio-net", FAILOVER_ID, rp, &o->standby);
	if (!nic)
		return ctx_error(o->ctx, -ENOSPC, "the guest has no room for a NIC");
	util_strlcpy(nic->driver, sizeof(nic->driver), "virtio-pci");
	memcpy(nic->mac, o->vf->mac, sizeof(nic->mac));
	nic->mac_known = true;
	return 0;
}

/* ---- the guest's half ---- */

static int failover_master_of(struct failover *o, const char *ifname, struct agent_master *m)
{
	struct agent_link req = { 0 };
	bool lost;
	int ret;

	util_strlcpy(req.ifname, sizeof(req.ifname), ifname);
	ret = net_call(o->g, AGENT_MASTER, &req, sizeof(req), m, sizeof(*m), &lost);
	m->master[sizeof(m->master) - 1] = '\0';
	return ret < 0 ? ret : 0;
}

struct failover_wait {
	struct failover *o;
	int err;
};

/* The virtio device has two netdevs then: the one that stands by, and the one on top of it. */
static bool failover_has_master(void *arg)
{
	struct failover_wait *w = arg;
	const struct guest_nic *nic = &w->o->g->nics[w->o->standby];
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct agent_drivers drivers;
	struct agent_master m;
	int n = guest_read_netdevs(w->o->g, &drivers, devs);

	w->err = n < 0 ? n : 0;
	for (int i = 0; i < n; i++) {
		if (strcmp(devs[i].pci, nic->netdev.pci) != 0 ||
		    failover_master_of(w->o, devs[i].ifname, &m) < 0 || m.master[0] == '\0')
			continue;
		util_strlcpy(w->o->master, sizeof(w->o->master), m.master);
		return true;
	}
	return w->err < 0;
}

static bool failover_is_paired(void *arg)
{
	struct failover_wait *w = arg;
	struct agent_master m;

	w->err = failover_master_of(w->o, w->o->g->nics[w->o->primary].netdev.ifname, &m);
	return w->err < 0 || strcmp(m.master, w->o->master) == 0;
}

static int failover_await(struct failover *o, bool (*check)(void *arg), const char *what)
{
	struct failover_wait w = { .o = o };
	int ret = util_poll_until(check, &w, ctx_ms(o->ctx, FAILOVER_PAIR_MS));

	if (w.err < 0)
		return guest_lost(o->g, w.err, "pairing its network devices");
	if (ret == 0)
		return 0;
	ctx_fail(o->ctx, "failover_no_pair",
		 "the guest has one network device for virtio-net and VF", "%s after %u s", what,
		 FAILOVER_PAIR_MS / 1000);
	return ret;
}

static int failover_up(struct failover *o)
{
	struct agent_link req = { .timeout_ms = FAILOVER_LINK_MS };
	struct agent_netdev up;
	bool lost;
	int ret = guest_check_unlinked(o->g, o->standby);

	if (ret == 0)
		ret = failover_await(o, failover_has_master, "none on top of virtio-net");
	if (ret < 0)
		return ret;
	util_strlcpy(req.ifname, sizeof(req.ifname), o->master);
	ret = net_call(o->g, AGENT_LINK_UP, &req, sizeof(req), &up, sizeof(up), &lost);
	if (ret >= 0 || lost)
		return ret < 0 ? ret : 0;
	ctx_fail(o->ctx, "failover_no_pair", "the guest's network device comes up", "%s: %s",
		 o->master, strerror(-ret));
	return ret;
}

/* ---- the VF comes and goes ---- */

static int failover_plug(struct failover *o)
{
	char host[PCI_ADDR_STRLEN];
	int rp = guest_free_port(o->g), ret = failover_set_mac(o, o->vf->mac);
	json_t *props;

	if (ret < 0)
		return ret;
	if (rp < 0)
		return ctx_error(o->ctx, -EBUSY, "the guest has no free port");
	props = guest_plug_props(pci_addr_format(&o->vf->addr, host), FAILOVER_PRIMARY, rp);
	if (!props || json_object_set_new(props, "failover_pair_id", json_string(FAILOVER_ID)) < 0)
		return ctx_error(o->ctx, -ENOMEM, "no memory for a command");
	ret = vm_device_add(o->g->vm, VM_MONITOR_QMP, props, ctx_ms(o->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return failover_refused(o, ret, "device_add vfio-pci");
	if (!guest_new_dev(o->g, o->vf, FAILOVER_PRIMARY, rp, &o->primary))
		return ctx_error(o->ctx, -ENOSPC, "the guest has no free NIC slot");
	o->has_primary = true;
	ret = guest_check_nic(o->g, o->primary);
	return ret < 0 ? ret : failover_await(o, failover_is_paired, "the VF is on its own");
}

static int failover_unplug(struct failover *o)
{
	int ret = guest_unplug(o->g, o->primary, VM_MONITOR_QMP);

	o->has_primary = ret < 0;
	return ret < 0 ? ret : failover_set_mac(o, o->away);
}

static int failover_check_over(struct failover *o, uint64_t since, const char *by, unsigned int *ms)
{
	int ret = net_gap_await(&o->gap, since, FAILOVER_OVER_MS, ms);

	if (ret == 0)
		ctx_evidence(o->ctx, "net.failover",
			     "traffic goes on by %s %u ms after the command", by, *ms);
	if (ret != -ETIMEDOUT)
		return ret;
	ctx_fail(o->ctx, "failover_lost", "traffic goes on when the VF goes and comes",
		 "none by %s after %u s", by, FAILOVER_OVER_MS / 1000);
	return ret;
}

/* The VF has its part of the traffic. */
static int failover_check_used(struct failover *o)
{
	struct net_end vf = { .ctx = o->ctx, .g = o->g };
	struct netdev_counters before, after;
	unsigned int ms;
	int ret;

	util_strlcpy(vf.what, sizeof(vf.what), o->vf->what);
	util_strlcpy(vf.ifname, sizeof(vf.ifname), o->g->nics[o->primary].netdev.ifname);
	ret = net_read_counters(&vf, &before);
	for (unsigned int i = 0; ret == 0 && i < FAILOVER_FEW; i++)
		ret = net_gap_await(&o->gap, util_now_ms(), FAILOVER_OVER_MS, &ms);
	if (ret == 0)
		ret = net_read_counters(&vf, &after);
	if (ret < 0)
		return ret;
	ctx_evidence(o->ctx, "net.failover", "%s sent %llu and received %llu frames meanwhile",
		     o->vf->what, (unsigned long long)(after.tx_packets - before.tx_packets),
		     (unsigned long long)(after.rx_packets - before.rx_packets));
	if (after.tx_packets - before.tx_packets >= FAILOVER_FEW &&
	    after.rx_packets - before.rx_packets >= FAILOVER_FEW)
		return 0;
	ctx_fail(o->ctx, "failover_unused", "the guest uses the VF while it is there",
		 "%s counts %llu frames sent and %llu received", o->vf->what,
		 (unsigned long long)(after.tx_packets - before.tx_packets),
		 (unsigned long long)(after.rx_packets - before.rx_packets));
	return -EBADMSG;
}

static int failover_traffic(struct failover *o)
{
	uint64_t since;
	int ret = net_open_station(&o->far, &o->f->peer, NET_HOST_PEER);

	if (ret == 0)
		ret = net_open_netdev(&o->own, o->g, "the failover device", o->master, NET_HOST_VF);
	if (ret == 0)
		ret = net_gap_start(&o->gap, &o->own, &o->far, "failover_lost");
	if (ret == 0)
		ret = failover_check_used(o);
	since = util_now_ms();
	if (ret == 0)
		ret = failover_unplug(o);
	if (ret == 0)
		ret = failover_check_over(o, since, "virtio-net", &o->out_ms);
	since = util_now_ms();
	if (ret == 0)
		ret = failover_plug(o);
	if (ret == 0)
		ret = failover_check_over(o, since, "the VF", &o->in_ms);
	return ret < 0 ? ret : failover_check_used(o);
}

static int failover_use(struct failover *o)
{
	int ret = guest_unplug(o->g, o->f->rig.n_vfs - 1, VM_MONITOR_QMP);

	if (ret == 0)
		ret = failover_set_mac(o, o->away);
	if (ret == 0)
		ret = failover_make_tap(o);
	if (ret == 0)
		ret = failover_add_net(o);
	if (ret == 0)
		ret = failover_add_standby(o);
	if (ret == 0)
		ret = failover_up(o);
	if (ret == 0)
		ret = failover_plug(o);
	return ret < 0 ? ret : failover_traffic(o);
}

/* ---- the end ---- */

static int failover_remove(struct failover *o)
{
	int ret = o->has_primary ? guest_unplug(o->g, o->primary, VM_MONITOR_QMP) : 0;

	if (ret == 0 && o->has_standby)
		ret = guest_unplug(o->g, o->standby, VM_MONITOR_QMP);
	if (ret == 0 && o->has_net)
		ret = vm_qmp(o->g->vm, "netdev_del", json_pack("{s:s}", "id", FAILOVER_NET), NULL,
			     ctx_ms(o->ctx, FAILOVER_QMP_MS));
	if (ret == 0 && o->has_tap)
		ret = link_delete(o->tap);
	return ret;
}

/* The guest has its VF as before. */
static int failover_close(struct failover *o, int ret)
{
	unsigned int index;
	uint64_t lost;
	int err;

	(void)net_gap_stop(&o->gap, &lost);
	ret = net_ends_close(ret, &o->own, &o->far, NULL);
	if (!o->g->vm || vm_ended(o->g->vm))
		return ret;
	err = failover_remove(o);
	if (err == 0)
		err = failover_set_mac(o, o->vf->mac);
	if (err == 0 && guest_find_dev(o->g, o->vf) < 0)
		err = guest_plug(o->g, o->vf, VM_MONITOR_QMP, &index);
	if (err == 0)
		err = guest_check_nic(o->g, (unsigned int)guest_find_dev(o->g, o->vf));
	return ret < 0 ? ret : err;
}

static int net_failover(struct fixture_wide *f)
{
	struct failover o = {
		.f = f, .ctx = f->rig.ctx, .g = &f->guest, .vf = &f->rig.vfs[f->rig.n_vfs - 1]
	};
	int ret;

	if (!o.vf->mac_known)
		return ctx_not_applicable(o.ctx,
					  "the PF cannot give its VF the MAC of a virtio-net "
					  "device, by which a guest finds the pair");
	memcpy(o.away, o.vf->mac, sizeof(o.away));
	o.away[5] = (uint8_t)(o.away[5] ^ 0x80);
	ret = failover_use(&o);
	ret = failover_close(&o, ret);
	return ret < 0 ? ret
		       : ctx_pass(o.ctx, "virtio-net stands by for a VF",
				  "VF out: traffic goes on by virtio-net after %u ms; VF in: by "
				  "the VF after "
				  "%u ms",
				  o.out_ms, o.in_ms);
}

int run_net_failover(struct ctx *ctx)
{
	return fixture_wide_run(ctx, net_failover);
}
