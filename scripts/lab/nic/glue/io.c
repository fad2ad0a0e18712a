// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registers, DMA, interrupts, frames and time, between QEMU and a model.
 */
#include <string.h>
#include "device.h"

#define CONFIG_COMMAND 4
#define COMMAND_MASTER 4
#define INTERRUPT_WINDOW 0xfee00000ull /* and the 1 MB from there */
#define ASTRAY_END (1ull << 31)
#define STRAY_ADDRESS (1ull << 38) /* 256 GB: no lab server has memory there */

static struct nic *nic_of(const struct device_bar *bar, int *function)
{
	if (bar->nic) {
		*function = NIC_PF;
		return bar->nic;
	}
	*function = qemu.pcie_sriov_vf_number(bar->pci);
	return &((struct device *)device_own(qemu.pcie_sriov_get_pf(bar->pci)))->nic;
}

static uint64_t bar_read(void *opaque, uint64_t at, unsigned int size)
{
	const struct device_bar *bar = opaque;
	int function;
	struct nic *nic = nic_of(bar, &function);
	uint32_t value = nic->model->ops->read(nic, function, bar->number, at);

	(void)size; /* always four */
	trace_access(&nic->trace, 'R', function, bar->number, at, value);
	return value;
}

static void bar_write(void *opaque, uint64_t at, uint64_t value, unsigned int size)
{
	const struct device_bar *bar = opaque;
	int function;
	struct nic *nic = nic_of(bar, &function);

	(void)size;
	trace_access(&nic->trace, 'W', function, bar->number, at, value);
	nic->model->ops->write(nic, function, bar->number, at, value);
}

const struct qemu_region_ops io_region_ops = {
	.read = bar_read,
	.write = bar_write,
	.endianness = QEMU_LITTLE_ENDIAN,
	.valid = { .min = 4, .max = 8 },
	.impl = { .min = 4, .max = 4 },
};

static bool may_dma(const struct nic *nic, int function, void *pci)
{
	return (function != NIC_PF && fault_has(&nic->faults, FAULT_DMA_GOES_ON)) ||
	       qemu.pci_default_read_config(pci, CONFIG_COMMAND, 2) & COMMAND_MASTER;
}

/*
 * Is this access one that the fault is about? Its number is where that begins, in MiB; without one
 * it is every access.
 */
static bool goes_astray(struct nic *nic, int function, enum fault fault, uint64_t address)
{
	uint64_t from = fault_number(&nic->faults, fault) << 20;

	return function != NIC_PF && fault_has(&nic->faults, fault) &&
	       (!from || (address >= from && address < ASTRAY_END));
}

static bool dma(struct nic *nic, int function, uint64_t address, void *buffer, size_t len,
		bool write)
{
	/* QEMU takes the requester from the address space. */
	const struct qemu_attributes attributes = { .unspecified = 1 };
	void *pci = device_function(nic, function), *space;

	if (pci && goes_astray(nic, function, FAULT_DMA_WRONG_FUNCTION, address))
		pci = device_function(nic, NIC_PF);
	if (!pci || !may_dma(nic, function, pci))
		return false;
	space = goes_astray(nic, function, FAULT_DMA_ESCAPES, address)
			? (void *)layout_find_variable("address_space_memory")
			: qemu.pci_device_iommu_address_space(pci);
	return space && !qemu.address_space_rw(space, address, attributes, buffer, len, write);
}

bool nic_dma_read(struct nic *nic, int function, uint64_t address, void *buffer, size_t len)
{
	if (dma(nic, function, address, buffer, len, false))
		return true;
	trace_say(&nic->trace, "no read of %zu bytes at %llx by %d", len,
		  (unsigned long long)address, function);
	memset(buffer, 0, len);
	return false;
}

bool nic_dma_write(struct nic *nic, int function, uint64_t address, const void *buffer, size_t len)
{
	/* Not one dword, and so no interrupt, nor memory. */
	if (address >> 20 == INTERRUPT_WINDOW >> 20)
		return false;
	if (fault_nth(&nic->faults, FAULT_DMA_STRAY))
		dma(nic, function, address ^ STRAY_ADDRESS, (void *)buffer, len, true);
	if (dma(nic, function, address, (void *)buffer, len, true))
		return true;
	trace_say(&nic->trace, "no write of %zu bytes at %llx by %d", len,
		  (unsigned long long)address, function);
	return false;
}

