/*
 * spelling.h
 *		How a server's tables say that an action is to be asked for.
 *
 * Services differ from their documentation, in how they spell the request parameters of keys
 * and in where a reply's list is, and a table says so with options.  Who asks without a table
 * goes by the first one of the action.
 */
#ifndef TUYA_SPELLING_H
#define TUYA_SPELLING_H

#include "postgres.h"

#include "api/query.h"

/*
 * What to ask for if nobody says: the default action, unless the server has tables, but none of
 * it; then that of the first one.
 */
extern const TuyaAction *tuya_spelling_action(Oid server_id);

/*
 * Fills the query's names to send, by key, and its list_path: those of its action, where no
 * table says another; palloc'd.
 */
extern void tuya_spelling_of_server(TuyaQuery *query, Oid server_id);

#endif							/* TUYA_SPELLING_H */
