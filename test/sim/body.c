/*
 * body.c
 *		A reply's body on its way out: where it ends, at what pace it goes,
 *		and the flood of spaces after its first byte.
 */
#include <string.h>

#include "http.h"

#define FLOOD_AT 1				/* behind the JSON's opening brace */

uint64_t
body_length(const Exchange *ex)
{
	if (ex->body.len == 0)
		return 0;
	/* more than can ever be sent, but sums with it do not wrap */
	if (ex->body_flood == FLOOD_ENDLESS)
		return UINT64_MAX / 2;
	return ex->body.len + (uint64_t) ex->body_flood;
}

/* How much of it is to be sent at all. */
static uint64_t
body_limit(const Exchange *ex)
{
	uint64_t	length = body_length(ex);

	if (ex->ending == ENDING_WHOLE)
		return length;
	if (ex->ends_at == ENDS_HALFWAY)
		return length / 2;
	return (uint64_t) ex->ends_at < length ? (uint64_t) ex->ends_at : length;
}

bool
body_at_end(const Exchange *ex)
{
	return ex->body_sent == body_limit(ex);
}

/* Copies what lies at body_sent, up to the next border of the flood. */
static size_t
take_piece(Exchange *ex, char *to, size_t room)
{
	uint64_t	at = ex->body_sent;
	uint64_t	flood = body_length(ex) - ex->body.len;
	uint64_t	border = at < FLOOD_AT ? FLOOD_AT : FLOOD_AT + flood;

	if (at < border && room > border - at)
		room = (size_t) (border - at);
	if (at < FLOOD_AT)
		memcpy(to, buf_data(&ex->body) + at, room);
	else if (at < border)
		memset(to, ' ', room);
	else
		memcpy(to, buf_data(&ex->body) + (at - flood), room);
	ex->body_sent += room;
	return room;
}

size_t
body_take(Exchange *ex, char *to, size_t room)
{
	uint64_t	left = body_limit(ex) - ex->body_sent;
	size_t		taken = 0;

	if (ex->trickle_ms > 0)
		room = ex->byte_due ? 1 : 0;
	ex->byte_due = false;
	if (room > left)
		room = (size_t) left;
	while (taken < room)
		taken += take_piece(ex, to + taken, room - taken);
	return taken;
}
