/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /proc about the kernel and about processes that hang in it. */
#include "sys/kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/klog.h>
#include "base/sysroot.h"

#define TAINT_DIE (1u << 7)
#define TAINT_SOFTLOCKUP (1u << 14)
#define CONSOLE_LEVEL 8 /* of syslog(2): SYSLOG_ACTION_CONSOLE_LEVEL */

int kernel_read_cmdline(const struct sysroot *root, char *buf, size_t size)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int ret = sysroot_slurp(root, &text, &len, size - 1, "proc/cmdline");

	buf[0] = '\0';
	if (ret < 0)
		return ret == -EFBIG ? -E2BIG : ret;
	/* Without its newline, but with every space: how long it is tells whether it was cut. */
	text[strcspn(text, "\n")] = '\0';
	util_strlcpy(buf, size, text);
	return 0;
}

int kernel_read_deaths(const struct sysroot *root, uint64_t *marks)
{
	int ret = sysroot_read_u64(root, marks, "proc/sys/kernel/tainted");

	*marks = ret < 0 ? 0 : *marks & (TAINT_DIE | TAINT_SOFTLOCKUP);
	return ret;
}

int kernel_silence_console(const struct sysroot *root)
{
	return sysroot_is_real(root) && klogctl(CONSOLE_LEVEL, NULL, 1) < 0 ? -errno : 0;
}

int kernel_stay_after_panic(const struct sysroot *root)
{
	return sysroot_write(root, "0", "proc/sys/kernel/panic");
}

void kernel_read_place(const struct sysroot *root, pid_t pid, char *wchan, char *stack, size_t size)
{
	if (sysroot_read(root, wchan, size, "proc/%d/wchan", (int)pid) < 0)
		wchan[0] = '\0';
	if (sysroot_read(root, stack, size, "proc/%d/stack", (int)pid) < 0)
		stack[0] = '\0';
}
