#include "proxy/fanout.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "proxy/fanout_private.h"

/*
 * What happens to a batch is decided in one place, fanout_step(), at the end
 * of a turn. Callbacks only note what happened and put the step off.
 */
void fanout_changed(struct fanout *f)
{
	turn_defer(f->turn, &f->step);
}

const char *stmt_status_name(enum stmt_status status)
{
	static const char *const names[] = {
	    "ok", "error", "skipped", "not_sent", "cancelled", "unknown"};

	return names[status];
}

struct backend_error proxy_error(const struct err *e)
{
	return (struct backend_error){
	    .severity = "ERROR",
	    .sqlstate = e->sqlstate,
	    .message = e->message,
	};
}

/* The first in the list goes first, unless priorities say otherwise. */
bool fanout_unit_less(const struct heap_node *a, const struct heap_node *b)
{
	const struct unit *x = container_of_const(a, struct unit, ready);
	const struct unit *y = container_of_const(b, struct unit, ready);

	if (x->priority != y->priority)
		return x->priority > y->priority;
	return x->index < y->index;
}

static struct unit *first_ready(const struct fanout *f)
{
	struct heap_node *node = heap_first(&f->ready);

	return node ? container_of(node, struct unit, ready) : NULL;
}

/* Statement I no longer waits for its turn. */
static void leave_waiting(struct fanout *f, unsigned i, enum stmt_state state)
{
	if (f->stmts[i].state == STMT_WAITING)
		f->db->waiting--;
	f->stmts[i].state = state;
}

void fanout_stmt_started(struct fanout *f, unsigned i, int conn)
{
	leave_waiting(f, i, STMT_RUNNING);
	f->stmts[i].started_us = clock_now_us();
	if (!f->abandoned)
		f->sink->on_started(f->ctx, i, conn);
}

void fanout_stmt_lost(struct fanout *f, unsigned i)
{
	f->stmts[i].state = STMT_WAITING;
	f->stmts[i].started_us = 0;
	f->stmts[i].lost = true;
	f->db->waiting++;
}

void fanout_stop(struct fanout *f, enum stmt_status status, bool cancel_running,
    const struct err *why)
{
	if (f->stop.set && (f->stop.cancel_running || !cancel_running))
		return;
	if (!f->stop.set) {
		f->stop.status = status;
		f->stop.why = *why;
	}
	f->stop.set = true;
	f->stop.cancel_running = cancel_running;
	f->stopped = false;
	fanout_changed(f);
}

/* Within a block nothing is won before its COMMIT. */
static bool may_win(const struct fanout *f, unsigned i)
{
	const struct plan_stmt *s = &f->plan->stmts[i];
	const struct plan_unit *u = &f->plan->units[s->unit];
	bool in_block = false;

	if (s->kind == STMT_COMMIT)
		return true;
	for (unsigned k = u->first; k <= i; k++) {
		enum stmt_kind kind = f->plan->stmts[k].kind;

		if (kind == STMT_BEGIN || kind == STMT_SAVEPOINT)
			in_block = true;
		else if (kind == STMT_COMMIT || kind == STMT_ROLLBACK)
			in_block = f->plan->stmts[k].keeps_block;
	}
	return !in_block && s->kind != STMT_ROLLBACK;
}

/* on_error and until: what the verdict of statement I means for the rest. */
static void heed_policy(struct fanout *f, unsigned i, enum stmt_status status)
{
	const char *id = f->plan->stmts[i].id;
	const struct batch *b = f->batch;
	struct err why;

	if (status == STATUS_SKIPPED)
		return;
	if (status == STATUS_OK) {
		if (b->until != UNTIL_FIRST || !may_win(f, i))
			return;
		err_set(&why, ERR_CANCELLED, SQLSTATE_CANCELED,
		    "until is \"first\", and statement \"%s\" was first", id);
		fanout_stop(f, STATUS_SKIPPED, true, &why);
		return;
	}
	if (b->on_error == ON_ERROR_CONTINUE || b->until == UNTIL_FIRST)
		return;
	err_set(&why, ERR_CANCELLED, SQLSTATE_CANCELED,
	    "on_error is \"%s\", and statement \"%s\" ended %s",
	    b->on_error == ON_ERROR_STOP ? "stop" : "cancel", id,
	    stmt_status_name(status));
	fanout_stop(f, STATUS_SKIPPED, b->on_error == ON_ERROR_CANCEL, &why);
}

