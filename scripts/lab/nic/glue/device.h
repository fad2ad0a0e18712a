/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What QEMU's objects of our NICs hold behind its own part.
 */
#ifndef VFPROOF_LAB_NIC_GLUE_DEVICE_H
#define VFPROOF_LAB_NIC_GLUE_DEVICE_H

#include "../nic.h"
#include "qemu.h"

struct device_bar {
	struct nic *nic;
	void *pci;
	int number;
	struct qemu_region region;
};

struct device_timer {
	struct nic *nic;
	int number;
	struct qemu_timer timer;
};

/* The PF. */
struct device {
	struct nic nic;
	void *pci; /* QEMU's object, which this is a part of */
	bool live; /* realized */
	struct device_bar bars[NIC_BARS];
	struct qemu_net_conf conf;
	void *qemu_nic;
	bool receiving[64]; /* QEMU's guard against a frame that leads to itself */
	struct device_timer timers[NIC_TIMERS];
	int64_t vfs_slow_until; /* their configuration is read slowly until then */
	uint16_t vfs; /* properties */
	char *faults, *trace;
};

struct device_vf {
	struct device_bar bars[NIC_BARS];
	bool in_flr; /* the reset that comes is an FLR, and not the making of the VF */
	bool gone; /* it does not answer */
};

/* From QEMU's object to what is behind its part. */
static inline void *device_own(void *pci)
{
	return (uint8_t *)pci + QEMU_PCI_DEVICE_ROOM;
}

/* The function's object; NULL if it is a VF that is not enabled. */
void *device_function(const struct nic *nic, int function);

/* The registers' access functions, and QEMU's network client. */
extern const struct qemu_region_ops io_region_ops;
extern const struct qemu_net_info io_net_info;

/* Timers of a NIC that begins or ends. */
void io_timers_init(struct device *device);
void io_timers_stop(struct device *device);

#endif
