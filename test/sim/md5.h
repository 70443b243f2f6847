/*
 * md5.h
 *		What the rules draw from.
 */
#ifndef SIM_MD5_H
#define SIM_MD5_H

#include <stddef.h>
#include <stdint.h>

#include "table.h"

#define MD5_BYTES 16

void		md5(const void *bytes, size_t len, unsigned char digest[MD5_BYTES]);

/* Digits first to last (from 1) of the digest's hexadecimal form. */
uint64_t	md5_digits(const unsigned char digest[MD5_BYTES], int first, int last);

/* 128 bits of MD5, for the set of nonces, and for tokens. */
Digest		digest_of(const void *bytes, size_t len);

#endif
