/*
 * Parameters. `$1` is a name to SQLite, with an index of its own in the order
 * of appearance; `?1` and `?` are plain indexes. All three mean the entry of
 * that number.
 *
 * Values are bound as text: a comparison with a column, and LIMIT, convert
 * it by the column's affinity; `$1 = 1` alone compares text with a number
 * and is false, as SQLite documents.
 */
#include <stdlib.h>
#include <string.h>

#include "pool/backend_sqlite.h"

#define MAX_NUMBER INT32_MAX

/* The entry that parameter I stands for, from 1; 0: it has no number. */
static unsigned param_number(sqlite3_stmt *stmt, int i)
{
	const char *name = sqlite3_bind_parameter_name(stmt, i);
	char *end;
	long n;

	if (!name)
		return (unsigned)i;
	if ((name[0] != '$' && name[0] != '?') || name[1] < '1' ||
	    name[1] > '9')
		return 0;
	n = strtol(name + 1, &end, 10);
	return *end || n > MAX_NUMBER ? 0 : (unsigned)n;
}

/* How many entries STMT needs; false where one has no number. */
static bool count_params(
    struct sqlite_outcome *o, sqlite3_stmt *stmt, unsigned *needed)
{
	int n = sqlite3_bind_parameter_count(stmt);

	*needed = 0;
	for (int i = 1; i <= n; i++) {
		unsigned number = param_number(stmt, i);

		/* ?9 makes SQLite count nine, of which eight are unnamed. */
		if (number == 0) {
			sqlite_outcome_refuse(o, "42P02",
			    "parameter \"%s\" has no number; write $1, $2, …",
			    sqlite3_bind_parameter_name(stmt, i));
			return false;
		}
		if (number > *needed)
			*needed = number;
	}
	return true;
}

static int bind_one(sqlite3_stmt *stmt, int i, const char *text)
{
	if (!text)
		return sqlite3_bind_null(stmt, i);
	/* The text lives as long as the request, longer than STMT. */
	return sqlite3_bind_text64(
	    stmt, i, text, strlen(text), SQLITE_STATIC, SQLITE_UTF8);
}

bool sqlite_params_bind(struct backend *b, sqlite3_stmt *stmt)
{
	const struct sqlite_request *r = &b->request;
	int n = sqlite3_bind_parameter_count(stmt);
	unsigned needed;

	if (!count_params(&b->outcome, stmt, &needed))
		return false;
	if (needed != r->n_params) {
		sqlite_outcome_refuse(&b->outcome, SQLSTATE_PROTOCOL,
		    "the statement needs %u parameter%s, but %u %s given",
		    needed, needed == 1 ? "" : "s", r->n_params,
		    r->n_params == 1 ? "was" : "were");
		return false;
	}
	for (int i = 1; i <= n; i++) {
		unsigned number = param_number(stmt, i);
		int rc = bind_one(stmt, i, r->params[number - 1]);

		if (rc) {
			sqlite_outcome_fail(b, rc);
			return false;
		}
	}
	return true;
}
