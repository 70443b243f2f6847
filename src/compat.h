/*
 * compat.h
 *		Every difference between PostgreSQL 15 and 19 that the sources meet, but for what
 *		concerns planning, which compat_planner.h has.
 *
 * (libcurl's single difference stands in http/, its only includer.)
 */
#ifndef TUYA_COMPAT_H
#define TUYA_COMPAT_H

#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "catalog/pg_type_d.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "executor/executor.h"
#include "executor/functions.h"
#include "nodes/execnodes.h"
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#endif
#include "optimizer/optimizer.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif
#include "storage/latch.h"
#include "storage/lwlock.h"
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 18 has a reverse() for bytea, too. */
#if PG_VERSION_NUM < 180000
#define F_REVERSE_TEXT F_REVERSE
#endif

/* Throws unless the user may use that foreign server. */
static inline void
tuya_compat_require_server_usage(Oid server_id, const char *name)
{
#if PG_VERSION_NUM >= 160000
	AclResult	result = object_aclcheck(ForeignServerRelationId, server_id, GetUserId(), ACL_USAGE);
#else
	AclResult	result = pg_foreign_server_aclcheck(server_id, GetUserId(), ACL_USAGE);
#endif

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_SERVER, name);
}

/* The range table index of the only relation that a foreign scan reads. */
static inline Index
tuya_compat_scan_rti(const ForeignScan *plan)
{
	if (plan->scan.scanrelid > 0)
		return plan->scan.scanrelid;
#if PG_VERSION_NUM >= 160000
	return (Index) bms_singleton_member(plan->fs_base_relids);
#else
	return (Index) bms_singleton_member(plan->fs_relids);
#endif
}

/* The user as whom a scan reads: a view's owner, or whoever runs the statement. */
static inline Oid
tuya_compat_scan_user(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Oid			check_as_user;

#if PG_VERSION_NUM >= 160000
	check_as_user = plan->checkAsUser;
#else
	check_as_user = exec_rt_fetch(tuya_compat_scan_rti(plan), node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(check_as_user) ? check_as_user : GetUserId();
}

/* A wait event set that lives as long as the backend. */
static inline WaitEventSet *
tuya_compat_wait_event_set(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, nevents);
#else
	return CreateWaitEventSet(TopMemoryContext, nevents);
#endif
}

/* What is waited for. */
typedef enum TuyaWait
{
	TUYA_WAIT_REPLY,
	TUYA_WAIT_RATE_LIMIT,
	TUYA_WAIT_BACK_OFF
} TuyaWait;

/* What pg_stat_activity shows meanwhile as wait_event. */
static inline uint32
tuya_compat_wait_event(TuyaWait wait)
{
#if PG_VERSION_NUM >= 170000
	static const char *const names[] = {"TuyaFdwReply", "TuyaFdwRateLimit", "TuyaFdwBackOff"};
	static uint32 events[lengthof(names)];

	if (events[wait] == 0)
		events[wait] = WaitEventExtensionNew(names[wait]);
	return events[wait];
#else
	(void) wait;
	return PG_WAIT_EXTENSION;
#endif
}

/*
 * How long, in us, an Append may wait for its asynchronous scans: before 18.0, and minor
 * versions of its time, it does not notice meanwhile that it is to end.
 */
#if PG_VERSION_NUM >= 180000
#define TUYA_COMPAT_APPEND_US_MAX PG_INT64_MAX
#else
#define TUYA_COMPAT_APPEND_US_MAX INT64CONST(50000)
#endif

#if PG_VERSION_NUM >= 190000
static inline void
tuya_compat_init_segment(void *ptr, void *arg)
{
	(*(void (**) (void *)) arg) (ptr);
}
#endif

/*
 * Shared memory of that name, made and initialized at its first use; NULL where
 * PostgreSQL has none that need not be asked for at the server's start.
 */
static inline void *
tuya_compat_named_segment(const char *name, size_t size, void (*init) (void *ptr))
{
#if PG_VERSION_NUM >= 190000
	bool		found;

	return GetNamedDSMSegment(name, size, tuya_compat_init_segment, &found, &init);
#elif PG_VERSION_NUM >= 170000
	bool		found;

	return GetNamedDSMSegment(name, size, init, &found);
#else
	(void) name;
	(void) size;
	(void) init;
	return NULL;
#endif
}

/* A name for LWLocks, once for all backends; each that has not made it tells it apart, too. */
static inline int
tuya_compat_new_tranche(const char *name)
{
#if PG_VERSION_NUM >= 190000
	return LWLockNewTrancheId(name);
#else
	(void) name;
	return LWLockNewTrancheId();
#endif
}

