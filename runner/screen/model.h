/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operator's screen shows, made from the journal's events one after the other. Nothing
 * here looks at the machine.
 */
#ifndef VFPROOF_SCREEN_MODEL_H
#define VFPROOF_SCREEN_MODEL_H

#include <jansson.h>
#include "base/sha256.h"
#include "base/util.h"
#include "journal/item_index.h"
#include "model/verdict.h"

#define MODEL_MAX_PORTS 64
#define MODEL_MAX_RECENT 32
#define MODEL_HOST UINT32_MAX /* in place of a port's number */

enum model_phase {
	PHASE_STARTING, /* no journal yet: the report stick is looked for */
	PHASE_PREPARING, /* drivers are loaded, links are waited for */
	PHASE_RUNNING,
	PHASE_ENDING, /* the report is made */
	PHASE_OVER,
};

enum item_state { ITEM_WAITING, ITEM_RUNNING, ITEM_ENDED };

struct model_case {
	char id[48];
	char title[160]; /* "": the journal does not say */
};

struct model_item {
	unsigned int what; /* number of its case */
	unsigned int port; /* or MODEL_HOST */
	enum item_state state;
	enum verdict verdict; /* when it has ended */
	bool required;
	bool prerequisite;
	uint64_t deadline_ms; /* how long it may take, 0: not known */
	uint64_t begin_ms, duration_ms;
};

struct model_port {
	char addr[16], driver[24], link[12], peer[16];
	char ifname[16], mac[18], place[96]; /* how a hand finds it; each may be "" */
	unsigned int total, ended, running;
	unsigned int disproved; /* required items that failed, timed out or crashed */
	unsigned int doubtful; /* required items that were skipped or are otherwise unknown */
};

/* An item that has ended. */
struct model_recent {
	enum verdict verdict;
	char id[48], subject[16];
	char place[64]; /* of its port, "" not known */
	char text[200]; /* its title, or why it did not pass */
};

struct model {
	enum model_phase phase;
	char revision[64], vendor[96], product[96], serial[96];
	char plan[16], finish[16], stored[200], fault[64];
	bool screen_off; /* a setting */
	unsigned int timeout_percent;
	unsigned int resumed;
	unsigned int other_nics; /* network controllers that are not in the plan */
	char stick_name[40]; /* label or UUID of the one that is meant */
	char stick[80]; /* why the stick is not in use any more, "" it is, or there never was one */
	char said[200]; /* what came of a key, "" nothing: actions.h */
	unsigned int marked; /* the port that a key was about, MODEL_HOST: none */
	unsigned int stick_wait_s; /* PHASE_OVER: for how long one is waited for, 0: not */
	char note[200]; /* the last one that speaks against the run */

	unsigned int n_ports, n_cases, n_items, ended, running, most_running;
	struct model_port ports[MODEL_MAX_PORTS];
	struct model_case *cases;
	struct model_item *items;
	unsigned int *at_work; /* the numbers of the items that run, in their order */
	struct item_index index; /* from case and subject to the number of the item */
	unsigned int counts[VERDICT_COUNT];
	unsigned int n_recent; /* ever; the last ones are kept */
	struct model_recent recent[MODEL_MAX_RECENT];
	unsigned int n_failed;
	struct model_recent failed[MODEL_MAX_RECENT];

	/* Time of this boot (util_now_ms()), and what went by before it. */
	uint64_t first_ms, last_ms, earlier_ms;

	char manifest[SHA256_HEX]; /* PHASE_OVER: of the report's MANIFEST, "": there is none */
	json_t *report; /* PHASE_OVER: as of report_end(); owned */
};

void model_init(struct model *m);
void model_free(struct model *m);
/* Takes the next event of the journal; one that is damaged or unknown changes nothing. */
void model_event(struct model *m, const json_t *event);
/* The run is over, and this is its report (stolen). */
void model_over(struct model *m, json_t *report);

/* The case of an item, and what is said of it: its title or, if there is none, its id. */
const struct model_case *model_case(const struct model *m, const struct model_item *item);
const char *model_title(const struct model *m, const struct model_item *item);

/* How long the run has taken so far. @now_ms: util_now_ms(). */
uint64_t model_elapsed_ms(const struct model *m, uint64_t now_ms);
/*
 * How long it will go on, by what the items have taken so far: the same case's time on another port
 * or, for cases that have not been seen, that part of their deadline which others have needed.
 * Returns false as long as there is too little to go by.
 */
bool model_left_ms(const struct model *m, uint64_t now_ms, uint64_t *left);
/* The number of the port with that address, MODEL_HOST if there is none. */
unsigned int model_find_port(const struct model *m, const char *address);
/* True for FAIL, TIMEOUT and CRASHED. */
bool model_is_failure(enum verdict v);

#endif
