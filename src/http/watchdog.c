/*
 * watchdog.c
 *		Ends a call into libcurl that does not return.
 *
 * libcurl and OpenSSL read as long as something comes.  A peer whose bytes come
 * faster than they are read, and mean nothing (frames of HTTP/2 that are no part
 * of a reply, handshake messages, a proxy's lines), keeps a call for ever, and
 * signals are blocked meanwhile.  So while calls are made a timer goes off now and
 * then.  When it finds the call that it had found the last time, and its
 * connections have brought much since and little of that was replies, it
 * disconnects them: the call's next read fails.
 *
 * That a call merely takes long (a file of authorities to read, a process that is
 * kept waiting) is no reason: what has come is counted, not the time.  While a signal
 * waits that ends statements, less is enough: some floods (a proxy's head, which
 * libcurl reads byte by byte; messages of TLS that each make new keys) take a tenth of a
 * second and more to bring as much as says by itself that it is one.
 *
 * The timer's signal is a real-time signal that nobody has used, and is sent to
 * the thread that created the watchdog.  It need not be blocked for the sake of
 * libcurl's resolver threads, which never get it.  The handler does system calls
 * only, and what it reads is changed by its own thread alone.  Off duty it does
 * nothing.
 *
 * Must hold: calls into libcurl that may read or write stand between
 * tuya_http_begin_calls() and tuya_http_end_calls(); http->watches is replaced
 * only between tuya_http_hold_watchdog() and tuya_http_unhold_watchdog().
 */
#include "http/internal.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Between two looks.  A call is ended at the second look that finds it. */
#define LOOK_MS 40

/* A handshake, and the heads of any reply, are smaller. */
#define MEANINGLESS_BYTES_MAX (64 * 1024)

/* The same while somebody waits for the end of the call, and a lost connection matters little. */
#define AWAITED_BYTES_MAX (2 * 1024)

/* Replies, too, of so much within one call are more than a caller can wait for. */
#define CALL_BYTES_MAX (16 * 1024 * 1024)

static struct
{
	bool		made;
	int			signo;
	timer_t		timer;
	volatile sig_atomic_t armed;	/* the timer will go off */
	volatile sig_atomic_t call; /* changes with each call */
	TuyaHttp   *volatile http;	/* whose call it is; NULL: there is none */
	/* what the last look found; only for the handler */
	sig_atomic_t seen_call;
	int64_t		seen_bytes;
	uint64_t	seen_received;
}			watchdog;

/* Goes off once, in LOOK_MS. */
static void
arm(void)
{
	struct itimerspec when = {.it_value.tv_nsec = LOOK_MS * 1000000L};

	watchdog.armed = timer_settime(watchdog.timer, 0, &when, NULL) == 0;
}

/* What was read so far from that connection, before TLS. */
static int64_t
bytes_read_from(int fd)
{
	struct tcp_info info;
	socklen_t	len = sizeof(info);
	int			unread = 0;

	memset(&info, 0, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
		ioctl(fd, SIOCINQ, &unread) != 0)
		return 0;
	return (int64_t) info.tcpi_bytes_received - unread;
}

static int64_t
bytes_read(const TuyaHttp *http)
{
	int64_t		bytes = 0;

	for (int fd = 0; fd < http->nwatches; fd++)
		if (http->watches[fd].is_connection)
			bytes += bytes_read_from(fd);
	return bytes;
}

/* What has come but was not read yet goes with the connection. */
static void
disconnect_all(TuyaHttp *http)
{
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	for (int fd = 0; fd < http->nwatches; fd++)
		if (http->watches[fd].is_connection)
			(void) connect(fd, &nobody, sizeof(nobody));
	http->disconnected = true;
}

/* Whether a signal is blocked that cancels or times out a statement, or ends the process. */
static bool
is_end_awaited(void)
{
	sigset_t	pending;

	return sigpending(&pending) == 0 &&
		(sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
		 sigismember(&pending, SIGALRM) || sigismember(&pending, SIGQUIT));
}

/* Whether the call, found the second time, brings too much; bytes were read since the first. */
static bool
is_too_much(int64_t bytes, uint64_t received)
{
	int64_t		most = is_end_awaited() ? AWAITED_BYTES_MAX : MEANINGLESS_BYTES_MAX;

	return bytes > CALL_BYTES_MAX || (bytes > most && received < (uint64_t) bytes / 2);
}

static void
look(TuyaHttp *http)
{
	int64_t		bytes = bytes_read(http);

	if (watchdog.seen_call == watchdog.call && bytes >= watchdog.seen_bytes)
	{
		if (is_too_much(bytes - watchdog.seen_bytes, http->received - watchdog.seen_received))
			disconnect_all(http);
		return;
	}
	watchdog.seen_call = watchdog.call;
	watchdog.seen_bytes = bytes;
	watchdog.seen_received = http->received;
}

static void
on_signal(int signo, siginfo_t *info, void *context)
{
	int			saved_errno = errno;

	(void) signo;
	(void) context;
	if (info->si_code != SI_TIMER)
		return;
	watchdog.armed = false;
	if (watchdog.http)
	{
		look(watchdog.http);
		arm();
	}
	errno = saved_errno;
}

/* A signal that has no handler, and is not ignored either; or 0. */
static int
free_signal(void)
{
	struct sigaction action;

	for (int signo = SIGRTMAX - 1; signo > SIGRTMIN; signo--)
		if (sigaction(signo, NULL, &action) == 0 &&
			!(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL)
			return signo;
	return 0;
}

bool
tuya_http_create_watchdog(void)
{
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID};
	sigset_t	own;

	if (watchdog.made)
		return true;
	watchdog.signo = free_signal();
	event.sigev_signo = watchdog.signo;
	event.sigev_notify_thread_id = (pid_t) syscall(SYS_gettid);
	if (watchdog.signo == 0 || timer_create(CLOCK_MONOTONIC, &event, &watchdog.timer) != 0)
		return false;
	action.sa_sigaction = on_signal;
	sigfillset(&action.sa_mask);
	sigaction(watchdog.signo, &action, NULL);
	sigemptyset(&own);
	sigaddset(&own, watchdog.signo);
	pthread_sigmask(SIG_UNBLOCK, &own, NULL);
	watchdog.made = true;
	return true;
}

void
tuya_http_begin_calls(TuyaHttp *http, sigset_t *saved)
{
	sigset_t	others;

	sigfillset(&others);
	sigdelset(&others, watchdog.signo);
	pthread_sigmask(SIG_SETMASK, &others, saved);
	tuya_http_next_call();
	http->disconnected = false;
	watchdog.http = http;
	/* mostly it still runs since an earlier call: then it looks the sooner */
	if (!watchdog.armed)
		arm();
}

void
tuya_http_next_call(void)
{
	watchdog.call = (sig_atomic_t) ((unsigned) watchdog.call + 1);
}

void
tuya_http_end_calls(const sigset_t *saved)
{
	watchdog.http = NULL;
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}

void
tuya_http_hold_watchdog(sigset_t *saved)
{
	sigset_t	all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, saved);
}

void
tuya_http_unhold_watchdog(const sigset_t *saved)
{
	pthread_sigmask(SIG_SETMASK, saved, NULL);
}
