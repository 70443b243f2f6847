/*
 * quota.h
 *		How many requests a server's owner lets be sent there: by a statement, and in a day.
 *
 * Both are the server's, so all its user mappings use them up together.  What is counted is
 * never taken back, be the request, the statement or the transaction a failure.
 *
 * A statement is what the client has sent, with all that is done in it: queries of functions,
 * of a DO block.  A day is one of UTC, and what is sent in it is counted in memory that all
 * backends share (util/shared).  Where there is none, a server with such a cap is not asked.
 */
#ifndef TUYA_QUOTA_H
#define TUYA_QUOTA_H

#include "postgres.h"

#include "option/option.h"

/* Those of one remote. */
typedef struct TuyaQuota
{
	Oid			server_id;
	int			per_statement;	/* 0: no cap */
	int			per_day;		/* 0: no cap */
	int			place;			/* where its server was in the table of the day last */
} TuyaQuota;

/* How many were sent, -1 if that is not known. */
typedef struct TuyaQuotaUse
{
	int64		requests;
	int64		until_s;		/* of a day: when the next one begins, in seconds since 1970 */
} TuyaQuotaUse;

/* From _PG_init(). */
extern void tuya_quota_install(void);

/* Throws 55000 if those settings have a cap that cannot be counted. */
extern void tuya_quota_require(const TuyaSettings *settings);

/* Throws as tuya_quota_require(). */
extern void tuya_quota_init(TuyaQuota *quota, const TuyaSettings *settings, Oid server_id);

/* What the running statement has sent to the server, of a quota that has such a cap. */
extern int64 tuya_quota_of_statement(const TuyaQuota *quota);
extern void tuya_quota_count_in_statement(const TuyaQuota *quota);

/*
 * Whether one more request may be sent today, which then counts; of a quota that has such a
 * cap.  If not, *use says how many were.
 */
extern bool tuya_quota_take_of_day(TuyaQuota *quota, TuyaQuotaUse *use);

/* How many were sent to that server of the current database today; -1: that was not counted. */
extern int64 tuya_quota_today(Oid server_id);

#endif							/* TUYA_QUOTA_H */
