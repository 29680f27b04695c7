/*
 * From the thread's messages to the caller's callbacks, on the loop: all that
 * are there, but only a bounded number of rows in each turn.
 *
 * Every callback may close the backend, so the state is looked at after each.
 */
#include <assert.h>
#include <stdlib.h>

#include "pool/backend_sqlite.h"

/* Chunks of rows told in one turn of the loop. */
#define TURN_CHUNKS 2

static void tell_flush(struct backend *b)
{
	if (!b->unflushed || b->paused || b->state != SQLITE_STATE_RUNNING)
		return;
	b->unflushed = false;
	b->sink->on_flush(b->sink_ctx);
}

static void tell_columns(struct backend *b, struct chan_msg *m)
{
	if (b->state != SQLITE_STATE_RUNNING) {
		chan_msg_free(&b->chan, &m);
		return;
	}
	b->columns = m;
	b->sink->on_columns(b->sink_ctx, m->columns, m->n);
}

/* False: not all of them, the backend was paused. */
static bool tell_rows(struct backend *b, struct chan_msg *m)
{
	const struct chan_msg *c = b->columns;

	while (b->state == SQLITE_STATE_RUNNING) {
		if (b->paused)
			return false;
		if (!sqlite_row_decode(m, c->values, c->n))
			break;
		b->unflushed = true;
		b->sink->on_row(b->sink_ctx, c->values, c->n);
	}
	return true;
}

static void tell_done(struct backend *b)
{
	const struct sqlite_outcome *o = &b->outcome;
	struct backend_error error = {
	    .from_server = o->from_server,
	    .severity = "ERROR",
	    .sqlstate = o->error.sqlstate,
	    .message = o->error.message,
	    .detail = o->detail,
	    .hint = o->hint,
	    .position = o->position,
	};
	struct backend_done done = {
	    .verdict = o->verdict,
	    .tag = o->verdict == BACKEND_OK ? o->tag : NULL,
	    .count = o->count,
	    .error = o->verdict == BACKEND_OK ? NULL : &error,
	};

	b->sink->on_done(b->sink_ctx, &done);
}

/* The end of a command: of what it was that is under way. */

static void at_rest(struct backend *b)
{
	if (b->outcome.lost) {
		sqlite_move(b, SQLITE_STATE_LOST);
		b->link->on_lost(b->link_ctx, &b->outcome.error);
		return;
	}
	sqlite_move(b, SQLITE_STATE_IDLE);
	b->link->on_ready(b->link_ctx);
}

static void end_statement(struct backend *b)
{
	b->tx = b->outcome.tx;
	tell_flush(b);
	chan_msg_free(&b->chan, &b->columns);
	arena_release(&b->arena);
	if (b->state == SQLITE_STATE_RUNNING)
		tell_done(b);
	if (b->state == SQLITE_STATE_RUNNING)
		at_rest(b);
}

static void end_opening(struct backend *b)
{
	bool failed = b->outcome.lost;

	ev_timer_stop(b->chan.loop, &b->connect_timer);
	sqlite_move(b, failed ? SQLITE_STATE_LOST : SQLITE_STATE_IDLE);
	b->link->on_open(b->link_ctx, failed ? &b->outcome.error : NULL);
}

static void end_command(struct backend *b)
{
	assert(b->state != SQLITE_STATE_IDLE); /* no end without a command */
	switch (b->state) {
	case SQLITE_STATE_OPENING:
		end_opening(b);
		break;
	case SQLITE_STATE_RUNNING:
		end_statement(b);
		break;
	case SQLITE_STATE_RESETTING:
		b->tx = BACKEND_TX_NONE;
		at_rest(b);
		break;
	case SQLITE_STATE_IDLE:
	case SQLITE_STATE_LOST: /* the connect timer was faster */
	case SQLITE_STATE_CLOSING:
		break;
	}
}

/* The thread has said its last word, and so is about to be over. */
static void end_backend(struct backend *b)
{
	const struct backend_link *link = b->link;
	void *ctx = b->link_ctx;

	pthread_join(b->thread, NULL);
	chan_msg_free(&b->chan, &b->current);
	chan_msg_free(&b->chan, &b->columns);
	chan_release(&b->chan);
	sqlite_claim_release(&b->claim);
	arena_release(&b->arena);
	b->engine->n_backends--;
	free(b);
	link->on_closed(ctx);
}

/* False: there is nothing more to take now, or no backend any more. */
static bool tell_next(struct backend *b, int *chunks)
{
	struct chan_msg *m = b->current;

	if (!m)
		m = chan_take(&b->chan);
	b->current = NULL;
	if (!m) {
		tell_flush(b);
		return false;
	}
	switch (m->kind) {
	case CHAN_COLUMNS:
		tell_columns(b, m);
		return true;
	case CHAN_ROWS:
		b->current = m;
		if ((*chunks)-- == 0) {
			chan_again(&b->chan);
			tell_flush(b);
			return false;
		}
		if (!tell_rows(b, m))
			return false;
		chan_msg_free(&b->chan, &b->current);
		return true;
	case CHAN_END:
		end_command(b);
		return true;
	case CHAN_GONE:
		end_backend(b);
		return false;
	}
	return false;
}

void sqlite_tell(struct ev_loop *loop, struct ev_async *w, int revents)
{
	struct backend *b = container_of(w, struct backend, chan.news);
	int chunks = TURN_CHUNKS;

	(void)loop;
	(void)revents;
	while (tell_next(b, &chunks))
		;
}
