/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's half of every case that assigns devices: boot, find the devices' netdevs, check
 * them, traffic, what the guest's kernel said, power off. rig.h is the other half. There may be
 * several guests at a time, each with a name that stands in findings and evidence.
 *
 * Functions return 0 to go on. Otherwise the finding or the error is recorded and the case is over.
 */
#ifndef VFPROOF_CASES_GUEST_H
#define VFPROOF_CASES_GUEST_H

#include "cases/rig.h"
#include "cases/port_link.h"
#include "cases/requires.h"
#include "cases/station.h"

/* What a case needs to assign a PF, or VFs, to a guest. */
#define GUEST_NEEDS &req_iommu_on, &req_irq_remap, &req_kvm, &req_pf_driver
#define GUEST_VF_NEEDS GUEST_NEEDS, &req_vfs, &req_link

#define GUEST_MAX_NICS (VM_MAX_DEVICES + 2) /* those that are plugged in later among them */

/* A NIC of the guest's. Slots are not moved: one whose NIC has gone is free for the next. */
struct guest_nic {
	char what[32]; /* "VF 0", "VF 0 of guest 2" */
	char id[16]; /* QEMU's, such as "hostdev0"; "": the slot is free */
	int port; /* number of its root port "rpN", -1 for none */
	char driver[32]; /* expected, "" for any */
	uint8_t mac[6];
	bool mac_known; /* if not, any valid one will do */
	const struct rig_dev *dev; /* NULL: not an assigned device */
	struct agent_netdev netdev; /* as last seen, strings terminated and printable */
};

struct guest {
	struct ctx *ctx;
	char name[16]; /* "" for the only one */
	struct vm *vm; /* NULL when there is none */
	unsigned int n_nics; /* slots, free ones among them */
	struct guest_nic nics[GUEST_MAX_NICS];
	const struct qemu_image *image; /* NULL: the appliance's */
	unsigned int memory_mb, cpus; /* 0: it was not started by guest_boot() */
	unsigned int host_mb; /* what it takes of ctx->memory_mb */
	unsigned int n_ports; /* root ports "rp0".. */
	uint64_t klog_next; /* number of the kernel message to be judged next */
};

/* MiB of the host that guests may still have; UINT_MAX if that is not known. */
unsigned int guest_memory_left(const struct ctx *ctx);
/* How many of the devices a guest with @free_ports more ports can have, as far as memory goes. */
unsigned int guest_count_fitting(const struct ctx *ctx, struct rig_dev *const *devs, unsigned int n,
				 unsigned int free_ports);
/*
 * Starts QEMU, its end recorded for undo. Returns 0, or -errno with the reason recorded: as an
 * error of ours or, where QEMU refuses because of the devices, as the case's finding.
 */
int guest_start(struct ctx *ctx, const struct vm_config *cfg, struct vm **out) must_check;
/* The same; a failure is in @why and not recorded. */
int guest_try_start(struct ctx *ctx, const struct vm_config *cfg, struct vm **out,
		    struct vm_failure *why) must_check;
/*
 * Boots a guest with @n devices, which are in NIC slots 0..@n - 1 and root ports of the same number
 * then, and @free_ports more root ports; waits for its agent. @name is "" if there is one guest
 * only. Whatever comes of it, the caller ends with guest_cleanup().
 */
int guest_boot(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
	       unsigned int n, unsigned int free_ports) must_check;
/*
 * Kernel parameters of a guest that takes no notice of what ACPI says of its slots: it lets no
 * device go (drivers/pci/hotplug/acpiphp_core.c of Linux).
 */
#define GUEST_KEEPS_DEVICES "acpiphp.disable=1"
/*
 * The same for a guest that is not like others: @like (NULL: it is) says by its fields huge_kb,
 * on_node, node, viommu, iommufd and words how, and by memory_mb how large it is, at least.
 */
int guest_boot_like(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
		    unsigned int n, unsigned int free_ports,
		    const struct vm_config *like) must_check;
/* The same with at least @cpus processors. */
int guest_boot_wide(struct guest *g, struct ctx *ctx, const char *name, struct rig_dev *const *devs,
		    unsigned int n, unsigned int free_ports, unsigned int cpus) must_check;
/* A free NIC slot, filled in as far as the arguments say; *@index is its number. NULL if none. */
struct guest_nic *guest_new_nic(struct guest *g, const char *what, const char *id, int port,
				unsigned int *index) must_check;
/* The same for a device that is assigned. */
struct guest_nic *guest_new_dev(struct guest *g, const struct rig_dev *dev, const char *id,
				int port, unsigned int *index) must_check;

