/*
 * buf.c
 *		A growable byte buffer.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *
sim_alloc(size_t n)
{
	void	   *p = calloc(1, n ? n : 1);

	if (!p)
	{
		fputs("tuya_sim: out of memory\n", stderr);
		abort();
	}
	return p;
}

char *
sim_strndup(const char *text, size_t n)
{
	char	   *copy = sim_alloc(n + 1);

	memcpy(copy, text, n);
	return copy;
}

static void
buf_grow(Buf *buf, size_t need)
{
	size_t		cap = buf->cap ? buf->cap : 256;
	char	   *store;

	while (cap < need)
		cap *= 2;
	store = realloc(buf->store, cap);
	if (!store)
	{
		fputs("tuya_sim: out of memory\n", stderr);
		abort();
	}
	buf->store = store;
	buf->cap = cap;
}

char *
buf_room(Buf *buf, size_t n)
{
	if (buf->start + buf->len + n > buf->cap || !buf->store)
	{
		/* moving down costs no more than what was consumed paid for */
		if (buf->start >= buf->len && buf->start > 0)
		{
			memmove(buf->store, buf->store + buf->start, buf->len);
			buf->start = 0;
		}
		if (buf->start + buf->len + n > buf->cap || !buf->store)
			buf_grow(buf, buf->start + buf->len + n);
	}
	return buf->store + buf->start + buf->len;
}

void
buf_added(Buf *buf, size_t n)
{
	buf->len += n;
}

void
buf_append(Buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(buf, n), bytes, n);
	buf->len += n;
}

void
buf_puts(Buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void
buf_putc(Buf *buf, char c)
{
	buf_append(buf, &c, 1);
}

void
buf_printf(Buf *buf, const char *format,...)
{
	va_list		args;
	int			n;
	char	   *room = buf_room(buf, 128);

	va_start(args, format);
	n = vsnprintf(room, 128, format, args);
	va_end(args);
	if (n >= 128)
	{
		room = buf_room(buf, (size_t) n + 1);
		va_start(args, format);
		vsnprintf(room, (size_t) n + 1, format, args);
		va_end(args);
	}
	if (n > 0)
		buf->len += (size_t) n;
}

void
buf_consume(Buf *buf, size_t n)
{
	buf->start += n;
	buf->len -= n;
	if (buf->len == 0)
		buf->start = 0;
}

void
buf_clear(Buf *buf)
{
	buf->start = 0;
	buf->len = 0;
}

void
buf_free(Buf *buf)
{
	free(buf->store);
	memset(buf, 0, sizeof *buf);
}

char *
buf_cstr(Buf *buf)
{
	*buf_room(buf, 1) = '\0';
	return buf_data(buf);
}

bool
buf_read_file(Buf *buf, const char *path)
{
	FILE	   *file = fopen(path, "rb");
	size_t		before = buf->len;
	size_t		n;
	bool		ok;

	if (!file)
		return false;
	while ((n = fread(buf_room(buf, 65536), 1, 65536, file)) > 0)
		buf_added(buf, n);
	ok = !ferror(file);
	fclose(file);
	if (!ok)
		buf->len = before;
	return ok;
}
