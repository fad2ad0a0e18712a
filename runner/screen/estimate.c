/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a run will go on.
 */
#include "screen/model.h"

#define MAX_CASES 256
#define MIN_SAMPLES 6 /* items of ports that must have ended before anything is said */

/* What the items of a case have taken. */
struct sample {
	uint64_t ms;
	unsigned int n;
};

struct samples {
	struct sample list[MAX_CASES]; /* by the number of the case */
	unsigned int total;
	uint64_t ms, deadline_ms; /* of the items of ports */
};

/* NULL for what there is no room for. */
static struct sample *sample_of(struct samples *s, const struct model_item *item)
{
	return item->what < MAX_CASES ? &s->list[item->what] : NULL;
}

/* A skipped item says nothing about the next one's time, nor does one that never ended. */
static bool is_sample(const struct model_item *item)
{
	return item->state == ITEM_ENDED && item->verdict != VERDICT_SKIP &&
	       item->verdict != VERDICT_CRASHED;
}

static void take_sample(struct samples *s, const struct model_item *item)
{
	struct sample *sample = sample_of(s, item);

	/* The host's take no time; they say nothing about guests. */
	if (item->port != MODEL_HOST) {
		s->total++;
		s->ms += item->duration_ms;
		s->deadline_ms += item->deadline_ms;
	}
	if (!sample)
		return;
	sample->ms += item->duration_ms;
	sample->n++;
}

/* What an item is likely to take, from now on. */
static uint64_t likely_ms(struct samples *s, const struct model_item *item, uint64_t now_ms)
{
	const struct sample *sample = sample_of(s, item);
	uint64_t ms, gone;

	if (sample && sample->n > 0)
		ms = sample->ms / sample->n;
	else
		ms = s->deadline_ms ? item->deadline_ms * s->ms / s->deadline_ms : 0;
	if (item->state != ITEM_RUNNING)
		return ms;
	gone = now_ms > item->begin_ms ? now_ms - item->begin_ms : 0;
	return ms > gone ? ms - gone : 0;
}

bool model_left_ms(const struct model *m, uint64_t now_ms, uint64_t *left)
{
	uint64_t all = 0, ports[MODEL_MAX_PORTS] = { 0 }, longest = 0;
	struct samples s = { .total = 0 };
	unsigned int i;

	for (i = 0; i < m->n_items; i++)
		if (is_sample(&m->items[i]))
			take_sample(&s, &m->items[i]);
	if (s.total < MIN_SAMPLES || m->phase != PHASE_RUNNING)
		return false;
	for (i = 0; i < m->n_items; i++) {
		const struct model_item *item = &m->items[i];
		uint64_t ms = item->state == ITEM_ENDED ? 0 : likely_ms(&s, item, now_ms);

		all += ms;
		if (item->port == MODEL_HOST)
			continue;
		ports[item->port] += ms;
		if (ports[item->port] > longest)
			longest = ports[item->port];
	}
	/* Side by side, but a port's own items are always one after the other. */
	*left = all / (m->most_running ? m->most_running : 1);
	if (*left < longest)
		*left = longest;
	return true;
}
