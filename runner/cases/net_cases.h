/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cases of net_cases[], each in the file of its subject, and what these files share. */
#ifndef VFPROOF_CASES_NET_CASES_H
#define VFPROOF_CASES_NET_CASES_H

#include "cases/net.h"

int run_net_ip(struct ctx *ctx);
int run_net_tcp(struct ctx *ctx);
int run_net_offload(struct ctx *ctx);
int run_net_stats(struct ctx *ctx);
int run_net_queues(struct ctx *ctx);
int run_net_irq(struct ctx *ctx);
int run_net_perf(struct ctx *ctx);
int run_net_bond(struct ctx *ctx);
int run_net_failover(struct ctx *ctx);
int run_net_nocarrier(struct ctx *ctx);

/* Ping and TCP between two ends, IPv4 and IPv6, asked for by either. */
int net_check_ip(struct net_end *a, struct net_end *b) must_check;
/* Counters and interrupts of a guest's netdev; the latter returns their number. */
int net_read_counters(struct net_end *vf, struct netdev_counters *out) must_check;
int net_read_irqs(struct net_end *vf, struct irq_vector out[IRQ_MAX_VECTORS]) must_check;
/*
 * UDP flows from @far, a station, are spread over the queues of a guest's netdev, and one flow is
 * not.
 * *@n: how many queues are counted; with fewer than two nothing is judged. Without @must it is 1 if
 * they are not spread, and that is no finding.
 */
int net_check_spread(struct net_end *far, struct net_end *vf, bool must,
		     unsigned int *n) must_check;
/* The control of all TCP cases: one bit that the sender changes behind its hash is found. */
int net_check_control(struct net_end *from, struct net_end *to) must_check;
/* Closes ends (NULL: none), whatever @ret; returns the first error. */
int net_ends_close(int ret, struct net_end *a, struct net_end *b, struct net_end *c) must_check;

/* How much TCP is to carry at a time: up to so many bytes, as far as they go within the time. */
#define NET_TCP_MAX_BYTES (256ull << 20)
#define NET_TCP_MIN_BYTES (16ull << 20)
#define NET_TCP_MS 2500u

#endif
