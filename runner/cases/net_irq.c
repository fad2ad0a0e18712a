/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VF's interrupts: they come with its own traffic, and where they are directed to. */
#include "cases/net_cases.h"

#include <errno.h>
#include <string.h>

#include "cases/fixtures.h"

#define IRQ_ASKS 300u /* one after the other: most of them are an interrupt each */
#define IRQ_ASK_SIZE 64u
#define IRQ_FEW 10u /* what comes besides: a link, groups, neighbours */
#define IRQ_FEW_PART 20u /* and one in so many */

struct irq_view {
	int n;
	struct irq_vector v[IRQ_MAX_VECTORS];
};

struct irq_run {
	struct net_end far, own, other; /* other.g is NULL with one VF */
	struct irq_view own_before, own_after, other_before, other_after;
};

static int irq_read(struct net_end *vf, struct irq_view *out)
{
	out->n = net_read_irqs(vf, out->v);
	return out->n < 0 ? out->n : 0;
}

static uint64_t irq_rise(const struct irq_view *before, const struct irq_view *after)
{
	uint64_t sum = 0;

	for (int i = 0; i < after->n && i < before->n; i++)
		sum += irq_total(&after->v[i]) - irq_total(&before->v[i]);
	return sum;
}

static void irq_tell(const struct net_end *vf, const struct irq_view *before,
		     const struct irq_view *after)
{
	char text[300];
	size_t used = 0;

	for (int i = 0; i < after->n && i < before->n && used < sizeof(text) - 1; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s%s %llu", i > 0 ? ", " : "",
			after->v[i].name,
			(unsigned long long)(irq_total(&after->v[i]) - irq_total(&before->v[i])));
	ctx_evidence(vf->ctx, "net.irq", "%s: %s", vf->what, after->n > 0 ? text : "no vectors");
}

/* Traffic of the VF alone; how often each vector has come meanwhile is in @r. */
static int irq_traffic(struct irq_run *r, struct transfer_state *asked)
{
	int ret = irq_read(&r->own, &r->own_before);

	if (ret == 0 && r->other.g)
		ret = irq_read(&r->other, &r->other_before);
	if (ret == 0)
		ret = net_ask(&r->far, &r->own, IP_V4, true, IRQ_ASKS, IRQ_ASK_SIZE, asked);
	if (ret == 0)
		ret = irq_read(&r->own, &r->own_after);
	if (ret == 0 && r->other.g)
		ret = irq_read(&r->other, &r->other_after);
	return ret;
}

static int irq_check_own(struct irq_run *r)
{
	struct ctx *ctx = r->own.ctx;
	struct transfer_state asked;
	int ret = irq_traffic(r, &asked);
	uint64_t own, other;

	if (ret < 0)
		return ret;
	irq_tell(&r->own, &r->own_before, &r->own_after);
	own = irq_rise(&r->own_before, &r->own_after);
	other = r->other.g ? irq_rise(&r->other_before, &r->other_after) : 0;
	if (r->other.g)
		irq_tell(&r->other, &r->other_before, &r->other_after);
	if (other > IRQ_FEW + own / IRQ_FEW_PART) {
		ctx_fail(ctx, "irq_foreign",
			 "the interrupts of a VF rise with its own traffic only",
			 "traffic of %s: %llu of its own, %llu of %s", r->own.what,
			 (unsigned long long)own, (unsigned long long)other, r->other.what);
		return -EBADMSG;
	}
	if (asked.received == 0) {
		ctx_fail(ctx, "ip_lost", "UDP messages are answered", "%s: none of %llu",
			 r->own.what, (unsigned long long)asked.sent);
		return -ENODATA;
	}
	if (own > 0)
		return 0;
	ctx_fail(ctx, "irq_none", "a VF's interrupts rise with its traffic",
		 "%s: %llu messages answered, and no interrupt", r->own.what,
		 (unsigned long long)asked.received);
	return -EBADMSG;
}

/* ---- affinity ---- */

/* Returns 0, -EIO or -EPERM where the vector cannot be directed, or -errno that is recorded. */
static int irq_direct(struct net_end *vf, const struct irq_vector *v, uint32_t mask,
		      struct irq_vector *out, bool *recorded)
{
	struct agent_irq_affinity req = { .irq = v->irq, .mask = mask };
	int ret;

	memcpy(req.ifname, vf->ifname, sizeof(req.ifname));
	ret = net_call(vf->g, AGENT_IRQ_AFFINITY, &req, sizeof(req), out, sizeof(*out), recorded);
	return ret < 0 ? ret : 0;
}

/* What came on other processors than @cpu. */
static uint64_t irq_elsewhere(const struct irq_view *before, const struct irq_view *after,
			      unsigned int cpu, uint64_t *there)
{
	uint64_t sum = 0;

	*there = 0;
	for (int i = 0; i < after->n && i < before->n; i++)
		for (unsigned int c = 0; c < after->v[i].cpus && c < IRQ_MAX_CPUS; c++)
			*(c == cpu ? there : &sum) += after->v[i].count[c] - before->v[i].count[c];
	return sum;
}

