/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the guest ends or starts anew, and its IOMMU. */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "netdev.h"
#include "sys/iommu.h"
#include "wire/agent_life.h"

/* Only once the answer is out: main.c does it then. */
static int on_restart(struct agent *a, const void *req, void *reply)
{
	const struct agent_restart *r = req;

	(void)reply;
	switch (r->how) {
	case AGENT_REBOOTS:
		a->end = AGENT_END_REBOOT;
		return 0;
	case AGENT_PANICS:
		a->end = AGENT_END_PANIC;
		return 0;
	default:
		return -EINVAL;
	}
}

static int on_iommu(struct agent *a, const void *req, void *reply)
{
	const struct agent_link *link = req;
	struct agent_iommu *out = reply;
	struct agent_netdev n;
	struct pci_addr dev;
	int ret = agent_netdev_get(&a->root, link->ifname, &n);

	if (ret < 0)
		return ret;
	if (pci_addr_parse(n.pci, &dev) < 0)
		return -ENODEV;
	*out = (struct agent_iommu){ .group = iommu_group_of(&a->root, &dev) };
	if (out->group < 0)
		out->group = -1;
	else
		ret = iommu_group_type(&a->root, out->group, out->type, sizeof(out->type));
	return ret < 0 ? ret : (int)sizeof(*out);
}

const struct agent_request life_requests[] = {
	{ (enum agent_type)AGENT_RESTART, sizeof(struct agent_restart), false, on_restart },
	{ (enum agent_type)AGENT_IOMMU, sizeof(struct agent_link), true, on_iommu },
	{ 0 },
};

/*
 * The first way that works. A kernel command "c" of the SysRq key panics wherever the kernel is
 * (Documentation/admin-guide/sysrq.rst); "panic=-1" makes it restart then.
 */
void agent_end(enum agent_end how)
{
	int fd;

	sync();
	if (how == AGENT_END_PANIC) {
		fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)!write(fd, "c", 1);
	}
	reboot(how == AGENT_END_POWEROFF ? RB_POWER_OFF : RB_AUTOBOOT);
	for (;;)
		pause();
}
