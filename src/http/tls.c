/*
 * tls.c
 *		Whom TLS trusts: the system's authorities, or those of ca_file alone; and what
 *		was the matter when there is no secure connection.
 *
 * libcurl would keep the authorities of a file for a day, and would read the file at
 * a time of its own.  So ca_file is read here, when a request is submitted and the
 * file is not as it was when it was last read, and libcurl gets its bytes.  It takes
 * them as part of what a connection is: neither a connection nor a TLS session that
 * was made with other bytes serves a request.
 *
 * The bytes belong to a TuyaHttpTrust, which the TuyaHttp and all requests that were
 * set up with it share.
 */
#include "http/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/tls.h"

/* All authorities of the web have 220 kB; libcurl copies the bytes for each connection. */
#define CA_FILE_BYTES_MAX (4 * 1024 * 1024)

/*
 * A file that was written less than this before it was read may have been written once
 * more since, at what its file system takes for the same time: the kernel's tick.
 */
#define SAME_TIME_MS_MAX 100

/*
 * A directory without authorities, and one that nobody can make.  NULL would have
 * libcurl 8.22 trust the system's authorities beside ca_file; an empty string
 * keeps 7.88 and 8.14 from connecting.
 */
#define NO_DIRECTORY "/dev/null/none"

/*
 * ---- the file ----
 */

static int64_t
to_ns(struct timespec time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
		to_ns(a->st_mtim) == to_ns(b->st_mtim) && to_ns(a->st_ctim) == to_ns(b->st_ctim);
}

/* Whether a later change of the file will show in its times. */
static bool
is_settled(const struct stat *file)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return to_ns(now) - to_ns(file->st_ctim) > SAME_TIME_MS_MAX * INT64_C(1000000);
}

/* Appends the whole file; an errno value if that fails. */
static int
read_all(int fd, TuyaBuf *bytes)
{
	char		block[8192];
	ssize_t		got;

	while ((got = read(fd, block, sizeof(block))) != 0)
	{
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (!tuya_buf_append(bytes, block, got))
			return bytes->status == TUYA_BUF_TOO_LARGE ? EFBIG : ENOMEM;
	}
	return 0;
}

/* Reads the file, and what it is; an errno value if that fails. */
static int
read_file(const char *path, TuyaBuf *bytes, struct stat *file)
{
	/* it may be a pipe, which is not to be waited for */
	int			fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int			rc;

	if (fd < 0)
		return errno;
	if (fstat(fd, file) != 0)
		rc = errno;
	else if (!S_ISREG(file->st_mode))
		rc = S_ISDIR(file->st_mode) ? EISDIR : EINVAL;
	else
		rc = read_all(fd, bytes);
	close(fd);
	return rc;
}

/* What read_file() has failed with. */
static const char *
describe_errno(int rc)
{
	if (rc == EINVAL)
		return "Not a regular file";
	return strerror(rc);
}

/*
 * ---- what is trusted ----
 */

void
tuya_http_release_trust(TuyaHttpTrust *trust)
{
	if (trust == NULL || --trust->refs > 0)
		return;
	tuya_buf_free(&trust->bytes);
	free(trust);
}

static bool
has_bytes(const TuyaHttpTrust *trust, const TuyaBuf *bytes)
{
	return trust && trust->bytes.len == bytes->len &&
		memcmp(trust->bytes.data, bytes->data, bytes->len) == 0;
}

/* Trusts these bytes, which it takes over, from now on; false if out of memory. */
static bool
set_bytes(TuyaHttp *http, TuyaBuf *bytes)
{
	TuyaHttpTrust *trust = malloc(sizeof(*trust));

	if (trust == NULL)
		return false;
	trust->refs = 1;
	trust->bytes = *bytes;
	tuya_buf_init(bytes, 0);
	tuya_http_release_trust(http->trust);
	http->trust = trust;
	return true;
}

void
tuya_http_append_error(TuyaHttpRequest *request, const char *text)
{
	strncat(request->error, text, sizeof(request->error) - strlen(request->error) - 1);
}

/* The request cannot be sent, because of ca_file. */
static void
set_bad_file(TuyaHttpRequest *request, const char *what, const char *why)
{
	request->result.outcome = TUYA_HTTP_BAD_CA_FILE;
	request->error[0] = '\0';
	tuya_http_append_error(request, what);
	tuya_http_append_error(request, " file \"");
	tuya_http_append_error(request, request->http->ca_file);
	tuya_http_append_error(request, "\": ");
	tuya_http_append_error(request, why);
}

static bool
set_no_memory(TuyaHttpRequest *request)
{
	request->result.outcome = TUYA_HTTP_NO_MEMORY;
	return false;
}

/*
 * Whether the file is what was read last.  It is looked at once for all requests that
 * are submitted between two steps, unless the first one has been given up since.
 */
