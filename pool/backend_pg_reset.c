#include "pool/backend_pg.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Between two users of a connection: end what transaction is open, then run
 * what the config says, then, where the database is read-only, make sure that
 * it still is, whatever the config's query left alone. Any failure makes the
 * connection unusable.
 */

/* The query of a step, NULL where there is nothing to do, "" at the end. */
static const char *step_query(const struct backend *b, unsigned step)
{
	switch (step) {
	case 0:
		return PQtransactionStatus(b->conn) == PQTRANS_IDLE
		           ? NULL
		           : "ROLLBACK";
	case 1:
		return *b->reset.query ? b->reset.query : NULL;
	case 2:
		return b->engine->conf.read_only
		           ? "SET default_transaction_read_only = on"
		           : NULL;
	default:
		return "";
	}
}

static void end_reset(struct backend *b)
{
	free(b->reset.query);
	memset(&b->reset, 0, sizeof b->reset);
}

static void fail(struct backend *b, const PGresult *res)
{
	struct err e;

	if (res)
		pg_error_to_err(res, &e);
	else
		pg_error_of_conn(b->conn, &e);
	err_prefix(&e, "the session could not be reset");
	end_reset(b);
	pg_lose(b, &e);
}

static void succeed(struct backend *b)
{
	end_reset(b);
	if (PQtransactionStatus(b->conn) != PQTRANS_IDLE) {
		struct err e;

		err_set(&e, ERR_ENGINE, SQLSTATE_INTERNAL,
		    "reset_query left a transaction open");
		pg_lose(b, &e);
		return;
	}
	pg_move(b, PG_IDLE);
	b->link->on_ready(b->ctx);
}

static void send_next(struct backend *b)
{
	const char *query;

	do {
		query = step_query(b, b->reset.next++);
	} while (!query);
	if (!*query) {
		succeed(b);
		return;
	}
	/* The simple protocol: reset_query may hold several statements. */
	if (!PQsendQuery(b->conn, query)) {
		fail(b, NULL);
		return;
	}
	PQsetSingleRowMode(b->conn);
	b->reset.in_flight = true;
	pg_flush(b);
}

static bool is_harmless(const PGresult *res)
{
	switch (PQresultStatus(res)) {
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
	case PGRES_TUPLES_OK:
	case PGRES_SINGLE_TUPLE:
		return true;
	default: /* an error, or COPY */
		return false;
	}
}

static void take(struct backend *b, PGresult *res)
{
	if (!res)
		b->reset.in_flight = false;
	else if (!is_harmless(res))
		fail(b, res);
	PQclear(res);
}

void pg_reset_step(struct backend *b)
{
	while (b->phase == PG_RESETTING) {
		if (!b->reset.in_flight)
			send_next(b);
		else if (!PQisBusy(b->conn))
			take(b, PQgetResult(b->conn));
		else if (b->eof)
			fail(b, NULL);
		else
			return;
	}
}

int pg_reset_start(struct backend *b, const char *query, struct err *e)
{
	assert(b->phase == PG_IDLE);
	b->reset.query = strdup(query ? query : "");
	if (!b->reset.query)
		return err_nomem(e);
	pg_move(b, PG_RESETTING);
	pg_kick(b);
	return 0;
}
