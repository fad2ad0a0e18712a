/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VF of the pair's first guest whose driver is taken away, so that the guest's agent can have it
 * reach for what is not the guest's. The guest's other VF goes on meanwhile.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over,
 * but stray_end() is to be called in any case.
 */
#ifndef VFPROOF_CASES_STRAY_H
#define VFPROOF_CASES_STRAY_H

#include <net/ethernet.h>

#include "cases/canary.h"
#include "cases/pair.h"
#include "wire/agent_iso.h"

#define STRAY_FAULT_MS 2000 /* for the kernel's words about what was blocked */

struct stray {
	struct pair *p;
	struct ctx *ctx;
	struct guest *g;
	unsigned int slot; /* of the NIC in the guest */
	const struct rig_dev *dev; /* the VF on the host */
	char pci[16]; /* the guest's address of it */
	struct agent_stray_taken taken;
	bool is_taken;
	int kmsg; /* the kernel's words from the beginning on */
	int listener; /* for test frames that reach the PF, -1: none */
	uint8_t pf_mac[ETH_ALEN], vf_mac[ETH_ALEN];
};

/*
 * Takes the VF in slot 1. Returns 1, with the item not applicable, if there is no recipe for this
 * family.
 */
int stray_begin(struct stray *s, struct pair *p) must_check;
/*
 * The VF is reset, has its driver again, and works as the other one does: driver, MAC, link,
 * traffic. @ret is what the case has come to so far, and is returned if it is an error.
 */
int stray_end(struct stray *s, int ret) must_check;

/* A test frame from the VF to the PF, of its least size; @session tells one from another. */
void stray_frame(const struct stray *s, uint32_t session, uint8_t frame[AGENT_STRAY_FRAME]);
/* Has the VF send as @req says; @out is what its queue says in the end. */
int stray_send(struct stray *s, struct agent_stray_send *req,
	       struct agent_stray_sent *out) must_check;
/* The same; 1, with nothing recorded, if the queue cannot be switched on or off. */
int stray_try(struct stray *s, struct agent_stray_send *req,
	      struct agent_stray_sent *out) must_check;
/*
 * The control of what is sent: a frame out of the guest's memory reaches the PF. If not, nothing is
 * shown, and that is an ERROR.
 */
int stray_check_sends(struct stray *s) must_check;
/*
 * The control of what is written: the queue's head comes into the guest's memory, as *@head, after
 * so many descriptors (0: as few as it takes).
 */
int stray_check_writes(struct stray *s, unsigned int descriptors, uint32_t *head) must_check;
/* True if a frame of this session, whole or not, has reached the PF, or does within @ms. */
bool stray_arrived(struct stray *s, uint32_t session, unsigned int ms);

/*
 * Has the VF send the same frame for @ms milliseconds, as fast as it takes descriptors; with @idle
 * the guest's processor does all that, and the queue is off. Returns 1, with the item not
 * applicable, if there is no recipe. stray_flood_ended() returns 1 once it is over, and 0 before.
 */
int stray_flood(struct stray *s, const uint8_t frame[AGENT_STRAY_FRAME], bool idle,
		unsigned int ms) must_check;
int stray_flood_ended(struct stray *s, struct agent_stray_flooded *out) must_check;

/* The guest writes ones to all of its VF's configuration space; and then what was there. */
int stray_set_all_config(struct stray *s, struct agent_stray_config *out) must_check;
int stray_put_config_back(struct stray *s, struct agent_stray_restored *out) must_check;

enum stray_blame {
	STRAY_BLAME_NONE, /* the kernel says nothing */
	STRAY_BLAME_RIGHT, /* it blames the VF for this access */
	STRAY_BLAME_WRONG, /* it blames another function for it */
	STRAY_BLAME_HIDDEN, /* it says nothing, and that it has held such words back */
};

/* What came of an access that the IOMMU is to block. */
struct stray_outcome {
	struct agent_stray_sent sent;
	enum stray_blame blame;
	bool held_back; /* the kernel has said that it held such words back, or its log has overrun
			 */
	unsigned int reason; /* of kmsg_fault */
	char line[200]; /* of the kernel, "" if it says nothing */
};

/*
 * Waits for what the kernel says of an access of the VF to @address, which was announced by
 * ctx_expect_fault(); its words are evidence, and in @out.
 */
void stray_await_fault(struct stray *s, uint64_t address, bool interrupt,
		       struct stray_outcome *out);

/*
 * stray_send() of an access to @address (@interrupt: to the entry of that index, or
 * KMSG_FAULT_NO_INDEX): the fault is announced to the engine, sent when it is this process' turn,
 * and waited for. If the kernel says nothing it is sent once more, when the kernel can tell again:
 * that counts only if the kernel then says that it has held something back. The kernel's words are
 * evidence.
 */
int stray_send_wrong(struct stray *s, struct agent_stray_send *req, uint64_t address,
		     bool interrupt, struct stray_outcome *out) must_check;

/*
 * What counts of the second time, the first having come to nothing: the kernel's word only if it
 * has held something back (@held_back: in between, or the first time), as it could have told the
 * first otherwise; that it blames another function in any case.
 */
void stray_judge_again(struct stray_outcome *out, bool held_back);

/* There is a finding already, next to which "blocked" would be a lie. */
bool stray_is_judged(const struct ctx *ctx);

#endif
