/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's NIC on a macvtap at work, and who moves its frames. */
#include "cases/tap.h"

#include <errno.h>
#include <string.h>

static int tap_read_vhost(struct tap *t, struct tap_port *p, struct vhost_use *use)
{
	int ret = vhost_read(t->ctx->root, vm_pid(p->guest->vm), use);

	return ret < 0 ? ctx_error(t->ctx, ret, "QEMU's threads cannot be read: %s", strerror(-ret))
		       : 0;
}

/* The kernel's worker has had its part in the traffic, or there is none. */
static int tap_judge_vhost(struct tap *t, struct tap_port *p)
{
	struct vhost_use now;
	char text[200];
	bool used;
	int ret = tap_read_vhost(t, p, &now);

	if (ret < 0)
		return ret;
	used = now.fds > 0 && now.workers > 0 && now.switches > p->before.switches;
	util_format(text, sizeof(text),
		    "%s: QEMU has %u macvtap and %u /dev/vhost-net open, %u vhost worker%s; during "
		    "the traffic %llu switches, %llu us of CPU",
		    p->guest->nics[p->nic].what, now.taps, now.fds, now.workers,
		    now.workers == 1 ? "" : "s",
		    (unsigned long long)(now.switches - p->before.switches),
		    (unsigned long long)(now.cpu_us - p->before.cpu_us));
	ctx_evidence(t->ctx, "tap.vhost", "%s", text);
	if (t->kind.vhost ? used : now.fds == 0 && now.workers == 0)
		return 0;
	ctx_fail(t->ctx, t->kind.vhost ? "vhost_not_used" : "vhost_used",
		 t->kind.vhost ? "the kernel's vhost worker moves the frames"
			       : "QEMU moves the frames itself",
		 "%s", text);
	return -EPROTO;
}

/* What is lost over the wire is the wire's doing if the same passes without it. */
static int tap_check_traffic(struct tap *t, struct tap_port *p)
{
	int ret;

	if (!t->far->wire)
		return guest_check_traffic(p->guest, p->nic, 1, t->far);
	ret = guest_check_wire(p->guest, p->nic, t->far, NULL);
	if (ret <= 0)
		return ret;
	ret = tap_leave_wire(t);
	return ret < 0 ? ret : guest_check_traffic(p->guest, p->nic, 1, t->far);
}

int tap_check_port(struct tap *t, unsigned int i)
{
	struct tap_port *p = &t->ports[i];
	int ret = guest_check_nic(p->guest, p->nic);

	if (ret == 0)
		ret = tap_read_vhost(t, p, &p->before);
	if (ret == 0)
		ret = tap_check_traffic(t, p);
	return ret == 0 ? tap_judge_vhost(t, p) : ret;
}
