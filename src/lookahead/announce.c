/*
 * announce.c
 *		What the rows that a lookahead node holds ask for.
 *
 * Wants are found by the values of the columns from which keys and gates are
 * made, byte by byte: values that are equal but not the same make two wants,
 * which ask for the same lookup.  Unpinning a lookup that is still only queued
 * takes it back, so rows that the join passes over leave nothing behind.
 */
#include "postgres.h"

#include "lookahead/announce.h"

#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "executor/gatekeeper.h"
#include "executor/keyset.h"
#include "lookahead/lookahead.h"
#include "executor/scan.h"

/* Where targets send their requests. */
typedef struct Remote
{
	TuyaFetcher *fetcher;
	int			concurrency;
	int			ahead;			/* wants that are, and wait for it first */
} Remote;

/* A foreign scan for which keys are announced. */
typedef struct Target
{
	int			plan_node_id;
	ForeignScanState *scan;		/* NULL: partition pruning has removed it */
	int			remote;			/* its, of TuyaAnnouncer.remotes */
	TuyaGatekeeper *gatekeeper;
	int			choice;			/* of its like the first that asks is announced; 0: all are */
	bool		first_key;		/* of a row's keys the first is announced */
	bool		open;			/* the gate is, for the row in hand */
	bool		asks;			/* a key was announced that may have rows, for the row in hand */
} Target;

struct TuyaAnnouncer
{
	CustomScanState *node;
	MemoryContext cxt;			/* of wants */
	TuyaKeySet *keyset;
	Target	   *targets;
	int			ntargets;
	Remote	   *remotes;		/* each once */
	int			nremotes;
	ForeignScanState *first;	/* target that is there; NULL: none */
	TuyaExecution *execution;	/* theirs */
	HTAB	   *wants;			/* by their values */
	/* the columns that these are made from */
	int			ncolumns;		/* 0: rows cannot be compared */
	AttrNumber *columns;
	StringInfoData values;		/* of the row in hand */
	int64		nrows;			/* that could not be compared */
	int64		announced;
	bool		guesses;		/* targets may not ask for what is announced */
	int64		used;			/* lookups of forgotten wants that somebody has read, */
	int64		in_vain;		/* and the others */
};

/*
 * ---- begin ----
 */

/* Takes the next n elements of the list, from *position on. */
static List *
take(List *list, int *position, int n)
{
	List	   *taken = list_copy_tail(list, *position);

	*position += n;
	return list_truncate(taken, n);
}

static void
init_expressions(TuyaAnnouncer *announcer, CustomScan *plan)
{
	PlanState  *ps = &announcer->node->ss.ps;
	List	   *targets = list_nth(plan->custom_private, TUYA_LOOKAHEAD_TARGETS);
	int			position = 0;
	List	   *values = take(plan->custom_exprs, &position,
							  intVal(list_nth(plan->custom_private, TUYA_LOOKAHEAD_VALUES)));
	ListCell   *lc;

	announcer->keyset = tuya_keyset_create(list_nth(plan->custom_private, TUYA_LOOKAHEAD_KEYS), values, ps);
	announcer->targets = palloc0(sizeof(Target) * list_length(targets));
	announcer->remotes = palloc0(sizeof(Remote) * list_length(targets));
	foreach(lc, targets)
	{
		List	   *described = lfirst(lc);
		Target	   *target = &announcer->targets[announcer->ntargets++];
		List	   *row_quals = take(plan->custom_exprs, &position,
									 list_nth_int(described, TUYA_LOOKAHEAD_TARGET_ROW_QUALS));
		List	   *key_quals = take(plan->custom_exprs, &position,
									 list_nth_int(described, TUYA_LOOKAHEAD_TARGET_KEY_QUALS));

		target->plan_node_id = list_nth_int(described, TUYA_LOOKAHEAD_TARGET_ID);
		announcer->guesses |= list_nth_int(described, TUYA_LOOKAHEAD_TARGET_GUESSED) != 0;
		target->choice = list_nth_int(described, TUYA_LOOKAHEAD_TARGET_CHOICE);
		target->first_key = list_nth_int(described, TUYA_LOOKAHEAD_TARGET_FIRST_KEY);
		target->gatekeeper = tuya_gatekeeper_create(row_quals, key_quals, ps);
	}
}

