/*
 * compat_planner.h
 *		What differs between PostgreSQL 15 and 19 in planning; see compat.h.
 */
#ifndef TUYA_COMPAT_PLANNER_H
#define TUYA_COMPAT_PLANNER_H

#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#if PG_VERSION_NUM >= 160000
#include "optimizer/prep.h"
#endif
#include "optimizer/tlist.h"
#if PG_VERSION_NUM >= 160000
#include "rewrite/rewriteManip.h"
#endif
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "compat.h"

/* Whether an outer join below has not made that column or expression NULL. */
static inline bool
tuya_compat_is_unnulled_var(const Var *var)
{
#if PG_VERSION_NUM >= 160000
	return bms_is_empty(var->varnullingrels);
#else
	/* before, it is not told, but the scan's own conditions have no other */
	(void) var;
	return true;
#endif
}

static inline bool
tuya_compat_is_unnulled_placeholder(const PlaceHolderVar *phv)
{
#if PG_VERSION_NUM >= 160000
	return bms_is_empty(phv->phnullingrels);
#else
	(void) phv;
	return true;
#endif
}

/* Whether an outer join below its equivalence class has not made the member NULL. */
static inline bool
tuya_compat_is_unnulled_member(const EquivalenceMember *member)
{
#if PG_VERSION_NUM >= 160000
	/* columns that it has made NULL are other expressions */
	(void) member;
	return true;
#else
	return bms_is_empty(member->em_nullable_relids);
#endif
}

/* The expression of columns of a side that the outer join fills up, as one of the join's columns. */
static inline Node *
tuya_compat_filled_up(Node *expr, Node *side, const JoinExpr *join)
{
#if PG_VERSION_NUM >= 160000
	return add_nulling_relids(expr, get_relids_in_jointree(side, true, true), bms_make_singleton(join->rtindex));
#else
	(void) side;
	(void) join;
	return expr;
#endif
}

/* The condition on a query's groups, as one on the rows that it groups. */
static inline Node *
tuya_compat_of_rows(Query *query, Node *condition)
{
#if PG_VERSION_NUM >= 180000
	if (query->hasGroupRTE)
		return flatten_group_exprs(NULL, query, condition);
#endif
	(void) query;
	return condition;
}

/* Of a query that groups no more: from 18 on its groups are a relation, the last one. */
static inline void
tuya_compat_remove_groups(Query *query)
{
#if PG_VERSION_NUM >= 180000
	if (query->hasGroupRTE)
		query->rtable = list_delete_last(query->rtable);
	query->hasGroupRTE = false;
#else
	(void) query;
#endif
}

/* The tables and the like among them: from 16 on relids have outer joins, too. */
static inline Relids
tuya_compat_only_baserels(const PlannerInfo *root, Relids relids)
{
#if PG_VERSION_NUM >= 160000
	return bms_difference(relids, root->outer_join_rels);
#else
	(void) root;
	return relids;
#endif
}

/* The equalities that a join of these relations, of which rel is one, has to test. */
static inline List *
tuya_compat_join_equalities(PlannerInfo *root, Relids joined, RelOptInfo *rel)
{
	Relids		outer = bms_difference(joined, rel->relids);

#if PG_VERSION_NUM >= 160000
	return generate_join_implied_equalities(root, joined, outer, rel, NULL);
#else
	return generate_join_implied_equalities(root, joined, outer, rel);
#endif
}

/* Whether it is one of SQL/JSON's, from 16 on, that evaluate all that is in them. */
static inline bool
tuya_compat_is_json_constructor(const Node *node)
{
#if PG_VERSION_NUM >= 160000
	return IsA(node, JsonConstructorExpr) || IsA(node, JsonValueExpr) || IsA(node, JsonIsPredicate);
#else
	(void) node;
	return false;
#endif
}

/* What JSON_VALUE() and its kin, from 17 on, look into, which they evaluate first; or NULL. */
static inline Node *
tuya_compat_json_document(const Node *node)
{
#if PG_VERSION_NUM >= 170000
	return IsA(node, JsonExpr) ? ((const JsonExpr *) node)->formatted_expr : NULL;
#else
	(void) node;
	return NULL;
#endif
}

/*
 * From 16 on equalities of expressions that have columns of several relations are not
 * translated for a relation's children.  get() finds them for the parent.
 */
static inline List *
tuya_compat_parent_equalities(PlannerInfo *root, RelOptInfo *child,
							  List *(*get) (PlannerInfo *root, RelOptInfo *rel))
{
#if PG_VERSION_NUM >= 160000
	RelOptInfo *parent = child->reloptkind == RELOPT_OTHER_MEMBER_REL ?
	find_base_rel(root, bms_singleton_member(child->top_parent_relids)) : NULL;

	return parent ? (List *) adjust_appendrel_attrs_multilevel(root, (Node *) get(root, parent), child, parent) : NIL;
#else
	(void) root;
	(void) child;
	(void) get;
	return NIL;
#endif
}

/*
 * From 18 on the number of disabled nodes counts before any cost: more than a
 * legal plan can have.
 */
#define DISABLED_NODES 100000

/*
 * A foreign path of a base relation.  disabled says that the planner shall
 * take it only where there is no other; its cost must say so, too.
 */
