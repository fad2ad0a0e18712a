/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A macvtap, from its creation to a guest's NIC on it and back. */
#include "cases/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/inventory.h"
#include "cases/common.h"
#include "sys/link.h"
#include "sys/netdev.h"
#include "base/sysroot.h"
#include "wire/frames.h"
#include "wire/traffic.h"
#include "vm/vm_plug.h"
#include "sys/vhost.h"

#define TAP_ID "macvtap" /* of the devices in each guest, with their numbers */
#define TAP_QMP_MS 15000
#define TAP_DELETED_MS 30000
#define TAP_FILTER_MS 5000 /* a driver may set its filters some time after it was asked to */
#define TAP_MAX_READS 256u

int tap_send_frame(int fd, const uint8_t src[6], const uint8_t dst[6], uint32_t session,
		   uint32_t seq)
{
	struct frame f = { .direction = FRAME_REQUEST, .session = session, .seq = seq };
	uint8_t buf[FRAME_MAX_SIZE];

	f.size = frames_size(seq);
	memcpy(f.dst, dst, sizeof(f.dst));
	memcpy(f.src, src, sizeof(f.src));
	frames_build(buf, &f);
	return send(fd, buf, f.size, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- the macvtap ---- */

/* Other PFs may be worked on at the same time: names and MACs are made from what each has alone. */
static void tap_name_port(struct tap *t, unsigned int i)
{
	const struct pci_addr *pf = &t->ctx->pf->addr;
	struct tap_port *p = &t->ports[i];
	const uint8_t mac[6] = {
		0x02,	   0x77, t->taps->rig.mac[3], t->taps->rig.mac[4], t->taps->rig.mac[5],
		(uint8_t)i
	};

	util_format(p->ifname, sizeof(p->ifname), "vt%x%02x%02x%x_%u", pf->domain, pf->bus, pf->dev,
		    pf->fn, i);
	memcpy(p->mac, mac, sizeof(p->mac));
	util_format(p->id, sizeof(p->id), TAP_ID "%u", i);
	util_format(p->net, sizeof(p->net), "%snet", p->id);
}

/* In passthru mode the macvtap starts with the parent's MAC, and the parent takes over a new one.
 */
static int tap_set_passthru_mac(struct tap *t, struct tap_port *p)
{
	struct link_info info;
	char want[18], got[18];
	int ret = link_set_mac(p->ifname, p->mac);

	if (ret < 0) {
		memcpy(p->mac, t->parent_mac, sizeof(p->mac));
		ctx_evidence(t->ctx, "tap.passthru_mac",
			     "the parent takes no other MAC while it is up (%s): it keeps its own",
			     strerror(-ret));
		return 0;
	}
	ret = link_get(t->parent, &info);
	if (ret < 0)
		return ctx_error(t->ctx, ret, "%s cannot be read: %s", t->parent, strerror(-ret));
	link_mac_format(p->mac, want);
	link_mac_format(info.mac, got);
	if (memcmp(info.mac, p->mac, sizeof(info.mac)) != 0) {
		ctx_fail(t->ctx, "tap_mac_not_followed", want,
			 "the macvtap has it, its parent %s has %s", t->parent, got);
		return -EADDRNOTAVAIL;
	}
	ctx_evidence(t->ctx, "tap.passthru_mac", "%s has followed the macvtap's: %s", t->parent,
		     got);
	return 0;
}

/* The kernel does not make the macvtap, or does not bring it up: the errno tells why. */
static int tap_create_failed(struct tap *t, const char *mode, int err)
{
	struct pci_addr parent;

	if (netdev_find_device(t->ctx->root, t->parent, &parent) == 0)
		case_see_errno(t->ctx, "macvtap_add", err, &parent);
	ctx_fail(t->ctx, ctx_cause(t->ctx, "tap_create_failed"), "the parent takes a macvtap",
		 "mode %s on %s: %s", mode, t->parent, strerror(-err));
	return err;
}

static int tap_make_link(struct tap *t, struct tap_port *p)
{
	struct ctx *ctx = t->ctx;
	const char *mode = macvtap_mode_name(t->kind.mode);
	bool passthru = t->kind.mode == MACVLAN_MODE_PASSTHRU;
	int ret = ctx_undo(ctx, UNDO_LINK_DELETE, NULL, 0, p->ifname);

	if (ret < 0)
		return ctx_error(ctx, ret, "no room to record the undo");
	ret = macvtap_create(p->ifname, t->parent, t->kind.mode, passthru ? NULL : p->mac);
	if (ret == -EOPNOTSUPP)
		return ctx_error_of(ctx, ret, "macvtap_missing", "this kernel has no macvtap");
	if (ret == 0)
		ret = link_set_up(p->ifname, true);
	if (ret < 0)
		return tap_create_failed(t, mode, ret);
	return passthru ? tap_set_passthru_mac(t, p) : 0;
}

struct tap_filter_wait {
	struct tap *t;
	struct tap_port *p;
	const uint8_t *dst;
	uint32_t session, seq;
	int err;
};

/* Reads what has come to the macvtap; true if a frame of the session is among it. */
static bool tap_read_frames(struct tap_filter_wait *w)
{
	uint8_t buf[MACVTAP_HEADER_SIZE + FRAME_MAX_SIZE + 64];
	struct frame f;

	for (unsigned int i = 0; i < TAP_MAX_READS; i++) {
		ssize_t n = read(w->p->fd, buf, sizeof(buf));

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			w->err = -errno;
		if (n < MACVTAP_HEADER_SIZE)
			return w->err < 0;
		if (frames_parse(buf + MACVTAP_HEADER_SIZE, (size_t)n - MACVTAP_HEADER_SIZE, &f) ==
			    FRAME_GOOD &&
		    f.session == w->session)
			return true;
	}
	return false;
}

static bool tap_frame_came(void *arg)
{
	struct tap_filter_wait *w = arg;
	/* One that cannot be sent does not come. */
	int ret = tap_send_frame(w->t->far->fd, w->t->far->mac, w->dst, w->session,
				 w->seq++ % TRAFFIC_MAX_FRAMES);

	(void)ret;
	return tap_read_frames(w);
}

/* Sends frames from the far end until one has come to the macvtap. */
static int tap_await_frame(struct tap *t, struct tap_port *p, const uint8_t dst[6])
{
	struct tap_filter_wait w = { .t = t, .p = p, .dst = dst, .session = traffic_new_session() };
	unsigned int ms = t->far->wire ? STATION_WIRE_MS : TAP_FILTER_MS;
	int ret = util_poll_until(tap_frame_came, &w, ctx_ms(t->ctx, ms));

	return w.err < 0 ? w.err : ret;
}

/*
 * Before any guest is in it: frames for the macvtap's MAC pass the parent's filters. A VF whose PF
 * cannot trust it may have the right to its own MAC only.
 */
static int tap_check_filter(struct tap *t, struct tap_port *p)
{
	static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct ctx *ctx = t->ctx;
	int ret = tap_await_frame(t, p, p->mac), all;
	char mac[18];

	if (ret == -ETIMEDOUT && t->far->wire) {
		ctx_warn(ctx, "wire_mac_lost", "frames for a guest's MAC come over the wire",
			 "%s: none for %s from the %s", p->ifname, link_mac_format(p->mac, mac),
			 t->far->what);
		ret = tap_leave_wire(t);
		if (ret < 0)
			return ret;
		ret = tap_await_frame(t, p, p->mac);
	}
	if (ret == 0)
		return 0;
	if (ret != -ETIMEDOUT)
		return ctx_error(ctx, ret, "%s cannot be read: %s", p->ifname, strerror(-ret));
	all = tap_await_frame(t, p, broadcast);
	if (all == 0 && t->kind.vf && !t->taps->trusted && t->kind.mode != MACVLAN_MODE_PASSTHRU) {
		ctx_not_applicable(ctx, "the PF's driver cannot trust a VF, and the VF gets no "
					"frames for a MAC that is not its own");
		return -EOPNOTSUPP;
	}
	ctx_fail(ctx, all == 0 ? "tap_mac_filter" : "traffic_lost",
		 "frames from the far end come to the macvtap",
		 "%s: none for %s, broadcasts %s (far end: %s)", p->ifname,
		 link_mac_format(p->mac, mac), all == 0 ? "come" : "neither", t->far->what);
	return ret;
}

int tap_create_port(struct tap *t, unsigned int i)
{
	tap_name_port(t, i);
	t->n_ports = i + 1;
	return tap_make_link(t, &t->ports[i]);
}

static int tap_open_queue(const struct tap *t, const struct tap_port *p)
{
	return t->kind.queues > 1 ? macvtap_open_queue(t->ctx->root, p->ifname)
				  : macvtap_open(t->ctx->root, p->ifname);
}

int tap_open_port(struct tap *t, unsigned int i)
{
	struct tap_port *p = &t->ports[i];
	char mac[18];

	p->fd = tap_open_queue(t, p);
	if (p->fd < 0)
		return ctx_error_of(t->ctx, p->fd, "tap_open",
				    "the device of %s cannot be opened: %s", p->ifname,
				    strerror(-p->fd));
	ctx_evidence(t->ctx, "tap.macvtap", "%s: %s, mode %s on %s", p->ifname,
		     link_mac_format(p->mac, mac), macvtap_mode_name(t->kind.mode), t->parent);
	return tap_check_filter(t, p);
}

/* ---- the guest's NIC ---- */

static int tap_refused(struct tap *t, struct guest *g, int err, const char *what)
{
	if (err != -EREMOTEIO)
		return guest_lost(g, err, what);
	ctx_fail(t->ctx, "tap_plug_refused", "QEMU takes the macvtap", "%s: %s", what,
		 vm_qmp_error(g->vm));
	return err;
}

/* The names by which QEMU knows the descriptors of its queues: "macvtap0fd0:macvtap0fd1". */
static void tap_fd_names(const struct tap *t, const struct tap_port *p, const char *kind,
			 char *names, size_t size)
{
	size_t used = 0;

	for (unsigned int q = 0; q == 0 || q < t->kind.queues; q++)
		used += (size_t)snprintf(names + used, size - used, "%s%s%s%u", q > 0 ? ":" : "",
					 p->id, kind, q);
}

/* One of a queue's descriptors, of which QEMU gets a copy. */
static int tap_send_fd(struct tap *t, struct tap_port *p, int fd, const char *kind, unsigned int q)
{
	char name[32];
	int ret;

	util_format(name, sizeof(name), "%s%s%u", p->id, kind, q);
	ret = vm_send_fd(p->guest->vm, fd, name, ctx_ms(t->ctx, TAP_QMP_MS));
	return ret < 0 ? tap_refused(t, p->guest, ret, "getfd") : 0;
}

/* The macvtap's own descriptors are closed then. Each time it is opened it has one more queue. */
static int tap_send_fds(struct tap *t, struct tap_port *p)
{
	struct ctx *ctx = t->ctx;
	int ret = 0;

	for (unsigned int q = 0; ret == 0 && (q == 0 || q < t->kind.queues); q++) {
		_cleanup_close_ int tap = q == 0 ? util_take_fd(&p->fd) : tap_open_queue(t, p);
		_cleanup_close_ int vhost = -1;

		if (tap < 0)
			return ctx_error_of(ctx, tap, "tap_open",
					    "queue %u of %s cannot be opened: %s", q, p->ifname,
					    strerror(-tap));
		ret = tap_send_fd(t, p, tap, "fd", q);
		if (ret < 0 || !t->kind.vhost)
			continue;
		vhost = vhost_open_net(ctx->root);
		if (vhost < 0)
			return ctx_error_of(ctx, vhost, "vhost_missing",
					    "/dev/vhost-net cannot be opened: %s",
					    strerror(-vhost));
		ret = tap_send_fd(t, p, vhost, "vhostfd", q);
	}
	return ret;
}

static int tap_add_backend(struct tap *t, struct tap_port *p)
{
	const bool several = t->kind.queues > 1;
	char fds[80], vhosts[80];
	json_t *args;
	int ret;

	tap_fd_names(t, p, "fd", fds, sizeof(fds));
	tap_fd_names(t, p, "vhostfd", vhosts, sizeof(vhosts));
	args = json_pack("{s:s, s:s, s:s, s:b}", "type", "tap", "id", p->net,
			 several ? "fds" : "fd", fds, "vhost", t->kind.vhost);
	if (t->kind.vhost)
		json_object_set_new(args, several ? "vhostfds" : "vhostfd", json_string(vhosts));
	ret = vm_qmp(p->guest->vm, "netdev_add", args, NULL, ctx_ms(t->ctx, TAP_QMP_MS));
	p->backend = ret == 0;
	return ret < 0 ? tap_refused(t, p->guest, ret, "netdev_add") : 0;
}

static int tap_add_device(struct tap *t, struct tap_port *p, unsigned int rp)
{
	char mac[18], bus[16];
	json_t *props;
	int ret;

	util_format(bus, sizeof(bus), "rp%u", rp);
	/* A guest that runs has no use for the boot ROM. */
	props = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "driver", "virtio-net-pci", "id", p->id,
			  "netdev", p->net, "bus", bus, "mac", link_mac_format(p->mac, mac),
			  "romfile", "");
	/* A vector for each queue each way, for the control queue, and for changes. */
	if (t->kind.queues > 1 &&
	    (json_object_set_new(props, "mq", json_true()) < 0 ||
	     json_object_set_new(props, "vectors", json_integer(2 * t->kind.queues + 2)) < 0))
		return ctx_error(t->ctx, -ENOMEM, "no memory for a command");
	ret = vm_device_add(p->guest->vm, VM_MONITOR_QMP, props, ctx_ms(t->ctx, TAP_QMP_MS));
	p->device = ret == 0;
	return ret < 0 ? tap_refused(t, p->guest, ret, "device_add") : 0;
}

int tap_plug_port(struct tap *t, unsigned int i)
{
	struct tap_port *p = &t->ports[i];
	struct guest_nic *nic;
	int ret = tap_send_fds(t, p), rp = guest_free_port(p->guest);

	if (ret == 0 && rp < 0)
		ret = ctx_error(t->ctx, -EBUSY, "the guest has no free port");
	if (ret == 0)
		ret = tap_add_backend(t, p);
	if (ret == 0)
		ret = tap_add_device(t, p, (unsigned int)rp);
	if (ret < 0)
		return ret;
	nic = guest_new_nic(p->guest, "macvtap", p->id, rp, &p->nic);
	if (!nic)
		return ctx_error(t->ctx, -ENOSPC, "the guest has no room for a NIC");
	/* Above virtio-pci there is virtio_net: without it the guest would have no netdev for it.
	 */
	util_strlcpy(nic->driver, sizeof(nic->driver), "virtio-pci");
	memcpy(nic->mac, p->mac, sizeof(nic->mac));
	nic->mac_known = true;
	return 0;
}

/* ---- the end ---- */

/* Asks for the NIC's release, so that several guests are at it at the same time. */
static int tap_ask_release(struct tap *t, struct tap_port *p)
{
	int ret;

	if (!p->device || vm_ended(p->guest->vm))
		return 0;
	ret = vm_device_del(p->guest->vm, VM_MONITOR_QMP, p->id, ctx_ms(t->ctx, TAP_QMP_MS));
	return ret < 0 ? tap_refused(t, p->guest, ret, "device_del") : 0;
}

static int tap_await_release(struct tap *t, struct tap_port *p)
{
	struct guest *g = p->guest;
	int ret;

	if (p->device) {
		ret = vm_wait_deleted(g->vm, p->id, ctx_ms(t->ctx, TAP_DELETED_MS));
		if (ret == -ETIMEDOUT)
			ctx_fail(t->ctx, "plug_not_removed", "the guest releases the NIC",
				 "%s: no DEVICE_DELETED in time", g->nics[p->nic].what);
		else if (ret < 0)
			guest_lost(g, ret, "removing the NIC");
		if (ret < 0)
			return ret;
		p->device = false;
		ret = guest_wait_gone(g, p->nic);
		g->nics[p->nic].id[0] = '\0';
		if (ret < 0)
			return ret;
	}
	if (!p->backend)
		return 0;
	ret = vm_qmp(g->vm, "netdev_del", json_pack("{s:s}", "id", p->net), NULL,
		     ctx_ms(t->ctx, TAP_QMP_MS));
	p->backend = ret < 0;
	return ret < 0 ? tap_refused(t, g, ret, "netdev_del") : 0;
}

static int tap_delete_link(struct tap *t, struct tap_port *p)
{
	int ret;

	util_closep(&p->fd);
	p->fd = -1;
	ret = link_delete(p->ifname);
	return ret == 0 || ret == -ENODEV ? 0
					  : ctx_error(t->ctx, ret, "%s cannot be removed: %s",
						      p->ifname, strerror(-ret));
}

int tap_close_ports(struct tap *t)
{
	int first = 0, ret;

	for (unsigned int i = 0; i < t->n_ports; i++) {
		ret = tap_ask_release(t, &t->ports[i]);
		first = first < 0 ? first : ret;
	}
	for (unsigned int i = 0; i < t->n_ports; i++) {
		struct tap_port *p = &t->ports[i];

		ret = vm_ended(p->guest->vm) ? 0 : tap_await_release(t, p);
		if (ret == 0)
			ret = tap_delete_link(t, p);
		first = first < 0 ? first : ret;
	}
	return first;
}
