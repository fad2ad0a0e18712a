/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a transfer may be, and what its streams carry. */
#include "wire/transfer.h"

#include <errno.h>
#include <string.h>

static bool transfer_is_tcp(const struct transfer_config *c)
{
	return c->role == TRANSFER_TCP_SERVER || c->role == TRANSFER_TCP_CLIENT;
}

static bool transfer_has_family(const struct ip_address *a)
{
	return a->family == IP_V4 || a->family == IP_V6;
}

int transfer_check(const struct transfer_config *c)
{
	const unsigned int most = transfer_is_tcp(c) ? TRANSFER_MAX_STREAMS : TRANSFER_MAX_SOCKETS;

	if (c->role < TRANSFER_TCP_SERVER || c->role > TRANSFER_PING || c->ifname[0] == '\0' ||
	    !memchr(c->ifname, '\0', sizeof(c->ifname)))
		return -EINVAL;
	if (!transfer_has_family(&c->local) || c->remote.family != c->local.family)
		return -EINVAL;
	if (c->streams == 0 || c->streams > most || c->timeout_ms > TRANSFER_MAX_MS ||
	    c->port == 0 || c->port > UINT16_MAX - TRANSFER_MAX_SOCKETS)
		return -EINVAL;
	return transfer_is_tcp(c) || (c->size >= 16 && c->size <= TRANSFER_MAX_SIZE) ? 0 : -EINVAL;
}

void transfer_end(struct transfer_state *s, int err, const char *doing)
{
	if (s->error == 0 && err < 0) {
		s->error = err;
		util_strlcpy(s->doing, sizeof(s->doing), doing);
	}
	/* Whoever looks on must find the rest in place. */
	__atomic_store_n(&s->phase, TRANSFER_DONE, __ATOMIC_RELEASE);
}

void transfer_run(const struct transfer_config *c, struct transfer_state *s)
{
	int ret = transfer_check(c);

	if (ret < 0)
		transfer_end(s, ret, "configuring");
	else if (transfer_is_tcp(c))
		transfer_run_tcp(c, s);
	else
		transfer_run_messages(c, s);
}

/*
 * The word at a place: a counter whose bits are mixed by the finalizer of splitmix64 (Steele, Lea,
 * Flood: Fast splittable pseudorandom number generators, 2014), so that any word can be made
 * without those before it.
 */
static uint64_t transfer_word(uint64_t key, uint64_t index)
{
	uint64_t z = key + index * 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t transfer_key(uint32_t seed, unsigned int stream)
{
	return (uint64_t)seed << 32 | stream;
}

void transfer_fill(uint8_t *buf, size_t len, uint32_t seed, unsigned int stream, uint64_t pos)
{
	const uint64_t key = transfer_key(seed, stream);

	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word = transfer_word(key, (pos + i) / 8);

		memcpy(buf + i, &word, sizeof(word));
	}
}

static uint64_t transfer_first_wrong(const uint8_t *buf, uint64_t word, uint64_t pos, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (buf[i] != (uint8_t)(word >> 8 * ((pos + i) % 8)))
			return pos + i;
	return TRANSFER_NOWHERE;
}

uint64_t transfer_compare(const uint8_t *buf, size_t len, uint32_t seed, unsigned int stream,
			  uint64_t pos)
{
	const uint64_t key = transfer_key(seed, stream);
	uint64_t wrong = TRANSFER_NOWHERE;

	for (size_t i = 0, n; i < len && wrong == TRANSFER_NOWHERE; i += n) {
		const size_t rest = 8 - (pos + i) % 8;
		const uint64_t word = transfer_word(key, (pos + i) / 8);
		uint64_t got;

		n = rest < len - i ? rest : len - i;
		if (n == 8)
			memcpy(&got, buf + i, sizeof(got));
		if (n < 8 || got != word)
			wrong = transfer_first_wrong(buf + i, word, pos + i, n);
	}
	return wrong;
}
