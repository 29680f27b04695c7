#include "pool/backend_pg.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A server may send anything; what users see has the right form. */
static const char *sqlstate_of(const PGresult *res, const char *otherwise)
{
	const char *s = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (!s || strlen(s) != 5 ||
	    strspn(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		return otherwise;
	return s;
}

static const char *text_or(const char *text, const char *otherwise)
{
	return text && *text ? text : otherwise;
}

void pg_error_fill(const PGresult *res, struct backend_error *error)
{
	const char *severity =
	    PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *position =
	    PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION);

	*error = (struct backend_error){
	    .from_server = true,
	    .severity =
	        severity ? severity : PQresultErrorField(res, PG_DIAG_SEVERITY),
	    .sqlstate = sqlstate_of(res, SQLSTATE_INTERNAL),
	    .message = text_or(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
	        "the server gave no message"),
	    .detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
	    .hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT),
	    .position = position ? strtoul(position, NULL, 10) : 0,
	    .internal_query = PQresultErrorField(res, PG_DIAG_INTERNAL_QUERY),
	    .where = PQresultErrorField(res, PG_DIAG_CONTEXT),
	    .schema = PQresultErrorField(res, PG_DIAG_SCHEMA_NAME),
	    .table = PQresultErrorField(res, PG_DIAG_TABLE_NAME),
	    .column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME),
	    .datatype = PQresultErrorField(res, PG_DIAG_DATATYPE_NAME),
	    .constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
	};
}

void pg_error_own(const struct err *e, struct backend_error *error)
{
	*error = (struct backend_error){
	    .severity = "FATAL",
	    .sqlstate = e->sqlstate,
	    .message = text_or(e->message, "the connection was lost"),
	};
}

/*
 * Trouble of class 08 (connection), 53 (resources), 57 (operator) and 58
 * (system) passes by itself; a wrong password or database name does not.
 */
static int code_of(const char *sqlstate)
{
	static const char *const passing[] = {"08", "53", "57", "58"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(passing); i++)
		if (strncmp(sqlstate, passing[i], 2) == 0)
			return ERR_IO;
	return ERR_ENGINE;
}

static int line_length(const char *text)
{
	return (int)strcspn(text, "\n");
}

/* For results with an SQLSTATE; libpq's own have no fields, only a text. */
void pg_error_to_err(const PGresult *res, struct err *e)
{
	const char *sqlstate = sqlstate_of(res, SQLSTATE_CONNECTION);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	message = text_or(message,
	    text_or(PQresultErrorMessage(res), "the server gave no message"));
	err_set(e, code_of(sqlstate), sqlstate, "%.*s", line_length(message),
	    message);
}

void pg_error_of_conn(const PGconn *conn, struct err *e)
{
	const char *message = PQerrorMessage(conn);

	if (!*message)
		message = "the connection was lost";
	err_set(e, ERR_IO, SQLSTATE_CONNECTION, "%.*s", line_length(message),
	    message);
}

/*
 * In verbose messages the server's SQLSTATE stands in front of its text:
 * "FATAL:  28P01: password authentication failed". libpq has no call that
 * tells it. Returns where it begins within the line, or NULL.
 */
static const char *find_sqlstate(const char *line)
{
	const char *end = line + line_length(line);
	const char *p;
	int i;

	for (p = line; end - p >= 10; p++) {
		if (strncmp(p, ":  ", 3) != 0 || strncmp(p + 8, ": ", 2) != 0)
			continue;
		for (i = 3; i < 8; i++)
			if (!isdigit((unsigned char)p[i]) &&
			    !isupper((unsigned char)p[i]))
				break;
		if (i == 8)
			return p + 3;
	}
	return NULL;
}

/* What libpq's lines begin with where it tried to reach a server. */
#define TRIED "connection to "

/*
 * Each address that was tried has left a line, with more below it. The last
 * one in which a server speaks says most, else the last one.
 */
static const char *choose_line(const char *text)
{
	const char *chosen = text;
	const char *line = text;

	while ((line = strchr(line, '\n'))) {
		line++;
		if (strncmp(line, TRIED, strlen(TRIED)) != 0)
			continue;
		if (find_sqlstate(line) || !find_sqlstate(chosen))
			chosen = line;
	}
	return chosen;
}

void pg_error_of_connect(const PGconn *conn, struct err *e)
{
	const char *line = choose_line(PQerrorMessage(conn));
	const char *found = find_sqlstate(line);
	char sqlstate[6] = SQLSTATE_CANNOT_CONNECT;

	if (found) {
		memcpy(sqlstate, found, 5);
		err_set(e, code_of(sqlstate), sqlstate, "%.*s%.*s",
		    (int)(found - line), line, line_length(found + 7),
		    found + 7);
		return;
	}
	/* The server wants a password, and libpq has none. */
	if (PQconnectionNeedsPassword(conn))
		memcpy(sqlstate, "28P01", sizeof sqlstate);
	err_set(
	    e, code_of(sqlstate), sqlstate, "%.*s", line_length(line), line);
	/* A value that libpq refuses, before there was anything to reach. */
	if (strncmp(line, TRIED, strlen(TRIED)) != 0)
		e->code = ERR_INVALID;
}

bool pg_error_is_fatal(const PGresult *res)
{
	struct backend_error error;

	pg_error_fill(res, &error);
	return error.sqlstate && error.severity &&
	       (strcmp(error.severity, "FATAL") == 0 ||
	           strcmp(error.severity, "PANIC") == 0);
}

/*
 * While a statement runs, its sink is told. Else there is nobody to tell; but
 * libpq shows a FATAL error that comes to an idle connection as a notice, and
 * that is why the connection is about to be lost.
 */
void pg_error_on_notice(void *backend, const PGresult *res)
{
	struct backend *b = backend;
	struct backend_error notice;

	pg_error_fill(res, &notice);
	if (!notice.severity || !notice.message)
		return;
	if (pg_is_running(b))
		b->st.sink->on_notice(
		    b->st.ctx, notice.severity, notice.message);
	else if (b->phase != PG_CLOSING && pg_error_is_fatal(res))
		pg_error_to_err(res, &b->doom);
}
