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

#include "failure/failure.h"
#include "fetch/fetcher.h"

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
 * Whether the scan that says so is the execution's only one; if once is true as
 * well, that nobody reads a lookup twice: then none is kept longer than there is
 * room for, nor written to the file.
 */
extern bool tuya_execution_set_reads_once(TuyaExecution *execution, bool once);

/* The scans of an execution, by plan node id; NULL if there is none. */
extern void tuya_execution_add_scan(TuyaExecution *execution, int plan_node_id,
									ForeignScanState *scan);
extern ForeignScanState *tuya_execution_scan(TuyaExecution *execution, int plan_node_id);

/* Counts (or, negative, no longer counts) bytes into the memory budget. */
extern void tuya_execution_charge(TuyaExecution *execution, int64 bytes);

/*
 * Counts a request, which may be sent again, or the first of its lookup; false if
 * tuya_fdw.max_requests forbids it.  Why it does.
 */
extern bool tuya_execution_count_request(TuyaExecution *execution, bool again, bool first);
extern TuyaFailure *tuya_execution_refusal(const TuyaExecution *execution);

/* A key that the statement needs was answered with an ignored error code. */
extern void tuya_execution_count_ignored(TuyaExecution *execution, const char *code);

/* The pages of a lookup that the statement needs do not add up, so, and that is to be a warning. */
extern void tuya_execution_count_incomplete(TuyaExecution *execution, const TuyaRequest *request,
											const TuyaFailure *failure);

/* Memory that lives as long as the execution. */
extern MemoryContext tuya_execution_context(TuyaExecution *execution);

/* Whether the memory budget allows to read ahead. */
extern bool tuya_execution_has_room(TuyaExecution *execution);

/* Nobody wants the lookup now; or somebody does again. */
extern void tuya_execution_set_idle(TuyaLookup *lookup, bool idle);

/* Keeps the fetcher from being destroyed before the execution is. */
extern void tuya_execution_pin(TuyaExecution *execution, TuyaFetcher *fetcher);

/* The lookup of that address; *found tells whether it was there before. */
extern TuyaLookup *tuya_execution_lookup(TuyaExecution *execution, TuyaFetcher *fetcher,
										 const TuyaRequest *request, bool *found);

#endif							/* TUYA_EXECUTION_H */
