/*
 * spelling.h
 *		How a server's tables spell the request parameters of keys.
 *
 * Services differ in that from their documentation, and a table says so with column
 * options.  Who asks without a table goes by the first one there is.
 */
#ifndef TUYA_SPELLING_H
#define TUYA_SPELLING_H

#include "postgres.h"

#include "api/action.h"

/* Fills the names to send, by key, the action's own where no table says another; palloc'd. */
extern void tuya_spelling_of_server(const TuyaAction *action, Oid server_id,
									const char *parameter[TUYA_KEYS_MAX]);

#endif							/* TUYA_SPELLING_H */
