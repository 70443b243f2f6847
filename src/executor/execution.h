/*
 * execution.h
 *		What one EState has asked for: its lookups, by address, and their rows.
 *
 * Within one execution the same address is asked for once and reads the same
 * every time; this is where that is so.
 */
#ifndef TUYA_EXECUTION_H
#define TUYA_EXECUTION_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "fetch/fetcher.h"

typedef struct TuyaExecution TuyaExecution;

/* A lookup of an execution. */
typedef struct TuyaEntry TuyaEntry;

/*
 * The execution of that EState, made at its first scan.  Each enter needs a
 * leave at the normal end of the scan; after an error the EState's memory
 * context cleans up.
 */
extern TuyaExecution *tuya_execution_enter(EState *estate);
extern void tuya_execution_leave(TuyaExecution *execution);

/* The execution of that EState, or NULL if no scan has entered. */
extern TuyaExecution *tuya_execution_find(EState *estate);

/*
 * What the scans read of the rows of that action, where each adds the fields that it does, before
 * it starts a lookup.  Of lookups that were started before, a scan that reads more has none.
 * Another action's fields are none of them, for a secret may be one in the same place.
 */
extern TuyaFields *tuya_execution_fields(TuyaExecution *execution, const TuyaAction *action);

/* The scans of an execution, all or by plan node id; NULL if there is none. */
extern List *tuya_execution_scans(const TuyaExecution *execution);
extern void tuya_execution_add_scan(TuyaExecution *execution, int plan_node_id,
									ForeignScanState *scan);
extern ForeignScanState *tuya_execution_scan(TuyaExecution *execution, int plan_node_id);

/*
 * Scans (ForeignScanStates) of the execution that will certainly be read, in the order in
 * which they were expected.  One that has come is not expected any more; false if it was not.
 */
extern List *tuya_execution_expected(const TuyaExecution *execution);
extern void tuya_execution_expect(TuyaExecution *execution, ForeignScanState *scan);
extern bool tuya_execution_has_come(TuyaExecution *execution, ForeignScanState *scan);

/* Counts (or, negative, no longer counts) bytes into the memory budget. */
extern void tuya_execution_charge(TuyaExecution *execution, int64 bytes);

/* Memory that lives as long as the execution. */
extern MemoryContext tuya_execution_context(TuyaExecution *execution);

/* Whether the memory budget allows to read ahead. */
extern bool tuya_execution_has_room(TuyaExecution *execution);

/* Keeps the fetcher from being destroyed before the execution is. */
extern void tuya_execution_pin_fetcher(TuyaExecution *execution, TuyaFetcher *fetcher);

/*
 * The lookup for that request; *found tells whether it was there before, else
 * its first page is on its way to the service.  Never waits.  What it asks for
 * counts in counters, which must live as long as the execution.
 */
extern TuyaEntry *tuya_execution_start(TuyaExecution *execution, TuyaFetcher *fetcher,
									   const TuyaQuery *query, TuyaCounters *counters,
									   bool *found);

/* The lookup for a request that cannot be made, which has failed so: nothing is asked. */
extern TuyaEntry *tuya_execution_refuse(TuyaExecution *execution, TuyaFetcher *fetcher,
										const TuyaQuery *query, const TuyaFailure *failure);

/* Whoever started the lookup, and pins it, reads it to its end. */
extern void tuya_execution_read_whole(TuyaEntry *entry);

/*
 * The scan that has started the lookup reads it, and nobody does after that: it is not kept
 * longer than there is room for, nor written to the file.
 */
extern void tuya_execution_read_once(TuyaEntry *entry);

/*
 * A lookup that was started ahead is pinned by who may still want it; when
 * nobody does, and nobody has read it, what is only queued for it is taken back.
 * Returns whether nobody had it pinned.
 */
extern bool tuya_execution_pin_lookup(TuyaExecution *execution, TuyaEntry *entry);
extern void tuya_execution_unpin_lookup(TuyaExecution *execution, TuyaEntry *entry);

/* Whether nothing is to come of the lookup any more: all its rows are here, or it has failed. */
extern bool tuya_execution_has_ended(const TuyaEntry *entry);

/* Whether they are here, and are none. */
extern bool tuya_execution_is_empty(const TuyaEntry *entry);

/* Whether somebody reads it, or did. */
extern bool tuya_execution_was_read(const TuyaEntry *entry);

/* tuya_fetcher_open() for a lookup of an execution. */
extern void tuya_execution_open(TuyaFetchReader *reader, TuyaEntry *entry);

/*
 * tuya_fetcher_next_row() and tuya_fetcher_count() for a lookup that the statement needs:
 * an error that was ignored, or pages that do not add up, are warned of at its end.
 *
 * A failure that the reader softens is the one row of its lookup: *failure is that, which
 * lives as long as the lookup, else NULL.  It is warned of likewise.  Throws the failure if
 * limit lookups of the statement failed so before.
 */
extern bool tuya_execution_next_row(TuyaExecution *execution, TuyaFetchReader *reader, int limit,
									TuyaRow *row, const TuyaFailure **failure);
extern bool tuya_execution_count(TuyaExecution *execution, TuyaFetchReader *reader,
								 int64 *count);

/*
 * Such a failure is the row of the lookup that the reader reads: it counts, once for each
 * lookup, to be warned of.  Throws it if limit lookups of the statement failed so before.
 */
extern void tuya_execution_soften(TuyaExecution *execution, const TuyaFetchReader *reader,
								  int limit, const TuyaFailure *failure);

#endif							/* TUYA_EXECUTION_H */
