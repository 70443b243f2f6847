/*
 * lookups.c
 *		The lookups of a foreign scan: from its keys to what its reader reads.
 *
 * The keys are evaluated when the first row is asked for; then the scan starts their
 * lookups, a window ahead of the one that it reads, and with them those of other scans
 * that will certainly be read.
 */
#include "postgres.h"

#include "executor/internal.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "executor/ancestor.h"
#include "executor/apart.h"
#include "executor/certain.h"
#include "executor/scan.h"
#include "planner/key_encode.h"
#include "planner/missing.h"
#include "planner/private.h"
#include "settings.h"

/* Of so many scans each is compared with each. */
#define APART_SCANS_MAX 100

static void
count_duplicates(TuyaScan *state, int n)
{
	state->counters->deduplicated += n;
	tuya_fetcher_count_deduplicated(state->fetcher, n);
}

/* That cannot be asked for. */
static TuyaEntry *
refuse_lookup(TuyaScan *state, const TuyaQuery *query, const TuyaFailure *failure)
{
	if (!state->reader.softens)
		tuya_failure_raise(failure);
	return tuya_execution_refuse(state->execution, state->fetcher, query, failure);
}

/*
 * Starts the lookup of that key; *found tells whether it was there already.  When it is only
 * announced and may not be sent, that is for the scan to say, if it comes to it: NULL.  Whether
 * it comes to it may be a guess.
 */
static TuyaEntry *
start_lookup(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce, bool guess, bool *found)
{
	MemoryContext saved = MemoryContextSwitchTo(state->query_cxt);
	TuyaEntry  *lookup = NULL;
	TuyaQuery	query;
	int			wrong = tuya_address_make(&state->from, key, &query);

	*found = false;
	if (wrong < 0)
		lookup = tuya_execution_start(state->execution, state->fetcher, &query,
									  state->counters, found);
	else if (!announce)
		lookup = refuse_lookup(state, &query, tuya_address_failure(&state->from, key, wrong, query.value[wrong]));
	if (lookup && state->reader.rows.once)
		tuya_execution_read_once(lookup);
	if (lookup && state->reads_whole && !guess)
		tuya_execution_read_whole(lookup);
	MemoryContextSwitchTo(saved);
	MemoryContextReset(state->query_cxt);
	return lookup;
}

/* Likewise; one that was there already counts, unless whoever announced it has seen to that. */
static TuyaEntry *
start_counted(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce)
{
	bool		found;
	TuyaEntry  *lookup = start_lookup(state, key, announce, false, &found);

	if (found && (announce || !state->announced))
		count_duplicates(state, 1);
	return lookup;
}

/* A remote that was altered between the beginnings of two scans has two fetchers, but is one asker. */
static bool
have_same_asker(const TuyaScan *one, const TuyaScan *other)
{
	return memcmp(one->from.asker, other->from.asker, TUYA_ASKER_BYTES) == 0;
}

/* Whether no other scan of the execution, all of which are there by now, asks for the same. */
static bool
is_alone(const ForeignScanState *node)
{
	const TuyaScan *state = node->fdw_state;
	List	   *scans = tuya_execution_scans(state->execution);
	ListCell   *lc;

	if (list_length(scans) > APART_SCANS_MAX)
		return false;
	foreach(lc, scans)
	{
		const ForeignScanState *other = lfirst(lc);

		if (other != node && have_same_asker(other->fdw_state, state) &&
			!tuya_apart((const ForeignScan *) node->ss.ps.plan, (const ForeignScan *) other->ss.ps.plan))
			return false;
	}
	return true;
}

static void
evaluate_keys(ForeignScanState *node, TuyaScan *state)
{
	if (!tuya_key_suffices(state->columns, state->keys))
		tuya_missing_refuse(RelationGetRelationName(state->relation),
							tuya_private_get((ForeignScan *) node->ss.ps.plan).missing);
	state->shut = !tuya_gatekeeper_is_open(state->gatekeeper, NULL);
	if (!state->shut)
		tuya_keyset_evaluate(state->keyset, state->columns->action, node->ss.ps.ps_ExprContext);
	state->evaluated = true;
	state->reader.rows.once = !state->may_rescan && is_alone(node);
}

/* Whether the table may show rows of that key; if not, nobody is asked. */
static bool
may_have_rows(const TuyaScan *state, const Datum key[TUYA_KEYS_MAX])
{
	return (state->keytype == NULL || tuya_keytype_holds(state->keytype, key)) &&
		(state->membership == NULL || tuya_membership_may_have(state->membership, key));
}

/* The next key that is worth asking for; false after the last. */
static bool
next_key(TuyaScan *state, Datum key[TUYA_KEYS_MAX])
{
	while (!state->shut && tuya_keyset_next(state->keyset, key))
	{
		if (may_have_rows(state, key) && tuya_gatekeeper_is_open_for(state->gatekeeper, key, NULL))
			return true;
		CHECK_FOR_INTERRUPTS();
	}
	return false;
}

/* Starts the lookup, which is pinned then, or NULL as of start_lookup(). */
static TuyaEntry *
start_pinned(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce)
{
	TuyaEntry  *lookup = start_counted(state, key, announce);

	if (lookup)
		(void) tuya_execution_pin_lookup(state->execution, lookup);
	return lookup;
}

