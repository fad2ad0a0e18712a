/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What cases require. All of it is looked up when it is asked for: an item before may have changed
 * the machine since the inventory was taken.
 */
#include "cases/requires.h"

#include <errno.h>
#include <string.h>

#include "cases/lacking.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "base/sysroot.h"

static bool iommu_on(const struct ctx *ctx, char *why, size_t why_size)
{
	char a[PCI_ADDR_STRLEN];

	if (ctx->pf ? iommu_group_of(ctx->root, &ctx->pf->addr) >= 0
		    : iommu_count_groups(ctx->root) > 0)
		return true;
	if (ctx->pf)
		util_format(why, why_size, "no IOMMU group for %s: the IOMMU is off",
			    pci_addr_format(&ctx->pf->addr, a));
	else
		util_format(why, why_size, "no IOMMU groups: the IOMMU is off");
	return false;
}

static bool kvm_works(const struct ctx *ctx, char *why, size_t why_size)
{
	if (inventory_kvm_works(ctx->root))
		return true;
	util_format(why, why_size, "KVM cannot create a virtual machine");
	return false;
}

static bool irq_remap_on(const struct ctx *ctx, char *why, size_t why_size)
{
	unsigned int remapped, plain;
	int ret = inventory_count_irqs(ctx->root, &remapped, &plain);

	if (remapped > 0 || ctx->settings->unsafe_interrupts)
		return true;
	if (ret < 0) {
		util_format(why, why_size, "/proc/interrupts cannot be read: %s", strerror(-ret));
		return false;
	}
	util_format(why, why_size,
		    "interrupt remapping is not in force (vfproof.unsafe_interrupts=allow goes on "
		    "without it)");
	return false;
}

static bool pf_has_driver(const struct ctx *ctx, char *why, size_t why_size)
{
	char driver[64], ifname[IFNAMSIZ], a[PCI_ADDR_STRLEN], lacks[320];
	const struct profile *profile = ctx->pf->profile;
	bool gone = profile && profile->last_kernel[0];

	/* It was there when the fixture was opened, and may be in a guest since. */
	if (ctx->fixture)
		return true;
	pci_addr_format(&ctx->pf->addr, a);
	if (driver_hangs(ctx->root, &ctx->pf->addr, driver, sizeof(driver))) {
		util_format(why, why_size, "the start of the driver of %s, %s, hangs", a, driver);
		return false;
	}
	if (driver_get(ctx->root, &ctx->pf->addr, driver, sizeof(driver)) < 0 || !driver[0]) {
		if (!gone && lacking_driver(ctx, ctx->pf->modalias, profile ? profile->driver : "",
					    lacks, sizeof(lacks)))
			util_format(why, why_size, "%s has no driver: %s", a, lacks);
		else
			util_format(why, why_size, "%s has no driver%s%s%s%s", a, gone ? ": " : "",
				    gone ? profile->driver : "", gone ? " needs Linux up to " : "",
				    gone ? profile->last_kernel : "");
		return false;
	}
	if (netdev_find(ctx->root, &ctx->pf->addr, ifname) < 0 || !ifname[0]) {
		util_format(why, why_size, "%s has no network interface (driver %s)%s", a, driver,
			    profile && profile->netdev_function
				    ? ": that of this card's VFs is at another function"
				    : "");
		return false;
	}
	return true;
}

static bool has_vfs(const struct ctx *ctx, uint64_t least, char *why, size_t why_size)
{
	char a[PCI_ADDR_STRLEN];
	uint64_t total;

	pci_addr_format(&ctx->pf->addr, a);
	if (pci_read_attr(ctx->root, &ctx->pf->addr, "sriov_totalvfs", &total) < 0) {
		util_format(why, why_size, "%s offers no VFs: it has no sriov_totalvfs", a);
		return false;
	}
	if (total >= least)
		return true;
	util_format(why, why_size, "%s has sriov_totalvfs %u, %u needed", a, (unsigned int)total,
		    (unsigned int)least);
	return false;
}

/* Neither zero nor any other number can be written for the others. */
static bool takes_numvfs(const struct nic *pf, char *why, size_t why_size)
{
	const struct profile *p = pf->profile;
	char a[PCI_ADDR_STRLEN];

	if (!p || !p->no_numvfs)
		return true;
	util_format(why, why_size,
		    "the driver of %s (%s) does not take sriov_numvfs: it makes VFs only when it "
		    "starts%s%s, which this case cannot have it do",
		    pci_addr_format(&pf->addr, a), p->driver,
		    p->vf_param[0] ? ", by its parameter " : "", p->vf_param);
	return false;
}

static bool has_one_vf(const struct ctx *ctx, char *why, size_t why_size)
{
	return has_vfs(ctx, 1, why, why_size) && takes_numvfs(ctx->pf, why, why_size);
}

static bool offers_vfs(const struct ctx *ctx, char *why, size_t why_size)
{
	return has_vfs(ctx, 1, why, why_size);
}

