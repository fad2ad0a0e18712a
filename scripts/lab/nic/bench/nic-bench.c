// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames and ethtool for the bench's tests.
 *
 *   nic-bench info|statistics|module|selftest NETDEV
 *   nic-bench send NETDEV TO FROM COUNT [LENGTH [TCI]]
 *   nic-bench count NETDEV SECONDS [FROM]     how many frames of `send` come, and the last one's
 * tag nic-bench take PORT                       bytes and sum of what comes by a TCP connection
 *   nic-bench push ADDRESS PORT MEGABYTES     sends that much, and says the same, and Mbit/s
 */
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TYPE 0x88b5 /* for experiments, IEEE 802 9.2.3 */
#define LENGTH_MAX 9730

static void __attribute__((noreturn)) fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Memory of zeros. */
static void *room_for(size_t size)
{
	void *room = calloc(1, size);

	if (!room)
		fail("calloc");
	return room;
}

static int ethtool(const char *netdev, void *command)
{
	struct ifreq request = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	strncpy(request.ifr_name, netdev, IFNAMSIZ - 1);
	ret = ioctl(fd, SIOCETHTOOL, &request);
	close(fd);
	return ret;
}

static int show_info(const char *netdev)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

	if (ethtool(netdev, &info) < 0)
		fail("ETHTOOL_GDRVINFO");
	printf("driver %s\nfirmware %s\nbus %s\n", info.driver, info.fw_version, info.bus_info);
	return 0;
}

/* Names and values of a set of strings. */
static int show_values(const char *netdev, uint32_t set, uint32_t count, const uint64_t *values)
{
	struct ethtool_gstrings *names = room_for(sizeof(*names) + count * ETH_GSTRING_LEN);
	uint32_t i;

	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = set;
	names->len = count;
	if (ethtool(netdev, names) < 0)
		fail("ETHTOOL_GSTRINGS");
	for (i = 0; i < count; i++)
		printf("%.32s: %llu\n", names->data + i * ETH_GSTRING_LEN,
		       (unsigned long long)values[i]);
	free(names);
	return 0;
}

static int show_statistics(const char *netdev)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_stats *values;
	int ret;

	if (ethtool(netdev, &info) < 0)
		fail("ETHTOOL_GDRVINFO");
	values = room_for(sizeof(*values) + info.n_stats * sizeof(uint64_t));
	values->cmd = ETHTOOL_GSTATS;
	values->n_stats = info.n_stats;
	if (ethtool(netdev, values) < 0)
		fail("ETHTOOL_GSTATS");
	ret = show_values(netdev, ETH_SS_STATS, info.n_stats, (const uint64_t *)values->data);
	free(values);
	return ret;
}

static int show_module(const char *netdev)
{
	struct ethtool_modinfo info = { .cmd = ETHTOOL_GMODULEINFO };
	struct ethtool_eeprom *eeprom;
	uint32_t i;

	if (ethtool(netdev, &info) < 0)
		fail("ETHTOOL_GMODULEINFO");
	eeprom = room_for(sizeof(*eeprom) + info.eeprom_len);
	eeprom->cmd = ETHTOOL_GMODULEEEPROM;
	eeprom->len = info.eeprom_len;
	if (ethtool(netdev, eeprom) < 0)
		fail("ETHTOOL_GMODULEEEPROM");
	printf("type %u length %u vendor %.16s part %.16s temperature %d\n", info.type,
	       info.eeprom_len, (char *)eeprom->data + 20, (char *)eeprom->data + 40,
	       info.eeprom_len > 352 ? (int8_t)eeprom->data[352] : 0);
	for (i = 0; i < 16; i++)
		printf("%02x%s", eeprom->data[i], i < 15 ? " " : "\n");
	free(eeprom);
	return 0;
}

static int run_selftest(const char *netdev)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_test *test;
	int ret;

	if (ethtool(netdev, &info) < 0)
		fail("ETHTOOL_GDRVINFO");
	test = room_for(sizeof(*test) + info.testinfo_len * sizeof(uint64_t));
	test->cmd = ETHTOOL_TEST;
	test->flags = ETH_TEST_FL_OFFLINE;
	test->len = info.testinfo_len;
	if (ethtool(netdev, test) < 0)
		fail("ETHTOOL_TEST");
	show_values(netdev, ETH_SS_TEST, info.testinfo_len, (const uint64_t *)test->data);
	ret = !!(test->flags & ETH_TEST_FL_FAILED);
	free(test);
	return ret;
}

static int open_packet(const char *netdev)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(netdev),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL)), on = 1;
	int room = 64 << 20;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

static bool parse_mac(const char *text, uint8_t *mac)
{
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		      &mac[4], &mac[5]) == 6;
}

