/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out undo records, newest first. Can block on the kernel: the engine calls it in a child
 * with a deadline.
 */
#ifndef VFPROOF_ENGINE_UNDO_H
#define VFPROOF_ENGINE_UNDO_H

#include <sys/types.h>
#include "model/result.h"
#include "sys/link_vf.h"

struct sysroot;

/* The value of UNDO_VF_POLICY. What the PF's driver does not tell (-1) is not put back. */
uint64_t undo_vf_policy(unsigned int vf, const struct link_vf_policy *policy);
/* The values of UNDO_VF_RATE and UNDO_VF_MAC_TO. */
uint64_t undo_vf_rate(unsigned int vf, const struct link_vf_policy *policy);
uint64_t undo_vf_mac_to(unsigned int vf, const uint8_t mac[6]);

/*
 * The value of UNDO_KILL: the number of a process and when it was started, as its number may be
 * another's by the time of the undo. Returns 0, or -errno if there is no such process.
 */
int undo_process(pid_t pid, uint64_t *value) must_check;

/* Goes on after a failure. Returns 0, or the first -errno; each failure is logged. */
int undo_run(const struct sysroot *root, const struct undo *undo, unsigned int n) must_check;

#endif
