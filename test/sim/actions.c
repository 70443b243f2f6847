/*
 * actions.c
 *		The actions that the simulator answers.
 *
 * To add one: its fields, count and make here, and a row in the table at the end.
 */
#include "actions.h"

#include "fleet.h"
#include "found.h"
#include "jobs.h"
#include "settings.h"

#define FIELD(name, form, type, member) {name, form, offsetof(type, member)}
#define FIELDS_END {NULL, FORM_TEXT, 0}

_Static_assert(sizeof(Task) <= ROW_BYTES && sizeof(Firmware) <= ROW_BYTES &&
			   sizeof(Device) <= ROW_BYTES && sizeof(FleetJob) <= ROW_BYTES, "ROW_BYTES");

/* The value of a parameter; of no length if it was not sent. */
static Text
value(const ApiCall *call, const char *name)
{
	int			at = action_parameter(call->action, text_of(name));

	return at < 0 || call->value[at].data == NULL ? text_make("", 0) : call->value[at];
}

/* The device that a call names, one way or the other. */
static void
device_names(const ApiCall *call, Text *product_key, Text *device_name)
{
	Text		iot_id = value(call, "IotId");

	*product_key = value(call, "ProductKey");
	*device_name = value(call, "DeviceName");
	if (iot_id.len > 0)
		fleet_names_of_iot(iot_id, product_key, device_name);
}

/* ListOTAJobByDevice: by the rule of jobs.c, or, of the fleet's devices, their jobs. */

static const Field device_job_fields[] = {
	FIELD("firmwareId", FORM_ID, Job, package_firmware_id),
	FIELD("jobId", FORM_ID, Job, id),
	FIELD("jobStatus", FORM_TEXT, Job, status),
	FIELD("jobType", FORM_TEXT, Job, type),
	FIELD("productKey", FORM_TEXT, Job, package_product_key),
	FIELD("selectionType", FORM_TEXT, Job, selection),
	FIELD("targetSelection", FORM_TEXT, Job, target),
	FIELD("utcCreate", FORM_ISO, Job, created),
	FIELD("utcModified", FORM_ISO, Job, modified),
	FIELDS_END
};

static Key
job_key(const ApiCall *call)
{
	return (Key) {
		value(call, "ProductKey"), value(call, "DeviceName"), value(call, "FirmwareId")
	};
}

/* Whether device and firmware are the fleet's; other keys are not to cost any MD5. */
static bool
is_fleets(const Key *key, DeviceNumber *device, JobNumber *firmware)
{
	if (!text_begins(key->product_key, FLEET_PREFIX))
		return false;
	*device = fleet_device(key->product_key, key->device_name);
	*firmware = fleet_id(key->firmware_id);
	return device->d > 0 && firmware->p == device->p;
}

static int64_t
device_job_count(const ApiCall *call)
{
	Key			key = job_key(call);
	DeviceNumber device;
	JobNumber	firmware;

	if (!is_fleets(&key, &device, &firmware))
		return rule_count(key.device_name, settings.default_jobs);
	return find_device_jobs(device, firmware.f);
}

static void
device_job_make(const ApiCall *call, int64_t i, void *row)
{
	Key			key = job_key(call);
	DeviceNumber device;
	JobNumber	job;
	FleetJob	made;

	if (!is_fleets(&key, &device, &job))
	{
		job_make(&key, i, row);
		return;
	}
	job.k = found_task(i).job.k;
	fleet_job_make(&job, &made);
	*(Job *) row = (Job) {
		.id = made.id,.status = made.status,.type = made.type,.selection = made.selection,
		.target = made.target,.created = made.created,.modified = made.modified,
		.package_product_key = made.product_key,.package_firmware_id = made.firmware_id
	};
}

/* ListOTAJobByFirmware */

static const Field firmware_job_fields[] = {
	FIELD("destVersion", FORM_TEXT, FleetJob, version),
	FIELD("firmwareId", FORM_ID, FleetJob, firmware_id),
	FIELD("jobId", FORM_ID, FleetJob, id),
	FIELD("jobStatus", FORM_TEXT, FleetJob, status),
	FIELD("jobType", FORM_TEXT, FleetJob, type),
	FIELD("productKey", FORM_TEXT, FleetJob, product_key),
	FIELD("selectionType", FORM_TEXT, FleetJob, selection),
	FIELD("tags", FORM_TEXT, FleetJob, tags),
	FIELD("targetSelection", FORM_TEXT, FleetJob, target),
	FIELD("utcCreate", FORM_ISO, FleetJob, created),
	FIELD("utcEndTime", FORM_ISO, FleetJob, ended),
	FIELD("utcModified", FORM_ISO, FleetJob, modified),
	FIELD("utcStartTime", FORM_ISO, FleetJob, started),
	FIELDS_END
};

