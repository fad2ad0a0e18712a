/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PF up, VFs created, checked and destroyed. */
#include "cases/vfs.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "cases/vf_path.h"
#include "cases/lacking.h"
#include "sys/inventory.h"
#include "sys/iommu.h"
#include "sys/kmsg.h"
#include "sys/pci.h"
#include "sys/sriov_queue.h"
#include "base/sysroot.h"

#define VFS_APPEAR_MS 10000
#define TEST_FRAMES 16
#define TX_COUNTED_MS 10000

unsigned int vfs_max(const struct sriov_state *st)
{
	return st->totalvfs > SRIOV_MAX_VFS ? SRIOV_MAX_VFS : (unsigned int)st->totalvfs;
}

int vfs_find_pf(struct ctx *ctx, const struct nic *pf, bool stays, char ifname[IFNAMSIZ],
		struct link_info *info)
{
	char addr[PCI_ADDR_STRLEN];
	int ret = netdev_find(ctx->root, &pf->addr, ifname);

	if (ret == 0 && ifname[0] == '\0')
		ret = -ENODEV;
	if (ret == 0)
		ret = link_get(ifname, info);
	if (ret < 0)
		return ctx_error(ctx, ret, "the netdev of %s cannot be read: %s",
				 pci_addr_format(&pf->addr, addr), strerror(-ret));
	ret = ctx_undo(ctx, UNDO_LINK_UP, &pf->addr, info->admin_up, stays ? ifname : "");
	return ret < 0 ? ctx_error(ctx, ret, "no room to record the undo") : 0;
}

/* Why the interface does not come up: most often the driver's firmware file. */
static void report_not_up(struct ctx *ctx, const struct nic *pf, const char *ifname, int err)
{
	char line[256], addr[PCI_ADDR_STRLEN], why[380];
	bool known =
		case_kernel_cause(ctx, pci_addr_format(&pf->addr, addr), "*", line, sizeof(line));

	case_see_errno(ctx, "link_up", err, &pf->addr);
	if (strcmp(ctx_cause(ctx, "link_down"), "firmware_missing") == 0 &&
	    lacking_firmware(ctx, addr, pf->driver, why, sizeof(why))) {
		ctx_skip(ctx, "%s does not come up: %s", ifname, why);
		return;
	}
	ctx_fail(ctx, ctx_cause(ctx, "link_down"), "the PF's network interface comes up",
		 "%s does not come up: %s%s%s", ifname, strerror(-err), known ? "; " : "", line);
}

int vfs_open_pf(struct ctx *ctx, const struct nic *pf, char ifname[IFNAMSIZ])
{
	struct link_info info;
	int ret = vfs_find_pf(ctx, pf, true, ifname, &info);

	if (ret < 0 || info.admin_up)
		return ret;
	ret = link_set_up(ifname, true);
	if (ret < 0)
		report_not_up(ctx, pf, ifname, ret);
	return ret;
}

unsigned int vfs_write_ms(const struct ctx *ctx, const struct nic *pf, unsigned int n)
{
	return (unsigned int)sysroot_ms(ctx->root, sriov_write_ms(ctx->root, &pf->addr, n));
}

int vfs_clear(struct ctx *ctx, const struct nic *pf, enum vfs_autoprobe autoprobe,
	      struct sriov_state *st)
{
	char addr[PCI_ADDR_STRLEN];
	bool was_on;
	int ret = sriov_read(ctx->root, &pf->addr, st);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NUMVFS, &pf->addr, (uint64_t)st->numvfs, NULL);
	if (ret == 0 && autoprobe != VFS_AUTOPROBE_KEEP) {
		ret = sriov_get_autoprobe(ctx->root, &pf->addr, &was_on);
		if (ret == 0)
			ret = ctx_undo(ctx, UNDO_AUTOPROBE, &pf->addr, was_on, NULL);
		if (ret == 0)
			ret = sriov_set_autoprobe(ctx->root, &pf->addr,
						  autoprobe == VFS_AUTOPROBE_ON);
	}
	if (ret == 0 && st->numvfs != 0 && pf->profile && pf->profile->no_numvfs) {
		ctx_skip(ctx, "%s has %d VFs, which its driver %s does not take away",
			 pci_addr_format(&pf->addr, addr), st->numvfs, pf->profile->driver);
		return CASE_OVER;
	}
	if (ret == 0 && st->numvfs != 0)
		ret = sriov_set_numvfs(ctx->root, &pf->addr, 0, vfs_write_ms(ctx, pf, 0), st);
	return ret < 0 ? ctx_error(ctx, ret, "%s cannot be got ready for making VFs: %s",
				   pci_addr_format(&pf->addr, addr), strerror(-ret))
		       : 0;
}

