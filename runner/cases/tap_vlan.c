/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's VLAN over a macvtap. Nobody tells the parent's NIC of it, which drops frames of VLANs
 * that it does not know. A VLAN device on the parent or on the macvtap would tell it, and take the
 * frames for itself; one on a further macvlan of the parent tells it and takes nothing (Linux
 * drivers/net/macvlan.c, macvlan_vlan_rx_add_vid()).
 */
#include "cases/tap.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "cases/ends.h"
#include "cases/guest_config.h"
#include "cases/tap_more.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_config.h"

#define VLAN_ID 100u
#define VLAN_TPID 0x8100
#define VLAN_GUEST "tapvlan0"
#define VLAN_FAR "vtfar0"

struct vlan_run {
	struct tap *t;
	struct end own, far;
	char macvlan[IFNAMSIZ], vlan[IFNAMSIZ]; /* of the host, that tell the NIC */
	uint32_t base;
	unsigned int sessions;
};

static int vlan_fail(struct vlan_run *r, int err, const char *what)
{
	return ctx_error(r->t->ctx, err, "%s: %s", what, strerror(-err));
}

static int vlan_join_far(void *arg)
{
	const struct station *s = arg;
	int ret = link_add_vlan(VLAN_FAR, s->ifname, VLAN_ID, VLAN_TPID);

	return ret < 0 ? ret : link_set_up(VLAN_FAR, true);
}

static int vlan_leave_far(void *arg)
{
	(void)arg;
	return link_delete(VLAN_FAR);
}

/* Both ends are members. */
static int vlan_join(struct vlan_run *r)
{
	struct tap_port *p = &r->t->ports[0];
	int said, ret = case_load_module(r->t->ctx, "8021q");

	if (ret < 0)
		return vlan_fail(r, ret, "8021q cannot be loaded");
	/* It goes with the station's namespace; the PF as a station is told by an undo. */
	if (r->t->far->netns < 0)
		ret = ctx_undo(r->t->ctx, UNDO_LINK_DELETE, NULL, 0, VLAN_FAR);
	if (ret == 0)
		ret = station_call(r->t->far, vlan_join_far, r->t->far);
	if (ret < 0)
		return vlan_fail(r, ret, "the far end gets no VLAN");
	ret = guest_add_vlan(p->guest, p->nic, VLAN_GUEST, VLAN_ID, &said);
	return ret < 0 ? ret : said < 0 ? vlan_fail(r, said, "the guest gets no VLAN") : 0;
}

/* Names as tap_port.c makes them: others may be at work on another port. */
static int vlan_register(struct vlan_run *r)
{
	const struct pci_addr *pf = &r->t->ctx->pf->addr;
	uint8_t mac[6];
	int ret;

	util_format(r->macvlan, sizeof(r->macvlan), "vm%x%02x%02x%x", pf->domain, pf->bus, pf->dev,
		    pf->fn);
	util_format(r->vlan, sizeof(r->vlan), "vv%x%02x%02x%x", pf->domain, pf->bus, pf->dev,
		    pf->fn);
	memcpy(mac, r->t->ports[0].mac, sizeof(mac));
	mac[5] = (uint8_t)(mac[5] | 0x20);
	ret = ctx_undo(r->t->ctx, UNDO_LINK_DELETE, NULL, 0, r->macvlan);
	if (ret == 0)
		ret = ctx_undo(r->t->ctx, UNDO_LINK_DELETE, NULL, 0, r->vlan);
	if (ret == 0)
		ret = link_add_macvlan(r->macvlan, r->t->parent, mac);
	if (ret == 0)
		ret = link_set_up(r->macvlan, true);
	if (ret == 0)
		ret = link_add_vlan(r->vlan, r->macvlan, VLAN_ID, VLAN_TPID);
	if (ret == 0)
		ret = link_set_up(r->vlan, true);
	return ret < 0 ? vlan_fail(r, ret, "the parent gets no VLAN") : 0;
}

/* Tagged frames one way. *@come: how many arrived with their tag. */
static int vlan_send(struct vlan_run *r, struct end *from, struct end *to, uint32_t *come)
{
	const struct end_flow f = { .from = from,
				    .dst = to->mac,
				    .session = FLOW_OF(r->base, r->sessions++),
				    .tpid = VLAN_TPID,
				    .tci = VLAN_ID,
				    .wait = to,
				    .come_tpid = VLAN_TPID,
				    .come_tci = VLAN_ID };
	int ret = ends_send(&f, NULL);

	if (ret == 0)
		ret = end_read(to);
	*come = end_count(to, f.session, VLAN_TPID, VLAN_ID);
	return ret;
}

static int vlan_check(struct vlan_run *r)
{
	struct ctx *ctx = r->t->ctx;
	uint32_t before = 0, there = 0, back = 0;
	int ret = vlan_send(r, &r->far, &r->own, &before);

	if (ret == 0)
		ret = vlan_register(r);
	if (ret == 0)
		ret = vlan_send(r, &r->far, &r->own, &there);
	if (ret == 0)
		ret = vlan_send(r, &r->own, &r->far, &back);
	if (ret < 0)
		return ret;
	ctx_evidence(
		ctx, "tap.vlan",
		"VLAN %u: of %u frames for the guest %u came before the NIC was told of it, and %u "
		"then; %u of %u of the guest's came to %s",
		VLAN_ID, ENDS_FRAMES, before, there, back, ENDS_FRAMES, r->t->far->what);
	if (there != ENDS_FRAMES || back != ENDS_FRAMES) {
		ctx_fail(ctx, "tap_vlan_lost",
			 "frames of the guest's VLAN pass both ways with their tag",
			 "%u of %u to the guest, %u to %s", there, ENDS_FRAMES, back,
			 r->t->far->what);
		return -ENODATA;
	}
	util_format(r->t->told, sizeof(r->t->told),
		    "VLAN %u both ways once the parent knows it%s, and untagged frames", VLAN_ID,
		    before == 0 ? ", none before" : "; this NIC passes it anyway");
	return 0;
}

static int vlan_close(struct vlan_run *r, int ret)
{
	struct guest *g = r->t->ports[0].guest;
	int err;

	end_close(&r->own);
	end_close(&r->far);
	if (r->vlan[0])
		(void)!link_delete(r->vlan); /* the undo says if it stays */
	if (r->macvlan[0])
		(void)!link_delete(r->macvlan);
	(void)!station_call(r->t->far, vlan_leave_far, NULL);
	err = g->vm && !vm_ended(g->vm) ? guest_delete_netdev(g, VLAN_GUEST) : 0;
	return ret < 0 ? ret : err;
}

int tap_check_vlan(struct tap *t)
{
	struct tap_port *p = &t->ports[0];
	struct vlan_run r = { .t = t, .base = flow_new_base() };
	int ret = vlan_join(&r);

	end_of_nic(&r.own, p->guest, p->nic);
	end_of_station(&r.far, t->far);
	if (ret == 0)
		ret = end_open(&r.own, r.base, false);
	if (ret == 0)
		ret = end_open(&r.far, r.base, false);
	if (ret == 0)
		ret = vlan_check(&r);
	ret = vlan_close(&r, ret);
	return ret < 0 ? ret : guest_check_traffic(p->guest, p->nic, 1, t->far);
}
