/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rounds: counted, summed up by the hour, the first failure kept, all put back each time. */
#include "core_fake.h"

#include <errno.h>
#include <string.h>

#include "cases/soak_loop.h"
#include "model/ctx.h"

static uint64_t now;

static uint64_t fake_now(void)
{
	return now;
}

struct script {
	const char *rounds; /* a letter each: p(ass), f(ail), w(arn), e(rror); the last goes on */
	unsigned int done, undos;
};

static int fake_round(struct ctx *ctx, void *arg)
{
	struct script *s = arg;
	const char what = s->rounds[s->done];

	s->undos += ctx->res->n_undo;
	assert_int_equal(ctx_undo(ctx, UNDO_LINK_DELETE, NULL, 0, "vfproof-none"), 0);
	ctx_evidence(ctx, "latency", "PF - VF 0: mean %u.00 ms, at most 9.00 ms", s->done + 1);
	if (s->rounds[s->done + 1])
		s->done++;
	now += 1000;
	if (what == 'e')
		return ctx_error(ctx, -EIO, "no tool");
	if (what == 'f') {
		ctx_fail(ctx, "traffic_lost", "all", "%u of 10", s->done);
		return -EIO;
	}
	if (what == 'w')
		ctx_warn(ctx, "traffic_some_lost", "all", "9 of 10");
	return 0;
}

static const char *find(const struct item_result *res, const char *key, unsigned int nth)
{
	for (unsigned int i = 0; i < res->n_evidence; i++)
		if (strcmp(res->evidence[i].key, key) == 0 && nth-- == 0)
			return res->evidence[i].value;
	return NULL;
}

static void rounds(void **state)
{
	static const struct {
		const char *what, *script;
		unsigned int seconds;
		int ret;
		enum verdict verdict;
		const char *counted;
		unsigned int rounds;
	} rows[] = {
		{ "all of them pass", "p", 10, 0, VERDICT_PASS, "10 rounds in 10 s, 0 failed", 0 },
		{ "one at least", "p", 0, 0, VERDICT_PASS, "1 rounds in 1 s, 0 failed", 0 },
		{ "a warning stays one", "pwp", 3, 0, VERDICT_WARN, "3 rounds in 3 s, 0 failed",
		  0 },
		{ "it goes on after a failure", "pfpfp", 8, 0, VERDICT_FAIL,
		  "8 rounds in 8 s, 2 failed", 0 },
		{ "three in a row end it", "pfpff", 100, 0, VERDICT_FAIL,
		  "6 rounds in 6 s, 4 failed", 0 },
		{ "what could not be carried out ends it", "ppe", 100, -EIO, VERDICT_ERROR,
		  "2 rounds in 3 s, 0 failed", 0 },
		{ "by their number", "pfp", 0, 0, VERDICT_FAIL, "4 rounds in 4 s, 1 failed", 4 },
	};
	struct core_fake *fake = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct item_result *res = calloc(1, sizeof(*res));
		struct ctx ctx = { .res = res, .root = &fake->root, .deadline_ms = UINT64_MAX };
		struct script s = { .rounds = rows[i].script };
		const struct soak_loop loop = { .round = fake_round,
						.arg = &s,
						.ms = rows[i].seconds * 1000ull,
						.report_ms = 3600000,
						.now_ms = fake_now,
						.rounds = rows[i].rounds };

		print_message("%s\n", rows[i].what);
		now = 5000;
		assert_int_equal(soak_loop_run(&ctx, &loop), rows[i].ret);
		assert_int_equal(res->verdict, rows[i].verdict);
		assert_string_equal(find(res, "soak.rounds", 0), rows[i].counted);
		assert_int_equal(s.undos, 0); /* each round begins with none */
		free(res);
	}
}

static void by_the_hour(void **state)
{
	struct item_result *res = calloc(1, sizeof(*res));
	struct core_fake *fake = *state;
	struct ctx ctx = { .res = res, .root = &fake->root, .deadline_ms = UINT64_MAX };
	struct script s = { .rounds = "pppf"
				      "ppp" };
	const struct soak_loop loop = {
		.round = fake_round, .arg = &s, .ms = 7000, .report_ms = 4000, .now_ms = fake_now
	};

	assert_int_equal(soak_loop_run(&ctx, &loop), 0);
	assert_string_equal(find(res, "soak.hour.1", 0), "4 rounds, 1 failed, in 4 s");
	assert_string_equal(find(res, "soak.hour.1", 1),
			    "latency: mean 2 ms, from 1 ms to 3 ms, 3 samples");
	assert_string_equal(find(res, "soak.hour.2", 0), "3 rounds, 0 failed, in 3 s");
	/* Of all rounds, only the first failure's evidence is left. */
	assert_string_equal(find(res, "latency", 0), "PF - VF 0: mean 4.00 ms, at most 9.00 ms");
	assert_null(find(res, "latency", 1));
	assert_string_equal(find(res, "soak.first_failure", 0), "round 4, after 3 s");
	assert_string_equal(res->measured, "4 of 10");
	free(res);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rounds, core_fake_setup, core_fake_teardown),
		cmocka_unit_test_setup_teardown(by_the_hour, core_fake_setup, core_fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
