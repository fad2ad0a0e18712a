/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic and kernel messages of guests. QEMU is played by this program itself: the real agent
 * answers in it, on veth netdevs and on a fake tree.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "cases/fixtures.h"
#include "cases/guest.h"
#include "model/advice.h"
#include "fake_case.h"
#include "fake_qemu.h"
#include "fake_sysroot.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "vm/vm_size.h"

/* ---- the guest ---- */

static bool plays_guest;

/* A driver that hangs while it opens its device; the process that it keeps ends with the guest. */
int __real_link_set_up(const char *ifname, bool up);
int __wrap_link_set_up(const char *ifname, bool up);
int __wrap_link_set_up(const char *ifname, bool up)
{
	const char *hangs = getenv("FAKE_HANGS");

	if (plays_guest && up && hangs && strcmp(hangs, "link") == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	return __real_link_set_up(ifname, up);
}

/* The one NIC of guests that have one: the first behind a port. */
#define GUEST_NIC "0000:01:00.0"
#define QUERY_PCI                                                                    \
	"[{\"bus\": 0, \"devices\": [{\"pci_bridge\": {\"devices\": [{\"qdev_id\": " \
	"\"hostdev0\", \"bus\": 1, \"slot\": 0, \"function\": 0}]}}]}]"

static void guest_serve_qmp(int fd)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	const char *command;
	json_t *msg;

	if (n <= 0)
		exit(1);
	buf[n] = '\0';
	msg = json_loads(buf, 0, NULL);
	command = json_string_value(json_object_get(msg, "execute"));
	if (command && strcmp(command, "quit") == 0)
		exit(0);
	dprintf(fd,
		"{\"id\": %d, \"return\": ", (int)json_integer_value(json_object_get(msg, "id")));
	if (command && strcmp(command, "query-pci") == 0)
		dprintf(fd, QUERY_PCI "}\n");
	else
		dprintf(fd, "{\"status\": \"%s\"}}\n", getenv("FAKE_STATUS"));
	json_decref(msg);
}

static void guest_serve_agent(int fd, int qmp, struct agent *a, struct channel *ch)
{
	fake_qemu_serve_agent(fd, a, ch);
	if (a->end != AGENT_END_POWEROFF || strcmp(getenv("FAKE_HANGS"), "power") == 0)
		return;
	dprintf(qmp, "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\n");
	exit(0);
}

static int insert_hangs(const struct sysroot *root, const char *name)
{
	(void)root;
	(void)name;
	while (pause())
		;
	return 0;
}

static int play_guest(int argc, char **argv)
{
	int qmp = fake_qemu_fd(argc, argv, "qmp"), port = fake_qemu_fd(argc, argv, "agent");
	struct agent_hello hello = { .version = AGENT_VERSION };
	uint8_t msg[sizeof(struct agent_header) + sizeof(hello)];
	const char *dies = getenv("FAKE_DIES");
	/* A guest that ends before its agent is up, in any case or with a device. */
	const bool early = strcmp(dies, "always") == 0 ||
			   (strcmp(dies, "device") == 0 && fake_qemu_has_device(argc, argv));
	struct agent *a = fake_qemu_agent();
	struct channel ch = { 0 };
	size_t len = channel_format(msg, AGENT_HELLO, 0, 0, &hello, sizeof(hello));

	if (!a || sysroot_open(&a->root, getenv("FAKE_ROOT")) < 0)
		return 1;
	if (getenv("FAKE_DRIVER")) {
		a->modules.root = &a->root;
		a->modules.insert = insert_hangs;
		a->modules.deps = strdup("slowvf:\n");
		a->modules.aliases = strdup("pci:* slowvf\n");
	}
	dprintf(qmp, "{\"QMP\": {}}\n");
	if (!early)
		(void)!util_write_all(port, msg, len);
	for (;;) {
		struct pollfd p[2 + ARRAY_SIZE(a->echo)] = { { .fd = qmp, .events = POLLIN },
							     { .fd = port, .events = POLLIN } };

		for (size_t i = 0; i < ARRAY_SIZE(a->echo); i++)
			p[2 + i] = (struct pollfd){ .fd = a->echo[i].ifname[0] ? a->echo[i].echo.fd
									       : -1,
						    .events = POLLIN };
		poll(p, ARRAY_SIZE(p), -1);
		/* One that ends under its traffic. */
		if (strcmp(dies, "traffic") == 0 && a->echo[0].ifname[0])
			return 1;
		for (size_t i = 0; i < ARRAY_SIZE(a->echo); i++)
			if (p[2 + i].revents)
				(void)!traffic_echo_serve(&a->echo[i].echo);
		if (p[0].revents)
			guest_serve_qmp(qmp);
		if (p[0].revents && early)
			return 1;
		if (p[1].revents)
			guest_serve_agent(port, qmp, a, &ch);
	}
}

