/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people do with macvtaps beside the combinations of parent, mode and backend. */
#include "cases/tap.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/guest_config.h"
#include "cases/net_cases.h"
#include "cases/requires.h"
#include "cases/tap_more.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "wire/traffic.h"

#define MORE_TIMEOUT_S 240
#define MORE_SILENT_MS 1000 /* nothing has come by then; where it is to come it comes at once */
#define MORE_COME_MS 10000

/* ---- two guests ---- */

/*
 * Groups that a guest joins are not told to its macvtap, which hands on those only that the host
 * has joined on it (Linux drivers/net/macvlan.c, macvlan_set_mac_lists()): neighbour discovery of
 * IPv6 would not come to the other guest.
 */
static int more_pass_groups(struct tap *t)
{
	for (unsigned int i = 0; i < t->n_ports; i++) {
		int ret = link_set_allmulti(t->ports[i].ifname, true);

		if (ret < 0)
			return ctx_error(t->ctx, ret, "%s does not pass all groups: %s",
					 t->ports[i].ifname, strerror(-ret));
	}
	return 0;
}

static int more_guests(struct tap *t)
{
	struct net_end a = { 0 }, b = { 0 };
	int ret = tap_check_mode(t);

	if (ret == 0)
		ret = more_pass_groups(t);
	if (ret == 0)
		ret = net_open_guest(&a, t->ports[0].guest, t->ports[0].nic, NET_HOST_VF);
	if (ret == 0)
		ret = net_open_guest(&b, t->ports[1].guest, t->ports[1].nic, NET_HOST_VF + 1);
	if (ret == 0)
		ret = net_check_ip(&a, &b);
	util_format(t->told, sizeof(t->told),
		    "test frames, IPv4, IPv6 and TCP both ways, none of it through %s", t->parent);
	return net_ends_close(ret, &a, &b, NULL);
}

static int run_tap_guest_guest(struct ctx *ctx)
{
	return tap_run_scene(
		ctx, &(struct tap_scene){
			     .kind = { .mode = MACVLAN_MODE_BRIDGE, .vhost = true },
			     .n_ports = 2,
			     .expected = "two guests on one parent reach each other on the host",
			     .check = more_guests });
}

/* ---- another MAC ---- */

/* Whether frames for a MAC come to the guest from the far end, and are answered. */
static int more_probe(struct tap *t, struct tap_port *p, const uint8_t mac[6], unsigned int ms,
		      bool *come)
{
	const struct guest_nic *nic = &p->guest->nics[p->nic];
	struct traffic_path path = { .session = traffic_new_session() };
	struct agent_echo_stats stats;
	int ret = guest_start_echo(p->guest, nic, path.session), err;

	if (ret < 0)
		return ret;
	memcpy(path.peer, mac, sizeof(path.peer));
	ret = traffic_probe(t->far->fd, t->far->mac, &path, ctx_ms(t->ctx, ms));
	err = guest_stop_echo(p->guest, nic, &stats);
	*come = ret == 0;
	if (ret < 0 && ret != -ETIMEDOUT)
		return ctx_error(t->ctx, ret, "%s cannot send: %s", t->far->what, strerror(-ret));
	return err;
}

static int more_expect(struct tap *t, struct tap_port *p, const uint8_t mac[6], bool want,
		       const char *when)
{
	char text[18];
	bool come;
	int ret = more_probe(t, p, mac, want ? MORE_COME_MS : MORE_SILENT_MS, &come);

	if (ret < 0)
		return ret;
	ctx_evidence(t->ctx, "tap.mac", "%s: frames for %s %s", when, link_mac_format(mac, text),
		     come ? "come" : "do not come");
	if (come == want)
		return 0;
	ctx_fail(t->ctx, want ? "tap_mac_not_taken" : "tap_mac_stays",
		 want ? "frames for the macvtap's new MAC come to the guest"
		      : "frames for a MAC that the macvtap has no more do not come",
		 "%s: frames for %s %s", when, text, come ? "come" : "do not come");
	return -EBADMSG;
}

/* The guest has it, and the macvtap as the host sets it. */
static int more_set_mac(struct tap *t, struct tap_port *p, const uint8_t mac[6], bool guest)
{
	struct guest_nic *nic = &p->guest->nics[p->nic];
	int said, ret;

	if (!guest) {
		ret = link_set_mac(p->ifname, mac);
		return ret < 0 ? ctx_error(t->ctx, ret, "%s takes no other MAC: %s", p->ifname,
					   strerror(-ret))
			       : 0;
	}
	ret = guest_config_mac(p->guest, nic->netdev.ifname, mac, &said);
	if (ret < 0)
		return ret;
	if (said < 0)
		return ctx_error(t->ctx, said, "%s in the guest takes no other MAC: %s",
				 nic->netdev.ifname, strerror(-said));
	memcpy(nic->netdev.mac, mac, sizeof(nic->netdev.mac));
	memcpy(nic->mac, mac, sizeof(nic->mac));
	return 0;
}

