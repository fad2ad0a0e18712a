// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VF: how it begins and ends, and its configuration space.
 */
#include <time.h>
#include "device.h"

#define MSIX_CONTROL 0x72u /* Message Control of device.c's CAP_MSIX */
#define DEVICE_CONTROL 0xa8 /* of the PCI Express capability */
#define DEVICE_RESET 0x8000u

void device_vf_realize(void *pci, void **errp)
{
	const struct nic_model *model = types_model_of(pci, true);
	struct device_vf *vf = device_own(pci);

	if (device_make_bars(pci, vf->bars, NULL, model->vf_bars, model->vf_msix_bar,
			     model->vf_vectors, errp))
		device_make_express(pci, model, errp);
}

void device_vf_exit(void *pci)
{
	struct device_vf *vf = device_own(pci);
	struct device_bar *msix = &vf->bars[types_model_of(pci, true)->vf_msix_bar];

	qemu.pcie_aer_exit(pci);
	qemu.pcie_cap_exit(pci);
	qemu.msix_uninit(pci, &msix->region, &msix->region);
}

void device_vf_reset(void *pci)
{
	void *pf = qemu.pcie_sriov_get_pf(pci);
	struct device *device = pf ? device_own(pf) : NULL;
	struct device_vf *own = device_own(pci);
	int vf = qemu.pcie_sriov_vf_number(pci), i;

	if (!device || !device->live)
		return;
	trace_say(&device->nic.trace, "reset of VF %d", vf);
	own->gone = own->in_flr && fault_has(&device->nic.faults, FAULT_FLR_HANG);
	if (!own->in_flr || !fault_has(&device->nic.faults, FAULT_DMA_GOES_ON))
		device->nic.model->ops->reset_vf(&device->nic, vf);
	if (own->in_flr && fault_has(&device->nic.faults, FAULT_FLR_ALL))
		for (i = 0; i < (int)device->nic.vfs; i++)
			device->nic.model->ops->reset_vf(&device->nic, i);
}

void device_vf_write_config(void *pci, uint32_t at, uint32_t value, int size)
{
	void *pf = qemu.pcie_sriov_get_pf(pci);
	struct device *device = pf ? device_own(pf) : NULL;
	struct device_vf *own = device_own(pci);

	qemu.pci_default_write_config(pci, at, value, size);
	if (device && fault_has(&device->nic.faults, FAULT_CONFIG_SHARED) && at == DEVICE_CONTROL)
		qemu.pci_default_write_config(pf, at, value & ~DEVICE_RESET, size < 2 ? size : 2);
	/* The order to reset is taken, and nothing comes of it. */
	if (device && fault_has(&device->nic.faults, FAULT_FLR_LEAVES_STATE))
		return;
	own->in_flr = true;
	qemu.pcie_cap_flr_write_config(pci, at, value, size);
	own->in_flr = false;
}

/* A configuration request that the card answers late: the processor waits, the others go on. */
static void answer_late(const struct device *device)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	if (nic_now() >= device->vfs_slow_until)
		return;
	qemu.bql_unlock();
	nanosleep(&pause, NULL);
	qemu.bql_lock_impl(__FILE__, __LINE__);
}

/* The capability says more vectors than there are entries: five more, in bits 0 to 10 at CAP_MSIX
 * + 2.
 */
static uint32_t more_vectors(uint32_t value, uint32_t at, int size)
{
	if (at <= MSIX_CONTROL && at + size > MSIX_CONTROL)
		value += 5u << 8 * (MSIX_CONTROL - at);
	return value;
}

uint32_t device_vf_read_config(void *pci, uint32_t at, int size)
{
	void *pf = qemu.pcie_sriov_get_pf(pci);
	const struct device *device = pf ? device_own(pf) : NULL;
	const struct device_vf *own = device_own(pci);

	if (device && device->vfs_slow_until)
		answer_late(device);

	if (own->gone || (device && fault_has(&device->nic.faults, FAULT_FEWER_VFS) &&
			  qemu.pcie_sriov_vf_number(pci) >= device->nic.vfs / 2))
		return ~0u >> (32 - 8 * size);
	if (device && fault_has(&device->nic.faults, FAULT_MSIX_FEWER))
		return more_vectors(qemu.pci_default_read_config(pci, at, size), at, size);
	return qemu.pci_default_read_config(pci, at, size);
}
