/*
 * hook.c
 *		What is different when a statement with tables of ours is planned.
 *
 * Its lists of relations are not split, whatever join_collapse_limit and
 * from_collapse_limit say: a table and the one that supplies its keys might end
 * up in two parts.  Such a statement has often but one legal order of joins, so
 * what the genetic search has found is looked at, and if it lacks keys all
 * orders are tried.
 *
 * The limits are raised for one call of the planner.  Functions that it
 * evaluates may plan statements of their own, and see the user's limits.
 *
 * Where a plan lacks keys that IN subqueries would have if what is compared to them
 * stood in their conditions, it does so in a second call.  Those in functions that are inlined
 * are found then, too.
 *
 * A session's first statement with a table of ours loads this library while it is
 * planned, so the call is under way when the hooks are there.  What is planned is then
 * known by its first relation that is ours, which is early enough: a query's list is
 * split once all its relations are known.  Tables of SQL functions, which appear when
 * these are inlined, are found so, too.
 *
 * What such a statement lacks for all that it gets when it begins: see replan.h.
 *
 * Partitions and other children become known only after that.  Then the parts are joined
 * in vain, and all relations once more when the last step joins the parts.  That is no
 * other query: what makes the order of outer joins matter is in root->join_info_list.
 */
#include "postgres.h"

#include "planner/hook.h"

#include "access/xact.h"
#include "optimizer/cost.h"
#include "optimizer/geqo.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/planner.h"

#include "compat_planner.h"
#include "planner/estimate.h"
#include "planner/inline.h"
#include "planner/lacking.h"
#include "planner/obstacle.h"
#include "planner/own.h"
#include "planner/plan.h"
#include "planner/query_tree.h"
#include "planner/replan.h"
#include "planner/rescan.h"
#include "planner/statistics.h"
#include "planner/sublink.h"
#include "planner/table.h"
#include "planner/view_path.h"

#define NO_LIMIT INT_MAX

/* With more relations it would take minutes to try all orders. */
#define ALL_ORDERS_MAX 16

typedef struct Limits
{
	int			from;
	int			join;
} Limits;

/* Of the call of the planner that is running, if its statement has a table of ours. */
static bool raised = false;
static Limits users;			/* what the user has set, while they are raised */

static int	calls = 0;			/* of the planner, that run and came through our hook */
static const PlannerGlobal *unhooked = NULL;	/* of one that did not, and has raised them */
static const PlannerInfo *split = NULL; /* a query whose list was split before they were raised */

static planner_hook_type previous_planner = NULL;
static join_search_hook_type previous_join_search = NULL;
static set_rel_pathlist_hook_type previous_set_rel_pathlist = NULL;
static set_join_pathlist_hook_type previous_set_join_pathlist = NULL;
static create_upper_paths_hook_type previous_create_upper_paths = NULL;
static TuyaCompatRelationHook previous_relation = NULL;

/*
 * ---- what a statement reads ----
 */

/* What there is in a statement, its subqueries included. */
typedef struct Contents
{
	int			nrelations;
	bool		own;			/* tables of ours */
	bool		function;		/* a function whose tables are known once it is inlined */
} Contents;

/* A TuyaRelationTest, for which one walk does: statements without our tables pay for it, too. */
static bool
note(const RangeTblEntry *rte, void *arg)
{
	Contents   *contents = arg;

	contents->nrelations++;
	contents->own = contents->own || tuya_own_entry(rte);
	contents->function = contents->function || tuya_inline_may(rte);
	return false;
}

/* The limits, and where the genetic search begins, matter only from here on. */
static bool
is_long(int nrelations)
{
	return nrelations >= Min(Min(from_collapse_limit, join_collapse_limit), geqo_threshold - 1);
}

/*
 * ---- limits ----
 */

static void
raise_limits(void)
{
	users.from = from_collapse_limit;
	users.join = join_collapse_limit;
	from_collapse_limit = join_collapse_limit = NO_LIMIT;
	raised = true;
}

