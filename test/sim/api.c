/*
 * api.c
 *		Parameters, strict checks, signature.
 *
 * Shares no code with the extension: what both get wrong in the same way,
 * no test would see.
 */
#include "api.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "counters.h"
#include "md5.h"
#include "settings.h"
#include "token.h"

#define PARAMETERS_MAX 64
#define CLOCK_WINDOW_S 900

typedef struct Parameter
{
	Text		raw;			/* name=value as sent */
	Text		name;			/* decoded */
	Text		value;
} Parameter;

typedef struct Query
{
	Parameter	parameters[PARAMETERS_MAX];
	size_t		n;
	Buf			decoded;		/* what the decoded texts point to */
} Query;

Credentials credentials = {"testid", "testsecret"};

static Query query;
static Buf	message;
static DigestSet nonces;

static bool
refuse(Refusal *refusal, uint64_t *counter, int status, const char *code)
{
	(*counter)++;
	refusal->status = status;
	refusal->code = code;
	refusal->service = status == 200;
	refusal->message = buf_cstr(&message);
	return false;
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
}

void
url_encode(Buf *out, const char *text, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (is_unreserved(text[i]))
			buf_putc(out, text[i]);
		else
		{
			char		escape[3] = {'%', hex[c >> 4], hex[c & 15]};

			buf_append(out, escape, 3);
		}
	}
}

static int
upper_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * Decodes into room, of which no more than len bytes are needed; false if the
 * text is not the one canonical form of what it stands for.
 */
