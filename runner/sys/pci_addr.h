/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI addresses ("routing id" is bus << 8 | devfn, PCIe Base Specification 2.2.4.2).
 */
#ifndef VFPROOF_SYS_PCI_ADDR_H
#define VFPROOF_SYS_PCI_ADDR_H

#include "base/util.h"

#define PCI_ADDR_STRLEN sizeof("0000:00:00.0")

struct pci_addr {
	uint16_t domain;
	uint8_t bus;
	uint8_t dev; /* 0..31 */
	uint8_t fn; /* 0..7 */
};

/* Parses "dddd:bb:dd.f" exactly. Returns 0 or -EINVAL. */
int pci_addr_parse(const char *s, struct pci_addr *out) must_check;
/* Writes "dddd:bb:dd.f" into @buf of at least PCI_ADDR_STRLEN bytes. Returns @buf. */
char *pci_addr_format(const struct pci_addr *a, char *buf);
/* Negative, zero or positive, as strcmp(). */
int pci_addr_cmp(const struct pci_addr *a, const struct pci_addr *b);
/* bus << 8 | dev << 3 | fn. */
uint16_t pci_addr_rid(const struct pci_addr *a);
/* The address with routing id @rid in @domain. */
struct pci_addr pci_addr_from_rid(uint16_t domain, uint16_t rid);

#endif
