/*
 * jsonkind.h
 *		What token of JSON a byte begins.
 *
 * For jsontext.c and prune.c.
 */
#ifndef TUYA_JSONKIND_H
#define TUYA_JSONKIND_H

typedef enum TuyaJsonKind
{
	TUYA_JSON_NONE,
	TUYA_JSON_SPACE,			/* between tokens */
	TUYA_JSON_STRING,
	TUYA_JSON_WORD,				/* number or literal */
	TUYA_JSON_COLON,
	TUYA_JSON_COMMA,
	TUYA_JSON_OPENING,
	TUYA_JSON_CLOSING
} TuyaJsonKind;

/* By the byte; defined in jsontext.c. */
extern const unsigned char tuya_json_kinds[256];

static inline TuyaJsonKind
tuya_json_kind(char c)
{
	return tuya_json_kinds[(unsigned char) c];
}

/* Behind all bytes of that kind that stand there. */
static inline const char *
tuya_json_skip(TuyaJsonKind kind, const char *p, const char *end)
{
	while (p < end && tuya_json_kind(*p) == kind)
		p++;
	return p;
}

#endif							/* TUYA_JSONKIND_H */
