/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The agent's answers. Nothing here trusts the payload's length or its strings. */
#include "agent.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "netdev.h"
#include "sys/kmsg.h"

#define KLOG_MAX_RECORDS 100000
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

/* Returns the reply's length or -errno. */
static int request_run(struct agent *a, const struct agent_header *req, const void *payload,
		       void *reply)
{
	struct agent_klog_request klog;
	struct agent_exchange exchange;
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
		if (req->len != sizeof(klog))
			return -EPROTO;
		memcpy(&klog, payload, sizeof(klog));
		return request_klog(a, &klog, reply);
	case AGENT_EXCHANGE:
		ret = request_copy(&exchange, sizeof(exchange), req, payload);
		if (ret == 0)
			ret = request_exchange(&exchange, reply);
		return ret < 0 ? ret : (int)sizeof(struct agent_exchange_stats);
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
