/*
 * mapping.h
 *		User mappings as SQL shows them: their names, and to whom.
 */
#ifndef TUYA_MONITOR_MAPPING_H
#define TUYA_MONITOR_MAPPING_H

#include "postgres.h"

/* The user of a mapping, "public" for InvalidOid; NULL if the mapping or the user was dropped. */
extern const char *tuya_mapping_user_name(Oid mapping_id, Oid user_id);

/* Whether the current user may see what is that role's: members, also of pg_read_all_stats. */
extern bool tuya_mapping_may_see(Oid role);

#endif							/* TUYA_MONITOR_MAPPING_H */
