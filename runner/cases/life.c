/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that start anew, and test frames that go on meanwhile. */
#include "cases/life.h"

#include <errno.h>
#include <string.h>

#include "vm/vm_restart.h"
#include "wire/agent_life.h"

#define LIFE_PULSE_FIRST 50u /* answers, before anything is done to the guest */
#define LIFE_PULSE_MS 20000

/* ---- starting anew ---- */

static int life_ask_agent(struct guest *g, enum agent_restart_how how)
{
	const struct agent_restart req = { .how = how };

	return vm_agent_call(g->vm, (enum agent_type)AGENT_RESTART, &req, sizeof(req), NULL, 0,
			     ctx_ms(g->ctx, GUEST_CALL_MS));
}

static int life_act_reboot(struct guest *g)
{
	return life_ask_agent(g, AGENT_REBOOTS);
}

static int life_act_panic(struct guest *g)
{
	return life_ask_agent(g, AGENT_PANICS);
}

static int life_act_reset(struct guest *g)
{
	return vm_qmp(g->vm, "system_reset", NULL, NULL, ctx_ms(g->ctx, GUEST_CALL_MS));
}

const struct life_restart life_reboots = { "rebooting", life_act_reboot };
const struct life_restart life_is_reset = { "being reset", life_act_reset };
const struct life_restart life_panics = { "panicking", life_act_panic };

/* A reset that the guest's kernel slept through would be none. */
static int life_check_hello(struct guest *g, const struct life_restart *how,
			    const struct agent_hello *hello, unsigned int ms)
{
	if (hello->uptime_ms <= ms)
		return 0;
	ctx_fail(g->ctx, "restart_old_kernel", "the guest's kernel starts anew",
		 "%s: %u ms after %s its kernel says that it has been up for %u ms",
		 g->name[0] ? g->name : "the guest", ms, how->doing, hello->uptime_ms);
	return -EEXIST;
}

/* Nothing that was known of the guest from inside holds any more. */
static void life_forget(struct guest *g)
{
	g->klog_next = 0;
	for (unsigned int i = 0; i < g->n_nics; i++)
		g->nics[i].netdev = (struct agent_netdev){ 0 };
}

static int life_wait(struct guest *g, const struct life_restart *how, uint64_t start)
{
	struct agent_hello hello;
	char reason[32], text[160];
	unsigned int ms;
	int ret = vm_wait_restart(g->vm, reason, sizeof(reason), &hello,
				  ctx_ms(g->ctx, GUEST_BOOT_MS));

	ms = (unsigned int)(util_now_ms() - start);
	if (ret < 0)
		return guest_lost(g, ret, how->doing);
	life_forget(g);
	ret = life_check_hello(g, how, &hello, ms);
	if (ret == 0)
		ret = guest_check_nics(g);
	if (ret < 0)
		return ret;
	util_format(text, sizeof(text), "%s (%s): agent answers in %u ms, NICs work in %u ms",
		    how->doing, reason, ms, (unsigned int)(util_now_ms() - start));
	ctx_evidence(g->ctx, "guest.restart", "%s", guest_say(g, text, (char[180]){ 0 }, 180));
	return 0;
}

int life_restart(struct guest *g, const struct life_restart *how)
{
	struct ctx *ctx = g->ctx;
	int ret = guest_check_klog(g), back = 0;
	uint64_t start;

	if (ret < 0)
		return ret;
	ret = vm_set_restart(g->vm, true, ctx_ms(ctx, GUEST_CALL_MS));
	if (ret < 0)
		return guest_lost(g, ret, how->doing);
	vm_expect_restart(g->vm);
	start = util_now_ms();
	ret = how->act(g);
	ret = ret < 0 ? guest_lost(g, ret, how->doing) : life_wait(g, how, start);
	if (!vm_ended(g->vm))
		back = vm_set_restart(g->vm, false, ctx_ms(ctx, GUEST_CALL_MS));
	if (ret == 0 && back < 0)
		return guest_lost(g, back, how->doing);
	return ret;
}

/* ---- frames that go on ---- */

int life_pulse_start(struct pulse *f, struct guest *g, unsigned int i, struct station *from,
		     bool once)
{
	const struct guest_nic *nic = &g->nics[i];
	uint32_t session = traffic_new_session();
	struct ctx *ctx = g->ctx;
	int ret = guest_start_echo(g, nic, session);

	if (ret < 0)
		return ret;
	ret = pulse_start(f, from->fd, from->mac, nic->netdev.mac, session, once);
	if (ret < 0)
		return ctx_error(ctx, ret, "no test frames can be sent beside: %s", strerror(-ret));
	if (pulse_await(f, 0, LIFE_PULSE_FIRST, ctx_ms(ctx, LIFE_PULSE_MS)) == 0)
		return 0;
	ctx_fail(ctx, "traffic_lost", "test frames pass both ways",
		 "%s: of %u frames that %s sent %u were answered", nic->what, pulse_sent(f),
		 from->what, pulse_answered(f));
	return -ENODATA;
}

int life_pulse_end(struct pulse *f, struct ctx *ctx)
{
	int ret = pulse_stop(f);

	if (ret < 0)
		return ctx_error(ctx, ret, "the sender of test frames did not end");
	ctx_evidence(ctx, "pulse", "%u test frames sent meanwhile, %u answered, %u corrupt",
		     pulse_sent(f), pulse_answered(f), f->shared->corrupt);
	if (f->shared->corrupt == 0)
		return 0;
	ctx_fail(ctx, "traffic_corrupt", "all test frames arrive whole, both ways",
		 "%u of %u answers have wrong contents", f->shared->corrupt, pulse_answered(f));
	return -EBADMSG;
}
