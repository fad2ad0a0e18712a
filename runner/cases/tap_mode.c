/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the modes of macvtap promise, tried with frames from one guest to the other. A packet socket
 * on the parent tells which of them left through it: that nothing arrives proves something only if
 * the frames were on their way, and in bridge mode none is to go that way.
 */
#include "cases/tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/link.h"
#include "wire/frames.h"
#include "wire/traffic.h"
#include "sys/packet.h"

#define TAP_MAX_FRAMES 65536u /* bound on what a socket may hold */
#define TAP_BUFFER (4 << 20)
#define TAP_ONE_WINDOW TRAFFIC_WINDOW /* a broadcast is among them */
#define TAP_ANSWER_MS 2000

/* Frames by kind of their destination. */
struct tap_count {
	unsigned int unicast, broadcast;
};

static const uint8_t broadcast[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

/* True if it is a test frame from one MAC to the other or to all. */
static bool tap_is_between(const struct frame *f, const uint8_t src[6], const uint8_t dst[6])
{
	return memcmp(f->src, src, ETH_ALEN) == 0 &&
	       (memcmp(f->dst, dst, ETH_ALEN) == 0 || memcmp(f->dst, broadcast, ETH_ALEN) == 0);
}

static void tap_count_frame(struct tap_count *c, const struct frame *f)
{
	if (memcmp(f->dst, broadcast, ETH_ALEN) == 0)
		c->broadcast++;
	else
		c->unicast++;
}

/* ---- the socket on the parent ---- */

/* Sees what leaves and what comes: outgoing frames are shown to sockets for all protocols only. */
static int tap_open_tap(struct tap *t)
{
	const struct packet_socket want = { .ethertype = ETH_P_ALL, .buffer = TAP_BUFFER };
	int fd = packet_open(t->parent, &want, NULL);

	return fd < 0 ? ctx_error(t->ctx, fd, "no packet socket on %s: %s", t->parent,
				  strerror(-fd))
		      : fd;
}

/* Counts the frames between the two MACs that have left through the parent, or have come to it. */
static void tap_count_passed(int fd, const uint8_t src[6], const uint8_t dst[6], bool out,
			     struct tap_count *c)
{
	uint8_t buf[FRAME_MAX_SIZE + 64];
	struct frame f;

	*c = (struct tap_count){ 0 };
	for (unsigned int i = 0; i < TAP_MAX_FRAMES; i++) {
		struct packet_info info;
		ssize_t n = packet_read(fd, buf, sizeof(buf), &info);

		if (n <= 0)
			break;
		if (info.outgoing == out && !info.tagged &&
		    frames_parse(buf, (size_t)n, &f) == FRAME_GOOD && tap_is_between(&f, src, dst))
			tap_count_frame(c, &f);
	}
}

/* ---- bridge ---- */

static int tap_check_bridge(struct tap *t)
{
	struct tap_port *a = &t->ports[0], *b = &t->ports[1];
	_cleanup_close_ int fd = tap_open_tap(t);
	struct tap_count left;
	int ret = fd < 0 ? fd : guest_check_between(a->guest, a->nic, b->guest, b->nic, true);

	if (ret < 0)
		return ret;
	tap_count_passed(fd, a->mac, b->mac, true, &left);
	ctx_evidence(t->ctx, "tap.bridge",
		     "of the frames between the guests %u unicast and %u "
		     "broadcast ones left through %s",
		     left.unicast, left.broadcast, t->parent);
	if (left.unicast == 0)
		return 0;
	ctx_fail(t->ctx, "tap_not_bridged", "the host passes frames between the guests itself",
		 "%u left through %s", left.unicast, t->parent);
	return -EPROTO;
}

/* ---- private and VEPA ---- */

/* One window of frames from the first guest to the second. */
struct tap_window {
	uint32_t session;
	struct agent_exchange_stats asked;
	struct agent_echo_stats echoed;
	struct tap_count left, far; /* through the parent; seen at the far end */
	struct tap_count back; /* come back to the parent after that */
	unsigned int relayed, answered; /* sent back by the far end; answers that it saw */
};

/* What the far end has seen of the first guest's frames; with @relay each is sent back. */
static int tap_relay(struct tap *t, struct tap_window *w, bool relay)
{
	const struct tap_port *a = &t->ports[0], *b = &t->ports[1];
	uint8_t buf[FRAME_MAX_SIZE + 64];
	struct frame f;

	for (unsigned int i = 0; i < TAP_MAX_FRAMES; i++) {
		ssize_t n = recv(t->far->fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0 || frames_parse(buf, (size_t)n, &f) != FRAME_GOOD ||
		    f.session != w->session)
			continue;
		if (tap_is_between(&f, b->mac, a->mac) && f.direction == FRAME_ANSWER)
			w->answered++;
		if (!tap_is_between(&f, a->mac, b->mac) || f.direction != FRAME_REQUEST)
			continue;
		tap_count_frame(&w->far, &f);
		if (relay && send(t->far->fd, buf, (size_t)n, MSG_NOSIGNAL) < 0)
			return ctx_error(t->ctx, -errno, "%s cannot send: %s", t->far->what,
					 strerror(errno));
		w->relayed += relay;
	}
	return 0;
}

/*
 * The far end as the reflective relay that VEPA counts on (IEEE Std 802.1Q, edge virtual bridging).
 * The second guest's answers come to the far end too, and are not sent back.
 */
static int tap_be_relay(struct tap *t, struct tap_window *w)
{
	uint64_t end = util_now_ms() + ctx_ms(t->ctx, TAP_ANSWER_MS);
	struct pollfd p = { .fd = t->far->fd, .events = POLLIN };
	int ret = tap_relay(t, w, true);

	while (ret == 0 && w->answered < w->relayed && util_now_ms() < end) {
		if (poll(&p, 1, (int)(end - util_now_ms())) < 0 && errno != EINTR)
			return ctx_error(t->ctx, -errno, "poll: %s", strerror(errno));
		ret = tap_relay(t, w, false);
	}
	return ret;
}

static int tap_run_window(struct tap *t, struct tap_window *w, bool relay)
{
	const struct tap_port *a = &t->ports[0], *b = &t->ports[1];
	const struct guest_nic *from = &a->guest->nics[a->nic], *to = &b->guest->nics[b->nic];
	_cleanup_close_ int fd = tap_open_tap(t);
	int ret, err;

	*w = (struct tap_window){ .session = traffic_new_session() };
	ret = fd < 0 ? fd : guest_start_echo(b->guest, to, w->session);
	if (ret < 0)
		return ret;
	ret = guest_ask(a->guest, from, to, w->session, TAP_ONE_WINDOW, false, &w->asked);
	if (ret == 0)
		tap_count_passed(fd, a->mac, b->mac, true, &w->left);
	if (ret == 0 && relay)
		ret = tap_be_relay(t, w);
	if (ret == 0 && relay)
		tap_count_passed(fd, a->mac, b->mac, false, &w->back);
	err = guest_stop_echo(b->guest, to, &w->echoed);
	return ret < 0 ? ret : err;
}

/*
 * True if the NIC, or a switch behind it, hands the parent's own frames back to it: then a guest's
 * frames come to its siblings on that way whatever macvtap does. The frames are sent on the parent
 * itself, where macvtap does not see them leave.
 */
static int tap_find_hairpin(struct tap *t, bool *found)
{
	const struct tap_port *b = &t->ports[1];
	const struct guest_nic *to = &b->guest->nics[b->nic];
	uint32_t session = traffic_new_session();
	struct agent_echo_stats echoed = { 0 };
	struct traffic_path path = { .session = session };
	_cleanup_close_ int fd = -1;
	uint8_t mac[ETH_ALEN];
	int ret = guest_start_echo(b->guest, to, session), err;

	if (ret < 0)
		return ret;
	fd = traffic_open(t->parent, mac);
	memcpy(path.peer, b->mac, sizeof(path.peer));
	ret = fd < 0 ? fd
		     : traffic_exchange(fd, mac, &path, 1, TAP_ONE_WINDOW, t->ctx->deadline_ms);
	err = guest_stop_echo(b->guest, to, &echoed);
	if (ret < 0)
		return ctx_error(t->ctx, ret, "frames cannot be sent on %s: %s", t->parent,
				 strerror(-ret));
	*found = echoed.received > 0;
	ctx_evidence(t->ctx, "tap.hairpin", "of %u frames that %s sent itself, %u came back",
		     path.counts.sent, t->parent, echoed.received);
	return err;
}

/* The positive control: all of the frames were on their way. */
static int tap_check_left(struct tap *t, const struct tap_window *w)
{
	char text[200];

	util_format(text, sizeof(text),
		    "%u sent; %u unicast and %u broadcast left through %s; %u arrived at the other "
		    "guest",
		    w->asked.sent, w->left.unicast, w->left.broadcast, t->parent,
		    w->echoed.received + w->echoed.corrupt);
	ctx_evidence(t->ctx, "tap.siblings", "%s", text);
	if (w->asked.sent == TAP_ONE_WINDOW && w->asked.send_error == 0 && w->left.broadcast > 0 &&
	    w->left.unicast + w->left.broadcast == w->asked.sent)
		return 0;
	ctx_fail(t->ctx, "tap_not_sent_out", "frames from guest to guest leave through the parent",
		 "%s", text);
	return -EPROTO;
}

/* Frames have come from guest to guest. Whose doing was it? *@hairpin: not macvtap's. */
static int tap_blame(struct tap *t, const struct tap_window *w, bool *hairpin)
{
	int ret = tap_find_hairpin(t, hairpin);

	if (ret < 0 || *hairpin)
		return ret;
	ctx_fail(t->ctx, "tap_siblings_reach", "no frame passes from guest to guest on the host",
		 "mode %s: %u of %u frames arrived", macvtap_mode_name(t->kind.mode),
		 w->echoed.received + w->echoed.corrupt, w->asked.sent);
	return -EISCONN;
}

/*
 * The siblings do not reach each other inside the host, and their frames leave it. @hairpin: the
 * NIC hands them back, so that nothing can be said about that.
 */
static int tap_check_apart(struct tap *t, struct tap_window *w, bool *hairpin)
{
	int ret = tap_run_window(t, w, false);

	*hairpin = false;
	if (ret == 0 && w->echoed.received + w->echoed.corrupt > 0)
		ret = tap_blame(t, w, hairpin);
	return ret == 0 ? tap_check_left(t, w) : ret;
}

static int tap_check_private(struct tap *t)
{
	struct tap_window w;
	bool hairpin;
	int ret = tap_check_apart(t, &w, &hairpin);

	if (ret == 0 && hairpin) {
		ctx_not_applicable(
			t->ctx,
			"the NIC's own switch hands %s its own frames back (%u of %u "
			"came to the other guest on that way), which private mode cannot "
			"keep out",
			t->parent, w.echoed.received, w.asked.sent);
		return -EOPNOTSUPP;
	}
	return ret;
}

/* What the far end makes of it, over the wire. */
static int tap_check_far_relay(struct tap *t)
{
	struct tap_window w;
	char text[240];
	int ret = tap_run_window(t, &w, true);

	if (ret < 0)
		return ret;
	util_format(text, sizeof(text),
		    "%s saw %u unicast and %u broadcast frames for the other guest and sent them "
		    "back: %u came to %s, %u arrived, %u answers left",
		    t->far->what, w.far.unicast, w.far.broadcast, w.back.unicast + w.back.broadcast,
		    t->parent, w.echoed.received, w.answered);
	ctx_evidence(t->ctx, "tap.relay", "%s", text);
	if (w.far.unicast == 0)
		ctx_evidence(t->ctx, "tap.relay",
			     "a switch on the way (the NIC's own, or one outside) keeps unicast "
			     "frames between the guests from %s",
			     t->far->what);
	if (w.far.broadcast > 0 && w.relayed > 0 && w.echoed.received == w.relayed)
		return 0;
	/* A frame with an address that it knows behind another port is suspect to a switch. */
	if (w.relayed > 0 && w.back.unicast + w.back.broadcast == 0 && w.echoed.received == 0)
		return ctx_warn(t->ctx, "wire_relay_lost",
				"the wire passes frames that the far end sends back", "%s", text);
	ctx_fail(t->ctx, "tap_no_relay",
		 "frames go out to the far end and arrive when it sends them back", "%s", text);
	return -ENODATA;
}

static int tap_check_vepa(struct tap *t)
{
	struct tap_window w;
	bool hairpin;
	int ret = tap_check_apart(t, &w, &hairpin);

	if (ret < 0)
		return ret;
	if (hairpin) {
		ctx_evidence(t->ctx, "tap.relay",
			     "the NIC's own switch hands frames back: the far end is not asked");
		return 0;
	}
	if (t->far->wire)
		return tap_check_far_relay(t);
	ctx_evidence(t->ctx, "tap.relay",
		     "not tried: there is no port on the wire that could send frames back");
	return 0;
}

/* ---- passthru ---- */

/* Linux: macvlan_common_newlink(). */
static int tap_check_alone(struct tap *t, enum macvlan_mode mode)
{
	static const char name[] = "vtsecond";
	struct ctx *ctx = t->ctx;
	int ret = ctx_undo(ctx, UNDO_LINK_DELETE, NULL, 0, name), err;

	if (ret < 0)
		return ctx_error(ctx, ret, "no room to record the undo");
	ret = macvtap_create(name, t->parent, mode, NULL);
	err = link_delete(name);
	ctx_evidence(ctx, "tap.passthru", "a second macvtap, mode %s: %s", macvtap_mode_name(mode),
		     ret < 0 ? strerror(-ret) : "created");
	if (ret == -EINVAL && err == -ENODEV)
		return 0;
	ctx_fail(ctx, "tap_parent_shared", "a second macvtap on the parent is refused: EINVAL",
		 "mode %s: %s", macvtap_mode_name(mode), ret < 0 ? strerror(-ret) : "created");
	return -EPROTO;
}

static int tap_check_passthru(struct tap *t)
{
	int ret = tap_check_alone(t, MACVLAN_MODE_PASSTHRU);

	return ret == 0 ? tap_check_alone(t, MACVLAN_MODE_BRIDGE) : ret;
}

int tap_check_mode(struct tap *t)
{
	switch (t->kind.mode) {
	case MACVLAN_MODE_BRIDGE:
		return tap_check_bridge(t);
	case MACVLAN_MODE_PRIVATE:
		return tap_check_private(t);
	case MACVLAN_MODE_VEPA:
		return tap_check_vepa(t);
	default:
		return tap_check_passthru(t);
	}
}
