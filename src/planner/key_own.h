/*
 * key_own.h
 *		What an expression over a table's own columns is, of its keys.
 *
 * An expression is a key if it is the key's column, or if conditions of the
 * table say that it equals that column, as package_product_key does in
 * "package_product_key = product_key".  A required key is never NULL, so that
 * COALESCE, NULLIF and IS NOT DISTINCT FROM do not stand in its way.
 *
 * Nothing here throws but what the system catalogs' caches do.
 */
#ifndef TUYA_KEY_OWN_H
#define TUYA_KEY_OWN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "api/column.h"

/* A table in a query, and what else equals its keys where some conditions hold. */
typedef struct TuyaKeyOwn
{
	PlannerInfo *root;
	Index		relid;
	const TuyaColumns *columns;
	List	   *equal[TUYA_KEYS_MAX];	/* Exprs beside the key's column */
	int			known;			/* 1 << TuyaKeyId of keys that have a value by now: values of
								 * others may refer to their columns */
} TuyaKeyOwn;

/* For the conditions (Exprs or RestrictInfos) that hold together. */
extern void tuya_key_own_init(TuyaKeyOwn *own, PlannerInfo *root, Index relid,
							  const TuyaColumns *columns, List *clauses);

/* The same for more conditions: a copy that adds what they say. */
extern TuyaKeyOwn tuya_key_own_extend(const TuyaKeyOwn *own, List *clauses);

/* The keys (1 << TuyaKeyId) whose columns are never NULL, since something was asked for. */
static inline int
tuya_key_own_never_null(const TuyaKeyOwn *own)
{
	return tuya_action_required_keys(own->columns->action);
}

/*
 * Whether the expression is known not to be NULL where the conditions that own goes by
 * are true: a key, or what equals one.
 */
extern bool tuya_key_own_is_never_null(const TuyaKeyOwn *own, Expr *expr);

/*
 * The keys (1 << TuyaKeyId), but known ones, that the expression is, unless it is NULL;
 * of_nulls: none if it may be NULL.
 */
extern int	tuya_key_own_keys_of(const TuyaKeyOwn *own, Expr *expr, bool of_nulls);

/* The key whose column the expression is, and nothing more; -1 if none. */
extern int	tuya_key_own_column(const TuyaKeyOwn *own, Expr *expr);

/*
 * The expression with values, by TuyaKeyId, in place of the key columns that
 * have one.
 */
extern Node *tuya_key_own_replace(const TuyaKeyOwn *own, Node *node,
								  Expr *const values[TUYA_KEYS_MAX]);

/* Whether the expression can be evaluated before the table is asked, and known keys be known. */
extern bool tuya_key_own_is_value(const TuyaKeyOwn *own, Expr *expr);

/* Whether that operator finds out, under that collation, if two texts are the same. */
extern bool tuya_key_is_text_equality(Oid operator, Oid collation);

/* Whether the clause says that two texts are equal, a NULL aside; which. */
extern bool tuya_key_is_equality(Expr *clause, Expr **left, Expr **right);

/* value = ANY (array), of texts; to be executed, too. */
extern Expr *tuya_key_make_any(Expr *value, Expr *array, Oid collation);

/* Whether the members of the class are the same texts. */
extern bool tuya_key_is_text_class(const EquivalenceClass *ec);

/* Whether such a clause says so of two NULLs, too. */
extern bool tuya_key_is_true_of_nulls(const Expr *clause);

/* Whether a planned subquery in it is volatile: contain_volatile_functions() looks into none. */
extern bool tuya_key_has_volatile_subplan(Node *expr, PlannerInfo *root);

/* The clause itself, of a RestrictInfo or an Expr. */
extern Expr *tuya_key_clause(Node *clause);

/* The expression below its RelabelTypes. */
extern Expr *tuya_key_strip_relabels(Expr *expr);

/* Whether it is of type text or varchar, or of a domain over one. */
extern bool tuya_key_is_text(const Expr *expr);

/*
 * The function that the expression calls, by its name or by an operator, and *args; InvalidOid,
 * and NIL: it calls none.
 */
extern Oid	tuya_key_called(const Expr *expr, List **args);

/* A value of a type of texts, or an array of such, as text or an array of texts. */
extern Expr *tuya_key_as_text(Expr *value);

/* The text that the constant is; NULL: it is none, or of another type. */
extern char *tuya_key_constant_text(const Expr *expr);

/* A literal that has no type yet, as text; else the expression itself. */
extern Expr *tuya_key_known_text(Expr *expr);

#endif							/* TUYA_KEY_OWN_H */
