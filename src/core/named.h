/*
 * named.h
 *		Bytes with their name behind them, so that a hash of names need not tell them apart.
 *
 * A name is a string of bytes of any length.  Behind it stands its length, in whatever
 * alignment: so no name is mistaken for the end of a longer one.
 */
#ifndef TUYA_NAMED_H
#define TUYA_NAMED_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes that many have with a name of that length. */
extern size_t tuya_named_len(size_t len, size_t name_len);

/* Writes tuya_named_len() bytes there. */
extern void tuya_named_write(char *to, const char *bytes, size_t len, const char *name,
							 size_t name_len);

/*
 * Takes *len bytes that tuya_named_write() wrote; *len becomes how many they are without the
 * name.  False if it is another one.
 */
extern bool tuya_named_is(const char *named, size_t *len, const char *name, size_t name_len);

#endif							/* TUYA_NAMED_H */
