/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transmit queues of Intel's VFs. Registers are those of the 82576 and 82599 data sheets (sections
 * on the VF's registers), as in the kernel's igbvf/regs.h and ixgbevf/regs.h; descriptors those of
 * 7.2.3.2 ("advanced").
 */
#include "stray.h"

#include <errno.h>
#include <string.h>

#define RING_ENTRIES (STRAY_PAGE / 16)
#define QUEUE_ENABLE (1u << 25)
#define QUEUE_MS 1000u /* for a queue to go on or off */
#define HEAD_WRITE_BACK 1u /* in the low half of the address */
#define FLOOD_AHEAD 128u
#define WRITTEN_AT (STRAY_PAGE - 64) /* of the head, in the page inside: no frame reaches it */

#define DESCRIPTOR_DONE 1u
#define CMD_EOP (1u << 24)
#define CMD_IFCS (1u << 25)
#define CMD_RS (1u << 27)
#define CMD_DEXT (1u << 29)
#define CMD_TSE (1u << 31)
#define TYPE_CONTEXT (2u << 20)
#define TYPE_DATA (3u << 20)
#define TYPE_UNKNOWN (9u << 20)
#define CHECK_CONTEXT (1u << 7) /* the card's switch is to look at the context */
#define ETHERNET_LEN (14u << 9) /* of a context: the length of the MAC header */

/* A family's first transmit queue. */
struct ring_layout {
	uint16_t base, base_high, length, head, tail, control, head_to, head_to_high;
	bool context; /* a frame has a context in front, which the card's switch needs */
};

static const struct ring_layout layout_igbvf = {
	.base = 0x3800,
	.base_high = 0x3804,
	.length = 0x3808,
	.head = 0x3810,
	.tail = 0x3818,
	.control = 0x3828,
	.head_to = 0x3838,
	.head_to_high = 0x383c,
};

static const struct ring_layout layout_ixgbevf = {
	.base = 0x2000,
	.base_high = 0x2004,
	.length = 0x2008,
	.head = 0x2010,
	.tail = 0x2018,
	.control = 0x2028,
	.head_to = 0x2038,
	.head_to_high = 0x203c,
	.context = true,
};

static volatile uint32_t *reg(const struct stray_vf *s, uint16_t at)
{
	return (volatile uint32_t *)(s->bar + at);
}

static volatile uint32_t *inside_written(const struct stray_vf *s)
{
	return (volatile uint32_t *)(s->page[STRAY_INSIDE] + WRITTEN_AT);
}

struct queue_wait {
	const struct stray_vf *s;
	const struct ring_layout *l;
	bool on;
	uint32_t end; /* the head when all is taken */
	volatile const uint32_t *done; /* the last descriptor's status, NULL: not asked for */
};

static bool queue_is(void *arg)
{
	const struct queue_wait *w = arg;

	return !!(*reg(w->s, w->l->control) & QUEUE_ENABLE) == w->on;
}

/* -EBUSY: the queue does not do as it is told. */
static int queue_switch(struct stray_vf *s, const struct ring_layout *l, bool on)
{
	struct queue_wait w = { .s = s, .l = l, .on = on };

	*reg(s, l->control) = on ? QUEUE_ENABLE : 0;
	return util_poll_until(queue_is, &w, QUEUE_MS) < 0 ? -EBUSY : 0;
}

static bool queue_is_done(void *arg)
{
	const struct queue_wait *w = arg;

	if (w->done)
		return *w->done & DESCRIPTOR_DONE;
	return *reg(w->s, w->l->head) == w->end;
}

