// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Address and VLAN filters, pools, and the switch: registers made into the tables of ../switch.h.
 * Data sheet 7.1.1 and 7.10.3.
 */
#include <string.h>
#include "chip.h"

static const struct {
	uint32_t first, end;
} inputs[] = {
	{ FCTRL, FCTRL + 4 },	      { VLNCTRL, MCSTCTRL + 4 }, { VMTXSW, VMTXSW + 8 },
	{ VT_CTL, VT_CTL + 4 },	      { VFRE, VFRE + 8 },	 { MTA, MTA + 4 * 128 },
	{ PFVFSPOOF, PFDTXGSWC + 4 }, { RAL, MPSAR + 8 * 128 },	 { VMOLR, VLVFB + 8 * 64 },
};

bool filter_is_input(uint32_t at)
{
	size_t i;

	for (i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		if (at >= inputs[i].first && at < inputs[i].end)
			return true;
	return false;
}

static uint64_t pair(const struct chip *chip, uint32_t at)
{
	return reg_get(chip, at) | (uint64_t)reg_get(chip, at + 4) << 32;
}

/* Which pools have this bit in VMOLR. */
static uint64_t pools_with(const struct chip *chip, uint32_t bit)
{
	uint64_t pools = 0;
	int i;

	for (i = 0; i < CHIP_POOLS; i++)
		if (reg_get(chip, VMOLR + 4 * i) & bit)
			pools |= 1ull << i;
	return pools;
}

/* The pools of VFs that are enabled. */
static uint64_t pools_of_vfs(const struct chip *chip)
{
	uint64_t pools = 0;
	int i;

	for (i = 0; i < CHIP_POOLS; i++)
		if (chip_queues_per_pool(chip) && nic_has_vf(chip->nic, i))
			pools |= 1ull << i;
	return pools;
}

static void update_macs(struct chip *chip, bool pools)
{
	struct nic_switch *nic_switch = &chip->nic_switch;
	uint64_t ignored = 0;
	unsigned int i;

	if (fault_has(&chip->nic->faults, FAULT_MAC_IGNORED))
		ignored = pools_of_vfs(chip);
	nic_switch->mac_count = 0;
	for (i = 0; i < SWITCH_MACS; i++) {
		uint32_t low = reg_get(chip, RAL + 8 * i), high = reg_get(chip, RAL + 8 * i + 4);
		uint8_t *mac = nic_switch->macs[nic_switch->mac_count].mac;

		if (!(high & RAH_VALID))
			continue;
		memcpy(mac, &low, 4);
		memcpy(mac + 4, &high, 2);
		nic_switch->macs[nic_switch->mac_count++].ports =
			pools ? pair(chip, MPSAR + 8 * i) & ~ignored : 1;
	}
}

static void update_vlans(struct chip *chip)
{
	struct nic_switch *nic_switch = &chip->nic_switch;
	unsigned int i;

	nic_switch->vlan_count = 0;
	for (i = 0; i < SWITCH_VLANS; i++) {
		uint32_t vlan = reg_get(chip, VLVF + 4 * i);

		if (!(vlan & VLVF_VALID))
			continue;
		nic_switch->vlans[nic_switch->vlan_count].vid = vlan & 0xfff;
		nic_switch->vlans[nic_switch->vlan_count++].ports = pair(chip, VLVFB + 8 * i);
	}
}

static void update_groups(struct chip *chip)
{
	static const unsigned int shifts[] = { 4, 3, 2, 0 };
	uint32_t control = reg_get(chip, MCSTCTRL);

	chip->nic_switch.hash_shift = shifts[control & 3];
	if (control & MCSTCTRL_MFE)
		memcpy(chip->nic_switch.multicast, reg(chip, MTA),
		       sizeof(chip->nic_switch.multicast));
	else
		memset(chip->nic_switch.multicast, 0, sizeof(chip->nic_switch.multicast));
}

/* With pools, for SR-IOV. */
static void update_pools(struct chip *chip)
{
	struct nic_switch *nic_switch = &chip->nic_switch;
	uint32_t filter = reg_get(chip, FCTRL), control = reg_get(chip, VT_CTL);
	unsigned int i;

	nic_switch->broadcast = filter & FCTRL_BAM ? pools_with(chip, VMOLR_BAM) : 0;
	nic_switch->multicast_some = pools_with(chip, VMOLR_ROMPE);
	nic_switch->multicast_all = pools_with(chip, VMOLR_MPE);
	nic_switch->untagged = pools_with(chip, VMOLR_AUPE);
	nic_switch->unicast_all = chip->variant->x540 ? pools_with(chip, VMOLR_UPE) : 0;
	nic_switch->every_vlan = chip->variant->x540 ? pools_with(chip, VMOLR_VPE) : 0;
	nic_switch->alive = pair(chip, VFRE);
	nic_switch->echo = pair(chip, VMTXSW);
	nic_switch->filter_vlans = reg_get(chip, VLNCTRL) & VLNCTRL_VFE;
	nic_switch->loopback = reg_get(chip, PFDTXGSWC) & PFDTXGSWC_LBE;
	nic_switch->default_port = control & VT_CTL_NO_DEFAULT ? -1 : (int)(control >> 7 & 63);
	nic_switch->check_mac = nic_switch->check_vlan = 0;
	for (i = 0; i < 8; i++) {
		uint32_t checks = reg_get(chip, PFVFSPOOF + 4 * i);

		nic_switch->check_mac |= (uint64_t)(checks & 0xff) << 8 * i;
		nic_switch->check_vlan |= (uint64_t)(checks >> 8 & 0xff) << 8 * i;
	}
}

/* Without: all that is let in is for one port. */
static void update_single(struct chip *chip)
{
	struct nic_switch *nic_switch = &chip->nic_switch;

	nic_switch->broadcast = !!(reg_get(chip, FCTRL) & FCTRL_BAM);
	nic_switch->multicast_some = 1;
	nic_switch->multicast_all = !!(reg_get(chip, FCTRL) & FCTRL_MPE);
	nic_switch->unicast_all = nic_switch->untagged = nic_switch->alive = 1;
	nic_switch->every_vlan = nic_switch->echo = 0;
	nic_switch->filter_vlans = nic_switch->loopback = false;
	nic_switch->check_mac = nic_switch->check_vlan = 0;
	nic_switch->default_port = -1;
}

static void update_faults(struct chip *chip)
{
	struct nic_switch *nic_switch = &chip->nic_switch;
	const struct faults *faults = &chip->nic->faults;
	uint64_t vfs = pools_of_vfs(chip);

	if (fault_has(faults, FAULT_NO_LOOPBACK))
		nic_switch->loopback = false;
	if (fault_has(faults, FAULT_ECHO))
		nic_switch->echo = ~0ull;
	if (fault_has(faults, FAULT_LEAK_UNICAST)) {
		nic_switch->unicast_all |= vfs;
		nic_switch->let_unicast = true;
	}
	if (fault_has(faults, FAULT_LEAK_VLAN)) {
		nic_switch->every_vlan |= vfs;
		nic_switch->untagged |= vfs;
	}
	if (fault_has(faults, FAULT_SPOOF_PASSES))
		nic_switch->check_mac = nic_switch->check_vlan = 0;
	if (fault_has(faults, FAULT_LINK_STATE_IGNORED))
		nic_switch->alive |= vfs;
}

void filter_update(struct chip *chip)
{
	bool pools = reg_get(chip, VT_CTL) & VT_CTL_ENABLE;

	if (!chip->switch_is_old)
		return;
	chip->switch_is_old = false;
	chip->nic_switch.let_unicast = reg_get(chip, FCTRL) & FCTRL_UPE;
	chip->nic_switch.let_multicast = reg_get(chip, FCTRL) & FCTRL_MPE;
	update_macs(chip, pools);
	update_vlans(chip);
	update_groups(chip);
	if (pools)
		update_pools(chip);
	else
		update_single(chip);
	update_faults(chip);
}

bool filter_lets_in(const struct chip *chip, const uint8_t *frame, size_t len)
{
	uint16_t tci;

	if (!(reg_get(chip, VLNCTRL) & VLNCTRL_VFE) || !frame_tag(frame, len, &tci))
		return true;
	if (fault_has(&chip->nic->faults, FAULT_LEAK_VLAN))
		return true;
	tci &= 0xfff;
	return reg_get(chip, VFTA + 4 * (tci / 32)) >> tci % 32 & 1;
}
