/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be refused, with QEMU, guest and traffic going on. Each refusal is expected in QEMU's
 * own words, through both monitors; afterwards nothing of what was asked for is there, and the same
 * thing asked for in the right way works.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"
#include "cases/neg.h"
#include "cases/refusal.h"
#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/sriov.h"
#include "base/sysroot.h"
#include "cases/areas.h"
#include "sys/pci.h"

int neg_check_goes_on(struct pair *p)
{
	int ret = guest_alive(&p->first);

	return ret < 0 ? ret : pair_check_traffic(p);
}

int neg_do_right(struct pair *p, struct guest *g, const struct rig_dev *dev, const char *addr)
{
	unsigned int index;
	int ret = guest_plug_at(g, dev, VM_MONITOR_QMP, addr, &index);

	if (ret == 0)
		ret = guest_check_nic(g, index);
	if (ret == 0)
		ret = guest_check_traffic(g, index, 1, &p->pf);
	return ret < 0 ? ret : guest_unplug(g, index, VM_MONITOR_QMP);
}

int neg_pass(struct ctx *ctx, const char *what)
{
	return ctx_pass(ctx, "refused by a clear error, and all goes on",
			"%s: refused; QEMU, guest and traffic go on; done right it works", what);
}

int neg_finish(struct pair *p, const struct rig_dev *dev, const char *addr)
{
	int ret = neg_check_goes_on(p);

	if (ret == 0)
		ret = guest_wait_released(p->rig.ctx, dev);
	if (ret == 0)
		ret = neg_do_right(p, &p->first, dev, addr);
	return ret < 0 ? ret : pair_return_spare(p);
}

static const struct refusal bad_addr[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "Property 'vfio-pci.addr' doesn't take value 'sluo'");

static int neg_bad_addr_vf(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = refusal_check_add(&p->first, pci_addr_format(&dev->addr, host), "sluo",
					bad_addr);
	if (ret == 0)
		ret = neg_finish(p, dev, "0");
	return ret < 0 ? ret : neg_pass(ctx, "a VF with addr=sluo");
}

static int run_neg_bad_addr_vf(struct ctx *ctx)
{
	return pair_run(ctx, neg_bad_addr_vf);
}

static const struct refusal not_found[REFUSAL_MONITORS] =
	REFUSAL_BOTH("DeviceNotFound", "Device '*' not found");

/*
 * A second device_del while the guest is letting the device go. The ACPI hot plug of q35 takes it
 * as a reminder; native hot plug refuses it; and a quick guest has no such device any more.
 */
static int neg_del_again(struct guest *g, const char *id)
{
	int ret = vm_device_del(g->vm, VM_MONITOR_QMP, id, ctx_ms(g->ctx, GUEST_PLUG_MS));
	const char *text = vm_qmp_error(g->vm);

	if (ret < 0 && ret != -EREMOTEIO)
		return guest_lost(g, ret, "a device is removed twice");
	if (ret == 0)
		text = "taken as a reminder";
	else if (!util_glob("Device * is already in the process of unplug", text) &&
		 !util_glob("Device '*' not found", text)) {
		ctx_fail(g->ctx, "refusal_other", "a reminder, or refused because it is going",
			 "device_del %s while it goes: %s", id, text);
		return -EPROTO;
	}
	ctx_evidence(g->ctx, "refused", "device_del %s while it goes: %s", id, text);
	return 0;
}

static int neg_del_twice(struct pair *p, const struct rig_dev *dev)
{
	struct guest *g = &p->first;
	unsigned int index;
	char id[16];
	int ret = guest_plug(g, dev, VM_MONITOR_QMP, &index);

	if (ret == 0)
		ret = guest_check_nic(g, index);
	if (ret < 0)
		return ret;
	util_strlcpy(id, sizeof(id), g->nics[index].id);
	ret = vm_device_del(g->vm, VM_MONITOR_QMP, id, ctx_ms(g->ctx, GUEST_PLUG_MS));
	if (ret < 0)
		return guest_lost(g, ret, "a device is removed");
	ret = neg_del_again(g, id);
	if (ret == 0)
		ret = guest_wait_unplugged(g, index);
	if (ret == 0)
		ret = refusal_check_del(g, id, not_found);
	if (ret == 0 && vm_wait_deleted(g->vm, id, 0) == 0) {
		ctx_fail(g->ctx, "refusal_other", "one DEVICE_DELETED for one device",
			 "a second one for %s", id);
		ret = -EPROTO;
	}
	return ret;
}

static int neg_bad_del(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	struct rig_dev *dev;
	int ret = refusal_check_del(&p->first, REFUSAL_ID, not_found);

	if (ret == 0)
		ret = pair_take_spare(p, &dev);
	if (ret == 0)
		ret = neg_del_twice(p, dev);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	return ret < 0 ? ret : neg_pass(ctx, "an unknown id, and an id twice");
}

static int run_neg_bad_del(struct ctx *ctx)
{
	return pair_run(ctx, neg_bad_del);
}

static const struct refusal no_device[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "vfio /sys/bus/pci/devices/*: no such host device: "
				     "No such file or directory");
