/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which devices a kernel message names. The forms are those that Linux 6.12 and older kernels
 * print.
 */
#ifndef VFPROOF_SYS_KMSG_ABOUT_H
#define VFPROOF_SYS_KMSG_ABOUT_H

#include "sys/pci_addr.h"

struct kmsg_record;

#define KMSG_ABOUT_MAX 8
#define KMSG_ABOUT_NAME 48

struct kmsg_address {
	struct pci_addr addr;
	bool any_domain; /* the message gives none, as those of the IOMMU do */
};

struct kmsg_about {
	unsigned int n;
	struct kmsg_address addrs[KMSG_ABOUT_MAX]; /* each once, in the order of the text */
	/*
	 * If it names a device that has no PCI address, or one out of range: its name ("usb 1-2",
	 * "sd 6:0:0:0"). "" for none.
	 */
	char other[KMSG_ABOUT_NAME];
};

/*
 * "0000:01:00.0" and "01:00.0" anywhere ("[01:00.0]" of DMAR, "device=01:00.0" of AMD-Vi),
 * "05:00.00" of QLogic's drivers, "SID 100" of DMAR (a routing ID, PCIe Base Specification 2.2.4.2,
 * in hexadecimal digits); devices of USB, SCSI, ATA and NVMe, and file systems, by the beginning of
 * the text or the subsystem that the kernel gives with it.
 */
void kmsg_about(const struct kmsg_record *rec, struct kmsg_about *about);
/* True if @a is the function at @addr, or may be as it has no domain. */
bool kmsg_address_is(const struct kmsg_address *a, const struct pci_addr *addr);

#endif
