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

/* The functions of QEMU's class of PFs. */
void device_realize(void *pci, void **errp);
void device_exit(void *pci);
void device_reset(void *pci);
void device_write_config(void *pci, uint32_t at, uint32_t value, int size);
uint32_t device_read_config(void *pci, uint32_t at, int size);

/* Those of VFs. */
void device_vf_realize(void *pci, void **errp);
void device_vf_exit(void *pci);
void device_vf_reset(void *pci);
void device_vf_write_config(void *pci, uint32_t at, uint32_t value, int size);
uint32_t device_vf_read_config(void *pci, uint32_t at, int size);

/* What both have: registers and MSI-X as BARs, and the capabilities of PCI Express. */
bool device_make_bars(void *pci, struct device_bar *bars, struct nic *nic, const uint32_t *sizes,
		      int msix_bar, unsigned int vectors, void **errp);
void device_make_express(void *pci, const struct nic_model *model, void **errp);

/* The model that an object, a PF or a VF, is of. */
const struct nic_model *types_model_of(void *pci, bool vf);

/* The registers' access functions, and QEMU's network client. */
extern const struct qemu_region_ops io_region_ops;
extern const struct qemu_net_info io_net_info;

/* Timers of a NIC that begins or ends. */
void io_timers_init(struct device *device);
void io_timers_stop(struct device *device);

#endif
