/*
 * COPY data on its way from the client into a statement that may not run yet.
 *
 *     request's data ─┐
 *                     ├─► feed ─► conn_copy_data … ─► conn_copy_end
 *     copy_data lines ┘
 */
#include <stdlib.h>
#include <string.h>

#include "proxy/fanout_private.h"

#define PIECE ((size_t)64 * 1024)

struct copy_feed *feed_of(struct fanout *f, unsigned i)
{
	const struct batch_stmt *ask = batch_stmt_at(f->batch, i);
	struct copy_feed *feed = f->stmts[i].feed;

	if (feed)
		return feed;
	feed = calloc(1, sizeof *feed);
	if (!feed)
		return NULL;
	bufq_init(&feed->lines);
	if (ask->copy_data) {
		feed->given = ask->copy_data;
		feed->given_left = ask->copy_len;
		feed->complete = true;
	}
	f->stmts[i].feed = feed;
	return feed;
}

void feed_free(struct copy_feed **feed)
{
	if (!*feed)
		return;
	bufq_release(&(*feed)->lines);
	free(*feed);
	*feed = NULL;
}

static void give(
    struct copy_feed *feed, struct conn *c, const char *data, size_t len)
{
	if (conn_copy_data(c, data, len))
		feed->taking = false;
}

static void give_lines(struct copy_feed *feed, struct conn *c)
{
	struct iovec piece;

	if (!bufq_peek(&feed->lines, &piece, 1))
		return;
	if (piece.iov_len > PIECE)
		piece.iov_len = PIECE;
	give(feed, c, piece.iov_base, piece.iov_len);
	bufq_consume(&feed->lines, piece.iov_len);
}

static void give_some(struct copy_feed *feed, struct conn *c)
{
	size_t n = feed->given_left < PIECE ? feed->given_left : PIECE;

	if (n == 0) {
		give_lines(feed, c);
		return;
	}
	give(feed, c, feed->given, n);
	feed->given += n;
	feed->given_left -= n;
}

void feed_pump(struct fanout *f, struct copy_feed *feed, struct conn *c)
{
	while (feed->taking && (feed->given_left || feed->lines.bytes))
		give_some(feed, c);
	if (feed->full && feed->lines.bytes <= feed->limit / 2) {
		feed->full = false;
		if (!f->abandoned)
			f->sink->on_copy_room(f->ctx);
	}
	if (!feed->taking || feed->given_left || feed->lines.bytes)
		return;
	if (feed->complete) {
		feed->taking = false;
		conn_copy_end(c, feed->reason);
	} else if (!f->abandoned) {
		f->sink->on_copy_hungry(f->ctx);
	}
}

/* Pumps when statement I runs already. */
static void feed_moved(struct fanout *f, unsigned i)
{
	struct unit *u = &f->units[f->plan->stmts[i].unit];
	struct copy_feed *feed = f->stmts[i].feed;

	if (u->run && run_is_at(u->run, i) && feed)
		feed_pump(f, feed, run_conn(u->run));
}

/* Can statement I still be fed by lines? */
static int check_feedable(const struct fanout *f, unsigned i, struct err *e)
{
	const struct plan_stmt *s = &f->plan->stmts[i];
	const struct copy_feed *feed = f->stmts[i].feed;

	if (!s->copy_in)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "statement \"%s\" is not COPY … FROM STDIN", s->id);
	if (batch_stmt_at(f->batch, i)->copy_data)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "statement \"%s\" came with its data", s->id);
	if (feed && feed->complete && !feed->given_up &&
	    f->stmts[i].state != STMT_DONE)
		return err_set(e, ERR_INVALID, SQLSTATE_PROTOCOL,
		    "the data of statement \"%s\" has ended already", s->id);
	return 0;
}

int fanout_copy_data(struct fanout *f, unsigned i, const char *data, size_t len,
    size_t limit, struct err *e)
{
	struct copy_feed *feed;
	int rc = check_feedable(f, i, e);

	if (rc)
		return rc;
	if (f->stmts[i].state == STMT_DONE)
		return 0; /* it failed; what still comes is nobody's */
	feed = feed_of(f, i);
	if (!feed)
		return err_nomem(e);
	if (feed->given_up)
		return 0;
	bufq_append(&feed->lines, data, len);
	if (feed->lines.failed)
		return err_nomem(e);
	feed->limit = limit;
	feed_moved(f, i);
	feed = f->stmts[i].feed;
	if (!feed || feed->lines.bytes <= limit)
		return 0;
	feed->full = true;
	return 1;
}

bool fanout_is_running(const struct fanout *f, unsigned i)
{
	return f->stmts[i].state == STMT_RUNNING;
}

bool fanout_has_hungry_copy(const struct fanout *f)
{
	for (unsigned i = 0; i < f->plan->n_stmts; i++) {
		const struct copy_feed *feed = f->stmts[i].feed;

		if (feed && feed->taking && !feed->complete)
			return true;
	}
	return false;
}

int fanout_copy_end(
    struct fanout *f, unsigned i, const char *reason, struct err *e)
{
	struct copy_feed *feed;
	int rc = check_feedable(f, i, e);

	if (rc || f->stmts[i].state == STMT_DONE)
		return rc;
	feed = feed_of(f, i);
	if (!feed)
		return err_nomem(e);
	if (feed->given_up)
		return 0;
	if (reason) {
		feed->reason = arena_strdup(&f->batch->arena, reason);
		if (!feed->reason)
			feed->reason = "COPY was given up";
	}
	feed->complete = true;
	feed_moved(f, i);
	return 0;
}

static bool is_fed_by_lines(const struct fanout *f, unsigned i)
{
	const struct copy_feed *feed = f->stmts[i].feed;

	return f->plan->stmts[i].copy_in && f->stmts[i].state != STMT_DONE &&
	       !batch_stmt_at(f->batch, i)->copy_data &&
	       !(feed && feed->complete);
}

void fanout_give_up_copy(struct fanout *f, unsigned i, const char *reason)
{
	struct err ignored;

	if (!is_fed_by_lines(f, i))
		return;
	if (fanout_copy_end(f, i, reason, &ignored))
		fanout_cancel(f, i);
	if (f->stmts[i].feed)
		f->stmts[i].feed->given_up = true;
}

void fanout_give_up_copies(struct fanout *f, const char *reason)
{
	for (unsigned i = 0; i < f->plan->n_stmts; i++)
		fanout_give_up_copy(f, i, reason);
}
