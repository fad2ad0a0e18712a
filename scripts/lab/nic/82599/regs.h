/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of the 82599 and the X540 that the model knows, by their names in Intel's data sheet of
 * the 82599 (331520), chapter 8. What is written to any other is read back.
 */
#ifndef VFPROOF_LAB_NIC_82599_REGS_H
#define VFPROOF_LAB_NIC_82599_REGS_H

#define BIT(n) (1u << (n))

enum {
	CTRL = 0x00000,
	CTRL_2 = 0x00004, /* the same register */
	STATUS = 0x00008,
	CTRL_EXT = 0x00018,
	ESDP = 0x00020,
	I2CCTL = 0x00028,
	VFLRE_1 = 0x001c0,
	VFLRE_0 = 0x00600,
	VFLREC = 0x00700, /* 2 */
	MBVFICR = 0x00710, /* 4: requests below, acknowledgements above */
	EICR = 0x00800,
	EICS = 0x00808,
	EIAC = 0x00810,
	EIMS = 0x00880,
	EIMC = 0x00888,
	EIAM = 0x00890,
	GPIE = 0x00898,
	IVAR = 0x00900, /* 64 */
	IVAR_MISC = 0x00a00,
	EICS_EX = 0x00a90, /* 2 each */
	EIMS_EX = 0x00aa0,
	EIMC_EX = 0x00ab0,
	EIAM_EX = 0x00ad0,
	RX_QUEUES = 0x01000, /* 64 of 0x40 bytes */
	RX_QUEUES_2 = 0x0d000, /* 64 more */
	RX_QUEUES_END = 0x02000,
	RX_QUEUES_2_END = 0x0e000,
	QPRDC = 0x01430, /* 16, in the place of a queue's */
	SRRCTL_OLD = 0x02100, /* 16: the first queues' once more */
	DCA_RXCTRL_OLD = 0x02200,
	RQSMR = 0x02300, /* 32 */
	RDRXCTL = 0x02f00,
	QDE = 0x02f04,
	RXDGPC = 0x02f50,
	RXLPBKGPC = 0x02f68,
	RXCTRL = 0x03000,
	RXPBSIZE = 0x03c00, /* 8 */
	MPC = 0x03fa0, /* 8 */
	STATISTICS = 0x04000,
	RLEC = 0x04040,
	PRC64 = 0x0405c, /* and 127, 255, 511, 1023, 1522 */
	GPRC = 0x04074,
	BPRC = 0x04078,
	MPRC = 0x0407c,
	GPTC = 0x04080,
	GORCL = 0x04088,
	GOTCL = 0x04090,
	RUC = 0x040a4,
	ROC = 0x040ac,
	TORL = 0x040c0,
	TPR = 0x040d0,
	TPT = 0x040d4,
	PTC64 = 0x040d8, /* and 127, 255, 511, 1023, 1522 */
	MPTC = 0x040f0,
	BPTC = 0x040f4,
	STATISTICS_END = 0x04200,
	HLREG0 = 0x04240,
	MSCA = 0x0425c,
	MSRWD = 0x04260,
	MAXFRS = 0x04268,
	AUTOC = 0x042a0,
	LINKS = 0x042a4,
	AUTOC2 = 0x042a8,
	ANLP1 = 0x042b0,
	RTTDQSEL = 0x04904,
	RTTBCNRC = 0x04984,
	DMATXCTL = 0x04a80,
	DTXTCPFLGL = 0x04a88,
	DTXTCPFLGH = 0x04a8c,
	PFMAILBOX = 0x04b00, /* 64 */
	RXCSUM = 0x05000,
	FCTRL = 0x05080,
	VLNCTRL = 0x05088,
	MCSTCTRL = 0x05090,
	VMTXSW = 0x05180, /* 2 */
	VT_CTL = 0x051b0,
	VFRE = 0x051e0, /* 2 */
	MTA = 0x05200, /* 128 */
	RAL_OLD = 0x05400, /* 16 pairs: the first ones once more */
	PSRTYPE_OLD = 0x05480, /* 16 */
	MRQC = 0x05818,
	RETA = 0x05c00, /* 32 */
	RSSRK = 0x05c80, /* 10 */
	TX_QUEUES = 0x06000, /* 128 of 0x40 bytes */
	TX_QUEUES_END = 0x08000,
	VMVIR = 0x08000, /* 64 */
	VFTE = 0x08110, /* 2 */
	PFVFSPOOF = 0x08200, /* 8 */
	PFDTXGSWC = 0x08220,
	PVFGPTC = 0x08300, /* 64 */
	PVFGOTC = 0x08400, /* 64 pairs */
	TQSM = 0x08600, /* 32 */
	QPTC = 0x08680, /* 16 */
	QBTC = 0x08700, /* 16 pairs */
	SSVPC = 0x08780,
	VMECM = 0x08790, /* 2 */
	TXDGPC = 0x087a0,
	TXDGBC = 0x087a4,
	SECTXSTAT = 0x08804,
	SECRXSTAT = 0x08d04,
	VFTA = 0x0a000, /* 128 */
	RAL = 0x0a200, /* 128 pairs */
	MPSAR = 0x0a600, /* 128 pairs */
	PSRTYPE = 0x0ea00, /* 64 */
	FDIRCTRL = 0x0ee00,
	FDIRCMD = 0x0ee2c,
	VMOLR = 0x0f000, /* 64 */
	VLVF = 0x0f100, /* 64 */
	VLVFB = 0x0f200, /* 64 pairs */
	EEC = 0x10010,
	EERD = 0x10014,
	EEWR = 0x10018,
	SWSM = 0x10140,
	FWSM = 0x10148,
	SW_FW_SYNC = 0x10160,
	GCR_EXT = 0x11050,
	PFMBMEM = 0x13000, /* 64 of 64 bytes */
	REGISTERS = 0x20000, /* bytes of them */
};

