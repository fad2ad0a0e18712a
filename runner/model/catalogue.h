/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number of the catalogue: the ids of all cases, labels and readiness rules. Its first part
 * rises when an id goes or means something else, its second when one comes (docs/versions.md). A
 * release whose ids have changed and whose number has not is refused.
 */
#ifndef VFPROOF_MODEL_CATALOGUE_H
#define VFPROOF_MODEL_CATALOGUE_H

#define CATALOGUE_VERSION "1.0"

#endif
