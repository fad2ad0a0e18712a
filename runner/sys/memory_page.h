/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of memory whose physical address is known (Documentation/admin-guide/mm/pagemap.rst of the
 * kernel).
 */
#ifndef VFPROOF_SYS_MEMORY_PAGE_H
#define VFPROOF_SYS_MEMORY_PAGE_H

#include "base/util.h"

#define MEMORY_PAGE_SIZE 4096

struct sysroot;

/*
 * @n pages in a row of this process, locked, and present. Children share them, so that a fork does
 * not give this process others. Their addresses have nothing to do with each other. NULL with errno
 * set. What memory_page_free() was not given goes with the process.
 */
void *memory_page_new(unsigned int n) must_check;
void memory_page_free(void *pages, unsigned int n);
/*
 * The physical address of a page of this process. The kernel may move a locked page when it makes
 * room for larger ones: whoever relies on the address asks again afterwards. -EPERM: the kernel
 * does not tell it.
 */
int memory_page_address(const struct sysroot *root, const void *page, uint64_t *address) must_check;

#endif
