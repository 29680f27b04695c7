#include "cli/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MOST_COLUMNS 32767

void answer_init(struct answer *a, size_t number)
{
	memset(a, 0, sizeof *a);
	a->number = number;
	a->count = a->conn = a->queue_us = a->exec_us = a->total_us = -1;
	a->status = STATUS_UNKNOWN;
	spool_init(&a->spool);
}

void answer_release(struct answer *a)
{
	for (size_t i = 0; i < a->n_columns; i++) {
		free(a->columns[i].name);
		free(a->columns[i].key);
		free(a->columns[i].type);
	}
	free(a->columns);
	a->columns = NULL;
	a->n_columns = 0;
	spool_release(&a->spool);
}

/* int8, int2, int4, oid, xid, cid, float4, float8, money, numeric, xid8 */
static bool is_numeric_oid(int64_t oid)
{
	static const int oids[] = {
	    20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069};

	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		if (oid == oids[i])
			return true;
	return false;
}

/* Where there is no oid: what SQLite takes for a number, by its rules. */
static bool is_numeric_name(const char *type)
{
	static const char *const parts[] = {
	    "int", "real", "floa", "doub", "numeric", "decimal"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strcasestr(type, parts[i]))
			return true;
	return false;
}

static bool has_key(const struct answer *a, const char *key)
{
	for (size_t i = 0; i < a->n_columns; i++)
		if (strcmp(a->columns[i].key, key) == 0)
			return true;
	return false;
}

/* NAME or, where that is taken, NAME_2, NAME_3, … */
static char *make_key(const struct answer *a, const char *name)
{
	char *key = strdup(name);

	for (int n = 2; key && has_key(a, key); n++) {
		free(key);
		if (asprintf(&key, "%s_%d", name, n) < 0)
			key = NULL;
	}
	return key;
}

/* Adds one column; n_columns counts it only when it is whole. */
static int add_column(struct answer *a, const json_t *from, struct err *e)
{
	struct answer_column *c = &a->columns[a->n_columns];
	const char *name = json_is_string(from) ? json_string_value(from)
	                                        : frame_string(from, "name");
	const char *type = frame_string(from, "type");
	int64_t oid = frame_int(from, "oid", 0);

	name = name ? name : "";
	type = type ? type : "";
	c->name = strdup(name);
	c->key = make_key(a, name);
	c->type = strdup(type);
	if (!c->name || !c->key || !c->type) {
		free(c->name);
		free(c->key);
		free(c->type);
		return err_nomem(e);
	}
	c->right = oid ? is_numeric_oid(oid) : is_numeric_name(type);
	c->guess = !oid && !*type;
	a->n_columns++;
	return 0;
}

int answer_set_columns(struct answer *a, const json_t *columns, struct err *e)
{
	size_t n = json_array_size(columns);
	int rc = 0;

	if (a->has_columns || !json_is_array(columns) || n > MOST_COLUMNS)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the server sent bad columns for statement %zu", a->number);
	a->has_columns = true;
	a->columns = calloc(n ? n : 1, sizeof *a->columns);
	if (!a->columns)
		return err_nomem(e);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_column(a, json_array_get(columns, i), e);
	return rc;
}

void answer_set_verdict(struct answer *a, const struct verdict *v)
{
	a->has_verdict = true;
	a->status = v->status;
	a->count = v->count;
	a->conn = v->conn;
	a->queue_us = v->queue_us;
	a->exec_us = v->exec_us;
	a->total_us = v->total_us;
}