/* ---- the tests ---- */

struct bench {
	struct fake_sysroot *fs; /* the guests' */
	struct ctx ctx;
	struct settings settings;
	struct item_result res;
	struct guest a, b;
	bool works;
};

/* Wires: host "h0" - "g0" and "a1" - "b1" of the guests; what is not named is nowhere. */
static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->fs = fake_guest_host(&b->ctx, &b->settings, &b->res);
	setenv("FAKE_STATUS", "running", 1);
	setenv("FAKE_DIES", "never", 1);
	setenv("FAKE_HANGS", "never", 1);
	unsetenv("FAKE_DRIVER");
	b->works = fake_netns() && fake_veth("h0", "g0") == 0 && fake_veth("a1", "b1") == 0 &&
		   link_set_up("h0", true) == 0 && link_set_up("a1", true) == 0;
	if (!b->works)
		print_message("no network namespace with veth pairs here\n");
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *fs = b->fs;

	guest_cleanup(&b->a);
	guest_cleanup(&b->b);
	free(b);
	return fake_tree_teardown(&fs);
}

#define NEED_WIRES(b)            \
	do {                     \
		if (!(b)->works) \
			skip();  \
	} while (0)

static void start(struct bench *b, struct guest *g, const char *name)
{
	struct vm_config cfg = { .image = &fake_qemu_image, .memory_mb = 64, .name = name };

	*g = (struct guest){ .ctx = &b->ctx };
	util_strlcpy(g->name, sizeof(g->name), name);
	assert_int_equal(guest_start(&b->ctx, &cfg, &g->vm), 0);
	assert_int_equal(vm_wait_ready(g->vm, NULL, 5000), 0);
}

/* A NIC as guest_check_nic() leaves it. Returns its slot. */
static unsigned int add_nic(struct guest *g, const char *ifname)
{
	unsigned int index;
	struct guest_nic *nic = guest_new_nic(g, ifname, ifname, -1, &index);
	struct link_info info;

	assert_non_null(nic);
	assert_int_equal(link_get(ifname, &info), 0);
	memcpy(nic->netdev.mac, info.mac, sizeof(info.mac));
	util_strlcpy(nic->netdev.ifname, sizeof(nic->netdev.ifname), ifname);
	return index;
}

static void test_traffic_with_a_station(void **state)
{
	struct bench *b = *state;
	struct station s = { 0 };

	NEED_WIRES(b);
	start(b, &b->a, "");
	add_nic(&b->a, "g0");
	assert_int_equal(station_open(&s, &b->ctx, "h0", "PF"), 0);
	assert_int_equal(guest_check_traffic(&b->a, 0, 1, &s), 0);
	assert_false(ctx_failed(&b->ctx));
	assert_string_equal(b->res.evidence[0].key, "traffic");
	assert_non_null(strstr(b->res.evidence[0].value, "PF - g0: sent 200 (8 broadcast)"));
	assert_string_equal(b->res.evidence[1].key, "latency");
	assert_string_equal(b->res.evidence[2].key, "throughput");
	station_close(&s);
}

/* The wire waits before it forwards, for longer than a path inside the card is given. */
static void test_wire_that_forwards_late(void **state)
{
	struct bench *b = *state;
	struct station s = { 0 };
	pid_t wire;

	NEED_WIRES(b);
	b->fs->root.timeout_percent = 10; /* 2 s without the wire, 4 s over it */
	start(b, &b->a, "");
	add_nic(&b->a, "b1");
	assert_int_equal(station_open(&s, &b->ctx, "h0", "peer"), 0);
	s.wire = true;
	wire = fake_wire("g0", "a1", 2500);
	assert_true(wire > 0);
	assert_int_equal(guest_check_traffic(&b->a, 0, 1, &s), 0);
	fake_wire_end(wire);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	station_close(&s);
}

