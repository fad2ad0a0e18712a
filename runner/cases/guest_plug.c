/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hot plug of assigned devices, and what has to be seen of it. */
#include "cases/guest_plug.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cases/common.h"
#include "model/advice.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "base/sysroot.h"
#include "sys/vfio.h"

/* A guest whose kernel is slow to let go has this long. */
#define PLUG_GONE_MS 30000
#define PLUG_RELEASED_MS 10000

int guest_find_dev(const struct guest *g, const struct rig_dev *dev)
{
	for (unsigned int i = 0; i < g->n_nics; i++)
		if (g->nics[i].id[0] != '\0' && g->nics[i].dev == dev)
			return (int)i;
	return -1;
}

int guest_free_port(const struct guest *g)
{
	for (unsigned int port = 0; port < g->n_ports; port++) {
		bool used = false;

		for (unsigned int i = 0; i < g->n_nics; i++)
			used = used || (g->nics[i].id[0] != '\0' && g->nics[i].port == (int)port);
		if (!used)
			return (int)port;
	}
	return -1;
}

json_t *guest_plug_props(const char *host, const char *id, int port)
{
	char bus[16];

	util_format(bus, sizeof(bus), "rp%d", port);
	/* As at boot: the guest has no use for the card's boot ROM. */
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "driver", "vfio-pci", "host", host, "id", id,
			 "bus", bus, "rombar", 0);
}

/* @ret of a command about a device, and what is to be said about it. */
static int plug_command_failed(struct guest *g, int ret, const char *label, const char *expected,
			       enum vm_monitor monitor, const char *what, const char *id)
{
	char doing[96];

	if (ret != -EREMOTEIO) {
		util_format(doing, sizeof(doing), "%s is %s with %s", id, what,
			    vm_monitor_name(monitor));
		return guest_lost(g, ret, doing);
	}
	ctx_symptom(g->ctx, SYMPTOM_QEMU, "%s", vm_qmp_error(g->vm));
	ctx_fail(g->ctx, ctx_cause(g->ctx, label), expected, "%s, %s: %s", vm_monitor_name(monitor),
		 id, vm_qmp_error(g->vm));
	return ret;
}

