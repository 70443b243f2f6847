/*
 * partition.c
 *		What a partition's constraint is about.
 */
#include "postgres.h"

#include "planner/partition.h"

#include "access/sysattr.h"
#include "optimizer/optimizer.h"
#include "utils/partcache.h"

List *
tuya_partition_attributes(Relation relation, const TuyaColumns *columns)
{
	Bitmapset  *used = NULL;
	List	   *attributes = NIL;
	bool		by_key = true;
	int			member = -1;

	if (!relation->rd_rel->relispartition)
		return NIL;
	pull_varattnos((Node *) RelationGetPartitionQual(relation), 1, &used);
	while ((member = bms_next_member(used, member)) >= 0)
	{
		int			attno = member + FirstLowInvalidHeapAttributeNumber;

		attributes = lappend_int(attributes, attno);
		if (!tuya_column_is_known(columns, (AttrNumber) attno))
			by_key = false;
	}
	return by_key ? NIL : attributes;
}
