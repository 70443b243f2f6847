/*
 * merge.c
 *		What the actions of MERGE, and that of ON CONFLICT, ask for.
 *
 * A row of the input has the source's columns, and the place of the target's row, if
 * there is one: that tells which actions may be taken.  The first whose condition is true
 * is.  The target's columns are not there, so what depends on them is not known ahead.
 *
 * Of INSERT a row of the input is what is to be inserted, with all of the table's columns:
 * ON CONFLICT knows it as "excluded".  That it conflicts is known when it is inserted, so
 * what is asked for is a guess.
 */
#include "postgres.h"

#include "lookahead/merge.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "compat.h"
#include "lookahead/targets.h"

/* In the actions a column of the source, or of "excluded", is INNER_VAR. */
static Node *
refer_to_input(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == INNER_VAR)
	{
		Var		   *var = copyObject((Var *) node);

		var->varno = OUTER_VAR;
		return (Node *) var;
	}
	return expression_tree_mutator(node, refer_to_input, context);
}

/* The input's column that has the place of the target's row; NULL: there is none. */
static Var *
place_of_target(const Plan *input)
{
	ListCell   *lc;

	foreach(lc, input->targetlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (entry->resjunk && entry->resname && strcmp(entry->resname, "ctid") == 0)
			return makeVarFromTargetEntry(OUTER_VAR, entry);
	}
	return NULL;
}

/* Looks at what is computed where the quals are true; false: none after it is known to be taken. */
static bool
look_at_action(TuyaSearch *search, Node *condition, List *targetlist)
{
	List	   *quals = (List *) refer_to_input(condition, NULL);
	List	   *saved = search->gates;
	bool		testable = true;
	ListCell   *lc;

	foreach(lc, quals)
	{
		tuya_targets_of_expression(search, lfirst(lc));
		testable = tuya_search_add_gate(search, lfirst(lc));
		if (!testable)
			break;
	}
	if (testable)
		tuya_targets_of_expression(search, refer_to_input((Node *) targetlist, NULL));
	search->gates = saved;
	return testable && quals != NIL &&
		tuya_search_add_gate(search, tuya_search_is_not_true((Node *) make_ands_explicit(quals)));
}

static void
look_at_actions(TuyaSearch *search, List *actions, bool matched, Var *place)
{
	List	   *saved = search->gates;
	ListCell   *lc;

	if (!tuya_search_add_gate(search, matched ? tuya_search_is_not_null((Node *) place) :
							  tuya_search_is_null((Node *) place)))
		return;
	foreach(lc, actions)
	{
		const		MergeAction *action = lfirst_node(MergeAction, lc);

		if (tuya_compat_merge_matched(action) == matched &&
			!look_at_action(search, action->qual, action->targetList))
			break;
	}
	search->gates = saved;
}

void
tuya_merge_find(TuyaSearch *search, const ModifyTable *plan)
{
	Var		   *place = place_of_target(plan->plan.lefttree);
	List	   *actions;
	ListCell   *lc;

	if (place == NULL || plan->mergeActionLists == NIL)
		return;
	/* those for the other partitions of a table differ in the target's columns alone */
	actions = linitial(plan->mergeActionLists);
	foreach(lc, actions)
	{
		if (tuya_compat_merge_by_source(lfirst_node(MergeAction, lc)))
			return;
	}
	search->unknown = linitial_int(plan->resultRelations);
	look_at_actions(search, actions, true, place);
	look_at_actions(search, actions, false, place);
}

static bool
has_whole_row(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varno == INNER_VAR && ((Var *) node)->varattno <= 0;
	return expression_tree_walker(node, has_whole_row, context);
}

void
tuya_merge_find_conflict(TuyaSearch *search, const ModifyTable *plan)
{
	ListCell   *lc;

	if (plan->onConflictAction != ONCONFLICT_UPDATE ||
		has_whole_row((Node *) list_make2(plan->onConflictSet, plan->onConflictWhere), NULL))
		return;
	search->unknown = linitial_int(plan->resultRelations);
	(void) look_at_action(search, plan->onConflictWhere, plan->onConflictSet);
	foreach(lc, search->targets)
	{
		((TuyaTarget *) lfirst(lc))->guessed = true;
	}
}
