/*
 * jsontext.c
 *		Is a text one that json-c may be given?  See jsontext.h.
 *
 * Bytes first, then tokens, from left to right.  A token that is no JSON but
 * touches the end of the text is taken for one that was cut.
 */
#include "jsontext.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * What json-c allocates, with malloc's overhead, on 64 bits.  A container: 16 hash
 * entries of 40 bytes or 32 array slots, and itself.  A member: a value, a key,
 * and as many entries as a table has for each member at worst, while it is
 * copied into one twice as large.  A byte: itself, and three times itself in
 * a buffer that is doubled by copying.  A document: the parser's stack and a
 * locale.  test_json_memory holds them against what is really allocated.
 */
#define BYTES_PER_CONTAINER 1024
#define BYTES_PER_MEMBER 384
#define BYTES_PER_BYTE 4
#define DOCUMENT_BYTES 32768

static const char *const is_empty = "it is empty";
static const char *const is_cut = "it ends too early";
static const char *const is_not_json = "it is not JSON";
static const char *const is_followed = "something follows the JSON";
static const char *const is_no_object = "it is not an object";

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) ||
		c == '+' || c == '-' || c == '.' || c == '_';
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_opening(char c)
{
	return c == '{' || c == '[';
}

static bool
is_closing(char c)
{
	return c == '}' || c == ']';
}

static bool
is_punctuation(char c)
{
	return is_opening(c) || is_closing(c) || c == ':' || c == ',';
}

/*
 * Bytes of the UTF-8 character at p, 0 if there is none or it is NUL.  json-c
 * lets overlong forms and surrogates pass, which PostgreSQL does not.
 */
static size_t
utf8_length(const unsigned char *p, size_t len)
{
	unsigned char low = 0x80;	/* bounds of the second byte */
	unsigned char high = 0xBF;
	size_t		n;

	if (p[0] < 0x80)
		return p[0] != 0 ? 1 : 0;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] == 0xE0)
		low = 0xA0;				/* below it is overlong */
	else if (p[0] == 0xED)
		high = 0x9F;			/* above it are surrogates */
	else if (p[0] == 0xF0)
		low = 0x90;				/* below it is overlong */
	else if (p[0] == 0xF4)
		high = 0x8F;			/* above it is no Unicode */

	if (len < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	return n;
}

