/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macvtap on PFs and VFs, in each of its modes, with and without vhost. Two guests serve all of it:
 * their NICs are plugged in and out again.
 */
#include "cases/tap.h"

#include <errno.h>
#include <string.h>

#include "cases/common.h"
#include "sys/inventory.h"
#include "cases/areas.h"
#include "cases/port_link.h"
#include "cases/requires.h"

#define TAP_TIMEOUT_S 240

/* ---- the fixture ---- */

static int taps_open(struct ctx *ctx, void *state)
{
	struct taps *taps = state;
	int ret = rig_open(&taps->rig, ctx, ctx->pf);

	if (ret == 0 && ctx->pf->peer >= 0) {
		ret = station_open_peer(&taps->peer, ctx);
		/* In VEPA mode it has to see what is not for itself. */
		if (ret == 0)
			ret = station_set_promisc(&taps->peer);
	}
	for (unsigned int i = 0; ret == 0 && i < TAP_GUESTS; i++) {
		char name[16];

		util_format(name, sizeof(name), "guest %u", i + 1);
		ret = guest_boot_wide(&taps->guests[i], ctx, name, NULL, 0,
				      i == 0 ? TAP_MAX_PORTS : 1, i == 0 ? TAP_MAX_QUEUES : 1);
	}
	return ret;
}

static int taps_close(struct ctx *ctx, void *state)
{
	struct taps *taps = state;
	int first = 0, ret;

	(void)ctx;
	for (unsigned int i = 0; i < TAP_GUESTS; i++) {
		struct guest *g = &taps->guests[i];

		ret = g->vm && !vm_ended(g->vm) ? guest_end(g) : 0;
		guest_cleanup(g);
		first = first < 0 ? first : ret;
	}
	station_close(&taps->peer);
	return first;
}

const struct fixture taps_fixture = {
	.name = "taps",
	.size = sizeof(struct taps),
	.open = taps_open,
	.close = taps_close,
};

/* True if the guests are as an item finds them; else the item is skipped, which is recorded. */
static bool taps_are_ready(struct ctx *ctx, struct taps *taps)
{
	for (unsigned int i = 0; i < TAP_GUESTS; i++) {
		struct guest *g = &taps->guests[i];

		if (g->vm && !vm_ended(g->vm) && guest_free_port(g) >= 0)
			continue;
		ctx_skip(ctx, "guest %u is needed, which an item before has %s", i + 1,
			 g->vm && !vm_ended(g->vm) ? "left with a NIC that does not go"
						   : "brought to its end");
		return false;
	}
	return true;
}

/* ---- an item ---- */

static int tap_load_modules(struct ctx *ctx, bool vhost)
{
	int ret = case_load_module(ctx, "macvtap");

	if (ret == 0 && vhost)
		ret = case_load_module(ctx, "vhost_net");
	return ret < 0 ? ctx_error(ctx, ret, "macvtap and vhost_net cannot be loaded: %s",
				   strerror(-ret))
		       : 0;
}

static int tap_use(struct tap *t, const struct tap_scene *s)
{
	int ret = tap_open_parent(t);

	for (unsigned int i = 0; ret == 0 && i < s->n_ports; i++) {
		unsigned int guest = s->n_ports <= TAP_GUESTS ? i : 0;

		t->ports[i] = (struct tap_port){ .guest = &t->taps->guests[guest], .fd = -1 };
		ret = tap_create_port(t, i);
	}
	for (unsigned int i = 0; ret == 0 && i < s->n_ports; i++)
		ret = tap_open_port(t, i);
	for (unsigned int i = 0; ret == 0 && i < s->n_ports; i++)
		ret = tap_plug_port(t, i);
	for (unsigned int i = 0; ret == 0 && i < s->n_ports; i++)
		ret = tap_check_port(t, i);
	return ret == 0 ? s->check(t) : ret;
}

static const char *tap_promise(enum macvlan_mode mode)
{
	switch (mode) {
	case MACVLAN_MODE_BRIDGE:
		return "guests on the parent reach each other on the host";
	case MACVLAN_MODE_VEPA:
		return "guests on the parent reach each other through the far end only";
	case MACVLAN_MODE_PRIVATE:
		return "guests on the parent do not reach each other";
	default:
		return "the parent belongs to one guest alone";
	}
}

