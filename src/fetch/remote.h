/*
 * remote.h
 *		The fetchers of a backend, by user mapping.
 *
 * A fetcher, with its connections, is kept for the session.  When its server or
 * user mapping changes it is retired: executions that use it go on with it,
 * the next statement gets a new one, and its connections are closed as soon
 * as nothing uses them.
 */
#ifndef TUYA_REMOTE_H
#define TUYA_REMOTE_H

#include "postgres.h"

#include "fetch/fetcher.h"

/* The life of a remote; remote.c sets it. */
typedef enum TuyaRemoteState
{
	TUYA_REMOTE_EMPTY,			/* no fetcher: never used, changed since, or given up */
	TUYA_REMOTE_READING,		/* its settings are being read */
	TUYA_REMOTE_OVERTAKEN,		/* so, and they were changed meanwhile */
	TUYA_REMOTE_CURRENT,		/* its fetcher has them */
	TUYA_REMOTE_ONCE			/* its fetcher is good for this statement only */
} TuyaRemoteState;

/* Which state may follow which. */
static inline bool
tuya_remote_may_become(TuyaRemoteState from, TuyaRemoteState to)
{
	static const int next[] = {
		[TUYA_REMOTE_EMPTY] = 1 << TUYA_REMOTE_READING,
		[TUYA_REMOTE_READING] = 1 << TUYA_REMOTE_OVERTAKEN |
		1 << TUYA_REMOTE_CURRENT | 1 << TUYA_REMOTE_EMPTY,
		[TUYA_REMOTE_OVERTAKEN] = 1 << TUYA_REMOTE_READING |
		1 << TUYA_REMOTE_ONCE | 1 << TUYA_REMOTE_EMPTY,
		[TUYA_REMOTE_CURRENT] = 1 << TUYA_REMOTE_EMPTY,
		[TUYA_REMOTE_ONCE] = 1 << TUYA_REMOTE_EMPTY
	};

	return (next[from] & 1 << to) != 0;
}

/*
 * What the catalogs say now of that user on that server.  Throws 42704 if there is no user
 * mapping, or what is wrong with the options.
 */
extern void tuya_remote_read(Oid user_id, Oid server_id, TuyaSettings *settings,
							 TuyaRemoteId *remote);

/*
 * The fetcher for that user on that server.  To be pinned before anything else
 * can throw.  Throws 42704 if there is no user mapping.
 */
extern TuyaFetcher *tuya_remote_get(Oid user_id, Oid server_id);

#endif							/* TUYA_REMOTE_H */
