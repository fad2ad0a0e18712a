/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device under test of the OCP output: the host, its ports and what software they run.
 */
#include "report/ocp.h"

#include <string.h>
#include "journal/member.h"
#include "report/report.h"

json_t *ocp_text(const char *text)
{
	json_t *value = json_string(text);
	_cleanup_free_ char *copy = NULL;

	if (value)
		return value;
	copy = strdup(text);
	if (copy)
		util_sanitise(copy);
	return json_string(copy ? copy : "");
}

/* Sets a member only if something is known. */
static void set_text(json_t *obj, const char *key, const char *text)
{
	if (text[0])
		json_object_set_new(obj, key, ocp_text(text));
}

static json_t *software(const char *id, const char *type, const char *name, const char *version)
{
	json_t *obj = json_pack("{s:s, s:s, s:o}", "softwareInfoId", id, "softwareType", type,
				"name", ocp_text(name));

	set_text(obj, "version", version);
	return obj;
}

/* BIOS, kernel, vfproof, and the firmware of each port. */
static json_t *software_infos(const json_t *report)
{
	const json_t *host = json_object_get(report, "host"), *nic;
	const char *kernel = member_text(host, "kernel");
	json_t *array = json_array(), *bios;
	size_t i;

	bios = software("bios", "FIRMWARE", "BIOS", member_text(host, "bios_version"));
	set_text(bios, "revision", member_text(host, "bios_date"));
	json_array_append_new(array, bios);
	json_array_append_new(array, software("kernel", "SYSTEM", "Linux", kernel));
	json_array_append_new(array,
			      software(OCP_SOFTWARE, "APPLICATION", "vfproof",
				       member_text(json_object_get(report, "build"), "revision")));
	json_array_foreach (json_object_get(report, "nics"), i, nic) {
		char id[32], name[128];

		if (!member_text(nic, "firmware_version")[0])
			continue;
		util_format(id, sizeof(id), "nic%zu-firmware", i);
		util_format(name, sizeof(name), "firmware of %s", member_text(nic, "address"));
		json_array_append_new(array, software(id, "FIRMWARE", name,
						      member_text(nic, "firmware_version")));
	}
	return array;
}

static json_t *hardware(const char *id, const char *type, const char *name)
{
	return json_pack("{s:s, s:s, s:o}", "hardwareInfoId", id, "partType", type, "name",
			 ocp_text(name[0] ? name : "unknown"));
}

static json_t *nic_info(const json_t *nic, size_t index)
{
	char id[OCP_ID_SIZE], part[40];
	json_t *obj;

	ocp_nic_id(index, id);
	obj = hardware(id, "NIC", member_text(nic, "name"));
	util_format(part, sizeof(part), "%s:%s", member_text(nic, "vendor"),
		    member_text(nic, "device"));
	set_text(obj, "manufacturerPartNumber", part);
	set_text(obj, "location", member_text(nic, "address"));
	return obj;
}

static json_t *hardware_infos(const json_t *report)
{
	const json_t *host = json_object_get(report, "host"), *nic;
	json_t *array = json_array(), *system;
	size_t i;

	system = hardware(OCP_HOST, "system", member_text(host, "product"));
	set_text(system, "manufacturer", member_text(host, "vendor"));
	set_text(system, "serialNumber", member_text(host, "serial"));
	json_array_append_new(array, system);
	json_array_append_new(array, hardware("cpu", "CPU", member_text(host, "cpu_model")));
	json_array_foreach (json_object_get(report, "nics"), i, nic)
		json_array_append_new(array, nic_info(nic, i));
	return array;
}

/* The IOMMU is no part with a name, and decides what the host can do. */
static json_t *platform_infos(const json_t *report)
{
	const json_t *iommu = json_object_get(report, "iommu");
	const char *kind = member_text(iommu, "kind");
	char text[160];

	util_format(text, sizeof(text), "IOMMU %s, %d units, %d groups, interrupt remapping %s",
		    kind[0] ? kind : "unknown", (int)member_number(iommu, "units"),
		    (int)member_number(iommu, "groups"),
		    member_flag(iommu, "irq_remap") ? "on" : "off");
	return json_pack("[{s:o}]", "info", ocp_text(text));
}

json_t *ocp_dut(const json_t *report)
{
	const char *serial = member_text(json_object_get(report, "host"), "serial");
	json_t *obj = json_object();

	member_set_text(obj, "dutInfoId", "dut");
	json_object_set_new(obj, "name", ocp_text(serial[0] ? serial : "unknown"));
	json_object_set_new(obj, "platformInfos", platform_infos(report));
	json_object_set_new(obj, "softwareInfos", software_infos(report));
	json_object_set_new(obj, "hardwareInfos", hardware_infos(report));
	return obj;
}

void ocp_nic_id(size_t index, char id[OCP_ID_SIZE])
{
	util_format(id, OCP_ID_SIZE, "nic%zu", index);
}
