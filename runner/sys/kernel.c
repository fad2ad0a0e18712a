/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads /proc about the kernel and about processes that hang in it. */
#include "sys/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/klog.h>
#include "base/log.h"
#include "base/sysroot.h"

#define TAINT_DIE (1u << 7)
#define TAINT_SOFTLOCKUP (1u << 14)
#define PANIC_S 10
#define SOFT_LOCKUP_S 10 /* of which the kernel takes twice as much */
#define HUNG_TASK_S 120
#define HUNG_TASK_WARNINGS 10
#define STAT_STARTED 22 /* field of /proc/PID/stat: proc_pid_stat(5) */
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

static void set(const struct sysroot *root, const char *name, unsigned int value)
{
	char text[16];
	int ret;

	util_format(text, sizeof(text), "%u", value);
	ret = sysroot_write(root, text, "proc/sys/kernel/%s", name);
	if (ret < 0)
		log_debug("kernel.%s stays as it is: %s", name, strerror(-ret));
}

void kernel_arm_detectors(const struct sysroot *root, bool panic_on_oops)
{
	const unsigned int slow = (unsigned int)sysroot_recovery_ms(root, 100); /* percent */
	/* The kernel takes no more than 60. */
	const unsigned int thresh = SOFT_LOCKUP_S * slow / 100;

	set(root, "panic", PANIC_S);
	set(root, "panic_on_oops", panic_on_oops);
	set(root, "watchdog_thresh", thresh > 60 ? 60 : thresh);
	set(root, "soft_watchdog", 1);
	set(root, "hardlockup_panic", 1);
	set(root, "hung_task_timeout_secs", HUNG_TASK_S * slow / 100);
	set(root, "hung_task_warnings", HUNG_TASK_WARNINGS);
}

void kernel_set_oom_score(const struct sysroot *root, int score)
{
	char text[16];

	util_format(text, sizeof(text), "%d", score);
	if (sysroot_write(root, text, "proc/self/oom_score_adj") < 0)
		log_debug("oom_score_adj stays as it is");
}

int kernel_read_started(pid_t pid, uint64_t *ticks)
{
	char text[1024], *save = NULL, *word;
	_cleanup_close_ int fd = -1;
	unsigned int field = 3;
	ssize_t len;

	util_format(text, sizeof(text), "/proc/%d/stat", (int)pid);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -errno : util_read_all(fd, text, sizeof(text) - 1);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	word = strrchr(text, ')'); /* the end of its name, which may have anything in it */
	if (!word)
		return -EBADMSG;
	for (word = strtok_r(word + 1, " ", &save); word && field < STAT_STARTED; field++)
		word = strtok_r(NULL, " ", &save);
	return word ? util_parse_u64(word, 10, UINT64_MAX, ticks) : -EBADMSG;
}

int kernel_panic(const struct sysroot *root)
{
	return sysroot_write(root, "c", "proc/sysrq-trigger");
}

int kernel_read_rtc(const struct sysroot *root, uint64_t *seconds)
{
	return sysroot_read_u64(root, seconds, "sys/class/rtc/rtc0/since_epoch");
}
