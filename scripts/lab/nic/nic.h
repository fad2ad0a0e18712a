/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a model of a NIC sees of the emulator, and nothing more: a model includes this file and
 * never one of glue/. With another glue it would work elsewhere.
 *
 * Everything runs under the emulator's one big lock: no function here is called twice at a time.
 */
#ifndef VFPROOF_LAB_NIC_H
#define VFPROOF_LAB_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "faults.h"
#include "trace.h"

#define NIC_PF (-1) /* the PF, where a function is asked for; a VF is its number from 0 */
#define NIC_MAX_VFS 64
#define NIC_TIMERS 4
#define NIC_BARS 6
#define NIC_FRAME_MAX 16384 /* bytes of a frame without its checksum */

struct nic;

/* What a model does. Only what is said to be optional may be NULL. */
struct nic_ops {
	/* The card gets power; its state is all zeros. @link and @reset come after it. */
	void (*start)(struct nic *nic);
	/* A reset of the PF: power on, FLR, or a reset of the bus. */
	void (*reset)(struct nic *nic);
	/* An FLR of a VF, and what is like one: it has been made or is about to go. */
	void (*reset_vf)(struct nic *nic, int vf);
	/* A register is accessed, four bytes at @at of a BAR. @function: NIC_PF or a VF. */
	uint32_t (*read)(struct nic *nic, int function, int bar, uint32_t at);
	void (*write)(struct nic *nic, int function, int bar, uint32_t at, uint32_t value);
	/* A frame comes from the wire. */
	void (*receive)(struct nic *nic, const uint8_t *frame, size_t len);
	/* nic->cable has changed. */
	void (*link)(struct nic *nic);
	/* The time of nic_timer_set() has come. */
	void (*timer)(struct nic *nic, int timer);
};

/* A card that can be bought. */
struct nic_model {
	const char *name; /* of the device in the emulator */
	const char *vf_name; /* of its VFs; made by the card alone */
	const char *description;
	const struct nic_ops *ops;
	const void *variant; /* the model's own: what its cards differ in */
	size_t state_size; /* of nic->state */
	uint16_t vendor, device, subsystem;
	uint16_t vf_device;
	uint8_t revision;
	uint8_t link_width, link_speed; /* PCIe: lanes; 1 is 2.5 GT/s, 2 is 5, 3 is 8 */
	uint16_t vf_offset, vf_stride; /* routing IDs of the VFs, SR-IOV 3.3.9 and 3.3.10 */
	uint16_t max_vfs;
	uint32_t bars[NIC_BARS]; /* bytes of registers, 0: none; all are 64-bit memory */
	uint32_t vf_bars[NIC_BARS];
	uint8_t msix_bar, vf_msix_bar; /* a BAR of its own */
	uint16_t vectors, vf_vectors;
};

struct nic {
	const struct nic_model *model;
	void *state; /* the model's, state_size bytes of zeros at start */
	void *glue; /* the emulator's */
	uint8_t mac[6]; /* of the card, as its EEPROM has it */
	unsigned int vfs; /* how many VFs it has at most (TotalVFs) */
	bool cable; /* the wire is there */
	struct faults faults;
	struct trace trace;
};

/*
 * DMA under the routing ID of @function, by the IOMMU. False: it did not go through, since the
 * function is not there, may not master the bus, or has no such address.
 */
bool nic_dma_read(struct nic *nic, int function, uint64_t address, void *buffer, size_t len);
bool nic_dma_write(struct nic *nic, int function, uint64_t address, const void *buffer, size_t len);
/* The same for one aligned dword, which is an interrupt if it goes to the addresses of interrupts.
 */
bool nic_dma_write_dword(struct nic *nic, int function, uint64_t address, uint32_t value);

/* Sends the function's MSI-X vector; the PF's MSI if it has no MSI-X. */
void nic_interrupt(struct nic *nic, int function, unsigned int vector);

/* Puts a frame on the wire, if there is one. */
void nic_send(struct nic *nic, const uint8_t *frame, size_t len);

/* Is this VF enabled now? */
bool nic_has_vf(const struct nic *nic, int vf);

/* The emulated machine's time, in nanoseconds from its start. */
int64_t nic_now(void);
/* Calls ops->timer() at @when; a later call replaces an earlier one. */
void nic_timer_set(struct nic *nic, int timer, int64_t when);
void nic_timer_stop(struct nic *nic, int timer);

/* All models; the last one is NULL. */
extern const struct nic_model *const nic_models[];

#endif
