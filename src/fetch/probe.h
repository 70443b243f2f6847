/*
 * probe.h
 *		One request on its own, and how it went.
 *
 * It is made and sent as those of scans are, by the same code, and counts as they do.  But it
 * has connections of its own, which end with it; it is not sent again, unless the service
 * has not looked at it; and no clock is corrected for it.
 */
#ifndef TUYA_PROBE_H
#define TUYA_PROBE_H

#include "postgres.h"

#include "core/retry.h"
#include "failure/failure.h"
#include "fetch/account.h"
#include "fetch/metric.h"
#include "http/http.h"
#include "option/option.h"

/* What has to be well for a request, in this order. */
typedef enum TuyaStep
{
	TUYA_STEP_SETTINGS,			/* the server's options, its caps among them */
	TUYA_STEP_MAPPING,
	TUYA_STEP_CA_FILE,
	TUYA_STEP_NAME,
	TUYA_STEP_CONNECT,
	TUYA_STEP_TLS,
	TUYA_STEP_HTTP,				/* a reply begins */
	TUYA_STEP_CLOCK,
	TUYA_STEP_CREDENTIALS,
	TUYA_STEP_ACTION,			/* the reply is rows, or that there are none */
	TUYA_STEPS
} TuyaStep;

/* Filled by tuya_probe_run(); texts are in the memory context that was current then. */
typedef struct TuyaProbe
{
	TuyaHttpTrace trace;
	TuyaStep	failed;			/* TUYA_STEPS: none */
	const TuyaFailure *failure; /* why; NULL if none has failed */
	bool		accepted;		/* the credentials are known to be right */
	int64		ahead_s;		/* the service's clock, of this server's; if trace.has_date */
	int64		elapsed_us;
	char	   *issuer;			/* of the certificate, fit for a message; NULL: unknown */
	int64		days_left;		/* that it is valid; if issuer is known */

	/* ending.c's */
	bool		ended;
	bool		out_of_budget;	/* so it was not sent */
	bool		replied;		/* a whole reply came, whatever it says */
	TuyaHttpOutcome outcome;	/* of a request that has ended by itself */
	TuyaHttpTlsFault tls_fault;
	TuyaErrorCount error;
	int64		total;			/* of rows, if it is a page */
	char	   *code;			/* of the API's error, fit for a message; NULL: there is none */
	bool		is_absent;		/* it says that there is no such thing as was asked for; */
	bool		is_permission;	/* or that the credentials do not suffice */
} TuyaProbe;

/*
 * Sends the query's first page, with those settings, to that remote, and waits for what comes
 * of it.  Processes interrupts.  Throws on a cancel, and if out of memory.
 */
extern void tuya_probe_run(const TuyaSettings *settings, const TuyaRemoteId *remote,
						   const TuyaQuery *query, TuyaProbe *probe);

#endif							/* TUYA_PROBE_H */
