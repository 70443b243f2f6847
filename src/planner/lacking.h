/*
 * lacking.h
 *		Whether a plan reads a table of ours without a value for one of its keys.
 */
#ifndef TUYA_LACKING_H
#define TUYA_LACKING_H

#include "postgres.h"

#include "nodes/plannodes.h"

typedef enum TuyaLacking
{
	TUYA_LACKING_KEYS,
	TUYA_LACKING_LATE			/* and another plan may have it: see TUYA_MISSING_LATE */
}			TuyaLacking;

/* Looks at the whole statement; true means that it raises HV00L once it reads there. */
extern bool tuya_lacking(const PlannedStmt *stmt, TuyaLacking what);

#endif							/* TUYA_LACKING_H */
