/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP, QEMU's control protocol (QEMU docs/interop/qmp-spec.rst), as a parser: bytes in, messages
 * out. One command is under way at a time; events are kept in a bounded queue.
 */
#ifndef VFPROOF_VM_QMP_H
#define VFPROOF_VM_QMP_H

#include <jansson.h>
#include "base/util.h"

#define QMP_MAX_LINE (1u << 20)
#define QMP_MAX_EVENTS 32

struct qmp {
	bool greeted; /* the server has said who it is */
	char *line; /* the unfinished line */
	size_t len, size;
	json_t *reply; /* newest reply, NULL if it was taken */
	unsigned int n_events;
	json_t *events[QMP_MAX_EVENTS]; /* oldest first; the oldest goes if there are more */
};

void qmp_free(struct qmp *q);
/*
 * Takes received bytes. Returns 0, or -EPROTO (not JSON, not an object, a line above QMP_MAX_LINE)
 * or -ENOMEM, after which the connection is of no use.
 */
int qmp_feed(struct qmp *q, const void *data, size_t len) must_check;
/* The reply with this id, owned by the caller; NULL if it has not come. Other replies are dropped.
 */
json_t *qmp_take_reply(struct qmp *q, json_int_t id) must_check;
/*
 * The oldest event of this name, owned by the caller, NULL if there is none. @device, if not NULL,
 * must be equal to the "device" of its data, as that of DEVICE_DELETED.
 */
json_t *qmp_take_event(struct qmp *q, const char *name, const char *device) must_check;
/*
 * The command as one line to be sent. @args may be NULL and is not consumed. Caller frees. NULL
 * without memory.
 */
char *qmp_format(const char *command, json_t *args, json_int_t id) must_check;
/* "description" of an error reply, NULL if @reply is not an error. Borrowed from @reply. */
const char *qmp_reply_error(const json_t *reply);
/* Its "class", "" if it has none. Borrowed likewise. */
const char *qmp_reply_class(const json_t *reply);

#endif
