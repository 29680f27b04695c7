#include "pool/backend_pg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The loop watches a copy of libpq's socket. libpq closes its own when it
 * likes, also in the middle of connecting, to try another address, and at
 * last in PQfinish(); the copy is there until the server's end has gone. It
 * has to be the copy that is watched, all the time: the kernel keeps watching
 * a closed descriptor whose socket lives on in a copy, and nobody could tell
 * it to stop.
 */

/* A new socket can have the number of the old one, but not its inode. */
static bool is_same_socket(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 &&
	       sa.st_ino == sb.st_ino;
}

void pg_socket_drop(struct backend *b)
{
	ev_io_stop(b->engine->env.loop, &b->io);
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
}

/* While connecting, after each call of libpq: what is its socket now? */
int pg_socket_follow(struct backend *b, struct err *e)
{
	int fd = PQsocket(b->conn);

	if (fd >= 0 && b->fd >= 0 && is_same_socket(fd, b->fd))
		return 0;
	pg_socket_drop(b);
	if (fd < 0)
		return 0;
	b->fd = dup(fd);
	if (b->fd < 0)
		return err_set(e, ERR_IO, SQLSTATE_CANNOT_CONNECT,
		    "cannot copy a socket: %s", strerror(errno));
	(void)fcntl(b->fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/* EVENTS 0: none. */
void pg_socket_watch(struct backend *b, int events)
{
	struct ev_loop *loop = b->engine->env.loop;

	if (ev_is_active(&b->io) &&
	    (b->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(loop, &b->io);
	if (b->fd < 0 || events == 0)
		return;
	ev_io_set(&b->io, b->fd, events);
	ev_io_start(loop, &b->io);
}

/* Bytes that the kernel holds for us. */
size_t pg_socket_waiting(const struct backend *b)
{
	int n = 0;

	if (b->fd < 0 || ioctl(b->fd, FIONREAD, &n) != 0 || n < 0)
		return 0;
	return (size_t)n;
}
