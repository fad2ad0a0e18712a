/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probe frames between all ports of the host. */
#include "run/reach_probe.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "base/child.h"
#include "base/log.h"
#include "sys/link.h"
#include "wire/traffic.h"

#define REACH_ROUND_MS 50
#define REACH_LATE_ROUND_MS 250
#define REACH_LOOK_MS 100 /* from one look at the carriers to the next */
#define REACH_LATE_LOOK_MS 500
#define REACH_QUIET_MS 500 /* without news, and every port has found one */
#define REACH_MAX_FRAMES 4096 /* bound on what one port may have to read in a round */

#define BIT(i) (UINT64_C(1) << (i))

struct probing {
	struct reach_probe *sh;
	uint32_t session;
	uint64_t begin, looked, news; /* util_now_ms() */
	struct child ups[REACH_MAX_PORTS];
};

struct reach_probe *reach_probe_new(void)
{
	struct reach_probe *p =
		mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	for (unsigned int i = 0; i < REACH_MAX_PORTS; i++) {
		p->ports[i].was_up = true;
		p->ports[i].fd = -1;
	}
	return p;
}

void reach_probe_free(struct reach_probe *p)
{
	if (p)
		munmap(p, sizeof(*p));
}

/* ---- up and down ---- */

struct bringing_up {
	const struct reach_probe *sh;
	struct reach_port *p;
};

/* In a child for each port: one that hangs does not keep the others. */
static int reach_up_child(void *arg)
{
	const struct bringing_up *b = arg;
	struct reach_port *p = b->p;
	struct link_info info;
	int ret = link_get(p->ifname, &info);

	if (ret == 0) {
		p->was_up = info.admin_up;
		ret = b->sh->set_up(p->ifname, true);
		if (ret < 0)
			log_info("%s cannot be brought up to look for its peer: %s", p->ifname,
				 strerror(-ret));
		ret = 0;
	}
	p->ready_ms = util_now_ms();
	__atomic_store_n(&p->state, ret < 0 ? REACH_GONE : REACH_READY, __ATOMIC_RELEASE);
	return 0;
}

static void reach_bring_up(struct probing *r)
{
	for (unsigned int i = 0; i < r->sh->n; i++) {
		struct reach_port *p = &r->sh->ports[i];
		struct bringing_up b = { r->sh, p };

		p->state = p->ifname[0] ? REACH_ASKED : REACH_GONE;
		if (p->state == REACH_ASKED && child_start(&r->ups[i], reach_up_child, &b) < 0)
			p->state = REACH_GONE;
	}
}

/* Those that have brought a port up. One that hangs is left behind. */
static void reach_reap(struct probing *r)
{
	for (unsigned int i = 0; i < r->sh->n; i++)
		if (r->ups[i].pid > 0 && waitpid(r->ups[i].pid, NULL, WNOHANG) == r->ups[i].pid) {
			r->ups[i].pid = 0;
			close(util_take_fd(&r->ups[i].pidfd));
			if (r->sh->ports[i].state == REACH_ASKED)
				r->sh->ports[i].state = REACH_GONE;
		}
}

/* A netdev that is away, in a namespace or a guest, leaves its name to others. */
static bool reach_is_here(const struct reach_probe *sh, struct reach_port *p)
{
	static const struct pci_addr none;
	char now[IFNAMSIZ];

	/* What no PCI device stands behind is known by its name alone. */
	if (!sh->root || pci_addr_cmp(&p->addr, &none) == 0)
		return true;
	if (netdev_find(sh->root, &p->addr, now) < 0 || !now[0])
		return false;
	util_strlcpy(p->ifname, sizeof(p->ifname), now);
	return true;
}

void reach_probe_put_back(struct reach_probe *sh)
{
	for (unsigned int i = 0; i < sh->n; i++) {
		struct reach_port *p = &sh->ports[i];

		if (p->ifname[0] && !p->was_up && reach_is_here(sh, p) &&
		    link_set_up(p->ifname, false) < 0)
			log_error("%s cannot be taken down again", p->ifname);
		p->was_up = true;
	}
}

/* ---- carriers ---- */

static void reach_close(struct reach_port *p)
{
	if (p->fd >= 0)
		close(util_take_fd(&p->fd));
}

static void reach_look_at(const struct reach_probe *sh, struct reach_port *p, uint64_t now)
{
	struct link_info info;
	bool carrier = reach_is_here(sh, p) && link_get(p->ifname, &info) == 0 && info.admin_up &&
		       info.carrier;

	/* A carrier that has gone and come makes a switch's port wait again. */
	if (carrier && (!p->carrier || info.carrier_changes != p->carrier_changes ||
			info.ifindex != p->ifindex)) {
		p->carrier_ms = now;
		reach_close(p);
		p->fd = traffic_open(p->ifname, p->mac);
	}
	if (!carrier)
		reach_close(p);
	p->carrier_changes = carrier ? info.carrier_changes : 0;
	p->ifindex = carrier ? info.ifindex : 0;
	p->carrier = carrier;
}

