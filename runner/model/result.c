/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording of findings. A child can be killed between any two instructions, so
 * whatever makes an entry count (a counter, the verdict) is written after the entry.
 */
#include "model/result.h"

#include <string.h>
#include "model/advice.h"

/* Which finding wins if there are several. */
static int finding_rank(enum verdict v, bool soft)
{
	static const int rank[VERDICT_COUNT] = {
		[VERDICT_PASS] = 2,	[VERDICT_WARN] = 4,  [VERDICT_SKIP] = 6,
		[VERDICT_ERROR] = 8,	[VERDICT_FAIL] = 10, [VERDICT_TIMEOUT] = 12,
		[VERDICT_CRASHED] = 12,
	};

	return rank[v] - soft;
}

void result_evidence(struct item_result *res, const char *key, const char *value)
{
	unsigned int n = res->n_evidence;
	struct evidence *ev;

	if (n >= RESULT_MAX_EVIDENCE) {
		res->n_left_out++;
		return;
	}
	ev = &res->evidence[n];
	util_strlcpy(ev->key, sizeof(ev->key), key);
	util_strlcpy(ev->value, sizeof(ev->value), value);
	util_sanitise(ev->key);
	util_sanitise(ev->value);
	__atomic_store_n(&res->n_evidence, n + 1, __ATOMIC_RELEASE);
}

/* A finding that is not the item's verdict. */
static void also(struct item_result *res, const struct finding *f)
{
	static const char *const keys[VERDICT_COUNT] = {
		[VERDICT_PASS] = "also_passed",
		[VERDICT_WARN] = "also_warned",
		[VERDICT_FAIL] = "also_failed",
	};
	char text[sizeof(res->evidence[0].value)];

	if (f->reason && f->reason[0])
		util_format(text, sizeof(text), "%s", f->reason);
	else
		util_format(text, sizeof(text), "%s%sexpected %s; measured %s",
			    f->label ? f->label : "", f->label && f->label[0] ? ": " : "",
			    f->expected ? f->expected : "", f->measured ? f->measured : "");
	result_evidence(res, keys[f->verdict] ? keys[f->verdict] : "also_noted", text);
}

/* The symptom that the item has recorded as its @i-th. */
static const struct symptom *seen_symptom(const struct item_result *res, unsigned int i)
{
	return symptom_match(res->seen[i].kind, res->seen[i].text);
}

static void add_seen(struct item_result *res, const struct symptom *s, const char *text)
{
	char line[sizeof(res->evidence[0].value)];
	unsigned int i, n = res->n_seen;

	for (i = 0; i < n; i++)
		if (seen_symptom(res, i) == s)
			return;
	if (n == RESULT_MAX_SEEN)
		return;
	res->seen[n].kind = s->kind;
	util_strlcpy(res->seen[n].text, sizeof(res->seen[n].text), text);
	util_sanitise(res->seen[n].text);
	__atomic_store_n(&res->n_seen, n + 1, __ATOMIC_RELEASE);
	util_format(line, sizeof(line), "%s: %s", s->id, text);
	result_evidence(res, "symptom", line);
}

bool result_symptom(struct item_result *res, enum symptom_kind kind, const char *text)
{
	const struct symptom *s = symptom_match(kind, text);

	if (!s || (s->severity == VERDICT_PASS && !s->hint))
		return false;
	add_seen(res, s, text);
	return !s->hint;
}

void result_causes(const struct item_result *res, struct causes *c)
{
	unsigned int i;

	for (i = 0; i < res->n_seen; i++) {
		const struct symptom *s = seen_symptom(res, i);

		if (s)
			causes_add(c, s, res->seen[i].text);
	}
}

static void set_text(char *dst, size_t size, const char *text)
{
	util_strlcpy(dst, size, text ? text : "");
	util_sanitise(dst);
}

static struct finding present_finding(const struct item_result *res)
{
	return (struct finding){ .verdict = res->verdict,
				 .soft = res->prerequisite || res->not_applicable,
				 .label = res->label,
				 .expected = res->expected,
				 .measured = res->measured,
				 .reason = res->reason };
}

void result_override(struct item_result *res, const struct finding *f)
{
	const struct finding old = present_finding(res);

	if (old.verdict != VERDICT_NONE)
		also(res, &old);
	set_text(res->label, sizeof(res->label), f->label);
	set_text(res->expected, sizeof(res->expected), f->expected);
	set_text(res->measured, sizeof(res->measured), f->measured);
	set_text(res->reason, sizeof(res->reason), f->reason);
	res->prerequisite = f->verdict == VERDICT_FAIL && f->soft;
	res->not_applicable = f->verdict == VERDICT_SKIP && f->soft;
	__atomic_store_n(&res->verdict, f->verdict, __ATOMIC_RELEASE);
}

void result_record(struct item_result *res, const struct finding *f)
{
	const struct finding old = present_finding(res);

	if (finding_rank(f->verdict, f->soft) <= finding_rank(old.verdict, old.soft))
		also(res, f);
	else
		result_override(res, f);
}

#define TEXT_MAKE_SAFE(array)                      \
	do {                                       \
		(array)[sizeof(array) - 1] = '\0'; \
		util_sanitise(array);              \
	} while (0)

void result_copy(struct item_result *dst, const struct item_result *src)
{
	unsigned int i;

	memcpy(dst, src, sizeof(*dst));
	dst->prerequisite = *(const unsigned char *)&src->prerequisite == 1;
	dst->not_applicable = *(const unsigned char *)&src->not_applicable == 1;
	if (dst->verdict >= VERDICT_COUNT) {
		dst->verdict = VERDICT_ERROR;
		util_strlcpy(dst->reason, sizeof(dst->reason), "the result was overwritten");
	}
	if (dst->n_evidence > RESULT_MAX_EVIDENCE)
		dst->n_evidence = RESULT_MAX_EVIDENCE;
	if (dst->n_undo > RESULT_MAX_UNDO)
		dst->n_undo = RESULT_MAX_UNDO;
	if (dst->n_seen > RESULT_MAX_SEEN)
		dst->n_seen = RESULT_MAX_SEEN;
	if (dst->n_due > RESULT_MAX_DUE)
		dst->n_due = RESULT_MAX_DUE;
	for (i = 0; i < dst->n_seen; i++)
		TEXT_MAKE_SAFE(dst->seen[i].text);
	TEXT_MAKE_SAFE(dst->label);
	TEXT_MAKE_SAFE(dst->expected);
	TEXT_MAKE_SAFE(dst->measured);
	TEXT_MAKE_SAFE(dst->reason);
	for (i = 0; i < dst->n_evidence; i++) {
		TEXT_MAKE_SAFE(dst->evidence[i].key);
		TEXT_MAKE_SAFE(dst->evidence[i].value);
	}
	for (i = 0; i < dst->n_undo; i++)
		TEXT_MAKE_SAFE(dst->undo[i].text);
	dst->console[sizeof(dst->console) - 1] = '\0';
}
