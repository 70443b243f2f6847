/*
 * tls.c
 *		What a TLS connection has read, and what it is.
 */
#include "tls.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

/* The index that is kept there, which OpenSSL gives for data of ours in that kind of object. */
static int
index_of(int *kept, int kind)
{
	if (*kept < 0)
		*kept = CRYPTO_get_ex_new_index(kind, 0, NULL, NULL, NULL, NULL);
	return *kept;
}

/* Where a context notes the connection that is made with it; -1 without memory. */
static int
connection_index(void)
{
	static int	index = -1;

	return index_of(&index, CRYPTO_EX_INDEX_SSL_CTX);
}

/* Where it notes the connection that its own runs within. */
static int
outer_index(void)
{
	static int	index = -1;

	return index_of(&index, CRYPTO_EX_INDEX_SSL_CTX);
}

void
tuya_tls_nest(void *context, const void *outer_context)
{
	if (connection_index() >= 0 && outer_index() >= 0)
		SSL_CTX_set_ex_data(context, outer_index(),
							SSL_CTX_get_ex_data(outer_context, connection_index()));
}

/* What it runs within; NULL: nothing. */
static const SSL *
outer_of(const SSL *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), outer_index());
}

bool
tuya_tls_has_pending(const void *ssl)
{
	const SSL  *outer = outer_of(ssl);

	return SSL_has_pending(ssl) || (outer && SSL_has_pending(outer));
}

/* A fatal error puts OpenSSL back into its handshake, never to leave it. */
bool
tuya_tls_has_failed(const void *ssl)
{
	const SSL  *outer = outer_of(ssl);

	return SSL_in_init(ssl) || (outer && SSL_in_init(outer));
}

uint64_t
tuya_tls_bytes_read(const void *ssl)
{
	return BIO_number_read(SSL_get_rbio(ssl));
}

/*
 * Tickets and the like are records of their own type, which TLS 1.3 hides behind the
 * one of data.
 */
static bool
is_data(const SSL *ssl, int content_type, const void *bytes)
{
	int			told_by = SSL_version(ssl) >= TLS1_3_VERSION ? SSL3_RT_INNER_CONTENT_TYPE :
	SSL3_RT_HEADER;

	return content_type == told_by && *(const unsigned char *) bytes == SSL3_RT_APPLICATION_DATA;
}

/* Where a connection notes, as anything but NULL, that it has read data; -1 without memory. */
static int
data_index(void)
{
	static int	index = -1;

	return index_of(&index, CRYPTO_EX_INDEX_SSL);
}

static void
on_record(int written, int version, int content_type, const void *bytes, size_t len,
		  SSL *ssl, void *arg)
{
	const void **awaited = arg;

	(void) version;
	SSL_CTX_set_ex_data(SSL_get_SSL_CTX(ssl), connection_index(), ssl);
	if (written || len == 0 || !is_data(ssl, content_type, bytes))
		return;
	SSL_set_msg_callback(ssl, NULL);
	SSL_set_ex_data(ssl, data_index(), arg);
	if (*awaited == ssl)
		*awaited = NULL;
}

bool
tuya_tls_speaks(const void *ssl, const char *protocol)
{
	const unsigned char *selected;
	unsigned int len;

	SSL_get0_alpn_selected(ssl, &selected, &len);
	return len == strlen(protocol) && memcmp(selected, protocol, len) == 0;
}

void
tuya_tls_watch(void *context, const void **awaited)
{
	if (data_index() < 0 || connection_index() < 0)
		return;
	SSL_CTX_set_msg_callback(context, on_record);
	SSL_CTX_set_msg_callback_arg(context, awaited);
}

void
tuya_tls_await_data(const void *ssl, const void **awaited)
{
	bool		has_come = data_index() < 0 || SSL_get_ex_data(ssl, data_index()) != NULL;

	*awaited = has_come ? NULL : ssl;
}

/*
 * ---- what it is ----
 */

/* "O = Example, CN = Example CA", with what is not ASCII escaped. */
static void
put_name(char name[TUYA_TLS_NAME_BYTES], const X509_NAME * x509_name)
{
	BIO		   *bio = BIO_new(BIO_s_mem());
	int			len = 0;

	if (bio && X509_NAME_print_ex(bio, x509_name, 0, XN_FLAG_ONELINE) >= 0)
		len = BIO_read(bio, name, TUYA_TLS_NAME_BYTES - 1);
	name[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

/* In seconds since 1970; 0 if it is no time. */
static int64_t
seconds_of(const ASN1_TIME * time)
{
	struct tm	tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t) timegm(&tm) : 0;
}

void
tuya_tls_describe(const void *ssl, TuyaTlsFacts *facts)
{
	X509	   *certificate = SSL_get1_peer_certificate(ssl);

	facts->version = SSL_get_version(ssl);
	if (certificate)
	{
		put_name(facts->issuer, X509_get_issuer_name(certificate));
		facts->not_after = seconds_of(X509_get0_notAfter(certificate));
	}
	X509_free(certificate);
}
