/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's ends of test traffic, and the network namespaces that they are in. */
#include "cases/station.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "cases/rig.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/netns.h"
#include "sys/packet.h"
#include "wire/traffic.h"

#define STATION_CARRIER_MS 30000
#define STATION_HOME_MS 10000
#define STATION_REACH_MS 2000
#define STATION_SENT_MS 10000
#define STATION_TEST_FRAMES 8
#define STATION_MAX_FRAMES 65536u /* bound on what a socket may hold */

int station_call(struct station *s, int (*fn)(void *arg), void *arg)
{
	int ret, err;

	if (s->netns < 0)
		return fn(arg);
	ret = netns_enter(s->netns);
	if (ret < 0)
		return ret;
	ret = fn(arg);
	err = netns_enter(s->home);
	return ret < 0 ? ret : err;
}

static int station_bring_up(void *arg)
{
	struct station *s = arg;
	int ret = link_set_up(s->ifname, true);

	if (ret < 0)
		return ret;
	s->fd = traffic_open(s->ifname, s->mac);
	return s->fd < 0 ? s->fd : 0;
}

static void station_init(struct station *s, struct ctx *ctx, const char *ifname, const char *what)
{
	*s = (struct station){ .ctx = ctx, .fd = -1, .netns = -1, .home = -1 };
	util_strlcpy(s->ifname, sizeof(s->ifname), ifname);
	util_strlcpy(s->what, sizeof(s->what), what);
}

int station_open(struct station *s, struct ctx *ctx, const char *ifname, const char *what)
{
	int fd;

	station_init(s, ctx, ifname, what);
	fd = traffic_open(s->ifname, s->mac);
	if (fd < 0)
		return ctx_error(ctx, fd, "no packet socket on %s: %s", ifname, strerror(-fd));
	s->fd = fd;
	return 0;
}

/* What has to be put back if this process should not come so far. */
static int station_record(struct station *s)
{
	struct ctx *ctx = s->ctx;
	struct link_info info;
	int ret = link_get(s->ifname, &info);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_LINK_UP, &s->addr, info.admin_up, s->ifname);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NETDEV_HOME, &s->addr, 0, s->ifname);
	return ret;
}

static int station_move(struct station *s)
{
	_cleanup_close_ int home = netns_open(s->ctx->root), netns = -1;
	int ret;

	if (home < 0)
		return home;
	netns = netns_make(s->ctx->root);
	if (netns < 0)
		return netns;
	ret = link_move(s->ifname, netns);
	if (ret < 0)
		return ret;
	s->home = util_take_fd(&home);
	s->netns = util_take_fd(&netns);
	return station_call(s, station_bring_up, s);
}

int station_open_away(struct station *s, struct ctx *ctx, const char *ifname, const char *what)
{
	int ret;

	station_init(s, ctx, ifname, what);
	/* A netdev that no PCI device stands behind is known by its name alone. */
	if (netdev_find_device(ctx->root, ifname, &s->addr) < 0)
		s->addr = (struct pci_addr){ 0 };
	ret = station_record(s);
	if (ret == 0)
		ret = station_move(s);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s (%s) cannot be moved into a network namespace: %s",
				 what, ifname, strerror(-ret));
	ctx_evidence(ctx, "station", "%s: %s, in a network namespace of its own", what, ifname);
	return 0;
}

int station_open_peer(struct station *s, struct ctx *ctx)
{
	const struct nic *peer = &ctx->inv->nics[ctx->pf->peer];
	char addr[PCI_ADDR_STRLEN], what[32], ifname[IFNAMSIZ];
	int ret = netdev_find(ctx->root, &peer->addr, ifname);

	util_format(what, sizeof(what), "peer %s", pci_addr_format(&peer->addr, addr));
	if (ret == 0 && ifname[0] == '\0')
		ret = -ENODEV;
	if (ret < 0)
		return ctx_error(ctx, ret, "%s has no network interface: %s", what, strerror(-ret));
	ret = station_open_away(s, ctx, ifname, what);
	s->wire = true;
	s->port = peer;
	if (ret == 0)
		ctx_evidence(ctx, "wire", "%s", ctx->pf->wire);
	return ret;
}

