/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and sets network links through rtnetlink. */
#include "sys/link.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sys/ethtool.h"
#include "sys/sysroot.h"

/* A PF with hundreds of VFs answers with a long list. */
#define REPLY_SIZE (256u << 10)
#define REQUEST_SIZE 512
#define REPLY_TIMEOUT_MS 10000
#define FRAME_SIZE 60

static void mnl_closep(struct mnl_socket **s)
{
	if (*s)
		mnl_socket_close(*s);
}

/* Starts an RTM_* request on @ifname. @buf has REQUEST_SIZE bytes. */
static struct nlmsghdr *start_request(char *buf, uint16_t type, uint16_t flags, const char *ifname,
				      struct ifinfomsg **ifi)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	*ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(**ifi));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	return nlh;
}

/* Sends @nlh and hands the reply to @cb until it is acknowledged. Returns 0 or -errno. */
static int do_request(struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	_cleanup_(mnl_closep) struct mnl_socket *sock =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	_cleanup_free_ char *reply = malloc(REPLY_SIZE);
	struct timeval tv = { .tv_sec = REPLY_TIMEOUT_MS / 1000 };
	int ret = MNL_CB_OK;

	if (!sock)
		return -errno;
	if (!reply)
		return -ENOMEM;
	if (setsockopt(mnl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
	    mnl_socket_bind(sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (ret > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(sock, reply, REPLY_SIZE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		ret = mnl_cb_run(reply, (size_t)n, nlh->nlmsg_seq, mnl_socket_get_portid(sock), cb,
				 arg);
	}
	return ret < 0 ? -errno : 0;
}

static int set_request(struct nlmsghdr *nlh)
{
	return do_request(nlh, NULL, NULL);
}

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct link_info *info = arg;
	const struct nlattr *attr;

	info->ifindex = ifi->ifi_index;
	info->admin_up = ifi->ifi_flags & IFF_UP;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi))
	{
		uint16_t len = mnl_attr_get_payload_len(attr);
		struct rtnl_link_stats64 stats;

		switch (mnl_attr_get_type(attr)) {
		case IFLA_ADDRESS:
			if (len == sizeof(info->mac))
				memcpy(info->mac, mnl_attr_get_payload(attr), len);
			break;
		case IFLA_CARRIER:
			info->carrier = len == 1 && mnl_attr_get_u8(attr);
			break;
		case IFLA_MTU:
			info->mtu = len == 4 ? mnl_attr_get_u32(attr) : 0;
			break;
		case IFLA_STATS64:
			memset(&stats, 0, sizeof(stats));
			memcpy(&stats, mnl_attr_get_payload(attr),
			       len < sizeof(stats) ? len : sizeof(stats));
			info->rx_packets = stats.rx_packets;
			info->tx_packets = stats.tx_packets;
			info->rx_errors = stats.rx_errors;
			info->tx_errors = stats.tx_errors;
			break;
		}
	}
	return MNL_CB_OK;
}

int link_get(const char *ifname, struct link_info *info)
{
	char buf[REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = start_request(buf, RTM_GETLINK, NLM_F_ACK, ifname, &ifi);
	int ret;

	*info = (struct link_info){ .speed_mbps = -1 };
	util_strlcpy(info->ifname, sizeof(info->ifname), ifname);
	ret = do_request(nlh, take_link, info);
	if (ret < 0)
		return ret;
	info->speed_mbps = ethtool_get_speed(ifname, info->duplex, sizeof(info->duplex));
	return 0;
}

int link_set_up(const char *ifname, bool up)
{
	char buf[REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = start_request(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	return set_request(nlh);
}

static bool has_carrier(void *arg)
{
	struct link_info info;

	return link_get(arg, &info) == 0 && info.admin_up && info.carrier;
}

int link_await_carrier(const char *ifname, unsigned int timeout_ms)
{
	char name[IFNAMSIZ];

	util_strlcpy(name, sizeof(name), ifname);
	return util_poll_until(has_carrier, name, timeout_ms);
}

int link_wait_carrier(const char *ifname, unsigned int timeout_ms)
{
	int ret = link_set_up(ifname, true);

	return ret < 0 ? ret : link_await_carrier(ifname, timeout_ms);
}

int link_move(const char *ifname, int netns)
{
	char buf[REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = start_request(buf, RTM_NEWLINK, NLM_F_ACK, ifname, &ifi);

	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)netns);
	return set_request(nlh);
}

int link_set_vf_mac(const char *pf_ifname, unsigned int vf, const uint8_t mac[6])
{
	char buf[REQUEST_SIZE] = { 0 };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = start_request(buf, RTM_NEWLINK, NLM_F_ACK, pf_ifname, &ifi);
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_VFINFO_LIST);
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_VF_INFO);
	struct ifla_vf_mac m = { .vf = vf };

	memcpy(m.mac, mac, 6);
	mnl_attr_put(nlh, IFLA_VF_MAC, sizeof(m), &m);
	mnl_attr_nest_end(nlh, info);
	mnl_attr_nest_end(nlh, list);
	return set_request(nlh);
}

struct vf_mac {
	unsigned int vf;
	bool found;
	uint8_t mac[6];
};

static int take_vf_mac(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr, *info, *field;
	struct vf_mac *want = arg;
	struct ifla_vf_mac m;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attr) != IFLA_VFINFO_LIST)
			continue;
		mnl_attr_for_each_nested(info, attr) mnl_attr_for_each_nested(field, info)
		{
			if (mnl_attr_get_type(field) != IFLA_VF_MAC ||
			    mnl_attr_get_payload_len(field) < sizeof(m))
				continue;
			memcpy(&m, mnl_attr_get_payload(field), sizeof(m));
			if (m.vf != want->vf)
				continue;
			want->found = true;
			memcpy(want->mac, m.mac, sizeof(want->mac));
		}
	}
	return MNL_CB_OK;
}

