#include "pool/backend_pg.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/*
 * A server counts a connection until the process behind it has gone, which
 * is some time after the client closed its end, and long after where a
 * statement runs that nobody listens to. So what runs is cancelled, our copy
 * of the socket outlives libpq's, and on_closed waits until the server has
 * closed its end too.
 */

/*
 * The server has five seconds to go; meanwhile a cancel that it may have lost
 * is sent again.
 */
#define WAIT_SECONDS .5
#define WAITS 10

/* Calls nothing back; pg_close_step() on the next turn does it. */
void pg_close_start(struct backend *b)
{
	pg_move(b, PG_CLOSING);
	pg_bound(b, 0);
	ev_io_stop(b->engine->env.loop, &b->io);
	ev_timer_stop(b->engine->env.loop, &b->kick);
	pg_kick(b);
}

static void finish(struct backend *b)
{
	const struct backend_link *link = b->link;
	void *ctx = b->ctx;

	pg_bound(b, 0);
	ev_timer_stop(b->engine->env.loop, &b->kick);
	pg_socket_drop(b);
	pg_cancel_forget(b);
	free(b);
	link->on_closed(ctx);
}

/* The server's end is gone, and so is the process that a cancel took. */
static void finish_if_gone(struct backend *b)
{
	if (b->fd < 0 && !pg_cancel_is_under_way(b))
		finish(b);
}

static void release(struct backend *b)
{
	pg_lookup_forget(b);
	pg_run_release(&b->st);
	free(b->reset.query);
	b->reset.query = NULL;
	PQfinish(b->conn);
	b->conn = NULL;
}

/*
 * Hangs up: libpq says goodbye where it can, and the shutdown makes it known
 * also where it cannot, since our copy keeps the connection itself open.
 */
static void begin(struct backend *b)
{
	/* Before a connection is made no process is there to go. */
	if (b->conn && PQstatus(b->conn) == CONNECTION_STARTED)
		pg_socket_drop(b);
	if (b->conn && PQtransactionStatus(b->conn) == PQTRANS_ACTIVE)
		pg_cancel_start(b);
	release(b);
	b->hung_up = true;
	if (b->fd >= 0) {
		(void)shutdown(b->fd, SHUT_WR);
		pg_socket_watch(b, EV_READ);
	}
	pg_bound(b, WAIT_SECONDS);
	finish_if_gone(b);
}

/* Throws away what still comes. Is it the end? */
static bool is_at_end(int fd)
{
	char junk[16 * 1024];
	ssize_t n = 1;
	int i;

	for (i = 0; i < 16 && n > 0; i++)
		n = recv(fd, junk, sizeof junk, MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK &&
	                     errno != EINTR);
}

void pg_close_step(struct backend *b)
{
	if (!b->hung_up) {
		begin(b);
		return;
	}
	if (b->fd >= 0 && is_at_end(b->fd))
		pg_socket_drop(b);
	finish_if_gone(b);
}

void pg_close_cancel_ended(struct backend *b)
{
	if (b->hung_up)
		finish_if_gone(b);
}

void pg_close_wait_over(struct backend *b)
{
	if (++b->close_waits == WAITS) {
		finish(b);
		return;
	}
	if (b->cancel)
		pg_cancel_start(b);
	pg_bound(b, WAIT_SECONDS);
}
