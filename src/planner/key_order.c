/*
 * key_order.c
 *		Of several conditions that give one key its value: which one is asked by.
 *
 *		convert_to(key, 'UTF8') = convert_to(i.x, 'UTF8') AND key = i.y
 *
 * What the key is not asked by is a gate, if it may be tested before there is a row.  So the first
 * is what is no gate though its value may be evaluated for any row, and keys that differ from i.y are
 * not asked for: the other way round all of i.y would be.  Then comes what is no gate and compares the
 * key's own column, as "key = (SELECT ...)" does.
 */
#include "postgres.h"

#include "planner/key_order.h"

#include "planner/gate.h"
#include "planner/harmless.h"
#include "planner/key.h"

static bool
bind_same_key(const List *factors)
{
	int			keys = 0;
	ListCell   *lc;

	foreach(lc, factors)
	{
		const TuyaKeyFactor *factor = lfirst(lc);

		if (keys & factor->keys)
			return true;
		keys |= factor->keys;
	}
	return false;
}

static bool
has_harmless_values(const TuyaKeyFactor *factor)
{
	ListCell   *a;
	ListCell   *t;

	foreach(a, factor->alternatives)
	{
		foreach(t, (List *) lfirst(a))
		{
			if (!tuya_harmless((Node *) ((TuyaKeyTerm *) lfirst(t))->value))
				return false;
		}
	}
	return true;
}

List *
tuya_key_order(const TuyaKeyOwn *own, List *factors)
{
	List	   *harmless = NIL;
	List	   *exact = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	if (!bind_same_key(factors))
		return factors;
	foreach(lc, factors)
	{
		TuyaKeyFactor *factor = lfirst(lc);

		if (tuya_gate_could_be(tuya_key_clause(factor->clause), own->relid, own->columns))
			others = lappend(others, factor);
		else if (has_harmless_values(factor))
			harmless = lappend(harmless, factor);
		else if (factor->exact)
			exact = lappend(exact, factor);
		else
			others = lappend(others, factor);
	}
	return list_concat(list_concat(harmless, exact), others);
}
