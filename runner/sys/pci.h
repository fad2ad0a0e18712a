/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration space: read through libpci, decoded here. Layouts are those of the PCI Express Base
 * Specification (sections 7.5 to 7.9, SR-IOV in 9.3.3); offsets from linux/pci_regs.h.
 */
#ifndef VFPROOF_SYS_PCI_H
#define VFPROOF_SYS_PCI_H

#include "base/util.h"
#include "sys/pci_addr.h"

#define PCI_CONFIG_SIZE 4096
#define PCI_VF_BARS 6
#define PCI_BAR_FLAGS_UNSET 0x20000000u /* IORESOURCE_UNSET */

struct sysroot;

struct pci_config {
	unsigned int len; /* bytes that could be read: 0 (no such device), 64, 256 or 4096 */
	uint8_t data[PCI_CONFIG_SIZE];
};

struct pcie_link {
	unsigned int speed_mtps; /* mega-transfers per second: 2500, 5000, 8000, ... 0 unknown */
	unsigned int width;
};

struct pci_sriov {
	bool vf_enable, ari_hierarchy;
	uint8_t function_link;
	uint16_t initial_vfs, total_vfs, num_vfs;
	uint16_t vf_offset, vf_stride, vf_device;
	uint32_t bars[PCI_VF_BARS]; /* registers; a 64-bit BAR takes two */
};

struct pci_facts {
	uint16_t vendor, device, command;
	uint32_t class; /* 24 bits: class, subclass, interface */
	uint8_t secondary_bus, subordinate_bus; /* bridges only */
	bool bridge;
	bool pcie; /* PCI Express capability found */
	unsigned int port_type; /* PCI_EXP_TYPE_* of linux/pci_regs.h */
	bool can_forward_ari, forwards_ari; /* ports: ARI Forwarding Supported, and Enable */
	struct pcie_link link, link_max;
	/*
	 * The extended space is there but could not be read, so what follows is unknown rather than
	 * absent.
	 */
	bool ext_unreadable;
	bool has_sriov, has_ari, has_aer, has_acs;
	struct pci_sriov sriov;
	uint32_t aer_uncorrectable, aer_correctable; /* status registers */
	uint32_t aer_uncorrectable_mask, aer_correctable_mask; /* what is not to be reported */
	uint16_t acs_cap, acs_control;
};

/*
 * Reads the configuration space of @n functions into @out. A function that is not there has len 0.
 * libpci runs in a child. Returns 0 or -errno.
 */
int pci_read_configs(const struct sysroot *root, const struct pci_addr *addrs, unsigned int n,
		     struct pci_config *out) must_check;
/* The same from a recording as `lspci -xxxx` prints it. */
int pci_read_dump(const char *file, const struct pci_addr *addrs, unsigned int n,
		  struct pci_config *out) must_check;

/*
 * Decodes @cfg. Returns 0, or -ENODEV if the function does not answer (all ones) or fewer than 64
 * bytes are known. Lists of capabilities are followed for as many steps as can be in them.
 */
int pci_decode(const struct pci_config *cfg, struct pci_facts *facts) must_check;

/* Position of the capability PCI_CAP_ID_*, 0 if there is none. */
unsigned int pci_config_cap(const struct pci_config *cfg, unsigned int id);

/*
 * What a VF answers. Its vendor and device id are all ones in any case; what is here has to be in
 * each VF (PCI Express Base Specification, SR-IOV, "VF Configuration Space"): the class code of its
 * PF, header type 0, a list of capabilities, and the PCI Express capability in it.
 */
struct pci_vf_facts {
	bool answers; /* class code and revision are not all ones */
	uint32_t class; /* 24 bits */
	uint8_t header_type; /* without the bit for several functions */
	bool has_list, list_ends; /* capabilities; their list ends within the bound */
	bool pcie, flr; /* PCI Express capability, Function Level Reset in it */
	unsigned int port_type; /* PCI_EXP_TYPE_* */
	unsigned int msix; /* vectors, 0: no such capability */
	bool has_sriov; /* only PFs have that */
};

void pci_decode_vf(const struct pci_config *cfg, struct pci_vf_facts *facts);

/* Reads and decodes one function. Returns 0, -ENODEV or -errno. */
int pci_read_facts(const struct sysroot *root, const struct pci_addr *addr,
		   struct pci_facts *facts) must_check;

/* A sysfs attribute of a function as a number: "vendor", "class", ... Returns 0 or -errno. */
int pci_read_attr(const struct sysroot *root, const struct pci_addr *addr, const char *attr,
		  uint64_t *out) must_check;
/* True if the function is on the bus. */
bool pci_exists(const struct sysroot *root, const struct pci_addr *addr);
/* Its modalias. Returns 0 or -errno. */
int pci_read_modalias(const struct sysroot *root, const struct pci_addr *addr, char *buf,
		      size_t size) must_check;
/*
 * True if the function itself answers a read of its class code and revision. A VF's vendor and
 * device id read as ones by the specification (PCIe Base Specification, SR-IOV, VF Configuration
 * Space), these do not.
 */
bool pci_answers(const struct sysroot *root, const struct pci_addr *addr);
/* The PF of a VF. Returns 0, or -ENOENT if the function is no VF. */
int pci_physfn(const struct sysroot *root, const struct pci_addr *addr,
	       struct pci_addr *pf) must_check;
struct pci_errors {
	uint32_t uncorrectable,
		correctable; /* PCI_ERR_UNC_* and PCI_ERR_COR_* of linux/pci_regs.h */
};

/*
 * The errors that a function has recorded in its AER capability (PCI Express Base Specification,
 * 7.8.4) and that nobody has cleared: the kernel does when they are reported to it. Without those
 * that the function masks, and without Unsupported Request, which looking for functions makes. None
 * of one that has no such capability, or does not answer.
 */
struct pci_errors pci_read_errors(const struct sysroot *root, const struct pci_addr *addr);
/*
 * How many errors of @kind ("correctable", "nonfatal", "fatal") the kernel has counted since boot:
 * Documentation/ABI/testing/sysfs-bus-pci-devices-aer_stats. Returns 0 or -errno.
 */
int pci_read_aer_total(const struct sysroot *root, const struct pci_addr *addr, const char *kind,
		       uint64_t *total) must_check;
struct pci_aer_totals {
	bool known; /* the kernel counts: it has AER, and firmware has left it to it */
	uint64_t correctable, nonfatal, fatal;
};

/* All three of them. */
void pci_read_aer_totals(const struct sysroot *root, const struct pci_addr *addr,
			 struct pci_aer_totals *out);
/* The port or bridge directly above a function. Returns 0, or -ENOENT if it sits on a root bus. */
int pci_parent(const struct sysroot *root, const struct pci_addr *addr,
	       struct pci_addr *parent) must_check;

struct pci_resource {
	uint64_t start, end, flags;
};

/*
 * The "resource" file: standard BARs 0 to 5, ROM 6, VF BARs 7 to 12. Returns the number of lines
 * read, at most @max, or -errno.
 */
int pci_read_resources(const struct sysroot *root, const struct pci_addr *addr,
		       struct pci_resource *out, unsigned int max) must_check;

#endif
