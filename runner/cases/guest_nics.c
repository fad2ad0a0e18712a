/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's NICs: their drivers load, their netdevs come, are right, get a link, and go. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "cases/lacking.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/netdev.h"
#include "sys/pci.h"
#include "vm/vm_plug.h"

#define GUEST_NETDEV_MS 30000
#define GUEST_LINK_MS 30000
#define GUEST_SAY_MS 10000 /* a driver that takes as long is worth a line */

/* Strings from a guest are not trusted to be any. */
static void guest_clean_netdev(struct agent_netdev *n)
{
	n->ifname[sizeof(n->ifname) - 1] = '\0';
	n->driver[sizeof(n->driver) - 1] = '\0';
	n->pci[sizeof(n->pci) - 1] = '\0';
	util_sanitise(n->ifname);
	util_sanitise(n->driver);
	util_sanitise(n->pci);
}

int guest_read_netdevs(struct guest *g, struct agent_drivers *drivers,
		       struct agent_netdev devs[AGENT_MAX_NETDEVS])
{
	uint8_t reply[sizeof(*drivers) + AGENT_MAX_NETDEVS * sizeof(*devs)];
	int ret = vm_agent_call(g->vm, AGENT_NETDEVS, NULL, 0, reply, sizeof(reply),
				ctx_ms(g->ctx, GUEST_CALL_MS));

	if (ret >= 0 && ret < (int)sizeof(*drivers))
		ret = -EPROTO;
	if (ret < 0)
		return ret;
	memcpy(drivers, reply, sizeof(*drivers));
	drivers->loading[sizeof(drivers->loading) - 1] = '\0';
	drivers->failed[sizeof(drivers->failed) - 1] = '\0';
	util_sanitise(drivers->loading);
	util_sanitise(drivers->failed);
	ret = (ret - (int)sizeof(*drivers)) / (int)sizeof(*devs);
	memcpy(devs, reply + sizeof(*drivers), (size_t)ret * sizeof(*devs));
	for (int i = 0; i < ret; i++)
		guest_clean_netdev(&devs[i]);
	return ret;
}

/*
 * How long the guest's drivers may take in all. One loads after the other, as modules do, and most
 * set up one device after the other.
 */
static unsigned int guest_load_ms(const struct guest *g)
{
	unsigned int s = 0;

	for (unsigned int i = 0; i < g->n_nics; i++) {
		const struct rig_dev *dev = g->nics[i].dev;

		if (g->nics[i].id[0] != '\0')
			s += dev && dev->pf->profile && dev->pf->profile->guest_load_s > 0
				     ? dev->pf->profile->guest_load_s
				     : PROFILE_GUEST_LOAD_S;
	}
	return GUEST_NETDEV_MS + s * 1000;
}

struct guest_netdev_wait {
	struct guest *g;
	struct guest_nic *nic;
	int err; /* of the call, if that is what ended the wait */
	bool found, said;
	struct agent_drivers drivers; /* how far the guest is with them */
	char pci[PCI_ADDR_STRLEN]; /* where the guest has the device, "" if nowhere */
	char seen[160]; /* what the guest has */
};

/* Progress of a driver that takes its time. */
static void guest_say_loading(struct guest_netdev_wait *w, int n)
{
	if (w->said || w->drivers.loading_ms < GUEST_SAY_MS)
		return;
	w->said = true;
	ctx_evidence(w->g->ctx, "guest.loading",
		     "%s%smodule %s has been loading for %u s; network devices so far: %d",
		     w->g->name, w->g->name[0] ? ": " : "", w->drivers.loading,
		     w->drivers.loading_ms / 1000, n);
}

/* Looks for the NIC's netdev. */
static bool guest_find_netdev(void *arg)
{
	struct guest_netdev_wait *w = arg;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct pci_addr addr;
	size_t used = 0;
	int ret = vm_guest_addr(w->g->vm, w->nic->id, &addr);

	w->pci[0] = '\0';
	if (ret == 0)
		pci_addr_format(&addr, w->pci);
	if (ret == 0 || ret == -ENODEV)
		ret = guest_read_netdevs(w->g, &w->drivers, devs);
	if (ret < 0) {
		w->err = ret;
		return true;
	}
	guest_say_loading(w, ret);
	w->seen[0] = '\0';
	for (int i = 0; i < ret; i++) {
		if (used < sizeof(w->seen) - 1)
			used += (size_t)snprintf(w->seen + used, sizeof(w->seen) - used,
						 " %s (%s at %s)", devs[i].ifname, devs[i].driver,
						 devs[i].pci);
		if (w->pci[0] != '\0' && strcmp(devs[i].pci, w->pci) == 0 && !w->found) {
			w->nic->netdev = devs[i];
			w->found = true;
		}
	}
	return w->found;
}

