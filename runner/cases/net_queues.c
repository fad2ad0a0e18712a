/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many queues a VF has, and whether flows are spread over them. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "sys/inventory.h"
#include "wire/traffic.h"

#define QUEUES_FLOWS 64u /* eight would fall on one of two queues once in 128 times */
#define QUEUES_MESSAGES 6400u
#define QUEUES_SIZE 64u
#define QUEUES_HOST 100u /* of the first flow, and so on */
#define QUEUES_PART 10u /* per cent that a queue has to have of the whole */
#define QUEUES_WHOLE 90u
#define QUEUES_MAX (NETDEV_MAX_QUEUES > IRQ_MAX_VECTORS ? NETDEV_MAX_QUEUES : IRQ_MAX_VECTORS)

/* What has come in, by queue: frames, or where the driver does not count them, interrupts. */
struct queue_load {
	bool interrupts;
	unsigned int n;
	uint64_t count[QUEUES_MAX];
};

int net_read_counters(struct net_end *vf, struct netdev_counters *out)
{
	struct agent_link req = { 0 };
	bool lost;
	int ret;

	memcpy(req.ifname, vf->ifname, sizeof(req.ifname));
	ret = net_call(vf->g, AGENT_COUNTERS, &req, sizeof(req), out, sizeof(*out), &lost);
	if (ret < 0 && lost)
		return ret;
	return ret == sizeof(*out) ? 0
				   : ctx_error(vf->ctx, ret < 0 ? ret : -EPROTO,
					       "%s: its counters cannot be read", vf->what);
}

int net_read_irqs(struct net_end *vf, struct irq_vector out[IRQ_MAX_VECTORS])
{
	struct agent_link req = { 0 };
	bool lost;
	int ret;

	memcpy(req.ifname, vf->ifname, sizeof(req.ifname));
	ret = net_call(vf->g, AGENT_IRQS, &req, sizeof(req), out, IRQ_MAX_VECTORS * sizeof(*out),
		       &lost);
	if (ret < 0)
		return lost ? ret
			    : ctx_error(vf->ctx, ret, "%s: its interrupts cannot be read: %s",
					vf->what, strerror(-ret));
	ret /= (int)sizeof(*out);
	for (int i = 0; i < ret; i++) {
		out[i].name[sizeof(out[i].name) - 1] = '\0';
		util_sanitise(out[i].name);
	}
	return ret;
}

/* igbvf: "eth0-rx-0", virtio: "virtio0-input.0", most others: "eth0-TxRx-0". */
static bool queues_receives(const struct irq_vector *v)
{
	return strcasestr(v->name, "rx") || strstr(v->name, "input");
}

static int queues_read(struct net_end *vf, struct queue_load *l)
{
	struct irq_vector v[IRQ_MAX_VECTORS];
	struct netdev_counters c;
	int ret = net_read_counters(vf, &c);

	*l = (struct queue_load){ .n = c.rx_queues };
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < l->n && i < NETDEV_MAX_QUEUES; i++)
		l->count[i] = c.rx_queue[i];
	if (l->n > 0)
		return 0;
	ret = net_read_irqs(vf, v);
	l->interrupts = true;
	for (int i = 0; i < ret; i++)
		if (queues_receives(&v[i]))
			l->count[l->n++] = irq_total(&v[i]);
	return ret < 0 ? ret : 0;
}

/*
 * Each flow is from an address of its own: by default ixgbe, and others, do not look at the ports
 * of UDP (Linux ixgbe_setup_mrqc(), flag RSS_FIELD_IPV4_UDP).
 */
static int queues_add_addresses(void *arg)
{
	const struct net_end *far = arg;
	const unsigned int net = far->v4.bytes[2] + 256u * (far->v4.bytes[1] & 1u);
	int ret = 0;

	for (unsigned int i = 0; (ret == 0 || ret == -EEXIST) && i < QUEUES_FLOWS; i++) {
		struct ip_address a;

		ip_make(&a, IP_V4, net, QUEUES_HOST + i);
		ret = ip_add(far->ifname, &a);
	}
	return ret == -EEXIST ? 0 : ret;
}

