/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue in a file: each process draws a ticket, locks the byte of that number, and waits until no
 * byte before it is locked. The kernel drops the lock of a process that dies (open file description
 * locks, fcntl(2)), and keeps that of one that hangs.
 */
#include "sys/sriov_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/hold.h"
#include "base/sysroot.h"

#define DIR "run/vfproof"
#define QUEUE DIR "/vfs.queue"
#define LATE_MS 15000 /* so much after its time is up whose turn it is must hang */
#define WAIT_MAX_MS (12u * 3600 * 1000)
/* i40e takes 22 s for 64 VFs, mlx5 65 s for 125; drivers that bind to the VFs come on top. */
#define CHANGE_MS 90000
#define CHANGE_VF_MS 2000
#define CHANGE_MAX_MS 3600000
#define TIMES_BEFORE 3
#define FIXED_MS 5000 /* of what a change has taken before, whatever the number of VFs */

/* The file begins with this; the bytes that are locked need not be there. */
struct queue_file {
	uint64_t tickets; /* drawn so far */
	uint64_t turn; /* whose turn it is */
	uint64_t until_ms; /* by when that should have ended, in util_now_ms() */
};

enum { DRAW_BYTE = 0, FIRST_TICKET = 4096 };

static bool lock_byte(int fd, int op, uint64_t at, uint64_t len, short type, struct flock *l)
{
	*l = (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)at, .l_len = (off_t)len
	};
	return fcntl(fd, op, l) == 0;
}

/* True if another process has locked one of @len bytes. */
static bool is_locked(int fd, uint64_t at, uint64_t len)
{
	struct flock l;

	return len > 0 && lock_byte(fd, F_OFD_GETLK, at, len, F_WRLCK, &l) && l.l_type != F_UNLCK;
}

static int draw_ticket(struct sriov_turn *t)
{
	struct queue_file q = { 0 };
	struct flock l;
	int ret = 0;

	if (!lock_byte(t->fd, F_OFD_SETLKW, DRAW_BYTE, 1, F_WRLCK, &l))
		return -errno;
	if (pread(t->fd, &q, sizeof(q), 0) < 0)
		ret = -errno;
	t->ticket = q.tickets++;
	if (ret == 0 && (pwrite(t->fd, &q.tickets, sizeof(q.tickets), 0) != sizeof(q.tickets) ||
			 !lock_byte(t->fd, F_OFD_SETLK, FIRST_TICKET + t->ticket, 1, F_WRLCK, &l)))
		ret = -EIO;
	lock_byte(t->fd, F_OFD_SETLK, DRAW_BYTE, 1, F_UNLCK, &l);
	return ret;
}

static bool turn_is_late(int fd)
{
	struct queue_file q;

	return pread(fd, &q, sizeof(q), 0) == sizeof(q) && q.until_ms > 0 &&
	       util_now_ms() > q.until_ms + LATE_MS && is_locked(fd, FIRST_TICKET + q.turn, 1);
}

bool sriov_queue_is_stuck(const struct sysroot *root)
{
	_cleanup_close_ int fd = openat(root->fd, QUEUE, O_RDWR | O_CLOEXEC);

	return fd >= 0 && turn_is_late(fd);
}

struct turn_wait {
	const struct sriov_turn *turn;
	bool stuck;
};

static bool has_turn(void *arg)
{
	struct turn_wait *w = arg;
	const struct sriov_turn *t = w->turn;

	if (!is_locked(t->fd, FIRST_TICKET, t->ticket))
		return true;
	w->stuck = turn_is_late(t->fd);
	return w->stuck;
}

/* Says whose turn it is, for those who wait. */
static void say_turn(const struct sriov_turn *t, unsigned int need_ms)
{
	const uint64_t now[] = { t->ticket, util_now_ms() + need_ms };

	(void)!pwrite(t->fd, now, sizeof(now), offsetof(struct queue_file, turn));
}

/* Init has made it long ago; a fake tree need not have it. */
static void make_dir(const struct sysroot *root)
{
	(void)!mkdirat(root->fd, "run", 0755);
	(void)!mkdirat(root->fd, DIR, 0755);
}

int sriov_turn_begin(const struct sysroot *root, unsigned int need_ms, struct sriov_turn *turn)
{
	struct turn_wait w = { turn, false };

	*turn = (struct sriov_turn){ .fd = -1 };
	make_dir(root);
	turn->fd = openat(root->fd, QUEUE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (turn->fd < 0 || draw_ticket(turn) < 0) {
		sriov_turn_end(turn);
		return 0;
	}
	hold_begin(root->hold);
	if (util_poll_until(has_turn, &w, WAIT_MAX_MS) < 0)
		w.stuck = true;
	hold_end(root->hold);
	if (w.stuck)
		return -SRIOV_QUEUE_STUCK;
	say_turn(turn, need_ms);
	return 0;
}

void sriov_turn_end(struct sriov_turn *turn)
{
	if (turn->fd >= 0)
		close(util_take_fd(&turn->fd));
}

static void changes_path(const struct pci_addr *pf, char *path, size_t size)
{
	char a[PCI_ADDR_STRLEN];

	util_format(path, size, DIR "/vfs-%s", pci_addr_format(pf, a));
}

/* The change that took longest for each VF: "MS VFS". False if nothing is known. */
static bool read_change(const struct sysroot *root, const struct pci_addr *pf, uint64_t *ms,
			uint64_t *vfs)
{
	char path[64], text[64], *space;

	changes_path(pf, path, sizeof(path));
	if (sysroot_read(root, text, sizeof(text), "%s", path) <= 0)
		return false;
	space = strchr(text, ' ');
	if (!space)
		return false;
	*space = '\0';
	return util_parse_u64(text, 10, CHANGE_MAX_MS, ms) == 0 &&
	       util_parse_u64(space + 1, 10, UINT16_MAX, vfs) == 0 && *vfs > 0;
}

static uint64_t ms_for_each(uint64_t ms, uint64_t vfs)
{
	return ms > FIXED_MS ? (ms - FIXED_MS) / vfs : 0;
}

unsigned int sriov_change_ms(const struct sysroot *root, const struct pci_addr *pf, unsigned int n)
{
	uint64_t limit = CHANGE_MS + (uint64_t)CHANGE_VF_MS * n, ms, vfs;

	if (read_change(root, pf, &ms, &vfs)) {
		uint64_t before =
			TIMES_BEFORE * (FIXED_MS + ms_for_each(ms, vfs) * (n > vfs ? n : vfs));

		limit = before > limit ? before : limit;
	}
	return limit > CHANGE_MAX_MS ? CHANGE_MAX_MS : (unsigned int)limit;
}

void sriov_note_change(const struct sysroot *root, const struct pci_addr *pf, unsigned int n,
		       uint64_t ms)
{
	_cleanup_close_ int fd = -1;
	char path[64], text[64];
	uint64_t old_ms, old_vfs;

	n = n ? n : 1;
	if (read_change(root, pf, &old_ms, &old_vfs) &&
	    ms_for_each(ms, n) <= ms_for_each(old_ms, old_vfs))
		return;
	make_dir(root);
	changes_path(pf, path, sizeof(path));
	util_format(text, sizeof(text), "%llu %u\n", (unsigned long long)ms, n);
	fd = openat(root->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)!util_write_all(fd, text, strlen(text));
}
