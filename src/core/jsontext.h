/*
 * jsontext.h
 *		Is a text one that json-c may be given?
 *
 * json-c cannot be asked to be strict: what JSON_TOKENER_STRICT means differs
 * from version to version (0.16 clamps integers beyond 64 bits and takes single
 * quotes for double ones; 0.18 refuses every string that is not ASCII).  So the
 * tokens are checked here, alike for all versions, and json-c, told to be
 * lenient, is left with the grammar.
 *
 * Nor does json-c bear an allocation that fails: 0.16 then crashes or loses
 * members without a word.  So its need is foreseen.
 */
#ifndef TUYA_JSONTEXT_H
#define TUYA_JSONTEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum TuyaJsonText
{
	TUYA_JSONTEXT_OK,			/* all tokens are JSON's, the first opens an object, nothing
								 * follows it, no list ends with a comma; other grammar is not
								 * checked */
	TUYA_JSONTEXT_NOT_JSON,
	TUYA_JSONTEXT_REFUSED		/* may be JSON, but it is no object, or json-c would change it or
								 * take too much memory */
} TuyaJsonText;

/*
 * Whether the text is UTF-8, without NUL.  Sets *plain to whether it has neither control
 * characters nor backslashes: then a string ends where the next quote is.
 */
extern bool tuya_jsontext_is_utf8(const char *text, size_t len, bool *plain);

/*
 * Checks len bytes that are UTF-8, and plain or not.  If they are OK, *memory is set to a bound
 * on the bytes that json-c takes to make a document of them, at most memory_max, and
 * *nmembers to how many members its objects have in all, if the grammar is right; else
 * *reason to a constant, a clause such as "it is empty", in which a "%s" stands for what a
 * page has.  Allocates nothing; takes time linear in len.
 */
extern TuyaJsonText tuya_jsontext_check(const char *text, size_t len, bool plain,
										size_t memory_max, size_t *memory,
										size_t *nmembers, const char **reason);

/* Whether these bytes, of which there is one, are a number or a literal that check takes. */
extern bool tuya_jsontext_is_word(const char *word, size_t len);

#endif							/* TUYA_JSONTEXT_H */
