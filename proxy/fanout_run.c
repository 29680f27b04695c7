/*
 * One unit on one connection: its statements one after another, each verdict
 * told as it comes, the transaction ended whatever happens.
 *
 *                  ┌──────────── ready ─────────────┐
 *                  ▼                                │
 *     BEGIN ──► next statement ──► start ──► … ──► done
 *   (implicit)     │ none left                      └─ lost ─► rest, discard
 *                  ▼
 *            COMMIT / ROLLBACK ──► give the connection back
 *
 * BEGIN and COMMIT are sent by the proxy only for `transaction: true`;
 * ROLLBACK also for a block that the script left open. With `transaction:
 * true` the last statement's verdict waits for the COMMIT's, so that no
 * verdict is ok before the whole is.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/timer.h"
#include "base/units.h"
#include "proxy/fanout_private.h"

/* How long the engine may take to confirm a cancel or a ROLLBACK. */
#define GRACE_US (5 * US_PER_S)
#define MAX_ATTEMPTS 3

enum run_phase { RUN_BEGIN, RUN_STMT, RUN_COMMIT, RUN_ROLLBACK };

struct run {
	struct fanout *f;
	struct unit *u;
	const struct plan_unit *plan;
	struct conn *conn;
	enum run_phase phase;
	unsigned stmt; /* the one that runs or ran last */
	unsigned next; /* those before it have their verdict */
	bool in_stmt; /* RUN_STMT, and its verdict is still to come */
	bool answered; /* the sink has heard something of this statement */
	bool rerun; /* it was lost, and may be run once more */
	bool sent; /* something of this unit was handed over */
	bool block_lost; /* its BEGIN did not run, so nothing of it may */
	bool block_failed; /* a statement of the open block has failed */
	bool tx_failed; /* with an implicit transaction: roll back */
	bool paused; /* its reader does not keep up */
	bool dropping; /* … and it was cancelled: rows go nowhere */
	bool dropped; /* some did */
	bool cancelling; /* rows are of no interest any more */
	bool timed_out; /* cancelled by a deadline: `why` says which */
	struct err why;
	struct ev_timer timer;
	/* The last statement's verdict, until COMMIT is answered. */
	bool holding;
	bool committing; /* COMMIT was handed over */
	char held_tag[64];
	int64_t held_count;
};

static void run_next(struct run *r);

bool run_is_at(const struct run *r, unsigned stmt)
{
	return (r->in_stmt || r->phase == RUN_COMMIT) && r->stmt == stmt;
}

bool run_answers(const struct run *r, unsigned stmt)
{
	return r->in_stmt && r->stmt == stmt;
}

struct conn *run_conn(struct run *r)
{
	return r->conn;
}

void run_pause(struct run *r, bool paused)
{
	if (r->f->abandoned)
		paused = false;
	/* A cancel can only be answered by a connection that is read. */
	if (paused && r->cancelling)
		r->dropping = true;
	r->paused = paused;
	conn_pause(r->conn, paused && !r->cancelling);
}

static void set_timer(struct run *r, int64_t in_us)
{
	timer_start_if(r->f->turn->loop, &r->timer, in_us);
}

void run_cancel(struct run *r, const struct err *why, bool timed_out)
{
	bool runs =
	    r->in_stmt || r->phase == RUN_BEGIN || r->phase == RUN_COMMIT;

	if (r->cancelling || !runs)
		return;
	r->cancelling = true;
	r->dropping = r->paused;
	r->timed_out = timed_out;
	r->why = *why;
	conn_pause(r->conn, false);
	conn_cancel(r->conn);
	set_timer(r, GRACE_US);
}

/* The statement's own bound and the config's: the nearer one. */
static int64_t stmt_limit_us(const struct run *r)
{
	int64_t own = batch_stmt_at(r->f->batch, r->stmt)->timeout_us;
	int64_t all = r->f->db->conf->query_timeout;

	return own && (!all || own <= all) ? own : all;
}

