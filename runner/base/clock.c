/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <string.h>
#include <time.h>

#define CLOCK_MAX_MS 253402300799999 /* the end of the year 9999 */

int64_t clock_parse(const char *text)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t seconds;
	int ms = 0, len = 0;

	if (!rest)
		return -1;
	if (sscanf(rest, ".%3d%n", &ms, &len) == 1 && len == 4 && ms >= 0)
		rest += len;
	else
		ms = 0;
	seconds = timegm(&tm);
	if (strcmp(rest, "Z") != 0 || seconds < 0 || seconds > CLOCK_MAX_MS / 1000)
		return -1;
	return seconds * 1000 + ms;
}

void clock_format(int64_t ms, char text[CLOCK_STRLEN])
{
	struct tm tm;
	time_t seconds;
	size_t len;

	if (ms < 0)
		ms = 0;
	if (ms > CLOCK_MAX_MS)
		ms = CLOCK_MAX_MS;
	seconds = (time_t)(ms / 1000);
	len = gmtime_r(&seconds, &tm) ? strftime(text, CLOCK_STRLEN, "%Y-%m-%dT%H:%M:%S", &tm) : 0;
	util_format(text + len, CLOCK_STRLEN - len, ".%03dZ", (int)(ms % 1000));
}

bool clock_is_plausible(int64_t ms)
{
	return ms >= 1735689600000 && ms < 3155760000000; /* 2025 to 2069 */
}

void clock_now(char text[CLOCK_STRLEN])
{
	time_t now = time(NULL);
	struct tm tm;

	if (!gmtime_r(&now, &tm) || strftime(text, CLOCK_STRLEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		util_strlcpy(text, CLOCK_STRLEN, "1970-01-01T00:00:00Z");
}
