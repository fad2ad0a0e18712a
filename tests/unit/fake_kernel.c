/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stand-in for the kernel: what sysfs writes do to the tree, as drivers/pci/iov.c and
 * drivers/pci/pci-driver.c (Linux 6.12) do it. It may be called in a forked helper, so all of its
 * state is in the tree.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>

#include <cmocka.h>

#include "sys/sriov.h"

#define DEV "sys/bus/pci/devices/"

static unsigned int attr(const struct fake_sysroot *fs, const char *dev, const char *name, int base)
{
	char text[64];
	uint64_t value = 0;

	if (sysroot_read(&fs->root, text, sizeof(text), DEV "%s/%s", dev, name) < 0 ||
	    util_parse_u64(text, base, UINT32_MAX, &value) < 0)
		return 0;
	return (unsigned int)value;
}

static void set_attr(const struct fake_sysroot *fs, const char *dev, const char *name,
		     const char *text)
{
	char path[256];

	util_format(path, sizeof(path), DEV "%s/%s", dev, name);
	fake_file(fs, path, text);
}

static void bind(const struct fake_sysroot *fs, const char *dev, const char *driver)
{
	char path[256], target[128];

	util_format(path, sizeof(path), DEV "%s/driver", dev);
	util_format(target, sizeof(target), "../drivers/%s", driver);
	fake_link(fs, path, target);
}

/* Where the SR-IOV capability is, 0 if there is none. */
static unsigned int find_sriov(const uint8_t *data)
{
	unsigned int pos = 0x100, i;

	for (i = 0; i < 64 && pos; i++) {
		if ((data[pos] | data[pos + 1] << 8) == PCI_EXT_CAP_ID_SRIOV)
			return pos;
		pos = (unsigned int)(data[pos + 2] >> 4 | data[pos + 3] << 4);
	}
	return 0;
}

/* VF Enable and NumVFs of the PF's capability. */
static void set_capability(const struct fake_sysroot *fs, const char *pf, unsigned int n)
{
	char path[256], *data;
	unsigned int pos;
	size_t len;

	if (sysroot_slurp(&fs->root, &data, &len, PCI_CONFIG_SIZE, DEV "%s/config", pf) < 0)
		return;
	pos = len == PCI_CONFIG_SIZE ? find_sriov((uint8_t *)data) : 0;
	if (pos) {
		data[pos + PCI_SRIOV_CTRL] =
			(char)((data[pos + PCI_SRIOV_CTRL] & PCI_SRIOV_CTRL_ARI) | (n ? 9 : 0));
		fake_put16((uint8_t *)data + pos + PCI_SRIOV_NUM_VF, (uint16_t)n);
		util_format(path, sizeof(path), DEV "%s/config", pf);
		fake_bytes(fs, path, data, len);
	}
	free(data);
}

/* Of two PFs on buses of their own too, each VF has its own group. */
static unsigned int vf_group(const char *pf, unsigned int i)
{
	struct pci_addr addr;

	assert_int_equal(pci_addr_parse(pf, &addr), 0);
	return 20 + 300u * (addr.bus - 1u) + i;
}

/* A VF has no ids of its own. */
static void vf_config(const struct fake_sysroot *fs, unsigned int i, struct pci_config *cfg)
{
	const struct fake_faults *f = &fs->faults;

	fake_config(cfg, 0xffff, 0xffff, 0x020000);
	fake_put32(cfg->data + 0xa0 + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_FLR);
	if (f->odd_vf == i + 1)
		f->make_odd(cfg);
	if (f->silent_from && i + 1 >= f->silent_from)
		memset(cfg->data, 0xff, cfg->len);
}

