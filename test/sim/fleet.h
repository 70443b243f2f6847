/*
 * fleet.h
 *		One fleet: products have devices and firmware, firmware has jobs, a job has a
 *		task for each of its devices.  rule.sql says the same in SQL.
 *
 * All are numbered from 1: product p, its device d and firmware f, the firmware's job k,
 * the job's task t.  Names and ids tell the numbers; how many there are is in the
 * settings fleet_...  A name that is none of the fleet's may say in its end how many rows
 * it has (shop:120), and has numbers from FLEET_FREE on that follow from its bytes.
 */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define FLEET_PREFIX "fleet"
#define FLEET_FREE 100000

typedef struct JobNumber
{
	int64_t		p;
	int64_t		f;
	int64_t		k;
} JobNumber;

typedef struct DeviceNumber
{
	int64_t		p;
	int64_t		d;				/* 0: it is none of the fleet's devices */
} DeviceNumber;

/* Texts live until the next row is made; times are milliseconds since 1970, 0: none. */
typedef struct Product
{
	const char *auth_type;
	int64_t		data_format;
	const char *description;
	int64_t		device_count;
	int64_t		created;
	int64_t		node_type;
	const char *key;
	const char *name;
} Product;

typedef struct Device
{
	const char *name;
	const char *secret;
	const char *status;
	const char *type;
	int64_t		created;
	int64_t		modified;
	const char *iot_id;
	const char *nickname;
	const char *product_key;
} Device;

typedef struct Firmware
{
	const char *version;
	const char *description;
	const char *id;
	const char *name;
	const char *sign;
	int64_t		size;
	const char *module;
	const char *product_key;
	const char *product_name;
	const char *sign_method;
	const char *source_version;
	int64_t		status;
	int64_t		type;
	int64_t		created;
	int64_t		modified;
} Firmware;

typedef struct FleetJob
{
	const char *version;
	const char *firmware_id;
	const char *id;
	const char *status;
	const char *type;
	const char *product_key;
	const char *selection;
	const char *target;
	int64_t		created;
	int64_t		ended;
	int64_t		modified;
	int64_t		started;
	const char *tags;
} FleetJob;

typedef struct Task
{
	const char *version;
	const char *device_name;
	const char *firmware_id;
	const char *iot_id;
	const char *job_id;
	const char *module;
	const char *product_key;
	const char *product_name;
	const char *progress;
	const char *source_version;
	const char *description;
	const char *id;
	const char *status;
	const char *timeout;
	int64_t		created;
	int64_t		modified;
} Task;

typedef struct Module
{
	const char *alias;
	const char *description;
	int64_t		created;
	const char *modified;
	const char *name;
	const char *product_key;
} Module;

typedef struct ModuleVersion
{
	const char *device_name;
	const char *iot_id;
	const char *module;
	const char *version;
	const char *product_key;
} ModuleVersion;

/* From names and ids to numbers. */
int64_t		fleet_product(Text product_key);
DeviceNumber fleet_device(Text product_key, Text device_name);
JobNumber	fleet_id(Text id);		/* a firmware's, whose k is 0 if it is the fleet's, or a job's */

/* iot-NAME: the names of its device, which end with it. */
void		fleet_names_of_iot(Text iot_id, Text *product_key, Text *device_name);

/* How many there are.  Of what is in the fleet's range, but not in the fleet: none. */
int64_t		fleet_devices(Text product_key);
int64_t		fleet_firmware_of(Text product_key);
int64_t		fleet_modules(Text product_key);
int64_t		fleet_jobs(Text firmware_id);
int64_t		fleet_tasks(Text job_id);

#define TASK_STATUSES 7
#define TASK_STATUSES_OPEN 4	/* the first are not finished */
#define TASK_SUCCEEDED 4
#define TASK_FAILED 5
#define TASK_CANCELED 6

/* The status of that name, or -1. */
int			task_status_find(Text name);
const char *task_status_name(int status);
int			task_status(const JobNumber *job, int64_t t);

/* The first task of a job with that status; each TASK_STATUSES-th after it has it too. */
int64_t		task_first(const JobNumber *job, int status);

/* Which device a task is of; and the task of a job that is a device's, or 0. */
int64_t		task_device(const JobNumber *job, int64_t t);
int64_t		task_of_device(const JobNumber *job, int64_t d);

/* The number in a module's name or a firmware's version; 0 if there is none. */
int64_t		module_number(Text name);
int64_t		version_number(Text version);
int64_t		module_of_firmware(int64_t f);

/* The newest firmware of a module that a device's task succeeded with; 0: none did. */
int64_t		module_firmware(const DeviceNumber *device, int64_t m);

void		product_make(int64_t p, Product *row);
void		device_make(Text product_key, int64_t d, Device *row);
void		firmware_make(Text product_key, int64_t p, int64_t f, Firmware *row);
void		fleet_job_make(const JobNumber *job, FleetJob *row);
void		task_make(const JobNumber *job, int64_t t, Task *row);
void		module_make(Text product_key, int64_t m, Module *row);
void		module_version_make(Text product_key, Text device_name, int64_t m, ModuleVersion *row);

/* Replaces the names of the device, where the task is of one that was asked for by name. */
void		task_rename(Task *row, Text product_key, Text device_name);

#endif
