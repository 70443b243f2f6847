/*
 * url.c
 *		Percent-encoding and the canonical query; see url.h.
 *
 * Nothing here asks the locale: letters are ASCII's, and order is byte order.
 */
#include "url.h"

#include <stdlib.h>
#include <string.h>

static bool
is_unreserved(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') ||
		c == '-' || c == '_' || c == '.' || c == '~';
}

/* How many bytes, from the first on, stay as they are. */
static size_t
unreserved_run(const char *bytes, size_t len)
{
	size_t		run = 0;

	while (run < len && is_unreserved(bytes[run]))
		run++;
	return run;
}

bool
tuya_url_append_encoded(TuyaBuf *out, const char *bytes, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t		done = 0;

	while (done < len)
	{
		size_t		run = unreserved_run(bytes + done, len - done);

		tuya_buf_append(out, bytes + done, run);
		done += run;
		if (done < len)
		{
			unsigned char c = (unsigned char) bytes[done++];
			char		escape[3] = {'%', hex[c >> 4], hex[c & 0x0F]};

			tuya_buf_append(out, escape, sizeof(escape));
		}
	}
	return out->status == TUYA_BUF_OK;
}

/* strcmp() compares as unsigned char, which is byte order. */
static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const TuyaParam *) a)->name, ((const TuyaParam *) b)->name);
}

bool
tuya_url_append_query(TuyaBuf *out, TuyaParam *params, size_t nparams)
{
	if (nparams > 1)
		qsort(params, nparams, sizeof(*params), compare_names);

	for (size_t i = 0; i < nparams; i++)
	{
		if ((i > 0 && !tuya_buf_append_char(out, '&')) ||
			!tuya_url_append_encoded(out, params[i].name, strlen(params[i].name)) ||
			!tuya_buf_append_char(out, '=') ||
			!tuya_url_append_encoded(out, params[i].value, strlen(params[i].value)))
			return false;
	}
	return out->status == TUYA_BUF_OK;
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
