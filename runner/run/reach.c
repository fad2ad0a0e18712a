/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for the ports that reach each other, and chooses peers from what is found. */
#include "run/reach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include "base/log.h"
#include "base/sysroot.h"
#include "journal/store.h"
#include "model/port_choice.h"
#include "model/settings.h"
#include "sys/ethtool.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/watchdog.h"

#define REACH_CARRIER_MS 10000
#define REACH_PROBE_MS 3000
#define REACH_PORT_MS 2000 /* for each port more */
/* A port with spanning tree listens and learns for 15 s each: IEEE Std 802.1D-2004, 17.14. */
#define REACH_LATE_MS 40000
#define REACH_LATE_CARRIER_MS 30000 /* as long as nic_link waits */
#define REACH_IDLE_MS 90000 /* a link that comes and goes would be waited for without end */
#define REACH_SILENT_MS 60000 /* of the child's rounds: it hangs */
#define REACH_END_MS 20000

#define BIT(i) (UINT64_C(1) << (i))

/* ---- peers ---- */

static bool reach_is_pair(const struct inventory *inv, unsigned int a, unsigned int b)
{
	return a != b && inv->nics[a].wired & BIT(b) && inv->nics[b].wired & BIT(a);
}

/* The first port that @i and it reach each other, or -1. */
static int reach_first(const struct inventory *inv, unsigned int i, bool pf, bool alone)
{
	for (unsigned int k = 0; k < inv->n_nics; k++)
		if (reach_is_pair(inv, i, k) && (!pf || inventory_nic_is_pf(&inv->nics[k])) &&
		    (!alone || inv->nics[k].peer < 0))
			return (int)k;
	return -1;
}

void reach_choose_peers(struct inventory *inv, bool over)
{
	for (unsigned int i = 0; i < inv->n_nics; i++) {
		int k;

		if (inv->nics[i].peer >= 0 || !inventory_nic_is_pf(&inv->nics[i]))
			continue;
		k = reach_first(inv, i, true, true);
		if (k < 0)
			continue;
		inv->nics[i].peer = k;
		inv->nics[k].peer = (int)i;
	}
	for (unsigned int i = 0; over && i < inv->n_nics; i++) {
		struct nic *nic = &inv->nics[i];

		if (nic->peer < 0)
			nic->peer = reach_first(inv, i, true, false);
		if (nic->peer < 0)
			nic->peer = reach_first(inv, i, false, false);
	}
}

/* ---- in words ---- */

static void reach_list(const struct inventory *inv, uint64_t ports, char *buf, size_t size)
{
	char addr[PCI_ADDR_STRLEN];

	buf[0] = '\0';
	for (unsigned int i = 0; i < inv->n_nics; i++) {
		size_t len = strlen(buf);

		if (ports & BIT(i))
			util_format(buf + len, size - len, "%s%s", len ? ", " : "",
				    pci_addr_format(&inv->nics[i].addr, addr));
	}
}

static const char *reach_error(int err)
{
	switch (err) {
	case -ECHILD:
		return "the process that looked for it ended before its time";
	case -ETIMEDOUT:
		return "the process that looked for it hung";
	case -EBUSY:
		return "a link came and went all the time";
	default:
		return strerror(-err);
	}
}

static void reach_tell_peer(const struct reach *r, unsigned int i)
{
	struct nic *nic = &r->inv->nics[i], *peer = &r->inv->nics[nic->peer];
	const struct reach_port *a = &r->probe->ports[i], *b = &r->probe->ports[nic->peer];
	char addr[PCI_ADDR_STRLEN];

	pci_addr_format(&peer->addr, addr);
	if (!(a->same_card & BIT(nic->peer)))
		util_format(nic->wire, sizeof(nic->wire), "%s is on another card", addr);
	else if (a->left & BIT(nic->peer) || b->left & BIT(i))
		util_format(nic->wire, sizeof(nic->wire),
			    "%s is on the same card; frames between them were counted by the "
			    "receiving port's MAC",
			    addr);
	else
		util_format(
			nic->wire, sizeof(nic->wire),
			"%s is on the same card; the driver has no known counter of the MAC and "
			"says that it is another physical port (%s%s and %s%s)",
			addr, nic->port_id, nic->port_id[0] ? "" : nic->port_name, peer->port_id,
			peer->port_id[0] ? "" : peer->port_name);
}

