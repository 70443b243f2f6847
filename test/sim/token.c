/*
 * token.c
 *		NextToken.
 */
#include "token.h"

#include <inttypes.h>
#include <stdio.h>

#include "keys.h"
#include "md5.h"

#define TOKEN_BYTES 96

const char *
token_make(const ApiCall *call, int64_t page, int64_t after)
{
	static char token[TOKEN_BYTES];
	Buf		   *bytes = key_bytes(call);
	Digest		digest;

	buf_printf(bytes, "token|%" PRId64 "|%" PRId64 "|%" PRId64, call->page_size, page, after);
	digest = digest_of(buf_data(bytes), bytes->len);
	snprintf(token, sizeof token, "p%" PRId64 "+%" PRId64 "/%016" PRIx64 "=", page, after, digest.high);
	return token;
}

bool
token_read(ApiCall *call)
{
	char		text[TOKEN_BYTES];
	int64_t		page;
	int64_t		after;

	if (call->token.len >= sizeof text)
		return false;
	memcpy(text, call->token.data, call->token.len);
	text[call->token.len] = '\0';
	if (sscanf(text, "p%" SCNd64 "+%" SCNd64 "/", &page, &after) != 2 ||
		!text_is(call->token, token_make(call, page, after)))
		return false;
	call->page = page;
	call->after = after;
	return true;
}
