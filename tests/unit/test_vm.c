/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested guests against a QEMU that is played by this program itself: started with QEMU's
 * arguments, it talks QMP and the agent protocol as FAKE_QEMU says.
 */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "model/advice.h"
#include "fake_qemu.h"
#include "base/sysroot.h"
#include "cases/guest.h"
#include "cases/trial.h"
#include "sys/guest_user.h"
#include "vm/vm.h"

/* ---- the fake QEMU ---- */

struct fake {
	const char *mode;
	int qmp, agent, console;
};

static bool fake_is(const struct fake *f, const char *mode)
{
	return strcmp(f->mode, mode) == 0;
}

static void fake_say(int fd, const char *text)
{
	(void)!util_write_all(fd, text, strlen(text));
}

static void fake_shut_down(const struct fake *f, const char *reason)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"%s\"}}\r\n", reason);
	fake_say(f->qmp, line);
	exit(0);
}

static void fake_send_agent(const struct fake *f, enum agent_type type, uint32_t seq,
			    const void *payload, uint32_t len)
{
	uint8_t msg[1024];

	(void)!util_write_all(f->agent, msg, channel_format(msg, type, seq, 0, payload, len));
}

/* The runner has gone. A QEMU that has not noticed lasts. */
static void fake_is_left(const struct fake *f)
{
	while (fake_is(f, "lasting"))
		pause();
	exit(1);
}

static void fake_serve_qmp(const struct fake *f)
{
	char buf[4096], line[256];
	ssize_t n = read(f->qmp, buf, sizeof(buf) - 1);
	json_int_t id;
	json_t *msg;
	const char *command, *result = "{}";

	if (n <= 0)
		fake_is_left(f);
	buf[n] = '\0';
	msg = json_loads(buf, 0, NULL);
	command = json_string_value(json_object_get(msg, "execute"));
	id = json_integer_value(json_object_get(msg, "id"));
	if (strcmp(command, "device_del") == 0) {
		snprintf(line, sizeof(line),
			 "{\"id\": %d, \"error\": {\"desc\": \"Device 'x' not found\"}}\n",
			 (int)id);
		fake_say(f->qmp, line);
		json_decref(msg);
		return;
	}
	if (strcmp(command, "query-pci") == 0)
		result = "[{\"bus\": 0, \"devices\": [{\"qdev_id\": \"rp0\", \"bus\": 0, "
			 "\"pci_bridge\": "
			 "{\"devices\": [{\"qdev_id\": \"hostdev0\", \"bus\": 3, \"slot\": 4, "
			 "\"function\": 1}]}}]}]";
	if (strcmp(command, "stop") == 0)
		fake_say(f->qmp, "{\"event\": \"STOP\"}\n");
	if (!fake_is(f, "stuck") || strcmp(command, "quit") != 0)
		dprintf(f->qmp, "{\"id\": %d, \"return\": %s}\n", (int)id, result);
	if (strcmp(command, "quit") == 0 && !fake_is(f, "stuck"))
		exit(0);
	json_decref(msg);
}

static void fake_serve_agent(const struct fake *f, struct channel *ch)
{
	struct agent_header req;
	const void *payload;
	char buf[256];
	ssize_t n = read(f->agent, buf, channel_wanted(ch));

	if (n <= 0 || channel_feed(ch, buf, (size_t)n) < 0)
		fake_is_left(f);
	if (!channel_next(ch, &req, &payload) || fake_is(f, "mute") || fake_is(f, "stuck"))
		return;
	if (fake_is(f, "panic")) {
		fake_say(f->console, "Kernel panic - not syncing: Attempted to kill init!\n");
		fake_shut_down(f, "guest-reset");
	}
	/* An answer to a request that was given up comes first, and has to be ignored. */
	fake_send_agent(f, req.type, req.seq - 1, "stale", 5);
	fake_send_agent(f, req.type, req.seq, "pong", req.type == AGENT_POWEROFF ? 0 : 4);
	if (req.type == AGENT_POWEROFF)
		fake_shut_down(f, "guest-shutdown");
}

/* What it may lock, and whether it may lock more all the same. */
static int fake_tell_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return 1;
	fprintf(stderr, "may lock %llu bytes, IPC_LOCK %d\n", (unsigned long long)limit.rlim_cur,
		prctl(PR_CAPBSET_READ, CAP_IPC_LOCK, 0, 0, 0));
	return 1;
}

