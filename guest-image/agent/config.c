/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the guest's network is set up: wire/agent_config.h. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>

#include "child.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "wire/agent_config.h"

static int on_module(struct agent *a, const void *req, void *reply)
{
	const struct agent_module *m = req;

	(void)reply;
	if (!memchr(m->name, '\0', sizeof(m->name)))
		return -EINVAL;
	/* Both write to the list of what was tried. */
	if (a->loader.pid != 0)
		return -EAGAIN;
	return agent_modules_load(&a->modules, m->name);
}

/* Groups from @c->mac on, the last two bytes counting up; up to the first that is refused. */
static int config_groups(const struct agent_config *c, bool join)
{
	unsigned int low = (unsigned int)c->mac[4] << 8 | c->mac[5];
	uint8_t mac[6];
	int ret = 0;

	if (c->value > CONFIG_MAX_GROUPS)
		return -EINVAL;
	memcpy(mac, c->mac, sizeof(mac));
	for (uint32_t i = 0; ret == 0 && i < c->value; i++) {
		mac[4] = (uint8_t)((low + i) >> 8);
		mac[5] = (uint8_t)(low + i);
		ret = link_set_group(c->ifname, mac, join);
	}
	return ret;
}

static int config_do(void *arg)
{
	const struct agent_config *c = arg;

	switch (c->op) {
	case CONFIG_UP:
		return link_set_up(c->ifname, c->value != 0);
	case CONFIG_MAC:
		return link_set_mac(c->ifname, c->mac);
	case CONFIG_MTU:
		return link_set_mtu(c->ifname, c->value);
	case CONFIG_PROMISC:
		return link_set_promisc(c->ifname, c->value != 0);
	case CONFIG_ALLMULTI:
		return link_set_allmulti(c->ifname, c->value != 0);
	case CONFIG_JOIN:
		return config_groups(c, true);
	case CONFIG_LEAVE:
		return config_groups(c, false);
	case CONFIG_ADD_VLAN:
		return link_add_vlan(c->ifname, c->link, c->value, c->protocol);
	case CONFIG_ADD_MACVLAN:
		return link_add_macvlan(c->ifname, c->link, c->mac);
	case CONFIG_DELETE:
		return link_delete(c->ifname);
	}
	return -EINVAL;
}

static int on_config(struct agent *a, const void *req, void *reply)
{
	struct agent_config c = *(const struct agent_config *)req;

	(void)a;
	(void)reply;
	if (!memchr(c.link, '\0', sizeof(c.link)))
		return -EINVAL;
	return agent_child_run(config_do, &c, CONFIG_MS);
}

static int on_link_state(struct agent *a, const void *req, void *reply)
{
	const struct agent_link_name *name = req;
	struct agent_link_state *out = reply;
	struct link_info info;
	int ret = link_get(name->ifname, &info);

	(void)a;
	if (ret < 0)
		return ret;
	*out = (struct agent_link_state){ .up = info.admin_up,
					  .carrier = info.carrier,
					  .mtu = info.mtu,
					  .max_mtu = info.max_mtu,
					  .carrier_changes = info.carrier_changes,
					  .rx_packets = info.rx_packets,
					  .tx_packets = info.tx_packets };
	memcpy(out->mac, info.mac, sizeof(out->mac));
	return sizeof(*out);
}

struct config_driver {
	const struct sysroot *root;
	struct agent_driver req;
};

/* Writes the device's address to a file of the driver. */
static int config_driver(void *arg)
{
	const struct config_driver *d = arg;
	const char *pci = d->req.pci;
	char path[SYSROOT_MAX_PATH];

	if (d->req.driver[0])
		util_format(path, sizeof(path), "sys/bus/pci/drivers/%s/bind", d->req.driver);
	else
		util_format(path, sizeof(path), "sys/bus/pci/devices/%s/driver/unbind", pci);
	return sysroot_write(d->root, pci, "%s", path);
}

static int on_driver(struct agent *a, const void *req, void *reply)
{
	struct config_driver d = { &a->root, *(const struct agent_driver *)req };

	(void)reply;
	if (!memchr(d.req.pci, '\0', sizeof(d.req.pci)) ||
	    !memchr(d.req.driver, '\0', sizeof(d.req.driver)) || strchr(d.req.pci, '/') ||
	    strchr(d.req.driver, '/') || d.req.pci[0] == '\0' || d.req.pci[0] == '.' ||
	    d.req.driver[0] == '.')
		return -EINVAL;
	return agent_child_run(config_driver, &d, CONFIG_MS);
}

const struct agent_request agent_config_requests[] = {
	{ AGENT_MODULE, sizeof(struct agent_module), false, on_module },
	{ AGENT_CONFIG, sizeof(struct agent_config), true, on_config },
	{ AGENT_LINK_STATE, sizeof(struct agent_link_name), true, on_link_state },
	{ AGENT_DRIVER, sizeof(struct agent_driver), false, on_driver },
	{ 0 },
};
