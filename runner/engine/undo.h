/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries out undo records, newest first. Can block on the kernel: the engine calls it in a child
 * with a deadline.
 */
#ifndef VFPROOF_ENGINE_UNDO_H
#define VFPROOF_ENGINE_UNDO_H

#include "model/result.h"
#include "sys/link.h"

/* The value of UNDO_VF_POLICY. What the PF's driver does not tell (-1) is not put back. */
uint64_t undo_vf_policy(unsigned int vf, const struct link_vf_policy *policy);

/* Goes on after a failure. Returns 0, or the first -errno; each failure is logged. */
int undo_run(const struct sysroot *root, const struct undo *undo, unsigned int n) must_check;

#endif