int vfs_prepare(struct ctx *ctx, const struct nic *pf, enum vfs_autoprobe autoprobe,
		struct sriov_state *st)
{
	char ifname[IFNAMSIZ];
	int ret = vfs_open_pf(ctx, pf, ifname);

	return ret < 0 ? ret : vfs_clear(ctx, pf, autoprobe, st);
}

/*
 * EIO of the PCI core (drivers/pci/iov.c): the numbers of VFs in the capability contradict each
 * other, or the first VF, which the kernel reads before all others, reads as all ones.
 */
static void see_first_vf(struct ctx *ctx, const struct nic *pf, char *line, size_t size)
{
	char name[PCI_ADDR_STRLEN], own[256];
	const char *label;
	struct pci_facts f;
	struct pci_addr vf;

	if (pci_read_facts(ctx->root, &pf->addr, &f) < 0 || !f.has_sriov)
		return;
	if (f.sriov.initial_vfs != f.sriov.total_vfs)
		ctx_symptom(ctx, SYMPTOM_STATE, "InitialVFs %u of TotalVFs %u", f.sriov.initial_vfs,
			    f.sriov.total_vfs);
	if (f.sriov.vf_offset == 0)
		return;
	vf = sriov_vf_addr(&pf->addr, f.sriov.vf_offset, f.sriov.vf_stride, 0);
	label = vf_path_see(ctx, pf, &vf);
	if (!kmsg_find_both(ctx->root, pci_addr_format(&vf, name), "unknown header type 7f", own,
			    sizeof(own)))
		return;
	/* The kernel says the same of a VF that cannot be reached and of one that is not there. */
	if (!label)
		ctx_symptom(ctx, SYMPTOM_STATE, "a VF does not answer, and can be reached");
	if (!line[0])
		util_strlcpy(line, size, own);
}

/*
 * What the kernel says about a refused write tells which resource is missing. As the PF is up, it
 * has what firmware it cannot do without.
 */
const char *vfs_not_created_label(struct ctx *ctx, const struct nic *pf, int err, char *line,
				  size_t size)
{
	char name[PCI_ADDR_STRLEN];

	case_kernel_cause(ctx, pci_addr_format(&pf->addr, name),
			  err == -ENOMEM ? "vf_resources_*" : "vf_limit,sriov_*,firmware_ddp", line,
			  size);
	if (err == -EIO)
		see_first_vf(ctx, pf, line, size);
	case_see_errno(ctx, "sriov_numvfs", err, &pf->addr);
	return ctx_cause(ctx, "vf_create_failed");
}

bool vfs_was_not_tried(struct ctx *ctx, int err)
{
	if (err != -SRIOV_QUEUE_STUCK)
		return false;
	ctx_error(ctx, err,
		  "sriov_numvfs was not written: the write before it, of another port, "
		  "hangs in the kernel");
	return true;
}

static void report_not_created(struct ctx *ctx, const struct nic *pf, unsigned int n, int err,
			       const struct sriov_state *st)
{
	char expected[64], line[256];
	const char *label;

	if (vfs_was_not_tried(ctx, err))
		return;
	util_format(expected, sizeof(expected), "%u VFs are created", n);
	if (err == -ETIMEDOUT) {
		ctx_symptom(ctx, SYMPTOM_STATE, "a change of VFs does not come back");
		ctx_fail(ctx, "vf_create_failed", expected,
			 "the write to sriov_numvfs did not come back in time");
		return;
	}
	label = vfs_not_created_label(ctx, pf, err, line, sizeof(line));
	ctx_fail(ctx, label, expected, "write of %u to sriov_numvfs: %s; %d VFs%s%s", n,
		 strerror(-err), st->numvfs, line[0] ? "; " : "", line);
}

/* What the VFs have to look like, from the PF's capability where it can be read. */
struct vf_expectation {
	unsigned int offset, stride, device;
};

/* The capability itself has to say that the VFs are on. */
static int expect_vfs(struct ctx *ctx, const struct nic *pf, unsigned int n,
		      const struct sriov_state *st, struct vf_expectation *want)
{
	struct pci_facts f;
	int ret = pci_read_facts(ctx->root, &pf->addr, &f);

	*want = (struct vf_expectation){ st->offset, st->stride, st->vf_device };
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", "the PF answers with its VFs enabled",
			 "its configuration space cannot be read: %s", strerror(-ret));
		return ret;
	}
	if (!f.has_sriov) {
		ctx_evidence(ctx, "capability", "not readable, sysfs is taken instead");
		return 0;
	}
	ctx_evidence(ctx, "capability", "VF enable %d, NumVFs %u, offset %u, stride %u, ARI %d",
		     f.sriov.vf_enable, f.sriov.num_vfs, f.sriov.vf_offset, f.sriov.vf_stride,
		     sriov_ari_hierarchy(ctx->root, &pf->addr, &f));
	if (f.sriov.vf_enable != (n > 0) || (n > 0 && f.sriov.num_vfs != n)) {
		ctx_fail(ctx, "vf_fewer", "the SR-IOV capability has VF Enable set for all VFs",
			 "VF Enable %d, NumVFs %u of %u", f.sriov.vf_enable, f.sriov.num_vfs, n);
		return CASE_OVER;
	}
	*want = (struct vf_expectation){ f.sriov.vf_offset, f.sriov.vf_stride, f.sriov.vf_device };
	return 0;
}

