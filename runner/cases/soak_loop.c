/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds, and what is kept of them. */
#include "cases/soak_loop.h"

#include <errno.h>
#include <string.h>

#include "engine/undo.h"
#include "report/figures.h"

#define MAX_SUMS 12 /* kinds of figures */

/* The figures of one kind, in their own unit. */
struct sum {
	char key[40];
	enum figure_kind kind;
	unsigned int n;
	double total, min, max;
};

struct tally {
	unsigned int rounds, failed, failed_in_a_row;
	unsigned int part; /* number of the hour */
	unsigned int part_rounds, part_failed;
	uint64_t start, part_start;
	unsigned int n_sums;
	struct sum sums[MAX_SUMS];
};

static struct sum *find_sum(struct tally *t, const char *key, enum figure_kind kind)
{
	for (unsigned int i = 0; i < t->n_sums; i++)
		if (strcmp(t->sums[i].key, key) == 0)
			return &t->sums[i];
	if (t->n_sums == MAX_SUMS)
		return NULL;
	t->sums[t->n_sums] = (struct sum){ .kind = kind };
	util_strlcpy(t->sums[t->n_sums].key, sizeof(t->sums[0].key), key);
	return &t->sums[t->n_sums++];
}

static void add_figure(struct tally *t, const char *key, enum figure_kind kind, double value)
{
	struct sum *s = find_sum(t, key, kind);

	if (!s)
		return;
	s->min = s->n == 0 || value < s->min ? value : s->min;
	s->max = s->n == 0 || value > s->max ? value : s->max;
	s->total += value;
	s->n++;
}

/* The figures of the evidence since number @from. */
static void add_figures(struct tally *t, const struct item_result *res, unsigned int from)
{
	struct figure figures[FIGURES_MAX];

	for (unsigned int i = from; i < res->n_evidence; i++) {
		const struct evidence *e = &res->evidence[i];

		/* Where there are several, the first is the mean. */
		if (figures_measured(e->key, e->value, figures) > 0)
			add_figure(t, e->key, figures[0].unit->kind, figure_base(&figures[0]));
	}
}

/* One line for each kind of figure, and the next hour begins. */
static void end_part(struct ctx *ctx, struct tally *t, uint64_t now)
{
	char key[40], mean[32], min[32], max[32];

	t->part++;
	util_format(key, sizeof(key), "soak.hour.%u", t->part);
	ctx_evidence(ctx, key, "%u rounds, %u failed, in %u s", t->part_rounds, t->part_failed,
		     (unsigned int)((now - t->part_start) / 1000));
	for (unsigned int i = 0; i < t->n_sums; i++) {
		const struct sum *s = &t->sums[i];

		figures_format(s->kind, s->total / s->n, mean, sizeof(mean));
		figures_format(s->kind, s->min, min, sizeof(min));
		figures_format(s->kind, s->max, max, sizeof(max));
		ctx_evidence(ctx, key, "%s: mean %s, from %s to %s, %u samples", s->key, mean, min,
			     max, s->n);
	}
	t->part_rounds = t->part_failed = t->n_sums = 0;
	t->part_start = now;
}

/* Puts back what the round has changed, as the engine does at the end of an item. */
static int undo_round(struct ctx *ctx, unsigned int from)
{
	struct item_result *res = ctx->res;
	int ret = undo_run(ctx->root, &res->undo[from], res->n_undo - from);

	if (ret < 0)
		return ctx_error(ctx, ret, "what a round has changed could not be put back: %s",
				 strerror(-ret));
	res->n_undo = from;
	return 0;
}

static void count_round(struct ctx *ctx, struct tally *t, bool failed, uint64_t began)
{
	t->rounds++;
	t->part_rounds++;
	t->failed += failed;
	t->part_failed += failed;
	t->failed_in_a_row = failed ? t->failed_in_a_row + 1 : 0;
	if (failed && t->failed == 1)
		ctx_evidence(ctx, "soak.first_failure", "round %u, after %u s", t->rounds,
			     (unsigned int)((began - t->start) / 1000));
}

/* Whether something since evidence number @from was a FAIL, @before having been the verdict. */
static bool has_failed(const struct ctx *ctx, enum verdict before, unsigned int from)
{
	const struct item_result *res = ctx->res;

	if (before != VERDICT_FAIL)
		return ctx_failed(ctx);
	/* The first failure stays the item's finding; further ones are evidence (result.h). */
	for (unsigned int i = from; i < res->n_evidence; i++)
		if (strcmp(res->evidence[i].key, "also_failed") == 0)
			return true;
	return false;
}

/*
 * 0: go on, also after a round that failed. Of the evidence only that of the first failure stays.
 */
static int run_round(struct ctx *ctx, const struct soak_loop *loop, struct tally *t)
{
	struct item_result *res = ctx->res;
	const unsigned int undo = res->n_undo, evidence = res->n_evidence;
	const enum verdict before = res->verdict;
	const uint64_t began = loop->now_ms();
	bool failed;
	int ret;

	ret = loop->round(ctx, loop->arg);
	failed = has_failed(ctx, before, evidence);
	if (ret < 0 && !failed)
		return ret;
	if (undo_round(ctx, undo) < 0)
		return -EIO;
	if (!failed) {
		add_figures(t, res, evidence);
		add_figure(t, "round", FIGURE_TIME, (double)(loop->now_ms() - began) / 1000);
	}
	if (!failed || t->failed > 0)
		res->n_evidence = evidence;
	count_round(ctx, t, failed, began);
	return 0;
}

static bool goes_on(const struct soak_loop *loop, const struct tally *t, uint64_t now)
{
	if (t->failed_in_a_row >= SOAK_FAILED_IN_A_ROW)
		return false;
	return loop->rounds > 0 ? t->rounds < loop->rounds : now - t->start < loop->ms;
}

int soak_loop_run(struct ctx *ctx, const struct soak_loop *loop)
{
	struct tally t = { .start = loop->now_ms() };
	uint64_t now = t.start;
	int ret = 0;

	t.part_start = t.start;
	do {
		ret = run_round(ctx, loop, &t);
		now = loop->now_ms();
		if (now - t.part_start >= loop->report_ms)
			end_part(ctx, &t, now);
	} while (ret == 0 && goes_on(loop, &t, now));
	if (t.part_rounds > 0)
		end_part(ctx, &t, now);
	ctx_evidence(ctx, "soak.rounds", "%u rounds in %u s, %u failed", t.rounds,
		     (unsigned int)((now - t.start) / 1000), t.failed);
	if (ret < 0 || t.failed > 0)
		return ret;
	return ctx_pass(ctx, "the port does its work round after round", "%u rounds in %u s",
			t.rounds, (unsigned int)((now - t.start) / 1000));
}
