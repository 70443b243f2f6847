/*
 * slow.h
 *		Encoding and signing once more, by the book and without regard to speed.
 *
 * Written from src/README.md, RFC 3986, FIPS 180-4, RFC 2104 and RFC 4648, and shares
 * nothing with src/core or OpenSSL.  Texts are to be freed.
 */
#ifndef SLOW_H
#define SLOW_H

#include <stddef.h>
#include <stdint.h>

#define SLOW_SHA1_BYTES 20

/* Percent-encoded. */
extern char *slow_encode(const char *text);

/* Decoded; NULL if an escape is malformed or encodes a NUL. */
extern char *slow_decode(const char *encoded, size_t len);

extern char *slow_base64(const uint8_t *bytes, size_t len);
extern void slow_hmac_sha1(const uint8_t *key, size_t key_len, const uint8_t *text, size_t len,
						   uint8_t digest[SLOW_SHA1_BYTES]);

/* The signature of a string to sign. */
extern char *slow_signature(const char *secret, const char *string_to_sign);

/* The parts, one after the other; the last is NULL. */
extern char *slow_join(const char *first,...) __attribute__((sentinel));

#endif							/* SLOW_H */