static void say_timeout(const struct run *r, struct err *why)
{
	int64_t own = batch_stmt_at(r->f->batch, r->stmt)->timeout_us;
	char limit[UNITS_TEXT_SIZE];

	if (own && own == stmt_limit_us(r)) {
		err_set(why, ERR_TIMEOUT, SQLSTATE_CANCELED,
		    "ran longer than its timeout_ms of %" PRId64,
		    own / US_PER_MS);
		return;
	}
	units_format_duration(r->f->db->conf->query_timeout, limit);
	err_set(why, ERR_TIMEOUT, SQLSTATE_CANCELED,
	    "ran longer than query_timeout = %s of database \"%s\"", limit,
	    r->f->db->conf->name);
}

/* Everything of the unit that still waits gets STATUS. */
static void end_rest(
    struct run *r, enum stmt_status status, const struct err *why)
{
	const struct plan_unit *p = r->plan;

	for (unsigned i = p->first; i < p->first + p->count; i++)
		if (r->f->stmts[i].state == STMT_WAITING)
			fanout_stmt_end(r->f, i, status, why, 0);
}

static void note_tx(struct run *r, enum tx_outcome outcome)
{
	struct fanout_end *end = &r->f->end;

	/* The first word stands, whatever becomes of the connection. */
	if (r->f->batch->transaction && end->transaction == TX_NONE)
		end->transaction = outcome;
}

/* What was in flight when the connection went; the rest was never sent. */
static void end_in_flight(struct run *r, const struct err *why)
{
	struct err rolled_back;

	if (r->holding && !r->committing) {
		err_set(&rolled_back, ERR_IO, SQLSTATE_CONNECTION,
		    "the connection was lost before COMMIT, so the "
		    "transaction is rolled back");
		fanout_stmt_end(
		    r->f, r->stmt, STATUS_ERROR, &rolled_back, r->conn->number);
	} else if (r->in_stmt || r->holding) {
		fanout_stmt_end(
		    r->f, r->stmt, STATUS_UNKNOWN, why, r->conn->number);
	}
	r->in_stmt = r->holding = false;
}

/* The connection is of no more use. */
static void give_up(struct run *r, const struct err *why)
{
	struct unit *u = r->u;
	struct err rest;

	pool_discard(r->conn);
	set_timer(r, 0);
	end_in_flight(r, why);
	note_tx(r, r->committing ? TX_UNKNOWN : TX_ROLLED_BACK);
	err_set(&rest, ERR_IO, SQLSTATE_CONNECTION,
	    "not sent: the connection that its unit ran on was lost");
	end_rest(r, STATUS_NOT_SENT, r->sent ? &rest : why);
	fanout_unit_ended(u);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct run *r = container_of(w, struct run, timer);
	struct err why;

	(void)loop;
	(void)revents;
	if (!r->cancelling && r->phase != RUN_ROLLBACK) {
		say_timeout(r, &why);
		run_cancel(r, &why, true);
		return;
	}
	err_set(&why, ERR_TIMEOUT, SQLSTATE_CONNECTION,
	    "the database did not confirm the cancel within 5 s, so its "
	    "outcome is not known%s%s",
	    r->timed_out ? "; cancelled because it " : "",
	    r->timed_out ? r->why.message : "");
	give_up(r, &why);
}

/*
 * Does anybody take what the statement answers? While a cancel is under way
 * it is told as long as its reader keeps up, since the statement may yet end
 * well; what is told to nobody is remembered for its verdict.
 */
static bool is_heard(struct run *r)
{
	r->answered = true;
	if (!r->in_stmt || r->f->abandoned)
		return false;
	r->dropped |= r->dropping;
	return !r->dropping;
}

static void on_columns(
    void *ctx, const struct backend_column *columns, unsigned n)
{
	struct run *r = ctx;

	if (is_heard(r))
		r->f->sink->on_columns(r->f->ctx, r->stmt, columns, n);
}

static void on_row(void *ctx, const struct backend_value *values, unsigned n)
{
	struct run *r = ctx;

	if (is_heard(r))
		r->f->sink->on_row(r->f->ctx, r->stmt, values, n);
}

