/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says and no item answers for. */
#include "engine/strays.h"

#include <string.h>
#include "engine/unit_state.h"
#include "journal/store.h"
#include "sys/kmsg.h"

static void add_device(struct strays *s, const char *name, const struct kmsg_record *rec)
{
	unsigned int i;

	if (klog_severity(symptom_match(SYMPTOM_KERNEL, rec->text), rec->level) == VERDICT_PASS)
		return;
	for (i = 0; i < s->n_devices && strcmp(s->devices[i].name, name) != 0; i++)
		;
	if (i == STRAYS_MAX_DEVICES) {
		s->more++;
		return;
	}
	if (i == s->n_devices) {
		s->n_devices++;
		util_strlcpy(s->devices[i].name, sizeof(s->devices[i].name), name);
		util_strlcpy(s->devices[i].text, sizeof(s->devices[i].text), rec->text);
	}
	s->devices[i].n++;
}

/* Foreign is what a unit judges, and what is noted here in another way. */
static unsigned int whose(void *arg, const struct kmsg_record *rec)
{
	struct strays *s = arg;
	char name[KMSG_ABOUT_NAME];
	bool other;
	uint64_t nics = inventory_of_message(s->root, s->inv, rec, &other, name);
	unsigned int i;

	if (other) {
		add_device(s, name, rec);
		return KLOG_FOREIGN;
	}
	if (rec->seq <= s->judged_seq && (!nics || nics & s->judged_ports))
		return KLOG_FOREIGN;
	for (i = 0; i < s->inv->n_nics; i++)
		if (nics & 1ull << i && s->board->owner[i] != 0)
			return KLOG_FOREIGN;
	return !nics && s->running > 0 ? KLOG_FOREIGN : 0;
}

void strays_begin(struct strays *s)
{
	s->klog.whose = whose;
	s->klog.arg = s;
	s->klog.fd = -1; /* nothing is read before */
}

void strays_read(struct strays *s)
{
	if (klog_begin(&s->klog, s->kmsg))
		store_note(s->store, true, "while no item ran the kernel said: %s", s->klog.quote);
	s->lost += klog_take_lost(&s->klog);
}

void strays_take_over(struct strays *s, uint64_t ports, uint64_t seq)
{
	s->judged_ports = ports;
	s->judged_seq = seq;
	strays_read(s);
	s->judged_ports = 0;
	s->judged_seq = 0;
}

void strays_note_devices(struct strays *s)
{
	unsigned int i;

	for (i = 0; i < s->n_devices; i++) {
		const struct stray_device *d = &s->devices[i];

		store_note(s->store, false,
			   "%s is no port that was tested; the kernel said of it%s: %s", d->name,
			   d->n > 1 ? ", beside other things" : "", d->text);
	}
	if (s->lost > 0)
		store_note(s->store, false,
			   "%u kernel messages were lost while no item ran: something floods the "
			   "kernel log",
			   s->lost);
	if (s->more > 0)
		store_note(s->store, false, "the kernel complained of further devices: %u messages",
			   s->more);
}
