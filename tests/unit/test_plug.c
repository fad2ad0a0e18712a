/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What counts as a removal and as a refusal. QEMU is played by this program itself, well or badly
 * as FAKE_PLUG says; the real agent answers in it on a fake tree, whose netdev comes and goes with
 * the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "cases/guest_plug.h"
#include "cases/refusal.h"
#include "cases/taken.h"
#include "model/advice.h"
#include "fake_case.h"
#include "fake_qemu.h"
#include "fake_sysroot.h"
#include "cases/guest.h"

#define NET "sys/class/net/eth0"
#define GO "go"
#define NET_DEVICE "sys/devices/pci0000:00/0000:03:00.0/net/eth0"

/* ---- QEMU and the guest ---- */

struct played {
	int qmp, port;
	const char *mode;
	char added[32]; /* id of the device, "" if there is none */
	struct agent agent;
};

static bool played_is(const struct played *p, const char *mode)
{
	return strcmp(p->mode, mode) == 0;
}

/* NULL: it is done. */
static const char *played_add(struct played *p, const char *id, const char *addr)
{
	if (played_is(p, "dies"))
		exit(7);
	if (strcmp(p->added, id) == 0 && !played_is(p, "half") && !played_is(p, "twice"))
		return "Duplicate device ID 'x'";
	if (played_is(p, "half"))
		snprintf(p->added, sizeof(p->added), "%s", id);
	if (addr && strcmp(addr, "sluo") == 0 && !played_is(p, "accepts"))
		return played_is(p, "other") ? "Something went wrong" : "no such place: sluo";
	snprintf(p->added, sizeof(p->added), "%s", id);
	return NULL;
}

static const char *played_del(struct played *p, const char *id)
{
	if (strcmp(p->added, id) != 0)
		return "no such device";
	if (played_is(p, "stays"))
		return NULL;
	if (!played_is(p, "netdev"))
		unlinkat(p->agent.root.fd, NET, 0);
	p->added[0] = '\0';
	dprintf(p->qmp,
		"{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/x\"}}\n"
		"{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"%s\"}}\n",
		id);
	return NULL;
}

static void played_answer(struct played *p, json_int_t id, const char *error, json_t *value)
{
	json_t *msg = error && !value ? json_pack("{s:I, s:{s:s, s:s}}", "id", id, "error", "class",
						  "GenericError", "desc", error)
				      : json_pack("{s:I, s:o}", "id", id, "return",
						  value ? value : json_object());
	char *line = json_dumps(msg, JSON_COMPACT);

	dprintf(p->qmp, "%s\n", line);
	free(line);
	json_decref(msg);
}

/* "device_add vfio-pci,...,id=X,...[,addr=Y]" or "device_del X" */
static void played_hmp(struct played *p, json_int_t seq, const char *line)
{
	const char *id = strstr(line, ",id="), *addr = strstr(line, ",addr="), *error;
	char name[32], out[200] = "";

	snprintf(name, sizeof(name), "%.*s", id ? (int)strcspn(id + 4, ",") : 0, id ? id + 4 : "");
	error = id ? played_add(p, name, addr ? addr + 6 : NULL)
		   : played_del(p, line + strlen("device_del "));
	if (error)
		snprintf(out, sizeof(out), "Error: %s\r\n", error);
	played_answer(p, seq, NULL, json_string(out));
}

static json_t *played_pci(const struct played *p)
{
	if (p->added[0] == '\0')
		return json_array();
	return json_pack("[{s:[{s:s, s:i, s:i, s:i}]}]", "devices", "qdev_id", p->added, "bus", 3,
			 "slot", 0, "function", 0);
}

static json_t *played_query(const struct played *p, const char *command)
{
	if (strcmp(command, "query-pci") == 0)
		return played_pci(p);
	return strcmp(command, "query-status") == 0 ? json_pack("{s:s}", "status", "running")
						    : NULL;
}

static void played_serve_qmp(struct played *p)
{
	char buf[4096];
	ssize_t n = read(p->qmp, buf, sizeof(buf));
	json_t *msg, *args;
	const char *command;
	json_int_t seq;

	if (n <= 0)
		exit(1);
	msg = json_loadb(buf, (size_t)n, 0, NULL);
	args = json_object_get(msg, "arguments");
	command = json_string_value(json_object_get(msg, "execute"));
	seq = json_integer_value(json_object_get(msg, "id"));
	if (strcmp(command, "device_add") == 0) {
		if (played_is(p, "hangs"))
			return;
		played_answer(p, seq,
			      played_add(p, json_string_value(json_object_get(args, "id")),
					 json_string_value(json_object_get(args, "addr"))),
			      NULL);
	} else if (strcmp(command, "device_del") == 0) {
		played_answer(p, seq, played_del(p, json_string_value(json_object_get(args, "id"))),
			      NULL);
	} else if (strcmp(command, "human-monitor-command") == 0) {
		played_hmp(p, seq, json_string_value(json_object_get(args, "command-line")));
	} else {
		played_answer(p, seq, NULL, played_query(p, command));
	}
	if (strcmp(command, "quit") == 0)
		exit(0);
	json_decref(msg);
}

