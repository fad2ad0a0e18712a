/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PF's own frames, before anything is done with VFs. A frame that counts as sent shows that the
 * NIC reads and writes memory: where that fails, no case with VFs can tell why.
 */
#include "cases/port_link.h"
#include "cases/nic_traffic.h"

#include <errno.h>
#include <net/ethernet.h>
#include <string.h>

#include "cases/common.h"
#include "cases/controllers.h"
#include "cases/vfs.h"
#include "sys/inventory.h"
#include "sys/packet.h"

#define FRAMES 64
#define SENT_MS 10000
#define ARRIVE_MS 2000

static const char expected[] = "the port's own frames are sent";

/* The port at the far end of the wire, which is only listened to: other items may be using it. */
struct far_end {
	int fd; /* -1: there is none, or it cannot be listened to */
	uint8_t from[ETH_ALEN]; /* whose frames are counted */
	unsigned int arrived;
};

static void far_end_open(struct far_end *far, const struct ctx *ctx, const uint8_t from[ETH_ALEN])
{
	const struct packet_socket want = { .ethertype = LINK_TEST_ETHERTYPE,
					    .buffer = 1 << 20,
					    .ignore_outgoing = true };
	char ifname[IFNAMSIZ];

	*far = (struct far_end){ .fd = -1 };
	memcpy(far->from, from, sizeof(far->from));
	if (ctx->pf->peer < 0 ||
	    netdev_find(ctx->root, &ctx->inv->nics[ctx->pf->peer].addr, ifname) < 0 || !ifname[0])
		return;
	far->fd = packet_open(ifname, &want, NULL);
	if (far->fd < 0)
		far->fd = -1;
}

static bool far_end_has_all(void *arg)
{
	struct far_end *far = arg;
	uint8_t buf[ETHER_MAX_LEN];
	unsigned int i;

	for (i = 0; i < 16 * FRAMES; i++) {
		const struct ether_header *eth = (const void *)buf;
		struct packet_info info;
		ssize_t n = packet_read(far->fd, buf, sizeof(buf), &info);

		if (n < (ssize_t)sizeof(*eth))
			break;
		if (memcmp(eth->ether_shost, far->from, ETH_ALEN) == 0)
			far->arrived++;
	}
	return far->arrived >= FRAMES;
}

/* Evidence only: a peer that another item is working on at this moment may miss them all. */
static void far_end_note(struct ctx *ctx, struct far_end *far)
{
	char addr[PCI_ADDR_STRLEN];

	if (far->fd < 0)
		return;
	(void)!util_poll_until(far_end_has_all, far, ctx_ms(ctx, ARRIVE_MS));
	ctx_evidence(ctx, "arrived", "%u of %u at %s", far->arrived, FRAMES,
		     pci_addr_format(&ctx->inv->nics[ctx->pf->peer].addr, addr));
}

/* Another port's frames have come to this one, so that what the card writes to memory arrives. */
static bool has_received(const struct ctx *ctx)
{
	const size_t own = ctx->pf - ctx->inv->nics;
	size_t i;

	for (i = 0; i < ctx->inv->n_nics; i++)
		if (i != own && ctx->inv->nics[i].reaches >> own & 1)
			return true;
	return false;
}

static int nothing_sent(struct ctx *ctx, const char *ifname)
{
	if (has_received(ctx))
		return ctx_fail(ctx, "tx_hang", expected,
				"%s has carrier, has received frames of another port, and does not "
				"count the %u that it took as sent",
				ifname, FRAMES);
	controllers_note_dead(ctx);
	ctx_symptom(ctx, SYMPTOM_STATE, "frames of a PF are never sent");
	return ctx_fail(ctx, "pf_no_dma", expected,
			"%s has carrier and took %u frames, and does not count them as sent",
			ifname, FRAMES);
}

int run_nic_traffic(struct ctx *ctx)
{
	_cleanup_close_ int fd = -1;
	char ifname[IFNAMSIZ];
	struct link_info before, after;
	struct far_end far;
	int ret = vfs_open_pf(ctx, ctx->pf, ifname);

	if (ret < 0)
		return ret;
	ret = port_link_wait(ctx, ctx->pf, ifname);
	if (ret < 0)
		return ret;
	ret = link_get(ifname, &before);
	if (ret < 0)
		return ctx_error(ctx, ret, "%s cannot be read: %s", ifname, strerror(-ret));
	far_end_open(&far, ctx, before.mac);
	fd = far.fd;
	ret = link_send_frames(ifname, FRAMES, ctx_ms(ctx, SENT_MS));
	if (ret < 0 && ret != -ETIMEDOUT)
		return ctx_error(ctx, ret, "%s does not take frames: %s", ifname, strerror(-ret));
	far_end_note(ctx, &far);
	if (link_get(ifname, &after) == 0)
		ctx_evidence(ctx, "sent", "%llu counted of %u handed over",
			     (unsigned long long)(after.tx_packets - before.tx_packets), FRAMES);
	if (ret == 0)
		return ctx_pass(ctx, expected, "%s counts %u frames as sent", ifname, FRAMES);
	return nothing_sent(ctx, ifname);
}
