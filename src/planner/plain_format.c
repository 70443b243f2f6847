/*
 * plain_format.c
 *		The text of format() that has nothing but %s and %%.
 */
#include "postgres.h"

#include "planner/plain_format.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

char *
tuya_plain_format(const Expr *format, int nvalues)
{
	const Const *known = (const Const *) format;
	char	   *result;

	if (!IsA(format, Const) || known->consttype != TEXTOID || known->constisnull)
		return NULL;
	result = TextDatumGetCString(known->constvalue);
	for (const char *c = strchr(result, '%'); c; c = strchr(c + 2, '%'))
	{
		if (c[1] != '%' && (c[1] != 's' || nvalues-- == 0))
			return NULL;
	}
	return result;
}
