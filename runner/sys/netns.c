/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and enters network namespaces. */
#include "sys/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "base/sysroot.h"

int netns_open(const struct sysroot *root)
{
	return sysroot_openat(root, O_RDONLY, "proc/self/ns/net");
}

int netns_enter(int netns)
{
	return setns(netns, CLONE_NEWNET) < 0 ? -errno : 0;
}

int netns_make(const struct sysroot *root)
{
	_cleanup_close_ int home = netns_open(root), made = -1;
	int ret;

	if (home < 0)
		return home;
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	made = netns_open(root);
	ret = netns_enter(home);
	if (ret < 0)
		return ret;
	return util_take_fd(&made);
}
