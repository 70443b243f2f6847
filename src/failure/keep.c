/*
 * keep.c
 *		A failure that is kept: as a copy, or as bytes in a file; and what it is known by.
 */
#include "postgres.h"

#include "failure/failure.h"

#include <ctype.h>

/* Copies the text to *to, which moves on behind it; NULL stays NULL. */
static const char *
copy_text(char **to, const char *text, const char *stop, const char *more)
{
	char	   *copy = *to;

	if (text == NULL)
		return NULL;
	*to += sprintf(copy, "%s%s%s", text, stop, more) + 1;
	return copy;
}

static Size
text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* What is to stand between the two: the first may end with words of the service's. */
static const char *
full_stop(const char *text, const char *more)
{
	size_t		len = text ? strlen(text) : 0;

	return *more && len > 0 && isalnum((unsigned char) text[len - 1]) ? "." : "";
}

TuyaFailure *
tuya_failure_copy(const TuyaFailure *failure, const char *more)
{
	const char *detail = failure->detail ? failure->detail : *more ? "" : NULL;
	const char *stop = full_stop(detail, more);
	Size		size = sizeof(TuyaFailure) + text_size(failure->message) + text_size(detail) +
	strlen(stop) + strlen(more) + text_size(failure->hint) + text_size(failure->code);
	TuyaFailure *copy = palloc(size);
	char	   *text = (char *) (copy + 1);

	*copy = *failure;
	copy->message = copy_text(&text, failure->message, "", "");
	copy->detail = copy_text(&text, detail, stop, more);
	copy->hint = copy_text(&text, failure->hint, "", "");
	copy->code = copy_text(&text, failure->code, "", "");
	return copy;
}

/* What it points to stands behind it, each text with its NUL; a pointer tells only whether. */
void
tuya_failure_pack(StringInfo to, const TuyaFailure *failure)
{
	const char *texts[] = {failure->message, failure->detail, failure->hint, failure->code};

	appendBinaryStringInfo(to, (const char *) failure, sizeof(*failure));
	for (size_t i = 0; i < lengthof(texts); i++)
		if (texts[i])
			appendBinaryStringInfo(to, texts[i], (int) strlen(texts[i]) + 1);
}

TuyaFailure *
tuya_failure_unpack(const char *packed)
{
	TuyaFailure failure;
	const char **texts[] = {&failure.message, &failure.detail, &failure.hint, &failure.code};
	const char *text = packed + sizeof(failure);

	memcpy(&failure, packed, sizeof(failure));
	for (size_t i = 0; i < lengthof(texts); i++)
		if (*texts[i])
		{
			*texts[i] = text;
			text += strlen(text) + 1;
		}
	return tuya_failure_copy(&failure, "");
}

const char *
tuya_failure_code(const TuyaFailure *failure)
{
	return failure->code ? failure->code : unpack_sql_state(failure->sqlstate);
}
