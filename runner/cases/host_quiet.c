/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the machine is quiet: faults of DMA, interrupts and PCIe of devices that no other item
 * answers for, and links that go while nobody touches them. It comes last, so that it has the
 * kernel log of the whole run, and no other port's VFs take a link down.
 */
#include "cases/host.h"

#include <errno.h>
#include <string.h>
#include "sys/inventory.h"
#include "sys/kmsg.h"
#include "sys/link.h"
#include "sys/netdev.h"
#include "sys/sockets.h"

#define QUIET_MS 10000
#define MAX_RECORDS 200000 /* more than any log buffer holds */
#define MAX_DEVICES 32

/* What is a fault of a device, by the labels of configs/symptoms.ini. */
static const char fault_labels[] =
	"dmar_fault,amdvi_fault,ats_timeout,iommu_no_answer,pcie_aer,port_gone,usb_controller_dead";

struct quiet_device {
	char name[KMSG_ABOUT_NAME];
	char text[200]; /* its first fault, or its first other complaint */
	unsigned int faults, quiet_faults; /* of these: while nothing ran */
	unsigned int others;
	bool fatal; /* one of those while nothing ran is of severity fail */
};

struct quiet {
	struct ctx *ctx;
	int fd;
	bool waiting; /* nothing runs */
	unsigned int n, more;
	struct quiet_device devices[MAX_DEVICES];
};

static struct quiet_device *find_device(struct quiet *q, const char *name)
{
	unsigned int i;

	for (i = 0; i < q->n; i++)
		if (strcmp(q->devices[i].name, name) == 0)
			return &q->devices[i];
	if (q->n == MAX_DEVICES) {
		q->more++;
		return NULL;
	}
	q->devices[q->n] = (struct quiet_device){ 0 };
	util_strlcpy(q->devices[q->n].name, sizeof(q->devices[q->n].name), name);
	return &q->devices[q->n++];
}

static void take_record(struct quiet *q, const struct kmsg_record *rec)
{
	const struct symptom *s = symptom_match(SYMPTOM_KERNEL, rec->text);
	bool bad = s ? s->severity != VERDICT_PASS : rec->level <= 3;
	bool fault = bad && s && util_globs(fault_labels, s->label), other;
	char name[KMSG_ABOUT_NAME];
	struct quiet_device *d;

	if (!bad)
		return;
	/* What is about ports, or names no device, is judged where it belongs. */
	inventory_of_message(q->ctx->root, q->ctx->inv, rec, &other, name);
	d = other ? find_device(q, name) : NULL;
	if (!d)
		return;
	if (d->faults + d->others == 0 || (fault && d->faults == 0))
		util_strlcpy(d->text, sizeof(d->text), rec->text);
	d->faults += fault;
	d->others += !fault;
	d->quiet_faults += fault && q->waiting;
	d->fatal |= fault && q->waiting && s->severity == VERDICT_FAIL;
}

/* Takes in what there is. False, so that the whole time is waited for. */
static bool read_more(void *arg)
{
	struct quiet *q = arg;
	struct kmsg_record rec;
	unsigned int i;
	int ret = 1;

	for (i = 0; i < MAX_RECORDS && (ret > 0 || ret == -EBADMSG); i++) {
		ret = kmsg_read(q->fd, &rec, NULL);
		if (ret > 0)
			take_record(q, &rec);
	}
	return false;
}

static void report_device(struct ctx *ctx, const struct quiet_device *d)
{
	static const char expected[] = "no device makes faults of DMA, interrupts or PCIe";

	if (d->faults == 0)
		ctx_evidence(ctx, "complaint", "%s, %u messages: %s", d->name, d->others, d->text);
	else if (d->fatal)
		ctx_fail(ctx, "device_not_quiet", expected, "%s, %u of %u while nothing ran: %s",
			 d->name, d->quiet_faults, d->faults, d->text);
	else
		ctx_warn(ctx, "device_not_quiet", expected, "%s, %u of %u while nothing ran: %s",
			 d->name, d->quiet_faults, d->faults, d->text);
}

