/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A glue for the lab's NIC models that is no emulator's: memory is an array, frames and interrupts
 * are written down, time stands still until a test moves it.
 */
#ifndef VFPROOF_FAKE_GLUE_H
#define VFPROOF_FAKE_GLUE_H

#include "../../scripts/lab/nic/nic.h"

#define FAKE_MEMORY (1 << 20)
#define FAKE_FRAMES 64

struct fake_glue {
	struct nic nic;
	uint8_t memory[FAKE_MEMORY];
	unsigned int vfs; /* that are enabled */
	int64_t now;
	struct {
		uint8_t data[NIC_FRAME_MAX];
		size_t len;
	} sent[FAKE_FRAMES];
	unsigned int sent_count;
	unsigned int interrupts[NIC_MAX_VFS + 1][64]; /* by function + 1 and vector */
	unsigned int dma_by[NIC_MAX_VFS + 1]; /* accesses by function + 1 */
	int64_t timers[NIC_TIMERS]; /* 0: it is not set */
	uint64_t message_address; /* the last dword that went to the addresses of interrupts */
	uint32_t message_data;
	int message_function;
};

/* A card of this model, with power and reset over. @faults: as the property. To be freed. */
struct fake_glue *fake_glue_new(const struct nic_model *model, const char *faults);
void fake_glue_free(struct fake_glue *fake);

/* Registers of the PF or a VF, in BAR 0. */
uint32_t fake_glue_read(struct fake_glue *fake, int function, uint32_t at);
void fake_glue_write(struct fake_glue *fake, int function, uint32_t at, uint32_t value);
/* Moves the time, and lets timers fire. */
void fake_glue_wait(struct fake_glue *fake, int64_t ns);

#endif
