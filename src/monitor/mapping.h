/*
 * mapping.h
 *		User mappings as SQL shows them: their names, and to whom.
 */
#ifndef TUYA_MONITOR_MAPPING_H
#define TUYA_MONITOR_MAPPING_H

#include "postgres.h"

/* The user of a mapping, "public" for InvalidOid; NULL if the mapping or the user was dropped. */
extern const char *tuya_mapping_user_name(Oid mapping_id, Oid user_id);

/*
 * The names of a mapping and its server; false if one of them was dropped, or the current user
 * may not see what is that mapping's.  One of PUBLIC is as its server's owner's.
 */
extern bool tuya_mapping_show(Oid server_id, Oid mapping_id, Oid user_id,
							  const char **server_name, const char **user_name);

/* Whether the current user may see what is that role's: members, also of pg_read_all_stats. */
extern bool tuya_mapping_may_see(Oid role);

#endif							/* TUYA_MONITOR_MAPPING_H */
