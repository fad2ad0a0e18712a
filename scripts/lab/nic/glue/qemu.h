/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's interface as far as a PCI NIC needs it, declared by us: Debian has no headers of QEMU. Its
 * functions are looked up by name when this is loaded. What has no name (sizes, places in its
 * structures) is found and checked by layout.c. docs/lab-nics.md says what to do with another QEMU.
 */
#ifndef VFPROOF_LAB_NIC_GLUE_QEMU_H
#define VFPROOF_LAB_NIC_GLUE_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The QEMU that all of this was tried with. */
#define QEMU_MAJOR 11
#define QEMU_MINOR 1

/* Room for structures of QEMU that we have objects of; layout.c compares it with what they take. */
#define QEMU_PCI_DEVICE_ROOM 16384
#define QEMU_REGION_ROOM 1024
#define QEMU_TIMER_ROOM 256
#define QEMU_NET_STATE_ROOM 1024

struct qemu_region {
	_Alignas(16) uint8_t opaque[QEMU_REGION_ROOM];
};

struct qemu_timer {
	_Alignas(16) uint8_t opaque[QEMU_TIMER_ROOM];
};

struct qemu_type {
	const char *name, *parent;
	size_t instance_size, instance_align;
	void (*instance_init)(void *object);
	void (*instance_post_init)(void *object);
	void (*instance_finalize)(void *object);
	bool abstract;
	size_t class_size;
	void (*class_init)(void *class, const void *data);
	void (*class_base_init)(void *class, const void *data);
	const void *class_data;
	const void *interfaces; /* of names, the last one is NULL */
};

struct qemu_region_ops {
	uint64_t (*read)(void *opaque, uint64_t at, unsigned int size);
	void (*write)(void *opaque, uint64_t at, uint64_t value, unsigned int size);
	void *read_with_attributes, *write_with_attributes;
	int endianness;
	struct {
		unsigned int min, max;
		bool unaligned;
		void *accepts;
	} valid;
	struct {
		unsigned int min, max;
		bool unaligned;
	} impl;
};
#define QEMU_LITTLE_ENDIAN 2

struct qemu_property {
	const char *name;
	const void *info;
	ptrdiff_t offset;
	const char *link_type;
	uint64_t bit_mask;
	union {
		int64_t i;
		uint64_t u;
	} value;
	const void *array_info;
	int array_offset, array_size;
	uint8_t bit;
	bool has_default;
};

#define QEMU_NET_QUEUES 1024

struct qemu_net_conf {
	uint8_t mac[6];
	void *peers[QEMU_NET_QUEUES];
	int32_t queues;
	int32_t boot_index;
};

/* Only the beginning of it; QEMU reads what follows as NULLs. */
struct qemu_net_info {
	int type;
	size_t size;
	ssize_t (*receive)(void *client, const uint8_t *frame, size_t len);
	void *receive_iov;
	bool (*can_receive)(void *client);
	void *start, *load, *stop, *cleanup;
	void (*link_changed)(void *client);
	void *rest[32];
};
#define QEMU_NET_NIC 1

/* The beginning of a network client. */
struct qemu_net_client {
	const struct qemu_net_info *info;
	int link_down;
};

struct qemu_attributes {
	uint32_t bits;
	uint8_t unspecified;
	uint8_t reserved8;
	uint16_t reserved16;
};

struct qemu_message {
	uint64_t address;
	uint32_t data;
};

struct qemu_version {
	struct {
		int64_t major, minor, micro;
	} *qemu;
	char *package;
};

#define QEMU_BAR_MEMORY_64 4
#define QEMU_CLOCK_VIRTUAL 1
#define QEMU_INIT_QOM 0

