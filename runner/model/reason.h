/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words in which the engine says that an item was not tried because of another one. The report
 * finds that one by them (report/follow.h): whoever changes them changes both.
 */
#ifndef VFPROOF_MODEL_REASON_H
#define VFPROOF_MODEL_REASON_H

#define REASON_SEE "what it needs could not be set up: see " /* CASE, of the same subject */
#define REASON_MISSING " is missing: " /* between a requirement's name and what is wrong */
#define REASON_GONE " has left the bus" /* behind the PCI address of a port */
#define REASON_DIED " hung or died with the host: " /* of items: more was not tried */

#endif
