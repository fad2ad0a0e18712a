/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moments as reports write them: ISO 8601 in UTC, "2025-01-02T03:04:05Z", with or without
 * milliseconds before the "Z".
 */
#ifndef VFPROOF_BASE_CLOCK_H
#define VFPROOF_BASE_CLOCK_H

#include <stdint.h>
#include "base/util.h"

#define CLOCK_STRLEN 32

/* Milliseconds since 1970, or -1 if @text is no such moment. */
int64_t clock_parse(const char *text);
/* The moment with its milliseconds; one outside of the years 1970 to 9999 becomes the nearest. */
void clock_format(int64_t ms, char text[CLOCK_STRLEN]);
/* The time by the host's clock, in whole seconds. */
void clock_now(char text[CLOCK_STRLEN]);
/* False for a moment before this program was made, or decades after: the clock is wrong. */
bool clock_is_plausible(int64_t ms);

#endif
