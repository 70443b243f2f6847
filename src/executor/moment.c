/*
 * moment.c
 *		From a time that a row has to a column of times; see moment.h.
 */
#include "postgres.h"

#include "executor/moment.h"

#include "catalog/pg_type.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

static Timestamp
since_2000(int64 unix_us)
{
	return unix_us - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

/* In UTC timestamp and timestamptz have the same value. */
static Datum
as_timestamp(int64 unix_us, int32 typmod)
{
	Datum		value = TimestampGetDatum(since_2000(unix_us));

	return typmod < 0 ? value : DirectFunctionCall2(timestamp_scale, value, Int32GetDatum(typmod));
}

static Datum
as_date(int64 unix_us, int32 typmod)
{
	(void) typmod;
	return DirectFunctionCall1(timestamp_date, TimestampGetDatum(since_2000(unix_us)));
}

static Datum
as_time(int64 unix_us, int32 typmod)
{
	Datum		value = DirectFunctionCall1(timestamp_time, TimestampGetDatum(since_2000(unix_us)));

	return typmod < 0 ? value : DirectFunctionCall2(time_scale, value, Int32GetDatum(typmod));
}

static Datum
as_timetz(int64 unix_us, int32 typmod)
{
	/* zone 0, UTC */
	TimeTzADT  *value = palloc0(sizeof(TimeTzADT));

	value->time = DatumGetTimeADT(as_time(unix_us, typmod));
	return TimeTzADTPGetDatum(value);
}

TuyaMakeTime
tuya_moment_maker(Oid base_type)
{
	switch (base_type)
	{
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
			return as_timestamp;
		case DATEOID:
			return as_date;
		case TIMEOID:
			return as_time;
		case TIMETZOID:
			return as_timetz;
		default:
			return NULL;
	}
}

char *
tuya_moment_as_iso8601(int64 unix_us)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (timestamp2tm(since_2000(unix_us), NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fsec);
}