static int station_await_carrier(void *arg)
{
	struct station *s = arg;

	return link_await_carrier(s->ifname, ctx_ms(s->ctx, STATION_CARRIER_MS));
}

int station_try_link(struct station *s)
{
	return station_call(s, station_await_carrier, s);
}

int station_wait_link(struct station *s)
{
	struct ctx *ctx = s->ctx;
	int ret = station_try_link(s);

	if (ret == -ETIMEDOUT) {
		ctx_fail(ctx, "link_down", "both ends of the traffic have a link",
			 "%s (%s) is up and has no carrier", s->what, s->ifname);
		return ret;
	}
	return ret < 0 ? ctx_error(ctx, ret, "the link of %s cannot be read: %s", s->what,
				   strerror(-ret))
		       : 0;
}

/* A frame has come from @from to @to; one is sent before each look. */
struct station_way {
	const struct station *from, *to;
	uint32_t session;
};

static bool station_has_come(void *arg)
{
	const struct station_way *w = arg;
	struct frame f = { .direction = FRAME_REQUEST,
			   .session = w->session,
			   .size = FRAME_MIN_SIZE };
	uint8_t buf[FRAME_MAX_SIZE];

	memcpy(f.dst, w->to->mac, sizeof(f.dst));
	memcpy(f.src, w->from->mac, sizeof(f.src));
	frames_build(buf, &f);
	/* One that is not sent does not come. */
	(void)!send(w->from->fd, buf, f.size, MSG_NOSIGNAL);
	for (unsigned int i = 0; i < STATION_MAX_FRAMES; i++) {
		struct packet_info info;
		ssize_t n = packet_read(w->to->fd, buf, sizeof(buf), &info);

		if (n <= 0)
			return false;
		if (!info.tagged && frames_parse(buf, (size_t)n, &f) == FRAME_GOOD &&
		    f.session == w->session)
			return true;
	}
	return false;
}

bool station_reaches(struct station *a, struct station *b)
{
	struct station_way there = { a, b, traffic_new_session() };
	struct station_way back = { b, a, traffic_new_session() };

	return util_poll_until(station_has_come, &there, ctx_ms(a->ctx, STATION_REACH_MS)) == 0 &&
	       util_poll_until(station_has_come, &back, ctx_ms(a->ctx, STATION_REACH_MS)) == 0;
}

static int station_send(void *arg)
{
	struct station *s = arg;

	return link_send_frames(s->ifname, STATION_TEST_FRAMES, ctx_ms(s->ctx, STATION_SENT_MS));
}

bool station_hangs(struct station *s)
{
	return station_call(s, station_send, s) == -ETIMEDOUT;
}

int station_set_promisc(struct station *s)
{
	int ret = packet_set_promisc(s->fd);

	return ret < 0 ? ctx_error(s->ctx, ret, "%s cannot be made promiscuous: %s", s->what,
				   strerror(-ret))
		       : 0;
}

static int station_send_home(void *arg)
{
	struct station *s = arg;

	return link_move(s->ifname, s->home);
}

void station_close(struct station *s)
{
	if (!s->ctx)
		return;
	util_closep(&s->fd);
	if (s->netns >= 0) {
		/* If it does not go, the kernel brings it home with the namespace's end. */
		(void)!station_call(s, station_send_home, s);
		close(s->netns);
		close(s->home);
		/* Where it is not, the undo says so. */
		(void)!link_wait_home(s->ctx->root, &s->addr, s->ifname,
				      ctx_ms(s->ctx, STATION_HOME_MS));
	}
	*s = (struct station){ 0 };
}