/* Notes from which of the child's columns keys are made, and what gates them. */
static void
find_columns(TuyaAnnouncer *announcer, CustomScan *plan)
{
	List	   *vars = pull_var_clause((Node *) plan->custom_exprs, 0);
	Bitmapset  *columns = NULL;
	int			member = -1;
	int			n = 0;
	ListCell   *lc;

	if (contain_volatile_functions((Node *) plan->custom_exprs))
		return;
	foreach(lc, vars)
	{
		Var		   *var = lfirst_node(Var, lc);

		/* a reference to the key is INNER_VAR */
		if (var->varno == OUTER_VAR && var->varattno <= 0)
			return;
		if (var->varno == OUTER_VAR)
			columns = bms_add_member(columns, var->varattno);
	}
	announcer->columns = palloc(sizeof(AttrNumber) * Max(bms_num_members(columns), 1));
	while ((member = bms_next_member(columns, member)) >= 0)
		announcer->columns[n++] = member;
	announcer->ncolumns = n;
}

TuyaAnnouncer *
tuya_announcer_create(CustomScanState *node)
{
	TuyaAnnouncer *announcer = palloc0(sizeof(TuyaAnnouncer));
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	announcer->node = node;
	init_expressions(announcer, plan);
	find_columns(announcer, plan);
	announcer->cxt = AllocSetContextCreate(CurrentMemoryContext, "tuya_fdw lookahead keys",
										   ALLOCSET_DEFAULT_SIZES);
	announcer->wants = tuya_bytes_create("tuya_fdw lookahead keys", sizeof(TuyaWant), announcer->cxt);
	initStringInfo(&announcer->values);
	return announcer;
}

/* The position of the scan's remote, which is added if it is not there. */
static int
remote_of(TuyaAnnouncer *announcer, ForeignScanState *scan)
{
	TuyaFetcher *fetcher = tuya_scan_fetcher(scan);
	int			i = 0;

	while (i < announcer->nremotes && announcer->remotes[i].fetcher != fetcher)
		i++;
	if (i == announcer->nremotes)
	{
		announcer->remotes[i].fetcher = fetcher;
		announcer->remotes[i].concurrency = tuya_scan_settings(scan)->concurrency;
		announcer->nremotes++;
	}
	return i;
}

/*
 * The targets are below the other side of the join, so they begin after the
 * node; or they do not, if partition pruning has removed them.
 */
bool
tuya_announcer_find_targets(TuyaAnnouncer *announcer)
{
	announcer->execution = tuya_execution_find(announcer->node->ss.ps.state);
	if (announcer->execution == NULL)
		return false;
	for (int i = announcer->ntargets - 1; i >= 0; i--)
	{
		Target	   *target = &announcer->targets[i];

		target->scan = tuya_execution_scan(announcer->execution, target->plan_node_id);
		if (target->scan == NULL)
			continue;
		tuya_scan_set_announced(target->scan);
		target->remote = remote_of(announcer, target->scan);
		announcer->first = target->scan;
	}
	return announcer->first != NULL;
}

int
tuya_announcer_concurrency(const TuyaAnnouncer *announcer)
{
	int			sum = 0;

	for (int i = 0; i < announcer->nremotes; i++)
		sum += announcer->remotes[i].concurrency;
	return sum;
}

TuyaExecution *
tuya_announcer_execution(const TuyaAnnouncer *announcer)
{
	return announcer->execution;
}

int64
tuya_announcer_count(const TuyaAnnouncer *announcer)
{
	return announcer->announced;
}

/*
 * ---- announcing ----
 */

static void
add_lookup(TuyaAnnouncer *announcer, TuyaWant *want, TuyaEntry *lookup, int remote)
{
	if (want->lookups == NULL)
		want->lookups = MemoryContextAlloc(announcer->cxt, sizeof(TuyaEntry *));
	else if ((want->nlookups & (want->nlookups - 1)) == 0)
		want->lookups = repalloc_huge(want->lookups, want->nlookups * 2 * sizeof(TuyaEntry *));
	want->lookups[want->nlookups++] = lookup;
	/* one that others want is ahead already, or has come to its turn */
	if (tuya_execution_pin_lookup(announcer->execution, lookup) &&
		!tuya_execution_has_ended(lookup) && !want->ahead)
	{
		want->ahead = true;
		want->remote = remote;
		announcer->remotes[remote].ahead++;
	}
	tuya_execution_charge(announcer->execution, sizeof(TuyaEntry *));
}

/* Whether more keys of the row in hand are announced to it. */
static bool
asks_on(const Target *target)
{
	return target->open && !(target->first_key && target->asks);
}

static bool
one_asks_on(const TuyaAnnouncer *announcer, int first, int end)
{
	for (int i = first; i < end; i++)
	{
		if (asks_on(&announcer->targets[i]))
			return true;
	}
	return false;
}

static bool
has_lookup(const TuyaWant *want, const TuyaEntry *lookup)
{
	for (int i = 0; i < want->nlookups; i++)
	{
		if (want->lookups[i] == lookup)
			return true;
	}
	return false;
}

