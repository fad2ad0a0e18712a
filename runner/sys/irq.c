/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and directs the interrupts of a device. */
#include "sys/irq.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sysroot.h"
#include "sys/pci_addr.h"

#define IRQ_MAX_COLUMNS 4096u
#define IRQ_MAX_LINES 65536u
#define IRQ_LINE 65536 /* of /proc/interrupts: 11 characters for each processor */

static int irq_compare(const void *a, const void *b)
{
	const struct irq_vector *x = a, *y = b;

	return x->irq < y->irq ? -1 : x->irq > y->irq;
}

/* "2", or "2-3" for several. */
int irq_effective(const struct sysroot *root, unsigned int irq)
{
	char text[64];
	uint64_t cpu;

	if (sysroot_read(root, text, sizeof(text), "proc/irq/%u/effective_affinity_list", irq) <=
		    0 ||
	    util_parse_u64(text, 10, INT32_MAX, &cpu) < 0)
		return -1;
	return (int)cpu;
}

/* "00000000,00000003": the last group has the first 32 processors. 0: not known. */
static uint32_t irq_mask(const struct sysroot *root, unsigned int irq)
{
	char text[2048];
	const char *last;
	uint64_t mask;

	if (sysroot_read(root, text, sizeof(text), "proc/irq/%u/smp_affinity", irq) <= 0)
		return 0;
	last = strrchr(text, ',');
	return util_parse_u64(last ? last + 1 : text, 16, UINT32_MAX, &mask) < 0 ? 0
										 : (uint32_t)mask;
}

/* Numbers of the device's vectors, with which the rest is filled in. */
static int irq_find(const struct sysroot *root, const struct pci_addr *dev, struct irq_vector *out,
		    unsigned int max)
{
	char addr[PCI_ADDR_STRLEN];
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/bus/pci/devices/%s/msi_irqs",
						      pci_addr_format(dev, addr));
	unsigned int n = 0;
	struct dirent *d;
	uint64_t irq;

	if (!dir)
		return -errno;
	while (n < max && (d = readdir(dir)))
		if (util_parse_u64(d->d_name, 10, INT32_MAX, &irq) == 0)
			out[n++] = (struct irq_vector){ .irq = (uint32_t)irq, .effective = -1 };
	qsort(out, n, sizeof(*out), irq_compare);
	return (int)n;
}

/* " 24:   17   0  PCI-MSIX-0000:00:03.0   1-edge   eth0-rx-0": @line is what follows the colon. */
static void irq_take_line(struct irq_vector *v, char *line)
{
	char *save = NULL, *word = strtok_r(line, " \t", &save), *last = NULL;
	uint64_t count;

	for (unsigned int i = 0; word && i < IRQ_MAX_COLUMNS; i++) {
		if (util_parse_u64(word, 10, UINT64_MAX, &count) < 0)
			break;
		v->count[v->cpus < IRQ_MAX_CPUS ? v->cpus++ : IRQ_MAX_CPUS - 1] += count;
		word = strtok_r(NULL, " \t", &save);
	}
	/* Behind them the chip, the kind of interrupt and the name, which may be missing. */
	for (; word; word = strtok_r(NULL, " \t", &save))
		last = word;
	if (last)
		util_strlcpy(v->name, sizeof(v->name), last);
	util_sanitise(v->name);
}

int irq_list(const struct sysroot *root, const struct pci_addr *dev, struct irq_vector *out,
	     unsigned int max)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "proc/interrupts");
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = malloc(IRQ_LINE);
	int n = irq_find(root, dev, out, max), used = 0;
	uint64_t irq;

	if (n < 0)
		return n;
	if (!f)
		return fd < 0 ? fd : -errno;
	fd = -1;
	if (!line)
		return -ENOMEM;
	for (unsigned int l = 0; l < IRQ_MAX_LINES && fgets(line, IRQ_LINE, f); l++) {
		char *colon = strchr(line, ':'), *number = line + strspn(line, " ");

		if (!colon)
			continue;
		*colon = '\0';
		if (util_parse_u64(number, 10, INT32_MAX, &irq) < 0)
			continue;
		for (int i = 0; i < n; i++)
			if (out[i].irq == irq && out[i].cpus == 0) {
				irq_take_line(&out[i], util_trim(colon + 1));
				out[i].effective = irq_effective(root, out[i].irq);
				out[i].mask = irq_mask(root, out[i].irq);
			}
	}
	/* A vector that no driver has asked for has no line. */
	for (int i = 0; i < n; i++)
		if (out[i].cpus > 0)
			out[used++] = out[i];
	return used;
}

int irq_set_mask(const struct sysroot *root, unsigned int irq, uint32_t mask)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_WRONLY, "proc/irq/%u/smp_affinity", irq);
	char text[16];

	if (fd < 0)
		return fd;
	util_format(text, sizeof(text), "%x\n", mask);
	return util_write_all(fd, text, strlen(text));
}

uint64_t irq_total(const struct irq_vector *v)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < v->cpus && i < IRQ_MAX_CPUS; i++)
		sum += v->count[i];
	return sum;
}