static bool
is_read(TuyaHttp *http)
{
	struct stat file;

	if (http->trust == NULL || !http->ca_settled)
		return false;
	if (http->nin_flight > 0 && http->ca_step == http->steps)
		return true;
	http->ca_step = http->steps;
	return stat(http->ca_file, &file) == 0 && is_same_file(&file, &http->ca_stat);
}

/* Has the file read, if it is not what was read last. */
static bool
read_trust(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;
	struct stat file = {0};
	TuyaBuf		bytes;
	bool		ok = false;
	int			rc;

	if (is_read(http))
		return true;
	tuya_buf_init(&bytes, CA_FILE_BYTES_MAX);
	rc = read_file(http->ca_file, &bytes, &file);
	if (rc == ENOMEM)
		(void) set_no_memory(request);
	else if (rc != 0)
	{
		set_bad_file(request, "could not read", describe_errno(rc));
		if (rc == EMFILE || rc == ENFILE)
			request->result.outcome = TUYA_HTTP_NO_DESCRIPTORS;
	}
	/* without any, libcurl 8.22 would take the system's */
	else if (strstr(bytes.data, "-----BEGIN ") == NULL)
		set_bad_file(request, "no authorities in",
					 bytes.len > 0 ? "it has no certificate in PEM form" : "it is empty");
	else
		ok = has_bytes(http->trust, &bytes) || set_bytes(http, &bytes) || set_no_memory(request);
	tuya_buf_free(&bytes);
	http->ca_stat = file;
	http->ca_settled = ok && is_settled(&file);
	return ok;
}

/* Gives libcurl the bytes, for the service and for an https proxy alike. */
static bool
use_trust(TuyaHttpRequest *request, TuyaHttpTrust *trust)
{
	struct curl_blob blob = {trust->bytes.data, trust->bytes.len, CURL_BLOB_NOCOPY};
	CURLcode	rc = curl_easy_setopt(request->easy, CURLOPT_CAINFO_BLOB, &blob);

	if (rc == CURLE_OK)
		rc = curl_easy_setopt(request->easy, CURLOPT_PROXY_CAINFO_BLOB, &blob);
	if (rc == CURLE_OUT_OF_MEMORY)
		return set_no_memory(request);
	if (rc != CURLE_OK)
	{
		/* a libcurl with another TLS library than OpenSSL */
		set_bad_file(request, "libcurl cannot use", curl_easy_strerror(rc));
		return false;
	}
	tuya_http_release_trust(request->trust);
	trust->refs++;
	request->trust = trust;
	return true;
}

bool
tuya_http_set_trust(TuyaHttpRequest *request)
{
	TuyaHttp   *http = request->http;

	if (http->ca_file == NULL)
		return true;
	return read_trust(request) &&
		(request->trust == http->trust || use_trust(request, http->trust));
}

/*
 * libcurl has made what a connection's TLS comes of: that to a proxy first, if there is
 * one, then that to the service.
 */
static CURLcode
on_tls_context(CURL *easy, void *context, void *userp)
{
	TuyaHttpRequest *request = userp;

	(void) easy;
	tuya_tls_watch(context, &request->http->awaited);
	if (request->outer_tls)
		tuya_tls_nest(context, request->outer_tls);
	if (request->http->trace)
		request->http->trace->tls_begun = request->outer_tls || !tuya_http_has_secure_proxy(request->http);
	request->outer_tls = request->outer_tls ? NULL : context;
	return CURLE_OK;
}

bool
tuya_http_set_up_tls(TuyaHttpRequest *request)
{
	CURL	   *easy = request->easy;
	const TuyaHttp *http = request->http;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	/* the system's authorities, too, as they are when a connection is made */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	/* a session that goes on verifies nothing: with ca_file libcurl compares the bytes first */
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, http->ca_file ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, request);
	return http->ca_file == NULL ||
		(curl_easy_setopt(easy, CURLOPT_CAPATH, NO_DIRECTORY) == CURLE_OK &&
		 curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NO_DIRECTORY) == CURLE_OK);
}

/*
 * ---- what was the matter ----
 *
 * libcurl's words differ from version to version.  What lasts are OpenSSL's numbers:
 * the result of verifying a certificate, which libcurl hands on, and the code of an
 * error, which stands in its words ("error:0A00042E:SSL routines::...").
 */

