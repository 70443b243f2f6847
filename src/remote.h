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

#include "foreign/foreign.h"

#include "fetcher.h"

/* Its owner must pin it before anything else can throw. */
extern TuyaFetcher *tuya_remote_get(ForeignServer *server, UserMapping *mapping);

#endif							/* TUYA_REMOTE_H */
