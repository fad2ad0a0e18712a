/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture "held": two VFs of the PF, for cases that take away what a guest holds. A guest, on
 * huge pages where the host has some, has VF 0 from boot on and free root ports; VF 1 is spare. Its
 * cases have PORTS_ALL, since what they do holds locks of the whole kernel.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_HELD_H
#define VFPROOF_CASES_HELD_H

#include "cases/guest_plug.h"

#define HELD_TIMEOUT_S 300
#define HELD_VFS 2u
#define HELD_HUGE_KB 2048u

struct held {
	struct rig rig;
	struct station pf;
	struct guest guest;
	bool huge; /* the guest's memory is on pages of HELD_HUGE_KB */
	char no_huge[120]; /* why it is not */
	bool huge_known; /* kernel and processor have such pages */
};

extern const struct fixture fixture_held;

/* What a case needs that uses it. */
#define HELD_NEEDS GUEST_VF_NEEDS, &req_two_vfs

/*
 * Runs a case: @use finds the guest running with VF 0, which was checked, in NIC slot 0, and leaves
 * it like that; what the guest's kernel said meanwhile is judged afterwards. Returns what the
 * case's function has to return.
 */
int held_run(struct ctx *ctx, int (*use)(struct held *h)) must_check;
/*
 * After all VFs were taken away: the VFs are made again, and the guest gets VF 0, which works.
 * @reopen: the PF's netdev is another one, too. The undos stay for the fixture.
 */
int held_remake(struct held *h, bool reopen) must_check;

#endif