static bool
decode(const char *raw, size_t len, char *room, Text *text)
{
	text->data = room;
	text->len = 0;
	for (size_t i = 0; i < len; i++)
	{
		char		c = raw[i];

		if (c == '%')
		{
			int			high = i + 2 < len ? upper_hex(raw[i + 1]) : -1;
			int			low = i + 2 < len ? upper_hex(raw[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char) (high << 4 | low);
			if (is_unreserved(c))
				return false;
			i += 2;
		}
		else if (!is_unreserved(c))
			return false;
		room[text->len++] = c;
	}
	return true;
}

/* The number of bytes of the character at text, or 0 if it is not UTF-8. */
static size_t
utf8_character(const unsigned char *text, size_t len)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const unsigned char lengths[] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 3, 4};
	size_t		n = lengths[text[0] >> 4];
	unsigned	code;

	if (n == 0 || n > len || text[0] == 0)
		return 0;
	if (n == 1)
		return 1;
	code = text[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
	{
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return n;
}

static bool
is_utf8(Text text)
{
	size_t		n;

	for (size_t i = 0; i < text.len; i += n)
	{
		n = utf8_character((const unsigned char *) text.data + i, text.len - i);
		if (n == 0)
			return false;
	}
	return true;
}

static bool
take_parameter(const char *raw, size_t len, char **room, Refusal *refusal)
{
	Parameter  *p = &query.parameters[query.n];
	const char *equals = memchr(raw, '=', len);
	size_t		name_len = equals ? (size_t) (equals - raw) : 0;

	buf_puts(&message, "The specified query is not in canonical form.");
	if (memchr(raw, '+', len) || query.n == PARAMETERS_MAX || name_len == 0)
		return refuse(refusal, &count.not_canonical, 400, "InvalidParameter");
	p->raw = text_make(raw, len);
	if (!decode(raw, name_len, *room, &p->name) ||
		!decode(equals + 1, len - name_len - 1, *room + p->name.len, &p->value))
		return refuse(refusal, &count.not_canonical, 400, "InvalidParameter");
	*room += p->name.len + p->value.len;
	query.n++;
	buf_clear(&message);
	buf_puts(&message, "A parameter is not valid UTF-8.");
	if (!is_utf8(p->name) || !is_utf8(p->value))
		return refuse(refusal, &count.invalid_utf8, 400, "InvalidParameter");
	buf_clear(&message);
	return true;
}

static int
compare_names(const void *a, const void *b)
{
	const Text *x = &((const Parameter *) a)->name;
	const Text *y = &((const Parameter *) b)->name;
	int			order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	if (order != 0)
		return order;
	return (x->len > y->len) - (x->len < y->len);
}

/* Splits the query, decodes it, sorts it by name. */
static bool
parse_query(const char *text, Refusal *refusal)
{
	char	   *room;

	query.n = 0;
	buf_clear(&query.decoded);
	room = buf_room(&query.decoded, strlen(text) + 1);
	for (;;)
	{
		size_t		len = strcspn(text, "&");

		if (!take_parameter(text, len, &room, refusal))
			return false;
		if (text[len] == '\0')
			break;
		text += len + 1;
	}
	qsort(query.parameters, query.n, sizeof(Parameter), compare_names);
	for (size_t i = 1; i < query.n; i++)
		if (compare_names(&query.parameters[i - 1], &query.parameters[i]) == 0)
		{
			buf_puts(&message, "A parameter is given more than once.");
			return refuse(refusal, &count.repeated_parameters, 400, "InvalidParameter");
		}
	return true;
}

static Text
value_of(const char *name)
{
	for (size_t i = 0; i < query.n; i++)
		if (text_is(query.parameters[i].name, name))
			return query.parameters[i].value;
	return text_make(NULL, 0);
}

static bool
missing(Refusal *refusal, const char *name, int len)
{
	buf_printf(&message, "The input parameter \"%.*s\" that is mandatory for processing this request is not supplied.", len, name);
	return refuse(refusal, &count.missing_parameters, 400, "MissingParameter");
}

/* The setting require: "Name:value,Name:value"; a value may be left out. */
static bool
check_required(Refusal *refusal)
{
	const char *item = settings.require;

	while (*item)
	{
		size_t		len = strcspn(item, ",");
		size_t		name_len = strcspn(item, ":,");
		char	   *name = sim_strndup(item, name_len);
		Text		value = value_of(name);

		free(name);
		if (value.len == 0 ||
			(name_len < len && (value.len != len - name_len - 1 ||
								memcmp(value.data, item + name_len + 1, value.len) != 0)))
			return missing(refusal, item, (int) name_len);
		item += len + (item[len] == ',');
	}
	return true;
}

/* The names in a list that ends with NULL. */
static bool
check_names(const char *const *names, Refusal *refusal)
{
	for (; *names; names++)
		if (value_of(*names).len == 0)
			return missing(refusal, *names, (int) strlen(*names));
	return true;
}

/* Whether a parameter was sent that stands for those that are required. */
static bool
names_instead(const Action *action)
{
	for (int i = 0; action->parameters[i].name; i++)
		if (action->parameters[i].need == NEED_INSTEAD &&
			value_of(action->parameters[i].name).len > 0)
			return true;
	return false;
}

/* None that is required is missing, none that was sent is empty. */
static bool
check_keys(const Action *action, Refusal *refusal)
{
	bool		instead = names_instead(action);

	for (int i = 0; action->parameters[i].name; i++)
	{
		const ActionParameter *parameter = &action->parameters[i];
		const char *name = parameter_name(parameter);
		Text		value = value_of(name);

		if (value.len == 0 &&
			(value.data || (parameter->need == NEED_REQUIRED && !instead)))
			return missing(refusal, name, (int) strlen(name));
	}
	return true;
}

/* A page has a number and a size; one that a token names has a size. */
static bool
check_page_names(const Action *action, Refusal *refusal)
{
	static const char *const by_number[] = {"CurrentPage", "PageSize", NULL};

	if (action->paging == PAGES_NONE)
		return true;
	if (action->paging == PAGES_TOKEN && value_of("NextToken").len > 0)
		return check_names(by_number + 1, refusal);
	return check_names(by_number, refusal);
}

static bool
check_presence(const Action *action, Refusal *refusal)
{
	static const char *const common[] = {
		"Action", "AccessKeyId", "SignatureMethod", "SignatureNonce", "Timestamp",
		"Signature", NULL
	};

	if (!check_names(common, refusal))
		return false;
	if (action && (!check_keys(action, refusal) || !check_page_names(action, refusal)))
		return false;
	return check_required(refusal);
}

/* Whether the action takes a parameter that some action has. */
static bool
takes(const Action *action, Text name)
{
	if (text_is(name, "CurrentPage") || text_is(name, "PageSize"))
		return action->paging != PAGES_NONE;
	if (text_is(name, "NextToken"))
		return action->paging == PAGES_TOKEN;
	return action_parameter(action, name) >= 0;
}

/* What other actions' parameters are is not for this one. */
static bool
check_foreign(const Action *action, Refusal *refusal)
{
	for (size_t i = 0; i < query.n; i++)
	{
		Text		name = query.parameters[i].name;

		if (!action_any_has(name) || takes(action, name))
			continue;
		buf_printf(&message, "The parameter \"%.*s\" is not supported by %s.",
				   (int) name.len, name.data, action->name);
		return refuse(refusal, &count.foreign_parameters, 400, "InvalidParameter");
	}
	return true;
}

/* 2024-11-19T09:47:43Z, and a time that exists. */
static bool
parse_timestamp(Text text, time_t *when)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	struct tm	tm = {0};
	struct tm	back;
	char		terminated[sizeof form];
	int			fields[6];

	if (text.len != sizeof form - 1)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (form[i] == '0' ? text.data[i] < '0' || text.data[i] > '9' :
			text.data[i] != form[i])
			return false;
	memcpy(terminated, text.data, text.len);
	terminated[text.len] = '\0';
	if (sscanf(terminated, "%4d-%2d-%2dT%2d:%2d:%2d", &fields[0], &fields[1],
			   &fields[2], &fields[3], &fields[4], &fields[5]) != 6)
		return false;
	tm.tm_year = fields[0] - 1900;
	tm.tm_mon = fields[1] - 1;
	tm.tm_mday = fields[2];
	tm.tm_hour = fields[3];
	tm.tm_min = fields[4];
	tm.tm_sec = fields[5];
	back = tm;
	*when = timegm(&back);
	return back.tm_mon == tm.tm_mon && back.tm_mday == tm.tm_mday &&
		back.tm_hour == tm.tm_hour && back.tm_min == tm.tm_min &&
		back.tm_sec == tm.tm_sec;
}

