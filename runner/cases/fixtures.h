/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that several cases in a row use. Each is open with its guest booted; whether its NICs work
 * is for the cases to find out, and guest_check_nic() has to be the first to be called for each.
 */
#ifndef VFPROOF_CASES_FIXTURES_H
#define VFPROOF_CASES_FIXTURES_H

#include "cases/guest.h"

/* All VFs of the PF in one guest, VM_MAX_DEVICES at most; the PF is the host's end of traffic. */
struct fixture_all {
	struct rig rig;
	struct station pf;
	struct guest guest;
};

extern const struct fixture fixture_all;

#define FIXTURE_PF_FREE_PORTS 2u

/*
 * The PF itself, without VFs, in a guest; its peer, in a network namespace of its own, is the
 * host's end of traffic. For cases that require req_second_pf and have PORTS_PEER.
 */
struct fixture_pf {
	struct rig_dev pf;
	struct station peer;
	struct guest guest;
};

extern const struct fixture fixture_pf;

/* False with the case's SKIP recorded if the guest has ended under an earlier case. */
bool fixture_guest_runs(struct ctx *ctx, struct guest *g);

#endif
