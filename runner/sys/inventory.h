/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine is: host, CPU, IOMMU and every network controller. A scan changes nothing.
 */
#ifndef VFPROOF_SYS_INVENTORY_H
#define VFPROOF_SYS_INVENTORY_H

#include <jansson.h>
#include <net/if.h>
#include "base/util.h"
#include "sys/boot_port.h"
#include "sys/kernel.h"
#include "sys/kmsg_about.h"
#include "sys/pci.h"
#include "sys/profile.h"

#define INVENTORY_MAX_NICS 64
#define INVENTORY_MAX_ABOVE 8

struct sysroot;

struct host_info {
	char vendor[96], product[96], serial[96], board[96];
	char uuid[48],
		board_serial[96]; /* as @serial: "" if it is none that tells machines apart */
	char bios_vendor[96], bios_version[96], bios_date[32];
	char cpu_model[96];
	unsigned int cpus;
	uint64_t memory_kb;
	char kernel[128];
	char cmdline[KERNEL_CMDLINE_SIZE]; /* without secrets */
	char boot_mac[BOOT_PORT_MAC_SIZE]; /* of the port that it booted from, "" unknown */
	bool cpu_vmx, cpu_svm;
	bool kvm; /* a VM could be created */
};

enum iommu_kind { IOMMU_NONE, IOMMU_INTEL, IOMMU_AMD, IOMMU_OTHER };

struct iommu_info {
	enum iommu_kind kind; /* by the units in /sys/class/iommu, then by the ACPI table */
	bool table_dmar, table_ivrs;
	unsigned int units; /* entries of /sys/class/iommu */
	unsigned int groups; /* entries of /sys/kernel/iommu_groups */
	bool irq_remap; /* in force: "IR-" chips in /proc/interrupts */
	bool irqs_unread; /* /proc/interrupts could not be read: nothing is known of it */
};

/* A network controller (PCI class 0x02); VFs are not listed here. */
struct nic {
	struct pci_addr addr;
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class;
	char name[128]; /* profile's title or "vendor:device" */
	char modalias[128];
	char driver[32]; /* bound driver, "" if none */
	char driver_version[32], firmware_version[64]; /* ETHTOOL_GDRVINFO */
	char ifname[IFNAMSIZ]; /* "" if it has no netdev */
	char mac[18];
	char permanent_mac[18]; /* the one that the card was made with; "": the driver does not tell
				 */
	char slot[48]; /* physical slot as the kernel names it, "" if it names none */
	char slot_name[64]; /* what the firmware calls the slot (SMBIOS type 9), "": nothing */
	char label[64]; /* and the port itself (ACPI, SMBIOS type 41) */
	int dev_port; /* its number among ports of one function; -1 unknown */
	char place[160]; /* all of that in words: place_describe() */
	bool sriov_cap; /* capability found in config space */
	bool config_truncated; /* extended space unreadable: cannot tell about SR-IOV */
	uint16_t cap_total_vfs, cap_initial_vfs, vf_offset, vf_stride, vf_device;
	bool ari; /* ARI Capable Hierarchy of the card, not of this port alone */
	int sysfs_total_vfs; /* sriov_totalvfs, -1 if the file is absent */
	unsigned int num_vfs; /* at scan time */
	int iommu_group; /* -1 if none */
	unsigned int n_above;
	struct pci_addr above[INVENTORY_MAX_ABOVE]; /* bridges and ports above it, nearest first */
	struct pcie_link link, link_max;
	bool port_up, carrier; /* of its netdev: at scan time, or in run/reach.h */
	int speed_mbps, max_speed_mbps; /* -1 unknown */
	/*
	 * Which physical port it is, as far as the driver tells: /sys/class/net/X/phys_port_id, and
	 * of its switch phys_switch_id and phys_port_name, which devlink's port attributes stand
	 * behind too. "" where it does not.
	 */
	char port_id[68], switch_id[68], port_name[IFNAMSIZ];
	int peer; /* index in the inventory of the port that this one reaches over the wire (a PF
		   * if there is one), -1: none; see run/reach.h */
	uint64_t reaches; /* bit per index in the inventory: all ports that it reaches */
	uint64_t wired; /* likewise: those of them that it reaches over a wire, and they it */
	uint64_t others; /* likewise: those with a carrier, as this one, and of other physical ports
			  */
	char wire[320]; /* how it is known that it reaches its peer over the wire, or why it has
			   none */
	struct pci_aer_totals aer; /* counted since boot, at scan time */
	bool silent; /* the kernel does not answer for it: a read of its state hangs */
	char left_out[64]; /* why it is not tested though it could be, "": it is */
	const struct profile *profile; /* NULL: unknown family, tested by what it says of itself */
};

