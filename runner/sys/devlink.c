/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devlink by generic netlink. */
#include "sys/devlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <string.h>

#include "sys/rtnl.h"

#define REPORTER_HEALTHY 0 /* include/net/devlink.h, enum devlink_health_reporter_state */

static void take_text(char *buf, size_t size, const struct nlattr *attr)
{
	if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return;
	util_strlcpy(buf, size, mnl_attr_get_str(attr));
	util_sanitise(buf);
}

static uint64_t number_of(const struct nlattr *attr)
{
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	}
	return 0;
}

static struct nlmsghdr *start(char *buf, uint16_t family, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = (uint32_t)util_now_us();
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	uint16_t *family = arg;

	mnl_attr_for_each (attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_get_payload_len(attr) == 2)
			*family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

/* Asks about a device. */
static int ask(const struct pci_addr *addr, uint8_t cmd, uint16_t flags, mnl_cb_t cb, void *arg)
{
	char buf[RTNL_REQUEST_SIZE] = { 0 }, name[PCI_ADDR_STRLEN];
	struct nlmsghdr *nlh = start(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	uint16_t family = 0;
	int ret;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	ret = rtnl_request_of(NETLINK_GENERIC, nlh, take_family, &family);
	if (ret == -ENOENT || (ret == 0 && family == 0))
		return -EOPNOTSUPP;
	if (ret < 0)
		return ret;
	memset(buf, 0, sizeof(buf));
	nlh = start(buf, family, cmd, flags);
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_BUS_NAME, "pci");
	mnl_attr_put_strz(nlh, DEVLINK_ATTR_DEV_NAME, pci_addr_format(addr, name));
	return rtnl_request_of(NETLINK_GENERIC, nlh, cb, arg);
}

static void take_version(const struct nlattr *nest, const char *kind, struct devlink_info *info)
{
	struct devlink_version v = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		if (mnl_attr_get_type(attr) == DEVLINK_ATTR_INFO_VERSION_NAME)
			take_text(v.name, sizeof(v.name), attr);
		else if (mnl_attr_get_type(attr) == DEVLINK_ATTR_INFO_VERSION_VALUE)
			take_text(v.value, sizeof(v.value), attr);
	}
	util_strlcpy(v.kind, sizeof(v.kind), kind);
	if (info->n == DEVLINK_MAX_VERSIONS)
		info->n_more++;
	else
		info->versions[info->n++] = v;
}

void devlink_take_info(const void *message, struct devlink_info *info)
{
	const struct nlmsghdr *nlh = message;
	const struct nlattr *attr;

	mnl_attr_for_each (attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case DEVLINK_ATTR_INFO_DRIVER_NAME:
			take_text(info->driver, sizeof(info->driver), attr);
			break;
		case DEVLINK_ATTR_INFO_SERIAL_NUMBER:
			take_text(info->serial, sizeof(info->serial), attr);
			break;
		case DEVLINK_ATTR_INFO_VERSION_FIXED:
			take_version(attr, "fixed", info);
			break;
		case DEVLINK_ATTR_INFO_VERSION_RUNNING:
			take_version(attr, "running", info);
			break;
		case DEVLINK_ATTR_INFO_VERSION_STORED:
			take_version(attr, "stored", info);
			break;
		}
	}
}

static void take_reporter(const struct nlattr *nest, struct devlink_health *health)
{
	struct devlink_reporter r = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested (attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case DEVLINK_ATTR_HEALTH_REPORTER_NAME:
			take_text(r.name, sizeof(r.name), attr);
			break;
		case DEVLINK_ATTR_HEALTH_REPORTER_STATE:
			r.error = number_of(attr) != REPORTER_HEALTHY;
			break;
		case DEVLINK_ATTR_HEALTH_REPORTER_ERR_COUNT:
			r.errors = number_of(attr);
			break;
		case DEVLINK_ATTR_HEALTH_REPORTER_RECOVER_COUNT:
			r.recoveries = number_of(attr);
			break;
		}
	}
	if (health->n == DEVLINK_MAX_REPORTERS)
		health->n_more++;
	else
		health->reporters[health->n++] = r;
}

void devlink_take_health(const void *message, struct devlink_health *health)
{
	const struct nlmsghdr *nlh = message;
	const struct nlattr *attr;

	mnl_attr_for_each (attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == DEVLINK_ATTR_HEALTH_REPORTER)
			take_reporter(attr, health);
}

static int on_info(const struct nlmsghdr *nlh, void *arg)
{
	devlink_take_info(nlh, arg);
	return MNL_CB_OK;
}

static int on_health(const struct nlmsghdr *nlh, void *arg)
{
	devlink_take_health(nlh, arg);
	return MNL_CB_OK;
}

int devlink_read_info(const struct pci_addr *addr, struct devlink_info *info)
{
	*info = (struct devlink_info){ 0 };
	return ask(addr, DEVLINK_CMD_INFO_GET, 0, on_info, info);
}

int devlink_read_health(const struct pci_addr *addr, struct devlink_health *health)
{
	*health = (struct devlink_health){ 0 };
	return ask(addr, DEVLINK_CMD_HEALTH_REPORTER_GET, NLM_F_DUMP, on_health, health);
}
