/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests whose memory is mapped for DMA in another way: huge pages, much of it, an own IOMMU. */
#include "model/ctx.h"

#include <errno.h>
#include <string.h>

#include "cases/areas.h"
#include "cases/guest_plug.h"
#include "cases/pages.h"
#include "cases/rig.h"
#include "sys/hugepages.h"
#include "sys/inventory.h"
#include "sys/numa.h"
#include "sys/vfio.h"
#include "vm/vm_size.h"
#include "wire/agent_life.h"

#define MEMORY_TIMEOUT_S 600
#define MEMORY_VFS 2u
#define MEMORY_LARGE_MB 65536u
#define MEMORY_MAX_CPUS 64
#define MEMORY_NOISE 20u /* one part in so many of a device_add */

/* What such a case has: VFs on vfio-pci, and one guest after the other. */
struct memory_rig {
	struct ctx *ctx;
	struct rig rig;
	struct station pf;
	struct guest guest;
};

static void memory_close(struct memory_rig *m)
{
	guest_cleanup(&m->guest);
	station_close(&m->pf);
}

static int memory_open(struct memory_rig *m, struct ctx *ctx, unsigned int n)
{
	int ret;

	*m = (struct memory_rig){ .ctx = ctx };
	ret = rig_open_vfs(&m->rig, ctx, ctx->pf, n);
	if (ret == 0)
		ret = station_open(&m->pf, ctx, m->rig.ifname, "PF");
	return ret < 0 ? ret : rig_wait_link(&m->rig);
}

/* A guest like @like with VF 0, which works; what QEMU has locked for DMA is noted. */
static int memory_boot(struct memory_rig *m, const struct vm_config *like, uint64_t *locked_kb)
{
	struct rig_dev *dev = &m->rig.vfs[0];
	struct guest *g = &m->guest;
	struct ctx *ctx = m->ctx;
	int ret = guest_boot_like(g, ctx, "", &dev, 1, 1, like);

	if (ret == 0)
		ret = guest_check_nics(g);
	if (ret == 0)
		ret = guest_check_traffic(g, 0, 1, &m->pf);
	if (ret < 0)
		return ret;
	ret = hugepages_locked_kb(ctx->root, vm_pid(g->vm), locked_kb);
	if (ret < 0)
		return ctx_error(ctx, ret, "what QEMU has locked cannot be read: %s",
				 strerror(-ret));
	ctx_evidence(ctx, "dma.locked", "%u MiB of the guest's %u MiB are mapped for DMA",
		     (unsigned int)(*locked_kb / 1024), g->memory_mb);
	return 0;
}

static int memory_end(struct memory_rig *m)
{
	int ret = guest_check_klog(&m->guest);

	return ret < 0 ? ret : guest_end(&m->guest);
}

static int memory_check_devs(struct memory_rig *m)
{
	int ret = 0;

	for (unsigned int i = 0; ret == 0 && i < m->rig.n_vfs; i++)
		ret = rig_check_dev(m->ctx, &m->rig.vfs[i]);
	return ret;
}

/* ---- kinds of memory ---- */

struct memory_kind {
	const char *what;
	unsigned int huge_kb; /* 0: ordinary pages */
	unsigned int mb; /* 0: as little as a guest can do with */
	bool quarter; /* or a quarter of the host's, if that is more than @mb */
};

static const struct memory_kind memory_kinds[] = {
	{ "pages of 2 MiB", 2048, 0, false },
	{ "pages of 1 GiB", 1048576, 1024, false },
	{ "a quarter of the host's memory", 0, 0, true },
	{ "64 GiB", 0, MEMORY_LARGE_MB, false },
};

/* A device's reset takes as long as it takes: what is within that is no figure. */
static void memory_note_map(struct memory_rig *m, const struct memory_kind *k, unsigned int first,
			    unsigned int second)
{
	char text[64] = "too fast to be told";

	if (first > second + second / MEMORY_NOISE)
		util_format(text, sizeof(text), "mapped in %u ms", first - second);
	ctx_evidence(m->ctx, "dma.map",
		     "%s, %u MiB: %s (device_add %u ms with that, %u ms without)", k->what,
		     m->guest.memory_mb, text, first, second);
}

