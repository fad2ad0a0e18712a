/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzing of parsers. A target is the test function fuzz_NAME, whose last act is fuzz_run(). As a
 * unit test it runs its seeds, the inputs in tests/fixtures/corpus/NAME, and then a small mutation
 * fuzzer: good inputs are damaged in a random but repeatable way. Each is given to the parser in
 * memory of exactly its size, so that ASan sees a read beyond its end. Built by make fuzz, the same
 * function has libFuzzer look for inputs.
 */
#ifndef TESTS_UNIT_FUZZ_H
#define TESTS_UNIT_FUZZ_H

#include "base/util.h"

#define FUZZ_MAX_SEEDS 32
#define FUZZ_MAX_WORDS 20

struct fuzz_random {
	uint64_t state;
};

struct fuzz_seed {
	const void *data;
	size_t len;
};

struct fuzz_target {
	struct fuzz_seed seeds[FUZZ_MAX_SEEDS]; /* ended by one without data */
	const char *words[FUZZ_MAX_WORDS]; /* what the format knows; NULL-terminated */
	unsigned int rounds; /* times the environment's VFPROOF_FUZZ_ROUNDS */
	bool text; /* a NUL byte follows the data */
	/*
	 * Gives @data to the parser and asserts what must hold. @seed: the input is a good one, as
	 * it was; @r is for further choices.
	 */
	void (*run)(const uint8_t *data, size_t len, bool seed, struct fuzz_random *r, void *arg);
	void *arg;
};

/* A number below @n, which is not 0. */
size_t fuzz_below(struct fuzz_random *r, size_t n);
/*
 * Runs every seed, the corpus, then the mutations. The same target gives the same inputs every
 * time. With libFuzzer, it goes on as long as VFPROOF_FUZZ_ARGS says, and may not return.
 */
#define fuzz_run(t) fuzz_run_as((t), __func__)
void fuzz_run_as(const struct fuzz_target *t, const char *function);

#endif
