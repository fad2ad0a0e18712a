/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends of one-way flows: NICs of a guest and stations of the host, all with the same steps, so that
 * a case says who sends what to whom and at which ends it has to come, or must not.
 *
 * That a frame does not come proves something only if it was on its way: a case sends what has to
 * come behind it, in the same way, and looks at the counters when that is there.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_ENDS_H
#define VFPROOF_CASES_ENDS_H

#include "cases/guest.h"
#include "wire/flow.h"

#define ENDS_FRAMES 100u /* of a flow, if a case does not say more */
#define ENDS_COME_MS 2000u /* for what has to come */

/* A netdev that frames leave from and are counted at. */
struct end {
	struct ctx *ctx;
	char what[32]; /* "VF 0", "PF", "peer 0000:02:00.0" */
	struct guest *guest; /* whose netdev it is; NULL: the station's */
	struct station *station;
	char ifname[IFNAMSIZ];
	uint8_t mac[ETH_ALEN];
	bool open; /* it is counted at */
	struct flow_counter counter; /* a station's */
	unsigned int n_rows;
	struct flow_row rows[FLOW_MAX_ROWS]; /* as last read */
};

/* The ends of NIC @i of a guest (which has been checked), and of a station. Nothing is opened. */
void end_of_nic(struct end *e, struct guest *g, unsigned int i);
void end_of_station(struct end *e, struct station *s);
/* Counts the flows of @base from now on. */
int end_open(struct end *e, uint32_t base, bool promisc) must_check;
/* Fine for one that is not open, and for a guest that is gone. */
void end_close(struct end *e);
/* Reads what has come. */
int end_read(struct end *e) must_check;

/* What is sent, and which frames count as having come. */
struct end_flow {
	struct end *from;
	const uint8_t *dst; /* MAC */
	const uint8_t *src; /* NULL: the sender's own */
	uint32_t session;
	uint32_t first; /* number of the first frame */
	uint32_t count; /* 0: ENDS_FRAMES */
	uint32_t size; /* 0: varying */
	uint16_t tpid, tci; /* of the tag that is sent; tpid 0: none */
	struct end *wait; /* where it has to come, NULL: nowhere */
	uint16_t come_tpid, come_tci; /* the tag with which it has to */
	uint32_t come_before; /* frames of the session that have come already */
};

/*
 * Sends a flow, in bursts, and waits for each at f->wait, up to ENDS_COME_MS for all. How many
 * have come is for end_count() to tell. *@sent (may be NULL): how many the netdev has taken, and
 * why no more; if NULL, a netdev that does not take all is an ERROR.
 */
int ends_send(const struct end_flow *f, struct flow_sent *sent) must_check;
/*
 * Has the agent of a NIC's end send frames of @size bytes to @dst for @ms milliseconds, as fast as
 * the netdev takes them. end_flood_ended() returns 1 once that is over, with what was sent in
 * *@sent, and 0 before.
 */
int end_flood(struct end *from, const uint8_t dst[ETH_ALEN], unsigned int size,
	      unsigned int ms) must_check;
int end_flood_ended(struct end *from, struct flow_sent *sent) must_check;
/* Frames as last read: whole ones with this tag; and all, whatever they look like. */
uint32_t end_count(const struct end *e, uint32_t session, uint16_t tpid, uint16_t tci);
uint32_t end_count_any(const struct end *e, uint32_t session);
/* What came of a session with which tags, in words. */
const char *end_tell(const struct end *e, uint32_t session, char *buf, size_t size);

#endif
