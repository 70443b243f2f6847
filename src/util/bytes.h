/*
 * bytes.h
 *		Hash tables by strings of bytes of any length.
 */
#ifndef TUYA_BYTES_H
#define TUYA_BYTES_H

#include "postgres.h"

#include "utils/hsearch.h"

/* The first member of an entry; the bytes are the caller's and must stay. */
typedef struct TuyaBytes
{
	const char *data;
	size_t		len;
} TuyaBytes;

/* In the current memory context. */
extern TuyaBytes tuya_bytes_copy(TuyaBytes bytes);

/* Entries begin with their TuyaBytes; memory is a child of cxt. */
extern HTAB *tuya_bytes_create(const char *name, Size entrysize, MemoryContext cxt);

#endif							/* TUYA_BYTES_H */
