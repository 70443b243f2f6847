/*
 * ascii.h
 *		Comparison without regard to ASCII case.
 *
 * strcasecmp() and tolower() go by the locale, under which "I" and "i" may be
 * different letters; the API's names and codes do not.
 */
#ifndef TUYA_ASCII_H
#define TUYA_ASCII_H

#include <stdbool.h>

static inline char
tuya_ascii_lower(char c)
{
	return (char) (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline bool
tuya_ascii_same(const char *a, const char *b)
{
	for (; tuya_ascii_lower(*a) == tuya_ascii_lower(*b); a++, b++)
	{
		if (*a == '\0')
			return true;
	}
	return false;
}

#endif							/* TUYA_ASCII_H */