static void tap_cleanup(struct tap *t)
{
	station_close(&t->own);
}

int tap_run_scene(struct ctx *ctx, const struct tap_scene *s)
{
	_cleanup_(tap_cleanup) struct tap t = { .ctx = ctx, .kind = s->kind, .taps = ctx->fixture };
	int ret, err;

	if (!taps_are_ready(ctx, t.taps))
		return 0;
	ret = tap_load_modules(ctx, s->kind.vhost);
	if (ret == 0)
		ret = tap_use(&t, s);
	err = tap_close_ports(&t);
	ret = ret < 0 ? ret : err;
	if (ret == 0)
		ret = tap_check_parent(&t);
	for (unsigned int i = 0; ret == 0 && i < TAP_GUESTS && i < t.n_ports; i++)
		ret = guest_check_klog(t.ports[i].guest);
	if (ret < 0)
		return ctx->res->verdict == VERDICT_SKIP ? 0 : ret;
	return ctx_pass(ctx, s->expected,
			"%u NIC%s: driver, MAC, link, traffic with %s, %s vhost, mode %s%s%s",
			t.n_ports, t.n_ports > 1 ? "s" : "", t.far->what,
			s->kind.vhost ? "with" : "without", macvtap_mode_name(s->kind.mode),
			t.told[0] ? "; " : "", t.told);
}

static int tap_run(struct ctx *ctx, const struct tap_kind *kind)
{
	const struct tap_scene s = { .kind = *kind,
				     .n_ports =
					     kind->mode == MACVLAN_MODE_PASSTHRU ? 1 : TAP_GUESTS,
				     .expected = tap_promise(kind->mode),
				     .check = tap_check_mode };

	return tap_run_scene(ctx, &s);
}

/* ---- the 16 combinations ---- */

#define TAP_BACKENDS(X, parent, who, is_vf, mode, MODE)         \
	X(parent, who, is_vf, mode, MODE, vhost, "vhost", true) \
	X(parent, who, is_vf, mode, MODE, novhost, "no vhost", false)

#define TAP_MODES(X, parent, who, is_vf)                                   \
	TAP_BACKENDS(X, parent, who, is_vf, bridge, MACVLAN_MODE_BRIDGE)   \
	TAP_BACKENDS(X, parent, who, is_vf, vepa, MACVLAN_MODE_VEPA)       \
	TAP_BACKENDS(X, parent, who, is_vf, private, MACVLAN_MODE_PRIVATE) \
	TAP_BACKENDS(X, parent, who, is_vf, passthru, MACVLAN_MODE_PASSTHRU)

#define TAP_ALL(X)                        \
	TAP_MODES(X, pf, "the PF", false) \
	TAP_MODES(X, vf, "a VF", true)

#define TAP_RUN(parent, who, is_vf, mode_, MODE, backend, how, on)                                 \
	static int run_tap_##parent##_##mode_##_##backend(struct ctx *ctx)                         \
	{                                                                                          \
		return tap_run(ctx, &(struct tap_kind){ .vf = is_vf, .mode = MODE, .vhost = on }); \
	}

#define TAP_ROW(parent, who, is_vf, mode, MODE, backend, how, on)                    \
	{ .id = "tap_" #parent "_" #mode "_" #backend,                               \
	  .title = "A guest's macvtap on " who ", mode " #mode ", " how,             \
	  .subject = SUBJECT_PF,                                                     \
	  .needs = { &req_kvm, &req_pf_driver, &req_link, is_vf ? &req_vfs : NULL }, \
	  .timeout_s = TAP_TIMEOUT_S,                                                \
	  .run = run_tap_##parent##_##mode##_##backend,                              \
	  .fixture = &taps_fixture,                                                  \
	  .ports = PORTS_PEER },

TAP_ALL(TAP_RUN)

const struct case_def tap_cases[] = { TAP_ALL(TAP_ROW){ .id = NULL } };