static int64_t
firmware_job_count(const ApiCall *call)
{
	return fleet_jobs(value(call, "FirmwareId"));
}

static void
firmware_job_make(const ApiCall *call, int64_t i, void *row)
{
	JobNumber	job = fleet_id(value(call, "FirmwareId"));

	job.k = i;
	fleet_job_make(&job, row);
}

/* ListOTATaskByJob */

static const Field task_fields[] = {
	FIELD("destVersion", FORM_TEXT, Task, version),
	FIELD("deviceName", FORM_TEXT, Task, device_name),
	FIELD("firmwareId", FORM_ID, Task, firmware_id),
	FIELD("iotId", FORM_TEXT, Task, iot_id),
	FIELD("jobId", FORM_ID, Task, job_id),
	FIELD("moduleName", FORM_TEXT, Task, module),
	FIELD("productKey", FORM_TEXT, Task, product_key),
	FIELD("productName", FORM_TEXT, Task, product_name),
	FIELD("progress", FORM_TEXT, Task, progress),
	FIELD("srcVersion", FORM_TEXT, Task, source_version),
	FIELD("taskDesc", FORM_TEXT, Task, description),
	FIELD("taskId", FORM_ID, Task, id),
	FIELD("taskStatus", FORM_TEXT, Task, status),
	FIELD("timeout", FORM_TEXT, Task, timeout),
	FIELD("utcCreate", FORM_ISO, Task, created),
	FIELD("utcModified", FORM_ISO, Task, modified),
	FIELDS_END
};

static int64_t
task_count(const ApiCall *call)
{
	Text		job_id = value(call, "JobId");
	Text		status = value(call, "TaskStatus");
	JobNumber	job = fleet_id(job_id);
	int64_t		tasks = fleet_tasks(job_id);
	int64_t		first;

	if (status.len == 0)
		return tasks;
	if (task_status_find(status) < 0)
		return 0;
	first = task_first(&job, task_status_find(status));
	return tasks < first ? 0 : (tasks - first) / TASK_STATUSES + 1;
}

static void
task_row(const ApiCall *call, int64_t i, void *row)
{
	Text		status = value(call, "TaskStatus");
	JobNumber	job = fleet_id(value(call, "JobId"));
	int64_t		t = i;

	if (task_status_find(status) >= 0)
		t = task_first(&job, task_status_find(status)) + (i - 1) * TASK_STATUSES;
	task_make(&job, t, row);
}

/* ListOTAUnfinishedTaskByDevice */

static int64_t
open_task_count(const ApiCall *call)
{
	Text		product_key;
	Text		device_name;

	device_names(call, &product_key, &device_name);
	return find_open_tasks(product_key, device_name, value(call, "TaskStatus"),
						   value(call, "ModuleName"));
}

static void
open_task_make(const ApiCall *call, int64_t i, void *row)
{
	FoundTask	found = found_task(i);
	Text		product_key;
	Text		device_name;

	device_names(call, &product_key, &device_name);
	task_make(&found.job, found.t, row);
	task_rename(row, product_key, device_name);
}

/* ListOTAFirmware */

static const Field firmware_fields[] = {
	FIELD("destVersion", FORM_TEXT, Firmware, version),
	FIELD("firmwareDesc", FORM_TEXT, Firmware, description),
	FIELD("firmwareId", FORM_ID, Firmware, id),
	FIELD("firmwareName", FORM_TEXT, Firmware, name),
	FIELD("firmwareSign", FORM_TEXT, Firmware, sign),
	FIELD("firmwareSize", FORM_NUMBER, Firmware, size),
	FIELD("moduleName", FORM_TEXT, Firmware, module),
	FIELD("productKey", FORM_TEXT, Firmware, product_key),
	FIELD("productName", FORM_TEXT, Firmware, product_name),
	FIELD("signMethod", FORM_TEXT, Firmware, sign_method),
	FIELD("srcVersion", FORM_TEXT, Firmware, source_version),
	FIELD("status", FORM_NUMBER, Firmware, status),
	FIELD("type", FORM_NUMBER, Firmware, type),
	FIELD("utcCreate", FORM_ISO, Firmware, created),
	FIELD("utcModified", FORM_ISO, Firmware, modified),
	FIELDS_END
};

