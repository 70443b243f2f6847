/*
 * sign.h
 *		Signing of requests (src/README.md, The service).
 *
 * Clock and nonce come from the caller.
 * The only includer of OpenSSL.
 */
#ifndef TUYA_SIGN_H
#define TUYA_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "url.h"

/* "2024-11-19T09:47:43Z" and its NUL */
#define TUYA_TIMESTAMP_SIZE 21

/*
 * Has OpenSSL do what it does once in a process: it looks up its algorithms, of
 * each kind all at once, and those that it had no memory for are unknown from then
 * on, also to libcurl.  So there must be SIGN_PREPARE_BYTES to be had.
 * False if something failed.
 */
#define SIGN_PREPARE_BYTES (4 * 1024 * 1024)

extern bool tuya_sign_prepare(void);

/* Writes the time, in seconds since 1970, as the API wants it: UTC, whole seconds. */
extern void tuya_sign_format_timestamp(int64_t unix_seconds, char out[TUYA_TIMESTAMP_SIZE]);

/* Appends "GET&%2F&" and the encoded canonical query. */
extern bool tuya_sign_append_string_to_sign(TuyaBuf *out, const char *canonical_query);

/*
 * One secret, ready to sign with; it has a copy of it.  NULL if out of memory, or if OpenSSL
 * failed: it has no other reason to fail here, except a policy that forbids SHA-1,
 * which the caller reports alike.
 */
typedef struct TuyaSigner TuyaSigner;

extern TuyaSigner *tuya_signer_create(const char *secret);

/* Overwrites the secret.  NULL is passed over. */
extern void tuya_signer_free(TuyaSigner *signer);

/*
 * Appends Base64(HMAC-SHA1(secret + "&", string_to_sign)), not percent-encoded.
 * False if the buffer refused or OpenSSL failed (then the buffer's status is
 * TUYA_BUF_NO_MEMORY).
 */
extern bool tuya_sign_append_signature(TuyaBuf *out, TuyaSigner *signer,
									   const char *string_to_sign);

/*
 * Appends the whole signed query: the canonical query of params, then
 * "&Signature=" and the encoded signature.  params must hold every parameter
 * but Signature; they are sorted in place.  What was computed on the way is
 * overwritten before it is freed.
 */
extern bool tuya_sign_append_query(TuyaBuf *out, TuyaParam *params, size_t nparams,
								   TuyaSigner *signer);

#endif							/* TUYA_SIGN_H */
