/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical addresses of pages. */
#include "sys/memory_page.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "base/sysroot.h"

#define PAGEMAP_PRESENT (1ull << 63)
#define PAGEMAP_FRAME ((1ull << 55) - 1)

void *memory_page_new(unsigned int n)
{
	void *pages = mmap(NULL, (size_t)n * MEMORY_PAGE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

void memory_page_free(void *pages, unsigned int n)
{
	munmap(pages, (size_t)n * MEMORY_PAGE_SIZE);
}

int memory_page_address(const struct sysroot *root, const void *page, uint64_t *address)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_RDONLY, "proc/self/pagemap");
	uint64_t entry;

	if (fd < 0)
		return fd;
	if (pread(fd, &entry, sizeof(entry),
		  (off_t)((uintptr_t)page / MEMORY_PAGE_SIZE * sizeof(entry))) != sizeof(entry))
		return -EIO;
	if (!(entry & PAGEMAP_PRESENT))
		return -EFAULT;
	if (!(entry & PAGEMAP_FRAME))
		return -EPERM; /* zero for who lacks CAP_SYS_ADMIN */
	*address = (entry & PAGEMAP_FRAME) * MEMORY_PAGE_SIZE;
	return 0;
}
