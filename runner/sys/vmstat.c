/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of the kernel's memory management. */
#include "sys/vmstat.h"

#include <errno.h>
#include <string.h>

#include "base/sysroot.h"

#define VMSTAT_SIZE 16384

/* The counter @name in lines "NAME NUMBER". */
static int vmstat_get(const char *text, const char *name, uint64_t *value)
{
	const size_t len = strlen(name);
	char number[24];

	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, name, len) != 0 || line[len] != ' ')
			continue;
		util_format(number, sizeof(number), "%.*s", (int)strcspn(line + len + 1, "\n"),
			    line + len + 1);
		return util_parse_u64(number, 10, UINT64_MAX, value);
	}
	return -ENOENT;
}

int vmstat_pinned(const struct sysroot *root, uint64_t *pages)
{
	char text[VMSTAT_SIZE];
	uint64_t acquired, released = 0;
	int ret = sysroot_read(root, text, sizeof(text), "proc/vmstat");

	if (ret >= 0)
		ret = vmstat_get(text, "nr_foll_pin_acquired", &acquired);
	if (ret == 0)
		ret = vmstat_get(text, "nr_foll_pin_released", &released);
	if (ret == 0)
		*pages = acquired - released;
	return ret;
}
