/*
 * tls.c
 *		What a TLS connection has read.
 */
#include "tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

bool
tuya_tls_has_pending(const void *ssl)
{
	return SSL_has_pending(ssl) != 0;
}

uint64_t
tuya_tls_bytes_read(const void *ssl)
{
	return BIO_number_read(SSL_get_rbio(ssl));
}
