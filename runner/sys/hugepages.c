/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/hugepages.h"

#include <errno.h>
#include <string.h>

#include "base/sysroot.h"

#define HUGEPAGES "sys/kernel/mm/hugepages/hugepages-%ukB/"

int hugepages_read(const struct sysroot *root, unsigned int kb, struct hugepages *out)
{
	int ret = sysroot_read_u64(root, &out->total, HUGEPAGES "nr_hugepages", kb);

	return ret < 0 ? ret : sysroot_read_u64(root, &out->free, HUGEPAGES "free_hugepages", kb);
}

int hugepages_set(const struct sysroot *root, unsigned int kb, uint64_t n)
{
	struct hugepages now;
	char text[24];
	int ret;

	util_format(text, sizeof(text), "%llu", (unsigned long long)n);
	ret = sysroot_write(root, text, HUGEPAGES "nr_hugepages", kb);
	if (ret >= 0)
		ret = hugepages_read(root, kb, &now);
	if (ret < 0)
		return ret;
	return now.total < n ? -ENOMEM : 0;
}

struct locked {
	uint64_t kb;
	bool found;
};

static bool take_locked(char *line, void *arg)
{
	static const char key[] = "VmLck:";
	struct locked *l = arg;
	char *number;

	if (strncmp(line, key, strlen(key)) != 0)
		return true;
	number = line + strlen(key);
	number += strspn(number, " \t");
	number[strcspn(number, " ")] = '\0';
	l->found = util_parse_u64(number, 10, UINT64_MAX, &l->kb) == 0;
	return false;
}

int hugepages_locked_kb(const struct sysroot *root, pid_t pid, uint64_t *kb)
{
	struct locked l = { 0 };
	int ret = sysroot_each_line(root, take_locked, &l, "proc/%d/status", (int)pid);

	if (ret < 0)
		return ret;
	*kb = l.kb;
	return l.found ? 0 : -ENOENT;
}
