/*
 * internal.h
 *		What the files of a foreign scan share: its state.
 */
#ifndef TUYA_EXECUTOR_INTERNAL_H
#define TUYA_EXECUTOR_INTERNAL_H

#include "postgres.h"

#include "lib/ilist.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "executor/address.h"
#include "executor/convert.h"
#include "executor/execution.h"
#include "executor/gatekeeper.h"
#include "executor/keyset.h"
#include "executor/keytype.h"
#include "executor/membership.h"
#include "util/window.h"

/* A lookup that is being read, or will be. */
typedef struct StartedLookup
{
	dlist_node	node;			/* in TuyaScan.started */
	TuyaEntry  *lookup;			/* NULL: it cannot be, which is for its turn to say */
	Datum		key[TUYA_KEYS_MAX]; /* the key set's */
} StartedLookup;

typedef struct TuyaScan
{
	Relation	relation;
	bool		own_relation;	/* opened here: the plan node has none */
	bool		counts;			/* hands out how many rows there are */
	bool		counted;		/* has done so */
	int64		count;			/* up to the current lookup */
	TuyaColumns *columns;
	TuyaSettings settings;		/* server's and table's */
	TuyaAddressing from;		/* these three, and whose rows they are */
	int			keys;			/* 1 << TuyaKeyId of those that the plan binds */
	TuyaExecution *execution;	/* NULL: EXPLAIN only */
	TuyaFetcher *fetcher;
	TuyaCounters *counters;
	TuyaConverter *converter;
	TuyaKeySet *keyset;
	TuyaKeyType *keytype;		/* NULL: the key columns hold any text */
	TuyaMembership *membership; /* NULL: the table is none */
	TuyaGatekeeper *gatekeeper;
	TuyaFetchReader reader;
	const TuyaFailure *failure; /* is the current row; NULL: that is one */
	bool		checks;			/* looks at all rows of a lookup before the first is handed out */
	bool		unread;			/* no row of the current lookup was */
	bool		spent;			/* and no more are to be */
	bool		may_rescan;
	bool		asked;			/* for a row */
	bool		evaluated;		/* keyset is, unless ... */
	bool		shut;			/* ... no key at all can have rows */
	bool		announced;		/* a lookahead node starts the lookups before */
	TuyaWindow	window;			/* how many lookups to start ahead */
	bool		reads_whole;	/* what it has started, whatever the estimates are worth */
	bool		reads_on;		/* beyond that, while the remote has nothing to do, until asked */
	dlist_head	started;		/* StartedLookups, the one being read first */
	int			nstarted;
	MemoryContext cxt;			/* of the state */
	MemoryContext query_cxt;	/* of one query, while it is made */
	MemoryContext row_cxt;		/* of the row in the slot */
} TuyaScan;

/*
 * ---- lookups.c ----
 */

/* Before a row is asked for: evaluates the keys, unless they are. */
extern void tuya_lookups_begin(ForeignScanState *node);

/*
 * Makes the next lookup the current one, which the reader then reads, and starts others as far
 * as the window goes; false if there are no more.  Throws if its key may not be sent.
 */
extern bool tuya_lookups_next(TuyaScan *state);

/* The current one. */
extern StartedLookup *tuya_lookups_current(const TuyaScan *state);

/* Gives all up that were started; the keys are evaluated again next time. */
extern void tuya_lookups_forget(TuyaScan *state);

#endif							/* TUYA_EXECUTOR_INTERNAL_H */