/* To targets from number first up to end; again: what was announced already is passed over. */
static void
announce_key(TuyaAnnouncer *announcer, TuyaWant *want, const Datum key[TUYA_KEYS_MAX],
			 TupleTableSlot *slot, int first, int end, bool again)
{
	for (int i = first; i < end; i++)
	{
		Target	   *target = &announcer->targets[i];
		TuyaEntry  *lookup;
		bool		found;

		if (!asks_on(target) || !tuya_gatekeeper_is_open_for(target->gatekeeper, key, slot))
			continue;
		lookup = tuya_scan_announce(target->scan, key, announcer->guesses, &found);
		if (lookup == NULL)
			continue;
		target->asks |= target->choice == 0 || !tuya_execution_is_empty(lookup);
		if (again && has_lookup(want, lookup))
			continue;
		if (found)
			tuya_scan_count_duplicates(target->scan, 1);
		add_lookup(announcer, want, lookup, target->remote);
		announcer->announced++;
	}
}

/* Tests the targets' gates for the row; false if none is open. */
static bool
test_gates(TuyaAnnouncer *announcer, TupleTableSlot *slot)
{
	bool		any = false;

	for (int i = 0; i < announcer->ntargets; i++)
	{
		Target	   *target = &announcer->targets[i];

		target->asks = false;
		target->open = target->scan && tuya_gatekeeper_is_open(target->gatekeeper, slot);
		any |= target->open;
	}
	return any;
}

/* Whether a target before it, of the same choice, asks for something. */
static bool
is_chosen_before(const TuyaAnnouncer *announcer, int number)
{
	for (int i = 0; i < number; i++)
	{
		if (announcer->targets[i].asks && announcer->targets[i].choice == announcer->targets[number].choice)
			return true;
	}
	return false;
}

/* Where the targets end that are announced to together with the first: one of a choice is alone. */
static int
end_of_turn(const TuyaAnnouncer *announcer, int first)
{
	int			end = first + 1;

	if (announcer->targets[first].choice == 0)
	{
		while (end < announcer->ntargets && announcer->targets[end].choice == 0)
			end++;
	}
	return end;
}

/* Starts the lookups that targets from number first up to end will need for the row in hand. */
static void
announce_in_turn(TuyaAnnouncer *announcer, TuyaWant *want, TupleTableSlot *slot, int max,
				 int first, int end, bool again)
{
	Datum		key[TUYA_KEYS_MAX];

	tuya_keyset_evaluate(announcer->keyset, tuya_scan_columns(announcer->first)->action,
						 announcer->node->ss.ps.ps_ExprContext);
	while (want->nlookups < max && one_asks_on(announcer, first, end) &&
		   (want->nlookups == 0 || tuya_execution_has_room(announcer->execution)) &&
		   tuya_keyset_next(announcer->keyset, key))
	{
		CHECK_FOR_INTERRUPTS();
		announce_key(announcer, want, key, slot, first, end, again);
	}
}

/* Whether another target of the choice asks for something, should one that was announced have no rows. */
static bool
may_go_on(const TuyaAnnouncer *announcer)
{
	for (int i = 0; i < announcer->ntargets; i++)
	{
		const Target *target = &announcer->targets[i];

		if (target->asks && target->choice != 0 && i + 1 < announcer->ntargets &&
			target[1].choice == target->choice)
			return true;
	}
	return false;
}

/*
 * Starts the lookups that the targets will need for the row in the slot.  Of
 * lists, what a window holds: the target has a window of its own for the rest.
 */
static void
announce(TuyaAnnouncer *announcer, TuyaWant *want, TupleTableSlot *slot, int max, bool again)
{
	ExprContext *econtext = announcer->node->ss.ps.ps_ExprContext;
	int			end;

	want->goes_on = false;
	ResetExprContext(econtext);
	econtext->ecxt_outertuple = slot;
	if (!test_gates(announcer, slot))
		return;
	for (int first = 0; first < announcer->ntargets; first = end)
	{
		end = end_of_turn(announcer, first);
		if (announcer->targets[first].choice == 0 || !is_chosen_before(announcer, first))
			announce_in_turn(announcer, want, slot, max, first, end, again);
	}
	want->goes_on = may_go_on(announcer);
}

/*
 * ---- wants ----
 */

static void
append_value(StringInfo out, Datum value, bool isnull, Form_pg_attribute attr)
{
	appendStringInfoChar(out, isnull);
	if (isnull)
		return;
	if (attr->attbyval)
		appendBinaryStringInfo(out, (char *) &value, sizeof(Datum));
	else
		appendBinaryStringInfo(out, DatumGetPointer(value),
							   datumGetSize(value, false, attr->attlen));
}

