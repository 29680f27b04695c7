/* SQLite's result codes and messages as SQLSTATEs. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "pool/backend_sqlite.h"

/* SQLITE_ERROR stands for nearly everything: only the message tells. */
static const char *state_of_message(const char *message)
{
	static const struct {
		const char *part, *sqlstate;
	} known[] = {
	    {"syntax error", "42601"}, {"incomplete input", "42601"},
	    {"unrecognized token", "42601"}, {"no such table", "42P01"},
	    {"no such view", "42P01"}, {"no such column", "42703"},
	    {"has no column named", "42703"}, {"no such function", "42883"},
	    {"wrong number of arguments", "42883"},
	    {"ambiguous column name", "42702"},
	    {"duplicate column name", "42701"}, {"no such savepoint", "3B001"},
	    {"within a transaction", "25001"},
	    {"no transaction is active", "25P01"}, {"already exists", "42P07"},
	    {"there is already", "42P07"}, {"no such", "42704"},
	    {"misuse of aggregate", "42803"}, {"integer overflow", "22003"},
	    {"malformed JSON", "22032"}, {"foreign key mismatch", "42830"},
	    {"too many", "54000"}, {"too large", "54000"},
	    {"values for", "42601"}, {"values were supplied", "42601"},
	    {"unsafe use of", "42501"},
	    {"may not be", "42501"}, /* modified, dropped, indexed … */
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strstr(message, known[i].part))
			return known[i].sqlstate;
	return "42000"; /* syntax_error_or_access_rule_violation */
}

const char *sqlite_error_state(int rc, const char *message)
{
	static const struct {
		int rc;
		const char *sqlstate;
	} known[] = {
	    {SQLITE_CONSTRAINT_UNIQUE, "23505"},
	    {SQLITE_CONSTRAINT_PRIMARYKEY, "23505"},
	    {SQLITE_CONSTRAINT_ROWID, "23505"},
	    {SQLITE_CONSTRAINT_NOTNULL, "23502"},
	    {SQLITE_CONSTRAINT_FOREIGNKEY, "23503"},
	    {SQLITE_CONSTRAINT_CHECK, "23514"},
	    {SQLITE_CONSTRAINT_DATATYPE, "42804"},
	    {SQLITE_CONSTRAINT_TRIGGER, "P0001"}, /* RAISE() */
	    {SQLITE_CONSTRAINT, "23000"},
	    {SQLITE_BUSY_SNAPSHOT, "40001"},
	    {SQLITE_BUSY, "55P03"},
	    {SQLITE_LOCKED, "40001"},
	    {SQLITE_READONLY, "25006"},
	    {SQLITE_INTERRUPT, SQLSTATE_CANCELED},
	    {SQLITE_FULL, "53100"},
	    {SQLITE_NOMEM, SQLSTATE_NOMEM},
	    {SQLITE_TOOBIG, SQLSTATE_LIMIT},
	    {SQLITE_CORRUPT, "XX001"},
	    {SQLITE_NOTADB, "XX001"},
	    {SQLITE_AUTH, "42501"},
	    {SQLITE_PERM, "42501"},
	    {SQLITE_MISMATCH, "42804"},
	    {SQLITE_RANGE, "42P02"},
	    {SQLITE_IOERR, "58030"},
	    {SQLITE_CANTOPEN, "58030"},
	    {SQLITE_PROTOCOL, "55P03"},
	    {SQLITE_SCHEMA, "40001"},
	};

	if (rc == SQLITE_ERROR)
		return state_of_message(message);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (rc == known[i].rc)
			return known[i].sqlstate;
	/* An extended code without an entry of its own. */
	if ((rc & 0xff) != rc)
		return sqlite_error_state(rc & 0xff, message);
	return SQLSTATE_INTERNAL;
}

void sqlite_outcome_refuse(
    struct sqlite_outcome *o, const char *sqlstate, const char *fmt, ...)
{
	char message[sizeof o->error.message];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	o->verdict = BACKEND_ERROR;
	o->from_server = false;
	err_set(&o->error, ERR_ENGINE, sqlstate, "%s", message);
}

/* Where SQLite's parser stood, in characters from 1; 0: it does not say. */
static size_t error_position(struct backend *b)
{
	const struct sqlite_request *r = &b->request;
	int offset = sqlite3_error_offset(b->db);

	if (offset < 0)
		return 0;
	return utf8_count(r->sql, (size_t)(r->begin + offset - r->sql)) + 1;
}

void sqlite_outcome_fail(struct backend *b, int rc)
{
	struct sqlite_outcome *o = &b->outcome;
	const char *message = sqlite3_errmsg(b->db);
	bool stopped = chan_is_stopped(&b->chan);

	/* A cancel ends the wait for another process, which is then busy. */
	if (stopped && (rc & 0xff) == SQLITE_BUSY)
		rc = SQLITE_INTERRUPT;
	if (b->denied[0] && (rc == SQLITE_AUTH || rc == SQLITE_ERROR)) {
		sqlite_outcome_refuse(o, "42501", "%s", b->denied);
		return;
	}
	if (rc == SQLITE_INTERRUPT || rc == SQLITE_NOMEM)
		message = sqlite3_errstr(rc);
	o->verdict = rc == SQLITE_INTERRUPT ? BACKEND_CANCELLED : BACKEND_ERROR;
	o->from_server = true;
	o->position = error_position(b);
	err_set(&o->error, ERR_ENGINE, sqlite_error_state(rc, message), "%s",
	    message);
}
