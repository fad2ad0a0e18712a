/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network devices through /sys/class/net. */
#include "netdev.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "child.h"
#include "base/sysroot.h"
#include "sys/link.h"
#include "sys/netdev.h"

#define NETDEV_SCAN_MAX 4096

static uint64_t netdev_read_u64(const struct sysroot *root, const char *ifname, const char *what)
{
	uint64_t value;

	return sysroot_read_u64(root, &value, "sys/class/net/%s/%s", ifname, what) == 0 ? value : 0;
}

static void netdev_read_device(const struct sysroot *root, struct agent_netdev *n)
{
	char addr[PCI_ADDR_STRLEN];
	struct pci_addr dev;

	if (netdev_find_device(root, n->ifname, &dev) < 0)
		return;
	util_strlcpy(n->pci, sizeof(n->pci), pci_addr_format(&dev, addr));
	if (sysroot_link_name(root, n->driver, sizeof(n->driver), "sys/bus/pci/devices/%s/driver",
			      n->pci) < 0)
		n->driver[0] = '\0';
}

int agent_netdev_get(const struct sysroot *root, const char *ifname, struct agent_netdev *out)
{
	char text[64];
	uint64_t value;
	unsigned int b[6];

	*out = (struct agent_netdev){ .speed_mbps = -1 };
	if (!util_strlcpy(out->ifname, sizeof(out->ifname), ifname) || strchr(ifname, '/') ||
	    sysroot_read(root, text, sizeof(text), "sys/class/net/%s/address", ifname) < 0)
		return -ENODEV;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) == 6)
		for (unsigned int i = 0; i < 6; i++)
			out->mac[i] = (uint8_t)b[i];
	netdev_read_device(root, out);
	/* Hexadecimal; carrier and speed are errors while the netdev is down. */
	out->up = netdev_read_u64(root, ifname, "flags") & IFF_UP ? 1 : 0;
	out->carrier = netdev_read_u64(root, ifname, "carrier") == 1;
	if (sysroot_read_u64(root, &value, "sys/class/net/%s/speed", ifname) == 0 &&
	    value < INT32_MAX)
		out->speed_mbps = (int32_t)value;
	out->rx_packets = netdev_read_u64(root, ifname, "statistics/rx_packets");
	out->tx_packets = netdev_read_u64(root, ifname, "statistics/tx_packets");
	return 0;
}

int agent_netdev_list(const struct sysroot *root, struct agent_netdev *out, unsigned int max,
		      unsigned int *total)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "sys/class/net");
	unsigned int n = 0;
	struct dirent *d;

	*total = 0;
	if (!dir)
		return -errno;
	for (unsigned int i = 0; i < NETDEV_SCAN_MAX && (d = readdir(dir)); i++) {
		if (d->d_name[0] == '.' ||
		    !sysroot_exists(root, "sys/class/net/%s/device", d->d_name))
			continue;
		++*total;
		if (n < max && agent_netdev_get(root, d->d_name, &out[n]) == 0)
			n++;
	}
	return (int)n;
}

static int netdev_do_up(void *arg)
{
	return link_set_up(arg, true);
}

struct netdev_wait {
	const struct sysroot *root;
	const char *ifname;
};

static bool netdev_has_carrier(void *arg)
{
	const struct netdev_wait *w = arg;

	return netdev_read_u64(w->root, w->ifname, "carrier") == 1;
}

int agent_netdev_up(const struct sysroot *root, const char *ifname, unsigned int timeout_ms,
		    struct agent_netdev *out)
{
	struct netdev_wait w = { root, ifname };
	uint64_t end = util_now_ms() + timeout_ms, now;
	char name[IFNAMSIZ];
	int ret, err;

	util_strlcpy(name, sizeof(name), ifname);
	if (if_nametoindex(name) == 0)
		return -ENODEV;
	/* A driver that hangs while it opens its device keeps a process of its own. */
	ret = agent_child_run(netdev_do_up, name, timeout_ms);

	/* The driver has the kernel's lock of all netdevs: nothing more can be read. */
	if (ret == -ETIME)
		return ret;
	now = util_now_ms();
	timeout_ms = now < end ? (unsigned int)(end - now) : 0;
	if (ret == 0)
		ret = util_poll_until(netdev_has_carrier, &w, timeout_ms);
	err = agent_netdev_get(root, ifname, out);
	if (err < 0)
		return err;
	return ret == -ETIMEDOUT ? -ENOLINK : ret;
}
