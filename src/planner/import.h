/*
 * import.h
 *		IMPORT FOREIGN SCHEMA.
 */
#ifndef TUYA_IMPORT_H
#define TUYA_IMPORT_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/* The remote schema is "ota", with a table for each action. */
extern List *tuya_ImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid server_id);

#endif							/* TUYA_IMPORT_H */
