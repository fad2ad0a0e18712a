/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a guest's network is set up, by its agent. */
#include "cases/guest_config.h"

#include <errno.h>
#include <string.h>

#define CONFIG_CALL_MS (CONFIG_MS + 7000)

int guest_call(struct guest *g, unsigned int type, const void *req, size_t req_len, void *reply,
	       size_t size, size_t *len, int *said)
{
	unsigned int ms = ctx_ms(g->ctx, CONFIG_CALL_MS);
	uint64_t end = util_now_ms() + ms;
	int ret = vm_agent_call(g->vm, (enum agent_type)type, req, req_len, reply, size, ms);

	*said = ret < 0 ? ret : 0;
	if (len)
		*len = ret < 0 ? 0 : (size_t)ret;
	if (ret >= 0)
		return 0;
	/* A driver may say the same as a channel that has broken. */
	if (vm_ended(g->vm) || ret == -EPIPE || ret == -EPROTO ||
	    (ret == -ETIMEDOUT && util_now_ms() >= end))
		return guest_lost(g, ret, "setting its network up");
	return 0;
}

int guest_load_module(struct guest *g, const char *name)
{
	struct agent_module req = { 0 };
	int said, ret;

	util_strlcpy(req.name, sizeof(req.name), name);
	ret = guest_call(g, AGENT_MODULE, &req, sizeof(req), NULL, 0, NULL, &said);
	if (ret == 0 && said < 0)
		ret = ctx_error(g->ctx, said, "module %s cannot be loaded in the guest: %s", name,
				strerror(-said));
	return ret;
}

int guest_config(struct guest *g, const struct agent_config *c, int *said)
{
	int ret = guest_call(g, AGENT_CONFIG, c, sizeof(*c), NULL, 0, NULL, said);

	if (ret == 0 && *said == -ETIME) {
		ctx_fail(g->ctx, "guest_driver_hangs", "a driver comes back from a setting",
			 "%s: it has not after %u s", c->ifname, CONFIG_MS / 1000);
		return -ETIME;
	}
	return ret;
}

int guest_config_value(struct guest *g, const char *ifname, enum config_op op, unsigned int value,
		       int *said)
{
	struct agent_config c = { .op = op, .value = value };

	util_strlcpy(c.ifname, sizeof(c.ifname), ifname);
	return guest_config(g, &c, said);
}

int guest_config_mac(struct guest *g, const char *ifname, const uint8_t mac[6], int *said)
{
	struct agent_config c = { .op = CONFIG_MAC };

	util_strlcpy(c.ifname, sizeof(c.ifname), ifname);
	memcpy(c.mac, mac, sizeof(c.mac));
	return guest_config(g, &c, said);
}

/* A netdev on top of NIC @i, up if it was made. */
static int guest_add_upper(struct guest *g, unsigned int i, const char *module,
			   struct agent_config *c, int *said)
{
	int ret = guest_load_module(g, module);

	memcpy(c->link, g->nics[i].netdev.ifname, sizeof(c->link));
	if (ret == 0)
		ret = guest_config(g, c, said);
	if (ret == 0 && *said == 0)
		ret = guest_config_value(g, c->ifname, CONFIG_UP, 1, said);
	return ret;
}

int guest_add_vlan(struct guest *g, unsigned int i, const char *ifname, unsigned int vid, int *said)
{
	struct agent_config c = { .op = CONFIG_ADD_VLAN, .value = vid, .protocol = 0x8100 };

	util_strlcpy(c.ifname, sizeof(c.ifname), ifname);
	return guest_add_upper(g, i, "8021q", &c, said);
}

int guest_add_macvlan(struct guest *g, unsigned int i, const char *ifname, const uint8_t mac[6],
		      int *said)
{
	struct agent_config c = { .op = CONFIG_ADD_MACVLAN };

	util_strlcpy(c.ifname, sizeof(c.ifname), ifname);
	memcpy(c.mac, mac, sizeof(c.mac));
	return guest_add_upper(g, i, "macvlan", &c, said);
}

int guest_delete_netdev(struct guest *g, const char *ifname)
{
	int said, ret = guest_config_value(g, ifname, CONFIG_DELETE, 0, &said);

	if (ret == 0 && said < 0 && said != -ENODEV)
		ret = ctx_error(g->ctx, said, "%s cannot be removed in the guest: %s", ifname,
				strerror(-said));
	return ret;
}

int guest_link_state(struct guest *g, const char *ifname, struct agent_link_state *state, int *said)
{
	struct agent_link_name req = { 0 };
	size_t len;
	int ret;

	*state = (struct agent_link_state){ 0 };
	util_strlcpy(req.ifname, sizeof(req.ifname), ifname);
	ret = guest_call(g, AGENT_LINK_STATE, &req, sizeof(req), state, sizeof(*state), &len, said);
	if (ret == 0 && *said == 0 && len != sizeof(*state))
		ret = guest_lost(g, -EPROTO, "reading the state of a link");
	return ret;
}

static int guest_set_driver(struct guest *g, const struct guest_nic *nic, const char *driver)
{
	struct agent_driver req = { 0 };
	int said, ret;

	util_strlcpy(req.pci, sizeof(req.pci), nic->netdev.pci);
	util_strlcpy(req.driver, sizeof(req.driver), driver);
	ret = guest_call(g, AGENT_DRIVER, &req, sizeof(req), NULL, 0, NULL, &said);
	if (ret < 0 || said == 0)
		return ret;
	ctx_fail(g->ctx, said == -ETIME ? "guest_driver_hangs" : "guest_driver_restart",
		 "the guest's driver lets its device go and takes it again", "%s: %s %s: %s",
		 nic->what, driver[0] ? "binding it to" : "unbinding it from", nic->netdev.driver,
		 strerror(-said));
	return said;
}

int guest_restart_driver(struct guest *g, unsigned int i)
{
	struct guest_nic *nic = &g->nics[i];
	char driver[sizeof(nic->netdev.driver)];
	int ret;

	memcpy(driver, nic->netdev.driver, sizeof(driver));
	ret = guest_set_driver(g, nic, "");
	if (ret == 0)
		ret = guest_set_driver(g, nic, driver);
	return ret < 0 ? ret : guest_check_nic(g, i);
}

int guest_restart_link(struct guest *g, unsigned int i)
{
	const char *ifname = g->nics[i].netdev.ifname;
	int said, ret = guest_config_value(g, ifname, CONFIG_UP, 0, &said);

	if (ret == 0 && said < 0)
		ret = ctx_error(g->ctx, said, "%s cannot be taken down in the guest: %s", ifname,
				strerror(-said));
	return ret < 0 ? ret : guest_check_nic(g, i);
}
