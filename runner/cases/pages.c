/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/pages.h"

#include <string.h>

#include "sys/hugepages.h"

int pages_return(struct ctx *ctx, unsigned int kb, uint64_t total)
{
	int ret = hugepages_set(ctx->root, kb, total);

	return ret < 0 ? ctx_error(ctx, ret, "huge pages cannot be given back: %s", strerror(-ret))
		       : 0;
}

int pages_take(struct ctx *ctx, unsigned int kb, unsigned int *mb, uint64_t *total, char *why,
	       size_t size)
{
	const unsigned int page_mb = kb / 1024, n = (*mb + page_mb - 1) / page_mb;
	struct hugepages before, after;
	int ret = hugepages_read(ctx->root, kb, &before);

	if (ret < 0) {
		util_strlcpy(why, size, "the processor or kernel has none");
		return 1;
	}
	*total = before.total;
	ret = ctx_undo(ctx, UNDO_HUGEPAGES, NULL, (uint64_t)kb << 32 | (uint32_t)before.total, "");
	if (ret < 0)
		return ctx_error(ctx, ret, "no room to record the undo");
	ret = hugepages_set(ctx->root, kb, before.total + n);
	if (ret == 0)
		ret = hugepages_read(ctx->root, kb, &after);
	if (ret == 0 && after.free >= n) {
		*mb = n * page_mb;
		return 0;
	}
	util_format(why, size, "the kernel finds no memory in one piece for %u pages", n);
	ret = pages_return(ctx, kb, before.total);
	return ret < 0 ? ret : 1;
}
