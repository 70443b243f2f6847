/*
 * mapping.c
 *		User mappings as SQL shows them: their names, and to whom.
 */
#include "postgres.h"

#include "monitor/mapping.h"

#include "catalog/pg_authid.h"
#include "catalog/pg_user_mapping.h"
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
