/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that start anew, and test frames that go on meanwhile. QEMU and its guest are played by
 * this program: FAKE_RESTART says what comes of a restart.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "fake_case.h"
#include "fake_qemu.h"
#include "fake_sysroot.h"
#include "cases/life.h"
#include "model/advice.h"
#include "sys/hugepages.h"
#include "sys/link.h"
#include "sys/numa.h"
#include "sys/vfio.h"
#include "vm/vm_restart.h"

/* ---- the fake QEMU ---- */

struct player {
	int qmp, port;
	struct agent *agent;
	bool restarts; /* set-action */
};

static void say_hello(const struct player *p, uint32_t uptime_ms)
{
	struct agent_hello hello = { .version = AGENT_VERSION, .uptime_ms = uptime_ms };
	uint8_t msg[sizeof(struct agent_header) + sizeof(hello)];

	(void)!util_write_all(p->port, msg,
			      channel_format(msg, AGENT_HELLO, 0, 0, &hello, sizeof(hello)));
}

static void restart(struct player *p, const char *reason)
{
	const char *how = getenv("FAKE_RESTART");

	p->agent->end = AGENT_GOES_ON;
	if (!p->restarts || strcmp(how, "ends") == 0) {
		dprintf(p->qmp, "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"%s\"}}\n",
			reason);
		exit(0);
	}
	if (strcmp(how, "deaf") == 0)
		return;
	dprintf(p->qmp, "{\"event\": \"RESET\", \"data\": {\"reason\": \"%s\"}}\n", reason);
	if (strcmp(how, "silent") != 0)
		say_hello(p, strcmp(how, "old") == 0 ? 1000000000 : 0);
}

static void serve_qmp(struct player *p)
{
	const char *command, *reboot;
	char buf[4096];
	ssize_t n = read(p->qmp, buf, sizeof(buf) - 1);
	json_t *msg;

	if (n <= 0)
		exit(1);
	buf[n] = '\0';
	msg = json_loads(buf, 0, NULL);
	command = json_string_value(json_object_get(msg, "execute"));
	reboot = json_string_value(json_object_get(json_object_get(msg, "arguments"), "reboot"));
	if (reboot)
		p->restarts = strcmp(reboot, "reset") == 0;
	dprintf(p->qmp, "{\"id\": %d, \"return\": {}}\n",
		(int)json_integer_value(json_object_get(msg, "id")));
	if (command && strcmp(command, "quit") == 0)
		exit(0);
	if (command && strcmp(command, "system_reset") == 0)
		restart(p, "host-qmp-system-reset");
	json_decref(msg);
}

static int play(int argc, char **argv)
{
	struct player p = { .qmp = fake_qemu_fd(argc, argv, "qmp"),
			    .port = fake_qemu_fd(argc, argv, "agent"),
			    .agent = fake_qemu_agent() };
	struct channel ch = { 0 };

	if (!p.agent || sysroot_open(&p.agent->root, getenv("FAKE_ROOT")) < 0)
		return 1;
	dprintf(p.qmp, "{\"QMP\": {}}\n");
	say_hello(&p, 0);
	for (;;) {
		struct pollfd fds[] = { { p.qmp, POLLIN, 0 }, { p.port, POLLIN, 0 } };

		poll(fds, ARRAY_SIZE(fds), -1);
		if (fds[0].revents)
			serve_qmp(&p);
		if (fds[1].revents)
			fake_qemu_serve_agent(p.port, p.agent, &ch);
		if (p.agent->end == AGENT_END_REBOOT || p.agent->end == AGENT_END_PANIC)
			restart(&p, "guest-reset");
	}
}

/* ---- guests that start anew ---- */

struct bench {
	struct fake_sysroot *fs;
	struct ctx ctx;
	struct settings settings;
	struct item_result res;
	struct guest g;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_int_equal(advice_load(), 0);
	b->fs = fake_guest_host(&b->ctx, &b->settings, &b->res);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *fs = b->fs;

	guest_cleanup(&b->g);
	free(b);
	return fake_tree_teardown(&fs);
}

static void start(struct bench *b, const char *how)
{
	struct vm_config cfg = { .image = &fake_qemu_image, .memory_mb = 64, .name = "guest 1" };

	setenv("FAKE_RESTART", how, 1);
	b->g = (struct guest){ .ctx = &b->ctx, .name = "guest 1", .image = &fake_qemu_image };
	assert_int_equal(guest_start(&b->ctx, &cfg, &b->g.vm), 0);
	assert_int_equal(vm_wait_ready(b->g.vm, NULL, 5000), 0);
	/* A slot that is free, with what was seen of its device before. */
	b->g.n_nics = 1;
	util_strlcpy(b->g.nics[0].netdev.ifname, sizeof(b->g.nics[0].netdev.ifname), "eth0");
	b->g.klog_next = 7;
}