static int play_qemu(int argc, char **argv)
{
	struct agent_hello hello = { .version = AGENT_VERSION, .kernel = "6.12-fake" };
	struct channel ch = { 0 };
	struct fake f = {
		.mode = getenv("FAKE_QEMU"),
		.qmp = fake_qemu_fd(argc, argv, "qmp"),
		.agent = fake_qemu_fd(argc, argv, "agent"),
		.console = fake_qemu_fd(argc, argv, "console"),
	};

	if (fake_is(&f, "refuse")) {
		fprintf(stderr,
			"qemu: -device vfio-pci: vfio 0000:01:10.0: failed to setup container "
			"for group 9: Failed to set iommu for container: "
			"Operation not permitted\n");
		return 1;
	}
	if (fake_is(&f, "no_memory")) {
		fprintf(stderr, "qemu-system-x86_64: cannot set up guest memory 'pc.ram': "
				"Cannot allocate memory\n");
		return 1;
	}
	if (fake_is(&f, "refuse_device") && fake_qemu_has_device(argc, argv)) {
		fprintf(stderr, "qemu: something that nobody has a row for\n");
		return 1;
	}
	if (fake_is(&f, "memlock"))
		return fake_tell_limit();
	if (fake_is(&f, "silent"))
		for (;;)
			pause();
	fake_say(f.qmp, "{\"QMP\": {}}\n");
	fake_say(f.console, "\033[1mbooting\033[0m\r\n");
	if (fake_is(&f, "garbage"))
		fake_say(f.agent, "this is certainly no message of the protocol");
	else if (!fake_is(&f, "mute"))
		fake_send_agent(&f, AGENT_HELLO, 0, &hello, sizeof(hello));
	for (;;) {
		struct pollfd p[] = { { .fd = f.qmp, .events = POLLIN },
				      { .fd = f.agent, .events = POLLIN } };

		poll(p, 2, -1);
		if (p[0].revents)
			fake_serve_qmp(&f);
		if (p[1].revents)
			fake_serve_agent(&f, &ch);
	}
}

/* ---- the tests ---- */

struct bench {
	struct ctx ctx;
	struct sysroot root;
	struct settings settings;
	struct item_result res;
	struct vm_config cfg;
	struct vm *vm;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_int_equal(advice_load(), 0);
	b->ctx = (struct ctx){
		.settings = &b->settings,
		.root = &b->root,
		.deadline_ms = util_now_ms() + 60000,
		.res = &b->res,
	};
	b->cfg = (struct vm_config){ .image = &fake_qemu_image, .memory_mb = 64 };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	if (b->vm)
		vm_stop(b->vm);
	free(b);
	/* Nothing may be left behind. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static int start(struct bench *b, const char *mode)
{
	setenv("FAKE_QEMU", mode, 1);
	return guest_start(&b->ctx, &b->cfg, &b->vm);
}

static int stop(struct bench *b)
{
	return vm_stop(util_take_ptr(b->vm));
}

static void test_good_guest(void **state)
{
	struct bench *b = *state;
	struct agent_hello hello;
	char reply[16];

	assert_int_equal(start(b, "good"), 0);
	/* The undo was there before QEMU was. */
	assert_int_equal(b->res.n_undo, 1);
	assert_int_equal(b->res.undo[0].op, UNDO_KILL);
	assert_true(b->res.undo[0].value > 1);
	assert_int_equal(vm_wait_ready(b->vm, &hello, 5000), 0);
	assert_string_equal(hello.kernel, "6.12-fake");
	assert_int_equal(vm_agent_call(b->vm, AGENT_KLOG, NULL, 0, reply, sizeof(reply), 5000), 4);
	assert_memory_equal(reply, "pong", 4);
	assert_false(vm_ended(b->vm));
	assert_int_equal(stop(b), 0);
	/* Escape sequences of the console do not get through. */
	assert_string_equal(b->res.console, "?[1mbooting?[0m\n");
	assert_false(ctx_failed(&b->ctx));
}

/* What the kernel says of a QEMU that runs as the appliance's does. */
static void test_unprivileged(void **state)
{
	struct bench *b = *state;
	struct qemu_image image = fake_qemu_image;
	struct guest_user_rights r;

	if (geteuid() != 0)
		skip();
	image.unprivileged = true;
	b->cfg.image = &image;
	assert_int_equal(start(b, "good"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), 0);
	assert_int_equal(sysroot_open(&b->root, "/"), 0);
	assert_int_equal(guest_user_read(&b->root, vm_pid(b->vm), &r), 0);
	assert_int_equal(r.user, GUEST_USER);
	assert_int_equal(r.capabilities, 0);
	assert_true(r.no_new_privs);
	/* And this program, for comparison. */
	assert_int_equal(guest_user_read(&b->root, getpid(), &r), 0);
	assert_int_equal(r.user, 0);
	assert_int_not_equal(r.capabilities, 0);
	close(b->root.fd);
	assert_int_equal(stop(b), 0);
}