/* What is wrong goes into the data descriptor, and into the context in front of it. */
static void spoil(uint32_t *context, uint32_t *data, enum agent_stray_wrong wrong)
{
	switch (wrong) {
	case AGENT_STRAY_NO_LENGTH:
		data[2] &= 0xffff0000;
		data[3] &= 0x3fff;
		break;
	case AGENT_STRAY_LONG:
		/* All of it is the guest's: its memory ends at a multiple of 64 KB. */
		data[0] &= 0xffff0000;
		data[2] |= 0xffff;
		break;
	case AGENT_STRAY_TYPE:
		data[2] = (data[2] & ~TYPE_DATA) | TYPE_UNKNOWN;
		break;
	case AGENT_STRAY_NO_END:
		data[2] &= ~CMD_EOP;
		break;
	case AGENT_STRAY_SEGMENT:
		data[2] |= CMD_TSE;
		context[0] = 0;
		context[3] = 0; /* no segment has any bytes */
		break;
	case AGENT_STRAY_RIGHT:
	case AGENT_STRAY_WRONGS:
		break;
	}
}

static uint32_t put_descriptor(volatile uint32_t *ring, uint32_t at, const uint32_t words[4])
{
	for (unsigned int i = 0; i < 4; i++)
		ring[4 * at + i] = words[i];
	return at + 1;
}

/* Writes the descriptors. Returns how many. */
static uint32_t fill_ring(struct stray_vf *s, const struct ring_layout *l,
			  const struct agent_stray_send *req, uint64_t buffer)
{
	volatile uint32_t *ring = (volatile uint32_t *)s->page[STRAY_RING];
	uint32_t context[4] = { ETHERNET_LEN, 0, CMD_DEXT | TYPE_CONTEXT, 0 };
	uint32_t data[4] = { (uint32_t)buffer, (uint32_t)(buffer >> 32),
			     req->size | TYPE_DATA | CMD_EOP | CMD_IFCS | CMD_RS | CMD_DEXT,
			     (uint32_t)req->size << 14 };
	bool with = l->context || req->wrong == AGENT_STRAY_SEGMENT;
	uint32_t n = 0, front = req->descriptors > 1 ? req->descriptors - 1u : 0;

	if (l->context)
		data[3] |= CHECK_CONTEXT;
	spoil(context, data, req->wrong);
	for (unsigned int i = 0; i < STRAY_PAGE / sizeof(*ring); i++)
		ring[i] = 0;
	/* More contexts than one are there for the head only. */
	if (with && front == 0)
		front = 1;
	while (n < front)
		n = put_descriptor(ring, n, context);
	return put_descriptor(ring, n, data);
}

static void set_address(struct stray_vf *s, uint16_t low, uint16_t high, uint64_t address)
{
	*reg(s, low) = (uint32_t)address;
	*reg(s, high) = (uint32_t)(address >> 32);
}

static void fill_inside(struct stray_vf *s, const struct agent_stray_send *req)
{
	for (unsigned int i = 0; i < STRAY_PAGE; i++)
		s->page[STRAY_INSIDE][i] = i < req->size ? req->frame[i] : 0;
	*inside_written(s) = AGENT_STRAY_UNWRITTEN;
}

/* Of an empty ring, off. */
static void set_ring(struct stray_vf *s, const struct ring_layout *l)
{
	set_address(s, l->base, l->base_high, s->bus[STRAY_RING]);
	*reg(s, l->length) = RING_ENTRIES * 16;
	*reg(s, l->head) = 0;
	*reg(s, l->tail) = 0;
}

static int ring_send(struct stray_vf *s, const struct agent_stray_send *req,
		     struct agent_stray_sent *out)
{
	const struct ring_layout *l = s->family->layout;
	uint64_t inside = s->bus[STRAY_INSIDE], head_to = 0, start = util_now_ms();
	struct queue_wait w = { .s = s, .l = l };
	int ret = queue_switch(s, l, false), err;

