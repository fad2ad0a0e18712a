/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The QEMU process of a nested guest: its command line, and how it is started.
 */
#ifndef VFPROOF_VM_QEMU_H
#define VFPROOF_VM_QEMU_H

#include <sys/types.h>
#include "base/util.h"
#include "vm/vm_config.h"

#define QEMU_MAX_ARGS 1024

struct qemu_args {
	unsigned int n;
	char *argv[QEMU_MAX_ARGS + 1]; /* NULL-terminated */
};

/* QEMU's ends of the channels. */
struct qemu_fds {
	int qmp, agent, console;
	int initramfs; /* -1: the image's own file */
};

/*
 * Builds the command line of @cfg into @args, which must be freed in any case. Returns 0, -E2BIG
 * or -ENOMEM.
 */
int qemu_args_build(struct qemu_args *args, const struct vm_config *cfg,
		    const struct qemu_fds *fds) must_check;
void qemu_args_free(struct qemu_args *args);

/* The runner's ends; all non-blocking and owned by whoever has the struct. */
struct qemu_process {
	pid_t pid;
	int pidfd;
	int qmp, agent, console;
	int errors; /* QEMU's standard output and error */
};

/*
 * @initramfs is a file for the guest that QEMU inherits, or -1 for the image's own.
 * Starts QEMU in a process group of its own that dies with the caller, as an unprivileged user if
 * the image says so (sys/guest_user.h): what it opens by name has to be lent to it. @before_exec is
 * called with the child's pid before the child runs anything; if it fails, nothing is run. Returns
 * 0 or -errno.
 */
int qemu_spawn(const struct vm_config *cfg, int initramfs, int (*before_exec)(void *arg, pid_t pid),
	       void *arg, struct qemu_process *out) must_check;

#endif
