#include "pool/backend_pg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * A server counts a connection until the process behind it has gone, which
 * is some time after the client closed its end, and long after where a
 * statement runs that nobody listens to. So what runs is cancelled, a copy of
 * the socket outlives libpq's, and on_closed waits until the server has
 * closed its end too.
 */

/* The server has so long to go, from when it was asked or a cancel ended. */
#define CLOSE_SECONDS 5.

/* Calls nothing back; pg_close_step() on the next turn does it. */
void pg_close_start(struct backend *b)
{
	pg_move(b, PG_CLOSING);
	pg_bound(b, 0);
	ev_io_stop(b->engine->env.loop, &b->io);
	ev_timer_stop(b->engine->env.loop, &b->kick);
	pg_kick(b);
}

static void drop_socket(struct backend *b)
{
	if (!ev_is_active(&b->io))
		return;
	ev_io_stop(b->engine->env.loop, &b->io);
	close(b->io.fd);
}

void pg_close_finish(struct backend *b)
{
	const struct backend_link *link = b->link;
	void *ctx = b->ctx;

	pg_bound(b, 0);
	ev_timer_stop(b->engine->env.loop, &b->kick);
	drop_socket(b);
	pg_cancel_forget(b);
	free(b);
	link->on_closed(ctx);
}

/* The server's end is gone, and so is the process that a cancel took. */
static void finish_if_gone(struct backend *b)
{
	if (!ev_is_active(&b->io) && !b->cancel)
		pg_close_finish(b);
}

/* Is there a process at the other end that has to go? */
static bool has_server(const struct backend *b)
{
	return b->conn && PQsocket(b->conn) >= 0 &&
	       PQstatus(b->conn) != CONNECTION_STARTED;
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
	bool server = has_server(b);
	int fd = -1;

	if (server)
		fd = dup(PQsocket(b->conn));
	if (server && PQtransactionStatus(b->conn) == PQTRANS_ACTIVE)
		pg_cancel_start(b);
	release(b);
	b->hung_up = true;
	pg_bound(b, CLOSE_SECONDS);
	if (fd >= 0) {
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
		(void)shutdown(fd, SHUT_WR);
		ev_io_set(&b->io, fd, EV_READ);
		ev_io_start(b->engine->env.loop, &b->io);
	}
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
	if (ev_is_active(&b->io) && is_at_end(b->io.fd))
		drop_socket(b);
	finish_if_gone(b);
}

void pg_close_cancel_ended(struct backend *b)
{
	if (!b->hung_up)
		return;
	pg_bound(b, CLOSE_SECONDS);
	finish_if_gone(b);
}
