/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a netdev offloads, how many queues it has, and what has gone through them: ethtool ioctls
 * (linux/ethtool.h). All structs are in messages, too: no padding.
 */
#ifndef VFPROOF_SYS_ETHTOOL_QUEUE_H
#define VFPROOF_SYS_ETHTOOL_QUEUE_H

#include "base/util.h"

#define NETDEV_MAX_QUEUES 64

struct ethtool_feature_state {
	uint8_t known; /* this kernel has a feature of that name */
	uint8_t active;
	uint8_t changeable;
	uint8_t reserved;
};

struct ethtool_channel_counts {
	uint32_t max_rx, max_tx, max_combined;
	uint32_t rx, tx, combined;
} __attribute__((packed));

/* Of a netdev as a whole, and of its queues as far as the driver counts them one by one. */
struct netdev_counters {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t rx_errors, tx_errors, rx_dropped, tx_dropped;
	uint32_t rx_queues, tx_queues; /* that are counted, 0 if the driver does not */
	uint64_t rx_queue[NETDEV_MAX_QUEUES], tx_queue[NETDEV_MAX_QUEUES]; /* frames */
} __attribute__((packed));

/*
 * The feature by the kernel's name ("tx-tcp-segmentation"). Returns 0 or -errno; one that is not
 * known is no error.
 */
int ethtool_get_feature(const char *ifname, const char *name,
			struct ethtool_feature_state *out) must_check;
/* Asks for it to be on or off; whether it is then is for ethtool_get_feature() to tell. */
int ethtool_set_feature(const char *ifname, const char *name, bool on) must_check;
/* -EOPNOTSUPP: the driver has no such operation. */
int ethtool_get_channels(const char *ifname, struct ethtool_channel_counts *out) must_check;
int ethtool_set_channels(const char *ifname, const struct ethtool_channel_counts *want) must_check;
int netdev_read_counters(const char *ifname, struct netdev_counters *out) must_check;
/*
 * Of a counter's name in the words of the drivers of Linux 6.12: "rx_queue_3_packets" is queue 3 of
 * those that receive. False: it is no counter of a queue's frames.
 */
bool ethtool_parse_queue(const char *name, bool *rx, unsigned int *queue);

#endif
