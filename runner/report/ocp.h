/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two files of the OCP output share.
 */
#ifndef VFPROOF_REPORT_OCP_H
#define VFPROOF_REPORT_OCP_H

#include <jansson.h>
#include "base/util.h"

#define OCP_HOST "host"
#define OCP_SOFTWARE "vfproof"
#define OCP_ID_SIZE 32

/* @text as JSON; if it is no UTF-8, what of it is printable ASCII. */
json_t *ocp_text(const char *text) must_check;
/* The dutInfo of a report. Caller owns the result, NULL without memory. */
json_t *ocp_dut(const json_t *report) must_check;
/* The hardwareInfoId of the port at @index of "nics". */
void ocp_nic_id(size_t index, char id[OCP_ID_SIZE]);

#endif
