/*
 * scan.h
 *		Execution of a foreign scan: begin, iterate, rescan, end.
 */
#ifndef TUYA_SCAN_H
#define TUYA_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "executor/execution.h"

extern void tuya_BeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *tuya_IterateForeignScan(ForeignScanState *node);
extern bool tuya_RecheckForeignScan(ForeignScanState *node, TupleTableSlot *slot);
extern void tuya_ReScanForeignScan(ForeignScanState *node);
extern void tuya_EndForeignScan(ForeignScanState *node);

/*
 * For lookahead.  The scan is told that its lookups are announced, so that it
 * does not count them as duplicates; then starts the lookup of a key that it
 * will ask for, unless that is a guess; *found tells whether it was there already, which is for
 * the caller to count.  NULL if that key cannot be sent.
 */
extern void tuya_scan_set_announced(ForeignScanState *node);
extern TuyaEntry *tuya_scan_announce(ForeignScanState *node, const Datum key[TUYA_KEYS_MAX],
									 bool guess, bool *found);

/* It will ask for that many lookups that were announced for another row. */
extern void tuya_scan_count_duplicates(ForeignScanState *node, int n);

/*
 * For asynchronous execution: what reads the current lookup.  If it never waits, and is
 * pending, the scan has handed out no row, and that was not its end.
 */
extern TuyaFetchReader *tuya_scan_reader(ForeignScanState *node);

/* How many lookups it has started and not read to their end. */
extern int	tuya_scan_started(ForeignScanState *node);

/* It asks for as many keys at once as where nothing above may stop early. */
extern bool tuya_scan_is_wide(ForeignScanState *node);

/* For EXPLAIN and lookahead; of a scan that has begun. */
extern Relation tuya_scan_relation(ForeignScanState *node);
extern const TuyaColumns *tuya_scan_columns(ForeignScanState *node);
extern const TuyaSettings *tuya_scan_settings(ForeignScanState *node);
extern TuyaFetcher *tuya_scan_fetcher(ForeignScanState *node);

/* What the scan has done; NULL if it began for EXPLAIN only. */
extern const TuyaCounters *tuya_scan_counters(ForeignScanState *node);

#endif							/* TUYA_SCAN_H */