/* QEMU maps all memory for the first device alone, so that the second one shows what that takes. */
static int memory_time_map(struct memory_rig *m, const struct memory_kind *k)
{
	struct guest *g = &m->guest;
	unsigned int first, second = 0, index;
	uint64_t start;
	int ret = guest_unplug(g, 0, VM_MONITOR_QMP);

	start = util_now_ms();
	if (ret == 0)
		ret = guest_plug(g, &m->rig.vfs[0], VM_MONITOR_QMP, &index);
	first = (unsigned int)(util_now_ms() - start);
	if (ret == 0)
		ret = guest_check_nic(g, index);
	start = util_now_ms();
	if (ret == 0 && m->rig.n_vfs > 1)
		ret = guest_plug(g, &m->rig.vfs[1], VM_MONITOR_QMP, &index);
	second = (unsigned int)(util_now_ms() - start);
	if (ret < 0 || m->rig.n_vfs < MEMORY_VFS)
		return ret;
	memory_note_map(m, k, first, second);
	ret = guest_check_nic(g, index);
	return ret < 0 ? ret : guest_check_traffic(g, 0, g->n_nics, &m->pf);
}

/* MiB that a guest of this kind has; 0, and why not in evidence, where there is no such guest. */
static unsigned int memory_size(struct ctx *ctx, const struct memory_kind *k)
{
	unsigned int base = ctx->settings->guest_memory_mb, left = guest_memory_left(ctx);
	unsigned int host = (unsigned int)(ctx->inv->host.memory_kb / 1024);
	unsigned int mb = k->quarter ? host / 4 : k->mb;

	/* What is left is less than that by QEMU, which guest_boot() looks at more closely. */
	mb = mb > base ? mb : base;
	if (mb + 2 * VM_SIZE_QEMU_MB <= left)
		return mb;
	ctx_evidence(ctx, "memory.left_out", "%s: %u MiB, and there are %u MiB for guests", k->what,
		     mb, left);
	return 0;
}

/* 1, with why in evidence, if there are none. */
static int memory_take_pages(struct ctx *ctx, const struct memory_kind *k, unsigned int *mb,
			     uint64_t *total)
{
	char why[80];
	int ret = pages_take(ctx, k->huge_kb, mb, total, why, sizeof(why));

	if (ret > 0)
		ctx_evidence(ctx, "memory.left_out", "%s: %s", k->what, why);
	return ret;
}

/* All of the guest is on the pages that were set aside for it. */
static int memory_check_pages(struct memory_rig *m, const struct memory_kind *k)
{
	struct hugepages now;
	unsigned int n = m->guest.memory_mb / (k->huge_kb / 1024);
	int ret = hugepages_read(m->ctx->root, k->huge_kb, &now);

	if (ret < 0)
		return ctx_error(m->ctx, ret, "huge pages cannot be counted");
	ctx_evidence(m->ctx, "memory.pages", "%s: %u for the guest, %u in use", k->what, n,
		     (unsigned int)(now.total - now.free));
	return now.total - now.free >= n
		       ? 0
		       : ctx_error(m->ctx, -EIO, "QEMU has not put the guest on %s", k->what);
}

/* Returns 1 if this host has no guest of the kind. */
static int memory_try(struct memory_rig *m, const struct memory_kind *k)
{
	struct vm_config like = { .memory_mb = memory_size(m->ctx, k), .huge_kb = k->huge_kb };
	uint64_t locked, total = 0;
	int ret = like.memory_mb > 0 ? 0 : 1;

	if (ret == 0 && k->huge_kb > 0)
		ret = memory_take_pages(m->ctx, k, &like.memory_mb, &total);
	if (ret == 0)
		ret = memory_boot(m, &like, &locked);
	if (ret == 0 && k->huge_kb > 0)
		ret = memory_check_pages(m, k);
	if (ret == 0)
		ret = memory_time_map(m, k);
	if (ret == 0)
		ret = memory_end(m);
	return ret == 0 && k->huge_kb > 0 ? pages_return(m->ctx, k->huge_kb, total) : ret;
}

