/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interrupt vectors of VFs: as many entries in each VF's MSI-X table as its capability says,
 * and as many as the PF gives it, where it can be told to.
 */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/common.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/vf_bare.h"
#include "sys/inventory.h"
#include "sys/pci_bar.h"
#include "sys/sriov.h"

#define ENTRY_DATA 8u /* of an entry: address, its upper half, data, control */
#define MARK 0x5600u

static const char msix_expected[] = "each VF has the interrupt vectors that its capability says";

static int fail(struct ctx *ctx, const struct rig_dev *vf, const char *what, unsigned int vectors)
{
	ctx_fail(ctx, "vf_msix_wrong", msix_expected, "%s: %s (MSI-X capability: %u vectors)",
		 vf->what, what, vectors);
	return CASE_OVER;
}

static int read_msix(struct ctx *ctx, const struct rig_dev *vf, struct pci_msix *m)
{
	struct pci_config cfg;
	int ret = pci_read_configs(ctx->root, &vf->addr, 1, &cfg);

	if (ret < 0)
		return ctx_error(ctx, ret, "the configuration space of %s cannot be read: %s",
				 vf->what, strerror(-ret));
	pci_decode_msix(&cfg, m);
	return 0;
}

/* Table and pending bits lie in BARs that the VF has. */
static int check_place(struct ctx *ctx, const struct rig_dev *vf, const struct pci_msix *m)
{
	uint64_t table = pci_bar_size(ctx->root, &vf->addr, m->table_bar);
	uint64_t pba = pci_bar_size(ctx->root, &vf->addr, m->pba_bar);
	uint64_t pba_bytes = (m->vectors + 63u) / 64u * 8u;

	if (m->vectors == 0)
		return fail(ctx, vf, "it has no MSI-X capability", 0);
	if (m->table_at + (uint64_t)m->vectors * PCI_MSIX_ENTRY_BYTES > table)
		return fail(ctx, vf, "its table does not fit into its BAR", m->vectors);
	if (m->pba_at + pba_bytes > pba)
		return fail(ctx, vf, "its pending bits do not fit into their BAR", m->vectors);
	return 0;
}

/*
 * Each entry keeps a value of its own: all are written before the first is read, so that two that
 * are one in truth are seen. Nobody uses the VF, and MSI-X is off, so that they mean nothing.
 */
static int check_mapped(struct ctx *ctx, const struct rig_dev *vf, const struct pci_msix *m,
			const struct pci_bar *bar)
{
	unsigned int i, wrong = 0, first = 0;
	char text[120];

	for (i = 0; i < m->vectors; i++)
		pci_bar_write32(bar, m->table_at + i * PCI_MSIX_ENTRY_BYTES + ENTRY_DATA, MARK + i);
	for (i = 0; i < m->vectors; i++)
		if (pci_bar_read32(bar, m->table_at + i * PCI_MSIX_ENTRY_BYTES + ENTRY_DATA) !=
			    MARK + i &&
		    wrong++ == 0)
			first = i;
	for (i = 0; i < m->vectors; i++)
		pci_bar_write32(bar, m->table_at + i * PCI_MSIX_ENTRY_BYTES + ENTRY_DATA, 0);
	if (wrong == 0)
		return 0;
	util_format(text, sizeof(text), "%u entries of its table are not there, the first is %u",
		    wrong, first);
	return fail(ctx, vf, text, m->vectors);
}

static int check_entries(struct ctx *ctx, const struct rig_dev *vf, const struct pci_msix *m,
			 bool *locked)
{
	struct pci_bar bar = { 0 };
	int ret = pci_enable(ctx->root, &vf->addr, true), err;

	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be enabled: %s", vf->what, strerror(-ret));
	ret = pci_bar_map(ctx->root, &vf->addr, m->table_bar, &bar);
	*locked = ret == -EPERM;
	if (ret < 0 && !*locked)
		ctx_error(ctx, ret, "BAR %u of %s cannot be mapped: %s", m->table_bar, vf->what,
			  strerror(-ret));
	if (ret == 0)
		ret = check_mapped(ctx, vf, m, &bar);
	pci_bar_unmap(&bar);
	err = pci_enable(ctx->root, &vf->addr, false);
	if (ret < 0 && !*locked)
		return ret;
	return err < 0 ? ctx_error(ctx, err, "%s cannot be disabled: %s", vf->what, strerror(-err))
		       : 0;
}

