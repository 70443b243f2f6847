/*
 * text.h
 *		Bytes that belong to somebody else, and are not terminated.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct Text
{
	const char *data;			/* NULL: there is none */
	size_t		len;
} Text;

static inline Text
text_make(const char *data, size_t len)
{
	Text		text = {data, len};

	return text;
}

static inline Text
text_of(const char *string)
{
	return text_make(string, strlen(string));
}

static inline bool
text_is(Text text, const char *want)
{
	return text.len == strlen(want) && memcmp(text.data, want, text.len) == 0;
}

static inline bool
text_begins(Text text, const char *with)
{
	size_t		len = strlen(with);

	return len == 0 || (text.len >= len && memcmp(text.data, with, len) == 0);
}

#endif
