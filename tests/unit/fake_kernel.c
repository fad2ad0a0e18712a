/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stand-in for the kernel: what sysfs writes do to the tree, as drivers/pci/iov.c and
 * drivers/pci/pci-driver.c (Linux 6.12) do it. It may be called in a forked helper, so all of its
 * state is in the tree.
 */
#include "fake_sysroot.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/sriov.h"

#define DEV "sys/bus/pci/devices/"
#define FIRST_GROUP 1000 /* of VFs */

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

static void add_vf(const struct fake_sysroot *fs, const char *pf, unsigned int i)
{
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
	fake_add_pci(fs, &(struct fake_pci){
				 .addr = name,
				 .parent = has_port ? pci_addr_format(&port_addr, port) : NULL,
				 .vendor = (uint16_t)attr(fs, pf, "vendor", 0),
				 .device = (uint16_t)attr(fs, pf, "sriov_vf_device", 16),
				 .class = 0x020000,
				 .group = FIRST_GROUP + (fs->faults.shared_group ? 0 : (int)i) });
	util_format(target, sizeof(target), "../%s", pf);
	util_format(path, sizeof(path), DEV "%s/physfn", name);
	fake_link(fs, path, target);
	util_format(target, sizeof(target), "../%s", name);
	util_format(path, sizeof(path), DEV "%s/virtfn%u", pf, i);
	fake_link(fs, path, target);
	if (!fs->vf_driver || !attr(fs, pf, "sriov_drivers_autoprobe", 10))
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
	util_format(path, sizeof(path), "sys/kernel/iommu_groups/%u", FIRST_GROUP + i);
	fake_remove(fs, path);
}

static int write_numvfs(const struct fake_sysroot *fs, const char *pf, unsigned int n)
{
	const struct fake_faults *f = &fs->faults;
	unsigned int now = attr(fs, pf, "sriov_numvfs", 10), i;
	char text[16];

	if (f->numvfs_blocks)
		poll(NULL, 0, -1);
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
	if (strcmp(name, "sriov_numvfs") == 0)
		return util_parse_u64(text, 10, 65535, &n) < 0
			       ? -EINVAL
			       : write_numvfs(fs, dev, (unsigned int)n);
	if (strcmp(name, "driver_override") == 0 && strcmp(text, "\n") == 0)
		text = "(null)\n";
	set_attr(fs, dev, name, text);
	return 0;
}

void fake_start_kernel(struct fake_sysroot *fs)
{
	fs->root.on_write = on_write;
}