static void add_vf(const struct fake_sysroot *fs, const char *pf, unsigned int i)
{
	struct pci_config cfg;
	char path[256], name[PCI_ADDR_STRLEN], port[PCI_ADDR_STRLEN], target[64], ifname[16];
	struct pci_addr pf_addr, port_addr, vf;
	bool has_port;

	/* Below the same port, so that the links between PF and VF lead somewhere. */
	assert_int_equal(pci_addr_parse(pf, &pf_addr), 0);
	has_port = pci_parent(&fs->root, &pf_addr, &port_addr) == 0;
	vf = sriov_vf_addr(&pf_addr, attr(fs, pf, "sriov_offset", 10) + fs->faults.vf_shift,
			   attr(fs, pf, "sriov_stride", 10), i);
	pci_addr_format(&vf, name);
	util_format(ifname, sizeof(ifname), "%s%u", fs->vf_ifname ? fs->vf_ifname : "", i);
	vf_config(fs, i, &cfg);
	fake_add_pci(fs, &(struct fake_pci){
				 .addr = name,
				 .parent = has_port ? pci_addr_format(&port_addr, port) : NULL,
				 .vendor = (uint16_t)attr(fs, pf, "vendor", 0),
				 .device = (uint16_t)attr(fs, pf, "sriov_vf_device", 16),
				 .class = 0x020000,
				 .config = &cfg,
				 .group = fs->faults.shared_group ? 20 : (int)vf_group(pf, i) });
	util_format(target, sizeof(target), "../%s", pf);
	util_format(path, sizeof(path), DEV "%s/physfn", name);
	fake_link(fs, path, target);
	util_format(target, sizeof(target), "../%s", name);
	util_format(path, sizeof(path), DEV "%s/virtfn%u", pf, i);
	fake_link(fs, path, target);
	if (!fs->vf_driver ||
	    (!attr(fs, pf, "sriov_drivers_autoprobe", 10) && !fs->faults.autoprobe_ignored))
		return;
	fake_add_driver(fs, fs->vf_driver);
	bind(fs, name, fs->vf_driver);
	util_format(path, sizeof(path), DEV "%s/net/%s", name, ifname);
	fake_dir(fs, path);
}

static void remove_vf(const struct fake_sysroot *fs, const char *pf, unsigned int i)
{
	char path[256], name[PCI_ADDR_STRLEN], target[256];

	if (sysroot_link_name(&fs->root, name, sizeof(name), DEV "%s/virtfn%u", pf, i) < 0)
		return;
	util_format(path, sizeof(path), DEV "%s/virtfn%u", pf, i);
	fake_remove(fs, path);
	if (fs->faults.vfs_stay)
		return;
	assert_int_equal(sysroot_readlink(&fs->root, target, sizeof(target), DEV "%s", name), 0);
	util_format(path, sizeof(path), "sys/%s", target + strlen("../../../"));
	fake_remove(fs, path);
	util_format(path, sizeof(path), DEV "%s", name);
	fake_remove(fs, path);
	util_format(path, sizeof(path), "sys/kernel/iommu_groups/%u", vf_group(pf, i));
	fake_remove(fs, path);
}

