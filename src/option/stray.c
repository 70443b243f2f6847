/*
 * stray.c
 *		Characters that are in an option's value by mistake.
 */
#include "postgres.h"

#include "option/internal.h"

#include "mb/pg_wchar.h"

/* White space and what does not show: there by mistake, and a wrong signature for ever. */
static bool
is_stray(pg_wchar c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0xad || c == 0x1680 || (c >= 0x2000 && c <= 0x200f) ||
		(c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}

int
tuya_option_find_stray(const char *utf8)
{
	const unsigned char *c = (const unsigned char *) utf8;

	for (int position = 1; *c; c += pg_utf_mblen(c), position++)
		if (is_stray(utf8_to_unicode(c)))
			return position;
	return 0;
}
