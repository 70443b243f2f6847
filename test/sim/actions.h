/*
 * actions.h
 *		What the simulator answers to each action, as data.
 *
 * actions.c alone has the actions: what it says of one, the parameters and how strict
 * they are, the pages, the form of the reply and its rows, all else goes by.
 */
#ifndef SIM_ACTIONS_H
#define SIM_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define ACTION_PARAMETERS_MAX 5
#define LIST_PATH_MAX 3
#define ROW_BYTES 512			/* of the struct that a row is made in */

/* How a member of the reply is written, and the type that it has in the row's struct. */
typedef enum FieldForm
{
	FORM_TEXT,					/* const char *; NULL: no such member */
	FORM_ID,					/* likewise; a number by settings.ids_as_numbers */
	FORM_NUMBER,				/* int64_t */
	FORM_ISO,					/* int64_t, ms since 1970; 0: no such member */
	FORM_MINUTES,				/* likewise: ISO 8601 without seconds */
	FORM_RFC,					/* likewise: Mon, 01-Jan-2024 00:00:00 GMT */
	FORM_MS						/* likewise: as a number */
} FieldForm;

typedef struct Field
{
	const char *name;			/* in camelCase; NULL ends the list */
	FieldForm	form;
	size_t		offset;			/* in the row's struct */
} Field;

typedef enum Need
{
	NEED_REQUIRED,
	NEED_OPTIONAL,
	NEED_INSTEAD				/* may stand for all that are required */
} Need;

typedef struct ActionParameter
{
	const char *name;			/* NULL ends the list */
	Need		need;
} ActionParameter;

typedef enum Paging
{
	PAGES_NUMBER,
	PAGES_TOKEN,				/* or by number, as far as rows_max */
	PAGES_NONE					/* one reply has all, and neither total nor page */
} Paging;

typedef struct Action Action;

/* A request that passed every check; its texts live until the next one. */
typedef struct ApiCall
{
	const Action *action;
	Text		value[ACTION_PARAMETERS_MAX];	/* by action->parameters */
	int64_t		page;			/* from 1 */
	int64_t		page_size;		/* 0: there are no pages */
	int64_t		after;			/* by token: rows behind the one of this index; else 0 */
	Text		token;			/* as sent; of length 0: none was */
} ApiCall;

struct Action
{
	const char *name;
	ActionParameter parameters[ACTION_PARAMETERS_MAX + 1];
	Paging		paging;
	int64_t		page_size_max;
	int64_t		rows_max;		/* page x size, beyond which pages are refused by number; 0: none */
	const char *list[LIST_PATH_MAX + 1];	/* names on the way to the list */
	bool		totals_inside;	/* in the object that the first of them names */
	bool		odd_shapes;		/* settings.list_shape says what the list is */
	const char *id;				/* the field that settings.omit=job_id leaves out */
	const Field *fields;

	/* How many rows the call has in all, before churn. */
	int64_t		(*count) (const ApiCall *call);

	/* Makes the row of that index, from 1; those beyond count() are churn's. */
	void		(*make) (const ApiCall *call, int64_t i, void *row);
};

/* All actions; the list ends with one without a name. */
extern const Action actions[];

#define ACTIONS_MAX 32

const Action *action_find(Text name);
int			action_number(const Action *action);

/* Whether a setting's comma list names the action; an empty one names all. */
bool		action_chosen(const char *list, const Action *action);

/* The parameter of that name; -1 if the action has none. */
int			action_parameter(const Action *action, Text name);

/* The name to send: settings.firmware_parameter stands for FirmwareId. */
const char *parameter_name(const ActionParameter *parameter);

/* Whether any action has such a parameter, those of its pages included. */
bool		action_any_has(Text name);

#endif