int link_get_vf_mac(const char *pf_ifname, unsigned int vf, uint8_t mac[6])
{
	char buf[REQUEST_SIZE] = { 0 };
	struct vf_mac want = { .vf = vf };
	struct ifinfomsg *ifi;
	struct nlmsghdr *nlh = start_request(buf, RTM_GETLINK, NLM_F_ACK, pf_ifname, &ifi);
	int ret;

	/* Without the VFs' counters the list of many VFs still fits into one attribute. */
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS);
	ret = do_request(nlh, take_vf_mac, &want);
	if (ret < 0)
		return ret;
	memcpy(mac, want.mac, sizeof(want.mac));
	return want.found ? 0 : -ENOENT;
}

/* The first entry of a "net" directory. Returns 0 or -ENOENT. */
static int first_netdev(const struct sysroot *root, const char *path, char ifname[IFNAMSIZ])
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "%s/net", path);
	struct dirent *entry;

	/* By name, so that a PF with several ports gives the same one each time. */
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < IFNAMSIZ &&
		    (!ifname[0] || strcmp(entry->d_name, ifname) < 0))
			util_strlcpy(ifname, IFNAMSIZ, entry->d_name);
	return ifname[0] ? 0 : -ENOENT;
}

int link_find(const struct sysroot *root, const struct pci_addr *dev, char ifname[IFNAMSIZ])
{
	_cleanup_closedir_ DIR *dir = NULL;
	char a[PCI_ADDR_STRLEN], path[SYSROOT_MAX_PATH];
	struct dirent *entry;

	ifname[0] = '\0';
	util_format(path, sizeof(path), "sys/bus/pci/devices/%s", pci_addr_format(dev, a));
	if (first_netdev(root, path, ifname) == 0)
		return 0;
	dir = sysroot_opendir(root, "%s", path);
	if (!dir)
		return errno == ENOENT ? -ENODEV : -errno;
	/* A virtio device has its netdev one level down. */
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "virtio", 6) != 0)
			continue;
		util_format(path, sizeof(path), "sys/bus/pci/devices/%s/%s", a, entry->d_name);
		if (first_netdev(root, path, ifname) == 0)
			break;
	}
	return 0;
}

int link_find_device(const struct sysroot *root, const char *ifname, struct pci_addr *dev)
{
	char target[SYSROOT_MAX_PATH], *save, *word;
	int ret = sysroot_readlink(root, target, sizeof(target), "sys/class/net/%s", ifname), found;

	if (ret < 0)
		return ret;
	/* The last PCI address on the way: of bridges, the device, and not what is below it. */
	found = -ENODEV;
	for (word = strtok_r(target, "/", &save); word; word = strtok_r(NULL, "/", &save))
		if (pci_addr_parse(word, dev) == 0)
			found = 0;
	return found;
}

struct home_wait {
	const struct sysroot *root;
	const struct pci_addr *dev;
	const char *ifname;
};

static bool is_home(void *arg)
{
	static const struct pci_addr none;
	struct home_wait *w = arg;
	struct link_info info;
	char now[IFNAMSIZ];

	if (memcmp(w->dev, &none, sizeof(none)) == 0)
		return link_get(w->ifname, &info) == 0;
	return link_find(w->root, w->dev, now) == 0 && now[0] != '\0';
}

int link_wait_home(const struct sysroot *root, const struct pci_addr *dev, const char *ifname,
		   unsigned int timeout_ms)
{
	struct home_wait w = { root, dev, ifname };

	return util_poll_until(is_home, &w, timeout_ms);
}

static int send_frames(const char *ifname, const struct link_info *info, unsigned int count)
{
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = info->ifindex };
	uint8_t frame[FRAME_SIZE] = { 0 };
	unsigned int i;

	if (fd < 0)
		return -errno;
	memset(frame, 0xff, 6);
	memcpy(frame + 6, info->mac, 6);
	frame[12] = LINK_TEST_ETHERTYPE >> 8;
	frame[13] = LINK_TEST_ETHERTYPE & 0xff;
	util_strlcpy((char *)frame + 14, FRAME_SIZE - 14, ifname);
	for (i = 0; i < count; i++)
		if (sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return -errno;
	return 0;
}

struct tx_wait {
	const char *ifname;
	uint64_t packets;
};

static bool tx_is_counted(void *arg)
{
	const struct tx_wait *w = arg;
	struct link_info info;

	return link_get(w->ifname, &info) == 0 && info.tx_packets >= w->packets;
}

int link_send_frames(const char *ifname, unsigned int count, unsigned int timeout_ms)
{
	struct link_info info;
	struct tx_wait w = { ifname, 0 };
	int ret = link_get(ifname, &info);

	if (ret == 0)
		ret = send_frames(ifname, &info, count);
	if (ret < 0)
		return ret;
	w.packets = info.tx_packets + count;
	return util_poll_until(tx_is_counted, &w, timeout_ms);
}

bool link_mac_valid(const uint8_t mac[6])
{
	static const uint8_t zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, sizeof(zero)) != 0;
}

char *link_mac_format(const uint8_t mac[6], char buf[18])
{
	snprintf(buf, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return buf;
}
