/*
 * frames.c
 *		To which rows window functions come.
 */
#include "postgres.h"

#include "lookahead/frames.h"

#include "nodes/parsenodes.h"
#include "utils/fmgroids.h"

/* Whether each row is in its own frame, so that an aggregate comes to it. */
static bool
frames_have_their_row(const WindowAgg * plan)
{
	return (plan->frameOptions & (FRAMEOPTION_START_OFFSET_FOLLOWING | FRAMEOPTION_END_OFFSET_PRECEDING |
								  FRAMEOPTION_EXCLUSION)) == 0;
}

/* How many rows lag() and lead() may leave out at the end, or the start. */
#define LEFT_OUT_MAX 4

/* Whether lag() or lead() comes to all rows but few: for each partition it leaves some out. */
static bool
leaves_out_few(const WindowFunc *func, const WindowAgg * plan)
{
	const Const *offset = list_length(func->args) > 1 ? lsecond(func->args) : NULL;

	return plan->partNumCols == 0 &&
		(offset == NULL || (IsA(offset, Const) && !offset->constisnull &&
							abs(DatumGetInt32(offset->constvalue)) <= LEFT_OUT_MAX));
}

bool
tuya_frames_reach_all(const WindowFunc *func, const WindowAgg * plan)
{
	if (func->winagg)
		return frames_have_their_row(plan);
	switch (func->winfnoid)
	{
		case F_LAG_ANYELEMENT:
		case F_LAG_ANYELEMENT_INT4:
		case F_LAG_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE:
		case F_LEAD_ANYELEMENT:
		case F_LEAD_ANYELEMENT_INT4:
		case F_LEAD_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE:
			return leaves_out_few(func, plan);
		default:
			return false;
	}
}
