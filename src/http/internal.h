/*
 * internal.h
 *		What the files of http share.
 */
#ifndef TUYA_HTTP_INTERNAL_H
#define TUYA_HTTP_INTERNAL_H

#include "http/http.h"

#include <signal.h>

#include <curl/curl.h>
#include <sys/stat.h>

#define TIMER_OFF (-1)
#define HINTED_PORTS 256

/* The bytes of ca_file, for all requests that were set up with them. */
typedef struct TuyaHttpTrust
{
	int			refs;
	TuyaBuf		bytes;
} TuyaHttpTrust;

struct TuyaHttpRequest
{
	TuyaHttp   *http;
	CURL	   *easy;
	char	   *base;			/* the URL up to its path, which the easy handle has ... */
	CURLU	   *parsed_base;	/* ... in this form; both outlive it */
	void	   *owner;
	bool		in_flight;		/* the multi handle has it, unless held; and so has a list: */
	TuyaHttpRequest *flight_next;
	TuyaHttpRequest **flight_link;	/* what points to it there */
	bool		resolving;		/* libcurl resolves its name, or has, for all we know */
	bool		held;			/* it may not yet, so the multi handle has it not for now */
	TuyaBuf		body;			/* decoded */
	size_t		wire_bytes_max; /* and as it comes */
	size_t		head_bytes;		/* of all heads, and trailers */
	int			heads;			/* begun: interim ones (1xx), and the reply's own */
	bool		interim;		/* the latest is one */
	bool		head_ended;		/* the empty line of the reply's own has come */
	bool		coding_line;	/* the last header line named codings */
	bool		transfer_line;	/* a line of transfer codings has come, be it without one */
	bool		length_line;	/* the reply's own head has a Content-Length */
	int			content_codings;	/* named so far, in whatever head */
	int			transfer_codings;
	int			polled_for;		/* what libcurl last wanted of its socket */
	int			local_port;		/* of the connection on which it was sent */
	int64_t		connection;		/* its number; 0: not sent, or not known */
	int			fd;				/* of that connection; -1: not known */
	uint64_t	received;		/* over the wire, of that connection, when it was closed */
	uint64_t	received_before;	/* over the wire when it was to be sent; 0: not known */
	bool		broken_framing; /* libcurl says that HTTP/2's was */
	const char *refused;		/* why we ended it, a constant, or NULL */
	TuyaHttpOutcome refusal;	/* and as what */
	int64_t		sent_step;		/* http->steps when it was sent */
	int			times_sent;		/* how often libcurl was about to send it */
	TuyaHttpResult result;
	char		content_type[CONTENT_TYPE_BYTES_MAX];
	char		error[CURL_ERROR_SIZE];
	TuyaHttpTrust *trust;		/* that the easy handle has; NULL: the system's authorities */
	const void *outer_tls;		/* context of the connection to the proxy, within which the one
								 * that is made will run; else NULL */
	TuyaHttpRequest *next;		/* in the list of spare or of done requests */
};

/* What of a descriptor is in the epoll set. */
typedef struct Watch
{
	uint32_t	events;			/* 0: it is not in there */
	bool		wanted;			/* by libcurl */
	bool		is_connection;	/* opened by our callback, and closed by it as far as known */
	ino_t		inode;			/* of the socket, if it is a connection's */
	int			local_port;		/* of it, once it was asked for; else 0 */
	int64_t		number;			/* of it, if it is a connection */
	bool		was_used;		/* something was sent over it */
} Watch;