/*
 * Nothing comes back over the wire. The item is about it, or the NIC was shown to work without it;
 * then it is asked whether the port's own frames pass.
 */
static void test_wire_that_loses(void **state)
{
	static const struct {
		bool shown;
		const char *control; /* the port's own netdev; h0 and g0 have a wire, a1 has none to
					h0 */
		int ret;
		enum verdict verdict;
		const char *label;
	} rows[] = {
		{ false, NULL, -ENODATA, VERDICT_FAIL, "wire_lost" },
		{ true, "g0", 1, VERDICT_WARN, "wire_mac_lost" },
		{ true, "a1", 1, VERDICT_WARN, "wire_lost" },
	};
	struct bench *b = *state;

	NEED_WIRES(b);
	b->fs->root.timeout_percent = 5;
	start(b, &b->a, "");
	add_nic(&b->a, "b1");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct station s = { 0 }, control = { 0 };
		int ret;

		b->res = (struct item_result){ 0 };
		assert_int_equal(station_open(&s, &b->ctx, "h0", "peer"), 0);
		s.wire = true;
		if (rows[i].control)
			assert_int_equal(station_open(&control, &b->ctx, rows[i].control, "PF"), 0);
		ret = rows[i].shown ? guest_check_wire(&b->a, 0, &s, &control)
				    : guest_check_traffic(&b->a, 0, 1, &s);
		if (ret != rows[i].ret)
			fail_msg("row %zu: %d, %s %s", i, ret, b->res.measured, b->res.reason);
		assert_int_equal(b->res.verdict, rows[i].verdict);
		assert_string_equal(b->res.label, rows[i].label);
		assert_non_null(advice_find(b->res.label));
		station_close(&control);
		station_close(&s);
	}
}

/* A VF of the peer's own is not over the wire, though the peer is. */
static void test_not_over_the_wire(void **state)
{
	static const struct nic peer;
	struct bench *b = *state;
	struct rig_dev vf = { .pf = &peer };
	struct station s = { 0 };

	NEED_WIRES(b);
	b->fs->root.timeout_percent = 5;
	start(b, &b->a, "");
	b->a.nics[add_nic(&b->a, "b1")].dev = &vf;
	assert_int_equal(station_open(&s, &b->ctx, "h0", "peer"), 0);
	s.wire = true;
	s.port = &peer;
	assert_true(guest_check_traffic(&b->a, 0, 1, &s) < 0);
	assert_string_equal(b->res.label, "traffic_lost");
	station_close(&s);
}

static void test_traffic_between_guests(void **state)
{
	struct bench *b = *state;
	unsigned int i, j;

	NEED_WIRES(b);
	start(b, &b->a, "guest 1");
	start(b, &b->b, "guest 2");
	i = add_nic(&b->a, "a1");
	j = add_nic(&b->b, "b1");
	assert_int_equal(guest_check_between(&b->a, i, &b->b, j, true), 0);
	assert_false(ctx_failed(&b->ctx));
	assert_non_null(
		strstr(b->res.evidence[0].value, "a1 of guest 1 - b1 of guest 2: sent 200"));
	/* These must not reach each other, and do. */
	assert_true(guest_check_between(&b->a, i, &b->b, j, false) < 0);
	assert_int_equal(b->res.verdict, VERDICT_FAIL);
	assert_string_equal(b->res.label, "traffic_leak");
}

