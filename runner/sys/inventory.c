/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans the machine's network controllers, and puts the whole inventory together. */
#include "sys/inventory.h"

#include <errno.h>
#include <string.h>

#include "base/child.h"
#include "base/log.h"
#include "sys/driver.h"
#include "sys/iommu.h"
#include "sys/ethtool.h"
#include "sys/link.h"
#include "sys/place.h"
#include "sys/sriov_path.h"
#include "base/sysroot.h"

#define DEV "sys/bus/pci/devices/%s"
#define NETDEV_WAIT_MS 5000
#define MAX_NICS_SEEN 4096
#define SCAN_MS 10000 /* of what takes milliseconds, if the kernel answers at all */
#define PCI_CLASS_INFINIBAND 0x0207

/* The kernel makes sriov_totalvfs only for a capability with VFs in it. */
static bool has_vfs(const struct nic *n)
{
	return (n->sriov_cap && n->cap_total_vfs > 0) || n->sysfs_total_vfs >= 0;
}

bool inventory_nic_is_infiniband(const struct nic *n)
{
	return n->class >> 8 == PCI_CLASS_INFINIBAND;
}

bool inventory_is_boot_port(const struct inventory *inv, const struct nic *nic)
{
	return nic->mac[0] && strcasecmp(nic->mac, inv->host.boot_mac) == 0;
}

bool inventory_nic_is_pf(const struct nic *n)
{
	return has_vfs(n) && !inventory_nic_is_infiniband(n) && !n->left_out[0];
}

unsigned int inventory_max_vfs(const struct nic *n)
{
	if (n->driver[0] && n->sysfs_total_vfs >= 0)
		return (unsigned int)n->sysfs_total_vfs;
	if (n->profile && n->profile->max_vfs && n->profile->max_vfs < n->cap_total_vfs)
		return n->profile->max_vfs;
	return n->cap_total_vfs;
}

enum nic_sriov inventory_sriov(const struct nic *n)
{
	if (has_vfs(n))
		return inventory_max_vfs(n) ? NIC_SRIOV_ON : NIC_SRIOV_OFF;
	if (n->config_truncated)
		return NIC_SRIOV_UNKNOWN;
	if (n->sriov_cap)
		return NIC_SRIOV_OFF;
	return n->profile && n->profile->sriov_setup[0] ? NIC_SRIOV_HIDDEN : NIC_SRIOV_NONE;
}

bool inventory_nic_is_usable(const struct nic *n)
{
	return inventory_nic_is_pf(n) && inventory_max_vfs(n) > 0;
}

static uint32_t read_id(const struct sysroot *root, const struct pci_addr *addr, const char *attr)
{
	uint64_t value;

	return pci_read_attr(root, addr, attr, &value) == 0 ? (uint32_t)value : 0;
}