/* The kernel wants the device: asked for by whoever wrote @GO. */
static void played_request(struct played *p)
{
	char id[sizeof(p->added)];

	if (p->added[0] == '\0' || faccessat(p->agent.root.fd, GO, F_OK, 0) < 0)
		return;
	snprintf(id, sizeof(id), "%s", p->added);
	played_del(p, id);
}

static int play(int argc, char **argv)
{
	static struct played p;
	struct channel ch = { 0 };

	p.qmp = fake_qemu_fd(argc, argv, "qmp");
	p.port = fake_qemu_fd(argc, argv, "agent");
	p.mode = getenv("FAKE_PLUG");
	if (sysroot_open(&p.agent.root, getenv("FAKE_ROOT")) < 0)
		return 1;
	dprintf(p.qmp, "{\"QMP\": {}}\n");
	for (;;) {
		struct pollfd fds[] = { { .fd = p.qmp, .events = POLLIN },
					{ .fd = p.port, .events = POLLIN } };

		poll(fds, ARRAY_SIZE(fds), 20);
		played_request(&p);
		if (fds[0].revents)
			played_serve_qmp(&p);
		if (fds[1].revents)
			fake_qemu_serve_agent(p.port, &p.agent, &ch);
	}
}

/* ---- the tests ---- */

static const struct rig_dev vf = { .what = "VF 2", .vf = 2, .addr = { 0, 1, 0x10, 4 } };

static const struct refusal no_such_place[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "no such place: *");
static const struct refusal no_such_device[REFUSAL_MONITORS] =
	REFUSAL_BOTH("GenericError", "no such device");

struct bench {
	struct fake_sysroot *fs; /* the host's and the guest's in one */
	struct ctx ctx;
	struct settings settings;
	struct item_result res;
	struct guest g;
};

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->fs = fake_guest_host(&b->ctx, &b->settings, &b->res);
	fake_file(b->fs, NET_DEVICE "/address", "02:00:00:00:00:01\n");
	fake_dir(b->fs, NET_DEVICE "/device");
	fake_link(b->fs, NET, "../../devices/pci0000:00/0000:03:00.0/net/eth0");
	fake_file(b->fs, "dev/vfio/9", "");
	fake_link(b->fs, "sys/bus/pci/devices/0000:01:10.4/iommu_group",
		  "../../../../kernel/iommu_groups/9");
	fake_dir(b->fs, "sys/kernel/iommu_groups/9/devices/0000:01:10.4");
	b->g = (struct guest){ .ctx = &b->ctx, .n_ports = 2 };
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *fs = b->fs;

	if (b->g.vm)
		vm_stop(b->g.vm);
	free(b);
	return fake_tree_teardown(&fs);
}

static void start(struct bench *b, const char *mode)
{
	const struct vm_config cfg = { .image = &fake_qemu_image, .memory_mb = 64 };

	setenv("FAKE_PLUG", mode, 1);
	assert_int_equal(guest_start(&b->ctx, &cfg, &b->g.vm), 0);
}

/* As guest_check_nic() leaves it. */
static void seen(struct bench *b, unsigned int index)
{
	strcpy(b->g.nics[index].netdev.pci, "0000:03:00.0");
}

static unsigned int plug(struct bench *b, enum vm_monitor monitor)
{
	unsigned int index = 99;

	assert_int_equal(guest_plug(&b->g, &vf, monitor, &index), 0);
	seen(b, index);
	return index;
}

static void test_comes_and_goes(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "good");
	index = plug(b, VM_MONITOR_QMP);
	assert_string_equal(b->g.nics[index].id, "plug0");
	assert_int_equal(guest_find_dev(&b->g, &vf), index);
	assert_int_equal(guest_free_port(&b->g), 1);
	assert_int_equal(guest_unplug(&b->g, index, VM_MONITOR_HMP), 0);
	assert_int_equal(guest_find_dev(&b->g, &vf), -1);
	assert_int_equal(guest_free_port(&b->g), 0);
	assert_int_equal(plug(b, VM_MONITOR_HMP), index);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
}

