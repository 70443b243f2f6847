/*
 * reach.h
 *		What the conditions of a statement could bind of a table's key at best.
 */
#ifndef TUYA_REACH_H
#define TUYA_REACH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "planner/key.h"

/*
 * The binding by all conditions of the table, and of joins that may become such.  Tables
 * of ours that would have to be read before one another give no values; the keys (1 <<
 * TuyaKeyId) that only they could give are the result.
 */
extern int	tuya_reach_bind(PlannerInfo *root, RelOptInfo *baserel, TuyaKeyBinding *binding);

/*
 * The keys (1 << TuyaKeyId) that are bound by conditions of the table's own query, and by
 * more (Exprs over its columns).  Conditions that were passed to tables of the query from
 * outside do not count, nor do values of tables that need such.
 */
extern int	tuya_reach_keys(PlannerInfo *root, RelOptInfo *baserel, List *more);

/*
 * The same, of some keys once others have a value: a condition may say of one key what it
 * is by another.  By those that have one (1 << TuyaKeyId): these, and what is bound then.
 */
typedef struct TuyaReachFollowing
{
	int			keys[1 << TUYA_KEYS_MAX];
} TuyaReachFollowing;

extern void tuya_reach_following(PlannerInfo *root, RelOptInfo *baserel, TuyaReachFollowing *following);

/* Tables of ours that cannot be read, as each lacks a value that another of them would give. */
extern Relids tuya_reach_waiting(PlannerInfo *root);

#endif							/* TUYA_REACH_H */
