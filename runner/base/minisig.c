/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/minisig.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define ALGORITHM "Ed" /* of a key, and of a signature over the data itself */
#define PREHASHED "ED"
#define CHECKSUM "B2"
#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define TEXT_SIZE 1024 /* of a file without its comments */

struct packed_public {
	uint8_t algorithm[2];
	struct minisig_public key;
} __attribute__((packed));

struct packed_secret {
	uint8_t algorithm[2];
	uint8_t kdf[2]; /* zeros: no password */
	uint8_t checksum_algorithm[2];
	uint8_t salt[32];
	uint8_t ops_limit[8], memory_limit[8];
	struct minisig_secret key;
	uint8_t checksum[32]; /* BLAKE2b of algorithm and key; zeros without a password */
} __attribute__((packed));

struct packed_signature {
	uint8_t algorithm[2];
	uint8_t id[8];
	uint8_t bytes[crypto_sign_BYTES];
} __attribute__((packed));

/* Also signed along with the trusted comment. */
struct global {
	uint8_t signature[crypto_sign_BYTES];
	char comment[MINISIG_TRUSTED];
};

/* The line at *@text, without its end, which *@text is moved behind. NULL: there is none. */
static const char *next_line(const char **text, size_t *len)
{
	const char *line = *text;

	if (!line || !*line)
		return NULL;
	*len = strcspn(line, "\n");
	*text = line + *len + (line[*len] == '\n');
	while (*len > 0 && line[*len - 1] == '\r')
		(*len)--;
	return line;
}

/* The next line as base64 of exactly @size bytes. */
static bool next_bytes(const char **text, void *bytes, size_t size)
{
	const char *end;
	size_t len, got;
	const char *line = next_line(text, &len);

	return line &&
	       sodium_base642bin(bytes, size, line, len, NULL, &got, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == size && end == line + len;
}

/* The next line is a comment that begins with @mark; what is behind that in @comment, if not NULL.
 */
static bool next_comment(const char **text, const char *mark, char *comment, size_t size)
{
	size_t len;
	const char *line = next_line(text, &len);
	const size_t mark_len = strlen(mark);

	if (!line || len < mark_len || strncmp(line, mark, mark_len) != 0)
		return false;
	if (!comment)
		return true;
	if (len - mark_len >= size)
		return false;
	memcpy(comment, line + mark_len, len - mark_len);
	comment[len - mark_len] = '\0';
	return true;
}

static void to_base64(const void *bytes, size_t size, char text[TEXT_SIZE])
{
	sodium_bin2base64(text, TEXT_SIZE, bytes, size, sodium_base64_VARIANT_ORIGINAL);
}

int minisig_make(struct minisig_secret *secret)
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];

	if (sodium_init() < 0)
		return -EIO;
	randombytes_buf(secret->id, sizeof(secret->id));
	return crypto_sign_keypair(public, secret->key) == 0 ? 0 : -EIO;
}

void minisig_wipe(struct minisig_secret *secret)
{
	sodium_memzero(secret, sizeof(*secret));
}

void minisig_get_public(const struct minisig_secret *secret, struct minisig_public *key)
{
	memcpy(key->id, secret->id, sizeof(key->id));
	memcpy(key->key, secret->key + 32, sizeof(key->key));
}

/* minisign takes it for a little-endian number. */
void minisig_format_id(const uint8_t id[8], char text[MINISIG_ID_TEXT])
{
	util_format(text, MINISIG_ID_TEXT, "%02X%02X%02X%02X%02X%02X%02X%02X", id[7], id[6], id[5],
		    id[4], id[3], id[2], id[1], id[0]);
}

static const char *find_fault(const struct packed_secret *p)
{
	uint8_t seed[crypto_sign_SEEDBYTES], public[32], secret[64];
	bool damaged;

	if (memcmp(p->algorithm, ALGORITHM, 2) != 0 ||
	    memcmp(p->checksum_algorithm, CHECKSUM, 2) != 0)
		return "it is a secret key of an unknown kind";
	if (p->kdf[0] || p->kdf[1])
		return "the secret key has a password: make one without (minisign -G -W)";
	/* Its second half must be the public key of its first: a signature would give it away. */
	crypto_sign_ed25519_sk_to_seed(seed, p->key.key);
	damaged = crypto_sign_seed_keypair(public, secret, seed) != 0 ||
		  sodium_memcmp(secret, p->key.key, sizeof(secret)) != 0;
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	return damaged ? "the secret key is damaged: its two halves do not belong together" : NULL;
}

int minisig_parse_secret(const char *text, struct minisig_secret *secret, const char **why)
{
	struct packed_secret p;

	*why = "it is no secret key of minisign";
	if (sodium_init() < 0 || !next_comment(&text, UNTRUSTED, NULL, 0) ||
	    !next_bytes(&text, &p, sizeof(p)))
		return -EBADMSG;
	*why = find_fault(&p);
	if (!*why)
		*secret = p.key;
	sodium_memzero(&p, sizeof(p));
	return *why ? -EBADMSG : 0;
}

