/*
 * key.h
 *		Which quals bind which key columns.
 *
 * One rule for planner and executor alike.  A clause binds a key if it follows
 * from it that the key is one of finitely many values which do not depend on the
 * table and are not volatile: "column = value", "column = ANY (array)", what
 * key_term.c has beside them, and AND, OR and CASE of these.  Two texts are the
 * same if texteq says so under a deterministic collation.
 *
 * What a clause says is a factor: alternatives, each a list of terms.  A term's value
 * may refer to key columns for which its alternative has terms before it.  A scan asks
 * for the cross product of its factors.  All key clauses stay in the plan's
 * quals, so a factor decides only what is asked for, never which rows are true.
 */
#ifndef TUYA_KEY_H
#define TUYA_KEY_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "api/column.h"
#include "planner/key_own.h"

/*
 * column = value, or, with is_array, column = ANY (value), where that is an array of texts or a
 * jsonb, of which the strings count that "jsonb ? text" finds.
 */
typedef struct TuyaKeyTerm
{
	TuyaKeyId	key;
	bool		is_array;
	Expr	   *value;
} TuyaKeyTerm;

typedef struct TuyaKeyFactor
{
	Node	   *clause;			/* what it was made from */
	List	   *alternatives;	/* lists of TuyaKeyTerm */
	int			keys;			/* 1 << TuyaKeyId of all keys that it binds */
	double		size;			/* estimate of how many combinations it has */
	bool		exact;			/* the clause says nothing else */
} TuyaKeyFactor;

/* The factors that together bind the keys, as far as they can be. */
typedef struct TuyaKeyBinding
{
	List	   *factors;		/* TuyaKeyFactor */
	int			keys;			/* 1 << TuyaKeyId of all keys that are bound */
	int			single;			/* and of those that have one value */
	double		lookups;		/* estimate of how many keys there are */
} TuyaKeyBinding;

/* Whether with these keys (1 << TuyaKeyId) there can be a request. */
static inline bool
tuya_key_suffices(const TuyaColumns *columns, int keys)
{
	return (tuya_action_required_keys(columns->action) & ~keys) == 0;
}

/* Binds what the clauses (RestrictInfos or Exprs) can bind. */
extern void tuya_key_bind(PlannerInfo *root, List *clauses, Index relid,
						  const TuyaColumns *columns, TuyaKeyBinding *binding);

/* The keys (1 << TuyaKeyId) that are bound where those have some single value: they, and others. */
extern int	tuya_key_bound_given(PlannerInfo *root, List *clauses, Index relid,
								 const TuyaColumns *columns, int keys);

/* The clauses beside those of which the binding of these keys is made; a new list. */
extern List *tuya_key_other_clauses(List *clauses, const TuyaKeyBinding *binding, int keys);

/*
 * What the clauses (RestrictInfos or Exprs) of a table say together, in fewer words: as
 * many Exprs, in their order.  tuya_key_bind() sees to it by itself.
 */
extern List *tuya_key_plain(const TuyaKeyOwn *own, List *clauses);

/*
 * Whether the clause binds that key, or does so once it is known what the other
 * keys are.  own is of the table's own conditions.
 */
extern bool tuya_key_is_bound_by(const TuyaKeyOwn *own, Expr *clause, TuyaKeyId key);

/*
 * The keys (1 << TuyaKeyId) to which the clause by itself gives values; or one key, if
 * it depends on others.  *size: to how many combinations.
 */
extern int	tuya_key_of_clause(const TuyaKeyOwn *own, Expr *clause, double *size);

#endif							/* TUYA_KEY_H */
