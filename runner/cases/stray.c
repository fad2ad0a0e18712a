/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps with a VF that is led astray. */
#include "cases/stray.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "sys/kmsg.h"
#include "sys/packet.h"
#include "wire/traffic.h"

#define STRAY_SLOT 1
#define STRAY_CALL_MS 30000 /* taking and giving back: the driver's end, a reset, its start */
#define STRAY_SEND_MS 1000 /* for the device to be done */
#define STRAY_ARRIVAL_MS 2000 /* of a frame that is to come */

static int stray_call(struct stray *s, enum agent_type type, const void *req, size_t len,
		      void *reply, size_t size, const char *doing)
{
	int ret =
		vm_agent_call(s->g->vm, type, req, len, reply, size, ctx_ms(s->ctx, STRAY_CALL_MS));

	if (ret == (int)size)
		return 0;
	if (ret == -ETIMEDOUT || ret == -EPIPE || ret == -EPROTO || ret >= 0)
		return guest_lost(s->g, ret < 0 ? ret : -EPROTO, doing);
	return ret;
}

static int stray_take(struct stray *s)
{
	struct agent_stray_dev req = { 0 };
	int ret;

	util_strlcpy(req.pci, sizeof(req.pci), s->pci);
	ret = stray_call(s, AGENT_STRAY_TAKE, &req, sizeof(req), &s->taken, sizeof(s->taken),
			 "taking a VF from its driver in the guest");
	if (ret == -EOPNOTSUPP) {
		ctx_not_applicable(s->ctx,
				   "there is no recipe for VFs that the guest's driver %s drives",
				   s->g->nics[s->slot].netdev.driver);
		return 1;
	}
	if (ret < 0)
		return ctx_error(s->ctx, ret, "%s cannot be taken from its driver in the guest: %s",
				 s->dev->what, strerror(-ret));
	s->is_taken = true;
	/* Its netdev has gone, and another one comes. */
	s->g->nics[s->slot].netdev.pci[0] = '\0';
	s->taken.driver[sizeof(s->taken.driver) - 1] = '\0';
	ctx_evidence(s->ctx, "stray.vf", "%s, without its driver %s in the guest", s->dev->what,
		     s->taken.driver);
	return 0;
}

int stray_begin(struct stray *s, struct pair *p)
{
	const struct guest_nic *nic = &p->first.nics[STRAY_SLOT];

	*s = (struct stray){ .p = p,
			     .ctx = p->rig.ctx,
			     .g = &p->first,
			     .slot = STRAY_SLOT,
			     .dev = nic->dev,
			     .kmsg = -1,
			     .listener = -1 };
	memcpy(s->vf_mac, nic->netdev.mac, sizeof(s->vf_mac));
	util_strlcpy(s->pci, sizeof(s->pci), nic->netdev.pci);
	s->kmsg = kmsg_open(s->ctx->root, false);
	if (s->kmsg < 0)
		return ctx_error(s->ctx, s->kmsg, "the kernel's messages cannot be read: %s",
				 strerror(-s->kmsg));
	s->listener = traffic_open(p->rig.ifname, s->pf_mac);
	if (s->listener < 0)
		return ctx_error(s->ctx, s->listener, "frames of %s cannot be read: %s",
				 p->rig.ifname, strerror(-s->listener));
	return stray_take(s);
}

static int stray_give(struct stray *s)
{
	struct agent_stray_dev req = { 0 };
	int ret;

	if (!s->is_taken)
		return 0;
	s->is_taken = false;
	util_strlcpy(req.pci, sizeof(req.pci), s->pci);
	ret = stray_call(s, AGENT_STRAY_GIVE, &req, sizeof(req), NULL, 0,
			 "resetting a VF in the guest");
	if (ret < 0 && !ctx_failed(s->ctx))
		return ctx_fail(s->ctx, "iso_vf_lost",
				"the VF is reset and its driver takes it again", "%s: %s",
				s->dev->what, strerror(-ret)),
		       ret;
	return ret;
}

