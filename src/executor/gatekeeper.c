/*
 * gatekeeper.c
 *		Tests a plan's gates before a key is asked for.
 */
#include "postgres.h"

#include "executor/gatekeeper.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"

struct TuyaGatekeeper
{
	ExprContext *econtext;		/* of its own: it is reset for each test */
	ExprState  *row;			/* NULL: open */
	ExprState  *key;			/* NULL: open */
	TupleTableSlot *slot;		/* of a key */
};

static TupleDesc
describe_key(void)
{
	TupleDesc	desc = CreateTemplateTupleDesc(TUYA_KEYS_MAX);

	for (int key = 0; key < TUYA_KEYS_MAX; key++)
		TupleDescInitEntry(desc, key + 1, NULL, TEXTOID, -1, 0);
	return desc;
}

TuyaGatekeeper *
tuya_gatekeeper_create(List *row_quals, List *key_quals, PlanState *parent)
{
	TuyaGatekeeper *keeper = palloc0(sizeof(TuyaGatekeeper));

	keeper->econtext = CreateExprContext(parent->state);
	keeper->row = ExecInitQual(row_quals, parent);
	keeper->key = ExecInitQual(key_quals, parent);
	if (keeper->key)
		keeper->slot = ExecInitExtraTupleSlot(parent->state, describe_key(), &TTSOpsVirtual);
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
	ExecClearTuple(keeper->slot);
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
	{
		keeper->slot->tts_values[i] = key[i];
		keeper->slot->tts_isnull[i] = DatumGetPointer(key[i]) == NULL;
	}
	ExecStoreVirtualTuple(keeper->slot);
	return is_open(keeper, keeper->key, outer);
}