static void count_done(struct fanout *f, const struct fanout_done *done)
{
	struct database_stats *stats = &f->db->stats;

	f->end.n[done->status]++;
	f->end.exec_us += done->exec_us;
	stats->statements++;
	stats->errors += done->status != STATUS_OK;
	stats->rows += done->count > 0 ? (uint64_t)done->count : 0;
	stats->exec_us += done->exec_us;
	stats->wait_us += done->queue_us;
}

void fanout_stmt_done(
    struct fanout *f, unsigned i, const struct fanout_done *verdict)
{
	struct stmt_run *s = &f->stmts[i];
	struct fanout_done done = *verdict;
	int64_t now = clock_now_us();

	assert(s->state != STMT_DONE);
	done.total_us = now - f->accepted_us;
	done.exec_us = s->started_us ? now - s->started_us : 0;
	done.queue_us = done.total_us - done.exec_us;
	/* It may have run the first time, whatever came after. */
	if (s->lost &&
	    (done.status == STATUS_NOT_SENT || done.status == STATUS_SKIPPED))
		done.status = STATUS_UNKNOWN;
	leave_waiting(f, i, STMT_DONE);
	s->status = done.status;
	if (s->feed && s->feed->full && !f->abandoned)
		f->sink->on_copy_room(f->ctx);
	feed_free(&s->feed);
	count_done(f, &done);
	if (!f->abandoned)
		f->sink->on_done(f->ctx, i, &done);
	heed_policy(f, i, done.status);
}

void fanout_stmt_end(struct fanout *f, unsigned i, enum stmt_status status,
    const struct err *why, int conn)
{
	struct backend_error error = proxy_error(why);
	struct fanout_done done = {
	    .status = status, .count = -1, .error = &error, .conn = conn};

	fanout_stmt_done(f, i, &done);
}

static void unit_end(struct unit *u)
{
	struct fanout *f = u->f;

	assert(u->state != UNIT_ENDED);
	heap_remove(&f->ready, &u->ready);
	u->state = UNIT_ENDED;
	f->units_left--;
	list_append(&f->ended, &u->link);
	fanout_changed(f);
}

void fanout_unit_ended(struct unit *u)
{
	u->f->units_running--;
	run_free(&u->run);
	unit_end(u);
}

void fanout_unit_requeue(struct unit *u)
{
	struct fanout *f = u->f;

	f->units_running--;
	run_free(&u->run);
	u->state = UNIT_READY;
	u->attempts++;
	/* Cannot fail: the heap was given room for every unit. */
	if (heap_insert(&f->ready, &u->ready))
		abort();
	fanout_changed(f);
}

bool fanout_stmt_is_barred(const struct fanout *f, unsigned i, struct err *why)
{
	const struct plan_stmt *s = &f->plan->stmts[i];

	for (unsigned k = 0; k < s->n_after; k++) {
		const struct stmt_run *on = &f->stmts[s->after[k]];

		if (on->state == STMT_DONE && on->status == STATUS_OK)
			continue;
		err_set(why, ERR_CANCELLED, SQLSTATE_CANCELED,
		    "not run: it is after \"%s\", which ended %s",
		    f->plan->stmts[s->after[k]].id,
		    stmt_status_name(on->status));
		return true;
	}
	return false;
}

/* Is there anything in U that still has to run? */
static bool unit_has_work(struct unit *u)
{
	struct fanout *f = u->f;
	const struct plan_unit *p = &f->plan->units[u->index];
	struct err why;
	bool work = false;

	for (unsigned i = p->first; i < p->first + p->count; i++) {
		if (f->stmts[i].state != STMT_WAITING)
			continue;
		/* Within a unit the run itself looks, statement by statement:
		   only what came before the unit is settled here. */
		if (p->count == 1 && fanout_stmt_is_barred(f, i, &why))
			fanout_stmt_end(f, i, STATUS_SKIPPED, &why, 0);
		else
			work = true;
	}
	return work;
}

