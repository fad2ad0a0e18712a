/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which ports a unit has for itself, and whose a kernel message is.
 */
#include "engine/unit.h"

#include <ctype.h>
#include <string.h>
#include "sys/sriov.h"

static uint64_t ports_of_driver(const struct nic *pf, const struct inventory *inv)
{
	uint64_t ports = 0;
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		if (strcmp(inv->nics[i].driver, pf->driver) == 0)
			ports |= 1ull << i;
	return ports;
}

uint64_t unit_ports(const struct plan_item *item, const struct inventory *inv)
{
	uint64_t own;

	if (!item->pf)
		return UINT64_MAX;
	own = 1ull << (item->pf - inv->nics);
	switch (item->def->ports) {
	case PORTS_OWN:
		return own;
	case PORTS_PEER:
		return item->pf->peer >= 0 ? own | 1ull << item->pf->peer : own;
	case PORTS_DRIVER:
		return own | ports_of_driver(item->pf, inv);
	case PORTS_ALL:
		break;
	}
	return UINT64_MAX;
}

/*
 * A PCI address at the start of @text, with the domain or (as the IOMMU's messages have it)
 * without. Returns its length, 0 for none.
 */
static size_t parse_address(const char *text, struct pci_addr *addr)
{
	static const size_t lengths[] = { sizeof("0000:00:00.0") - 1, sizeof("00:00.0") - 1 };
	char word[PCI_ADDR_STRLEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		util_format(word, sizeof(word), "%s%.*s", i > 0 ? "0000:" : "", (int)lengths[i],
			    text);
		if (strlen(word) == lengths[0] && pci_addr_parse(word, addr) == 0)
			return lengths[i];
	}
	return 0;
}

static bool is_of_port(const struct nic *nic, const struct pci_addr *addr)
{
	unsigned int i;

	if (pci_addr_cmp(&nic->addr, addr) == 0)
		return true;
	for (i = 0; nic->vf_offset > 0 && i < nic->cap_total_vfs && i < SRIOV_MAX_VFS; i++) {
		struct pci_addr vf = sriov_vf_addr(&nic->addr, nic->vf_offset, nic->vf_stride, i);

		if (pci_addr_cmp(&vf, addr) == 0)
			return true;
	}
	return false;
}

bool unit_is_foreign(const struct unit *u, const char *text)
{
	bool foreign = false;
	const char *p = text;

	while (*p) {
		struct pci_addr addr;
		size_t len = 0;
		unsigned int i;

		if (p == text || !isxdigit((unsigned char)p[-1]))
			len = parse_address(p, &addr);
		for (i = 0; len > 0 && i < u->inv->n_nics; i++) {
			uint8_t owner = u->board->owner[i];

			if (!is_of_port(&u->inv->nics[i], &addr))
				continue;
			/* A port that nobody works on at present is everybody's business. */
			if (owner == 0 || owner == u->number)
				return false;
			foreign = true;
		}
		p += len > 0 ? len : 1;
	}
	return foreign;
}
