/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts back what an item changed. Each operation looks first and acts only if it has to, so that it
 * does no harm where the item undid its work itself.
 */
#include "engine/undo.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include "base/log.h"
#include "sys/driver.h"
#include "sys/kernel.h"
#include "sys/link.h"
#include "sys/link_config.h"
#include "sys/link_vf.h"
#include "sys/module.h"
#include "sys/sriov.h"
#include "sys/vf_setting.h"
#include "base/sysroot.h"

#define UNDO_KILL_MS 5000
#define UNDO_HOME_MS 15000
#define UNDO_BUSY_MS 15000 /* a VF that is being reset */
#define UNDO_REMOVE_MS 90000

static unsigned int undo_ms(const struct sysroot *root, unsigned int ms)
{
	return (unsigned int)sysroot_recovery_ms(root, ms);
}

static int undo_numvfs(const struct sysroot *root, const struct pci_addr *pf, uint64_t n)
{
	struct sriov_state st;
	int ret = sriov_read(root, pf, &st);

	if (n > SRIOV_MAX_VFS)
		return -EINVAL;
	if (ret == 0 && st.numvfs == (int)n && st.links == n)
		return 0;
	if (ret == 0 && st.numvfs > 0 && n > 0) {
		ret = sriov_set_numvfs(root, pf, 0, undo_ms(root, sriov_write_ms(root, pf, 0)),
				       &st);
		if (ret < 0)
			return ret;
	}
	return sriov_set_numvfs(root, pf, (unsigned int)n,
				undo_ms(root, sriov_write_ms(root, pf, (unsigned int)n)), &st);
}

static int undo_autoprobe(const struct sysroot *root, const struct pci_addr *pf, bool on)
{
	bool now;

	if (sriov_get_autoprobe(root, pf, &now) == 0 && now == on)
		return 0;
	return sriov_set_autoprobe(root, pf, on);
}

/* The netdev may have another name than it had, or none yet: it was away, or its driver was. */
static int undo_link(const struct sysroot *root, const struct undo *u)
{
	const char *ifname = u->text;
	bool up = u->value != 0;
	char now[IFNAMSIZ];
	struct link_info info;

	if (!ifname[0] && link_wait_home(root, &u->addr, "", undo_ms(root, UNDO_HOME_MS)) < 0)
		return -ENODEV;
	if (netdev_find(root, &u->addr, now) == 0 && now[0])
		ifname = now;
	if (link_get(ifname, &info) == 0 && info.admin_up == up)
		return 0;
	return link_set_up(ifname, up);
}

/* The VF may be gone, and its MAC with it. */
static int undo_vf_mac(const struct sysroot *root, const char *pf_ifname, uint64_t vf)
{
	static const uint8_t unset[6];
	uint8_t mac[6];
	struct vf_mac m;

	if (link_get_vf_mac(pf_ifname, (unsigned int)vf, mac) < 0 || memcmp(mac, unset, 6) == 0)
		return 0;
	/* Which one it has then is up to the driver. One that may not be set was not set. */
	return vf_mac_set(&vf_mac_netlink, pf_ifname, (unsigned int)vf, unset,
			  undo_ms(root, UNDO_BUSY_MS), &m) == VF_MAC_UNSUPPORTED
		       ? 0
		       : m.set;
}

/* The VF may be gone, and what was set for it with it. */
static int undo_vf_mac_back(const struct sysroot *root, const char *pf_ifname, uint64_t value)
{
	unsigned int vf = (unsigned int)(value >> 48);
	uint8_t mac[6], now[6];
	struct vf_mac m;

	for (unsigned int i = 0; i < sizeof(mac); i++)
		mac[i] = (uint8_t)(value >> 8 * i);
	if (link_get_vf_mac(pf_ifname, vf, now) < 0 || memcmp(mac, now, sizeof(mac)) == 0)
		return 0;
	return vf_mac_set(&vf_mac_netlink, pf_ifname, vf, mac, undo_ms(root, UNDO_BUSY_MS), &m) ==
			       VF_MAC_SET
		       ? 0
	       : m.set < 0 ? m.set
			   : -EIO;
}

uint64_t undo_vf_mac_to(unsigned int vf, const uint8_t mac[6])
{
	uint64_t value = (uint64_t)vf << 48;

	for (unsigned int i = 0; i < 6; i++)
		value |= (uint64_t)mac[i] << 8 * i;
	return value;
}

/*
 * The VF's number in the low 16 bits. Above it two bits for each of trust and spoof check: there is
 * one, and it is on. Then a bit for "there is one", the VLAN's 12 bits and priority's 3, a bit for
 * 802.1ad; and the same bit and the link state's two.
 */
#define POLICY_VF 0xffffu
#define POLICY_TRUST 16
#define POLICY_SPOOFCHK 18
#define POLICY_VLAN 20
#define POLICY_VLAN_ID 21
#define POLICY_QOS 33
#define POLICY_AD 36
#define POLICY_STATE 37
#define POLICY_STATE_IS 38

static uint64_t policy_bits(int setting)
{
	return setting < 0 ? 0 : 1u | (setting > 0 ? 2u : 0);
}

