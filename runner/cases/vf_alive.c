/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether each VF is there. What sysfs shows of a VF is no proof: the kernel takes the vendor from
 * the PF, the device id from the PF's SR-IOV capability, and class and header type of all VFs from
 * the first one (drivers/pci/iov.c, pci_read_vf_config_common()). So each VF is asked itself, with
 * all VFs made: its configuration space, past the ids, which are all ones in every VF.
 */
#include "cases/vf_alive.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "cases/common.h"
#include "cases/vf_path.h"
#include "cases/vfs.h"
#include "sys/inventory.h"
#include "sys/pci.h"

/* What all VFs have between them. */
struct vf_sum {
	uint32_t class; /* of the first one */
	unsigned int flr, min_msix, max_msix;
};

/* What is wrong with what answers at a VF's address, NULL if it is a VF. */
static const char *wrong_with(const struct pci_vf_facts *f, const struct vf_sum *sum)
{
	if (f->header_type != PCI_HEADER_TYPE_NORMAL)
		return "its header type is not 0";
	if (f->class != sum->class)
		return "its class is not that of the first VF";
	if (!f->has_list)
		return "it has no capabilities";
	if (!f->list_ends)
		return "its list of capabilities does not end";
	if (!f->pcie)
		return "it has no PCI Express capability";
	if (f->port_type != PCI_EXP_TYPE_ENDPOINT && f->port_type != PCI_EXP_TYPE_LEG_END &&
	    f->port_type != PCI_EXP_TYPE_RC_END)
		return "its PCI Express capability is not that of an endpoint";
	if (f->has_sriov)
		return "it has an SR-IOV capability, as only PFs do";
	return NULL;
}

static void add_to_sum(struct vf_sum *sum, const struct pci_vf_facts *f)
{
	sum->flr += f->flr;
	if (f->msix < sum->min_msix)
		sum->min_msix = f->msix;
	if (f->msix > sum->max_msix)
		sum->max_msix = f->msix;
}

/* Each VF by its own words. The first that is wrong is the finding. */
static int check_configs(struct ctx *ctx, const struct sriov_state *st,
			 const struct pci_config *cfgs)
{
	struct vf_sum sum = { .min_msix = UINT32_MAX };
	char a[PCI_ADDR_STRLEN];
	struct pci_vf_facts f;
	unsigned int i;

	for (i = 0; i < st->links; i++) {
		const char *wrong;

		pci_decode_vf(&cfgs[i], &f);
		if (i == 0)
			sum.class = f.class;
		wrong = f.answers ? wrong_with(&f, &sum) : "it reads as all ones";
		if (wrong)
			return ctx_fail(ctx, f.answers ? "vf_config_wrong" : "vf_dead",
					"each VF has the configuration space of a VF",
					"VF %u at %s: %s (class %06x, header type %02x)", i,
					pci_addr_format(&st->vfs[i], a), wrong, f.class,
					f.header_type);
		add_to_sum(&sum, &f);
	}
	ctx_evidence(ctx, "vf.config",
		     "class %06x, PCI Express endpoint, function level reset in %u of %u, MSI-X "
		     "vectors %u to %u",
		     sum.class, sum.flr, st->links, sum.min_msix, sum.max_msix);
	return 0;
}

int vf_run_alive(struct ctx *ctx)
{
	_cleanup_free_ struct pci_config *cfgs = calloc(SRIOV_MAX_VFS, sizeof(*cfgs));
	struct sriov_path path;
	struct sriov_state st;
	struct pci_facts pf;
	int ret;

	if (!cfgs)
		return -ENOMEM;
	ret = vfs_prepare(ctx, ctx->pf, VFS_AUTOPROBE_OFF, &st);
	if (ret == 0)
		ret = vfs_create(ctx, ctx->pf, vfs_max(&st), &st);
	if (ret < 0)
		return ret;
	ret = pci_read_facts(ctx->root, &ctx->pf->addr, &pf);
	if (ret == 0)
		ret = pci_read_configs(ctx->root, st.vfs, st.links, cfgs);
	if (ret < 0)
		return ctx_error(ctx, ret, "cannot read configuration space: %s", strerror(-ret));
	/* With the numbers of now: both may change with the number of VFs. */
	sriov_path_read(ctx->root, &ctx->pf->addr, &pf, &path);
	if (pf.has_sriov)
		vf_path_check(ctx, ctx->pf, &path, pf.sriov.vf_offset, pf.sriov.vf_stride,
			      st.links);
	ret = check_configs(ctx, &st, cfgs);
	if (ret < 0 || ctx_failed(ctx))
		return ret;
	return ctx_pass(ctx, "each VF answers by itself", "%u VFs", st.links);
}

/* True if the capability's id of VFs is none that the family has; it is in @f. */
static bool id_is_unknown(const struct ctx *ctx, struct pci_facts *f)
{
	const struct profile *p = ctx->pf->profile;

	return p && pci_read_facts(ctx->root, &ctx->pf->addr, f) == 0 && f->has_sriov &&
	       !profile_has_vf_id(p, ctx->pf->vendor, f->sriov.vf_device);
}

const char *vf_label_no_driver(const struct ctx *ctx)
{
	struct pci_facts f;

	return id_is_unknown(ctx, &f) ? "vf_id_unknown" : "vf_no_driver";
}

void vf_check_known_id(struct ctx *ctx)
{
	const struct profile *p = ctx->pf->profile;
	struct pci_facts f;

	if (!id_is_unknown(ctx, &f))
		return;
	ctx_warn(ctx, "vf_id_unknown", "VFs have an id that VFs of this family have",
		 "%04x:%04x in the SR-IOV capability; %s has %04x:%04x", ctx->pf->vendor,
		 f.sriov.vf_device, p->title, p->vf_ids[0].vendor, p->vf_ids[0].device);
}
