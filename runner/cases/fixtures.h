/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that several cases in a row use. Each is open with its guest booted; whether its NICs work
 * is for the cases to find out, and guest_check_nic() has to be the first to be called for each.
 */
#ifndef VFPROOF_CASES_FIXTURES_H
#define VFPROOF_CASES_FIXTURES_H

#include "cases/guest.h"

#define FIXTURE_ALL_FREE_PORTS 1u

/*
 * All VFs of the PF, SRIOV_MAX_VFS at most: in one guest those that it takes (VM_MAX_DEVICES) and
 * the host has memory for. The PF is the host's end of traffic.
 */
struct fixture_all {
	struct rig rig;
	unsigned int first, n; /* the guest has rig.vfs[first] .. rig.vfs[first + n - 1] */
	struct station pf;
	struct guest guest;
};

extern const struct fixture fixture_all;

/* How many of @n VFs the next guest gets; evidence says why not all of them. */
unsigned int fixture_all_count(struct ctx *ctx, struct rig_dev *const *devs, unsigned int n);
/* Ends the guest and boots one with the VFs behind those that it had, as far as memory goes. */
int fixture_all_next(struct fixture_all *f) must_check;

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

#define FIXTURE_WIDE_FREE_PORTS 2u
#define FIXTURE_WIDE_CPUS 2u

/*
 * A guest with two processors, and with two VFs of the PF (one, if there are no more) in slots 0
 * and
 * 1. If the PF reaches another port over the wire, that is in a network namespace of its own, and a
 * VF of its is in the guest's last slot. For cases that have PORTS_PEER.
 */
struct fixture_wide {
	struct rig rig, peer_rig; /* peer_rig.n_vfs is 0 without a peer */
	struct station pf, peer; /* peer.ctx is NULL without one */
	struct guest guest;
};

extern const struct fixture fixture_wide;

/* The station over the wire if there is one, else the PF. */
struct station *fixture_wide_far(struct fixture_wide *f);

/*
 * Runs a case with the fixture: @use finds the guest running with all its NICs checked, and leaves
 * it like that; what the guest's kernel said meanwhile is judged afterwards. Returns what the
 * case's function has to return.
 */
int fixture_all_run(struct ctx *ctx, int (*use)(struct fixture_all *f)) must_check;
int fixture_wide_run(struct ctx *ctx, int (*use)(struct fixture_wide *f)) must_check;
/* The PF is in NIC slot 0. */
int fixture_pf_run(struct ctx *ctx, int (*use)(struct fixture_pf *f)) must_check;
/*
 * Powers the guest off and looks after @n devices on the host. After a failure, or if the guest has
 * ended under an earlier case, which told, it is just cleaned up.
 */
int fixture_end(struct ctx *ctx, struct guest *g, struct rig_dev *devs, unsigned int n) must_check;
/* False with the case's SKIP recorded if the guest has ended under an earlier case. */
bool fixture_guest_runs(struct ctx *ctx, struct guest *g);

#endif
