/*
 * view_value.c
 *		What a query compares the outputs of a subquery in its FROM to.
 */
#include "postgres.h"

#include "planner/view_value.h"

#include <limits.h>

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "compat.h"
#include "planner/join_clauses.h"
#include "planner/own.h"
#include "planner/reach.h"
#include "planner/supplier.h"
#include "planner/view_path.h"

/* More than a query has relations. */
#define WAITING 100000

/* What the sets of relations are judged by. */
typedef struct Search
{
	PlannerInfo *level;
	RelOptInfo *rel;
	const TuyaColumns *columns;
	List	   *aliases;
	int			needed;
	const TuyaReachFollowing *following;
	List	   *clauses;		/* RestrictInfos that may give values */
	Relids		waiting;		/* tables that lack keys themselves */
} Search;

static bool
has_choice(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, AlternativeSubPlan) || expression_tree_walker(node, has_choice, context);
}

/*
 * The subqueries in a clause are planned.  A plan may be run by several clauses, in whatever
 * queries; but which of two is taken, that query decides which has made them.
 */
static List *
without_choices(List *clauses)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		if (!has_choice((Node *) lfirst_node(RestrictInfo, lc)->clause, NULL))
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

/* How little one would want to depend on these relations; -1: they depend on the subquery. */
static int
badness(const Search *search, Relids outer)
{
	Relids		self = bms_union(search->rel->relids, search->rel->top_parent_relids);
	int			relid = -1;
	int			result = 0;

	while ((relid = bms_next_member(outer, relid)) >= 0)
	{
		const RangeTblEntry *rte = search->level->simple_rte_array[relid];

		if (tuya_view_depends(search->level, (Index) relid, self))
			return -1;
		result++;
		if (bms_is_member(relid, search->waiting) ||
			(rte && rte->rtekind == RTE_SUBQUERY && rte->subquery && tuya_own_query(rte->subquery)))
			result += WAITING;
	}
	return result;
}

/* Whether the key has a value once all others have. */
static bool
follows(const Search *search, TuyaKeyId key)
{
	int			others = ((1 << search->columns->action->nkeys) - 1) & ~(1 << key);

	return search->following->keys[others] & (1 << key);
}

/* The sets of relations by which needed keys have a value: as many keys as can have one. */
static List *
make_sets(const Search *search)
{
	List	   *sets = list_make1(bms_copy(search->rel->lateral_relids));
	TuyaKeyOwn	own;

	tuya_key_own_init(&own, search->level, search->rel->relid, search->columns,
					  list_concat_copy(search->aliases, search->rel->baserestrictinfo));
	own = tuya_key_own_extend(&own, tuya_key_plain(&own, search->rel->baserestrictinfo));
	for (int key = 0; key < search->columns->action->nkeys; key++)
	{
		List	   *suppliers = NIL;

		if (search->columns->key_attno[key] != 0 && (search->needed & (1 << key)))
			suppliers = tuya_supplier_of_key(search->rel, search->clauses, &own, key);
		if (suppliers && follows(search, key))
			suppliers = lappend(suppliers, bms_copy(search->rel->lateral_relids));
		if (suppliers)
			sets = tuya_supplier_unions(sets, suppliers);
	}
	return sets;
}

/* The clauses that need no other relations than these. */
static List *
clauses_within(const Search *search, Relids outer)
{
	Relids		within = bms_union(outer, search->rel->relids);
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach(lc, search->clauses)
	{
		if (bms_is_subset(lfirst_node(RestrictInfo, lc)->clause_relids, within))
			clauses = lappend(clauses, lfirst(lc));
	}
	return clauses;
}

/* The binding of the set that binds most of the needed keys, and of these the least bad. */
static TuyaKeyBinding
choose(const Search *search)
{
	TuyaKeyBinding best = {.factors = NIL};
	int			most = 0;
	int			least_bad = INT_MAX;
	ListCell   *lc;

	foreach(lc, make_sets(search))
	{
		int			bad = badness(search, lfirst(lc));
		TuyaKeyBinding binding;
		int			keys;

		if (bad < 0)
			continue;
		tuya_key_bind(search->level, list_concat(clauses_within(search, lfirst(lc)), search->aliases),
					  search->rel->relid, search->columns, &binding);
		keys = pg_popcount32((uint32) (search->following->keys[binding.keys] & search->needed));
		if (keys < most || (keys == most && bad >= least_bad))
			continue;
		best = binding;
		most = keys;
		least_bad = bad;
	}
	return best;
}

/* The relations that the clause, and the values in the factor, take something from. */
static Relids
outer_of(const Search *search, const TuyaKeyFactor *factor)
{
	Relids		outer = bms_copy(((const RestrictInfo *) factor->clause)->clause_relids);
	ListCell   *a;
	ListCell   *t;

	foreach(a, factor->alternatives)
	{
		foreach(t, (List *) lfirst(a))
		{
			outer = bms_add_members(outer, pull_varnos(search->level, (Node *) ((TuyaKeyTerm *) lfirst(t))->value));
		}
	}
	return bms_del_member(outer, (int) search->rel->relid);
}

/* The clauses that need no more relations than the values, and are not what these say. */
static List *
others(const Search *search, const List *values)
{
	Relids		outer = NULL;
	List	   *clauses;
	ListCell   *lc;

	foreach(lc, values)
	{
		outer = bms_add_members(outer, ((TuyaViewValue *) lfirst(lc))->outer);
	}
	clauses = clauses_within(search, outer);
	foreach(lc, values)
	{
		const TuyaKeyFactor *factor = ((TuyaViewValue *) lfirst(lc))->factor;

		if (factor->exact)
			clauses = list_delete_ptr(clauses, factor->clause);
	}
	return clauses;
}

List *
tuya_view_value_find(PlannerInfo *level, RelOptInfo *rel, const TuyaColumns *columns, List *aliases,
					 int needed, const TuyaReachFollowing *following, List **other_clauses)
{
	Search		search = {
		.level = level,.rel = rel,.columns = columns,.aliases = aliases,.needed = needed,.following = following
	};
	TuyaKeyBinding binding;
	List	   *values = NIL;
	ListCell   *lc;

	search.clauses = without_choices(list_concat_copy(rel->baserestrictinfo,
													  tuya_join_clauses_movable(tuya_join_clauses_get(level, rel),
																				rel, true)));
	search.waiting = tuya_reach_waiting(level);
	binding = choose(&search);
	foreach(lc, binding.factors)
	{
		TuyaViewValue *value = palloc(sizeof(TuyaViewValue));

		*value = (TuyaViewValue)
		{
			level, rel, lfirst(lc), outer_of(&search, lfirst(lc)), NIL
		};
		values = lappend(values, value);
	}
	*other_clauses = others(&search, values);
	return values;
}

int
tuya_view_value_kept_out(PlannerInfo *level, RelOptInfo *rel, const TuyaColumns *columns, List *aliases)
{
	TuyaKeyBinding binding;

	tuya_key_bind(level, list_concat_copy(aliases, tuya_join_clauses_movable(tuya_join_clauses_get(level, rel), rel, false)),
				  rel->relid, columns, &binding);
	return binding.keys;
}
