#include "proxy/response_merge.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "proxy/response_write.h"

#define ROWS_FRAME ((size_t)64 * 1024) /* a rows frame is about this large */

/* What one statement has said and is not on its way yet. */
struct answer {
	struct list link; /* response.active */
	unsigned stmt;
	bool done;
	bool paused;
	int64_t paused_us; /* since when */
	bool rows_open; /* frame holds an open rows frame */
	struct buf frame; /* the one that is being written */
	struct bufq held; /* whole frames that wait for their turn */
};

static const char *batch_id(const struct response *r)
{
	return r->batch->id;
}

static const char *stmt_id(const struct response *r, unsigned stmt)
{
	return r->batch->plan->stmts[stmt].id;
}

static bool in_statement_order(const struct response *r)
{
	return r->batch->order == ORDER_STATEMENT;
}

static bool is_its_turn(const struct response *r, unsigned stmt)
{
	return !in_statement_order(r) || stmt == r->current;
}

static struct answer *answer_of(struct response *r, unsigned stmt)
{
	struct answer *a = r->answers[stmt];

	if (a)
		return a;
	a = calloc(1, sizeof *a);
	if (!a) {
		/* The line to the client has a hole now: it is given up. */
		r->out->q.failed = true;
		turn_defer(r->out->turn, r->out->flush);
		return NULL;
	}
	a->stmt = stmt;
	buf_init(&a->frame);
	bufq_init(&a->held);
	list_append(&r->active, &a->link);
	r->answers[stmt] = a;
	return a;
}

static void answer_free(struct response *r, struct answer *a)
{
	if (r->out)
		r->out->held -= a->held.bytes;
	r->answers[a->stmt] = NULL;
	list_remove(&a->link);
	buf_release(&a->frame);
	bufq_release(&a->held);
	free(a);
}

/* Should the backend that feeds A stand still? */
static bool must_pause(const struct response *r, const struct answer *a)
{
	if (outbox_is_full(r->out))
		return true;
	return !is_its_turn(r, a->stmt) && r->out->held >= r->out->limit;
}

static void pause_if_full(struct response *r, struct answer *a)
{
	if (outbox_is_full(r->out))
		fanout_hold(r->fanout, true);
	if (a->done || a->paused || !must_pause(r, a))
		return;
	a->paused = true;
	a->paused_us = clock_now_us();
	fanout_pause(r->fanout, a->stmt, true);
}

/* The frame in A is whole: out, or held until its turn. */
static void send_frame(struct response *r, struct answer *a)
{
	size_t before = a->held.bytes;

	if (a->frame.len == 0 && !a->frame.failed)
		return;
	if (is_its_turn(r, a->stmt)) {
		outbox_put(r->out, &a->frame);
		return;
	}
	bufq_take(&a->held, &a->frame);
	r->out->held += a->held.bytes - before;
	if (a->held.failed)
		r->out->q.failed = true;
}

static void close_rows(struct response *r, struct answer *a)
{
	if (!a->rows_open)
		return;
	a->rows_open = false;
	write_rows_close(&a->frame);
	send_frame(r, a);
}

static void release_held(struct response *r, struct answer *a)
{
	r->out->held -= a->held.bytes;
	bufq_move(&r->out->q, &a->held);
	turn_defer(r->out->turn, r->out->flush);
}

/* Statement order: the current one is done, so it is the next one's turn. */
static void advance(struct response *r)
{
	while (r->current < r->batch->plan->n_stmts) {
		struct answer *a = r->answers[r->current];

		if (!a)
			break;
		release_held(r, a);
		if (!a->done)
			break;
		answer_free(r, a);
		r->current++;
	}
	response_resume(r);
}

static void on_started(void *ctx, unsigned stmt, int conn)
{
	struct response *r = ctx;
	struct answer *a;

	if (!r->batch->progress || !(a = answer_of(r, stmt)))
		return;
	write_started(&a->frame, batch_id(r), stmt_id(r, stmt), conn);
	send_frame(r, a);
}

static bool wants_rows(const struct response *r, unsigned stmt)
{
	return batch_stmt_at(r->batch, stmt)->want_rows;
}

static void on_columns(
    void *ctx, unsigned stmt, const struct backend_column *columns, unsigned n)
{
	struct response *r = ctx;
	struct answer *a;

	if (!wants_rows(r, stmt) || !(a = answer_of(r, stmt)))
		return;
	close_rows(r, a);
	write_columns(&a->frame, batch_id(r), stmt_id(r, stmt), columns, n);
	send_frame(r, a);
}

static void on_row(
    void *ctx, unsigned stmt, const struct backend_value *values, unsigned n)
{
	struct response *r = ctx;
	struct answer *a = answer_of(r, stmt);
	bool first;

	if (!a)
		return;
	first = !a->rows_open;
	if (first)
		write_rows_open(&a->frame, batch_id(r), stmt_id(r, stmt));
	a->rows_open = true;
	write_row(&a->frame, values, n, first, r->batch->types);
	if (a->frame.len < ROWS_FRAME && !a->frame.failed)
		return;
	close_rows(r, a);
	pause_if_full(r, a);
}