int guest_plug_at(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
		  const char *addr, unsigned int *index)
{
	int port = guest_free_port(g), ret;
	char id[16], host[PCI_ADDR_STRLEN];
	uint64_t start = util_now_ms();
	json_t *props;

	if (port < 0)
		return ctx_error(g->ctx, -ENOSPC, "the guest has no free root port");
	util_format(id, sizeof(id), "plug%d", port);
	props = guest_plug_props(pci_addr_format(&dev->addr, host), id, port);
	if (!props || (addr && json_object_set_new(props, "addr", json_string(addr)) < 0))
		return ctx_error(g->ctx, -ENOMEM, "no memory for a command");
	ret = vm_device_add(g->vm, monitor, props, ctx_ms(g->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return plug_command_failed(g, ret, "plug_refused",
					   "QEMU adds the device to the running guest", monitor,
					   "added", id);
	if (!guest_new_dev(g, dev, id, port, index))
		return ctx_error(g->ctx, -ENOSPC, "the guest has no free NIC slot");
	ctx_evidence(g->ctx, "plug", "%s added as %s with %s in %u ms", dev->what, id,
		     vm_monitor_name(monitor), (unsigned int)(util_now_ms() - start));
	return 0;
}

int guest_plug(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
	       unsigned int *index)
{
	return guest_plug_at(g, dev, monitor, NULL, index);
}

int guest_plug_and_use(struct guest *g, const struct rig_dev *dev, enum vm_monitor monitor,
		       struct station *from, unsigned int *index)
{
	int ret = guest_plug(g, dev, monitor, index);

	if (ret == 0)
		ret = guest_check_nic(g, *index);
	return ret < 0 ? ret : guest_check_traffic(g, *index, 1, from);
}

struct plug_release {
	const struct ctx *ctx;
	int group, err;
};

/*
 * A VFIO group has one user at a time (Documentation/driver-api/vfio.rst): whoever can open it has
 * no one before him.
 */
static bool plug_group_opens(void *arg)
{
	struct plug_release *r = arg;
	_cleanup_close_ int fd = vfio_group_open(r->ctx->root, r->group);

	r->err = fd < 0 ? fd : 0;
	return r->err != -EBUSY;
}

int guest_wait_released(struct ctx *ctx, const struct rig_dev *dev)
{
	struct plug_release r = { .ctx = ctx, .group = iommu_group_of(ctx->root, &dev->addr) };
	char addr[PCI_ADDR_STRLEN];

	/* A group of several devices may be in use for the sake of another one. */
	if (r.group < 0 || iommu_group_size(ctx->root, r.group) > 1) {
		ctx_evidence(ctx, "plug.released", "%s: not looked at, its IOMMU group is shared",
			     dev->what);
		return 0;
	}
	/* The result is in @r. */
	(void)!util_poll_until(plug_group_opens, &r, ctx_ms(ctx, PLUG_RELEASED_MS));
	if (r.err == 0)
		return 0;
	pci_addr_format(&dev->addr, addr);
	if (r.err != -EBUSY)
		return ctx_error(ctx, r.err, "VFIO group %d of %s cannot be opened: %s", r.group,
				 addr, strerror(-r.err));
	ctx_fail(ctx, "plug_leaked", "nobody has the device open once its guest has not got it",
		 "%s (%s): VFIO group %d is still in use", dev->what, addr, r.group);
	return r.err;
}

int guest_wait_unplugged(struct guest *g, unsigned int index)
{
	struct guest_nic *nic = &g->nics[index];
	int ret = vm_wait_deleted(g->vm, nic->id, ctx_ms(g->ctx, PLUG_GONE_MS));

	if (ret == -ETIMEDOUT) {
		ctx_fail(g->ctx, "plug_not_removed", "QEMU says DEVICE_DELETED",
			 "%s as %s: no DEVICE_DELETED after %u s", nic->what, nic->id,
			 PLUG_GONE_MS / 1000);
		guest_note_place(g);
		return ret;
	}
	if (ret < 0)
		return guest_lost(g, ret, "a device is removed");
	ret = guest_wait_gone(g, index);
	if (ret == 0 && nic->dev)
		ret = guest_wait_released(g->ctx, nic->dev);
	if (ret == 0)
		*nic = (struct guest_nic){ .port = -1 };
	return ret;
}

int guest_ask_unplug(struct guest *g, unsigned int index, enum vm_monitor monitor)
{
	const struct guest_nic *nic = &g->nics[index];
	int ret;

	/* Otherwise nothing could be seen to go. */
	if (nic->netdev.pci[0] == '\0')
		return ctx_error(g->ctx, -EINVAL, "%s was never seen in the guest", nic->what);
	ret = vm_device_del(g->vm, monitor, nic->id, ctx_ms(g->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return plug_command_failed(g, ret, "plug_del_refused",
					   "QEMU takes the device from the running guest", monitor,
					   "removed", nic->id);
	return 0;
}

int guest_unplug(struct guest *g, unsigned int index, enum vm_monitor monitor)
{
	const struct guest_nic *nic = &g->nics[index];
	uint64_t start = util_now_ms();
	char id[16], what[32];
	int ret;

	util_strlcpy(id, sizeof(id), nic->id);
	util_strlcpy(what, sizeof(what), nic->what);
	ret = guest_ask_unplug(g, index, monitor);
	if (ret == 0)
		ret = guest_wait_unplugged(g, index);
	if (ret == 0)
		ctx_evidence(g->ctx, "plug.removed",
			     "%s (%s) with %s in %u ms: DEVICE_DELETED, no netdev in the guest, "
			     "nobody has it open",
			     what, id, vm_monitor_name(monitor),
			     (unsigned int)(util_now_ms() - start));
	return ret;
}

int guest_dev_to_vfio(struct ctx *ctx, const struct rig_dev *dev)
{
	int ret = driver_bind(ctx->root, &dev->addr, "vfio-pci");

	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be bound to vfio-pci again: %s", dev->what,
				   strerror(-ret))
		       : rig_lend(ctx, dev);
}

int guest_dev_check_on_host(struct ctx *ctx, const struct rig_dev *dev)
{
	int ret = ctx_undo(ctx, UNDO_DRIVER, &dev->addr, 0, "vfio-pci");

	if (ret == 0)
		ret = rig_check_dev(ctx, dev);
	return ret < 0 ? ret : guest_dev_to_vfio(ctx, dev);
}
