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

/*
 * The fetcher for that user on that server.  To be pinned before anything else
 * can throw.  Throws 42704 if there is no user mapping.
 */
extern TuyaFetcher *tuya_remote_get(Oid user_id, Oid server_id);

#endif							/* TUYA_REMOTE_H */
