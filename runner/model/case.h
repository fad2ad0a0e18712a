/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The case model: one function and one row per case. What a case function may say and use is in
 * ctx.h, what comes of it in result.h.
 */
#ifndef VFPROOF_MODEL_CASE_H
#define VFPROOF_MODEL_CASE_H

#include "base/util.h"

#define CASE_MAX_NEEDS 8
#define CASE_FEW_VFS 64

struct ctx;

enum subject_kind { SUBJECT_HOST, SUBJECT_PF };

/* The smallest plan that has the case; larger ones have it too. */
enum case_set {
	SET_CORE, /* the founding procedure */
	SET_QUICK, /* only if an answer without it would not be honest */
	SET_FULL, /* what people do with VFs beyond it */
	SET_SOAK, /* over and over, for as long as the setting "soak" says */
};

/*
 * Something that must hold before a case can be tried. met() returns true, or false with the
 * missing thing in words in @why.
 */
struct requirement {
	const char *name; /* short, for `vfproof list` */
	bool (*met)(const struct ctx *ctx, char *why, size_t why_size);
	bool not_applicable; /* where it is missing, the case has no meaning: SKIP, not required */
	const char *label; /* of the SKIP, a key of configs/advice.ini; NULL: none */
	/* With not_applicable, not NULL: true if this machine ought to have it: SKIP, required. */
	bool (*owed)(const struct ctx *ctx);
};

/* The NIC ports that an item needs for itself while other items run beside it. */
enum case_ports {
	PORTS_OWN, /* the subject's */
	PORTS_PEER, /* and that of its peer, if it has one */
	PORTS_DRIVER, /* and all with the subject's driver */
	PORTS_ALL,
};

/*
 * What several cases in a row use, such as guests that go on running between them. open() and
 * close() return 0, or -errno with the finding or error recorded on the item that is being run.
 * Undos recorded in open() are carried out after close(), which is also called after an open() that
 * failed.
 */
struct fixture {
	const char *name;
	size_t size; /* of the state, zeroed before open() */
	int (*open)(struct ctx *ctx, void *state);
	int (*close)(struct ctx *ctx, void *state);
};

/*
 * What the kernel may say because a case asks for it: for a refusal, say. It then is no finding of
 * the item that provokes it, as far as it is about the ports that the item has for itself.
 */
struct provoked {
	const char
		*driver; /* of the item's PF, NULL: any; or that of a guest's NIC, in the guest */
	const char *match; /* glob over the whole message; NULL ends the list */
};

struct case_def {
	const char *id; /* [a-z0-9_], never renamed */
	const char *title;
	enum subject_kind subject;
	const struct requirement *needs[CASE_MAX_NEEDS]; /* NULL-terminated */
	unsigned int timeout_s; /* absolute deadline of the item, undo not counted */
	unsigned int more_vf_s; /* longer by this for each VF of the port's above CASE_FEW_VFS */
	int (*run)(struct ctx *ctx);
	const struct fixture *fixture; /* NULL: none */
	enum case_ports ports;
	const struct provoked *provokes; /* NULL: nothing */
	bool last; /* after the port's other items; a host's: after all ports' items */
	enum case_set set;
	bool soaks; /* goes on for as long as the setting "soak" says; its deadline is behind that
		     */
	bool informative; /* its FAIL does not decide the run's verdict */
};

#endif
