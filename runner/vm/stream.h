/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes through the sockets and pipes to QEMU: sending to an end that may be stuck, with a
 * descriptor if one is to go along, and keeping the last part of a text that comes.
 */
#ifndef VFPROOF_VM_STREAM_H
#define VFPROOF_VM_STREAM_H

#include "base/util.h"

/*
 * Sends all of @len bytes into a socket (-1: it has ended) whose other end may be dead or stuck.
 * The descriptor @pass (-1: none) goes along with the first byte (SCM_RIGHTS, unix(7)) and stays
 * the caller's. Returns 0, -EPIPE or -ETIMEDOUT.
 */
int stream_send(int fd, const void *data, size_t len, int pass, unsigned int timeout_ms) must_check;
/*
 * Appends printable ASCII and line ends to a NUL-terminated text of @size bytes; its oldest part
 * makes room.
 */
void stream_append_text(char *text, size_t size, const char *data, size_t len);

#endif
