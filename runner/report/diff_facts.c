/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the machine differs between two reports: first the versions of firmware, drivers and
 * programs, as they are what a difference in the verdicts is mostly due to; then the machine itself
 * and how the run was set.
 */
#include <string.h>
#include "journal/member.h"
#include "report/diff_parts.h"
#include "report/report.h"

#define FACT_SIZE 400

struct fact {
	const char *object; /* member of the report, NULL: the report itself; unused of a NIC */
	const char *key;
	const char *name; /* in the result */
	void (*show)(const json_t *value, char *buf, size_t size); /* NULL: as it is */
};

static void show_plain(const json_t *value, char *buf, size_t size)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		util_strlcpy(buf, size, json_string_value(value));
		break;
	case JSON_INTEGER:
		util_format(buf, size, "%lld", (long long)json_integer_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		util_strlcpy(buf, size, json_is_true(value) ? "yes" : "no");
		break;
	default:
		buf[0] = '\0';
		break;
	}
	util_sanitise(buf);
}

/* The kernel's own size takes some MiB of it, which depends on its version. */
static void show_memory(const json_t *value, char *buf, size_t size)
{
	util_format(buf, size, "%.1f GiB", (double)json_integer_value(value) / (1 << 20));
}

static void show_link(const json_t *value, char *buf, size_t size)
{
	util_format(buf, size, "%lld MT/s x%lld", (long long)member_number(value, "speed_mtps"),
		    (long long)member_number(value, "width"));
}

static void show_port_speed(const json_t *value, char *buf, size_t size)
{
	show_plain(json_object_get(value, "speed_mbps"), buf, size);
}

/* Which port it is does not matter, but whether the wire was tested does. */
static void show_wire(const json_t *value, char *buf, size_t size)
{
	if (value)
		util_strlcpy(buf, size, json_is_string(value) ? "tested" : "not tested");
	else
		buf[0] = '\0';
}

static const struct fact bios_versions[] = {
	{ "host", "bios_vendor", "bios_vendor", NULL },
	{ "host", "bios_version", "bios_version", NULL },
	{ "host", "bios_date", "bios_date", NULL },
};

static const struct fact nic_firmware[] = {
	{ NULL, "firmware_version", "firmware_version", NULL },
};

static const struct fact kernel_versions[] = {
	{ "host", "kernel", "kernel", NULL },
};

static const struct fact nic_drivers[] = {
	{ NULL, "driver", "driver", NULL },
	{ NULL, "driver_version", "driver_version", NULL },
};

static const struct fact program_versions[] = {
	{ "build", "revision", "vfproof", NULL },
};

static const struct fact host_setup[] = {
	{ "host", "vendor", "vendor", NULL },
	{ "host", "product", "product", NULL },
	{ "host", "serial", "serial", NULL },
	{ "host", "board", "board", NULL },
	{ "host", "cpu_model", "cpu_model", NULL },
	{ "host", "cpus", "cpus", NULL },
	{ "host", "memory_kb", "memory", show_memory },
	{ "host", "kvm", "kvm", NULL },
	{ "iommu", "kind", "iommu", NULL },
	{ "iommu", "units", "iommu_units", NULL },
	{ "iommu", "irq_remap", "irq_remap", NULL },
	{ NULL, "unsafe_interrupts", "unsafe_interrupts", NULL },
	{ "host", "cmdline", "cmdline", NULL },
};

static const struct fact nic_setup[] = {
	{ NULL, "name", "name", NULL },
	{ NULL, "slot", "slot", NULL },
	{ NULL, "sriov_state", "sriov_state", NULL },
	{ NULL, "total_vfs", "total_vfs", NULL },
	{ NULL, "link", "pcie_link", show_link },
	{ NULL, "link_max", "pcie_link_max", show_link },
	{ NULL, "port", "port_speed_mbps", show_port_speed },
	{ NULL, "peer", "wire", show_wire },
};

static void compare_one(json_t *array, const char *subject, const struct fact *fact,
			const json_t *old_obj, const json_t *new_obj)
{
	void (*show)(const json_t *, char *, size_t) = fact->show ? fact->show : show_plain;
	char old_text[FACT_SIZE], new_text[FACT_SIZE];
	json_t *obj;

	show(json_object_get(old_obj, fact->key), old_text, sizeof(old_text));
	show(json_object_get(new_obj, fact->key), new_text, sizeof(new_text));
	if (strcmp(old_text, new_text) == 0)
		return;
	obj = json_object();
	member_set_text(obj, "subject", subject);
	member_set_text(obj, "what", fact->name);
	member_set_text(obj, "old", old_text);
	member_set_text(obj, "new", new_text);
	json_array_append_new(array, obj);
}

static void compare_host(const struct diff *d, json_t *array, const struct fact *facts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const char *object = facts[i].object;

		compare_one(array, "host", &facts[i],
			    object ? json_object_get(d->old_report, object) : d->old_report,
			    object ? json_object_get(d->new_report, object) : d->new_report);
	}
}

/* Of every controller that is in both. */
static void compare_nics(const struct diff *d, json_t *array, const struct fact *facts, size_t n)
{
	const char *old_address;
	json_t *new_address;
	size_t i;

	json_object_foreach (d->addresses, old_address, new_address) {
		const char *address = json_string_value(new_address);
		const json_t *old_nic, *new_nic;

		if (!address)
			continue;
		old_nic = diff_find_nic(d->old_report, old_address);
		new_nic = diff_find_nic(d->new_report, address);
		for (i = 0; i < n; i++)
			compare_one(array, address, &facts[i], old_nic, new_nic);
	}
}

static void compare_setting(json_t *array, const json_t *old_settings, const json_t *new_settings,
			    const char *key)
{
	char name[80];
	const struct fact fact = { NULL, key, name, NULL };

	util_format(name, sizeof(name), "settings.%s", key);
	util_sanitise(name);
	compare_one(array, "host", &fact, old_settings, new_settings);
}

/* A setting that only one of the programs knows is no difference in itself. */
static void compare_settings(const struct diff *d, json_t *array)
{
	json_t *old_settings = json_object_get(d->old_report, "settings"), *value;
	json_t *new_settings = json_object_get(d->new_report, "settings");
	const char *key;

	json_object_foreach (old_settings, key, value)
		if (json_object_get(new_settings, key))
			compare_setting(array, old_settings, new_settings, key);
}

void diff_facts(struct diff *d)
{
	json_t *versions = json_array(), *setup = json_array();

	compare_host(d, versions, bios_versions, ARRAY_SIZE(bios_versions));
	compare_nics(d, versions, nic_firmware, ARRAY_SIZE(nic_firmware));
	compare_host(d, versions, kernel_versions, ARRAY_SIZE(kernel_versions));
	compare_nics(d, versions, nic_drivers, ARRAY_SIZE(nic_drivers));
	compare_host(d, versions, program_versions, ARRAY_SIZE(program_versions));
	compare_host(d, setup, host_setup, ARRAY_SIZE(host_setup));
	compare_nics(d, setup, nic_setup, ARRAY_SIZE(nic_setup));
	compare_settings(d, setup);
	json_object_set_new(d->out, "versions", versions);
	json_object_set_new(d->out, "setup", setup);
}
