/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU must refuse: asked for through both monitors, refused with the class and in the words
 * expected, with QEMU answering on and nothing of the device left in the guest.
 *
 * Functions return 0 if it was so. Otherwise the finding is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_REFUSAL_H
#define VFPROOF_CASES_REFUSAL_H

#include "cases/guest_plug.h"

#define REFUSAL_ID "refused" /* of devices that never come to be */
#define REFUSAL_MONITORS 2

/* The words are those of QEMU 11.1, as a glob. The human monitor knows no classes. */
struct refusal {
	enum vm_monitor monitor;
	const char *class, *text;
};

/* The same words through both. */
#define REFUSAL_BOTH(qmp_class, words)                   \
	{                                                \
		{ VM_MONITOR_QMP, qmp_class, words },    \
		{ VM_MONITOR_HMP, "", "Error: " words }, \
	}

/* device_add of a host device on a free root port; @addr (NULL: not given) is its place there. */
int refusal_check_add(struct guest *g, const char *host, const char *addr,
		      const struct refusal want[REFUSAL_MONITORS]) must_check;
/* device_add with the id of a device that the guest has, which stays where it is. */
int refusal_check_id(struct guest *g, const char *host, const char *id,
		     const struct refusal want[REFUSAL_MONITORS]) must_check;
/* device_del. */
int refusal_check_del(struct guest *g, const char *id,
		      const struct refusal want[REFUSAL_MONITORS]) must_check;

#endif
