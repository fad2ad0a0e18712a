/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture "pair": up to four VFs of the PF. The first guest has VF 0 and VF 1 and free root
 * ports; VF 2 is spare, for hot plug; a second guest has VF 3 and is booted by the first case that
 * needs it. With fewer VFs, VF 1 or VF 2 stands in for what is missing, while it is needed.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_PAIR_H
#define VFPROOF_CASES_PAIR_H

#include "cases/guest_plug.h"

struct pair {
	struct rig rig;
	struct station pf;
	struct guest first, second;
};

extern const struct fixture fixture_pair;

/*
 * Runs a case that requires req_two_vfs: @use finds the first guest running, with both NICs checked
 * and nothing left in it from cases before, and leaves it like that; what the guests' kernels said
 * meanwhile is judged afterwards. Returns what the case's function has to return.
 */
int pair_run(struct ctx *ctx, int (*use)(struct pair *p)) must_check;
/* A VF that no guest has, on vfio-pci; of two VFs, the first guest gives one up for it. */
int pair_take_spare(struct pair *p, struct rig_dev **dev) must_check;
/* The first guest gets its VF back if it gave one up. */
int pair_return_spare(struct pair *p) must_check;
/* What follows the use of a spare VF: it is well on the host, and the first guest's VFs work. */
int pair_end_spare(struct pair *p, const struct rig_dev *dev) must_check;
/* The second guest runs, and its VF (NIC slot 0) was checked. */
int pair_take_second(struct pair *p) must_check;
/* The second guest has ended: another one boots with its VF, which was checked then. */
int pair_replace_second(struct pair *p) must_check;
/* Ends the second guest if it has no VF of its own. */
int pair_return_second(struct pair *p) must_check;
/* Test frames between the PF and the NICs that the first guest has from boot on. */
int pair_check_traffic(struct pair *p) must_check;

#endif
