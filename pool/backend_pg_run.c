#include "pool/backend_pg.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A statement's way: sent whole by PQsendQueryParams (so it is one statement
 * for sure), then its results one row, or a few, at a time, until libpq says
 * NULL. That alone ends it: only then is the connection at rest.
 */

/*
 * Rows that are only counted libpq 17 may gather, so many to a result. More
 * would save little and hold that many more wide rows in memory.
 */
#define CHUNK_ROWS 16

/* A cancel may outlast its statement by so much. */
#define SETTLE_SECONDS 10.

/*
 * Rows that somebody waits for come one by one: a chunk would hold back those
 * that are there until it is full.
 */
static void limit_rows(PGconn *conn, bool want_rows)
{
#ifdef LIBPQ_HAS_CHUNK_MODE
	if (!want_rows && PQsetChunkedRowsMode(conn, CHUNK_ROWS))
		return;
#endif
	(void)want_rows;
	PQsetSingleRowMode(conn);
}

/* Did the server go away while the connection was idle? Costs one recv(). */
static bool is_gone(struct backend *b)
{
	if (!b->eof && !PQconsumeInput(b->conn))
		b->eof = true;
	(void)PQisBusy(b->conn); /* looks at what came */
	return b->eof || b->doom.code;
}

/* Nothing was sent, or not enough of it to run: the server skips to Sync. */
static int cannot_start(struct backend *b, struct err *e)
{
	if (!b->doom.code)
		pg_error_of_conn(b->conn, &b->doom);
	if (e)
		*e = b->doom;
	pg_kick(b); /* tells on_lost */
	return b->doom.code;
}

/*
 * COPY … FROM STDIN goes by the simple protocol. By the extended one libpq
 * sends a Sync behind the statement and another behind the data. A server
 * that fails the COPY before it has read the first answers both, and the
 * second answer would be taken for the next statement's.
 */
static bool is_plain_copy_in(const struct backend_request *request)
{
	return request->copy_in && request->n_params == 0 &&
	       !strchr(request->sql, ';');
}

static int send_statement(
    struct backend *b, const struct backend_request *request)
{
	/* A text that might be two is left to the protocol that takes one. */
	if (is_plain_copy_in(request))
		return PQsendQuery(b->conn, request->sql);
	return PQsendQueryParams(b->conn, request->sql, (int)request->n_params,
	    NULL, request->params, NULL, NULL, 0);
}

int pg_run_start(struct backend *b, const struct backend_request *request,
    const struct statement_sink *sink, void *ctx, struct err *e)
{
	assert(b->phase == PG_IDLE);
	if (request->n_params > PQ_QUERY_PARAM_MAX_LIMIT)
		return err_set(e, ERR_LIMIT, SQLSTATE_LIMIT,
		    "a statement can have %d parameters at most",
		    PQ_QUERY_PARAM_MAX_LIMIT);
	if (is_gone(b))
		return cannot_start(b, e);
	if (!send_statement(b, request))
		return cannot_start(b, e);
	limit_rows(b->conn, request->want_rows);
	pg_move(b, PG_RUNNING);
	b->paused = false;
	b->st.sink = sink;
	b->st.ctx = ctx;
	b->st.want_rows = request->want_rows;
	b->st.count = -1;
	b->st.extended = !is_plain_copy_in(request);
	pg_flush(b);
	if (b->eof)
		pg_kick(b);
	pg_watch(b);
	return 0;
}

void pg_run_release(struct pg_statement *st)
{
	PQclear(st->rows);
	PQclear(st->error);
	free(st->columns.rules);
	free(st->columns.values);
	buf_release(&st->copy);
	memset(st, 0, sizeof *st);
}

/*
 * Tells on_done. The statement is taken out of B first, so that nothing of it
 * is left behind whatever the callback does.
 */
static void tell_done(struct backend *b, enum backend_verdict verdict,
    const struct backend_error *error)
{
	struct pg_statement st = b->st;
	struct backend_done done = {
	    .verdict = verdict,
	    .tag = verdict == BACKEND_OK ? st.tag : NULL,
	    .count = verdict == BACKEND_OK ? st.count : -1,
	    .error = error,
	};

	memset(&b->st, 0, sizeof b->st);
	b->paused = false;
	st.sink->on_done(st.ctx, &done);
	pg_run_release(&st);
}

