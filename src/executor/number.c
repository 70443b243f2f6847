/*
 * number.c
 *		From a field that is a whole number to a column that is one; see number.h.
 */
#include "postgres.h"

#include "executor/number.h"

#include "catalog/pg_type.h"

static const struct
{
	Oid			type;
	int64		min;
	int64		max;
	const char *bounds;
}			types[] = {
	{INT2OID, PG_INT16_MIN, PG_INT16_MAX, "from -32768 to 32767"},
	{INT4OID, PG_INT32_MIN, PG_INT32_MAX, "from -2147483648 to 2147483647"},
	{INT8OID, PG_INT64_MIN, PG_INT64_MAX, "of 64 bits"},
};

/* Which of them; -1: none. */
static int
find_type(Oid base_type)
{
	for (size_t i = 0; i < lengthof(types); i++)
		if (types[i].type == base_type)
			return (int) i;
	return -1;
}

bool
tuya_number_is_one(const TuyaField *field, Oid base_type)
{
	return field && find_type(base_type) >= 0 &&
		(strcmp(field->type, "integer") == 0 || strcmp(field->type, "bigint") == 0);
}

/* Digits, and perhaps a minus: what a number is in JSON, without fraction and exponent. */
static bool
read_whole(const char *text, int64 *number)
{
	const char *digits = text + (text[0] == '-');
	char	   *end;
	long long	read;

	if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
		return false;
	errno = 0;
	read = strtoll(text, &end, 10);
	*number = read;
	return errno == 0;
}

bool
tuya_number_parse(const char *utf8, Oid base_type, Datum *value)
{
	int			i = find_type(base_type);
	int64		number;

	if (!read_whole(utf8, &number) || number < types[i].min || number > types[i].max)
		return false;
	*value = base_type == INT2OID ? Int16GetDatum((int16) number) :
		base_type == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum(number);
	return true;
}

const char *
tuya_number_bounds(Oid base_type)
{
	return types[find_type(base_type)].bounds;
}
