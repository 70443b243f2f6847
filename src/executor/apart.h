/*
 * apart.h
 *		Whether two scans never ask for the same key.
 */
#ifndef TUYA_APART_H
#define TUYA_APART_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * By the constants that their plans compare a key to.  False if that cannot be told, or not
 * soon.
 */
extern bool tuya_apart(const ForeignScan *scan, const ForeignScan *other);

#endif							/* TUYA_APART_H */
