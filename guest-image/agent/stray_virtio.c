/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit queue of a virtio network device on PCI (Virtual I/O Device Version 1.2: 4.1.4 the
 * structures in its BARs, 2.7 split virtqueues, 5.1 the network device). What a VF with rings
 * writes of its own is here the ring of used descriptors: it goes where the runner wants the head.
 */
#include "stray.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <string.h>

#define MAX_CAPS 48
#define QUEUE 1 /* transmitq1 */
#define ENTRIES 16
#define READY_MS 1000u
/* Places in the pages. */
#define AVAIL_AT 1024 /* in the ring's, descriptors come first */
#define USED_AT 2048
#define HEADER_AT 1024 /* in the page inside, frames come first */
#define HEADER_SIZE 12
#define USED_IDX_AT 2
#define HEADER_GSO_AT 1 /* gso_type */
#define GSO_TCP4 1

/* In struct stray_vf's own words. */
enum { AT_COMMON, AT_NOTIFY, AT_MULTIPLIER };

static volatile struct virtio_pci_common_cfg *common(const struct stray_vf *s)
{
	return (volatile struct virtio_pci_common_cfg *)(s->bar + s->own[AT_COMMON]);
}

/* Takes a capability at @at. */
static void take_cap(struct stray_vf *s, int fd, unsigned int at, int bars[2])
{
	struct virtio_pci_notify_cap cap;

	if (pread(fd, &cap, sizeof(cap), at) != sizeof(cap))
		return;
	if (cap.cap.cfg_type == VIRTIO_PCI_CAP_COMMON_CFG && bars[0] < 0) {
		bars[0] = cap.cap.bar;
		s->own[AT_COMMON] = cap.cap.offset;
	}
	if (cap.cap.cfg_type == VIRTIO_PCI_CAP_NOTIFY_CFG && bars[1] < 0) {
		bars[1] = cap.cap.bar;
		s->own[AT_NOTIFY] = cap.cap.offset;
		s->own[AT_MULTIPLIER] = cap.notify_off_multiplier;
	}
}

/* The one BAR that has what is needed. */
static int virtio_find_bar(struct stray_vf *s)
{
	_cleanup_close_ int fd =
		sysroot_openat(s->root, O_RDONLY, "sys/bus/pci/devices/%s/config", s->pci);
	int bars[2] = { -1, -1 };
	uint8_t at = 0, head[2];

	if (fd < 0)
		return fd;
	if (pread(fd, &at, 1, PCI_CAPABILITY_LIST) != 1)
		return -EIO;
	for (unsigned int i = 0; at >= PCI_STD_HEADER_SIZEOF && i < MAX_CAPS; i++, at = head[1]) {
		if (pread(fd, head, sizeof(head), at) != sizeof(head))
			return -EIO;
		if (head[0] == PCI_CAP_ID_VNDR)
			take_cap(s, fd, at, bars);
	}
	if (bars[0] < 0 || bars[0] != bars[1] || bars[0] >= PCI_STD_NUM_BARS)
		return -EOPNOTSUPP;
	return bars[0];
}

struct virtio_wait {
	const struct stray_vf *s;
	volatile const uint16_t *used; /* NULL: for the end of a reset */
};

static bool virtio_is_ready(void *arg)
{
	const struct virtio_wait *w = arg;

	return w->used ? *w->used != 0 : common(w->s)->device_status == 0;
}

static int virtio_reset(struct stray_vf *s)
{
	struct virtio_wait w = { .s = s };

	common(s)->device_status = 0;
	return util_poll_until(virtio_is_ready, &w, READY_MS) < 0 ? -EBUSY : 0;
}

/*
 * -EXDEV: the device does not say that the platform translates its addresses
 * (VIRTIO_F_ACCESS_PLATFORM): they would be the host's. Nothing was given to it yet.
 */
static int virtio_negotiate(struct stray_vf *s)
{
	const uint32_t wanted =
		1u << (VIRTIO_F_VERSION_1 - 32) | 1u << (VIRTIO_F_ACCESS_PLATFORM - 32);
	volatile struct virtio_pci_common_cfg *c = common(s);
	const uint8_t begun = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;

	c->device_status = begun;
	c->device_feature_select = 1;
	if ((c->device_feature & wanted) != wanted)
		return -EXDEV;
	c->guest_feature_select = 0;
	c->guest_feature = 0;
	c->guest_feature_select = 1;
	c->guest_feature = wanted;
	c->device_status = begun | VIRTIO_CONFIG_S_FEATURES_OK;
	return c->device_status & VIRTIO_CONFIG_S_FEATURES_OK ? 0 : -EBUSY;
}

