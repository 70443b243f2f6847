/*
 * apart.c
 *		Whether two scans never ask for the same key.
 */
#include "postgres.h"

#include "executor/apart.h"

#include "utils/datum.h"

#include "compat.h"
#include "planner/key_encode.h"
#include "planner/key_members.h"
#include "planner/key_own.h"
#include "planner/private.h"

/* Pairs of constants that are compared at most. */
#define PAIRS_MAX 10000

/* The constants that the term gives its key, as Consts; NIL: they are not known. */
static List *
constants_of_term(const ForeignScan *scan, List *terms, int term)
{
	Expr	   *value = tuya_key_strip_relabels(list_nth(scan->fdw_exprs, tuya_key_term_expr(terms, term)));

	/* an array that is a constant has only constants */
	if (!IsA(value, Const))
		return NIL;
	return tuya_key_term_is_array(terms, term) ? tuya_key_members_of_array(value) : list_make1(value);
}

/* The same of an alternative that gives the key its value; of several terms the first does. */
static List *
constants_of_alternative(const ForeignScan *scan, List *terms, int key)
{
	for (int term = 0; term < list_length(terms); term += TUYA_KEY_TERM_SIZE)
	{
		if (tuya_key_term_key(terms, term) == key)
			return constants_of_term(scan, terms, term);
	}
	return NIL;
}

/* Of one factor, all of whose alternatives give such; NIL: there is none. */
static List *
constants_of_factor(const ForeignScan *scan, List *alternatives, int key)
{
	List	   *constants = NIL;
	ListCell   *lc;

	foreach(lc, alternatives)
	{
		List	   *more = constants_of_alternative(scan, lfirst(lc), key);

		if (more == NIL)
			return NIL;
		constants = list_concat(constants, more);
	}
	return constants;
}

/* The constants of which the key is one; NIL: it is not known that it is one of a few. */
static List *
constants_of(const ForeignScan *scan, int key)
{
	ListCell   *lc;

	foreach(lc, tuya_private_get(scan).keys)
	{
		List	   *constants = constants_of_factor(scan, lfirst(lc), key);

		if (constants)
			return constants;
	}
	return NIL;
}

/* Whether they are the same text; NULL is no key. */
static bool
is_same_text(const Const *one, const Const *other)
{
	return !one->constisnull && !other->constisnull &&
		datum_image_eq(one->constvalue, other->constvalue, false, -1);
}

static bool
overlap(const List *left, const List *right)
{
	ListCell   *l;
	ListCell   *r;

	foreach(l, left)
	{
		foreach(r, right)
		{
			if (is_same_text(lfirst_node(Const, l), lfirst_node(Const, r)))
				return true;
		}
	}
	return false;
}

bool
tuya_apart(const ForeignScan *scan, const ForeignScan *other)
{
	for (int key = 0; key < TUYA_KEYS_MAX; key++)
	{
		List	   *left = constants_of(scan, key);
		List	   *right = left ? constants_of(other, key) : NIL;

		if (right && list_length(left) * (double) list_length(right) <= PAIRS_MAX && !overlap(left, right))
			return true;
	}
	return false;
}
