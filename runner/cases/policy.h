/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fixture "policy": a guest with up to three VFs of the PF, whose settings the cases change and
 * whose frames they count at each other, at the PF and, where there is a peer, on the wire.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_POLICY_H
#define VFPROOF_CASES_POLICY_H

#include "cases/ends.h"
#include "cases/fixtures.h"
#include "cases/guest_config.h"
#include "sys/link_vf.h"

#define POLICY_VFS 3u
#define POLICY_MAX_ENDS (POLICY_VFS + 2)
#define POLICY_TIMEOUT_S 240

struct policy {
	struct ctx *ctx; /* of the case */
	struct rig rig;
	struct guest guest;
	struct station pf_station, peer_station;
	unsigned int n_vfs; /* VF i is in NIC slot i */
	struct end vf[POLICY_VFS], pf, wire;
	unsigned int n_ends;
	struct end
		*ends[POLICY_MAX_ENDS]; /* all of them: VFs, the PF, and the wire if there is one */
	uint32_t base;
	unsigned int flows; /* of the case so far */
	bool wire_known,
		wire_lost; /* whether the VFs' frames pass the wire was tried; they do not */
	bool spoiled; /* a case could not put the guest back: its drivers are restarted */
};

extern const struct fixture fixture_policy;

/*
 * Runs a case: @use finds the guest running, all its NICs checked, counters open at all ends, and
 * the undo of every setting of the VFs recorded. What the guest's kernel said is judged afterwards.
 * Returns what the case's function has to return.
 */
int policy_run(struct ctx *ctx, int (*use)(struct policy *p)) must_check;
/* The wire's end, NULL if there is no peer, or no frame of a VF's passes the wire. */
struct end *policy_wire(struct policy *p);
/* The session of the case's next flow. A case has FLOW_MAX - 1; more are an ERROR. */
int policy_new_flow(struct policy *p, uint32_t *session) must_check;
/* After a restart of its driver, or a new MAC: the end of VF @i is as the NIC is now, and open. */
int policy_reopen(struct policy *p, unsigned int i) must_check;
/* Restarts the driver of VF @i in the guest, or takes its netdev down and up. */
int policy_restart(struct policy *p, unsigned int i) must_check;
int policy_restart_link(struct policy *p, unsigned int i) must_check;
/* Ends the guest, which resets its VFs, and boots another one with them; no end may be open. */
int policy_boot_again(struct policy *p) must_check;
/* The MAC that VF @i has to show in the guest from now on, until the case ends. */
void policy_expect_mac(struct policy *p, unsigned int i, const uint8_t mac[6]);
/* A MAC that nobody has; @n tells several apart. */
void policy_free_mac(const struct policy *p, unsigned int n, uint8_t mac[6]);

/* ---- what the PF sets ---- */

enum policy_what {
	POLICY_MAC, /* mac */
	POLICY_TRUST, /* value: 0 or 1 */
	POLICY_SPOOFCHK, /* value: 0 or 1 */
	POLICY_VLAN, /* value: VLAN; qos, protocol (0: 802.1Q) */
	POLICY_RATE, /* value: max, min: Mbit/s */
	POLICY_STATE, /* value: enum link_vf_state */
};

struct policy_set {
	enum policy_what what;
	unsigned int vf, value, qos, min;
	uint16_t protocol;
	const uint8_t *mac;
};

/* Has the PF set it, up to 5 s if it is busy. Returns 0 or the driver's -errno; none is recorded.
 */
int policy_try(struct policy *p, const struct policy_set *s) must_check;
/*
 * The same for what has to be: SKIP, not applicable, if the driver says that it has no such
 * setting; FAIL if it refuses it otherwise, or another value reads back.
 */
int policy_set(struct policy *p, const struct policy_set *s) must_check;
/* True, with "not applicable" recorded, if the profile says so: a word of its policy_lacks. */
bool policy_lacks(struct policy *p, const char *word, const char *what);
/* True if @err says that the driver has no such setting: EOPNOTSUPP, or bnxt's 524. */
bool policy_is_lacking(int err);

/* ---- netdevs that the host adds ---- */

/* A VLAN device on the PF or the peer, up; it goes with policy_drop_vlans(). */
int policy_join_vlan(struct policy *p, struct end *e, unsigned int vid) must_check;
void policy_leave_vlan(struct policy *p, struct end *e, unsigned int vid);

/* ---- what has to come, and what must not ---- */

/* Frames of @from for @to pass now, in both senses: waits for that up to 10 s; FAIL if not. */
int policy_await_path(struct policy *p, struct end *from, struct end *to) must_check;
/* The same, with an answer instead of a FAIL, and @ms to wait. */
int policy_try_path(struct policy *p, struct end *from, struct end *to, unsigned int ms,
		    bool *passes) must_check;
/*
 * Whether the wire passes such frames at all: the PF itself sends some, with @src (NULL: its own),
 * a tag (@tpid 0: none) and @size (0: varying), to its end. What a switch on the way keeps back is
 * not the card's doing, and a case leaves the wire out then: a WARN.
 */
int policy_ask_wire(struct policy *p, const uint8_t *src, uint16_t tpid, uint16_t tci,
		    uint32_t size, bool *passes) must_check;
/* Sends @from's own frames to @to and checks that all came: FAIL @label if not. */
int policy_must_come(struct policy *p, struct end_flow *f, const char *label,
		     const char *expected) must_check;
/* As last read, nothing of the session came to @at: FAIL @label if something did. */
int policy_must_not(struct policy *p, struct end *at, uint32_t session, const char *label,
		    const char *expected) must_check;

#endif
