/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a guest's network is set up, by its agent: wire/agent_config.h.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 * What a driver of the guest's says of a setting is no finding: it is in *@said, 0 or -errno.
 */
#ifndef VFPROOF_CASES_GUEST_CONFIG_H
#define VFPROOF_CASES_GUEST_CONFIG_H

#include "cases/guest.h"
#include "wire/agent_config.h"

/*
 * Loads a module and what it needs, once for the guest's life: those of guest-image/modules.list
 * that each guest gets, and the drivers of its own devices. What the image lacks is an ERROR.
 */
int guest_load_module(struct guest *g, const char *name) must_check;
/* Any setting. */
int guest_config(struct guest *g, const struct agent_config *c, int *said) must_check;
/* One with a number alone: CONFIG_UP, CONFIG_MTU, CONFIG_PROMISC, CONFIG_ALLMULTI. */
int guest_config_value(struct guest *g, const char *ifname, enum config_op op, unsigned int value,
		       int *said) must_check;
int guest_config_mac(struct guest *g, const char *ifname, const uint8_t mac[6],
		     int *said) must_check;
/* Adds a VLAN device of NIC @i, up; "8021q" is loaded for it. */
int guest_add_vlan(struct guest *g, unsigned int i, const char *ifname, unsigned int vid,
		   int *said) must_check;
/* Adds a macvlan of NIC @i, up; "macvlan" is loaded for it. */
int guest_add_macvlan(struct guest *g, unsigned int i, const char *ifname, const uint8_t mac[6],
		      int *said) must_check;
/* Removes such a netdev; fine if it is not there. */
int guest_delete_netdev(struct guest *g, const char *ifname) must_check;
/* State of any netdev of the guest's. *@said -ENODEV: there is none. */
int guest_link_state(struct guest *g, const char *ifname, struct agent_link_state *state,
		     int *said) must_check;
/*
 * Takes the driver of NIC @i in the guest away from it and gives it back, then checks the NIC as
 * guest_check_nic() does.
 */
int guest_restart_driver(struct guest *g, unsigned int i) must_check;
/* Takes the netdev of NIC @i down and up, and checks it likewise. */
int guest_restart_link(struct guest *g, unsigned int i) must_check;
/*
 * A request to the agent whose refusal is no finding; @reply of @size bytes gets what comes, *@len
 * bytes (may be NULL).
 */
int guest_call(struct guest *g, unsigned int type, const void *req, size_t req_len, void *reply,
	       size_t size, size_t *len, int *said) must_check;

#endif
