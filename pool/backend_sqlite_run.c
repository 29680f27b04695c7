/*
 * One statement, on the thread: b->request to b->outcome, with columns and
 * rows posted on the way.
 *
 *     refuse? ─► prepare ─► bind ─► write lock? ─► step … step ─► conclude
 *
 * A statement that is told to stop between two rows must not just be left:
 * finalizing it half-way would commit what an INSERT … RETURNING has written.
 * It is interrupted and stepped once more, so that SQLite rolls it back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pool/backend_sqlite.h"
#include "pool/backend_sqlite_text.h"

struct run {
	struct backend *b;
	sqlite3_stmt *stmt;
	enum sqlite_verb verb;
	char tag[SQLITE_TAG_SIZE];
	bool was_open; /* a transaction, before it */
	int64_t rows;
};

static bool no_memory(struct run *r)
{
	struct sqlite_outcome *o = &r->b->outcome;

	o->verdict = BACKEND_ERROR;
	o->from_server = false;
	err_nomem(&o->error);
	return false;
}

void sqlite_post_chunk(struct backend *b)
{
	chan_post(&b->chan, b->chunk);
	b->chunk = NULL;
	b->chunk_us = clock_now_us();
}

/*
 * SQLite ends a transaction by itself when the disk is full, when a write in
 * it is interrupted, and for OR ROLLBACK. What follows must not run as if
 * nothing had happened, each statement committed on its own.
 */
static bool refuse_in_lost_tx(struct run *r)
{
	struct backend *b = r->b;

	if (!b->tx_lost)
		return false;
	if (r->verb == SQLITE_VERB_ROLLBACK || r->verb == SQLITE_VERB_COMMIT)
		b->tx_lost = false;
	if (r->verb == SQLITE_VERB_ROLLBACK) {
		b->outcome.verdict = BACKEND_OK; /* it is done already */
		strcpy(b->outcome.tag, r->tag);
		return true;
	}
	sqlite_outcome_refuse(&b->outcome, SQLSTATE_IN_FAILED_TX,
	    "the transaction was rolled back by SQLite");
	if (b->tx_lost)
		b->outcome.hint = "End it with ROLLBACK.";
	return true;
}

/* What needs no parser to be refused, or has nothing to parse. */
static bool settle_early(struct run *r)
{
	struct sqlite_outcome *o = &r->b->outcome;

	if (refuse_in_lost_tx(r))
		return true;
	if (r->verb == SQLITE_VERB_NONE) {
		o->verdict = BACKEND_OK;
		return true;
	}
	if (r->verb == SQLITE_VERB_COPY) {
		sqlite_outcome_refuse(
		    o, SQLSTATE_UNSUPPORTED, "SQLite has no COPY");
		o->hint = "Use INSERT with many rows in one VALUES list.";
		return true;
	}
	return false;
}

static bool prepare(struct run *r)
{
	struct backend *b = r->b;
	const char *tail;
	int rc;

	b->denied[0] = '\0';
	rc = sqlite3_prepare_v2(b->db, b->request.begin, -1, &r->stmt, &tail);
	if (rc) {
		sqlite_outcome_fail(b, rc);
		return false;
	}
	if (*sqlite_text_skip(tail)) {
		sqlite_outcome_refuse(&b->outcome, SQLSTATE_SYNTAX,
		    "more than one statement where one is expected");
		return false;
	}
	return true;
}

/* What may write takes its turn; a transaction keeps it until its end. */
static bool take_turn(struct run *r)
{
	struct backend *b = r->b;

	if (b->engine->conf.read_only || sqlite3_stmt_readonly(r->stmt) ||
	    sqlite3_stmt_isexplain(r->stmt))
		return true;
	if (sqlite_lock_take(&b->engine->write_lock, &b->claim, &b->chan.stop))
		return true;
	sqlite_outcome_fail(b, SQLITE_INTERRUPT);
	return false;
}

static bool post_columns(struct run *r, bool has_row)
{
	struct chan_msg *m = sqlite_columns_new(r->b, r->stmt, has_row);

	if (!m)
		return false;
	chan_post(&r->b->chan, m);
	return true;
}

