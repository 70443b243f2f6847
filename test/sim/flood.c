/*
 * flood.c
 *		Header lines without meaning.
 */
#include "flood.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FRAME_HEADERS 1
#define FRAME_CONTINUATION 9

void
flood_name(char name[FLOOD_NAME_BYTES], int64_t i)
{
	snprintf(name, FLOOD_NAME_BYTES, "x-flood-%" PRId64, i);
}

const char *
flood_value(void)
{
	static char value[FLOOD_VALUE_BYTES + 1];

	if (!value[0])
		memset(value, 'x', FLOOD_VALUE_BYTES);
	return value;
}

void
flood_line(Buf *out, int64_t i)
{
	buf_printf(out, "X-Flood-%" PRId64 ": ", i);
	buf_append(out, flood_value(), FLOOD_VALUE_BYTES);
	buf_puts(out, "\r\n");
}

/*
 * HPACK literals without indexing, which leave both sides' tables alone, so
 * that nghttp2 need not know of them (RFC 7541, 5.1 and 6.2.2).
 */
static void
put_literal(Buf *block, int64_t i)
{
	char		name[FLOOD_NAME_BYTES];
	unsigned	rest = FLOOD_VALUE_BYTES - 0x7f;

	flood_name(name, i);
	buf_putc(block, 0);
	buf_putc(block, (char) strlen(name));
	buf_puts(block, name);
	buf_putc(block, 0x7f);
	buf_putc(block, (char) (0x80 | (rest & 0x7f)));
	buf_putc(block, (char) (rest >> 7));
	buf_append(block, flood_value(), FLOOD_VALUE_BYTES);
}

static void
put_number(Buf *out, uint32_t number, int bytes)
{
	while (bytes-- > 0)
		buf_putc(out, (char) (number >> (8 * bytes) & 0xff));
}

void
flood_frame(Buf *out, int32_t stream, int64_t i, int status)
{
	static Buf	block;

	buf_clear(&block);
	/* 8 is :status in the static table */
	if (i == 0)
		buf_printf(&block, "\x08\x03%03d", status);
	put_literal(&block, i);
	put_number(out, (uint32_t) block.len, 3);
	put_number(out, i == 0 ? FRAME_HEADERS : FRAME_CONTINUATION, 1);
	put_number(out, 0, 1);
	put_number(out, (uint32_t) stream, 4);
	buf_append(out, buf_data(&block), block.len);
}
