/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probe frames between all ports of the host, and what follows from them. */
#include "run/reach.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include "base/log.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "base/sysroot.h"
#include "wire/traffic.h"

#define REACH_CARRIER_MS 10000
#define REACH_PROBE_MS 3000
#define REACH_ROUND_MS 50
#define REACH_QUIET_MS 500 /* without news, and every port has found one */
#define REACH_CHILD_MS 40000
#define REACH_MAX_FRAMES 4096 /* bound on what one port may have to read in a round */

struct reach_ports {
	struct reach_port *p;
	unsigned int n;
	uint32_t session;
};

static void reach_bring_up(struct reach_ports *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		struct reach_port *p = &r->p[i];
		struct link_info info;

		p->fd = -1;
		p->carrier = false;
		p->reaches = 0;
		if (!p->ifname[0])
			continue;
		if (link_get(p->ifname, &info) < 0) {
			p->ifname[0] = '\0';
			continue;
		}
		p->was_up = info.admin_up;
		if (link_set_up(p->ifname, true) < 0)
			log_info("%s cannot be brought up to look for its peer", p->ifname);
	}
}

static bool reach_have_carriers(void *arg)
{
	struct reach_ports *r = arg;
	bool all = true;

	for (unsigned int i = 0; i < r->n; i++) {
		struct reach_port *p = &r->p[i];
		struct link_info info;

		if (!p->ifname[0] || p->carrier)
			continue;
		p->carrier = link_get(p->ifname, &info) == 0 && info.admin_up && info.carrier;
		all = all && p->carrier;
	}
	return all;
}

static unsigned int reach_open(struct reach_ports *r)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < r->n; i++) {
		if (r->p[i].carrier)
			r->p[i].fd = traffic_open(r->p[i].ifname, r->p[i].mac);
		if (r->p[i].fd >= 0)
			n++;
	}
	return n;
}

static void reach_send(struct reach_ports *r)
{
	for (unsigned int i = 0; i < r->n; i++) {
		uint8_t buf[FRAME_MIN_SIZE];
		struct frame f = {
			.direction = FRAME_REQUEST,
			.session = r->session,
			.seq = i, /* who sends */
			.size = sizeof(buf),
		};

		if (r->p[i].fd < 0)
			continue;
		memset(f.dst, 0xff, sizeof(f.dst));
		memcpy(f.src, r->p[i].mac, sizeof(f.src));
		frames_build(buf, &f);
		/* One that is not sent is not seen. */
		(void)!send(r->p[i].fd, buf, sizeof(buf), MSG_NOSIGNAL);
	}
}

/* Reads what has come to port @i. Returns true if it tells anything new. */
static bool reach_receive(struct reach_ports *r, unsigned int i)
{
	uint8_t buf[FRAME_MAX_SIZE];
	struct frame f;
	bool news = false;

	for (unsigned int k = 0; k < REACH_MAX_FRAMES; k++) {
		ssize_t n = recv(r->p[i].fd, buf, sizeof(buf), 0);

		if (n < 0)
			break;
		if (frames_parse(buf, (size_t)n, &f) != FRAME_GOOD || f.session != r->session ||
		    f.seq >= r->n || f.seq == i ||
		    memcmp(f.src, r->p[f.seq].mac, sizeof(f.src)) != 0)
			continue;
		news = news || !(r->p[f.seq].reaches >> i & 1);
		r->p[f.seq].reaches |= UINT64_C(1) << i;
	}
	return news;
}

/* Listens for a round. Returns true if there was any news. */
static bool reach_listen(struct reach_ports *r, uint64_t end)
{
	struct pollfd fds[INVENTORY_MAX_NICS];
	bool news = false;

	for (;;) {
		uint64_t now = util_now_ms();

		for (unsigned int i = 0; i < r->n; i++)
			fds[i] = (struct pollfd){ .fd = r->p[i].fd, .events = POLLIN };
		if (now >= end || poll(fds, r->n, (int)(end - now)) <= 0)
			return news;
		for (unsigned int i = 0; i < r->n; i++)
			if (fds[i].revents)
				news |= reach_receive(r, i);
	}
}

/* Every port that can has found another one. */
static bool reach_all_matched(const struct reach_ports *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		if (r->p[i].fd >= 0 && r->p[i].reaches == 0)
			return false;
	return true;
}

