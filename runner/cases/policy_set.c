/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PF is asked to set for a VF, and what its driver says of it. */
#include "cases/policy.h"

#include <errno.h>
#include <string.h>

#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "sys/profile.h"
#include "sys/vf_setting.h"

#define POLICY_BUSY_MS 5000
#define POLICY_ENOTSUPP 524 /* of the kernel's own; bnxt says so with an old firmware */

struct policy_trying {
	const char *ifname;
	const struct policy_set *set;
};

static int policy_try_once(void *arg)
{
	const struct policy_trying *t = arg;
	const struct policy_set *s = t->set;

	switch (s->what) {
	case POLICY_MAC:
		return link_set_vf_mac(t->ifname, s->vf, s->mac);
	case POLICY_TRUST:
		return link_set_vf_trust(t->ifname, s->vf, s->value != 0);
	case POLICY_SPOOFCHK:
		return link_set_vf_spoofchk(t->ifname, s->vf, s->value != 0);
	case POLICY_VLAN:
		return link_set_vf_vlan(t->ifname, s->vf, s->value, s->qos,
					s->protocol ? s->protocol : LINK_VF_8021Q);
	case POLICY_RATE:
		return link_set_vf_rate(t->ifname, s->vf, s->min, s->value);
	case POLICY_STATE:
		return link_set_vf_state(t->ifname, s->vf, (enum link_vf_state)s->value);
	}
	return -EINVAL;
}

static const char *policy_say(const struct policy_set *s, char *buf, size_t size)
{
	static const char *const states[] = { "auto", "enable", "disable" };
	char mac[18];

	switch (s->what) {
	case POLICY_MAC:
		util_format(buf, size, "mac %s", link_mac_format(s->mac, mac));
		break;
	case POLICY_TRUST:
		util_format(buf, size, "trust %s", s->value ? "on" : "off");
		break;
	case POLICY_SPOOFCHK:
		util_format(buf, size, "spoofchk %s", s->value ? "on" : "off");
		break;
	case POLICY_VLAN:
		util_format(buf, size, "vlan %u qos %u%s", s->value, s->qos,
			    s->protocol == LINK_VF_8021AD ? " proto 802.1ad" : "");
		break;
	case POLICY_RATE:
		util_format(buf, size, "min_tx_rate %u max_tx_rate %u", s->min, s->value);
		break;
	case POLICY_STATE:
		util_format(buf, size, "state %s", s->value < 3 ? states[s->value] : "?");
		break;
	}
	return buf;
}

bool policy_is_lacking(int err)
{
	return err == -EOPNOTSUPP || err == -POLICY_ENOTSUPP;
}

static const char *policy_error(int err)
{
	return err == -POLICY_ENOTSUPP ? "not supported (ENOTSUPP, 524)" : strerror(-err);
}

int policy_try(struct policy *p, const struct policy_set *s)
{
	struct policy_trying t = { p->rig.ifname, s };
	int ret = vf_setting_try(policy_try_once, &t, ctx_ms(p->ctx, POLICY_BUSY_MS));
	char text[80];

	ctx_evidence(p->ctx, "pf.set", "VF %u %s: %s", s->vf, policy_say(s, text, sizeof(text)),
		     ret < 0 ? policy_error(ret) : "set");
	return ret;
}

/* True if what reads back is what was set; a driver that tells nothing is believed. */
static bool policy_reads_back(const struct policy_set *s, const struct link_vf_policy *now)
{
	switch (s->what) {
	case POLICY_TRUST:
		return now->trust < 0 || now->trust == (int)s->value;
	case POLICY_SPOOFCHK:
		return now->spoofchk < 0 || now->spoofchk == (int)s->value;
	case POLICY_VLAN:
		return now->vlan < 0 || now->vlan == (int)s->value;
	case POLICY_RATE:
		return now->max_tx < 0 || now->max_tx == (int64_t)s->value;
	case POLICY_MAC:
	case POLICY_STATE:
		return true;
	}
	return false;
}

int policy_set(struct policy *p, const struct policy_set *s)
{
	const char *expected = "the PF's driver makes the setting, and it reads back";
	int ret = policy_try(p, s);
	struct link_vf_policy now;
	char text[80];

	policy_say(s, text, sizeof(text));
	if (policy_is_lacking(ret)) {
		ctx_not_applicable(p->ctx, "driver %s has no such setting of VFs (%s): %s",
				   p->rig.pf->driver, text, policy_error(ret));
		return ret;
	}
	if (ret < 0) {
		ctx_fail(p->ctx, "cfg_refused", expected, "VF %u %s: %s", s->vf, text,
			 policy_error(ret));
		return ret;
	}
	if (link_get_vf_policy(p->rig.ifname, s->vf, &now) == 0 && !policy_reads_back(s, &now)) {
		ctx_fail(p->ctx, "cfg_not_read_back", expected,
			 "VF %u %s: it reads spoofchk %d, trust %d, vlan %d, max_tx_rate %lld",
			 s->vf, text, now.spoofchk, now.trust, now.vlan, (long long)now.max_tx);
		return -EIO;
	}
	return 0;
}

bool policy_lacks(struct policy *p, const char *word, const char *what)
{
	const struct profile *profile = p->rig.pf->profile;

	if (!profile || !util_globs(profile->policy_lacks, word) || !profile->policy_lacks[0])
		return false;
	ctx_not_applicable(p->ctx, "%s of this family %s", profile->driver, what);
	return true;
}

/* ---- VLAN devices on the host ---- */

struct policy_vlan {
	struct end *end;
	unsigned int vid;
	char name[IFNAMSIZ];
};

/* The name is the host's: other ports are worked on at the same time. */
static void policy_name_vlan(struct policy_vlan *v)
{
	util_format(v->name, sizeof(v->name), "vl%02x%02x%02x_%u", v->end->mac[3], v->end->mac[4],
		    v->end->mac[5], v->vid);
}

static int policy_add_vlan(void *arg)
{
	const struct policy_vlan *v = arg;
	int ret = link_add_vlan(v->name, v->end->ifname, v->vid, LINK_VF_8021Q);

	return ret < 0 ? ret : link_set_up(v->name, true);
}

int policy_join_vlan(struct policy *p, struct end *e, unsigned int vid)
{
	struct policy_vlan v = { e, vid, "" };
	int ret = 0;

	policy_name_vlan(&v);
	/* One in a namespace of its own goes with that. */
	if (e->station->netns < 0)
		ret = ctx_undo(p->ctx, UNDO_LINK_DELETE, NULL, 0, v.name);
	if (ret == 0)
		ret = station_call(e->station, policy_add_vlan, &v);
	return ret < 0 ? ctx_error(p->ctx, ret, "%s cannot join VLAN %u: %s", e->what, vid,
				   strerror(-ret))
		       : 0;
}

static int policy_delete_vlan(void *arg)
{
	return link_delete(arg);
}

void policy_leave_vlan(struct policy *p, struct end *e, unsigned int vid)
{
	struct policy_vlan v = { e, vid, "" };
	int ret;

	policy_name_vlan(&v);
	ret = station_call(e->station, policy_delete_vlan, v.name);
	if (ret < 0 && ret != -ENODEV)
		ctx_evidence(p->ctx, "vlan.left", "%s: %s", v.name, strerror(-ret));
}
