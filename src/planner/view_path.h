/*
 * view_path.h
 *		Paths of a subquery in FROM that was given keys by the query around it.
 */
#ifndef TUYA_VIEW_PATH_H
#define TUYA_VIEW_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "nodes/plannodes.h"

/*
 * RelOptInfo.fdw_private of such a subquery, which is nobody else's.  That it takes
 * parameters is no sign: a LATERAL subquery does, too.
 */
typedef struct TuyaView
{
	Relids		outer;			/* relations that supply the keys */
	List	   *clauses;		/* RestrictInfos that they were taken from */
	const char *table;			/* the first that was given some, */
	List	   *missing;		/* and what is wrong without, see missing.h */
	const char *lacking_table;	/* one in it that may have none, */
	List	   *lacking;		/* and why; NIL: there is no such */
} TuyaView;

/* The relation's, made if it is not there. */
extern TuyaView *tuya_view_make(RelOptInfo *rel);

/* Whether the relation, or a child of it, has such keys from one of these, be it by way of others. */
extern bool tuya_view_depends(const PlannerInfo *root, Index relid, Relids on);

/* Once, when the module is loaded. */
extern void tuya_view_install(void);

/* Replaces the paths that PostgreSQL made of such a subquery; to be called by the hook. */
extern void tuya_view_set_paths(PlannerInfo *root, RelOptInfo *rel, const RangeTblEntry *rte);

/* What such a subquery lacks, if the plan node stands for one without its keys, as in missing.h; else NIL. */
extern List *tuya_view_missing(const Plan *plan);

#endif							/* TUYA_VIEW_PATH_H */
