/*
 * rescan.h
 *		What a hash join costs that is run again.
 */
#ifndef TUYA_RESCAN_H
#define TUYA_RESCAN_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Corrects the paths of a join of which a table of ours is a part.  To be called when some
 * were added, before others are made of them; those that are right stay as they are.
 */
extern void tuya_rescan_correct(PlannerInfo *root, RelOptInfo *joined);

#endif							/* TUYA_RESCAN_H */
