/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults on demand: which ones a card has, and when it is time for them.
 */
#ifndef VFPROOF_LAB_NIC_FAULTS_H
#define VFPROOF_LAB_NIC_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Name, number that applies where none is given, what it does. docs/lab-nics.md has the same table.
 */
#define FAULTS(X)                                                                                \
	X(EEPROM, eeprom, 0, "the EEPROM's checksum is wrong")                                   \
	X(LINK_NEVER, link_never, 0, "no link, with the cable in")                               \
	X(LINK_SLOW, link_slow, 25, "the link takes so many seconds")                            \
	X(LINK_FLAP, link_flap, 2, "the link goes and comes every so many seconds")              \
	X(LINK_1G, link_1g, 0, "the link has 1 Gbit/s")                                          \
	X(FEWER_VFS, fewer_vfs, 0, "the upper half of the VFs does not answer")                  \
	X(VF_IDS, vf_ids, 0, "the SR-IOV capability has another VF device ID")                   \
	X(VF_PLACE, vf_place, 0, "the SR-IOV capability has another first VF offset")            \
	X(NUMVFS_ERROR, numvfs_error, 0, "VFs do not appear when they are enabled")              \
	X(NUMVFS_SLOW, numvfs_slow, 20, "enabling VFs takes so many seconds")                    \
	X(NUMVFS_HANG, numvfs_hang, 0, "enabling VFs never ends")                                \
	X(MBX_DEAD, mbx_dead, 0, "VFs' messages to the PF are lost, after so many")              \
	X(MBX_SLOW, mbx_slow, 500, "a VF's message to the PF takes so many milliseconds")        \
	X(FLR_HANG, flr_hang, 0, "a VF does not come back from an FLR")                          \
	X(FLR_LEAVES_STATE, flr_leaves_state, 0, "an FLR resets nothing")                        \
	X(FLR_ALL, flr_all, 0, "an FLR of one VF resets all of them")                            \
	X(VFS_STAY_OFF, vfs_stay_off, 0, "VFs in use stay off after a reset of their PF")        \
	X(MSIX_FEWER, msix_fewer, 0, "VFs have fewer MSI-X entries than their capability says")  \
	X(TX_HANG, tx_hang, 0, "nothing is sent, after so many frames")                          \
	X(DROP, drop, 10, "one in so many frames of VFs is lost")                                \
	X(CORRUPT, corrupt, 10, "one in so many frames of VFs has a wrong byte")                 \
	X(DUPLICATE, duplicate, 10, "one in so many frames of VFs comes twice")                  \
	X(REORDER, reorder, 10, "one in so many frames of VFs is overtaken by the next")         \
	X(TRUNCATE, truncate, 10, "one in so many frames of VFs is cut short")                   \
	X(NO_LOOPBACK, no_loopback, 0, "the switch passes nothing between its ports")            \
	X(ECHO, echo, 0, "a broadcast comes back to its sender")                                 \
	X(LEAK_UNICAST, leak_unicast, 0, "every VF gets every unicast frame")                    \
	X(LEAK_VLAN, leak_vlan, 0, "VLANs are not kept apart")                                   \
	X(SPOOF_PASSES, spoof_passes, 0, "spoof checks let everything pass")                     \
	X(MAC_IGNORED, mac_ignored, 0, "MAC filters of VFs are taken and not used")              \
	X(VLAN_IGNORED, vlan_ignored, 0, "port VLANs are taken and not used")                    \
	X(RATE_IGNORED, rate_ignored, 0, "rate limits are taken and not used")                   \
	X(LINK_STATE_IGNORED, link_state_ignored, 0, "VFs that are switched off go on")          \
	X(MTU_SHORT, mtu_short, 0, "frames above 1518 bytes are lost")                           \
	X(DMA_STRAY, dma_stray, 100, "one in so many DMA writes goes to a second place as well") \
	X(DMA_WRONG_FUNCTION, dma_wrong_function, 0,                                             \
	  "VFs' DMA has the PF's routing ID; with a number only from so many MiB on")            \
	X(DMA_ESCAPES, dma_escapes, 224, "VFs' DMA passes the IOMMU by from so many MiB on")     \
	X(CONFIG_SHARED, config_shared, 0, "VFs and PF have one device control register")        \
	X(BAD_DESCRIPTOR_STOPS, bad_descriptor_stops, 0,                                         \
	  "after a descriptor of an unknown type nothing is sent any more")                      \
	X(FLOOD_STARVES, flood_starves, 1000,                                                    \
	  "a VF that sends more than so many frames in a tenth of a second has the card to "     \
	  "itself")                                                                              \
	X(DMA_GOES_ON, dma_goes_on, 0, "neither an FLR nor Bus Master off stops a VF's DMA")     \
	X(IRQ_LOST, irq_lost, 0, "interrupts of VFs stop, after so many")                        \
	X(IRQ_FOREIGN, irq_foreign, 0, "interrupts of a VF come by its neighbour's vector")      \
	X(STATS_WRONG, stats_wrong, 0, "counters count twice")                                   \
	X(FW_VERSION, fw_version, 0, "another firmware version")

enum fault {
#define FAULT_ENUM(id, name, number, text) FAULT_##id,
	FAULTS(FAULT_ENUM)
#undef FAULT_ENUM
		FAULT_COUNT
};

struct faults {
	struct {
		bool asked;
		uint64_t number; /* what was given, or the table's */
		uint64_t seen; /* how many events fault_due() and fault_nth() were asked about */
	} of[FAULT_COUNT];
};

/*
 * Reads "NAME[:NUMBER]+...", or with commas. False: @error says what is wrong, and @faults has what
 * stood before it. NULL or "" is no fault.
 */
bool faults_parse(struct faults *faults, const char *text, char *error, size_t size);

/* Has the card this fault? */
bool fault_has(const struct faults *faults, enum fault fault);
/* Its number: seconds, frames, messages. */
uint64_t fault_number(const struct faults *faults, enum fault fault);
/* One more event; true after as many as the number says, and from then on. */
bool fault_due(struct faults *faults, enum fault fault);
/* One more event; true for one in as many as the number says. */
bool fault_nth(struct faults *faults, enum fault fault);

/* Name and meaning of each, for lists of them. NULL past the last one. */
const char *fault_name(unsigned int fault);
const char *fault_text(unsigned int fault);

#endif
