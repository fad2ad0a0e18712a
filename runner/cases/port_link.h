/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The link of a port, and what it means that there is none. A port that has had none since the run
 * began has no cable, or its far end is off: what needs a link is SKIP, and nothing is said about
 * the card. One that has had a link and has lost it is a finding.
 */
#ifndef VFPROOF_CASES_PORT_LINK_H
#define VFPROOF_CASES_PORT_LINK_H

#include "model/ctx.h"

/* Brings the netdev up and waits for its carrier, if the port had one in this run, or if nothing
 * was tried yet: 30 s. 0, or -ENOLINK if the port has none and had none (nothing is recorded), or
 * another -errno with the finding or the error recorded. */
int port_link_try(struct ctx *ctx, const struct nic *nic, const char *ifname) must_check;
/* The same for what cannot go on without: SKIP is recorded with -ENOLINK. */
int port_link_wait(struct ctx *ctx, const struct nic *nic, const char *ifname) must_check;
/* Records SKIP: all of the case but @what was tried, and is well. Returns 0. */
int port_link_leave_out(struct ctx *ctx, const struct nic *nic, const char *what);

/* The port has a link, or it was not looked for. */
extern const struct requirement req_link;

#endif