static void test_guests_apart(void **state)
{
	struct bench *b = *state;
	unsigned int i, j;

	NEED_WIRES(b);
	start(b, &b->a, "guest 1");
	start(b, &b->b, "guest 2");
	i = add_nic(&b->a, "a1");
	j = add_nic(&b->b, "g0");
	assert_int_equal(guest_check_between(&b->a, i, &b->b, j, false), 0);
	assert_string_equal(b->res.evidence[0].key, "isolation");
	assert_non_null(strstr(b->res.evidence[0].value, "arrived 0, came back 0"));
	/* A sender that cannot send proves nothing. */
	assert_int_equal(link_set_up("a1", false), 0);
	assert_true(guest_check_between(&b->a, i, &b->b, j, false) < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
}

static void test_klog_is_judged_once(void **state)
{
	struct bench *b = *state;

	start(b, &b->a, "");
	fake_file(b->fs, "dev/kmsg",
		  "6,0,1,-;booting\n4,1,2,-;something that nobody knows of\n"
		  "3,2,3,-;an error that nobody knows of\n");
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_WARN);
	assert_string_equal(b->res.measured, "an error that nobody knows of");
	b->res = (struct item_result){ 0 };
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
}

/* What a case asks for is no finding, if it is said by the driver of a NIC that the guest has. */
static void test_klog_provoked(void **state)
{
	static const struct provoked said[] = { { "ixgbevf", "*Could not remove VLAN *" }, { 0 } };
	static const struct case_def def = { .id = "test", .provokes = said };
	struct bench *b = *state;

	start(b, &b->a, "");
	b->ctx.def = &def;
	b->a.n_nics = 1;
	fake_file(b->fs, "dev/kmsg",
		  "3,0,2,-;ixgbevf 0000:01:00.0 eth0: Could not remove VLAN 5\n");
	strcpy(b->a.nics[0].netdev.driver, "igbvf");
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_WARN);
	b->res = (struct item_result){ 0 };
	b->a.klog_next = 0;
	strcpy(b->a.nics[0].netdev.driver, "ixgbevf");
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	b->a.n_nics = 0;
}

/* Memory that a guest lacks is not the host's. */
static void test_klog_without_memory(void **state)
{
	struct bench *b = *state;

	start(b, &b->a, "");
	fake_file(b->fs, "dev/kmsg",
		  "3,1,2,-;Out of memory: Killed process 1 (init) total-vm:1kB, anon-rss:1kB\n");
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "guest_memory");
}

/* What failed in a guest has a cause if the guest's kernel knows one, though not all items read its
 * log. */
static void test_klog_has_the_cause(void **state)
{
	struct bench *b = *state;

	start(b, &b->a, "");
	fake_file(b->fs, "dev/kmsg",
		  "6,1,1,-;ixgbevf: booting\n"
		  "3,2,2,-;ixgbevf: Unable to start - perhaps the PF Driver isn't up yet\n");
	ctx_fail(&b->ctx, "guest_no_link", "a link", "none");
	assert_string_equal(ctx_cause(&b->ctx, "guest_no_link"), "guest_no_link");
	guest_cleanup(&b->a);
	assert_string_equal(ctx_cause(&b->ctx, "guest_no_link"), "vf_mailbox");
	assert_string_equal(b->res.label, "guest_no_link");
}

/* What was lost before it could be read may have been a complaint. */
static void test_klog_overrun_is_told(void **state)
{
	struct bench *b = *state;

	start(b, &b->a, "");
	fake_file(b->fs, "dev/kmsg", "6,100,1,-;the oldest that is left\n");
	assert_int_equal(guest_check_klog(&b->a), 0);
	assert_int_equal(b->res.verdict, VERDICT_WARN);
}

static void test_alive(void **state)
{
	struct bench *b = *state;

	start(b, &b->a, "");
	assert_int_equal(guest_alive(&b->a), 0);
	assert_int_equal(guest_end(&b->a), 0);
	setenv("FAKE_STATUS", "paused", 1);
	start(b, &b->a, "");
	assert_true(guest_alive(&b->a) < 0);
	assert_string_equal(b->res.label, "guest_died");
	assert_non_null(strstr(b->res.measured, "paused"));
}

static void test_gone(void **state)
{
	struct bench *b = *state;
	struct guest_nic *nic;
	unsigned int i;

	start(b, &b->a, "");
	nic = guest_new_nic(&b->a, "VF 0", "hostdev0", 0, &i);
	assert_non_null(nic);
	strcpy(nic->netdev.pci, "0000:01:00.0");
	assert_int_equal(guest_wait_gone(&b->a, i), 0);
	fake_file(b->fs, "sys/devices/pci0000:00/0000:01:00.0/net/eth0/address",
		  "02:00:00:00:00:01\n");
	fake_dir(b->fs, "sys/devices/pci0000:00/0000:01:00.0/net/eth0/device");
	fake_link(b->fs, "sys/class/net/eth0", "../../devices/pci0000:00/0000:01:00.0/net/eth0");
	b->fs->root.timeout_percent = 10; /* a call to the agent still has 1.5 s */
	assert_true(guest_wait_gone(&b->a, i) < 0);
	assert_string_equal(b->res.label, "guest_netdev_stays");
}

