/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages that no item answers for: about ports that nobody works on at present, without
 * any device while no unit is under way, and about devices that are no network ports at all.
 */
#ifndef VFPROOF_ENGINE_STRAYS_H
#define VFPROOF_ENGINE_STRAYS_H

#include "engine/klog.h"
#include "sys/inventory.h"

#define STRAYS_MAX_DEVICES 8

struct store;
struct unit_board;

struct strays {
	/* Borrowed; set by the owner. */
	const struct sysroot *root;
	const struct inventory *inv;
	const struct unit_board *board;
	struct store *store;
	int kmsg; /* descriptor at the end of the kernel log, -1: not watched */
	unsigned int running; /* units under way */
	/* Its own. */
	struct klog klog;
	uint64_t judged_seq, judged_ports; /* see strays_take_over() */
	unsigned int lost; /* messages, while no item ran */
	unsigned int n_devices, more;
	struct stray_device {
		char name[KMSG_ABOUT_NAME];
		char text[200]; /* the first complaint */
		unsigned int n; /* complaints */
	} devices[STRAYS_MAX_DEVICES];
};

/* Call with the borrowed members set and the rest zero. */
void strays_begin(struct strays *s);
/*
 * Reads what there is. A failure that is nobody's is noted in the report and keeps the run from
 * being QUALIFIED.
 */
void strays_read(struct strays *s);
/*
 * The same after a unit has given up @ports, which are nobody's now: it has judged what was said of
 * them up to record @seq, and what came after is read here.
 */
void strays_take_over(struct strays *s, uint64_t ports, uint64_t seq);
/* A note for each device that is no port and that the kernel has complained about. */
void strays_note_devices(struct strays *s);

#endif
