/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets up the port that reports are sent through, and takes it down again. */
#include "report/mgmt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include "base/child.h"
#include "base/log.h"
#include "model/plan.h"
#include "sys/address.h"
#include "sys/inventory.h"
#include "sys/link.h"
#include "sys/module.h"
#include "base/sysroot.h"

#define VLAN_NAME "vfmgmt"
#define HOME_MS 10000
#define CARRIER_MS 15000
#define DHCP_MS 40000
#define LEASE "run/vfproof/lease"
#define LEASE_SCRIPT "/usr/lib/vfproof/lease.sh"

static int __attribute__((format(printf, 3, 4))) failed(struct mgmt *m, int err, const char *fmt,
							...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(m->problem, sizeof(m->problem), fmt, args);
	va_end(args);
	return err;
}

const struct nic *mgmt_find_nic(const struct inventory *inv, const char *port)
{
	struct pci_addr addr;
	const bool by_addr = pci_addr_parse(port, &addr) == 0;
	unsigned int i;

	for (i = 0; i < inv->n_nics; i++) {
		const struct nic *nic = &inv->nics[i];

		if (by_addr ? memcmp(&nic->addr, &addr, sizeof(addr)) == 0
			    : nic->mac[0] && (strcasecmp(nic->mac, port) == 0 ||
					      (strcmp(port, "BOOTIF") == 0 &&
					       inventory_is_boot_port(inv, nic))))
			return nic;
	}
	return NULL;
}

/* The port's netdev: back from where a test had it. */
static int find_port(struct mgmt *m, const struct inventory *inv, const char *port)
{
	const struct nic *nic = mgmt_find_nic(inv, port);
	int ret;

	if (!nic)
		return failed(m, -ENODEV, "no port is the one of mgmt=%s", port);
	ret = link_wait_home(m->root, &nic->addr, "", HOME_MS);
	if (ret == 0)
		ret = netdev_find(m->root, &nic->addr, m->port);
	if (ret < 0 || !m->port[0])
		return failed(m, -ENODEV, "the port of mgmt=%s has no network device", port);
	return 0;
}

static int add_vlan(struct mgmt *m, unsigned int id)
{
	int ret = module_load("8021q", NULL);

	if (ret == 0)
		ret = address_add_vlan(m->port, VLAN_NAME, id);
	if (ret < 0)
		return failed(m, ret, "VLAN %u on %s: %s", id, m->port, strerror(-ret));
	util_strlcpy(m->ifname, sizeof(m->ifname), VLAN_NAME);
	ret = link_set_up(m->ifname, true);
	return ret < 0 ? failed(m, ret, "%s: %s", m->ifname, strerror(-ret)) : 0;
}

static int exec_udhcpc(void *arg)
{
	const struct mgmt *m = arg;
	char *const argv[] = { (char *)"busybox",    (char *)"udhcpc",
			       (char *)"-f",	     (char *)"-n",
			       (char *)"-q",	     (char *)"-t",
			       (char *)"8",	     (char *)"-T",
			       (char *)"3",	     (char *)"-s",
			       (char *)LEASE_SCRIPT, (char *)"-i",
			       (char *)m->ifname,    NULL };

	/* It talks, and the console is not for that. */
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) ||
	    !freopen("/dev/null", "w", stderr))
		return -errno;
	execv("/usr/bin/busybox", argv);
	return -errno;
}

static bool is_address(const char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1 && addr.s_addr != 0;
}

int mgmt_parse_lease(const char *text, struct mgmt_lease *lease)
{
	char line[64], name[16], value[32];
	uint64_t len;

	*lease = (struct mgmt_lease){ 0 };
	while (*text) {
		size_t n = strcspn(text, "\n");

		util_strlcpy(line, n + 1 < sizeof(line) ? n + 1 : sizeof(line), text);
		text += text[n] ? n + 1 : n;
		if (sscanf(line, "%15s %31s", name, value) != 2)
			continue;
		if (strcmp(name, "prefix") == 0 && util_parse_u64(value, 10, 32, &len) == 0)
			lease->prefix_len = (unsigned int)len;
		if (!is_address(value) || strlen(value) >= sizeof(lease->address))
			continue;
		if (strcmp(name, "address") == 0)
			util_strlcpy(lease->address, sizeof(lease->address), value);
		else if (strcmp(name, "gateway") == 0)
			util_strlcpy(lease->gateway, sizeof(lease->gateway), value);
		else if (strcmp(name, "dns") == 0)
			util_strlcpy(lease->dns, sizeof(lease->dns), value);
	}
	return lease->address[0] && lease->prefix_len ? 0 : -EBADMSG;
}

