/*
 * tls.h
 *		What a TLS connection, an OpenSSL SSL that libcurl made, has read.
 *
 * Neither function reads from the network.
 */
#ifndef TUYA_TLS_H
#define TUYA_TLS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether it holds anything that it has read and not handed out. */
extern bool tuya_tls_has_pending(const void *ssl);

/* How many bytes it has read, of all time, as they came over the wire. */
extern uint64_t tuya_tls_bytes_read(const void *ssl);

#endif							/* TUYA_TLS_H */