static bool gather_row(struct run *r)
{
	struct backend *b = r->b;

	if (!b->chunk) {
		b->chunk = chan_msg_new(CHAN_ROWS);
		if (!b->chunk)
			return false;
		buf_reserve(&b->chunk->rows, CHAN_CHUNK_BYTES);
	}
	if (!sqlite_row_encode(&b->chunk->rows, r->stmt))
		return false;
	/* When told to stop, the rows stay here and the next step fails. */
	if (b->chunk->rows.len >= CHAN_CHUNK_BYTES && chan_wait_room(&b->chan))
		sqlite_post_chunk(b);
	return true;
}

/* What one step gave; false when memory ran out. */
static bool take_step(struct run *r, int rc)
{
	bool first = r->rows == 0;

	if (rc == SQLITE_ROW)
		r->rows++;
	if (first && sqlite3_column_count(r->stmt) > 0 &&
	    !post_columns(r, rc == SQLITE_ROW))
		return false;
	if (rc == SQLITE_ROW && r->b->request.want_rows)
		return gather_row(r);
	return true;
}

static int step(struct run *r)
{
	struct backend *b = r->b;
	int rc;

	if (chan_is_stopped(&b->chan)) {
		if (!sqlite3_stmt_busy(r->stmt))
			return SQLITE_INTERRUPT; /* not begun */
		sqlite3_interrupt(b->db);
	}
	b->executing = true;
	rc = sqlite3_step(r->stmt);
	b->executing = false;
	return rc;
}

static void step_all(struct run *r)
{
	bool memory = true;
	int rc;

	do {
		if (!memory)
			sqlite3_interrupt(r->b->db);
		rc = step(r);
		if (memory && (rc == SQLITE_ROW || rc == SQLITE_DONE))
			memory = take_step(r, rc);
	} while (rc == SQLITE_ROW);
	if (!memory)
		no_memory(r);
	else if (rc != SQLITE_DONE)
		sqlite_outcome_fail(r->b, rc);
	else
		r->b->outcome.verdict = BACKEND_OK;
}

static void count_and_tag(struct run *r)
{
	struct sqlite_outcome *o = &r->b->outcome;
	bool has_rows = sqlite3_column_count(r->stmt) > 0;

	if (has_rows)
		o->count = r->rows;
	else if (r->verb == SQLITE_VERB_CHANGE)
		o->count = sqlite3_changes64(r->b->db);
	if (r->verb == SQLITE_VERB_CHANGE || r->verb == SQLITE_VERB_SELECT)
		snprintf(o->tag, sizeof o->tag, "%s %lld", r->tag,
		    (long long)o->count);
	else
		strcpy(o->tag, r->tag);
}

/* How the transaction stands now, and whether the write lock goes on. */
static void settle_tx(struct run *r)
{
	struct backend *b = r->b;
	struct sqlite_outcome *o = &b->outcome;
	bool open = !sqlite3_get_autocommit(b->db);

	if (r->was_open && !open && o->verdict != BACKEND_OK) {
		o->detail = "SQLite rolled back the whole transaction.";
		b->tx_lost = r->verb != SQLITE_VERB_COMMIT &&
		             r->verb != SQLITE_VERB_ROLLBACK;
	}
	o->tx = b->tx_lost ? BACKEND_TX_FAILED
	        : open     ? BACKEND_TX_OPEN
	                   : BACKEND_TX_NONE;
	if (sqlite3_txn_state(b->db, "main") != SQLITE_TXN_WRITE)
		sqlite_lock_give(&b->engine->write_lock, &b->claim);
}

static void conclude(struct run *r)
{
	struct backend *b = r->b;

	if (b->outcome.verdict == BACKEND_OK && r->stmt)
		count_and_tag(r);
	sqlite3_finalize(r->stmt);
	settle_tx(r);
	if (b->chunk && b->chunk->rows.len)
		sqlite_post_chunk(b);
	chan_msg_free(&b->chan, &b->chunk);
}

void sqlite_run(struct backend *b)
{
	struct run r = {.b = b, .was_open = !sqlite3_get_autocommit(b->db)};

	b->outcome = (struct sqlite_outcome){.count = -1};
	b->chunk_us = clock_now_us();
	b->request.begin = sqlite_text_skip(b->request.sql);
	r.verb = sqlite_text_verb(b->request.begin, r.tag);
	if (!settle_early(&r) && prepare(&r) && sqlite_params_bind(b, r.stmt) &&
	    take_turn(&r))
		step_all(&r);
	conclude(&r);
}
