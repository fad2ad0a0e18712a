/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFs that cannot be reached, and what keeps them from it. */
#include "cases/vf_path.h"

#include <errno.h>

#include "cases/common.h"
#include "sys/inventory.h"
#include "sys/pci.h"

static const char *label_of(const struct sriov_path *path, enum sriov_route route)
{
	if (route == SRIOV_ROUTE_NO_BUS)
		return "vf_resources_bus";
	return path->ari == SRIOV_ARI_PORT_CANNOT ? "sriov_no_ari" : "sriov_ari_off";
}

/* What is wrong with the way, in words; also the text of a symptom (configs/symptoms.ini). */
static const char *reason_of(const struct sriov_path *path, enum sriov_route route, char *buf,
			     size_t size)
{
	const char *kind = path->in_switch ? "switch port" : "root port";
	char port[PCI_ADDR_STRLEN];

	pci_addr_format(&path->port, port);
	if (route == SRIOV_ROUTE_NO_BUS)
		util_format(buf, size, "buses %02x to %02x lead to the card", path->first_bus,
			    path->last_bus);
	else if (path->ari == SRIOV_ARI_PORT_CANNOT)
		util_format(buf, size, "%s %s has no ARI forwarding", kind, port);
	else if (path->ari == SRIOV_ARI_PORT_OFF)
		util_format(buf, size, "ARI forwarding of %s %s is off", kind, port);
	else
		util_format(buf, size, "ARI Capable Hierarchy of the card is off (%s %s)", kind,
			    port);
	return buf;
}

static void see(struct ctx *ctx, const struct sriov_path *path, enum sriov_route route)
{
	char reason[128];

	ctx_symptom(ctx, SYMPTOM_STATE, "VFs not reached: %s",
		    reason_of(path, route, reason, sizeof(reason)));
}

void vf_path_check(struct ctx *ctx, const struct nic *pf, const struct sriov_path *path,
		   unsigned int offset, unsigned int stride, unsigned int n)
{
	struct pci_addr vf = sriov_vf_addr(&pf->addr, offset, stride, n - 1);
	char a[PCI_ADDR_STRLEN], reason[128];
	unsigned int lost, reached;
	enum sriov_route route;

	reached = sriov_path_count(path, offset, stride, n, &lost, &route);
	ctx_evidence(ctx, "vf_buses",
		     "last VF %s, bridge forwards buses %02x to %02x, ARI %d; %u of %u VFs can be "
		     "reached",
		     pci_addr_format(&vf, a), path->first_bus, path->last_bus,
		     path->ari == SRIOV_ARI_ON, reached, n);
	if (reached == n)
		return;
	see(ctx, path, route);
	vf = sriov_vf_addr(&pf->addr, offset, stride, lost);
	if (route == SRIOV_ROUTE_NO_BUS)
		ctx_fail(ctx, label_of(path, route), "the bridge forwards the buses of all VFs",
			 "%u of %u VFs have a bus from %02x to %02x, the last one is %s, ARI %d",
			 reached, n, path->first_bus, path->last_bus, a, path->ari == SRIOV_ARI_ON);
	else
		ctx_fail(
			ctx, label_of(path, route), "each VF can be reached through the port above",
			"%u of %u VFs can be reached, VF %u at %s cannot: %s, and without ARI only "
			"device 0 of bus %02x is passed on",
			reached, n, lost, pci_addr_format(&vf, a),
			reason_of(path, route, reason, sizeof(reason)), pf->addr.bus);
}

const char *vf_path_see(struct ctx *ctx, const struct nic *pf, const struct pci_addr *vf)
{
	struct sriov_path path;
	struct pci_facts facts;
	enum sriov_route route;

	if (pci_read_facts(ctx->root, &pf->addr, &facts) < 0)
		return NULL;
	sriov_path_read(ctx->root, &pf->addr, &facts, &path);
	route = sriov_path_route(&path, vf);
	if (route == SRIOV_ROUTE_OPEN)
		return NULL;
	see(ctx, &path, route);
	return label_of(&path, route);
}

int vf_path_check_answers(struct ctx *ctx, const struct nic *pf, const struct sriov_state *st)
{
	unsigned int i, dead = 0, first = 0;
	char a[PCI_ADDR_STRLEN];
	const char *label;

	for (i = 0; i < st->links; i++)
		if (!pci_answers(ctx->root, &st->vfs[i]) && dead++ == 0)
			first = i;
	if (dead == 0)
		return 0;
	label = vf_path_see(ctx, pf, &st->vfs[first]);
	if (!label)
		ctx_symptom(ctx, SYMPTOM_STATE, "a VF does not answer, and can be reached");
	ctx_fail(ctx, label ? label : "vf_dead", "each VF answers a read of its configuration",
		 "%u of %u VFs do not (all ones), the first is VF %u at %s", dead, st->links, first,
		 pci_addr_format(&st->vfs[first], a));
	return CASE_OVER;
}
