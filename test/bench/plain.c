/*
 * plain.c
 *		The other yardstick: the same lookups by a plain C program, as one would write it
 *		with libcurl, HMAC() and json-c for want of tuya_fdw.
 *
 *		plain KEY_FILE IN_FLIGHT CA_FILE 1.1|2 ENDPOINT
 *
 * The file has a key a line, three parts and tabs between them.  Each is signed when it
 * is sent, and each reply's jobs are read, all fields of them.  No reply is checked for
 * more than success, none is tried again, only first pages are asked for.  Prints wall
 * time and CPU time (user and system, ms), and how many jobs there were.
 */
#include <curl/curl.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "drive.h"

#define ACCESS_KEY_ID "testid"
#define ACCESS_KEY_SECRET "testsecret"

static const char *const fields[] = {
	"jobId", "jobStatus", "jobType", "selectionType", "targetSelection",
	"utcCreate", "utcModified", "productKey", "firmwareId"
};

/* A reply's body as it comes: the easy handle's, freed when it is read. */
typedef struct Body
{
	char	   *data;
	size_t		len;
} Body;

static const char *endpoint;
static long njobs = 0;

static size_t
collect(char *data, size_t size, size_t count, void *userp)
{
	Body	   *body = userp;
	char	   *grown = realloc(body->data, body->len + size * count + 1);

	if (grown == NULL)
		fatal("a reply", "out of memory");
	memcpy(grown + body->len, data, size * count);
	body->data = grown;
	body->len += size * count;
	grown[body->len] = '\0';
	return size * count;
}

static void
make_nonce(char nonce[33])
{
	unsigned char bytes[16];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		fatal("RAND_bytes", "failed");
	for (int i = 0; i < 16; i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
}

/* Puts text there, percent-encoded; returns where it ends. */
static char *
put_encoded(CURL *easy, char *to, const char *text)
{
	char	   *encoded = curl_easy_escape(easy, text, 0);

	if (encoded == NULL)
		fatal("curl_easy_escape", "out of memory");
	to = stpcpy(to, encoded);
	curl_free(encoded);
	return to;
}

/* Makes the signed URL of the key. */
static void
make_url(CURL *easy, char **key, char *url)
{
	char		nonce[33];
	char		timestamp[32];
	char		text[16 * 1024];
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;
	char		signature[64];
	time_t		now = time(NULL);
	char	   *query;
	char	   *p;

	make_nonce(nonce);
	strftime(timestamp, sizeof(timestamp), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	query = stpcpy(stpcpy(url, endpoint), "?");
	p = stpcpy(query, "AccessKeyId=" ACCESS_KEY_ID "&Action=ListOTAJobByDevice&CurrentPage=1&DeviceName=");
	p = put_encoded(easy, p, key[1]);
	p = put_encoded(easy, stpcpy(p, "&FirmwareId="), key[2]);
	p = put_encoded(easy, stpcpy(p, "&PageSize=100&ProductKey="), key[0]);
	p = stpcpy(stpcpy(p, "&SignatureMethod=HMAC-SHA1&SignatureNonce="), nonce);
	p = put_encoded(easy, stpcpy(p, "&Timestamp="), timestamp);

	put_encoded(easy, stpcpy(text, "GET&%2F&"), query);
	if (HMAC(EVP_sha1(), ACCESS_KEY_SECRET "&", sizeof(ACCESS_KEY_SECRET), (unsigned char *) text,
			 strlen(text), digest, &len) == NULL)
		fatal("HMAC", "failed");
	EVP_EncodeBlock((unsigned char *) signature, digest, (int) len);
	put_encoded(easy, stpcpy(p, "&Signature="), signature);
}

/* Gives the handle the next key; false at the file's end. */
static bool
send_next(CURL *easy, FILE *keys)
{
	static char line[4096];
	static char url[32 * 1024];
	char	   *key[3];

	if (fgets(line, sizeof(line), keys) == NULL)
		return false;
	key[0] = strtok(line, "\t\n");
	key[1] = strtok(NULL, "\t\n");
	key[2] = strtok(NULL, "\t\n");
	if (key[2] == NULL)
		fatal("a key", "has not three parts");
	make_url(easy, key, url);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	return true;
}

/* Reads the job's fields, of which a caller would do something. */
static size_t
read_job(struct json_object *job)
{
	size_t		len = 0;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
	{
		struct json_object *value;

		if (json_object_object_get_ex(job, fields[i], &value) && value != NULL)
			len += strlen(json_object_get_string(value));
	}
	return len;
}

static void
read_jobs(struct json_object *reply)
{
	struct json_object *success;
	struct json_object *data;
	struct json_object *list;

	if (!json_object_object_get_ex(reply, "success", &success) || !json_object_get_boolean(success))
		fatal("a reply", "no success");
	if (!json_object_object_get_ex(reply, "data", &data) ||
		!json_object_object_get_ex(data, "simpleOTAJobInfo", &list))
		return;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		njobs += read_job(json_object_array_get_idx(list, i)) > 0;
}

static void
take_reply(CURL *easy)
{
	Body	   *body;
	struct json_object *reply;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &body);
	reply = json_tokener_parse(body->data);
	if (reply == NULL)
		fatal("a reply", "no JSON");
	read_jobs(reply);
	json_object_put(reply);
	free(body->data);
	body->data = NULL;
	body->len = 0;
}

static void
set_up(CURL *easy)
{
	Body	   *body = calloc(1, sizeof(*body));

	curl_easy_setopt(easy, CURLOPT_PRIVATE, body);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
}

int
main(int argc, char **argv)
{
	const Yardstick plain = {"plain", set_up, send_next, take_reply};

	if (argc != 6)
		fatal("usage", "plain KEY_FILE IN_FLIGHT CA_FILE 1.1|2 ENDPOINT");
	endpoint = argv[5];
	drive(&plain, argv);
	printf(" %ld\n", njobs);
	return 0;
}