/* X509_V_ERR_... */
static TuyaHttpTlsFault
fault_of_verification(long code)
{
	switch (code)
	{
		case 0:					/* libcurl compares the names by itself, and has */
		case 1:					/* no code for that */
		case 62:				/* HOSTNAME_MISMATCH */
		case 64:				/* IP_ADDRESS_MISMATCH */
			return TUYA_TLS_OTHER_HOST;
		case 2:					/* UNABLE_TO_GET_ISSUER_CERT */
		case 19:				/* SELF_SIGNED_CERT_IN_CHAIN */
		case 20:				/* UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
		case 21:				/* UNABLE_TO_VERIFY_LEAF_SIGNATURE */
		case 27:				/* CERT_UNTRUSTED */
			return TUYA_TLS_UNKNOWN_AUTHORITY;
		case 9:					/* CERT_NOT_YET_VALID */
			return TUYA_TLS_NOT_YET_VALID;
		case 10:				/* CERT_HAS_EXPIRED */
			return TUYA_TLS_EXPIRED;
		case 18:				/* DEPTH_ZERO_SELF_SIGNED_CERT */
			return TUYA_TLS_SELF_SIGNED;
		default:
			return TUYA_TLS_BAD_CERTIFICATE;
	}
}

/* SSL_R_...; those above 1000 are alerts that the other side has sent. */
static TuyaHttpTlsFault
fault_of_reason(unsigned reason)
{
	switch (reason)
	{
		case 1070:				/* protocol_version */
		case 191:				/* NO_PROTOCOLS_AVAILABLE */
		case 252:				/* UNKNOWN_PROTOCOL */
		case 258:				/* UNSUPPORTED_PROTOCOL */
		case 266:				/* WRONG_SSL_VERSION */
			return TUYA_TLS_VERSION;
		case 1040:				/* handshake_failure */
		case 1071:				/* insufficient_security */
		case 181:				/* NO_CIPHERS_AVAILABLE */
		case 193:				/* NO_SHARED_CIPHER */
			return TUYA_TLS_CIPHER;
		case 1041:				/* no_certificate */
		case 1042:				/* bad_certificate: some say so where there is none */
		case 1116:				/* certificate_required */
			return TUYA_TLS_CLIENT_CERTIFICATE;
		case 1112:				/* unrecognized_name */
			return TUYA_TLS_OTHER_HOST;
		case 1120:				/* no_application_protocol */
		case 235:				/* NO_APPLICATION_PROTOCOL */
			return TUYA_TLS_HTTP_VERSION;
		case 155:				/* HTTPS_PROXY_REQUEST */
		case 156:				/* HTTP_REQUEST */
		case 198:				/* PACKET_LENGTH_TOO_LONG */
		case 267:				/* WRONG_VERSION_NUMBER */
		case 443:				/* BAD_RECORD_TYPE */
			return TUYA_TLS_NONE;
		default:
			return TUYA_TLS_UNTOLD;
	}
}

/*
 * The reason in the code of OpenSSL's that libcurl's words quote; 0 if they quote none.
 * Before the code they may say error, too: "TLS connect error: error:0A00042E:...".
 */
static unsigned
quoted_reason(const char *words)
{
	const char *quoted = words;

	while ((quoted = strstr(quoted, "error:")) != NULL)
	{
		char	   *end;
		unsigned long code;

		quoted += strlen("error:");
		code = strtoul(quoted, &end, 16);
		if (end > quoted && *end == ':')
			return (unsigned) code & 0xfff;
	}
	return 0;
}

void
tuya_http_find_tls_fault(TuyaHttpRequest *request)
{
	TuyaHttpResult *result = &request->result;
	TuyaHttpTlsFault told = fault_of_reason(quoted_reason(request->error));
	char		words[sizeof(request->error)];
	long		service = 0;
	long		proxy = 0;

	curl_easy_getinfo(request->easy, CURLINFO_SSL_VERIFYRESULT, &service);
	curl_easy_getinfo(request->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &proxy);
	switch (result->outcome)
	{
		case TUYA_HTTP_NO_TLS:
			result->at_proxy = proxy != 0;
			result->tls_fault = fault_of_verification(result->at_proxy ? proxy : service);
			break;
		case TUYA_HTTP_NO_HANDSHAKE:
			/* not 0 while its handshake has not come so far */
			result->at_proxy = proxy != 0;
			result->tls_fault = told;
			/* the next try would end the same way */
			if (told != TUYA_TLS_UNTOLD && told != TUYA_TLS_CIPHER)
				result->outcome = TUYA_HTTP_NO_TLS;
			break;
		case TUYA_HTTP_BAD_CA_FILE:
			if (!result->own_authorities)
				break;
			memcpy(words, request->error, sizeof(words));
			set_bad_file(request, "could not use", words);
			break;
		case TUYA_HTTP_REPLIED:
			break;
		default:
			/* with TLS 1.3 a client certificate is missed only when the request is sent */
			if (told != TUYA_TLS_CLIENT_CERTIFICATE || request->times_sent > 1)
				break;
			result->outcome = TUYA_HTTP_NO_TLS;
			result->at_proxy = request->times_sent == 0;
			result->tls_fault = told;
			break;
	}
}
