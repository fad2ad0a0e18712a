/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the memory of a transceiver module says: SFP (SFF-8472), QSFP (SFF-8636) and the modules of
 * CMIS 5, which all begin with an identifier of SFF-8024.
 */
#ifndef VFPROOF_SYS_TRANSCEIVER_H
#define VFPROOF_SYS_TRANSCEIVER_H

#include "base/util.h"

#define TRANSCEIVER_MAX_LANES 4

struct transceiver {
	const char *kind; /* "SFP", "QSFP", "CMIS"; "unknown" */
	char vendor[17], part[17];
	bool diagnostics; /* what follows was measured; copper cables measure nothing */
	int temperature_c;
	unsigned int millivolts;
	unsigned int n_lanes;
	unsigned int rx_uw[TRANSCEIVER_MAX_LANES]; /* received light in each, in 0.1 uW */
	bool temperature_alarm, voltage_alarm; /* the module's own limits are crossed */
};

/* Decodes the first bytes of the memory. Returns 0, or -EBADMSG if there are too few. */
int transceiver_decode(const uint8_t *data, size_t len, struct transceiver *out) must_check;

#endif
