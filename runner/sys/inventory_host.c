/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's part of the inventory: board, CPU, memory, IOMMU, KVM. */
#include "sys/inventory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/child.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sysroot.h"
#include "sys/dmi.h"
#include "sys/kernel.h"

#define SCAN_MS 10000

static void read_serial(const struct sysroot *root, char *buf, size_t size)
{
	static const char *const names[] = { "product_serial", "board_serial", "chassis_serial" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		dmi_read_number(root, names[i], buf, size);
		if (buf[0])
			return;
	}
}

/* The value after "key : ", up to the line's end, is copied. */
static void take_value(const char *line, const char *key, char *buf, size_t size)
{
	size_t len = strlen(key);
	const char *colon = line + len + strspn(line + len, " \t");

	if (strncmp(line, key, len) != 0 || *colon != ':')
		return;
	colon++;
	util_strlcpy(buf, size, colon + strspn(colon, " \t"));
	util_sanitise(buf);
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *s = text;

	while ((s = strstr(s, word))) {
		if ((s == text || s[-1] == ' ') && (s[len] == ' ' || s[len] == '\0'))
			return true;
		s += len;
	}
	return false;
}

static bool take_cpu_line(char *line, void *arg)
{
	struct host_info *h = arg;

	if (strncmp(line, "processor", 9) == 0)
		h->cpus++;
	if (!h->cpu_model[0])
		take_value(line, "model name", h->cpu_model, sizeof(h->cpu_model));
	if (h->cpus <= 1 && strncmp(line, "flags", 5) == 0) {
		h->cpu_vmx = has_word(line, "vmx");
		h->cpu_svm = has_word(line, "svm");
	}
	return true;
}

static void read_cpu(const struct sysroot *root, struct host_info *h)
{
	(void)!sysroot_each_line(root, take_cpu_line, h, "proc/cpuinfo");
}

/* A line of /proc/meminfo, 0 if it is not there. */
static uint64_t read_memory_kb(const struct sysroot *root, const char *what)
{
	char text[4096], value[64] = "", *line, *state = NULL;
	uint64_t kb;

	if (sysroot_read(root, text, sizeof(text), "proc/meminfo") < 0)
		return 0;
	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		take_value(line, what, value, sizeof(value));
	value[strcspn(value, " ")] = '\0';
	return util_parse_u64(value, 10, UINT64_MAX, &kb) < 0 ? 0 : kb;
}

uint64_t inventory_memory_available_kb(const struct sysroot *root)
{
	return read_memory_kb(root, "MemAvailable");
}

bool inventory_kvm_works(const struct sysroot *root)
{
	_cleanup_close_ int fd = -1;
	int vm;

	if (!sysroot_is_real(root))
		return false;
	fd = sysroot_openat(root, O_RDWR, "dev/kvm");
	if (fd < 0)
		return false;
	vm = ioctl(fd, KVM_CREATE_VM, 0);
	if (vm >= 0)
		close(vm);
	return vm >= 0;
}

/* Without secrets. */
static void read_cmdline(const struct sysroot *root, char *buf, size_t size)
{
	int ret = kernel_read_cmdline(root, buf, size);

	if (ret == 0)
		secret_hide(buf, size);
	else if (ret == -E2BIG)
		util_format(buf, size, "(longer than %u characters)", KERNEL_CMDLINE_SIZE - 1);
}

static void read_host(const struct sysroot *root, struct host_info *h)
{
	dmi_read(root, "sys_vendor", h->vendor, sizeof(h->vendor));
	dmi_read(root, "product_name", h->product, sizeof(h->product));
	dmi_read(root, "board_name", h->board, sizeof(h->board));
	dmi_read(root, "bios_vendor", h->bios_vendor, sizeof(h->bios_vendor));
	dmi_read(root, "bios_version", h->bios_version, sizeof(h->bios_version));
	dmi_read(root, "bios_date", h->bios_date, sizeof(h->bios_date));
	read_serial(root, h->serial, sizeof(h->serial));
	dmi_read_number(root, "product_uuid", h->uuid, sizeof(h->uuid));
	dmi_read_number(root, "board_serial", h->board_serial, sizeof(h->board_serial));
	read_cpu(root, h);
	h->memory_kb = read_memory_kb(root, "MemTotal");
	if (sysroot_read(root, h->kernel, sizeof(h->kernel), "proc/sys/kernel/osrelease") < 0)
		h->kernel[0] = '\0';
	read_cmdline(root, h->cmdline, sizeof(h->cmdline));
	boot_port_find(root, h->boot_mac);
	util_sanitise(h->kernel);
	util_sanitise(h->cmdline);
	h->kvm = inventory_kvm_works(root);
}

