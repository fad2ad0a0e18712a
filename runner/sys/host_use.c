/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host has in use. */
#include "sys/host_use.h"

#include <errno.h>
#include <string.h>

#include "base/sysroot.h"
#include "sys/iommu.h"

#define SLAB "SUnreclaim:"

static bool take_slab(char *line, void *arg)
{
	struct host_use *use = arg;
	char *number = line + strlen(SLAB);

	if (strncmp(line, SLAB, strlen(SLAB)) != 0)
		return true;
	number += strspn(number, " \t");
	number[strcspn(number, " ")] = '\0';
	if (util_parse_u64(number, 10, UINT64_MAX, &use->slab_kb) < 0)
		use->slab_kb = 0;
	return false;
}

/* The order of a directory means nothing, so that of the sum must not either. */
static int read_irqs(const struct sysroot *root, struct host_use *use)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "proc/irq");
	struct dirent *entry;
	uint64_t n;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (util_parse_u64(entry->d_name, 10, UINT32_MAX, &n) == 0) {
			use->irqs++;
			use->irq_numbers += (n + 1) * (n + 1) * (n + 1);
		}
	return 0;
}

int host_use_read(const struct sysroot *root, struct host_use *use)
{
	int ret;

	*use = (struct host_use){ 0 };
	ret = sysroot_each_line(root, take_slab, use, "proc/meminfo");
	if (ret == 0)
		ret = read_irqs(root, use);
	if (ret == 0 && use->slab_kb == 0)
		ret = -ENODATA;
	use->groups = iommu_count_groups(root);
	use->netdevs = sysroot_count(root, "sys/class/net");
	return ret;
}