/* WHY is what to say where the server said nothing. */
void pg_run_lost(struct backend *b, const struct err *why)
{
	struct backend_error error;

	if (b->st.error && PQresultErrorField(b->st.error, PG_DIAG_SQLSTATE))
		pg_error_fill(b->st.error, &error);
	else
		pg_error_own(why, &error);
	tell_done(b, BACKEND_UNKNOWN, &error);
}

static enum backend_verdict verdict_of(
    const struct pg_statement *st, const struct backend_error *error)
{
	if (st->cancel_asked && strcmp(error->sqlstate, SQLSTATE_CANCELED) == 0)
		return BACKEND_CANCELLED;
	return BACKEND_ERROR;
}

/*
 * What we count on: texts and results are UTF-8, and a backslash in a plain
 * string is one, as the splitter of scripts takes it. RESET goes back there.
 */
static bool speaks_otherwise(struct backend *b)
{
	static const struct err changed = {
	    .code = ERR_IO,
	    .sqlstate = SQLSTATE_UNSUPPORTED,
	    .message = "a statement changed client_encoding or "
	               "standard_conforming_strings, which Fanout needs at "
	               "UTF8 and on: the connection is closed",
	};
	const char *encoding = PQparameterStatus(b->conn, "client_encoding");
	const char *strings =
	    PQparameterStatus(b->conn, "standard_conforming_strings");

	if ((!encoding || strcmp(encoding, "UTF8") == 0) &&
	    (!strings || strcmp(strings, "on") == 0))
		return false;
	pg_lose(b, &changed);
	return true;
}

/* Back to IDLE, unless a cancel could still hit what comes next. */
void pg_run_settle(struct backend *b)
{
	if (b->eof || PQstatus(b->conn) != CONNECTION_OK) {
		pg_lose(b, NULL);
		return;
	}
	if (speaks_otherwise(b))
		return;
	if (pg_cancel_is_under_way(b)) {
		pg_bound(b, SETTLE_SECONDS);
		return;
	}
	pg_cancel_forget(b);
	pg_bound(b, 0);
	pg_move(b, PG_IDLE);
	b->link->on_ready(b->ctx);
}

/*
 * libpq has told everything about the statement, so the server was ready for
 * another: its verdict stands, even if the connection has ended by now.
 */
static void finish(struct backend *b)
{
	/* See send_statement(): a COPY that nobody saw coming, and failed. */
	bool out_of_step =
	    b->st.extended && b->st.copied_in && b->st.error != NULL;
	struct backend_error error;

	if (b->st.unclear) {
		pg_lose(b, NULL);
		return;
	}
	pg_move(b, PG_SETTLING);
	pg_bound(b, 0);
	if (b->st.error) {
		pg_error_fill(b->st.error, &error);
		tell_done(b, verdict_of(&b->st, &error), &error);
	} else {
		tell_done(b, BACKEND_OK, NULL);
	}
	if (b->phase != PG_SETTLING)
		return;
	if (out_of_step)
		pg_lose(b, NULL);
	else
		pg_run_settle(b);
}

/* PQisBusy() and PQgetResult() tell notices, so the phase may change there. */
void pg_run_step(struct backend *b)
{
	PGresult *res;
	bool busy;

	while (b->phase == PG_RUNNING && !b->paused) {
		if (b->st.rows) {
			pg_result_tell_rows(b);
			continue;
		}
		busy = PQisBusy(b->conn);
		if (b->phase != PG_RUNNING || b->paused)
			return;
		if (busy) {
			if (b->eof)
				pg_lose(b, NULL);
			return;
		}
		res = PQgetResult(b->conn);
		if (res)
			pg_result_take(b, res);
		else
			finish(b);
	}
}

void pg_run_tell_flush(struct backend *b)
{
	if (!b->st.unflushed || b->paused)
		return;
	b->st.unflushed = false;
	b->st.sink->on_flush(b->st.ctx);
}