static void reach_look(struct probing *r, unsigned int every_ms)
{
	uint64_t now = util_now_ms();

	if (r->looked && now < r->looked + every_ms)
		return;
	r->looked = now;
	reach_reap(r);
	for (unsigned int i = 0; i < r->sh->n; i++) {
		struct reach_port *p = &r->sh->ports[i];
		bool had = p->carrier;

		if (__atomic_load_n(&p->state, __ATOMIC_ACQUIRE) == REACH_READY)
			reach_look_at(r->sh, p, now);
		if (p->carrier && !had)
			r->news = now;
	}
}

/* ---- frames ---- */

static void reach_send(struct probing *r)
{
	for (unsigned int i = 0; i < r->sh->n; i++) {
		struct reach_port *p = &r->sh->ports[i];
		uint8_t buf[FRAME_MIN_SIZE];
		struct frame f = {
			.direction = FRAME_REQUEST,
			.session = r->session,
			.seq = i, /* who sends */
			.size = sizeof(buf),
		};

		if (p->fd < 0)
			continue;
		memset(f.dst, 0xff, sizeof(f.dst));
		memcpy(f.src, p->mac, sizeof(f.src));
		frames_build(buf, &f);
		/* One that is not sent is not seen. */
		(void)!send(p->fd, buf, sizeof(buf), MSG_NOSIGNAL);
	}
}

/* Reads what has come to port @i. */
static void reach_receive(struct probing *r, unsigned int i)
{
	struct reach_port *ports = r->sh->ports;
	uint8_t buf[FRAME_MAX_SIZE];
	struct frame f;

	for (unsigned int k = 0; k < REACH_MAX_FRAMES; k++) {
		ssize_t n = recv(ports[i].fd, buf, sizeof(buf), 0);

		if (n < 0)
			break;
		if (frames_parse(buf, (size_t)n, &f) != FRAME_GOOD || f.session != r->session ||
		    f.seq >= r->sh->n || memcmp(f.src, ports[f.seq].mac, sizeof(f.src)) != 0)
			continue;
		/* Later there may be VFs, and the card's own switch may send them back. */
		if (f.seq == i) {
			ports[i].hears_itself |= !r->sh->first_done;
			continue;
		}
		if (!(ports[f.seq].reaches & BIT(i)))
			r->news = util_now_ms();
		ports[f.seq].reaches |= BIT(i);
	}
}

static void reach_listen(struct probing *r, uint64_t end)
{
	struct pollfd fds[REACH_MAX_PORTS];
	const unsigned int n = r->sh->n;

	for (;;) {
		uint64_t now = util_now_ms();

		for (unsigned int i = 0; i < n; i++)
			fds[i] = (struct pollfd){ .fd = r->sh->ports[i].fd, .events = POLLIN };
		if (now >= end || poll(fds, n, (int)(end - now)) <= 0)
			return;
		for (unsigned int i = 0; i < n; i++)
			if (fds[i].revents)
				reach_receive(r, i);
	}
}

/* ---- what follows from it ---- */

uint64_t reach_mutual(const struct reach_probe *sh, unsigned int i)
{
	uint64_t mutual = 0;

	for (unsigned int k = 0; k < sh->n; k++)
		if (k != i && sh->ports[i].reaches & BIT(k) && sh->ports[k].reaches & BIT(i))
			mutual |= BIT(k);
	return mutual;
}

uint64_t reach_over_wire(const struct reach_probe *sh, unsigned int i)
{
	const struct reach_port *p = &sh->ports[i];
	uint64_t wire = reach_mutual(sh, i) & ~p->same_port;

	for (unsigned int k = 0; k < sh->n; k++) {
		uint64_t left = p->left | (sh->ports[k].left & BIT(i) ? BIT(k) : 0);
		uint64_t stayed = p->stayed | (sh->ports[k].stayed & BIT(i) ? BIT(k) : 0);

		if (p->same_card & BIT(k) && !(left & BIT(k)) &&
		    !(p->other_port & ~stayed & BIT(k)))
			wire &= ~BIT(k);
	}
	return wire;
}

uint64_t reach_others(const struct reach_probe *sh, unsigned int i)
{
	uint64_t others = 0;

	for (unsigned int k = 0; k < sh->n; k++)
		if (k != i && sh->ports[k].carrier)
			others |= BIT(k);
	return sh->ports[i].carrier ? others & ~sh->ports[i].same_port : 0;
}

static uint64_t reach_wanted(const struct reach_probe *sh)
{
	uint64_t wanted = 0;

	for (unsigned int i = 0; i < sh->n; i++)
		if (sh->ports[i].wanted)
			wanted |= BIT(i);
	return wanted;
}

/* An SR-IOV port looks for another one as long as there may be one. */
static bool reach_has_found(const struct reach_probe *sh, unsigned int i)
{
	uint64_t wire = reach_over_wire(sh, i), wanted = reach_wanted(sh);

	return wire & wanted || (wire && !(reach_others(sh, i) & wanted));
}

