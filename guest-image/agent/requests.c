/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answers. Nothing here trusts the payload's length or its strings. */
#include "agent.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "netdev.h"
#include "sys/kmsg.h"

#define KLOG_MAX_RECORDS 100000

enum agent_fault agent_fault_parse(const char *cmdline)
{
	static const struct {
		const char *name;
		enum agent_fault fault;
	} faults[] = {
		{ "agent_corrupt", AGENT_FAULT_CORRUPT },
		{ "agent_mute", AGENT_FAULT_MUTE },
		{ "agent_exit", AGENT_FAULT_EXIT },
	};
	const char *p = strstr(cmdline, "vfproof.fault=");
	size_t len;

	if (!p)
		return AGENT_FAULT_NONE;
	p += strlen("vfproof.fault=");
	len = strcspn(p, " \n");
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (strlen(faults[i].name) == len && strncmp(p, faults[i].name, len) == 0)
			return faults[i].fault;
	return AGENT_FAULT_NONE;
}

/* Copies a payload of exactly @size bytes that begins with an interface name. */
static int request_copy(void *out, size_t size, const struct agent_header *req, const void *payload)
{
	if (req->len != size)
		return -EPROTO;
	memcpy(out, payload, size);
	return memchr(out, '\0', IFNAMSIZ) ? 0 : -EINVAL;
}

static struct agent_echo_slot *echo_find(struct agent *a, const char *ifname)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(a->echo); i++)
		if (strcmp(a->echo[i].ifname, ifname) == 0)
			return &a->echo[i];
	return NULL;
}

static void echo_end(struct agent_echo_slot *slot)
{
	if (slot->ifname[0] == '\0')
		return;
	close(slot->echo.fd);
	slot->ifname[0] = '\0';
}

static int echo_start(struct agent *a, const struct agent_echo *req)
{
	struct agent_echo_slot *slot;
	int fd;

	if (req->ifname[0] == '\0')
		return -EINVAL;
	slot = echo_find(a, req->ifname);
	if (!slot)
		slot = echo_find(a, "");
	if (!slot)
		return -ENOSPC;
	echo_end(slot);
	slot->echo = (struct traffic_echo){
		.session = req->session & ~1u,
		.corrupt_answers = a->fault == AGENT_FAULT_CORRUPT,
	};
	fd = traffic_open(req->ifname, slot->echo.mac);
	if (fd < 0)
		return fd;
	slot->echo.fd = fd;
	util_strlcpy(slot->ifname, sizeof(slot->ifname), req->ifname);
	return 0;
}

static int echo_stop(struct agent *a, const struct agent_link *req, struct agent_echo_stats *out)
{
	struct agent_echo_slot *slot = req->ifname[0] != '\0' ? echo_find(a, req->ifname) : NULL;

	if (!slot)
		return -ENOENT;
	/* What has arrived and was not looked at yet counts too. */
	(void)!traffic_echo_serve(&slot->echo);
	*out = slot->echo.stats;
	echo_end(slot);
	return 0;
}

/* Appends the messages of levels @from..@to as far as they fit. Returns the new length or -errno.
 */
static int klog_collect(const struct sysroot *root, int from, int to, char *out, size_t len)
{
	_cleanup_close_ int fd = kmsg_open(root, true);
	struct kmsg_record rec;
	char line[sizeof(rec.text) + 8];

	if (fd < 0)
		return fd;
	for (unsigned int i = 0; i < KLOG_MAX_RECORDS; i++) {
		int ret = kmsg_read(fd, &rec, NULL);
		size_t n;

		if (ret < 0)
			return ret;
		if (ret == 0)
			break;
		if (rec.level < from || rec.level > to)
			continue;
		n = (size_t)snprintf(line, sizeof(line), "<%d>%s\n", rec.level, rec.text);
		if (n > AGENT_MAX_PAYLOAD - len)
			break;
		memcpy(out + len, line, n);
		len += n;
	}
	return (int)len;
}

static int klog_reply(const struct sysroot *root, void *reply)
{
	/* Errors first, so that a flood of warnings cannot push them out. */
	int len = klog_collect(root, 0, 3, reply, 0);

	return len < 0 ? len : klog_collect(root, 4, 4, reply, (size_t)len);
}

static int request_netdevs(struct agent *a, void *reply)
{
	int n;

	agent_modules_probe(&a->modules);
	n = agent_netdev_list(&a->root, reply, AGENT_MAX_NETDEVS);
	return n < 0 ? n : n * (int)sizeof(struct agent_netdev);
}

static int request_link_up(struct agent *a, const struct agent_link *req, void *reply)
{
	int ret = agent_netdev_up(&a->root, req->ifname, req->timeout_ms, reply);

	return ret < 0 ? ret : (int)sizeof(struct agent_netdev);
}

/* Returns the reply's length or -errno. */
static int request_run(struct agent *a, const struct agent_header *req, const void *payload,
		       void *reply)
{
	struct agent_link link;
	struct agent_echo echo;
	int ret;

	switch (req->type) {
	case AGENT_NETDEVS:
		return request_netdevs(a, reply);
	case AGENT_LINK_UP:
		ret = request_copy(&link, sizeof(link), req, payload);
		return ret < 0 ? ret : request_link_up(a, &link, reply);
	case AGENT_ECHO_START:
		ret = request_copy(&echo, sizeof(echo), req, payload);
		return ret < 0 ? ret : echo_start(a, &echo);
	case AGENT_ECHO_STOP:
		ret = request_copy(&link, sizeof(link), req, payload);
		if (ret == 0)
			ret = echo_stop(a, &link, reply);
		return ret < 0 ? ret : (int)sizeof(struct agent_echo_stats);
	case AGENT_KLOG:
		return klog_reply(&a->root, reply);
	case AGENT_POWEROFF:
		a->power_off = true;
		return 0;
	default:
		return -EPROTO;
	}
}

uint32_t agent_handle(struct agent *a, const struct agent_header *req, const void *payload,
		      uint8_t *reply, int32_t *status)
{
	int ret = request_run(a, req, payload, reply);

	*status = ret < 0 ? ret : 0;
	return ret < 0 ? 0 : (uint32_t)ret;
}
