/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#define CORPUS "tests/fixtures/corpus/"
#define MAX_LEN 65536
#define MAX_STEPS 6 /* mutations of one input */

/* The input that is being made. */
struct input {
	size_t len;
	uint8_t data[MAX_LEN];
};

size_t fuzz_below(struct fuzz_random *r, size_t n)
{
	/* xorshift64 */
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (size_t)(r->state >> 16) % n;
}

/* Puts @len bytes in at @pos, over @over bytes that are there. */
static void insert(struct input *in, size_t pos, size_t over, const void *data, size_t len)
{
	if (in->len - over + len > MAX_LEN)
		return;
	memmove(in->data + pos + len, in->data + pos + over, in->len - pos - over);
	memcpy(in->data + pos, data, len);
	in->len += len - over;
}

/* A number at the ends of some type's range, or a small one, in 1 to 8 bytes. */
static void put_number(struct input *in, size_t pos, struct fuzz_random *r)
{
	static const uint64_t numbers[] = { 0,	       1,	   2,	       7,
					    8,	       0x7f,	   0x80,       0xff,
					    0x100,     0x7fff,	   0x8000,     0xffff,
					    0x10000,   0x7fffffff, 0x80000000, 0xffffffff,
					    INT64_MAX, UINT64_MAX };
	uint64_t number = numbers[fuzz_below(r, ARRAY_SIZE(numbers))];
	size_t len = (size_t)1 << fuzz_below(r, 4);

	if (len <= in->len - pos)
		memcpy(in->data + pos, &number, len);
}

/* The same in decimal, over the digits that are there. */
static void put_decimal(struct input *in, size_t pos, struct fuzz_random *r)
{
	static const char *const numbers[] = { "0",	     "-1",  "1e999",
					       "4294967296", "0x7", "18446744073709551616" };
	const char *number = numbers[fuzz_below(r, ARRAY_SIZE(numbers))];
	size_t digits = 0;

	while (pos + digits < in->len && in->data[pos + digits] >= '0' &&
	       in->data[pos + digits] <= '9')
		digits++;
	insert(in, pos, digits, number, strlen(number));
}

static void put_word(struct input *in, size_t pos, size_t over, const struct fuzz_target *t,
		     struct fuzz_random *r)
{
	size_t n = 0;
	const char *word;

	while (n < FUZZ_MAX_WORDS && t->words[n])
		n++;
	if (n == 0)
		return;
	word = t->words[fuzz_below(r, n)];
	insert(in, pos, over, word, strlen(word));
}

/* A piece of one of the seeds. */
static void put_piece(struct input *in, size_t pos, size_t over, const struct fuzz_target *t,
		      struct fuzz_random *r)
{
	size_t n = 0, from, len;
	const struct fuzz_seed *seed;

	while (n < FUZZ_MAX_SEEDS && t->seeds[n].data)
		n++;
	seed = &t->seeds[fuzz_below(r, n)];
	from = fuzz_below(r, seed->len + 1);
	len = fuzz_below(r, seed->len - from + 1);
	insert(in, pos, over, (const uint8_t *)seed->data + from, len);
}

static void mutate(struct input *in, const struct fuzz_target *t, struct fuzz_random *r)
{
	size_t pos = fuzz_below(r, in->len + 1), rest = in->len - pos;
	size_t some = fuzz_below(r, (rest < 64 ? rest : 64) + 1);

	switch (fuzz_below(r, 10)) {
	case 0:
		if (rest > 0)
			in->data[pos] ^= (uint8_t)(1u << fuzz_below(r, 8));
		break;
	case 1:
		if (rest > 0)
			in->data[pos] = (uint8_t)fuzz_below(r, 256);
		break;
	case 2:
		put_number(in, pos, r);
		break;
	case 3:
		put_decimal(in, pos, r);
		break;
	case 4: /* remove */
		insert(in, pos, some, "", 0);
		break;
	case 5: /* duplicate */
		if (some > 0) {
			uint8_t piece[64];

			memcpy(piece, in->data + pos, some);
			insert(in, fuzz_below(r, in->len + 1), 0, piece, some);
		}
		break;
	case 6:
		put_word(in, pos, fuzz_below(r, 2) ? some : 0, t, r);
		break;
	case 7:
		put_piece(in, pos, fuzz_below(r, 2) ? some : 0, t, r);
		break;
	case 8:
		memset(in->data + pos, (int)fuzz_below(r, 256), some);
		break;
	case 9:
		if (fuzz_below(r, 4) == 0)
			in->len = pos;
		break;
	}
}

static void run_one(const struct fuzz_target *t, const void *data, size_t len, bool seed,
		    struct fuzz_random *r)
{
	_cleanup_free_ uint8_t *exact = malloc(len + t->text);

	if (!exact)
		abort();
	if (len > 0)
		memcpy(exact, data, len);
	if (t->text)
		exact[len] = '\0';
	t->run(exact, len, seed, r, t->arg);
}

