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

/* How the reply's body ends. */
typedef enum Ending
{
	ENDING_WHOLE, ENDING_HANG, ENDING_CLOSE
} Ending;

struct Exchange
{
	Timer		timer;			/* latency */
	Conn	   *conn;
	Exchange   *prev;
	Exchange   *next;
	int32_t		stream;			/* 0 over HTTP/1.1 */
	bool		counted;		/* is one of count.in_flight */
	bool		replied;

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
	Ending		ending;
	int64_t		cut_at;			/* end the connection in this reply; or -1 */
	bool		cut_reset;
	size_t		body_sent;		/* handed over so far */
};

Exchange   *exchange_create(Conn *conn, int32_t stream);

/* Takes the exchange out; counts it as aborted if it was not replied to. */
void		exchange_free(Exchange *ex);

/* Hands the reply to the protocol.  The exchange may be gone afterwards. */
void		exchange_reply(Exchange *ex);

/* As exchange_reply, when ms have passed. */
void		exchange_reply_later(Exchange *ex, int64_t ms);

/* To be called by the protocol when the last byte was handed over. */
void		exchange_done(Exchange *ex);

/* How many bytes of the body are to be sent at all. */
size_t		exchange_body_limit(const Exchange *ex);

/* The Date header's value; settings.clock_offset_s moves it. */
const char *http_date(void);

/* HTTP's words for a status. */
const char *http_reason(int status);

/* True if a header's comma list has the token. */
bool		http_list_has(const char *list, const char *token);

/* h1.c */
void		h1_input(Conn *conn);
void		h1_reply(Exchange *ex);

/* h2.c */
void		h2_start(Conn *conn);
void		h2_input(Conn *conn);
void		h2_pull(Conn *conn);	/* session -> conn->out, a bounded amount */
void		h2_goaway(Conn *conn);
void		h2_reply(Exchange *ex);
void		h2_free(H2 *h2);

/* serve.c: API ports; control.c: control port */
void		serve_exchange(Exchange *ex);
void		control_exchange(Exchange *ex);

#endif
