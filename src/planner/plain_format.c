/*
 * plain_format.c
 *		The text of format() that has nothing but %s and %%.
 */
#include "postgres.h"

#include "planner/plain_format.h"

#include "planner/key_own.h"

char *
tuya_plain_format(const Expr *format, int nvalues)
{
	char	   *result = tuya_key_constant_text(format);

	for (const char *c = result ? strchr(result, '%') : NULL; c; c = strchr(c + 2, '%'))
	{
		if (c[1] != '%' && (c[1] != 's' || nvalues-- == 0))
			return NULL;
	}
	return result;
}
