/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for vhost-net among a process's descriptors and threads, in proc(5). */
#include "sys/vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/sysroot.h"

#define VHOST_MAX_ENTRIES 4096 /* descriptors or threads of a QEMU; it has a few dozen */

static void count_fd(const struct sysroot *root, pid_t pid, const char *fd, struct vhost_use *use)
{
	char target[64];

	/* Most others are longer, or have gone by now. */
	if (sysroot_readlink(root, target, sizeof(target), "proc/%d/fd/%s", (int)pid, fd) < 0)
		return;
	use->fds += strcmp(target, "/dev/vhost-net") == 0;
	use->taps += strncmp(target, "/dev/tap", 8) == 0;
}

/* The sum of "voluntary_ctxt_switches:" and "nonvoluntary_ctxt_switches:". */
static uint64_t count_switches(const char *status)
{
	static const char key[] = "voluntary_ctxt_switches:";
	uint64_t sum = 0;

	for (const char *p = strstr(status, key); p; p = strstr(p, key)) {
		p += sizeof(key) - 1;
		sum += strtoull(p, NULL, 10);
	}
	return sum;
}

static void count_task(const struct sysroot *root, pid_t pid, const char *task,
		       struct vhost_use *use)
{
	char text[4096];

	if (sysroot_read(root, text, sizeof(text), "proc/%d/task/%s/comm", (int)pid, task) < 0 ||
	    strncmp(text, "vhost-", 6) != 0)
		return;
	use->workers++;
	if (sysroot_read(root, text, sizeof(text), "proc/%d/task/%s/status", (int)pid, task) > 0)
		use->switches += count_switches(text);
	/* Its first number is the time on a CPU in nanoseconds. */
	if (sysroot_read(root, text, sizeof(text), "proc/%d/task/%s/schedstat", (int)pid, task) > 0)
		use->cpu_us += strtoull(text, NULL, 10) / 1000;
}

static int walk(const struct sysroot *root, pid_t pid, const char *what,
		void (*count)(const struct sysroot *root, pid_t pid, const char *name,
			      struct vhost_use *use),
		struct vhost_use *use)
{
	_cleanup_closedir_ DIR *dir = sysroot_opendir(root, "proc/%d/%s", (int)pid, what);
	struct dirent *entry;

	if (!dir)
		return -errno;
	for (unsigned int i = 0; i < VHOST_MAX_ENTRIES && (entry = readdir(dir)); i++)
		if (entry->d_name[0] != '.')
			count(root, pid, entry->d_name, use);
	return 0;
}

int vhost_read(const struct sysroot *root, pid_t pid, struct vhost_use *use)
{
	int ret;

	*use = (struct vhost_use){ 0 };
	ret = walk(root, pid, "fd", count_fd, use);
	return ret < 0 ? ret : walk(root, pid, "task", count_task, use);
}

int vhost_open_net(const struct sysroot *root)
{
	return sysroot_openat(root, O_RDWR, "dev/vhost-net");
}
