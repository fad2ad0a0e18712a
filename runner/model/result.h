/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An item's result: verdict, evidence and undo records, and how findings are recorded in it, by the
 * case and by the engine.
 */
#ifndef VFPROOF_MODEL_RESULT_H
#define VFPROOF_MODEL_RESULT_H

#include "base/util.h"
#include "model/cause.h"
#include "sys/pci_addr.h"

#define RESULT_MAX_EVIDENCE 2400 /* a VF in a guest needs nine, and a PF has SRIOV_MAX_VFS */
#define RESULT_MAX_UNDO 1024 /* a VF needs two or three */
#define RESULT_CONSOLE_SIZE 8192
#define RESULT_MAX_SEEN 16
#define RESULT_MAX_DUE 16

/* What has to be put back after an item. Each is idempotent. */
enum undo_op {
	UNDO_NUMVFS = 1, /* addr = PF, value = VF count */
	UNDO_AUTOPROBE, /* addr = PF, value = 0 or 1 */
	UNDO_DRIVER, /* addr = device, text = driver name or "" for none; clears driver_override */
	UNDO_LINK_UP, /* addr = its device, text = netdev, "" for one that a driver makes again;
		       * value = 1 up, 0 down */
	UNDO_VF_MAC, /* text = PF netdev, value = VF index: back to an all-zero (unset) MAC */
	UNDO_VF_POLICY, /* text = PF netdev, value = undo_vf_policy(): all but the rates */
	UNDO_VF_RATE, /* text = PF netdev, value = undo_vf_rate(): both rates */
	UNDO_VF_MAC_TO, /* text = PF netdev, value = undo_vf_mac_to(): back to that MAC */
	UNDO_MTU, /* text = netdev, value = MTU */
	UNDO_LINK_DELETE, /* text = netdev that the item creates */
	UNDO_NETDEV_HOME, /* waits until the netdev of addr (of name text, if addr is all zero) has
			   * come back from a network namespace that has ended */
	UNDO_KILL, /* value = undo_process() of a child to end (its process group is killed) */
	UNDO_MODULE, /* text = module, value = its module_instance(): if it was taken out, reload */
	UNDO_VFIO_SRIOV, /* value = vfio-pci's enable_sriov, 0 or 1 */
	UNDO_DRIVER_ID, /* text = driver, value = vendor << 16 | device: remove the id from it */
	UNDO_UNSAFE_IRQ, /* value = whether VFIO may do without interrupt remapping */
	UNDO_HUGEPAGES, /* value = KiB of a page << 32 | how many the kernel is to keep */
	UNDO_TEST_ADDRESS, /* text = netdev: its test addresses (sys/ip.h) go */
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

/* A fault that the item provokes: the IOMMU is to blame this function, for this page. */
struct due_fault {
	struct pci_addr from;
	bool interrupt; /* @address is the index of an interrupt, not an address */
	uint64_t address;
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
	unsigned int n_left_out; /* evidence for which there was no room */
	struct evidence evidence[RESULT_MAX_EVIDENCE];
	unsigned int n_undo;
	struct undo undo[RESULT_MAX_UNDO];
	unsigned int n_seen;
	struct seen seen[RESULT_MAX_SEEN]; /* what may explain a failure, beside the kernel log */
	unsigned int n_due;
	struct due_fault due[RESULT_MAX_DUE]; /* see ctx_expect_fault() */
	char console[RESULT_CONSOLE_SIZE]; /* tail of the nested guest's console, if it matters */
};

struct finding {
	enum verdict verdict;
	bool soft; /* FAIL: prerequisite; SKIP: not applicable. A hard finding is worse. */
	const char *label, *expected, *measured, *reason; /* NULL for none */
};

/*
 * Makes @f the item's finding if it is worse than what there is (PASS, WARN, SKIP, ERROR, FAIL,
 * then TIMEOUT and CRASHED); the other of the two becomes evidence.
 */
void result_record(struct item_result *res, const struct finding *f);
/*
 * Makes @f the item's finding whatever there is: for what explains all the rest. What was found
 * before becomes evidence.
 */
void result_override(struct item_result *res, const struct finding *f);
void result_evidence(struct item_result *res, const char *key, const char *value);

/* See ctx_symptom(). */
bool result_symptom(struct item_result *res, enum symptom_kind kind, const char *text);
/* Adds the symptoms that the item has recorded. */
void result_causes(const struct item_result *res, struct causes *c);

/*
 * Copies a result out of the memory that a dead child wrote to, with every count and text made
 * safe: nothing that the child left there can lead out of the structure.
 */
void result_copy(struct item_result *dst, const struct item_result *src);

#endif
