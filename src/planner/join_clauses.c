/*
 * join_clauses.c
 *		The conditions of joins that have to do with a table.
 */
#include "postgres.h"

#include "planner/join_clauses.h"

#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"

#include "compat_planner.h"

/* Lets generate_implied_equalities_for_column() take one member after the other. */
static bool
is_new_member(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
			  EquivalenceMember *em, void *arg)
{
	List	  **seen = arg;

	(void) root;
	(void) rel;
	(void) ec;
	if (list_member_ptr(*seen, em))
		return false;
	*seen = lappend(*seen, em);
	return true;
}

/*
 * The planner's function leaves out members with columns of the table and of others,
 * such as "outer.x || own.y".  Their equalities are those of a join with the others.
 */
static List *
mixed_equalities(PlannerInfo *root, RelOptInfo *baserel)
{
	List	   *clauses = NIL;
	ListCell   *e;
	ListCell   *m;

	foreach(e, root->eq_classes)
	{
		EquivalenceClass *ec = lfirst(e);

		/* where a constant is equal, the member tells nothing more */
		if (ec->ec_has_const || ec->ec_has_volatile)
			continue;
		foreach(m, ec->ec_members)
		{
			Relids		relids = ((EquivalenceMember *) lfirst(m))->em_relids;

			if (bms_is_member(baserel->relid, relids) &&
				bms_membership(tuya_compat_only_baserels(root, relids)) == BMS_MULTIPLE)
				clauses = list_concat_unique_ptr(clauses,
												 tuya_compat_join_equalities(root, relids, baserel));
		}
	}
	return clauses;
}

/*
 * The planner's function stops at the first of the table's members that has some, so
 * it is called until there are no more.
 */
List *
tuya_join_clauses_get(PlannerInfo *root, RelOptInfo *baserel)
{
	List	   *clauses = list_copy(baserel->joininfo);
	List	   *seen = NIL;
	List	   *more;

	if (!baserel->has_eclass_joins)
		return clauses;
	do
	{
		more = generate_implied_equalities_for_column(root, baserel, is_new_member, &seen,
													  baserel->lateral_referencers);
		clauses = list_concat(clauses, more);
	} while (more != NIL);
	clauses = list_concat_unique_ptr(clauses, mixed_equalities(root, baserel));
	return list_concat(clauses, tuya_compat_parent_equalities(root, baserel, mixed_equalities));
}

List *
tuya_join_clauses_left_out(PlannerInfo *root, RelOptInfo *baserel, Relids outer)
{
	List	   *clauses = tuya_compat_parent_equalities(root, baserel, mixed_equalities);
	Relids		known = bms_union(outer, baserel->relids);
	List	   *chosen = NIL;
	ListCell   *lc;

	foreach(lc, tuya_join_clauses_movable(clauses, baserel, true))
	{
		if (bms_is_subset(lfirst_node(RestrictInfo, lc)->clause_relids, known))
			chosen = lappend(chosen, lfirst(lc));
	}
	return chosen;
}

List *
tuya_join_clauses_movable(List *clauses, RelOptInfo *baserel, bool may)
{
	List	   *chosen = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (join_clause_is_movable_to(lfirst_node(RestrictInfo, lc), baserel) == may)
			chosen = lappend(chosen, lfirst(lc));
	}
	return chosen;
}