/* The driver's names for its physical port; few have one of them. */
static void read_port(const struct sysroot *root, struct nic *n)
{
	const struct {
		const char *file;
		char *buf;
		size_t size;
	} names[] = {
		{ "phys_port_id", n->port_id, sizeof(n->port_id) },
		{ "phys_switch_id", n->switch_id, sizeof(n->switch_id) },
		{ "phys_port_name", n->port_name, sizeof(n->port_name) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (sysroot_read(root, names[i].buf, names[i].size, "sys/class/net/%s/%s",
				 n->ifname, names[i].file) <= 0)
			names[i].buf[0] = '\0';
		util_sanitise(names[i].buf);
	}
}

static bool is_same_id(const char *a, const char *b)
{
	return a[0] && strcmp(a, b) == 0;
}

bool inventory_is_same_port(const struct nic *a, const struct nic *b)
{
	return is_same_id(a->port_id, b->port_id) ||
	       (is_same_id(a->switch_id, b->switch_id) && is_same_id(a->port_name, b->port_name));
}

bool inventory_is_other_port(const struct nic *a, const struct nic *b)
{
	if (inventory_is_same_port(a, b))
		return false;
	return (a->port_id[0] && b->port_id[0]) ||
	       (is_same_id(a->switch_id, b->switch_id) && a->port_name[0] && b->port_name[0]);
}

bool inventory_is_same_card(const struct nic *a, const struct nic *b)
{
	return (a->addr.domain == b->addr.domain && a->addr.bus == b->addr.bus &&
		a->addr.dev == b->addr.dev) ||
	       is_same_id(a->switch_id, b->switch_id) || is_same_id(a->port_id, b->port_id);
}

static void read_netdev(const struct sysroot *root, struct nic *n)
{
	char bus_info[32], driver[32];
	struct link_info info;

	n->speed_mbps = n->max_speed_mbps = -1;
	if (netdev_find(root, &n->addr, n->ifname) < 0 || !n->ifname[0])
		return;
	if (sysroot_read(root, n->mac, sizeof(n->mac), "sys/class/net/%s/address", n->ifname) < 0)
		n->mac[0] = '\0';
	util_sanitise(n->mac);
	read_port(root, n);
	if (!sysroot_is_real(root))
		return; /* what follows asks the running kernel */
	if (ethtool_get_drvinfo(n->ifname, driver, n->driver_version, n->firmware_version,
				bus_info) < 0)
		n->driver_version[0] = n->firmware_version[0] = '\0';
	if (ethtool_get_permanent_mac(n->ifname, n->permanent_mac) < 0)
		n->permanent_mac[0] = '\0';
	if (link_get(n->ifname, &info) == 0) {
		n->port_up = info.admin_up;
		n->carrier = info.carrier;
		n->speed_mbps = info.speed_mbps;
	}
	n->max_speed_mbps = ethtool_max_speed(n->ifname);
	if (n->max_speed_mbps < 0)
		n->max_speed_mbps = -1;
}

/* Its bridges and its netdev are known by now. */
static void read_place(const struct sysroot *root, struct nic *n)
{
	struct place place;

	place_read(root, &n->addr, n->above, n->n_above, n->ifname, &place);
	util_strlcpy(n->slot, sizeof(n->slot), place.slot);
	util_strlcpy(n->slot_name, sizeof(n->slot_name), place.slot_name);
	util_strlcpy(n->label, sizeof(n->label), place.label);
	n->dev_port = place.dev_port;
	place_describe(&place, n->port_name, n->place, sizeof(n->place));
}

static void take_config(const struct sysroot *root, struct nic *n, const struct pci_config *cfg)
{
	struct pci_facts f;

	if (pci_decode(cfg, &f) < 0) {
		n->config_truncated = true;
		return;
	}
	n->config_truncated = f.ext_unreadable;
	n->sriov_cap = f.has_sriov;
	n->cap_total_vfs = f.sriov.total_vfs;
	n->cap_initial_vfs = f.sriov.initial_vfs;
	n->vf_offset = f.sriov.vf_offset;
	n->vf_stride = f.sriov.vf_stride;
	n->vf_device = f.sriov.vf_device;
	n->ari = f.has_sriov && sriov_ari_hierarchy(root, &n->addr, &f);
	n->link = f.link;
	n->link_max = f.link_max;
}

static unsigned int read_above(const struct sysroot *root, const struct pci_addr *addr,
			       struct pci_addr above[INVENTORY_MAX_ABOVE])
{
	unsigned int n = 0;

	while (n < INVENTORY_MAX_ABOVE &&
	       pci_parent(root, n > 0 ? &above[n - 1] : addr, &above[n]) == 0)
		n++;
	return n;
}

static void scan_nic(const struct sysroot *root, struct nic *n, const struct pci_config *cfg)
{
	char a[PCI_ADDR_STRLEN], module[64];
	uint64_t value;

	*n = (struct nic){ .addr = n->addr, .sysfs_total_vfs = -1, .peer = -1 };
	pci_addr_format(&n->addr, a);
	n->vendor = (uint16_t)read_id(root, &n->addr, "vendor");
	n->device = (uint16_t)read_id(root, &n->addr, "device");
	n->subvendor = (uint16_t)read_id(root, &n->addr, "subsystem_vendor");
	n->subdevice = (uint16_t)read_id(root, &n->addr, "subsystem_device");
	n->class = read_id(root, &n->addr, "class");
	n->profile = profile_find(n->vendor, n->device);
	util_format(n->name, sizeof(n->name), "%04x:%04x", n->vendor, n->device);
	if (n->profile)
		util_strlcpy(n->name, sizeof(n->name), n->profile->title);
	if (sysroot_read(root, n->modalias, sizeof(n->modalias), DEV "/modalias", a) < 0)
		n->modalias[0] = '\0';
	if (driver_get(root, &n->addr, n->driver, sizeof(n->driver)) < 0)
		n->driver[0] = '\0';
	if (pci_read_attr(root, &n->addr, "sriov_totalvfs", &value) == 0)
		n->sysfs_total_vfs = (int)value;
	if (!driver_hangs(root, &n->addr, module, sizeof(module)) &&
	    pci_read_attr(root, &n->addr, "sriov_numvfs", &value) == 0)
		n->num_vfs = (unsigned int)value;
	n->iommu_group = iommu_group_of(root, &n->addr);
	if (n->iommu_group < 0)
		n->iommu_group = -1;
	pci_read_aer_totals(root, &n->addr, &n->aer);
	n->n_above = read_above(root, &n->addr, n->above);
	take_config(root, n, cfg);
	read_netdev(root, n);
	read_place(root, n);
}

int inventory_rescan_nic(const struct sysroot *root, struct nic *n)
{
	_cleanup_free_ struct pci_config *cfg = calloc(1, sizeof(*cfg));
	char a[PCI_ADDR_STRLEN];

	if (!cfg)
		return -ENOMEM;
	if (!sysroot_exists(root, DEV, pci_addr_format(&n->addr, a)))
		return -ENODEV;
	if (pci_read_configs(root, &n->addr, 1, cfg) < 0)
		cfg->len = 0; /* shows as config_truncated */
	scan_nic(root, n, cfg);
	return 0;
}

static int compare_addr(const void *a, const void *b)
{
	return pci_addr_cmp(a, b);
}

/* A network controller that was found: which of them are kept, if there are too many. */
struct found_nic {
	struct pci_addr addr;
	bool plain; /* it offers no VFs */
};

static int compare_found(const void *a, const void *b)
{
	const struct found_nic *x = a, *y = b;

	return x->plain != y->plain ? x->plain - y->plain : pci_addr_cmp(&x->addr, &y->addr);
}

static bool is_nic(const struct sysroot *root, const char *name, struct pci_addr *addr)
{
	uint64_t class;

	return pci_addr_parse(name, addr) == 0 && pci_read_attr(root, addr, "class", &class) == 0 &&
	       class >> 16 == 0x02 && !sysroot_exists(root, DEV "/physfn", name);
}

/*
 * Addresses of the network controllers that are not VFs, in order: all, or the first
 * INVENTORY_MAX_NICS of those that offer VFs and then of the others. *@n is their number, *@total
 * that of all. Returns 0 or -ENOMEM.
 */
static int find_nics(const struct sysroot *root, struct pci_addr *addrs, unsigned int *n,
		     unsigned int *total)
{
	_cleanup_free_ struct found_nic *found = calloc(MAX_NICS_SEEN, sizeof(*found));
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/devices");
	struct dirent *entry;
	unsigned int i;

	*n = *total = 0;
	if (!found)
		return -ENOMEM;
	while (dir && *total < MAX_NICS_SEEN && (entry = readdir(dir))) {
		struct found_nic *f = &found[*total];

		if (!is_nic(root, entry->d_name, &f->addr))
			continue;
		f->plain = !sysroot_exists(root, DEV "/sriov_totalvfs", entry->d_name);
		++*total;
	}
	qsort(found, *total, sizeof(*found), compare_found);
	for (i = 0; i < *total && i < INVENTORY_MAX_NICS; i++)
		addrs[i] = found[i].addr;
	*n = i;
	qsort(addrs, *n, sizeof(*addrs), compare_addr);
	return 0;
}

/* A NIC driver makes its netdev; one that keeps the device for a guest does not. */
static bool expects_netdev(const struct nic *n)
{
	return inventory_nic_is_pf(n) && n->driver[0] && strcmp(n->driver, "vfio-pci") != 0 &&
	       strcmp(n->driver, "pci-stub") != 0;
}

struct nic_scan {
	const struct sysroot *root;
	const struct pci_config *cfg; /* NULL: the netdev only */
};

/* What hangs on the netdev of a NIC that was scanned without. */
static void read_late_netdev(const struct sysroot *root, struct nic *n)
{
	read_netdev(root, n);
	read_place(root, n);
}

static int scan_child(void *arg, void *result)
{
	const struct nic_scan *s = arg;
	struct nic *n = result;

	if (s->cfg)
		scan_nic(s->root, n, s->cfg);
	else
		read_late_netdev(s->root, n);
	return 0;
}

/* What the kernel says without asking a driver or waiting for a lock. */
static void set_silent(const struct sysroot *root, struct nic *n)
{
	char a[PCI_ADDR_STRLEN];

	*n = (struct nic){ .addr = n->addr,
			   .sysfs_total_vfs = -1,
			   .peer = -1,
			   .iommu_group = -1,
			   .dev_port = -1,
			   .config_truncated = true,
			   .silent = true };
	pci_addr_format(&n->addr, a);
	if (driver_get(root, &n->addr, n->driver, sizeof(n->driver)) < 0)
		n->driver[0] = '\0';
	util_format(n->name, sizeof(n->name), "a network controller that does not answer");
	log_error("%s: the kernel does not answer for it (driver %s)", a,
		  n->driver[0] ? n->driver : "none");
	driver_note_silent(root, a, n->driver);
}

/* @cfg is NULL once only its netdev is to be read. */
static void scan_bounded(const struct sysroot *root, struct nic *n, const struct pci_config *cfg)
{
	struct nic_scan s = { root, cfg };

	if (child_ask_for(scan_child, &s, n, sizeof(*n),
			  (unsigned int)sysroot_recovery_ms(root, SCAN_MS)) == -ETIMEDOUT)
		set_silent(root, n);
	/* The child's table of profiles was its own. */
	n->profile = n->silent ? NULL : profile_find(n->vendor, n->device);
}

/* All together could not be read, so that each is on its own. False if it is silent. */
static bool read_config(const struct sysroot *root, struct nic *n, struct pci_config *cfg)
{
	const int ret = pci_read_configs(root, &n->addr, 1, cfg);

	if (ret < 0)
		memset(cfg, 0, sizeof(*cfg)); /* shows as config_truncated */
	if (ret == -ETIMEDOUT)
		set_silent(root, n);
	return ret != -ETIMEDOUT;
}

struct netdev_wait {
	const struct sysroot *root;
	struct inventory *inv;
};

static bool netdevs_are_there(void *arg)
{
	struct netdev_wait *w = arg;
	bool all = true;
	unsigned int i;

	for (i = 0; i < w->inv->n_nics; i++) {
		struct nic *n = &w->inv->nics[i];

		if (!expects_netdev(n) || n->ifname[0])
			continue;
		/* Read all of it once the netdev has come, not before. */
		if (netdev_find(w->root, &n->addr, n->ifname) < 0 || !n->ifname[0])
			all = false;
		else
			scan_bounded(w->root, n, NULL);
	}
	return all;
}

int inventory_scan(const struct sysroot *root, struct inventory *inv)
{
	_cleanup_free_ struct pci_config *cfgs = calloc(INVENTORY_MAX_NICS, sizeof(*cfgs));
	struct pci_addr addrs[INVENTORY_MAX_NICS];
	struct netdev_wait wait = { root, inv };
	bool one_by_one;
	unsigned int i;
	int ret;

	if (!cfgs)
		return -ENOMEM;
	memset(inv, 0, sizeof(*inv));
	(void)!inventory_scan_host(root, &inv->host);
	(void)!inventory_scan_iommu(root, &inv->iommu);
	ret = find_nics(root, addrs, &inv->n_nics, &inv->n_found);
	if (ret < 0)
		return ret;
	one_by_one = pci_read_configs(root, addrs, inv->n_nics, cfgs) < 0;
	for (i = 0; i < inv->n_nics; i++) {
		inv->nics[i].addr = addrs[i];
		if (!one_by_one || read_config(root, &inv->nics[i], &cfgs[i]))
			scan_bounded(root, &inv->nics[i], &cfgs[i]);
	}
	/* A netdev that does not come in time is a finding of the case nic_driver. */
	if (sysroot_is_real(root) &&
	    util_poll_until(netdevs_are_there, &wait,
			    (unsigned int)sysroot_recovery_ms(root, NETDEV_WAIT_MS)) < 0)
		return 0;
	return 0;
}
