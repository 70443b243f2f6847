/*
 * jit.c
 *		Lookups cost time, but no work that compiling would shorten.
 *
 * PostgreSQL turns JIT on by the cost of the whole plan.  Here the plan is walked to
 * find out how much of it is work of the database's own.  A node's cost is that of its
 * children, as often as they run, and the rest, which is its own or that of the
 * subqueries in its expressions.  Each part counts by its share of own work.
 */
#include "postgres.h"

#include "planner/jit.h"

#include "jit/jit.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"

#include "planner/cost.h"
#include "planner/own.h"
#include "planner/plan_tree.h"

/* How often the planner assumes that a recursive term is run. */
#define RECURSIONS 10

typedef struct Walk
{
	PlannedStmt *pstmt;
	bool		found;			/* a scan of ours */
} Walk;

/* What subqueries of a node cost, and how much of it is own work. */
typedef struct Subqueries
{
	Walk	   *walk;
	Cost		once;
	Cost		once_own;
	Cost		per_row;
	Cost		per_row_own;
} Subqueries;

static Cost own_work(Plan *plan, Walk *walk);

static double
own_share(Plan *plan, Walk *walk)
{
	Cost		own = own_work(plan, walk);

	return plan->total_cost > 0 ? own / plan->total_cost : 1;
}

/*
 * ---- subqueries ----
 */

static void
add_subquery(Subqueries *sum, const SubPlan *subplan, bool is_init)
{
	double		share = own_share(list_nth(sum->walk->pstmt->subplans, subplan->plan_id - 1), sum->walk);
	Cost		once = subplan->startup_cost + (is_init ? subplan->per_call_cost : 0);
	Cost		per_row = is_init ? 0 : subplan->per_call_cost;

	sum->once += once;
	sum->once_own += once * share;
	sum->per_row += per_row;
	sum->per_row_own += per_row * share;
}

static bool
add_subqueries(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan))
		add_subquery(context, (SubPlan *) node, false);
	return expression_tree_walker(node, add_subqueries, context);
}

/* The own work in a node's cost beside that of its children. */
static Cost
own_work_of_rest(Plan *plan, Cost rest, Walk *walk)
{
	Subqueries	sum = {walk, 0, 0, 0, 0};
	Cost		once;
	Cost		work = 0;
	ListCell   *lc;

	add_subqueries((Node *) tuya_plan_tree_expressions(plan), &sum);
	foreach(lc, plan->initPlan)
	{
		add_subquery(&sum, lfirst_node(SubPlan, lc), true);
	}
	once = Min(rest, sum.once);
	if (sum.once > 0)
		work = once * sum.once_own / sum.once;
	/* how many rows they were evaluated for is not told, but each costs some work */
	return work + (rest - once) * (cpu_tuple_cost + sum.per_row_own) / (cpu_tuple_cost + sum.per_row);
}

/*
 * ---- children ----
 */

static Cost
cost_of_child(const Plan *plan, const Plan *child)
{
	if (child != plan->righttree)
		return child->total_cost;
	if (IsA(plan, RecursiveUnion))
		return child->total_cost * RECURSIONS;
	/* what is materialized runs once */
	if (IsA(plan, NestLoop) && !IsA(child, Material))
		return child->total_cost * clamp_row_est(plan->lefttree->plan_rows);
	return child->total_cost;
}

/* What a node costs for itself at least. */
static Cost
least_own_cost(const Plan *plan)
{
	if (!IsA(plan, NestLoop))
		return 0;
	return Min(plan->total_cost,
			   plan->lefttree->plan_rows * plan->righttree->plan_rows * cpu_tuple_cost);
}

static Cost
own_work(Plan *plan, Walk *walk)
{
	Cost		least = least_own_cost(plan);
	Cost		rest = plan->total_cost - least;
	Cost		work = 0;
	ListCell   *lc;

	if (IsA(plan, ForeignScan) && tuya_own_scan((ForeignScan *) plan))
	{
		walk->found = true;
		return Min(plan->total_cost, plan->plan_rows * (cpu_tuple_cost + cpu_operator_cost));
	}
	foreach(lc, tuya_plan_tree_children(plan))
	{
		Plan	   *child = lfirst(lc);
		Cost		cost = Min(rest, cost_of_child(plan, child));

		work += cost * own_share(child, walk);
		rest -= cost;
	}
	return work + own_work_of_rest(plan, rest + least, walk);
}

Cost
tuya_jit_work(PlannedStmt *pstmt, Plan *plan)
{
	Walk		walk = {pstmt, false};

	return own_work(plan, &walk);
}

void
tuya_jit_decide(PlannedStmt *pstmt)
{
	Walk		walk = {pstmt, false};
	Cost		work;

	if (!(pstmt->jitFlags & PGJIT_PERFORM))
		return;
	work = own_work(pstmt->planTree, &walk);
	if (!walk.found)
		return;
	if (work <= jit_above_cost || pstmt->planTree->total_cost >= TUYA_MISSING_KEY_COST)
		pstmt->jitFlags = PGJIT_NONE;
	if (work <= jit_optimize_above_cost)
		pstmt->jitFlags &= ~PGJIT_OPT3;
	if (work <= jit_inline_above_cost)
		pstmt->jitFlags &= ~PGJIT_INLINE;
}
