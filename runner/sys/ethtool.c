/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethtool ioctls. */
#include "sys/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* Words of 32 bits of a link mode mask: __ETHTOOL_LINK_MODE_MASK_NBITS is far below. */
#define MAX_MASK_WORDS 32
#define MAX_TESTS 1024

struct link_settings {
	struct ethtool_link_settings req;
	uint32_t masks[3 * MAX_MASK_WORDS]; /* supported, advertised, advertised by the peer */
};

int ethtool_ioctl(const char *ifname, void *cmd)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_data = cmd };

	if (fd < 0)
		return -errno;
	if (!util_strlcpy(ifr.ifr_name, sizeof(ifr.ifr_name), ifname))
		return -ENAMETOOLONG;
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

int ethtool_get_drvinfo(const char *ifname, char driver[32], char version[32], char firmware[64],
			char bus_info[32])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int ret = ethtool_ioctl(ifname, &info);

	info.driver[sizeof(info.driver) - 1] = '\0';
	info.version[sizeof(info.version) - 1] = '\0';
	info.fw_version[sizeof(info.fw_version) - 1] = '\0';
	info.bus_info[sizeof(info.bus_info) - 1] = '\0';
	util_strlcpy(driver, 32, info.driver);
	util_strlcpy(version, 32, info.version);
	util_strlcpy(firmware, 64, info.fw_version);
	util_strlcpy(bus_info, 32, info.bus_info);
	util_sanitise(driver);
	util_sanitise(version);
	util_sanitise(firmware);
	util_sanitise(bus_info);
	return ret;
}

int ethtool_get_permanent_mac(const char *ifname, char mac[18])
{
	struct {
		struct ethtool_perm_addr head;
		uint8_t bytes[32]; /* MAX_ADDR_LEN of the kernel */
	} req = { .head = { .cmd = ETHTOOL_GPERMADDR, .size = sizeof(req.bytes) } };
	int ret = ethtool_ioctl(ifname, &req);

	if (ret < 0)
		return ret;
	if (req.head.size != 6 || memcmp(req.bytes, (uint8_t[6]){ 0 }, 6) == 0)
		return -ENODATA;
	util_format(mac, 18, "%02x:%02x:%02x:%02x:%02x:%02x", req.bytes[0], req.bytes[1],
		    req.bytes[2], req.bytes[3], req.bytes[4], req.bytes[5]);
	return 0;
}

int ethtool_identify(const char *ifname, unsigned int seconds)
{
	struct ethtool_value req = { .cmd = ETHTOOL_PHYS_ID, .data = seconds };

	return ethtool_ioctl(ifname, &req);
}

/* The size of the masks is asked for first: the kernel answers with it, negated. */
static int get_settings(const char *ifname, struct link_settings *s)
{
	int ret, words;

	memset(s, 0, sizeof(*s));
	s->req.cmd = ETHTOOL_GLINKSETTINGS;
	ret = ethtool_ioctl(ifname, s);
	if (ret < 0)
		return ret;
	words = -s->req.link_mode_masks_nwords;
	if (words <= 0 || words > MAX_MASK_WORDS)
		return -EPROTO;
	memset(s, 0, sizeof(*s));
	s->req.cmd = ETHTOOL_GLINKSETTINGS;
	s->req.link_mode_masks_nwords = (int8_t)words;
	return ethtool_ioctl(ifname, s);
}

int ethtool_get_speed(const char *ifname, char *duplex, size_t size)
{
	struct link_settings s;
	int ret = get_settings(ifname, &s);

	util_strlcpy(duplex, size,
		     ret < 0			   ? ""
		     : s.req.duplex == DUPLEX_FULL ? "full"
		     : s.req.duplex == DUPLEX_HALF ? "half"
						   : "");
	/* SPEED_UNKNOWN is all ones; some drivers say 0 while there is no link. */
	if (ret < 0 || s.req.speed == 0 || s.req.speed > INT32_MAX)
		return -1;
	return (int)s.req.speed;
}

int ethtool_get_port(const char *ifname)
{
	struct link_settings s;

	return get_settings(ifname, &s) < 0 ? -1 : s.req.port;
}

unsigned int ethtool_mode_speed(const char *name)
{
	size_t digits = strspn(name, "0123456789");
	unsigned int speed;

	if (digits == 0 || digits > 8 || strncmp(name + digits, "base", 4) != 0 ||
	    sscanf(name, "%u", &speed) != 1)
		return 0;
	return speed;
}

unsigned int ethtool_count_strings(const char *ifname, unsigned int set)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} req = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << set } };

	return ethtool_ioctl(ifname, &req) < 0 ? 0 : req.count;
}

struct ethtool_gstrings *ethtool_get_strings(const char *ifname, unsigned int set, unsigned int max)
{
	_cleanup_free_ struct ethtool_gstrings *names = NULL;
	unsigned int count = ethtool_count_strings(ifname, set);

	if (count == 0 || count > max)
		return NULL;
	names = calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = set;
	names->len = count;
	if (ethtool_ioctl(ifname, names) < 0 || names->len > count)
		return NULL;
	return util_take_ptr(names);
}

int ethtool_get_counters(const char *ifname, uint32_t n, struct ethtool_stats **out)
{
	_cleanup_free_ struct ethtool_stats *stats = NULL;
	int ret;

	*out = NULL;
	/* The kernel writes as many as the driver has at that time: with room for more. */
	stats = calloc(1, sizeof(*stats) + 2ul * ETHTOOL_MAX_COUNTERS * sizeof(stats->data[0]));
	if (!stats)
		return -ENOMEM;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = n;
	ret = ethtool_ioctl(ifname, stats);
	if (ret == 0)
		*out = util_take_ptr(stats);
	return ret;
}

