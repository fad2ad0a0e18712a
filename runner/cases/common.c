/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that several cases share: bring the PF up, create, check and destroy VFs. */
#include "cases/common.h"

#include <errno.h>
#include <string.h>

#include "sys/driver.h"
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/link.h"
#include "sys/module.h"
#include "sys/pci.h"
#include "base/sysroot.h"

#define VFS_APPEAR_MS 10000
#define TEST_FRAMES 16
#define TX_COUNTED_MS 10000
#define MAX_RECORDS 200000 /* more than any log buffer holds */
#define MAX_ROOTS 128

const char *case_pf_name(const struct ctx *ctx, char buf[PCI_ADDR_STRLEN])
{
	return pci_addr_format(&ctx->pf->addr, buf);
}

unsigned int case_max_vfs(const struct sriov_state *st)
{
	return st->totalvfs > SRIOV_MAX_VFS ? SRIOV_MAX_VFS : (unsigned int)st->totalvfs;
}

unsigned int case_group_size(const struct ctx *ctx, int group)
{
	return sysroot_count(ctx->root, "sys/kernel/iommu_groups/%d/devices", group);
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

bool case_kernel_cause(struct ctx *ctx, const char *about, const char *labels, char *line,
		       size_t size)
{
	_cleanup_close_ int fd = kmsg_open(ctx->root, true);
	const struct symptom *roots[MAX_ROOTS], *best = NULL;
	unsigned int n = find_roots(labels, roots), i, k;
	struct kmsg_record rec;
	int ret = 1;

	line[0] = '\0';
	for (i = 0; fd >= 0 && i < MAX_RECORDS && (ret > 0 || ret == -EBADMSG); i++) {
		ret = kmsg_read(fd, &rec, NULL);
		if (ret <= 0 || !strstr(rec.text, about))
			continue;
		for (k = 0; k < n && !util_glob(roots[k]->match, rec.text); k++)
			;
		if (k == n || !ctx_symptom(ctx, SYMPTOM_KERNEL, "%s", rec.text) ||
		    (best && !symptom_is_before(roots[k], best)))
			continue;
		best = roots[k];
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

/* Why the interface does not come up: most often the driver's firmware file. */
static void report_not_up(struct ctx *ctx, const char *ifname, int err)
{
	char line[256], pf[PCI_ADDR_STRLEN];
	bool known = case_kernel_cause(ctx, case_pf_name(ctx, pf), "*", line, sizeof(line));

	case_see_errno(ctx, "link_up", err, &ctx->pf->addr);
	ctx_fail(ctx, ctx_cause(ctx, "link_down"), "the PF's network interface comes up",
		 "%s does not come up: %s%s%s", ifname, strerror(-err), known ? "; " : "", line);
}

bool case_pf_up(struct ctx *ctx, char ifname[IFNAMSIZ])
{
	struct link_info info;
	int ret = link_find(ctx->root, &ctx->pf->addr, ifname);

	if (ret == 0 && !ifname[0])
		ret = -ENODEV;
	if (ret == 0)
		ret = link_get(ifname, &info);
	if (ret < 0) {
		ctx_error(ctx, ret, "the PF has no network interface: %s", strerror(-ret));
		return false;
	}
	if (info.admin_up)
		return true;
	ret = ctx_undo(ctx, UNDO_LINK_UP, NULL, 0, ifname);
	if (ret < 0) {
		ctx_error(ctx, ret, "no room to record the undo");
		return false;
	}
	ret = link_set_up(ifname, true);
	if (ret < 0)
		report_not_up(ctx, ifname, ret);
	return ret == 0;
}

int case_clear_vfs(struct ctx *ctx, const struct pci_addr *pf, bool autoprobe,
		   struct sriov_state *st)
{
	bool was_on;
	int ret = sriov_get_autoprobe(ctx->root, pf, &was_on);

	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_NUMVFS, pf, (uint64_t)st->numvfs, NULL);
	if (ret == 0)
		ret = ctx_undo(ctx, UNDO_AUTOPROBE, pf, was_on, NULL);
	if (ret == 0)
		ret = sriov_set_autoprobe(ctx->root, pf, autoprobe);
	if (ret == 0 && st->numvfs != 0)
		ret = sriov_set_numvfs(ctx->root, pf, 0, ctx_time_left_ms(ctx, CASE_WRITE_MS), st);
	return ret;
}

bool case_prepare_vfs(struct ctx *ctx, bool autoprobe, struct sriov_state *st)
{
	const struct pci_addr *pf = &ctx->pf->addr;
	char ifname[IFNAMSIZ];
	int ret;

	if (!case_pf_up(ctx, ifname))
		return false;
	ret = sriov_read(ctx->root, pf, st);
	if (ret == 0)
		ret = case_clear_vfs(ctx, pf, autoprobe, st);
	if (ret < 0)
		ctx_error(ctx, ret, "cannot get ready to create VFs: %s", strerror(-ret));
	return ret == 0;
}

/*
 * What the kernel says about a refused write tells which resource is missing. As the PF is up, it
 * has what firmware it cannot do without.
 */
const char *case_not_created_label(struct ctx *ctx, const struct pci_addr *pf, int err, char *line,
				   size_t size)
{
	char name[PCI_ADDR_STRLEN];

	case_kernel_cause(ctx, pci_addr_format(pf, name),
			  err == -ENOMEM ? "vf_resources_*" : "vf_limit,sriov_*,firmware_ddp", line,
			  size);
	case_see_errno(ctx, "sriov_numvfs", err, pf);
	return ctx_cause(ctx, "vf_create_failed");
}

static void report_not_created(struct ctx *ctx, unsigned int n, int err,
			       const struct sriov_state *st)
{
	char expected[64], line[256];
	const char *label;

	util_format(expected, sizeof(expected), "%u VFs are created", n);
	if (err == -ETIMEDOUT) {
		ctx_fail(ctx, "vf_create_failed", expected,
			 "the write to sriov_numvfs did not come back in time");
		return;
	}
	label = case_not_created_label(ctx, &ctx->pf->addr, err, line, sizeof(line));
	ctx_fail(ctx, label, expected, "write of %u to sriov_numvfs: %s; %d VFs%s%s", n,
		 strerror(-err), st->numvfs, line[0] ? "; " : "", line);
}

/* What the VFs have to look like, from the PF's capability where it can be read. */
struct vf_expectation {
	unsigned int offset, stride, device;
};

/* True: goes on. The capability itself has to say that the VFs are on. */
static bool expect_vfs(struct ctx *ctx, unsigned int n, const struct sriov_state *st,
		       struct vf_expectation *want)
{
	struct pci_facts f;
	int ret = pci_read_facts(ctx->root, &ctx->pf->addr, &f);

	*want = (struct vf_expectation){ st->offset, st->stride, st->vf_device };
	if (ret < 0) {
		ctx_fail(ctx, "device_unhealthy", "the PF answers with its VFs enabled",
			 "its configuration space cannot be read: %s", strerror(-ret));
		return false;
	}
	if (!f.has_sriov) {
		ctx_evidence(ctx, "capability", "not readable, sysfs is taken instead");
		return true;
	}
	ctx_evidence(ctx, "capability", "VF enable %d, NumVFs %u, offset %u, stride %u, ARI %d",
		     f.sriov.vf_enable, f.sriov.num_vfs, f.sriov.vf_offset, f.sriov.vf_stride,
		     f.sriov.ari_hierarchy);
	if (f.sriov.vf_enable != (n > 0) || (n > 0 && f.sriov.num_vfs != n)) {
		ctx_fail(ctx, "vf_fewer", "the SR-IOV capability has VF Enable set for all VFs",
			 "VF Enable %d, NumVFs %u of %u", f.sriov.vf_enable, f.sriov.num_vfs, n);
		return false;
	}
	*want = (struct vf_expectation){ f.sriov.vf_offset, f.sriov.vf_stride, f.sriov.vf_device };
	return true;
}

/* True if the VF at index @i is where and what it has to be. */
static bool check_vf(struct ctx *ctx, const struct sriov_state *st, unsigned int i,
		     const struct vf_expectation *want)
{
	const struct pci_addr *vf = &st->vfs[i];
	struct pci_addr at = sriov_vf_addr(&ctx->pf->addr, want->offset, want->stride, i);
	char vf_name[PCI_ADDR_STRLEN], at_name[PCI_ADDR_STRLEN], expected[96];
	uint64_t vendor = 0, device = 0;

	pci_addr_format(vf, vf_name);
	util_format(expected, sizeof(expected), "VF %u at %s with id %04x:%04x", i,
		    pci_addr_format(&at, at_name), ctx->pf->vendor, want->device);
	/* A VF's own configuration space has no ids: the kernel takes them from the PF. */
	if (pci_read_attr(ctx->root, vf, "vendor", &vendor) < 0 ||
	    pci_read_attr(ctx->root, vf, "device", &device) < 0) {
		ctx_fail(ctx, "vf_fewer", expected, "%s has left the bus", vf_name);
		return false;
	}
	if (pci_addr_cmp(vf, &at) == 0 && vendor == ctx->pf->vendor && device == want->device)
		return true;
	ctx_fail(ctx, "vf_wrong_address", expected, "%s with id %04x:%04x", vf_name,
		 (unsigned int)vendor, (unsigned int)device);
	return false;
}

static void check_groups(struct ctx *ctx, const struct sriov_state *st)
{
	unsigned int i, shared = 0;
	char first[64] = "";

	if (sysroot_count(ctx->root, "sys/kernel/iommu_groups") == 0) {
		ctx_evidence(ctx, "vf.groups", "none: the IOMMU is off");
		return;
	}
	for (i = 0; i < st->links; i++) {
		int group = driver_iommu_group(ctx->root, &st->vfs[i]);
		char a[PCI_ADDR_STRLEN];

		if (group >= 0 && case_group_size(ctx, group) == 1)
			continue;
		if (shared++ == 0)
			util_format(first, sizeof(first), "%s, group %d",
				    pci_addr_format(&st->vfs[i], a), group);
	}
	if (shared)
		ctx_warn(ctx, "vf_shared_group", "each VF is alone in an IOMMU group",
			 "%u of %u are not (%s)", shared, st->links, first);
	else
		ctx_evidence(ctx, "vf.groups", "one for each VF");
}

/* @begin: when they were asked for, in util_now_ms(). */
static bool check_vfs_since(struct ctx *ctx, unsigned int n, struct sriov_state *st, uint64_t begin)
{
	char expected[64], first[PCI_ADDR_STRLEN], last[PCI_ADDR_STRLEN];
	struct vf_expectation want;
	unsigned int i;

	/* A driver that made fewer, or none, may have said that all went well. */
	if (sriov_wait_vfs(ctx->root, &ctx->pf->addr, n, ctx_time_left_ms(ctx, VFS_APPEAR_MS), st) <
	    0) {
		util_format(expected, sizeof(expected), "%u VFs are created", n);
		ctx_fail(ctx, "vf_fewer", expected,
			 "without an error, but sriov_numvfs reads %d, %u VFs are on the bus",
			 st->numvfs, st->links);
		return false;
	}
	if (n > 0)
		ctx_evidence(ctx, "vf.created", "%u in %u ms, %s to %s", n,
			     (unsigned int)(util_now_ms() - begin),
			     pci_addr_format(&st->vfs[0], first),
			     pci_addr_format(&st->vfs[n - 1], last));
	if (!expect_vfs(ctx, n, st, &want))
		return false;
	for (i = 0; i < n; i++)
		if (!check_vf(ctx, st, i, &want))
			return false;
	if (n > 0)
		check_groups(ctx, st);
	return true;
}

bool case_check_vfs(struct ctx *ctx, unsigned int n, struct sriov_state *st)
{
	return check_vfs_since(ctx, n, st, util_now_ms());
}

bool case_create_vfs(struct ctx *ctx, unsigned int n, struct sriov_state *st)
{
	uint64_t begin = util_now_ms();
	int ret = sriov_write_numvfs(ctx->root, &ctx->pf->addr, n,
				     ctx_time_left_ms(ctx, CASE_WRITE_MS), st);

	if (ret < 0) {
		report_not_created(ctx, n, ret, st);
		return false;
	}
	return check_vfs_since(ctx, n, st, begin);
}

bool case_destroy_vfs(struct ctx *ctx, const struct sriov_state *old)
{
	static const char expected[] = "no VF is left";
	struct sriov_state st;
	unsigned int i;
	int ret = sriov_write_numvfs(ctx->root, &ctx->pf->addr, 0,
				     ctx_time_left_ms(ctx, CASE_WRITE_MS), &st);

	if (ret == 0)
		ret = sriov_wait_vfs(ctx->root, &ctx->pf->addr, 0,
				     ctx_time_left_ms(ctx, VFS_APPEAR_MS), &st);
	if (ret < 0) {
		ctx_fail(ctx, "vf_destroy_failed", expected,
			 "write of 0 to sriov_numvfs: %s; it reads %d, %u VFs are on the bus",
			 strerror(-ret), st.numvfs, st.links);
		return false;
	}
	/* The links belong to the PF; the devices can stay without them. */
	for (i = 0; i < old->links; i++) {
		char a[PCI_ADDR_STRLEN];

		if (!sysroot_exists(ctx->root, "sys/bus/pci/devices/%s",
				    pci_addr_format(&old->vfs[i], a)))
			continue;
		ctx_fail(ctx, "vf_destroy_failed", expected, "%s is still on the bus", a);
		return false;
	}
	return true;
}

int case_check_pf_sends(struct ctx *ctx, const char *ifname, const char *expected)
{
	int ret = link_wait_carrier(ifname, ctx_time_left_ms(ctx, CASE_CARRIER_MS));

	if (ret < 0)
		return ctx_fail(ctx, "pf_traffic", expected, "%s has no carrier: %s", ifname,
				strerror(-ret));
	ret = link_send_frames(ifname, TEST_FRAMES, ctx_time_left_ms(ctx, TX_COUNTED_MS));
	if (ret < 0)
		return ctx_fail(ctx, "pf_traffic", expected, "%s did not send %u frames: %s",
				ifname, TEST_FRAMES, strerror(-ret));
	return ctx_pass(ctx, expected, "%s has carrier and sent %u frames", ifname, TEST_FRAMES);
}
