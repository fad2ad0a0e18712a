/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines as descriptions of their PCI functions (tests/fixtures/cards/, README.md there), and the
 * fake trees made of them.
 */
#ifndef TESTS_UNIT_FAKE_CARD_H
#define TESTS_UNIT_FAKE_CARD_H

#include "fake_sysroot.h"

#define CARD_MAX_FNS 64
#define CARD_MAX_CAPS 32
#define CARD_MAX_LOG 16

struct card_caps {
	unsigned int n;
	struct {
		unsigned int pos, id;
	} at[CARD_MAX_CAPS]; /* in the order of the list */
};

struct card_fn {
	char addr[PCI_ADDR_STRLEN], parent[PCI_ADDR_STRLEN];
	char vf_of[PCI_ADDR_STRLEN]; /* "" or its PF */
	char driver[32], link[32];
	unsigned int vendor, device, class, group, type;
	unsigned int secondary, subordinate;
	unsigned int config; /* readable bytes of configuration space */
	bool can_ari, does_ari; /* a port's ARI forwarding */
	bool direct; /* the firmware wants a region of its group mapped one to one */
	struct card_caps caps, ext;
	struct pci_sriov sriov;
	int driver_vfs; /* the driver's limit, -1: the capability's */
};

struct card {
	unsigned int n, n_log;
	struct card_fn fns[CARD_MAX_FNS];
	char log[CARD_MAX_LOG][200]; /* kernel messages */
};

/* Parses a description; the test fails if it is malformed. */
void card_parse(struct card *card, const char *text);
/*
 * Makes the tree. An Ethernet port that has a NIC driver gets a netdev: @ifname at @with_ifname,
 * one that the test cannot bring up elsewhere. @dump, if not NULL, has the configuration spaces.
 */
void card_build(struct fake_sysroot *fs, const struct card *card, const char *dump,
		const char *with_ifname, const char *ifname);
/* Configuration space as the description has it. */
void card_config(const struct card_fn *fn, struct pci_config *cfg);

/*
 * Adds to dev/kmsg what are kernel messages in @text ("[time] message" or "... kernel: message"),
 * from the line that begins with @from (NULL: the first) to the next that begins with "## ".
 */
void card_log_text(struct fake_sysroot *fs, const char *text, const char *from);

#endif
