/*
 * private.c
 *		What the plan of a foreign scan keeps for the executor.
 */
#include "postgres.h"

#include "planner/private.h"

#include "nodes/value.h"

/* Positions in the list. */
typedef enum Position
{
	KEYS,
	ATTRIBUTES,
	LIMIT,
	COUNTS,
	MISSING,
	GATES
} Position;

List *
tuya_private_make(const TuyaPrivate *parts)
{
	/* in the order of Position */
	List	   *list = list_make5(parts->keys, parts->attributes, makeInteger(parts->limit),
								  makeInteger(parts->counts), parts->missing);

	return lappend(list, parts->gates);
}

TuyaPrivate
tuya_private_get(const ForeignScan *scan)
{
	const List *list = scan->fdw_private;
	TuyaPrivate private = {
		.keys = list_nth(list, KEYS),
		.attributes = list_nth(list, ATTRIBUTES),
		.limit = intVal(list_nth(list, LIMIT)),
		.counts = intVal(list_nth(list, COUNTS)) != 0,
		.missing = list_nth(list, MISSING),
		.gates = list_nth(list, GATES)
	};

	return private;
}
