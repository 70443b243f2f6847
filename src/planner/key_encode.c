/*
 * key_encode.c
 *		Factors, which say what keys are asked for, as a plan keeps them.
 */
#include "postgres.h"

#include "planner/key_encode.h"

static List *
encode_terms(List *terms, List **exprs)
{
	List	   *encoded = NIL;
	ListCell   *lc;

	foreach(lc, terms)
	{
		TuyaKeyTerm *term = lfirst(lc);

		encoded = lappend_int(encoded, term->key);
		encoded = lappend_int(encoded, term->is_array);
		encoded = lappend_int(encoded, list_length(*exprs));
		*exprs = lappend(*exprs, term->value);
	}
	return encoded;
}

List *
tuya_key_encode(const TuyaKeyBinding *binding, List **exprs)
{
	List	   *encoded = NIL;
	ListCell   *f;
	ListCell   *a;

	foreach(f, binding->factors)
	{
		TuyaKeyFactor *factor = lfirst(f);
		List	   *alternatives = NIL;

		foreach(a, factor->alternatives)
		{
			alternatives = lappend(alternatives, encode_terms(lfirst(a), exprs));
		}
		encoded = lappend(encoded, alternatives);
	}
	return encoded;
}

List *
tuya_key_encode_whole(void)
{
	List	   *term = list_make3_int(TUYA_KEY_TERM_WHOLE, true, 0);

	return list_make1(list_make1(term));
}

int
tuya_key_encoded_keys(List *factors)
{
	int			keys = 0;
	ListCell   *lc;

	foreach(lc, factors)
	{
		/* all alternatives of a factor bind the same keys; without one it binds all, to nothing */
		List	   *terms;

		if (lfirst(lc) == NIL)
			return ~0;
		terms = linitial(lfirst_node(List, lc));

		for (int term = 0; term < list_length(terms); term += TUYA_KEY_TERM_SIZE)
			keys |= 1 << tuya_key_term_key(terms, term);
	}
	return keys;
}