static void put_descriptors(struct stray_vf *s, const struct agent_stray_send *req)
{
	volatile struct vring_desc *desc = (volatile struct vring_desc *)s->page[STRAY_RING];
	volatile uint16_t *avail = (volatile uint16_t *)(s->page[STRAY_RING] + AVAIL_AT);
	volatile uint8_t *inside = s->page[STRAY_INSIDE];

	for (unsigned int i = 0; i < STRAY_PAGE; i++) {
		s->page[STRAY_RING][i] = 0;
		inside[i] = i < req->size ? req->frame[i] : 0;
	}
	desc[0].addr = s->bus[STRAY_INSIDE] + HEADER_AT;
	desc[0].len = HEADER_SIZE;
	desc[0].flags = VRING_DESC_F_NEXT;
	desc[0].next = 1;
	desc[1].addr = req->buffer ? req->buffer : s->bus[STRAY_INSIDE];
	desc[1].len = req->wrong == AGENT_STRAY_NO_LENGTH ? 0 : req->size;
	if (req->wrong == AGENT_STRAY_LONG) {
		desc[1].addr &= ~0xffffull; /* all of it is the guest's */
		desc[1].len = 0xffff;
	}
	if (req->wrong == AGENT_STRAY_TYPE)
		desc[1].flags = 0xfff8;
	if (req->wrong == AGENT_STRAY_NO_END) {
		desc[1].flags = VRING_DESC_F_NEXT;
		desc[1].next = 1;
	}
	if (req->wrong == AGENT_STRAY_SEGMENT)
		inside[HEADER_AT + HEADER_GSO_AT] = GSO_TCP4;
	avail[2] = 0; /* the first descriptor */
	avail[1] = 1; /* so many chains */
}

static int virtio_start(struct stray_vf *s, uint64_t used)
{
	volatile struct virtio_pci_common_cfg *c = common(s);
	uint64_t ring = s->bus[STRAY_RING];

	c->queue_select = QUEUE;
	if (c->queue_size < ENTRIES)
		return -EOPNOTSUPP;
	c->queue_size = ENTRIES;
	c->queue_desc_lo = (uint32_t)ring;
	c->queue_desc_hi = (uint32_t)(ring >> 32);
	c->queue_avail_lo = (uint32_t)(ring + AVAIL_AT);
	c->queue_avail_hi = (uint32_t)((ring + AVAIL_AT) >> 32);
	c->queue_used_lo = (uint32_t)used;
	c->queue_used_hi = (uint32_t)(used >> 32);
	c->queue_enable = 1;
	c->device_status |= VIRTIO_CONFIG_S_DRIVER_OK;
	return 0;
}

static int virtio_notify(struct stray_vf *s)
{
	uint64_t at =
		s->own[AT_NOTIFY] + (uint64_t)common(s)->queue_notify_off * s->own[AT_MULTIPLIER];

	if (at + sizeof(uint16_t) > s->bar_size)
		return -ENXIO;
	*(volatile uint16_t *)(s->bar + at) = QUEUE;
	return 0;
}

static int virtio_send(struct stray_vf *s, const struct agent_stray_send *req,
		       struct agent_stray_sent *out)
{
	volatile uint16_t *used =
		(volatile uint16_t *)(s->page[STRAY_RING] + USED_AT + USED_IDX_AT);
	struct virtio_wait w = { .s = s, .used = used };
	uint64_t start = util_now_ms();
	int ret, err;

	if (s->own[AT_COMMON] + sizeof(struct virtio_pci_common_cfg) > s->bar_size)
		return -ENXIO;
	ret = virtio_reset(s);
	if (ret == 0)
		ret = virtio_negotiate(s);
	if (ret == 0) {
		put_descriptors(s, req);
		ret = virtio_start(s, req->write_head == 1 ? req->head_to
							   : s->bus[STRAY_RING] + USED_AT);
	}
	if (ret == 0)
		ret = virtio_notify(s);
	/* That it does not come to an end is the device's answer, and no error. */
	if (ret == 0)
		(void)!util_poll_until(virtio_is_ready, &w, req->timeout_ms);
	*out = (struct agent_stray_sent){ .descriptors = 1,
					  .head = *used,
					  .written = *used ? *used : AGENT_STRAY_UNWRITTEN,
					  .done = *used == 1,
					  .waited_ms = (uint32_t)(util_now_ms() - start) };
	/* Also what needs a reset, as after a descriptor that is none, is over then. */
	err = virtio_reset(s);
	return ret < 0 ? ret : err;
}

const struct stray_family stray_virtio = {
	.driver = "virtio-pci",
	.bar_size = 0x1000,
	.find_bar = virtio_find_bar,
	.send = virtio_send,
};
