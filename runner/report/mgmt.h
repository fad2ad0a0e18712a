/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management port: a NIC port that gets an address at the end of a run, for as long as reports
 * are sent. Nothing listens on it.
 */
#ifndef VFPROOF_REPORT_MGMT_H
#define VFPROOF_REPORT_MGMT_H

#include <net/if.h>
#include "model/settings_sink.h"

struct inventory;
struct sysroot;

struct mgmt {
	const struct sysroot *root;
	char port[IFNAMSIZ]; /* the NIC's netdev, "" before mgmt_up() */
	char ifname[IFNAMSIZ]; /* what has the address: the port, or its VLAN */
	char problem[160]; /* why mgmt_up() failed, in words */
};

/*
 * Brings the port up that the settings name, with its address, route and name server. Every netdev
 * must have been put back after the tests. Takes up to a minute. Returns 0 or -errno with
 * m->problem; mgmt_down() is to be called in any case.
 */
int mgmt_up(struct mgmt *m, const struct sysroot *root, const struct inventory *inv,
	    const struct mgmt_settings *settings) must_check;
/* Takes the address away and the port down. */
void mgmt_down(struct mgmt *m);

/* What DHCP gave, from the file that the image's udhcpc script writes: for unit tests. */
struct mgmt_lease {
	char address[16], gateway[16], dns[16];
	unsigned int prefix_len;
};

/* Lines of "NAME VALUE"; untrusted. Returns 0, or -EBADMSG without a usable address. */
int mgmt_parse_lease(const char *text, struct mgmt_lease *lease) must_check;
/* The controller that "mgmt=" means, NULL if there is none. */
struct nic;
const struct nic *mgmt_find_nic(const struct inventory *inv, const char *port);

#endif
