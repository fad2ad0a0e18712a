// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PF: how it begins and ends, its capabilities and its configuration space.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "device.h"

/* Capabilities in the configuration space, where Intel's NICs have them. */
enum {
	CAP_PM = 0x40,
	CAP_MSI = 0x50,
	CAP_MSIX = 0x70,
	CAP_PCIE = 0xa0,
	CAP_AER = 0x100,
	CAP_SERIAL = 0x140,
	CAP_ARI = 0x150,
	CAP_SRIOV = 0x160,
};

#define AER_SIZE 0x48
#define MSIX_PBA 0x2000 /* in its BAR */
#define MSIX_BAR_SIZE 0x4000
#define SRIOV_CONTROL (CAP_SRIOV + 0x08)
#define SRIOV_VF_OFFSET (CAP_SRIOV + 0x14)

#define SET_ERROR(errp, ...) \
	qemu.error_setg_internal(errp, __FILE__, __LINE__, __func__, __VA_ARGS__)

/* Registers as BARs, and MSI-X in one of its own. */
bool device_make_bars(void *pci, struct device_bar *bars, struct nic *nic, const uint32_t *sizes,
		      int msix_bar, unsigned int vectors, void **errp)
{
	const char *type = qemu.object_get_typename(pci);
	struct device_bar *msix = &bars[msix_bar];
	unsigned int i;

	for (i = 0; i < NIC_BARS; i++) {
		bars[i].nic = nic;
		bars[i].pci = pci;
		bars[i].number = i;
		if (!sizes[i])
			continue;
		qemu.memory_region_init_io(&bars[i].region, pci, &io_region_ops, &bars[i], type,
					   sizes[i]);
		qemu.pci_register_bar(pci, i, QEMU_BAR_MEMORY_64, &bars[i].region);
	}
	qemu.memory_region_init(&msix->region, pci, "msix", MSIX_BAR_SIZE);
	qemu.pci_register_bar(pci, msix_bar, QEMU_BAR_MEMORY_64, &msix->region);
	if (qemu.msix_init(pci, vectors, &msix->region, msix_bar, 0, &msix->region, msix_bar,
			   MSIX_PBA, CAP_MSIX, errp) < 0)
		return false;
	for (i = 0; i < vectors; i++)
		qemu.msix_vector_use(pci, i);
	return true;
}

void device_make_express(void *pci, const struct nic_model *model, void **errp)
{
	qemu.pcie_endpoint_cap_init(pci, CAP_PCIE);
	qemu.pcie_cap_fill_link_ep_usp(pci, model->link_width, model->link_speed, false);
	qemu.pcie_cap_flr_init(pci);
	qemu.pcie_cap_deverr_init(pci); /* errors are reported, as the kernel asks for it */
	qemu.pcie_aer_init(pci, 1, CAP_AER, AER_SIZE, errp);
	qemu.pcie_ari_init(pci, CAP_ARI);
}

static bool make_sriov(struct device *device, void **errp)
{
	const struct nic_model *model = device->nic.model;
	const struct faults *faults = &device->nic.faults;
	uint16_t id = model->vf_device;
	int i;

	if (!device->nic.vfs)
		return true;
	if (fault_has(faults, FAULT_VF_IDS))
		id ^= 0x8000;
	if (!qemu.pcie_sriov_pf_init(device->pci, CAP_SRIOV, model->vf_name, id, device->nic.vfs,
				     device->nic.vfs, model->vf_offset, model->vf_stride, errp))
		return false;
	for (i = 0; i < NIC_BARS; i++)
		if (model->vf_bars[i])
			qemu.pcie_sriov_pf_init_vf_bar(device->pci, i, QEMU_BAR_MEMORY_64,
						       model->vf_bars[i]);
	qemu.pcie_sriov_pf_init_vf_bar(device->pci, model->vf_msix_bar, QEMU_BAR_MEMORY_64,
				       MSIX_BAR_SIZE);
	return true;
}

/* The properties' texts. */
static bool read_properties(struct device *device, void **errp)
{
	struct nic *nic = &device->nic;
	char error[128];

	if (device->vfs > nic->model->max_vfs) {
		SET_ERROR(errp, "%s has at most %d VFs", nic->model->name, nic->model->max_vfs);
		return false;
	}
	nic->vfs = device->vfs;
	if (!faults_parse(&nic->faults, device->faults, error, sizeof(error))) {
		SET_ERROR(errp, "%s", error);
		return false;
	}
	if (trace_open(&nic->trace, device->trace) < 0) {
		SET_ERROR(errp, "the trace %s cannot be written", device->trace);
		return false;
	}
	return true;
}

/* The EUI-64 of a MAC address, as cards have it for a serial number. */
static uint64_t serial_of(const uint8_t *mac)
{
	return (uint64_t)mac[0] << 56 | (uint64_t)mac[1] << 48 | (uint64_t)mac[2] << 40 |
	       0xffffull << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];
}

