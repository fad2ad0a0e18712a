/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What QEMU knows about its guest. */
#include "vm/vm.h"

#include <errno.h>
#include <string.h>

#define QUERY_MS 5000
#define QUERY_MAX_DEPTH 4 /* bridges behind bridges */

/* Looks through a bus of query-pci's answer and what is behind its bridges. */
static int vm_find_device(const json_t *devices, const char *id, unsigned int depth,
			  struct pci_addr *addr)
{
	const json_t *dev;
	size_t i;

	json_array_foreach (devices, i, dev) {
		const char *dev_id = json_string_value(json_object_get(dev, "qdev_id"));
		const json_t *bridge = json_object_get(dev, "pci_bridge");

		if (dev_id && strcmp(dev_id, id) == 0) {
			*addr = (struct pci_addr){
				.bus = (uint8_t)json_integer_value(json_object_get(dev, "bus")),
				.dev = json_integer_value(json_object_get(dev, "slot")) & 31,
				.fn = json_integer_value(json_object_get(dev, "function")) & 7,
			};
			return 0;
		}
		if (depth > 0 &&
		    vm_find_device(json_object_get(bridge, "devices"), id, depth - 1, addr) == 0)
			return 0;
	}
	return -ENODEV;
}

int vm_guest_addr(struct vm *vm, const char *id, struct pci_addr *addr)
{
	json_t *buses = NULL;
	const json_t *bus;
	size_t i;
	int ret = vm_qmp(vm, "query-pci", NULL, &buses, QUERY_MS);

	if (ret < 0)
		return ret;
	ret = -ENODEV;
	json_array_foreach (buses, i, bus)
		if (ret < 0)
			ret = vm_find_device(json_object_get(bus, "devices"), id, QUERY_MAX_DEPTH,
					     addr);
	json_decref(buses);
	return ret;
}

int vm_cpu_threads(struct vm *vm, pid_t *tids, unsigned int max)
{
	json_t *cpus = NULL;
	const json_t *cpu;
	unsigned int n = 0;
	size_t i;
	int ret = vm_qmp(vm, "query-cpus-fast", NULL, &cpus, QUERY_MS);

	if (ret < 0)
		return ret;
	json_array_foreach (cpus, i, cpu) {
		json_int_t tid = json_integer_value(json_object_get(cpu, "thread-id"));

		if (n < max && tid > 0)
			tids[n++] = (pid_t)tid;
	}
	json_decref(cpus);
	return (int)n;
}
