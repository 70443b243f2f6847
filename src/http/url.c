/*
 * url.c
 *		Looks at URLs that users give, by libcurl's own parser.
 *
 * The parser that decides what is allowed must be the one that connects, else
 * the two can be made to disagree on which host a URL names.
 */
#include "http/internal.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool
is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (host[0] == '[')
	{
		char		bare[INET6_ADDRSTRLEN];
		size_t		len = strcspn(host + 1, "]");

		if (len >= sizeof(bare))
			return false;
		memcpy(bare, host + 1, len);
		bare[len] = '\0';
		return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return false;
}

/* Whether the URL has this part. */
static bool
has_part(CURLU *parsed, CURLUPart part)
{
	char	   *text = NULL;
	bool		has = curl_url_get(parsed, part, &text, 0) == CURLUE_OK;

	curl_free(text);
	return has;
}

static const char *
check_parsed_url(CURLU *parsed, TuyaHttpUrl *parts)
{
	char	   *text = NULL;

	if (has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD))
		return "has user info";
	if (has_part(parsed, CURLUPART_QUERY))
		return "has a query";
	if (has_part(parsed, CURLUPART_FRAGMENT))
		return "has a fragment";
	if (curl_url_get(parsed, CURLUPART_PATH, &text, 0) != CURLUE_OK)
		return "cannot be parsed";
	if (strcmp(text, "/") != 0)
	{
		curl_free(text);
		return "has a path";
	}
	curl_free(text);

	if (curl_url_get(parsed, CURLUPART_SCHEME, &text, 0) != CURLUE_OK)
		return "has no scheme";
	parts->scheme[0] = '\0';
	strncat(parts->scheme, text, sizeof(parts->scheme) - 1);
	curl_free(text);

	if (curl_url_get(parsed, CURLUPART_HOST, &text, 0) != CURLUE_OK)
		return "has no host";
	parts->loopback = is_loopback(text);
	curl_free(text);
	return NULL;
}

/* A port's number, after the colon: 1 to 65535. */
static bool
is_port(const char *text, size_t len)
{
	long		port = 0;

	for (size_t i = 0; i < len && port <= 65535; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (text[i] - '0');
	}
	return port >= 1 && port <= 65535;
}

/* A name's labels, and the dot behind the last one; an address of version 4, too. */
static bool
has_labels(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (name[i] == '.' && (i == 0 || name[i - 1] == '.'))
			return false;
	return true;
}

/* HOST[:PORT], of which libcurl forgives much. */
static const char *
check_authority(const char *text, size_t len)
{
	const char *bracket = text[0] == '[' ? memchr(text, ']', len) : NULL;
	const char *behind = bracket ? bracket + 1 : text;
	const char *end = text + len;
	const char *colon = memchr(behind, ':', (size_t) (end - behind));

	if (colon && memchr(colon + 1, ':', (size_t) (end - colon - 1)))
		return "has more than one colon: an IPv6 address stands in brackets";
	if (colon && !is_port(colon + 1, (size_t) (end - colon - 1)))
		return "has a port that is none from 1 to 65535";
	if ((colon ? colon : end) == text)
		return "has no host";
	if (!bracket && !has_labels(text, (size_t) ((colon ? colon : end) - text)))
		return "has a dot without a name before it";
	return NULL;
}

/* libcurl forgives blanks, a missing scheme, an empty query and dots; we do not. */
static const char *
check_text(const char *url)
{
	const char *host = strstr(url, "://");
	size_t		len;

	for (const char *p = url; *p; p++)
	{
		if ((unsigned char) *p <= ' ' || *p == 0x7f || *p == '\\')
			return "has a blank, a control character or a backslash";

		/* such a name is one thing in one locale and another in the next */
		if ((unsigned char) *p > 0x7f)
			return "is not ASCII: a name with other letters is written in its form with xn--";
	}
	if (host == NULL)
		return "has no scheme";
	if (strchr(url, '?') != NULL)
		return "has a query";
	if (strchr(url, '#') != NULL)
		return "has a fragment";
	if (strchr(url, '@') != NULL)
		return "has user info";

	host += strlen("://");
	len = strcspn(host, "/");
	if (host[len] == '/' && host[len + 1] != '\0')
		return "has a path";
	return check_authority(host, len);
}

const char *
tuya_http_check_url(const char *url, TuyaHttpUrl *parts)
{
	CURLU	   *parsed;
	const char *wrong = check_text(url);

	if (wrong)
		return wrong;
	parsed = curl_url();
	if (parsed == NULL)
		return "cannot be parsed: out of memory";
	if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		wrong = "cannot be parsed";
	else
		wrong = check_parsed_url(parsed, parts);
	curl_url_cleanup(parsed);
	return wrong;
}

/* What libcurl takes for an address, or knows by itself. */
static bool
has_address(const char *host)
{
	struct in_addr v4;
	const char *tail = strrchr(host, '.');

	return host[0] == '[' || strcasecmp(tail ? tail + 1 : host, "localhost") == 0 ||
		inet_pton(AF_INET, host, &v4) == 1;
}

bool
tuya_http_needs_resolver(const char *url)
{
	CURLU	   *parsed = curl_url();
	char	   *host = NULL;
	bool		needs = true;

	if (parsed && curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
		curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK)
		needs = !has_address(host);
	curl_free(host);
	curl_url_cleanup(parsed);
	return needs;
}
