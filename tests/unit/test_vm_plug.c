/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hot plug against a QEMU that is played by this program itself. It knows one free port, and tells
 * by its refusals what it was asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "fake_qemu.h"
#include "vm/vm_plug.h"
#include "base/sysroot.h"
#include "cases/guest.h"
#include "vm/vm.h"

/* ---- the fake QEMU ---- */

/* Reads commands, and the descriptor that came with them. */
static json_t *fake_read(int qmp, int *passed)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char buf[4096];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	ssize_t n = recvmsg(qmp, &msg, 0);
	struct cmsghdr *c;

	if (n <= 0)
		exit(1);
	c = CMSG_FIRSTHDR(&msg);
	*passed = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(passed, CMSG_DATA(c), sizeof(*passed));
	return json_loadb(buf, (size_t)n, 0, NULL);
}

static void fake_answer(int qmp, json_int_t id, const char *key, json_t *value)
{
	char *line = json_dumps(json_pack("{s:I, s:o}", "id", id, key, value), JSON_COMPACT);

	dprintf(qmp, "%s\n", line);
	free(line);
}

static json_t *fake_refusal(const char *class, const char *text)
{
	return json_pack("{s:s, s:s}", "class", class, "desc", text);
}

static void fake_hmp(int qmp, json_int_t id, const char *line)
{
	const char *out = "";
	char echo[600];

	if (strstr(line, "id=warned"))
		out = "qemu: warning: vfio 0000:01:10.0: something is odd\r\n";
	if (strstr(line, "id=echo")) {
		snprintf(echo, sizeof(echo), "warning: w\r\nError: %s\r\n", line);
		out = echo;
	}
	if (strcmp(line, "device_del nope") == 0)
		out = "Error: Device 'nope' not found\r\n";
	if (strcmp(line, "info status") == 0)
		out = "VM status: running\r\n";
	fake_answer(qmp, id, "return", json_string(out));
}

static void fake_serve(int qmp)
{
	int passed;
	json_t *msg = fake_read(qmp, &passed), *args = json_object_get(msg, "arguments");
	const char *command = json_string_value(json_object_get(msg, "execute"));
	const char *dev = json_string_value(json_object_get(args, "id"));
	json_int_t id = json_integer_value(json_object_get(msg, "id"));

	if (strcmp(command, "human-monitor-command") == 0) {
		fake_hmp(qmp, id, json_string_value(json_object_get(args, "command-line")));
	} else if (strcmp(command, "device_add") == 0 && strcmp(dev, "echo") == 0) {
		fake_answer(qmp, id, "error",
			    fake_refusal("GenericError", json_dumps(args, JSON_SORT_KEYS)));
	} else if (strcmp(command, "device_add") == 0) {
		/* An older device of the same name had gone unasked. */
		dprintf(qmp, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"%s\"}}\n",
			dev);
		fake_answer(qmp, id, "return", json_object());
	} else if (strcmp(command, "device_del") == 0 && strcmp(dev, "nope") == 0) {
		fake_answer(qmp, id, "error",
			    fake_refusal("DeviceNotFound", "Device 'nope' not found"));
	} else if (strcmp(command, "getfd") == 0 && passed < 0) {
		fake_answer(qmp, id, "error", fake_refusal("GenericError", "no descriptor"));
	} else {
		if (passed >= 0)
			(void)!util_write_all(passed, "got", 3);
		fake_answer(qmp, id, "return", json_object());
	}
	if (strcmp(command, "device_del") == 0)
		dprintf(qmp,
			"{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/part\"}}\n"
			"{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"%s\"}}\n",
			dev);
	if (strcmp(command, "quit") == 0)
		exit(0);
}

static _Noreturn void play_qemu(int argc, char **argv)
{
	int qmp = fake_qemu_fd(argc, argv, "qmp");

	dprintf(qmp, "{\"QMP\": {}}\n");
	for (;;)
		fake_serve(qmp);
}

/* ---- the tests ---- */

struct bench {
	struct ctx ctx;
	struct sysroot root;
	struct settings settings;
	struct item_result res;
	struct vm *vm;
};

static int setup(void **state)
{
	const struct vm_config cfg = { .image = &fake_qemu_image, .memory_mb = 64 };
	struct bench *b = calloc(1, sizeof(*b));

	b->ctx = (struct ctx){
		.settings = &b->settings,
		.root = &b->root,
		.deadline_ms = util_now_ms() + 60000,
		.res = &b->res,
	};
	*state = b;
	return guest_start(&b->ctx, &cfg, &b->vm);
}

static int teardown(void **state)
{
	struct bench *b = *state;

	vm_stop(b->vm);
	free(b);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	return 0;
}

