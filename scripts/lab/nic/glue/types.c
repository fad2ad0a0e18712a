// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The models as types of QEMU's.
 */
#include <stdlib.h>
#include <string.h>
#include "device.h"

#define CLASS_ETHERNET 0x0200

const struct nic_model *types_model_of(void *pci, bool vf)
{
	const char *type = qemu.object_get_typename(pci);
	size_t i;

	for (i = 0; nic_models[i]; i++)
		if (!strcmp(vf ? nic_models[i]->vf_name : nic_models[i]->name, type))
			return nic_models[i];
	abort(); /* a type of ours that is of no model */
}

static void set_pointer(void *class, size_t at, const void *value)
{
	memcpy((uint8_t *)class + at, &value, sizeof(value));
}

#define SET_FUNCTION(class, at, function)                           \
	do {                                                        \
		void (*f_)(void) = (void (*)(void))(function);      \
		memcpy((uint8_t *)(class) + (at), &f_, sizeof(f_)); \
	} while (0)

static void set_ids(void *class, const struct nic_model *model, uint16_t device)
{
	const uint16_t ids[] = { model->vendor,	 device,	model->revision,
				 CLASS_ETHERNET, model->vendor, model->subsystem };

	memcpy((uint8_t *)class + layout.ids, ids, sizeof(ids));
}

static void pf_class_init(void *class, const void *data)
{
	/* Classes live as long as the process. */
	static struct qemu_property properties[5];
	const struct nic_model *model = data;
	const uint8_t *igb;

	layout_find_places();
	igb = qemu.object_class_by_name("igb");
	SET_FUNCTION(class, layout.realize, device_realize);
	SET_FUNCTION(class, layout.exit, device_exit);
	SET_FUNCTION(class, layout.config_read, device_read_config);
	SET_FUNCTION(class, layout.config_write, device_write_config);
	set_ids(class, model, model->device);
	set_pointer(class, layout.description, model->description);
	/* The categories are before the description and another pointer: network devices, as igb.
	 */
	memcpy((uint8_t *)class + layout.description - 2 * sizeof(void *),
	       igb + layout.description - 2 * sizeof(void *), sizeof(void *));
	qemu.device_class_set_legacy_reset(class, device_reset);
#define PROPERTY(n, text, kind, member, ...)                                                    \
	properties[n] = (struct qemu_property)                                                  \
	{                                                                                       \
		.name = text, .info = layout_find_variable(kind),                               \
		.offset = QEMU_PCI_DEVICE_ROOM + offsetof(struct device, member), ##__VA_ARGS__ \
	}
	PROPERTY(0, "mac", "qdev_prop_macaddr", conf.mac);
	PROPERTY(1, "netdev", "qdev_prop_netdev", conf.peers);
	PROPERTY(2, "vfs", "qdev_prop_uint16", vfs, .value.u = 8, .has_default = true);
	PROPERTY(3, "faults", "qdev_prop_string", faults);
	PROPERTY(4, "trace", "qdev_prop_string", trace);
#undef PROPERTY
	qemu.device_class_set_props_n(class, properties, 5);
}

static void vf_class_init(void *class, const void *data)
{
	const struct nic_model *model = data;

	layout_find_places();
	SET_FUNCTION(class, layout.realize, device_vf_realize);
	SET_FUNCTION(class, layout.exit, device_vf_exit);
	SET_FUNCTION(class, layout.config_read, device_vf_read_config);
	SET_FUNCTION(class, layout.config_write, device_vf_write_config);
	set_ids(class, model, model->vf_device);
	set_pointer(class, layout.description, "a VF of a lab NIC (made by its PF)");
	qemu.device_class_set_legacy_reset(class, device_vf_reset);
}

static void register_types(void)
{
	static const char *const interfaces[] = { "pci-express-device", NULL };
	size_t i;

	for (i = 0; nic_models[i]; i++) {
		const struct nic_model *model = nic_models[i];
		struct qemu_type pf = {
			.name = model->name,
			.parent = "pci-device",
			.instance_size = QEMU_PCI_DEVICE_ROOM + sizeof(struct device),
			.class_init = pf_class_init,
			.class_data = model,
			.interfaces = interfaces,
		};
		struct qemu_type vf = {
			.name = model->vf_name,
			.parent = "pci-device",
			.instance_size = QEMU_PCI_DEVICE_ROOM + sizeof(struct device_vf),
			.class_init = vf_class_init,
			.class_data = model,
			.interfaces = interfaces,
		};

		qemu.type_register_static(&pf);
		qemu.type_register_static(&vf);
	}
}

static void __attribute__((constructor)) glue_start(void)
{
	bool usable;

	if (layout_find_functions(&usable) && usable)
		qemu.register_module_init(register_types, QEMU_INIT_QOM);
}
