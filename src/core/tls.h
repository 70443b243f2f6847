/*
 * tls.h
 *		What a TLS connection, an OpenSSL SSL that libcurl made, has read.
 *
 * None of the functions reads from the network.
 */
#ifndef TUYA_TLS_H
#define TUYA_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether it holds anything that it has read and not handed out. */
extern bool tuya_tls_has_pending(const void *ssl);

/* How many bytes it has read, of all time, as they came over the wire. */
extern uint64_t tuya_tls_bytes_read(const void *ssl);

/* Whether both sides have agreed on that protocol, by ALPN. */
extern bool tuya_tls_speaks(const void *ssl, const char *protocol);

/*
 * Notes in *awaited that the first data are awaited over the connection.  When it has
 * read any, *awaited is set to NULL, unless it names another connection by then.  It
 * must live as long as the connection.
 */
extern void tuya_tls_await_data(const void *ssl, const void **awaited);

#endif							/* TUYA_TLS_H */
