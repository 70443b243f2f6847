/*
 * tls.h
 *		What a TLS connection, an OpenSSL SSL that libcurl made, has read; and what it is.
 *
 * None of the functions reads from the network.
 */
#ifndef TUYA_TLS_H
#define TUYA_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* Of a name of a certificate; longer ones are cut. */
#define TUYA_TLS_NAME_BYTES 256

/* What there is to say of a connection that stands.  Text of the other side's in issuer! */
typedef struct TuyaTlsFacts
{
	const char *version;		/* "TLSv1.3", a constant; NULL: there is no TLS */
	char		issuer[TUYA_TLS_NAME_BYTES];	/* of the other side's certificate */
	int64_t		not_after;		/* when that ends, in seconds since 1970; 0: unknown */
} TuyaTlsFacts;

/* Whether it, or what it runs within, holds anything that it has read and not handed out. */
extern bool tuya_tls_has_pending(const void *ssl);

/*
 * Whether it, or what it runs within, has failed for good though its handshake was done.
 * OpenSSL says so once; whoever reads then may be told to wait for input, for ever.
 */
extern bool tuya_tls_has_failed(const void *ssl);

/* How many bytes it has read, of all time, as they came over the wire. */
extern uint64_t tuya_tls_bytes_read(const void *ssl);

/* Whether both sides have agreed on that protocol, by ALPN. */
extern bool tuya_tls_speaks(const void *ssl, const char *protocol);

/* Fills the facts; what is not to be had, for want of memory, say, stays empty. */
extern void tuya_tls_describe(const void *ssl, TuyaTlsFacts *facts);

/*
 * Has the connections that are made with that context, an OpenSSL SSL_CTX, watched, for
 * tuya_tls_await_data() with the same awaited, which must live as long as they do.  From
 * OpenSSL 3.2 on one that stands can no longer be watched.
 */
extern void tuya_tls_watch(void *context, const void **awaited);

/*
 * The connection that is made with that context will run within the one that was made
 * with the outer context, a watched one: TLS to the service within TLS to a proxy.  To
 * be told while there is neither data of the one nor an end of the other.
 */
extern void tuya_tls_nest(void *context, const void *outer_context);

/*
 * Sets *awaited to the connection, a watched one, if it has not read any data so far,
 * else to NULL.  When it reads the first, *awaited is set to NULL, unless it names
 * another connection by then.
 */
extern void tuya_tls_await_data(const void *ssl, const void **awaited);

#endif							/* TUYA_TLS_H */