/* Why a port has no peer. */
static void reach_tell_none(const struct reach *r, unsigned int i)
{
	struct nic *nic = &r->inv->nics[i];
	const struct reach_port *p = &r->probe->ports[i];
	uint64_t mutual = reach_mutual(r->probe, i);
	char list[120];

	if (!r->tried) {
		util_format(nic->wire, sizeof(nic->wire), "there is no other port");
	} else if (r->err < 0) {
		util_format(nic->wire, sizeof(nic->wire), "it was not found out: %s",
			    reach_error(r->err));
	} else if (!p->carrier) {
		util_format(nic->wire, sizeof(nic->wire), "it had no carrier");
	} else if (mutual & ~p->same_port) {
		reach_list(r->inv, mutual & ~p->same_port, list, sizeof(list));
		util_format(nic->wire, sizeof(nic->wire),
			    "frames to and from %s arrive, but %s: they may not have left the card",
			    list,
			    mutual & p->stayed ? "the MAC did not count them"
					       : "nothing shows that they came over a wire");
	} else if (nic->others) {
		reach_list(r->inv, nic->others, list, sizeof(list));
		util_format(nic->wire, sizeof(nic->wire),
			    "%s %s a carrier too, and no frame passed within %u s%s", list,
			    strchr(list, ',') ? "have" : "has",
			    (r->late ? REACH_LATE_MS : REACH_PROBE_MS) / 1000,
			    r->settings->wire == WIRE_NONE
				    ? "; the settings say that there is no wire"
				    : " of the last one: spanning tree, VLANs, 802.1X or port "
				      "security of the switch keep them apart, or there is no wire "
				      "(then set wire=none)");
	} else if (mutual) {
		reach_list(r->inv, mutual, list, sizeof(list));
		util_format(nic->wire, sizeof(nic->wire), "%s is the same physical port", list);
	} else {
		util_format(nic->wire, sizeof(nic->wire), "no other port had a carrier");
	}
}

static void reach_log(const struct reach *r, const struct nic *nic)
{
	char a[PCI_ADDR_STRLEN], b[PCI_ADDR_STRLEN];

	pci_addr_format(&nic->addr, a);
	if (nic->peer < 0)
		log_info("%s reaches no other port: %s", a, nic->wire);
	else
		log_info("%s: its peer is %s", a,
			 pci_addr_format(&r->inv->nics[nic->peer].addr, b));
}

/* ---- from the child to the inventory ---- */

int reach_journal(const struct reach *r)
{
	return store_append(r->store, "wire",
			    json_pack("{s:o}", "nics", inventory_wires_to_json(r->inv)));
}

/* Takes over what is known by now. */
static void reach_take(struct reach *r)
{
	bool news = r->over;

	for (unsigned int i = 0; i < r->inv->n_nics; i++) {
		struct nic *nic = &r->inv->nics[i];

		nic->carrier |= r->probe->ports[i].carrier_ms > 0;
		nic->reaches = r->probe->ports[i].reaches;
		nic->wired = reach_over_wire(r->probe, i);
		/* What was not found out may be there. */
		nic->others = r->err < 0 && nic->ifname[0]
				      ? (BIT(r->inv->n_nics - 1) * 2 - 1) & ~BIT(i)
				      : reach_others(r->probe, i);
	}
	reach_choose_peers(r->inv, r->over);
	for (unsigned int i = 0; i < r->inv->n_nics; i++) {
		struct nic *nic = &r->inv->nics[i];

		if (nic->wire[0] || (nic->peer < 0 && !r->over))
			continue;
		news = true;
		if (nic->peer < 0)
			reach_tell_none(r, i);
		else
			reach_tell_peer(r, i);
		if (inventory_nic_is_pf(nic))
			reach_log(r, nic);
	}
	if (news && r->late && r->store && reach_journal(r) < 0)
		log_error("what ports reach could not be journalled");
}

