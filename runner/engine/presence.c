/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ports are still there. */
#include "engine/presence.h"

#include "model/reason.h"
#include "sys/inventory.h"
#include "sys/pci.h"

uint64_t presence_take(const struct sysroot *root, const struct inventory *inv, uint64_t ports)
{
	uint64_t present = 0;
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		if (ports & 1ull << i && pci_exists(root, &inv->nics[i].addr) &&
		    pci_answers(root, &inv->nics[i].addr))
			present |= 1ull << i;
	return present;
}

/* The addresses of ports, in words. */
static void name_ports(const struct inventory *inv, uint64_t ports, char *buf, size_t size)
{
	size_t used = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < inv->n_nics && used < size; i++) {
		char a[PCI_ADDR_STRLEN];

		if (!(ports & 1ull << i))
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
					 pci_addr_format(&inv->nics[i].addr, a));
	}
}

void presence_judge(struct item_result *res, const struct inventory *inv, const struct nic *pf,
		    uint64_t lost)
{
	char names[200], text[260];

	if (lost == 0)
		return;
	name_ports(inv, lost, names, sizeof(names));
	result_symptom(res, SYMPTOM_STATE, "a port has left the bus");
	if (pf && lost & 1ull << (pf - inv->nics)) {
		util_format(text, sizeof(text), "%s has left the bus", names);
		result_override(res, &(struct finding){ .verdict = VERDICT_FAIL,
							.label = "port_gone",
							.expected = "the port stays on the bus",
							.measured = text });
		return;
	}
	util_format(text, sizeof(text), "%s, which was in use beside it," REASON_GONE, names);
	result_override(res, &(struct finding){ .verdict = VERDICT_SKIP, .reason = text });
}

bool presence_check(struct ctx *ctx, uint64_t present)
{
	const struct nic *pf = ctx->pf;
	uint64_t needed = pf ? 1ull << (pf - ctx->inv->nics) : 0, lost;
	char names[200];

	if (pf && pf->peer >= 0 && ctx->def->ports == PORTS_PEER)
		needed |= 1ull << pf->peer;
	lost = needed & present & ~presence_take(ctx->root, ctx->inv, needed & present);
	if (lost == 0)
		return true;
	name_ports(ctx->inv, lost, names, sizeof(names));
	ctx_skip(ctx, "%s" REASON_GONE, names);
	return false;
}
