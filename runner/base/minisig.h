/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and signatures in the formats of minisign (https://jedisct1.github.io/minisign/, "Signature
 * format", "Public key format", "Secret key format"): Ed25519 over the BLAKE2b-512 of the data
 * ("ED"), or over the data itself ("Ed"). What is parsed is not trusted.
 */
#ifndef VFPROOF_BASE_MINISIG_H
#define VFPROOF_BASE_MINISIG_H

#include "base/util.h"

#define MINISIG_ID_TEXT 17 /* room for a key's ID: 16 hexadecimal digits, as minisign prints it */
#define MINISIG_TRUSTED 512 /* room for a trusted comment */
#define MINISIG_MAX_SIZE 8192 /* of any file in one of the formats */

struct minisig_public {
	uint8_t id[8];
	uint8_t key[32];
};

struct minisig_secret {
	uint8_t id[8];
	uint8_t key[64]; /* seed and public key */
};

/* Makes a key. Returns 0 or -errno. */
int minisig_make(struct minisig_secret *secret) must_check;
/* Overwrites it: to be called for each that was made or parsed. */
void minisig_wipe(struct minisig_secret *secret);
void minisig_get_public(const struct minisig_secret *secret, struct minisig_public *key);
void minisig_format_id(const uint8_t id[8], char text[MINISIG_ID_TEXT]);

/*
 * The key in @text, a file's. Return 0, or -EBADMSG with what is wrong in @why (a literal). A
 * secret key must have no password (minisign -G -W).
 */
int minisig_parse_secret(const char *text, struct minisig_secret *secret,
			 const char **why) must_check;
int minisig_parse_public(const char *text, struct minisig_public *key, const char **why) must_check;
/* As a file. The caller frees, and overwrites the secret one before; NULL without memory. */
char *minisig_format_secret(const struct minisig_secret *secret) must_check;
char *minisig_format_public(const struct minisig_public *key) must_check;

/*
 * The signature of @data ("ED"), as a file. @trusted: a comment that is signed, one line, of less
 * than MINISIG_TRUSTED bytes. Caller frees; NULL if it cannot be made.
 */
char *minisig_sign(const struct minisig_secret *secret, const void *data, size_t len,
		   const char *trusted) must_check;

enum minisig_state {
	MINISIG_GOOD,
	MINISIG_NONE, /* this is no signature */
	MINISIG_OTHER_KEY, /* by another key: its ID is in @id */
	MINISIG_BAD, /* by this key, and not of this data */
};

/*
 * Checks the signature in the text @signature. @trusted gets its comment if it is good, else "";
 * @id the key that it says it is by, "" of none.
 */
enum minisig_state minisig_verify(const struct minisig_public *key, const char *signature,
				  const void *data, size_t len, char trusted[MINISIG_TRUSTED],
				  char id[MINISIG_ID_TEXT]) must_check;

#endif
