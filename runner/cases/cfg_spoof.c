/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spoof check: with it, frames of a VF with a sender or a VLAN that is not its own leave
 * nowhere; without it they do. VF 0 is the sender; every other end is asked by its own MAC, so that
 * each observer sees its own frames.
 */
#include "cases/cfg.h"

#include <errno.h>
#include <string.h>

#include "sys/kmsg.h"

#define SPOOF_SAID_MS 5000 /* drivers look every 2 s */
#define SPOOF_OWN_VLAN 5u
#define SPOOF_VLAN 6u

struct spoof {
	struct policy *p;
	struct end *from;
	const uint8_t *src; /* of what is sent without the right to, NULL: its own */
	uint16_t tci; /* its tag, 0: none */
	unsigned int n; /* ends that are asked */
	struct end *at[POLICY_MAX_ENDS];
	uint32_t spoofed[POLICY_MAX_ENDS]; /* sessions */
};

/* The wire is the last of the ends, where it passes such frames at all. */
static int spoof_choose_ends(struct spoof *s)
{
	struct policy *p = s->p;
	bool passes;
	int ret = policy_ask_wire(p, s->src, s->tci ? LINK_VF_8021Q : 0, s->tci, 0, &passes);

	s->from = &p->vf[0];
	for (unsigned int i = 1; i < p->n_ends; i++)
		if (passes || p->ends[i] != policy_wire(p))
			s->at[s->n++] = p->ends[i];
	return ret;
}

static int spoof_set(struct spoof *s, bool on)
{
	const struct policy_set set = { .what = POLICY_SPOOFCHK, .vf = 0, .value = on };
	int ret = policy_set(s->p, &set);

	for (unsigned int i = 0; ret == 0 && i < s->n; i++)
		ret = policy_await_path(s->p, s->from, s->at[i]);
	return ret;
}

static struct end_flow spoof_flow(const struct spoof *s, unsigned int i)
{
	return (struct end_flow){ .from = s->from,
				  .dst = s->at[i]->mac,
				  .src = s->src,
				  .tpid = s->tci ? LINK_VF_8021Q : 0,
				  .tci = s->tci,
				  .come_tpid = s->tci ? LINK_VF_8021Q : 0,
				  .come_tci = s->tci };
}

/* With the check: what is spoofed does not come, and what is sent behind it does. */
static int spoof_check_on(struct spoof *s)
{
	static const char expected[] = "with the spoof check frames that are not the VF's own "
				       "reach nobody";
	int ret = spoof_set(s, true);

	for (unsigned int i = 0; ret == 0 && i < s->n; i++) {
		struct end_flow f = spoof_flow(s, i);
		struct end_flow own = { .from = s->from, .dst = s->at[i]->mac, .wait = s->at[i] };

		ret = policy_new_flow(s->p, &f.session);
		s->spoofed[i] = f.session;
		if (ret == 0)
			ret = ends_send(&f, NULL);
		if (ret == 0)
			ret = policy_must_come(s->p, &own, "traffic_lost",
					       "the VF's own frames pass with the spoof check");
		if (ret == 0)
			ret = policy_must_not(s->p, s->at[i], f.session, "cfg_spoof_passes",
					      expected);
	}
	return ret;
}

/* The control: without the check the same comes. */
static int spoof_check_off(struct spoof *s)
{
	int ret = spoof_set(s, false);

	for (unsigned int i = 0; ret == 0 && i < s->n; i++) {
		struct end_flow f = spoof_flow(s, i);

		f.wait = s->at[i];
		ret = policy_must_come(s->p, &f, "cfg_spoof_stays",
				       "without the spoof check the same frames come");
	}
	return ret;
}

/* ---- what the driver says of it: a note ---- */

struct spoof_said {
	int fd;
	char line[160];
};

static bool spoof_is_said(void *arg)
{
	struct spoof_said *s = arg;
	struct kmsg_record rec;
	bool lost;

	while (kmsg_read(s->fd, &rec, &lost) > 0)
		if (util_glob("*[Ss]poof*", rec.text)) {
			util_strlcpy(s->line, sizeof(s->line), rec.text);
			return true;
		}
	return false;
}

