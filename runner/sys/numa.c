/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/numa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sysroot.h"

#define NODES "sys/devices/system/node/"

/* Takes the next number, or range of numbers, of a list such as "0-3,8". */
static bool numa_next_range(const char **p, unsigned int *first, unsigned int *last)
{
	char *end;

	if (**p < '0' || **p > '9')
		return false;
	*first = *last = (unsigned int)strtoul(*p, &end, 10);
	if (*end == '-')
		*last = (unsigned int)strtoul(end + 1, &end, 10);
	*p = *end == ',' ? end + 1 : end;
	return *last >= *first;
}

unsigned int numa_count(const struct sysroot *root)
{
	unsigned int first, last, n = 0;
	char list[512];
	const char *p = list;

	if (sysroot_read(root, list, sizeof(list), NODES "has_memory") < 0)
		return 1;
	while (numa_next_range(&p, &first, &last))
		n += last - first + 1;
	return n > 0 ? n : 1;
}

int numa_node_of(const struct sysroot *root, const struct pci_addr *dev)
{
	char addr[PCI_ADDR_STRLEN], text[16];
	uint64_t node;
	int ret = sysroot_read(root, text, sizeof(text), "sys/bus/pci/devices/%s/numa_node",
			       pci_addr_format(dev, addr));

	if (ret < 0 || text[0] == '-')
		return -1;
	return util_parse_u64(text, 10, INT32_MAX, &node) < 0 ? -1 : (int)node;
}

int numa_cpus(const struct sysroot *root, unsigned int node, cpu_set_t *cpus)
{
	unsigned int first, last;
	char list[1024];
	const char *p = list;
	int ret = sysroot_read(root, list, sizeof(list), NODES "node%u/cpulist", node);

	CPU_ZERO(cpus);
	if (ret < 0)
		return ret;
	while (numa_next_range(&p, &first, &last))
		for (unsigned int cpu = first; cpu <= last && cpu < CPU_SETSIZE; cpu++)
			CPU_SET(cpu, cpus);
	return CPU_COUNT(cpus) > 0 ? 0 : -ENOENT;
}

struct numa_pages {
	char bound[24]; /* " bind:1" */
	unsigned int node;
	uint64_t on, elsewhere;
};

/* "7f.. bind:1 anon=512 dirty=512 N0=3 N1=509 kernelpagesize_kB=4" */
static bool numa_take_mapping(char *line, void *arg)
{
	struct numa_pages *n = arg;
	char *policy = strstr(line, n->bound), *at;

	if (!policy || policy[strlen(n->bound)] != ' ')
		return true;
	for (at = strstr(policy, " N"); at; at = strstr(at + 1, " N")) {
		char *end;
		unsigned long node = strtoul(at + 2, &end, 10);

		if (end == at + 2 || *end != '=')
			continue;
		*(node == n->node ? &n->on : &n->elsewhere) += strtoul(end + 1, NULL, 10);
	}
	return true;
}

int numa_count_pages(const struct sysroot *root, pid_t pid, unsigned int node, uint64_t *on,
		     uint64_t *elsewhere)
{
	struct numa_pages n = { .node = node };
	int ret;

	util_format(n.bound, sizeof(n.bound), " bind:%u", node);
	ret = sysroot_each_line(root, numa_take_mapping, &n, "proc/%d/numa_maps", (int)pid);
	*on = n.on;
	*elsewhere = n.elsewhere;
	return ret;
}

int numa_bind_thread(pid_t tid, const cpu_set_t *cpus)
{
	cpu_set_t now;

	if (sched_setaffinity(tid, sizeof(*cpus), cpus) < 0 ||
	    sched_getaffinity(tid, sizeof(now), &now) < 0)
		return -errno;
	CPU_AND(&now, &now, cpus);
	return CPU_EQUAL(&now, cpus) ? 0 : -EIO;
}
