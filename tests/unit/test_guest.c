/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traffic and kernel messages of guests. QEMU is played by this program itself: the real agent
 * answers in it, on veth netdevs and on a fake tree.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "cases/guest.h"
#include "model/advice.h"
#include "fake_qemu.h"
#include "fake_sysroot.h"
#include "sys/link.h"

/* ---- the guest ---- */

static void guest_serve_qmp(int fd)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);
	json_t *msg;

	if (n <= 0)
		exit(1);
	buf[n] = '\0';
	msg = json_loads(buf, 0, NULL);
	dprintf(fd, "{\"id\": %d, \"return\": {\"status\": \"%s\"}}\n",
		(int)json_integer_value(json_object_get(msg, "id")), getenv("FAKE_STATUS"));
	json_decref(msg);
}

static void guest_serve_agent(int fd, int qmp, struct agent *a, struct channel *ch)
{
	fake_qemu_serve_agent(fd, a, ch);
	if (!a->power_off)
		return;
	dprintf(qmp, "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-shutdown\"}}\n");
	exit(0);
}

static int play_guest(int argc, char **argv)
{
	int qmp = fake_qemu_fd(argc, argv, "qmp"), port = fake_qemu_fd(argc, argv, "agent");
	struct agent_hello hello = { .version = AGENT_VERSION };
	uint8_t msg[sizeof(struct agent_header) + sizeof(hello)];
	static struct agent a;
	struct channel ch = { 0 };
	size_t len = channel_format(msg, AGENT_HELLO, 0, 0, &hello, sizeof(hello));

	if (sysroot_open(&a.root, getenv("FAKE_ROOT")) < 0)
		return 1;
	dprintf(qmp, "{\"QMP\": {}}\n");
	(void)!util_write_all(port, msg, len);
	for (;;) {
		struct pollfd p[2 + ARRAY_SIZE(a.echo)] = { { .fd = qmp, .events = POLLIN },
							    { .fd = port, .events = POLLIN } };

		for (size_t i = 0; i < ARRAY_SIZE(a.echo); i++)
			p[2 + i] =
				(struct pollfd){ .fd = a.echo[i].ifname[0] ? a.echo[i].echo.fd : -1,
						 .events = POLLIN };
		poll(p, ARRAY_SIZE(p), -1);
		for (size_t i = 0; i < ARRAY_SIZE(a.echo); i++)
			if (p[2 + i].revents)
				(void)!traffic_echo_serve(&a.echo[i].echo);
		if (p[0].revents)
			guest_serve_qmp(qmp);
		if (p[1].revents)
			guest_serve_agent(port, qmp, &a, &ch);
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
	static const struct case_def def = { .id = "test" };
	struct bench *b = calloc(1, sizeof(*b));
	void *fs;

	assert_int_equal(fake_tree_setup(&fs), 0);
	b->fs = fs;
	fake_file(b->fs, "dev/kmsg", "");
	fake_dir(b->fs, "sys/class/net");
	setenv("FAKE_ROOT", b->fs->dir, 1);
	setenv("FAKE_STATUS", "running", 1);
	settings_init(&b->settings);
	b->ctx = (struct ctx){
		.def = &def,
		.settings = &b->settings,
		.root = &b->fs->root,
		.deadline_ms = util_now_ms() + 60000,
		.res = &b->res,
	};
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
	for (i = 2; i < VM_MAX_DEVICES; i++)
		assert_non_null(guest_new_nic(&b->a, "VF", "x", -1, &(unsigned int){ 0 }));
	assert_null(guest_new_nic(&b->a, "VF", "x", -1, &i));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_traffic_with_a_station, setup, teardown),
		cmocka_unit_test_setup_teardown(test_traffic_between_guests, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guests_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_is_judged_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_klog_overrun_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(test_alive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_slots, setup, teardown),
	};

	if (fake_qemu_wanted(argc, argv))
		return play_guest(argc, argv);
	if (advice_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
