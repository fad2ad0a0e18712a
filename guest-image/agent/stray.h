/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA of a VF without its driver: it goes where the runner says. stray.c takes the VF and gives it
 * back, stray_flood.c has it send all the time, stray_rings.c and stray_virtio.c know the registers
 * of families, stray_config.c writes configuration space.
 */
#ifndef VFPROOF_AGENT_STRAY_H
#define VFPROOF_AGENT_STRAY_H

#include "agent.h"
#include "wire/agent_iso.h"

#define STRAY_PAGE 4096

/* Each is one page of the guest's, locked, whose bus address is known. */
enum stray_page { STRAY_RING, STRAY_INSIDE, STRAY_PAGES };

struct stray_family;

/* Configuration space as it was. */
struct stray_saved {
	unsigned int n; /* dwords; 0: there is nothing to write back */
	uint32_t dwords[AGENT_CONFIG_DWORDS];
};

struct stray_vf {
	struct sysroot *root;
	char pci[16];
	char driver[32];
	const struct stray_family *family;
	volatile uint8_t *bar; /* the one with the registers */
	size_t bar_size;
	uint32_t own[4]; /* the family's */
	struct stray_saved saved;
	volatile uint8_t *page[STRAY_PAGES];
	uint64_t bus[STRAY_PAGES];
};

/*
 * How devices of one driver are told to send. send() puts descriptors into STRAY_RING, waits until
 * the device has taken them, and switches the queue off.
 */
struct stray_family {
	const char *driver;
	const void *layout; /* send()'s own */
	size_t bar_size; /* bytes of its BAR that it needs */
	int (*find_bar)(struct stray_vf *s); /* its number or -errno; NULL: it is BAR 0 */
	int (*send)(struct stray_vf *s, const struct agent_stray_send *req,
		    struct agent_stray_sent *out);
	/* Keeps the queue full for as long as @f says; NULL: there is no recipe. */
	int (*flood)(struct stray_vf *s, const struct agent_stray_flood *f,
		     struct agent_stray_flooded *out);
};

extern const struct agent_request stray_requests[];
extern const struct agent_request stray_flood_requests[]; /* stray_flood.c */

extern const struct stray_family stray_virtio;

/* The row of a driver, NULL: there is none. */
const struct stray_family *stray_family_of(const char *driver);
/* AGENT_STRAY_CONFIG of a function without a driver, and its end. Returns 0 or -errno. */
int stray_fill_config(const struct sysroot *root, const char *pci, struct stray_saved *saved,
		      struct agent_stray_config *out) must_check;
int stray_restore_config(const struct sysroot *root, const char *pci,
			 const struct stray_saved *saved,
			 struct agent_stray_restored *out) must_check;

#endif
