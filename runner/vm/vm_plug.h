/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that come and go while a guest runs, through QMP and through the human monitor (HMP), and
 * descriptors handed to QEMU for them.
 */
#ifndef VFPROOF_VM_VM_PLUG_H
#define VFPROOF_VM_VM_PLUG_H

#include "vm/vm.h"

#define VM_HMP_SIZE 1024 /* enough for what the monitor says to a command that it refuses */

/* The human monitor is reached through QMP's human-monitor-command. */
enum vm_monitor { VM_MONITOR_QMP, VM_MONITOR_HMP };

/* "QMP" or "HMP". */
const char *vm_monitor_name(enum vm_monitor monitor);
/*
 * One line to the human monitor. @out of @size bytes (NULL, 0: not wanted) gets what it printed,
 * which is all that it says about success. Errors as vm_qmp().
 */
int vm_hmp(struct vm *vm, const char *line, char *out, size_t size,
	   unsigned int timeout_ms) must_check;
/*
 * Adds a device. @props is consumed: {"driver": "vfio-pci", "host": ..., "id": ..., "bus": ...},
 * with numbers and booleans as such. Returns 0; -EREMOTEIO: refused, with QEMU's words in
 * vm_qmp_error() (for HMP what the monitor printed) and the QMP error class in vm_qmp_error_class()
 * ("" for HMP); -EINVAL: no "driver"; else as vm_qmp().
 */
int vm_device_add(struct vm *vm, enum vm_monitor monitor, json_t *props,
		  unsigned int timeout_ms) must_check;
/* Asks the guest to release a device, which has not gone before vm_wait_deleted(). */
int vm_device_del(struct vm *vm, enum vm_monitor monitor, const char *id,
		  unsigned int timeout_ms) must_check;
/* Waits for DEVICE_DELETED of this id. Returns 0, -ETIMEDOUT, -EPIPE or -EPROTO. */
int vm_wait_deleted(struct vm *vm, const char *id, unsigned int timeout_ms) must_check;
/*
 * Hands a descriptor to QEMU, which knows its copy by @name afterwards ("getfd"). Errors as
 * vm_qmp().
 */
int vm_send_fd(struct vm *vm, int fd, const char *name, unsigned int timeout_ms) must_check;

#endif
