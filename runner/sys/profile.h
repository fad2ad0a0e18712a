/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts of a NIC family that the NIC does not say of itself: configs/profiles/, described in
 * docs/profiles.md. A profile is never needed: a NIC without one is tested by what it advertises.
 */
#ifndef VFPROOF_SYS_PROFILE_H
#define VFPROOF_SYS_PROFILE_H

#include "base/util.h"

#define PROFILE_MAX 64
#define PROFILE_MAX_IDS 96 /* the T5 cards of cxgb4 are the most */

struct profile_id {
	uint16_t vendor, device;
};

struct profile {
	char name[48]; /* section, such as "intel-82576" */
	char title[96];
	char driver[32]; /* PCI driver of the PFs, and its module */
	char vf_driver[32]; /* PCI driver of the VFs */
	char vf_param[32]; /* module parameter that makes VFs, "" if none */
	char vf_param_more[48]; /* what the module has to be loaded with besides, "" if nothing */
	bool no_numvfs; /* the driver makes no VFs through sriov_numvfs */
	unsigned int vf_param_extra; /* its number is that of the VFs and so much more */
	char last_kernel[16]; /* "5.19": later ones have no such driver any more; "" if they do */
	bool vf_stats; /* the PF's driver counts frames and bytes of its VFs (IFLA_VF_STATS) */
	unsigned int netdev_function; /* PCI function that has the netdevs, 0: each its own */
	unsigned int max_vfs; /* the driver's own limit, 0 if it takes the capability's */
	bool pf_up_before_vfs; /* the PF's netdev must be up before sriov_numvfs is written */
	char sriov_setup[160]; /* where SR-IOV is switched on in the card, "" if it cannot be off */
	/* What the VF's driver takes of a guest, 0 for PROFILE_GUEST_... below: */
	unsigned int guest_mb; /* MiB, and */
	unsigned int guest_queue_mb; /* for each queue, one for each processor, */
	unsigned int guest_queues; /* but no more of them than this */
	unsigned int guest_pf_mb; /* MiB of the PF's driver */
	unsigned int guest_load_s; /* seconds until it has set up a device */
	/* Of what a PF may set for its VFs, what the family's driver takes and does not do: globs.
	 */
	char policy_lacks[96];
	unsigned int vf_groups; /* most multicast groups that a VF's driver hands on, 0: all */
	unsigned int rate_least; /* smallest max_tx_rate that the driver takes, 0: not known */
	unsigned int n_ids, n_vf_ids;
	struct profile_id ids[PROFILE_MAX_IDS];
	struct profile_id
		vf_ids[PROFILE_MAX_IDS]; /* none: those of another profile, or not known */
};

/* Of a family that does not say, or is not known. */
#define PROFILE_GUEST_MB 8u
#define PROFILE_GUEST_QUEUE_MB 8u
#define PROFILE_GUEST_QUEUES 16u
#define PROFILE_GUEST_PF_MB 64u
#define PROFILE_GUEST_LOAD_S 1u

struct profile_table {
	unsigned int n;
	struct profile profiles[PROFILE_MAX];
};

/*
 * Parses the profiles of an INI text. Returns 0, or -EINVAL with the first wrong line's number in
 * *@line (may be NULL): an unknown key, a bad value, too many profiles or ids, or an id in two
 * profiles.
 */
int profile_parse(const char *text, struct profile_table *table, int *line) must_check;

/* True if VFs of the family can have this id, as far as is known. */
bool profile_has_vf_id(const struct profile *p, uint16_t vendor, uint16_t device);

/* Profile of an id, NULL if the family is unknown. Data: configs/profiles/, linked in. */
const struct profile *profile_find(uint16_t vendor, uint16_t device);

#endif
