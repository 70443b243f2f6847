/*
 * preload.c
 *		LD_PRELOADed into a server that is tested: slow names, other authorities.
 *
 * The host "slow-MS.test" resolves like localhost, MS milliseconds late.  Each
 * time a thread of libcurl's does so, it appends to the file
 * PRELOAD_REPORT whether it could be interrupted by signals ("open") or not
 * ("blocked").
 *
 * A host "NAME.hung.test" resolves like localhost when the file PRELOAD_HANG is gone.
 *
 * The host "two-v4.test" has the addresses 127.0.0.2 and 127.0.0.1, and "v6-v4.test"
 * has ::1 and 127.0.0.1, in this order.
 *
 * Files below /etc/ssl/certs are looked for in the directory PRELOAD_CERTS.
 *
 * Each time the file PRELOAD_WATCH is opened, "opened" goes to PRELOAD_REPORT.
 *
 * The time is as many days later as the file PRELOAD_DAYS says.
 *
 * To receive a single byte costs PRELOAD_BYTE_US of the CPU's time, as on a slow machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_CERTS "/etc/ssl/certs"

static void
report(const char *word)
{
	const char *file = getenv("PRELOAD_REPORT");
	int			fd;

	if (file == NULL)
		return;
	fd = open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (fd < 0 || write(fd, word, strlen(word)) < 0)
		abort();
	close(fd);
}

static void
report_signals(void)
{
	const char *word = "blocked\n";
	static const int handled[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGALRM};
	sigset_t	mask;

	if (gettid() == getpid())
		return;
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		if (!sigismember(&mask, handled[i]))
			word = "open\n";
	report(word);
}

typedef int (*Resolver) (const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* The addresses of the one, and behind them those of the other. */
static int
resolve_both(Resolver next, const char *one, const char *other, const char *service,
			 const struct addrinfo *hints, struct addrinfo **result)
{
	struct addrinfo **end = result;
	struct addrinfo *rest = NULL;
	int			failed = next(other, service, hints, &rest);

	if (failed)
		return failed;
	if (next(one, service, hints, result) != 0)
		*result = NULL;
	while (*end)
		end = &(*end)->ai_next;
	*end = rest;
	return 0;
}

static void
wait_until_gone(const char *file)
{
	const struct timespec moment = {0, 10 * 1000000L};

	while (file && access(file, F_OK) == 0)
		nanosleep(&moment, NULL);
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **result)
{
	Resolver	next = (Resolver) dlsym(RTLD_NEXT, "getaddrinfo");
	int			ms;

	if (node && strcmp(node, "two-v4.test") == 0)
		return resolve_both(next, "127.0.0.2", "127.0.0.1", service, hints, result);
	if (node && strcmp(node, "v6-v4.test") == 0)
		return resolve_both(next, "::1", "127.0.0.1", service, hints, result);

	if (node && sscanf(node, "slow-%d.test", &ms) == 1)
	{
		struct timespec left = {ms / 1000, ms % 1000 * 1000000L};

		report_signals();
		while (nanosleep(&left, &left) != 0)
			;
		node = "localhost";
	}
	else if (node && strstr(node, ".hung.test"))
	{
		wait_until_gone(getenv("PRELOAD_HANG"));
		node = "localhost";
	}
	return next(node, service, hints, result);
}

/* The path to use for that one; in buf if it is another. */
static const char *
redirect(const char *path, char *buf, size_t size)
{
	const char *certs = getenv("PRELOAD_CERTS");
	size_t		len = strlen(SYSTEM_CERTS);

	if (certs == NULL || strncmp(path, SYSTEM_CERTS, len) != 0)
		return path;
	snprintf(buf, size, "%s%s", certs, path + len);
	return buf;
}

static void
watch(const char *path)
{
	const char *watched = getenv("PRELOAD_WATCH");

	if (watched && strcmp(path, watched) == 0)
		report("opened\n");
}

static FILE *
open_stream(const char *function, const char *path, const char *mode)
{
	FILE	   *(*next) (const char *, const char *) = dlsym(RTLD_NEXT, function);
	char		buf[4096];

	watch(path);
	return next(redirect(path, buf, sizeof(buf)), mode);
}

FILE *
fopen(const char *path, const char *mode)
{
	return open_stream("fopen", path, mode);
}

FILE *
fopen64(const char *path, const char *mode)
{
	return open_stream("fopen64", path, mode);
}

int
open(const char *path, int flags,...)
{
	int			(*next) (const char *, int,...) = dlsym(RTLD_NEXT, "open");
	mode_t		mode = 0;
	va_list		rest;

	/* what else takes a mode (O_TMPFILE) nobody uses here */
	if (flags & O_CREAT)
	{
		va_start(rest, flags);
		mode = va_arg(rest, mode_t);
		va_end(rest);
	}
	watch(path);
	return next(path, flags, mode);
}

int
stat(const char *restrict path, struct stat *restrict result)
{
	int			(*next) (const char *, struct stat *) = dlsym(RTLD_NEXT, "stat");
	char		buf[4096];

	return next(redirect(path, buf, sizeof(buf)), result);
}

int
lstat(const char *restrict path, struct stat *restrict result)
{
	int			(*next) (const char *, struct stat *) = dlsym(RTLD_NEXT, "lstat");
	char		buf[4096];

	return next(redirect(path, buf, sizeof(buf)), result);
}

static int64_t
cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * INT64_C(1000000) + used.tv_nsec / 1000;
}

ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
	ssize_t		(*next) (int, void *, size_t, int) = dlsym(RTLD_NEXT, "recv");
	const char *us = size == 1 && !(flags & MSG_PEEK) ? getenv("PRELOAD_BYTE_US") : NULL;
	int64_t		end = us ? cpu_us() + atoi(us) : 0;

	while (us && cpu_us() < end)
		;
	return next(fd, buf, size, flags);
}

ssize_t
__recv_chk(int fd, void *buf, size_t size, size_t most, int flags)
{
	if (size > most)
		abort();
	return recv(fd, buf, size, flags);
}

time_t
time(time_t *result)
{
	const char *path = getenv("PRELOAD_DAYS");
	FILE	   *file = path ? fopen(path, "r") : NULL;
	struct timespec now;
	int			days = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	if (file)
	{
		if (fscanf(file, "%d", &days) != 1)
			days = 0;
		fclose(file);
	}
	now.tv_sec += (time_t) days * 24 * 60 * 60;
	if (result)
		*result = now.tv_sec;
	return now.tv_sec;
}
