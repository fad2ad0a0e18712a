/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses the table of NIC families. */
#include "sys/profile.h"

#include <errno.h>
#include <ini.h>
#include <string.h>

#include "core/tables.h"

static const struct profile *find_id(const struct profile_table *table, uint16_t vendor,
				     uint16_t device)
{
	unsigned int i, k;

	for (i = 0; i < table->n; i++)
		for (k = 0; k < table->profiles[i].n_ids; k++)
			if (table->profiles[i].ids[k].vendor == vendor &&
			    table->profiles[i].ids[k].device == device)
				return &table->profiles[i];
	return NULL;
}

/* Takes "vvvv:dddd vvvv:dddd ..." */
static bool parse_ids(struct profile_table *table, struct profile *p, const char *value)
{
	unsigned int vendor, device;
	int used;

	while (*value) {
		if (sscanf(value, "%4x:%4x%n", &vendor, &device, &used) != 2 || used != 9 ||
		    (value[used] && value[used] != ' '))
			return false;
		if (p->n_ids == PROFILE_MAX_IDS ||
		    find_id(table, (uint16_t)vendor, (uint16_t)device))
			return false;
		p->ids[p->n_ids].vendor = (uint16_t)vendor;
		p->ids[p->n_ids].device = (uint16_t)device;
		p->n_ids++;
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

/* Called by inih for each line; a long list goes on in indented lines with the same name. */
static int take_line(void *arg, const char *section, const char *name, const char *value)
{
	struct profile_table *table = arg;
	struct profile *p = table->n ? &table->profiles[table->n - 1] : NULL;
	uint64_t number;

	if (!p || strcmp(p->name, section) != 0) {
		if (table->n == PROFILE_MAX || !section[0])
			return 0;
		p = &table->profiles[table->n++];
		if (!util_strlcpy(p->name, sizeof(p->name), section))
			return 0;
	}
	if (strcmp(name, "title") == 0)
		return util_strlcpy(p->title, sizeof(p->title), value);
	if (strcmp(name, "ids") == 0)
		return parse_ids(table, p, value);
	if (strcmp(name, "vf_driver") == 0)
		return util_strlcpy(p->vf_driver, sizeof(p->vf_driver), value);
	if (strcmp(name, "vf_param") == 0)
		return util_strlcpy(p->vf_param, sizeof(p->vf_param), value);
	if (strcmp(name, "sriov_setup") == 0)
		return util_strlcpy(p->sriov_setup, sizeof(p->sriov_setup), value);
	if (strcmp(name, "pf_up_before_vfs") == 0)
		return parse_bool(value, &p->pf_up_before_vfs);
	if (strcmp(name, "max_vfs") == 0 && util_parse_u64(value, 10, UINT16_MAX, &number) == 0) {
		p->max_vfs = (unsigned int)number;
		return 1;
	}
	return 0;
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