/* Waited for also so that it is this item's: the drivers look at their counters now and then. */
static void spoof_note_message(struct spoof *s, struct spoof_said *said)
{
	int ret = util_poll_until(spoof_is_said, said, ctx_ms(s->p->ctx, SPOOF_SAID_MS));

	ctx_evidence(s->p->ctx, "spoof.message", "%s",
		     ret == 0 ? said->line : "the PF's driver says nothing of it");
}

static int spoof_run(struct spoof *s)
{
	struct spoof_said said = { .fd = kmsg_open(s->p->ctx->root, false) };
	int ret = spoof_check_on(s);

	if (ret == 0 && said.fd >= 0)
		spoof_note_message(s, &said);
	util_closep(&said.fd);
	return ret == 0 ? spoof_check_off(s) : ret;
}

int cfg_spoof_mac(struct policy *p)
{
	struct spoof s = { .p = p };
	uint8_t foreign[ETH_ALEN];
	int ret;

	policy_free_mac(p, 0, foreign);
	s.src = foreign;
	ret = spoof_choose_ends(&s);
	if (ret == 0)
		ret = spoof_run(&s);
	if (ret < 0)
		return ret;
	return ctx_pass(p->ctx,
			"a VF's frames with a foreign sender reach nobody with the spoof check, "
			"and everybody without it",
			"%u of them to each of %u ends: none with the check, all without",
			ENDS_FRAMES, s.n);
}

/* All ends are members of both VLANs, the sender of the first: some NICs look at members only. */
static int spoof_join(struct spoof *s)
{
	struct policy *p = s->p;
	int said = 0, ret = guest_add_vlan(&p->guest, 0, "own", SPOOF_OWN_VLAN, &said);

	for (unsigned int i = 1; ret == 0 && said == 0 && i < p->n_vfs; i++) {
		char name[IFNAMSIZ];

		util_format(name, sizeof(name), "seen%u", i);
		ret = guest_add_vlan(&p->guest, i, name, SPOOF_VLAN, &said);
	}
	if (ret == 0 && said < 0)
		ret = ctx_error(p->ctx, said, "the guest cannot join a VLAN: %s", strerror(-said));
	if (ret == 0)
		ret = policy_join_vlan(p, &p->pf, SPOOF_VLAN);
	return ret == 0 && policy_wire(p) ? policy_join_vlan(p, policy_wire(p), SPOOF_VLAN) : ret;
}

static int spoof_leave(struct spoof *s)
{
	struct policy *p = s->p;
	int ret = guest_delete_netdev(&p->guest, "own");

	for (unsigned int i = 1; ret == 0 && i < p->n_vfs; i++) {
		char name[IFNAMSIZ];

		util_format(name, sizeof(name), "seen%u", i);
		ret = guest_delete_netdev(&p->guest, name);
	}
	policy_leave_vlan(p, &p->pf, SPOOF_VLAN);
	if (policy_wire(p))
		policy_leave_vlan(p, policy_wire(p), SPOOF_VLAN);
	return ret;
}

int cfg_spoof_vlan(struct policy *p)
{
	struct spoof s = { .p = p, .tci = SPOOF_VLAN };
	int ret, err;

	if (policy_lacks(p, "spoof_vlan", "checks the sender's MAC alone, not its VLAN"))
		return 0;
	ret = spoof_join(&s);
	if (ret == 0)
		ret = spoof_choose_ends(&s);
	if (ret == 0)
		ret = spoof_run(&s);
	err = p->guest.vm ? spoof_leave(&s) : 0;
	if (ret < 0 || err < 0)
		return ret < 0 ? ret : err;
	return ctx_pass(p->ctx,
			"a VF's frames of a VLAN that it is not in reach nobody with the spoof "
			"check, and all members without it",
			"%u of VLAN %u to each of %u ends: none with the check, all without",
			ENDS_FRAMES, SPOOF_VLAN, s.n);
}