/* Waits for the netdev of NIC @i, then checks driver and MAC and brings its link up. */
int guest_check_nic(struct guest *g, unsigned int i) must_check;
/* Driver and MAC alone, for a VF whose PF has no link. */
int guest_check_unlinked(struct guest *g, unsigned int i) must_check;
/* All of it for every NIC, one after the other. */
int guest_check_nics(struct guest *g) must_check;
/* Waits until the guest has no netdev for NIC @i any more. */
int guest_wait_gone(struct guest *g, unsigned int i) must_check;
/*
 * Exchanges test frames between a station of the host's and the NICs in slots @first..
 * @first + @n - 1, all at the same time.
 */
int guest_check_traffic(struct guest *g, unsigned int first, unsigned int n,
			struct station *from) must_check;
/* The same with all NICs of @n guests at the same time. */
int guest_check_traffic_of_all(struct guest *guests, unsigned int n,
			       struct station *from) must_check;
/*
 * The same over the wire with the NIC in slot @i, whose way to a station on this side of it was
 * shown to work before: what is lost now is the wire's doing and a WARN. @control (NULL: none) is
 * the station of the NIC's own port, to find out what the wire lets pass. Returns 1 if frames were
 * lost.
 */
int guest_check_wire(struct guest *g, unsigned int i, struct station *from,
		     struct station *control) must_check;
/*
 * Has the agent of @a send test frames from NIC @i to NIC @j of @b. With @reach all have to be
 * answered, without it none may arrive.
 */
int guest_check_between(struct guest *a, unsigned int i, struct guest *b, unsigned int j,
			bool reach) must_check;
/*
 * The steps of guest_check_between() one by one, for a case that looks at something between them.
 * First, the agent of @g answers test frames on the NIC until guest_stop_echo().
 */
int guest_start_echo(struct guest *g, const struct guest_nic *nic, uint32_t session) must_check;
int guest_stop_echo(struct guest *g, const struct guest_nic *nic,
		    struct agent_echo_stats *stats) must_check;
/* The agent of @a sends @count frames to @to's MAC, with @probe only once one was answered. */
int guest_ask(struct guest *a, const struct guest_nic *nic, const struct guest_nic *to,
	      uint32_t session, unsigned int count, bool probe,
	      struct agent_exchange_stats *out) must_check;
/*
 * Judges the guest's kernel messages since the last call, or since boot. Does not end the case by
 * itself: returns -errno only if the agent cannot tell.
 */
int guest_check_klog(struct guest *g) must_check;
/* QEMU and the agent still answer, and the guest runs. */
int guest_alive(struct guest *g) must_check;
/* Powers the guest off. */
int guest_end(struct guest *g) must_check;
/* Ends a guest that is still there; a failed item first gets its last kernel messages. */
void guest_cleanup(struct guest *g);

/* The first of the kernel's messages become evidence, if the agent still tells them. */
void guest_quote_klog(struct guest *g);
/* Makes the instruction pointer of a guest that does not go on evidence. */
void guest_note_place(struct guest *g);
/*
 * For a guest that failed with @err while @doing: FAIL, because QEMU has ended (guest_died) or
 * because the agent does not answer (guest_no_answer), unless something else than the device has
 * done it, which is ERROR. Returns -errno.
 */
int guest_lost(struct guest *g, int err, const char *doing);

/*
 * For guest_*.c alone. Before a device is blamed, what else could have done it is looked at; none
 * of that costs a guest that is well any time.
 */
#define GUEST_BOOT_MS 90000
#define GUEST_CALL_MS 15000

/* "guest 2: booting", or as it is for the only guest. */
const char *guest_say(const struct guest *g, const char *what, char *buf, size_t size);
/* Its QEMU has ended, and others may have its memory. */
void guest_release(struct guest *g);
/* The guest's netdevs, and how far it is with the drivers. Returns their number or -errno. */
int guest_read_netdevs(struct guest *g, struct agent_drivers *drivers,
		       struct agent_netdev devs[AGENT_MAX_NETDEVS]) must_check;
/* True if the item has no time left: then it is not the guest that was slow. */
bool guest_is_late(const struct ctx *ctx);
/* True, with the ERROR recorded, if the guest has run out of memory: it was made too small. */
bool guest_lacks_memory(struct guest *g);
/* A message of the guest's kernel that matches one of the globs, if its agent still tells. */
bool guest_klog_find(struct guest *g, const char *globs, char *line, size_t size);

#endif
