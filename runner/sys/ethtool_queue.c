/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Features, channels and counters of a netdev. */
#include "sys/ethtool_queue.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <string.h>

#include "sys/ethtool.h"
#include "sys/link.h"

#define MAX_FEATURES 1024u
#define FEATURE_BLOCKS (MAX_FEATURES / 32)

/* The kernel's number of a feature, -ENOENT if it has none of that name. */
static int find_feature(const char *ifname, const char *name)
{
	_cleanup_free_ struct ethtool_gstrings *names =
		ethtool_get_strings(ifname, ETH_SS_FEATURES, MAX_FEATURES);

	for (uint32_t i = 0; names && i < names->len; i++)
		if (strncmp((const char *)names->data + i * ETH_GSTRING_LEN, name,
			    ETH_GSTRING_LEN) == 0)
			return (int)i;
	return names ? -ENOENT : -EOPNOTSUPP;
}

int ethtool_get_feature(const char *ifname, const char *name, struct ethtool_feature_state *out)
{
	struct {
		struct ethtool_gfeatures head;
		struct ethtool_get_features_block blocks[FEATURE_BLOCKS];
	} req = { .head = { .cmd = ETHTOOL_GFEATURES, .size = FEATURE_BLOCKS } };
	int bit = find_feature(ifname, name), ret;
	const struct ethtool_get_features_block *b;
	uint32_t mask;

	*out = (struct ethtool_feature_state){ 0 };
	if (bit < 0)
		return bit == -ENOENT ? 0 : bit;
	ret = ethtool_ioctl(ifname, &req);
	if (ret < 0)
		return ret;
	b = &req.blocks[bit / 32];
	mask = 1u << bit % 32;
	out->known = 1;
	out->active = b->active & mask ? 1 : 0;
	out->changeable = b->available & mask && !(b->never_changed & mask) ? 1 : 0;
	return 0;
}

int ethtool_set_feature(const char *ifname, const char *name, bool on)
{
	struct {
		struct ethtool_sfeatures head;
		struct ethtool_set_features_block blocks[FEATURE_BLOCKS];
	} req = { .head = { .cmd = ETHTOOL_SFEATURES } };
	int bit = find_feature(ifname, name);

	if (bit < 0)
		return bit;
	/* As many blocks as the kernel has features. */
	req.head.size = ((uint32_t)ethtool_count_strings(ifname, ETH_SS_FEATURES) + 31) / 32;
	if (req.head.size > FEATURE_BLOCKS)
		return -E2BIG;
	req.blocks[bit / 32].valid = 1u << bit % 32;
	req.blocks[bit / 32].requested = on ? 1u << bit % 32 : 0;
	return ethtool_ioctl(ifname, &req);
}

int ethtool_get_channels(const char *ifname, struct ethtool_channel_counts *out)
{
	struct ethtool_channels req = { .cmd = ETHTOOL_GCHANNELS };
	int ret = ethtool_ioctl(ifname, &req);

	*out = (struct ethtool_channel_counts){
		.max_rx = req.max_rx,
		.max_tx = req.max_tx,
		.max_combined = req.max_combined,
		.rx = req.rx_count,
		.tx = req.tx_count,
		.combined = req.combined_count,
	};
	return ret;
}

int ethtool_set_channels(const char *ifname, const struct ethtool_channel_counts *want)
{
	struct ethtool_channels req = { .cmd = ETHTOOL_GCHANNELS };
	int ret = ethtool_ioctl(ifname, &req);

	if (ret < 0)
		return ret;
	req.cmd = ETHTOOL_SCHANNELS;
	req.rx_count = want->rx;
	req.tx_count = want->tx;
	req.combined_count = want->combined;
	return ethtool_ioctl(ifname, &req);
}

/*
 * How drivers name them. ixgbevf, ixgbe, igb, ice, virtio: "rx_queue_0_packets"; i40e, iavf:
 * "rx-0.packets"; mlx5, mlx4, virtio_net, nfp: "rx0_packets"; bnxt: "[0]: rx_ucast_packets"; ena:
 * "queue_0_rx_cnt"; qede "0: rcv_pkts"; be2net "rxq0: rx_pkts"; ionic "rx_0_pkts".
 */
bool ethtool_parse_queue(const char *name, bool *rx, unsigned int *queue)
{
	static const struct {
		const char *before, *after;
		bool rx;
	} forms[] = {
		{ "rx_queue_", "_packets", true },
		{ "tx_queue_", "_packets", false },
		{ "rx-", ".packets", true },
		{ "tx-", ".packets", false },
		{ "rx", "_packets", true },
		{ "tx", "_packets", false },
		{ "[", "]: rx_ucast_packets", true },
		{ "[", "]: tx_ucast_packets", false },
		{ "queue_", "_rx_cnt", true },
		{ "queue_", "_tx_cnt", false },
		{ "", ": rcv_pkts", true },
		{ "", ": xmit_pkts", false },
		{ "rxq", ": rx_pkts", true },
		{ "txq", ": tx_pkts", false },
		{ "rx_", "_pkts", true },
		{ "tx_", "_pkts", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const size_t len = strlen(forms[i].before);
		const char *digits = name + len;
		size_t n;

		if (strncmp(name, forms[i].before, len) != 0)
			continue;
		n = strspn(digits, "0123456789");
		if (n == 0 || n > 4 || strcmp(digits + n, forms[i].after) != 0 ||
		    sscanf(digits, "%u", queue) != 1)
			continue;
		*rx = forms[i].rx;
		return true;
	}
	return false;
}

static void count_queue(struct netdev_counters *c, const char *name, uint64_t value)
{
	unsigned int queue;
	bool rx;

	if (!ethtool_parse_queue(name, &rx, &queue) || queue >= NETDEV_MAX_QUEUES)
		return;
	if (rx) {
		c->rx_queue[queue] = value;
		c->rx_queues = queue + 1 > c->rx_queues ? queue + 1 : c->rx_queues;
	} else {
		c->tx_queue[queue] = value;
		c->tx_queues = queue + 1 > c->tx_queues ? queue + 1 : c->tx_queues;
	}
}

/* A driver without such counters has none that are counted. */
static int read_queues(const char *ifname, struct netdev_counters *c)
{
	_cleanup_free_ struct ethtool_gstrings *names =
		ethtool_get_strings(ifname, ETH_SS_STATS, ETHTOOL_MAX_COUNTERS);
	_cleanup_free_ struct ethtool_stats *stats = NULL;
	int ret;

	if (!names)
		return 0;
	ret = ethtool_get_counters(ifname, names->len, &stats);
	for (uint32_t i = 0; ret == 0 && i < names->len && i < stats->n_stats; i++) {
		char name[ETH_GSTRING_LEN + 1] = { 0 };

		memcpy(name, names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		count_queue(c, util_trim(name), stats->data[i]);
	}
	return ret;
}

int netdev_read_counters(const char *ifname, struct netdev_counters *out)
{
	struct link_info info;
	int ret, err;

	*out = (struct netdev_counters){ 0 };
	/* Some drivers bring the netdev's counters up to date when these are read (ixgbe). */
	ret = read_queues(ifname, out);
	err = link_get(ifname, &info);
	if (err < 0)
		return err;
	out->rx_packets = info.rx_packets;
	out->tx_packets = info.tx_packets;
	out->rx_bytes = info.rx_bytes;
	out->tx_bytes = info.tx_bytes;
	out->rx_errors = info.rx_errors;
	out->tx_errors = info.tx_errors;
	out->rx_dropped = info.rx_dropped;
	out->tx_dropped = info.tx_dropped;
	return ret;
}