static int run_memory(struct ctx *ctx)
{
	_cleanup_(memory_close) struct memory_rig m = { 0 };
	char done[200] = "";
	int ret = memory_open(&m, ctx, MEMORY_VFS);

	for (unsigned int i = 0; ret >= 0 && i < ARRAY_SIZE(memory_kinds); i++) {
		const struct memory_kind *k = &memory_kinds[i];

		ret = memory_try(&m, k);
		if (ret == 0)
			util_format(done + strlen(done), sizeof(done) - strlen(done), "%s%s",
				    done[0] ? ", " : "", k->what);
	}
	if (ret >= 0)
		ret = memory_check_devs(&m);
	if (ret < 0)
		return ret;
	if (!done[0])
		return ctx_skip(ctx, "the host has memory for none of these guests");
	return ctx_pass(ctx, "a guest's VF works whatever memory the guest is on", "%s", done);
}

/* ---- the guest's own IOMMU ---- */

/* Translation is on in the guest, and the host has mapped no more than what the guest did. */
static int viommu_check(struct memory_rig *m, uint64_t locked_kb)
{
	struct ctx *ctx = m->ctx;
	struct agent_link req = { 0 };
	struct agent_iommu iommu;
	int ret;

	memcpy(req.ifname, m->guest.nics[0].netdev.ifname, sizeof(req.ifname));
	ret = vm_agent_call(m->guest.vm, (enum agent_type)AGENT_IOMMU, &req, sizeof(req), &iommu,
			    sizeof(iommu), ctx_ms(ctx, GUEST_CALL_MS));
	if (ret != sizeof(iommu))
		return guest_lost(&m->guest, ret < 0 ? ret : -EPROTO, "asking for its IOMMU");
	iommu.type[sizeof(iommu.type) - 1] = '\0';
	util_sanitise(iommu.type);
	ctx_evidence(ctx, "viommu", "in the guest: group %d, type %s", iommu.group,
		     iommu.type[0] ? iommu.type : "none");
	if (strncmp(iommu.type, "DMA", 3) != 0)
		return ctx_error(ctx, -EIO, "the guest's kernel does not translate the VF's DMA");
	if (locked_kb < (uint64_t)m->guest.memory_mb * 1024 / 2)
		return 0;
	ctx_fail(ctx, "viommu_unused", "the host maps for DMA what the guest's IOMMU maps, no more",
		 "%u MiB of the guest's %u MiB", (unsigned int)(locked_kb / 1024),
		 m->guest.memory_mb);
	return -EIO;
}

static int run_viommu(struct ctx *ctx)
{
	const struct vm_config like = { .viommu = true };
	_cleanup_(memory_close) struct memory_rig m = { 0 };
	uint64_t locked = 0;
	int ret = memory_open(&m, ctx, 1);

	if (ret == 0)
		ret = memory_boot(&m, &like, &locked);
	if (ret == 0)
		ret = viommu_check(&m, locked);
	if (ret == 0)
		ret = memory_end(&m);
	if (ret == 0)
		ret = memory_check_devs(&m);
	return ret < 0 ? ret
		       : ctx_pass(ctx, "a VF works behind its guest's own IOMMU",
				  "virtio-iommu: traffic; %u MiB mapped for DMA",
				  (unsigned int)(locked / 1024));
}

/* ---- iommufd ---- */

static int run_iommufd(struct ctx *ctx)
{
	const struct vm_config like = { .iommufd = true };
	_cleanup_(memory_close) struct memory_rig m = { 0 };
	uint64_t locked;
	int ret;

	if (!vfio_has_iommufd(ctx->root))
		return ctx_not_applicable(ctx,
					  "Linux %s has no /dev/iommu: it is built without "
					  "CONFIG_IOMMUFD",
					  ctx->inv->host.kernel);
	ret = memory_open(&m, ctx, 1);
	if (ret == 0 && !vfio_has_cdev(ctx->root, &m.rig.vfs[0].addr))
		return ctx_not_applicable(ctx,
					  "Linux %s gives VFs no device of their own below "
					  "/dev/vfio/devices: it is built without "
					  "CONFIG_VFIO_DEVICE_CDEV",
					  ctx->inv->host.kernel);
	if (ret == 0)
		ret = memory_boot(&m, &like, &locked);
	if (ret == 0)
		ret = memory_end(&m);
	if (ret == 0)
		ret = memory_check_devs(&m);
	return ret < 0 ? ret
		       : ctx_pass(ctx, "a VF can be assigned through iommufd",
				  "/dev/iommu and the VF's own device: traffic");
}

