/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for entries in the configuration space of all functions. */
#include "sys/irq_entry.h"

#include <dirent.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/le.h"
#include "base/sysroot.h"
#include "sys/bar.h"
#include "sys/pci.h"

#define ADDRESS_PREFIX 0xfee /* in the upper 12 bits */
#define ADDRESS_REMAPPED (1u << 4)
#define MAX_FUNCTIONS 65536u
#define BRIDGE 0x0604 /* class and subclass of bridges to PCI */
#define NETWORK 0x02 /* class */

int irq_entry_index(uint32_t address)
{
	if (address >> 20 != ADDRESS_PREFIX || !(address & ADDRESS_REMAPPED))
		return -EINVAL;
	return (int)((address >> 5 & 0x7fff) | (address >> 2 & 1) << 15);
}

static int index_of_msi(const struct pci_config *cfg)
{
	unsigned int at = pci_config_cap(cfg, PCI_CAP_ID_MSI);

	if (!at || at + PCI_MSI_ADDRESS_LO + 4 > cfg->len ||
	    !(cfg->data[at + PCI_MSI_FLAGS] & PCI_MSI_FLAGS_ENABLE))
		return -ENOENT;
	return irq_entry_index(le_get32(cfg->data + at + PCI_MSI_ADDRESS_LO));
}

/* The first entry of a table in BAR 0. */
static int index_of_msix(const struct sysroot *root, const struct pci_addr *addr,
			 const struct pci_config *cfg)
{
	unsigned int at = pci_config_cap(cfg, PCI_CAP_ID_MSIX);
	uint32_t table, address;
	int ret;

	if (!at || at + PCI_MSIX_TABLE + 4 > cfg->len ||
	    !(cfg->data[at + PCI_MSIX_FLAGS + 1] & PCI_MSIX_FLAGS_ENABLE >> 8))
		return -ENOENT;
	table = le_get32(cfg->data + at + PCI_MSIX_TABLE);
	if (table & PCI_MSIX_TABLE_BIR)
		return -ENOENT;
	ret = bar_read(root, addr, (table & PCI_MSIX_TABLE_OFFSET) + PCI_MSIX_ENTRY_LOWER_ADDR,
		       &address);
	return ret < 0 ? ret : irq_entry_index(address);
}

/* What is looked for. */
struct search {
	const struct sysroot *root;
	char unit[32]; /* "dmar0"; "" if the kernel does not say whose unit is which */
	bool bridges;
	struct pci_config cfg; /* of the function under examination */
};

static void read_unit(const struct sysroot *root, const struct pci_addr *addr, char *unit,
		      size_t size)
{
	char name[PCI_ADDR_STRLEN];

	if (sysroot_link_name(root, unit, size, "sys/bus/pci/devices/%s/iommu",
			      pci_addr_format(addr, name)) < 0)
		unit[0] = '\0';
}

static bool take_function(struct search *s, const struct pci_addr *addr, struct irq_entry *out)
{
	const struct sysroot *root = s->root;
	struct pci_config *cfg = &s->cfg;
	char unit[sizeof(s->unit)];
	unsigned int class;
	int index;

	read_unit(root, addr, unit, sizeof(unit));
	if (strcmp(unit, s->unit) != 0)
		return false;
	if (pci_read_configs(root, addr, 1, cfg) < 0 || cfg->len < 64)
		return false;
	class = cfg->data[PCI_CLASS_DEVICE] | cfg->data[PCI_CLASS_DEVICE + 1] << 8;
	/* A guest may have a network function, or a case be at work on it. */
	if ((class == BRIDGE) != s->bridges || class >> 8 == NETWORK)
		return false;
	index = index_of_msi(cfg);
	if (index < 0 && s->bridges)
		index = index_of_msix(root, addr, cfg);
	*out = (struct irq_entry){ .of = *addr, .index = (unsigned int)index };
	return index >= 0;
}

static int find_among(struct search *s, struct irq_entry *out)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(s->root, "sys/bus/pci/devices");
	struct pci_addr addr;
	struct dirent *d;

	if (!dir)
		return -errno;
	for (unsigned int i = 0; i < MAX_FUNCTIONS && (d = readdir(dir)); i++)
		if (pci_addr_parse(d->d_name, &addr) == 0 && take_function(s, &addr, out))
			return 0;
	return -ENOENT;
}

int irq_entry_find(const struct sysroot *root, const struct pci_addr *beside, struct irq_entry *out)
{
	_cleanup_free_ struct search *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->root = root;
	s->bridges = true;
	read_unit(root, beside, s->unit, sizeof(s->unit));
	ret = find_among(s, out);
	s->bridges = false;
	return ret == -ENOENT ? find_among(s, out) : ret;
}

struct nested {
	uint64_t count;
	bool found;
};

/* "NPI:          0          0   Nested posted-interrupt event" */
static bool take_nested(char *line, void *arg)
{
	struct nested *p = arg;
	char *save = NULL, *word;
	uint64_t n;

	line += strspn(line, " ");
	if (strncmp(line, "NPI:", 4) != 0)
		return true;
	p->found = true;
	for (word = strtok_r(line + 4, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (util_parse_u64(word, 10, UINT64_MAX, &n) < 0)
			break;
		p->count += n;
	}
	return false;
}

int irq_count_nested(const struct sysroot *root, uint64_t *count)
{
	struct nested p = { 0 };
	int ret = sysroot_each_line(root, take_nested, &p, "proc/interrupts");

	*count = p.count;
	return ret < 0 ? ret : p.found ? 0 : -ENOENT;
}