static void on_flush(void *ctx, unsigned stmt)
{
	struct response *r = ctx;
	struct answer *a = r->answers[stmt];

	if (!a)
		return;
	close_rows(r, a);
	pause_if_full(r, a);
}

static void on_copy_out(void *ctx, unsigned stmt, const char *data, size_t len)
{
	struct response *r = ctx;
	struct answer *a;

	if (!wants_rows(r, stmt) || !(a = answer_of(r, stmt)))
		return;
	write_copy(&a->frame, batch_id(r), stmt_id(r, stmt), data, len);
	send_frame(r, a);
	pause_if_full(r, a);
}

static void on_notice(
    void *ctx, unsigned stmt, const char *severity, const char *message)
{
	struct response *r = ctx;
	struct answer *a = answer_of(r, stmt);

	if (!a)
		return;
	close_rows(r, a);
	write_notice(
	    &a->frame, batch_id(r), stmt_id(r, stmt), severity, message);
	send_frame(r, a);
	pause_if_full(r, a);
}

static void on_done(void *ctx, unsigned stmt, const struct fanout_done *done)
{
	struct response *r = ctx;
	const struct plan_stmt *s = &r->batch->plan->stmts[stmt];
	struct answer *a = answer_of(r, stmt);

	if (!a)
		return;
	close_rows(r, a);
	write_done(&a->frame, batch_id(r), s->id, s->char_offset, done);
	send_frame(r, a);
	a->done = true;
	pause_if_full(r, a);
	list_remove(&a->link);
	if (!in_statement_order(r))
		answer_free(r, a);
	else if (stmt == r->current)
		advance(r);
}

static void response_free(struct response *r)
{
	for (unsigned i = 0; i < r->batch->plan->n_stmts; i++)
		if (r->answers[i])
			answer_free(r, r->answers[i]);
	list_remove(&r->link);
	free(r->answers);
	free(r);
}

static void on_end(void *ctx, const struct fanout_end *end)
{
	struct response *r = ctx;
	struct buf frame;

	if (r->out) {
		buf_init(&frame);
		write_end(&frame, batch_id(r), end);
		outbox_put(r->out, &frame);
		buf_release(&frame);
		r->owner->on_over(r->owner_ctx, r);
	}
	response_free(r);
}

static void on_copy_room(void *ctx)
{
	struct response *r = ctx;

	r->owner->on_copy_room(r->owner_ctx);
}

static void on_copy_hungry(void *ctx)
{
	struct response *r = ctx;

	r->owner->on_copy_hungry(r->owner_ctx);
}

static const struct fanout_sink response_sink = {
    .on_started = on_started,
    .on_columns = on_columns,
    .on_row = on_row,
    .on_flush = on_flush,
    .on_copy_out = on_copy_out,
    .on_notice = on_notice,
    .on_done = on_done,
    .on_end = on_end,
    .on_copy_room = on_copy_room,
    .on_copy_hungry = on_copy_hungry,
};

int response_start(struct turn *turn, struct database *db, struct batch *b,
    struct outbox *out, const struct response_owner *owner, void *ctx,
    struct response **rp, struct err *e)
{
	struct response *r = calloc(1, sizeof *r);
	struct buf frame;
	int rc = ERR_NOMEM;

	if (r)
		r->answers = calloc(b->plan->n_stmts, sizeof *r->answers);
	if (!r || !r->answers) {
		free(r);
		return err_nomem(e);
	}
	list_init(&r->link);
	list_init(&r->active);
	r->owner = owner;
	r->owner_ctx = ctx;
	r->out = out;
	r->batch = b;
	rc = fanout_start(turn, db, b, &response_sink, r, &r->fanout, e);
	if (rc) {
		free(r->answers);
		free(r);
		return rc;
	}
	buf_init(&frame);
	write_accepted(&frame, b->id, b->plan->n_stmts);
	outbox_put(out, &frame);
	buf_release(&frame);
	*rp = r;
	return 0;
}

void response_detach(struct response *r)
{
	for (unsigned i = 0; i < r->batch->plan->n_stmts; i++)
		if (r->answers[i])
			answer_free(r, r->answers[i]);
	list_remove(&r->link);
	r->out = NULL;
	fanout_abandon(r->fanout);
}

void response_resume(struct response *r)
{
	struct list *link;

	if (!outbox_is_full(r->out))
		fanout_hold(r->fanout, false);
	list_for_each (link, &r->active) {
		struct answer *a = container_of(link, struct answer, link);

		if (!a->paused || must_pause(r, a))
			continue;
		a->paused = false;
		fanout_pause(r->fanout, a->stmt, false);
	}
}

unsigned response_stalled(const struct response *r, int64_t *us)
{
	int64_t now = clock_now_us();
	const struct list *link;
	unsigned n = 0;

	list_for_each (link, &r->active) {
		const struct answer *a =
		    container_of_const(link, struct answer, link);

		if (!a->paused)
			continue;
		n++;
		if (now - a->paused_us > *us)
			*us = now - a->paused_us;
	}
	return n;
}
