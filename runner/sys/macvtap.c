/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvtap links through rtnetlink, and their character devices. */
#include "sys/macvtap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/link.h"
#include "sys/rtnl.h"
#include "base/sysroot.h"

_Static_assert(sizeof(struct virtio_net_hdr) == MACVTAP_HEADER_SIZE, "virtio header");

int macvtap_create(const char *ifname, const char *parent, enum macvlan_mode mode,
		   const uint8_t mac[6])
{
	char buf[RTNL_REQUEST_SIZE] = { 0 };
	struct nlattr *info, *data;
	struct link_info lower;
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh;
	int ret = link_get(parent, &lower);

	if (ret < 0)
		return ret;
	nlh = rtnl_start(buf, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, ifname, &ifi);
	mnl_attr_put_u32(nlh, IFLA_LINK, (uint32_t)lower.ifindex);
	if (mac)
		mnl_attr_put(nlh, IFLA_ADDRESS, 6, mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "macvtap");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_MACVLAN_MODE, mode);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	return rtnl_request(nlh, NULL, NULL);
}

/* The number of the device node that belongs to the netdev, as its driver tells it. */
static int read_number(const struct sysroot *root, const char *ifname, int ifindex, dev_t *number)
{
	unsigned int major, minor;
	char text[32];
	int ret = sysroot_read(root, text, sizeof(text), "sys/class/net/%s/macvtap/tap%d/dev",
			       ifname, ifindex);

	if (ret < 0)
		return ret;
	if (sscanf(text, "%u:%u", &major, &minor) != 2)
		return -EINVAL;
	*number = makedev(major, minor);
	return 0;
}

static int set_up(int fd, bool several)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
					  (several ? IFF_MULTI_QUEUE : 0) };
	int size = MACVTAP_HEADER_SIZE;

	if (ioctl(fd, TUNSETIFF, &ifr) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, 0ul) < 0)
		return -errno;
	return 0;
}

static int open_queue(const struct sysroot *root, const char *ifname, bool several)
{
	_cleanup_close_ int fd = -1;
	struct link_info info;
	struct stat st;
	dev_t number = 0;
	int ret = link_get(ifname, &info);

	if (ret == 0)
		ret = read_number(root, ifname, info.ifindex, &number);
	if (ret < 0)
		return ret;
	fd = sysroot_openat(root, O_RDWR | O_NONBLOCK, "dev/tap%d", info.ifindex);
	if (fd < 0)
		return fd;
	/* The node's name tells the netdev's number only, which another namespace may have too. */
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != number)
		return -ENXIO;
	ret = set_up(fd, several);
	return ret < 0 ? ret : util_take_fd(&fd);
}

int macvtap_open(const struct sysroot *root, const char *ifname)
{
	return open_queue(root, ifname, false);
}

int macvtap_open_queue(const struct sysroot *root, const char *ifname)
{
	return open_queue(root, ifname, true);
}

const char *macvtap_mode_name(enum macvlan_mode mode)
{
	switch (mode) {
	case MACVLAN_MODE_PRIVATE:
		return "private";
	case MACVLAN_MODE_VEPA:
		return "vepa";
	case MACVLAN_MODE_BRIDGE:
		return "bridge";
	case MACVLAN_MODE_PASSTHRU:
		return "passthru";
	default:
		return "?";
	}
}
