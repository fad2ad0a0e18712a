/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where no port reaches memory, it is not the cards: of two or more, or of one beside a USB
 * controller that is dead as well.
 */
#ifndef VFPROOF_REPORT_PLATFORM_H
#define VFPROOF_REPORT_PLATFORM_H

#include <jansson.h>
#include "base/util.h"

#define PLATFORM_LABEL "platform"
#define PLATFORM_CAUSE \
	"the platform: what devices read and write does not get through (IOMMU, BIOS)"

/*
 * The cause with all that suffer from it, in words; NULL if the platform is not to blame. Caller
 * owns the result.
 */
json_t *platform_blame(const json_t *items) must_check;
/* True if the item shows that its port reaches no memory. */
bool platform_is_witness(const json_t *item);

#endif