static const struct refusal malformed_host[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "Property 'vfio-pci.host' doesn't take value '*'");

/* The last function of a bus that is not there. */
static int neg_absent_addr(struct ctx *ctx, char host[PCI_ADDR_STRLEN])
{
	for (unsigned int bus = 256; bus-- > 0;) {
		const struct pci_addr addr = { ctx->pf->addr.domain, (uint8_t)bus, 31, 7 };

		pci_addr_format(&addr, host);
		if (!pci_exists(ctx->root, &addr))
			return 0;
	}
	return ctx_error(ctx, -ENOENT, "every bus has a device 31.7");
}

static int neg_malformed_hosts(struct guest *g)
{
	static const char *const hosts[] = { "sluo", "0000:01:20.0", "0000:01:00.8" };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < ARRAY_SIZE(hosts); i++)
		ret = refusal_check_add(g, hosts[i], NULL, malformed_host);
	return ret;
}

static int neg_bad_host(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	struct rig_dev *dev;
	int ret = neg_absent_addr(ctx, host);

	if (ret == 0)
		ret = pair_take_spare(p, &dev);
	if (ret == 0)
		ret = refusal_check_add(&p->first, host, NULL, no_device);
	if (ret == 0)
		ret = neg_malformed_hosts(&p->first);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	return ret < 0 ? ret : neg_pass(ctx, "an address without a device, and malformed ones");
}

static int run_neg_bad_host(struct ctx *ctx)
{
	return pair_run(ctx, neg_bad_host);
}

/* Without a VFIO driver on any device of the group there is no group to open. */
static const struct refusal not_bound[REFUSAL_MONITORS] = REFUSAL_BOTH(
	"GenericError", "vfio *: Could not open '/dev/vfio/*': No such file or directory");

/* With its own driver at work on the host, which must not lose it. */
static int neg_on_host_driver(struct pair *p, const struct rig_dev *dev, const char *host)
{
	struct ctx *ctx = p->rig.ctx;
	char driver[32] = "";
	/* This also loads the driver. */
	int ret = rig_check_dev(ctx, dev);

	if (ret < 0 || dev->driver[0] == '\0' || !driver_exists(ctx->root, dev->driver))
		return ret;
	ret = driver_bind(ctx->root, &dev->addr, dev->driver);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be bound to %s: %s", dev->what, dev->driver,
				 strerror(-ret));
	ret = refusal_check_add(&p->first, host, NULL, not_bound);
	if (ret == 0)
		ret = driver_get(ctx->root, &dev->addr, driver, sizeof(driver));
	if (ret == 0 && strcmp(driver, dev->driver) != 0) {
		ctx_fail(ctx, "refusal_left", "the device stays with its driver on the host",
			 "%s was on %s and is on \"%s\"", dev->what, dev->driver, driver);
		ret = -EPROTO;
	}
	return ret;
}

static int neg_not_bound(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	struct rig_dev *dev;
	int ret = pair_take_spare(p, &dev);

	if (ret == 0)
		ret = rig_unbind(ctx, dev);
	if (ret == 0)
		ret = refusal_check_add(&p->first, pci_addr_format(&dev->addr, host), NULL,
					not_bound);
	if (ret == 0)
		ret = neg_on_host_driver(p, dev, host);
	if (ret == 0)
		ret = guest_dev_to_vfio(ctx, dev);
	if (ret == 0)
		ret = neg_finish(p, dev, NULL);
	return ret < 0 ? ret : neg_pass(ctx, "a VF that is not on vfio-pci");
}

static int run_neg_not_bound(struct ctx *ctx)
{
	return pair_run(ctx, neg_not_bound);
}

static const struct refusal in_use[REFUSAL_MONITORS] = REFUSAL_BOTH(
	"GenericError", "vfio *: Could not open '/dev/vfio/*': Device or resource busy");

/* The second guest gives its VF up, the first one uses it and gives it back. */
static int neg_hand_over(struct pair *p, const struct rig_dev *dev)
{
	unsigned int index;
	int ret = guest_unplug(&p->second, 0, VM_MONITOR_QMP);

	if (ret == 0)
		ret = neg_do_right(p, &p->first, dev, NULL);
	if (ret == 0)
		ret = guest_plug(&p->second, dev, VM_MONITOR_QMP, &index);
	return ret < 0 ? ret : guest_check_nic(&p->second, index);
}

static int neg_two_guests(struct pair *p)
{
	struct ctx *ctx = p->rig.ctx;
	char host[PCI_ADDR_STRLEN];
	const struct rig_dev *dev;
	int ret = pair_take_second(p);

	if (ret < 0)
		return ret;
	dev = p->second.nics[0].dev;
	ret = refusal_check_add(&p->first, pci_addr_format(&dev->addr, host), NULL, in_use);
	if (ret == 0)
		ret = neg_check_goes_on(p);
	if (ret == 0)
		ret = guest_alive(&p->second);
	if (ret == 0)
		ret = guest_check_traffic(&p->second, 0, 1, &p->pf);
	if (ret == 0)
		ret = neg_hand_over(p, dev);
	if (ret == 0)
		ret = pair_return_second(p);
	return ret < 0 ? ret : neg_pass(ctx, "a VF that another guest has");
}