/* How many of one product: all, or the one of a version. */
static int64_t
firmware_each(const ApiCall *call, int64_t many)
{
	Text		version = value(call, "DestVersion");
	int64_t		f = version_number(version);

	return version.len == 0 ? many : f > 0 && f <= many;
}

static int64_t
firmware_count(const ApiCall *call)
{
	Text		product_key = value(call, "ProductKey");

	if (product_key.len > 0)
		return firmware_each(call, fleet_firmware_of(product_key));
	return settings.fleet_products * firmware_each(call, settings.fleet_firmware);
}

static void
firmware_row(const ApiCall *call, int64_t i, void *row)
{
	Text		product_key = value(call, "ProductKey");
	int64_t		version = version_number(value(call, "DestVersion"));
	int64_t		each = firmware_each(call, settings.fleet_firmware);
	int64_t		p = 1;
	int64_t		f = i;

	if (product_key.len > 0)
		p = fleet_product(product_key);
	else if (each > 0)
	{
		p = (i - 1) / each + 1;
		f = (i - 1) % each + 1;
	}
	firmware_make(product_key, p, version > 0 ? version : f, row);
}

/* ListOTAModuleVersionsByDevice */

static const Field module_version_fields[] = {
	FIELD("deviceName", FORM_TEXT, ModuleVersion, device_name),
	FIELD("iotId", FORM_TEXT, ModuleVersion, iot_id),
	FIELD("moduleName", FORM_TEXT, ModuleVersion, module),
	FIELD("moduleVersion", FORM_TEXT, ModuleVersion, version),
	FIELD("productKey", FORM_TEXT, ModuleVersion, product_key),
	FIELDS_END
};

static int64_t
module_version_count(const ApiCall *call)
{
	Text		product_key;
	Text		device_name;

	device_names(call, &product_key, &device_name);
	return rule_count(device_name, settings.fleet_modules);
}

static void
module_version_row(const ApiCall *call, int64_t i, void *row)
{
	Text		product_key;
	Text		device_name;

	device_names(call, &product_key, &device_name);
	module_version_make(product_key, device_name, i, row);
}

/* ListOTAModuleByProduct */

static const Field module_fields[] = {
	FIELD("aliasName", FORM_TEXT, Module, alias),
	FIELD("desc", FORM_TEXT, Module, description),
	FIELD("gmtCreate", FORM_MINUTES, Module, created),
	FIELD("gmtModified", FORM_TEXT, Module, modified),
	FIELD("moduleName", FORM_TEXT, Module, name),
	FIELD("productKey", FORM_TEXT, Module, product_key),
	FIELDS_END
};

static int64_t
module_count(const ApiCall *call)
{
	return fleet_modules(value(call, "ProductKey"));
}

static void
module_row(const ApiCall *call, int64_t i, void *row)
{
	module_make(value(call, "ProductKey"), i, row);
}

/* QueryProductList */

static const Field product_fields[] = {
	FIELD("authType", FORM_TEXT, Product, auth_type),
	FIELD("dataFormat", FORM_NUMBER, Product, data_format),
	FIELD("description", FORM_TEXT, Product, description),
	FIELD("deviceCount", FORM_NUMBER, Product, device_count),
	FIELD("gmtCreate", FORM_MS, Product, created),
	FIELD("nodeType", FORM_NUMBER, Product, node_type),
	FIELD("productKey", FORM_TEXT, Product, key),
	FIELD("productName", FORM_TEXT, Product, name),
	FIELDS_END
};

static int64_t
product_count(const ApiCall *call)
{
	(void) call;
	return settings.fleet_products;
}

static void
product_row(const ApiCall *call, int64_t i, void *row)
{
	(void) call;
	product_make(i, row);
}

/* QueryDevice */