/* ---- what else could have done it ---- */

static struct nic igb_pf, ixgbe_pf, mlx5_pf;

static void find_profiles(void)
{
	igb_pf.profile = profile_find(0x8086, 0x10c9);
	ixgbe_pf.profile = profile_find(0x8086, 0x10fb);
	mlx5_pf.profile = profile_find(0x15b3, 0x1017);
	assert_true(igb_pf.profile && ixgbe_pf.profile && mlx5_pf.profile);
}

/* A guest that has one VF, as guest_boot() starts it. */
static void start_with_vf(struct bench *b, struct guest *g)
{
	static const struct rig_dev vf = { .what = "VF 0", .pf = &igb_pf, .driver = "igbvf" };
	struct vm_config cfg = { .image = &fake_qemu_image, .memory_mb = 64, .n_devices = 1 };
	unsigned int i;

	find_profiles();
	*g = (struct guest){
		.ctx = &b->ctx, .image = &fake_qemu_image, .memory_mb = 64, .cpus = 1
	};
	assert_int_equal(guest_start(&b->ctx, &cfg, &g->vm), 0);
	assert_non_null(guest_new_dev(g, &vf, "hostdev0", 0, &i));
}

static void assert_evidence(const struct bench *b, const char *key, const char *part)
{
	for (unsigned int i = 0; i < b->res.n_evidence; i++)
		if (strcmp(b->res.evidence[i].key, key) == 0 &&
		    strstr(b->res.evidence[i].value, part))
			return;
	fail_msg("no evidence %s with %s", key, part);
}

/* The host's kernel has killed QEMU for want of memory: the device was not judged. */
static void test_out_of_memory(void **state)
{
	struct bench *b = *state;
	char line[200];

	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	snprintf(line, sizeof(line),
		 "6,7,1,-;booting\n3,8,2,-;Out of memory: Killed process %d (qemu-system-x86) "
		 "total-vm:812344kB\n",
		 (int)vm_pid(b->a.vm));
	fake_file(b->fs, "dev/kmsg", line);
	kill(vm_pid(b->a.vm), SIGKILL);
	assert_true(guest_alive(&b->a) < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "out_of_memory");
	assert_non_null(strstr(b->res.reason, "total-vm"));
}

static void test_killed_by_somebody(void **state)
{
	struct bench *b = *state;

	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	kill(vm_pid(b->a.vm), SIGKILL);
	assert_true(guest_end(&b->a) < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "guest_killed");
}

/* A guest that dies is the device's fault only if it lives without it. */
static void test_control(void **state)
{
	static const struct {
		const char *dies;
		enum verdict verdict;
		const char *label, *control;
	} rows[] = {
		{ "device", VERDICT_FAIL, "guest_died", "works: its agent answers" },
		{ "always", VERDICT_ERROR, "guest_control_failed", "fails too" },
	};
	struct bench *b = *state;

	/* There is room for one guest, which is enough: the one that has died needs none. */
	b->ctx.memory_mb = 150;
	fake_file(b->fs, "proc/meminfo", "MemAvailable: 1024000 kB\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		setenv("FAKE_DIES", rows[i].dies, 1);
		b->res = (struct item_result){ 0 };
		start_with_vf(b, &b->a);
		b->a.host_mb = b->ctx.memory_used_mb = 113;
		assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), -EPIPE);
		assert_true(guest_lost(&b->a, -EPIPE, "booting") < 0);
		assert_int_equal(b->res.verdict, rows[i].verdict);
		assert_string_equal(b->res.label, rows[i].label);
		assert_evidence(b, "guest.control", rows[i].control);
		guest_cleanup(&b->a);
	}
}