static void test_restarts(void **state)
{
	const struct life_restart *const ways[] = { &life_reboots, &life_panics, &life_is_reset };
	struct bench *b = *state;

	start(b, "good");
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		b->g.klog_next = 7;
		assert_int_equal(life_restart(&b->g, ways[i]), 0);
		/* What was known of the old kernel is forgotten. */
		assert_int_equal(b->g.klog_next, 0);
		assert_string_equal(b->g.nics[0].netdev.ifname, "");
	}
	assert_false(ctx_failed(&b->ctx));
	/* In the end a guest that reboots ends QEMU again. */
	assert_int_equal(life_reboots.act(&b->g), 0);
	assert_int_equal(vm_wait_end(b->g.vm, 5000), 0);
	assert_non_null(strstr(vm_end_text(b->g.vm), "after guest-reset"));
}

static void test_old_kernel(void **state)
{
	struct bench *b = *state;

	start(b, "old");
	assert_true(life_restart(&b->g, &life_is_reset) < 0);
	assert_string_equal(b->res.label, "restart_old_kernel");
}

/* QEMU says that the guest was reset, and its agent never comes; or it says nothing. */
static void test_no_restart(void **state)
{
	static const char *const ways[] = { "silent", "deaf" };
	struct bench *b = *state;

	b->fs->root.timeout_percent = 3;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		memset(&b->res, 0, sizeof(b->res));
		start(b, ways[i]);
		assert_int_equal(life_restart(&b->g, &life_reboots), -ETIMEDOUT);
		assert_string_equal(b->res.label, "guest_no_answer");
		guest_cleanup(&b->g);
	}
}

static void test_ends_instead(void **state)
{
	struct bench *b = *state;

	start(b, "ends");
	assert_int_equal(life_restart(&b->g, &life_panics), -EPIPE);
	assert_string_equal(b->res.label, "guest_died");
}

/* Whoever kills QEMU on purpose does not take that for an outsider's doing. */
static void test_kill(void **state)
{
	struct bench *b = *state;

	start(b, "good");
	assert_int_equal(vm_kill(b->g.vm, 5000), 0);
	assert_int_equal(vm_end_signal(b->g.vm), SIGKILL);
	guest_cleanup(&b->g);
	assert_null(b->g.vm);
	assert_false(ctx_failed(&b->ctx));
	assert_int_equal(b->res.verdict, VERDICT_NONE);
}

/* ---- the pulse ---- */

/* Answers on @ifname until it is killed. */
static pid_t answer(const char *ifname, uint32_t session, bool corrupt)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct traffic_echo e = { .session = session, .corrupt_answers = corrupt };
		struct pollfd p = { .events = POLLIN };

		p.fd = e.fd = traffic_open(ifname, e.mac);
		while (e.fd >= 0 && poll(&p, 1, -1) > 0)
			(void)!traffic_echo_serve(&e);
		_exit(1);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void start_pulse(struct pulse *p, bool corrupt, bool once, pid_t *far)
{
	uint32_t session = traffic_new_session();
	uint8_t mac[ETH_ALEN], peer[ETH_ALEN];
	struct link_info info;
	int fd = traffic_open("h0", mac);

	assert_true(fd >= 0);
	assert_int_equal(link_get("g0", &info), 0);
	memcpy(peer, info.mac, sizeof(peer));
	*far = answer("g0", session, corrupt);
	assert_int_equal(pulse_start(p, fd, mac, peer, session, once), 0);
}