static void on_flush(void *ctx)
{
	struct run *r = ctx;

	if (r->in_stmt && !r->f->abandoned)
		r->f->sink->on_flush(r->f->ctx, r->stmt);
}

static void on_copy_out(void *ctx, const char *data, size_t len)
{
	struct run *r = ctx;

	if (is_heard(r))
		r->f->sink->on_copy_out(r->f->ctx, r->stmt, data, len);
}

static void on_copy_in(void *ctx)
{
	struct run *r = ctx;
	struct copy_feed *feed = feed_of(r->f, r->stmt);

	if (!feed) {
		conn_copy_end(r->conn, "the proxy is out of memory");
		return;
	}
	feed->taking = true;
	feed_pump(r->f, feed, r->conn);
}

static void on_notice(void *ctx, const char *severity, const char *message)
{
	struct run *r = ctx;

	r->answered = true;
	if ((r->in_stmt || r->holding) && !r->f->abandoned)
		r->f->sink->on_notice(r->f->ctx, r->stmt, severity, message);
}

static enum stmt_status status_of(enum backend_verdict verdict)
{
	switch (verdict) {
	case BACKEND_OK:
		return STATUS_OK;
	case BACKEND_ERROR:
		return STATUS_ERROR;
	case BACKEND_CANCELLED:
		return STATUS_CANCELLED;
	case BACKEND_NOT_SENT:
		return STATUS_NOT_SENT;
	case BACKEND_UNKNOWN:
		break;
	}
	return STATUS_UNKNOWN;
}

/* COMMIT of a failed block: the server rolls back and calls it a success. */
static bool rolled_back_instead(
    const struct run *r, const struct backend_done *done)
{
	return r->f->plan->stmts[r->stmt].kind == STMT_COMMIT && done->tag &&
	       strcmp(done->tag, "ROLLBACK") == 0;
}

static void tell_verdict(struct run *r, const struct backend_done *done)
{
	struct fanout_done verdict = {
	    .status = status_of(done->verdict),
	    .tag = done->tag,
	    .count = done->count,
	    .error = done->error,
	    .conn = r->conn->number,
	};
	struct backend_error error;
	struct err failed;

	if (done->verdict == BACKEND_OK && r->dropped) {
		err_set(&failed, ERR_CANCELLED, SQLSTATE_CANCELED,
		    "the statement had succeeded when the cancel reached it, "
		    "but not all of its rows were delivered");
		error = proxy_error(&failed);
		verdict.status = STATUS_UNKNOWN;
		verdict.error = &error;
		verdict.tag = NULL;
		verdict.count = -1;
	} else if (done->verdict == BACKEND_CANCELLED && r->timed_out) {
		error = proxy_error(&r->why);
		error.detail = done->error ? done->error->message : NULL;
		verdict.error = &error;
	} else if (rolled_back_instead(r, done)) {
		err_set(&failed, ERR_ENGINE, SQLSTATE_IN_FAILED_TX,
		    "the transaction was rolled back instead, because a "
		    "statement in it had failed");
		error = proxy_error(&failed);
		verdict.status = STATUS_ERROR;
		verdict.error = &error;
		verdict.tag = NULL;
	}
	fanout_stmt_done(r->f, r->stmt, &verdict);
}

static bool is_last(const struct run *r)
{
	return r->stmt + 1 == r->plan->first + r->plan->count;
}

/*
 * The one case in which a statement is run twice: the caller said that it may
 * be, its connection was lost, nobody has heard anything of its answer, and
 * no transaction was open.
 */
static bool may_rerun(const struct run *r, const struct backend_done *done)
{
	const struct fanout *f = r->f;

	return done->verdict == BACKEND_UNKNOWN && !r->answered &&
	       batch_stmt_at(f->batch, r->stmt)->idempotent &&
	       r->plan->count == 1 && !f->batch->transaction &&
	       !f->plan->stmts[r->stmt].copy_in && !r->u->rerun &&
	       !r->cancelling && !f->stop.set;
}

