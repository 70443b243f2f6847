/*
 * async.c
 *		A foreign scan below an Append that reads several at the same time.
 *
 * The Append requests a row of each scan, and waits for all of them; a scan that would
 * have to wait leaves its request pending:
 *
 *		Request ---> a row, or the end
 *		   |                ^
 *		   v                |
 *		pending ---> ConfigureWait ---> the Append waits ---> Notify
 *		   ^                                                     |
 *		   \------------------------ no row yet -----------------/
 *
 * The fetcher has one descriptor for all that is in flight, and a set of events takes a
 * descriptor once.  So of an Append's pending scans the first waits for all, and when it
 * is notified it answers for all.
 *
 * Where the plan may stop early the scans do not all begin at once, but as a window of
 * them widens: a pending scan may be one that has not begun.
 *
 * An Append that is to be read anew waits first until no request is pending, since the
 * minor versions of 2026.  Nobody wants the rows, so the requests are taken back.
 */
#include "postgres.h"

#include "executor/async.h"

#include "executor/execAsync.h"
#include "executor/instrument.h"
#include "foreign/fdwapi.h"

#include "compat.h"
#include "executor/scan.h"
#include "settings.h"

static ForeignScanState *
scan_of(const AsyncRequest *request)
{
	return castNode(ForeignScanState, request->requestee);
}

static TuyaFetchReader *
reader_of(const AsyncRequest *request)
{
	return tuya_scan_reader(scan_of(request));
}

static AppendState *
append_of(const AsyncRequest *request)
{
	return castNode(AppendState, request->requestor);
}

/*
 * ---- answering ----
 */

/* Reads the scan's next row, without waiting for it. */
static void
answer(AsyncRequest *request)
{
	ForeignScanState *node = scan_of(request);
	TuyaFetchReader *reader = reader_of(request);
	TupleTableSlot *slot;

	/* only here: whoever asks the scan for a row in another way wants it to wait */
	reader->never_waits = true;
	slot = node->ss.ps.ExecProcNodeReal(&node->ss.ps);
	reader->never_waits = false;
	if (TupIsNull(slot) && reader->pending)
		ExecAsyncRequestPending(request);
	else
		ExecAsyncRequestDone(request, TupIsNull(slot) ? NULL : slot);
}

/*
 * Answers a request that is pending and that the Append does not ask about now.
 * timed: the scan's time is being taken all the same.
 */
static void
answer_unasked(AsyncRequest *request, bool timed)
{
	TuyaCompatInstrumentation *instrument = request->requestee->instrument;

	request->callback_pending = false;
	if (instrument && !timed)
		InstrStartNode(instrument);
	answer(request);
	ExecAsyncResponse(request);
	if (instrument && !timed)
		InstrStopNode(instrument, request->result ? 1 : 0);
	else if (instrument)
		InstrUpdateTupleCount(instrument, request->result ? 1 : 0);
}

/*
 * ---- the scans of an Append ----
 */

/* The next request after number i to a scan that is ours; NULL after the last. */
static AsyncRequest *
next_request(const AppendState *append, int i)
{
	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
	{
		AsyncRequest *request = append->as_asyncrequests[i];

		if (IsA(request->requestee, ForeignScanState) &&
			scan_of(request)->fdwroutine->ForeignAsyncNotify == tuya_ForeignAsyncNotify)
			return request;
	}
	return NULL;
}

/* Of those, the next that is pending, and whose scan waits (waits), or has not begun (else). */
static AsyncRequest *
next_pending(const AppendState *append, int i, bool waits)
{
	AsyncRequest *request;

	while ((request = next_request(append, i)) != NULL)
	{
		if (request->callback_pending && reader_of(request)->pending == waits)
			return request;
		i = request->request_index;
	}
	return NULL;
}

/*
 * Whether all scans but those of the last round have ended, so that one more may begin.  A
 * round is twice the one before.  Which scans begin depends on what rows there are, but not on
 * which reply comes first: another round waits for all of this one.
 */
static bool
is_within_round(int begun, int ended)
{
	int			round = 1;

	while (2 * round <= begun + 1)
		round *= 2;
	return ended + 1 >= round;
}

/*
 * Whether one more scan may begin: as far as the user lets be read ahead; and while those
 * that have begun are not as wide as they would be if all were read, by rounds.
 */
static bool
may_begin(const AppendState *append)
{
	int			begun = 0;
	int			ended = 0;
	int			ahead = 0;
	bool		wide = true;
	AsyncRequest *request;

	for (int i = -1; (request = next_request(append, i)) != NULL; i = request->request_index)
	{
		if (request->request_complete && request->result == NULL)
		{
			begun++;
			ended++;
		}
		else if (request->request_complete ||
				 (request->callback_pending && reader_of(request)->pending))
		{
			begun++;
			ahead += tuya_scan_started(scan_of(request));
			wide = wide && tuya_scan_is_wide(scan_of(request));
		}
	}
	return ahead < tuya_lookahead_rows && (wide || is_within_round(begun, ended));
}

/* Begins those scans that may; timed: this one's time is being taken. */
static void
begin_more(const AppendState *append, const AsyncRequest *timed)
{
	AsyncRequest *request;

	while ((request = next_pending(append, -1, false)) != NULL && may_begin(append))
		answer_unasked(request, request == timed);
}

/*
 * Whether the Append waits for what is pending because it is to be read anew: for other
 * keys, or it has given up a row without requesting the next.
 */
static bool
is_to_be_read_anew(const AppendState *append)
{
	AsyncRequest *request;

	for (int i = -1; (request = next_request(append, i)) != NULL; i = request->request_index)
	{
		if (request->request_complete && request->result &&
			!bms_is_member(request->request_index, append->as_needrequest))
			return true;
	}
	return append->ps.chgParam != NULL;
}

/*
 * ---- the callbacks ----
 */

void
tuya_ForeignAsyncRequest(AsyncRequest *request)
{
	if (request->request_complete || may_begin(append_of(request)))
		answer(request);
	else
		ExecAsyncRequestPending(request);
}

void
tuya_ForeignAsyncConfigureWait(AsyncRequest *request)
{
	AppendState *append = append_of(request);
	TuyaFetchReader *reader = reader_of(request);

	if (is_to_be_read_anew(append))
	{
		request->callback_pending = false;
		return;
	}
	begin_more(append, request);
	if (!request->callback_pending || !reader->pending)
		return;
	if (next_pending(append, -1, true) == request)
		AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE,
						  tuya_fetcher_begin_wait(reader), NULL, request);
	/* its reply may have come while others were driven, or a row of one that began */
	if (tuya_fetcher_can_go_on(reader) || append->as_nasyncresults > 0)
		tuya_fetcher_cut_wait();
}

void
tuya_ForeignAsyncNotify(AsyncRequest *request)
{
	AppendState *append = append_of(request);
	int64		waited_us = tuya_fetcher_end_wait();
	AsyncRequest *other;

	reader_of(request)->counters->wait_us += waited_us;
	answer(request);
	for (int i = -1; (other = next_pending(append, i, true)) != NULL; i = other->request_index)
	{
		TuyaFetchReader *reader = reader_of(other);

		if (other == request)
			continue;
		reader->counters->wait_us += waited_us;
		if (tuya_fetcher_can_go_on(reader))
			answer_unasked(other, false);
	}
}