static void reach_pet(void *arg)
{
	const struct reach *r = arg;

	if (r->watchdog)
		watchdog_pet(r->watchdog);
}

static void reach_await(struct reach *r, unsigned int ms)
{
	const struct child_tick tick = { reach_pet, r };

	if (r->child.pid != 0)
		(void)child_wait(&r->child, util_now_ms() + ms, &tick);
	r->child.pid = 0;
}

/* The child has ended, or hangs. What it has found is kept. */
static void reach_stop(struct reach *r, int err)
{
	reach_await(r, err < 0 ? 0 : REACH_END_MS);
	r->over = true;
	r->err = __atomic_load_n(&r->probe->done, __ATOMIC_ACQUIRE) ? 0 : err;
	if (r->err == 0)
		return;
	log_error("not all was found out about which ports reach each other: %s",
		  reach_error(r->err));
	if (r->store)
		store_note(r->store, true,
			   "not all was found out about which ports reach each other: %s",
			   reach_error(r->err));
}

static bool reach_child_is_dead(const struct reach *r)
{
	struct pollfd p = { .fd = r->child.pidfd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

static unsigned int reach_ms(const struct reach *r, unsigned int ms)
{
	return (unsigned int)sysroot_recovery_ms(r->root, ms + r->probe->n * REACH_PORT_MS);
}

/* Looks at the child once. */
static void reach_poll(struct reach *r, bool idle)
{
	uint64_t now = util_now_ms();
	uint64_t alive = __atomic_load_n(&r->probe->alive_ms, __ATOMIC_ACQUIRE);

	if (!idle)
		r->idle_ms = 0;
	else if (r->idle_ms == 0)
		r->idle_ms = now;
	if (__atomic_load_n(&r->probe->done, __ATOMIC_ACQUIRE))
		reach_stop(r, 0);
	else if (reach_child_is_dead(r))
		reach_stop(r, -ECHILD);
	else if (now > alive + reach_ms(r, REACH_SILENT_MS))
		reach_stop(r, -ETIMEDOUT);
	else if (r->idle_ms && now > r->idle_ms + reach_ms(r, REACH_IDLE_MS))
		reach_stop(r, -EBUSY);
	reach_take(r);
}

/* ---- the child ---- */

static int reach_child(void *arg)
{
	struct reach *r = arg;

	reach_probe_run(r->probe);
	return 0;
}

static int reach_put_back_child(void *arg)
{
	reach_probe_put_back(arg);
	return 0;
}

static void reach_put_back(struct reach *r)
{
	const struct child_tick tick = { reach_pet, r };
	struct child_end end;

	if (child_call(reach_put_back_child, r->probe, reach_ms(r, REACH_END_MS), &tick, &end) <
		    0 ||
	    end.state != CHILD_EXITED)
		log_error("the ports' link states could not be put back");
}

static void reach_set_port(struct reach *r, unsigned int i)
{
	const struct nic *nic = &r->inv->nics[i];
	struct reach_port *p = &r->probe->ports[i];

	if (!nic->left_out[0])
		util_strlcpy(p->ifname, sizeof(p->ifname), nic->ifname);
	util_strlcpy(p->driver, sizeof(p->driver), nic->driver);
	p->addr = nic->addr;
	p->wanted = inventory_nic_is_pf(nic);
	for (unsigned int k = 0; k < r->inv->n_nics; k++) {
		const struct nic *other = &r->inv->nics[k];

		if (k == i)
			continue;
		p->same_port |= inventory_is_same_port(nic, other) ? BIT(k) : 0;
		p->other_port |= inventory_is_other_port(nic, other) ? BIT(k) : 0;
		p->same_card |= inventory_is_same_card(nic, other) ? BIT(k) : 0;
	}
}

static bool reach_prepare(struct reach *r)
{
	const bool asks_link = port_choice_asks_link(r->settings->ports);
	unsigned int n = 0;

	r->probe->n = r->inv->n_nics;
	r->probe->root = r->root;
	r->probe->set_up = link_set_up;
	r->probe->read_mac = ethtool_read_mac_frames;
	r->probe->alive_ms = util_now_ms();
	r->probe->times = (struct reach_times){
		.port_ms = REACH_PORT_MS,
		.carrier_ms = asks_link ? REACH_LATE_CARRIER_MS : REACH_CARRIER_MS,
		.probe_ms = REACH_PROBE_MS,
		.late_carrier_ms = REACH_LATE_CARRIER_MS,
		.late_ms = r->settings->wire == WIRE_NONE ? 0 : REACH_LATE_MS,
	};
	for (unsigned int i = 0; i < r->inv->n_nics; i++) {
		reach_set_port(r, i);
		n += r->probe->ports[i].ifname[0] != '\0';
	}
	r->tried = (n > 1 || (n == 1 && asks_link)) && sysroot_is_real(r->root);
	return r->tried;
}

/* It is over, or its first part is. */
static bool reach_first_is_done(void *arg)
{
	const struct reach *r = arg;
	const struct reach_probe *p = r->probe;

	reach_pet(arg);
	return __atomic_load_n(&p->done, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&p->first_done, __ATOMIC_ACQUIRE) || reach_child_is_dead(r);
}

/* That is nothing for a verdict: traffic passes all the same, as long as it is no storm. */
static void reach_note_loops(const struct reach *r)
{
	char addr[PCI_ADDR_STRLEN], text[200];

	for (unsigned int i = 0; i < r->inv->n_nics; i++) {
		if (!r->probe->ports[i].hears_itself)
			continue;
		util_format(text, sizeof(text),
			    "frames that %s sends come back to it: there is a loop in the network, "
			    "or the switch sends frames back (reflective relay)",
			    pci_addr_format(&r->inv->nics[i].addr, addr));
		log_info("%s", text);
		if (r->store)
			store_note(r->store, false, "%s", text);
	}
}

void reach_begin(struct reach *r)
{
	int ret;

	r->over = true;
	for (unsigned int i = 0; i < r->inv->n_nics; i++) {
		r->inv->nics[i].peer = -1;
		r->inv->nics[i].wire[0] = '\0';
	}
	r->probe = reach_probe_new();
	if (!r->probe)
		return;
	if (!reach_prepare(r)) {
		reach_take(r);
		return;
	}
	ret = child_start(&r->child, reach_child, r);
	if (ret < 0) {
		r->child.pid = 0;
		reach_stop(r, ret);
		reach_take(r);
		return;
	}
	r->over = false;
	/* A port that takes longer is waited for beside the run. */
	(void)!util_poll_until(reach_first_is_done, r,
			       reach_ms(r, r->probe->times.carrier_ms + REACH_PROBE_MS));
	r->late = !__atomic_load_n(&r->probe->done, __ATOMIC_ACQUIRE);
	if (r->late)
		log_info("not every port has found another yet: it is tried on beside the run");
	reach_poll(r, false);
	reach_note_loops(r);
	if (r->over && r->err < 0)
		reach_put_back(r);
}

bool reach_is_known(void *arg, const struct nic *pf, bool idle)
{
	struct reach *r = arg;

	if (!r->over)
		reach_poll(r, idle);
	return r->over || pf->peer >= 0;
}

void reach_end(struct reach *r)
{
	if (!r->probe)
		return;
	if (!r->over) {
		/* All that needed to know has gone another way. */
		reach_await(r, 0);
		r->over = true;
		reach_take(r);
	}
	reach_put_back(r);
	reach_probe_free(util_take_ptr(r->probe));
}
