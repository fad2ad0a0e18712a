/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases on the host's NICs: which there are, what keeps them from having VFs, their IOMMU groups.
 */
#include "cases/host.h"

#include <errno.h>
#include <string.h>

#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/pci.h"
#include "base/sysroot.h"

static unsigned int count_usable(const struct inventory *inv)
{
	unsigned int i, n = 0;

	for (i = 0; i < inv->n_nics; i++)
		n += inventory_nic_is_usable(&inv->nics[i]);
	return n;
}

/*
 * A finding of one NIC: a FAIL if the cases run on that NIC; else what is to be certified is
 * absent, or, as long as there are others that the cases run on, a WARN.
 */
static void nic_finding(struct ctx *ctx, const struct nic *n, const char *label,
			const char *expected, const char *measured)
{
	if (inventory_nic_is_usable(n))
		ctx_fail(ctx, label, expected, "%s", measured);
	else if (count_usable(ctx->inv) == 0)
		ctx_fail_absent(ctx, label, expected, "%s", measured);
	else
		ctx_warn(ctx, label, expected, "%s", measured);
}

/* What is in a NIC's IOMMU group beside itself and its VFs. */
struct group_view {
	bool has_port; /* the one directly above the NIC */
	struct pci_addr port;
	bool port_shares;
	unsigned int functions; /* of the same card, and VFs of those */
	char others[256]; /* devices that are neither */
};

/* The function itself, or the PF that it is a VF of. */
static struct pci_addr pf_of(const struct ctx *ctx, const struct pci_addr *addr)
{
	struct pci_addr pf;

	return pci_physfn(ctx->root, addr, &pf) == 0 ? pf : *addr;
}

/* Below a port there is one card only; on a root bus each device number is a device of its own. */
static bool is_same_card(const struct group_view *v, const struct pci_addr *a,
			 const struct pci_addr *b)
{
	return a->domain == b->domain && a->bus == b->bus && (v->has_port || a->dev == b->dev);
}

static void view_member(const struct ctx *ctx, const struct nic *n, const char *name,
			struct group_view *v)
{
	size_t used = strlen(v->others);
	struct pci_addr addr, pf;
	char driver[64];

	if (pci_addr_parse(name, &addr) < 0)
		return;
	pf = pf_of(ctx, &addr);
	if (pci_addr_cmp(&pf, &n->addr) == 0)
		return; /* VFs that share a group have a finding of their own */
	if (driver_get(ctx->root, &addr, driver, sizeof(driver)) < 0)
		driver[0] = '\0';
	if (v->has_port && pci_addr_cmp(&addr, &v->port) == 0)
		v->port_shares = true;
	else if (is_same_card(v, &pf, &n->addr))
		v->functions++;
	else if (strcmp(driver, "pcieport") != 0) /* a port does no DMA of its own */
		util_format(v->others + used, sizeof(v->others) - used, "%s%s (%s)",
			    used ? ", " : "", name, driver[0] ? driver : "no driver");
}

/* Regions that the firmware wants mapped one to one: the kernel gives no such device away. */
static void check_reserved(struct ctx *ctx, const char *a, int group)
{
	char region[64];

	if (iommu_group_is_reserved(ctx->root, group, region, sizeof(region)))
		ctx_warn(ctx, "rmrr", "the firmware reserves no memory for the NIC itself",
			 "%s cannot be given to a guest, its VFs can: group %d has the region %s "
			 "mapped one to one",
			 a, group, region);
}

/*
 * A port that shares the group does not keep apart what is below it (PCIe ACS), and VFs come below
 * the same port. Without ACS in a card with several functions only its PFs are together: each VF
 * gets a group of its own.
 */
