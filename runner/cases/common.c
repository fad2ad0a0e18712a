/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a failure, and modules. */
#include "cases/common.h"

#include <errno.h>
#include <string.h>

#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/module.h"
#include "base/sysroot.h"

#define MAX_RECORDS 200000 /* more than any log buffer holds */
#define MAX_ROOTS 1024

const char *case_pf_name(const struct ctx *ctx, char buf[PCI_ADDR_STRLEN])
{
	return pci_addr_format(&ctx->pf->addr, buf);
}

int case_load_module(const struct ctx *ctx, const char *name)
{
	return sysroot_is_real(ctx->root) ? module_load(name, NULL) : 0;
}

int case_load_nic_modules(const struct ctx *ctx)
{
	return sysroot_is_real(ctx->root) ? module_load_for_nics(ctx->root) : 0;
}

/* The roots whose label matches one of the globs @labels: a log is long, and the table too. */
static unsigned int find_roots(const char *labels, const struct symptom *roots[MAX_ROOTS])
{
	const struct symptom *s;
	unsigned int i, n = 0;

	for (i = 0; (s = symptom_get(i)) && n < MAX_ROOTS; i++)
		if (s->kind == SYMPTOM_KERNEL && s->rank == RANK_ROOT &&
		    util_globs(labels, s->label))
			roots[n++] = s;
	return n;
}

/* True if the message names the device by its address or, if it has none, by its netdev. */
static bool is_about(const struct ctx *ctx, const struct kmsg_record *rec, const char *about)
{
	char name[KMSG_ABOUT_NAME], a[PCI_ADDR_STRLEN];
	struct kmsg_about named;
	uint64_t nics;
	unsigned int i;
	bool other;

	if (strstr(rec->text, about))
		return true;
	kmsg_about(rec, &named);
	if (named.n > 0)
		return false;
	nics = inventory_of_message(ctx->root, ctx->inv, rec, &other, name);
	for (i = 0; nics && i < ctx->inv->n_nics; i++)
		if (nics & 1ull << i &&
		    strcmp(pci_addr_format(&ctx->inv->nics[i].addr, a), about) == 0)
			return true;
	return false;
}

/* The symptom that the message is, if it is one of @roots; the first one that matches counts. */
static const struct symptom *match_root(const struct symptom *const *roots, unsigned int n,
					const char *text)
{
	const struct symptom *s;
	unsigned int i;

	for (i = 0; i < n && !symptom_is(roots[i], text); i++)
		;
	s = i < n ? symptom_match(SYMPTOM_KERNEL, text) : NULL;
	for (i = 0; s && i < n; i++)
		if (roots[i] == s)
			return s;
	return NULL;
}

bool case_kernel_cause(struct ctx *ctx, const char *about, const char *labels, char *line,
		       size_t size)
{
	_cleanup_close_ int fd = kmsg_open(ctx->root, true);
	const struct symptom *roots[MAX_ROOTS], *best = NULL;
	unsigned int n = find_roots(labels, roots), i;
	struct kmsg_record rec;
	int ret = 1;

	line[0] = '\0';
	for (i = 0; fd >= 0 && i < MAX_RECORDS && (ret > 0 || ret == -EBADMSG); i++) {
		const struct symptom *s;

		ret = kmsg_read(fd, &rec, NULL);
		s = ret > 0 ? match_root(roots, n, rec.text) : NULL;
		if (!s || !is_about(ctx, &rec, about) ||
		    !ctx_symptom(ctx, SYMPTOM_KERNEL, "%s", rec.text) ||
		    (best && !symptom_is_before(s, best)))
			continue;
		best = s;
		util_strlcpy(line, size, rec.text);
	}
	return best != NULL;
}

void case_see_errno(struct ctx *ctx, const char *operation, int err, const struct pci_addr *dev)
{
	const char *name = strerrorname_np(-err);
	char driver[64] = "", number[16];

	util_format(number, sizeof(number), "%d", -err); /* the kernel has some of its own */
	if (driver_get(ctx->root, dev, driver, sizeof(driver)) < 0 || !driver[0])
		util_strlcpy(driver, sizeof(driver), "no driver");
	ctx_symptom(ctx, SYMPTOM_ERRNO, "%s %s %s", operation, name ? name : number, driver);
}
