/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture "bare": all VFs of the PF, 64 at most, that no guest has and, between the items, no
 * driver either. The PF is the far end of their traffic; a VF gets its own driver on the host, in a
 * network namespace, to show that it works.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_VF_BARE_H
#define VFPROOF_CASES_VF_BARE_H

#include "cases/rig.h"
#include "cases/station.h"

#define VF_BARE_VFS 64u
#define VF_BARE_MAX 8u /* that are used at the same time */
#define VF_BARE_FRAMES 64u /* each way, to show that a VF works */

struct vf_bare {
	struct rig rig;
	struct station pf;
};

extern const struct fixture fixture_vf_bare;

/* Its own driver binds on the host, and its link comes up. @s is open then. */
int vf_bare_start(struct vf_bare *b, struct rig_dev *vf, struct station *s) must_check;
/*
 * Test frames pass both ways between the VF and the PF, and none is lost. @after says in the
 * finding what was done to the VF.
 */
int vf_bare_check(struct vf_bare *b, struct station *s, const char *after) must_check;
/* Its driver is taken away, and the station closed. */
int vf_bare_stop(struct vf_bare *b, struct rig_dev *vf, struct station *s) must_check;
/*
 * Number @i of @n VFs that stand for all: the first ones, and in place of the last of these the
 * last one that there is.
 */
struct rig_dev *vf_bare_pick(struct vf_bare *b, unsigned int i, unsigned int n);
/* All of it for @n of them, VF_BARE_MAX at most, at the same time. */
int vf_bare_check_all(struct vf_bare *b, unsigned int n, const char *after) must_check;

#endif