/* Without memory for it there is no control, and what was found stands. */
static void test_no_control(void **state)
{
	struct bench *b = *state;

	setenv("FAKE_DIES", "always", 1);
	fake_file(b->fs, "proc/meminfo", "MemAvailable: 100000 kB\n");
	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), -EPIPE);
	assert_true(guest_lost(&b->a, -EPIPE, "booting") < 0);
	assert_string_equal(b->res.label, "guest_died");
	assert_evidence(b, "guest.control", "not tried");
}

/* The item's time is over: nobody knows what the guest would have said. */
static void test_late(void **state)
{
	struct bench *b = *state;

	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	b->ctx.deadline_ms = util_now_ms();
	assert_true(guest_lost(&b->a, -ETIMEDOUT, "looking") < 0);
	assert_int_equal(b->res.verdict, VERDICT_TIMEOUT);
	assert_non_null(strstr(b->res.measured, "looking"));
}

/* The guest's kernel says that it has no memory, and the driver that it has no netdev. */
static void test_guest_is_too_small(void **state)
{
	struct bench *b = *state;

	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	fake_file(b->fs, "dev/kmsg", "4,9,1,-;insmod: page allocation failure: order:5\n");
	b->fs->root.timeout_percent = 10;
	assert_true(guest_check_nic(&b->a, 0) < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "guest_memory");
}

static void test_driver_hangs(void **state)
{
	struct bench *b = *state;

	setenv("FAKE_DRIVER", "hangs", 1);
	fake_file(b->fs, "sys/bus/pci/devices/0000:01:00.0/modalias", "pci:v1d2\n");
	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	b->fs->root.timeout_percent = 10;
	assert_true(guest_check_nic(&b->a, 0) < 0);
	assert_int_equal(b->res.verdict, VERDICT_FAIL);
	assert_string_equal(b->res.label, "guest_driver_hangs");
	assert_non_null(strstr(b->res.measured, "module slowvf"));
}

/* The guest has the netdev @ifname of its NIC, without a carrier; the PF's netdev is @pf. */
static void give_netdev(struct bench *b, const char *ifname, const char *pf)
{
	static const char net[] = "sys/devices/pci0000:00/" GUEST_NIC "/net";
	char path[128], target[128];

	util_format(path, sizeof(path), "%s/%s/address", net, ifname);
	fake_file(b->fs, path, "02:00:00:00:00:01\n");
	util_format(path, sizeof(path), "%s/%s/carrier", net, ifname);
	fake_file(b->fs, path, "0\n");
	util_format(path, sizeof(path), "%s/%s/device", net, ifname);
	fake_dir(b->fs, path);
	util_format(path, sizeof(path), "sys/class/net/%s", ifname);
	util_format(target, sizeof(target), "../../devices/pci0000:00/" GUEST_NIC "/net/%s",
		    ifname);
	fake_link(b->fs, path, target);
	fake_link(b->fs, "sys/bus/pci/devices/" GUEST_NIC "/driver", "../../drivers/igbvf");
	util_format(path, sizeof(path), "sys/bus/pci/devices/0000:00:00.0/net/%s", pf);
	fake_dir(b->fs, path);
}

/* A VF without a link: its PF may have lost its own. */
static void test_pf_lost_its_link(void **state)
{
	static const struct {
		const char *pf, *label;
	} rows[] = {
		{ "a1", "link_down" },
		{ "h0", "guest_no_link" },
	};
	struct bench *b = *state;

	NEED_WIRES(b);
	assert_int_equal(link_set_up("b1", false), 0); /* the far end of a1 */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		void *fs = b->fs;

		assert_int_equal(fake_tree_teardown(&fs), 0);
		assert_int_equal(fake_tree_setup(&fs), 0);
		b->fs = fs;
		b->ctx.root = &b->fs->root;
		b->res = (struct item_result){ 0 };
		setenv("FAKE_ROOT", b->fs->dir, 1);
		fake_file(b->fs, "dev/kmsg", "");
		b->fs->root.timeout_percent = 5;
		give_netdev(b, "g0", rows[i].pf);
		start_with_vf(b, &b->a);
		assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
		assert_true(guest_check_nic(&b->a, 0) < 0);
		assert_int_equal(b->res.verdict, VERDICT_FAIL);
		assert_string_equal(b->res.label, rows[i].label);
		assert_non_null(strstr(b->res.measured, rows[i].pf[0] == 'a' ? "a1" : "g0"));
		guest_cleanup(&b->a);
	}
}