/* The VF at index @i is where and what it has to be. */
static int check_vf(struct ctx *ctx, const struct nic *pf, const struct sriov_state *st,
		    unsigned int i, const struct vf_expectation *want)
{
	const struct pci_addr *vf = &st->vfs[i];
	struct pci_addr at = sriov_vf_addr(&pf->addr, want->offset, want->stride, i);
	char vf_name[PCI_ADDR_STRLEN], at_name[PCI_ADDR_STRLEN], expected[96];
	uint64_t vendor = 0, device = 0;

	pci_addr_format(vf, vf_name);
	util_format(expected, sizeof(expected), "VF %u at %s with id %04x:%04x", i,
		    pci_addr_format(&at, at_name), pf->vendor, want->device);
	/* A VF's own configuration space has no ids: the kernel takes them from the PF. */
	if (pci_read_attr(ctx->root, vf, "vendor", &vendor) < 0 ||
	    pci_read_attr(ctx->root, vf, "device", &device) < 0) {
		ctx_fail(ctx, "vf_fewer", expected, "%s has left the bus", vf_name);
		return CASE_OVER;
	}
	if (pci_addr_cmp(vf, &at) == 0 && vendor == pf->vendor && device == want->device)
		return 0;
	ctx_fail(ctx, "vf_wrong_address", expected, "%s with id %04x:%04x", vf_name,
		 (unsigned int)vendor, (unsigned int)device);
	return CASE_OVER;
}

static void check_groups(struct ctx *ctx, const struct sriov_state *st)
{
	unsigned int i, shared = 0, reserved = 0;
	char first[64] = "", first_reserved[96] = "", region[64];

	if (iommu_count_groups(ctx->root) == 0) {
		ctx_evidence(ctx, "vf.groups", "none: the IOMMU is off");
		return;
	}
	for (i = 0; i < st->links; i++) {
		int group = iommu_group_of(ctx->root, &st->vfs[i]);
		char a[PCI_ADDR_STRLEN];

		if (group >= 0 &&
		    iommu_group_is_reserved(ctx->root, group, region, sizeof(region)) &&
		    reserved++ == 0)
			util_format(first_reserved, sizeof(first_reserved), "%s, region %s",
				    pci_addr_format(&st->vfs[i], a), region);
		if (group >= 0 && iommu_group_size(ctx->root, group) == 1)
			continue;
		if (shared++ == 0)
			util_format(first, sizeof(first), "%s, group %d",
				    pci_addr_format(&st->vfs[i], a), group);
	}
	if (reserved)
		ctx_warn(ctx, "rmrr", "the firmware reserves no memory for VFs",
			 "for %u of %u it does, and the kernel gives none of them to a guest (%s)",
			 reserved, st->links, first_reserved);
	if (shared)
		ctx_warn(ctx, "vf_shared_group", "each VF is alone in an IOMMU group",
			 "%u of %u are not (%s)", shared, st->links, first);
	else
		ctx_evidence(ctx, "vf.groups", "one for each VF");
}

/* A driver that made fewer, or none, may have said that all went well. */
static int wait_for(struct ctx *ctx, const struct nic *pf, unsigned int n, struct sriov_state *st)
{
	char expected[64];

	if (sriov_wait_vfs(ctx->root, &pf->addr, n, ctx_ms(ctx, VFS_APPEAR_MS), st) == 0)
		return 0;
	util_format(expected, sizeof(expected), "%u VFs are created", n);
	ctx_fail(ctx, "vf_fewer", expected,
		 "without an error, but sriov_numvfs reads %d, %u VFs are on the bus", st->numvfs,
		 st->links);
	return CASE_OVER;
}

/* @begin: when they were asked for, in util_now_ms(). */
static int check_since(struct ctx *ctx, const struct nic *pf, unsigned int n,
		       struct sriov_state *st, uint64_t begin)
{
	char first[PCI_ADDR_STRLEN], last[PCI_ADDR_STRLEN];
	struct vf_expectation want;
	unsigned int i;
	int ret;