static void reach_exchange(struct reach_ports *r, unsigned int probe_ms)
{
	uint64_t now = util_now_ms(), end = now + probe_ms, news = now;

	while (now < end && (now < news + REACH_QUIET_MS || !reach_all_matched(r))) {
		reach_send(r);
		if (reach_listen(r, now + REACH_ROUND_MS))
			news = util_now_ms();
		now = util_now_ms();
	}
}

static void reach_put_back(struct reach_port *ports, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (ports[i].ifname[0] && !ports[i].was_up &&
		    link_set_up(ports[i].ifname, false) < 0)
			log_error("%s cannot be taken down again", ports[i].ifname);
}

void reach_probe(struct reach_port *ports, unsigned int n, unsigned int carrier_ms,
		 unsigned int probe_ms)
{
	struct reach_ports r = { ports, n, traffic_new_session() };

	reach_bring_up(&r);
	/* Ports that have none after that are left out. */
	(void)!util_poll_until(reach_have_carriers, &r, carrier_ms);
	if (reach_open(&r) > 1)
		reach_exchange(&r, probe_ms);
	for (unsigned int i = 0; i < n; i++)
		util_closep(&ports[i].fd);
	reach_put_back(ports, n);
}

static bool reach_mutual(const struct inventory *inv, unsigned int a, unsigned int b)
{
	return a != b && inv->nics[a].reaches >> b & 1 && inv->nics[b].reaches >> a & 1;
}

/* The first port that @i and it reach each other, or -1. */
static int reach_first(const struct inventory *inv, unsigned int i, bool pf, bool alone)
{
	for (unsigned int k = 0; k < inv->n_nics; k++)
		if (reach_mutual(inv, i, k) && (!pf || inventory_nic_is_pf(&inv->nics[k])) &&
		    (!alone || inv->nics[k].peer < 0))
			return (int)k;
	return -1;
}

void reach_choose_peers(struct inventory *inv)
{
	for (unsigned int i = 0; i < inv->n_nics; i++)
		inv->nics[i].peer = -1;
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
	for (unsigned int i = 0; i < inv->n_nics; i++) {
		struct nic *nic = &inv->nics[i];

		if (nic->peer < 0)
			nic->peer = reach_first(inv, i, true, false);
		if (nic->peer < 0)
			nic->peer = reach_first(inv, i, false, false);
	}
}

struct reach_shared {
	bool done;
	unsigned int n;
	struct reach_port ports[INVENTORY_MAX_NICS];
};

static int reach_child(void *arg)
{
	struct reach_shared *sh = arg;

	reach_probe(sh->ports, sh->n, REACH_CARRIER_MS, REACH_PROBE_MS);
	sh->done = true;
	return 0;
}

/* After a child that did not come so far. */
static int reach_undo_child(void *arg)
{
	struct reach_shared *sh = arg;

	reach_put_back(sh->ports, sh->n);
	return 0;
}

static int reach_run(struct reach_shared *sh, const struct child_tick *tick)
{
	struct child_end end;
	int ret = child_call(reach_child, sh, REACH_CHILD_MS, tick, &end);

	if (ret < 0 || (end.state == CHILD_EXITED && sh->done))
		return ret;
	if (child_call(reach_undo_child, sh, REACH_CHILD_MS, tick, &end) < 0 ||
	    end.state != CHILD_EXITED)
		log_error("the ports' link states could not be put back");
	return -ETIMEDOUT;
}

int reach_find(const struct sysroot *root, struct inventory *inv, const struct child_tick *tick)
{
	struct reach_shared *sh =
		mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int n = 0;
	int ret = 0;

	if (sh == MAP_FAILED) {
		ret = -errno;
		reach_choose_peers(inv);
		return ret;
	}
	sh->n = inv->n_nics;
	for (unsigned int i = 0; i < inv->n_nics; i++) {
		struct reach_port *p = &sh->ports[i];

		/* Until it is known, a port counts as up: it is not taken down then. */
		p->was_up = true;
		util_strlcpy(p->ifname, sizeof(p->ifname), inv->nics[i].ifname);
		n += p->ifname[0] != '\0';
	}
	if (n > 1 && sysroot_is_real(root))
		ret = reach_run(sh, tick);
	for (unsigned int i = 0; i < inv->n_nics; i++)
		inv->nics[i].reaches = ret == 0 ? sh->ports[i].reaches : 0;
	munmap(sh, sizeof(*sh));
	reach_choose_peers(inv);
	return ret;
}