static json_t *device(const char *id)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:b}", "driver", "vfio-pci", "host", "0000:01:10.0",
			 "id", id, "rombar", 0, "multifunction", 1);
}

static void test_add_qmp(void **state)
{
	struct bench *b = *state;

	/* Typed as they were given. */
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_QMP, device("echo"), 5000), -EREMOTEIO);
	assert_string_equal(vm_qmp_error_class(b->vm), "GenericError");
	assert_string_equal(vm_qmp_error(b->vm),
			    "{\"driver\": \"vfio-pci\", \"host\": \"0000:01:10.0\", "
			    "\"id\": \"echo\", \"multifunction\": true, \"rombar\": 0}");
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_QMP, device("a"), 5000), 0);
}

static void test_add_hmp(void **state)
{
	struct bench *b = *state;
	json_t *props = device("echo");

	assert_int_equal(json_object_set_new(props, "x", json_string("a,b")), 0);
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP, props, 5000), -EREMOTEIO);
	/* Not the warning before it. */
	assert_string_equal(vm_qmp_error(b->vm),
			    "Error: device_add vfio-pci,host=0000:01:10.0,id=echo,rombar=0,"
			    "multifunction=on,x=a,,b");
	assert_string_equal(vm_qmp_error_class(b->vm), "");
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP, device("a"), 5000), 0);
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP, device("warned"), 5000), 0);
}

static void test_add_hmp_that_cannot_be_said(void **state)
{
	struct bench *b = *state;
	char text[600];
	json_t *props = device("a");

	memset(text, ',', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(json_object_set_new(props, "x", json_string(text)), 0);
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP, props, 5000), -E2BIG);
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP,
				       json_pack("{s:s}", "host", "0000:01:10.0"), 5000),
			 -EINVAL);
	props = device("a");
	assert_int_equal(json_object_set_new(props, "x", json_array()), 0);
	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_HMP, props, 5000), -EINVAL);
}

static void test_removal(void **state)
{
	struct bench *b = *state;

	assert_int_equal(vm_device_del(b->vm, VM_MONITOR_QMP, "nope", 5000), -EREMOTEIO);
	assert_string_equal(vm_qmp_error_class(b->vm), "DeviceNotFound");
	assert_int_equal(vm_device_del(b->vm, VM_MONITOR_HMP, "nope", 5000), -EREMOTEIO);
	assert_string_equal(vm_qmp_error(b->vm), "Error: Device 'nope' not found");
	assert_string_equal(vm_qmp_error_class(b->vm), "");
	assert_int_equal(vm_device_del(b->vm, VM_MONITOR_HMP, "a", 5000), 0);
	assert_int_equal(vm_device_del(b->vm, VM_MONITOR_QMP, "a", 5000), 0);
	assert_int_equal(vm_wait_deleted(b->vm, "b", 50), -ETIMEDOUT);
	assert_int_equal(vm_wait_deleted(b->vm, "a", 5000), 0);
	/* Asked for twice, gone once. */
	assert_int_equal(vm_wait_deleted(b->vm, "a", 50), -ETIMEDOUT);
}

static void test_older_end_is_not_taken_for_the_new_one(void **state)
{
	struct bench *b = *state;

	assert_int_equal(vm_device_add(b->vm, VM_MONITOR_QMP, device("a"), 5000), 0);
	assert_int_equal(vm_wait_deleted(b->vm, "a", 50), -ETIMEDOUT);
}

static void test_hmp_text(void **state)
{
	struct bench *b = *state;
	char out[16];

	assert_int_equal(vm_hmp(b->vm, "info status", out, sizeof(out), 5000), 0);
	assert_string_equal(out, "VM status: runn");
	assert_int_equal(vm_hmp(b->vm, "info status", NULL, 0, 5000), 0);
}

static void test_descriptor(void **state)
{
	struct bench *b = *state;
	int pair[2];
	char got[8] = "";

	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(vm_send_fd(b->vm, pair[1], "tap0", 5000), 0);
	close(pair[1]);
	assert_int_equal(read(pair[0], got, sizeof(got)), 3);
	assert_string_equal(got, "got");
	close(pair[0]);
	/* Without one, the command is QEMU's to refuse. */
	assert_int_equal(vm_send_fd(b->vm, -1, "tap0", 5000), -EREMOTEIO);
	assert_string_equal(vm_qmp_error(b->vm), "no descriptor");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_add_qmp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_add_hmp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_add_hmp_that_cannot_be_said, setup, teardown),
		cmocka_unit_test_setup_teardown(test_removal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_older_end_is_not_taken_for_the_new_one, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_hmp_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptor, setup, teardown),
	};

	if (fake_qemu_wanted(argc, argv))
		play_qemu(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
