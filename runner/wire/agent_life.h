/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests about the guest's own life, and about its IOMMU: types 64 to 79 of the protocol.
 */
#ifndef VFPROOF_WIRE_AGENT_LIFE_H
#define VFPROOF_WIRE_AGENT_LIFE_H

#include "wire/agent_proto.h"

#define AGENT_LIFE_FIRST 64

enum agent_life_type {
	/* struct agent_restart, answered before the guest does it */
	AGENT_RESTART = AGENT_LIFE_FIRST,
	AGENT_IOMMU, /* struct agent_link (its interface) -> struct agent_iommu */
};

enum agent_restart_how {
	AGENT_REBOOTS = 1, /* as reboot(8) does: drivers are told */
	AGENT_PANICS, /* at once, with all devices as they are */
};

struct agent_restart {
	uint32_t how; /* enum agent_restart_how */
} __attribute__((packed));

/* Of the device under a netdev, in the guest. */
struct agent_iommu {
	int32_t group; /* of the guest's IOMMU, -1: none */
	char type[16]; /* "DMA", "DMA-FQ", "identity", as the guest's kernel has it; "": none */
} __attribute__((packed));

#endif
