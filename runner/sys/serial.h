/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the serial console is: a server may have it on any of its ports, and firmware need not have
 * told the kernel. So the log goes to all of them, unless they are named.
 */
#ifndef VFPROOF_SYS_SERIAL_H
#define VFPROOF_SYS_SERIAL_H

#include "base/util.h"

#define SERIAL_MAX_PORTS 8
#define SERIAL_BAUD 115200
#define SERIAL_SETTING_SIZE 128
/* Names of the terminals that the log goes to, one a line, for the appliance's init. */
#define SERIAL_LIST "run/vfproof/consoles"

struct sysroot;

struct serial_port {
	char name[16]; /* "ttyS1" */
	unsigned int baud; /* 0: as the kernel has set it up, but for flow control */
	const char *why; /* "console=", "SPCR", "it answers", "serial=" */
};

/* True for "auto", or ports NAME or NAME:BAUD separated by commas: the setting "serial". */
bool serial_is_setting(const char *value);
/*
 * The serial ports that the setting means. "auto": those of the kernel command line, the one of the
 * firmware's table SPCR, and every other one that the kernel has found a UART behind. Returns their
 * number.
 */
unsigned int serial_find(const struct sysroot *root, const char *setting,
			 struct serial_port ports[SERIAL_MAX_PORTS]);
/*
 * Opens them and the kernel's other consoles as sinks of the log; with @screen without those of the
 * operator's screen. Serial lines are set up, none of them with flow control. If none of the ports
 * that are named can be opened, it is as with "auto". Returns 0 or the last -errno; what could be
 * opened is in use.
 */
int serial_open_consoles(const struct sysroot *root, const char *setting, bool screen);

/* Says in the log which serial ports have it, and why. */
void serial_log_ports(const struct sysroot *root, const char *setting);

#endif
