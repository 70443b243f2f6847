/*
 * jobs.h
 *		Which jobs a device has by ListOTAJobByDevice: the rule (rule.sql says
 *		the same in SQL).
 */
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdint.h>

#include "text.h"

typedef struct Key
{
	Text		product_key;
	Text		device_name;
	Text		firmware_id;
} Key;

/* Times are milliseconds since 1970; texts live until the next one is made. */
typedef struct Job
{
	const char *id;
	const char *status;
	const char *type;
	const char *selection;
	const char *target;
	int64_t		created;
	int64_t		modified;
	const char *package_product_key;
	const char *package_firmware_id;
} Job;

/* The i-th job (from 1) of a key. */
void		job_make(const Key *key, int64_t i, Job *job);

/* The number behind the name's last colon, at most 7 digits; else the default. */
int64_t		rule_count(Text name, int64_t otherwise);

#endif