static void start_and_die(struct bench *b, int tell)
{
	pid_t pid = start(b, "lasting") == 0 ? vm_pid(b->vm) : -1;

	_exit(write(tell, &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
}

/* An unprivileged QEMU goes with who has started it, too: the kernel forgets that with the user. */
static void test_unprivileged_dies_with_the_runner(void **state)
{
	struct bench *b = *state;
	struct qemu_image image = fake_qemu_image;
	struct pollfd p = { .events = POLLIN };
	pid_t runner, qemu = -1;
	int tell[2];

	if (geteuid() != 0)
		skip();
	image.unprivileged = true;
	b->cfg.image = &image;
	assert_int_equal(pipe(tell), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	runner = fork();
	if (runner == 0)
		start_and_die(b, tell[1]);
	assert_int_equal(read(tell[0], &qemu, sizeof(qemu)), sizeof(qemu));
	assert_true(qemu > 1);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	p.fd = pidfd_open(qemu, 0);
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(waitpid(qemu, NULL, 0), qemu);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
	close(p.fd);
	close(tell[0]);
	close(tell[1]);
}

/* With a name, whole lines stand behind it, and an unfinished one comes at the end. */
static void test_console_of_a_named_guest(void **state)
{
	struct bench *b = *state;

	b->cfg.name = "guest 2";
	assert_int_equal(start(b, "panic"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), 0);
	util_strlcpy(b->res.console, sizeof(b->res.console), "guest 1: before\n");
	assert_int_equal(vm_agent_call(b->vm, AGENT_KLOG, NULL, 0, NULL, 0, 5000), -EPIPE);
	assert_true(stop(b) < 0);
	assert_string_equal(b->res.console,
			    "guest 1: before\n"
			    "guest 2: Kernel panic - not syncing: Attempted to kill init!\n");
}

static void test_reply_that_is_too_long(void **state)
{
	struct bench *b = *state;
	char reply[3];

	assert_int_equal(start(b, "good"), 0);
	assert_int_equal(vm_agent_call(b->vm, AGENT_KLOG, NULL, 0, reply, sizeof(reply), 5000),
			 -EPROTO);
	assert_int_equal(stop(b), 0);
}

static void test_qmp(void **state)
{
	struct bench *b = *state;
	struct pci_addr addr;
	json_t *ret = NULL;

	assert_int_equal(start(b, "good"), 0);
	assert_int_equal(vm_qmp(b->vm, "query-status", NULL, &ret, 5000), 0);
	assert_true(json_is_object(ret));
	json_decref(ret);
	assert_int_equal(vm_qmp(b->vm, "device_del", json_pack("{s:s}", "id", "x"), NULL, 5000),
			 -EREMOTEIO);
	assert_string_equal(vm_qmp_error(b->vm), "Device 'x' not found");
	assert_int_equal(vm_guest_addr(b->vm, "hostdev0", &addr), 0);
	assert_int_equal(addr.bus, 3);
	assert_int_equal(addr.dev, 4);
	assert_int_equal(addr.fn, 1);
	assert_int_equal(vm_guest_addr(b->vm, "hostdev1", &addr), -ENODEV);
	assert_int_equal(vm_qmp_wait_event(b->vm, "STOP", NULL, NULL, 50), -ETIMEDOUT);
	assert_int_equal(vm_qmp(b->vm, "stop", NULL, NULL, 5000), 0);
	assert_int_equal(vm_qmp_wait_event(b->vm, "STOP", NULL, &ret, 5000), 0);
	json_decref(ret);
	assert_int_equal(stop(b), 0);
}

static void test_qemu_refuses(void **state)
{
	struct bench *b = *state;

	b->cfg.n_devices = 1;
	assert_true(start(b, "refuse") < 0);
	assert_null(b->vm);
	assert_true(ctx_failed(&b->ctx));
	assert_string_equal(b->res.label, "no_interrupt_remapping_vfio");
	assert_non_null(strstr(b->res.measured, "exited with status 1"));
	assert_non_null(strstr(b->res.measured, "Operation not permitted"));
}

/* A QEMU that has to refuse its device, in the words that are expected. */
static void test_trial(void **state)
{
	static const struct rig_dev vf = { .what = "VF 0", .addr = { 0, 1, 0x10, 0 } };
	static const struct {
		const char *mode, *words, *label;
	} rows[] = {
		{ "refuse", "*group 9: Failed to set iommu for container: Operation not permitted",
		  "" },
		{ "refuse", "*is not viable*", "refusal_other" },
		{ "good", "*is not viable*", "refusal_missing" },
		{ "memlock", "may lock 1048576 bytes, IPC_LOCK 0", "" },
	};
	struct trial t = {
		.dev = &vf, .lock_kb = 1024, .image = &fake_qemu_image, .what = "a trial"
	};
	struct bench *b = *state;

	b->settings.guest_memory_mb = 64;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		b->res = (struct item_result){ 0 };
		setenv("FAKE_QEMU", rows[i].mode, 1);
		assert_int_equal(trial_refused(&b->ctx, &t, rows[i].words) == 0,
				 rows[i].label[0] == '\0');
		assert_string_equal(b->res.label, rows[i].label);
	}
	assert_string_equal(b->res.evidence[0].key, "refused");
	t.lock_kb = 0;
	/* Without a limit nothing is taken from it. */
	if (prctl(PR_CAPBSET_READ, CAP_IPC_LOCK, 0, 0, 0) == 1)
		assert_int_equal(trial_refused(&b->ctx, &t, "may lock * bytes, IPC_LOCK 1"), 0);
	setenv("FAKE_QEMU", "good", 1);
	assert_int_equal(trial_accepted(&b->ctx, &t), 0);
	setenv("FAKE_QEMU", "refuse", 1);
	assert_true(trial_accepted(&b->ctx, &t) < 0);
	assert_string_equal(b->res.label, "no_interrupt_remapping_vfio");
}

static void test_qemu_is_missing(void **state)
{
	struct bench *b = *state;
	struct qemu_image missing = fake_qemu_image;

	missing.program = "/nonexistent/qemu";
	b->cfg.image = &missing;
	assert_true(start(b, "good") < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "guest_control_failed");
	assert_non_null(strstr(b->res.reason, "/nonexistent/qemu could not be run"));
	/* Nor is it the device's fault if there is one. */
	b->res = (struct item_result){ 0 };
	b->cfg.n_devices = 1;
	assert_true(start(b, "good") < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "guest_control_failed");
}

/* With the device it does not start, without it does: that is a finding. */
static void test_qemu_refuses_the_device(void **state)
{
	struct bench *b = *state;

	b->cfg.n_devices = 1;
	assert_true(start(b, "refuse_device") < 0);
	assert_true(ctx_failed(&b->ctx));
	assert_string_equal(b->res.label, "guest_start_failed");
	assert_string_equal(b->res.evidence[0].key, "guest.control");
	assert_non_null(strstr(b->res.evidence[0].value, "works"));
}

/* Memory is the host's. */
static void test_qemu_has_no_memory(void **state)
{
	struct bench *b = *state;

	b->cfg.n_devices = 1;
	assert_true(start(b, "no_memory") < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
	assert_string_equal(b->res.label, "out_of_memory");
}

static void test_qemu_hangs_at_start(void **state)
{
	struct bench *b = *state;

	b->ctx.deadline_ms = util_now_ms() + 200;
	b->cfg.n_devices = 1;
	assert_true(start(b, "silent") < 0);
	assert_null(b->vm);
	/* It is the item's time that ended, and that is what is said. */
	assert_int_equal(b->res.verdict, VERDICT_TIMEOUT);
	assert_non_null(strstr(b->res.measured, "starting the guest"));
}

static void test_guest_is_mute(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b, "mute"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 100), -ETIMEDOUT);
	assert_false(vm_ended(b->vm));
	assert_int_equal(stop(b), -ENOTCONN);
}

static void test_guest_panics(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b, "panic"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), 0);
	assert_int_equal(vm_agent_call(b->vm, AGENT_NETDEVS, NULL, 0, NULL, 0, 5000), -EPIPE);
	assert_true(vm_ended(b->vm));
	assert_non_null(strstr(vm_end_text(b->vm), "guest-reset"));
	assert_non_null(strstr(b->res.console, "Kernel panic"));
	/* And everything asked for afterwards says so at once. */
	assert_int_equal(vm_agent_call(b->vm, AGENT_NETDEVS, NULL, 0, NULL, 0, 5000), -EPIPE);
	assert_int_equal(vm_qmp(b->vm, "query-status", NULL, NULL, 5000), -EPIPE);
	assert_int_equal(stop(b), -ENOTCONN);
}

