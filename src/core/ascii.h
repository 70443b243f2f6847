/*
 * ascii.h
 *		ASCII's letters and digits, and comparison without regard to their case.
 *
 * strcasecmp() and tolower() go by the locale, under which "I" and "i" may be
 * different letters; the API's names and codes do not.
 */
#ifndef TUYA_ASCII_H
#define TUYA_ASCII_H

#include <stdbool.h>

/* In the initializer of a table by bytes: that value for each letter and digit. */
#define TUYA_ASCII_ALNUM(v) \
	['0'] = v, v, v, v, v, v, v, v, v, v, \
	['A'] = v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, \
	['a'] = v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v, v

static inline char
tuya_ascii_lower(char c)
{
	return (char) (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline bool
tuya_ascii_same(const char *a, const char *b)
{
	/* mostly the first bytes differ, and not in the one bit by which a letter's cases do */
	if (((*a ^ *b) & ~('a' ^ 'A')) != 0)
		return false;
	for (; tuya_ascii_lower(*a) == tuya_ascii_lower(*b); a++, b++)
	{
		if (*a == '\0')
			return true;
	}
	return false;
}

#endif							/* TUYA_ASCII_H */
