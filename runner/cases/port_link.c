/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/port_link.h"

#include <errno.h>
#include <string.h>

#include "base/sysroot.h"
#include "cases/common.h"
#include "sys/inventory.h"
#include "sys/link.h"

static const char no_link[] = "no link: no cable, or the far end is off";

static enum port_link get(const struct ctx *ctx, const struct nic *nic)
{
	if (nic->carrier)
		return PORT_LINK_SEEN;
	return ctx->links ? (enum port_link)ctx->links[nic - ctx->inv->nics] : PORT_LINK_UNKNOWN;
}

static void set(struct ctx *ctx, const struct nic *nic, enum port_link link)
{
	if (ctx->links)
		ctx->links[nic - ctx->inv->nics] = (uint8_t)link;
}

int port_link_try(struct ctx *ctx, const struct nic *nic, const char *ifname)
{
	const enum port_link known = get(ctx, nic);
	const unsigned int ms = known == PORT_LINK_NEVER ? 0 : CASE_CARRIER_MS;
	const unsigned int wait_ms = ctx_ms(ctx, ms);
	int ret = link_wait_carrier(ifname, wait_ms);

	if (ret == 0) {
		set(ctx, nic, PORT_LINK_SEEN);
		return 0;
	}
	if (ret != -ETIMEDOUT)
		return ctx_error(ctx, ret, "the link of %s cannot be read: %s", ifname,
				 strerror(-ret));
	if (known == PORT_LINK_SEEN) {
		ctx_fail(ctx, "link_down", "the PF has the link that it had before",
			 "%s is up and has had no carrier for %u s", ifname, wait_ms / 1000);
		return CASE_OVER;
	}
	/* An item at the end of its time has not looked for long enough to say so. */
	if (wait_ms < sysroot_ms(ctx->root, ms))
		return ctx_timeout(ctx, "waiting for the link");
	set(ctx, nic, PORT_LINK_NEVER);
	return -ENOLINK;
}

int port_link_wait(struct ctx *ctx, const struct nic *nic, const char *ifname)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = port_link_try(ctx, nic, ifname);

	if (ret == -ENOLINK)
		ctx_skip_of(ctx, "no_link", "%s has %s", pci_addr_format(&nic->addr, addr),
			    no_link);
	return ret;
}

int port_link_leave_out(struct ctx *ctx, const struct nic *nic, const char *what)
{
	char addr[PCI_ADDR_STRLEN];

	return ctx_skip_of(ctx, "no_link", "%s has %s. All but this was tried, and is well: %s",
			   pci_addr_format(&nic->addr, addr), no_link, what);
}

static bool has_link(const struct ctx *ctx, char *why, size_t why_size)
{
	char addr[PCI_ADDR_STRLEN];

	if (get(ctx, ctx->pf) != PORT_LINK_NEVER)
		return true;
	util_format(why, why_size, "%s has %s", pci_addr_format(&ctx->pf->addr, addr), no_link);
	return false;
}

const struct requirement req_link = { .name = "link", .met = has_link, .label = "no_link" };
