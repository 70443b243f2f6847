/*
 * account.h
 *		Who asks the service: a user mapping of a server; and endpoint, credentials and
 *		what goes with them, as hashes.
 *
 * A hash says the same in every session, and tells nothing of the secret in it.
 */
#ifndef TUYA_ACCOUNT_H
#define TUYA_ACCOUNT_H

#include "postgres.h"

#include "api/query.h"
#include "option/option.h"

/* The user mapping by which a remote is known. */
typedef struct TuyaRemoteId
{
	Oid			mapping_id;
	Oid			server_id;
	Oid			user_id;		/* InvalidOid: PUBLIC */
	char		server_name[NAMEDATALEN];
} TuyaRemoteId;

/* Whose pace it is: the same for all who have that endpoint and these credentials.  Throws. */
extern void tuya_account_hash(const TuyaSettings *settings, uint8 hash[TUYA_ASKER_BYTES]);

/*
 * Whose rows they are, as a query has it: of the account, of the parameters that all requests
 * have besides, of who is trusted on the way there, and of the database's user mapping, for
 * those who have another one share nothing.  Throws.
 */
extern void tuya_account_hash_asker(const TuyaSettings *settings, Oid mapping_id,
									uint8 hash[TUYA_ASKER_BYTES]);

#endif							/* TUYA_ACCOUNT_H */
