/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes ones to all of a function's configuration space. */
#include "stray.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <string.h>

#define COMMAND_AT (PCI_COMMAND / 4)

/* Returns how many dwords, of those that could be read, were written. */
static unsigned int write_all(int fd, const uint32_t *values, unsigned int n)
{
	unsigned int written = 0;

	for (unsigned int i = n; i-- > 0;)
		if (pwrite(fd, &values[i], sizeof(values[i]), (off_t)i * 4) == sizeof(values[i]))
			written++;
	return written;
}

static unsigned int read_all(int fd, uint32_t *values)
{
	unsigned int n = 0;

	while (n < AGENT_CONFIG_DWORDS &&
	       pread(fd, &values[n], sizeof(values[n]), (off_t)n * 4) == sizeof(values[n]))
		n++;
	return n;
}

static unsigned int count_different(const uint32_t *a, const uint32_t *b, unsigned int n)
{
	unsigned int different = 0;

	for (unsigned int i = 0; i < n; i++)
		if (a[i] != b[i])
			different++;
	return different;
}

static int open_config(const struct sysroot *root, const char *pci)
{
	return sysroot_openat(root, O_RDWR, "sys/bus/pci/devices/%s/config", pci);
}

int stray_fill_config(const struct sysroot *root, const char *pci, struct stray_saved *saved,
		      struct agent_stray_config *out)
{
	_cleanup_close_ int fd = open_config(root, pci);
	uint32_t ones[AGENT_CONFIG_DWORDS], now[AGENT_CONFIG_DWORDS];
	unsigned int n;

	*out = (struct agent_stray_config){ 0 };
	saved->n = 0;
	if (fd < 0)
		return fd;
	n = read_all(fd, saved->dwords);
	if (n < PCI_STD_HEADER_SIZEOF / 4)
		return -EIO;
	saved->n = n;
	memset(ones, 0xff, sizeof(ones));
	/* Nothing is decoded, and no DMA is made, while BARs have no meaning. */
	ones[COMMAND_AT] = saved->dwords[COMMAND_AT] &
			   ~(uint32_t)(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	(void)!pwrite(fd, &ones[COMMAND_AT], 4, PCI_COMMAND);
	out->size = n * 4;
	out->written = write_all(fd, ones, n);
	if (read_all(fd, now) == n)
		out->changed = count_different(saved->dwords, now, n);
	return 0;
}

int stray_restore_config(const struct sysroot *root, const char *pci,
			 const struct stray_saved *saved, struct agent_stray_restored *out)
{
	_cleanup_close_ int fd = open_config(root, pci);
	uint32_t now[AGENT_CONFIG_DWORDS];

	*out = (struct agent_stray_restored){ 0 };
	if (fd < 0)
		return fd;
	write_all(fd, saved->dwords, saved->n);
	if (read_all(fd, now) == saved->n)
		out->stayed = count_different(saved->dwords, now, saved->n);
	return 0;
}
