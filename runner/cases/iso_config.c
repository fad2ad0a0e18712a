/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest writes ones to all of its VF's configuration space: nothing of the PF and of the other
 * VFs may change by that.
 */
#include "cases/iso.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/le.h"
#include "cases/stray.h"
#include "sys/inventory.h"
#include "sys/pci.h"

#define CONFIG_MAX 8 /* functions that are looked at */
#define CONFIG_MAX_CAPS 96
#define CONFIG_EXPECTED "no register of the PF or of another VF changes"

struct config_watch {
	unsigned int n;
	struct pci_addr addrs[CONFIG_MAX];
	struct pci_config before[CONFIG_MAX], now[CONFIG_MAX];
};

static void forget(struct pci_config *c, unsigned int at, unsigned int n)
{
	if (at + n <= c->len)
		memset(c->data + at, 0, n);
}

/* Registers of status, and windows to something else: they change by themselves. */
static const struct {
	bool extended;
	uint16_t id;
	uint8_t at, size;
} restless[] = {
	{ false, PCI_CAP_ID_PM, PCI_PM_CTRL, 2 },
	{ false, PCI_CAP_ID_VPD, PCI_VPD_ADDR, 6 },
	{ false, PCI_CAP_ID_EXP, PCI_EXP_DEVSTA, 2 },
	{ false, PCI_CAP_ID_EXP, PCI_EXP_LNKSTA, 2 },
	{ false, PCI_CAP_ID_EXP, PCI_EXP_DEVSTA2, 2 },
	{ false, PCI_CAP_ID_EXP, PCI_EXP_LNKSTA2, 2 },
	{ true, PCI_EXT_CAP_ID_ERR, PCI_ERR_UNCOR_STATUS, 4 },
	{ true, PCI_EXT_CAP_ID_ERR, PCI_ERR_COR_STATUS, 4 },
	{ true, PCI_EXT_CAP_ID_ERR, PCI_ERR_CAP, 4 },
	{ true, PCI_EXT_CAP_ID_ERR, PCI_ERR_HEADER_LOG, 16 },
};

static void forget_cap(struct pci_config *c, bool extended, uint16_t id, unsigned int at)
{
	for (size_t i = 0; i < ARRAY_SIZE(restless); i++)
		if (restless[i].extended == extended && restless[i].id == id)
			forget(c, at + restless[i].at, restless[i].size);
}

/* Leaves what only changes if somebody writes to it. */
static void forget_restless(struct pci_config *c)
{
	unsigned int at;

	forget(c, PCI_STATUS, 2);
	at = c->len >= 64 ? c->data[PCI_CAPABILITY_LIST] & ~3u : 0;
	for (unsigned int i = 0; i < CONFIG_MAX_CAPS && at >= 64 && at + 2 <= c->len; i++) {
		unsigned int next = c->data[at + 1] & ~3u;

		forget_cap(c, false, c->data[at], at);
		at = next;
	}
	at = 256;
	for (unsigned int i = 0; i < CONFIG_MAX_CAPS && at >= 256 && at + 4 <= c->len; i++) {
		uint32_t head = le_get32(c->data + at);

		forget_cap(c, true, head & 0xffff, at);
		at = head >> 20 & 0xffc;
	}
}

static int config_read(struct config_watch *w, struct ctx *ctx, struct pci_config *out)
{
	int ret = pci_read_configs(ctx->root, w->addrs, w->n, out);

	for (unsigned int i = 0; ret == 0 && i < w->n; i++)
		forget_restless(&out[i]);
	return ret < 0 ? ctx_error(ctx, ret, "configuration space cannot be read: %s",
				   strerror(-ret))
		       : 0;
}

static void config_choose(struct config_watch *w, const struct stray *s)
{
	const struct rig *rig = &s->p->rig;

	w->addrs[w->n++] = rig->pf->addr;
	for (unsigned int i = 0; i < rig->n_vfs && w->n < CONFIG_MAX; i++)
		if (pci_addr_cmp(&rig->vfs[i].addr, &s->dev->addr) != 0)
			w->addrs[w->n++] = rig->vfs[i].addr;
}

static int config_compare(struct config_watch *w, struct ctx *ctx, const char *when)
{
	int ret = config_read(w, ctx, w->now);
	char addr[PCI_ADDR_STRLEN];

	for (unsigned int i = 0; ret == 0 && i < w->n; i++)
		for (unsigned int at = 0; at + 4 <= w->before[i].len; at += 4) {
			uint32_t was = le_get32(w->before[i].data + at),
				 is = le_get32(w->now[i].data + at);

			if (was == is && w->now[i].len == w->before[i].len)
				continue;
			ctx_fail(ctx, "iso_config_shared", CONFIG_EXPECTED,
				 "%s: register %#x was %#010x and is %#010x %s",
				 pci_addr_format(&w->addrs[i], addr), at, was, is, when);
			break;
		}
	return ret;
}

/* Control: what the guest writes is taken by its own VF, as far as the guest sees. */
static int config_fill(struct stray *s)
{
	struct agent_stray_config done;
	int ret = stray_set_all_config(s, &done);

	if (ret < 0)
		return ret;
	ctx_evidence(s->ctx, "control",
		     "%s: %u dwords of %u bytes written with ones, %u read as something else then",
		     s->dev->what, done.written, done.size, done.changed);
	if (done.written == done.size / 4 && done.changed > 0)
		return 0;
	return ctx_error(
		s->ctx, -ENODATA,
		"what the guest writes to its VF's configuration space does not come there, "
		"so that nothing is shown");
}

static int config_restore(struct stray *s)
{
	struct agent_stray_restored done;
	int ret = stray_put_config_back(s, &done);

	if (ret == 0)
		ctx_evidence(s->ctx, "restored", "%s: %u dwords are not as before", s->dev->what,
			     done.stayed);
	return ret;
}

static int config_run(struct stray *s, struct config_watch *w)
{
	int ret;

	config_choose(w, s);
	ret = config_read(w, s->ctx, w->before);
	if (ret == 0)
		ret = config_fill(s);
	/* While all bits are set: what is shared would be put back with the VF's own. */
	if (ret == 0)
		ret = config_compare(w, s->ctx, "with all bits of the VF set");
	if (ret == 0)
		ret = config_restore(s);
	if (ret == 0)
		ret = config_compare(w, s->ctx, "after the guest's writes");
	return ret < 0 ? ret : guest_check_traffic(s->g, 0, 1, &s->p->pf);
}

int iso_config(struct pair *p)
{
	struct config_watch *w = calloc(1, sizeof(*w));
	struct stray s;
	int ret;

	if (!w)
		return ctx_error(p->rig.ctx, -ENOMEM, "no memory for configuration space");
	ret = stray_begin(&s, p);
	if (ret == 0)
		ret = config_run(&s, w);
	ret = stray_end(&s, ret);
	/* The guest's driver has had its VF reset. */
	if (ret == 0)
		ret = config_compare(w, p->rig.ctx, "after the VF's reset");
	if (ret == 0 && !stray_is_judged(p->rig.ctx))
		ctx_pass(p->rig.ctx, CONFIG_EXPECTED,
			 "%u functions are as they were, and the guest's other VF works", w->n);
	free(w);
	return ret;
}