int minisig_parse_public(const char *text, struct minisig_public *key, const char **why)
{
	struct packed_public p;

	*why = "it is no public key of minisign";
	if (!next_comment(&text, UNTRUSTED, NULL, 0) || !next_bytes(&text, &p, sizeof(p)) ||
	    memcmp(p.algorithm, ALGORITHM, 2) != 0)
		return -EBADMSG;
	*key = p.key;
	return 0;
}

static char *format(const char *what, const uint8_t id[8], const void *bytes, size_t size)
{
	char encoded[TEXT_SIZE], name[MINISIG_ID_TEXT];
	char *text = NULL;

	minisig_format_id(id, name);
	to_base64(bytes, size, encoded);
	if (asprintf(&text, UNTRUSTED "%s %s\n%s\n", what, name, encoded) < 0)
		text = NULL;
	sodium_memzero(encoded, sizeof(encoded));
	return text;
}

char *minisig_format_secret(const struct minisig_secret *secret)
{
	struct packed_secret p = { .algorithm = ALGORITHM,
				   .checksum_algorithm = CHECKSUM,
				   .key = *secret };
	char *text = format("vfproof secret key", secret->id, &p, sizeof(p));

	sodium_memzero(&p, sizeof(p));
	return text;
}

char *minisig_format_public(const struct minisig_public *key)
{
	const struct packed_public p = { ALGORITHM, *key };

	return format("vfproof public key", key->id, &p, sizeof(p));
}

static bool hash(const void *data, size_t len, uint8_t sum[64])
{
	return crypto_generichash(sum, 64, data, len, NULL, 0) == 0;
}

/* What the second signature is of. Returns its length. */
static size_t join(struct global *g, const uint8_t *signature, const char *comment)
{
	memcpy(g->signature, signature, sizeof(g->signature));
	util_strlcpy(g->comment, sizeof(g->comment), comment);
	return sizeof(g->signature) + strlen(g->comment);
}

char *minisig_sign(const struct minisig_secret *secret, const void *data, size_t len,
		   const char *trusted)
{
	struct packed_signature p = { .algorithm = PREHASHED };
	uint8_t sum[64], all[crypto_sign_BYTES];
	char first[TEXT_SIZE], second[TEXT_SIZE], id[MINISIG_ID_TEXT];
	struct global g;
	char *text = NULL;

	if (sodium_init() < 0 || strlen(trusted) >= sizeof(g.comment) || strchr(trusted, '\n') ||
	    !hash(data, len, sum) ||
	    crypto_sign_detached(p.bytes, NULL, sum, sizeof(sum), secret->key) != 0)
		return NULL;
	memcpy(p.id, secret->id, sizeof(p.id));
	if (crypto_sign_detached(all, NULL, (uint8_t *)&g, join(&g, p.bytes, trusted),
				 secret->key) != 0)
		return NULL;
	minisig_format_id(p.id, id);
	to_base64(&p, sizeof(p), first);
	to_base64(all, sizeof(all), second);
	if (asprintf(&text, UNTRUSTED "signature by vfproof, key %s\n%s\n" TRUSTED "%s\n%s\n", id,
		     first, trusted, second) < 0)
		return NULL;
	return text;
}

/* True if both signatures are the key's. */
static bool is_by(const struct minisig_public *key, const struct packed_signature *p,
		  const void *data, size_t len, const char *comment, const uint8_t *all)
{
	struct global g;
	uint8_t sum[64];
	size_t size;

	if (memcmp(p->algorithm, PREHASHED, 2) == 0) {
		if (!hash(data, len, sum))
			return false;
		data = sum;
		len = sizeof(sum);
	}
	if (crypto_sign_verify_detached(p->bytes, data, len, key->key) != 0)
		return false;
	size = join(&g, p->bytes, comment);
	return crypto_sign_verify_detached(all, (uint8_t *)&g, size, key->key) == 0;
}

enum minisig_state minisig_verify(const struct minisig_public *key, const char *signature,
				  const void *data, size_t len, char trusted[MINISIG_TRUSTED],
				  char id[MINISIG_ID_TEXT])
{
	struct packed_signature p;
	uint8_t all[crypto_sign_BYTES];
	char comment[MINISIG_TRUSTED];

	trusted[0] = id[0] = '\0';
	if (sodium_init() < 0 || !next_comment(&signature, UNTRUSTED, NULL, 0) ||
	    !next_bytes(&signature, &p, sizeof(p)) ||
	    (memcmp(p.algorithm, ALGORITHM, 2) != 0 && memcmp(p.algorithm, PREHASHED, 2) != 0) ||
	    !next_comment(&signature, TRUSTED, comment, sizeof(comment)) ||
	    !next_bytes(&signature, all, sizeof(all)))
		return MINISIG_NONE;
	minisig_format_id(p.id, id);
	if (memcmp(p.id, key->id, sizeof(p.id)) != 0)
		return MINISIG_OTHER_KEY;
	if (!is_by(key, &p, data, len, comment, all))
		return MINISIG_BAD;
	util_strlcpy(trusted, MINISIG_TRUSTED, comment);
	return MINISIG_GOOD;
}
