/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parser of QMP's line-wise JSON; no input or output. */
#include "vm/qmp.h"

#include <errno.h>
#include <string.h>

void qmp_free(struct qmp *q)
{
	json_decref(q->reply);
	for (unsigned int i = 0; i < q->n_events; i++)
		json_decref(q->events[i]);
	free(q->line);
	*q = (struct qmp){ 0 };
}

static json_t *qmp_remove_event(struct qmp *q, unsigned int index)
{
	json_t *event = q->events[index];

	q->n_events--;
	memmove(&q->events[index], &q->events[index + 1],
		(q->n_events - index) * sizeof(q->events[0]));
	return event;
}

static int qmp_take_line(struct qmp *q, const char *line, size_t len)
{
	json_t *msg;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len == 0)
		return 0;
	msg = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(msg)) {
		json_decref(msg);
		return -EPROTO;
	}
	if (json_object_get(msg, "event")) {
		if (q->n_events == QMP_MAX_EVENTS)
			json_decref(qmp_remove_event(q, 0));
		q->events[q->n_events++] = msg;
	} else if (json_object_get(msg, "return") || json_object_get(msg, "error")) {
		json_decref(q->reply);
		q->reply = msg;
	} else {
		q->greeted = q->greeted || json_object_get(msg, "QMP");
		json_decref(msg);
	}
	return 0;
}

static int qmp_append(struct qmp *q, const char *data, size_t len)
{
	if (len > QMP_MAX_LINE - q->len)
		return -EPROTO;
	if (q->len + len > q->size) {
		size_t size = q->size ? q->size : 4096;
		char *line;

		while (size < q->len + len)
			size *= 2;
		line = realloc(q->line, size);
		if (!line)
			return -ENOMEM;
		q->line = line;
		q->size = size;
	}
	if (len > 0)
		memcpy(q->line + q->len, data, len);
	q->len += len;
	return 0;
}

int qmp_feed(struct qmp *q, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		const char *end = memchr(p, '\n', len);
		size_t part = end ? (size_t)(end - p) : len;
		int ret = qmp_append(q, p, part);

		if (ret < 0 || !end)
			return ret;
		ret = qmp_take_line(q, q->line, q->len);
		if (ret < 0)
			return ret;
		q->len = 0;
		p += part + 1;
		len -= part + 1;
	}
	return 0;
}

json_t *qmp_take_reply(struct qmp *q, json_int_t id)
{
	json_t *reply = util_take_ptr(q->reply);
	json_t *got = json_object_get(reply, "id");

	if (json_is_integer(got) && json_integer_value(got) == id)
		return reply;
	json_decref(reply);
	return NULL;
}

static bool qmp_event_is(const json_t *event, const char *name, const char *device)
{
	const char *is = json_string_value(json_object_get(event, "event"));
	const char *of =
		json_string_value(json_object_get(json_object_get(event, "data"), "device"));

	return is && strcmp(is, name) == 0 && (!device || (of && strcmp(of, device) == 0));
}

json_t *qmp_take_event(struct qmp *q, const char *name, const char *device)
{
	for (unsigned int i = 0; i < q->n_events; i++)
		if (qmp_event_is(q->events[i], name, device))
			return qmp_remove_event(q, i);
	return NULL;
}

char *qmp_format(const char *command, json_t *args, json_int_t id)
{
	json_t *msg =
		json_pack("{s:s, s:O*, s:I}", "execute", command, "arguments", args, "id", id);
	char *text, *line;

	text = msg ? json_dumps(msg, JSON_COMPACT) : NULL;
	json_decref(msg);
	if (!text)
		return NULL;
	line = realloc(text, strlen(text) + 2);
	if (!line) {
		free(text);
		return NULL;
	}
	return strcat(line, "\n");
}

const char *qmp_reply_error(const json_t *reply)
{
	const json_t *error = json_object_get(reply, "error");
	const char *desc = json_string_value(json_object_get(error, "desc"));

	return error ? (desc ? desc : "error without a description") : NULL;
}

const char *qmp_reply_class(const json_t *reply)
{
	const char *class =
		json_string_value(json_object_get(json_object_get(reply, "error"), "class"));

	return class ? class : "";
}
