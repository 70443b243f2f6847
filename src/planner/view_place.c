/*
 * view_place.c
 *		Where a subquery that is being planned stands in the query around it.
 *
 * Nothing tells it.  But PostgreSQL gives relations their sizes in a certain order, and
 * plans a subquery for that; the first that has neither a plan nor paths is the one.
 */
#include "postgres.h"

#include "planner/view_place.h"

#include "optimizer/cost.h"

/* Of the relation and its children: the first subquery that is not planned yet. */
static RelOptInfo *
find_unplanned(const PlannerInfo *root, RelOptInfo *rel)
{
	const RangeTblEntry *rte;
	ListCell   *lc;

	if (rel == NULL || IS_DUMMY_REL(rel))
		return NULL;
	rte = root->simple_rte_array[rel->relid];
	if (!rte->inh)
		return rte->rtekind == RTE_SUBQUERY && rel->subroot == NULL && rel->pathlist == NIL ? rel : NULL;
	foreach(lc, root->append_rel_list)
	{
		const AppendRelInfo *child = lfirst_node(AppendRelInfo, lc);
		RelOptInfo *found = NULL;

		if (child->parent_relid == rel->relid)
			found = find_unplanned(root, root->simple_rel_array[child->child_relid]);
		if (found)
			return found;
	}
	return NULL;
}

/* Whether the one may have been planned from a copy of the other. */
static bool
is_alike(const Query *planned, const Query *query)
{
	ListCell   *p;
	ListCell   *q;

	/* subqueries that dissolve add their relations at the end */
	if (list_length(query->rtable) > list_length(planned->rtable) ||
		list_length(query->targetList) > list_length(planned->targetList))
		return false;
	forboth(p, planned->rtable, q, query->rtable)
	{
		const RangeTblEntry *one = lfirst(p);
		const RangeTblEntry *other = lfirst(q);

		if (other->rtekind == RTE_RELATION && (one->rtekind != RTE_RELATION || one->relid != other->relid))
			return false;
	}
	forboth(p, planned->targetList, q, query->targetList)
	{
		const TargetEntry *one = lfirst(p);
		const TargetEntry *other = lfirst(q);

		if (one->resno != other->resno || one->resjunk != other->resjunk)
			return false;
	}
	return true;
}

RelOptInfo *
tuya_view_place_find(const PlannerInfo *level)
{
	const PlannerInfo *parent = level->parent_root;
	RelOptInfo *found = NULL;

	/* subqueries in expressions, and those of WITH, are planned before there are relations */
	if (parent == NULL || parent->simple_rel_array == NULL)
		return NULL;
	for (int relid = 1; relid < parent->simple_rel_array_size && found == NULL; relid++)
	{
		RelOptInfo *rel = parent->simple_rel_array[relid];

		if (rel && rel->reloptkind == RELOPT_BASEREL)
			found = find_unplanned(parent, rel);
	}
	if (found == NULL || !is_alike(level->parse, parent->simple_rte_array[found->relid]->subquery))
		return NULL;
	return found;
}
