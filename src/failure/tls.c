/*
 * tls.c
 *		What to do about TLS that failed: each fault has a hint of its own.
 */
#include "postgres.h"

#include "failure/failure.h"

static const char *
authority_hint(const TuyaHttpResult *result, const char *whose)
{
	if (result->own_authorities)
		return psprintf("The file that the server option \"ca_file\" names must have the authority that issued the %s's certificate; the system's authorities are not trusted beside it.",
						whose);
	return psprintf("If the %s's certificate comes from a private authority, set the server option \"ca_file\" to that authority's PEM file.",
					whose);
}

static const char *
bad_file_hint(const TuyaHttpResult *result)
{
	if (result->own_authorities)
		return "Check that the server option \"ca_file\" names a PEM file with certificates that the database server can read.";
	return "The system's authorities are not installed on the database server's machine (package ca-certificates, say); or set the server option \"ca_file\" to the PEM file of the authority to trust.";
}

const char *
tuya_failure_tls_hint(const TuyaHttpResult *result)
{
	const char *whose = result->at_proxy ? "proxy" : "service";
	const char *option = result->at_proxy ? "proxy" : "endpoint";

	if (result->outcome == TUYA_HTTP_BAD_CA_FILE)
		return bad_file_hint(result);
	switch (result->tls_fault)
	{
		case TUYA_TLS_UNKNOWN_AUTHORITY:
			return authority_hint(result, whose);
		case TUYA_TLS_SELF_SIGNED:
			return psprintf("The %s's certificate is its own authority; to trust it, put it into the PEM file that the server option \"ca_file\" names.",
							whose);
		case TUYA_TLS_EXPIRED:
			return psprintf("The %s's certificate has expired: have it renewed there, or set the clock of the database server's machine if that is wrong.",
							whose);
		case TUYA_TLS_NOT_YET_VALID:
			return psprintf("The %s's certificate is not valid yet: set the clock of the database server's machine if that is wrong.",
							whose);
		case TUYA_TLS_OTHER_HOST:
			return psprintf("The %s's certificate is for another host: use a host name that it names in the server option \"%s\".",
							whose, option);
		case TUYA_TLS_BAD_CERTIFICATE:
			return psprintf("The %s needs another certificate.", whose);
		case TUYA_TLS_VERSION:
			return psprintf("The %s must speak TLS 1.2 or later.", whose);
		case TUYA_TLS_CIPHER:
			return psprintf("The %s must have a cipher in common with the OpenSSL of the database server's machine, and must not demand a client certificate.",
							whose);
		case TUYA_TLS_CLIENT_CERTIFICATE:
			return psprintf("The %s demands a client certificate, and tuya_fdw has none.", whose);
		case TUYA_TLS_HTTP_VERSION:
			return psprintf("The %s speaks no version of HTTP that was offered: it must have HTTP/1.1, or HTTP/2 for all requests.",
							whose);
		case TUYA_TLS_NONE:
			return psprintf("The %s does not speak TLS there: check the port in the server option \"%s\".",
							whose, option);
		case TUYA_TLS_UNTOLD:
			break;
	}
	return psprintf("The %s, or something in between, has ended the handshake: check the host and port in the server option \"%s\".",
					whose, option);
}