uint64_t undo_vf_policy(unsigned int vf, const struct link_vf_policy *policy)
{
	uint64_t value = (vf & POLICY_VF) | policy_bits(policy->trust) << POLICY_TRUST |
			 policy_bits(policy->spoofchk) << POLICY_SPOOFCHK;

	if (policy->vlan >= 0)
		value |= UINT64_C(1) << POLICY_VLAN |
			 (uint64_t)(policy->vlan & 0xfff) << POLICY_VLAN_ID |
			 (uint64_t)(policy->qos & 7) << POLICY_QOS |
			 (uint64_t)(policy->protocol == LINK_VF_8021AD) << POLICY_AD;
	if (policy->state >= 0)
		value |= UINT64_C(1) << POLICY_STATE | (uint64_t)(policy->state & 3)
							       << POLICY_STATE_IS;
	return value;
}

#define RATE_MIN 16
#define RATE_MAX 40
#define RATE_MASK 0xffffffu /* 16 Tbit/s */

uint64_t undo_vf_rate(unsigned int vf, const struct link_vf_policy *policy)
{
	return (vf & POLICY_VF) |
	       (uint64_t)(policy->min_tx < 0 ? 0 : policy->min_tx & RATE_MASK) << RATE_MIN |
	       (uint64_t)(policy->max_tx < 0 ? 0 : policy->max_tx & RATE_MASK) << RATE_MAX;
}

struct policy_undo {
	const char *pf_ifname;
	uint64_t value;
};

/* What a driver has not it was not set to: nothing is to be put back then. */
static int undo_vlan_and_state(const char *pf_ifname, unsigned int vf, uint64_t value,
			       const struct link_vf_policy *now)
{
	int vlan = value >> POLICY_VLAN_ID & 0xfff, qos = value >> POLICY_QOS & 7, ret = 0;
	int protocol = value >> POLICY_AD & 1 ? LINK_VF_8021AD : LINK_VF_8021Q;
	int state = value >> POLICY_STATE_IS & 3;

	if (value >> POLICY_VLAN & 1 && (now->vlan != vlan || now->qos != qos))
		ret = link_set_vf_vlan(pf_ifname, vf, (unsigned int)vlan, (unsigned int)qos,
				       (uint16_t)protocol);
	if (ret == 0 && value >> POLICY_STATE & 1 && now->state != state)
		ret = link_set_vf_state(pf_ifname, vf, (enum link_vf_state)state);
	return ret;
}

/* The VF may be gone, and what was set for it with it. */
static int undo_policy_once(void *arg)
{
	const struct policy_undo *u = arg;
	const char *pf_ifname = u->pf_ifname;
	const uint64_t value = u->value;
	unsigned int vf = value & POLICY_VF, trust, spoofchk;
	struct link_vf_policy now;
	int ret = 0;

	if (link_get_vf_policy(pf_ifname, vf, &now) < 0)
		return 0;
	trust = value >> POLICY_TRUST & 3;
	spoofchk = value >> POLICY_SPOOFCHK & 3;
	if (trust & 1 && now.trust != (int)(trust >> 1))
		ret = link_set_vf_trust(pf_ifname, vf, trust >> 1);
	if (ret == 0 && spoofchk & 1 && now.spoofchk != (int)(spoofchk >> 1))
		ret = link_set_vf_spoofchk(pf_ifname, vf, spoofchk >> 1);
	return ret < 0 ? ret : undo_vlan_and_state(pf_ifname, vf, value, &now);
}

static int undo_rate_once(void *arg)
{
	const struct policy_undo *u = arg;
	unsigned int vf = u->value & POLICY_VF;
	int64_t min_tx = u->value >> RATE_MIN & RATE_MASK,
		max_tx = u->value >> RATE_MAX & RATE_MASK;
	struct link_vf_policy now;

	if (link_get_vf_policy(u->pf_ifname, vf, &now) < 0 ||
	    (now.min_tx == min_tx && now.max_tx == max_tx))
		return 0;
	return link_set_vf_rate(u->pf_ifname, vf, (unsigned int)min_tx, (unsigned int)max_tx);
}

static int undo_rate(const struct sysroot *root, const char *pf_ifname, uint64_t value)
{
	struct policy_undo u = { pf_ifname, value };

	return vf_setting_try(undo_rate_once, &u, undo_ms(root, UNDO_BUSY_MS));
}

static int undo_mtu(const char *ifname, uint64_t mtu)
{
	struct link_info info;

	if (link_get(ifname, &info) == 0 && info.mtu == mtu)
		return 0;
	return link_set_mtu(ifname, (unsigned int)mtu);
}

static int undo_policy(const struct sysroot *root, const char *pf_ifname, uint64_t value)
{
	struct policy_undo u = { pf_ifname, value };

	return vf_setting_try(undo_policy_once, &u, undo_ms(root, UNDO_BUSY_MS));
}

static int undo_link_delete(const char *ifname)
{
	int ret = link_delete(ifname);

	return ret == -ENODEV ? 0 : ret;
}