void fanout_unit_unblocked(struct unit *u)
{
	if (u->state != UNIT_BLOCKED)
		return;
	if (!unit_has_work(u)) {
		unit_end(u);
		return;
	}
	u->state = UNIT_READY;
	u->ready_us = clock_now_us();
	if (heap_insert(&u->f->ready, &u->ready))
		abort(); /* the heap was given room for every unit */
}

static void tell_dependents(struct fanout *f)
{
	while (!list_is_empty(&f->ended)) {
		struct unit *u = container_of(f->ended.next, struct unit, link);

		list_remove(&u->link);
		for (unsigned k = 0; k < u->n_dependents; k++) {
			struct unit *d = &f->units[u->dependents[k]];

			if (--d->blockers == 0)
				fanout_unit_unblocked(d);
		}
	}
}

/* Ends what waits in U; a unit that only waited for that is over. */
void fanout_stop_unit(
    struct unit *u, enum stmt_status status, const struct err *why)
{
	struct fanout *f = u->f;
	const struct plan_unit *p = &f->plan->units[u->index];

	for (unsigned i = p->first; i < p->first + p->count; i++)
		if (f->stmts[i].state == STMT_WAITING)
			fanout_stmt_end(f, i, status, why, 0);
	if (u->state == UNIT_READY)
		unit_end(u);
}

static void carry_out_stop(struct fanout *f)
{
	f->stopped = true;
	for (unsigned k = 0; k < f->plan->n_units; k++) {
		struct unit *u = &f->units[k];

		if (u->state == UNIT_ENDED)
			continue;
		fanout_stop_unit(u, f->stop.status, &f->stop.why);
		if (u->run && f->stop.cancel_running)
			run_cancel(u->run, &f->stop.why, false);
	}
}

/* How many connections the batch can use now. */
static unsigned demand(const struct fanout *f)
{
	size_t n = f->ready.n;
	unsigned most = f->batch->max_concurrency;

	if (f->held)
		return 0;
	if (most && n > most - f->units_running)
		n = most - f->units_running;
	return (unsigned)n;
}

static void ask_pool(struct fanout *f)
{
	unsigned n = demand(f);
	bool wanted = f->waiter.wants > 0;
	struct err e;

	if (n && !wanted)
		f->wait_from_us = clock_now_us();
	if (!n) {
		pool_leave(f->db->pool, &f->waiter);
		ev_timer_stop(f->turn->loop, &f->wait_timer);
		return;
	}
	if (pool_want(f->db->pool, &f->waiter, n, first_ready(f)->priority)) {
		err_nomem(&e);
		fanout_stop(f, STATUS_NOT_SENT, false, &e);
		return;
	}
	if (f->db->conf->query_wait_timeout && !ev_is_active(&f->wait_timer))
		fanout_set_wait_timer(f);
}

void fanout_free(struct fanout *f)
{
	ev_timer_stop(f->turn->loop, &f->wait_timer);
	ev_timer_stop(f->turn->loop, &f->batch_timer);
	turn_drop(&f->step);
	for (unsigned i = 0; f->stmts && i < f->plan->n_stmts; i++)
		feed_free(&f->stmts[i].feed);
	heap_release(&f->ready);
	free(f->stmts);
	free(f->units);
	free(f);
}

static void finish(struct fanout *f)
{
	struct batch *b = f->batch;

	f->end.wall_us = clock_now_us() - f->accepted_us;
	if (b->transaction && f->end.transaction == TX_NONE)
		f->end.transaction = TX_ROLLED_BACK; /* it never began */
	f->sink->on_end(f->ctx, &f->end);
	fanout_free(f);
	batch_free(&b);
}

void fanout_step(struct turn_task *task)
{
	struct fanout *f = container_of(task, struct fanout, step);

	do {
		tell_dependents(f);
		if (f->stop.set && !f->stopped)
			carry_out_stop(f);
		if (f->stopped && heap_first(&f->ready))
			f->stopped = false; /* came to be ready since */
	} while (!list_is_empty(&f->ended) || (f->stop.set && !f->stopped));
	if (f->units_left == 0) {
		pool_leave(f->db->pool, &f->waiter);
		finish(f);
		return;
	}
	ask_pool(f);
}

