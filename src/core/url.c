/*
 * url.c
 *		Percent-encoding and the canonical query; see url.h.
 *
 * Nothing here asks the locale: letters are ASCII's, and order is byte order.
 */
#include "url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ascii.h"

/* RFC 3986's unreserved characters. */
static const bool unreserved[256] = {
	['-'] = true,['.'] = true,['_'] = true,['~'] = true,
	TUYA_ASCII_ALNUM(true)
};

static inline bool
is_unreserved(char c)
{
	return unreserved[(unsigned char) c];
}

/* How many bytes their encoded form has. */
static size_t
encoded_length(const char *bytes, size_t len)
{
	size_t		encoded = len;

	for (size_t i = 0; i < len; i++)
		encoded += is_unreserved(bytes[i]) ? 0 : 2;
	return encoded;
}

/* Puts their encoded form there, without a NUL; returns where it ends. */
static char *
encode(char *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const char *p = bytes; p < bytes + len; p++)
	{
		unsigned char c = (unsigned char) *p;

		if (is_unreserved(*p))
		{
			*out++ = *p;
			continue;
		}
		*out++ = '%';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 0x0F];
	}
	return out;
}

bool
tuya_url_append_encoded(TuyaBuf *out, const char *bytes, size_t len)
{
	size_t		most = ENCODED_BYTES_PER_BYTE * len;

	/* to count takes as long as to encode, so only where it is a close thing */
	if (most > out->max - out->len)
		most = encoded_length(bytes, len);
	if (!tuya_buf_reserve(out, most))
		return false;
	tuya_buf_set_end(out, encode(out->data + out->len, bytes, len));
	return true;
}

/* strcmp() compares as unsigned char, which is byte order; mostly the first byte tells. */
static int
compare_names(const void *a, const void *b)
{
	const char *one = ((const TuyaParam *) a)->name;
	const char *other = ((const TuyaParam *) b)->name;
	int			first = (unsigned char) one[0] - (unsigned char) other[0];

	return first != 0 ? first : strcmp(one, other);
}

/* How many bytes name and value have at most, or have, when they are encoded. */
static size_t
param_length(const TuyaParam *param, bool exact)
{
	size_t		name_len = strlen(param->name);
	size_t		value_len = strlen(param->value);

	return exact ? encoded_length(param->name, name_len) + encoded_length(param->value, value_len) :
		ENCODED_BYTES_PER_BYTE * (name_len + value_len);
}

static size_t
query_length(const TuyaParam *params, size_t nparams, bool exact)
{
	size_t		len = 0;

	for (size_t i = 0; i < nparams; i++)
		len += (i > 0 ? strlen("&=") : strlen("=")) + param_length(&params[i], exact);
	return len;
}

bool
tuya_url_append_query(TuyaBuf *out, TuyaParam *params, size_t nparams)
{
	size_t		most = query_length(params, nparams, false);
	char	   *end;

	/* as with one text */
	if (most > out->max - out->len)
		most = query_length(params, nparams, true);
	if (!tuya_buf_reserve(out, most))
		return false;
	if (nparams > 1)
		qsort(params, nparams, sizeof(*params), compare_names);
	end = out->data + out->len;
	for (size_t i = 0; i < nparams; i++)
	{
		if (i > 0)
			*end++ = '&';
		end = encode(end, params[i].name, strlen(params[i].name));
		*end++ = '=';
		end = encode(end, params[i].value, strlen(params[i].value));
	}
	tuya_buf_set_end(out, end);
	return true;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Reads one byte or escape from encoded; returns how many bytes it took, 0 if bad. */
static size_t
decode_one(const char *encoded, size_t len, char *c)
{
	int			high,
				low;

	*c = encoded[0];

	if (*c != '%')
		return *c != '\0' ? 1 : 0;
	if (len < 3)
		return 0;
	high = hex_value(encoded[1]);
	low = hex_value(encoded[2]);
	if (high < 0 || low < 0 || (high == 0 && low == 0))
		return 0;
	*c = (char) (high * 16 + low);
	return 3;
}

bool
tuya_url_append_decoded(TuyaBuf *out, const char *encoded, size_t len)
{
	for (size_t i = 0; i < len;)
	{
		char		c;
		size_t		taken = decode_one(encoded + i, len - i, &c);

		if (taken == 0 || !tuya_buf_append_char(out, c))
			return false;
		i += taken;
	}
	return out->status == TUYA_BUF_OK;
}
