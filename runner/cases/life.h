/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of guests: starting anew within one QEMU, and test frames that go on while something is
 * done to a guest.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_LIFE_H
#define VFPROOF_CASES_LIFE_H

#include "cases/guest.h"
#include "wire/pulse.h"

/* What makes a guest start anew: 0 once it was asked for, or -errno of vm_qmp() or its agent. */
struct life_restart {
	const char *doing; /* "rebooting", for findings and evidence */
	int (*act)(struct guest *g);
};

extern const struct life_restart life_reboots; /* by itself: its drivers are told */
extern const struct life_restart life_is_reset; /* by QMP's system_reset */
extern const struct life_restart life_panics; /* and its kernel restarts */

/*
 * Judges what the guest's kernel has said, makes the guest start anew in the same QEMU, and waits
 * until its NICs have been checked again. The new kernel's messages are judged by the next
 * guest_check_klog().
 */
int life_restart(struct guest *g, const struct life_restart *how) must_check;

/*
 * Test frames go from the station to NIC @i of the guest from now on, and some have been answered.
 * The station is used by nobody else until life_pulse_end(). @once: see struct pulse.
 */
int life_pulse_start(struct pulse *f, struct guest *g, unsigned int i, struct station *from,
		     bool once) must_check;
/* Whatever has become of the guest meanwhile; an answer with wrong contents is a FAIL. */
int life_pulse_end(struct pulse *f, struct ctx *ctx) must_check;

#endif