static void check_group(struct ctx *ctx, const struct nic *n, int group)
{
	static const char expected[] = "each SR-IOV NIC is alone in its IOMMU group";
	_cleanup_closedir_ DIR *dir = iommu_group_open(ctx->root, group);
	char a[PCI_ADDR_STRLEN], p[PCI_ADDR_STRLEN], text[400];
	struct pci_facts port = { 0 };
	struct group_view v = { 0 };
	struct dirent *entry;

	pci_addr_format(&n->addr, a);
	v.has_port = pci_parent(ctx->root, &n->addr, &v.port) == 0;
	while (dir && (entry = readdir(dir)))
		view_member(ctx, n, entry->d_name, &v);
	ctx_evidence(ctx, "group", "%s: group %d, functions of the same card %u, others %s", a,
		     group, v.functions, v.others[0] ? v.others : "none");
	check_reserved(ctx, a, group);
	if (v.others[0]) {
		ctx_symptom(ctx, SYMPTOM_STATE, "group shared with other devices");
		util_format(text, sizeof(text), "%s shares group %d with %s", a, group, v.others);
		nic_finding(ctx, n, "group_shared", expected, text);
	}
	if (v.port_shares) {
		bool acs = pci_read_facts(ctx->root, &v.port, &port) == 0 && port.has_acs;

		util_format(text, sizeof(text),
			    "the port %s above %s is in group %d too: it has %s, and VFs would be "
			    "in that group",
			    pci_addr_format(&v.port, p), a, group,
			    acs ? "ACS, which is not in force" : "no ACS capability");
		nic_finding(ctx, n, "acs_missing", expected, text);
	} else if (v.functions && !v.others[0]) {
		ctx_symptom(ctx, SYMPTOM_STATE,
			    "group shared with functions of the same card only");
		ctx_warn(ctx, "group_shared_card", expected,
			 "%s shares group %d with %u more functions of its card: its VFs can be "
			 "given to guests, itself only together with those",
			 a, group, v.functions);
	}
}

int host_run_iommu_group(struct ctx *ctx)
{
	unsigned int i, checked = 0;

	for (i = 0; i < ctx->inv->n_nics; i++) {
		const struct nic *n = &ctx->inv->nics[i];
		int group = iommu_group_of(ctx->root, &n->addr);

		if (inventory_sriov(n) == NIC_SRIOV_NONE || group < 0)
			continue; /* host_iommu_on says so */
		check_group(ctx, n, group);
		checked++;
	}
	if (checked == 0)
		return ctx_skip(ctx, "no SR-IOV NIC in an IOMMU group");
	return ctx_pass(ctx, "each SR-IOV NIC is alone in its IOMMU group",
			"%u groups looked at; PCIe ports further up do not count", checked);
}

struct nic_state {
	const char *label, *text;
};

static const struct nic_state *nic_state(const struct nic *n)
{
	static const struct nic_state states[] = {
		[NIC_SRIOV_ON] = { "", "SR-IOV" },
		[NIC_SRIOV_OFF] = { "nic_sriov_off",
				    "has an SR-IOV capability that offers no VFs (TotalVFs 0)" },
		[NIC_SRIOV_HIDDEN] = { "nic_sriov_hidden", "shows no SR-IOV capability, which "
							   "cards of its family have" },
		[NIC_SRIOV_NONE] = { "nic_no_sriov", "no SR-IOV" },
		[NIC_SRIOV_UNKNOWN] = { "config_unreadable",
					"cannot tell: configuration space not readable" },
	};
	static const struct nic_state limit = { "nic_sriov_off", "has VFs, but its driver's limit "
								 "is 0" };

	if (inventory_sriov(n) == NIC_SRIOV_OFF && n->cap_total_vfs > 0)
		return &limit;
	return &states[inventory_sriov(n)];
}