/* X(type of the result, name, parameters) */
#define QEMU_FUNCTIONS(X)                                                                          \
	X(void, register_module_init, (void (*)(void), int))                                       \
	X(void *, type_register_static, (const struct qemu_type *))                                \
	X(void *, object_class_by_name, (const char *))                                            \
	X(void *, object_new, (const char *))                                                      \
	X(void, object_unref, (void *))                                                            \
	X(const char *, object_get_typename, (void *))                                             \
	X(const char *, object_get_canonical_path_component, (const void *))                       \
	X(struct qemu_version *, qmp_query_version, (void **))                                     \
	X(void, error_setg_internal,                                                               \
	  (void **, const char *, int, const char *, const char *, ...))                           \
	X(void, bql_lock_impl, (const char *, int))                                                \
	X(void, bql_unlock, (void))                                                                \
	X(void, memory_region_init, (void *, void *, const char *, uint64_t))                      \
	X(void, memory_region_init_io,                                                             \
	  (void *, void *, const struct qemu_region_ops *, void *, const char *, uint64_t))        \
	X(int, address_space_rw,                                                                   \
	  (void *, uint64_t, struct qemu_attributes, void *, uint64_t, bool))                      \
	X(void, device_class_set_props_n, (void *, const struct qemu_property *, size_t))          \
	X(void, device_class_set_legacy_reset, (void *, void (*)(void *)))                         \
	X(void, pci_register_bar, (void *, int, uint8_t, void *))                                  \
	X(uint32_t, pci_default_read_config, (void *, uint32_t, int))                              \
	X(void, pci_default_write_config, (void *, uint32_t, uint32_t, int))                       \
	X(void *, pci_device_iommu_address_space, (void *))                                        \
	X(int, pci_pm_init, (void *, uint8_t, void **))                                            \
	X(int, msi_init, (void *, uint8_t, unsigned int, bool, bool, void **))                     \
	X(void, msi_uninit, (void *))                                                              \
	X(bool, msi_enabled, (const void *))                                                       \
	X(void, msi_notify, (void *, unsigned int))                                                \
	X(void, msi_send_message, (void *, struct qemu_message))                                   \
	X(int, msix_init,                                                                          \
	  (void *, unsigned short, void *, uint8_t, unsigned int, void *, uint8_t, unsigned int,   \
	   uint8_t, void **))                                                                      \
	X(void, msix_uninit, (void *, void *, void *))                                             \
	X(void, msix_vector_use, (void *, unsigned int))                                           \
	X(int, msix_enabled, (void *))                                                             \
	X(void, msix_notify, (void *, unsigned int))                                               \
	X(int, pcie_endpoint_cap_init, (void *, uint8_t))                                          \
	X(void, pcie_cap_fill_link_ep_usp, (void *, int, int, bool))                               \
	X(void, pcie_cap_exit, (void *))                                                           \
	X(void, pcie_cap_flr_init, (void *))                                                       \
	X(void, pcie_cap_deverr_init, (void *))                                                    \
	X(void, pcie_cap_flr_write_config, (void *, uint32_t, uint32_t, int))                      \
	X(int, pcie_aer_init, (void *, uint8_t, uint16_t, uint16_t, void **))                      \
	X(void, pcie_aer_exit, (void *))                                                           \
	X(void, pcie_ari_init, (void *, uint16_t))                                                 \
	X(void, pcie_dev_ser_num_init, (void *, uint16_t, uint64_t))                               \
	X(bool, pcie_sriov_pf_init,                                                                \
	  (void *, uint16_t, const char *, uint16_t, uint16_t, uint16_t, uint16_t, uint16_t,       \
	   void **))                                                                               \
	X(void, pcie_sriov_pf_exit, (void *))                                                      \
	X(void, pcie_sriov_pf_reset, (void *))                                                     \
	X(void, pcie_sriov_pf_init_vf_bar, (void *, int, uint8_t, uint64_t))                       \
	X(void *, pcie_sriov_get_pf, (void *))                                                     \
	X(void *, pcie_sriov_get_vf_at_index, (void *, int))                                       \
	X(uint16_t, pcie_sriov_vf_number, (void *))                                                \
	X(void *, qemu_new_nic,                                                                    \
	  (const struct qemu_net_info *, const struct qemu_net_conf *, const char *, const char *, \
	   void *, void *))                                                                        \
	X(void, qemu_del_nic, (void *))                                                            \
	X(void *, qemu_get_queue, (void *))                                                        \
	X(void *, qemu_get_nic_opaque, (void *))                                                   \
	X(ssize_t, qemu_send_packet, (void *, const uint8_t *, int))                               \
	X(void, qemu_macaddr_default_if_unset, (uint8_t *))                                        \
	X(void, qemu_format_nic_info_str, (void *, const uint8_t *))                               \
	X(int64_t, qemu_clock_get_ns, (int))                                                       \
	X(void, timer_init_full, (void *, void *, int, int, int, void (*)(void *), void *))        \
	X(void, timer_mod, (void *, int64_t))                                                      \
	X(void, timer_del, (void *))

struct qemu_functions {
#define QEMU_MEMBER(result, name, parameters) result(*name) parameters;
	QEMU_FUNCTIONS(QEMU_MEMBER)
#undef QEMU_MEMBER
};

extern struct qemu_functions qemu;

/* Where things are in QEMU's classes of PCI devices; bytes from the beginning. */
struct qemu_layout {
	size_t description; /* the text of -device help; the categories are two pointers before it
			     */
	size_t ids; /* vendor ID; device ID, revision, class and subsystem follow */
	size_t realize, exit, config_read, config_write; /* functions, before the IDs */
};

extern struct qemu_layout layout;

/*
 * Looks up all functions. False: this process is not QEMU. A QEMU that lacks some, or that is
 * another version than the one tried, is said to be so and *@usable is false.
 */
bool layout_find_functions(bool *usable);
/*
 * Finds and checks sizes and places; to be called when QEMU's types are there. Ends QEMU with a
 * message if anything is not as known, since a device on a wrong layout would destroy its memory.
 */
void layout_find_places(void);
/* QEMU's variable @name; ends QEMU if there is none. */
const void *layout_find_variable(const char *name);

#endif