struct TuyaHttp
{
	CURLM	   *multi;
	int			epoll_fd;
	int			timer_fd;
	Watch	   *watches;		/* by descriptor */
	int			nwatches;
	int			latest_fd[HINTED_PORTS];	/* by a local port's remainder; a hint */
	/* times of the monotonic clock; 0 now, or TIMER_OFF */
	int64_t		due_ms;			/* when libcurl wants to be called */
	int64_t		nudge_ms;		/* when it is to be nudged */
	int64_t		held_ms;		/* when requests that are held are given to libcurl again */
	int64_t		armed_ms;		/* when timer_fd goes off */
	int64_t		silence_ms;		/* between nudges */
	uint64_t	received;		/* bytes of heads and bodies, of all time */
	uint64_t	received_at_call;	/* the same when the running call into libcurl began */
	int			version;		/* of HTTP: 1, 2, or 0 while no reply has told */
	int			max_connections;
	int			connect_ms;
	int64_t		step_ends_ms;	/* the running one shall */
	int			left_fd;		/* had an event for which it had no time; or -1 */
	int64_t		steps;			/* of tuya_http_step(), so far */
	int64_t		short_step;		/* when there was no descriptor for a connection */
	int64_t		heard_step;		/* when a connection had something to read */
	volatile sig_atomic_t disconnected; /* by the watchdog, in the calls that are made now */
	int			nin_flight;
	int			nsent;			/* of these */
	int			unsent;			/* the others when the last step ended */
	int			streams;		/* see tuya_http_streams() */
	/* for HTTP/2, and while the version is not known: */
	int			used_fd;		/* of the connection over which requests go; -1: of none */
	const void *used_ssl;		/* and its TLS; NULL: none, or not to be seen */
	bool		fresh;			/* there is none, or another is opened to take its place */
	const void *awaited;		/* its TLS while HTTP/2's settings have not come, else NULL */
	int64_t		awaited_ms;		/* how long: until this time of the monotonic clock */
	int			agreed;			/* the version that it speaks, until the step ends; else 0 */
	bool		h1_required;	/* the service has refused a stream for being HTTP/2's */
	bool		answered;		/* a reply has come, over whatever connection */
	int64_t		connections;	/* opened so far, which is the number of the latest */
	int64_t		nused;			/* of them, those over which something was sent */
	int64_t		nsent_ever;		/* requests that were sent */
	int64_t		served;			/* the latest over which a whole reply has come; 0: none */
	int64_t		repeated;		/* that of which libcurl was last about to repeat a request; or 0 */
	bool		lost;			/* an HTTP/2 connection was, in this step */
	bool		failed;			/* a request over HTTP/2 has, in this step; or nothing comes */
	TuyaHttpRequest *in_flight;
	bool		cleartext;
	char	   *ca_file;
	TuyaHttpTrust *trust;		/* ca_file, as it was read last; NULL: not yet */
	struct stat ca_stat;		/* what it was then */
	bool		ca_settled;		/* a change since would show */
	int64_t		ca_step;		/* the value of steps when it was last looked at */
	char	   *proxy;
	struct curl_slist *headers; /* of each request */
	struct curl_slist *proxy_headers;	/* and of each CONNECT */
	TuyaHttpTrace *trace;		/* the caller's, or NULL */
	TuyaHttpRequest *done;		/* ended, not yet handed out: a queue */
	TuyaHttpRequest **done_tail;
	TuyaHttpRequest *spare;
	int			spare_count;
};

/*
 * ---- watchdog.c ----
 */

/* Once a process, by the thread that will make the calls; false if the system has no timers or signals left. */
extern bool tuya_http_create_watchdog(void);

/*
 * Around calls into libcurl that may read, write, or start its resolver thread.  All
 * signals are blocked meanwhile, but the watchdog's: the thread inherits the mask, and
 * would otherwise run the process's signal handlers.
 */
extern void tuya_http_begin_calls(TuyaHttp *http, sigset_t *saved);
extern void tuya_http_end_calls(const sigset_t *saved);

/* Between two calls: the one that begins is not to blame for how long the others took. */
extern void tuya_http_next_call(void);

/* Around a change of http->watches itself. */
extern void tuya_http_hold_watchdog(sigset_t *saved);
extern void tuya_http_unhold_watchdog(const sigset_t *saved);

/*
 * ---- resolve.c ----
 */