static void stmt_done(struct run *r, const struct backend_done *done)
{
	r->in_stmt = false;
	if (may_rerun(r, done)) {
		r->rerun = r->u->rerun = true;
		fanout_stmt_lost(r->f, r->stmt);
		return;
	}
	if (r->f->batch->transaction && done->verdict == BACKEND_OK &&
	    is_last(r) && !r->tx_failed) {
		r->holding = true;
		r->held_count = done->count;
		snprintf(r->held_tag, sizeof r->held_tag, "%s",
		    done->tag ? done->tag : "");
		return;
	}
	if (done->verdict != BACKEND_OK)
		r->tx_failed = true;
	tell_verdict(r, done);
	r->timed_out = false;
}

static void begin_done(struct run *r, const struct backend_done *done)
{
	struct err why;

	/* Lost: on_lost follows, and finds that nothing was sent. */
	if (done->verdict == BACKEND_OK || done->verdict == BACKEND_UNKNOWN ||
	    done->verdict == BACKEND_NOT_SENT)
		return;
	r->tx_failed = true;
	note_tx(r, TX_ROLLED_BACK);
	err_set(&why, ERR_ENGINE,
	    done->error && done->error->sqlstate ? done->error->sqlstate
	                                         : SQLSTATE_CONNECTION,
	    "the transaction could not be begun: %s",
	    done->error ? done->error->message : "no reason was given");
	end_rest(r, STATUS_NOT_SENT, &why);
}

static void commit_done(struct run *r, const struct backend_done *done)
{
	struct backend_done verdict = *done;

	r->holding = false;
	if (done->verdict == BACKEND_OK) {
		verdict.tag = r->held_tag[0] ? r->held_tag : NULL;
		verdict.count = r->held_count;
		note_tx(r, TX_COMMITTED);
	} else {
		verdict.count = -1;
		note_tx(r, done->verdict == BACKEND_UNKNOWN ? TX_UNKNOWN
		                                            : TX_ROLLED_BACK);
	}
	tell_verdict(r, &verdict);
}

static void on_done(void *ctx, const struct backend_done *done)
{
	struct run *r = ctx;

	set_timer(r, 0);
	switch (r->phase) {
	case RUN_BEGIN:
		begin_done(r, done);
		break;
	case RUN_STMT:
		stmt_done(r, done);
		break;
	case RUN_COMMIT:
		commit_done(r, done);
		break;
	case RUN_ROLLBACK:
		note_tx(r, TX_ROLLED_BACK);
		break;
	}
	r->cancelling = false;
}

static const struct statement_sink run_sink = {
    .on_columns = on_columns,
    .on_row = on_row,
    .on_flush = on_flush,
    .on_copy_out = on_copy_out,
    .on_copy_in = on_copy_in,
    .on_notice = on_notice,
    .on_done = on_done,
};

/* Is the block that the connection is in now past saving? */
static void note_block(struct run *r)
{
	enum backend_tx tx = conn_tx(r->conn);
	enum stmt_kind kind = r->f->plan->stmts[r->stmt].kind;

	if (r->phase != RUN_STMT)
		return;
	if (tx == BACKEND_TX_NONE)
		r->block_failed = false;
	else if (tx == BACKEND_TX_FAILED)
		r->block_failed = true;
	else if (kind == STMT_COMMIT || kind == STMT_ROLLBACK)
		r->block_failed = false; /* AND CHAIN: this is a new one */
	else if (r->f->stmts[r->stmt].status != STATUS_OK)
		r->block_failed = true;
	else if (kind == STMT_ROLLBACK_TO)
		r->block_failed = false;
}

static void on_ready(void *ctx)
{
	struct run *r = ctx;

	note_block(r);
	run_next(r);
}

/* on_done came before, so only what was not sent yet is left. */
static void on_lost(void *ctx, const struct err *error)
{
	struct run *r = ctx;
	struct unit *u = r->u;

	if (r->rerun && !r->f->stop.set) {
		pool_discard(r->conn);
		fanout_unit_requeue(u);
		return;
	}
	if (!r->sent && u->attempts < MAX_ATTEMPTS && !r->f->stop.set) {
		pool_discard(r->conn);
		fanout_unit_requeue(u);
		return;
	}
	give_up(r, error);
}

