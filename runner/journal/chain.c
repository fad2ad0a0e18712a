/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal/chain.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include "base/crc32c.h"

#define DIGITS 8
#define SUM_KEY ",\"sum\":\""
#define SUM_END "\"}"
#define SUM_VALUE (3 * DIGITS + 2)
#define SUM_SIZE (sizeof(SUM_KEY) - 1 + SUM_VALUE + sizeof(SUM_END) - 1)

void chain_begin(struct chain *c)
{
	*c = (struct chain){ .version = CHAIN_VERSION };
	if (getrandom(&c->id, sizeof(c->id), GRND_NONBLOCK) != sizeof(c->id))
		c->id = (uint32_t)util_now_us();
}

int chain_seal(const struct chain *c, char **text, size_t *len)
{
	const size_t body = *len - 1; /* without the brace */
	char *grown = realloc(*text, body + SUM_SIZE + 1);
	size_t n;

	if (!grown)
		return -ENOMEM;
	*text = grown;
	util_format(grown + body, SUM_SIZE + 1, SUM_KEY "%08x.%08x.", c->id, c->last);
	n = body + sizeof(SUM_KEY) - 1 + 2 * (DIGITS + 1);
	util_format(grown + n, DIGITS + sizeof(SUM_END), "%08x" SUM_END, crc32c_add(0, grown, n));
	*len = n + DIGITS + sizeof(SUM_END) - 1;
	return 0;
}

/* Digits as chain_seal() writes them. */
static bool parse_digits(const char *s, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";
	int i;

	*out = 0;
	for (i = 0; i < DIGITS; i++) {
		const char *digit = s[i] ? strchr(digits, s[i]) : NULL;

		if (!digit)
			return false;
		*out = *out << 4 | (uint32_t)(digit - digits);
	}
	return true;
}

bool chain_parse(const char *line, size_t len, struct chain_sum *sum)
{
	const char *s = line + len - SUM_SIZE, *value = s + sizeof(SUM_KEY) - 1;

	if (len < SUM_SIZE || memcmp(s, SUM_KEY, sizeof(SUM_KEY) - 1) != 0 ||
	    memcmp(value + SUM_VALUE, SUM_END, sizeof(SUM_END) - 1) != 0 || value[DIGITS] != '.' ||
	    value[2 * DIGITS + 1] != '.' || !parse_digits(value, &sum->id) ||
	    !parse_digits(value + DIGITS + 1, &sum->before) ||
	    !parse_digits(value + 2 * (DIGITS + 1), &sum->own))
		return false;
	sum->intact = crc32c_add(0, line, (size_t)(value + 2 * (DIGITS + 1) - line)) == sum->own;
	return true;
}
