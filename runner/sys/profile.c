/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses the table of NIC families. */
#include "sys/profile.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "base/tables.h"

static bool has_id(const struct profile_id *ids, unsigned int n, uint16_t vendor, uint16_t device)
{
	for (unsigned int i = 0; i < n; i++)
		if (ids[i].vendor == vendor && ids[i].device == device)
			return true;
	return false;
}

static const struct profile *find_id(const struct profile_table *table, uint16_t vendor,
				     uint16_t device)
{
	for (unsigned int i = 0; i < table->n; i++)
		if (has_id(table->profiles[i].ids, table->profiles[i].n_ids, vendor, device))
			return &table->profiles[i];
	return NULL;
}

bool profile_has_vf_id(const struct profile *p, uint16_t vendor, uint16_t device)
{
	return p->n_vf_ids == 0 || has_id(p->vf_ids, p->n_vf_ids, vendor, device);
}

/* Takes "vvvv:dddd vvvv:dddd ..."; none of them may be in @table (NULL: whatever) yet. */
static bool parse_ids(struct profile_table *table, struct profile_id *ids, unsigned int *n,
		      const char *value)
{
	unsigned int vendor, device;
	int used;

	while (*value) {
		if (sscanf(value, "%4x:%4x%n", &vendor, &device, &used) != 2 || used != 9 ||
		    (value[used] && value[used] != ' '))
			return false;
		if (*n == PROFILE_MAX_IDS ||
		    (table && find_id(table, (uint16_t)vendor, (uint16_t)device)))
			return false;
		ids[*n].vendor = (uint16_t)vendor;
		ids[*n].device = (uint16_t)device;
		++*n;
		value += used;
		value += strspn(value, " ");
	}
	return true;
}

static bool parse_bool(const char *value, bool *out)
{
	*out = strcmp(value, "yes") == 0;
	return *out || strcmp(value, "no") == 0;
}

static bool parse_numvfs(const char *value, bool *no_numvfs)
{
	bool yes, ok = parse_bool(value, &yes);

	*no_numvfs = ok && !yes;
	return ok;
}

static bool parse_number(const char *value, uint64_t max, unsigned int *out)
{
	uint64_t number;

	if (util_parse_u64(value, 10, max, &number) < 0)
		return false;
	*out = (unsigned int)number;
	return true;
}

static int take_key(struct profile_table *table, struct profile *p, const char *name,
		    const char *value)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {
		{ "title", p->title, sizeof(p->title) },
		{ "driver", p->driver, sizeof(p->driver) },
		{ "vf_driver", p->vf_driver, sizeof(p->vf_driver) },
		{ "sriov_setup", p->sriov_setup, sizeof(p->sriov_setup) },
		{ "vf_param", p->vf_param, sizeof(p->vf_param) },
		{ "vf_param_more", p->vf_param_more, sizeof(p->vf_param_more) },
		{ "last_kernel", p->last_kernel, sizeof(p->last_kernel) },
		{ "policy_lacks", p->policy_lacks, sizeof(p->policy_lacks) },
	};
	const struct {
		const char *name;
		unsigned int *to;
		uint64_t max;
	} numbers[] = {
		{ "max_vfs", &p->max_vfs, UINT16_MAX },
		{ "vf_param_extra", &p->vf_param_extra, 255 },
		{ "netdev_function", &p->netdev_function, 7 },
		{ "guest_mb", &p->guest_mb, 1024 },
		{ "guest_queue_mb", &p->guest_queue_mb, 256 },
		{ "guest_queues", &p->guest_queues, 64 },
		{ "guest_pf_mb", &p->guest_pf_mb, 2048 },
		{ "guest_load_s", &p->guest_load_s, 60 },
		{ "vf_groups", &p->vf_groups, 4096 },
		{ "rate_least", &p->rate_least, 100000 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(name, texts[i].name) == 0)
			return util_strlcpy(texts[i].to, texts[i].size, value);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strcmp(name, numbers[i].name) == 0)
			return parse_number(value, numbers[i].max, numbers[i].to);
	if (strcmp(name, "ids") == 0)
		return parse_ids(table, p->ids, &p->n_ids, value);
	if (strcmp(name, "vf_ids") == 0)
		return parse_ids(NULL, p->vf_ids, &p->n_vf_ids, value);
	if (strcmp(name, "pf_up_before_vfs") == 0)
		return parse_bool(value, &p->pf_up_before_vfs);
	if (strcmp(name, "vf_stats") == 0)
		return parse_bool(value, &p->vf_stats);
	if (strcmp(name, "numvfs") == 0)
		return parse_numvfs(value, &p->no_numvfs);
	return 0;
}

/* Called by inih for each line; a long list goes on in indented lines with the same name. */
static int take_line(void *arg, const char *section, const char *name, const char *value)
{
	struct profile_table *table = arg;
	struct profile *p = table->n ? &table->profiles[table->n - 1] : NULL;

	if (!p || strcmp(p->name, section) != 0) {
		if (table->n == PROFILE_MAX || !section[0])
			return 0;
		p = &table->profiles[table->n++];
		if (!util_strlcpy(p->name, sizeof(p->name), section))
			return 0;
	}
	return take_key(table, p, name, value);
}

int profile_parse(const char *text, struct profile_table *table, int *line)
{
	int ret;

	memset(table, 0, sizeof(*table));
	ret = ini_parse_string(text, take_line, table);
	if (line)
		*line = ret;
	return ret == 0 ? 0 : -EINVAL;
}

const struct profile *profile_find(uint16_t vendor, uint16_t device)
{
	/* The linked-in text does not change, so neither does this once it is filled. */
	static struct profile_table table;

	if (table.n == 0 && profile_parse(table_profiles, &table, NULL) < 0)
		return NULL;
	return find_id(&table, vendor, device);
}
