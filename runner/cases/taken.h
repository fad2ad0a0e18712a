/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that takes a device from under its guest. The kernel asks QEMU for the device
 * (vfio_unregister_group_dev() in drivers/vfio/vfio_main.c of Linux 6.12), QEMU asks the guest, and
 * whoever wrote waits for as long as that takes: for ever, if the guest does not let go. A signal
 * makes it only worse, as the writer then waits without any more signals. So a child writes, and if
 * it does not come back it is QEMU that is ended.
 */
#ifndef VFPROOF_CASES_TAKEN_H
#define VFPROOF_CASES_TAKEN_H

#include "cases/guest_plug.h"

struct taken {
	/* What takes the device, in a child; 0 or -errno. */
	int (*write)(const struct ctx *ctx, const void *what);
	const void *what;
	const char *doing; /* in words, for findings and evidence: "unbinding VF 2" */
	/* The NIC slots of the guest whose devices go; they are free afterwards. */
	unsigned int n_nics, nics[4];
	bool may_refuse; /* it may be refused, upon which nothing is taken */
};

/* What the kernel says of it: for a case's .provokes. */
extern const struct provoked taken_words[];

/*
 * Has it done to @g (NULL: no guest is in the way). Returns 0 if all devices have left the guest,
 * the guest was told, and the write has come to an end in time; 1 if it was refused, with errno in
 * the evidence, and the guest has all that it had. Otherwise the finding is recorded, and the guest
 * has been ended if that was what it took.
 */
int taken_by_host(struct ctx *ctx, const struct taken *t, struct guest *g) must_check;

#endif
