/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The case model: one function and one row per case. A case runs in a forked child; everything
 * that it finds goes into struct item_result, which lies in memory shared with the engine, so that
 * nothing is lost when the child is killed.
 */
#ifndef VFPROOF_MODEL_CASE_H
#define VFPROOF_MODEL_CASE_H

#include "model/advice.h"
#include "model/settings.h"
#include "base/util.h"
#include "model/verdict.h"
#include "sys/pci_addr.h"

#define CASE_MAX_REQUIRES 8
#define RESULT_MAX_EVIDENCE 640 /* a VF in a guest needs nine */
#define RESULT_MAX_UNDO 400 /* a VF needs two or three */
#define RESULT_CONSOLE_SIZE 8192
#define RESULT_MAX_SEEN 16

struct ctx;
struct inventory;
struct nic;
struct sysroot;

enum subject_kind { SUBJECT_HOST, SUBJECT_PF };

/*
 * Something that must hold before a case can be tried. met() returns true, or false with the
 * missing thing in words in @why.
 */
struct requirement {
	const char *name; /* short, for `vfproof list` */
	bool (*met)(const struct ctx *ctx, char *why, size_t why_size);
	bool not_applicable; /* where it is missing, the case has no meaning: SKIP, not required */
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

struct case_def {
	const char *id; /* [a-z0-9_], never renamed */
	const char *title;
	enum subject_kind subject;
	const struct requirement *
		requires[
			CASE_MAX_REQUIRES]; /* NULL-terminated */
	unsigned int timeout_s; /* absolute deadline of the item, undo not counted */
	int (*run)(struct ctx *ctx);
	const struct fixture *fixture; /* NULL: none */
	enum case_ports ports;
	bool quick; /* part of the quick plan */
	bool informative; /* its FAIL does not decide the run's verdict */
};

/* What has to be put back after an item. Each is idempotent. */
enum undo_op {
	UNDO_NUMVFS = 1, /* addr = PF, value = VF count */
	UNDO_AUTOPROBE, /* addr = PF, value = 0 or 1 */
	UNDO_DRIVER, /* addr = device, text = driver name or "" for none; clears driver_override */
	UNDO_LINK_UP, /* addr = its device, text = netdev, "" for one that a driver makes again;
		       * value = 1 up, 0 down */
	UNDO_VF_MAC, /* text = PF netdev, value = VF index: back to an all-zero (unset) MAC */
	UNDO_VF_POLICY, /* text = PF netdev, value = undo_vf_policy(): trust and spoof check */
	UNDO_LINK_DELETE, /* text = netdev that the item creates */
	UNDO_NETDEV_HOME, /* waits until the netdev of addr (of name text, if addr is all zero) has
			   * come back from a network namespace that has ended */
	UNDO_KILL, /* value = pid of a child to end (its process group is killed) */
	UNDO_MODULE, /* text = module, value = its module_instance(): if it was taken out, reload */
	UNDO_DRIVER_ID, /* text = driver, value = vendor << 16 | device: remove the id from it */
};

struct undo {
	enum undo_op op;
	struct pci_addr addr;
	uint64_t value;
	char text[64];
};

struct evidence {
	char key[40];
	char value[360];
};

/* A text that the table of symptoms knows. */
struct seen {
	enum symptom_kind kind;
	char text[400]; /* cut, if it is longer */
};

struct item_result {
	enum verdict verdict;
	bool prerequisite; /* FAIL: what is to be certified is absent (no IOMMU, no NIC) */
	bool not_applicable; /* SKIP: the device truly cannot do this, so it is not required */
	char label[48]; /* stable name of the finding: a key of configs/advice.ini */
	char expected[400];
	char measured[400];
	char reason[400]; /* SKIP and ERROR: what is missing, what went wrong */
	unsigned int n_evidence;
	struct evidence evidence[RESULT_MAX_EVIDENCE];
	unsigned int n_undo;
	struct undo undo[RESULT_MAX_UNDO];
	unsigned int n_seen;
	struct seen seen[RESULT_MAX_SEEN]; /* what may explain a failure, beside the kernel log */
	char console[RESULT_CONSOLE_SIZE]; /* tail of the nested guest's console, if it matters */
};

/* What a case function gets. All pointers are borrowed and outlive the call. */
struct ctx {
	const struct case_def *def;
	const struct settings *settings;
	const struct sysroot *root;
	const struct inventory *inv; /* as scanned when the run began, drivers loaded */
	const struct nic *pf; /* the subject, NULL for the host */
	uint64_t deadline_ms; /* util_now_ms() at which the child is killed */
	struct item_result *res;
	void *fixture; /* state of the case's fixture */
	/* See ctx_keep_undo(). */
	void (*keep)(struct ctx *ctx, unsigned int from);
	void *keep_arg;
};

/*
 * Verdicts. The worst call wins (FAIL over WARN over PASS); the first FAIL's texts are kept and
 * later ones become evidence. @label is a key of configs/advice.ini, which gives cause and fix.
 * All return 0, so that `return ctx_fail(...)` ends a case; a case that returns -errno is an
 * ERROR, one that returns 0 without a verdict is a PASS if it recorded any evidence.
 */
int ctx_fail(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...) printf_like(4, 5);
int ctx_warn(struct ctx *ctx, const char *label, const char *expected, const char *measured_fmt,
	     ...) printf_like(4, 5);
/* As ctx_fail(), for a thing that is absent altogether: the run is INCOMPLETE, not disproved. */
int ctx_fail_absent(struct ctx *ctx, const char *label, const char *expected,
		    const char *measured_fmt, ...) printf_like(4, 5);
/* PASS with what was asked for and what was seen. */
int ctx_pass(struct ctx *ctx, const char *expected, const char *measured_fmt, ...)
	printf_like(3, 4);
/* The device truly cannot do this: SKIP that does not keep the run from being QUALIFIED. */
int ctx_not_applicable(struct ctx *ctx, const char *reason_fmt, ...) printf_like(2, 3);
/* A requirement found missing only while running: SKIP, and the run is INCOMPLETE. */
int ctx_skip(struct ctx *ctx, const char *reason_fmt, ...) printf_like(2, 3);
/* The check could not be carried out: records the text and returns @err. */
int ctx_error(struct ctx *ctx, int err, const char *fmt, ...) printf_like(3, 4);
/* One line of evidence. Keys are short, stable, [a-z0-9_.]. */
void ctx_evidence(struct ctx *ctx, const char *key, const char *fmt, ...) printf_like(3, 4);
bool ctx_failed(const struct ctx *ctx);

/*
 * Looks a text up in the table of symptoms; if it is known there, it is one of the causes that the
 * report names should this item fail. Returns true if it is known and not harmless.
 */
bool ctx_symptom(struct ctx *ctx, enum symptom_kind kind, const char *fmt, ...) printf_like(3, 4);
/* The label of the likeliest cause of all that ctx_symptom() was given and @otherwise. */
const char *ctx_cause(const struct ctx *ctx, const char *otherwise);

/*
 * Records an undo; call it before the act. Returns 0 or -ENOSPC, upon which the act must not be
 * done.
 */
int ctx_undo(struct ctx *ctx, enum undo_op op, const struct pci_addr *addr, uint64_t value,
	     const char *text) must_check;

/*
 * What an item adds to its fixture, such as another guest, is undone with the fixture and not at
 * the item's end: the undos that were recorded since res->n_undo was @from.
 */
void ctx_keep_undo(struct ctx *ctx, unsigned int from);

/* Milliseconds until the item's deadline, at most @at_most. */
unsigned int ctx_time_left_ms(const struct ctx *ctx, unsigned int at_most);

/* The tables, one per file of runner/cases/, each ended by a row without an id. */
extern const struct case_def host_cases[];
extern const struct case_def nic_cases[];
extern const struct case_def vf_cases[];
extern const struct case_def vf_param_cases[];
extern const struct case_def assign_cases[];
extern const struct case_def plug_cases[];
extern const struct case_def neg_cases[];
extern const struct case_def tap_cases[];

/* Requirements that several areas use: runner/cases/requires.c. */
extern const struct requirement req_iommu_on; /* NIC's IOMMU group exists */
extern const struct requirement req_kvm; /* /dev/kvm can create a VM */
extern const struct requirement req_irq_remap; /* in force, or unsafe_interrupts=allow */
extern const struct requirement req_pf_driver; /* the PF has its driver and a netdev */
extern const struct requirement req_vfs; /* sriov_totalvfs > 0 */
extern const struct requirement req_two_vfs; /* sriov_totalvfs > 1 */
extern const struct requirement req_three_vfs;
extern const struct requirement req_peer; /* a port that the PF reaches over the wire */
extern const struct requirement req_second_pf; /* the peer is an SR-IOV PF that can have VFs */

#endif
