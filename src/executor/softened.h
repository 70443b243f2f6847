/*
 * softened.h
 *		What of an execution's lookups was no error though it might have been.
 *
 * Keys are counted as the statement needs them, each once, and one WARNING of each kind
 * at its end tells how many there were.
 */
#ifndef TUYA_SOFTENED_H
#define TUYA_SOFTENED_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "api/query.h"
#include "failure/failure.h"

/* Begins zero-initialized, but for the context, in which it keeps what it is told. */
typedef struct TuyaSoftened
{
	MemoryContext cxt;
	int64		nignored;		/* keys answered with an ignored code */
	List	   *ignored;		/* of them, how many by code */
	int64		nincomplete;	/* keys whose pages do not add up */
	char	   *incomplete;		/* what is wrong with the first of them */
	const char *incomplete_rows;	/* what it is to have */
	int64		nfailed;		/* keys that failed, and have a row that says so */
	List	   *failed;			/* of them, how many by code */
} TuyaSoftened;

/* A key was answered with an ignored error code. */
extern void tuya_softened_add_ignored(TuyaSoftened *softened, const char *code);

/* The pages of a key do not add up, which is to be a warning. */
extern void tuya_softened_add_incomplete(TuyaSoftened *softened, const TuyaQuery *query,
										 const TuyaFailure *failure);

/* A key failed, which is to be a row.  Throws the failure if limit keys did before. */
extern void tuya_softened_add_failed(TuyaSoftened *softened, const TuyaFailure *failure, int limit);

/* Keys that failed or were incomplete, of all statements of this backend since it began. */
extern int64 tuya_softened_failures(void);

/* At the statement's end. */
extern void tuya_softened_warn(const TuyaSoftened *softened);

#endif							/* TUYA_SOFTENED_H */
