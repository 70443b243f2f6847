/*
 * buf.h
 *		Bounded byte buffer.
 *
 * A buffer is given its cap when it is made, so that no input, however long,
 * makes it grow past what its owner thought of.  The bytes are always followed
 * by a NUL that does not count.  Memory is malloc's; nothing here throws.
 *
 * A failed append leaves the buffer as it was, and is remembered: a caller may
 * append many times and look at "status" once, at the end.  Until then every
 * further append is refused, so that the bytes never have a hole.
 */
#ifndef TUYA_BUF_H
#define TUYA_BUF_H

#include <stdbool.h>
#include <stddef.h>

typedef enum TuyaBufStatus
{
	TUYA_BUF_OK,
	TUYA_BUF_TOO_LARGE,			/* the cap would be exceeded */
	TUYA_BUF_NO_MEMORY
} TuyaBufStatus;

typedef struct TuyaBuf
{
	char	   *data;			/* NUL-terminated; never NULL, "" while empty */
	size_t		len;			/* bytes, without the NUL */
	size_t		alloc;			/* bytes allocated, 0 while empty */
	size_t		max;			/* cap on len */
	TuyaBufStatus status;		/* first failure since init or reset */
} TuyaBuf;

/* Makes an empty buffer of at most max bytes.  Allocates nothing. */
extern void tuya_buf_init(TuyaBuf *buf, size_t max);

/* Frees the bytes and makes the buffer empty; the cap stays. */
extern void tuya_buf_free(TuyaBuf *buf);

/* As tuya_buf_free, but overwrites the bytes first: for what holds secrets. */
extern void tuya_buf_free_secret(TuyaBuf *buf);

/* As that, but keeps the memory, for a buffer that is filled again and again. */
extern void tuya_buf_empty_secret(TuyaBuf *buf);

/*
 * Makes room for len more bytes, so that appending as much does not move the
 * bytes: moving would leave a copy of a secret behind, in freed memory.
 */
extern bool tuya_buf_reserve(TuyaBuf *buf, size_t len);

/*
 * Ends the buffer there, after bytes that the caller has put into the room that it made:
 * from data + len on.
 */
extern void tuya_buf_set_end(TuyaBuf *buf, const char *end);

/* These return whether it worked, and set status when it did not. */
extern bool tuya_buf_append(TuyaBuf *buf, const void *data, size_t len);
extern bool tuya_buf_append_str(TuyaBuf *buf, const char *str);
extern bool tuya_buf_append_char(TuyaBuf *buf, char c);

#endif							/* TUYA_BUF_H */