static bool has_two_vfs(const struct ctx *ctx, char *why, size_t why_size)
{
	return has_vfs(ctx, 2, why, why_size);
}

static bool has_three_vfs(const struct ctx *ctx, char *why, size_t why_size)
{
	return has_vfs(ctx, 3, why, why_size);
}

/* A bridge or port does no DMA of its own, and VFIO takes a group with one in it. */
static bool is_bridge(const struct ctx *ctx, const struct pci_addr *addr)
{
	uint64_t class;

	return pci_read_attr(ctx->root, addr, "class", &class) == 0 && class >> 8 == 0x0604;
}

/* The first device in the PF's group that is neither the PF, nor its VF, nor a bridge. */
static bool find_other(const struct ctx *ctx, int group, struct pci_addr *other)
{
	_cleanup_closedir_ DIR *dir = iommu_group_open(ctx->root, group);
	const struct pci_addr *pf = &ctx->pf->addr;
	struct pci_addr owner;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (pci_addr_parse(entry->d_name, other) == 0 && pci_addr_cmp(other, pf) != 0 &&
		    !is_bridge(ctx, other) &&
		    (pci_physfn(ctx->root, other, &owner) < 0 || pci_addr_cmp(&owner, pf) != 0))
			return true;
	return false;
}

/*
 * VFs are what is certified: whether guests get those is decided by their own cases. A PF that
 * shares its group, or for which the firmware reserves memory, cannot be given away, which is no
 * fault of what is certified: host_iommu_group warns of it, and cases with the PF do not apply.
 */
static bool pf_is_alone(const struct ctx *ctx, char *why, size_t why_size)
{
	int group = iommu_group_of(ctx->root, &ctx->pf->addr);
	char a[PCI_ADDR_STRLEN], b[PCI_ADDR_STRLEN], region[64];
	struct pci_addr other;

	pci_addr_format(&ctx->pf->addr, a);
	if (group < 0)
		return true; /* req_iommu_on says so */
	if (find_other(ctx, group, &other)) {
		util_format(why, why_size,
			    "%s cannot be given to a guest by itself: %s is in its IOMMU group %d "
			    "too",
			    a, pci_addr_format(&other, b), group);
		return false;
	}
	if (!iommu_group_is_reserved(ctx->root, group, region, sizeof(region)))
		return true;
	util_format(why, why_size,
		    "%s cannot be given to a guest: the firmware reserves the region %s for it "
		    "(RMRR or IVMD)",
		    a, region);
	return false;
}

/* As found before: that it works now is for the case to see. */
static bool has_second_pf(const struct ctx *ctx, char *why, size_t why_size)
{
	const struct nic *peer;
	char a[PCI_ADDR_STRLEN], b[PCI_ADDR_STRLEN];

	if (ctx->pf->peer < 0) {
		util_format(why, why_size,
			    "%s reaches no other port of this host over the wire%s%s",
			    pci_addr_format(&ctx->pf->addr, a), ctx->pf->wire[0] ? ": " : "",
			    ctx->pf->wire);
		return false;
	}
	peer = &ctx->inv->nics[ctx->pf->peer];
	if (inventory_nic_is_pf(peer) && inventory_max_vfs(peer) > 0)
		return takes_numvfs(peer, why, why_size);
	util_format(why, why_size, "%s, which is what %s reaches over the wire, offers no VFs",
		    pci_addr_format(&peer->addr, b), pci_addr_format(&ctx->pf->addr, a));
	return false;
}

bool requires_owes_second_pf(const struct ctx *ctx)
{
	if (ctx->settings->wire == WIRE_NONE)
		return false;
	for (unsigned int i = 0; i < ctx->inv->n_nics; i++)
		if (ctx->pf->others >> i & 1 && inventory_nic_is_usable(&ctx->inv->nics[i]))
			return true;
	return false;
}

#define REQUIREMENT(what, how) { .name = (what), .met = (how) }
#define REQUIRED_OF_DEVICE(what, how) { .name = (what), .met = (how), .not_applicable = true }

const struct requirement req_iommu_on = REQUIREMENT("iommu", iommu_on);
const struct requirement req_kvm = REQUIREMENT("kvm", kvm_works);
const struct requirement req_irq_remap = REQUIREMENT("irq_remap", irq_remap_on);
const struct requirement req_pf_driver = REQUIREMENT("pf_driver", pf_has_driver);
const struct requirement req_vfs = REQUIREMENT("vfs", has_one_vf);
const struct requirement req_pf_alone = REQUIRED_OF_DEVICE("pf_alone", pf_is_alone);
const struct requirement req_offers_vfs = REQUIREMENT("vfs", offers_vfs);
const struct requirement req_two_vfs = REQUIRED_OF_DEVICE("two_vfs", has_two_vfs);
const struct requirement req_three_vfs = REQUIRED_OF_DEVICE("three_vfs", has_three_vfs);
const struct requirement req_second_pf = { .name = "second_pf",
					   .met = has_second_pf,
					   .not_applicable = true,
					   .owed = requires_owes_second_pf };