static int get_lease(struct mgmt *m, struct mgmt_lease *lease)
{
	struct child_end end;
	char text[512];
	int ret;

	unlinkat(m->root->fd, LEASE, 0);
	ret = child_call(exec_udhcpc, m, DHCP_MS, NULL, &end);
	if (ret < 0)
		return failed(m, ret, "udhcpc: %s", strerror(-ret));
	if (sysroot_read(m->root, text, sizeof(text), LEASE) < 0)
		return failed(m, -ETIMEDOUT, "no DHCP server answers on %s", m->ifname);
	if (mgmt_parse_lease(text, lease) < 0)
		return failed(m, -EBADMSG, "the DHCP server's answer cannot be used");
	return 0;
}

/* Settings win over what DHCP says. */
static int set_address(struct mgmt *m, const struct mgmt_settings *s,
		       const struct mgmt_lease *lease)
{
	const char *gateway = s->gateway[0] ? s->gateway : lease->gateway;
	const char *dns = s->dns[0] ? s->dns : lease->dns;
	_cleanup_close_ int etc = -1;
	char conf[48];
	int ret = address_add(m->ifname, lease->address, lease->prefix_len);

	if (ret < 0)
		return failed(m, ret, "address %s/%u: %s", lease->address, lease->prefix_len,
			      strerror(-ret));
	ret = gateway[0] ? address_add_default_route(m->ifname, gateway) : 0;
	if (ret < 0)
		return failed(m, ret, "gateway %s: %s", gateway, strerror(-ret));
	if (!dns[0])
		return 0;
	util_format(conf, sizeof(conf), "nameserver %s\n", dns);
	mkdirat(m->root->fd, "etc", 0755);
	etc = sysroot_openat(m->root, O_RDONLY | O_DIRECTORY, "etc");
	ret = etc < 0 ? etc : util_write_durably(etc, "resolv.conf", conf, strlen(conf));
	return ret < 0 ? failed(m, ret, "resolv.conf: %s", strerror(-ret)) : 0;
}

int mgmt_up(struct mgmt *m, const struct sysroot *root, const struct inventory *inv,
	    const struct mgmt_settings *settings)
{
	struct mgmt_lease lease = { .prefix_len = settings->prefix_len };
	int ret;

	*m = (struct mgmt){ .root = root };
	ret = find_port(m, inv, settings->port);
	if (ret < 0)
		return ret;
	util_strlcpy(m->ifname, sizeof(m->ifname), m->port);
	ret = link_wait_carrier(m->port, CARRIER_MS);
	if (ret < 0)
		return failed(m, ret, "%s gets no link: %s", m->port, strerror(-ret));
	if (settings->vlan)
		ret = add_vlan(m, settings->vlan);
	if (ret < 0)
		return ret;
	if (settings->dhcp)
		ret = get_lease(m, &lease);
	else
		util_strlcpy(lease.address, sizeof(lease.address), settings->address);
	if (ret == 0)
		ret = set_address(m, settings, &lease);
	if (ret == 0)
		log_info("reports are sent through %s, %s/%u", m->ifname, lease.address,
			 lease.prefix_len);
	return ret;
}

void mgmt_down(struct mgmt *m)
{
	int ret = 0;

	if (!m->port[0])
		return;
	if (strcmp(m->ifname, m->port) == 0)
		ret = address_flush(m->port);
	else
		ret = link_delete(m->ifname);
	if (ret == 0)
		ret = link_set_up(m->port, false);
	if (ret < 0)
		log_errno(ret, "take down", m->port);
	m->port[0] = '\0';
}
