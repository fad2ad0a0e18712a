/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starts the drivers of all network controllers: each in a process of its own, side by side (as
 * udev does everywhere: the kernel itself keeps modules that need the same one apart), each with a
 * deadline by the number of its devices. A driver that does not come back is left behind with its
 * process: the others go on, and driver_hangs() says so of its devices.
 */
#ifndef VFPROOF_SYS_MODULE_START_H
#define VFPROOF_SYS_MODULE_START_H

#include "sys/module_set.h"

#define MODULE_START_MAX 64 /* drivers: as many as NICs are looked at */
#define MODULE_START_DEVICES 64 /* of each */

struct module_start {
	char module[MODULE_SET_NAME];
	unsigned int n_devices; /* may be more than are kept in devices[] */
	char devices[MODULE_START_DEVICES][24]; /* by their names on the bus */
	const char *bus; /* "pci", "virtio" */
	enum { MODULE_STARTED, MODULE_HANGS, MODULE_DIED } state; /* the last: its process */
};

struct module_starts {
	unsigned int n;
	struct module_start list[MODULE_START_MAX];
};

/* Which module a device needs, and how it is loaded: libkmod, or what a test puts in its place. */
struct module_start_ops {
	/* Name of the module for a modalias; -ENOENT if there is none. */
	int (*find)(void *arg, const char *modalias, char *name, size_t size);
	/* Loads what the modalias needs. Runs in a child. */
	void (*load)(void *arg, const char *modalias);
	void *arg;
	unsigned int base_ms, device_ms; /* the deadline: 0 for those of real drivers */
};

/* Starts the drivers of a bus's devices that are network controllers; adds them to @out. */
int module_start_bus(const struct sysroot *root, const char *bus,
		     const struct module_start_ops *ops, struct module_starts *out) must_check;
/* All of them. -ENOENT if no module could be looked for. */
int module_start_nics(const struct sysroot *root, struct module_starts *out) must_check;
/* "mlx5_core (0000:3b:00.0, 0000:3b:00.1)" */
void module_start_describe(const struct module_start *s, char *buf, size_t size);

#endif