/* The number of a process has 22 bits at most (PID_MAX_LIMIT). */
#define PROCESS_STARTED 22
#define PROCESS_PID_MAX ((UINT64_C(1) << PROCESS_STARTED) - 1)

int undo_process(pid_t pid, uint64_t *value)
{
	uint64_t started;
	int ret = kernel_read_started(pid, &started);

	if (ret == 0)
		*value = started << PROCESS_STARTED | ((uint64_t)pid & PROCESS_PID_MAX);
	return ret;
}

/*
 * Kills a process and its group and waits until it has let go of its devices. pidfds are readable
 * once the process is dead, reaped or not.
 */
static int undo_kill(const struct sysroot *root, uint64_t value)
{
	_cleanup_close_ int pidfd = -1;
	struct pollfd p = { .events = POLLIN };
	pid_t pid = (pid_t)(value & PROCESS_PID_MAX);
	uint64_t now;

	if (pid <= 1 || value >> PROCESS_STARTED == 0)
		return -EINVAL; /* kill(2) has other meanings for these; or it may be anybody */
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? 0 : -errno;
	/* The pidfd first: from here on the number stays its process's. */
	if (kernel_read_started(pid, &now) < 0 || now != value >> PROCESS_STARTED)
		return 0; /* another one, so that the one that was meant is gone */
	kill(-pid, SIGKILL);
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	p.fd = pidfd;
	return poll(&p, 1, (int)undo_ms(root, UNDO_KILL_MS)) == 1 ? 0 : -ETIMEDOUT;
}

/*
 * Nothing in the appliance loads a NIC's driver with parameters but a case that tries one: without
 * any, it has those of the kernel command line again.
 */
static int undo_module(const struct sysroot *root, const char *name, uint64_t instance)
{
	uint64_t now;
	int ret = module_instance(root, name, &now);

	if (ret == 0 && now == instance)
		return 0; /* it was never taken out */
	if (ret == 0)
		ret = module_remove(root, name, undo_ms(root, UNDO_REMOVE_MS));
	if (ret < 0 && ret != -ENOENT)
		return ret;
	return module_insert(root, name, NULL);
}

static int undo_one(const struct sysroot *root, const struct undo *u)
{
	switch (u->op) {
	case UNDO_NUMVFS:
		return undo_numvfs(root, &u->addr, u->value);
	case UNDO_AUTOPROBE:
		return undo_autoprobe(root, &u->addr, u->value != 0);
	case UNDO_DRIVER:
		return driver_restore(root, &u->addr, u->text);
	case UNDO_LINK_UP:
		return undo_link(root, u);
	case UNDO_VF_MAC:
		return undo_vf_mac(root, u->text, u->value);
	case UNDO_VF_POLICY:
		return undo_policy(root, u->text, u->value);
	case UNDO_VF_RATE:
		return undo_rate(root, u->text, u->value);
	case UNDO_VF_MAC_TO:
		return undo_vf_mac_back(root, u->text, u->value);
	case UNDO_MTU:
		return undo_mtu(u->text, u->value);
	case UNDO_LINK_DELETE:
		return undo_link_delete(u->text);
	case UNDO_NETDEV_HOME:
		return link_wait_home(root, &u->addr, u->text, undo_ms(root, UNDO_HOME_MS));
	case UNDO_KILL:
		return undo_kill(root, u->value);
	case UNDO_MODULE:
		return undo_module(root, u->text, u->value);
	case UNDO_DRIVER_ID:
		return driver_remove_id(root, u->text, (uint16_t)(u->value >> 16),
					(uint16_t)u->value);
	}
	return -EINVAL;
}

static const char *op_name(enum undo_op op)
{
	static const char *const names[] = {
		[UNDO_NUMVFS] = "number of VFs",
		[UNDO_AUTOPROBE] = "autoprobe",
		[UNDO_DRIVER] = "driver",
		[UNDO_LINK_UP] = "link state",
		[UNDO_VF_MAC] = "VF MAC",
		[UNDO_VF_POLICY] = "VF policy",
		[UNDO_VF_RATE] = "VF rate",
		[UNDO_VF_MAC_TO] = "VF MAC",
		[UNDO_MTU] = "MTU",
		[UNDO_LINK_DELETE] = "netdev",
		[UNDO_NETDEV_HOME] = "namespace",
		[UNDO_KILL] = "process",
		[UNDO_MODULE] = "module",
		[UNDO_DRIVER_ID] = "driver's ids",
	};

	return op < ARRAY_SIZE(names) && names[op] ? names[op] : "?";
}

int undo_run(const struct sysroot *root, const struct undo *undo, unsigned int n)
{
	int first = 0;

	while (n-- > 0) {
		const struct undo *u = &undo[n];
		char addr[PCI_ADDR_STRLEN];
		int ret = undo_one(root, u);

		if (ret == 0)
			continue;
		log_error("undo: %s of %s %s (%llu) not put back: %s", op_name(u->op),
			  pci_addr_format(&u->addr, addr), u->text, (unsigned long long)u->value,
			  strerror(-ret));
		if (first == 0)
			first = ret;
	}
	return first;
}
