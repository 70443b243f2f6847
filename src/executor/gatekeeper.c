/*
 * gatekeeper.c
 *		Tests a plan's gates before a key is asked for.
 */
#include "postgres.h"

#include "executor/gatekeeper.h"

#include "executor/executor.h"

#include "executor/keyslot.h"

struct TuyaGatekeeper
{
	ExprContext *econtext;		/* of its own: it is reset for each test */
	ExprState  *row;			/* NULL: open */
	ExprState  *key;			/* NULL: open */
	TupleTableSlot *slot;		/* of a key */
};

TuyaGatekeeper *
tuya_gatekeeper_create(List *row_quals, List *key_quals, PlanState *parent)
{
	TuyaGatekeeper *keeper = palloc0(sizeof(TuyaGatekeeper));

	keeper->econtext = CreateExprContext(parent->state);
	keeper->row = ExecInitQual(row_quals, parent);
	keeper->key = ExecInitQual(key_quals, parent);
	if (keeper->key)
		keeper->slot = tuya_keyslot_create(parent->state);
	return keeper;
}

static bool
is_open(TuyaGatekeeper *keeper, ExprState *quals, TupleTableSlot *outer)
{
	ResetExprContext(keeper->econtext);
	keeper->econtext->ecxt_outertuple = outer;
	keeper->econtext->ecxt_innertuple = keeper->slot;
	return ExecQual(quals, keeper->econtext);
}

bool
tuya_gatekeeper_is_open(TuyaGatekeeper *keeper, TupleTableSlot *outer)
{
	return keeper->row == NULL || is_open(keeper, keeper->row, outer);
}

bool
tuya_gatekeeper_is_open_for(TuyaGatekeeper *keeper, const Datum key[TUYA_KEYS_MAX],
							TupleTableSlot *outer)
{
	if (keeper->key == NULL)
		return true;
	tuya_keyslot_store(keeper->slot, key);
	return is_open(keeper, keeper->key, outer);
}
