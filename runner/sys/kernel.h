/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of itself and of a process that does not end.
 */
#ifndef VFPROOF_SYS_KERNEL_H
#define VFPROOF_SYS_KERNEL_H

#include <sys/types.h>
#include "base/util.h"

struct sysroot;

#define KERNEL_CMDLINE_SIZE 8192
/* What x86-64 kernels keep of what the boot loader gives them: COMMAND_LINE_SIZE - 1. */
#define KERNEL_CMDLINE_KEPT 2047

/*
 * The command line, without the newline at its end. Returns 0 or -errno; -E2BIG with "" in @buf if
 * it does not fit, as the beginning alone may say something else.
 */
int kernel_read_cmdline(const struct sysroot *root, char *buf, size_t size) must_check;
/*
 * The marks of /proc/sys/kernel/tainted that say that it has died in part: D and L of
 * Documentation/admin-guide/tainted-kernels.rst. Returns 0 or -errno.
 */
int kernel_read_deaths(const struct sysroot *root, uint64_t *marks) must_check;
/*
 * Keeps its messages from the consoles: they are read from /dev/kmsg. Nothing happens on a fake
 * tree. Returns 0 or -errno.
 */
int kernel_silence_console(const struct sysroot *root) must_check;
/* A kernel that panics does not start the host again. Returns 0 or -errno. */
int kernel_stay_after_panic(const struct sysroot *root) must_check;
/*
 * Has the kernel tell of itself: soft lockups and tasks that hang become messages, a hard lockup
 * and a panic a restart, and an oops a panic if @panic_on_oops. Times are scaled for slow hosts.
 * What this kernel does not have is left out.
 */
void kernel_arm_detectors(const struct sysroot *root, bool panic_on_oops);

/* Has the kernel panic, to prove that a run survives it. Returns -errno if it does not. */
int kernel_panic(const struct sysroot *root) must_check;

/* What the real-time clock says, in seconds since 1970. Returns 0, or -errno if there is none. */
int kernel_read_rtc(const struct sysroot *root, uint64_t *seconds) must_check;

/* Who is ended first when there is no memory: -1000 (never) to 1000, for this process. */
#define KERNEL_OOM_RUNNER (-1000)
#define KERNEL_OOM_UNIT (-900)
#define KERNEL_OOM_WORKER 300 /* QEMU has 1000 */
void kernel_set_oom_score(const struct sysroot *root, int score);

/*
 * When a process was started, in clock ticks since boot: with its number the one name that is no
 * other process's. Processes are the running kernel's, whatever tree /sys is. Returns 0 or -errno.
 */
int kernel_read_started(pid_t pid, uint64_t *ticks) must_check;

/*
 * Where a process waits in the kernel: the function, and the stack that leads there. "" for what
 * the kernel does not tell.
 */
void kernel_read_place(const struct sysroot *root, pid_t pid, char *wchan, char *stack,
		       size_t size);

#endif
