/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answers. Nothing here trusts the payload's length or its strings. */
#include "agent.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "life.h"
#include "netdev.h"
#include "stray.h"
#include "sys/kmsg.h"

#define KLOG_MAX_RECORDS 100000
#define AGENT_MAX_REQUEST 1024 /* bytes: no request has a larger payload */
#define NETDEVS_WAIT_MS 1000 /* for drivers, before the answer says that they are being loaded */

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

struct klog_reply {
	struct agent_klog head;
	char *out; /* AGENT_MAX_PAYLOAD bytes */
	size_t len;
};

static void klog_append(struct klog_reply *r, const struct kmsg_record *rec)
{
	char line[sizeof(rec->text) + 8];
	size_t n = (size_t)snprintf(line, sizeof(line), "<%d>%s\n", rec->level, rec->text);

	if (n > AGENT_MAX_PAYLOAD - r->len) {
		r->head.left_out++;
		return;
	}
	memcpy(r->out + r->len, line, n);
	r->len += n;
}

/* Appends the messages of levels @low..@high, those with numbers in [@from, @end). */
static int klog_collect(const struct sysroot *root, struct klog_reply *r, int low, int high,
			uint64_t from, uint64_t end)
{
	_cleanup_close_ int fd = kmsg_open(root, true);
	struct kmsg_record rec;
	bool lost;

	if (fd < 0)
		return fd;
	for (unsigned int i = 0; i < KLOG_MAX_RECORDS; i++) {
		int ret = kmsg_read(fd, &rec, &lost);

		if (ret < 0)
			return ret;
		if (ret == 0 || rec.seq >= end)
			break;
		/* Or the log now begins behind what was to be read first. */
		if (lost || (i == 0 && rec.seq > from))
			r->head.overrun = 1;
		if (r->head.next <= rec.seq)
			r->head.next = rec.seq + 1;
		if (rec.seq >= from && rec.level >= low && rec.level <= high)
			klog_append(r, &rec);
	}
	return 0;
}

static int request_klog(struct agent *a, const struct agent_klog_request *req, void *reply)
{
	struct klog_reply r = { .head.next = req->from, .out = reply, .len = sizeof(r.head) };
	/* Errors first, so that a flood of warnings cannot push them out. */
	int ret = klog_collect(&a->root, &r, 0, 3, req->from, UINT64_MAX);

	if (ret == 0)
		ret = klog_collect(&a->root, &r, 4, 4, req->from, r.head.next);
	memcpy(reply, &r.head, sizeof(r.head));
	return ret < 0 ? ret : (int)r.len;
}

static int request_exchange(const struct agent_exchange *req, struct agent_exchange_stats *out)
{
	struct traffic_path path = { .session = req->session & ~1u };
	_cleanup_close_ int fd = -1;
	uint8_t mac[ETH_ALEN];
	int ret;

	*out = (struct agent_exchange_stats){ 0 };
	memcpy(path.peer, req->peer, sizeof(path.peer));
	fd = traffic_open(req->ifname, mac);
	if (fd < 0)
		return fd;
	ret = req->probe_ms > 0 ? traffic_probe(fd, mac, &path, req->probe_ms) : 0;
	if (ret == -ETIMEDOUT) {
		out->probe = ret;
		return 0;
	}
	if (ret == 0)
		ret = traffic_exchange(fd, mac, &path, 1, req->count,
				       util_now_ms() + req->timeout_ms);
	out->sent = path.counts.sent;
	out->answered = path.counts.answered;
	out->corrupt = path.counts.corrupt;
	out->duplicate = path.counts.duplicate;
	out->broadcast_sent = path.counts.broadcast_sent;
	out->broadcast_answered = path.counts.broadcast_answered;
	out->send_error = path.counts.send_error;
	return ret;
}

