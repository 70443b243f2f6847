/*
 * bare.c
 *		The yardstick: what the same requests cost with libcurl and nothing else.
 *
 *		bare URL_FILE IN_FLIGHT CA_FILE 1.1|2
 *
 * Sends a GET for every line of the file, so many at a time, through one multi
 * handle, and discards the replies.  Prints wall time and CPU time (user and
 * system, ms) from before the first request to after the last reply; fails
 * unless every reply was a 200 over that version of HTTP.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void
fatal(const char *what, const char *why)
{
	fprintf(stderr, "bare: %s: %s\n", what, why);
	exit(1);
}

static double
wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double
cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
		(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static size_t
discard(char *data, size_t size, size_t count, void *userp)
{
	(void) data;
	(void) userp;
	return size * count;
}

/* The same options as tuya_fdw's, where they change what is sent or done. */
static CURL *
new_handle(const char *ca_file)
{
	CURL	   *easy = curl_easy_init();

	if (easy == NULL)
		fatal("curl_easy_init", "out of memory");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "bare/1.0");
	return easy;
}

/* Hands the next URL of the file to the handle; false at its end. */
static bool
send_next(CURLM *multi, CURL *easy, FILE *urls)
{
	static char url[64 * 1024];

	if (fgets(url, sizeof(url), urls) == NULL)
		return false;
	url[strcspn(url, "\n")] = '\0';
	curl_easy_setopt(easy, CURLOPT_URL, url);
	return curl_multi_add_handle(multi, easy) == CURLM_OK;
}

static void
check_reply(const CURLMsg *message, long version)
{
	long		status = 0;
	long		spoken = 0;

	if (message->data.result != CURLE_OK)
		fatal("a request failed", curl_easy_strerror(message->data.result));
	curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(message->easy_handle, CURLINFO_HTTP_VERSION, &spoken);
	if (status != 200 || spoken != version)
		fatal("a reply", status != 200 ? "not 200" : "of another version of HTTP");
}

/* Every handle that is done takes the next URL. */
static void
replay(CURLM *multi, FILE *urls, int running, long version)
{
	while (running > 0)
	{
		CURLMsg    *message;
		int			unused;

		curl_multi_poll(multi, NULL, 0, 1000, NULL);
		if (curl_multi_perform(multi, &unused) != CURLM_OK)
			fatal("curl_multi_perform", "failed");
		while ((message = curl_multi_info_read(multi, &unused)) != NULL)
		{
			CURL	   *easy = message->easy_handle;

			check_reply(message, version);
			curl_multi_remove_handle(multi, easy);
			if (!send_next(multi, easy, urls))
			{
				curl_easy_cleanup(easy);
				running--;
			}
		}
	}
}

int
main(int argc, char **argv)
{
	FILE	   *urls = argc == 5 ? fopen(argv[1], "r") : NULL;
	int			in_flight = argc == 5 ? atoi(argv[2]) : 0;
	long		version;
	double		wall;
	double		cpu;
	CURLM	   *multi;
	int			running;

	if (urls == NULL || in_flight < 1)
		fatal("usage", "bare URL_FILE IN_FLIGHT CA_FILE 1.1|2");
	version = strcmp(argv[4], "2") == 0 ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_1_1;
	wall = wall_ms();
	cpu = cpu_ms();

	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) in_flight);
	for (running = 0; running < in_flight; running++)
		if (!send_next(multi, new_handle(argv[3]), urls))
			break;
	replay(multi, urls, running, version);
	curl_multi_cleanup(multi);

	printf("%.0f %.0f\n", wall_ms() - wall, cpu_ms() - cpu);
	return 0;
}
