/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers by way of sysfs. */
#include "sys/bar.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/sysroot.h"

int bar_read(const struct sysroot *root, const struct pci_addr *addr, unsigned int at,
	     uint32_t *value)
{
	_cleanup_close_ int fd = -1;
	char name[PCI_ADDR_STRLEN];
	struct stat st;
	void *bar;

	fd = sysroot_openat(root, O_RDWR, "sys/bus/pci/devices/%s/resource0",
			    pci_addr_format(addr, name));
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (at % sizeof(*value) || (off_t)(at + sizeof(*value)) > st.st_size)
		return -ENXIO;
	bar = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		return -errno;
	*value = *(volatile uint32_t *)((uint8_t *)bar + at);
	munmap(bar, (size_t)st.st_size);
	return 0;
}