void fanout_on_conn(struct pool_waiter *w, struct conn *c)
{
	struct fanout *f = container_of(w, struct fanout, waiter);
	struct unit *u;

	/*
	 * What ended in this turn may have made an earlier unit ready. In
	 * statement order it must go first: a later one, held back for its
	 * sake, could keep the last connection from it for ever.
	 */
	tell_dependents(f);
	u = first_ready(f);
	f->wait_from_us = clock_now_us();
	ev_timer_stop(f->turn->loop, &f->wait_timer);
	fanout_changed(f);
	if (!u || f->stop.set) {
		pool_return(c, false);
		return;
	}
	u->run = run_new();
	if (!u->run) {
		struct err why;

		pool_return(c, false);
		err_nomem(&why);
		fanout_stop_unit(u, STATUS_NOT_SENT, &why);
		return;
	}
	heap_remove(&f->ready, &u->ready);
	u->state = UNIT_RUNNING;
	if (++f->units_running > f->end.peak_concurrency)
		f->end.peak_concurrency = f->units_running;
	run_start(u, c);
}

void fanout_on_refused(struct pool_waiter *w, const struct err *error)
{
	struct fanout *f = container_of(w, struct fanout, waiter);
	struct err why = *error;

	err_prefix(
	    &why, "database \"%s\" cannot be reached", f->db->conf->name);
	fanout_stop(f, STATUS_NOT_SENT, false, &why);
}

static void cancel_one(struct fanout *f, unsigned i, const struct err *why)
{
	struct unit *u = &f->units[f->plan->stmts[i].unit];

	if (u->run && run_is_at(u->run, i)) {
		run_cancel(u->run, why, false);
		return;
	}
	if (f->stmts[i].state != STMT_WAITING)
		return;
	fanout_stmt_end(f, i, STATUS_NOT_SENT, why, 0);
	if (u->state == UNIT_READY && !unit_has_work(u))
		unit_end(u);
}

void fanout_cancel(struct fanout *f, unsigned i)
{
	struct err why;

	err_set(&why, ERR_CANCELLED, SQLSTATE_CANCELED,
	    "cancelled by the client before it was sent");
	cancel_one(f, i, &why);
}

void fanout_cancel_all(struct fanout *f)
{
	struct err why;

	err_set(&why, ERR_CANCELLED, SQLSTATE_CANCELED,
	    "cancelled by the client before it was sent");
	fanout_stop(f, STATUS_NOT_SENT, true, &why);
}

void fanout_shut_down(struct fanout *f)
{
	struct err why;

	err_set(&why, ERR_CANCELLED, SQLSTATE_SHUTDOWN, "fanoutd shuts down");
	fanout_stop(f, STATUS_NOT_SENT, true, &why);
}

void fanout_abandon(struct fanout *f)
{
	f->abandoned = true;
	for (unsigned k = 0; k < f->plan->n_units; k++)
		if (f->units[k].run)
			run_pause(f->units[k].run, false);
	fanout_cancel_all(f);
}

void fanout_pause(struct fanout *f, unsigned i, bool paused)
{
	struct unit *u = &f->units[f->plan->stmts[i].unit];

	if (u->run && run_answers(u->run, i))
		run_pause(u->run, paused);
}

void fanout_hold(struct fanout *f, bool held)
{
	if (f->held == held)
		return;
	f->held = held;
	fanout_changed(f);
}

void fanout_read_progress(const struct fanout *f, struct fanout_progress *out)
{
	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < f->plan->n_stmts; i++) {
		out->waiting += f->stmts[i].state == STMT_WAITING;
		out->running += f->stmts[i].state == STMT_RUNNING;
		out->done += f->stmts[i].state == STMT_DONE;
	}
	out->age_us = clock_now_us() - f->accepted_us;
}

const struct batch *fanout_batch(const struct fanout *f)
{
	return f->batch;
}

const struct database *fanout_database(const struct fanout *f)
{
	return f->db;
}
