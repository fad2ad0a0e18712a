/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs beside NICs that QEMU makes, in one guest. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/guest_plug.h"
#include "cases/pair.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/macvtap.h"

#define MIXED_TIMEOUT_S 300
#define MIXED_QMP_MS 15000
#define MIXED_LINKS 3u

/* The host's own end of the traffic, and what is behind the guest's NICs. */
struct mixed_link {
	char ifname[IFNAMSIZ]; /* of a macvtap on the PF */
	uint8_t mac[6];
};

struct mixed {
	struct pair *pair;
	struct ctx *ctx;
	struct mixed_link links[MIXED_LINKS];
	struct station host;
};

/* A NIC of QEMU's, and its driver in the guest. */
struct mixed_nic {
	const char *model, *id, *driver;
};

static const struct mixed_nic mixed_nics[MIXED_LINKS - 1] = {
	{ "virtio-net-pci", "mixed0", "virtio-pci" },
	{ "e1000e", "mixed1", "e1000e" },
};

static void mixed_close(struct mixed *m)
{
	station_close(&m->host);
}

/* A macvtap that nobody opens is one of the host's netdevs. */
static int mixed_make_link(struct mixed *m, unsigned int i)
{
	const struct pci_addr *pf = &m->ctx->pf->addr;
	struct mixed_link *l = &m->links[i];
	const uint8_t *own = m->pair->rig.mac;
	const uint8_t mac[6] = { 0x02, 0x78, own[3], own[4], own[5], (uint8_t)i };
	int ret;

	util_format(l->ifname, sizeof(l->ifname), "vm%x%02x%02x%x_%u", pf->domain, pf->bus, pf->dev,
		    pf->fn, i);
	memcpy(l->mac, mac, sizeof(l->mac));
	ret = ctx_undo(m->ctx, UNDO_LINK_DELETE, NULL, 0, l->ifname);
	if (ret < 0)
		return ctx_error(m->ctx, ret, "no room to record the undo");
	ret = macvtap_create(l->ifname, m->pair->rig.ifname, MACVLAN_MODE_BRIDGE, l->mac);
	if (ret == 0)
		ret = link_set_up(l->ifname, true);
	if (ret == 0)
		return 0;
	case_see_errno(m->ctx, "macvtap_add", ret, pf);
	ctx_fail(m->ctx, ctx_cause(m->ctx, "tap_create_failed"), "the PF takes a macvtap", "%s: %s",
		 l->ifname, strerror(-ret));
	return ret;
}

static int mixed_refused(struct mixed *m, int err, const char *what)
{
	if (err != -EREMOTEIO)
		return guest_lost(&m->pair->first, err, what);
	return ctx_error(m->ctx, err, "%s: %s", what, vm_qmp_error(m->pair->first.vm));
}

/* What QEMU gets is on the macvtap of the same number. */
static int mixed_add_backend(struct mixed *m, const struct mixed_nic *n, const struct mixed_link *l)
{
	struct vm *vm = m->pair->first.vm;
	unsigned int ms = ctx_ms(m->ctx, MIXED_QMP_MS);
	_cleanup_close_ int fd = macvtap_open(m->ctx->root, l->ifname);
	char net[24];
	int ret;

	if (fd < 0)
		return ctx_error_of(m->ctx, fd, "tap_open", "the device of %s cannot be opened: %s",
				    l->ifname, strerror(-fd));
	util_format(net, sizeof(net), "%snet", n->id);
	ret = vm_send_fd(vm, fd, net, ms);
	if (ret == 0)
		ret = vm_qmp(vm, "netdev_add",
			     json_pack("{s:s, s:s, s:s}", "type", "tap", "id", net, "fd", net),
			     NULL, ms);
	return ret < 0 ? mixed_refused(m, ret, "netdev_add") : 0;
}

static int mixed_plug(struct mixed *m, unsigned int i, unsigned int *index)
{
	const struct mixed_nic *n = &mixed_nics[i];
	const struct mixed_link *l = &m->links[i + 1];
	struct guest *g = &m->pair->first;
	int port = guest_free_port(g), ret;
	char mac[18], bus[16], net[24];
	struct guest_nic *nic;

	if (port < 0)
		return ctx_error(m->ctx, -EBUSY, "the guest has no free port");
	ret = mixed_add_backend(m, n, l);
	if (ret < 0)
		return ret;
	util_format(bus, sizeof(bus), "rp%d", port);
	util_format(net, sizeof(net), "%snet", n->id);
	ret = vm_device_add(g->vm, VM_MONITOR_QMP,
			    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "driver", n->model, "id",
				      n->id, "netdev", net, "bus", bus, "mac",
				      link_mac_format(l->mac, mac), "romfile", ""),
			    ctx_ms(m->ctx, MIXED_QMP_MS));
	if (ret < 0)
		return mixed_refused(m, ret, n->model);
	nic = guest_new_nic(g, n->model, n->id, port, index);
	if (!nic)
		return ctx_error(m->ctx, -ENOSPC, "the guest has no room for a NIC");
	util_strlcpy(nic->driver, sizeof(nic->driver), n->driver);
	memcpy(nic->mac, l->mac, sizeof(nic->mac));
	nic->mac_known = true;
	return guest_check_nic(g, *index);
}

static int mixed_unplug(struct mixed *m, unsigned int i, unsigned int index)
{
	struct guest *g = &m->pair->first;
	char net[24];
	int ret = guest_unplug(g, index, VM_MONITOR_QMP);

	if (ret < 0)
		return ret;
	util_format(net, sizeof(net), "%snet", mixed_nics[i].id);
	ret = vm_qmp(g->vm, "netdev_del", json_pack("{s:s}", "id", net), NULL,
		     ctx_ms(m->ctx, MIXED_QMP_MS));
	return ret < 0 ? mixed_refused(m, ret, "netdev_del") : 0;
}

static int mixed_use(struct pair *p)
{
	_cleanup_(mixed_close) struct mixed m = { .pair = p, .ctx = p->rig.ctx };
	unsigned int index[MIXED_LINKS - 1];
	struct guest *g = &p->first;
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < MIXED_LINKS; i++)
		ret = mixed_make_link(&m, i);
	if (ret == 0)
		ret = station_open(&m.host, m.ctx, m.links[0].ifname, "the host");
	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(mixed_nics); i++)
		ret = mixed_plug(&m, i, &index[i]);
	/* Each alone, and all at the same time, VFs among them. */
	for (unsigned int i = 0; ret == 0 && i < g->n_nics; i++)
		ret = guest_check_traffic(g, i, 1, &m.host);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, g->n_nics, &m.host);
	for (unsigned int i = 0; ret == 0 && i < ARRAY_SIZE(mixed_nics); i++)
		ret = mixed_unplug(&m, i, index[i]);
	if (ret == 0)
		ret = pair_check_traffic(p);
	return ret < 0 ? ret
		       : ctx_pass(m.ctx, "VFs, a virtio-net and an e1000e work in one guest",
				  "driver, MAC, link of each; traffic of all at the same time");
}

static int run_mixed(struct ctx *ctx)
{
	return pair_run(ctx, mixed_use);
}

const struct case_def run_mixed_cases[] = {
	{ .id = "run_mixed",
	  .title = "VFs beside a virtio-net and an e1000e in one guest",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = MIXED_TIMEOUT_S,
	  .run = run_mixed,
	  .fixture = &fixture_pair,
	  .set = SET_FULL },
	{ .id = NULL },
};
