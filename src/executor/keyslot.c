/*
 * keyslot.c
 *		A key as the tuple that tuya_gate_refer_to_key() lets expressions refer to.
 */
#include "postgres.h"

#include "executor/keyslot.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"

TupleTableSlot *
tuya_keyslot_create(EState *estate)
{
	TupleDesc	desc = CreateTemplateTupleDesc(TUYA_KEYS_MAX);

	for (int key = 0; key < TUYA_KEYS_MAX; key++)
		TupleDescInitEntry(desc, key + 1, NULL, TEXTOID, -1, 0);
	return ExecInitExtraTupleSlot(estate, desc, &TTSOpsVirtual);
}

void
tuya_keyslot_store(TupleTableSlot *slot, const Datum key[TUYA_KEYS_MAX])
{
	ExecClearTuple(slot);
	for (int i = 0; i < TUYA_KEYS_MAX; i++)
	{
		slot->tts_values[i] = key[i];
		slot->tts_isnull[i] = DatumGetPointer(key[i]) == NULL;
	}
	ExecStoreVirtualTuple(slot);
}
