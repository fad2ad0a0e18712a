/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel has said, and what it means. */
#include "cases/guest.h"

#include <errno.h>
#include <string.h>

#include "model/advice.h"

#define KLOG_CALL_MS 15000
#define KLOG_LAST_MS 3000
#define KLOG_EVIDENCE 8

/*
 * The guest's kernel messages from number @from on: their @head, and printable lines in @text of
 * AGENT_MAX_PAYLOAD + 1 bytes.
 */
static int klog_read(struct guest *g, uint64_t from, struct agent_klog *head, char *text,
		     unsigned int timeout_ms)
{
	struct agent_klog_request req = { .from = from };
	char reply[AGENT_MAX_PAYLOAD];
	int n = vm_agent_call(g->vm, AGENT_KLOG, &req, sizeof(req), reply, sizeof(reply),
			      timeout_ms);

	if (n < 0)
		return n;
	if (n < (int)sizeof(*head))
		return -EPROTO;
	memcpy(head, reply, sizeof(*head));
	n -= (int)sizeof(*head);
	memcpy(text, reply + sizeof(*head), (size_t)n);
	text[n] = '\0';
	for (int i = 0; i < n; i++)
		if (text[i] != '\n' && (text[i] < ' ' || text[i] > '~'))
			text[i] = '?';
	return 0;
}

static bool klog_has_driver(const struct guest *g, const char *driver)
{
	for (unsigned int i = 0; i < g->n_nics; i++)
		if (strcmp(g->nics[i].netdev.driver, driver) == 0)
			return true;
	return false;
}

/* The case asks for it: see struct provoked. */
static bool klog_is_provoked(const struct guest *g, const char *text)
{
	const struct provoked *p = g->ctx->def->provokes;

	for (; p && p->match; p++)
		if (p->driver && klog_has_driver(g, p->driver) && util_glob(p->match, text))
			return true;
	return false;
}

/* @line is "<level>text". Returns true if it is worth being quoted. */
static bool klog_judge_line(struct guest *g, const char *line)
{
	struct ctx *ctx = g->ctx;
	const char *quiet = "the guest's kernel has no complaint";
	const struct symptom *s;

	if (line[0] != '<' || line[1] < '0' || line[1] > '7' || line[2] != '>')
		return false;
	if (klog_is_provoked(g, line + 3))
		return false;
	s = symptom_match(SYMPTOM_KERNEL, line + 3);
	if (s && s->hint)
		ctx_symptom(ctx, SYMPTOM_KERNEL, "%s", line + 3);
	if (s && s->severity == VERDICT_PASS)
		return false;
	/* It is the guest that was made too small, and neither the host nor a device. */
	if (s && strcmp(s->label, "out_of_memory") == 0) {
		ctx_error_of(ctx, -ENOMEM, "guest_memory",
			     "the guest's %u MiB are too little for its drivers: %s", g->memory_mb,
			     line + 3);
	} else if (s && s->severity == VERDICT_FAIL) {
		ctx_symptom(ctx, SYMPTOM_KERNEL, "%s", line + 3);
		ctx_fail(ctx, "guest_kernel_complaint", quiet, "%s", line + 3);
	} else if (s) {
		ctx_warn(ctx, s->label, quiet, "%s", line + 3);
	} else if (line[1] <= '3') {
		ctx_warn(ctx, "guest_kernel_complaint", quiet, "%s", line + 3);
	} else {
		return false;
	}
	return true;
}

int guest_check_klog(struct guest *g)
{
	char text[AGENT_MAX_PAYLOAD + 1], *line, *save;
	unsigned int complaints = 0;
	struct agent_klog head;
	int ret = klog_read(g, g->klog_next, &head, text, ctx_ms(g->ctx, KLOG_CALL_MS));

	if (ret < 0)
		return guest_lost(g, ret, "reading its kernel messages");
	g->klog_next = head.next;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		complaints += klog_judge_line(g, line);
	if (head.overrun || head.left_out > 0)
		ctx_warn(g->ctx, "guest_kernel_complaint",
			 "all messages of the guest's kernel can be read", "%u did not fit%s",
			 head.left_out, head.overrun ? ", others were overwritten" : "");
	ctx_evidence(g->ctx, "guest.complaints", "%s%s%u", g->name, g->name[0] ? ": " : "",
		     complaints);
	return 0;
}

bool guest_klog_find(struct guest *g, const char *globs, char *line, size_t size)
{
	char text[AGENT_MAX_PAYLOAD + 1], *next, *save;
	struct agent_klog head;

	if (klog_read(g, 0, &head, text, ctx_ms(g->ctx, KLOG_LAST_MS)) < 0)
		return false;
	for (next = strtok_r(text, "\n", &save); next; next = strtok_r(NULL, "\n", &save))
		if (util_globs(globs, next)) {
			util_strlcpy(line, size, next);
			return true;
		}
	return false;
}

/* What the guest's kernel calls a failure is a cause of what has failed. @line is "<level>text". */
static void klog_see(struct ctx *ctx, const char *line)
{
	const char *text = line[0] == '<' ? strchr(line, '>') : NULL;
	const struct symptom *s = text ? symptom_match(SYMPTOM_KERNEL, text + 1) : NULL;

	if (s && (s->severity == VERDICT_FAIL || s->hint))
		ctx_symptom(ctx, SYMPTOM_KERNEL, "%s", text + 1);
}

void guest_quote_klog(struct guest *g)
{
	char text[AGENT_MAX_PAYLOAD + 1], *line, *save;
	struct agent_klog head;
	unsigned int n = 0;

	if (klog_read(g, 0, &head, text, ctx_ms(g->ctx, KLOG_LAST_MS)) < 0)
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		klog_see(g->ctx, line);
		if (n++ < KLOG_EVIDENCE)
			ctx_evidence(g->ctx, "guest.kernel_log", "%s%s%s", g->name,
				     g->name[0] ? ": " : "", line);
	}
}
