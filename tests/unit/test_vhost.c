/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-net in use or not, by a process's descriptors and threads. */
#include "fake_sysroot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/vhost.h"

static void add_task(struct fake_sysroot *fs, const char *task, const char *comm,
		     unsigned int voluntary, unsigned int involuntary)
{
	char path[96], text[200];

	snprintf(path, sizeof(path), "proc/40/task/%s/comm", task);
	fake_file(fs, path, comm);
	snprintf(path, sizeof(path), "proc/40/task/%s/status", task);
	snprintf(text, sizeof(text),
		 "Name:\tx\nThreads:\t3\nvoluntary_ctxt_switches:\t%u\n"
		 "nonvoluntary_ctxt_switches:\t%u\n",
		 voluntary, involuntary);
	fake_file(fs, path, text);
	snprintf(path, sizeof(path), "proc/40/task/%s/schedstat", task);
	fake_file(fs, path, "7000000 123 9\n");
}

static void add_qemu(struct fake_sysroot *fs)
{
	fake_link(fs, "proc/40/fd/0", "/dev/null");
	fake_link(fs, "proc/40/fd/1", "socket:[4711]");
	fake_link(fs, "proc/40/fd/2", "/dev/vhost-vsock");
	fake_link(fs, "proc/40/fd/3",
		  "/some/where/that/is/much/longer/than/anything/else/that/"
		  "could/ever/be/looked/for/here");
	fake_link(fs, "proc/40/fd/9", "/dev/tap12");
	add_task(fs, "40", "qemu-system-x86", 1000, 1000);
	add_task(fs, "41", "CPU 0/KVM", 1000, 1000);
}

static void test_without(void **state)
{
	struct fake_sysroot *fs = *state;
	struct vhost_use use;

	add_qemu(fs);
	assert_int_equal(vhost_read(&fs->root, 40, &use), 0);
	assert_int_equal(use.fds, 0);
	assert_int_equal(use.taps, 1);
	assert_int_equal(use.workers, 0);
	assert_int_equal(use.switches, 0);
	assert_int_equal(use.cpu_us, 0);
	assert_int_equal(vhost_read(&fs->root, 41, &use), -ENOENT);
}

static void test_with(void **state)
{
	struct fake_sysroot *fs = *state;
	struct vhost_use use;

	add_qemu(fs);
	fake_link(fs, "proc/40/fd/10", "/dev/vhost-net");
	add_task(fs, "43", "vhost-40\n", 20, 3);
	assert_int_equal(vhost_read(&fs->root, 40, &use), 0);
	assert_int_equal(use.fds, 1);
	assert_int_equal(use.workers, 1);
	assert_int_equal(use.switches, 23);
	assert_int_equal(use.cpu_us, 7000);
	/* Each queue has one. */
	add_task(fs, "44", "vhost-40\n", 1, 0);
	assert_int_equal(vhost_read(&fs->root, 40, &use), 0);
	assert_int_equal(use.workers, 2);
	assert_int_equal(use.switches, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_without, fake_tree_setup, fake_tree_teardown),
		cmocka_unit_test_setup_teardown(test_with, fake_tree_setup, fake_tree_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