/* Puts the values that the row's key is made from into announcer->values. */
static void
collect_values(TuyaAnnouncer *announcer, TupleTableSlot *slot)
{
	StringInfo	out = &announcer->values;

	resetStringInfo(out);
	for (int i = 0; i < announcer->ncolumns; i++)
	{
		int			att = announcer->columns[i] - 1;

		append_value(out, slot->tts_values[att], slot->tts_isnull[att],
					 TupleDescAttr(slot->tts_tupleDescriptor, att));
	}
	if (announcer->ncolumns > 0)
		return;
	announcer->nrows++;
	appendBinaryStringInfo(out, (char *) &announcer->nrows, sizeof(int64));
}

/* Bytes of it that count into the memory budget, without its lookups. */
static int64
want_bytes(const TuyaWant *want)
{
	return sizeof(TuyaWant) + want->values.len;
}

static bool
has_values(const TuyaWant *want, TuyaBytes values)
{
	return want->values.len == values.len && memcmp(want->values.data, values.data, values.len) == 0;
}

/* The want of the values, which are a row's; *found tells whether it was there before. */
static TuyaWant *
find_or_add(TuyaAnnouncer *announcer, TuyaBytes values, bool *found)
{
	uint32		hash = get_hash_value(announcer->wants, &values);
	TuyaWant   *want = hash_search_with_hash_value(announcer->wants, &values, hash, HASH_ENTER, found);
	MemoryContext saved;

	if (*found)
		return want;
	saved = MemoryContextSwitchTo(announcer->cxt);
	want->values = tuya_bytes_copy(values);
	MemoryContextSwitchTo(saved);
	want->hash = hash;
	want->lookups = NULL;
	want->nlookups = 0;
	want->held = 0;
	want->ahead = false;
	return want;
}

TuyaWant *
tuya_announcer_want(TuyaAnnouncer *announcer, TuyaWant *latest, TupleTableSlot *slot, int max,
					bool *found)
{
	TuyaWant   *want = latest;
	TuyaBytes	values;

	collect_values(announcer, slot);
	values.data = announcer->values.data;
	values.len = announcer->values.len;
	*found = latest && has_values(latest, values);
	if (!*found)
		want = find_or_add(announcer, values, found);
	if (*found)
	{
		tuya_scan_count_duplicates(announcer->first, want->nlookups);
		return want;
	}
	tuya_execution_charge(announcer->execution, want_bytes(want));
	announce(announcer, want, slot, max, false);
	return want;
}

void
tuya_announcer_go_on(TuyaAnnouncer *announcer, TuyaWant *want, TupleTableSlot *slot, int max)
{
	int			before = want->nlookups;

	announce(announcer, want, slot, max, true);
	want->goes_on &= want->nlookups > before;
}

void
tuya_announcer_come_to(TuyaAnnouncer *announcer, TuyaWant *want)
{
	if (want->ahead)
		announcer->remotes[want->remote].ahead--;
	want->ahead = false;
}

bool
tuya_announcer_starves(const TuyaAnnouncer *announcer, int max)
{
	bool		idle = false;

	for (int i = 0; i < announcer->nremotes; i++)
	{
		if (announcer->remotes[i].ahead >= max)
			return false;
		idle |= tuya_fetcher_is_idle(announcer->remotes[i].fetcher);
	}
	return idle && announcer->nremotes > 1;
}

int
tuya_announcer_room(const TuyaAnnouncer *announcer, const TuyaWindow *window)
{
	if (!announcer->guesses)
		return PG_INT32_MAX;
	return Min((int64) window->max, window->start + announcer->used) - announcer->in_vain;
}

bool
tuya_announcer_is_complete(const TuyaWant *want)
{
	for (int i = 0; i < want->nlookups; i++)
		if (!tuya_execution_has_ended(want->lookups[i]))
			return false;
	return true;
}

void
tuya_announcer_forget(TuyaAnnouncer *announcer, TuyaWant *want)
{
	const char *data = want->values.data;

	tuya_announcer_come_to(announcer, want);
	for (int i = 0; i < want->nlookups; i++)
	{
		if (tuya_execution_was_read(want->lookups[i]))
			announcer->used++;
		else
			announcer->in_vain++;
		tuya_execution_unpin_lookup(announcer->execution, want->lookups[i]);
	}
	tuya_execution_charge(announcer->execution,
						  -(want_bytes(want) + want->nlookups * (int64) sizeof(TuyaEntry *)));
	if (want->lookups)
		pfree(want->lookups);
	hash_search_with_hash_value(announcer->wants, &want->values, want->hash, HASH_REMOVE, NULL);
	pfree(unconstify(char *, data));
}