/* Messages of @flows flows from @far; *@l has what each queue got of them. */
static int queues_load(struct net_end *far, struct net_end *vf, unsigned int flows,
		       struct queue_load *l)
{
	struct net_transfer source = { .config = { .role = TRANSFER_UDP_SOURCE,
						   .streams = (uint8_t)flows,
						   .many_addresses = 1,
						   .size = QUEUES_SIZE,
						   .count = QUEUES_MESSAGES,
						   .seed = traffic_new_session(),
						   .timeout_ms = NET_SLACK_MS } };
	struct net_transfer sink = { .config = { .role = TRANSFER_UDP_SINK,
						 .size = QUEUES_SIZE,
						 .seed = source.config.seed,
						 .timeout_ms = NET_SLACK_MS + NET_START_MS } };
	struct queue_load before;
	int ret = queues_read(vf, &before);

	source.config.local = far->v4;
	source.config.local.bytes[3] = QUEUES_HOST;
	if (ret == 0)
		ret = net_transfer_start(&sink, vf, far, IP_V4);
	if (ret == 0)
		ret = net_transfer_start(&source, far, vf, IP_V4);
	if (ret == 0)
		ret = net_transfer_await(&source);
	net_transfers_end(&source, &sink);
	if (ret == 0)
		ret = queues_read(vf, l);
	for (unsigned int i = 0; ret == 0 && i < l->n; i++)
		l->count[i] -= i < before.n ? before.count[i] : 0;
	if (ret == 0 && sink.state.received == 0) {
		ctx_fail(vf->ctx, "ip_lost", "UDP messages arrive", "%s to %s: none of %llu",
			 far->what, vf->what, (unsigned long long)source.state.sent);
		return -ENODATA;
	}
	return ret;
}

/* How many queues have at least @percent of all that came. */
static unsigned int queues_with(const struct queue_load *l, unsigned int percent)
{
	unsigned int n = 0;
	uint64_t all = 0;

	for (unsigned int i = 0; i < l->n; i++)
		all += l->count[i];
	for (unsigned int i = 0; i < l->n; i++)
		n += l->count[i] > 0 && l->count[i] * 100 >= all * percent;
	return n;
}

static void queues_tell(const struct queue_load *l, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < l->n && used < size - 1; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%llu", i > 0 ? ", " : "",
					 (unsigned long long)l->count[i]);
}

int net_check_spread(struct net_end *far, struct net_end *vf, bool must, unsigned int *n)
{
	struct queue_load many, one;
	char a[160], b[160];
	int ret = station_call(far->s, queues_add_addresses, far);

	*n = 0;
	if (ret < 0)
		return ctx_error(vf->ctx, ret, "%s gets no more addresses: %s", far->what,
				 strerror(-ret));
	ret = queues_load(far, vf, QUEUES_FLOWS, &many);
	if (ret == 0)
		ret = queues_load(far, vf, 1, &one);
	if (ret < 0)
		return ret;
	queues_tell(&many, a, sizeof(a));
	queues_tell(&one, b, sizeof(b));
	ctx_evidence(vf->ctx, "net.queues", "%s: %s by queue: of %u flows from %s %s; of one %s",
		     vf->what, many.interrupts ? "interrupts" : "frames", QUEUES_FLOWS, far->what,
		     a, b);
	/* Which of the vectors are queues is not known: those that come are, and one may be all. */
	*n = many.interrupts ? queues_with(&many, QUEUES_PART) : many.n;
	if (*n < 2)
		return 0; /* the caller says so */
	if (queues_with(&one, QUEUES_WHOLE) != 1)
		return ctx_error(vf->ctx, -EBADMSG,
				 "control: one flow was spread over several queues: %s", b);
	if (queues_with(&many, QUEUES_PART) >= 2)
		return 0;
	*n = 1;
	if (!must)
		return 0;
	ctx_fail(vf->ctx, "queues_one", "of 64 flows at least two queues have a tenth each",
		 "%s: %s by queue: %s", vf->what, many.interrupts ? "interrupts" : "frames", a);
	return -EBADMSG;
}