static bool
check_timestamp(Refusal *refusal)
{
	time_t		now = time(NULL) + (time_t) settings.clock_offset_s;
	time_t		when;

	if (parse_timestamp(value_of("Timestamp"), &when) &&
		when >= now - CLOCK_WINDOW_S && when <= now + CLOCK_WINDOW_S)
		return true;
	buf_puts(&message, "The input parameter \"Timestamp\" that is mandatory for processing this request is not supplied or is out of range.");
	return refuse(refusal, &count.bad_timestamps, 400, "IllegalTimestamp");
}

static void
put_string_to_sign(Buf *out)
{
	static Buf	canonical;

	buf_clear(&canonical);
	for (size_t i = 0; i < query.n; i++)
	{
		const Parameter *p = &query.parameters[i];

		if (text_is(p->name, "Signature"))
			continue;
		if (canonical.len > 0)
			buf_putc(&canonical, '&');
		url_encode(&canonical, p->name.data, p->name.len);
		buf_putc(&canonical, '=');
		url_encode(&canonical, p->value.data, p->value.len);
	}
	buf_puts(out, "GET&%2F&");
	url_encode(out, buf_data(&canonical), canonical.len);
}

static bool
check_signature(Refusal *refusal)
{
	static const char said[] = "Specified signature is not matched with our calculation. server string to sign is:";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned	mac_len = 0;
	unsigned char base64[2 * EVP_MAX_MD_SIZE];
	char		key[256];
	size_t		at = sizeof said - 1;

	buf_puts(&message, said);
	put_string_to_sign(&message);
	snprintf(key, sizeof key, "%s&", credentials.access_key_secret);
	if (!HMAC(EVP_sha1(), key, (int) strlen(key),
			  (unsigned char *) buf_data(&message) + at, message.len - at, mac, &mac_len))
		abort();
	EVP_EncodeBlock(base64, mac, (int) mac_len);
	if (!text_is(value_of("Signature"), (char *) base64))
	{
		count.total_bad_signatures += !settings.provoked;
		return refuse(refusal, &count.bad_signatures, 400, "SignatureDoesNotMatch");
	}
	buf_clear(&message);
	return true;
}

