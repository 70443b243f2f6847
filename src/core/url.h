/*
 * url.h
 *		Percent-encoding and the canonical query (src/README.md, The service).
 *
 * The bytes that are signed must be the bytes that are sent, so this is the
 * only place that encodes: what it makes goes into the string to sign and,
 * unchanged, into the URL.
 */
#ifndef TUYA_URL_H
#define TUYA_URL_H

#include "buf.h"

/* No byte becomes more than %XY. */
#define ENCODED_BYTES_PER_BYTE 3

typedef struct TuyaParam
{
	const char *name;			/* UTF-8, not encoded; not owned */
	const char *value;			/* UTF-8, not encoded; not owned */
} TuyaParam;

/*
 * Appends the percent-encoded form of len bytes: A-Z a-z 0-9 - _ . ~ stay,
 * everything else becomes %XY in upper case.  False if the buffer refused.
 */
extern bool tuya_url_append_encoded(TuyaBuf *out, const char *bytes, size_t len);

/*
 * Sorts params by name in byte order, in place, and appends
 * name=value&name=value..., both encoded.  Names must be distinct.
 */
extern bool tuya_url_append_query(TuyaBuf *out, TuyaParam *params, size_t nparams);

/*
 * Appends the bytes that a percent-encoded text stands for.  '+' is a plus.
 * False if the text has a malformed escape or encodes a NUL, or the buffer
 * refused (then its status is set).
 */
extern bool tuya_url_append_decoded(TuyaBuf *out, const char *encoded, size_t len);

#endif							/* TUYA_URL_H */
