/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of ours before the kernel's lock, and how long a change of VFs may take. */
#include "fake_sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/child.h"
#include "base/hold.h"
#include "sys/sriov.h"
#include "sys/sriov_queue.h"

#define QUEUE "run/vfproof/vfs.queue"
#define UNTIL_AT 16 /* until_ms in that file */

static const struct pci_addr pf = { 0, 1, 0, 0 }, second = { 0, 2, 0, 0 };

static void add_ports(struct fake_sysroot *fs)
{
	fake_add_igb(fs, NULL);
	fake_add_pci(fs, &(struct fake_pci){ .addr = "0000:02:00.0",
					     .vendor = 0x8086,
					     .device = 0x10c9,
					     .class = 0x020000,
					     .driver = "igb",
					     .total_vfs = 7,
					     .vf_offset = 128,
					     .vf_stride = 2,
					     .vf_device = 0x10ca });
}

struct writer {
	struct fake_sysroot *fs;
	const struct pci_addr *pf;
	struct hold *hold;
};

/* Makes VFs and removes them, each within twice of what the kernel needs for one. */
static int make_and_remove(void *arg)
{
	const struct writer *w = arg;
	struct sriov_state st;
	int ret;

	w->fs->root.hold = w->hold;
	ret = sriov_write_numvfs(&w->fs->root, w->pf, 3, 2 * w->fs->faults.numvfs_ms, &st);
	if (ret == 0)
		ret = sriov_write_numvfs(&w->fs->root, w->pf, 0, 2 * w->fs->faults.numvfs_ms, &st);
	return ret;
}

/* Four ports at once: what they wait for each other is not in the deadline of their writes. */
static void ports_wait_for_each_other(void **state)
{
	struct fake_sysroot *fs = *state;
	struct hold *hold = mmap(NULL, sizeof(*hold), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct writer w[] = { { fs, &pf, NULL }, { fs, &second, hold } };
	struct child c[ARRAY_SIZE(w) * 2];
	unsigned int i;

	assert_true(hold != MAP_FAILED);
	add_ports(fs);
	fs->faults.numvfs_ms = 300;
	/* Two more are in the way; what they write is not looked at. */
	for (i = 0; i < ARRAY_SIZE(c); i++)
		assert_int_equal(child_start(&c[i], make_and_remove, &w[i % ARRAY_SIZE(w)]), 0);
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		struct child_end end = child_wait(&c[i], util_now_ms() + 30000, NULL);

		assert_int_equal(end.state, CHILD_EXITED);
		if (i < ARRAY_SIZE(w))
			assert_int_equal(end.value, 0);
	}
	assert_true(hold_ms(hold) >= 600);
	munmap(hold, sizeof(*hold));
}

struct holder {
	struct fake_sysroot *fs;
	int ready[2];
};

static int hold_turn(void *arg)
{
	const struct holder *h = arg;
	struct sriov_turn turn;

	if (sriov_turn_begin(&h->fs->root, 1000, &turn) < 0 || write(h->ready[1], "", 1) != 1)
		return 1;
	poll(NULL, 0, -1);
	return 0;
}

static void start_holder(struct fake_sysroot *fs, struct child *c)
{
	struct holder h = { .fs = fs };
	char byte;

	assert_int_equal(pipe2(h.ready, O_CLOEXEC), 0);
	assert_int_equal(child_start(c, hold_turn, &h), 0);
	assert_int_equal(read(h.ready[0], &byte, 1), 1);
	close(h.ready[0]);
	close(h.ready[1]);
}

/* A process that dies has no turn any more. */
static void death_ends_a_turn(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_turn turn;
	struct child c;

	start_holder(fs, &c);
	kill(c.pid, SIGKILL);
	assert_int_equal(sriov_turn_begin(&fs->root, 1000, &turn), 0);
	sriov_turn_end(&turn);
	child_wait(&c, 0, NULL);
}

