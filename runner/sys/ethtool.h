/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network driver says of itself and its port: ethtool ioctls (linux/ethtool.h). */
#ifndef VFPROOF_SYS_ETHTOOL_H
#define VFPROOF_SYS_ETHTOOL_H

#include "base/util.h"

struct ethtool_gstrings;
struct ethtool_stats;

/* Present speed in Mb/s, -1 if it is unknown; @duplex gets "full", "half" or "". */
int ethtool_get_speed(const char *ifname, char *duplex, size_t size);
/* PORT_FIBRE, PORT_DA, PORT_TP, ... of linux/ethtool.h; -1 if the driver does not tell. */
int ethtool_get_port(const char *ifname);
/* The speed in the name of a link mode: 100000 for "100000baseKR4/Full", 0 if it names none. */
unsigned int ethtool_mode_speed(const char *name);

/* ETHTOOL_GDRVINFO: each may be "". */
int ethtool_get_drvinfo(const char *ifname, char driver[32], char version[32], char firmware[64],
			char bus_info[32]) must_check;
/*
 * The address that the card was made with, as text (ETHTOOL_GPERMADDR). -ENODATA if the driver does
 * not tell it.
 */
int ethtool_get_permanent_mac(const char *ifname, char mac[18]) must_check;
/*
 * Highest speed the port supports in Mb/s: the link modes of ETHTOOL_GLINKSETTINGS, by the kernel's
 * own names for them. -ENODATA if the driver names none.
 */
int ethtool_max_speed(const char *ifname) must_check;

/*
 * How many frames have come in through the port's MAC from outside, by the driver's own counters
 * (ETHTOOL_GSTATS); what the card's switch hands from one of its functions to another is not in
 * it. For frames of the least size only, with some drivers. -EOPNOTSUPP: it is not known which
 * counter of this driver that is.
 */
int ethtool_read_mac_frames(const char *ifname, const char *driver, uint64_t *frames) must_check;

/*
 * Has the port's LED blink (ETHTOOL_PHYS_ID), and returns after @seconds. -EOPNOTSUPP: the driver
 * cannot do it.
 */
int ethtool_identify(const char *ifname, unsigned int seconds) must_check;

#define ETHTOOL_MODULE_MAX 640 /* bytes: 512 of SFF-8472, 640 of SFF-8636 */

/*
 * What is plugged into the port's cage, as its memory says it: ETHTOOL_GMODULEINFO and
 * ETHTOOL_GMODULEEEPROM. *@type is ETH_MODULE_SFF_* of linux/ethtool.h, *@len what was read.
 * -EOPNOTSUPP: the port has no cage, or the driver does not tell; another -errno if the module does
 * not answer, or there is none.
 */
int ethtool_read_module(const char *ifname, uint32_t *type, uint8_t buf[ETHTOOL_MODULE_MAX],
			size_t *len) must_check;

#define ETHTOOL_MAX_TESTS 32

struct ethtool_test_result {
	bool failed; /* the driver's own sum of it */
	unsigned int n;
	char names[ETHTOOL_MAX_TESTS][32];
	uint64_t values[ETHTOOL_MAX_TESTS]; /* 0: passed */
};

/*
 * Has the driver test its port (ETHTOOL_TEST), @offline with what takes the link down. Takes
 * seconds. -EOPNOTSUPP: it has no test.
 */
int ethtool_self_test(const char *ifname, bool offline,
		      struct ethtool_test_result *result) must_check;
/* For ethtool*.c. One command, which begins with its number. Returns 0 or -errno. */
int ethtool_ioctl(const char *ifname, void *cmd) must_check;
/* How many names a set (ETH_SS_...) has: 0 if it is not there. */
unsigned int ethtool_count_strings(const char *ifname, unsigned int set);
/* The names; the caller frees. NULL if there are none, or more than @max. */
struct ethtool_gstrings *ethtool_get_strings(const char *ifname, unsigned int set,
					     unsigned int max) must_check;
#define ETHTOOL_MAX_COUNTERS 65536u
/*
 * The driver's counters (ETHTOOL_GSTATS), @n by their names, which are those of ETH_SS_STATS; it
 * may have more or fewer by now. The caller frees *@out, which is NULL upon -errno.
 */
int ethtool_get_counters(const char *ifname, uint32_t n, struct ethtool_stats **out) must_check;

#endif