/* The chip in a line of /proc/interrupts: what follows the counters. NULL for NMI, LOC, ... */
static const char *irq_chip(const char *line)
{
	line += strspn(line, " ");
	if (!isdigit((unsigned char)*line))
		return NULL;
	line += strcspn(line, ":");
	while (*line == ':' || *line == ' ' || isdigit((unsigned char)*line))
		line++;
	return line;
}

struct irq_count {
	unsigned int remapped, plain;
};

static bool take_irq_line(char *line, void *arg)
{
	struct irq_count *n = arg;
	const char *chip = irq_chip(line);

	if (!chip)
		return true;
	n->remapped += strncmp(chip, "IR-", 3) == 0;
	n->plain += strncmp(chip, "PCI-MSI", 7) == 0 || strncmp(chip, "IO-APIC", 7) == 0;
	return true;
}

int inventory_count_irqs(const struct sysroot *root, unsigned int *remapped, unsigned int *plain)
{
	struct irq_count n = { 0 };
	int ret = sysroot_each_line(root, take_irq_line, &n, "proc/interrupts");

	*remapped = n.remapped;
	*plain = n.plain;
	return ret;
}

/* Which kind of units are in /sys/class/iommu: dmarN is Intel's, ivhdN AMD's. */
static enum iommu_kind kind_of_units(const struct sysroot *root)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/class/iommu");
	enum iommu_kind kind = IOMMU_NONE;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "dmar", 4) == 0)
			return IOMMU_INTEL;
		if (strncmp(entry->d_name, "ivhd", 4) == 0)
			return IOMMU_AMD;
		if (entry->d_name[0] != '.')
			kind = IOMMU_OTHER;
	}
	return kind;
}

static void read_iommu(const struct sysroot *root, struct iommu_info *i)
{
	unsigned int remapped, plain;

	i->table_dmar = sysroot_exists(root, "sys/firmware/acpi/tables/DMAR");
	i->table_ivrs = sysroot_exists(root, "sys/firmware/acpi/tables/IVRS");
	i->units = sysroot_count(root, "sys/class/iommu");
	i->groups = sysroot_count(root, "sys/kernel/iommu_groups");
	i->irqs_unread = inventory_count_irqs(root, &remapped, &plain) < 0;
	i->irq_remap = remapped > 0;
	i->kind = kind_of_units(root);
	if (i->kind == IOMMU_NONE && i->table_dmar)
		i->kind = IOMMU_INTEL;
	else if (i->kind == IOMMU_NONE && i->table_ivrs)
		i->kind = IOMMU_AMD;
}

static int host_child(void *root, void *result)
{
	read_host(root, result);
	return 0;
}

static int iommu_child(void *root, void *result)
{
	read_iommu(root, result);
	return 0;
}

static bool scan_bounded(const struct sysroot *root, const char *what,
			 int (*fn)(void *arg, void *result), void *result, size_t size)
{
	memset(result, 0, size);
	if (child_ask_for(fn, (void *)root, result, size,
			  (unsigned int)sysroot_recovery_ms(root, SCAN_MS)) == 0)
		return true;
	log_error("the kernel does not answer what is asked about %s", what);
	return false;
}

bool inventory_scan_host(const struct sysroot *root, struct host_info *h)
{
	return scan_bounded(root, "the host", host_child, h, sizeof(*h));
}

bool inventory_scan_iommu(const struct sysroot *root, struct iommu_info *i)
{
	return scan_bounded(root, "the IOMMU", iommu_child, i, sizeof(*i));
}
