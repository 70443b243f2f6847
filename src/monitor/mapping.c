/*
 * mapping.c
 *		User mappings as SQL shows them: their names, and to whom.
 */
#include "postgres.h"

#include "monitor/mapping.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/syscache.h"

const char *
tuya_mapping_user_name(Oid mapping_id, Oid user_id)
{
	if (!SearchSysCacheExists1(USERMAPPINGOID, ObjectIdGetDatum(mapping_id)))
		return NULL;
	return OidIsValid(user_id) ? GetUserNameFromId(user_id, true) : "public";
}

bool
tuya_mapping_may_see(Oid role)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		has_privs_of_role(GetUserId(), role);
}

bool
tuya_mapping_show(Oid server_id, Oid mapping_id, Oid user_id, const char **server_name,
				  const char **user_name)
{
	const ForeignServer *server = GetForeignServerExtended(server_id, FSV_MISSING_OK);

	*user_name = tuya_mapping_user_name(mapping_id, user_id);
	if (server == NULL || *user_name == NULL ||
		!tuya_mapping_may_see(OidIsValid(user_id) ? user_id : server->owner))
		return false;
	*server_name = server->servername;
	return true;
}