/* ---- NUMA ---- */

static int numa_pin(struct memory_rig *m, unsigned int node)
{
	struct ctx *ctx = m->ctx;
	pid_t tids[MEMORY_MAX_CPUS];
	uint64_t on, elsewhere;
	cpu_set_t cpus;
	int n = vm_cpu_threads(m->guest.vm, tids, ARRAY_SIZE(tids)), ret;

	if (n < 0)
		return guest_lost(&m->guest, n, "asking QEMU for its processors");
	ret = numa_cpus(ctx->root, node, &cpus);
	for (int i = 0; ret == 0 && i < n; i++)
		ret = numa_bind_thread(tids[i], &cpus);
	if (ret == 0)
		ret = numa_count_pages(ctx->root, vm_pid(m->guest.vm), node, &on, &elsewhere);
	if (ret < 0)
		return ctx_error(ctx, ret, "the guest cannot be kept on node %u: %s", node,
				 strerror(-ret));
	ctx_evidence(ctx, "numa",
		     "node %u: %d of the guest's processors, %llu pages of its memory; elsewhere "
		     "%llu pages",
		     node, n, (unsigned long long)on, (unsigned long long)elsewhere);
	if (n > 0 && on > 0 && elsewhere == 0)
		return 0;
	return ctx_error(ctx, -EIO, "the guest is not on node %u alone", node);
}

static int run_numa(struct ctx *ctx)
{
	const int node = numa_node_of(ctx->root, &ctx->pf->addr);
	const struct vm_config like = { .on_node = true, .node = node };
	_cleanup_(memory_close) struct memory_rig m = { 0 };
	uint64_t locked;
	cpu_set_t cpus;
	int ret;

	if (numa_count(ctx->root) < 2)
		return ctx_not_applicable(ctx, "the host has one NUMA node");
	if (node < 0)
		return ctx_not_applicable(ctx, "the firmware does not say on which NUMA node the "
					       "port is");
	if (numa_cpus(ctx->root, (unsigned int)node, &cpus) < 0)
		return ctx_not_applicable(ctx,
					  "NUMA node %d, which the port is on, has no "
					  "processors",
					  node);
	ret = memory_open(&m, ctx, 1);
	if (ret == 0)
		ret = memory_boot(&m, &like, &locked);
	if (ret == 0)
		ret = numa_pin(&m, (unsigned int)node);
	if (ret == 0)
		ret = guest_check_traffic(&m.guest, 0, 1, &m.pf);
	if (ret == 0)
		ret = memory_end(&m);
	if (ret == 0)
		ret = memory_check_devs(&m);
	return ret < 0 ? ret
		       : ctx_pass(ctx, "a VF works in a guest that is on the port's NUMA node",
				  "node %d: memory, processors, traffic", node);
}

const struct case_def run_memory_cases[] = {
	{ .id = "run_memory",
	  .title = "A guest's memory is on huge pages, or is much of the host's",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = MEMORY_TIMEOUT_S,
	  .ports = PORTS_ALL,
	  .run = run_memory,
	  .set = SET_FULL },
	{ .id = "run_iommufd",
	  .title = "A VF is assigned through iommufd",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = MEMORY_TIMEOUT_S,
	  .run = run_iommufd,
	  .set = SET_FULL },
	{ .id = "run_viommu",
	  .title = "A VF works behind its guest's own IOMMU",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = MEMORY_TIMEOUT_S,
	  .run = run_viommu,
	  .set = SET_FULL },
	{ .id = "run_numa",
	  .title = "A guest's memory and processors are on the port's NUMA node",
	  .subject = SUBJECT_PF,
	  .needs = { GUEST_VF_NEEDS },
	  .timeout_s = MEMORY_TIMEOUT_S,
	  .run = run_numa,
	  .set = SET_FULL },
	{ .id = NULL },
};
