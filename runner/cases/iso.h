/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Isolation of VFs: functions of the cases in iso.c's table, which are in a file for each subject.
 */
#ifndef VFPROOF_CASES_ISO_H
#define VFPROOF_CASES_ISO_H

#include "cases/pair.h"

/* iso_dma.c: each is for pair_run(). */
int iso_dma_write(struct pair *p) must_check;
int iso_dma_read(struct pair *p) must_check;
/* iso_irq.c */
int iso_irq(struct pair *p) must_check;
/* iso_p2p.c: needs a VF that no guest has. */
int iso_p2p(struct pair *p) must_check;
/* iso_switch.c */
int iso_frames(struct pair *p) must_check;
int iso_mdd(struct pair *p) must_check;
/* iso_flood.c: needs a second guest. */
int iso_flood(struct pair *p) must_check;
/* iso_config.c */
int iso_config(struct pair *p) must_check;

#endif