/* sriov_vf_msix_count (Documentation/ABI/testing/sysfs-bus-pci): another number, and its own. */
static int check_count(struct ctx *ctx, const struct rig_dev *vf, unsigned int own, bool *obeyed)
{
	unsigned int other = own > 1 ? own - 1 : own + 1;
	struct pci_msix m;
	int ret = sriov_set_vf_msix(ctx->root, &vf->addr, other), err;

	*obeyed = false;
	if (ret == -ENOENT || ret == -EOPNOTSUPP) {
		ctx_evidence(ctx, "msix.count", "the PF's driver does not give out vectors: %s",
			     strerror(-ret));
		return 0;
	}
	if (ret < 0) {
		ctx_fail(ctx, "vf_msix_wrong", "the PF gives a VF as many vectors as it is told to",
			 "%s: %u instead of %u: %s", vf->what, other, own, strerror(-ret));
		return ret;
	}
	ret = read_msix(ctx, vf, &m);
	err = sriov_set_vf_msix(ctx->root, &vf->addr, 0); /* as many as by default */
	if (ret < 0 || err < 0)
		return ret < 0 ? ret
			       : ctx_error(ctx, err, "%s cannot have its vectors back: %s",
					   vf->what, strerror(-err));
	if (m.vectors != other) {
		ctx_fail(ctx, "vf_msix_wrong", "the PF gives a VF as many vectors as it is told to",
			 "%s: told to have %u, it has %u", vf->what, other, m.vectors);
		return CASE_OVER;
	}
	*obeyed = true;
	ctx_evidence(ctx, "msix.count", "%s: %u instead of %u, and back", vf->what, other, own);
	return 0;
}

/* What the VF's own driver makes of them. */
static int count_used(struct vf_bare *b, struct rig_dev *vf, unsigned int *used)
{
	struct station s = { 0 };
	int ret = vf_bare_start(b, vf, &s), err;

	if (ret == 0)
		ret = vf_bare_check(b, &s, "with its interrupts");
	*used = pci_count_irqs(b->rig.ctx->root, &vf->addr);
	err = s.ctx ? vf_bare_stop(b, vf, &s) : 0;
	return ret < 0 ? ret : err;
}

static int run_msix(struct ctx *ctx)
{
	struct vf_bare *b = ctx->fixture;
	struct pci_msix m, first = { 0 };
	unsigned int i, used = 0;
	bool locked = false, obeyed = false;
	int ret = 0;

	for (i = 0; ret == 0 && i < b->rig.n_vfs; i++) {
		ret = read_msix(ctx, &b->rig.vfs[i], &m);
		if (ret == 0)
			ret = check_place(ctx, &b->rig.vfs[i], &m);
		if (ret == 0 && !locked)
			ret = check_entries(ctx, &b->rig.vfs[i], &m, &locked);
		if (i == 0)
			first = m;
		if (ret == 0 && m.vectors != first.vectors)
			ctx_evidence(ctx, "msix", "%s: %u vectors, the first VF has %u",
				     b->rig.vfs[i].what, m.vectors, first.vectors);
	}
	if (ret == 0)
		ret = check_count(ctx, &b->rig.vfs[0], first.vectors, &obeyed);
	if (ret == 0)
		ret = count_used(b, &b->rig.vfs[0], &used);
	if (ret < 0)
		return ret;
	if (used == 0 || used > first.vectors)
		return ctx_fail(ctx, "vf_msix_wrong", "the VF's driver uses its vectors",
				"%s has %u vectors and its driver uses %u", b->rig.vfs[0].what,
				first.vectors, used);
	return ctx_pass(ctx, msix_expected,
			"%u VFs, %u vectors each, of which the driver uses %u%s%s", b->rig.n_vfs,
			first.vectors, used,
			locked ? "; the tables are not looked at: this kernel lets nobody map them"
			       : "; each entry is there",
			obeyed ? "; another number is obeyed" : "");
}

const struct case_def vf_msix_cases[] = {
	{ .id = "vf_msix",
	  .set = SET_FULL,
	  .title = "Each VF has the interrupt vectors that its capability says",
	  .subject = SUBJECT_PF,
	  .needs = { &req_pf_driver, &req_vfs, &req_link },
	  .timeout_s = 120,
	  .fixture = &fixture_vf_bare,
	  .run = run_msix },
	{ .id = NULL },
};
