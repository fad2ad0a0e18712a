/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of the host's memory that no device has any business with. Its physical address is known,
 * and means nothing in the guest: a device that reaches it has got out.
 */
#ifndef VFPROOF_CASES_CANARY_H
#define VFPROOF_CASES_CANARY_H

#include "cases/guest.h"

struct canary {
	uint8_t *page; /* NULL: not open */
	uint64_t address;
	uint8_t content[4096]; /* that it has to have */
};

/*
 * Takes a page that does not fall on anything that @g has. Its first @n bytes are @front, the rest
 * is random. Returns 0, or -errno with the error recorded.
 */
int canary_open(struct canary *c, struct guest *g, const uint8_t *front, size_t n) must_check;
/*
 * How many of its bytes are not what they were; @first (may be NULL) is the first of them. -ESTALE,
 * with the error recorded: the kernel has moved the page meanwhile, so that it shows nothing.
 */
int canary_count_changed(const struct canary *c, struct ctx *ctx, unsigned int *first) must_check;
/* Fine for one that is not open. */
void canary_close(struct canary *c);

#endif