int ethtool_max_speed(const char *ifname)
{
	_cleanup_free_ struct ethtool_gstrings *names =
		ethtool_get_strings(ifname, ETH_SS_LINK_MODES, MAX_MASK_WORDS * 32);
	struct link_settings s;
	unsigned int max = 0, bit;
	int ret = get_settings(ifname, &s);

	if (ret < 0)
		return ret;
	for (bit = 0; names && bit < names->len; bit++) {
		char name[ETH_GSTRING_LEN + 1] = { 0 };
		unsigned int speed;

		if (bit / 32 >= (unsigned int)s.req.link_mode_masks_nwords ||
		    !(s.masks[bit / 32] & 1u << bit % 32))
			continue;
		memcpy(name, names->data + bit * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		speed = ethtool_mode_speed(name);
		if (speed > max)
			max = speed;
	}
	return max ? (int)max : -ENODATA;
}

/* Which of a driver's counters is the MAC's: the string tables of the drivers of Linux 6.12. */
static const struct mac_counter {
	const char *driver, *counter;
} mac_counters[] = {
	{ "mlx5_core", "rx_packets_phy" },   { "i40e", "port.rx_unicast" },
	{ "ice", "rx_unicast.nic" },	     { "igb", "rx_packets" },
	{ "ixgbe", "rx_pkts_nic" },	     { "bnxt_en", "rx_64b_frames" },
	{ "qede", "rx_64_byte_packets" },    { "sfc", "port_rx_packets" },
	{ "cxgb4", "rx_frames_64" },	     { "hns3", "mac_rx_total_pkt_num" },
	{ "hinic", "mac_rx_total_pkt_num" },
};

static const char *mac_counter_of(const char *driver)
{
	for (size_t i = 0; i < ARRAY_SIZE(mac_counters); i++)
		if (strcmp(mac_counters[i].driver, driver) == 0)
			return mac_counters[i].counter;
	return NULL;
}

/* Some drivers fill their names up with blanks. */
static bool is_counter(const uint8_t *name, const char *want)
{
	const size_t len = strlen(want);

	return memcmp(name, want, len) == 0 && (name[len] == '\0' || name[len] == ' ');
}

int ethtool_read_mac_frames(const char *ifname, const char *driver, uint64_t *frames)
{
	const char *want = mac_counter_of(driver);
	_cleanup_free_ struct ethtool_gstrings *names =
		want ? ethtool_get_strings(ifname, ETH_SS_STATS, ETHTOOL_MAX_COUNTERS) : NULL;
	_cleanup_free_ struct ethtool_stats *stats = NULL;
	uint32_t i;
	int ret;

	if (!names)
		return -EOPNOTSUPP;
	for (i = 0; i < names->len && !is_counter(names->data + i * ETH_GSTRING_LEN, want); i++)
		;
	if (i == names->len)
		return -EOPNOTSUPP;
	ret = ethtool_get_counters(ifname, names->len, &stats);
	if (ret < 0 || !stats)
		return ret;
	if (i >= stats->n_stats)
		return -ERANGE;
	*frames = stats->data[i];
	return 0;
}

int ethtool_read_module(const char *ifname, uint32_t *type, uint8_t buf[ETHTOOL_MODULE_MAX],
			size_t *len)
{
	struct ethtool_modinfo info = { .cmd = ETHTOOL_GMODULEINFO };
	_cleanup_free_ struct ethtool_eeprom *eeprom = NULL;
	int ret = ethtool_ioctl(ifname, &info);

	if (ret < 0)
		return ret;
	*type = info.type;
	*len = info.eeprom_len < ETHTOOL_MODULE_MAX ? info.eeprom_len : ETHTOOL_MODULE_MAX;
	eeprom = calloc(1, sizeof(*eeprom) + *len);
	if (!eeprom)
		return -ENOMEM;
	eeprom->cmd = ETHTOOL_GMODULEEEPROM;
	eeprom->len = (uint32_t)*len;
	ret = ethtool_ioctl(ifname, eeprom);
	if (ret == 0)
		memcpy(buf, eeprom->data, *len);
	return ret;
}

/* The names of the driver's tests, at most ETHTOOL_MAX_TESTS; *@count is how many it has. */
static int get_test_names(const char *ifname, struct ethtool_test_result *result, uint32_t *count)
{
	_cleanup_free_ struct ethtool_gstrings *names =
		ethtool_get_strings(ifname, ETH_SS_TEST, MAX_TESTS);

	if (!names)
		return -EOPNOTSUPP;
	*count = names->len;
	result->n = *count < ETHTOOL_MAX_TESTS ? *count : ETHTOOL_MAX_TESTS;
	for (unsigned int i = 0; i < result->n; i++) {
		memcpy(result->names[i], names->data + i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		result->names[i][ETH_GSTRING_LEN - 1] = '\0';
		util_sanitise(result->names[i]);
	}
	return 0;
}

int ethtool_self_test(const char *ifname, bool offline, struct ethtool_test_result *result)
{
	_cleanup_free_ struct ethtool_test *test = NULL;
	uint32_t count = 0;
	int ret;

	memset(result, 0, sizeof(*result));
	ret = get_test_names(ifname, result, &count);
	if (ret < 0)
		return ret;
	test = calloc(1, sizeof(*test) + count * sizeof(uint64_t));
	if (!test)
		return -ENOMEM;
	test->cmd = ETHTOOL_TEST;
	test->len = count;
	test->flags = offline ? ETH_TEST_FL_OFFLINE : 0;
	ret = ethtool_ioctl(ifname, test);
	if (ret < 0)
		return ret;
	result->failed = test->flags & ETH_TEST_FL_FAILED;
	for (unsigned int i = 0; i < result->n; i++)
		result->values[i] = test->data[i];
	return 0;
}
