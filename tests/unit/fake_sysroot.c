/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake tree: files, links, PCI functions and tables in a temporary directory. */
#include "fake_sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int fake_tree_setup(void **state)
{
	struct fake_sysroot *fs = calloc(1, sizeof(*fs));

	assert_non_null(fs);
	strcpy(fs->dir, "/tmp/vfproof-unit-XXXXXX");
	assert_non_null(mkdtemp(fs->dir));
	assert_int_equal(sysroot_open(&fs->root, fs->dir), 0);
	*state = fs;
	return 0;
}

int fake_tree_teardown(void **state)
{
	struct fake_sysroot *fs = *state;

	sysroot_close(&fs->root);
	nftw(fs->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(fs);
	return 0;
}

void fake_dir(const struct fake_sysroot *fs, const char *path)
{
	char part[512];
	size_t i;

	for (i = 1; i <= strlen(path); i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		util_format(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdirat(fs->root.fd, part, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
}

static void make_parents(const struct fake_sysroot *fs, const char *path)
{
	char dir[512];

	util_strlcpy(dir, sizeof(dir), path);
	*strrchr(dir, '/') = '\0';
	fake_dir(fs, dir);
}

void fake_bytes(const struct fake_sysroot *fs, const char *path, const void *data, size_t len)
{
	int fd;

	make_parents(fs, path);
	fd = openat(fs->root.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(util_write_all(fd, data, len), 0);
	close(fd);
}

void fake_file(const struct fake_sysroot *fs, const char *path, const char *text)
{
	fake_bytes(fs, path, text, strlen(text));
}

void fake_link(const struct fake_sysroot *fs, const char *path, const char *target)
{
	make_parents(fs, path);
	unlinkat(fs->root.fd, path, 0);
	assert_int_equal(symlinkat(target, fs->root.fd, path), 0);
}

void fake_remove(const struct fake_sysroot *fs, const char *path)
{
	char full[600];

	util_format(full, sizeof(full), "%s/%s", fs->dir, path);
	nftw(full, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void fake_add_driver(const struct fake_sysroot *fs, const char *name)
{
	static const char *const files[] = { "bind", "unbind", "new_id", "remove_id" };
	char path[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", name, files[i]);
		fake_file(fs, path, "");
	}
	fake_file(fs, "sys/bus/pci/drivers_probe", "");
}

static void __attribute__((format(printf, 4, 5)))
put_attr(const struct fake_sysroot *fs, const char *addr, const char *attr, const char *fmt, ...)
{
	char path[256], text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/%s", addr, attr);
	fake_file(fs, path, text);
}

static void put_link(const struct fake_sysroot *fs, const char *addr, const char *attr,
		     const char *target)
{
	char path[256];

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/%s", addr, attr);
	fake_link(fs, path, target);
}

/* The directory is where the kernel has it, so that the link to it shows what is above. */
static void add_device_dir(const struct fake_sysroot *fs, const char *addr, const char *parent)
{
	char link[256], target[256], path[512];

	if (parent) {
		util_format(link, sizeof(link), "sys/bus/pci/devices/%s", parent);
		assert_true(sysroot_readlink(&fs->root, target, sizeof(target), "%s", link) == 0);
		util_format(target + strlen(target), sizeof(target) - strlen(target), "/%s", addr);
	} else {
		util_format(target, sizeof(target), "../../../devices/pci0000:00/%s", addr);
	}
	/* sys/bus/pci/devices/../../../devices is sys/devices */
	util_format(path, sizeof(path), "sys/%s", target + strlen("../../../"));
	fake_dir(fs, path);
	util_format(link, sizeof(link), "sys/bus/pci/devices/%s", addr);
	fake_link(fs, link, target);
}

static void add_group(const struct fake_sysroot *fs, const char *addr, int group)
{
	char path[256], name[32];

	util_format(name, sizeof(name), "../iommu_groups/%d", group);
	put_link(fs, addr, "iommu_group", name);
	util_format(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", group, addr);
	fake_link(fs, path, "x");
	util_format(path, sizeof(path), "sys/kernel/iommu_groups/%d/type", group);
	fake_file(fs, path, "DMA-FQ\n");
}

static void add_netdev(const struct fake_sysroot *fs, const char *addr, const char *ifname)
{
	char path[256];

	util_format(path, sizeof(path), "sys/bus/pci/devices/%s/net/%s", addr, ifname);
	fake_dir(fs, path);
	util_format(path, sizeof(path), "sys/class/net/%s/address", ifname);
	fake_file(fs, path, "02:00:00:00:00:01\n");
}

static void add_pf_files(const struct fake_sysroot *fs, const struct fake_pci *p)
{
	put_attr(fs, p->addr, "sriov_totalvfs", "%d\n", p->total_vfs < 0 ? 0 : p->total_vfs);
	put_attr(fs, p->addr, "sriov_numvfs", "0\n");
	put_attr(fs, p->addr, "sriov_drivers_autoprobe", "1\n");
	put_attr(fs, p->addr, "sriov_offset", "%u\n", p->vf_offset);
	put_attr(fs, p->addr, "sriov_stride", "%u\n", p->vf_stride);
	put_attr(fs, p->addr, "sriov_vf_device", "%x\n", p->vf_device);
}

void fake_add_pci(const struct fake_sysroot *fs, const struct fake_pci *p)
{
	char path[256], target[64];

	add_device_dir(fs, p->addr, p->parent);
	put_attr(fs, p->addr, "vendor", "0x%04x\n", p->vendor);
	put_attr(fs, p->addr, "device", "0x%04x\n", p->device);
	put_attr(fs, p->addr, "class", "0x%06x\n", p->class);
	put_attr(fs, p->addr, "modalias", "pci:v0000FFF0d0000FFF1sv*\n");
	put_attr(fs, p->addr, "driver_override", "(null)\n");
	if (p->driver) {
		fake_add_driver(fs, p->driver);
		util_format(target, sizeof(target), "../drivers/%s", p->driver);
		put_link(fs, p->addr, "driver", target);
	}
	if (p->config) {
		util_format(path, sizeof(path), "sys/bus/pci/devices/%s/config", p->addr);
		fake_bytes(fs, path, p->config->data, p->config->len);
	}
	if (p->group)
		add_group(fs, p->addr, p->group);
	if (p->ifname)
		add_netdev(fs, p->addr, p->ifname);
	if (p->total_vfs)
		add_pf_files(fs, p);
}

void fake_put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

void fake_put32(uint8_t *p, uint32_t value)
{
	fake_put16(p, (uint16_t)value);
	fake_put16(p + 2, (uint16_t)(value >> 16));
}

void fake_put64(uint8_t *p, uint64_t value)
{
	fake_put32(p, (uint32_t)value);
	fake_put32(p + 4, (uint32_t)(value >> 32));
}

static void put_ext_cap(struct pci_config *cfg, unsigned int pos, unsigned int id,
			unsigned int next)
{
	fake_put32(cfg->data + pos, id | 1 << 16 | next << 20);
}

void fake_config(struct pci_config *cfg, uint16_t vendor, uint16_t device, uint32_t class)
{
	uint8_t *d = cfg->data;

	memset(cfg, 0, sizeof(*cfg));
	cfg->len = PCI_CONFIG_SIZE;
	fake_put16(d + PCI_VENDOR_ID, vendor);
	fake_put16(d + PCI_DEVICE_ID, device);
	fake_put16(d + PCI_STATUS, PCI_STATUS_CAP_LIST);
	fake_put32(d + PCI_CLASS_REVISION, class << 8);
	d[PCI_CAPABILITY_LIST] = 0x40;
	fake_put16(d + 0x40, PCI_CAP_ID_PM | 0xa0 << 8);
	fake_put16(d + 0xa0, PCI_CAP_ID_EXP);
	fake_put16(d + 0xa0 + PCI_EXP_FLAGS, 2);
	fake_config_link(cfg, 2, 4, 2, 4);
	put_ext_cap(cfg, 0x100, PCI_EXT_CAP_ID_ERR, 0x150);
	put_ext_cap(cfg, 0x150, PCI_EXT_CAP_ID_ARI, 0);
}

void fake_config_sriov(struct pci_config *cfg, uint16_t total, uint16_t offset, uint16_t stride,
		       uint16_t vf_device)
{
	uint8_t *d = cfg->data + 0x160;

	put_ext_cap(cfg, 0x150, PCI_EXT_CAP_ID_ARI, 0x160);
	put_ext_cap(cfg, 0x160, PCI_EXT_CAP_ID_SRIOV, 0);
	fake_put16(d + PCI_SRIOV_CTRL, PCI_SRIOV_CTRL_ARI);
	fake_put16(d + PCI_SRIOV_INITIAL_VF, total);
	fake_put16(d + PCI_SRIOV_TOTAL_VF, total);
	fake_put16(d + PCI_SRIOV_VF_OFFSET, offset);
	fake_put16(d + PCI_SRIOV_VF_STRIDE, stride);
	fake_put16(d + PCI_SRIOV_VF_DID, vf_device);
	fake_put32(d + PCI_SRIOV_BAR, 0xe000000c); /* 64 bits */
	fake_put32(d + PCI_SRIOV_BAR + 12, 0xe010000c);
}

void fake_config_link(struct pci_config *cfg, unsigned int speed, unsigned int width,
		      unsigned int max_speed, unsigned int max_width)
{
	fake_put32(cfg->data + 0xa0 + PCI_EXP_LNKCAP, max_speed | max_width << 4);
	fake_put16(cfg->data + 0xa0 + PCI_EXP_LNKSTA, (uint16_t)(speed | width << 4));
}

void fake_config_port(struct pci_config *cfg, uint8_t secondary, uint8_t subordinate)
{
	cfg->data[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	cfg->data[PCI_SECONDARY_BUS] = secondary;
	cfg->data[PCI_SUBORDINATE_BUS] = subordinate;
	fake_config_ari(cfg, PCI_EXP_TYPE_ROOT_PORT, true, true);
}

void fake_config_ari(struct pci_config *cfg, unsigned int type, bool can, bool does)
{
	fake_put16(cfg->data + 0xa0 + PCI_EXP_FLAGS, (uint16_t)(type << 4 | 2));
	fake_put32(cfg->data + 0xa0 + PCI_EXP_DEVCAP2, can ? PCI_EXP_DEVCAP2_ARI : 0);
	fake_put16(cfg->data + 0xa0 + PCI_EXP_DEVCTL2, does ? PCI_EXP_DEVCTL2_ARI : 0);
}

void fake_add_igb(struct fake_sysroot *fs, const char *ifname)
{
	struct pci_config port, pf;

	fake_config(&port, 0x8086, 0x1c10, 0x060400);
	fake_config_port(&port, 1, 2);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:00:1c.0",
					     .vendor = 0x8086,
					     .device = 0x1c10,
					     .class = 0x060400,
					     .driver = "pcieport",
					     .group = 9,
					     .config = &port });
	fake_config(&pf, 0x8086, 0x10c9, 0x020000);
	fake_config_sriov(&pf, 8, 128, 2, 0x10ca);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:01:00.0",
					     .parent = "0000:00:1c.0",
					     .vendor = 0x8086,
					     .device = 0x10c9,
					     .class = 0x020000,
					     .driver = "igb",
					     .ifname = ifname,
					     .group = 10,
					     .config = &pf,
					     .total_vfs = 7,
					     .vf_offset = 128,
					     .vf_stride = 2,
					     .vf_device = 0x10ca });
	fake_dir(fs, "sys/class/iommu/dmar0");
	fake_add_driver(fs, "vfio-pci");
	fake_start_kernel(fs);
}

void fake_seal_table(uint8_t *buf, size_t len)
{
	uint8_t sum = 0;
	size_t i;

	fake_put32(buf + 4, (uint32_t)len);
	buf[9] = 0;
	for (i = 0; i < len; i++)
		sum = (uint8_t)(sum + buf[i]);
	buf[9] = (uint8_t)-sum;
}

size_t fake_dmar(uint8_t *buf)
{
	uint8_t *p = buf + 48;

	memset(buf, 0, 112);
	memcpy(buf, "DMAR", 4);
	buf[36] = 45; /* 46 bits */
	buf[37] = 1 | 2; /* interrupt remapping, x2apic opt-out */
	fake_put16(p, 0); /* DRHD */
	fake_put16(p + 2, 24);
	fake_put64(p + 8, 0xfed90000);
	p[16] = 3; /* I/O APIC */
	p[17] = 8;
	p[21] = 0xf0;
	p[22] = 0x1f;
	p += 24;
	fake_put16(p, 1); /* RMRR */
	fake_put16(p + 2, 34);
	fake_put64(p + 8, 0xbf000000);
	fake_put64(p + 16, 0xbf01ffff);
	p[24] = 1; /* endpoint 01:00.0 below 00:1c.0 */
	p[25] = 10;
	p[30] = 0x1c;
	p += 34;
	fake_seal_table(buf, (size_t)(p - buf));
	return (size_t)(p - buf);
}

static uint8_t *put_ivhd(uint8_t *p, uint8_t type, size_t fixed)
{
	p[0] = type;
	fake_put16(p + 2, (uint16_t)(fixed + 8));
	fake_put64(p + 8, 0xfd200000);
	p[fixed] = 0x48; /* special device: I/O APIC */
	p[fixed + 7] = 1;
	return p + fixed + 8;
}

size_t fake_ivrs(uint8_t *buf)
{
	uint8_t *p = buf + 48;

	memset(buf, 0, 200);
	memcpy(buf, "IVRS", 4);
	fake_put32(buf + 36, 48 << 8);
	p = put_ivhd(p, 0x10, 24);
	p = put_ivhd(p, 0x11, 40);
	p[0] = 0x21; /* IVMD for one device */
	fake_put16(p + 2, 32);
	fake_put16(p + 4, 0x00a1); /* 00:14.1 */
	fake_put64(p + 16, 0xcf000000);
	fake_put64(p + 24, 0x10000);
	p += 32;
	fake_seal_table(buf, (size_t)(p - buf));
	return (size_t)(p - buf);
}