static void test_panic_while_powering_off_is_not_clean(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b, "panic"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), 0);
	assert_int_equal(stop(b), -EPIPE);
}

static void test_agent_talks_nonsense(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b, "garbage"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), -EPROTO);
	assert_int_equal(stop(b), -ENOTCONN);
}

static void test_qemu_is_killed(void **state)
{
	struct bench *b = *state;

	assert_int_equal(start(b, "good"), 0);
	assert_int_equal(vm_wait_ready(b->vm, NULL, 5000), 0);
	kill((pid_t)(b->res.undo[0].value & ((1u << 22) - 1)), SIGKILL);
	assert_int_equal(vm_qmp_wait_event(b->vm, "NEVER", NULL, NULL, 5000), -EPIPE);
	assert_non_null(strstr(vm_end_text(b->vm), "signal 9"));
	assert_int_equal(stop(b), -ENOTCONN);
}

static const char *arg_after(const struct qemu_args *a, const char *option, const char *start_with)
{
	for (unsigned int i = 0; i + 1 < a->n; i++)
		if (strcmp(a->argv[i], option) == 0 &&
		    strncmp(a->argv[i + 1], start_with, strlen(start_with)) == 0)
			return a->argv[i + 1];
	return NULL;
}

static void test_command_line(void **state)
{
	struct bench *b = *state;
	struct qemu_args a;
	const struct qemu_fds fds = { 10, 11, 12, -1 };

	b->cfg = (struct vm_config){ .memory_mb = 192, .n_devices = 1, .free_ports = 1 };
	b->cfg.devices[0] = (struct pci_addr){ 0, 1, 0x10, 2 };
	b->cfg.agent_fault = "agent_mute";
	b->cfg.words = "more words";
	assert_int_equal(qemu_args_build(&a, &b->cfg, &fds), 0);
	assert_string_equal(a.argv[0], "/usr/bin/qemu-system-x86_64");
	assert_null(a.argv[a.n]);
	assert_non_null(strstr(arg_after(&a, "-M", "q35"), "accel=kvm"));
	assert_non_null(strstr(arg_after(&a, "-sandbox", "on,"), "spawn=deny"));
	assert_string_equal(arg_after(&a, "-m", ""), "192");
	assert_string_equal(arg_after(&a, "-smp", ""), "1");
	assert_non_null(
		strstr(arg_after(&a, "-append", ""), " vfproof.fault=agent_mute more words"));
	assert_string_equal(arg_after(&a, "-device", "vfio-pci"),
			    "vfio-pci,host=0000:01:10.2,bus=rp0,id=hostdev0,rombar=0");
	assert_non_null(arg_after(&a, "-device", "pcie-root-port,id=rp1"));
	assert_null(arg_after(&a, "-device", "pcie-root-port,id=rp2"));
	qemu_args_free(&a);
}