int stray_end(struct stray *s, int ret)
{
	const bool was_taken = s->is_taken;
	int err = vm_ended(s->g->vm) ? 0 : stray_give(s);

	if (s->kmsg >= 0)
		close(util_take_fd(&s->kmsg));
	if (s->listener >= 0)
		close(util_take_fd(&s->listener));
	if (ret == 0 && err == 0 && was_taken)
		err = guest_check_nic(s->g, s->slot);
	if (ret == 0 && err == 0 && was_taken)
		err = pair_check_traffic(s->p);
	return ret != 0 ? ret : err;
}

void stray_frame(const struct stray *s, uint32_t session, uint8_t frame[AGENT_STRAY_FRAME])
{
	struct frame f = { .direction = FRAME_REQUEST, .session = session, .size = FRAME_MIN_SIZE };

	memcpy(f.dst, s->pf_mac, sizeof(f.dst));
	memcpy(f.src, s->vf_mac, sizeof(f.src));
	frames_build(frame, &f);
}

int stray_try(struct stray *s, struct agent_stray_send *req, struct agent_stray_sent *out)
{
	int ret;

	req->size = FRAME_MIN_SIZE;
	req->timeout_ms = STRAY_SEND_MS;
	ret = stray_call(s, AGENT_STRAY_SEND, req, sizeof(*req), out, sizeof(*out),
			 "having a VF send without its driver");
	if (ret == -EBUSY)
		return 1;
	if (ret == -EXDEV) {
		ctx_fail(s->ctx, "iso_virtio_bypass",
			 "a device that is assigned says that its addresses are translated "
			 "(VIRTIO_F_ACCESS_PLATFORM)",
			 "%s does not offer that: it takes the guest's addresses for the host's",
			 s->dev->what);
		return -EXDEV;
	}
	return ret < 0 ? ctx_error(s->ctx, ret, "the transmit queue of %s cannot be used: %s",
				   s->dev->what, strerror(-ret))
		       : 0;
}

int stray_send(struct stray *s, struct agent_stray_send *req, struct agent_stray_sent *out)
{
	int ret = stray_try(s, req, out);

	return ret <= 0 ? ret
			: ctx_error(s->ctx, -EBUSY,
				    "the transmit queue of %s cannot be switched on or off",
				    s->dev->what);
}

int stray_flood(struct stray *s, const uint8_t frame[AGENT_STRAY_FRAME], bool idle, unsigned int ms)
{
	struct agent_stray_flood req = { .ms = ms, .idle = idle, .size = FRAME_MIN_SIZE };
	int ret;

	memcpy(req.frame, frame, sizeof(req.frame));
	ret = stray_call(s, AGENT_STRAY_FLOOD, &req, sizeof(req), NULL, 0,
			 "having a VF send all the time");
	if (ret == -EOPNOTSUPP) {
		ctx_not_applicable(s->ctx,
				   "there is no recipe that keeps the queue of a VF full which %s "
				   "drives",
				   s->taken.driver);
		return 1;
	}
	return ret < 0 ? ctx_error(s->ctx, ret, "%s cannot be made to send all the time: %s",
				   s->dev->what, strerror(-ret))
		       : 0;
}

int stray_flood_ended(struct stray *s, struct agent_stray_flooded *out)
{
	int ret = stray_call(s, AGENT_STRAY_FLOOD_END, NULL, 0, out, sizeof(*out),
			     "waiting for a VF that sends all the time");

	if (ret == -EAGAIN)
		return 0;
	if (ret == 0)
		ret = out->error;
	return ret < 0 ? ctx_error(s->ctx, ret, "the transmit queue of %s cannot be kept full: %s",
				   s->dev->what, strerror(-ret))
		       : 1;
}