bool nic_dma_write_dword(struct nic *nic, int function, uint64_t address, uint32_t value)
{
	void *pci = device_function(nic, function);

	/* One aligned dword is an interrupt, with the function's requester ID. */
	if (pci && address >> 20 == INTERRUPT_WINDOW >> 20 && !(address & 3)) {
		if (qemu.pci_default_read_config(pci, CONFIG_COMMAND, 2) & COMMAND_MASTER)
			qemu.msi_send_message(pci, (struct qemu_message){ address, value });
		return true;
	}
	return nic_dma_write(nic, function, address, &value, sizeof(value));
}

void nic_interrupt(struct nic *nic, int function, unsigned int vector)
{
	void *pci = device_function(nic, function);

	if (function != NIC_PF) {
		if (fault_due(&nic->faults, FAULT_IRQ_LOST))
			return;
		if (fault_has(&nic->faults, FAULT_IRQ_FOREIGN)) {
			void *neighbour = device_function(nic, function ^ 1);

			pci = neighbour ? neighbour : pci;
		}
	}
	if (!pci)
		return;
	if (qemu.msix_enabled(pci))
		qemu.msix_notify(pci, vector);
	else if (function == NIC_PF && qemu.msi_enabled(pci))
		qemu.msi_notify(pci, 0);
}

void nic_send(struct nic *nic, const uint8_t *frame, size_t len)
{
	struct device *device = nic->glue;

	if (nic->cable)
		qemu.qemu_send_packet(qemu.qemu_get_queue(device->qemu_nic), frame, len);
}

bool nic_has_vf(const struct nic *nic, int vf)
{
	return device_function(nic, vf) != NULL;
}

static ssize_t net_receive(void *client, const uint8_t *frame, size_t len)
{
	struct device *device = qemu.qemu_get_nic_opaque(client);

	if (device->live && len <= NIC_FRAME_MAX)
		device->nic.model->ops->receive(&device->nic, frame, len);
	return len; /* what has no place is lost, as on a wire */
}

static bool net_can_receive(void *client)
{
	(void)client;
	return true;
}

static void net_link_changed(void *client)
{
	struct device *device = qemu.qemu_get_nic_opaque(client);

	device->nic.cable = !((const struct qemu_net_client *)client)->link_down;
	if (device->live)
		device->nic.model->ops->link(&device->nic);
}

const struct qemu_net_info io_net_info = {
	.type = QEMU_NET_NIC,
	.size = QEMU_NET_STATE_ROOM,
	.receive = net_receive,
	.can_receive = net_can_receive,
	.link_changed = net_link_changed,
};

int64_t nic_now(void)
{
	return qemu.qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void timer_fired(void *opaque)
{
	struct device_timer *timer = opaque;

	timer->nic->model->ops->timer(timer->nic, timer->number);
}

void io_timers_init(struct device *device)
{
	int i;

	for (i = 0; i < NIC_TIMERS; i++) {
		struct device_timer *timer = &device->timers[i];

		timer->nic = &device->nic;
		timer->number = i;
		/* Nanoseconds, and no other attribute. */
		qemu.timer_init_full(&timer->timer, NULL, QEMU_CLOCK_VIRTUAL, 1, 0, timer_fired,
				     timer);
	}
}

void io_timers_stop(struct device *device)
{
	int i;

	for (i = 0; i < NIC_TIMERS; i++)
		qemu.timer_del(&device->timers[i].timer);
}

void nic_timer_set(struct nic *nic, int timer, int64_t when)
{
	qemu.timer_mod(&((struct device *)nic->glue)->timers[timer].timer, when);
}

void nic_timer_stop(struct nic *nic, int timer)
{
	qemu.timer_del(&((struct device *)nic->glue)->timers[timer].timer);
}