/* The link of a port that is up; a port that is away, or down, has none to lose. */
struct quiet_link {
	bool watched, carrier;
	unsigned int changes;
};

static void look_at_link(const struct ctx *ctx, const struct nic *nic, struct quiet_link *l)
{
	char ifname[IFNAMSIZ];
	struct link_info info;

	*l = (struct quiet_link){ 0 };
	if (netdev_find(ctx->root, &nic->addr, ifname) < 0 || !ifname[0] ||
	    link_get(ifname, &info) < 0 || !info.admin_up)
		return;
	*l = (struct quiet_link){ true, info.carrier, info.carrier_changes };
}

static struct quiet_link *look_at_links(const struct ctx *ctx)
{
	struct quiet_link *links = calloc(ctx->inv->n_nics + 1, sizeof(*links));

	for (unsigned int i = 0; links && i < ctx->inv->n_nics; i++)
		look_at_link(ctx, &ctx->inv->nics[i], &links[i]);
	return links;
}

/* How many ports have lost their link since @before. */
static unsigned int report_links(struct ctx *ctx, const struct quiet_link *before)
{
	static const char expected[] = "no port's link goes while nothing runs";
	unsigned int i, ports = 0;

	for (i = 0; before && i < ctx->inv->n_nics; i++) {
		const struct nic *nic = &ctx->inv->nics[i];
		char name[PCI_ADDR_STRLEN];
		struct quiet_link now;
		unsigned int lost;

		look_at_link(ctx, nic, &now);
		if (!before[i].watched || !now.watched || !inventory_nic_is_pf(nic) ||
		    nic->left_out[0])
			continue;
		/* It goes and comes in turn. */
		lost = (now.changes - before[i].changes + before[i].carrier) / 2;
		if (lost == 0)
			continue;
		ports++;
		pci_addr_format(&nic->addr, name);
		if (lost > 1)
			ctx_fail(ctx, "link_flaps", expected, "that of %s has gone %u times", name,
				 lost);
		else
			ctx_warn(ctx, "link_flaps", expected, "that of %s has gone once", name);
	}
	return ports;
}

/* The appliance has no service: nothing of it can be reached over the network. */
static bool report_sockets(struct ctx *ctx)
{
	char text[160];
	int n = sockets_count_open(ctx->root, text, sizeof(text));

	if (n < 0)
		ctx_evidence(ctx, "listening", "not known: %s", strerror(-n));
	else if (n == 0)
		ctx_evidence(ctx, "listening", "nothing");
	else
		ctx_warn(ctx, "appliance_listens", "nothing of the appliance listens",
			 "%d sockets are open: %s", n, text);
	return n > 0;
}

int host_run_quiet(struct ctx *ctx)
{
	_cleanup_free_ struct quiet_link *links = NULL;
	_cleanup_free_ struct quiet *q = calloc(1, sizeof(*q));
	_cleanup_close_ int fd = kmsg_open(ctx->root, true);
	uint64_t begin;
	unsigned int i, faulty = 0;

	if (!q)
		return -ENOMEM;
	if (fd < 0)
		return ctx_error(ctx, fd, "the kernel log cannot be read: %s", strerror(-fd));
	q->ctx = ctx;
	q->fd = fd;
	(void)read_more(q);
	links = look_at_links(ctx);
	begin = util_now_ms();
	q->waiting = true;
	/* It always times out: that is the time that is waited for. */
	(void)!util_poll_until(read_more, q, ctx_ms(ctx, QUIET_MS));
	ctx_evidence(ctx, "quiet", "%.1f s watched, %u devices complained of since boot%s",
		     (double)(util_now_ms() - begin) / 1000.0, q->n,
		     q->more ? ", and more than have room" : "");
	for (i = 0; i < q->n; i++) {
		faulty += q->devices[i].faults > 0;
		report_device(ctx, &q->devices[i]);
	}
	if (faulty + report_links(ctx, links) + report_sockets(ctx) > 0)
		return 0;
	return ctx_pass(ctx, "no device makes faults of DMA, interrupts or PCIe",
			"none since boot, and none while nothing ran");
}