/* ---- how many there are ---- */

static int queues_channels(struct net_end *vf, const struct ethtool_channel_counts *want,
			   struct ethtool_channel_counts *got, bool *lost)
{
	struct agent_channels req = { .set = want != NULL };

	memcpy(req.ifname, vf->ifname, sizeof(req.ifname));
	if (want)
		req.counts = *want;
	return net_call(vf->g, AGENT_CHANNELS, &req, sizeof(req), got, sizeof(*got), lost);
}

/* @n queues, of both kinds if the driver tells them apart. */
static struct ethtool_channel_counts queues_counts(const struct ethtool_channel_counts *max,
						   unsigned int n)
{
	struct ethtool_channel_counts c = { 0 };

	if (max->max_combined > 0)
		c.combined = n;
	else
		c.rx = c.tx = n;
	return c;
}

static bool queues_same(const struct ethtool_channel_counts *a,
			const struct ethtool_channel_counts *b)
{
	return a->rx == b->rx && a->tx == b->tx && a->combined == b->combined;
}

/* So many channels are there then, and TCP goes on. */
static int queues_set(struct net_end *far, struct net_end *vf,
		      const struct ethtool_channel_counts *max, unsigned int n)
{
	const struct ethtool_channel_counts want = queues_counts(max, n);
	const struct net_tcp t = { .from = far,
				   .to = vf,
				   .family = IP_V4,
				   .streams = 2,
				   .min_bytes = 1 << 20,
				   .max_bytes = 1 << 20 };
	struct ethtool_channel_counts got = { 0 };
	struct transfer_state sent, received;
	bool lost;
	int ret = queues_channels(vf, &want, &got, &lost);

	if (lost)
		return ret;
	if (ret < 0 || !queues_same(&want, &got)) {
		ctx_fail(vf->ctx, "channels_refused", "each number of channels up to the maximum",
			 "%s: %u channels: %s", vf->what, n,
			 ret < 0 ? strerror(-ret) : "another number is read back");
		return ret < 0 ? ret : -EBADMSG;
	}
	/* Some drivers reset the VF for that. */
	ret = guest_check_nic(vf->g, 0);
	if (ret == 0)
		ret = net_tcp_run(&t, &sent, &received);
	return ret < 0 ? ret : net_tcp_judge(&t, &sent, &received, "tcp_corrupt");
}

static int queues_refuse(struct net_end *vf, const struct ethtool_channel_counts *max,
			 unsigned int n)
{
	const struct ethtool_channel_counts want = queues_counts(max, n + 1);
	struct ethtool_channel_counts got = { 0 };
	bool lost;
	int ret = queues_channels(vf, &want, &got, &lost);

	if (lost)
		return ret;
	ctx_evidence(vf->ctx, "net.channels", "%u of at most %u: %s", n + 1, n,
		     ret < 0 ? strerror(-ret) : "taken");
	if (ret < 0)
		return 0;
	ctx_fail(vf->ctx, "channels_refused", "more channels than the maximum are refused",
		 "%s: %u were taken, at most %u are there", vf->what, n + 1, n);
	return -EBADMSG;
}

/* *@set: the driver lets them be set; *@max: how many it says there are at most, 0: it says
 * nothing. */