struct inventory {
	struct host_info host;
	struct iommu_info iommu;
	unsigned int n_found; /* network controllers; more than n_nics if those are too many */
	unsigned int n_nics;
	struct nic nics[INVENTORY_MAX_NICS]; /* by address */
};

/* Whether a NIC has VFs to offer and, if not, what is known about why: the fixes differ. */
enum nic_sriov {
	NIC_SRIOV_ON,
	NIC_SRIOV_OFF, /* the capability is there, TotalVFs or the driver's limit is 0 */
	NIC_SRIOV_HIDDEN, /* no capability, in a family whose cards have it */
	NIC_SRIOV_NONE, /* no capability, nothing points to one */
	NIC_SRIOV_UNKNOWN, /* the configuration space cannot be read that far */
};

enum nic_sriov inventory_sriov(const struct nic *n);
/* The port is set to InfiniBand: it has no Ethernet netdev, whatever else it can do. */
bool inventory_nic_is_infiniband(const struct nic *n);
/* A NIC on which the cases run: an Ethernet port with VFs to offer that is not left out. */
bool inventory_nic_is_usable(const struct nic *n);

/*
 * Every SR-IOV PF that is tested: an Ethernet NIC with the capability, at least one VF in it, and
 * not left out.
 */
#define inventory_for_each_pf(inv, n)                                     \
	for ((n) = (inv)->nics; (n) < (inv)->nics + (inv)->n_nics; (n)++) \
		if (inventory_nic_is_pf(n))

bool inventory_nic_is_pf(const struct nic *n);
/* Functions of one physical port (NPAR, multi-host, Socket Direct), as far as the driver tells. */
bool inventory_is_same_port(const struct nic *a, const struct nic *b);
/* True if the driver tells that they are different physical ports. */
bool inventory_is_other_port(const struct nic *a, const struct nic *b);
/*
 * Functions of one card: of one PCI device, or of one switch. Frames between them may stay inside.
 */
bool inventory_is_same_card(const struct nic *a, const struct nic *b);
/* True if the host booted from this port. */
bool inventory_is_boot_port(const struct inventory *inv, const struct nic *nic);
/* VFs that may be asked for: the driver's limit, or the profile's or capability's without one. */
unsigned int inventory_max_vfs(const struct nic *n);

/*
 * Scans the machine below @root. Never fails as a whole: what cannot be read stays empty. Each NIC,
 * the host and the IOMMU are read in a child with a deadline of 10 s: a NIC for which the kernel
 * does not answer is @silent, and driver_hangs() from then on. On the
 * real machine it waits up to 5 s for the netdevs of SR-IOV NICs whose driver was just bound.
 * The result is about 64 KB: caller allocates and frees it.
 */
int inventory_scan(const struct sysroot *root, struct inventory *inv) must_check;
/* Scans one NIC again, after a driver was bound. */
int inventory_rescan_nic(const struct sysroot *root, struct nic *n) must_check;

/* True if KVM can create a VM now: tried on the real machine only. */
bool inventory_kvm_works(const struct sysroot *root);
/* Memory that programs can still get, 0 if the kernel does not say. */
uint64_t inventory_memory_available_kb(const struct sysroot *root);
/* In a child with a deadline, too: false if the kernel does not answer. */
bool inventory_scan_host(const struct sysroot *root, struct host_info *host);
/* Likewise: the IOMMU and whether interrupt remapping is in force, as of now. */
bool inventory_scan_iommu(const struct sysroot *root, struct iommu_info *iommu);
/*
 * Interrupt lines in /proc/interrupts whose chip remaps ("IR-..."), and message-signalled or I/O
 * APIC lines whose chip does not. Returns 0, or -errno if the file could not be read.
 */
int inventory_count_irqs(const struct sysroot *root, unsigned int *remapped,
			 unsigned int *plain) must_check;

/*
 * The NICs that a kernel message is about, a bit per index: those that it names, or whose VFs or
 * netdevs it names; if it names none, those below a bridge that it names. If there are none,
 * *@other says whether it names any other device (see kmsg_about()), whose name is then in @name.
 */
uint64_t inventory_of_message(const struct sysroot *root, const struct inventory *inv,
			      const struct kmsg_record *rec, bool *other,
			      char name[KMSG_ABOUT_NAME]);

/* {"host": {...}, "iommu": {...}, "nics": [...]}. Caller owns the result. */
json_t *inventory_to_json(const struct inventory *inv);
/* Of each NIC its address and what it reaches, as in "nics". Caller owns the result. */
json_t *inventory_wires_to_json(const struct inventory *inv);

#endif
