/*
 * resolve.c
 *		How many names are resolved at once.
 *
 * libcurl resolves each name in a thread, which cannot be stopped: when its request
 * is given up it goes on until the system's resolver answers or gives up itself.
 * While a name server hangs, each try would leave one more behind.  So there are a
 * handful in the process, those left behind included.  A request that would start
 * one more is held: it is taken back from libcurl, and given to it again after a
 * while.  To the caller it resolves its name meanwhile.
 *
 * libcurl asks before it starts to resolve, and not where it knows the addresses or
 * a connection stands, so no other request is held.
 *
 * That a resolution that was given up has ended shows by its thread, which is gone
 * then.  libcurl 8.20 and later have up to two threads for each, one for each kind of
 * address, and keep them for some seconds after.
 */
#include "http/internal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESOLUTIONS_MAX 5

/* Of all TuyaHttp of the process. */
static struct
{
	int			running;		/* for requests in flight */
	int			abandoned;		/* at most: whose requests are gone */
}			resolutions;

/* Reads which signals a thread of ours blocks, as /proc tells it; false if it is gone. */
static bool
read_blocked(const char *tid, unsigned long long *blocked)
{
	char		path[64];
	char		line[128];
	bool		found = false;
	FILE	   *status;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", tid);
	status = fopen(path, "re");
	if (status == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), status))
		found = sscanf(line, "SigBlk: %llx", blocked) == 1;
	fclose(status);
	return found;
}

/*
 * Threads that were started from here: they block what this one blocks now, for calls
 * into libcurl, and all signals in their first moments.  Others are no matter of ours.
 * -1 if it cannot be told.
 */
static int
count_threads(void)
{
	char		own_tid[32];
	unsigned long long own = 0;
	unsigned long long other = 0;
	int			count = 0;
	struct dirent *entry;
	DIR		   *tasks = opendir("/proc/self/task");

	/* without /proc there is no bound, which is better than to wait for ever */
	if (tasks == NULL)
		return errno == ENOENT ? 0 : -1;
	snprintf(own_tid, sizeof(own_tid), "%ld", (long) syscall(SYS_gettid));
	if (!read_blocked(own_tid, &own))
		count = -1;
	while (count >= 0 && (entry = readdir(tasks)) != NULL)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, own_tid) != 0 &&
			read_blocked(entry->d_name, &other) && (other & own) == own)
			count++;
	closedir(tasks);
	return count;
}

bool
tuya_http_has_addresses(const TuyaHttpRequest *request)
{
	curl_off_t	us = 0;

	return curl_easy_getinfo(request->easy, CURLINFO_NAMELOOKUP_TIME_T, &us) == CURLE_OK && us > 0;
}

void
tuya_http_note_resolved(TuyaHttp *http)
{
	if (resolutions.running == 0)
		return;
	for (TuyaHttpRequest *request = http->in_flight; request; request = request->flight_next)
		if (request->resolving && tuya_http_has_addresses(request))
			tuya_http_end_resolving(request, true);
}

/*
 * libcurl (7.88) also asks where there is nothing to resolve; to look at the URL costs
 * more than to count such a request for a moment.
 */
static bool
needs_resolver(const TuyaHttpRequest *request)
{
	const char *url = request->http->proxy;

	if (url == NULL)
		curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
	return url == NULL || tuya_http_needs_resolver(url);
}

static bool
has_room(void)
{
	if (resolutions.abandoned > 0 &&
		resolutions.running + resolutions.abandoned >= RESOLUTIONS_MAX)
	{
		int			threads = count_threads();

		if (threads >= 0 && threads < resolutions.abandoned)
			resolutions.abandoned = threads;
	}
	return resolutions.running + resolutions.abandoned < RESOLUTIONS_MAX;
}

int
tuya_http_on_resolve(void *resolver, void *reserved, void *userp)
{
	TuyaHttpRequest *request = userp;

	(void) resolver;
	(void) reserved;
	if (tuya_http_refuse_repeat(request))
		return 1;
	if (request->resolving)
		return 0;
	tuya_http_note_resolved(request->http);
	if (!has_room() && needs_resolver(request))
	{
		request->held = true;
		return 1;
	}
	request->resolving = true;
	resolutions.running++;
	return 0;
}

void
tuya_http_end_resolving(TuyaHttpRequest *request, bool answered)
{
	if (!request->resolving)
		return;
	request->resolving = false;
	resolutions.running--;
	if (!answered && !tuya_http_has_addresses(request))
		resolutions.abandoned++;
}
