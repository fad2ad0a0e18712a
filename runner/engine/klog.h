/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says during an item, matched against the table of symptoms.
 */
#ifndef VFPROOF_ENGINE_KLOG_H
#define VFPROOF_ENGINE_KLOG_H

#include <jansson.h>
#include "model/advice.h"
#include "model/result.h"

struct kmsg_record;
struct sysroot;

#define KLOG_MAX_LINES 60
#define KLOG_LINE_SIZE 300
#define KLOG_MAX_SYMPTOMS CAUSES_MAX

/* Whose a message is, if not simply the owner's. */
enum klog_whose {
	KLOG_FOREIGN = 1, /* others judge it */
	KLOG_PROVOKED = 2, /* it was asked for */
	KLOG_FAR_END = 4, /* it is of the far end's port alone */
};

struct klog {
	int fd; /* /dev/kmsg, or -1: not watched */
	/*
	 * Set by the owner, kept by klog_begin(): bits of enum klog_whose. NULL: all messages are
	 * the owner's.
	 */
	unsigned int (*whose)(void *arg, const struct kmsg_record *rec);
	void *arg;
	uint64_t last_seq; /* the newest record that was read */
	unsigned int n, more; /* lines kept, and those left out */
	char lines[KLOG_MAX_LINES][KLOG_LINE_SIZE];
	unsigned int n_provoked; /* of the lines: what the item asked for */
	char provoked_line[KLOG_LINE_SIZE]; /* the first of them */
	char far_line[KLOG_LINE_SIZE]; /* the first failure of the far end's port alone, or "" */
	/* What the kernel overwrote before it was read: of the item, and before it began. */
	unsigned int lost, lost_before;
	bool overrun; /* it has, and the next record tells how much */
	enum verdict severity; /* the worst so far; VERDICT_NONE if there was nothing */
	const struct symptom *symptom; /* its symptom; NULL: an error of no known symptom */
	char quote[KLOG_LINE_SIZE]; /* its line */
	unsigned int n_symptoms;
	const struct symptom *symptoms[KLOG_MAX_SYMPTOMS]; /* different ones, without harmless */
	struct causes causes; /* what they say */
};

/*
 * Forgets everything and reads away what has been said before now. Returns true if there was a
 * symptom of severity fail in that: it is in @k->quote, and belongs to no item.
 */
bool klog_begin(struct klog *k, int fd);
/*
 * Calls @found for every error since boot that is a symptom of severity fail, the first of each
 * kind: what happened before the run is no item's fault, but must not be lost.
 */
void klog_scan_boot(const struct sysroot *root,
		    void (*found)(const struct symptom *s, const char *line, void *arg), void *arg);
/*
 * Takes the number of messages that were lost while no item ran: for the report, once.
 */
unsigned int klog_take_lost(struct klog *k);
/* What a message of the kernel is worth: by its symptom, NULL for an unknown one, and its level. */
enum verdict klog_severity(const struct symptom *s, int level);
/* Takes in the messages that there are. */
void klog_drain(struct klog *k);
/* Records in @res what the messages mean for the item. */
void klog_judge(const struct klog *k, struct item_result *res);
/* Array of the lines kept. Caller owns the result. */
json_t *klog_to_json(const struct klog *k);

#endif
