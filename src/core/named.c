/*
 * named.c
 *		Bytes with their name behind them; see named.h.
 */
#include "named.h"

#include <string.h>

size_t
tuya_named_len(size_t len, size_t name_len)
{
	return len + name_len + sizeof(name_len);
}

void
tuya_named_write(char *to, const char *bytes, size_t len, const char *name, size_t name_len)
{
	memcpy(to, bytes, len);
	memcpy(to + len, name, name_len);
	memcpy(to + len + name_len, &name_len, sizeof(name_len));
}

bool
tuya_named_is(const char *named, size_t *len, const char *name, size_t name_len)
{
	size_t		has;

	*len -= sizeof(has);
	memcpy(&has, named + *len, sizeof(has));
	*len -= has;
	return has == name_len && memcmp(named + *len, name, has) == 0;
}