static void test_no_free_port(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "good");
	plug(b, VM_MONITOR_QMP);
	plug(b, VM_MONITOR_QMP);
	assert_int_equal(guest_free_port(&b->g), -1);
	assert_int_equal(guest_plug(&b->g, &vf, VM_MONITOR_QMP, &index), -ENOSPC);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
}

static void test_does_not_go(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "stays");
	index = plug(b, VM_MONITOR_QMP);
	b->fs->root.timeout_percent = 1;
	assert_int_equal(guest_unplug(&b->g, index, VM_MONITOR_QMP), -ETIMEDOUT);
	assert_string_equal(b->res.label, "plug_not_removed");
}

static void test_netdev_stays(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "netdev");
	index = plug(b, VM_MONITOR_QMP);
	b->fs->root.timeout_percent = 1;
	assert_true(guest_unplug(&b->g, index, VM_MONITOR_QMP) < 0);
	assert_string_equal(b->res.label, "guest_netdev_stays");
}

/* Nothing can be seen to go that was never seen to be there. */
static void test_unseen(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "good");
	assert_int_equal(guest_plug(&b->g, &vf, VM_MONITOR_QMP, &index), 0);
	assert_true(guest_unplug(&b->g, index, VM_MONITOR_QMP) < 0);
	assert_int_equal(b->res.verdict, VERDICT_ERROR);
}

static void test_removal_refused(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "good");
	index = plug(b, VM_MONITOR_QMP);
	strcpy(b->g.nics[index].id, "another");
	assert_int_equal(guest_unplug(&b->g, index, VM_MONITOR_QMP), -EREMOTEIO);
	assert_string_equal(b->res.label, "plug_del_refused");
}

static void test_addition_refused(void **state)
{
	struct bench *b = *state;
	unsigned int index;

	start(b, "good");
	assert_int_equal(guest_plug_at(&b->g, &vf, VM_MONITOR_HMP, "sluo", &index), -EREMOTEIO);
	assert_string_equal(b->res.label, "plug_refused");
	assert_non_null(strstr(b->res.measured, "no such place"));
}

static void test_refused_as_expected(void **state)
{
	struct bench *b = *state;

	start(b, "good");
	assert_int_equal(refusal_check_add(&b->g, "0000:01:10.4", "sluo", no_such_place), 0);
	assert_int_equal(refusal_check_del(&b->g, "nope", no_such_device), 0);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	assert_int_equal(b->res.n_evidence, 4);
	assert_string_equal(b->res.evidence[0].value,
			    "QMP, device_add host=0000:01:10.4 addr=sluo: "
			    "GenericError: no such place: sluo");
	assert_string_equal(b->res.evidence[1].value,
			    "HMP, device_add host=0000:01:10.4 addr=sluo: "
			    "Error: no such place: sluo");
}

