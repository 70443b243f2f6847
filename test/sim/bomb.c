/*
 * bomb.c
 *		Compression bombs: a megabyte of spaces is compressed once, into a
 *		block that ends on a byte and refers to nothing before it, and that
 *		block is repeated.
 */
#include "bomb.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "counters.h"

#define MEGABYTE 1048576

/* A piece of a gzip body, with what its trailer needs to know of it. */
typedef struct Piece
{
	Buf			packed;
	uLong		crc;
	size_t		len;
} Piece;

static void
pack(Piece *piece, const char *bytes, size_t len)
{
	z_stream	stream = {0};
	size_t		bound;

	if (deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	bound = deflateBound(&stream, len) + 16;
	stream.next_in = (Bytef *) bytes;
	stream.avail_in = (uInt) len;
	stream.next_out = (Bytef *) buf_room(&piece->packed, bound);
	stream.avail_out = (uInt) bound;
	if (deflate(&stream, Z_FULL_FLUSH) != Z_OK || stream.avail_in > 0)
		abort();
	buf_added(&piece->packed, bound - stream.avail_out);
	deflateEnd(&stream);
	piece->crc = crc32(crc32(0, NULL, 0), (const Bytef *) bytes, (uInt) len);
	piece->len = len;
}

static const Piece *
megabyte_of_spaces(void)
{
	static Piece piece;

	if (piece.len == 0)
	{
		char	   *spaces = sim_alloc(MEGABYTE);

		memset(spaces, ' ', MEGABYTE);
		pack(&piece, spaces, MEGABYTE);
		free(spaces);
	}
	return &piece;
}

static void
add_piece(Piece *whole, const Piece *piece)
{
	buf_append(&whole->packed, buf_data(&piece->packed), piece->packed.len);
	whole->crc = crc32_combine(whole->crc, piece->crc, (z_off_t) piece->len);
	whole->len += piece->len;
}

static void
put_little_endian(Buf *out, uint32_t number)
{
	for (int shift = 0; shift < 32; shift += 8)
		buf_putc(out, (char) (number >> shift & 0xff));
}

void
reply_bomb(Exchange *ex, int64_t megabytes)
{
	Piece		whole = {.crc = crc32(0, NULL, 0)};
	Piece		json = {0};

	pack(&json, buf_data(&ex->body), ex->body.len);
	buf_append(&whole.packed, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	for (int64_t i = 0; i < megabytes / 2; i++)
		add_piece(&whole, megabyte_of_spaces());
	add_piece(&whole, &json);
	for (int64_t i = megabytes / 2; i < megabytes; i++)
		add_piece(&whole, megabyte_of_spaces());
	/* the last block, which is empty */
	buf_append(&whole.packed, "\x03\0", 2);
	put_little_endian(&whole.packed, (uint32_t) whole.crc);
	put_little_endian(&whole.packed, (uint32_t) whole.len);
	buf_free(&json.packed);
	buf_free(&ex->body);
	ex->body = whole.packed;
	buf_puts(&ex->headers, "Content-Encoding: gzip\r\n");
	count.gzip_replies++;
}
