/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent does with a VF whose driver it has taken away: DMA that goes where it is told to,
 * and writes to the VF's configuration space. Part of the protocol in agent_proto.h.
 *
 * AGENT_STRAY_TAKE comes first, AGENT_STRAY_GIVE last. One VF at a time. The guest has no IOMMU, so
 * that a bus address is a guest-physical one.
 */
#ifndef VFPROOF_WIRE_AGENT_ISO_H
#define VFPROOF_WIRE_AGENT_ISO_H

#include <stdint.h>

/* Of enum agent_type. */
#define AGENT_STRAY_TAKE 48 /* struct agent_stray_dev -> struct agent_stray_taken */
#define AGENT_STRAY_SEND 49 /* struct agent_stray_send -> struct agent_stray_sent */
#define AGENT_STRAY_CONFIG 50 /* struct agent_stray_dev -> struct agent_stray_config */
#define AGENT_STRAY_RESTORE 52 /* struct agent_stray_dev -> struct agent_stray_restored */
#define AGENT_STRAY_GIVE 51 /* struct agent_stray_dev: reset, and with its driver again */
#define AGENT_STRAY_FLOOD 53 /* struct agent_stray_flood: begins, and goes on by itself */
#define AGENT_STRAY_FLOOD_END 54 /* -> struct agent_stray_flooded; -EAGAIN: it still goes on */

#define AGENT_STRAY_FRAME 256 /* bytes of a frame at most */
#define AGENT_STRAY_UNWRITTEN 0x5aa5c33cu /* no head is as large */
#define AGENT_STRAY_MAX_DESCRIPTORS 255u
#define AGENT_STRAY_MAX_MS 5000u /* for which the agent waits for the device at most */
#define AGENT_CONFIG_DWORDS 1024

/* AGENT_STRAY_TAKE, AGENT_STRAY_GIVE, AGENT_STRAY_CONFIG, AGENT_STRAY_RESTORE */
struct agent_stray_dev {
	char pci[16]; /* the guest's address of the VF, terminated */
} __attribute__((packed));

/* Answer to AGENT_STRAY_TAKE. -EOPNOTSUPP: there is no recipe for devices of this driver. */
struct agent_stray_taken {
	char driver[32]; /* that the VF had, and gets back */
	uint64_t inside; /* bus address of the page that frames are in */
	uint32_t bar_size; /* bytes of its BAR 0 */
} __attribute__((packed));

/* What is wrong with the descriptors of AGENT_STRAY_SEND. */
enum agent_stray_wrong {
	AGENT_STRAY_RIGHT,
	AGENT_STRAY_NO_LENGTH, /* a buffer of 0 bytes, in a frame of 0 bytes */
	AGENT_STRAY_LONG, /* a buffer of 64 KB less one byte */
	AGENT_STRAY_TYPE, /* a type of descriptor that there is not */
	AGENT_STRAY_NO_END, /* a frame without an end, and nothing behind it */
	AGENT_STRAY_SEGMENT, /* TCP segments of 0 bytes, of what is no TCP */
	AGENT_STRAY_WRONGS,
};

/* AGENT_STRAY_SEND: one frame by the first transmit queue. */
struct agent_stray_send {
	uint64_t buffer; /* bus address that it is read from; 0: the page inside, where it is put */
	uint64_t head_to; /* bus address that the queue's head is to be written to, see below */
	uint8_t write_head; /* 0: it is not, 1: to @head_to, 2: into the page inside */
	uint8_t wrong; /* enum agent_stray_wrong */
	uint16_t size; /* of the frame */
	/* In all; those in front say nothing and are not reported. 0: as few as it takes. */
	uint16_t descriptors;
	uint32_t timeout_ms; /* for the device to be done */
	uint8_t frame[AGENT_STRAY_FRAME];
} __attribute__((packed));

struct agent_stray_sent {
	uint32_t descriptors; /* that were given to the device: the head when it has taken all */
	uint32_t head; /* of the queue in the end */
	uint32_t written; /* where the head was to be written inside; AGENT_STRAY_UNWRITTEN: nothing
			   */
	uint32_t done; /* 1: the descriptor is marked as done; only without @write_head */
	uint32_t waited_ms;
} __attribute__((packed));

/*
 * Answer to AGENT_STRAY_CONFIG: each dword of the configuration space was written with ones, and
 * stays so until AGENT_STRAY_RESTORE.
 */
struct agent_stray_config {
	uint32_t size; /* bytes of the space that the guest sees */
	uint32_t written; /* dwords that the kernel let be written */
	uint32_t changed; /* dwords that then read as something else than before */
} __attribute__((packed));

/* Answer to AGENT_STRAY_RESTORE: all of it was written with what it was. */
struct agent_stray_restored {
	uint32_t stayed; /* dwords that did not come back to that, but by the reset */
} __attribute__((packed));

/* AGENT_STRAY_FLOOD: the first transmit queue has the same frame to send again and again. */
struct agent_stray_flood {
	uint32_t ms; /* for so long, at most AGENT_STRAY_FLOOD_MAX_MS */
	uint8_t idle; /* 1: the processor does the same, and the queue is off, so that nothing is
			 sent */
	uint8_t zero;
	uint16_t size; /* of the frame */
	uint8_t frame[AGENT_STRAY_FRAME];
} __attribute__((packed));

#define AGENT_STRAY_FLOOD_MAX_MS 20000u

struct agent_stray_flooded {
	uint64_t frames; /* that the device has taken */
	uint64_t us;
	int32_t error; /* -errno, 0: none */
} __attribute__((packed));

#endif
