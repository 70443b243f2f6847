/*
 * http.h
 *		One request and its reply, over either protocol.
 *
 * The protocol makes an exchange when a request has arrived whole and hands
 * it to serve_exchange(), which fills in the reply and, then or later, calls
 * exchange_reply().  The exchange goes away when its reply was handed over,
 * its stream closed or its connection ended.
 */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include "conn.h"

/* How a reply ends. */
typedef enum Ending
{
	ENDING_WHOLE,
	ENDING_HANG,				/* nothing more comes; the connection stays */
	ENDING_CLOSE,				/* the connection ends */
	ENDING_RESET,				/* the connection is reset */
	ENDING_STREAM				/* HTTP/2's RST_STREAM */
} Ending;

/* Where it ends, unless whole: so far into its body, or one of these. */
#define ENDS_BEFORE_HEAD (-1)
#define ENDS_HALFWAY (-2)

#define FLOOD_ENDLESS INT64_C(-1)

struct Exchange
{
	Timer		timer;			/* latency, hold; next byte of a trickle; early end */
	Conn	   *conn;
	Exchange   *prev;
	Exchange   *next;
	int32_t		stream;			/* 0 over HTTP/1.1 */
	bool		counted;		/* is one of count.in_flight */
	bool		answering;		/* the head was handed over */
	bool		replied;
	uint64_t	held_in_wave;	/* see hold.h; 0: not held */
	bool		failed;			/* by settings.fail_...; the reply is never held */
	const struct Action *action;	/* NULL: it was refused; see tally.h */

	/* the request; strings are owned */
	const char *malformed;		/* what is wrong with it as HTTP, or NULL */
	char	   *method;
	char	   *target;
	char	   *host;
	char	   *user_agent;
	bool		accepts_gzip;
	bool		keep_alive;

	/* the reply */
	int			status;
	const char *type;			/* NULL: no Content-Type */
	Buf			headers;		/* "Name: value\r\n" lines of its own */
	Buf			body;
	bool		no_date;
	bool		chunked;		/* the body's length is not told */
	bool		no_length;		/* HTTP/1.1: nor is it chunked, but lasts until the connection ends */
	int64_t		head_flood;		/* kilobytes of header lines still to come */
	int64_t		flood_lines;	/* of them handed over so far */
	int64_t		body_flood;		/* spaces after the body's first byte */
	int64_t		trickle_ms;		/* between two bytes of the body; or 0 */
	bool		byte_due;		/* in a trickle */
	Ending		ending;
	int64_t		ends_at;
	uint32_t	stream_error;	/* RST_STREAM's code */
	int64_t		cut_at;			/* end the connection in this reply; or -1 */
	bool		cut_reset;
	bool		head_ended;		/* over HTTP/1.1 */
	uint64_t	body_sent;		/* handed over so far */
};

Exchange   *exchange_create(Conn *conn, int32_t stream);

/* Takes the exchange out; counts it as aborted if it was not replied to. */
void		exchange_free(Exchange *ex);

/* Hands the reply to the protocol.  The exchange may be gone afterwards. */
void		exchange_reply(Exchange *ex);

/* As exchange_reply, when ms have passed and hold_waits() no more. */
void		exchange_reply_later(Exchange *ex, int64_t ms);

/* To be called by the protocol when the last byte was handed over. */
void		exchange_done(Exchange *ex);

/*
 * Ends an exchange as ex->ending says, which is not ENDING_WHOLE.  The
 * exchange may be gone afterwards.
 */
void		exchange_end(Exchange *ex);

/* As exchange_end, when the client has had time to read what came before. */
void		exchange_end_soon(Exchange *ex);

/* body.c: the body's whole length, to be told; nonsense if it is chunked. */
uint64_t	body_length(const Exchange *ex);

/* Takes the next bytes, at most room; 0 at the end, and before a byte is due. */
size_t		body_take(Exchange *ex, char *to, size_t room);

/* True if all bytes were taken that are to be sent at all. */
bool		body_at_end(const Exchange *ex);

/* The Date header's value; settings.clock_offset_s moves it. */
const char *http_date(void);

/* Appends header lines, between | in the list. */
void		http_put_lines(Buf *out, const char *list);

/* HTTP's words for a status. */
const char *http_reason(int status);

/* True if a header's comma list has the token. */
bool		http_list_has(const char *list, const char *token);

/* h1.c */
void		h1_input(Conn *conn);
void		h1_pull(Conn *conn);	/* reply -> conn->out, a bounded amount */
void		h1_reply(Exchange *ex);

/* h2.c */
void		h2_start(Conn *conn);
void		h2_input(Conn *conn);
void		h2_pull(Conn *conn);	/* session -> conn->out, a bounded amount */
void		h2_reply(Exchange *ex);
void		h2_resume(Exchange *ex);	/* more of its body is due */
void		h2_reset_stream(Exchange *ex);
void		h2_stop(H2 *h2);		/* its connection has ended */
void		h2_free(H2 *h2);

/* GOAWAY, after which the connection ends when nothing is in progress. */
void		h2_goaway_idle(Conn *conn);

/* GOAWAY that this request is the last to be answered of. */
void		h2_goaway_after(Exchange *ex);

/* GOAWAY in so many ms, which refuses what is not answered then, or nothing that has come. */
void		h2_goaway_later(Conn *conn, int64_t ms, bool refuses);

/* GOAWAY in so many ms, which is announced by another that refuses nothing. */
void		h2_goaway_announced(Conn *conn, int64_t ms);

/* From now on, and for settings.h2_lower_ms, there are settings.h2_lower_to streams. */
void		h2_lower_streams(Conn *conn);

/* GOAWAY that refuses the first request not answered yet, and all after it. */
void		h2_goaway_refuse(Conn *conn);

/* serve.c: API ports; control.c: control port */
void		serve_exchange(Exchange *ex);
void		control_exchange(Exchange *ex);

#endif