static bool
check_nonce(Refusal *refusal)
{
	Text		nonce = value_of("SignatureNonce");

	if (!settings.nonce_check || digests_add(&nonces, digest_of(nonce.data, nonce.len)))
		return true;
	count.total_repeated_nonces += !settings.provoked;
	buf_puts(&message, "Specified signature nonce was used already.");
	return refuse(refusal, &count.repeated_nonces, 400, "SignatureNonceUsed");
}

void
api_forget_nonces(void)
{
	digests_clear(&nonces);
}

static bool
check_common(const Action *action, Refusal *refusal)
{
	if (!text_is(value_of("SignatureMethod"), "HMAC-SHA1"))
	{
		buf_puts(&message, "The specified SignatureMethod is not supported.");
		return refuse(refusal, &count.bad_signature_methods, 400, "InvalidParameter");
	}
	if (!text_is(value_of("AccessKeyId"), credentials.access_key_id))
	{
		buf_puts(&message, "Specified access key is not found.");
		return refuse(refusal, &count.unknown_access_keys, 404, "InvalidAccessKeyId.NotFound");
	}
	if (!check_timestamp(refusal) || !check_signature(refusal) || !check_nonce(refusal))
		return false;
	if (!action)
	{
		buf_puts(&message, "The specified action is not found.");
		return refuse(refusal, &count.bad_actions, 400, "InvalidAction.NotFound");
	}
	return true;
}

/* Decimal digits without leading zeros, up to nine of them; or -1. */
static int64_t
parse_page_number(Text text)
{
	int64_t		number = 0;

	if (text.len == 0 || text.len > 9 || text.data[0] == '0')
		return -1;
	for (size_t i = 0; i < text.len; i++)
	{
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		number = number * 10 + (text.data[i] - '0');
	}
	return number;
}

static bool
page_is_good(ApiCall *call)
{
	const Action *action = call->action;
	int64_t		number = parse_page_number(value_of("CurrentPage"));

	call->page = number;
	call->page_size = parse_page_number(value_of("PageSize"));
	call->token = value_of("NextToken");
	if (call->page_size <= 0 || call->page_size > action->page_size_max)
		return false;
	if (settings.clamp > 0 && settings.clamp_mode == CLAMP_REFUSE &&
		action_chosen(settings.lie_action, action) &&
		call->page_size > settings.clamp)
		return false;
	if (call->token.data)
		return token_read(call) &&
			(number == call->page || value_of("CurrentPage").data == NULL);
	return number > 0 && (action->rows_max == 0 || number * call->page_size <= action->rows_max);
}

static bool
check_page(ApiCall *call, Refusal *refusal)
{
	call->page = 1;
	if (call->action->paging == PAGES_NONE || page_is_good(call))
		return true;
	buf_puts(&message, "The page parameters are invalid.");
	return refuse(refusal, &count.bad_pages, 200, "iot.common.InvalidPageParams");
}

static void
take_values(ApiCall *call)
{
	for (int i = 0; call->action->parameters[i].name; i++)
		call->value[i] = value_of(parameter_name(&call->action->parameters[i]));
}

static bool
check_request(const Exchange *ex, ApiCall *call, Refusal *refusal)
{
	if (ex->malformed)
	{
		buf_puts(&message, ex->malformed);
		return refuse(refusal, &count.malformed, 400, "InvalidParameter");
	}
	if (strcmp(ex->method, "GET") != 0)
	{
		buf_puts(&message, "The specified HTTP method is not supported.");
		return refuse(refusal, &count.bad_methods, 405, "UnsupportedHTTPMethod");
	}
	if (strncmp(ex->target, "/?", 2) != 0)
	{
		buf_puts(&message, "The specified path or query is invalid.");
		return refuse(refusal, &count.bad_paths, 400, "InvalidParameter");
	}
	if (!parse_query(ex->target + 2, refusal))
		return false;
	call->action = action_find(value_of("Action"));
	if (!check_presence(call->action, refusal) || !check_common(call->action, refusal) ||
		!check_foreign(call->action, refusal))
		return false;
	take_values(call);
	return check_page(call, refusal);
}

bool
api_check(const Exchange *ex, ApiCall *call, Refusal *refusal)
{
	bool		passed;

	buf_clear(&message);
	memset(call, 0, sizeof *call);
	passed = check_request(ex, call, refusal);
	if (!passed)
		count.refused++;
	return passed;
}