/* The image is the same for host and guest: what it has no driver for is not the card's fault. */
static bool guest_lacks_driver(struct guest *g, const struct guest_nic *nic)
{
	char modalias[256], why[320];

	if (!nic->dev ||
	    pci_read_modalias(g->ctx->root, &nic->dev->addr, modalias, sizeof(modalias)) < 0 ||
	    !lacking_driver(g->ctx, modalias, nic->driver, why, sizeof(why)))
		return false;
	ctx_skip(g->ctx, "%s has no driver in the guest: %s", nic->what, why);
	return true;
}

static int guest_wait_netdev(struct guest *g, struct guest_nic *nic)
{
	struct guest_netdev_wait w = { .g = g, .nic = nic };
	/* The result is in @w. */
	int ret = util_poll_until(guest_find_netdev, &w, ctx_ms(g->ctx, guest_load_ms(g)));

	if (w.err < 0)
		return guest_lost(g, w.err, "looking for the network device");
	if (w.found)
		return 0;
	if (w.drivers.netdevs > AGENT_MAX_NETDEVS)
		return ctx_error(g->ctx, -E2BIG,
				 "the guest has %u network devices, of which its agent tells %u",
				 w.drivers.netdevs, AGENT_MAX_NETDEVS);
	if (guest_lacks_driver(g, nic))
		return -ENODEV;
	if (guest_is_late(g->ctx))
		return ctx_timeout(g->ctx, "waiting for the guest's network devices");
	if (guest_lacks_memory(g))
		return ret < 0 ? ret : -ENOMEM;
	if (w.drivers.busy && w.drivers.loading[0] != '\0')
		ctx_fail(g->ctx, "guest_driver_hangs", "the guest's drivers load within their time",
			 "module %s has been loading for %u s and does not end; the guest has:%s",
			 w.drivers.loading, w.drivers.loading_ms / 1000,
			 w.seen[0] ? w.seen : " no network device");
	else
		ctx_fail(g->ctx, "guest_no_netdev", "the guest has a network device for each NIC",
			 "%s at %s in the guest: no network device; the guest has:%s%s%s%s%s",
			 nic->what, w.pci[0] ? w.pci : "no place", w.seen[0] ? w.seen : " none",
			 w.drivers.failed[0] ? "; module " : "", w.drivers.failed,
			 w.drivers.failed[0] ? ": " : "",
			 w.drivers.failed[0] ? strerror(-w.drivers.error) : "");
	return ret < 0 ? ret : -ENODEV;
}

static int guest_check_driver(struct guest *g, const struct guest_nic *nic)
{
	char mac[18];

	ctx_evidence(g->ctx, "guest.netdev", "%s: %s, %s at %s, %s", nic->what, nic->netdev.ifname,
		     nic->netdev.driver, nic->netdev.pci, link_mac_format(nic->netdev.mac, mac));
	if (nic->netdev.driver[0] != '\0' &&
	    (nic->driver[0] == '\0' || strcmp(nic->netdev.driver, nic->driver) == 0))
		return 0;
	ctx_fail(g->ctx, "guest_wrong_driver", nic->driver[0] ? nic->driver : "a driver",
		 "%s is driven by \"%s\" in the guest", nic->what, nic->netdev.driver);
	return -ENXIO;
}

static int guest_check_mac(struct guest *g, const struct guest_nic *nic)
{
	char want[18], got[18];

	if (nic->mac_known ? memcmp(nic->netdev.mac, nic->mac, 6) == 0
			   : link_mac_valid(nic->netdev.mac))
		return 0;
	link_mac_format(nic->netdev.mac, got);
	link_mac_format(nic->mac, want);
	ctx_fail(g->ctx, "guest_wrong_mac", nic->mac_known ? want : "a valid unicast MAC",
		 "%s has %s in the guest", nic->what, got);
	return -EADDRNOTAVAIL;
}

/* A VF's link is its PF's, which may have lost it meanwhile: a cable, a switch. */
static bool guest_pf_lost_link(struct guest *g, const struct guest_nic *nic)
{
	char ifname[IFNAMSIZ] = "";
	struct link_info info;

	if (!nic->dev || nic->dev->vf == RIG_NO_VF ||
	    netdev_find(g->ctx->root, &nic->dev->pf->addr, ifname) < 0 || !ifname[0] ||
	    link_get(ifname, &info) < 0 || !info.admin_up || info.carrier)
		return false;
	ctx_fail(g->ctx, "link_down", "the PF has a link",
		 "%s is up and has no carrier, nor has %s in the guest", ifname, nic->what);
	return true;
}

