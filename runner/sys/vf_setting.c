/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of VFs, made by a PF that may be busy. */
#include "sys/vf_setting.h"

#include <errno.h>
#include <string.h>

#include "sys/link_vf.h"

#define READ_BACK_MS                                                                 \
	1000 /* a driver in a reset tells nothing; one that never does must not cost \
	      */

const struct vf_mac_ops vf_mac_netlink = { link_set_vf_mac, link_get_vf_mac };

struct setting_try {
	int (*set)(void *arg);
	void *arg;
	int ret;
};

static bool try_once(void *arg)
{
	struct setting_try *t = arg;

	t->ret = t->set(t->arg);
	return t->ret != -EAGAIN && t->ret != -EBUSY && t->ret != -EINTR;
}

int vf_setting_try(int (*set)(void *arg), void *arg, unsigned int timeout_ms)
{
	struct setting_try t = { set, arg, -EAGAIN };

	/* The last word is in @t. */
	(void)!util_poll_until(try_once, &t, timeout_ms);
	return t.ret;
}

bool vf_setting_is_unsupported(int err)
{
	return err == -EOPNOTSUPP || err == -EPERM || err == -EACCES || err == -ENOSYS;
}

struct mac_try {
	const struct vf_mac_ops *ops;
	const char *pf_ifname;
	unsigned int vf;
	const uint8_t *mac;
	struct vf_mac *out;
};

static int set_mac(void *arg)
{
	const struct mac_try *t = arg;

	return t->ops->set(t->pf_ifname, t->vf, t->mac);
}

static bool get_mac(void *arg)
{
	const struct mac_try *t = arg;

	t->out->get = t->ops->get(t->pf_ifname, t->vf, t->out->mac);
	return t->out->get == 0;
}

enum vf_mac_result vf_mac_set(const struct vf_mac_ops *ops, const char *pf_ifname, unsigned int vf,
			      const uint8_t mac[6], unsigned int timeout_ms, struct vf_mac *out)
{
	struct mac_try t = { ops, pf_ifname, vf, mac, out };

	*out = (struct vf_mac){ .get = -ENOENT };
	out->set = vf_setting_try(set_mac, &t, timeout_ms);
	if (out->set < 0)
		return vf_setting_is_unsupported(out->set) ? VF_MAC_UNSUPPORTED : VF_MAC_REFUSED;
	/* What came of it is in @out. */
	(void)!util_poll_until(get_mac, &t, timeout_ms < READ_BACK_MS ? timeout_ms : READ_BACK_MS);
	return out->get < 0 || memcmp(out->mac, mac, sizeof(out->mac)) == 0 ? VF_MAC_SET
									    : VF_MAC_REFUSED;
}
