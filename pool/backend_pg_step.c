#include "pool/backend_pg.h"

#include <assert.h>

#include "base/timer.h"

/*
 * The life of a connection:
 *
 *     RESOLVING ─► CONNECTING ─► IDLE ─► RUNNING ◄─► COPY_IN, COPY_OUT
 *                                ▲ ▲ │      │
 *                                │ │ │      ▼ on_done
 *                                │ └─┼── SETTLING
 *                                │   ▼
 *                              RESETTING
 *
 * SETTLING waits for the end of a cancel, so that it cannot hit the next
 * statement. From anywhere the way may lead to LOST (nothing but close() is
 * allowed then) and to CLOSING, which waits for the server's end to go.
 */
#define TO(phase) (1u << (phase))
#define TO_END (TO(PG_LOST) | TO(PG_CLOSING))

static const unsigned allowed_moves[] = {
    [PG_RESOLVING] = TO(PG_CONNECTING) | TO_END,
    [PG_CONNECTING] = TO(PG_IDLE) | TO_END,
    [PG_IDLE] = TO(PG_RUNNING) | TO(PG_RESETTING) | TO_END,
    [PG_RUNNING] = TO(PG_COPY_IN) | TO(PG_COPY_OUT) | TO(PG_SETTLING) | TO_END,
    [PG_COPY_IN] = TO(PG_RUNNING) | TO_END,
    [PG_COPY_OUT] = TO(PG_RUNNING) | TO_END,
    [PG_SETTLING] = TO(PG_IDLE) | TO_END,
    [PG_RESETTING] = TO(PG_IDLE) | TO_END,
    [PG_LOST] = TO(PG_CLOSING),
    [PG_CLOSING] = 0,
};

void pg_move(struct backend *b, enum pg_phase to)
{
	assert(allowed_moves[b->phase] & TO(to));
	b->phase = to;
}

/* A turn of the loop reads about so much before others have theirs. */
#define TURN_BYTES ((size_t)256 * 1024)

bool pg_is_running(const struct backend *b)
{
	return b->phase == PG_RUNNING || b->phase == PG_COPY_IN ||
	       b->phase == PG_COPY_OUT;
}

/*
 * A paused statement is not read, unless it is still being sent: the server
 * may need us to read before it takes the rest.
 */
static bool wants_read(const struct backend *b)
{
	if (b->eof)
		return false;
	if (pg_is_running(b))
		return !b->paused || b->flushing;
	return b->phase == PG_IDLE || b->phase == PG_SETTLING ||
	       b->phase == PG_RESETTING;
}

static int wanted_events(const struct backend *b)
{
	if (b->phase == PG_CONNECTING)
		return b->connect_wants;
	return (wants_read(b) ? EV_READ : 0) |
	       (b->flushing && !b->eof ? EV_WRITE : 0);
}

/* Brings the watcher in line with what is wanted now. */
void pg_watch(struct backend *b)
{
	pg_socket_watch(b, wanted_events(b));
}

void pg_kick(struct backend *b)
{
	if (ev_is_active(&b->kick))
		return;
	ev_timer_set(&b->kick, 0., 0.);
	ev_timer_start(b->engine->env.loop, &b->kick);
}

/* 0: no bound. */
void pg_bound(struct backend *b, double seconds)
{
	timer_start_if(
	    b->engine->env.loop, &b->bound, (int64_t)(seconds * 1e6));
}

void pg_flush(struct backend *b)
{
	int rc = PQflush(b->conn);

	b->flushing = rc == 1;
	if (rc < 0)
		b->eof = true;
}

/* Ends everything but close(): tells on_done if due, then on_lost. */
void pg_lose(struct backend *b, const struct err *why)
{
	struct err e;

	if (why)
		e = *why;
	else if (b->doom.code)
		e = b->doom;
	else
		pg_error_of_conn(b->conn, &e);
	if (b->st.error && pg_error_is_fatal(b->st.error))
		pg_error_to_err(b->st.error, &e);
	pg_move(b, PG_LOST);
	pg_bound(b, 0);
	pg_cancel_forget(b);
	if (b->st.sink)
		pg_run_lost(b, &e);
	if (b->phase == PG_LOST)
		b->link->on_lost(b->ctx, &e);
}

/* Idle connections are read too: that is how their end is noticed. */
static void idle_step(struct backend *b)
{
	PGnotify *n;

	while ((n = PQnotifies(b->conn)))
		PQfreemem(n);
	if (b->doom.code || b->eof)
		pg_lose(b, NULL);
}

static void phase_step(struct backend *b)
{
	switch (b->phase) {
	case PG_IDLE:
	case PG_SETTLING:
		idle_step(b);
		break;
	case PG_RUNNING:
		pg_run_step(b);
		break;
	case PG_COPY_IN:
		pg_copy_in_step(b);
		break;
	case PG_COPY_OUT:
		pg_copy_out_step(b);
		break;
	case PG_RESETTING:
		pg_reset_step(b);
		break;
	case PG_RESOLVING:
	case PG_CONNECTING:
	case PG_LOST:
	case PG_CLOSING:
		break;
	}
}

/* Handles all that libpq has, through however many phases that leads. */
static void dispatch(struct backend *b)
{
	enum pg_phase before;

	do {
		before = b->phase;
		phase_step(b);
	} while (b->phase != before);
}

/*
 * Sends and receives. With TLS an empty socket does not mean that there is
 * nothing to read, since decrypted bytes may be left of the last record; one
 * more round after the socket was found empty takes them.
 */
static void transfer(struct backend *b)
{
	size_t budget = TURN_BYTES;
	size_t before, after;

	do {
		before = pg_socket_waiting(b);
		if (b->flushing)
			pg_flush(b);
		if (wants_read(b) && !PQconsumeInput(b->conn))
			b->eof = true;
		dispatch(b);
		if (!wants_read(b))
			return;
		after = pg_socket_waiting(b);
		budget -= before < budget ? before : budget;
	} while (
	    budget > 0 && (after > 0 || (before > 0 && PQsslInUse(b->conn))));
	if (budget == 0)
		pg_kick(b);
	else
		pg_run_tell_flush(b);
}

/* The one way in from the loop. May free B. */
static void pg_step(struct backend *b)
{
	switch (b->phase) {
	case PG_RESOLVING:
		pg_connect_begin(b);
		break;
	case PG_CONNECTING:
		pg_connect_poll(b);
		break;
	case PG_LOST:
		break;
	case PG_CLOSING:
		pg_close_step(b);
		return;
	default:
		transfer(b);
	}
	if (b->phase != PG_CLOSING)
		pg_watch(b);
}

static void on_io(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	pg_step(container_of(w, struct backend, io));
}

static void on_kick(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	pg_step(container_of(w, struct backend, kick));
}

static void settle_timeout(struct backend *b)
{
	struct err e;

	err_set(&e, ERR_TIMEOUT, SQLSTATE_CONNECTION,
	    "a cancel request was not confirmed in time");
	pg_lose(b, &e);
}

static void on_bound(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct backend *b = container_of(w, struct backend, bound);

	(void)loop;
	(void)revents;
	if (b->phase == PG_CLOSING) {
		pg_close_wait_over(b);
		return;
	}
	if (pg_is_running(b))
		pg_cancel_start(b);
	else if (b->phase == PG_SETTLING)
		settle_timeout(b);
	else
		pg_connect_timeout(b);
	if (b->phase != PG_CLOSING)
		pg_watch(b);
}

void pg_init_watchers(struct backend *b)
{
	ev_init(&b->io, on_io);
	ev_init(&b->kick, on_kick);
	ev_init(&b->bound, on_bound);
}
