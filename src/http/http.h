/*
 * http.h
 *		Many HTTPS requests at once behind one pollable descriptor.
 *
 * A TuyaHttp is a libcurl multi handle whose sockets and timer are gathered in
 * one epoll descriptor.  It is readable when tuya_http_step() has something to
 * do; nothing here ever waits.  A plain main() can drive it, so there is no
 * postgres.h here, and no other file includes curl.h.
 *
 * Rules: nothing throws; libcurl's callbacks record and return; all signals
 * are blocked while libcurl may start its resolver thread, which would
 * otherwise run the process's signal handlers.
 *
 * Certificates are always verified, TLS is 1.2 or later, redirects are not
 * followed, the environment's proxies and netrc are not read.
 */
#ifndef TUYA_HTTP_H
#define TUYA_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/retry.h"
#include "core/tls.h"

typedef struct TuyaHttp TuyaHttp;
typedef struct TuyaHttpRequest TuyaHttpRequest;

/* How far a request in flight has got. */
typedef enum TuyaHttpPhase
{
	TUYA_HTTP_WAITING,			/* for a stream of a connection that is busy */
	TUYA_HTTP_RESOLVING,
	TUYA_HTTP_CONNECTING,
	TUYA_HTTP_HANDSHAKING,		/* TLS, and the proxy's handshake */
	TUYA_HTTP_REPLYING			/* request sent, reply not yet whole */
} TuyaHttpPhase;

/* The text of an address and a port: "[IPv6]:65535". */
#define TUYA_HTTP_ADDRESS_BYTES 64

/*
 * The way of a request, for who asks more than how it ended.  Times are in us since libcurl
 * had it; 0: it did not come so far.
 */
typedef struct TuyaHttpTrace
{
	TuyaHttpPhase phase;		/* in which it ended */
	int64_t		named_us;		/* the name was resolved, */
	int64_t		connected_us;	/* TCP connected, to the proxy if there is one, */
	int64_t		secured_us;		/* TLS and the proxy's handshake done, */
	int64_t		answered_us;	/* the reply's first byte here */
	char		address[TUYA_HTTP_ADDRESS_BYTES];	/* with whom it was connected; or "" */
	TuyaTlsFacts tls;			/* once it was about to be sent */
	const char *version;		/* "HTTP/2", a constant; NULL: no reply began */
	bool		has_date;		/* the reply's Date ... */
	int64_t		date;			/* ... in seconds since 1970 */
	/* trace.c's */
	bool		tls_begun;		/* with the service itself */
} TuyaHttpTrace;

typedef struct TuyaHttpConfig
{
	const char *ca_file;		/* PEM; NULL: the system's authorities */
	const char *proxy;			/* URL; NULL: none */
	const char *user_agent;
	bool		cleartext;		/* http:// is allowed */
	int			max_connections;	/* and most requests in flight */
	int			connect_ms;		/* in which the caller wants a connection to stand */
	TuyaHttpTrace *trace;		/* NULL; else it is filled when a request ends, and lives as long
								 * as the TuyaHttp, which has one request at a time then */
} TuyaHttpConfig;

/* How a request ended. */
typedef enum TuyaHttpOutcome
{
	TUYA_HTTP_REPLIED,			/* a whole reply, whatever its status */
	TUYA_HTTP_NO_NAME,			/* the name could not be resolved */
	TUYA_HTTP_NO_CONNECTION,	/* TCP connection refused or unreachable */
	TUYA_HTTP_NO_PROXY,			/* the proxy could not be used */
	TUYA_HTTP_NO_HANDSHAKE,		/* TLS handshake failed or was cut off */
	TUYA_HTTP_NO_TLS,			/* certificate not trusted, or no TLS that both can speak */
	TUYA_HTTP_BAD_CA_FILE,		/* ca_file, or the system's authorities, could not be read */
	TUYA_HTTP_LOST,				/* connection lost before the reply was whole */
	TUYA_HTTP_RESET,			/* HTTP/2 stream ended by the service, its connection lives */
	TUYA_HTTP_STALE,			/* a kept connection died before a byte of the reply, the stream
								 * was refused, or nobody drove while it connected: send again */
	TUYA_HTTP_CROWDED,			/* too much came at once, for all requests: send again */
	TUYA_HTTP_TOO_LARGE,		/* body over its cap, after decompression */
	TUYA_HTTP_HEAD_TOO_LARGE,	/* head over HEAD_BYTES_MAX */
	TUYA_HTTP_BAD_ENCODING,		/* content encoding broken or unknown */
	TUYA_HTTP_NOT_HTTP,			/* what came is not HTTP */
	TUYA_HTTP_NO_DESCRIPTORS,	/* the process, or the machine, has no more */
	TUYA_HTTP_NO_MEMORY,
	TUYA_HTTP_OTHER				/* libcurl does not do it, for whatever reason */
} TuyaHttpOutcome;

/* Why there is no secure connection, as far as can be told. */
typedef enum TuyaHttpTlsFault
{
	TUYA_TLS_UNTOLD,
	TUYA_TLS_UNKNOWN_AUTHORITY, /* of the certificate */
	TUYA_TLS_SELF_SIGNED,		/* it is its own authority, and not trusted */
	TUYA_TLS_EXPIRED,
	TUYA_TLS_NOT_YET_VALID,
	TUYA_TLS_OTHER_HOST,		/* it is for another */
	TUYA_TLS_BAD_CERTIFICATE,	/* it is not fit for this, too weak, say */
	TUYA_TLS_VERSION,			/* none of TLS that both speak */
	TUYA_TLS_CIPHER,			/* none that both have, or a client certificate is missed */
	TUYA_TLS_CLIENT_CERTIFICATE,	/* one is demanded */
	TUYA_TLS_HTTP_VERSION,		/* none of HTTP that both speak */
	TUYA_TLS_NONE				/* the other side speaks something else than TLS */
} TuyaHttpTlsFault;

