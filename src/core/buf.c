/*
 * buf.c
 *		Bounded byte buffer; see buf.h.
 *
 * What always holds: either alloc is 0 and data is the shared empty string,
 * which is never written, or data is malloc's, has alloc > len bytes, and
 * data[len] is NUL.
 */
#include "buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Holds most parameters, and the signature, without growing. */
#define BUF_ALLOC_BYTES_MIN 64

static char empty[1] = "";

/*
 * A call through a volatile pointer is one the compiler cannot drop, however
 * clear it is that nobody reads the bytes any more.
 */
static void *(*const volatile overwrite) (void *, int, size_t) = memset;

static bool
fail(TuyaBuf *buf, TuyaBufStatus status)
{
	if (buf->status == TUYA_BUF_OK)
		buf->status = status;
	return false;
}

/* Twice what is there, to make appending linear; never more than the cap needs. */
static size_t
next_alloc(const TuyaBuf *buf, size_t needed)
{
	size_t		most = buf->max < SIZE_MAX ? buf->max + 1 : SIZE_MAX;
	size_t		alloc = buf->alloc <= most / 2 ? buf->alloc * 2 : most;

	if (alloc < BUF_ALLOC_BYTES_MIN)
		alloc = BUF_ALLOC_BYTES_MIN;
	if (alloc < needed)
		alloc = needed;
	return alloc < most ? alloc : most;
}

void
tuya_buf_init(TuyaBuf *buf, size_t max)
{
	buf->data = empty;
	buf->len = 0;
	buf->alloc = 0;
	buf->max = max;
	buf->status = TUYA_BUF_OK;
}

void
tuya_buf_free(TuyaBuf *buf)
{
	if (buf->alloc > 0)
		free(buf->data);
	tuya_buf_init(buf, buf->max);
}

void
tuya_buf_free_secret(TuyaBuf *buf)
{
	if (buf->alloc > 0)
		overwrite(buf->data, 0, buf->alloc);
	tuya_buf_free(buf);
}

void
tuya_buf_empty_secret(TuyaBuf *buf)
{
	if (buf->alloc > 0)
		overwrite(buf->data, 0, buf->len + 1);
	buf->len = 0;
	buf->status = TUYA_BUF_OK;
}

bool
tuya_buf_reserve(TuyaBuf *buf, size_t len)
{
	size_t		alloc;
	char	   *data;

	if (buf->status != TUYA_BUF_OK)
		return false;
	/* the second clause: under a cap of SIZE_MAX a NUL must fit, too */
	if (len > buf->max - buf->len || len >= SIZE_MAX - buf->len)
		return fail(buf, TUYA_BUF_TOO_LARGE);
	if (len < buf->alloc - buf->len)
		return true;

	alloc = next_alloc(buf, buf->len + len + 1);
	data = realloc(buf->alloc > 0 ? buf->data : NULL, alloc);
	if (data == NULL)
		return fail(buf, TUYA_BUF_NO_MEMORY);
	data[buf->len] = '\0';
	buf->data = data;
	buf->alloc = alloc;
	return true;
}

bool
tuya_buf_append(TuyaBuf *buf, const void *data, size_t len)
{
	if (buf->status != TUYA_BUF_OK)
		return false;
	if (len == 0)
		return true;			/* data may be NULL */
	if (!tuya_buf_reserve(buf, len))
		return false;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

bool
tuya_buf_append_str(TuyaBuf *buf, const char *str)
{
	return tuya_buf_append(buf, str, strlen(str));
}

bool
tuya_buf_append_char(TuyaBuf *buf, char c)
{
	return tuya_buf_append(buf, &c, 1);
}

void
tuya_buf_set_end(TuyaBuf *buf, const char *end)
{
	buf->len = (size_t) (end - buf->data);
	buf->data[buf->len] = '\0';
}
