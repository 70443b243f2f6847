/*
 * announce.h
 *		What the rows that a lookahead node holds ask for.
 *
 * Rows whose key is made from the same values ask for the same: they share a
 * Want, which is announced once, when the first of them is read, and keeps its
 * lookups pinned until the last of them was consumed.
 */
#ifndef TUYA_LOOKAHEAD_ANNOUNCE_H
#define TUYA_LOOKAHEAD_ANNOUNCE_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "util/bytes.h"
#include "executor/execution.h"
#include "util/window.h"

typedef struct TuyaAnnouncer TuyaAnnouncer;

typedef struct TuyaWant
{
	TuyaBytes	values;			/* must be first; that the key is made from */
	uint32		hash;			/* of the values */
	TuyaEntry **lookups;		/* pinned */
	int			nlookups;
	int			held;			/* rows that are held of it */
	bool		goes_on;		/* it may ask for more, if what it asks for has no rows */
	bool		ahead;			/* it brought something to wait for; nobody came to it yet */
	int			remote;			/* if ahead: which of the announcer's it waits for first */
} TuyaWant;

/* For a node that begins; in the current memory context. */
extern TuyaAnnouncer *tuya_announcer_create(CustomScanState *node);

/*
 * Finds the targets, when they have begun; false if there are none.  concurrency is how many
 * requests their remotes have in flight together, execution is theirs.
 */
extern bool tuya_announcer_find_targets(TuyaAnnouncer *announcer);
extern int	tuya_announcer_concurrency(const TuyaAnnouncer *announcer);
extern TuyaExecution *tuya_announcer_execution(const TuyaAnnouncer *announcer);

/*
 * What the row in the slot asks for, which is announced unless that is done;
 * *found tells.  Of a list of keys as many as max are announced.  Rows often want the same as the
 * one before, so latest, what that wanted or NULL, is looked at first.
 */
extern TuyaWant *tuya_announcer_want(TuyaAnnouncer *announcer, TuyaWant *latest,
									 TupleTableSlot *slot, int max, bool *found);

/*
 * All that is wanted is here.  Where that are no rows, announces what the row in the slot asks
 * for instead; want->goes_on tells whether it may then go on again.
 */
extern void tuya_announcer_go_on(TuyaAnnouncer *announcer, TuyaWant *want, TupleTableSlot *slot, int max);

/* What is wanted has come to its turn: it is not ahead any more. */
extern void tuya_announcer_come_to(TuyaAnnouncer *announcer, TuyaWant *want);

/* Whether one of several remotes has nothing to do, and for none are max wants ahead. */
extern bool tuya_announcer_starves(const TuyaAnnouncer *announcer, int max);

/*
 * How many guesses may be ahead, that of the row in hand among them.  Wrong ones are no more than
 * the window, and no more than the window's start and those that were right.
 */
extern int	tuya_announcer_room(const TuyaAnnouncer *announcer, const TuyaWindow *window);

/* Whether there is nothing to wait for. */
extern bool tuya_announcer_is_complete(const TuyaWant *want);

/* Unpins and frees it: no row of it is held. */
extern void tuya_announcer_forget(TuyaAnnouncer *announcer, TuyaWant *want);

/* How many lookups were announced. */
extern int64 tuya_announcer_count(const TuyaAnnouncer *announcer);

#endif							/* TUYA_LOOKAHEAD_ANNOUNCE_H */
