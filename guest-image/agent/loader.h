/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drivers are loaded by a process of its own, so that the agent answers meanwhile: inserting a
 * module ends when its driver has looked at every device, which 64 VFs can make minutes of, and a
 * driver that hangs never ends it. The process shares struct agent_modules with the agent.
 */
#ifndef VFPROOF_AGENT_LOADER_H
#define VFPROOF_AGENT_LOADER_H

#include "modules.h"
#include "wire/agent_proto.h"

struct agent_loader {
	pid_t pid; /* 0: nothing is being loaded */
	int fd; /* becomes readable with the process's end */
};

/*
 * Has the drivers of devices that are new loaded, and waits up to @wait_ms for that. @m lies in
 * memory that is shared with children. Returns 0 however far it is, or -errno.
 */
int agent_loader_run(struct agent_loader *l, struct agent_modules *m, int wait_ms) must_check;
/* How far it is. */
void agent_loader_describe(const struct agent_loader *l, const struct agent_modules *m,
			   struct agent_drivers *out);

#endif
