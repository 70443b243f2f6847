/*
 * search.h
 *		What is kept while subqueries are looked for, and the conditions under which
 *		they are evaluated.
 */
#ifndef TUYA_LOOKAHEAD_SEARCH_H
#define TUYA_LOOKAHEAD_SEARCH_H

#include "postgres.h"

#include "nodes/plannodes.h"

#include "lookahead/node.h"

/* A subquery of the expressions that are looked at. */
typedef struct TuyaEvaluated
{
	SubPlan    *subplan;
	List	   *gates;			/* conditions under which it is evaluated */
} TuyaEvaluated;

/*
 * What is looked for.  What is found is in terms of the expressions that are looked
 * at, and has values before the plan's children are begun, else it is not found.
 */
typedef struct TuyaSearch
{
	const Rewrite *rewrite;
	Plan	   *plan;			/* evaluates the expressions for each row */
	List	   *targets;		/* TuyaTarget: what was found */
	List	   *gates;			/* conditions under which what is in hand is evaluated */
	List	   *callers;		/* entered, innermost first: pairs of parameters' ids and their
								 * values */
	List	   *initplans;		/* SubPlan: those of plans that were entered */
	List	   *known;			/* TuyaEvaluated: subqueries whose values are known ahead */
	List	   *evaluated;		/* TuyaEvaluated: the expressions' others that were come to */
	List	   *computed;		/* TuyaEvaluated: subqueries that keys are, and known ahead is not */
	int			unknown;		/* relation whose columns are not known ahead; 0: none */
	bool		guesses;		/* what is in hand is evaluated only if something has a row */
	bool		in_join;		/* no subquery was entered; scans are joins.c's */
	bool		in_rows;		/* what is looked for is for each row that a subquery reads */
} TuyaSearch;

/*
 * Makes the subquery the innermost caller.  A value that depends on a row of another
 * caller's plan is none that is known ahead.
 */
extern void tuya_search_enter(TuyaSearch *search, const SubPlan *subplan);

/* Notes that the expressions come to the subquery; false: its value is known ahead. */
extern bool tuya_search_add_evaluated(TuyaSearch *search, SubPlan *subplan);

/* Which of the evaluated is that subquery; NULL: none. */
extern const TuyaEvaluated *tuya_search_find_evaluated(List *evaluated, const Node *subplan);

/* The subquery's value where it is evaluated, else NULL. */
extern Expr *tuya_search_value_of(const TuyaEvaluated *evaluated);

/*
 * The target that the scan is, with the conditions under which it asks; NULL if not all of
 * it is known ahead.  Then what has to be computed for that may have been added.
 */
extern TuyaTarget *tuya_search_make_target(TuyaSearch *search, ForeignScan *scan);

/* Adds the target.  One that was guessed, or is, and is found for certain as well, is there once. */
extern void tuya_search_add_target(TuyaSearch *search, TuyaTarget *target);

/* Whether one of the targets asks the same as the other. */
extern bool tuya_search_has_same(const TuyaSearch *search, List *targets, const TuyaTarget *other);

/* Whether some target that was found asks for more than those of the list do. */
extern bool tuya_search_found_more(const TuyaSearch *search, List *asked);

/*
 * Parameters that have values, or may be given them, before the plan's children are begun.
 * gated: what needs them has further conditions.
 */
extern Bitmapset *tuya_search_params_ahead(const TuyaSearch *search, bool gated);

/* The expressions with what callers set parameters to instead of these. */
extern List *tuya_search_of_row(const TuyaSearch *search, List *exprs);

/* Of these parameters, those that callers set: their ids, and their values in what calls. */
extern List *tuya_search_set_by_callers(const TuyaSearch *search, const Bitmapset *params, List **values);

/* Whether parameters of the expressions are set by a caller, or made from such. */
extern bool tuya_search_has_params(const TuyaSearch *search, List *exprs);

/*
 * Lets what comes next be evaluated only where the condition is true.  False: it cannot
 * be tested ahead.  Who adds gates puts search->gates back, which is not changed itself.
 */
extern bool tuya_search_add_gate(TuyaSearch *search, Node *condition);

/* Conditions; of a row's value as such, not of its fields. */
extern Node *tuya_search_is_not_false(Node *arg);
extern Node *tuya_search_is_not_true(Node *arg);
extern Node *tuya_search_is_null(Node *arg);
extern Node *tuya_search_is_not_null(Node *arg);

/*
 * The CASE as a condition: whether it comes to the test of its arm of that number, or,
 * with taken, to its value.  Behind the last arm is ELSE.
 */
extern Node *tuya_search_comes_to_arm(const CaseExpr *expr, int arm, bool taken);

#endif							/* TUYA_LOOKAHEAD_SEARCH_H */
