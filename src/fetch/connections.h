/*
 * connections.h
 *		The connections of this backend, and how to close them.
 */
#ifndef TUYA_CONNECTIONS_H
#define TUYA_CONNECTIONS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "fetch/account.h"

/* A remote that has connections. */
typedef struct TuyaConnections
{
	TuyaRemoteId remote;
	int			open;			/* how many */
	bool		valid;			/* the next statement may use them: nothing has been altered */
	bool		in_use;			/* some execution has the remote */
} TuyaConnections;

/* All that have any: a list of TuyaConnections, in the current memory context. */
extern List *tuya_connections_list(void);

/*
 * Closes the connections of that server, or of all servers: InvalidOid.  Returns whether
 * there were any.  Those that are in use stay; *in_use lists their servers, an OID each.
 */
extern bool tuya_connections_close(Oid server_id, List **in_use);

#endif							/* TUYA_CONNECTIONS_H */