/* An input from outside: what is chosen further follows from it alone. */
static void run_given(const struct fuzz_target *t, const void *data, size_t len)
{
	struct fuzz_random r = { 0xcbf29ce484222325u };
	size_t i;

	for (i = 0; i < len; i++)
		r.state = (r.state ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
	r.state |= 1; /* xorshift stays at 0 */
	run_one(t, data, len, false, &r);
}

static void run_corpus(const struct fuzz_target *t, const char *name)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	char path[128];

	util_format(path, sizeof(path), CORPUS "%s", name);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		_cleanup_free_ char *data = NULL;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		if (util_read_file(dirfd(dir), entry->d_name, 1 << 20, &data, &len) < 0)
			abort();
		run_given(t, data, len);
	}
}

#ifdef FUZZ_ENGINE
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t len));

#define MAX_ARGS 32

static const struct fuzz_target *engine_target;

static int engine_one(const uint8_t *data, size_t len)
{
	run_given(engine_target, data, len);
	return 0;
}

/* What a parser does in a child, it may die of: libFuzzer is not to take that for its own death. */
static void in_child(void)
{
	static const int fatal[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fatal); i++)
		signal(fatal[i], SIG_DFL);
}

/* The words as a dictionary, each byte by its number. */
static void put_words(const struct fuzz_target *t, int dir)
{
	int fd = openat(dir, "../words", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t i;

	for (i = 0; i < FUZZ_MAX_WORDS && t->words[i]; i++) {
		const char *p;

		dprintf(fd, "\"");
		for (p = t->words[i]; *p; p++)
			dprintf(fd, "\\x%02x", (unsigned char)*p);
		dprintf(fd, "\"\n");
	}
	close(fd);
}

static void put_seeds(const struct fuzz_target *t, int dir)
{
	char name[16];
	size_t i;

	for (i = 0; i < FUZZ_MAX_SEEDS && t->seeds[i].data; i++) {
		util_format(name, sizeof(name), "seed%zu", i);
		if (util_write_durably(dir, name, t->seeds[i].data, t->seeds[i].len) < 0)
			abort();
	}
}

/* This program's own arguments, if it has any: libFuzzer starts itself anew for some of its work.
 */
static int own_args(char *buf, size_t size, char *argv[MAX_ARGS + 2])
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC), argc = 0;
	ssize_t len = util_read_all(fd, buf, size - 1);
	char *p;

	close(fd);
	if (len < 0)
		abort();
	buf[len] = '\0';
	for (p = buf; p < buf + len && argc <= MAX_ARGS; p += strlen(p) + 1)
		argv[argc++] = p;
	return argc;
}

/*
 * VFPROOF_FUZZ_ARGS: arguments of libFuzzer, by spaces; the first is the directory of the corpus
 * that grows.
 */
static bool run_engine(const struct fuzz_target *t)
{
	static char own[4096];
	const char *args = getenv("VFPROOF_FUZZ_ARGS");
	_cleanup_free_ char *copy = args ? strdup(args) : NULL;
	char *argv[MAX_ARGS + 2] = { NULL }, **p = argv, *rest = copy;
	int argc = own_args(own, sizeof(own), argv), dir;

	if (!copy)
		return false;
	engine_target = t;
	if (pthread_atfork(NULL, NULL, in_child) != 0)
		abort();
	if (argc > 1) {
		if (LLVMFuzzerRunDriver(&argc, &p, engine_one) != 0)
			abort();
		return true;
	}
	while (argc <= MAX_ARGS && (argv[argc] = strsep(&rest, " ")))
		argc++;
	dir = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		abort();
	put_words(t, dir);
	put_seeds(t, dir);
	close(dir);
	if (LLVMFuzzerRunDriver(&argc, &p, engine_one) != 0)
		abort();
	return true;
}
#else
static bool run_engine(const struct fuzz_target *t)
{
	(void)t;
	return false;
}
#endif

void fuzz_run_as(const struct fuzz_target *t, const char *function)
{
	const char *factor = getenv("VFPROOF_FUZZ_ROUNDS");
	struct fuzz_random r = { 0x9e3779b97f4a7c15u };
	_cleanup_free_ struct input *in = malloc(sizeof(*in));
	size_t n = 0, round, steps;
	uint64_t times = 1;

	if (strncmp(function, "fuzz_", 5) != 0)
		abort();
	if (run_engine(t))
		return;

	if (!in || (factor && util_parse_u64(factor, 10, 1000000, &times) < 0))
		abort();
	for (; n < FUZZ_MAX_SEEDS && t->seeds[n].data; n++)
		run_one(t, t->seeds[n].data, t->seeds[n].len, true, &r);
	run_corpus(t, function + 5);
	for (round = 0; round < t->rounds * times; round++) {
		const struct fuzz_seed *seed = &t->seeds[fuzz_below(&r, n)];

		in->len = seed->len;
		memcpy(in->data, seed->data, seed->len);
		for (steps = 1 + fuzz_below(&r, MAX_STEPS); steps > 0; steps--)
			mutate(in, t, &r);
		run_one(t, in->data, in->len, false, &r);
	}
}
