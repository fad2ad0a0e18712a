/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An unprivileged user for QEMU. */
#include "sys/guest_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sysroot.h"

int guest_user_lend(const struct sysroot *root, const char *path)
{
	_cleanup_close_ int fd = sysroot_openat(root, O_PATH | O_NOFOLLOW, "%s", path);
	struct stat st;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_uid == GUEST_USER)
		return 0;
	return fchownat(fd, "", GUEST_USER, GUEST_USER, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int guest_user_lend_kvm(const struct sysroot *root)
{
	return guest_user_lend(root, "dev/kvm");
}

int guest_user_become(void)
{
	/* Those that the kernel knows; the first that it does not know ends it. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
		;
	/* The change of the user is what clears all other sets (capabilities(7)). */
	if (setgroups(0, NULL) < 0 || setresgid(GUEST_USER, GUEST_USER, GUEST_USER) < 0 ||
	    setresuid(GUEST_USER, GUEST_USER, GUEST_USER) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

/* The number behind @key, the @nth of its line. */
static int status_number(const char *status, const char *key, unsigned int nth, int base,
			 uint64_t *out)
{
	const char *p = strstr(status, key);
	char *end;

	if (!p)
		return -EINVAL;
	p += strlen(key);
	for (unsigned int i = 0; i <= nth; i++, p = end) {
		*out = strtoull(p, &end, base);
		if (end == p)
			return -EINVAL;
	}
	return 0;
}

int guest_user_read(const struct sysroot *root, pid_t pid, struct guest_user_rights *rights)
{
	uint64_t user = 0, no_new_privs = 0, seccomp = 0;
	char text[4096];
	int ret = sysroot_read(root, text, sizeof(text), "proc/%d/status", (int)pid);

	if (ret < 0)
		return ret;
	*rights = (struct guest_user_rights){ 0 };
	ret = status_number(text, "\nUid:", 1, 10, &user);
	if (ret == 0)
		ret = status_number(text, "\nCapEff:", 0, 16, &rights->capabilities);
	if (ret == 0)
		ret = status_number(text, "\nNoNewPrivs:", 0, 10, &no_new_privs);
	if (ret == 0)
		ret = status_number(text, "\nSeccomp:", 0, 10, &seccomp);
	rights->user = (unsigned int)user;
	rights->no_new_privs = no_new_privs == 1;
	rights->seccomp = (unsigned int)seccomp;
	return ret;
}