/* One that hangs keeps it: nobody waits for longer than it could have taken. */
static void hang_is_seen(void **state)
{
	struct fake_sysroot *fs = *state;
	const uint64_t long_ago = 1;
	struct sriov_state st;
	struct child c;
	int fd;

	add_ports(fs);
	start_holder(fs, &c);
	fd = openat(fs->root.fd, QUEUE, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &long_ago, sizeof(long_ago), UNTIL_AT), sizeof(long_ago));
	close(fd);
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 3, 1000, &st), -SRIOV_QUEUE_STUCK);
	assert_int_equal(st.numvfs, 0);
	kill(c.pid, SIGKILL);
	child_wait(&c, 0, NULL);
	/* What is left in the file of a turn that has ended means nothing. */
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 3, 1000, &st), 0);
}

/* Where no file can be made there is no queue, and the write is tried. */
static void no_place_for_a_queue(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	add_ports(fs);
	fake_file(fs, "run/vfproof", "in the way");
	assert_int_equal(sriov_write_numvfs(&fs->root, &pf, 3, 1000, &st), 0);
}

static void time_by_number_and_by_what_was(void **state)
{
	struct fake_sysroot *fs = *state;
	struct sriov_state st;

	add_ports(fs);
	/* mlx5 takes 65 s for 125 VFs, i40e 22 s for 64. */
	assert_int_equal(sriov_change_ms(&fs->root, &pf, 0), 90000);
	assert_true(sriov_change_ms(&fs->root, &pf, 64) > 3 * 22000);
	assert_true(sriov_change_ms(&fs->root, &pf, 125) > 3 * 65000);
	/* A slow port is given more, in proportion; another one is not. */
	sriov_note_change(&fs->root, &pf, 10, 105000);
	assert_int_equal(sriov_change_ms(&fs->root, &pf, 10), 3 * 105000);
	assert_int_equal(sriov_change_ms(&fs->root, &pf, 1), 3 * 105000);
	assert_int_equal(sriov_change_ms(&fs->root, &pf, 20), 3 * 205000);
	assert_int_equal(sriov_change_ms(&fs->root, &second, 10), 110000);
	/* A quick one later does not make it less. */
	sriov_note_change(&fs->root, &pf, 10, 1000);
	assert_int_equal(sriov_change_ms(&fs->root, &pf, 10), 3 * 105000);
	/* Removing takes as long as making: it is by the VFs that are there. */
	assert_int_equal(sriov_write_numvfs(&fs->root, &second, 7, 1000, &st), 0);
	assert_int_equal(sriov_write_ms(&fs->root, &second, 0), 104000);
	fake_file(fs, "run/vfproof/vfs-0000:02:00.0", "garbage 0 -1\n");
	assert_int_equal(sriov_write_ms(&fs->root, &second, 0), 104000);
}

static void holds(void **state)
{
	struct hold h = { 0 };

	(void)state;
	hold_begin(NULL);
	hold_end(NULL);
	assert_int_equal(hold_ms(NULL), 0);
	hold_end(&h);
	assert_int_equal(hold_ms(&h), 0);
	hold_begin(&h);
	poll(NULL, 0, 20);
	assert_in_range(hold_ms(&h), 20, 2000);
	hold_end(&h);
	assert_in_range(hold_ms(&h), 20, 2000);
	assert_int_equal(h.since_ms, 0);
	memset(&h, 0x5a, sizeof(h)); /* written over */
	assert_int_equal(hold_ms(&h), 0);
}

#define test_with_tree(fn) cmocka_unit_test_setup_teardown(fn, fake_tree_setup, fake_tree_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_with_tree(ports_wait_for_each_other),
		test_with_tree(death_ends_a_turn),
		test_with_tree(hang_is_seen),
		test_with_tree(no_place_for_a_queue),
		test_with_tree(time_by_number_and_by_what_was),
		cmocka_unit_test(holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