static int request_netdevs(struct agent *a, uint8_t *reply)
{
	struct agent_drivers drivers;
	unsigned int total;
	int n = agent_loader_run(&a->loader, &a->modules, NETDEVS_WAIT_MS);

	if (n < 0)
		return n;
	agent_loader_describe(&a->loader, &a->modules, &drivers);
	n = agent_netdev_list(&a->root, (struct agent_netdev *)(reply + sizeof(drivers)),
			      AGENT_MAX_NETDEVS, &total);
	drivers.netdevs = total;
	memcpy(reply, &drivers, sizeof(drivers));
	return n < 0 ? n : (int)(sizeof(drivers) + (size_t)n * sizeof(struct agent_netdev));
}

static int request_link_up(struct agent *a, const struct agent_link *req, void *reply)
{
	int ret = agent_netdev_up(&a->root, req->ifname, req->timeout_ms, reply);

	return ret < 0 ? ret : (int)sizeof(struct agent_netdev);
}

static int on_netdevs(struct agent *a, const void *req, void *reply)
{
	(void)req;
	return request_netdevs(a, reply);
}

static int on_link_up(struct agent *a, const void *req, void *reply)
{
	return request_link_up(a, req, reply);
}

static int on_echo_start(struct agent *a, const void *req, void *reply)
{
	(void)reply;
	return echo_start(a, req);
}

static int on_echo_stop(struct agent *a, const void *req, void *reply)
{
	int ret = echo_stop(a, req, reply);

	return ret < 0 ? ret : (int)sizeof(struct agent_echo_stats);
}

static int on_klog(struct agent *a, const void *req, void *reply)
{
	return request_klog(a, req, reply);
}

static int on_poweroff(struct agent *a, const void *req, void *reply)
{
	(void)req;
	(void)reply;
	a->end = AGENT_END_POWEROFF;
	return 0;
}

static int on_exchange(struct agent *a, const void *req, void *reply)
{
	int ret = request_exchange(req, reply);

	(void)a;
	return ret < 0 ? ret : (int)sizeof(struct agent_exchange_stats);
}

static const struct agent_request basic_requests[] = {
	{ AGENT_NETDEVS, 0, false, on_netdevs },
	{ AGENT_LINK_UP, sizeof(struct agent_link), true, on_link_up },
	{ AGENT_ECHO_START, sizeof(struct agent_echo), true, on_echo_start },
	{ AGENT_ECHO_STOP, sizeof(struct agent_link), true, on_echo_stop },
	{ AGENT_KLOG, sizeof(struct agent_klog_request), false, on_klog },
	{ AGENT_POWEROFF, 0, false, on_poweroff },
	{ AGENT_EXCHANGE, sizeof(struct agent_exchange), true, on_exchange },
	{ 0 },
};

static const struct agent_request *const request_tables[] = {
	basic_requests,	    agent_config_requests, agent_flow_requests,	 life_requests,
	agent_net_requests, stray_requests,	   stray_flood_requests,
};

static const struct agent_request *request_find(unsigned int type)
{
	for (size_t i = 0; i < ARRAY_SIZE(request_tables); i++)
		for (const struct agent_request *r = request_tables[i]; r->run; r++)
			if ((unsigned int)r->type == type)
				return r;
	return NULL;
}

/* Returns the reply's length or -errno. */
static int request_run(struct agent *a, const struct agent_header *req, const void *payload,
		       void *reply)
{
	const struct agent_request *r = request_find(req->type);
	/* A copy, as the payload need not be aligned. */
	_Alignas(8) uint8_t copy[AGENT_MAX_REQUEST];

	if (!r || req->len != r->size || r->size > sizeof(copy))
		return -EPROTO;
	if (r->size > 0)
		memcpy(copy, payload, r->size);
	if (r->named && !memchr(copy, '\0', IFNAMSIZ))
		return -EINVAL;
	return r->run(a, copy, reply);
}

uint32_t agent_handle(struct agent *a, const struct agent_header *req, const void *payload,
		      uint8_t *reply, int32_t *status)
{
	int ret = request_run(a, req, payload, reply);

	*status = ret < 0 ? ret : 0;
	return ret < 0 ? 0 : (uint32_t)ret;
}