static int send_frames(const char *netdev, char **argv, int argc)
{
	uint8_t frame[LENGTH_MAX] = { 0 };
	int length = argc > 3 ? atoi(argv[3]) : 100, count = atoi(argv[2]), at = 12, i;
	int fd = open_packet(netdev);

	if (fd < 0 || !parse_mac(argv[0], frame) || !parse_mac(argv[1], frame + 6) ||
	    length > LENGTH_MAX)
		fail("send");
	if (argc > 4) {
		int tci = atoi(argv[4]);

		frame[at++] = 0x81;
		frame[at++] = 0;
		frame[at++] = tci >> 8;
		frame[at++] = tci;
	}
	frame[at++] = TYPE >> 8;
	frame[at++] = TYPE & 0xff;
	for (i = 0; i < count; i++) {
		memcpy(frame + at, &i, sizeof(i));
		if (send(fd, frame, length, 0) < 0)
			fail("send");
	}
	close(fd);
	return 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Takes a frame; its tag is in *@tci, -1 for none. False: it is none of `send`. */
static bool take_frame(int fd, const uint8_t *from, int *tci)
{
	uint8_t frame[LENGTH_MAX];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct sockaddr_ll address;
	struct iovec part = { frame, sizeof(frame) };
	struct msghdr message = { .msg_name = &address,
				  .msg_namelen = sizeof(address),
				  .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &message, 0);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int at = 12;

	if (len < 18 || address.sll_pkttype == PACKET_OUTGOING ||
	    (from && memcmp(frame + 6, from, 6)))
		return false;
	*tci = -1;
	if (header && header->cmsg_type == PACKET_AUXDATA) {
		const struct tpacket_auxdata *data = (const void *)CMSG_DATA(header);

		if (data->tp_status & TP_STATUS_VLAN_VALID)
			*tci = data->tp_vlan_tci;
	}
	if (frame[at] == 0x81 && frame[at + 1] == 0) {
		*tci = frame[at + 2] << 8 | frame[at + 3];
		at += 4;
	}
	return frame[at] == TYPE >> 8 && frame[at + 1] == (TYPE & 0xff);
}

static int count_frames(const char *netdev, int seconds, const char *from)
{
	int64_t end = now_ms() + 1000 * seconds, left;
	int fd = open_packet(netdev), count = 0, tci = -1, last = -1;
	uint8_t mac[6];

	if (fd < 0 || (from && !parse_mac(from, mac)))
		fail("count");
	while ((left = end - now_ms()) > 0) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };

		if (poll(&ready, 1, left) == 1 && take_frame(fd, from ? mac : NULL, &tci)) {
			count++;
			last = tci;
		}
	}
	printf("%d %d\n", count, last);
	close(fd);
	return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t add_to_sum(uint64_t sum, const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		sum = (sum ^ data[i]) * 0x100000001b3ull;
	return sum;
}

static int take_stream(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1, client;
	uint64_t sum = 0xcbf29ce484222325ull, bytes = 0;
	static uint8_t buffer[65536];
	ssize_t len;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0)
		fail("listen");
	client = accept(fd, NULL, NULL);
	if (client < 0)
		fail("accept");
	while ((len = read(client, buffer, sizeof(buffer))) > 0) {
		sum = add_to_sum(sum, buffer, len);
		bytes += len;
	}
	printf("%llu %016llx\n", (unsigned long long)bytes, (unsigned long long)sum);
	close(client);
	close(fd);
	return len < 0;
}

static int connect_to(const char *host, int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int64_t end = now_ms() + 10000;

	inet_pton(AF_INET, host, &address.sin_addr);
	do {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			fail("socket");
		if (!connect(fd, (struct sockaddr *)&address, sizeof(address)))
			return fd;
		close(fd);
		poll(NULL, 0, 100);
	} while (now_ms() < end);
	return -1;
}

static int push_stream(const char *host, int port, int megabytes)
{
	uint64_t sum = 0xcbf29ce484222325ull, bytes = 0, state = 88172645463325252ull;
	static uint64_t buffer[1 << 17];
	int fd = connect_to(host, port), i;
	int64_t begin = now_ms(), spent;
	size_t word;

	if (fd < 0)
		fail("connect");
	for (i = 0; i < megabytes; i++) {
		const uint8_t *data = (const uint8_t *)buffer;
		size_t left = sizeof(buffer);

		for (word = 0; word < sizeof(buffer) / sizeof(buffer[0]); word++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			buffer[word] = state;
		}
		sum = add_to_sum(sum, data, left);
		while (left > 0) {
			ssize_t len = write(fd, data, left);

			if (len < 0)
				fail("write");
			data += len;
			left -= len;
			bytes += len;
		}
	}
	shutdown(fd, SHUT_WR);
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
	spent = now_ms() - begin;
	printf("%llu %016llx\n", (unsigned long long)bytes, (unsigned long long)sum);
	fprintf(stderr, "%lld Mbit/s\n", (long long)(bytes * 8 / 1000 / (spent ? spent : 1)));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "info"))
		return show_info(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "statistics"))
		return show_statistics(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "module"))
		return show_module(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "selftest"))
		return run_selftest(argv[2]);
	if (argc >= 6 && !strcmp(argv[1], "send"))
		return send_frames(argv[2], argv + 3, argc - 3);
	if (argc >= 4 && !strcmp(argv[1], "count"))
		return count_frames(argv[2], atoi(argv[3]), argc > 4 ? argv[4] : NULL);
	if (argc == 3 && !strcmp(argv[1], "take"))
		return take_stream(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "push"))
		return push_stream(argv[2], atoi(argv[3]), atoi(argv[4]));
	fprintf(stderr, "usage: nic-bench WHAT NETDEV ...\n");
	return 2;
}