static int more_change_mac(struct tap *t)
{
	struct tap_port *p = &t->ports[0];
	uint8_t was[6], other[6];
	int ret;

	memcpy(was, p->mac, sizeof(was));
	memcpy(other, p->mac, sizeof(other));
	other[5] = (uint8_t)(other[5] | 0x40);
	ret = more_set_mac(t, p, other, true);
	/* The control: it is the macvtap's MAC that counts. */
	if (ret == 0)
		ret = more_expect(t, p, other, false, "changed in the guest alone");
	if (ret == 0)
		ret = more_set_mac(t, p, other, false);
	if (ret == 0)
		ret = more_expect(t, p, other, true, "changed by the host too");
	if (ret == 0)
		ret = more_expect(t, p, was, false, "changed by the host too");
	if (ret == 0)
		ret = guest_check_traffic(p->guest, p->nic, 1, t->far);
	if (ret == 0)
		ret = more_set_mac(t, p, was, false);
	if (ret == 0)
		ret = more_set_mac(t, p, was, true);
	if (ret == 0)
		ret = more_expect(t, p, was, true, "changed back");
	util_strlcpy(t->told, sizeof(t->told),
		     "another MAC in the guest is deaf until the host gives it to the macvtap, and "
		     "back");
	return ret;
}

static int run_tap_mac_change(struct ctx *ctx)
{
	return tap_run_scene(
		ctx,
		&(struct tap_scene){ .kind = { .mode = MACVLAN_MODE_BRIDGE, .vhost = true },
				     .n_ports = 1,
				     .expected = "a guest's new MAC works once the host allows it",
				     .check = more_change_mac });
}

/* ---- a VLAN ---- */

static int run_tap_vlan(struct ctx *ctx)
{
	return tap_run_scene(
		ctx, &(struct tap_scene){ .kind = { .mode = MACVLAN_MODE_BRIDGE, .vhost = true },
					  .n_ports = 1,
					  .expected = "a guest's VLAN passes its macvtap",
					  .check = tap_check_vlan });
}

/* ---- many ---- */

static int more_many(struct tap *t)
{
	struct tap_port *first = &t->ports[0];
	int ret;

	for (unsigned int i = 0; i < t->n_ports; i++)
		if (t->ports[i].nic != first->nic + i)
			return ctx_error(t->ctx, -EINVAL, "the NICs are not in a row");
	ret = guest_check_traffic(first->guest, first->nic, t->n_ports, t->far);
	util_format(t->told, sizeof(t->told), "%u at the same time", t->n_ports);
	return ret;
}

static int run_tap_many(struct ctx *ctx)
{
	return tap_run_scene(
		ctx,
		&(struct tap_scene){ .kind = { .mode = MACVLAN_MODE_BRIDGE, .vhost = true },
				     .n_ports = TAP_MAX_PORTS,
				     .expected = "eight macvtaps on one parent work side by side",
				     .check = more_many });
}

/* ---- several queues ---- */

static int more_queues(struct tap *t)
{
	struct net_end far = { 0 }, own = { 0 };
	unsigned int n = 0;
	int ret = net_open_station(&far, t->far, NET_HOST_PEER);

	if (ret == 0)
		ret = net_open_guest(&own, t->ports[0].guest, t->ports[0].nic, NET_HOST_VF);
	if (ret == 0)
		ret = net_check_spread(&far, &own, true, &n);
	if (ret == 0 && n != TAP_MAX_QUEUES) {
		ctx_fail(t->ctx, "tap_queues_fewer",
			 "the guest's NIC has as many queues as the macvtap",
			 "%u queues, opened were %u", n, TAP_MAX_QUEUES);
		ret = -EBADMSG;
	}
	util_format(t->told, sizeof(t->told), "%u queues, flows are spread over them", n);
	return net_ends_close(ret, &far, &own, NULL);
}

static int run_tap_queues(struct ctx *ctx)
{
	return tap_run_scene(
		ctx, &(struct tap_scene){ .kind = { .mode = MACVLAN_MODE_BRIDGE,
						    .vhost = true,
						    .queues = TAP_MAX_QUEUES },
					  .n_ports = 1,
					  .expected = "a macvtap has several queues in the guest",
					  .check = more_queues });
}

#define MORE_ROW(id_, title_)                               \
	{ .id = #id_,                                       \
	  .set = SET_FULL,                                  \
	  .title = title_,                                  \
	  .subject = SUBJECT_PF,                            \
	  .needs = { &req_kvm, &req_pf_driver, &req_link }, \
	  .timeout_s = MORE_TIMEOUT_S,                      \
	  .run = run_##id_,                                 \
	  .fixture = &taps_fixture,                         \
	  .ports = PORTS_PEER }

const struct case_def tap_more_cases[] = {
	MORE_ROW(tap_guest_guest, "Two guests on one parent reach each other"),
	MORE_ROW(tap_mac_change, "A guest on a macvtap changes its MAC"),
	MORE_ROW(tap_vlan, "A guest's VLAN over a macvtap"),
	MORE_ROW(tap_many, "Eight macvtaps on one parent"),
	MORE_ROW(tap_queues, "A macvtap with several queues"),
	{ .id = NULL },
};
