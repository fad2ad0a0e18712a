/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests about the guest's own network stack: wire/agent_net.h. */
#include "agent.h"

#include <errno.h>
#include <string.h>

#include "sys/bond.h"
#include "sys/netdev.h"
#include "sys/pci_addr.h"

static int on_net_address(struct agent *a, const void *payload, void *reply)
{
	const struct agent_net_address *req = payload;
	int ret = ip_answer_strictly(&a->root);

	(void)reply;
	if (ret == 0 && req->clear)
		ret = ip_clear(req->ifname);
	if (ret == 0 && req->add)
		ret = ip_add(req->ifname, &req->address);
	return ret;
}

static int on_transfer_start(struct agent *a, const void *req, void *reply)
{
	int ret = agent_transfers_start(&a->transfers, req);
	struct agent_transfer transfer = { .handle = (uint32_t)ret };

	if (ret < 0)
		return ret;
	memcpy(reply, &transfer, sizeof(transfer));
	return sizeof(transfer);
}

static int on_transfer_state(struct agent *a, const void *payload, void *reply)
{
	const struct agent_transfer *req = payload;
	int ret = agent_transfers_read(&a->transfers, req->handle, reply);

	return ret < 0 ? ret : (int)sizeof(struct transfer_state);
}

static int on_transfer_stop(struct agent *a, const void *payload, void *reply)
{
	const struct agent_transfer *req = payload;
	int ret = agent_transfers_stop(&a->transfers, req->handle, reply);

	return ret < 0 ? ret : (int)sizeof(struct transfer_state);
}

static int on_feature(struct agent *a, const void *payload, void *reply)
{
	struct agent_feature req;
	int ret = 0;

	(void)a;
	memcpy(&req, payload, sizeof(req));
	req.name[sizeof(req.name) - 1] = '\0';
	if (req.set != AGENT_GET)
		ret = ethtool_set_feature(req.ifname, req.name, req.set == AGENT_ON);
	if (ret == 0)
		ret = ethtool_get_feature(req.ifname, req.name, reply);
	return ret < 0 ? ret : (int)sizeof(struct ethtool_feature_state);
}

static int on_channels(struct agent *a, const void *payload, void *reply)
{
	const struct agent_channels *req = payload;
	struct ethtool_channel_counts counts = req->counts;
	int ret = req->set ? ethtool_set_channels(req->ifname, &counts) : 0;

	(void)a;
	if (ret == 0)
		ret = ethtool_get_channels(req->ifname, &counts);
	memcpy(reply, &counts, sizeof(counts));
	return ret < 0 ? ret : (int)sizeof(counts);
}

static int on_irqs(struct agent *a, const void *payload, void *reply)
{
	const struct agent_link *req = payload;
	struct pci_addr dev;
	int ret = netdev_find_device(&a->root, req->ifname, &dev);

	if (ret == 0)
		ret = irq_list(&a->root, &dev, reply, IRQ_MAX_VECTORS);
	return ret < 0 ? ret : ret * (int)sizeof(struct irq_vector);
}

/* Only interrupts of the netdev's device are directed. */
static int on_irq_affinity(struct agent *a, const void *payload, void *reply)
{
	const struct agent_irq_affinity *req = payload;
	struct irq_vector *v = calloc(IRQ_MAX_VECTORS, sizeof(*v));
	struct pci_addr dev;
	int ret = v ? netdev_find_device(&a->root, req->ifname, &dev) : -ENOMEM, n = 0;

	if (ret == 0)
		n = irq_list(&a->root, &dev, v, IRQ_MAX_VECTORS);
	if (ret == 0)
		ret = n < 0 ? n : -ENOENT;
	for (int i = 0; i < n; i++)
		if (v[i].irq == req->irq) {
			ret = irq_set_mask(&a->root, req->irq, req->mask);
			v[i].effective = irq_effective(&a->root, req->irq);
			memcpy(reply, &v[i], sizeof(*v));
		}
	free(v);
	return ret < 0 ? ret : (int)sizeof(*v);
}

static int on_counters(struct agent *a, const void *payload, void *reply)
{
	const struct agent_link *req = payload;
	struct netdev_counters c;
	int ret = netdev_read_counters(req->ifname, &c);

	(void)a;
	memcpy(reply, &c, sizeof(c));
	return ret < 0 ? ret : (int)sizeof(c);
}

static int on_bond(struct agent *a, const void *payload, void *reply)
{
	struct agent_bond req;

	(void)a;
	(void)reply;
	memcpy(&req, payload, sizeof(req));
	req.primary[sizeof(req.primary) - 1] = '\0';
	req.other[sizeof(req.other) - 1] = '\0';
	return bond_make(req.ifname, req.primary, req.other);
}

static int on_master(struct agent *a, const void *payload, void *reply)
{
	const struct agent_link *req = payload;
	struct agent_master m = { 0 };

	/* What is no bond has no active one. */
	(void)!bond_get_active(&a->root, req->ifname, m.active);
	bond_get_master(&a->root, req->ifname, m.master);
	memcpy(reply, &m, sizeof(m));
	return sizeof(m);
}

const struct agent_request agent_net_requests[] = {
	{ AGENT_NET_ADDRESS, sizeof(struct agent_net_address), true, on_net_address },
	{ AGENT_TRANSFER_START, sizeof(struct transfer_config), true, on_transfer_start },
	{ AGENT_TRANSFER_STATE, sizeof(struct agent_transfer), false, on_transfer_state },
	{ AGENT_TRANSFER_STOP, sizeof(struct agent_transfer), false, on_transfer_stop },
	{ AGENT_FEATURE, sizeof(struct agent_feature), true, on_feature },
	{ AGENT_CHANNELS, sizeof(struct agent_channels), true, on_channels },
	{ AGENT_IRQS, sizeof(struct agent_link), true, on_irqs },
	{ AGENT_IRQ_AFFINITY, sizeof(struct agent_irq_affinity), true, on_irq_affinity },
	{ AGENT_COUNTERS, sizeof(struct agent_link), true, on_counters },
	{ AGENT_BOND, sizeof(struct agent_bond), true, on_bond },
	{ AGENT_MASTER, sizeof(struct agent_link), true, on_master },
	{ 0 },
};
