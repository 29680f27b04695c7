#include "pool/backend_pg.h"

#include <stdlib.h>

/*
 * A cancel is a connection of its own, over which the server is asked to end
 * what the backend runs. It says nothing back but its end; so the backend is
 * at rest only after both this and the statement have ended. One at a time.
 *
 * A cancel that comes before the server's process has begun to read the
 * statement does nothing, and nobody is told. So it is sent again, ever more
 * slowly, while the statement goes on.
 */
#define RETRY_FIRST_SECONDS .5
#define RETRY_LAST_SECONDS 30.

static void plan_retry(struct backend *b)
{
	double s = b->st.cancel_delay * 2;

	if (s < RETRY_FIRST_SECONDS)
		s = RETRY_FIRST_SECONDS;
	if (s > RETRY_LAST_SECONDS)
		s = RETRY_LAST_SECONDS;
	b->st.cancel_delay = s;
	pg_bound(b, s);
}

static void ended(struct backend *b)
{
	b->cancel = NULL;
	if (pg_is_running(b)) {
		plan_retry(b);
	} else if (b->phase == PG_SETTLING) {
		pg_run_settle(b);
		if (b->phase != PG_CLOSING)
			pg_watch(b);
	} else if (b->phase == PG_CLOSING) {
		pg_close_cancel_ended(b);
	}
}

#ifdef LIBPQ_HAS_ASYNC_CANCEL

struct pg_cancel {
	PGcancelConn *conn;
	struct ev_io io;
	struct ev_timer kick;
	struct backend *b;
};

static void cancel_free(struct pg_cancel *c)
{
	struct ev_loop *loop = c->b->engine->env.loop;

	ev_io_stop(loop, &c->io);
	ev_timer_stop(loop, &c->kick);
	PQcancelFinish(c->conn);
	free(c);
}

static void cancel_step(struct pg_cancel *c)
{
	struct backend *b = c->b;
	struct ev_loop *loop = b->engine->env.loop;
	int events = EV_READ;

	ev_io_stop(loop, &c->io);
	switch (PQcancelPoll(c->conn)) {
	case PGRES_POLLING_WRITING:
		events = EV_WRITE;
		break;
	case PGRES_POLLING_READING:
		break;
	default: /* asked, or failed to: no more comes of it either way */
		cancel_free(c);
		ended(b);
		return;
	}
	ev_io_set(&c->io, PQcancelSocket(c->conn), events);
	ev_io_start(loop, &c->io);
}

static void on_cancel_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	cancel_step(container_of(w, struct pg_cancel, io));
}

static void on_cancel_kick(
    struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct pg_cancel *c = container_of(w, struct pg_cancel, kick);
	struct backend *b = c->b;

	(void)revents;
	if (!PQcancelStart(c->conn)) {
		cancel_free(c);
		ended(b);
		return;
	}
	ev_io_set(&c->io, PQcancelSocket(c->conn), EV_WRITE);
	ev_io_start(loop, &c->io);
}

/* Begins on the next turn, so that nothing is told from within cancel(). */
void pg_cancel_start(struct backend *b)
{
	struct pg_cancel *c;

	if (b->cancel || b->eof)
		return;
	c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->b = b;
	c->conn = PQcancelCreate(b->conn);
	ev_init(&c->io, on_cancel_io);
	ev_timer_init(&c->kick, on_cancel_kick, 0., 0.);
	ev_timer_start(b->engine->env.loop, &c->kick);
	b->cancel = c;
}

void pg_cancel_forget(struct backend *b)
{
	if (b->cancel)
		cancel_free(b->cancel);
	b->cancel = NULL;
}

#else

/*
 * PQcancel() blocks, so a thread of the executor does it. The job owns the
 * token; it is bounded by the connection's tcp_user_timeout.
 */
struct pg_cancel {
	struct executor_job job;
	PGcancel *token;
	struct backend *b; /* NULL: nobody waits any more */
};

static void cancel_free(struct pg_cancel *c)
{
	PQfreeCancel(c->token);
	free(c);
}

static void cancel_run(struct executor_job *job)
{
	struct pg_cancel *c = container_of(job, struct pg_cancel, job);
	char message[256];

	/* Where it fails the statement goes on, and its end tells so. */
	(void)PQcancel(c->token, message, sizeof message);
}

static void cancel_finish(struct executor_job *job)
{
	struct pg_cancel *c = container_of(job, struct pg_cancel, job);
	struct backend *b = c->b;

	cancel_free(c);
	if (b)
		ended(b);
}

void pg_cancel_start(struct backend *b)
{
	struct pg_cancel *c;

	if (b->cancel || b->eof)
		return;
	c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->b = b;
	c->job.run = cancel_run;
	c->job.finish = cancel_finish;
	c->token = PQgetCancel(b->conn);
	if (!c->token ||
	    executor_submit(b->engine->env.executor, &c->job, NULL)) {
		cancel_free(c);
		return;
	}
	b->cancel = c;
}

void pg_cancel_forget(struct backend *b)
{
	if (b->cancel)
		b->cancel->b = NULL;
	b->cancel = NULL;
}

#endif
