/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes configuration space. What is read comes from a device: nothing in it is trusted, neither
 * offsets nor the ends of lists.
 */
#include "sys/pci.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/le.h"

#define MAX_CAPS ((256 - PCI_STD_HEADER_SIZEOF) / 4)
#define MAX_EXT_CAPS ((PCI_CONFIG_SIZE - 256) / 8)

/* Reads beyond the end give all ones, as an absent device does. */
static uint8_t get8(const struct pci_config *cfg, unsigned int pos)
{
	return pos < cfg->len ? cfg->data[pos] : UINT8_MAX;
}

static uint16_t get16(const struct pci_config *cfg, unsigned int pos)
{
	return pos + 2 <= cfg->len ? le_get16(cfg->data + pos) : UINT16_MAX;
}

static uint32_t get32(const struct pci_config *cfg, unsigned int pos)
{
	return pos + 4 <= cfg->len ? le_get32(cfg->data + pos) : UINT32_MAX;
}

unsigned int pci_config_cap(const struct pci_config *cfg, unsigned int id)
{
	unsigned int pos, i;

	if (cfg->len < 256 || !(get16(cfg, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	pos = get8(cfg, PCI_CAPABILITY_LIST) & ~3u;
	for (i = 0; i < MAX_CAPS && pos >= PCI_STD_HEADER_SIZEOF; i++) {
		if (get8(cfg, pos) == id)
			return pos;
		pos = get8(cfg, pos + PCI_CAP_LIST_NEXT) & ~3u;
	}
	return 0;
}

static unsigned int find_ext_cap(const struct pci_config *cfg, unsigned int id)
{
	unsigned int pos = 256, i;

	for (i = 0; i < MAX_EXT_CAPS && pos >= 256; i++) {
		uint32_t header = get32(cfg, pos);

		if (header == 0 || header == UINT32_MAX)
			return 0;
		if (PCI_EXT_CAP_ID(header) == id)
			return pos;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

static struct pcie_link decode_link(unsigned int speed, unsigned int width)
{
	static const unsigned int mtps[] = { 0, 2500, 5000, 8000, 16000, 32000, 64000 };

	return (struct pcie_link){ speed < ARRAY_SIZE(mtps) ? mtps[speed] : 0, width };
}

static void decode_pcie(const struct pci_config *cfg, unsigned int pos, struct pci_facts *f)
{
	uint32_t cap = get32(cfg, pos + PCI_EXP_LNKCAP);
	uint16_t status = get16(cfg, pos + PCI_EXP_LNKSTA);

	f->pcie = true;
	f->port_type = (get16(cfg, pos + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
	/* Version 1 of the capability ends before these registers. */
	if ((get16(cfg, pos + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_VERS) > 1) {
		f->can_forward_ari = get32(cfg, pos + PCI_EXP_DEVCAP2) & PCI_EXP_DEVCAP2_ARI;
		f->forwards_ari = get16(cfg, pos + PCI_EXP_DEVCTL2) & PCI_EXP_DEVCTL2_ARI;
	}
	/* Functions integrated into the root complex have no link: these registers are not there.
	 */
	if (f->port_type == PCI_EXP_TYPE_RC_END || f->port_type == PCI_EXP_TYPE_RC_EC)
		return;
	f->link_max = decode_link(cap & PCI_EXP_LNKCAP_SLS, (cap & PCI_EXP_LNKCAP_MLW) >> 4);
	f->link = decode_link(status & PCI_EXP_LNKSTA_CLS, (status & PCI_EXP_LNKSTA_NLW) >> 4);
}

static void decode_sriov(const struct pci_config *cfg, unsigned int pos, struct pci_sriov *s)
{
	uint16_t control = get16(cfg, pos + PCI_SRIOV_CTRL);
	unsigned int i;

	s->vf_enable = control & PCI_SRIOV_CTRL_VFE;
	s->ari_hierarchy = control & PCI_SRIOV_CTRL_ARI;
	s->initial_vfs = get16(cfg, pos + PCI_SRIOV_INITIAL_VF);
	s->total_vfs = get16(cfg, pos + PCI_SRIOV_TOTAL_VF);
	s->num_vfs = get16(cfg, pos + PCI_SRIOV_NUM_VF);
	s->function_link = get8(cfg, pos + PCI_SRIOV_FUNC_LINK);
	s->vf_offset = get16(cfg, pos + PCI_SRIOV_VF_OFFSET);
	s->vf_stride = get16(cfg, pos + PCI_SRIOV_VF_STRIDE);
	s->vf_device = get16(cfg, pos + PCI_SRIOV_VF_DID);
	for (i = 0; i < PCI_VF_BARS; i++)
		s->bars[i] = get32(cfg, pos + PCI_SRIOV_BAR + i * 4);
}

static void decode_extended(const struct pci_config *cfg, struct pci_facts *f)
{
	unsigned int pos = find_ext_cap(cfg, PCI_EXT_CAP_ID_SRIOV);

	/* A capability that does not fit is none: its fields would be all ones. */
	if (pos && pos + PCI_EXT_CAP_SRIOV_SIZEOF <= cfg->len) {
		f->has_sriov = true;
		decode_sriov(cfg, pos, &f->sriov);
	}
	f->has_ari = find_ext_cap(cfg, PCI_EXT_CAP_ID_ARI) != 0;
	pos = find_ext_cap(cfg, PCI_EXT_CAP_ID_ERR);
	if (pos) {
		f->has_aer = true;
		f->aer_uncorrectable = get32(cfg, pos + PCI_ERR_UNCOR_STATUS);
		f->aer_correctable = get32(cfg, pos + PCI_ERR_COR_STATUS);
		f->aer_uncorrectable_mask = get32(cfg, pos + PCI_ERR_UNCOR_MASK);
		f->aer_correctable_mask = get32(cfg, pos + PCI_ERR_COR_MASK);
	}
	pos = find_ext_cap(cfg, PCI_EXT_CAP_ID_ACS);
	if (pos) {
		f->has_acs = true;
		f->acs_cap = get16(cfg, pos + PCI_ACS_CAP);
		f->acs_control = get16(cfg, pos + PCI_ACS_CTRL);
	}
}

int pci_decode(const struct pci_config *cfg, struct pci_facts *facts)
{
	unsigned int pos;

	*facts = (struct pci_facts){ .vendor = get16(cfg, PCI_VENDOR_ID) };
	if (cfg->len < PCI_STD_HEADER_SIZEOF || facts->vendor == 0xffff)
		return -ENODEV;
	facts->device = get16(cfg, PCI_DEVICE_ID);
	facts->command = get16(cfg, PCI_COMMAND);
	facts->class = get32(cfg, PCI_CLASS_REVISION) >> 8;
	facts->bridge = (get8(cfg, PCI_HEADER_TYPE) & 0x7f) == PCI_HEADER_TYPE_BRIDGE;
	if (facts->bridge) {
		facts->secondary_bus = get8(cfg, PCI_SECONDARY_BUS);
		facts->subordinate_bus = get8(cfg, PCI_SUBORDINATE_BUS);
	}
	pos = pci_config_cap(cfg, PCI_CAP_ID_EXP);
	if (pos)
		decode_pcie(cfg, pos, facts);
	/* 64 bytes do not even show whether the function is PCI Express. */
	facts->ext_unreadable =
		cfg->len < 256 ||
		(facts->pcie && (cfg->len < PCI_CONFIG_SIZE || get32(cfg, 256) == UINT32_MAX));
	if (facts->pcie && !facts->ext_unreadable)
		decode_extended(cfg, facts);
	return 0;
}

/* True if the list of capabilities ends. */
static bool list_ends(const struct pci_config *cfg)
{
	unsigned int pos = get8(cfg, PCI_CAPABILITY_LIST) & ~3u, i;

	for (i = 0; i < MAX_CAPS && pos >= PCI_STD_HEADER_SIZEOF; i++)
		pos = get8(cfg, pos + PCI_CAP_LIST_NEXT) & ~3u;
	return pos < PCI_STD_HEADER_SIZEOF;
}

void pci_decode_vf(const struct pci_config *cfg, struct pci_vf_facts *f)
{
	unsigned int pos;

	*f = (struct pci_vf_facts){ .answers = get32(cfg, PCI_CLASS_REVISION) != UINT32_MAX };
	if (!f->answers)
		return;
	f->class = get32(cfg, PCI_CLASS_REVISION) >> 8;
	f->header_type = get8(cfg, PCI_HEADER_TYPE) & PCI_HEADER_TYPE_MASK;
	f->has_list = get16(cfg, PCI_STATUS) & PCI_STATUS_CAP_LIST;
	f->list_ends = f->has_list && list_ends(cfg);
	pos = pci_config_cap(cfg, PCI_CAP_ID_EXP);
	if (pos) {
		f->pcie = true;
		f->port_type = (get16(cfg, pos + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
		f->flr = get32(cfg, pos + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR;
		f->has_sriov = find_ext_cap(cfg, PCI_EXT_CAP_ID_SRIOV) != 0;
	}
	pos = pci_config_cap(cfg, PCI_CAP_ID_MSIX);
	if (pos)
		f->msix = (get16(cfg, pos + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1u;
}