/* What the agent says of a link that cannot be brought up. */
static int guest_link_failed(struct guest *g, const struct guest_nic *nic, int err, unsigned int ms)
{
	const char *expected = "the NIC's link comes up in the guest";

	if (guest_is_late(g->ctx))
		return ctx_timeout(g->ctx, "waiting for a link in the guest");
	if (err == -ETIME)
		ctx_fail(g->ctx, "guest_driver_hangs", expected,
			 "%s (%s): driver %s has not come back from bringing it up after %u s",
			 nic->what, nic->netdev.ifname, nic->netdev.driver, ms / 1000);
	else if (guest_lacks_memory(g) || guest_pf_lost_link(g, nic))
		return err;
	else if (err == -ENOLINK)
		ctx_fail(g->ctx, "guest_no_link", expected,
			 "%s (%s) is up and has no carrier after %u s", nic->what,
			 nic->netdev.ifname, ms / 1000);
	else
		ctx_fail(g->ctx, "guest_no_link", expected, "%s (%s) cannot be brought up: %s",
			 nic->what, nic->netdev.ifname, strerror(-err));
	return err;
}

static int guest_link_up(struct guest *g, struct guest_nic *nic)
{
	unsigned int ms = ctx_ms(g->ctx, GUEST_LINK_MS);
	struct agent_link req = { .timeout_ms = ms };
	struct agent_netdev up;
	int ret;

	memcpy(req.ifname, nic->netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(g->vm, AGENT_LINK_UP, &req, sizeof(req), &up, sizeof(up),
			    ms + GUEST_CALL_MS);
	if (ret == sizeof(up) && up.carrier && up.up) {
		guest_clean_netdev(&up);
		nic->netdev = up;
		ctx_evidence(g->ctx, "guest.link", "%s: up, %d Mb/s", nic->what, up.speed_mbps);
		return 0;
	}
	if (ret >= 0)
		ret = -EPROTO;
	if (vm_ended(g->vm) || ret == -ETIMEDOUT || ret == -EPROTO)
		return guest_lost(g, ret, "bringing the link up");
	return guest_link_failed(g, nic, ret, ms);
}

int guest_check_unlinked(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	int ret = guest_wait_netdev(g, nic);

	if (ret == 0)
		ret = guest_check_driver(g, nic);
	return ret < 0 ? ret : guest_check_mac(g, nic);
}

int guest_check_nic(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	int ret = guest_wait_netdev(g, nic), mac;

	if (ret == 0)
		ret = guest_check_driver(g, nic);
	if (ret < 0)
		return ret;
	/* The link first: a VF driver that its PF does not answer has no link and a MAC of its own.
	 */
	ret = guest_link_up(g, nic);
	mac = guest_check_mac(g, nic);
	return ret < 0 ? ret : mac;
}

int guest_check_nics(struct guest *g)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < g->n_nics; i++)
		if (g->nics[i].id[0] != '\0')
			ret = guest_check_nic(g, i);
	return ret;
}

struct guest_gone_wait {
	struct guest *g;
	const struct agent_netdev *netdev;
	int err; /* of the call, if that is what ended the wait */
};

static bool guest_netdev_is_gone(void *arg)
{
	struct guest_gone_wait *w = arg;
	struct agent_netdev devs[AGENT_MAX_NETDEVS];
	struct agent_drivers drivers;
	int n = guest_read_netdevs(w->g, &drivers, devs);

	w->err = n < 0 ? n : 0;
	for (int i = 0; i < n; i++)
		if (strcmp(devs[i].pci, w->netdev->pci) == 0)
			return false;
	return true;
}

int guest_wait_gone(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	struct guest_gone_wait w = { .g = g, .netdev = &nic->netdev };
	int ret = util_poll_until(guest_netdev_is_gone, &w, ctx_ms(g->ctx, GUEST_NETDEV_MS));

	if (w.err < 0)
		return guest_lost(g, w.err, "waiting for a network device to go");
	if (ret == 0)
		return 0;
	ctx_fail(g->ctx, "guest_netdev_stays", "the guest's network device goes with its NIC",
		 "%s: %s at %s is still there", nic->what, nic->netdev.ifname, nic->netdev.pci);
	return ret;
}
