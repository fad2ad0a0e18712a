/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: /init of the nested guest. main.c sets the guest up and serves the port; requests.c
 * answers the runner's requests (runner/wire/agent_proto.h).
 */
#ifndef VFPROOF_AGENT_AGENT_H
#define VFPROOF_AGENT_AGENT_H

#include "transfers.h"
#include "loader.h"
#include "modules.h"
#include "base/sysroot.h"
#include "wire/agent_iso.h"
#include "wire/agent_proto.h"
#include "wire/flow.h"
#include "wire/traffic.h"

enum agent_fault { AGENT_FAULT_NONE, AGENT_FAULT_CORRUPT, AGENT_FAULT_MUTE, AGENT_FAULT_EXIT };

/* What becomes of the guest once the request under way is answered. */
enum agent_end { AGENT_GOES_ON, AGENT_END_POWEROFF, AGENT_END_REBOOT, AGENT_END_PANIC };

struct agent_echo_slot {
	char ifname[16]; /* "" if the slot is free */
	struct traffic_echo echo;
};

struct stray_vf;

#define AGENT_MAX_FLOWS 16

struct agent_flow_slot {
	char ifname[16]; /* "" if the slot is free */
	struct flow_counter counter;
};

/* In memory that is shared with children: the loader writes to its modules, and so on. */
struct agent {
	struct sysroot root;
	int port; /* the virtio-serial port, blocking */
	enum agent_fault fault;
	struct agent_modules modules;
	struct agent_loader loader;
	enum agent_end end; /* asked for: to be done after the answer */
	struct agent_echo_slot echo[AGENT_MAX_NETDEVS];
	struct agent_transfers transfers;
	struct stray_vf *stray; /* the VF that was taken from its driver, NULL: none */
	pid_t stray_pid; /* of the child that has it flood, 0 for none */
	volatile bool stray_done; /* it writes to these two */
	struct agent_stray_flooded stray_flooded;
	struct agent_flow_slot flows[AGENT_MAX_FLOWS];
	pid_t flood_pid; /* of the child that floods, 0 for none */
	volatile bool flood_done; /* it writes to these two */
	struct flow_sent flood_sent;
};

/* "vfproof.fault=NAME" of a kernel command line, AGENT_FAULT_NONE if there is none. */
enum agent_fault agent_fault_parse(const char *cmdline);

/*
 * A kind of request. Tables of them end with a row without run(), and are listed in requests.c:
 * each area of what the agent does has a file and a table of its own.
 */
struct agent_request {
	enum agent_type type;
	size_t size; /* of the payload: exactly */
	bool named; /* the payload begins with an interface name of IFNAMSIZ bytes, terminated */
	/* @req has @size bytes, @reply room for AGENT_MAX_PAYLOAD. The reply's length or -errno. */
	int (*run)(struct agent *a, const void *req, void *reply);
};

extern const struct agent_request agent_config_requests[]; /* config.c */
extern const struct agent_request agent_flow_requests[]; /* flow.c */
extern const struct agent_request agent_net_requests[]; /* net.c */

/*
 * Carries out a request whose payload has req->len bytes. Fills @reply, AGENT_MAX_PAYLOAD bytes.
 * Returns the length of the reply's payload (*@status is 0 or the request's -errno).
 */
uint32_t agent_handle(struct agent *a, const struct agent_header *req, const void *payload,
		      uint8_t *reply, int32_t *status);

#endif