/* Of a queue, from its beginning. */
enum {
	Q_BAL = 0x00,
	Q_BAH = 0x04,
	Q_LEN = 0x08,
	Q_HEAD = 0x10,
	RX_SRRCTL = 0x14,
	Q_TAIL = 0x18,
	RX_PVFGPRC = 0x1c, /* these are no queue's but a VF's; the other half has PVFMPRC here */
	RX_PVFGORC = 0x20,
	Q_DCTL = 0x28,
	RX_QPRC = 0x30,
	RX_QBRC = 0x34,
	TX_WBAL = 0x38,
	TX_WBAH = 0x3c,
	Q_SIZE = 0x40,
};

/* Of a VF. */
enum {
	VF_CTRL = 0x0000,
	VF_STATUS = 0x0008,
	VF_LINKS = 0x0010,
	VF_EICR = 0x0100,
	VF_EICS = 0x0104,
	VF_EIMS = 0x0108,
	VF_EIMC = 0x010c,
	VF_EIAC = 0x0110,
	VF_EIAM = 0x0114,
	VF_IVAR = 0x0120, /* 4 */
	VF_IVAR_MISC = 0x0140,
	VF_MBMEM = 0x0200, /* 16 */
	VF_MAILBOX = 0x02fc,
	VF_PSRTYPE = 0x0300,
	VF_RX_QUEUES = 0x1000, /* 8 */
	VF_GPRC = 0x101c,
	VF_GORC = 0x1020,
	VF_MPRC = 0x1034,
	VF_TX_QUEUES = 0x2000, /* 8 */
	VF_GPTC = 0x201c,
	VF_GOTC = 0x2020,
	VF_REGISTERS = 0x4000, /* bytes of them */
};

#define CTRL_GIO_DISABLE BIT(2)
#define CTRL_LINK_RESET BIT(3)
#define CTRL_RESET BIT(26)
#define STATUS_GIO_ENABLED BIT(19)
#define CTRL_EXT_PFRSTD BIT(14)
#define ESDP_MODULE BIT(2) /* SDP2: a module is in the cage */
#define GPIE_EIAME BIT(30)
#define EICR_QUEUES 0x0000ffffu
#define EICR_MAILBOX BIT(19)
#define EICR_LINK BIT(20)
#define IVAR_VALID 0x80
#define DCTL_ENABLE BIT(25)
#define RXDCTL_VME BIT(30)
#define WBAL_ENABLE BIT(0)
#define RDRXCTL_DMAIDONE BIT(3)
#define RXCTRL_RXEN BIT(0)
#define HLREG0_JUMBOEN BIT(2)
#define HLREG0_LPBK BIT(15)
#define LINKS_AN_COMPLETE BIT(31)
#define LINKS_UP BIT(30)
#define LINKS_10G (3u << 28)
#define LINKS_1G (2u << 28)
#define LINKS_100M (1u << 28)
#define AUTOC_RESTART BIT(12)
#define RTTBCNRC_ENABLE BIT(31)
#define RTTBCNRC_FACTOR 0x00ffffffu /* 10 bits before the point, 14 behind it */
#define DMATXCTL_TE BIT(0)
#define RXCSUM_PCSD BIT(13)
#define FCTRL_MPE BIT(8)
#define FCTRL_UPE BIT(9)
#define FCTRL_BAM BIT(10)
#define VLNCTRL_VFE BIT(30)
#define MCSTCTRL_MFE BIT(2)
#define VT_CTL_ENABLE BIT(0)
#define VT_CTL_NO_DEFAULT BIT(29)
#define PSRTYPE_QUEUES 29 /* shift */
#define VMVIR_ALWAYS BIT(30)
#define VMVIR_NEVER BIT(31)
#define PFDTXGSWC_LBE BIT(0)
#define RAH_VALID BIT(31)
#define VMOLR_UPE BIT(22) /* X540 */
#define VMOLR_VPE BIT(23) /* X540 */
#define VMOLR_AUPE BIT(24)
#define VMOLR_ROMPE BIT(25)
#define VMOLR_BAM BIT(27)
#define VMOLR_MPE BIT(28)
#define VLVF_VALID BIT(31)
#define EERD_START BIT(0)
#define EERD_DONE BIT(1)
#define SWSM_SMBI BIT(0)

/* PFMAILBOX, and VFMAILBOX from the other side. */
#define PFMAILBOX_STS BIT(0)
#define PFMAILBOX_ACK BIT(1)
#define PFMAILBOX_VFU BIT(2)
#define PFMAILBOX_PFU BIT(3)
#define PFMAILBOX_RVFU BIT(4)
#define VFMAILBOX_REQ BIT(0)
#define VFMAILBOX_ACK BIT(1)
#define VFMAILBOX_VFU BIT(2)
#define VFMAILBOX_PFU BIT(3)
#define VFMAILBOX_PFSTS BIT(4)
#define VFMAILBOX_PFACK BIT(5)
#define VFMAILBOX_RSTI BIT(6)
#define VFMAILBOX_RSTD BIT(7)

#endif