/* The user's limits again; but if something has set them meanwhile, that holds. */
static void
lower_limits(void)
{
	if (from_collapse_limit == NO_LIMIT)
		from_collapse_limit = users.from;
	if (join_collapse_limit == NO_LIMIT)
		join_collapse_limit = users.join;
	raised = false;
}

static PlannedStmt *
plan(TUYA_COMPAT_PLANNER_PARAMS)
{
	if (previous_planner)
		return previous_planner(TUYA_COMPAT_PLANNER_ARGS);
	return standard_planner(TUYA_COMPAT_PLANNER_ARGS);
}

/* After a call of the planner, within another one or not. */
static void
restore_limits(bool raise_again)
{
	if (raised)
		lower_limits();
	if (raise_again)
		raise_limits();
	else
		split = NULL;
}

static PlannedStmt *
plan_with_other_limits(bool raise, bool raise_again, TUYA_COMPAT_PLANNER_PARAMS)
{
	PlannedStmt *result;

	if (raise)
		raise_limits();
	calls++;
	PG_TRY();
	{
		result = plan(TUYA_COMPAT_PLANNER_ARGS);
	}
	PG_CATCH();
	{
		calls--;
		restore_limits(raise_again);
		PG_RE_THROW();
	}
	PG_END_TRY();
	calls--;
	restore_limits(raise_again);
	return result;
}

static PlannedStmt *
on_planner(TUYA_COMPAT_PLANNER_PARAMS)
{
	bool		was_raised = raised;
	Contents	contents = {0};
	bool		raise;
	Query	   *spare;
	List	   *functions;
	PlannedStmt *result;

	tuya_obstacle_late = NULL;
	/* what is long is a matter of the user's limits */
	if (was_raised)
		lower_limits();
	(void) tuya_query_tree_search((Node *) parse, note, &contents);
	raise = contents.own && is_long(contents.nrelations);
	/* the planner changes what it plans */
	spare = contents.function || (contents.own && tuya_sublink_is_in(parse)) ? copyObject(parse) : NULL;
	result = plan_with_other_limits(raise, was_raised, TUYA_COMPAT_PLANNER_ARGS);
	if (spare == NULL || !tuya_lacking(result, TUYA_LACKING_KEYS))
		return result;
	if (was_raised)
		lower_limits();
	functions = contents.function ? tuya_inline_functions(spare, bound_params) : NIL;
	parse = tuya_sublink_bind(spare, bound_params);
	result = plan_with_other_limits(raise, was_raised, TUYA_COMPAT_PLANNER_ARGS);
	result->invalItems = list_concat(result->invalItems, functions);
	return result;
}

static void
on_relation(TUYA_COMPAT_RELATION_PARAMS)
{
	if (previous_relation)
		previous_relation(TUYA_COMPAT_RELATION_ARGS);
	if (raised || !tuya_own_relation(rel))
		return;
	raise_limits();
	if (calls == 0)
	{
		tuya_obstacle_late = unhooked = root->glob;
		tuya_replan_expect(root->glob);
	}
	if (rel->reloptkind == RELOPT_OTHER_MEMBER_REL)
		split = root;
}

/* Of a call that did not come through our hook, at its end or that of a failed transaction. */
static void
end_unhooked(void)
{
	if (unhooked && raised)
		lower_limits();
	unhooked = NULL;
	split = NULL;
}

static void
fail_unhooked(void)
{
	end_unhooked();
	tuya_replan_forget();
}

static void
on_create_upper_paths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input_rel,
					  RelOptInfo *output_rel, void *extra)
{
	if (previous_create_upper_paths)
		previous_create_upper_paths(root, stage, input_rel, output_rel, extra);
	if (stage == UPPERREL_FINAL)
		tuya_table_check_unread(root);
	/* the last step of planning that takes limits is behind it */
	if (root->glob == unhooked && root->parent_root == NULL && stage == UPPERREL_FINAL)
		end_unhooked();
}

static void
on_xact_end(XactEvent event, void *arg)
{
	(void) event;
	(void) arg;
	fail_unhooked();
}

static void
on_subxact_event(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	(void) id;
	(void) parent;
	(void) arg;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		fail_unhooked();
}

/*
 * ---- the search for an order of joins ----
 */

