#include "pool/backend_pg.h"

#include <stdlib.h>

/*
 * A cancel is a connection of its own, over which the server is asked to end
 * what the backend runs. It says nothing back but its end; so the backend is
 * at rest only after both this and the statement have ended. One at a time.
 *
 * A server can lose a cancel: one that comes before its process has begun to
 * read the statement, or while it compiles it. Nobody is told. So it is sent
 * again, ever more slowly, while the statement goes on.
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

/* May free B. */
static void ended(struct backend *b)
{
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
	bool under_way;
};

static void stop(struct pg_cancel *c)
{
	struct ev_loop *loop = c->b->engine->env.loop;

	c->under_way = false;
	ev_io_stop(loop, &c->io);
	ev_timer_stop(loop, &c->kick);
	PQcancelReset(c->conn); /* closes its socket */
}

static void watch(struct pg_cancel *c, int events)
{
	ev_io_set(&c->io, PQcancelSocket(c->conn), events);
	ev_io_start(c->b->engine->env.loop, &c->io);
}

static void on_cancel_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct pg_cancel *c = container_of(w, struct pg_cancel, io);

	(void)revents;
	ev_io_stop(loop, &c->io);
	switch (PQcancelPoll(c->conn)) {
	case PGRES_POLLING_WRITING:
		watch(c, EV_WRITE);
		break;
	case PGRES_POLLING_READING:
		watch(c, EV_READ);
		break;
	default: /* asked, or failed to: no more comes of it either way */
		stop(c);
		ended(c->b);
	}
}

static void on_cancel_kick(
    struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct pg_cancel *c = container_of(w, struct pg_cancel, kick);

	(void)loop;
	(void)revents;
	if (PQcancelStart(c->conn)) {
		watch(c, EV_WRITE);
		return;
	}
	stop(c);
	ended(c->b);
}

static struct pg_cancel *cancel_new(struct backend *b)
{
	struct pg_cancel *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->b = b;
	c->conn = PQcancelCreate(b->conn);
	if (!c->conn) {
		free(c);
		return NULL;
	}
	ev_init(&c->io, on_cancel_io);
	ev_timer_init(&c->kick, on_cancel_kick, 0., 0.);
	return c;
}

/* On the next turn, so that nothing is told from within cancel(). */
static void begin(struct pg_cancel *c)
{
	c->under_way = true;
	ev_timer_set(&c->kick, 0., 0.);
	ev_timer_start(c->b->engine->env.loop, &c->kick);
}

void pg_cancel_forget(struct backend *b)
{
	struct pg_cancel *c = b->cancel;

	b->cancel = NULL;
	if (!c)
		return;
	stop(c);
	PQcancelFinish(c->conn);
	free(c);
}

#else

/*
 * PQcancel() blocks, so a thread of the executor does it. While it is under
 * way it is the executor's; it is bounded by the connection's
 * tcp_user_timeout.
 */
struct pg_cancel {
	struct executor_job job;
	PGcancel *token;
	struct backend *b; /* NULL: nobody waits any more */
	bool under_way;
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

	c->under_way = false;
	if (c->b)
		ended(c->b);
	else
		cancel_free(c);
}

static struct pg_cancel *cancel_new(struct backend *b)
{
	struct pg_cancel *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->b = b;
	c->job.run = cancel_run;
	c->job.finish = cancel_finish;
	c->token = PQgetCancel(b->conn);
	if (!c->token) {
		free(c);
		return NULL;
	}
	return c;
}

static void begin(struct pg_cancel *c)
{
	c->under_way =
	    executor_submit(c->b->engine->env.executor, &c->job, NULL) == 0;
}

void pg_cancel_forget(struct backend *b)
{
	struct pg_cancel *c = b->cancel;

	b->cancel = NULL;
	if (!c)
		return;
	if (c->under_way)
		c->b = NULL; /* its end frees it */
	else
		cancel_free(c);
}

#endif

bool pg_cancel_is_under_way(const struct backend *b)
{
	return b->cancel && b->cancel->under_way;
}

void pg_cancel_start(struct backend *b)
{
	if (b->eof || pg_cancel_is_under_way(b))
		return;
	if (!b->cancel && b->conn)
		b->cancel = cancel_new(b);
	if (b->cancel)
		begin(b->cancel);
}
