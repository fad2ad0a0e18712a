/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCIe errors that the kernel is not told of. */
#include "engine/pcie_errors.h"

#include "model/result.h"
#include "sys/pci.h"

void pcie_errors_begin(struct unit_board *board, const struct sysroot *root,
		       const struct inventory *inv)
{
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		if (board->present & 1ull << i)
			board->errors[i] = pci_read_errors(root, &inv->nics[i].addr);
}

static unsigned int index_of(const struct inventory *inv, const struct pci_addr *addr)
{
	unsigned int i;

	for (i = 0; i < inv->n_nics && pci_addr_cmp(&inv->nics[i].addr, addr) != 0; i++)
		;
	return i;
}

bool pcie_errors_judge(struct item_result *res, const struct nic *pf, const struct inventory *inv,
		       struct unit_board *board, const struct baseline *now,
		       char other[PCIE_ERRORS_TEXT])
{
	char measured[PCIE_ERRORS_TEXT], addr[PCI_ADDR_STRLEN];
	unsigned int i;

	other[0] = '\0';
	for (i = 0; now->taken && i < now->n && i < INVENTORY_MAX_NICS; i++) {
		const unsigned int k = index_of(inv, &now->pfs[i].addr);
		const struct pci_errors seen = now->pfs[i].errors,
					known = k < inv->n_nics ? board->errors[k] : seen;
		const uint32_t grave = seen.uncorrectable & ~known.uncorrectable,
			       light = seen.correctable & ~known.correctable;
		const bool own = !pf || pci_addr_cmp(&pf->addr, &now->pfs[i].addr) == 0;

		if (k < inv->n_nics)
			board->errors[k] = seen;
		if (!grave && !light)
			continue;
		util_format(measured, sizeof(measured),
			    "%s has recorded errors that the kernel did not take: uncorrectable "
			    "%#x, correctable %#x",
			    pci_addr_format(&now->pfs[i].addr, addr), grave, light);
		result_record(res, &(struct finding){ .verdict = grave && own ? VERDICT_FAIL
									      : VERDICT_WARN,
						      .label = "pcie_aer",
						      .expected = "no new PCIe error is recorded",
						      .measured = measured });
		if (grave && !own)
			util_strlcpy(other, PCIE_ERRORS_TEXT, measured);
	}
	return other[0];
}