static const struct conn_user run_user = {
    .on_ready = on_ready,
    .on_lost = on_lost,
};

/* A statement of the proxy's own. */
static bool run_own(struct run *r, enum run_phase phase, const char *sql)
{
	const struct backend_request request = {.sql = sql, .writes = true};
	struct err e;

	r->phase = phase;
	if (conn_start(r->conn, &request, &run_sink, r, &e) == 0) {
		r->committing = phase == RUN_COMMIT;
		set_timer(r, phase == RUN_ROLLBACK
		                 ? GRACE_US
		                 : r->f->db->conf->query_timeout);
		return true;
	}
	on_lost(r, &e);
	return false;
}

/*
 * Can the session differ from what it was? What writes may do so by way of
 * triggers, rules and defaults that no text shows; SQLite has no way to.
 */
static bool may_have_touched(const struct run *r)
{
	return r->plan->leaves_session ||
	       (!r->plan->reads_only &&
	           database_dialect(r->f->db) == DIALECT_POSTGRES);
}

/* Everything is said: the transaction ends, the connection goes back. */
static void run_end(struct run *r)
{
	struct unit *u = r->u;
	bool touched = r->sent && may_have_touched(r);

	if (r->holding) {
		run_own(r, RUN_COMMIT, "COMMIT");
		return;
	}
	if (r->phase != RUN_ROLLBACK && conn_tx(r->conn) != BACKEND_TX_NONE) {
		run_own(r, RUN_ROLLBACK, "ROLLBACK");
		return;
	}
	pool_return(r->conn, touched);
	fanout_unit_ended(u);
}

/*
 * A failed block runs nothing but what ends or heals it. PostgreSQL would
 * refuse the rest by itself; SQLite would go on and commit half of it.
 */
static bool barred_by_tx(const struct run *r, unsigned i, struct err *why)
{
	enum stmt_kind kind = r->f->plan->stmts[i].kind;

	if (r->f->batch->transaction && r->tx_failed) {
		err_set(why, ERR_CANCELLED, SQLSTATE_IN_FAILED_TX,
		    "not run: the batch's transaction has failed");
		return true;
	}
	if (r->block_lost) {
		err_set(why, ERR_CANCELLED, SQLSTATE_IN_FAILED_TX,
		    "not run: its transaction was never begun");
		return true;
	}
	if (!r->block_failed || kind == STMT_COMMIT || kind == STMT_ROLLBACK ||
	    kind == STMT_ROLLBACK_TO)
		return false;
	err_set(why, ERR_CANCELLED, SQLSTATE_IN_FAILED_TX,
	    "not run: its transaction has failed");
	return true;
}

static void tell_if_unclosed(struct run *r)
{
	if (r->plan->unclosed && !r->f->abandoned &&
	    r->f->plan->stmts[r->stmt].kind == STMT_BEGIN)
		r->f->sink->on_notice(r->f->ctx, r->stmt, "WARNING",
		    "this transaction has no end in the batch: it is rolled "
		    "back when the batch ends");
}

static void start_stmt(struct run *r, unsigned i)
{
	const struct batch_stmt *ask = batch_stmt_at(r->f->batch, i);
	const struct plan_stmt *s = &r->f->plan->stmts[i];
	struct backend_request request = {
	    .sql = s->sql,
	    .params = ask->params,
	    .n_params = ask->n_params,
	    .want_rows = ask->want_rows,
	    .copy_in = s->copy_in,
	    .writes = s->kind != STMT_READ,
	};
	struct err e;

	/* What a failed block's COMMIT comes to, on either engine. */
	if (s->kind == STMT_COMMIT && r->block_failed)
		request.sql =
		    s->keeps_block ? "ROLLBACK AND CHAIN" : "ROLLBACK";
	r->phase = RUN_STMT;
	r->stmt = i;
	if (conn_start(r->conn, &request, &run_sink, r, &e)) {
		on_lost(r, &e);
		return;
	}
	r->in_stmt = true;
	r->answered = r->paused = r->dropping = r->dropped = false;
	r->sent = true;
	fanout_stmt_started(r->f, i, r->conn->number);
	tell_if_unclosed(r);
	set_timer(r, stmt_limit_us(r));
}