static int run_neg_two_guests(struct ctx *ctx)
{
	return pair_run(ctx, neg_two_guests);
}

/*
 * A wrong place in the guest is refused twice: while the guest has the PF, whose traffic goes on,
 * and after the PF was taken out. Then the PF is added at a place that exists.
 */
static int neg_bad_addr_pf(struct fixture_pf *f)
{
	struct ctx *ctx = f->guest.ctx;
	struct guest *g = &f->guest;
	char host[PCI_ADDR_STRLEN];
	unsigned int index;
	int ret;

	pci_addr_format(&f->pf.addr, host);
	ret = refusal_check_add(g, host, "sluo", bad_addr);
	if (ret == 0)
		ret = guest_alive(g);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, 1, &f->peer);
	if (ret == 0)
		ret = guest_unplug(g, 0, VM_MONITOR_QMP);
	if (ret == 0)
		ret = refusal_check_add(g, host, "sluo", bad_addr);
	if (ret == 0)
		ret = guest_wait_released(ctx, &f->pf);
	if (ret == 0)
		ret = guest_plug_at(g, &f->pf, VM_MONITOR_QMP, "0", &index);
	if (ret == 0)
		ret = guest_check_nic(g, index);
	if (ret == 0)
		ret = guest_check_traffic(g, index, 1, &f->peer);
	return ret < 0 ? ret : neg_pass(ctx, "the PF with addr=sluo");
}

static int run_neg_bad_addr_pf(struct ctx *ctx)
{
	return fixture_pf_run(ctx, neg_bad_addr_pf);
}

/* The place of a VF behind the last one. That of another port's VF does not count. */
static int neg_next_vf(struct ctx *ctx, char host[PCI_ADDR_STRLEN])
{
	const struct pci_addr *pf = &ctx->pf->addr;
	struct sriov_state st;
	int ret = sriov_read(ctx->root, pf, &st);

	if (ret < 0)
		return ctx_error(ctx, ret, "the PF's VFs cannot be read: %s", strerror(-ret));
	for (unsigned int i = st.links; i < st.links + SRIOV_MAX_VFS; i++) {
		struct pci_addr addr = sriov_vf_addr(pf, st.offset, st.stride, i);

		pci_addr_format(&addr, host);
		if (!pci_exists(ctx->root, &addr))
			return 0;
	}
	return ctx_error(ctx, -ENOENT, "no address behind the last VF is free");
}

/* The guest has all VFs there are, or the last of them. The last one is what it can have again. */
static int neg_over_max(struct fixture_all *f)
{
	struct ctx *ctx = f->guest.ctx;
	struct guest *g = &f->guest;
	const struct rig_dev *last = &f->rig.vfs[f->first + f->n - 1];
	char host[PCI_ADDR_STRLEN];
	unsigned int index;
	int ret = neg_next_vf(ctx, host), slot = guest_find_dev(g, last);

	if (ret == 0)
		ret = refusal_check_add(g, host, NULL, no_device);
	if (ret == 0)
		ret = guest_alive(g);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, g->n_nics, &f->pf);
	if (ret == 0)
		ret = guest_unplug(g, (unsigned int)slot, VM_MONITOR_QMP);
	if (ret == 0)
		ret = guest_plug_and_use(g, last, VM_MONITOR_QMP, &f->pf, &index);
	return ret < 0 ? ret : neg_pass(ctx, "one VF more than there are");
}

static int run_neg_over_max(struct ctx *ctx)
{
	return fixture_all_run(ctx, neg_over_max);
}

const struct case_def neg_cases[] = {
	{ .id = "neg_bad_addr_vf",
	  .title = "A VF with a nonsensical place in the guest is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_bad_addr_vf,
	  .fixture = &fixture_pair },
	{ .id = "neg_bad_del",
	  .title = "Removing what is not there, or twice, is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_bad_del,
	  .fixture = &fixture_pair },
	{ .id = "neg_bad_host",
	  .title = "A host address without a device is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_bad_host,
	  .fixture = &fixture_pair },
	{ .id = "neg_not_bound",
	  .title = "A VF that is not bound to vfio-pci is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_not_bound,
	  .fixture = &fixture_pair },
	{ .id = "neg_two_guests",
	  .title = "A VF that another guest has is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_two_vfs },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_two_guests,
	  .fixture = &fixture_pair },
	{ .id = "neg_over_max",
	  .title = "More VFs than there are are refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = NEG_TIMEOUT_S,
	  .run = run_neg_over_max,
	  .fixture = &fixture_all },
	{ .id = "neg_bad_addr_pf",
	  .title = "A PF with a nonsensical place in the guest is refused",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS, &req_pf_alone, &req_second_pf },
	  .timeout_s = NEG_TIMEOUT_S,
	  .ports = PORTS_PEER,
	  .run = run_neg_bad_addr_pf,
	  .fixture = &fixture_pf },
	{ .id = NULL },
};
