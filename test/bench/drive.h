/*
 * drive.h
 *		Requests by libcurl's multi interface, so many at a time: what bare.c and plain.c
 *		share.
 */
#ifndef TUYA_BENCH_DRIVE_H
#define TUYA_BENCH_DRIVE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>

/* What a yardstick does with its requests. */
typedef struct Yardstick
{
	const char *name;
	void		(*set_up) (CURL *easy); /* once a handle */
	bool		(*send_next) (CURL *easy, FILE *lines); /* sets its URL; false: there is none left */
	void		(*take_reply) (CURL *easy); /* one of 200 */
} Yardstick;

/* Says so, and ends the process. */
extern void fatal(const char *what, const char *why) __attribute__((noreturn));

/*
 * Sends a request for every line of the file argv[1], argv[2] at a time, trusting argv[3],
 * over HTTP argv[4].  Prints wall time and CPU time (user and system, ms) from before the
 * first request to after the last reply.  Fails unless every reply was a 200 over that
 * version of HTTP.
 */
extern void drive(const Yardstick *yardstick, char **argv);

#endif							/* TUYA_BENCH_DRIVE_H */