static void test_command_line_largest(void **state)
{
	struct bench *b = *state;
	struct qemu_args a;
	const struct qemu_fds fds = { 10, 11, 12, -1 };
	const char *port;

	b->cfg.n_devices = VM_MAX_DEVICES;
	b->cfg.free_ports = VM_MAX_PORTS - VM_MAX_DEVICES;
	b->cfg.cpus = 5;
	assert_int_equal(qemu_args_build(&a, &b->cfg, &fds), 0);
	/* As many ports as the 29 free slots of the bus have functions; the last slot is not free.
	 */
	port = arg_after(&a, "-device", "pcie-root-port,id=rp231,");
	assert_non_null(strstr(port, ",addr=1e.7,multifunction=on"));
	assert_non_null(strstr(arg_after(&a, "-device", "vfio-pci"), "hostdev0"));
	assert_string_equal(arg_after(&a, "-smp", ""), "5");
	qemu_args_free(&a);
	b->cfg.free_ports++;
	assert_int_equal(qemu_args_build(&a, &b->cfg, &fds), -E2BIG);
	qemu_args_free(&a);
	b->cfg.free_ports = 0;
	b->cfg.n_devices = VM_MAX_DEVICES + 1;
	assert_int_equal(qemu_args_build(&a, &b->cfg, &fds), -E2BIG);
	qemu_args_free(&a);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good_guest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unprivileged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unprivileged_dies_with_the_runner, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_console_of_a_named_guest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reply_that_is_too_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qmp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trial, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_refuses_the_device, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_has_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_hangs_at_start, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guest_is_mute, setup, teardown),
		cmocka_unit_test_setup_teardown(test_guest_panics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_panic_while_powering_off_is_not_clean, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_agent_talks_nonsense, setup, teardown),
		cmocka_unit_test_setup_teardown(test_qemu_is_killed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_command_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_command_line_largest, setup, teardown),
	};

	if (fake_qemu_wanted(argc, argv))
		return play_qemu(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
