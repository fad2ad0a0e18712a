/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inventory as JSON, for the journal and the report. */
#include "sys/inventory.h"

static json_t *hex(unsigned int value, int digits)
{
	char text[16];

	util_format(text, sizeof(text), "%0*x", digits, value);
	return json_string(text);
}

/* Unknown (-1) is null. */
static json_t *number(int value)
{
	return value < 0 ? json_null() : json_integer(value);
}

static json_t *host_to_json(const struct host_info *h)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:s, s:s, "
			 "s:b, s:b, s:b}",
			 "vendor", h->vendor, "product", h->product, "serial", h->serial, "uuid",
			 h->uuid, "board_serial", h->board_serial, "board", h->board, "bios_vendor",
			 h->bios_vendor, "bios_version", h->bios_version, "bios_date", h->bios_date,
			 "cpu_model", h->cpu_model, "cpus", (int)h->cpus, "memory_kb",
			 (json_int_t)h->memory_kb, "kernel", h->kernel, "cmdline", h->cmdline,
			 "cpu_vmx", h->cpu_vmx, "cpu_svm", h->cpu_svm, "kvm", h->kvm);
}

static json_t *iommu_to_json(const struct iommu_info *i)
{
	static const char *const kinds[] = { [IOMMU_NONE] = "none",
					     [IOMMU_INTEL] = "intel",
					     [IOMMU_AMD] = "amd",
					     [IOMMU_OTHER] = "other" };

	return json_pack("{s:s, s:b, s:b, s:i, s:i, s:b}", "kind", kinds[i->kind], "table_dmar",
			 i->table_dmar, "table_ivrs", i->table_ivrs, "units", (int)i->units,
			 "groups", (int)i->groups, "irq_remap", i->irq_remap);
}

static json_t *link_to_json(const struct pcie_link *l)
{
	return json_pack("{s:i, s:i}", "speed_mtps", (int)l->speed_mtps, "width", (int)l->width);
}

static json_t *reach_to_json(const struct inventory *inv, const struct nic *n)
{
	char addr[PCI_ADDR_STRLEN];
	json_t *reaches = json_array();

	for (unsigned int i = 0; i < inv->n_nics; i++)
		if (n->reaches >> i & 1)
			json_array_append_new(
				reaches, json_string(pci_addr_format(&inv->nics[i].addr, addr)));
	return json_pack("{s:o, s:o, s:s}", "reaches", reaches, "peer",
			 n->peer < 0 ? json_null()
				     : json_string(pci_addr_format(&inv->nics[n->peer].addr, addr)),
			 "wire", n->wire);
}

static const char *sriov_name(const struct nic *n)
{
	static const char *const names[] = { [NIC_SRIOV_ON] = "on",
					     [NIC_SRIOV_OFF] = "off",
					     [NIC_SRIOV_HIDDEN] = "hidden",
					     [NIC_SRIOV_NONE] = "none",
					     [NIC_SRIOV_UNKNOWN] = "unknown" };

	return names[inventory_sriov(n)];
}

static json_t *nic_to_json(const struct inventory *inv, const struct nic *n)
{
	char addr[PCI_ADDR_STRLEN];
	json_t *j =
		json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
			  "address", pci_addr_format(&n->addr, addr), "vendor", hex(n->vendor, 4),
			  "device", hex(n->device, 4), "subvendor", hex(n->subvendor, 4),
			  "subdevice", hex(n->subdevice, 4), "class", hex(n->class, 6), "name",
			  n->name, "driver", n->driver, "driver_version", n->driver_version,
			  "firmware_version", n->firmware_version, "ifname", n->ifname, "mac",
			  n->mac, "slot", n->slot, "left_out", n->left_out);
	json_t *place =
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:s}", "slot_name", n->slot_name, "label",
			  n->label, "port_name", n->port_name, "place", n->place, "dev_port",
			  number(n->dev_port), "permanent_mac", n->permanent_mac);
	json_t *sriov =
		json_pack("{s:b, s:s, s:b, s:i, s:o, s:i, s:i, s:i, s:o, s:b, s:o}", "sriov",
			  n->sriov_cap || n->sysfs_total_vfs >= 0, "sriov_state", sriov_name(n),
			  "config_truncated", n->config_truncated, "total_vfs_capability",
			  (int)n->cap_total_vfs, "total_vfs", number(n->sysfs_total_vfs), "num_vfs",
			  (int)n->num_vfs, "vf_offset", (int)n->vf_offset, "vf_stride",
			  (int)n->vf_stride, "vf_device", hex(n->vf_device, 4), "ari", n->ari,
			  "iommu_group", number(n->iommu_group));
	json_t *port =
		json_pack("{s:o, s:o, s:o, s:{s:b, s:b, s:o, s:o}}", "link", link_to_json(&n->link),
			  "link_max", link_to_json(&n->link_max), "profile",
			  n->profile ? json_string(n->profile->name) : json_null(), "port", "up",
			  n->port_up, "carrier", n->carrier, "speed_mbps", number(n->speed_mbps),
			  "max_speed_mbps", number(n->max_speed_mbps));
	json_t *reach = reach_to_json(inv, n);

	if (json_object_update(j, sriov) < 0 || json_object_update(j, port) < 0 ||
	    json_object_update(j, reach) < 0 || json_object_update(j, place) < 0) {
		json_decref(j);
		j = NULL;
	}
	json_decref(sriov);
	json_decref(port);
	json_decref(reach);
	json_decref(place);
	return j;
}

json_t *inventory_to_json(const struct inventory *inv)
{
	json_t *nics = json_array();
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++)
		json_array_append_new(nics, nic_to_json(inv, &inv->nics[i]));
	return json_pack("{s:o, s:o, s:o}", "host", host_to_json(&inv->host), "iommu",
			 iommu_to_json(&inv->iommu), "nics", nics);
}

json_t *inventory_wires_to_json(const struct inventory *inv)
{
	json_t *nics = json_array();

	for (unsigned int i = 0; i < inv->n_nics; i++) {
		json_t *wire = reach_to_json(inv, &inv->nics[i]);
		char addr[PCI_ADDR_STRLEN];

		json_object_set_new(wire, "address",
				    json_string(pci_addr_format(&inv->nics[i].addr, addr)));
		json_array_append_new(nics, wire);
	}
	return nics;
}
