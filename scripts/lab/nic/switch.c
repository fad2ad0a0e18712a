// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include "frame.h"
#include "switch.h"

#define VID_MASK 0xfff

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static uint64_t ports_of_mac(const struct nic_switch *nic_switch, const uint8_t *mac)
{
	uint64_t ports = 0;
	unsigned int i;

	for (i = 0; i < nic_switch->mac_count; i++)
		if (!memcmp(nic_switch->macs[i].mac, mac, 6))
			ports |= nic_switch->macs[i].ports;
	return ports;
}

static uint64_t ports_of_vid(const struct nic_switch *nic_switch, uint16_t vid)
{
	uint64_t ports = nic_switch->every_vlan;
	unsigned int i;

	for (i = 0; i < nic_switch->vlan_count; i++)
		if (nic_switch->vlans[i].vid == vid)
			ports |= nic_switch->vlans[i].ports;
	return ports;
}

/* Which ports may have the frame by its VLAN. */
static uint64_t ports_of_vlan(const struct nic_switch *nic_switch, const uint8_t *frame, size_t len)
{
	uint16_t tci;

	if (!frame_tag(frame, len, &tci))
		return nic_switch->untagged;
	if (!nic_switch->filter_vlans)
		return ~0ull;
	/* A tag that has a priority only belongs to no VLAN. */
	return ports_of_vid(nic_switch, tci & VID_MASK) |
	       (tci & VID_MASK ? 0 : nic_switch->untagged);
}

static bool in_groups(const struct nic_switch *nic_switch, const uint8_t *mac)
{
	unsigned int hash =
		((mac[4] | mac[5] << 8) >> nic_switch->hash_shift) & (SWITCH_HASHES - 1);

	return nic_switch->multicast[hash / 32] >> hash % 32 & 1;
}

/* Who asked for frames to this address. */
static uint64_t ports_that_want(const struct nic_switch *nic_switch, const uint8_t *mac)
{
	uint64_t ports = ports_of_mac(nic_switch, mac);

	if (!(mac[0] & 1))
		return ports;
	ports |= nic_switch->multicast_all;
	if (!memcmp(mac, broadcast, 6))
		ports |= nic_switch->broadcast;
	else if (in_groups(nic_switch, mac))
		ports |= nic_switch->multicast_some;
	return ports;
}

uint64_t switch_from_wire(const struct nic_switch *nic_switch, const uint8_t *frame, size_t len)
{
	bool group = frame[0] & 1;
	uint64_t ports = ports_that_want(nic_switch, frame);

	if (!group && nic_switch->let_unicast)
		ports |= nic_switch->unicast_all;
	if (!ports && nic_switch->default_port >= 0 &&
	    (group ? nic_switch->let_multicast : nic_switch->let_unicast))
		ports = 1ull << nic_switch->default_port;
	return ports & ports_of_vlan(nic_switch, frame, len) & nic_switch->alive;
}

uint64_t switch_from_port(const struct nic_switch *nic_switch, int port, const uint8_t *frame,
			  size_t len, bool *wire)
{
	uint64_t ports = 0;

	*wire = true;
	if (!nic_switch->loopback)
		return 0;
	/* A unicast address that is a port's stays inside, whatever becomes of the frame there. */
	if (!(frame[0] & 1) && ports_of_mac(nic_switch, frame))
		*wire = false;
	ports = ports_that_want(nic_switch, frame);
	if (!(frame[0] & 1))
		ports |= nic_switch->unicast_all;
	ports &= ports_of_vlan(nic_switch, frame, len) & nic_switch->alive;
	if (!(nic_switch->echo >> port & 1))
		ports &= ~(1ull << port);
	return ports;
}

bool switch_is_allowed(const struct nic_switch *nic_switch, int port, const uint8_t *frame,
		       size_t len)
{
	uint16_t tci;

	if (nic_switch->check_mac >> port & 1 && !(ports_of_mac(nic_switch, frame + 6) >> port & 1))
		return false;
	if (nic_switch->check_vlan >> port & 1 && frame_tag(frame, len, &tci) &&
	    !(ports_of_vid(nic_switch, tci & VID_MASK) >> port & 1))
		return false;
	return true;
}