static const Field device_fields[] = {
	FIELD("deviceName", FORM_TEXT, Device, name),
	FIELD("deviceSecret", FORM_TEXT, Device, secret),
	FIELD("deviceStatus", FORM_TEXT, Device, status),
	FIELD("deviceType", FORM_TEXT, Device, type),
	FIELD("gmtCreate", FORM_RFC, Device, created),
	FIELD("gmtModified", FORM_RFC, Device, modified),
	FIELD("iotId", FORM_TEXT, Device, iot_id),
	FIELD("nickname", FORM_TEXT, Device, nickname),
	FIELD("productKey", FORM_TEXT, Device, product_key),
	FIELD("utcCreate", FORM_ISO, Device, created),
	FIELD("utcModified", FORM_ISO, Device, modified),
	FIELDS_END
};

static int64_t
device_count(const ApiCall *call)
{
	return fleet_devices(value(call, "ProductKey"));
}

static void
device_row(const ApiCall *call, int64_t i, void *row)
{
	device_make(value(call, "ProductKey"), i, row);
}

const Action actions[] = {
	{
		.name = "ListOTAJobByDevice",
		.parameters = {{"ProductKey", NEED_REQUIRED}, {"DeviceName", NEED_REQUIRED},
		{"FirmwareId", NEED_REQUIRED}},
		.page_size_max = 100,.list = {"data", "simpleOTAJobInfo"},.id = "jobId",
		.fields = device_job_fields,.count = device_job_count,.make = device_job_make,
	},
	{
		.name = "ListOTAJobByFirmware",
		.parameters = {{"FirmwareId", NEED_REQUIRED}},
		.page_size_max = 200,.list = {"data", "simpleOTAJobInfo"},.id = "jobId",
		.fields = firmware_job_fields,.count = firmware_job_count,.make = firmware_job_make,
	},
	{
		.name = "ListOTATaskByJob",
		.parameters = {{"JobId", NEED_REQUIRED}, {"TaskStatus", NEED_OPTIONAL}},
		.page_size_max = 100,.rows_max = 100000,.list = {"data", "simpleOTATaskInfo"},.id = "taskId",
		.fields = task_fields,.count = task_count,.make = task_row,
	},
	{
		.name = "ListOTAUnfinishedTaskByDevice",
		.parameters = {{"ProductKey", NEED_REQUIRED}, {"DeviceName", NEED_REQUIRED},
		{"IotId", NEED_INSTEAD}, {"TaskStatus", NEED_OPTIONAL}, {"ModuleName", NEED_OPTIONAL}},
		.paging = PAGES_NONE,.list = {"data", "simpleOTATaskInfo"},.id = "taskId",
		.fields = task_fields,.count = open_task_count,.make = open_task_make,
	},
	{
		.name = "ListOTAFirmware",
		.parameters = {{"ProductKey", NEED_OPTIONAL}, {"DestVersion", NEED_OPTIONAL}},
		.page_size_max = 100,.list = {"firmwareInfo", "simpleFirmwareInfo"},.id = "firmwareId",
		.fields = firmware_fields,.count = firmware_count,.make = firmware_row,
	},
	{
		.name = "ListOTAModuleVersionsByDevice",
		.parameters = {{"ProductKey", NEED_REQUIRED}, {"DeviceName", NEED_REQUIRED},
		{"IotId", NEED_INSTEAD}},
		.page_size_max = 200,.list = {"data", "simpleOTAModuleInfo"},.id = "moduleName",
		.fields = module_version_fields,.count = module_version_count,.make = module_version_row,
	},
	{
		.name = "ListOTAModuleByProduct",
		.parameters = {{"ProductKey", NEED_REQUIRED}},
		.paging = PAGES_NONE,.list = {"data"},.odd_shapes = true,.id = "moduleName",
		.fields = module_fields,.count = module_count,.make = module_row,
	},
	{
		.name = "QueryProductList",
		.page_size_max = 200,.list = {"data", "list", "productInfo"},.totals_inside = true,
		.id = "productKey",
		.fields = product_fields,.count = product_count,.make = product_row,
	},
	{
		.name = "QueryDevice",
		.parameters = {{"ProductKey", NEED_REQUIRED}},
		.paging = PAGES_TOKEN,.page_size_max = 50,.rows_max = 10000,
		.list = {"data", "deviceInfo"},.id = "iotId",
		.fields = device_fields,.count = device_count,.make = device_row,
	},
	{.name = NULL},
};
