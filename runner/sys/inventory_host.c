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

#define SCAN_MS 10000
#define MAX_CPUINFO (8u << 20)
#define MAX_INTERRUPTS (32u << 20)

/* What boards say that were never given a serial number. */
static bool is_placeholder(const char *s)
{
	static const char *const texts[] = {
		"To be filled by O.E.M.", "Default string", "Not Specified",
		"System Serial Number",	  "None",	    "0"
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcasecmp(s, texts[i]) == 0)
			return true;
	return false;
}

static void read_dmi(const struct sysroot *root, const char *name, char *buf, size_t size)
{
	if (sysroot_read(root, buf, size, "sys/class/dmi/id/%s", name) < 0)
		buf[0] = '\0';
	util_sanitise(buf);
}

static void read_serial(const struct sysroot *root, char *buf, size_t size)
{
	static const char *const names[] = { "product_serial", "board_serial", "chassis_serial" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		read_dmi(root, names[i], buf, size);
		if (buf[0] && !is_placeholder(buf))
			return;
	}
	buf[0] = '\0';
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

static void read_cpu(const struct sysroot *root, struct host_info *h)
{
	_cleanup_free_ char *text = NULL;
	char flags[4096] = "", *line, *state = NULL;
	size_t len;

	if (sysroot_slurp(root, &text, &len, MAX_CPUINFO, "proc/cpuinfo") < 0)
		return;
	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		if (strncmp(line, "processor", 9) == 0)
			h->cpus++;
		if (!h->cpu_model[0])
			take_value(line, "model name", h->cpu_model, sizeof(h->cpu_model));
		if (!flags[0])
			take_value(line, "flags", flags, sizeof(flags));
	}
	h->cpu_vmx = has_word(flags, "vmx");
	h->cpu_svm = has_word(flags, "svm");
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

/* Without secrets, which are hidden before anything is cut off. */
static void read_cmdline(const struct sysroot *root, char *buf, size_t size)
{
	char cmdline[8192];

	if (sysroot_read(root, cmdline, sizeof(cmdline), "proc/cmdline") < 0)
		cmdline[0] = '\0';
	secret_hide(cmdline, sizeof(cmdline));
	util_strlcpy(buf, size, cmdline);
}

static void read_host(const struct sysroot *root, struct host_info *h)
{
	read_dmi(root, "sys_vendor", h->vendor, sizeof(h->vendor));
	read_dmi(root, "product_name", h->product, sizeof(h->product));
	read_dmi(root, "board_name", h->board, sizeof(h->board));
	read_dmi(root, "bios_vendor", h->bios_vendor, sizeof(h->bios_vendor));
	read_dmi(root, "bios_version", h->bios_version, sizeof(h->bios_version));
	read_dmi(root, "bios_date", h->bios_date, sizeof(h->bios_date));
	read_serial(root, h->serial, sizeof(h->serial));
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

void inventory_count_irqs(const struct sysroot *root, unsigned int *remapped, unsigned int *plain)
{
	_cleanup_free_ char *text = NULL;
	char *line, *state = NULL;
	size_t len;

	*remapped = *plain = 0;
	if (sysroot_slurp(root, &text, &len, MAX_INTERRUPTS, "proc/interrupts") < 0)
		return;
	for (line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		const char *chip = irq_chip(line);

		if (!chip)
			continue;
		*remapped += strncmp(chip, "IR-", 3) == 0;
		*plain += strncmp(chip, "PCI-MSI", 7) == 0 || strncmp(chip, "IO-APIC", 7) == 0;
	}
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
	inventory_count_irqs(root, &remapped, &plain);
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
