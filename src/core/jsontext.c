/*
 * jsontext.c
 *		Is a text one that json-c may be given?  See jsontext.h.
 *
 * Tokens are looked at from left to right.  One that is no JSON but touches the end of the
 * text is taken for one that was cut.
 */
#include "jsontext.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "ascii.h"
#include "jsonkind.h"

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

const unsigned char tuya_json_kinds[256] = {
	[' '] = TUYA_JSON_SPACE,['\t'] = TUYA_JSON_SPACE,['\n'] = TUYA_JSON_SPACE,['\r'] = TUYA_JSON_SPACE,
	['"'] = TUYA_JSON_STRING,[':'] = TUYA_JSON_COLON,[','] = TUYA_JSON_COMMA,
	['{'] = TUYA_JSON_OPENING,['['] = TUYA_JSON_OPENING,['}'] = TUYA_JSON_CLOSING,[']'] = TUYA_JSON_CLOSING,
	['+'] = TUYA_JSON_WORD,['-'] = TUYA_JSON_WORD,['.'] = TUYA_JSON_WORD,['_'] = TUYA_JSON_WORD,
	TUYA_ASCII_ALNUM(TUYA_JSON_WORD)
};

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

/* What a string cannot have as it is: control characters, quote and backslash. */
static const bool ends_run[256] = {
	true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
	true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true,
	['"'] = true,['\\'] = true
};

#define EIGHT_TIMES(byte) (UINT64_C(0x0101010101010101) * (byte))

/* 0 if none of the word's bytes, ASCII all of them, is below that one. */
static inline uint64_t
any_below(uint64_t word, unsigned char byte)
{
	return (word - EIGHT_TIMES(byte)) & EIGHT_TIMES(0x80);
}

/* Whether the bytes there begin with eight of ASCII that are neither controls nor backslashes. */
static inline bool
is_plain_word(const char *text, size_t len)
{
	uint64_t	word;

	if (len < sizeof(word))
		return false;
	memcpy(&word, text, sizeof(word));
	return ((word & EIGHT_TIMES(0x80)) | any_below(word, ' ') | any_below(word ^ EIGHT_TIMES('\\'), 1)) == 0;
}

bool
tuya_jsontext_is_utf8(const char *text, size_t len, bool *plain)
{
	*plain = true;
	for (size_t i = 0, n; i < len; i += n)
	{
		n = sizeof(uint64_t);
		if (is_plain_word(text + i, len - i))
			continue;
		n = utf8_length((const unsigned char *) text + i, len - i);
		if (n == 0)
			return false;
		*plain &= !ends_run[(unsigned char) text[i]] || text[i] == '"';
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
	if (*begun)
		return false;
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

/*
 * Length of the string at text, quotes included; 0 if it is none, with the
 * reason.  What follows a backslash is for json-c to check.
 */
static size_t
string_length(const char *text, size_t len, bool plain, const char **reason)
{
	const char *end = text + len;
	const char *p = text + 1;

	if (plain)
	{
		/* strings are short, but to find one byte alone is what memchr() does best */
		p = memchr(p, '"', (size_t) (end - p));
		if (p == NULL)
			*reason = is_cut;
		return p ? (size_t) (p - text) + 1 : 0;
	}
	for (;;)
	{
		while (p < end && !ends_run[(unsigned char) *p])
			p++;
		if (p >= end)
		{
			*reason = is_cut;
			return 0;
		}
		if (*p == '"')
			return (size_t) (p - text) + 1;
		if (*p != '\\')
		{
			*reason = "a string in it has a control character";
			return 0;
		}
		/* there may be nothing behind it */
		p += end - p > 1 ? 2 : 1;
	}
}

/* The tokens so far. */
typedef struct Tokens
{
	char		before;			/* first byte of the latest; NUL before the first */
	int64_t		depth;			/* brackets that are open */
	size_t		memory;			/* bytes that json-c takes for them, those of the text included */
	size_t		nmembers;
	bool		plain;			/* see tuya_jsontext_is_utf8() */
} Tokens;

/* Checks and counts the token at text, of which there is a byte; sets *n to its length. */
static inline TuyaJsonText
take_token(Tokens *tokens, const char *text, size_t len, size_t *n, const char **reason)
{
	char		before = tokens->before;

	tokens->before = text[0];
	*n = 1;
	switch (tuya_json_kind(text[0]))
	{
		case TUYA_JSON_STRING:
			*n = string_length(text, len, tokens->plain, reason);
			return *n > 0 ? TUYA_JSONTEXT_OK : TUYA_JSONTEXT_NOT_JSON;
		case TUYA_JSON_WORD:
			*n = (size_t) (tuya_json_skip(TUYA_JSON_WORD, text, text + len) - text);
			return check_word(text, *n, *n == len, reason);
		case TUYA_JSON_COLON:
			tokens->nmembers++;
			return TUYA_JSONTEXT_OK;
		case TUYA_JSON_COMMA:
			tokens->memory += BYTES_PER_MEMBER;
			return TUYA_JSONTEXT_OK;
		case TUYA_JSON_OPENING:
			tokens->depth++;
			tokens->memory += BYTES_PER_CONTAINER;
			return TUYA_JSONTEXT_OK;
		case TUYA_JSON_CLOSING:
			tokens->depth--;
			if (before != ',')
				return TUYA_JSONTEXT_OK;
			break;
		default:
			break;
	}
	*reason = is_not_json;
	return TUYA_JSONTEXT_NOT_JSON;
}

/* The index of the first byte from there on that is no space. */
static size_t
skip_space(const char *text, size_t len, size_t i)
{
	return (size_t) (tuya_json_skip(TUYA_JSON_SPACE, text + i, text + len) - text);
}

static TuyaJsonText
check_tokens(Tokens *tokens, const char *text, size_t len, size_t memory_max, const char **reason)
{
	size_t		first = skip_space(text, len, 0);
	size_t		n;

	for (size_t i = first; i < len; i = skip_space(text, len, i + n))
	{
		TuyaJsonText result;

		if (i > first && tokens->depth == 0 && text[first] == '{')
		{
			*reason = is_followed;
			return TUYA_JSONTEXT_NOT_JSON;
		}
		result = take_token(tokens, text + i, len - i, &n, reason);
		if (result != TUYA_JSONTEXT_OK)
			return result;
		if (tokens->memory > memory_max)
		{
			*reason = "it has more members than any page of %s can have";
			return TUYA_JSONTEXT_REFUSED;
		}
	}
	if (first < len && text[first] == '{')
		return TUYA_JSONTEXT_OK;
	*reason = first == len ? is_empty : is_no_object;
	return first == len ? TUYA_JSONTEXT_NOT_JSON : TUYA_JSONTEXT_REFUSED;
}

bool
tuya_jsontext_is_word(const char *word, size_t len)
{
	const char *reason;

	return check_word(word, len, false, &reason) == TUYA_JSONTEXT_OK;
}

TuyaJsonText
tuya_jsontext_check(const char *text, size_t len, bool plain, size_t memory_max, size_t *memory,
					size_t *nmembers, const char **reason)
{
	Tokens		tokens = {.memory = DOCUMENT_BYTES + len * BYTES_PER_BYTE,.plain = plain};
	TuyaJsonText result = check_tokens(&tokens, text, len, memory_max, reason);

	*memory = tokens.memory;
	*nmembers = tokens.nmembers;
	return result;
}