static int call_config(struct stray *s, unsigned int type, void *out, size_t size)
{
	struct agent_stray_dev req = { 0 };
	int ret;

	util_strlcpy(req.pci, sizeof(req.pci), s->pci);
	ret = stray_call(s, (enum agent_type)type, &req, sizeof(req), out, size,
			 "writing to a VF's configuration space");
	return ret < 0 ? ctx_error(s->ctx, ret,
				   "the configuration space of %s cannot be written: %s",
				   s->dev->what, strerror(-ret))
		       : 0;
}

int stray_set_all_config(struct stray *s, struct agent_stray_config *out)
{
	return call_config(s, AGENT_STRAY_CONFIG, out, sizeof(*out));
}

int stray_put_config_back(struct stray *s, struct agent_stray_restored *out)
{
	return call_config(s, AGENT_STRAY_RESTORE, out, sizeof(*out));
}

/* Reads what has arrived. */
static bool listener_has(struct stray *s, uint32_t session)
{
	uint8_t buf[FRAME_MAX_SIZE + 64];
	struct packet_info info;
	bool found = false;
	struct frame f;
	ssize_t n;

	while ((n = packet_read(s->listener, buf, sizeof(buf), &info)) > 0)
		if (!info.outgoing && frames_parse(buf, (size_t)n, &f) != FRAME_FOREIGN &&
		    f.session == session)
			found = true;
	return found;
}

struct arrival {
	struct stray *s;
	uint32_t session;
};

static bool has_arrived(void *arg)
{
	const struct arrival *a = arg;

	return listener_has(a->s, a->session);
}

bool stray_arrived(struct stray *s, uint32_t session, unsigned int ms)
{
	struct arrival a = { s, session };

	return util_poll_until(has_arrived, &a, ctx_ms(s->ctx, ms)) == 0;
}

int stray_check_sends(struct stray *s)
{
	const uint32_t session = traffic_new_session();
	struct agent_stray_send req = { 0 };
	struct agent_stray_sent sent;
	bool came;
	int ret;

	stray_frame(s, session, req.frame);
	ret = stray_send(s, &req, &sent);
	if (ret < 0)
		return ret;
	came = stray_arrived(s, session, STRAY_ARRIVAL_MS);
	ctx_evidence(s->ctx, "control",
		     "told to send a frame out of the guest: %u of %u descriptors taken, the frame "
		     "%s the PF",
		     sent.head, sent.descriptors, came ? "reaches" : "does not reach");
	return came ? 0
		    : ctx_error(s->ctx, -ENODATA,
				"%s does not send what is in its own guest's memory, so that "
				"nothing is shown: %u of %u descriptors taken",
				s->dev->what, sent.head, sent.descriptors);
}

int stray_check_writes(struct stray *s, unsigned int descriptors, uint32_t *head)
{
	struct agent_stray_send req = { .write_head = 2, .descriptors = (uint16_t)descriptors };
	struct agent_stray_sent sent;
	int ret;

	stray_frame(s, traffic_new_session(), req.frame);
	ret = stray_send(s, &req, &sent);
	if (ret < 0)
		return ret;
	ctx_evidence(s->ctx, "control",
		     "told to write its queue's head into the guest: %u of %u descriptors taken, "
		     "%#x written after %u ms",
		     sent.head, sent.descriptors, sent.written, sent.waited_ms);
	*head = sent.written;
	/* QEMU's igb writes the number of the descriptor, others that of the next one. */
	if (sent.written <= sent.descriptors)
		return 0;
	return ctx_error(s->ctx, -ENODATA,
			 "%s does not write into its own guest's memory as it is told to, so that "
			 "nothing is shown: %u of %u descriptors taken, %#x written",
			 s->dev->what, sent.head, sent.descriptors, sent.written);
}

bool stray_is_judged(const struct ctx *ctx)
{
	return ctx->res->verdict == VERDICT_FAIL || ctx->res->verdict == VERDICT_WARN;
}