/* All vectors of the VF go to one processor. *@moved: how many could be directed. */
static int irq_move_all(struct irq_run *r, unsigned int cpu, unsigned int *moved)
{
	const struct irq_view *view = &r->own_after;
	struct irq_vector now;
	bool lost;

	*moved = 0;
	for (int i = 0; i < view->n; i++) {
		int ret = irq_direct(&r->own, &view->v[i], 1u << cpu, &now, &lost);

		if (lost)
			return ret;
		if (ret == -EIO || ret == -EPERM)
			continue;
		if (ret < 0)
			return ctx_error(r->own.ctx, ret, "interrupt %s cannot be directed: %s",
					 view->v[i].name, strerror(-ret));
		++*moved;
	}
	return 0;
}

static int irq_check_cpu(struct irq_run *r, unsigned int cpu, unsigned int *moved)
{
	struct ctx *ctx = r->own.ctx;
	struct transfer_state asked;
	uint64_t there, elsewhere;
	int ret = irq_move_all(r, cpu, moved);

	if (ret < 0 || *moved == 0)
		return ret;
	/* A vector moves when it comes for the first time: those of this traffic are not counted.
	 */
	ret = net_ask(&r->far, &r->own, IP_V4, true, IRQ_FEW, IRQ_ASK_SIZE, &asked);
	if (ret == 0)
		ret = irq_traffic(r, &asked);
	if (ret < 0)
		return ret;
	elsewhere = irq_elsewhere(&r->own_before, &r->own_after, cpu, &there);
	ctx_evidence(ctx, "net.affinity",
		     "%s: %u of %d vectors directed to processor %u: %llu came there, "
		     "%llu elsewhere",
		     r->own.what, *moved, r->own_after.n, cpu, (unsigned long long)there,
		     (unsigned long long)elsewhere);
	if (there > 0 && elsewhere <= there / IRQ_FEW_PART)
		return 0;
	/* One that cannot be directed may be the one that comes. */
	if (*moved < (unsigned int)r->own_after.n)
		return 0;
	ctx_fail(ctx, "irq_affinity", "interrupts come to the processor that they are directed to",
		 "%s, processor %u: %llu there, %llu elsewhere", r->own.what, cpu,
		 (unsigned long long)there, (unsigned long long)elsewhere);
	return -EBADMSG;
}

static int irq_put_back(struct irq_run *r, const struct irq_view *before)
{
	struct irq_vector now;
	int first = 0;

	for (int i = 0; i < before->n; i++) {
		bool lost;
		int ret = before->v[i].mask != 0 ? irq_direct(&r->own, &before->v[i],
							      before->v[i].mask, &now, &lost)
						 : 0;

		if (ret < 0 && ret != -EIO && ret != -EPERM && first == 0)
			first = lost ? ret
				     : ctx_error(r->own.ctx, ret,
						 "interrupt %s is not as it was: %s",
						 before->v[i].name, strerror(-ret));
	}
	return first;
}

static int irq_check_affinity(struct irq_run *r, unsigned int cpus, unsigned int *moved)
{
	struct irq_view before;
	int ret = irq_read(&r->own, &before), err;

	*moved = 0;
	for (unsigned int cpu = 0; ret == 0 && cpu < cpus && cpu < IRQ_MAX_CPUS; cpu++)
		ret = irq_check_cpu(r, cpu, moved);
	err = irq_put_back(r, &before);
	return ret < 0 ? ret : err;
}

static int irq_use(struct fixture_wide *f, struct irq_run *r, unsigned int *moved)
{
	int ret = net_open_station(&r->far, fixture_wide_far(f),
				   f->peer.ctx ? NET_HOST_PEER : NET_HOST_PF);

	if (ret == 0)
		ret = net_open_guest(&r->own, &f->guest, 0, NET_HOST_VF);
	if (ret == 0 && f->rig.n_vfs > 1)
		ret = net_open_guest(&r->other, &f->guest, 1, NET_HOST_VF + 1);
	if (ret == 0)
		ret = irq_check_own(r);
	return ret < 0 ? ret : irq_check_affinity(r, FIXTURE_WIDE_CPUS, moved);
}

static int net_irq(struct fixture_wide *f)
{
	struct irq_run *r = calloc(1, sizeof(*r));
	struct ctx *ctx = f->rig.ctx;
	unsigned int moved = 0;
	int ret = r ? irq_use(f, r, &moved) : ctx_error(ctx, -ENOMEM, "no memory");

	if (r)
		ret = net_ends_close(ret, &r->far, &r->own, &r->other);
	free(r);
	return ret < 0 ? ret
		       : ctx_pass(
				 ctx,
				 "a VF's interrupts are its own, and go where they are directed to",
				 "they rise with its traffic%s; affinity: %s",
				 f->rig.n_vfs > 1 ? " and not with its neighbour's" : "",
				 moved > 0 ? "obeyed on each of two processors"
					   : "this guest's kernel lets none be directed");
}

int run_net_irq(struct ctx *ctx)
{
	return fixture_wide_run(ctx, net_irq);
}