static int queues_all_numbers(struct net_end *far, struct net_end *vf, bool *set, unsigned int *max)
{
	struct ethtool_channel_counts before = { 0 }, back;
	unsigned int most;
	bool lost;
	int ret = queues_channels(vf, NULL, &before, &lost), err;

	*set = false;
	*max = 0;
	if (lost)
		return ret;
	ctx_evidence(vf->ctx, "net.channels", "%s: %s", vf->what,
		     ret < 0 ? strerror(-ret) : "the driver has them");
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret < 0)
		return ctx_error(vf->ctx, ret, "%s: its channels cannot be read: %s", vf->what,
				 strerror(-ret));
	most = before.max_combined > 0	       ? before.max_combined
	       : before.max_rx < before.max_tx ? before.max_rx
					       : before.max_tx;
	ctx_evidence(vf->ctx, "net.channels", "%s: %u combined, %u and %u of at most %u", vf->what,
		     before.combined, before.rx, before.tx, most);
	*max = most;
	if (most == 0)
		return 0;
	ret = queues_refuse(vf, &before, most);
	for (unsigned int n = 1; ret == 0 && n <= most; n = n < most && 2 * n > most ? most : 2 * n)
		ret = queues_set(far, vf, &before, n);
	*set = ret == 0;
	back = before;
	err = queues_channels(vf, &back, &back, &lost);
	if (ret == 0 && err < 0 && !lost)
		ret = ctx_error(vf->ctx, err, "%s: its channels are not as before: %s", vf->what,
				strerror(-err));
	return ret < 0 ? ret : guest_check_nic(vf->g, 0);
}

/*
 * Flows came by one queue. That there is no other one is for the driver to say, by its channels, or
 * for the profile.
 */
static int queues_judge_one(struct fixture_wide *f, unsigned int max)
{
	struct ctx *ctx = f->rig.ctx;
	const struct profile *p = ctx->pf->profile;

	if (max == 1)
		return ctx_not_applicable(ctx, "the VF's driver has one channel at most");
	if (max == 0 && p && p->guest_queues == 1)
		return ctx_not_applicable(ctx, "VFs of this family have one queue (profile %s)",
					  p->name);
	if (!f->peer.ctx && requires_owes_second_pf(ctx))
		return ctx_skip(ctx,
				"no port is reached over the wire, and what the NIC's own switch "
				"passes on was not spread");
	if (!f->peer.ctx)
		return ctx_not_applicable(ctx,
					  "there is no port on the wire, and what the NIC's own "
					  "switch passes on was not spread");
	if (max > 1)
		return ctx_fail(ctx, "queues_one",
				"of 64 flows at least two queues have a tenth each",
				"one queue has them all, and the driver says %u channels", max);
	return ctx_skip(ctx,
			"one queue was seen with %u processors, and neither the VF's driver nor a "
			"profile says that there is no other",
			f->guest.cpus);
}

static int queues_judge(struct fixture_wide *f, unsigned int n, bool set, unsigned int max)
{
	struct ctx *ctx = f->rig.ctx;

	if (n < 2)
		return queues_judge_one(f, max);
	return ctx_pass(ctx, "flows are spread over the VF's queues",
			"64 flows over %u queues, one flow over one; channels %s", n,
			set ? "from 1 to the maximum" : "cannot be set by this driver");
}

static int net_queues(struct fixture_wide *f)
{
	struct net_end far = { 0 }, vf = { 0 };
	unsigned int n = 0, max = 0;
	bool set = false;
	int ret = net_open_station(&far, fixture_wide_far(f),
				   f->peer.ctx ? NET_HOST_PEER : NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(&vf, &f->guest, 0, NET_HOST_VF);
	if (ret == 0)
		ret = queues_all_numbers(&far, &vf, &set, &max);
	if (ret == 0)
		ret = net_check_spread(&far, &vf, f->peer.ctx != NULL, &n);
	ret = net_ends_close(ret, &far, &vf, NULL);
	return ret < 0 ? ret : queues_judge(f, n, set, max);
}

int run_net_queues(struct ctx *ctx)
{
	return fixture_wide_run(ctx, net_queues);
}
