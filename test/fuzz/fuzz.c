/*
 * fuzz.c
 *		See fuzz.h.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
fuzz_fail(const char *file, int line, const char *promise)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
	abort();
}

bool
fuzz_next(FuzzInput *input, uint8_t separator, FuzzInput *piece)
{
	const uint8_t *end;

	if (input->len == 0)
		return false;
	end = memchr(input->data, separator, input->len);
	piece->data = input->data;
	piece->len = end != NULL ? (size_t) (end - input->data) : input->len;
	input->data += piece->len + (end != NULL);
	input->len -= piece->len + (end != NULL);
	return true;
}

uint8_t
fuzz_byte(FuzzInput *input)
{
	if (input->len == 0)
		return 0;
	input->len--;
	return *input->data++;
}

static char *
copy(FuzzInput piece, size_t more)
{
	char	   *bytes = malloc(piece.len + more);

	CHECK(bytes != NULL || piece.len + more == 0);
	if (piece.len > 0)
		memcpy(bytes, piece.data, piece.len);
	return bytes;
}

char *
fuzz_copy(FuzzInput piece)
{
	return copy(piece, 0);
}

char *
fuzz_text(FuzzInput piece)
{
	char	   *text = copy(piece, 1);

	text[piece.len] = '\0';
	return text;
}

/* Decodes each character and looks whether it was worth its bytes. */
bool
fuzz_is_utf8(const char *text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	for (const unsigned char *p = (const unsigned char *) text; *p;)
	{
		int			n = *p < 0x80 ? 1 : (*p & 0xE0) == 0xC0 ? 2 : (*p & 0xF0) == 0xE0 ? 3 : 4;
		uint32_t	c = n == 1 ? *p : *p & (0xFFU >> (n + 1));

		if ((*p & 0xC0) == 0x80 || *p >= 0xF8)
			return false;
		for (int i = 1; i < n; i++)
		{
			if ((p[i] & 0xC0) != 0x80)
				return false;
			c = c << 6 | (p[i] & 0x3F);
		}
		if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return false;
		p += n;
	}
	return true;
}

bool
fuzz_match(const char *form, int flags, const char *text, regmatch_t *part, size_t nparts)
{
	static regex_t regex;
	static bool compiled = false;

	if (!compiled)
		CHECK(regcomp(&regex, form, REG_EXTENDED | flags) == 0);
	compiled = true;
	return regexec(&regex, text, nparts, part, 0) == 0;
}

int
fuzz_number(const char *text, const regmatch_t *part)
{
	return part->rm_so < 0 ? 0 : atoi(strndupa(text + part->rm_so, (size_t) (part->rm_eo - part->rm_so)));
}

bool
fuzz_time(FuzzInput input, FuzzTime parse, FuzzTime slow_parse, int64_t *us)
{
	char	   *text = fuzz_text(input);
	int64_t		expected = 0;
	bool		taken = parse(text, us);

	CHECK(taken == slow_parse(text, &expected));
	CHECK(!taken || *us == expected);
	free(text);
	return taken;
}
