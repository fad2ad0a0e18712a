/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of VFs: 82576 (Intel 321039, chapter 9), 82599 and later (331520, chapter 9), virtio
 * (virtio 1.2, 4.1.4.3). Nothing is in a ring, and Bus Master Enable is off: what is switched on
 * does nothing.
 */
#include "cases/vf_registers.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "base/le.h"
#include "cases/common.h"
#include "sys/pci.h"
#include "sys/vfio_device.h"

#define MAX_REGISTERS 4u
#define TAKES_MS 100u
#define MAX_CAPS 48u

/* A bit (or several) that is 0 in a VF that was reset. */
struct vf_register {
	const char *name; /* NULL: no more of them */
	uint32_t at;
	unsigned int size; /* bytes */
	uint32_t bits;
};

struct family {
	const char *driver; /* of its VFs */
	bool virtio; /* @at counts from the common configuration */
	struct vf_register registers[MAX_REGISTERS + 1];
};

#define QUEUE_ENABLE (1u << 25) /* RXDCTL, TXDCTL */

static const struct family families[] = {
	{ .driver = "igbvf",
	  .registers = { { "RXDCTL of queue 0 (enable)", 0x2828, 4, QUEUE_ENABLE },
			 { "TXDCTL of queue 0 (enable)", 0x3828, 4, QUEUE_ENABLE },
			 { "EIMS (interrupts on)", 0x1524, 4, 0x7 } } },
	{ .driver = "ixgbevf",
	  .registers = { { "RXDCTL of queue 0 (enable)", 0x1028, 4, QUEUE_ENABLE },
			 { "TXDCTL of queue 0 (enable)", 0x2028, 4, QUEUE_ENABLE },
			 { "VTEIMS (interrupts on)", 0x0108, 4, 0x7 } } },
	{ .driver = "virtio-pci",
	  .virtio = true,
	  .registers = { { "device_status (acknowledged, driver)", VIRTIO_PCI_COMMON_STATUS, 1,
			   0x3 } } },
};

/* The VF, as it is looked at. */
struct open_vf {
	struct ctx *ctx;
	const struct rig_dev *vf;
	const struct family *family;
	unsigned int bar;
	uint64_t base; /* of the registers in it */
	struct vfio_device dev;
	bool on[MAX_REGISTERS]; /* what could be switched on */
	unsigned int n_on;
};

static const struct family *family_of(const struct rig_dev *vf)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strcmp(families[i].driver, vf->driver) == 0)
			return &families[i];
	return NULL;
}

/* Where the common configuration is: a vendor's capability of type VIRTIO_PCI_CAP_COMMON_CFG. */
static int find_common(struct open_vf *o)
{
	struct pci_config cfg;
	unsigned int at, i;
	int ret = pci_read_configs(o->ctx->root, &o->vf->addr, 1, &cfg);

	if (ret < 0)
		return ret;
	at = pci_config_cap(&cfg, PCI_CAP_ID_VNDR);
	for (i = 0; i < MAX_CAPS && at >= PCI_STD_HEADER_SIZEOF &&
		    at + sizeof(struct virtio_pci_cap) <= 256;
	     i++) {
		if (cfg.data[at] == PCI_CAP_ID_VNDR &&
		    cfg.data[at + VIRTIO_PCI_CAP_CFG_TYPE] == VIRTIO_PCI_CAP_COMMON_CFG) {
			o->bar = cfg.data[at + VIRTIO_PCI_CAP_BAR];
			o->base = le_get32(cfg.data + at + VIRTIO_PCI_CAP_OFFSET);
			return 0;
		}
		at = cfg.data[at + PCI_CAP_LIST_NEXT];
	}
	return -ENOENT;
}

static int get(const struct open_vf *o, const struct vf_register *r, uint32_t *value)
{
	return vfio_device_read(&o->dev, o->bar, o->base + r->at, r->size, value);
}

struct waiting {
	const struct open_vf *o;
	const struct vf_register *r;
};

static bool is_on(void *arg)
{
	const struct waiting *w = arg;
	uint32_t value;

	return get(w->o, w->r, &value) == 0 && (value & w->r->bits) == w->r->bits;
}

static int open_it(struct open_vf *o)
{
	int ret = vfio_device_open(o->ctx->root, &o->vf->addr, NULL, &o->dev);

	return ret < 0 ? ctx_error(o->ctx, ret, "%s cannot be opened through VFIO: %s", o->vf->what,
				   strerror(-ret))
		       : 0;
}

static int switch_on(struct open_vf *o)
{
	for (unsigned int i = 0; o->family->registers[i].name; i++) {
		const struct vf_register *r = &o->family->registers[i];
		struct waiting w = { o, r };
		uint32_t value;
		int ret = get(o, r, &value);

		if (ret == 0)
			ret = vfio_device_write(&o->dev, o->bar, o->base + r->at, r->size,
						value | r->bits);
		if (ret < 0)
			return ctx_error(o->ctx, ret, "%s of %s cannot be reached: %s", r->name,
					 o->vf->what, strerror(-ret));
		o->on[i] = util_poll_until(is_on, &w, TAKES_MS) == 0;
		o->n_on += o->on[i];
		if (!o->on[i])
			ctx_evidence(o->ctx, "reuse.register",
				     "%s cannot be switched on: not looked at", r->name);
	}
	if (o->n_on > 0)
		return 0;
	return ctx_error(o->ctx, -EIO,
			 "no register of %s can be switched on: what a reset does to "
			 "them cannot be told",
			 o->vf->what);
}

static int find_left(struct open_vf *o)
{
	for (unsigned int i = 0; o->family->registers[i].name; i++) {
		const struct vf_register *r = &o->family->registers[i];
		uint32_t value;
		int ret = o->on[i] ? get(o, r, &value) : 0;

		if (ret < 0)
			return ctx_error(o->ctx, ret, "%s of %s cannot be reached: %s", r->name,
					 o->vf->what, strerror(-ret));
		if (!o->on[i] || !(value & r->bits))
			continue;
		ctx_fail(o->ctx, "vf_state_left",
			 "nothing of a VF's owner is there for the next one",
			 "%s of %s: %08x when the next owner opens it, as the one before has left "
			 "it",
			 r->name, o->vf->what, value);
		return CASE_OVER;
	}
	return 0;
}

int vf_registers_check(struct ctx *ctx, const struct rig_dev *vf, unsigned int *n)
{
	struct open_vf o = {
		.ctx = ctx, .vf = vf, .family = family_of(vf), .dev = VFIO_DEVICE_CLOSED
	};
	int ret = o.family && o.family->virtio ? find_common(&o) : 0;

	*n = 0;
	if (!o.family) {
		ctx_evidence(ctx, "reuse.registers", "none is known of VFs with the driver %s",
			     vf->driver[0] ? vf->driver : "(unknown)");
		return 0;
	}
	if (ret < 0)
		return ctx_error(ctx, ret, "%s has no common configuration", vf->what);
	ret = rig_bind_vfio(ctx, vf);
	if (ret == 0)
		ret = open_it(&o);
	if (ret == 0)
		ret = switch_on(&o);
	vfio_device_close(&o.dev);
	if (ret == 0)
		ret = open_it(&o);
	if (ret == 0)
		ret = find_left(&o);
	vfio_device_close(&o.dev);
	*n = o.n_on;
	return ret;
}
