/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel messages of an item: kept within bounds, matched, judged.
 */
#include "engine/klog.h"

#include <errno.h>
#include "sys/kmsg.h"

#define KLOG_LEVEL_ERROR 3
#define KLOG_MAX_DRAIN 100000 /* records at once: a kernel that never stops must not stop us */

static int severity_rank(enum verdict v)
{
	return v == VERDICT_FAIL ? 2 : v == VERDICT_WARN ? 1 : 0;
}

/* True if it was not there yet. */
static bool add_symptom(struct klog *k, const struct symptom *s)
{
	unsigned int i;

	for (i = 0; i < k->n_symptoms; i++)
		if (k->symptoms[i] == s)
			return false;
	if (k->n_symptoms == KLOG_MAX_SYMPTOMS)
		return false;
	k->symptoms[k->n_symptoms++] = s;
	return true;
}

enum verdict klog_severity(const struct symptom *s, int level)
{
	if (s)
		return s->severity;
	return level <= KLOG_LEVEL_ERROR ? VERDICT_WARN : VERDICT_PASS;
}

static void add_record(struct klog *k, const struct kmsg_record *rec, unsigned int whose)
{
	const struct symptom *s = symptom_match(SYMPTOM_KERNEL, rec->text);
	enum verdict severity;
	char line[KLOG_LINE_SIZE];

	util_format(line, sizeof(line), "<%d>[%5llu.%06llu] %s", rec->level,
		    (unsigned long long)rec->time_us / 1000000,
		    (unsigned long long)rec->time_us % 1000000, rec->text);
	util_sanitise(line);
	if (k->n < KLOG_MAX_LINES)
		util_strlcpy(k->lines[k->n++], KLOG_LINE_SIZE, line);
	else
		k->more++;

	severity = klog_severity(s, rec->level);
	if (severity != VERDICT_PASS && whose & KLOG_PROVOKED) {
		if (k->n_provoked++ == 0)
			util_strlcpy(k->provoked_line, sizeof(k->provoked_line), line);
		return;
	}
	if (s && s->hint)
		causes_add(&k->causes, s, line);
	if (severity == VERDICT_PASS)
		return;
	if (s && add_symptom(k, s))
		causes_add(&k->causes, s, line);
	/* Another port's trouble is no failure of this one. */
	if (severity == VERDICT_FAIL && whose & KLOG_FAR_END) {
		severity = VERDICT_WARN;
		if (!k->far_line[0])
			util_strlcpy(k->far_line, sizeof(k->far_line), line);
	}
	if (severity_rank(severity) > severity_rank(k->severity) ||
	    (severity == k->severity && s && k->symptom && symptom_is_before(s, k->symptom))) {
		k->severity = severity;
		k->symptom = s;
		util_strlcpy(k->quote, sizeof(k->quote), line);
	}
}

static void take_record(struct klog *k, const struct kmsg_record *rec)
{
	const unsigned int whose = k->whose ? k->whose(k->arg, rec) : 0;

	k->last_seq = rec->seq;
	if (!(whose & KLOG_FOREIGN))
		add_record(k, rec, whose);
}

/* The kernel numbers its messages; of the first that is read nobody knows what was before. */
static void count_lost(struct klog *k, uint64_t seq)
{
	const uint64_t next = k->last_seq ? k->last_seq + 1 : seq;

	if (k->overrun)
		k->lost += seq > next && seq - next < UINT32_MAX ? (unsigned int)(seq - next) : 1;
	k->overrun = false;
}

unsigned int klog_take_lost(struct klog *k)
{
	const unsigned int n = k->lost_before;

	k->lost_before = 0;
	return n;
}

void klog_drain(struct klog *k)
{
	struct kmsg_record rec;
	unsigned int i;

	for (i = 0; k->fd >= 0 && i < KLOG_MAX_DRAIN; i++) {
		bool lost = false;
		int ret = kmsg_read(k->fd, &rec, &lost);

		k->overrun |= lost;
		if (ret > 0)
			count_lost(k, rec.seq);
		if (ret > 0)
			take_record(k, &rec);
		else if (ret != -EBADMSG)
			return;
	}
}

void klog_scan_boot(const struct sysroot *root,
		    void (*found)(const struct symptom *s, const char *line, void *arg), void *arg)
{
	_cleanup_close_ int fd = kmsg_open(root, true);
	struct klog seen = { .fd = -1 };
	struct kmsg_record rec;
	unsigned int i;
	int ret = 1;

	for (i = 0; fd >= 0 && i < KLOG_MAX_DRAIN && (ret > 0 || ret == -EBADMSG); i++) {
		const struct symptom *s;

		ret = kmsg_read(fd, &rec, NULL);
		if (ret <= 0 || rec.level > KLOG_LEVEL_ERROR)
			continue;
		s = symptom_match(SYMPTOM_KERNEL, rec.text);
		if (s && s->severity == VERDICT_FAIL && add_symptom(&seen, s))
			found(s, rec.text, arg);
	}
}

/* Forgets what was read, not what it is to be read for. */
static void klog_reset(struct klog *k, int fd)
{
	*k = (struct klog){ .fd = fd,
			    .whose = k->whose,
			    .arg = k->arg,
			    .last_seq = k->last_seq,
			    .lost_before = k->lost_before,
			    .overrun = k->overrun };
}

bool klog_begin(struct klog *k, int fd)
{
	char quote[KLOG_LINE_SIZE];
	bool failed;

	klog_reset(k, fd);
	klog_drain(k);
	failed = k->severity == VERDICT_FAIL;
	util_strlcpy(quote, sizeof(quote), k->quote);
	k->lost_before += k->lost;
	klog_reset(k, fd);
	util_strlcpy(k->quote, sizeof(k->quote), quote);
	return failed;
}

void klog_judge(const struct klog *k, struct item_result *res)
{
	char lost[120];
	unsigned int i;

	if (k->severity != VERDICT_NONE)
		result_record(res, &(struct finding){ .verdict = k->severity,
						      .label = k->symptom ? k->symptom->label
									  : "kernel_error",
						      .expected = "no complaint of the kernel",
						      .measured = k->quote });
	util_format(lost, sizeof(lost),
		    "%u messages were lost: the kernel wrote them faster than they could be read",
		    k->lost);
	if (k->lost)
		result_record(res, &(struct finding){ .verdict = VERDICT_WARN,
						      .label = "kernel_log_lost",
						      .expected = "every kernel message is read",
						      .measured = lost });
	for (i = 0; i < k->n_symptoms; i++)
		result_evidence(res, "symptoms", k->symptoms[i]->id);
	if (k->n_provoked > 0)
		result_evidence(res, "provoked", k->provoked_line);
}

json_t *klog_to_json(const struct klog *k)
{
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < k->n; i++)
		json_array_append_new(array, json_string(k->lines[i]));
	if (k->more > 0)
		json_array_append_new(array, json_sprintf("... %u more lines", k->more));
	return array;
}