static void
start_next(TuyaScan *state, const Datum key[TUYA_KEYS_MAX], bool announce)
{
	StartedLookup *started = MemoryContextAlloc(state->cxt, sizeof(StartedLookup));

	memcpy(started->key, key, sizeof(started->key));
	started->lookup = start_pinned(state, key, announce);
	dlist_push_tail(&state->started, &started->node);
	state->nstarted++;
}

/* Starts lookups as far as the window goes, but one at least. */
static void
fill_window(TuyaScan *state)
{
	Datum		key[TUYA_KEYS_MAX];

	while (state->nstarted < state->window.size &&
		   (state->nstarted == 0 || tuya_execution_has_room(state->execution)) &&
		   next_key(state, key))
		start_next(state, key, false);
}

/* How many lookups scans may have started that are not asked for a row yet. */
typedef struct Room
{
	int			within_window;	/* whatever is in flight */
	int			altogether;		/* where the remote has nothing to do */
}			Room;

static bool
may_start_ahead(const TuyaScan *state, const Room * room)
{
	return state->nstarted < Min(room->within_window, state->window.size) ||
		(state->reads_on && state->nstarted < room->altogether && tuya_fetcher_is_idle(state->fetcher));
}

/* Starts lookups of a scan that is not asked for a row yet, and takes them off the room. */
static void
fill_ahead(ForeignScanState *node, Room * room)
{
	TuyaScan   *state = node->fdw_state;
	Datum		key[TUYA_KEYS_MAX];

	if (!state->evaluated)
		evaluate_keys(node, state);
	while (may_start_ahead(state, room) && tuya_execution_has_room(state->execution) && next_key(state, key))
		start_next(state, key, true);
	room->within_window -= state->nstarted;
	room->altogether -= state->nstarted;
}

/* Finds those scans that will certainly be read as well as this one. */
static void
find_expected(ForeignScanState *node, TuyaScan *state)
{
	const EState *estate = node->ss.ps.state;
	Bitmapset  *ids;
	int			id = -1;

	if (!tuya_enable_lookahead || estate->es_epq_active)
		return;
	ids = tuya_certain_scans(estate->es_plannedstmt, node->ss.ps.plan->plan_node_id,
							 tuya_ancestor_is_cursor());
	while ((id = bms_next_member(ids, id)) >= 0)
	{
		ForeignScanState *other = tuya_execution_scan(state->execution, id);

		if (other && !((TuyaScan *) other->fdw_state)->asked)
			tuya_execution_expect(state->execution, other);
	}
}

/* The scan is asked for its first row. */
static void
come_to(ForeignScanState *node, TuyaScan *state)
{
	state->asked = true;
	if (!tuya_execution_has_come(state->execution, node))
		find_expected(node, state);
}

/*
 * Starts what others will ask for after this one, all together as far as a window goes; and
 * further, that none of their remotes is idle meanwhile, and none is when its scan's turn comes.
 */
static void
start_expected(TuyaScan *state)
{
	Room		room = {state->window.max - state->nstarted, tuya_lookahead_rows - state->nstarted};
	ListCell   *lc;

	foreach(lc, tuya_execution_expected(state->execution))
	{
		if (room.altogether <= 0)
			break;
		fill_ahead(lfirst(lc), &room);
	}
}

StartedLookup *
tuya_lookups_current(const TuyaScan *state)
{
	return dlist_container(StartedLookup, node, state->started.head.next);
}

static void
drop_current(TuyaScan *state)
{
	StartedLookup *current = tuya_lookups_current(state);

	tuya_execution_open(&state->reader, NULL);
	dlist_delete(&current->node);
	state->nstarted--;
	if (current->lookup)
		tuya_execution_unpin_lookup(state->execution, current->lookup);
	pfree(current);
}

bool
tuya_lookups_next(TuyaScan *state)
{
	StartedLookup *current;

	if (state->reader.transfer)
	{
		drop_current(state);
		tuya_window_consume(&state->window);
	}
	fill_window(state);
	start_expected(state);
	if (state->nstarted == 0)
		return false;
	current = tuya_lookups_current(state);
	/* that key may not be sent, which is said now */
	if (current->lookup == NULL)
		current->lookup = start_pinned(state, current->key, false);
	tuya_execution_open(&state->reader, current->lookup);
	state->unread = true;
	state->spent = false;
	return true;
}

void
tuya_lookups_begin(ForeignScanState *node)
{
	TuyaScan   *state = node->fdw_state;

	if (!state->asked)
		come_to(node, state);
	if (!state->evaluated)
		evaluate_keys(node, state);
}

void
tuya_lookups_forget(TuyaScan *state)
{
	while (state->nstarted > 0)
		drop_current(state);
	tuya_window_restart(&state->window);
	state->evaluated = false;
}

/*
 * ---- for lookahead ----
 */

TuyaEntry *
tuya_scan_announce(ForeignScanState *node, const Datum key[TUYA_KEYS_MAX], bool guess, bool *found)
{
	TuyaScan   *state = node->fdw_state;

	if (!may_have_rows(state, key))
		return NULL;
	return start_lookup(state, key, true, guess, found);
}

void
tuya_scan_count_duplicates(ForeignScanState *node, int n)
{
	count_duplicates(node->fdw_state, n);
}