static RelOptInfo *
search_all_if_keys_lack(PlannerInfo *root, int levels, List *initial_rels)
{
	int			saved_length = list_length(root->join_rel_list);
	struct HTAB *saved_hash = root->join_rel_hash;
	RelOptInfo *found;

	/* what the genetic search leaves there would be taken for done */
	root->join_rel_hash = NULL;
	found = geqo(root, levels, initial_rels);
	if (levels > ALL_ORDERS_MAX || found->cheapest_total_path == NULL ||
		!tuya_plan_lacks_keys(found->cheapest_total_path))
		return found;
	root->join_rel_list = list_truncate(root->join_rel_list, saved_length);
	root->join_rel_hash = saved_hash;
	return standard_join_search(root, levels, initial_rels);
}

static RelOptInfo *
search_joins(PlannerInfo *root, int levels, List *initial_rels)
{
	if (previous_join_search)
		return previous_join_search(root, levels, initial_rels);
	/* who has switched it off expects no lists longer than the limits */
	if (levels < geqo_threshold ||
		(!enable_geqo && !(raised && levels > Max(users.from, users.join))))
		return standard_join_search(root, levels, initial_rels);
	if (!raised)
		return geqo(root, levels, initial_rels);
	return search_all_if_keys_lack(root, levels, initial_rels);
}

static bool
are_all_relations(PlannerInfo *root, List *rels)
{
	Relids		relids = NULL;
	ListCell   *lc;

	foreach(lc, rels)
	{
		relids = bms_union(relids, lfirst_node(RelOptInfo, lc)->relids);
	}
	return bms_is_subset(root->all_baserels, relids);
}

/* All relations of the query, as if the list had not been split; forgets joins of parts. */
static List *
begin_anew(PlannerInfo *root)
{
	List	   *rels = NIL;
	int			relid = -1;

	while ((relid = bms_next_member(root->all_baserels, relid)) >= 0)
		rels = lappend(rels, root->simple_rel_array[relid]);
	root->join_rel_list = NIL;
	root->join_rel_hash = NULL;
	root->initial_rels = rels;
	return rels;
}

static RelOptInfo *
on_join_search(PlannerInfo *root, int levels, List *initial_rels)
{
	RelOptInfo *joined;

	if (root == split && are_all_relations(root, initial_rels))
	{
		split = NULL;
		initial_rels = begin_anew(root);
		levels = list_length(initial_rels);
	}
	joined = search_joins(root, levels, initial_rels);

	tuya_estimate_joined(root, joined);
	return joined;
}

/*
 * ---- paths ----
 */

/*
 * PostgreSQL 18 forgets, where one partition of several is left, how many nodes
 * of its path are disabled.  A scan that lacks keys would then seem better than
 * any nested loop while those are disabled.
 */
static void
on_set_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_set_rel_pathlist)
		previous_set_rel_pathlist(root, rel, rti, rte);
	if (rte->inh)
		tuya_compat_repair_disabled(rel);
	tuya_view_set_paths(root, rel, rte);
}

static void
on_set_join_pathlist(PlannerInfo *root, RelOptInfo *joined, RelOptInfo *outer, RelOptInfo *inner,
					 JoinType type, JoinPathExtraData *extra)
{
	if (previous_set_join_pathlist)
		previous_set_join_pathlist(root, joined, outer, inner, type, extra);
	tuya_rescan_correct(root, joined);
}

void
tuya_planner_install(void)
{
	tuya_statistics_install();
	previous_planner = planner_hook;
	planner_hook = on_planner;
	previous_join_search = join_search_hook;
	join_search_hook = on_join_search;
	previous_set_rel_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = on_set_rel_pathlist;
	previous_set_join_pathlist = set_join_pathlist_hook;
	set_join_pathlist_hook = on_set_join_pathlist;
	previous_create_upper_paths = create_upper_paths_hook;
	create_upper_paths_hook = on_create_upper_paths;
	previous_relation = tuya_compat_relation_hook;
	tuya_compat_relation_hook = on_relation;
	RegisterXactCallback(on_xact_end, NULL);
	RegisterSubXactCallback(on_subxact_event, NULL);
}