/* While nobody answers, frames are lost, and neither before nor after. */
static void test_pulse_knows_when(void **state)
{
	_cleanup_(pulse_close) struct pulse p = { 0 };
	unsigned int sent, answered;
	uint64_t from, to;
	pid_t far;

	(void)state;
	if (!fake_netns() || fake_veth("h0", "g0") < 0)
		skip();
	assert_int_equal(link_set_up("h0", true), 0);
	assert_int_equal(link_set_up("g0", true), 0);
	start_pulse(&p, false, true, &far);
	assert_int_equal(pulse_await(&p, 0, 50, 10000), 0);
	kill(far, SIGSTOP);
	from = util_now_ms();
	assert_int_equal(pulse_await(&p, pulse_answered(&p), 20, 200), -ETIMEDOUT);
	to = util_now_ms();
	end(far);
	far = answer("g0", p.session, false);
	assert_int_equal(pulse_await(&p, pulse_answered(&p), 50, 10000), 0);
	assert_int_equal(pulse_stop(&p), 0);
	end(far);
	pulse_count(&p, from + 20, to, &sent, &answered);
	assert_true(sent > 20);
	assert_int_equal(answered, 0);
	assert_int_equal(pulse_count_answers(&p, from + 50, to), 0);
	assert_true(pulse_find_steady(&p, 0, 20) < from);
	assert_true(pulse_find_steady(&p, from + 20, 20) >= to);
	assert_true(pulse_find_steady(&p, from + 20, pulse_sent(&p)) == 0);
	pulse_count(&p, 0, UINT64_MAX, &sent, &answered);
	assert_int_equal(sent, pulse_sent(&p));
	assert_int_equal(answered, pulse_answered(&p));
	assert_int_equal(p.shared->corrupt, 0);
}

static void test_pulse_sees_damage(void **state)
{
	_cleanup_(pulse_close) struct pulse p = { 0 };
	pid_t far;

	(void)state;
	if (!fake_netns() || fake_veth("h0", "g0") < 0)
		skip();
	assert_int_equal(link_set_up("h0", true), 0);
	assert_int_equal(link_set_up("g0", true), 0);
	start_pulse(&p, true, false, &far);
	assert_int_equal(pulse_await(&p, 0, 1, 300), -ETIMEDOUT);
	assert_int_equal(pulse_stop(&p), 0);
	end(far);
	assert_true(p.shared->corrupt > 0);
}

/* ---- memory ---- */

#define HUGE_2M "sys/kernel/mm/hugepages/hugepages-2048kB/"

static void test_hugepages(void **state)
{
	struct bench *b = *state;
	struct hugepages h;
	uint64_t kb;

	assert_int_equal(hugepages_read(b->ctx.root, 2048, &h), -ENOENT);
	fake_file(b->fs, HUGE_2M "nr_hugepages", "3\n");
	fake_file(b->fs, HUGE_2M "free_hugepages", "1\n");
	assert_int_equal(hugepages_read(b->ctx.root, 2048, &h), 0);
	assert_int_equal(h.total, 3);
	assert_int_equal(h.free, 1);
	assert_int_equal(hugepages_set(b->ctx.root, 2048, 96), 0);
	assert_int_equal(hugepages_read(b->ctx.root, 2048, &h), 0);
	assert_int_equal(h.total, 96);
	fake_file(b->fs, "proc/77/status", "Name:\tqemu\nVmLck:\t  196608 kB\nVmPin:\t 5 kB\n");
	assert_int_equal(hugepages_locked_kb(b->ctx.root, 77, &kb), 0);
	assert_int_equal(kb, 196608);
	fake_file(b->fs, "proc/78/status", "Name:\tzombie\n");
	assert_int_equal(hugepages_locked_kb(b->ctx.root, 78, &kb), -ENOENT);
}

static void test_iommufd(void **state)
{
	const struct pci_addr vf = { 0, 1, 0x10, 0 };
	struct bench *b = *state;

	assert_false(vfio_has_iommufd(b->ctx.root));
	fake_file(b->fs, "dev/iommu", "");
	assert_true(vfio_has_iommufd(b->ctx.root));
	assert_false(vfio_has_cdev(b->ctx.root, &vf));
	fake_dir(b->fs, "sys/bus/pci/devices/0000:01:10.0/vfio-dev/vfio3");
	assert_false(vfio_has_cdev(b->ctx.root, &vf));
	fake_file(b->fs, "dev/vfio/devices/vfio3", "");
	assert_true(vfio_has_cdev(b->ctx.root, &vf));
}

