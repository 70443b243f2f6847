/*
 * drive.c
 *		Requests by libcurl's multi interface; see drive.h.
 */
#include "drive.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

void
fatal(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
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

/* The same options as tuya_fdw's, where they change what is sent or done. */
static CURL *
new_handle(const Yardstick *yardstick, const char *ca_file)
{
	CURL	   *easy = curl_easy_init();

	if (easy == NULL)
		fatal("curl_easy_init", "out of memory");
	curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "yardstick/1.0");
	yardstick->set_up(easy);
	return easy;
}

static bool
send_next(const Yardstick *yardstick, CURLM *multi, CURL *easy, FILE *lines)
{
	return yardstick->send_next(easy, lines) && curl_multi_add_handle(multi, easy) == CURLM_OK;
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

/* Every handle that is done takes the next line. */
static void
replay(const Yardstick *yardstick, CURLM *multi, FILE *lines, int running, long version)
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
			yardstick->take_reply(easy);
			curl_multi_remove_handle(multi, easy);
			if (!send_next(yardstick, multi, easy, lines))
			{
				curl_easy_cleanup(easy);
				running--;
			}
		}
	}
}

void
drive(const Yardstick *yardstick, char **argv)
{
	FILE	   *lines = fopen(argv[1], "r");
	int			in_flight = atoi(argv[2]);
	long		version = strcmp(argv[4], "2") == 0 ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_1_1;
	double		wall = wall_ms();
	double		cpu = cpu_ms();
	CURLM	   *multi;
	int			running;

	if (lines == NULL || in_flight < 1)
		fatal(yardstick->name, "no file, or nothing in flight");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) in_flight);
	for (running = 0; running < in_flight; running++)
		if (!send_next(yardstick, multi, new_handle(yardstick, argv[3]), lines))
			break;
	replay(yardstick, multi, lines, running, version);
	curl_multi_cleanup(multi);
	fclose(lines);
	printf("%.0f %.0f", wall_ms() - wall, cpu_ms() - cpu);
}