static bool ends_block(const struct plan_stmt *p)
{
	return p->kind == STMT_COMMIT || p->kind == STMT_ROLLBACK;
}

/*
 * On the way past statement I, which has its verdict. A block whose BEGIN did
 * not run is lost, up to its end and with it; one of whose statements did not
 * run has failed, or its COMMIT would keep a part.
 */
static void pass_stmt(struct run *r, unsigned i)
{
	const struct stmt_run *s = &r->f->stmts[i];
	const struct plan_stmt *p = &r->f->plan->stmts[i];
	bool open = conn_tx(r->conn) != BACKEND_TX_NONE;

	if (ends_block(p) && !p->keeps_block)
		r->block_lost = false;
	if (s->state != STMT_DONE || s->status == STATUS_OK)
		return;
	r->tx_failed = true;
	if (!open && (p->kind == STMT_BEGIN || p->kind == STMT_SAVEPOINT))
		r->block_lost = true;
	else if (open && !ends_block(p))
		r->block_failed = true;
}

/*
 * A block whose end did not run is still open: without it what follows would
 * run inside, and go with it.
 */
static bool left_open(const struct run *r, unsigned i)
{
	const struct stmt_run *s = &r->f->stmts[i];

	return ends_block(&r->f->plan->stmts[i]) && s->started_us == 0 &&
	       !r->f->batch->transaction && conn_tx(r->conn) != BACKEND_TX_NONE;
}

/* Ends statement I, where it waits and must not run; otherwise it may. */
static bool may_run(struct run *r, unsigned i)
{
	struct err why;

	if (r->f->stmts[i].state != STMT_WAITING)
		return false;
	if (r->f->stop.set) {
		fanout_stmt_end(r->f, i, r->f->stop.status, &r->f->stop.why, 0);
		return false;
	}
	if (!barred_by_tx(r, i, &why) && !fanout_stmt_is_barred(r->f, i, &why))
		return true;
	fanout_stmt_end(r->f, i, STATUS_SKIPPED, &why, 0);
	return false;
}

/* Starts the next statement that may run, or ends the run. */
static void run_next(struct run *r)
{
	unsigned end = r->plan->first + r->plan->count;

	for (; !r->holding && r->next < end; r->next++) {
		if (may_run(r, r->next)) {
			start_stmt(r, r->next);
			return;
		}
		pass_stmt(r, r->next);
		if (left_open(r, r->next)) {
			r->next++;
			run_own(r, RUN_ROLLBACK, "ROLLBACK");
			return;
		}
	}
	run_end(r);
}

/* SQLite takes its write lock at the start where it will be needed. */
static const char *begin_text(const struct run *r)
{
	bool sqlite = database_dialect(r->f->db) == DIALECT_SQLITE;

	return sqlite && !r->plan->reads_only ? "BEGIN IMMEDIATE" : "BEGIN";
}

void run_start(struct unit *u, struct conn *c)
{
	struct run *r = u->run;

	r->f = u->f;
	r->u = u;
	r->plan = &u->f->plan->units[u->index];
	r->next = r->plan->first;
	r->conn = c;
	ev_init(&r->timer, on_timer);
	pool_attach(c, &run_user, r);
	if (u->f->batch->transaction)
		run_own(r, RUN_BEGIN, begin_text(r));
	else
		run_next(r);
}

struct run *run_new(void)
{
	return calloc(1, sizeof(struct run));
}

void run_free(struct run **rp)
{
	if (!*rp)
		return;
	ev_timer_stop((*rp)->f->turn->loop, &(*rp)->timer);
	free(*rp);
	*rp = NULL;
}