/* The device's id, by which set_link and others know its network client; NULL if it was given none.
 */
static const char *id_of(void *pci)
{
	const char *name = qemu.object_get_canonical_path_component(pci);

	return name && !strchr(name, '[') ? name : NULL;
}

void device_realize(void *pci, void **errp)
{
	struct device *device = device_own(pci);
	struct nic *nic = &device->nic;
	const struct nic_model *model = types_model_of(pci, false);

	device->pci = pci;
	nic->model = model;
	nic->glue = device;
	if (!read_properties(device, errp))
		return;
	qemu.qemu_macaddr_default_if_unset(device->conf.mac);
	memcpy(nic->mac, device->conf.mac, sizeof(nic->mac));
	nic->state = calloc(1, model->state_size);
	if (!nic->state) {
		SET_ERROR(errp, "no memory for %s", model->name);
		return;
	}
	if (!device_make_bars(pci, device->bars, nic, model->bars, model->msix_bar, model->vectors,
			      errp))
		return;
	qemu.pci_pm_init(pci, CAP_PM, errp);
	qemu.msi_init(pci, CAP_MSI, 1, true, true, errp);
	device_make_express(pci, model, errp);
	qemu.pcie_dev_ser_num_init(pci, CAP_SERIAL, serial_of(nic->mac));
	io_timers_init(device);
	model->ops->start(nic);
	device->qemu_nic = qemu.qemu_new_nic(&io_net_info, &device->conf, model->name, id_of(pci),
					     device->receiving, device);
	qemu.qemu_format_nic_info_str(qemu.qemu_get_queue(device->qemu_nic), nic->mac);
	nic->cable = device->conf.peers[0] != NULL;
	device->live = true;
	model->ops->link(nic);
	if (!make_sriov(device, errp))
		return;
	model->ops->reset(nic);
}

void device_exit(void *pci)
{
	struct device *device = device_own(pci);
	struct device_bar *msix = &device->bars[device->nic.model->msix_bar];

	if (device->nic.vfs)
		qemu.pcie_sriov_pf_exit(pci);
	device->live = false;
	io_timers_stop(device);
	qemu.qemu_del_nic(device->qemu_nic);
	qemu.pcie_aer_exit(pci);
	qemu.pcie_cap_exit(pci);
	qemu.msix_uninit(pci, &msix->region, &msix->region);
	qemu.msi_uninit(pci);
	trace_close(&device->nic.trace);
	free(device->nic.state);
	device->nic.state = NULL;
}

void device_reset(void *pci)
{
	struct device *device = device_own(pci);

	if (!device->live)
		return;
	trace_say(&device->nic.trace, "reset of the PF");
	if (device->nic.vfs)
		qemu.pcie_sriov_pf_reset(pci);
	device->nic.model->ops->reset(&device->nic);
}

/* SR-IOV Control is written: what the card makes of it. */
static uint32_t sriov_control(struct device *device, uint32_t value)
{
	const struct faults *faults = &device->nic.faults;

	/* VF Enable and VF Memory Space Enable stay off. */
	if (fault_has(faults, FAULT_NUMVFS_ERROR))
		value &= ~9u;
	if (value & 1 && fault_has(faults, FAULT_NUMVFS_SLOW))
		device->vfs_slow_until =
			nic_now() + 1000000000ll * (int64_t)fault_number(faults, FAULT_NUMVFS_SLOW);
	if (value & 1 && fault_has(faults, FAULT_NUMVFS_HANG))
		device->vfs_slow_until = INT64_MAX;
	return value;
}

void device_write_config(void *pci, uint32_t at, uint32_t value, int size)
{
	struct device *device = device_own(pci);

	if (at == SRIOV_CONTROL && device->nic.vfs)
		value = sriov_control(device, value);
	qemu.pci_default_write_config(pci, at, value, size);
	qemu.pcie_cap_flr_write_config(pci, at, value, size);
}

uint32_t device_read_config(void *pci, uint32_t at, int size)
{
	struct device *device = device_own(pci);
	uint32_t value = qemu.pci_default_read_config(pci, at, size);

	/* The VFs are where they are; the capability says otherwise. */
	if (fault_has(&device->nic.faults, FAULT_VF_PLACE) && at <= SRIOV_VF_OFFSET &&
	    at + size > SRIOV_VF_OFFSET && device->nic.vfs)
		value ^= 0x4u << 8 * (SRIOV_VF_OFFSET - at);
	return value;
}

void *device_function(const struct nic *nic, int function)
{
	struct device *device = nic->glue;

	if (function == NIC_PF)
		return device->pci;
	return nic->vfs ? qemu.pcie_sriov_get_vf_at_index(device->pci, function) : NULL;
}