/* Each way in which a refusal can be none. */
static void test_refused_badly(void **state)
{
	static const struct {
		const char *mode, *label;
	} rows[] = {
		{ "accepts", "refusal_missing" }, { "other", "refusal_other" },
		{ "half", "refusal_left" },	  { "dies", "guest_died" },
		{ "hangs", "guest_no_answer" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		b->fs->root.timeout_percent = 100;
		start(b, rows[i].mode);
		if (strcmp(rows[i].mode, "hangs") == 0)
			b->fs->root.timeout_percent = 1;
		assert_true(refusal_check_add(&b->g, "0000:01:10.4", "sluo", no_such_place) < 0);
		assert_int_equal(b->res.verdict, VERDICT_FAIL);
		assert_string_equal(b->res.label, rows[i].label);
		vm_stop(util_take_ptr(b->g.vm));
		b->res = (struct item_result){ 0 };
	}
}

/* The class counts, and the words do. */
static void test_refused_as_something_else(void **state)
{
	static const struct refusal class[REFUSAL_MONITORS] =
		REFUSAL_BOTH("DeviceNotFound", "no such device");
	static const struct refusal words[REFUSAL_MONITORS] =
		REFUSAL_BOTH("GenericError", "no such");
	struct bench *b = *state;

	start(b, "good");
	assert_true(refusal_check_del(&b->g, "nope", class) < 0);
	assert_string_equal(b->res.label, "refusal_other");
	b->res = (struct item_result){ 0 };
	assert_true(refusal_check_del(&b->g, "nope", words) < 0);
	assert_string_equal(b->res.label, "refusal_other");
}

/* The id of a device that is there is refused, and the device keeps its place. */
static void test_id_is_taken(void **state)
{
	static const struct refusal taken[REFUSAL_MONITORS] =
		REFUSAL_BOTH("GenericError", "Duplicate device ID '*'");
	struct bench *b = *state;

	start(b, "good");
	plug(b, VM_MONITOR_QMP);
	assert_int_equal(refusal_check_id(&b->g, "0000:01:10.4", "plug0", taken), 0);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	vm_stop(util_take_ptr(b->g.vm));
	b->g.n_nics = 0;
	start(b, "twice");
	plug(b, VM_MONITOR_QMP);
	assert_true(refusal_check_id(&b->g, "0000:01:10.4", "plug0", taken) < 0);
	assert_string_equal(b->res.label, "refusal_missing");
}

/* ---- taken by the host ---- */

static bool netdev_is_gone(void *arg)
{
	const struct ctx *ctx = arg;

	return faccessat(ctx->root->fd, NET, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
}

/* As the kernel does: QEMU is asked, and the writer waits until it has let go. */
static int write_waits(const struct ctx *ctx, const void *what)
{
	int fd = openat(ctx->root->fd, GO, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)what;
	if (fd < 0)
		return -errno;
	close(fd);
	return util_poll_until(netdev_is_gone, (void *)ctx, 60000);
}

static int write_hangs(const struct ctx *ctx, const void *what)
{
	int ret = write_waits(ctx, what);

	for (;;)
		pause();
	return ret;
}

static int write_is_refused(const struct ctx *ctx, const void *what)
{
	(void)ctx;
	(void)what;
	return -EBUSY;
}

static int take(struct bench *b, const char *mode, int (*write)(const struct ctx *, const void *),
		bool may_refuse)
{
	struct taken t = {
		.write = write, .doing = "taking it", .n_nics = 1, .may_refuse = may_refuse
	};

	b->res = (struct item_result){ 0 };
	b->g.n_nics = 0;
	b->fs->root.timeout_percent = 100;
	start(b, mode);
	t.nics[0] = plug(b, VM_MONITOR_QMP);
	b->fs->root.timeout_percent = 5;
	return taken_by_host(&b->ctx, &t, &b->g);
}

static void test_taken(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b, "good", write_waits, false), 0);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	assert_int_equal(guest_free_port(&b->g), 0);
	assert_string_equal(b->res.evidence[b->res.n_evidence - 1].key, "taken");
}

static void test_taken_is_refused(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b, "good", write_is_refused, true), 1);
	assert_int_equal(b->res.verdict, VERDICT_NONE);
	assert_int_equal(guest_find_dev(&b->g, &vf), 0);
	vm_stop(util_take_ptr(b->g.vm));
	assert_true(take(b, "good", write_is_refused, false) < 0);
	assert_string_equal(b->res.label, "taken_refused");
}

/* A guest that keeps its device is ended, and so would the writer's wait be. */
static void test_taken_in_vain(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b, "stays", write_waits, false), -ETIMEDOUT);
	assert_string_equal(b->res.label, "taken_hangs");
	assert_null(b->g.vm);
}

/* Whatever else the kernel waits for. */
static void test_taken_hangs(void **state)
{
	struct bench *b = *state;

	assert_int_equal(take(b, "good", write_hangs, false), -ETIMEDOUT);
	assert_string_equal(b->res.label, "taken_hangs");
	assert_non_null(b->g.vm);
}

static void test_released(void **state)
{
	struct bench *b = *state;

	assert_int_equal(guest_wait_released(&b->ctx, &vf), 0);
	assert_int_equal(b->res.n_evidence, 0);
	/* In a shared group it may be open for another device's sake. */
	fake_dir(b->fs, "sys/kernel/iommu_groups/9/devices/0000:01:10.6");
	assert_int_equal(guest_wait_released(&b->ctx, &vf), 0);
	assert_string_equal(b->res.evidence[0].key, "plug.released");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_comes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_free_port, setup, teardown),
		cmocka_unit_test_setup_teardown(test_does_not_go, setup, teardown),
		cmocka_unit_test_setup_teardown(test_netdev_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unseen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removal_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addition_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_as_expected, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_badly, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_as_something_else, setup, teardown),
		cmocka_unit_test_setup_teardown(test_id_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_in_vain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_taken_hangs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_released, setup, teardown),
	};

	if (fake_qemu_wanted(argc, argv))
		return play(argc, argv);
	if (advice_load() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
