/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent protocol: framing, the agent's answers on a fake guest, its module loader. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "wire/agent_life.h"
#include "../../guest-image/agent/agent.h"
#include "fake_qemu.h"
#include "wire/agent_config.h"
#include "wire/channel.h"

static char dir[64];
static char inserted[512]; /* names, each with a space behind */

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

/* Makes the file's directories too. */
static void put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	for (char *p = full + strlen(dir) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		mkdir(full, 0755);
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_link(const char *path, const char *target)
{
	char full[512];

	put(path, ""); /* for the directories */
	snprintf(full, sizeof(full), "%s/%s", dir, path);
	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static int setup(void **state)
{
	struct agent *a = fake_qemu_agent();

	assert_non_null(a);
	strcpy(dir, "/tmp/vfproof-agent-XXXXXX");
	assert_non_null(mkdtemp(dir));
	inserted[0] = '\0';
	*state = a;
	return sysroot_open(&a->root, dir);
}

static int teardown(void **state)
{
	struct agent *a = *state;

	agent_modules_free(&a->modules);
	sysroot_close(&a->root);
	munmap(a, sizeof(*a));
	return nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void test_framing_byte_by_byte(void **state)
{
	uint8_t msg[2 * (sizeof(struct agent_header) + 5)];
	size_t len = channel_format(msg, AGENT_KLOG, 7, -5, "hello", 5);
	struct channel ch = { 0 };
	struct agent_header hdr;
	const void *payload;

	(void)state;
	assert_int_equal(channel_wanted(&ch), sizeof(hdr));
	for (size_t i = 0; i < len; i++) {
		assert_false(channel_next(&ch, &hdr, &payload));
		assert_int_equal(channel_feed(&ch, msg + i, 1), 1);
	}
	/* A whole message takes nothing of the next before it was taken itself. */
	assert_int_equal(channel_feed(&ch, msg, 1), 0);
	assert_true(channel_next(&ch, &hdr, &payload));
	assert_int_equal(hdr.type, AGENT_KLOG);
	assert_int_equal(hdr.seq, 7);
	assert_int_equal(hdr.status, -5);
	assert_memory_equal(payload, "hello", 5);
	assert_false(channel_next(&ch, &hdr, &payload));
}

static void test_framing_two_messages(void **state)
{
	uint8_t msg[128];
	size_t len = channel_format(msg, AGENT_NETDEVS, 1, 0, NULL, 0), first = len;
	struct channel ch = { 0 };
	struct agent_header hdr;
	const void *payload;

	(void)state;
	len += channel_format(msg + len, AGENT_KLOG, 2, 0, "x", 1);
	assert_int_equal(channel_feed(&ch, msg, len), first);
	assert_true(channel_next(&ch, &hdr, &payload));
	assert_int_equal(channel_feed(&ch, msg + first, len - first), len - first);
	assert_true(channel_next(&ch, &hdr, &payload));
	assert_int_equal(hdr.seq, 2);
}

static void test_framing_nonsense(void **state)
{
	const struct agent_header good = { AGENT_MAGIC, AGENT_VERSION, AGENT_KLOG, 1, 0, 0 };
	struct agent_header bad[6];
	uint8_t noise[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].magic++;
	bad[1].version++;
	bad[2].type = 0;
	bad[3].type = AGENT_TYPE_MAX + 1;
	bad[4].len = AGENT_MAX_PAYLOAD + 1;
	bad[5].len = UINT32_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct channel ch = { 0 };

		assert_int_equal(channel_feed(&ch, &bad[i], sizeof(bad[i])), -EPROTO);
	}
	for (unsigned int seed = 0; seed < 200; seed++) {
		struct channel ch = { 0 };

		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)(rand() >> 7);
		assert_int_equal(channel_feed(&ch, noise, sizeof(noise)), -EPROTO);
	}
}

static void test_framing_largest(void **state)
{
	static uint8_t msg[sizeof(struct agent_header) + AGENT_MAX_PAYLOAD];
	uint8_t payload[AGENT_MAX_PAYLOAD] = { 1 };
	struct channel *ch = calloc(1, sizeof(*ch));
	struct agent_header hdr;
	const void *got;

	(void)state;
	channel_format(msg, AGENT_NETDEVS, 1, 0, payload, sizeof(payload));
	assert_int_equal(channel_feed(ch, msg, sizeof(msg)), sizeof(msg));
	assert_true(channel_next(ch, &hdr, &got));
	assert_memory_equal(got, payload, sizeof(payload));
	free(ch);
}

static void test_fault_names(void **state)
{
	(void)state;
	assert_int_equal(agent_fault_parse("console=ttyS0"), AGENT_FAULT_NONE);
	assert_int_equal(agent_fault_parse("quiet vfproof.fault=agent_corrupt"),
			 AGENT_FAULT_CORRUPT);
	assert_int_equal(agent_fault_parse("vfproof.fault=agent_mute quiet"), AGENT_FAULT_MUTE);
	assert_int_equal(agent_fault_parse("vfproof.fault=agent_exit\n"), AGENT_FAULT_EXIT);
	assert_int_equal(agent_fault_parse("vfproof.fault=agent_mutes"), AGENT_FAULT_NONE);
	assert_int_equal(agent_fault_parse("vfproof.fault="), AGENT_FAULT_NONE);
}

static int fake_insert(const struct sysroot *root, const char *name)
{
	(void)root;
	strcat(strcat(inserted, name), " ");
	/* Without its dependency the kernel does not take it: unknown symbol. */
	if (strcmp(name, "needs_broken") == 0)
		return -ENOENT;
	return strcmp(name, "broken") == 0 ? -ENOEXEC : 0;
}

static void put_modules(struct agent *a)
{
	put("lib/modules/deps",
	    "failover:\nigbvf:\nnet_failover: failover\nbroken:\n"
	    "needs_broken: broken\nhas_soft: broken\nvirtio_net: failover net_failover\n");
	put("lib/modules/aliases", "pci:v00008086d000010CAsv*sd*bc*sc*i* igbvf\n"
				   "pci:v*d*sv*sd*bc02sc00i* needs_broken\n"
				   "virtio:d00000001v* virtio_net\n");
	assert_int_equal(agent_modules_init(&a->modules, &a->root), 0);
	a->modules.insert = fake_insert;
}

static void test_modules_by_alias(void **state)
{
	struct agent *a = *state;

	put_modules(a);
	put("sys/bus/pci/devices/0000:01:00.0/modalias",
	    "pci:v00008086d000010CAsv00001AF4sd00001100bc03sc00i00\n");
	agent_modules_probe(&a->modules);
	assert_string_equal(inserted, "igbvf ");
	/* A device that is plugged in later; what is loaded stays loaded. */
	put("sys/bus/virtio/devices/virtio3/modalias", "virtio:d00000001v00001AF4\n");
	agent_modules_probe(&a->modules);
	assert_string_equal(inserted, "igbvf failover net_failover virtio_net ");
	agent_modules_probe(&a->modules);
	assert_string_equal(inserted, "igbvf failover net_failover virtio_net ");
}

/* What an overlay has for a device, and what it needs, comes before the image's. */
static void test_modules_of_overlay(void **state)
{
	struct agent *a = *state;

	put("lib/modules/overlay.deps", "igbvf: lab_core\nlab_core:\nmine: failover igbvf\n");
	put("lib/modules/overlay.aliases", "virtio:d00000001v* mine\n");
	put_modules(a);
	put("sys/bus/pci/devices/0000:01:00.0/modalias",
	    "pci:v00008086d000010CAsv00001AF4sd00001100bc03sc00i00\n");
	agent_modules_probe(&a->modules);
	assert_string_equal(inserted, "lab_core igbvf ");
	put("sys/bus/virtio/devices/virtio3/modalias", "virtio:d00000001v00001AF4\n");
	agent_modules_probe(&a->modules);
	assert_string_equal(inserted, "lab_core igbvf failover mine ");
}

static void test_modules_failure(void **state)
{
	struct agent *a = *state;

	put_modules(a);
	assert_int_equal(agent_modules_load(&a->modules, "igb"),
			 -ENOENT); /* a prefix is no match */
	assert_int_equal(agent_modules_load(&a->modules, "unknown"), -ENOENT);
	assert_int_equal(agent_modules_load(&a->modules, "needs_broken"), -ENOENT);
	assert_string_equal(inserted, "broken needs_broken ");
	/* What is only asked for softly may fail: crc32c_intel on a processor without SSE 4.2. */
	assert_int_equal(agent_modules_load(&a->modules, "has_soft"), 0);
	assert_string_equal(inserted, "broken needs_broken has_soft ");
}

static int32_t ask(struct agent *a, enum agent_type type, const void *payload, uint32_t len,
		   uint8_t *reply, uint32_t *reply_len);

static int32_t ask_module(struct agent *a, const char *name)
{
	struct agent_module req = { 0 };
	uint8_t reply[AGENT_MAX_PAYLOAD];
	uint32_t len;

	memcpy(req.name, name, strnlen(name, sizeof(req.name)));
	return ask(a, (enum agent_type)AGENT_MODULE, &req, sizeof(req), reply, &len);
}

/* What the runner asks for is loaded if the guest's index has it, and nothing else is. */
static void test_module_on_demand(void **state)
{
	struct agent *a = *state;

	put_modules(a);
	assert_int_equal(ask_module(a, "net_failover"), 0);
	assert_string_equal(inserted, "failover net_failover ");
	assert_int_equal(ask_module(a, "8021q"), -ENOENT);
	assert_int_equal(ask_module(a, "../igbvf"), -ENOENT);
	assert_int_equal(ask_module(a, "broken"), -ENOEXEC);
	assert_int_equal(ask_module(a, "a name that does not end in its 32 bytes"), -EINVAL);
	assert_string_equal(inserted, "failover net_failover broken ");
	a->loader.pid = 1; /* both write to the list of what was tried */
	assert_int_equal(ask_module(a, "igbvf"), -EAGAIN);
	a->loader.pid = 0;
}

static int32_t ask_driver(struct agent *a, const char *pci, const char *driver)
{
	struct agent_driver req = { 0 };
	uint8_t reply[AGENT_MAX_PAYLOAD];
	uint32_t len;

	util_strlcpy(req.pci, sizeof(req.pci), pci);
	util_strlcpy(req.driver, sizeof(req.driver), driver);
	return ask(a, (enum agent_type)AGENT_DRIVER, &req, sizeof(req), reply, &len);
}

static void test_driver_restart(void **state)
{
	struct agent *a = *state;
	char text[32];

	put("sys/bus/pci/devices/0000:01:00.0/driver/unbind", "");
	put("sys/bus/pci/drivers/igbvf/bind", "");
	assert_int_equal(ask_driver(a, "0000:01:00.0", ""), 0);
	assert_true(sysroot_read(&a->root, text, sizeof(text),
				 "sys/bus/pci/devices/0000:01:00.0/driver/unbind") > 0);
	assert_string_equal(text, "0000:01:00.0");
	assert_int_equal(ask_driver(a, "0000:01:00.0", "igbvf"), 0);
	assert_true(sysroot_read(&a->root, text, sizeof(text), "sys/bus/pci/drivers/igbvf/bind") >
		    0);
	assert_string_equal(text, "0000:01:00.0");
	assert_int_equal(ask_driver(a, "0000:01:00.0", "ixgbevf"), -ENOENT);
	assert_int_equal(ask_driver(a, "..", ""), -EINVAL);
	assert_int_equal(ask_driver(a, "0000:01:00.0", "../devices"), -EINVAL);
	assert_int_equal(ask_driver(a, "", "igbvf"), -EINVAL);
}

/* A virtio netdev, with the links that sysfs has. */
#define NET "sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio0/net/eth0/"

static void put_netdev(void)
{
	put(NET "address", "02:76:66:00:00:01\n");
	put(NET "flags", "0x1003\n");
	put(NET "carrier", "1\n");
	put(NET "speed", "1000\n");
	put(NET "statistics/rx_packets", "12\n");
	put_link(NET "device", "../../../virtio0");
	put_link("sys/class/net/eth0",
		 "../../devices/pci0000:00/0000:00:02.0/0000:01:00.0/virtio0/net/eth0");
	put_link("sys/bus/pci/devices/0000:01:00.0/driver", "../../drivers/virtio-pci");
	put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
}

static int32_t ask(struct agent *a, enum agent_type type, const void *payload, uint32_t len,
		   uint8_t *reply, uint32_t *reply_len)
{
	struct agent_header req = { .type = (uint16_t)type, .len = len };
	int32_t status;

	*reply_len = agent_handle(a, &req, payload, reply, &status);
	return status;
}

/* Returns the number of netdevs, of which the first is in @n. */
static unsigned int ask_netdevs(struct agent *a, struct agent_drivers *drivers,
				struct agent_netdev *n)
{
	uint8_t reply[AGENT_MAX_PAYLOAD];
	uint32_t len;

	assert_int_equal(ask(a, AGENT_NETDEVS, NULL, 0, reply, &len), 0);
	assert_true(len >= sizeof(*drivers) && (len - sizeof(*drivers)) % sizeof(*n) == 0);
	memcpy(drivers, reply, sizeof(*drivers));
	if (len > sizeof(*drivers))
		memcpy(n, reply + sizeof(*drivers), sizeof(*n));
	return (len - (unsigned int)sizeof(*drivers)) / (unsigned int)sizeof(*n);
}

static void test_netdevs(void **state)
{
	struct agent_drivers drivers;
	struct agent_netdev n;

	put_netdev();
	/* And not the loopback device. */
	assert_int_equal(ask_netdevs(*state, &drivers, &n), 1);
	assert_int_equal(drivers.busy, 0);
	assert_string_equal(drivers.loading, "");
	assert_string_equal(drivers.failed, "");
	assert_string_equal(n.ifname, "eth0");
	assert_string_equal(n.driver, "virtio-pci");
	assert_string_equal(n.pci, "0000:01:00.0");
	assert_memory_equal(n.mac, ((uint8_t[]){ 2, 0x76, 0x66, 0, 0, 1 }), 6);
	assert_int_equal(n.up, 1);
	assert_int_equal(n.carrier, 1);
	assert_int_equal(n.speed_mbps, 1000);
	assert_int_equal(n.rx_packets, 12);
}

/* More netdevs than an answer has room for: it says so. */
static void test_many_netdevs(void **state)
{
	struct agent_drivers drivers;
	struct agent_netdev n;

	put_netdev();
	for (unsigned int i = 1; i <= AGENT_MAX_NETDEVS; i++) {
		char path[96];

		util_format(path, sizeof(path), "sys/class/net/vf%u/address", i);
		put(path, "02:76:66:00:00:02\n");
		util_format(path, sizeof(path), "sys/class/net/vf%u/device/x", i);
		put(path, "");
	}
	assert_int_equal(ask_netdevs(*state, &drivers, &n), AGENT_MAX_NETDEVS);
	assert_int_equal(drivers.netdevs, AGENT_MAX_NETDEVS + 1);
}

static void test_netdev_that_is_down(void **state)
{
	struct agent_drivers drivers;
	struct agent_netdev n;

	put_netdev();
	put(NET "flags", "0x1002\n");
	put(NET "carrier", "");
	put(NET "speed", "-1\n");
	assert_int_equal(ask_netdevs(*state, &drivers, &n), 1);
	assert_int_equal(n.up, 0);
	assert_int_equal(n.carrier, 0);
	assert_int_equal(n.speed_mbps, -1);
}

/* Asks for the kernel messages from number @from on: their text, and what the head says. */
static const char *klog(struct agent *a, uint64_t from, struct agent_klog *head)
{
	static uint8_t reply[AGENT_MAX_PAYLOAD + 1];
	struct agent_klog_request req = { .from = from };
	uint32_t len;

	assert_int_equal(ask(a, AGENT_KLOG, &req, sizeof(req), reply, &len), 0);
	assert_true(len >= sizeof(*head) && len <= AGENT_MAX_PAYLOAD);
	memcpy(head, reply, sizeof(*head));
	reply[len] = '\0';
	return (const char *)reply + sizeof(*head);
}

static int hang_insert(const struct sysroot *root, const char *name)
{
	(void)root;
	(void)name;
	while (pause())
		;
	return 0;
}

static int die_insert(const struct sysroot *root, const char *name)
{
	(void)root;
	(void)name;
	_exit(9);
}

static void put_vf(void)
{
	put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
	put("sys/bus/pci/devices/0000:01:00.0/modalias",
	    "pci:v00008086d000010CAsv00001AF4sd00001100bc03sc00i00\n");
}

/* A driver that takes for ever keeps nobody waiting, and is named. */
static void test_driver_that_hangs(void **state)
{
	struct agent *a = *state;
	struct agent_drivers drivers;
	struct agent_netdev n;
	struct agent_klog head;
	uint64_t start = util_now_ms();

	put_modules(a);
	a->modules.insert = hang_insert;
	put_vf();
	put("dev/kmsg", "");
	assert_int_equal(ask_netdevs(a, &drivers, &n), 0);
	assert_int_equal(drivers.busy, 1);
	assert_string_equal(drivers.loading, "igbvf");
	klog(a, 0, &head);
	assert_int_equal(ask_netdevs(a, &drivers, &n), 0);
	assert_int_equal(drivers.busy, 1);
	assert_in_range(drivers.loading_ms, 1000, util_now_ms() - start);
	assert_int_equal(kill(a->loader.pid, SIGKILL), 0);
	assert_int_equal(ask_netdevs(a, &drivers, &n), 0);
	assert_int_equal(drivers.busy, 0);
	assert_string_equal(drivers.failed, "igbvf");
}

static void test_drivers_that_fail(void **state)
{
	struct agent *a = *state;
	struct agent_drivers drivers;
	struct agent_netdev n;

	put_modules(a);
	put("sys/class/net/lo/address", "00:00:00:00:00:00\n");
	put("sys/bus/pci/devices/0000:02:00.0/modalias",
	    "pci:v00001234d00005678sv00001AF4sd00001100bc02sc00i00\n");
	ask_netdevs(a, &drivers, &n);
	assert_int_equal(drivers.busy, 0);
	assert_string_equal(drivers.failed, "broken");
	assert_int_equal(drivers.error, -ENOEXEC);
	/* As an oops in the driver's start does. */
	a->modules.insert = die_insert;
	put_vf();
	ask_netdevs(a, &drivers, &n);
	assert_int_equal(drivers.busy, 0);
	assert_string_equal(drivers.loading, "");
	assert_string_equal(drivers.failed, "igbvf");
	assert_int_equal(drivers.error, -EFAULT);
}

static void test_klog_since_the_last_look(void **state)
{
	struct agent_klog head;

	put("dev/kmsg", "4,0,10,-;first warning\n6,1,20,-;for information\n"
			"3,2,30,-;first error\n");
	assert_string_equal(klog(*state, 0, &head), "<3>first error\n<4>first warning\n");
	assert_int_equal(head.next, 3);
	assert_int_equal(head.left_out + head.overrun, 0);
	assert_string_equal(klog(*state, head.next, &head), "");
	assert_int_equal(head.next, 3);
	put("dev/kmsg", "4,0,10,-;first warning\n3,2,30,-;first error\n4,3,40,-;new\n");
	assert_string_equal(klog(*state, head.next, &head), "<4>new\n");
	assert_int_equal(head.next, 4);
	assert_int_equal(head.overrun, 0);
}

static void test_klog_overrun(void **state)
{
	struct agent_klog head;

	put("dev/kmsg", "4,7,10,-;the oldest that is left\n");
	assert_string_equal(klog(*state, 7, &head), "<4>the oldest that is left\n");
	assert_int_equal(head.overrun, 0);
	klog(*state, 5, &head);
	assert_int_equal(head.overrun, 1);
}

/* A flood of warnings neither pushes out the error after it nor goes unnoticed. */
static void test_klog_flood(void **state)
{
	char text[64 * 700] = "", line[64];
	struct agent_klog head;
	const char *said;

	for (unsigned int i = 0; i < 600; i++) {
		snprintf(line, sizeof(line), "4,%u,10,-;a warning of about fifty bytes in all\n",
			 i);
		strcat(text, line);
	}
	strcat(text, "3,600,10,-;the error\n");
	put("dev/kmsg", text);
	said = klog(*state, 0, &head);
	assert_ptr_equal(strstr(said, "<3>the error\n"), said);
	assert_true(head.left_out > 0 && head.left_out < 600);
	assert_int_equal(head.next, 601);
}

static void test_exchange_without_netdev(void **state)
{
	struct agent_exchange req = { .ifname = "vfpnone0", .count = 1, .session = 2 };
	uint8_t reply[AGENT_MAX_PAYLOAD];
	uint32_t len;

	assert_true(ask(*state, AGENT_EXCHANGE, &req, sizeof(req), reply, &len) < 0);
	assert_int_equal(len, 0);
}

static void test_requests_are_not_trusted(void **state)
{
	uint8_t reply[AGENT_MAX_PAYLOAD], junk[64];
	struct agent_link link = { .ifname = "../../etc" };
	uint32_t len;

	memset(junk, 'x', sizeof(junk));
	for (uint32_t n = 0; n < sizeof(junk); n++) {
		assert_true(ask(*state, AGENT_LINK_UP, junk, n, reply, &len) < 0);
		assert_true(ask(*state, AGENT_ECHO_START, junk, n, reply, &len) < 0);
		assert_true(ask(*state, AGENT_ECHO_STOP, junk, n, reply, &len) < 0);
		assert_true(ask(*state, AGENT_EXCHANGE, junk, n, reply, &len) < 0);
		assert_true(ask(*state, AGENT_KLOG, junk, n, reply, &len) < 0);
		assert_int_equal(len, 0);
	}
	assert_true(ask(*state, AGENT_LINK_UP, &link, sizeof(link), reply, &len) < 0);
	/* An echo that was never started. */
	link = (struct agent_link){ .ifname = "eth0" };
	assert_int_equal(ask(*state, AGENT_ECHO_STOP, &link, sizeof(link), reply, &len), -ENOENT);
	link = (struct agent_link){ .ifname = "" };
	assert_int_equal(ask(*state, AGENT_ECHO_STOP, &link, sizeof(link), reply, &len), -ENOENT);
	assert_int_equal(ask(*state, AGENT_HELLO, NULL, 0, reply, &len), -EPROTO);
}

static void test_poweroff_is_answered_first(void **state)
{
	struct agent *a = *state;
	uint8_t reply[AGENT_MAX_PAYLOAD];
	uint32_t len;

	assert_int_equal(ask(a, AGENT_POWEROFF, NULL, 0, reply, &len), 0);
	assert_int_equal(a->end, AGENT_END_POWEROFF);
}

static void test_restart_is_answered_first(void **state)
{
	struct agent_restart req = { .how = AGENT_REBOOTS };
	struct agent *a = *state;
	uint8_t reply[AGENT_MAX_PAYLOAD];
	const enum agent_type type = (enum agent_type)AGENT_RESTART;
	uint32_t len;

	assert_int_equal(ask(a, type, &req, sizeof(req), reply, &len), 0);
	assert_int_equal(a->end, AGENT_END_REBOOT);
	req.how = AGENT_PANICS;
	assert_int_equal(ask(a, type, &req, sizeof(req), reply, &len), 0);
	assert_int_equal(a->end, AGENT_END_PANIC);
	a->end = AGENT_GOES_ON;
	req.how = 3;
	assert_int_equal(ask(a, type, &req, sizeof(req), reply, &len), -EINVAL);
	assert_int_equal(ask(a, type, &req, 1, reply, &len), -EPROTO);
	assert_int_equal(a->end, AGENT_GOES_ON);
}

static void test_iommu(void **state)
{
	struct agent_link link = { .ifname = "eth0" };
	const enum agent_type type = (enum agent_type)AGENT_IOMMU;
	uint8_t reply[AGENT_MAX_PAYLOAD];
	struct agent_iommu got;
	uint32_t len;

	put_netdev();
	assert_int_equal(ask(*state, type, &link, sizeof(link), reply, &len), 0);
	memcpy(&got, reply, sizeof(got));
	assert_int_equal(got.group, -1);
	assert_string_equal(got.type, "");
	put_link("sys/bus/pci/devices/0000:01:00.0/iommu_group", "../../../kernel/iommu_groups/4");
	put("sys/kernel/iommu_groups/4/type", "DMA-FQ\n");
	assert_int_equal(ask(*state, type, &link, sizeof(link), reply, &len), 0);
	assert_int_equal(len, sizeof(got));
	memcpy(&got, reply, sizeof(got));
	assert_int_equal(got.group, 4);
	assert_string_equal(got.type, "DMA-FQ");
	link = (struct agent_link){ .ifname = "eth9" };
	assert_int_equal(ask(*state, type, &link, sizeof(link), reply, &len), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing_byte_by_byte),
		cmocka_unit_test(test_framing_two_messages),
		cmocka_unit_test(test_framing_nonsense),
		cmocka_unit_test(test_framing_largest),
		cmocka_unit_test(test_fault_names),
		cmocka_unit_test_setup_teardown(test_modules_by_alias, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modules_of_overlay, setup, teardown),
		cmocka_unit_test_setup_teardown(test_modules_failure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_module_on_demand, setup, teardown),
		cmocka_unit_test_setup_teardown(test_driver_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_netdevs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_netdev_that_is_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_netdevs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_driver_that_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drivers_that_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_since_the_last_look, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_overrun, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_exchange_without_netdev, setup, teardown),
		cmocka_unit_test_setup_teardown(test_requests_are_not_trusted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_poweroff_is_answered_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart_is_answered_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iommu, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