/* Frames to ports of the same card that were heard there: have they been outside? */
static void reach_prove(struct probing *r)
{
	for (unsigned int i = 0; i < r->sh->n; i++) {
		struct reach_port *p = &r->sh->ports[i];
		uint64_t ask = reach_mutual(r->sh, i) & p->same_card & ~p->same_port;

		ask &= ~(p->left | p->stayed | p->uncounted);
		for (unsigned int k = 0; k < r->sh->n; k++)
			if (r->sh->ports[k].left & BIT(i))
				ask &= ~BIT(k);
		if (p->wanted && ask)
			reach_prove_left(r->sh, i, ask);
	}
}

/* ---- when it is over ---- */

static unsigned int reach_port_ms(const struct probing *r)
{
	return r->sh->n * r->sh->times.port_ms;
}

/* Every port has a carrier, or has had its time. *@since is when the last one came up. */
static bool reach_carriers_awaited(const struct probing *r, uint64_t now)
{
	uint64_t since = r->begin;
	bool all = true, ready = true;

	for (unsigned int i = 0; i < r->sh->n; i++) {
		const struct reach_port *p = &r->sh->ports[i];

		ready = ready && p->state != REACH_ASKED;
		all = all && (p->state == REACH_GONE || p->carrier);
		if (p->state == REACH_READY && p->ready_ms > since)
			since = p->ready_ms;
	}
	if (all || (ready && now >= since + r->sh->times.carrier_ms))
		return true;
	return now >= r->begin + r->sh->times.carrier_ms + reach_port_ms(r);
}

/* Fewer than two can speak, or every one that can has found another. */
static bool reach_all_heard(const struct reach_probe *sh)
{
	unsigned int n = 0, alone = 0;

	for (unsigned int i = 0; i < sh->n; i++) {
		n += sh->ports[i].fd >= 0;
		alone += sh->ports[i].fd >= 0 && sh->ports[i].reaches == 0;
	}
	return n < 2 || alone == 0;
}

static bool reach_can_speak(const struct reach_probe *sh)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < sh->n; i++)
		n += sh->ports[i].fd >= 0;
	return n > 1;
}

/* A port may still get its carrier. */
static bool reach_carrier_may_come(const struct probing *r, const struct reach_port *p,
				   uint64_t now)
{
	if (p->state == REACH_READY)
		return now < p->ready_ms + r->sh->times.late_carrier_ms;
	return p->state == REACH_ASKED &&
	       now < r->begin + r->sh->times.late_carrier_ms + reach_port_ms(r);
}

/* No port is left that still could find another. */
static bool reach_is_over(const struct probing *r, uint64_t now)
{
	const struct reach_probe *sh = r->sh;
	uint64_t last = 0;

	for (unsigned int i = 0; i < sh->n; i++) {
		const struct reach_port *p = &sh->ports[i];
		uint64_t others = reach_others(sh, i);

		if (sh->times.late_ms == 0 || !p->wanted || p->state == REACH_GONE)
			continue;
		if (!p->carrier && reach_carrier_may_come(r, p, now))
			return false;
		if (!p->carrier || !others || reach_has_found(sh, i))
			continue;
		if (p->carrier_ms > last)
			last = p->carrier_ms;
		/* A port that has found one forwards already, whatever is done with it. */
		for (unsigned int k = 0; k < sh->n; k++)
			if (others & BIT(k) && sh->ports[k].carrier_ms > last &&
			    !(sh->ports[k].wanted && reach_has_found(sh, k)))
				last = sh->ports[k].carrier_ms;
	}
	return last == 0 || now >= last + sh->times.late_ms;
}

static void reach_round(struct probing *r, unsigned int ms, unsigned int look_ms)
{
	__atomic_store_n(&r->sh->alive_ms, util_now_ms(), __ATOMIC_RELEASE);
	reach_look(r, look_ms);
	reach_send(r);
	reach_listen(r, util_now_ms() + ms);
	reach_prove(r);
}

/* Until all have found one another and no more is heard, or their time is over. */
static void reach_first_part(struct probing *r)
{
	uint64_t from = 0;

	for (;;) {
		uint64_t now;

		reach_round(r, REACH_ROUND_MS, REACH_LOOK_MS);
		now = util_now_ms();
		if (!from && !reach_carriers_awaited(r, now))
			continue;
		if (!from)
			from = r->news = now;
		if (!reach_can_speak(r->sh) || now >= from + r->sh->times.probe_ms ||
		    (reach_all_heard(r->sh) && now >= r->news + REACH_QUIET_MS))
			return;
	}
}

void reach_probe_run(struct reach_probe *sh)
{
	struct probing r = { .sh = sh, .session = traffic_new_session(), .begin = util_now_ms() };

	reach_bring_up(&r);
	reach_first_part(&r);
	__atomic_store_n(&sh->first_done, !reach_is_over(&r, util_now_ms()), __ATOMIC_RELEASE);
	while (!reach_is_over(&r, util_now_ms()))
		reach_round(&r, REACH_LATE_ROUND_MS, REACH_LATE_LOOK_MS);
	for (unsigned int i = 0; i < sh->n; i++)
		reach_close(&sh->ports[i]);
	reach_reap(&r);
	__atomic_store_n(&sh->done, true, __ATOMIC_RELEASE);
}