/*
 * CURLOPT_RESOLVER_START_FUNCTION; userp is the TuyaHttpRequest.  If there are as many
 * resolutions as may be, libcurl ends the request, which is "held" then.
 */
extern int	tuya_http_on_resolve(void *resolver, void *reserved, void *userp);

/*
 * The request has left libcurl, or its name is resolved; answered: or it is known that it
 * has no addresses.
 */
extern void tuya_http_end_resolving(TuyaHttpRequest *request, bool answered);

/* Whether libcurl has, or had, the addresses of the request's host. */
extern bool tuya_http_has_addresses(const TuyaHttpRequest *request);

/* Looks which of the handle's requests have their addresses. */
extern void tuya_http_note_resolved(TuyaHttp *http);

/*
 * ---- url.c ----
 */

/* Whether the host of the URL has to be resolved: it is neither an address nor localhost. */
extern bool tuya_http_needs_resolver(const char *url);

/*
 * ---- request.c ----
 */

/* Makes the headers of requests, before the first of these; false if out of memory. */
extern bool tuya_http_make_headers(TuyaHttp *http, const char *user_agent);

/* A request object, its easy handle set up; NULL if out of memory. */
extern TuyaHttpRequest *tuya_http_new_request(TuyaHttp *http);

/* Frees a request that the multi handle does not have. */
extern void tuya_http_free_request(TuyaHttpRequest *request);

/* Forgets what an earlier use of the object has left. */
extern void tuya_http_clear_request(TuyaHttpRequest *request, size_t body_max, void *owner);

/* Sets where the request goes; false if out of memory. */
extern bool tuya_http_set_url(TuyaHttpRequest *request, const char *url);

/*
 * ---- refusal.c ----
 */

/* Ends the request as that outcome, for a reason that is a constant; returns false. */
extern bool tuya_http_refuse(TuyaHttpRequest *request, TuyaHttpOutcome outcome, const char *why);

/*
 * libcurl does something to send the request.  True if it was sent before, so libcurl
 * repeats it: then it is refused as stale, the caller is to send it anew.
 */
extern bool tuya_http_refuse_repeat(TuyaHttpRequest *request);

/*
 * ---- result.c ----
 */

/* Fills the result of a request that is given up, its connection being dead. */
extern void tuya_http_set_lost(TuyaHttpRequest *request, const char *error);

/* Fills the result of a request that libcurl has ended with that code. */
extern void tuya_http_set_result(TuyaHttpRequest *request, CURLcode rc);

/*
 * Of one whose connection was lost: whether that is its own fault, or of those that it
 * shared the connection with, or nobody's.  Once the results of all that ended in the
 * step are filled.
 */
extern void tuya_http_classify_lost(TuyaHttpRequest *request);

/*
 * ---- version.c ----
 */

/* A connection, or a reply, has told the server's HTTP version.  Not in a callback. */
extern void tuya_http_note_version(TuyaHttp *http, int version);

/* Offers HTTP/2, and waits for a connection that can be shared, unless it is HTTP/1.1. */
extern void tuya_http_offer_version(TuyaHttpRequest *request);

/*
 * The request has failed with libcurl's words: whether the service wants HTTP/1.1 for it,
 * which is what all requests will have then.
 */
extern bool tuya_http_note_h1_required(const TuyaHttpRequest *request);

/* Whether requests are to have HTTP/1.1 though there are connections of HTTP/2 yet. */
extern bool tuya_http_leaves_h2(const TuyaHttp *http);

/*
 * ---- trace.c ----
 *
 * Only where http->trace is not NULL: the request is about to be sent; it has ended, or is
 * about to be given up.
 */

/* Whether there is TLS with the proxy, too. */
extern bool tuya_http_has_secure_proxy(const TuyaHttp *http);

extern void tuya_http_trace_sending(const TuyaHttpRequest *request);
extern void tuya_http_trace_end(const TuyaHttpRequest *request);

/*
 * ---- head.c ----
 */

