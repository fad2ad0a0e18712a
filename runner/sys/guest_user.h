/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user that the QEMU of a nested guest runs as. A guest whose device is broken may make QEMU do
 * anything: what it could reach then is what this user may open.
 */
#ifndef VFPROOF_SYS_GUEST_USER_H
#define VFPROOF_SYS_GUEST_USER_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

/* Number of the user and of its group. Nobody else has it: the appliance has no other users. */
#define GUEST_USER 900u

/*
 * Makes the user the owner of a device node, such as "dev/vfio/7". Fine if there is no such node,
 * or it is none (on a fake tree): whoever opens it sees that. Returns 0 or -errno.
 */
int guest_user_lend(const struct sysroot *root, const char *path) must_check;
/* The same for what every QEMU needs: /dev/kvm. */
int guest_user_lend_kvm(const struct sysroot *root) must_check;
/*
 * Makes this process the user's, for good: no other groups, no capabilities, and no_new_privs
 * (Documentation/userspace-api/no_new_privs.rst). Open descriptors stay. The kernel forgets
 * PR_SET_PDEATHSIG. Returns 0 or -errno, after which the process must end.
 */
int guest_user_become(void) must_check;

/* What a process may do, from proc(5), "status". */
struct guest_user_rights {
	unsigned int user; /* effective */
	uint64_t capabilities; /* effective */
	bool no_new_privs;
	unsigned int seccomp; /* 0 none, 1 strict, 2 a filter */
};

/* Returns 0 or -errno (-ENOENT: no such process; -EINVAL: the kernel tells less). */
int guest_user_read(const struct sysroot *root, pid_t pid,
		    struct guest_user_rights *rights) must_check;

#endif
