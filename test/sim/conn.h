/*
 * conn.h
 *		Connections: TCP, TLS, what is read and what is to be written.
 *
 * The protocols (h1, h2) take bytes from conn->in and put bytes to
 * conn->out.  conn_close() may be called anywhere: it drops the descriptor
 * and every exchange at once, while the memory lives until the loop's round
 * ends; whoever may have called into something that closes looks at
 * conn->dead afterwards.
 */
#ifndef SIM_CONN_H
#define SIM_CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "loop.h"

#define OUT_AHEAD_BYTES 65536	/* put to conn->out ahead of the socket */

typedef enum Port
{
	PORT_TLS, PORT_HTTP, PORT_CONTROL
} Port;

typedef enum ConnState
{
	CONN_HANDSHAKE, CONN_OPEN, CONN_STALLED
} ConnState;

typedef struct Exchange Exchange;
typedef struct H2 H2;
typedef struct Conn Conn;

struct Conn
{
	Watch		watch;
	Timer		idle;
	Timer		unasked;		/* unasked.c's */
	int32_t		unasked_stream; /* the one it follows, over HTTP/2 */
	Port		port;
	ConnState	state;
	bool		dead;
	bool		close_when_flushed;
	bool		ends_whole;		/* then by TLS's close_notify first: nothing was cut */
	bool		cut_armed;		/* out ends after cut_left more bytes ... */
	bool		cut_reset;		/* ... with a TCP reset, or else a plain FIN */
	uint64_t	cut_left;
	SSL		   *ssl;			/* NULL on cleartext ports */
	Buf			in;
	Buf			out;
	H2		   *h2;				/* NULL while the protocol is HTTP/1.1 */
	size_t		h1_scanned;		/* bytes of in known to hold no head's end */
	bool		h1_busy;		/* a request is being processed */
	bool		leaving;		/* GOAWAY comes later */
	bool		going_away;		/* GOAWAY was sent, or is about to be */
	uint64_t	arrived;		/* requests */
	uint64_t	served;			/* requests that were replied to */
	int			torrent;		/* what comes without end from now on, or 0 */
	Exchange   *answering;		/* HTTP/1.1: its reply is being handed over */
	Exchange   *exchanges;		/* in progress */
	Conn	   *prev;
	Conn	   *next;
};

typedef struct TlsOptions
{
	const char *cert_file;
	const char *key_file;
	int			min_version;
	int			max_version;
} TlsOptions;

/* Ends the program with a message if the files or versions do not fit. */
void		conn_init_tls(const TlsOptions *options);

/* Takes over an accepted socket. */
void		conn_create(Port port, int fd);

/* listen.c: listens on 127.0.0.1; returns the port.  Ends the program on failure. */
int			conn_listen(Port kind, int port);

/* A port whose queue is full, so that connecting to it hangs. */
int			conn_listen_full(void);

/* Writes what is to be written; call it after anything was put to out. */
void		conn_flush(Conn *conn);

/* Processes what was read but not looked at yet. */
void		conn_input(Conn *conn);

/* Closes at once, without TLS's farewell; with a TCP reset if asked. */
void		conn_close(Conn *conn);
void		conn_reset(Conn *conn);

/* Ends the connection when n more bytes were put on it (before TLS). */
void		conn_cut_after(Conn *conn, uint64_t n, bool reset);

/* Starts, moves or stops the timer of idle_close_ms. */
void		conn_idle(Conn *conn);
void		conn_idle_all(void);

#endif
