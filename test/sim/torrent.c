/*
 * torrent.c
 *		What comes without end instead of a reply.
 *
 * A torrent is a beginning and a piece that is repeated for ever, written past
 * the protocols, which only go on reading.
 */
#include "torrent.h"

#include <string.h>

#include "counters.h"
#include "settings.h"

/* Where it comes. */
typedef enum Place
{
	PLACE_HANDSHAKE, PLACE_TLS, PLACE_H1, PLACE_H2
} Place;

#define FRAME(length, type, flags, stream) \
	"\x00\x00" length type flags "\x00\x00\x00" stream
#define BYTES(text) {text, sizeof text - 1}

/* Of a reply over HTTP/2 on the first stream, whose :status is 8 in HPACK's table. */
#define H2_HEAD FRAME("\x01", "\x01", "\x04", "\x01") "\x88"
#define H1_HEAD "HTTP/1.1 200 OK\r\n"
#define LINE_BYTES_64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

typedef struct Bytes
{
	const char *data;
	size_t		len;
} Bytes;

typedef struct TorrentKind
{
	Place		place;
	Bytes		head;
	Bytes		piece;
} TorrentKind;

/* In the order of the setting's words. */
static const TorrentKind kinds[] = {
	[TORRENT_WINDOW_UPDATE] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x04", "\x08", "\x00", "\x00") "\x00\x00\x00\x01")},
	[TORRENT_EMPTY_DATA] = {PLACE_H2, BYTES(H2_HEAD), BYTES(FRAME("\x00", "\x00", "\x00", "\x01"))},
	[TORRENT_PRIORITY] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x05", "\x02", "\x00", "\x03") "\x00\x00\x00\x00\x10")},
	[TORRENT_PING] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x08", "\x06", "\x01", "\x00") "12345678")},
	[TORRENT_SETTINGS] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x00", "\x04", "\x00", "\x00"))},
	[TORRENT_RST_STREAM] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x04", "\x03", "\x00", "\x01") "\x00\x00\x00\x08")},
	[TORRENT_CONTINUATION] = {PLACE_H2, BYTES(FRAME("\x01", "\x01", "\x00", "\x01") "\x88"), BYTES(FRAME("\x00", "\x09", "\x00", "\x01"))},
	[TORRENT_HEADERS] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x01", "\x01", "\x04", "\x01") "\x88")},
	[TORRENT_UNKNOWN] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x00", "\x7f", "\x00", "\x00"))},
	[TORRENT_PUSH_PROMISE] = {PLACE_H2, BYTES(""), BYTES(FRAME("\x05", "\x05", "\x04", "\x01") "\x00\x00\x00\x02\x82")},
	[TORRENT_CONTINUE] = {PLACE_H1, BYTES(""), BYTES("HTTP/1.1 100 Continue\r\n\r\n")},
	[TORRENT_LINES] = {PLACE_H1, BYTES(H1_HEAD), BYTES("X-Torrent: x\r\n")},
	[TORRENT_LINE] = {PLACE_H1, BYTES(H1_HEAD "X-Torrent: "), BYTES(LINE_BYTES_64)},
	[TORRENT_CHUNK] = {PLACE_H1, BYTES(H1_HEAD "Transfer-Encoding: chunked\r\n\r\n1;x="), BYTES(LINE_BYTES_64)},
	[TORRENT_CHUNKS] = {PLACE_H1, BYTES(H1_HEAD "Transfer-Encoding: chunked\r\n\r\n"), BYTES("1\r\n \r\n")},
	[TORRENT_TRAILER] = {PLACE_H1, BYTES(H1_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"), BYTES("X-Torrent: x\r\n")},
	[TORRENT_CODED] = {PLACE_H1, BYTES(H1_HEAD "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\na\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\r\n"),
	BYTES("5\r\n\x00\x00\x00\xff\xff\r\n")},
	/* a message that a client in its handshake ignores */
	[TORRENT_HELLO] = {PLACE_HANDSHAKE, BYTES(""), BYTES("\x16\x03\x03\x00\x04\x00\x00\x00\x00")},
	[TORRENT_TICKETS] = {PLACE_TLS, BYTES(""), BYTES("")},
};

static bool
begins(Conn *conn, Place place)
{
	if (settings.torrent == TORRENT_NONE || kinds[settings.torrent].place != place)
		return false;
	torrent_begin(conn);
	return true;
}

void
torrent_begin(Conn *conn)
{
	const TorrentKind *kind = &kinds[settings.torrent];

	if (conn->torrent)
		return;
	count.torrents++;
	conn->torrent = (int) settings.torrent;
	buf_append(&conn->out, kind->head.data, kind->head.len);
}

bool
torrent_replaces_handshake(void)
{
	return settings.torrent != TORRENT_NONE && kinds[settings.torrent].place == PLACE_HANDSHAKE;
}

bool
torrent_replaces_reply(Exchange *ex)
{
	Conn	   *conn = ex->conn;

	if (conn->torrent)
		return true;
	return (conn->ssl && begins(conn, PLACE_TLS)) || begins(conn, ex->stream ? PLACE_H2 : PLACE_H1);
}

/* OpenSSL has its own way of sending them. */
static void
send_tickets(Conn *conn)
{
	for (int i = 0; i < 64; i++)
		(void) SSL_new_session_ticket(conn->ssl);
	(void) SSL_do_handshake(conn->ssl);
}

void
torrent_pull(Conn *conn)
{
	const Bytes *piece = &kinds[conn->torrent].piece;

	if (conn->torrent == TORRENT_TICKETS)
		send_tickets(conn);
	while (piece->len > 0 && conn->out.len < OUT_AHEAD_BYTES)
		buf_append(&conn->out, piece->data, piece->len);
}