/* A driver that does not come back from opening its device: the agent goes on to answer. */
static void test_link_up_that_hangs(void **state)
{
	struct bench *b = *state;

	NEED_WIRES(b);
	assert_int_equal(link_set_up("g0", false), 0);
	give_netdev(b, "g0", "h0");
	setenv("FAKE_HANGS", "link", 1);
	b->fs->root.timeout_percent = 5;
	start_with_vf(b, &b->a);
	assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
	assert_true(guest_check_nic(&b->a, 0) < 0);
	assert_int_equal(b->res.verdict, VERDICT_FAIL);
	assert_string_equal(b->res.label, "guest_driver_hangs");
	assert_non_null(strstr(b->res.measured, "driver igbvf has not come back"));
	assert_int_equal(guest_alive(&b->a), 0);
}

/* A guest that says that it powers off, and stays: each device has its time for it. */
static void test_power_off_that_hangs(void **state)
{
	static const unsigned int devices[] = { 0, 60 };
	struct bench *b = *state;
	uint64_t ms[ARRAY_SIZE(devices)];

	setenv("FAKE_HANGS", "power", 1);
	b->fs->root.timeout_percent = 1;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct vm_config cfg = { .image = &fake_qemu_image,
					 .memory_mb = 64,
					 .n_devices = devices[i] };
		uint64_t begin;

		b->res = (struct item_result){ 0 };
		b->a = (struct guest){ .ctx = &b->ctx };
		assert_int_equal(guest_start(&b->ctx, &cfg, &b->a.vm), 0);
		assert_int_equal(vm_wait_ready(b->a.vm, NULL, 5000), 0);
		begin = util_now_ms();
		assert_int_equal(guest_end(&b->a), -ETIME);
		ms[i] = util_now_ms() - begin;
		assert_int_equal(b->res.verdict, VERDICT_FAIL);
		assert_string_equal(b->res.label, "guest_no_poweroff");
		assert_non_null(advice_find(b->res.label));
	}
	assert_true(ms[0] >= 300);
	assert_true(ms[1] >= 300 + 600);
}

static void test_guest_dies_under_traffic(void **state)
{
	struct bench *b = *state;
	struct station s = { 0 };

	NEED_WIRES(b);
	setenv("FAKE_DIES", "traffic", 1);
	start(b, &b->a, "");
	add_nic(&b->a, "g0");
	assert_int_equal(station_open(&s, &b->ctx, "h0", "PF"), 0);
	b->fs->root.timeout_percent = 10;
	assert_true(guest_check_traffic(&b->a, 0, 1, &s) < 0);
	assert_string_equal(b->res.label, "guest_died");
	station_close(&s);
}

/* ---- how large guests are ---- */

static unsigned int size_of(const struct nic *pf, bool is_pf, unsigned int n)
{
	struct vm_size size = { 0 };

	while (n-- > 0)
		vm_size_add(&size, pf->profile, is_pf);
	return vm_size_memory(&size, 192);
}

static void test_sizes(void **state)
{
	static const struct nic unknown;

	(void)state;
	find_profiles();
	/* A few small ones have room in what a guest has anyway. */
	assert_int_equal(size_of(&igb_pf, false, 7), 192);
	assert_int_equal(size_of(&igb_pf, true, 1), 192);
	/* 63 times 2 MiB and 2 queues of 3. */
	assert_int_equal(size_of(&ixgbe_pf, false, 63), 192 - 32 + 63 * (2 + 2 * 3));
	/* 64 VFs get 5 processors, and so many queues. */
	assert_int_equal(size_of(&mlx5_pf, false, 64), 192 - 32 + 64 * (32 + 5 * 4));
	assert_true(size_of(&mlx5_pf, true, 1) > 512);
	assert_int_equal(size_of(&unknown, false, 4), 192 - 32 + 4 * 16);
}