static inline void
tuya_compat_name_tranche(int tranche, const char *name)
{
#if PG_VERSION_NUM < 190000
	LWLockRegisterTranche(tranche, name);
#else
	(void) tranche;
	(void) name;
#endif
}

/* Whether MERGE takes the action for a source's row with a row of the target, ... */
static inline bool
tuya_compat_merge_matched(const MergeAction * action)
{
#if PG_VERSION_NUM >= 170000
	return action->matchKind == MERGE_WHEN_MATCHED;
#else
	return action->matched;
#endif
}

/* ... or, from 17 on, for a row of the target without one of the source. */
static inline bool
tuya_compat_merge_by_source(const MergeAction * action)
{
#if PG_VERSION_NUM >= 170000
	return action->matchKind == MERGE_WHEN_NOT_MATCHED_BY_SOURCE;
#else
	(void) action;
	return false;
#endif
}

/* Whether the executor leaves out children of the Append that have no row. */
static inline bool
tuya_compat_prunes(const Append *append)
{
#if PG_VERSION_NUM >= 180000
	return append->part_prune_index >= 0;
#else
	return append->part_prune_info != NULL;
#endif
}

/* Whether CREATE MATERIALIZED VIEW fills it as REFRESH does: from its rule, with a search_path of its own. */
static inline bool
tuya_compat_fills_as_refresh(const CreateTableAsStmt *stmt)
{
#if PG_VERSION_NUM >= 170000
	return stmt->objtype == OBJECT_MATVIEW;
#else
	(void) stmt;
	return false;
#endif
}

static inline PlannedStmt *
tuya_compat_plan_query(Query *query, const char *text, int options, ParamListInfo params)
{
#if PG_VERSION_NUM >= 190000
	return pg_plan_query(query, text, options, params, NULL);
#else
	return pg_plan_query(query, text, options, params);
#endif
}

/* Gives what the last of an SQL function's queries returns the function's type. */
static inline void
tuya_compat_coerce_function_result(List *queries, Oid type, TupleDesc columns, char kind)
{
#if PG_VERSION_NUM >= 180000
	(void) check_sql_fn_retval(list_make1(queries), type, columns, kind, false);
#elif PG_VERSION_NUM >= 170000
	(void) check_sql_fn_retval(list_make1(queries), type, columns, kind, false, NULL);
#else
	(void) kind;
	(void) check_sql_fn_retval(list_make1(queries), type, columns, false, NULL);
#endif
}

/* What a plan node's run is measured by. */
#if PG_VERSION_NUM >= 190000
typedef NodeInstrumentation TuyaCompatInstrumentation;
#else
typedef Instrumentation TuyaCompatInstrumentation;
#endif

static inline void
tuya_compat_buffile_read(BufFile *file, void *data, size_t size)
{
#if PG_VERSION_NUM >= 160000
	BufFileReadExact(file, data, size);
#else
	if (BufFileRead(file, data, size) != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file")));
#endif
}

#if PG_VERSION_NUM < 160000
/* The SQLSTATE with which the input function of an integer of so many bytes refuses it; else 0. */
static inline int
tuya_compat_integer_fault(const char *text, int bytes)
{
	char	   *end;
	long long	value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || end[strspn(end, " \t\n\v\f\r")] != '\0')
		return ERRCODE_INVALID_TEXT_REPRESENTATION;
	if (errno == ERANGE || (bytes == 4 && value != (int32) value) ||
		(bytes == 2 && value != (int16) value))
		return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
	return 0;
}
#endif

/*
 * The SQLSTATE with which the type's input function refuses the text, or NULL; 0 if it does
 * not.  Before 16 that is known of integers alone, and other types may yet throw.
 */
static inline int
tuya_compat_input_fault(Oid base_type, FmgrInfo *input, char *text, Oid ioparam, int32 typmod)
{
#if PG_VERSION_NUM >= 160000
	ErrorSaveContext fault = {.type = T_ErrorSaveContext,.details_wanted = true};
	Datum		value;

	(void) base_type;
	if (InputFunctionCallSafe(input, text, ioparam, typmod, (Node *) &fault, &value))
		return 0;
	return fault.error_data->sqlerrcode;
#else
	(void) input, (void) ioparam, (void) typmod;
	if (text == NULL)
		return 0;
	switch (base_type)
	{
		case INT2OID:
			return tuya_compat_integer_fault(text, 2);
		case INT4OID:
			return tuya_compat_integer_fault(text, 4);
		case INT8OID:
			return tuya_compat_integer_fault(text, 8);
		default:
			return 0;
	}
#endif
}

#endif							/* TUYA_COMPAT_H */