/* As pci_lock_rescan_remove() does, it lets one at a time go on. */
static void take_time(const struct fake_sysroot *fs, unsigned int ms)
{
	_cleanup_close_ int fd =
		openat(fs->root.fd, "kernel.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	assert_int_equal(flock(fd, LOCK_EX), 0);
	poll(NULL, 0, (int)ms);
}

static int write_numvfs(const struct fake_sysroot *fs, const char *pf, unsigned int n)
{
	const struct fake_faults *f = &fs->faults;
	unsigned int now = attr(fs, pf, "sriov_numvfs", 10), i;
	char text[16];

	if (f->numvfs_blocks)
		poll(NULL, 0, -1);
	if (f->numvfs_ms)
		take_time(fs, f->numvfs_ms);
	if (n > attr(fs, pf, "sriov_totalvfs", 10) && !f->accepts_over_max)
		return -ERANGE;
	if (n == now)
		return 0;
	if (n && now && !f->accepts_change)
		return -EBUSY;
	if (n && f->numvfs_error)
		return f->numvfs_error;
	for (i = 0; i < now; i++)
		remove_vf(fs, pf, i);
	n -= n > f->vfs_missing ? f->vfs_missing : n;
	for (i = 0; i < n; i++)
		add_vf(fs, pf, i);
	set_capability(fs, pf, f->capability_off ? 0 : n);
	util_format(text, sizeof(text), "%u\n", n);
	set_attr(fs, pf, "sriov_numvfs", text);
	return 0;
}

static int write_probe(const struct fake_sysroot *fs, const char *dev)
{
	char driver[64];

	if (sysroot_read(&fs->root, driver, sizeof(driver), DEV "%s/driver_override", dev) < 0)
		return -ENODEV;
	if (!fs->faults.probe_fails && strcmp(driver, "(null)") != 0 &&
	    sysroot_exists(&fs->root, "sys/bus/pci/drivers/%s", driver))
		bind(fs, dev, driver);
	return 0;
}

static int write_unbind(const struct fake_sysroot *fs, const char *dev)
{
	char path[256];

	if (!sysroot_exists(&fs->root, DEV "%s", dev))
		return -ENODEV;
	util_format(path, sizeof(path), DEV "%s/driver", dev);
	fake_remove(fs, path);
	return 0;
}

/* "8086 10ca" of a driver's new_id, in a file of its own. */
static int write_id(const struct fake_sysroot *fs, const char *path, const char *attr,
		    const char *text)
{
	char file[256], now[32];
	bool has;

	util_format(file, sizeof(file), "%.*s/fake_id", (int)(attr - 1 - path), path);
	has = sysroot_read(&fs->root, now, sizeof(now), "%s", file) > 0 && strcmp(now, text) == 0;
	if (strcmp(attr, "new_id") == 0) {
		if (has)
			return -EEXIST;
		fake_file(fs, file, text);
		return 0;
	}
	if (!has)
		return -ENODEV;
	fake_remove(fs, file);
	return 0;
}

/* pci_device_can_probe(): a VF whose PF says so is probed for its override only. */
static bool may_probe(const struct fake_sysroot *fs, const char *dev)
{
	char driver[64];

	return !sysroot_exists(&fs->root, DEV "%s/physfn", dev) ||
	       attr(fs, dev, "physfn/sriov_drivers_autoprobe", 10) ||
	       fs->faults.autoprobe_ignored ||
	       (sysroot_read(&fs->root, driver, sizeof(driver), DEV "%s/driver_override", dev) >=
			0 &&
		strcmp(driver, "(null)") != 0);
}

/* A driver takes a device that is unbound and whose id it has, be it by new_id. */
static int write_bind(const struct fake_sysroot *fs, const char *path, const char *dev)
{
	char id[32], mine[32], driver[64];
	const char *end = strrchr(path, '/');

	util_format(driver, sizeof(driver), "%.*s", (int)(end - path), path);
	if (!sysroot_exists(&fs->root, DEV "%s", dev) ||
	    sysroot_exists(&fs->root, DEV "%s/driver", dev) || !may_probe(fs, dev))
		return -ENODEV;
	util_format(mine, sizeof(mine), "%04x %04x", attr(fs, dev, "vendor", 0),
		    attr(fs, dev, "device", 0));
	if (sysroot_read(&fs->root, id, sizeof(id), "%s/fake_id", driver) < 0)
		id[0] = '\0';
	if (fs->faults.probe_fails ||
	    (strcmp(id, mine) != 0 &&
	     (!fs->vf_driver || strcmp(strrchr(driver, '/') + 1, fs->vf_driver) != 0)))
		return -ENODEV;
	bind(fs, dev, strrchr(driver, '/') + 1);
	return 0;
}

static int on_write(const struct sysroot *root, const char *path, const char *text)
{
	const struct fake_sysroot *fs = (const struct fake_sysroot *)root;
	char dev[PCI_ADDR_STRLEN] = "";
	const char *name = strrchr(path, '/') + 1;
	uint64_t n;

	if (strncmp(path, DEV, strlen(DEV)) == 0)
		util_strlcpy(dev, sizeof(dev), path + strlen(DEV));
	if (strcmp(name, "drivers_probe") == 0)
		return write_probe(fs, text);
	if (strcmp(name, "unbind") == 0)
		return write_unbind(fs, text);
	if (strcmp(name, "bind") == 0)
		return write_bind(fs, path, text);
	if (strcmp(name, "new_id") == 0 || strcmp(name, "remove_id") == 0)
		return write_id(fs, path, name, text);
	if (strcmp(name, "sriov_numvfs") == 0)
		return util_parse_u64(text, 10, 65535, &n) == 0
			       ? write_numvfs(fs, dev, (unsigned int)n)
		       : fs->faults.accepts_junk ? write_numvfs(fs, dev, 1)
						 : -EINVAL;
	if (strcmp(name, "reset") == 0 && fs->faults.reset_blocks)
		poll(NULL, 0, -1);
	if (strcmp(name, "reset") == 0 && fs->faults.reset_error)
		return fs->faults.reset_error;
	if (strcmp(name, "driver_override") == 0 && strcmp(text, "\n") == 0)
		text = "(null)\n";
	set_attr(fs, dev, name, text);
	return 0;
}

static void add_module(const struct fake_sysroot *fs, const char *name, const char *value)
{
	char path[256], target[128];

	util_format(path, sizeof(path), "sys/module/%s/initstate", name);
	fake_file(fs, path, "live\n");
	util_format(path, sizeof(path), "sys/module/%s/refcnt", name);
	fake_file(fs, path, "0\n");
	util_format(path, sizeof(path), "sys/module/%s/holders", name);
	fake_dir(fs, path);
	util_format(path, sizeof(path), "sys/module/%s/parameters/%s", name, fs->param);
	fake_file(fs, path, value);
	util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/module", name);
	util_format(target, sizeof(target), "../../../../module/%s", name);
	fake_link(fs, path, target);
}

void fake_add_module(struct fake_sysroot *fs, const char *driver, const char *param,
		     const char *value)
{
	fs->param = param;
	fs->param_value = value;
	add_module(fs, driver, value);
}

/* Calls @fn for every device that the driver has, or had when its module was taken out. */
static void for_each_of(const struct fake_sysroot *fs, const char *driver, const char *link,
			void (*fn)(const struct fake_sysroot *fs, const char *dev,
				   const char *driver))
{
	DIR *dir = sysroot_opendir(&fs->root, "sys/bus/pci/devices");
	struct dirent *entry;
	char name[64];

	while (dir && (entry = readdir(dir)))
		if (sysroot_link_name(&fs->root, name, sizeof(name), DEV "%s/%s", entry->d_name,
				      link) == 0 &&
		    strcmp(name, driver) == 0)
			fn(fs, entry->d_name, driver);
	closedir(dir);
}

/* The name of its netdev, "net" or where it is kept while the driver is out. */
static void move_netdev(const struct fake_sysroot *fs, const char *dev, const char *from,
			const char *to, const char *new_name)
{
	DIR *dir = sysroot_opendir(&fs->root, DEV "%s/%s", dev, from);
	struct dirent *entry;
	char name[64] = "", path[256];

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			util_strlcpy(name, sizeof(name), entry->d_name);
	if (dir)
		closedir(dir);
	util_format(path, sizeof(path), DEV "%s/%s", dev, from);
	fake_remove(fs, path);
	util_format(path, sizeof(path), DEV "%s/%s/%s", dev, to, new_name ? new_name : name);
	if (name[0])
		fake_dir(fs, path);
}

static void driver_leaves(const struct fake_sysroot *fs, const char *dev, const char *driver)
{
	char path[256], target[128];

	assert_int_equal(write_numvfs(fs, dev, 0), 0);
	util_format(path, sizeof(path), DEV "%s/driver", dev);
	fake_remove(fs, path);
	util_format(path, sizeof(path), DEV "%s/fake_was", dev);
	util_format(target, sizeof(target), "../drivers/%s", driver);
	fake_link(fs, path, target);
	move_netdev(fs, dev, "net", "fake_net", NULL);
}

static void driver_comes(const struct fake_sysroot *fs, const char *dev, const char *driver)
{
	unsigned int total = attr(fs, dev, "sriov_totalvfs", 10), cut = fs->faults.param_ignored;
	uint64_t n = 0;
	char path[256];

	util_format(path, sizeof(path), DEV "%s/fake_was", dev);
	fake_remove(fs, path);
	bind(fs, dev, driver);
	if (!fs->faults.ports_lost)
		move_netdev(fs, dev, "fake_net", "net", fs->new_ifname);
	if (sysroot_read_u64(&fs->root, &n, "sys/module/%s/parameters/%s", driver, fs->param) < 0)
		return;
	n -= n > fs->param_extra ? fs->param_extra : n;
	if (n > total && !fs->faults.accepts_over_max)
		n = total; /* as igb */
	n -= n > cut ? cut : n;
	assert_int_equal(write_numvfs(fs, dev, (unsigned int)n), 0);
}

static int on_module(const struct sysroot *root, const char *name, bool load, const char *options)
{
	const struct fake_sysroot *fs = (const struct fake_sysroot *)root;
	const char *value = options ? strchr(options, '=') : NULL;
	char path[256], number[32];

	if (load == sysroot_exists(root, "sys/module/%s", name))
		return 0;
	if (!load && fs->faults.module_busy)
		return -EBUSY;
	if (load && value && fs->faults.module_refuses && strcmp(value, "=7") > 0)
		return -EINVAL;
	if (!load) {
		for_each_of(fs, name, "driver", driver_leaves);
		util_format(path, sizeof(path), "sys/module/%s", name);
		fake_remove(fs, path);
		util_format(path, sizeof(path), "sys/bus/pci/drivers/%s", name);
		fake_remove(fs, path);
		return 0;
	}
	fake_add_driver(fs, name);
	/* The first is the number of VFs. */
	util_format(number, sizeof(number), "%.*s", value ? (int)strcspn(value + 1, " ") : 0,
		    value ? value + 1 : "");
	add_module(fs, name, value ? number : fs->param_value);
	for_each_of(fs, name, "fake_was", driver_comes);
	return 0;
}

void fake_start_kernel(struct fake_sysroot *fs)
{
	fs->root.on_write = on_write;
	fs->root.on_module = on_module;
}
