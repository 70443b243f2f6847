/*
 * lookahead.h
 *		A plan node that reads a join's outer rows ahead, so that the requests
 *		which they need overlap.
 *
 *		Nested Loop
 *		  ->  Custom Scan (Lookahead)		announces the keys of the rows it holds
 *				->  Seq Scan on inventory
 *		  ->  Foreign Scan on ota_job		asks for the same keys a little later
 *
 * The node only announces; the foreign scan asks for what it needs, and within
 * one execution the same key is asked for once.  So a wrong guess costs a
 * request, never a wrong row.
 *
 * rewrite.c puts the node into finished plans, joins.c for joins, and subqueries.c
 * for correlated subqueries, which targets.c, search.c, choice.c, frames.c, outset.c and merge.c look for,
 * and for which stages.c and split.c split plan nodes.  computed.c and gather.c are about keys
 * that have to be computed for that.
 * exec.c and announce.c are the node.  outer.c keeps what a join does not need from
 * being asked for, with the node or without.
 */
#ifndef TUYA_LOOKAHEAD_H
#define TUYA_LOOKAHEAD_H

#include "postgres.h"

#include "nodes/extensible.h"
#include "nodes/plannodes.h"

/*
 * CustomScan.custom_private is a list of these.  custom_exprs has the values to
 * which the targets compare their keys, in columns of the child (OUTER_VAR), and
 * after them, for each target, the conditions under which it asks: first those
 * for any key, then those for a key, which is the inner tuple.
 */
typedef enum TuyaLookaheadPrivate
{
	TUYA_LOOKAHEAD_KEYS,		/* the targets' factors, see key.h */
	TUYA_LOOKAHEAD_VALUES,		/* integer: how many of custom_exprs are values */
	TUYA_LOOKAHEAD_TARGETS		/* list of integer lists, for each target these: */
} TuyaLookaheadPrivate;

typedef enum TuyaLookaheadTarget
{
	TUYA_LOOKAHEAD_TARGET_ID,	/* its plan node id */
	TUYA_LOOKAHEAD_TARGET_ROW_QUALS,	/* how many conditions for any key, */
	TUYA_LOOKAHEAD_TARGET_KEY_QUALS,	/* and for a key */
	TUYA_LOOKAHEAD_TARGET_CHOICE,	/* see TuyaTarget; */
	TUYA_LOOKAHEAD_TARGET_GUESSED,	/* likewise, 0 or 1 */
	TUYA_LOOKAHEAD_TARGET_FIRST_KEY
} TuyaLookaheadTarget;

extern const CustomScanMethods tuya_lookahead_methods;

#endif							/* TUYA_LOOKAHEAD_H */