static inline ForeignPath *
tuya_compat_foreign_path(PlannerInfo *root, RelOptInfo *rel, double rows, bool disabled,
						 Cost startup_cost, Cost total_cost, Relids required_outer)
{
	(void) disabled;			/* unused before 18 */
	return create_foreignscan_path(root, rel,
								   NULL,	/* default target */
								   rows,
#if PG_VERSION_NUM >= 180000
								   disabled ? DISABLED_NODES : 0,
#endif
								   startup_cost, total_cost,
								   NIL, /* no order */
								   required_outer,
								   NULL,	/* no outer path */
#if PG_VERSION_NUM >= 170000
								   NIL, /* no pushed-down joins */
#endif
								   NIL);
}

/* The same for a path of another kind. */
static inline void
tuya_compat_disable(Path *path)
{
#if PG_VERSION_NUM >= 180000
	path->disabled_nodes = DISABLED_NODES;
#else
	(void) path;
#endif
}

/* A path of a subquery in FROM, for a path of the subquery itself. */
static inline Path *
tuya_compat_subquery_path(PlannerInfo *root, RelOptInfo *rel, Path *subpath, Relids required_outer)
{
	List	   *pathkeys = convert_subquery_pathkeys(root, rel, subpath->pathkeys,
													 make_tlist_from_pathtarget(subpath->pathtarget));

	return (Path *) create_subqueryscan_path(root, rel, subpath,
#if PG_VERSION_NUM >= 160000
											 false, /* its columns may differ: that saves little */
#endif
											 pathkeys, required_outer);
}

/*
 * An Append of one path costs what that path does, but forgets how many of its
 * nodes are disabled.  Sets the number where it is wrong.
 */
static inline void
tuya_compat_repair_disabled(RelOptInfo *rel)
{
#if PG_VERSION_NUM >= 180000
	List	   *paths = rel->pathlist;
	ListCell   *lc;

	rel->pathlist = NIL;
	foreach(lc, paths)
	{
		AppendPath *append = lfirst(lc);

		if (IsA(append, AppendPath) && list_length(append->subpaths) == 1)
			append->path.disabled_nodes = ((Path *) linitial(append->subpaths))->disabled_nodes;
		add_path(rel, (Path *) append);
	}
#else
	(void) rel;
#endif
}

/* The planner's hook and what it is called with, all named alike. */
#if PG_VERSION_NUM >= 190000
#define TUYA_COMPAT_PLANNER_PARAMS \
	Query *parse, const char *query_string, int cursor_options, ParamListInfo bound_params, \
	ExplainState *es
#define TUYA_COMPAT_PLANNER_ARGS parse, query_string, cursor_options, bound_params, es
#else
#define TUYA_COMPAT_PLANNER_PARAMS \
	Query *parse, const char *query_string, int cursor_options, ParamListInfo bound_params
#define TUYA_COMPAT_PLANNER_ARGS parse, query_string, cursor_options, bound_params
#endif

/* The hook that the planner calls for each relation, once the properties of it are known. */
#if PG_VERSION_NUM >= 190000
typedef build_simple_rel_hook_type TuyaCompatRelationHook;
#define tuya_compat_relation_hook build_simple_rel_hook
#define TUYA_COMPAT_RELATION_PARAMS PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte
#define TUYA_COMPAT_RELATION_ARGS root, rel, rte
#else
typedef get_relation_info_hook_type TuyaCompatRelationHook;
#define tuya_compat_relation_hook get_relation_info_hook
#define TUYA_COMPAT_RELATION_PARAMS \
	PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel
#define TUYA_COMPAT_RELATION_ARGS root, relid, inhparent, rel
#endif

/* A foreign path of an upper relation, which is not parameterized. */
static inline ForeignPath *
tuya_compat_upper_path(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, double rows,
					   Cost startup_cost, Cost total_cost, List *fdw_private)
{
	return create_foreign_upper_path(root, rel, target, rows,
#if PG_VERSION_NUM >= 180000
									 0, /* disabled nodes */
#endif
									 startup_cost, total_cost,
									 NIL,	/* no order */
									 NULL,	/* no outer path */
#if PG_VERSION_NUM >= 170000
									 NIL,	/* no pushed-down joins */
#endif
									 fdw_private);
}

/* An estimate of how many elements the array has. */
static inline double
tuya_compat_array_length(PlannerInfo *root, Node *array)
{
#if PG_VERSION_NUM >= 170000
	return estimate_array_length(root, array);
#else
	(void) root;
	return estimate_array_length(array);
#endif
}

/* Whether that column of a base relation, and table, is declared NOT NULL. */
static inline bool
tuya_compat_is_not_null(RelOptInfo *rel, Oid relid, AttrNumber attno)
{
#if PG_VERSION_NUM >= 170000
	(void) relid;
	return attno > 0 && bms_is_member(attno, rel->notnullattnums);
#else
	HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(attno));
	bool		not_null;

	(void) rel;
	if (!HeapTupleIsValid(tuple))
		return false;
	not_null = attno > 0 && ((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
	ReleaseSysCache(tuple);
	return not_null;
#endif
}

/* The equalities by which a base relation is joined to others, from equivalence classes. */
static inline List *
tuya_compat_implied_equalities(PlannerInfo *root, Relids outer, RelOptInfo *rel)
{
#if PG_VERSION_NUM >= 160000
	return generate_join_implied_equalities(root, bms_union(outer, rel->relids), outer, rel, NULL);
#else
	return generate_join_implied_equalities(root, bms_union(outer, rel->relids), outer, rel);
#endif
}

#endif							/* TUYA_COMPAT_PLANNER_H */
