#include "pool/backend_pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/units.h"

static void fail(struct backend *b, const struct err *e)
{
	pg_bound(b, 0);
	pg_move(b, PG_LOST);
	b->link->on_open(b->ctx, e);
}

static size_t count_options(const PQconninfoOption *options)
{
	size_t n = 0;

	while (options[n].keyword)
		n++;
	return n;
}

/* NULL when memory runs out; a conn that failed otherwise says so itself. */
static PGconn *start_conn(const struct backend *b)
{
	const PQconninfoOption *options = b->engine->options;
	size_t n = count_options(options);
	const char **keys = calloc(2 * (n + 1), sizeof *keys);
	const char **values = keys ? keys + n + 1 : NULL;
	PGconn *conn;
	size_t i;

	if (!keys)
		return NULL;
	for (i = 0; i < n; i++) {
		const char *found =
		    pg_lookup_get(b->lookup, options[i].keyword);

		keys[i] = options[i].keyword;
		values[i] = found ? found : options[i].val;
	}
	conn = PQconnectStartParams(keys, values, 0);
	free(keys);
	return conn;
}

void pg_connect_begin(struct backend *b)
{
	struct err e;

	if (pg_lookup_error(b->lookup)) {
		fail(b, pg_lookup_error(b->lookup));
		return;
	}
	b->conn = start_conn(b);
	pg_lookup_forget(b);
	if (!b->conn) {
		(void)err_nomem(&e);
		fail(b, &e);
		return;
	}
	if (PQstatus(b->conn) == CONNECTION_BAD) {
		pg_error_of_connect(b->conn, &e);
		fail(b, &e);
		return;
	}
	if (pg_socket_follow(b, &e)) {
		fail(b, &e);
		return;
	}
	PQsetNoticeReceiver(b->conn, pg_error_on_notice, b);
	PQsetErrorVerbosity(b->conn, PQERRORS_VERBOSE); /* for the SQLSTATE */
	pg_move(b, PG_CONNECTING);
	b->connect_wants = EV_WRITE;
}

static void opened(struct backend *b)
{
	struct err e;

	if (PQsetnonblocking(b->conn, 1) != 0) {
		pg_error_of_conn(b->conn, &e);
		fail(b, &e);
		return;
	}
	pg_bound(b, 0);
	pg_move(b, PG_IDLE);
	b->link->on_open(b->ctx, NULL);
}

void pg_connect_poll(struct backend *b)
{
	PostgresPollingStatusType status;
	struct err e;

	status = PQconnectPoll(b->conn);
	if (status == PGRES_POLLING_FAILED) {
		pg_error_of_connect(b->conn, &e);
		fail(b, &e);
	} else if (pg_socket_follow(b, &e)) {
		fail(b, &e);
	} else if (status == PGRES_POLLING_OK) {
		opened(b);
	} else {
		b->connect_wants =
		    status == PGRES_POLLING_WRITING ? EV_WRITE : EV_READ;
	}
}

void pg_connect_timeout(struct backend *b)
{
	char text[UNITS_TEXT_SIZE];
	struct err e;

	units_format_duration(b->engine->conf.connect_timeout_us, text);
	err_set(&e, ERR_TIMEOUT, SQLSTATE_CANNOT_CONNECT, "%s within %s",
	    b->phase == PG_RESOLVING ? "the host's name was not resolved"
	                             : "the server did not answer",
	    text);
	fail(b, &e);
}
