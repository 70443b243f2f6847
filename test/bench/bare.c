/*
 * bare.c
 *		The yardstick: what the same requests cost with libcurl and nothing else.
 *
 *		bare URL_FILE IN_FLIGHT CA_FILE 1.1|2
 *
 * Sends a GET for every line of the file, and discards the replies.  Prints wall time
 * and CPU time (user and system, ms).
 */
#include <string.h>

#include "drive.h"

static size_t
discard(char *data, size_t size, size_t count, void *userp)
{
	(void) data;
	(void) userp;
	return size * count;
}

static void
set_up(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
}

/* Hands the next URL of the file to the handle; false at its end. */
static bool
send_next(CURL *easy, FILE *urls)
{
	static char url[64 * 1024];

	if (fgets(url, sizeof(url), urls) == NULL)
		return false;
	url[strcspn(url, "\n")] = '\0';
	curl_easy_setopt(easy, CURLOPT_URL, url);
	return true;
}

static void
take_reply(CURL *easy)
{
	(void) easy;
}

int
main(int argc, char **argv)
{
	const Yardstick bare = {"bare", set_up, send_next, take_reply};

	if (argc != 5)
		fatal("usage", "bare URL_FILE IN_FLIGHT CA_FILE 1.1|2");
	drive(&bare, argv);
	printf("\n");
	return 0;
}
