/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake /sys, /proc and /dev in a temporary directory, with PCI functions in it, and a stand-in
 * for the kernel that answers writes: it makes and removes VFs, binds and unbinds drivers.
 */
#ifndef TESTS_UNIT_FAKE_SYSROOT_H
#define TESTS_UNIT_FAKE_SYSROOT_H

#include <sys/types.h>
#include "base/util.h"
#include "sys/pci.h"
#include "base/sysroot.h"

/* How the stand-in misbehaves; all zero is a good kernel with good hardware. */
struct fake_faults {
	int numvfs_error; /* -errno for writes of sriov_numvfs above 0 */
	unsigned int vfs_missing; /* so many VFs fewer than asked for, with success */
	bool numvfs_blocks; /* the write does not come back */
	unsigned int numvfs_ms; /* the write takes so long, under one lock for all ports */
	bool accepts_over_max, accepts_change; /* no ERANGE, no EBUSY */
	bool accepts_junk; /* a text that is no number is one: 1 */
	bool vfs_stay; /* VF devices are left on the bus when VFs are destroyed */
	unsigned int vf_shift; /* VFs appear so far from their routing ids */
	bool capability_off; /* VF Enable stays clear in configuration space */
	bool shared_group; /* all VFs in one IOMMU group */
	unsigned int silent_from; /* VFs from this number (1: the first) read as all ones */
	unsigned int odd_vf; /* the VF of this number (1: the first) is odd */
	void (*make_odd)(struct pci_config *cfg);
	bool autoprobe_ignored; /* VFs get vf_driver in any case */
	int reset_error; /* -errno of a write of "reset" */
	bool reset_blocks; /* it does not come back */
	bool probe_fails; /* drivers_probe succeeds and binds nothing */
	bool module_busy; /* modules cannot be taken out */
	bool module_refuses; /* a parameter above sriov_totalvfs keeps the module from loading */
	unsigned int param_ignored; /* so many VFs fewer than the module's parameter says */
	bool ports_lost; /* a driver that is loaded again makes no netdevs */
};

struct fake_sysroot {
	struct sysroot root; /* first, so that on_write() finds the rest */
	char dir[64];
	struct fake_faults faults;
	const char *vf_driver; /* binds to VFs if autoprobe is on, NULL for none */
	const char *vf_ifname; /* netdevs of VFs: this and the index */
	const char *param, *param_value; /* of the module that can be reloaded, and its default */
	unsigned int param_extra; /* the parameter's number is that of VFs and so much more */
	const char *new_ifname; /* netdev of a PF whose driver was loaded again, NULL for the old */
};

/* A PCI function. Zero members are left out. */
struct fake_pci {
	const char *addr, *parent; /* parent: address of a port added before, NULL for none */
	uint16_t vendor, device;
	uint32_t class;
	const char *driver, *ifname;
	int group; /* 0 for none */
	struct pci_config *config; /* NULL: no config file */
	int total_vfs; /* sriov_totalvfs and the other files of a PF; -1 for a file that reads 0 */
	unsigned int vf_offset, vf_stride, vf_device;
};

/* cmocka setup and teardown: *state is a struct fake_sysroot. */
int fake_tree_setup(void **state);
int fake_tree_teardown(void **state);

/* Create a file with its directories, or a symbolic link. Paths are below the tree. */
void fake_file(const struct fake_sysroot *fs, const char *path, const char *text);
void fake_bytes(const struct fake_sysroot *fs, const char *path, const void *data, size_t len);
void fake_link(const struct fake_sysroot *fs, const char *path, const char *target);
void fake_dir(const struct fake_sysroot *fs, const char *path);
void fake_remove(const struct fake_sysroot *fs, const char *path);

void fake_add_pci(const struct fake_sysroot *fs, const struct fake_pci *pci);
/* A driver that can be bound. */
void fake_add_driver(const struct fake_sysroot *fs, const char *name);
/*
 * The module behind a driver, of the same name, with a parameter for the number of VFs. It can be
 * taken out and loaded again.
 */
void fake_add_module(struct fake_sysroot *fs, const char *driver, const char *param,
		     const char *value);
/* The stand-in for the kernel answers writes from now on. */
void fake_start_kernel(struct fake_sysroot *fs);

/* Configuration space: an endpoint with PCIe, AER and ARI capabilities, x4 at 5 GT/s. */
void fake_config(struct pci_config *cfg, uint16_t vendor, uint16_t device, uint32_t class);
/* Adds an SR-IOV capability at 0x160. */
void fake_config_sriov(struct pci_config *cfg, uint16_t total, uint16_t offset, uint16_t stride,
		       uint16_t vf_device);
/* Sets the negotiated and the highest speed (code 1: 2.5 GT/s, ...) and width. */
void fake_config_link(struct pci_config *cfg, unsigned int speed, unsigned int width,
		      unsigned int max_speed, unsigned int max_width);
/* Makes it a root port with the given buses behind it, which forwards ARI. */
void fake_config_port(struct pci_config *cfg, uint8_t secondary, uint8_t subordinate);
/* A port of type PCI_EXP_TYPE_*, and what it has of ARI forwarding. */
void fake_config_ari(struct pci_config *cfg, unsigned int type, bool can, bool does);
void fake_put16(uint8_t *p, uint16_t value);
void fake_put32(uint8_t *p, uint32_t value);
void fake_put64(uint8_t *p, uint64_t value);

/*
 * An 82576-like PF 0000:01:00.0 (group 10, driver igb, netdev @ifname) below root port 0000:00:1c.0
 * (buses 1 to 2), 7 of 8 VFs at offset 128 and stride 2, IOMMU on. Starts the stand-in.
 */
void fake_add_igb(struct fake_sysroot *fs, const char *ifname);

/* A well formed DMAR: one unit with an I/O APIC, one reserved region. Returns its length. */
size_t fake_dmar(uint8_t *buf);
/* A well formed IVRS: one IOMMU described twice, a special device, one reserved region. */
size_t fake_ivrs(uint8_t *buf);
/* Sets length and checksum of an ACPI table. */
void fake_seal_table(uint8_t *buf, size_t len);

/*
 * Puts the process into a network namespace of its own. False if that is not possible here: the
 * test has to skip.
 */
bool fake_netns(void);
/* A pair of connected netdevs, @b up. Returns 0 or -errno. */
int fake_veth(const char *a, const char *b) must_check;
/*
 * A process that is a wire between the netdevs @a and @b, and forwards nothing in its first
 * @delay_ms. The caller ends it with fake_wire_end().
 */
pid_t fake_wire(const char *a, const char *b, unsigned int delay_ms) must_check;
void fake_wire_end(pid_t pid);

#endif