/* A head has some 500 bytes; gateways add a few headers of their own. */
#define HEAD_BYTES_MAX (64 * 1024)
#define CONTENT_TYPE_BYTES_MAX 64

/* Services send one or two; libcurl (7.88) takes a part of hundreds for the body. */
#define INTERIM_HEADS_MAX 100

/* A connection that was not used for so long is not used again. */
#define IDLE_S_MAX 60

/* All pointers live until the request is released. */
typedef struct TuyaHttpResult
{
	TuyaHttpOutcome outcome;
	const char *error;			/* libcurl's words, "" on success.  May quote the remote's
								 * certificate; never the URL's query */
	TuyaHttpTlsFault tls_fault; /* if there was no secure connection */
	bool		at_proxy;		/* it is the proxy's fault, not the service's */
	bool		own_authorities;	/* those of ca_file are trusted, not the system's */
	int			status;			/* HTTP status, 0 if there was none */
	const TuyaBuf *body;
	const char *content_type;	/* "" if there was none.  Remote text! */
	int64_t		bytes_received; /* head and body as they came over the wire */
	TuyaRetryAdvice advice;		/* of the reply's head */
	bool		reused;			/* it went over a connection that stood already */
	bool		multiplexed;	/* over HTTP/2, for all we know */
	bool		end_unseen;		/* lost or reset, and its length was not told: what there is of
								 * the body may be all of it */
	bool		cold;			/* no reply has come over any connection yet */
	bool		shared;			/* another request was on its connection meanwhile */
} TuyaHttpResult;

/* The parts of a URL that the options' validator asks about. */
typedef struct TuyaHttpUrl
{
	char		scheme[16];		/* lower case */
	bool		loopback;		/* 127.0.0.0/8, [::1] or localhost */
} TuyaHttpUrl;

/*
 * Checks that url is SCHEME://HOST[:PORT][/], without user info, query or
 * fragment, by the parser that will be used to connect.  NULL if it is, and
 * fills *parts; else what is wrong with it, a constant ("has a path").
 */
extern const char *tuya_http_check_url(const char *url, TuyaHttpUrl *parts);

/*
 * NULL if out of memory or descriptors.  The first call of a process
 * initializes libcurl: never make it in a postmaster.  The configuration's
 * strings are copied.
 */
extern TuyaHttp *tuya_http_create(const TuyaHttpConfig *config);

/* Closes all connections; requests still held are released first by their owners. */
extern void tuya_http_destroy(TuyaHttp *http);

/* The descriptor to poll for readability. */
extern int	tuya_http_fd(const TuyaHttp *http);

/*
 * Hands a GET of url to libcurl; its first bytes go out in a later step.  The
 * reply's body is refused over body_max bytes.  owner is handed back by
 * tuya_http_owner().  NULL if out of memory.
 */
extern TuyaHttpRequest *tuya_http_submit(TuyaHttp *http, const char *url,
										 size_t body_max, void *owner);

/* Does what can be done without waiting.  False if libcurl itself failed. */
extern bool tuya_http_step(TuyaHttp *http);

/* A request that has ended since it was submitted, each once; or NULL. */
extern TuyaHttpRequest *tuya_http_next_done(TuyaHttp *http);

extern void *tuya_http_owner(const TuyaHttpRequest *request);
extern const TuyaHttpResult *tuya_http_result(const TuyaHttpRequest *request);

/*
 * Requests in flight that the last step has not sent; over HTTP/2 they wait for a
 * stream.
 */
extern int	tuya_http_unsent(const TuyaHttp *http);

/*
 * How many requests were sent so far, and over how many connections.  One that was released
 * before a step could send it is none.
 */
extern int64_t tuya_http_sent(const TuyaHttp *http);
extern int64_t tuya_http_connections(const TuyaHttp *http);

/* Connections that are open, or being opened. */
extern int	tuya_http_open_connections(const TuyaHttp *http);

/*
 * How many streams an HTTP/2 connection was seen to have: more requests in flight than
 * that only wait.  INT_MAX if it is not known.  It is 1 while no connection stands, and
 * until the settings of an HTTP/2 connection have come, which tell libcurl; 0 while what
 * is in flight over HTTP/2 is to end, since the service wants HTTP/1.1.
 */
extern int	tuya_http_streams(const TuyaHttp *http);

/* Of a request in flight. */
extern TuyaHttpPhase tuya_http_phase(const TuyaHttpRequest *request);

/*
 * Frees a request.  One that is still in flight is cancelled: over HTTP/1.1 its
 * connection is closed.  Over HTTP/2 its stream is reset, but libcurl tells the
 * server only when the connection is used again; with hang_up the connection is
 * closed unless other requests use it.  Never waits, not even for a name that is
 * being resolved.
 */
extern void tuya_http_release(TuyaHttpRequest *request, bool hang_up);

/*
 * Releases a request in flight that got no reply in time.  If it had time for one, and nothing
 * at all has come over its HTTP/2 connection since it was sent, then that is dead: all
 * requests on it end, as lost, and it is closed.
 */
extern void tuya_http_time_out(TuyaHttpRequest *request, bool had_time);

/* Closes all connections.  Only while no request is in flight; false if libcurl failed. */
extern bool tuya_http_close_connections(TuyaHttp *http);

/*
 * Ends all connections at the socket, for a signal handler while nothing else is
 * going on in here; then tuya_http_close_connections() must be called before the
 * next request.
 */
extern void tuya_http_shut_down(const TuyaHttp *http);

#endif							/* TUYA_HTTP_H */