	if (ret < 0)
		return ret;
	fill_inside(s, req);
	w.end = fill_ring(s, l, req, req->buffer ? req->buffer : inside);
	if (req->write_head)
		head_to = req->write_head == 1 ? req->head_to : inside + WRITTEN_AT;
	else
		w.done = (volatile uint32_t *)(s->page[STRAY_RING] + 16 * w.end - 4);
	set_ring(s, l);
	set_address(s, l->head_to, l->head_to_high, head_to ? head_to | HEAD_WRITE_BACK : 0);
	ret = queue_switch(s, l, true);
	if (ret == 0)
		*reg(s, l->tail) = w.end;
	/* That it does not come to an end is the device's answer, and no error. */
	if (ret == 0)
		(void)!util_poll_until(queue_is_done, &w, req->timeout_ms);
	*out = (struct agent_stray_sent){ .descriptors = w.end,
					  .head = *reg(s, l->head),
					  .written = *inside_written(s),
					  .done = w.done && *w.done & DESCRIPTOR_DONE,
					  .waited_ms = (uint32_t)(util_now_ms() - start) };
	err = queue_switch(s, l, false);
	set_address(s, l->head_to, l->head_to_high, 0);
	/* A queue that hangs is found out by the next request, or the reset. */
	(void)err;
	return ret;
}

/* All of the ring is the same frame, behind a context if the card wants one. */
static void fill_flood(struct stray_vf *s, const struct ring_layout *l,
		       const struct agent_stray_flood *f)
{
	const struct agent_stray_send first = { .size = f->size };
	volatile uint32_t *ring = (volatile uint32_t *)s->page[STRAY_RING];
	uint32_t n = fill_ring(s, l, &first, s->bus[STRAY_INSIDE]), data[4];

	ring[4 * (n - 1) + 2] &= ~CMD_RS; /* the head is read instead */
	for (unsigned int i = 0; i < 4; i++)
		data[i] = ring[4 * (n - 1) + i];
	while (n < RING_ENTRIES)
		n = put_descriptor(ring, n, data);
	for (unsigned int i = 0; i < STRAY_PAGE; i++)
		s->page[STRAY_INSIDE][i] = i < f->size ? f->frame[i] : 0;
}

/* Keeps so many descriptors ahead of the device. */
static void feed(struct stray_vf *s, const struct ring_layout *l, unsigned int ms,
		 struct agent_stray_flooded *out)
{
	const uint64_t start = util_now_us(), end = start + ms * 1000ull;
	uint64_t now;
	uint32_t was = 0;

	do {
		uint32_t head = *reg(s, l->head) % RING_ENTRIES;

		out->frames += (head - was + RING_ENTRIES) % RING_ENTRIES;
		was = head;
		*reg(s, l->tail) = (head + FLOOD_AHEAD) % RING_ENTRIES;
		now = util_now_us();
		out->us = now - start;
	} while (now < end);
}

static int ring_flood(struct stray_vf *s, const struct agent_stray_flood *f,
		      struct agent_stray_flooded *out)
{
	const struct ring_layout *l = s->family->layout;
	int ret = queue_switch(s, l, false);

	if (ret < 0)
		return ret;
	fill_flood(s, l, f);
	set_ring(s, l);
	set_address(s, l->head_to, l->head_to_high, 0);
	if (!f->idle)
		ret = queue_switch(s, l, true);
	if (ret < 0)
		return ret;
	feed(s, l, f->ms, out);
	return queue_switch(s, l, false);
}

static const struct stray_family stray_igbvf = {
	.driver = "igbvf",
	.layout = &layout_igbvf,
	.bar_size = 0x4000,
	.send = ring_send,
	.flood = ring_flood,
};
static const struct stray_family stray_ixgbevf = {
	.driver = "ixgbevf",
	.layout = &layout_ixgbevf,
	.bar_size = 0x4000,
	.send = ring_send,
	.flood = ring_flood,
};

const struct stray_family *stray_family_of(const char *driver)
{
	static const struct stray_family *const families[] = { &stray_igbvf, &stray_ixgbevf,
							       &stray_virtio };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (strcmp(families[i]->driver, driver) == 0)
			return families[i];
	return NULL;
}