/* CURLOPT_HEADERFUNCTION; userp is the TuyaHttpRequest. */
extern size_t tuya_http_on_header(char *data, size_t size, size_t count, void *userp);

/*
 * ---- tls.c ----
 */

/* Adds to the request's error as much of the text as it has room for. */
extern void tuya_http_append_error(TuyaHttpRequest *request, const char *text);

/* What is the same for all uses of the request's easy handle; false if out of memory. */
extern bool tuya_http_set_up_tls(TuyaHttpRequest *request);

/*
 * Has the request trust ca_file as it is now.  False if it cannot be sent; then its
 * outcome says why.
 */
extern bool tuya_http_set_trust(TuyaHttpRequest *request);

/*
 * The request has failed with the outcome that is in its result and libcurl's words:
 * finds out what of TLS was the matter, and corrects the outcome.
 */
extern void tuya_http_find_tls_fault(TuyaHttpRequest *request);

/* Its owner, a TuyaHttp or a request, gives it up; trust may be NULL. */
extern void tuya_http_release_trust(TuyaHttpTrust *trust);

/*
 * ---- events.c ----
 */

/* CURLOPT_OPENSOCKETFUNCTION; userp is the TuyaHttpRequest for which it is. */
extern curl_socket_t tuya_http_open_socket(void *userp, curlsocktype purpose,
										   struct curl_sockaddr *address);

/* CURLOPT_CLOSESOCKETFUNCTION; userp is the TuyaHttp. */
extern int	tuya_http_close_socket(void *userp, curl_socket_t fd);

/*
 * The epoll descriptor and the timer, first of all; false if there are no more
 * descriptors.  Then the multi handle is told of them, each that there is.
 */
extern bool tuya_http_create_events(TuyaHttp *http);
extern void tuya_http_attach_events(TuyaHttp *http);

/* Calls libcurl for all that has happened; false if it failed. */
extern bool tuya_http_run_events(TuyaHttp *http);

/* The monotonic clock. */
extern int64_t tuya_http_now_ms(void);

/* After anything that may have made libcurl set its timer. */
extern void tuya_http_arm_timer(TuyaHttp *http);

/* Whether the descriptor is still that of a connection of ours. */
extern bool tuya_http_is_connection(const TuyaHttp *http, int fd);

/* The descriptor of the connection with that local port, or -1. */
extern int	tuya_http_find_connection(TuyaHttp *http, int local_port);

/* Whether libcurl has a request on that connection. */
extern bool tuya_http_is_watched(const TuyaHttp *http, int fd);

/*
 * ---- wire.c ----
 */

/* The connection is about to be closed: notes how much came, for those that were sent on it. */
extern void tuya_http_note_end(TuyaHttp *http, int fd);

/* OpenSSL's object of the request's connection; NULL if it has none, or is not OpenSSL's. */
extern const void *tuya_http_ssl_of(const TuyaHttpRequest *request);

/*
 * Whether the connection on which the request is about to be sent has an end, or, being
 * one of HTTP/1.1, an input that no request has asked for.
 */
extern bool tuya_http_has_input(TuyaHttpRequest *request);

/*
 * Whether something has come, or the end, over the used connection, which is one of HTTP/2
 * that stands, while no request is in flight.
 */
extern bool tuya_http_idle_has_input(const TuyaHttp *http);

/*
 * The request is about to be sent, as the first one over its connection: finds out which
 * version of HTTP that speaks, and awaits the settings of HTTP/2.
 */
extern void tuya_http_await_settings(TuyaHttpRequest *request);

/* At a step's end: see tuya_http_streams(). */
extern void tuya_http_note_streams(TuyaHttp *http);

/*
 * The first bytes of a reply over HTTP/1.1 are here.  Whether they are known to have
 * come before the service had the request.
 */
extern bool tuya_http_came_too_early(const TuyaHttpRequest *request);

/* Whether the connection with that descriptor still stands; -1 is none. */
extern bool tuya_http_connection_lives(int fd);

#endif							/* TUYA_HTTP_INTERNAL_H */
