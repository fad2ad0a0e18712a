/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures how long traffic stops. */
#include "cases/net_gap.h"

#include <errno.h>
#include <string.h>

#include "wire/traffic.h"

#define GAP_ANSWER_MS 50 /* a message that is not answered by then is lost */
#define GAP_SIZE 64
#define GAP_MS 180000
#define GAP_FEW 5u /* answers that show that it goes */
#define GAP_BEGIN_MS 10000

int net_gap_start(struct net_gap *n, struct net_end *own, struct net_end *far, const char *label)
{
	unsigned int ms;
	int ret;

	*n = (struct net_gap){ .ask = { .config = { .role = TRANSFER_UDP_ASK,
						    .size = GAP_SIZE,
						    .budget_ms = GAP_ANSWER_MS,
						    .seed = traffic_new_session(),
						    .timeout_ms = GAP_MS } },
			       .echo = { .config = { .role = TRANSFER_UDP_ECHO,
						     .size = GAP_SIZE,
						     .timeout_ms = GAP_MS } } };
	n->echo.config.seed = n->ask.config.seed;
	ret = net_transfer_start(&n->echo, far, own, IP_V4);
	if (ret == 0)
		ret = net_transfer_start(&n->ask, own, far, IP_V4);
	if (ret == 0)
		ret = net_gap_await(n, util_now_ms(), GAP_BEGIN_MS, &ms);
	if (ret != -ETIMEDOUT || ctx_failed(own->ctx))
		return ret;
	ctx_fail(own->ctx, label, "traffic goes before anything is changed",
		 "%s to %s: %llu of %llu messages answered", own->what, far->what,
		 (unsigned long long)n->ask.state.received, (unsigned long long)n->ask.state.sent);
	return -ENODATA;
}

struct gap_wait {
	struct net_gap *n;
	uint64_t received; /* when the wait began */
	int err;
};

static bool gap_goes_on(void *arg)
{
	struct gap_wait *w = arg;

	w->err = net_transfer_read(&w->n->ask);
	return w->err < 0 || w->n->ask.state.received >= w->received + GAP_FEW ||
	       w->n->ask.state.phase == TRANSFER_DONE;
}

int net_gap_await(struct net_gap *n, uint64_t since_ms, unsigned int timeout_ms, unsigned int *ms)
{
	struct ctx *ctx = n->ask.end->ctx;
	struct gap_wait w = { .n = n, .err = net_transfer_read(&n->ask) };
	int ret = w.err;

	w.received = n->ask.state.received;
	if (ret == 0)
		ret = util_poll_until(gap_goes_on, &w, ctx_ms(ctx, timeout_ms));
	*ms = (unsigned int)(util_now_ms() - since_ms);
	if (w.err < 0)
		return w.err;
	if (n->ask.state.phase == TRANSFER_DONE)
		return ctx_error(ctx, n->ask.state.error, "%s: its messages ended: %s",
				 n->ask.end->what, strerror(-n->ask.state.error));
	return ret;
}

int net_gap_stop(struct net_gap *n, uint64_t *lost)
{
	int ret = net_transfer_stop(&n->ask), err = net_transfer_stop(&n->echo);

	*lost = n->ask.state.sent - n->ask.state.received;
	return ret < 0 ? ret : err;
}
