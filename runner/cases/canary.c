/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page that devices must not reach. */
#include "cases/canary.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "sys/memory_page.h"
#include "vm/vm_ranges.h"

#define POOL 4096u /* pages among which there has to be one that fits */
/* Page tables of three levels reach as far (Intel VT-d specification, 3.6): above that the fault
 * would be another one. */
#define LIMIT (1ull << 39)

/* Keeps one page that fits of many, NULL if none does. */
static uint8_t *take_page(const struct sysroot *root, const struct vm_ranges *r, uint64_t *address,
			  int *err)
{
	uint8_t *pool = memory_page_new(POOL), *page = NULL;

	*err = pool ? -EADDRNOTAVAIL : -errno;
	for (unsigned int i = 0; pool && i < POOL; i++) {
		uint8_t *one = pool + (size_t)i * MEMORY_PAGE_SIZE;
		int ret = page ? 0 : memory_page_address(root, one, address);

		if (ret < 0)
			*err = ret;
		if (!page && ret == 0 && vm_is_nothing(r, *address, LIMIT))
			page = one;
		else
			memory_page_free(one, 1);
	}
	/* The loop has asked for the addresses of those behind it no more. */
	return page && memory_page_address(root, page, address) == 0 ? page : NULL;
}

int canary_open(struct canary *c, struct guest *g, const uint8_t *front, size_t n)
{
	struct vm_ranges *r = malloc(sizeof(*r));
	int ret = r ? vm_read_ranges(g->vm, g->memory_mb, r) : -ENOMEM;

	*c = (struct canary){ 0 };
	if (ret == 0)
		c->page = take_page(g->ctx->root, r, &c->address, &ret);
	free(r);
	if (!c->page)
		return ctx_error(g->ctx, ret < 0 ? ret : -EADDRNOTAVAIL,
				 "there is no page of the host's whose address means nothing in "
				 "the guest: %s",
				 strerror(ret < 0 ? -ret : EADDRNOTAVAIL));
	if (getrandom(c->content, sizeof(c->content), 0) != (ssize_t)sizeof(c->content))
		memset(c->content, 0xc5, sizeof(c->content));
	memcpy(c->content, front, n);
	memcpy(c->page, c->content, sizeof(c->content));
	return 0;
}

int canary_count_changed(const struct canary *c, struct ctx *ctx, unsigned int *first)
{
	uint64_t address;
	int ret = memory_page_address(ctx->root, c->page, &address), n = 0;

	for (unsigned int i = 0; i < sizeof(c->content); i++) {
		if (((volatile uint8_t *)c->page)[i] == c->content[i])
			continue;
		if (first && n == 0)
			*first = i;
		n++;
	}
	if (n > 0 || (ret == 0 && address == c->address))
		return n;
	return ctx_error(ctx, -ESTALE, "the kernel has moved the page that is not to be reached");
}

void canary_close(struct canary *c)
{
	if (c->page)
		memory_page_free(c->page, 1);
	c->page = NULL;
}
