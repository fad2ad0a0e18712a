/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which network port the server booted from.
 */
#ifndef VFPROOF_SYS_BOOT_PORT_H
#define VFPROOF_SYS_BOOT_PORT_H

#include "base/util.h"

#define BOOT_PORT_MAC_SIZE sizeof("00:00:00:00:00:00")

struct sysroot;

/*
 * The MAC, in lower case with colons: what BOOTIF= of the kernel command line says, else what
 * UEFI's variables do. "" if the server did not boot from a network, or nothing says so.
 */
void boot_port_find(const struct sysroot *root, char mac[BOOT_PORT_MAC_SIZE]);

/*
 * The value of BOOTIF= in @cmdline: PXELINUX, GRUB and iPXE write a hardware type ("01-"), then the
 * MAC with dashes. Returns 0, -ENOENT without one, -EINVAL if it is none.
 */
int boot_port_parse_bootif(const char *cmdline, char mac[BOOT_PORT_MAC_SIZE]) must_check;

/*
 * The MAC in the device path of @data, a Boot#### variable as efivarfs shows it: attributes, then a
 * load option (UEFI 2.10, 3.1.3 and 10.3.4.12). Returns 0, -ENOENT if the path has none, -EBADMSG
 * if it is damaged.
 */
int boot_port_parse_option(const void *data, size_t len, char mac[BOOT_PORT_MAC_SIZE]) must_check;

#endif
