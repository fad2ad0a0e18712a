/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's map of addresses. */
#include "vm/vm_ranges.h"

#include <errno.h>

#define QUERY_MS 5000
#define MAX_DEPTH 4 /* bridges behind bridges */
#define MB (1ull << 20)
#define GB (1ull << 30)

static int add_range(struct vm_ranges *r, uint64_t start, uint64_t end, bool window)
{
	if (end <= start)
		return 0; /* a window that is closed, a BAR without a place */
	if (r->n == VM_MAX_RANGES)
		return -E2BIG;
	r->list[r->n].start = start;
	r->list[r->n].window = window;
	r->list[r->n++].end = end;
	return 0;
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static int add_window(struct vm_ranges *r, const json_t *bus, const char *key)
{
	const json_t *window = json_object_get(bus, key);

	return window ? add_range(r, number_of(window, "base"), number_of(window, "limit"), true)
		      : 0;
}

static int add_devices(struct vm_ranges *r, const json_t *devices, unsigned int depth)
{
	const json_t *dev, *region;
	size_t i, k;
	int ret = 0;

	json_array_foreach (devices, i, dev) {
		const json_t *bridge = json_object_get(dev, "pci_bridge");
		const json_t *bus = json_object_get(bridge, "bus");

		json_array_foreach (json_object_get(dev, "regions"), k, region) {
			uint64_t start = number_of(region, "address");

			/* -1: it has no place. */
			if (ret == 0 && start != UINT64_MAX)
				ret = add_range(r, start, start + number_of(region, "size") - 1,
						false);
		}
		if (ret == 0)
			ret = add_window(r, bus, "memory_range");
		if (ret == 0)
			ret = add_window(r, bus, "prefetchable_range");
		if (ret == 0 && bridge && depth > 0)
			ret = add_devices(r, json_object_get(bridge, "devices"), depth - 1);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int vm_read_ranges(struct vm *vm, unsigned int memory_mb, struct vm_ranges *out)
{
	json_t *buses = NULL;
	const json_t *bus;
	size_t i;
	int ret = vm_qmp(vm, "query-pci", NULL, &buses, QUERY_MS);

	*out = (struct vm_ranges){ .memory_mb = memory_mb };
	json_array_foreach (buses, i, bus)
		if (ret == 0)
			ret = add_devices(out, json_object_get(bus, "devices"), MAX_DEPTH);
	json_decref(buses);
	return ret;
}

bool vm_is_nothing(const struct vm_ranges *r, uint64_t address, uint64_t limit)
{
	const uint64_t ram = r->memory_mb * MB;

	if (address >= limit || address < ram || (address >= 2 * GB && address < 4 * GB + ram))
		return false;
	for (unsigned int i = 0; i < r->n; i++)
		if (address >= r->list[i].start && address <= r->list[i].end)
			return false;
	return true;
}

bool vm_is_reachable(const struct vm_ranges *r, uint64_t address)
{
	const uint64_t ram = r->memory_mb * MB;

	if (address < ram || (address >= 4 * GB && address < 4 * GB + ram))
		return true;
	for (unsigned int i = 0; i < r->n; i++)
		if (!r->list[i].window && address >= r->list[i].start && address <= r->list[i].end)
			return true;
	return false;
}
