/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BARs through sysfs. */
#include "sys/pci_bar.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <sys/mman.h>

#include "base/le.h"
#include "base/sysroot.h"

#define RESERVED_BAR 7u

void pci_decode_msix(const struct pci_config *cfg, struct pci_msix *msix)
{
	unsigned int pos = pci_config_cap(cfg, PCI_CAP_ID_MSIX);
	uint32_t table, pba;
	uint16_t control;

	*msix = (struct pci_msix){ .table_bar = RESERVED_BAR, .pba_bar = RESERVED_BAR };
	if (!pos || pos + PCI_CAP_MSIX_SIZEOF > cfg->len)
		return;
	control = le_get16(cfg->data + pos + PCI_MSIX_FLAGS);
	table = le_get32(cfg->data + pos + PCI_MSIX_TABLE);
	pba = le_get32(cfg->data + pos + PCI_MSIX_PBA);
	msix->vectors = (control & PCI_MSIX_FLAGS_QSIZE) + 1u;
	msix->enabled = control & PCI_MSIX_FLAGS_ENABLE;
	msix->table_bar = table & PCI_MSIX_TABLE_BIR;
	msix->table_at = table & PCI_MSIX_TABLE_OFFSET;
	msix->pba_bar = pba & PCI_MSIX_PBA_BIR;
	msix->pba_at = pba & PCI_MSIX_PBA_OFFSET;
}

uint64_t pci_bar_size(const struct sysroot *root, const struct pci_addr *addr, unsigned int bar)
{
	struct pci_resource r[6];
	int n = pci_read_resources(root, addr, r, ARRAY_SIZE(r));

	if (n < 0 || bar >= (unsigned int)n || r[bar].end <= r[bar].start)
		return 0;
	return r[bar].end - r[bar].start + 1;
}

unsigned int pci_count_irqs(const struct sysroot *root, const struct pci_addr *addr)
{
	char a[PCI_ADDR_STRLEN];

	return sysroot_count(root, "sys/bus/pci/devices/%s/msi_irqs", pci_addr_format(addr, a));
}

int pci_enable(const struct sysroot *root, const struct pci_addr *addr, bool on)
{
	char a[PCI_ADDR_STRLEN];

	return sysroot_write(root, on ? "1" : "0", "sys/bus/pci/devices/%s/enable",
			     pci_addr_format(addr, a));
}

int pci_bar_map(const struct sysroot *root, const struct pci_addr *addr, unsigned int bar,
		struct pci_bar *out)
{
	char a[PCI_ADDR_STRLEN];
	uint64_t size = pci_bar_size(root, addr, bar);
	_cleanup_close_ int fd =
		sysroot_openat(root, O_RDWR | O_SYNC, "sys/bus/pci/devices/%s/resource%u",
			       pci_addr_format(addr, a), bar);
	void *at;

	*out = (struct pci_bar){ 0 };
	if (fd < 0)
		return fd;
	if (size == 0)
		return -ENXIO;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	*out = (struct pci_bar){ at, size };
	return 0;
}

void pci_bar_unmap(struct pci_bar *bar)
{
	if (bar->at)
		munmap((void *)(uintptr_t)bar->at, bar->len);
	*bar = (struct pci_bar){ 0 };
}

uint32_t pci_bar_read32(const struct pci_bar *bar, size_t at)
{
	return at % 4 == 0 && at + 4 <= bar->len ? *(volatile uint32_t *)(bar->at + at)
						 : UINT32_MAX;
}

void pci_bar_write32(const struct pci_bar *bar, size_t at, uint32_t value)
{
	if (at % 4 == 0 && at + 4 <= bar->len)
		*(volatile uint32_t *)(bar->at + at) = value;
}
