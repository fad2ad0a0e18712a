/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a nested guest is made of.
 */
#ifndef VFPROOF_VM_VM_CONFIG_H
#define VFPROOF_VM_VM_CONFIG_H

#include "base/util.h"
#include "sys/pci_addr.h"

#define VM_MAX_DEVICES 128
#define VM_MAX_PORTS 232 /* root ports: 29 slots of the bus with 8 functions each */

/* What is run; the only place that knows where things are in the appliance. */
struct qemu_image {
	const char *program, *kernel, *initramfs;
	const char *accel, *cpu;
	bool unprivileged; /* it runs as the user of sys/guest_user.h */
};

extern const struct qemu_image qemu_image_appliance;

struct vm_config {
	const struct qemu_image *image; /* NULL: the appliance's */
	const char *name; /* stands before each line of its console; NULL or "": nothing does */
	unsigned int memory_mb, cpus; /* 0 processors are one */
	unsigned int n_devices;
	struct pci_addr devices[VM_MAX_DEVICES]; /* vfio-pci, each on a pcie-root-port "rpN" */
	unsigned int free_ports; /* further empty root ports, for hot plug */
	unsigned int huge_kb; /* its memory is on pages of so many KiB; 0: on ordinary ones */
	int node; /* the host's NUMA node that its memory is on, if @on_node */
	bool on_node;
	bool viommu; /* it has an IOMMU of its own (virtio-iommu) before all its devices */
	bool iommufd; /* devices are opened by their own character devices and /dev/iommu */
	unsigned int
		lock_kb; /* QEMU may lock no more memory than so many KiB; 0: as much as it likes */
	const char *words; /* more kernel parameters of the guest; NULL: none */
	const char *agent_fault; /* a fault that the agent is to have, by its name; NULL: none */
};

#endif
