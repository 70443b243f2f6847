/*
 * parents.h
 *		Which relations have tables of ours as partitions, or as other children.
 */
#ifndef TUYA_PARENTS_H
#define TUYA_PARENTS_H

#include "postgres.h"

/*
 * Whether the relation may have one, at whatever depth.  Costs the look-up in a hash table:
 * what it is made of are all foreign tables of ours, not the relation's children, which may
 * be thousands that the planner prunes without a look at them.
 */
extern bool tuya_parents_has(Oid relid);

/* Once, when the library is loaded.  The handler is C's name of our wrapper's. */
extern void tuya_parents_install(const char *handler);

#endif							/* TUYA_PARENTS_H */