/* What the table of symptoms knows about a NIC without VFs. */
static void see_state(struct ctx *ctx, const struct nic *n)
{
	const char *driver = n->driver[0] ? n->driver : "none";

	if (inventory_sriov(n) == NIC_SRIOV_OFF && n->cap_total_vfs > 0)
		ctx_symptom(ctx, SYMPTOM_STATE, "driver %s sets sriov_totalvfs to 0", driver);
	else if (inventory_sriov(n) == NIC_SRIOV_OFF)
		ctx_symptom(ctx, SYMPTOM_STATE, "TotalVFs 0, driver %s", driver);
	else if (inventory_sriov(n) == NIC_SRIOV_HIDDEN)
		ctx_symptom(ctx, SYMPTOM_STATE, "no SR-IOV capability, driver %s", driver);
}

/* What keeps a NIC that could have VFs from being tested. */
static void check_nic(struct ctx *ctx, const struct nic *n)
{
	static const char expected[] = "every NIC that can do SR-IOV has VFs to offer";
	enum nic_sriov sriov = inventory_sriov(n);
	char a[PCI_ADDR_STRLEN], text[400], line[256];

	pci_addr_format(&n->addr, a);
	if (sriov == NIC_SRIOV_NONE || inventory_nic_is_usable(n) || n->left_out[0])
		return;
	/* be2net tells how many VFs its adapter has, also where the capability cannot be read. */
	if (sriov != NIC_SRIOV_ON && kmsg_find_both(ctx->root, a, ", vfs 0", line, sizeof(line))) {
		nic_finding(ctx, n, "nic_sriov_off", expected, line);
	} else if (sriov != NIC_SRIOV_ON) {
		see_state(ctx, n);
		util_format(text, sizeof(text), "%s (%s) %s", a, n->name, nic_state(n)->text);
		nic_finding(ctx, n, nic_state(n)->label, expected, text);
	}
	if (sriov != NIC_SRIOV_ON && n->profile)
		ctx_evidence(ctx, "sriov_setup", "%s: %s", a, n->profile->sriov_setup);
	if (inventory_nic_is_infiniband(n)) {
		util_format(text, sizeof(text), "%s (%s) is set to InfiniBand", a, n->name);
		nic_finding(ctx, n, "nic_infiniband", expected, text);
	}
}

int host_run_nic_supported(struct ctx *ctx)
{
	static const char expected[] = "at least one network controller with SR-IOV";
	const struct inventory *inv = ctx->inv;
	unsigned int i, usable = count_usable(inv);
	char a[PCI_ADDR_STRLEN];

	for (i = 0; i < inv->n_nics; i++) {
		const struct nic *n = &inv->nics[i];

		ctx_evidence(ctx, "nic",
			     "%s %04x:%04x %s, %s, driver %s, firmware %s, slot %s, "
			     "%u MT/s x%u, VFs %u of %u",
			     pci_addr_format(&n->addr, a), n->vendor, n->device, n->name,
			     nic_state(n)->text, n->driver[0] ? n->driver : "none",
			     n->firmware_version[0] ? n->firmware_version : "?",
			     n->slot[0] ? n->slot : "?", n->link.speed_mtps, n->link.width,
			     inventory_max_vfs(n), n->cap_total_vfs);
	}
	for (i = 0; i < inv->n_nics; i++)
		check_nic(ctx, &inv->nics[i]);
	if (inv->n_nics == 0)
		return ctx_fail_absent(ctx, "nic_none", expected, "no network controller");
	for (i = 0; i < inv->n_nics && usable == 0; i++)
		if (inv->nics[i].left_out[0] && inventory_max_vfs(&inv->nics[i]) > 0)
			return ctx_skip_of(
				ctx, "ports_left_out",
				"the setting \"ports\" leaves out every port with VFs to "
				"offer, %s among them",
				pci_addr_format(&inv->nics[i].addr, a));
	if (usable == 0)
		return ctx_failed(ctx)
			       ? 0
			       : ctx_fail_absent(ctx, "nic_no_sriov", expected,
						 "%u network controllers, none with VFs to offer",
						 inv->n_nics);
	return ctx_pass(ctx, expected, "%u of %u network controllers", usable, inv->n_nics);
}