static void test_numa(void **state)
{
	const struct pci_addr nic = { 0, 1, 0, 0 };
	struct bench *b = *state;
	uint64_t on, elsewhere;
	cpu_set_t cpus;

	assert_int_equal(numa_count(b->ctx.root), 1);
	assert_int_equal(numa_node_of(b->ctx.root, &nic), -1);
	fake_file(b->fs, "sys/devices/system/node/has_memory", "0,2-3\n");
	assert_int_equal(numa_count(b->ctx.root), 3);
	fake_file(b->fs, "sys/bus/pci/devices/0000:01:00.0/numa_node", "-1\n");
	assert_int_equal(numa_node_of(b->ctx.root, &nic), -1);
	fake_file(b->fs, "sys/bus/pci/devices/0000:01:00.0/numa_node", "2\n");
	assert_int_equal(numa_node_of(b->ctx.root, &nic), 2);
	fake_file(b->fs, "sys/devices/system/node/node2/cpulist", "4-6,9\n");
	assert_int_equal(numa_cpus(b->ctx.root, 2, &cpus), 0);
	assert_int_equal(CPU_COUNT(&cpus), 4);
	assert_true(CPU_ISSET(9, &cpus) && CPU_ISSET(4, &cpus) && !CPU_ISSET(7, &cpus));
	fake_file(b->fs, "sys/devices/system/node/node3/cpulist", "\n");
	assert_int_equal(numa_cpus(b->ctx.root, 3, &cpus), -ENOENT);
	fake_file(b->fs, "proc/77/numa_maps",
		  "7f01 default anon=9 N0=9 kernelpagesize_kB=4\n"
		  "7f02 bind:2 anon=512 dirty=512 N0=3 N2=509 kernelpagesize_kB=4\n"
		  "7f03 bind:2 anon=1 N2=1 kernelpagesize_kB=4\n"
		  "7f04 bind:22 anon=1 N2=1 kernelpagesize_kB=4\n");
	assert_int_equal(numa_count_pages(b->ctx.root, 77, 2, &on, &elsewhere), 0);
	assert_int_equal(on, 510);
	assert_int_equal(elsewhere, 3);
}

/* ---- the command line ---- */

static const char *arg_after(const struct qemu_args *a, const char *option, const char *start_with)
{
	for (unsigned int i = 0; i + 1 < a->n; i++)
		if (strcmp(a->argv[i], option) == 0 &&
		    strncmp(a->argv[i + 1], start_with, strlen(start_with)) == 0)
			return a->argv[i + 1];
	return "";
}

static unsigned int place(const struct qemu_args *a, const char *value)
{
	unsigned int i = 0;

	while (i < a->n && strncmp(a->argv[i], value, strlen(value)) != 0)
		i++;
	return i;
}

static void test_command_line(void **state)
{
	const struct qemu_fds fds = { 10, 11, 12, -1 };
	struct vm_config cfg = { .memory_mb = 192, .n_devices = 1, .huge_kb = 2048 };
	struct qemu_args a;

	(void)state;
	assert_int_equal(qemu_args_build(&a, &cfg, &fds), 0);
	assert_string_equal(arg_after(&a, "-object", "memory"),
			    "memory-backend-memfd,id=ram,size=192M,hugetlb=on,hugetlbsize=2M,"
			    "prealloc=on");
	assert_non_null(strstr(arg_after(&a, "-M", "q35"), ",memory-backend=ram"));
	qemu_args_free(&a);
	cfg = (struct vm_config){ .memory_mb = 192, .on_node = true, .node = 3 };
	assert_int_equal(qemu_args_build(&a, &cfg, &fds), 0);
	assert_string_equal(arg_after(&a, "-object", "memory"),
			    "memory-backend-ram,id=ram,size=192M,host-nodes=3,policy=bind");
	qemu_args_free(&a);
	cfg = (struct vm_config){ .memory_mb = 192, .n_devices = 1, .iommufd = true };
	assert_int_equal(qemu_args_build(&a, &cfg, &fds), 0);
	assert_true(place(&a, "iommufd,id=iommufd0") < place(&a, "vfio-pci"));
	assert_non_null(strstr(arg_after(&a, "-device", "vfio-pci"), ",iommufd=iommufd0"));
	qemu_args_free(&a);
	cfg = (struct vm_config){ .memory_mb = 192, .n_devices = 1, .viommu = true };
	assert_int_equal(qemu_args_build(&a, &cfg, &fds), 0);
	/* A device that is there before it is not behind it. */
	assert_true(place(&a, "virtio-iommu-pci") < place(&a, "virtio-serial-pci"));
	assert_true(place(&a, "virtio-iommu-pci") < place(&a, "pcie-root-port"));
	assert_string_equal(arg_after(&a, "-object", "memory"), "");
	qemu_args_free(&a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_restarts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_instead, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kill, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hugepages, setup, teardown),
		cmocka_unit_test_setup_teardown(test_iommufd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numa, setup, teardown),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_pulse_knows_when),
		cmocka_unit_test(test_pulse_sees_damage),
	};

	if (fake_qemu_wanted(argc, argv))
		return play(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
