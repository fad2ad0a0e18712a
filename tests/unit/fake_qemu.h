/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU that a test program plays itself: started again with QEMU's arguments, it finds the
 * sockets in them.
 */
#ifndef VFPROOF_TESTS_FAKE_QEMU_H
#define VFPROOF_TESTS_FAKE_QEMU_H

#include "../../guest-image/agent/agent.h"
#include "wire/channel.h"
#include "vm/qemu.h"

/* This program. */
extern const struct qemu_image fake_qemu_image;

/* True if this process is to play QEMU. */
bool fake_qemu_wanted(int argc, char **argv);
/* True if it was given a device of the host's. */
bool fake_qemu_has_device(int argc, char **argv);
/* The socket of the character device @id, -1 if the arguments have none. */
int fake_qemu_fd(int argc, char **argv, const char *id);
/* The real agent, in memory that its loader shares. */
struct agent *fake_qemu_agent(void);
/* Has the real agent answer a message from @fd once it is whole. Exits when the far end is gone. */
void fake_qemu_serve_agent(int fd, struct agent *a, struct channel *ch);

#endif