/* Whether the next eight bytes are ASCII, without NUL. */
static bool
is_ascii_word(const char *text, size_t len)
{
	uint64_t	word;

	if (len < sizeof(word))
		return false;
	memcpy(&word, text, sizeof(word));
	return ((word | (word - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080)) == 0;
}

static bool
is_utf8(const char *text, size_t len)
{
	for (size_t i = 0, n; i < len; i += n)
	{
		if (is_ascii_word(text + i, len - i))
		{
			n = sizeof(uint64_t);
			continue;
		}
		n = utf8_length((const unsigned char *) text + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}

/* The index behind the digits that begin at word[i]. */
static size_t
skip_digits(const char *word, size_t len, size_t i)
{
	while (i < len && is_digit(word[i]))
		i++;
	return i;
}

/*
 * Whether a word is a number by JSON's grammar.  Sets *integer to whether it has
 * neither fraction nor exponent.
 */
static bool
is_number(const char *word, size_t len, bool *integer)
{
	size_t		begin = len > 0 && word[0] == '-' ? 1 : 0;
	size_t		i = skip_digits(word, len, begin);
	size_t		end = i;

	if (i == begin || (word[begin] == '0' && i > begin + 1))
		return false;
	*integer = i == len;
	if (i < len && word[i] == '.')
	{
		end = skip_digits(word, len, i + 1);
		if (end == i + 1)
			return false;
		i = end;
	}
	if (i < len && (word[i] == 'e' || word[i] == 'E'))
	{
		begin = i + 1;
		if (begin < len && (word[begin] == '+' || word[begin] == '-'))
			begin++;
		i = skip_digits(word, len, begin);
		if (i == begin)
			return false;
	}
	return i == len;
}

/* json-c keeps a double's text, but of an integer only 64 bits. */
static bool
integer_fits(const char *word, size_t len)
{
	size_t		sign = word[0] == '-' ? 1 : 0;
	const char *limit = sign ? "9223372036854775808" : "18446744073709551615";
	size_t		ndigits = len - sign;

	return ndigits < strlen(limit) ||
		(ndigits == strlen(limit) && memcmp(word + sign, limit, ndigits) <= 0);
}

/*
 * Whether a word is a literal.  Sets *begun to whether it is at least the
 * beginning of one, or of a number.
 */
static bool
is_literal(const char *word, size_t len, bool *begun)
{
	static const char *const literals[] = {"true", "false", "null"};

	*begun = word[0] == '-' || is_digit(word[0]);
	for (int i = 0; i < 3; i++)
	{
		if (strncmp(literals[i], word, len) != 0)
			continue;
		*begun = true;
		if (literals[i][len] == '\0')
			return true;
	}
	return false;
}

/* Checks a word: all that is neither string nor punctuation. */
static TuyaJsonText
check_word(const char *word, size_t len, bool at_end, const char **reason)
{
	bool		integer = false;
	bool		begun;

	if (is_literal(word, len, &begun))
		return TUYA_JSONTEXT_OK;
	if (!is_number(word, len, &integer))
	{
		*reason = at_end && begun ? is_cut : is_not_json;
		return TUYA_JSONTEXT_NOT_JSON;
	}
	if (integer && !integer_fits(word, len))
	{
		*reason = "an integer in it does not fit into 64 bits";
		return TUYA_JSONTEXT_REFUSED;
	}
	return TUYA_JSONTEXT_OK;
}

static size_t
word_length(const char *text, size_t len)
{
	size_t		n = 0;

	while (n < len && is_word_char(text[n]))
		n++;
	return n;
}

/*
 * Length of the string at text, quotes included; 0 if it is none, with the
 * reason.  What follows a backslash is for json-c to check.
 */
static size_t
string_length(const char *text, size_t len, const char **reason)
{
	size_t		n = 1;

	for (;;)
	{
		/* eight bytes at a time: none below 0x20, no quote, no backslash */
		while (len - n >= 8 && n < len)
		{
			uint64_t	w,
						q,
						b;

			memcpy(&w, text + n, 8);
			q = w ^ UINT64_C(0x2222222222222222);
			b = w ^ UINT64_C(0x5c5c5c5c5c5c5c5c);
			if (((((w - UINT64_C(0x2020202020202020)) & ~w) |
				  ((q - UINT64_C(0x0101010101010101)) & ~q) |
				  ((b - UINT64_C(0x0101010101010101)) & ~b)) & UINT64_C(0x8080808080808080)) != 0)
				break;
			n += 8;
		}
		while (n < len && (unsigned char) text[n] >= 0x20 && text[n] != '"' && text[n] != '\\')
			n++;
		if (n >= len)
		{
			*reason = is_cut;
			return 0;
		}
		if (text[n] == '"')
			return n + 1;
		if (text[n] != '\\')
		{
			*reason = "a string in it has a control character";
			return 0;
		}
		n += 2;
	}
}

/* What a token that begins with c makes json-c allocate, its bytes aside. */
static size_t
token_memory(char c)
{
	if (is_opening(c))
		return BYTES_PER_CONTAINER;
	return c == ',' ? BYTES_PER_MEMBER : 0;
}

/*
 * Length of the token at text; sets *result, and the reason if it is not OK.  before is the
 * first byte of the token before.
 */
static size_t
check_token(const char *text, size_t len, char before, TuyaJsonText *result, const char **reason)
{
	size_t		n = 1;

	*result = TUYA_JSONTEXT_NOT_JSON;
	if (text[0] == '"')
	{
		n = string_length(text, len, reason);
		if (n > 0)
			*result = TUYA_JSONTEXT_OK;
	}
	else if (is_word_char(text[0]))
	{
		n = word_length(text, len);
		*result = check_word(text, n, n == len, reason);
	}
	else if (is_punctuation(text[0]) && !(before == ',' && is_closing(text[0])))
		*result = TUYA_JSONTEXT_OK;
	else
		*reason = is_not_json;
	return n;
}

static TuyaJsonText
check_tokens(const char *text, size_t len, size_t memory_max, size_t *memory,
			 size_t *nmembers, const char **reason)
{
	TuyaJsonText result;
	char		first = '\0';	/* first byte of the first token */
	char		before = '\0';	/* and of the one before */
	int64_t		depth = 0;
	size_t		n;

	*memory = DOCUMENT_BYTES + len * BYTES_PER_BYTE;
	*nmembers = 0;
	for (size_t i = 0; i < len; i += n)
	{
		char		c = text[i];

		n = 1;
		if (is_space(c))
			continue;
		if (first == '{' && depth == 0)
		{
			*reason = is_followed;
			return TUYA_JSONTEXT_NOT_JSON;
		}
		n = check_token(text + i, len - i, before, &result, reason);
		if (result != TUYA_JSONTEXT_OK)
			return result;

		if (first == '\0')
			first = c;
		depth += is_opening(c) - is_closing(c);
		*nmembers += c == ':';
		*memory += token_memory(c);
		if (*memory > memory_max)
		{
			*reason = "it has more members than any page of %s can have";
			return TUYA_JSONTEXT_REFUSED;
		}
		before = c;
	}
	if (first == '{')
		return TUYA_JSONTEXT_OK;
	*reason = first == '\0' ? is_empty : is_no_object;
	return first == '\0' ? TUYA_JSONTEXT_NOT_JSON : TUYA_JSONTEXT_REFUSED;
}

TuyaJsonText
tuya_jsontext_check(const char *text, size_t len, size_t memory_max, size_t *memory,
					size_t *nmembers, const char **reason)
{
	if (!is_utf8(text, len))
	{
		*reason = "it is not UTF-8 text";
		return TUYA_JSONTEXT_NOT_JSON;
	}
	return check_tokens(text, len, memory_max, memory, nmembers, reason);
}
