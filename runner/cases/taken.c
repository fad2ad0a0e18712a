/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host that takes a device from under its guest. */
#include "cases/taken.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/child.h"

#define TAKEN_LEAVES_MS 30000 /* for the guest to let go of a device */
#define TAKEN_ENDS_MS 30000 /* for the write, once nobody has the device */
#define TAKEN_REFUSED_MS 1000

/* drivers/vfio/pci/vfio_pci_core.c of Linux 6.12: each ten seconds, as long as it waits. */
const struct provoked taken_words[] = {
	{ NULL, "*Relaying device request to user*" },
	{ 0 },
};

struct taken_write {
	struct ctx *ctx;
	const struct taken *t;
	struct child child;
	int fd; /* the child's result */
	int report; /* its end */
};

static int taken_child(void *arg)
{
	struct taken_write *w = arg;
	int ret = w->t->write(w->ctx, w->t->what);

	return util_write_all(w->report, &ret, sizeof(ret));
}

static int taken_start(struct taken_write *w)
{
	_cleanup_close_ int report = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	w->fd = fds[0];
	report = w->report = fds[1];
	return child_start(&w->child, taken_child, w);
}

/* Waits for the writer, which is let alone. -ETIMEDOUT, or what became of the write. */
static int taken_result(struct taken_write *w, unsigned int timeout_ms)
{
	struct child_end end;
	int ret;

	if (!child_await(&w->child, util_now_ms() + timeout_ms, NULL, &end))
		return -ETIMEDOUT;
	if (util_read_all(w->fd, &ret, sizeof(ret)) != sizeof(ret))
		return -EIO;
	return ret;
}

static int taken_hangs(struct ctx *ctx, const struct taken *t, const char *why)
{
	ctx_fail(ctx, "taken_hangs", "the guest lets go, and the write comes back", "%s: %s",
		 t->doing, why);
	return -ETIMEDOUT;
}

/* The guest does not let go: with its QEMU nobody has the device any more, and the kernel goes on.
 */
static int taken_by_force(struct taken_write *w, struct guest *g, const char *what)
{
	struct ctx *ctx = g->ctx;
	char why[160];

	guest_note_place(g);
	vm_stop(util_take_ptr(g->vm));
	guest_release(g);
	util_format(why, sizeof(why),
		    "%s stayed in the guest for %u s; with QEMU's end the write %s", what,
		    TAKEN_LEAVES_MS / 1000,
		    taken_result(w, ctx_ms(ctx, TAKEN_ENDS_MS)) == -ETIMEDOUT ? "hangs on"
									      : "came back");
	return taken_hangs(ctx, w->t, why);
}

/* All devices leave the guest. */
static int taken_leave(struct taken_write *w, struct guest *g)
{
	for (unsigned int i = 0; i < w->t->n_nics; i++) {
		struct guest_nic *nic = &g->nics[w->t->nics[i]];
		int ret = vm_wait_deleted(g->vm, nic->id, ctx_ms(g->ctx, TAKEN_LEAVES_MS));

		if (ret == -ETIMEDOUT)
			return taken_by_force(w, g, nic->what);
		if (ret < 0)
			return guest_lost(g, ret, w->t->doing);
		ret = guest_wait_gone(g, w->t->nics[i]);
		if (ret < 0)
			return ret;
		*nic = (struct guest_nic){ .port = -1 };
	}
	return 0;
}

static int taken_refused(struct taken_write *w, int err, struct guest *g)
{
	struct ctx *ctx = w->ctx;

	if (!w->t->may_refuse) {
		ctx_fail(ctx, "taken_refused", "the device is taken, or its guest is waited for",
			 "%s: %s", w->t->doing, strerror(-err));
		return err;
	}
	ctx_evidence(ctx, "taken.refused", "%s: %s", w->t->doing, strerror(-err));
	err = guest_alive(g);
	return err < 0 ? err : 1;
}

static int taken_run(struct taken_write *w, struct guest *g)
{
	struct ctx *ctx = w->ctx;
	const uint64_t start = util_now_ms();
	/* What is refused is refused at once; with a guest the write waits for that. */
	int ret = taken_result(w, g ? TAKEN_REFUSED_MS : ctx_ms(ctx, TAKEN_ENDS_MS));
	const bool waits = ret == -ETIMEDOUT;
	uint64_t left;

	if (ret < 0 && !waits)
		return taken_refused(w, ret, g);
	if (waits && !g)
		return taken_hangs(ctx, w->t, "the write does not come back");
	ret = g ? taken_leave(w, g) : 0;
	if (ret < 0)
		return ret;
	left = util_now_ms();
	if (waits)
		ret = taken_result(w, ctx_ms(ctx, TAKEN_ENDS_MS));
	if (ret == -ETIMEDOUT)
		return taken_hangs(ctx, w->t,
				   "nobody has the device, and the write does not come back");
	if (ret < 0)
		return taken_refused(w, ret, g);
	if (g)
		ctx_evidence(ctx, "taken",
			     "%s: DEVICE_DELETED, gone from the guest after %u ms, the write came "
			     "back within %u ms",
			     w->t->doing, (unsigned int)(left - start),
			     (unsigned int)(util_now_ms() - start));
	else
		ctx_evidence(ctx, "taken", "%s: the write came back after %u ms", w->t->doing,
			     (unsigned int)(util_now_ms() - start));
	return g ? guest_alive(g) : 0;
}

int taken_by_host(struct ctx *ctx, const struct taken *t, struct guest *g)
{
	struct taken_write w = { ctx, t, { .pidfd = -1 }, -1, -1 };
	int ret = taken_start(&w);

	if (ret < 0)
		ret = ctx_error(ctx, ret, "%s: no process for it: %s", t->doing, strerror(-ret));
	else
		ret = taken_run(&w, g);
	util_closep(&w.fd);
	/* Nothing waits for a writer that is left: the engine takes care of its pid. */
	util_closep(&w.child.pidfd);
	return ret;
}
