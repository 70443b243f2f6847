/*
 * key_pattern.c
 *		The texts that a pattern of LIKE or ~ matches.
 *
 *		LIKE 'a'							without wildcards
 *		~ '^a$'								if no other text matches
 *		~ '^(a|b)$'							SIMILAR TO 'a|b', too, which becomes that
 *
 * Tools write lists as patterns.
 */
#include "postgres.h"

#include "planner/key_pattern.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "planner/key_own.h"

static List *
add_text(List *texts, text * found, Oid collation)
{
	return lappend(texts, makeConst(TEXTOID, -1, collation, -1, PointerGetDatum(found), false, false));
}

static List *
texts_of_like(const char *pattern, Oid collation)
{
	char	   *result = palloc(strlen(pattern) + 1);
	char	   *end = result;

	for (; *pattern; pattern++)
	{
		if (*pattern == '%' || *pattern == '_' || (*pattern == '\\' && *++pattern == '\0'))
			return NIL;
		*end++ = *pattern;
	}
	return add_text(NIL, cstring_to_text_with_len(result, end - result), collation);
}

/* What is in the parentheses of "^(...)$", cut out in place; NULL if it is another pattern. */
static char *
inner_of_group(char *pattern)
{
	char	   *end = pattern + strlen(pattern);

	if (strlen(pattern) < 4 || pattern[0] != '^' || pattern[1] != '(' || strcmp(end - 2, ")$") != 0)
		return NULL;
	for (pattern++, end--; *pattern == '(' && end[-1] == ')'; end--)
		pattern += strncmp(pattern, "(?:", 3) == 0 ? 3 : 1;
	if (end < pattern)
		return NULL;
	*end = '\0';
	return pattern;
}

static List *
alternatives(const char *regex, Oid collation)
{
	List	   *texts = NIL;
	StringInfoData one;

	initStringInfo(&one);
	for (;; regex++)
	{
		if (*regex == '|' || *regex == '\0')
		{
			texts = add_text(texts, cstring_to_text_with_len(one.data, one.len), collation);
			resetStringInfo(&one);
			if (*regex == '\0')
				return texts;
			continue;
		}
		/* a backslash before a letter or a digit is more than that character */
		if (*regex == '\\' ? !ispunct((unsigned char) *++regex) : strchr("^$.[]()*+?{}", *regex) != NULL)
			return NIL;
		appendStringInfoChar(&one, *regex);
	}
}

static List *
texts_of_regex(text * pattern, Oid collation)
{
	bool		exact;
	char	   *prefix = regexp_fixed_prefix(pattern, false, collation, &exact);
	char	   *inner;

	if (prefix && exact)
		return add_text(NIL, cstring_to_text(prefix), collation);
	inner = inner_of_group(text_to_cstring(pattern));
	return inner ? alternatives(inner, collation) : NIL;
}

List *
tuya_key_pattern_texts(Oid function, Expr *pattern, Oid collation)
{
	Const	   *constant = (Const *) tuya_key_strip_relabels(pattern);

	if (!IsA(constant, Const) || constant->constisnull || !OidIsValid(collation) ||
		!get_collation_isdeterministic(collation))
		return NIL;
	if (function == F_TEXTLIKE)
		return texts_of_like(TextDatumGetCString(constant->constvalue), collation);
	return function == F_TEXTREGEXEQ ? texts_of_regex(DatumGetTextPP(constant->constvalue), collation) : NIL;
}
