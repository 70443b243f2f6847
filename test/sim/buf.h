/*
 * buf.h
 *		A growable byte buffer that is filled at the end and consumed at the
 *		front.  Running out of memory ends the program.
 */
#ifndef SIM_BUF_H
#define SIM_BUF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Buf
{
	char	   *store;			/* what was allocated */
	size_t		start;			/* bytes already consumed */
	size_t		len;			/* bytes held, from start on */
	size_t		cap;
} Buf;

/* The bytes held; not terminated unless buf_cstr() was called. */
static inline char *
buf_data(const Buf *buf)
{
	static char nothing[1];

	return buf->store ? buf->store + buf->start : nothing;
}

/* Room for n more bytes behind those held; buf_added() takes them in. */
char	   *buf_room(Buf *buf, size_t n);
void		buf_added(Buf *buf, size_t n);

void		buf_append(Buf *buf, const void *bytes, size_t n);
void		buf_puts(Buf *buf, const char *text);
void		buf_putc(Buf *buf, char c);
void		buf_printf(Buf *buf, const char *format,...)
			__attribute__((format(printf, 2, 3)));
void		buf_consume(Buf *buf, size_t n);
void		buf_clear(Buf *buf);
void		buf_free(Buf *buf);

/* The bytes held as a C string, valid until the next change. */
char	   *buf_cstr(Buf *buf);

/* The whole of a file; false, and nothing appended, if it cannot be read. */
bool		buf_read_file(Buf *buf, const char *path);

/* malloc and friends that never return NULL. */
void	   *sim_alloc(size_t n);
char	   *sim_strndup(const char *text, size_t n);

#endif