static void test_fitting(void **state)
{
	static struct rig_dev vfs[63];
	struct rig_dev *devs[ARRAY_SIZE(vfs)];
	struct bench *b = *state;

	find_profiles();
	for (size_t i = 0; i < ARRAY_SIZE(vfs); i++) {
		vfs[i] = (struct rig_dev){ .pf = &ixgbe_pf, .vf = (unsigned int)i };
		devs[i] = &vfs[i];
	}
	/* Nobody knows. */
	assert_int_equal(guest_count_fitting(&b->ctx, devs, 63, 1), 63);
	fake_file(b->fs, "proc/meminfo", "MemAvailable: 1024000 kB\n");
	assert_int_equal(guest_memory_left(&b->ctx), 1000 - 64);
	assert_int_equal(guest_count_fitting(&b->ctx, devs, 63, 1), 63);
	/* Half of it is another port's. */
	b->ctx.memory_mb = 468;
	assert_in_range(guest_count_fitting(&b->ctx, devs, 63, 1), 25, 40);
	/* And a guest of this port's runs. */
	b->ctx.memory_used_mb = 240;
	assert_int_equal(guest_count_fitting(&b->ctx, devs, 63, 1), 0);
	assert_int_equal(guest_boot(&b->a, &b->ctx, "", devs, 1, 1), -ENOMEM);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "out_of_memory");
	assert_int_equal(b->ctx.memory_used_mb, 240);
}

/* A PF's 256 VFs go to two guests in turn. */
static void test_many_vfs(void **state)
{
	static struct rig_dev vfs[SRIOV_MAX_VFS];
	struct rig_dev *devs[ARRAY_SIZE(vfs)];
	struct bench *b = *state;
	unsigned int n;

	find_profiles();
	for (size_t i = 0; i < ARRAY_SIZE(vfs); i++) {
		vfs[i] = (struct rig_dev){ .pf = &ixgbe_pf, .vf = (unsigned int)i };
		devs[i] = &vfs[i];
	}
	n = fixture_all_count(&b->ctx, devs, SRIOV_MAX_VFS);
	assert_int_equal(n, VM_MAX_DEVICES);
	assert_string_equal(b->res.evidence[0].value,
			    "128 of 256 VFs at a time: no guest gets more");
	assert_int_equal(fixture_all_count(&b->ctx, devs + n, SRIOV_MAX_VFS - n),
			 SRIOV_MAX_VFS - n);
	assert_int_equal(b->res.n_evidence, 1);
	/* Every one of them may have what it needs to be recorded. */
	assert_true(SRIOV_MAX_VFS * 9 < RESULT_MAX_EVIDENCE);
	assert_true(SRIOV_MAX_VFS * 3 < RESULT_MAX_UNDO);
}

static void test_slots(void **state)
{
	struct bench *b = *state;
	unsigned int i;

	assert_non_null(guest_new_nic(&b->a, "VF 0", "x0", 0, &i));
	assert_non_null(guest_new_nic(&b->a, "VF 1", "x1", 1, &i));
	assert_int_equal(i, 1);
	b->a.nics[0].id[0] = '\0';
	assert_non_null(guest_new_nic(&b->a, "VF 2", "x2", 0, &i));
	assert_int_equal(i, 0);
	assert_int_equal(b->a.n_nics, 2);
	for (i = 2; i < GUEST_MAX_NICS; i++)
		assert_non_null(guest_new_nic(&b->a, "VF", "x", -1, &(unsigned int){ 0 }));
	assert_null(guest_new_nic(&b->a, "VF", "x", -1, &i));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_traffic_with_a_station, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wire_that_forwards_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wire_that_loses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_over_the_wire, setup, teardown),
		cmocka_unit_test_setup_teardown(test_traffic_between_guests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guests_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_is_judged_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_provoked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_overrun_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_without_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_has_the_cause, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slots, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_vfs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_out_of_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_killed_by_somebody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_control, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_control, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guest_is_too_small, setup, teardown),
		cmocka_unit_test_setup_teardown(test_driver_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pf_lost_its_link, setup, teardown),
		cmocka_unit_test_setup_teardown(test_link_up_that_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_power_off_that_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guest_dies_under_traffic, setup, teardown),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test_setup_teardown(test_fitting, setup, teardown),
	};

	plays_guest = fake_qemu_wanted(argc, argv);
	if (plays_guest)
		return play_guest(argc, argv);
	if (advice_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