	ret = wait_for(ctx, pf, n, st);
	if (ret < 0)
		return ret;
	if (n > 0)
		ctx_evidence(ctx, "vf.created", "%u in %u ms, %s to %s", n,
			     (unsigned int)(util_now_ms() - begin),
			     pci_addr_format(&st->vfs[0], first),
			     pci_addr_format(&st->vfs[n - 1], last));
	ret = expect_vfs(ctx, pf, n, st, &want);
	for (i = 0; ret == 0 && i < n; i++)
		ret = check_vf(ctx, pf, st, i, &want);
	if (ret == 0)
		ret = vf_path_check_answers(ctx, pf, st);
	if (ret == 0 && n > 0)
		check_groups(ctx, st);
	return ret;
}

int vfs_check(struct ctx *ctx, const struct nic *pf, unsigned int n, struct sriov_state *st)
{
	*st = (struct sriov_state){ 0 };
	return check_since(ctx, pf, n, st, util_now_ms());
}

/* Has the driver make them. */
static int write_vfs(struct ctx *ctx, const struct nic *pf, unsigned int n, struct sriov_state *st)
{
	int ret = sriov_write_numvfs(ctx->root, &pf->addr, n, vfs_write_ms(ctx, pf, n), st);

	if (ret < 0)
		report_not_created(ctx, pf, n, ret, st);
	return ret;
}

/* A cause for the case that cannot give such VFs away: VFIO takes a group as a whole. */
static void see_groups(struct ctx *ctx, const struct nic *pf, const struct sriov_state *st)
{
	int group = iommu_group_of(ctx->root, &pf->addr);

	if (group >= 0 && st->links > 0 && iommu_group_of(ctx->root, &st->vfs[0]) == group)
		ctx_symptom(ctx, SYMPTOM_STATE, "VFs are in the IOMMU group of their PF");
}

int vfs_make(struct ctx *ctx, const struct nic *pf, unsigned int n, struct sriov_state *st)
{
	int ret = write_vfs(ctx, pf, n, st);

	if (ret == 0)
		ret = wait_for(ctx, pf, n, st);
	if (ret < 0)
		return ret;
	see_groups(ctx, pf, st);
	return vf_path_check_answers(ctx, pf, st);
}

int vfs_create(struct ctx *ctx, const struct nic *pf, unsigned int n, struct sriov_state *st)
{
	uint64_t begin = util_now_ms();
	int ret = write_vfs(ctx, pf, n, st);

	return ret < 0 ? ret : check_since(ctx, pf, n, st, begin);
}

int vfs_destroy(struct ctx *ctx, const struct nic *pf, const struct sriov_state *old)
{
	static const char expected[] = "no VF is left";
	struct sriov_state st;
	unsigned int i;
	int ret = sriov_write_numvfs(ctx->root, &pf->addr, 0, vfs_write_ms(ctx, pf, 0), &st);

	if (vfs_was_not_tried(ctx, ret))
		return ret;
	if (ret == 0)
		ret = sriov_wait_vfs(ctx->root, &pf->addr, 0, ctx_ms(ctx, VFS_APPEAR_MS), &st);
	if (ret < 0) {
		ctx_fail(ctx, "vf_destroy_failed", expected,
			 "write of 0 to sriov_numvfs: %s; it reads %d, %u VFs are on the bus",
			 strerror(-ret), st.numvfs, st.links);
		return CASE_OVER;
	}
	/* The links belong to the PF; the devices can stay without them. */
	for (i = 0; i < old->links; i++) {
		char a[PCI_ADDR_STRLEN];

		if (!pci_exists(ctx->root, &old->vfs[i]))
			continue;
		ctx_fail(ctx, "vf_destroy_failed", expected, "%s is still on the bus",
			 pci_addr_format(&old->vfs[i], a));
		return CASE_OVER;
	}
	return 0;
}

int vfs_check_pf_sends(struct ctx *ctx, const char *ifname, const char *expected)
{
	int ret = link_wait_carrier(ifname, ctx_ms(ctx, CASE_CARRIER_MS));

	if (ret < 0)
		return ctx_fail(ctx, "pf_traffic", expected, "%s has no carrier: %s", ifname,
				strerror(-ret));
	ret = link_send_frames(ifname, TEST_FRAMES, ctx_ms(ctx, TX_COUNTED_MS));
	if (ret < 0)
		return ctx_fail(ctx, "pf_traffic", expected, "%s did not send %u frames: %s",
				ifname, TEST_FRAMES, strerror(-ret));
	return ctx_pass(ctx, expected, "%s has carrier and sent %u frames", ifname, TEST_FRAMES);
}
