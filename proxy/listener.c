#include "proxy/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"

#define BACKLOG 1024
#define RETRY_US (US_PER_S / 2)
#define ACCEPTS_A_TURN 64

static int os_error(
    struct err *e, const struct conf_listen *c, const char *what)
{
	return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
	    "cannot listen on %s: %s: %s", c->text, what, strerror(errno));
}

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int open_tcp(const struct conf_listen *c, struct err *e)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
	struct addrinfo *found;
	int on = 1, fd, rc;

	rc = getaddrinfo(c->host, c->port, &hints, &found);
	if (rc)
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
		    "cannot listen on %s: %s", c->text, gai_strerror(rc));
	fd = new_socket(found->ai_family);
	if (fd < 0) {
		freeaddrinfo(found);
		return os_error(e, c, "socket");
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	rc = bind(fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (rc == 0)
		return fd;
	rc = os_error(e, c, "bind");
	close(fd);
	return rc;
}

/* Does anybody answer at this socket file? */
static bool is_live(const struct sockaddr_un *un)
{
	int fd = new_socket(AF_UNIX);
	bool live;

	if (fd < 0)
		return true; /* not known, so hands off */
	live = connect(fd, (const struct sockaddr *)un, sizeof *un) == 0 ||
	       errno == EAGAIN;
	close(fd);
	return live;
}

/* Removes a socket that a daemon which is gone has left. */
static int clear_path(
    const struct conf_listen *c, const struct sockaddr_un *un, struct err *e)
{
	struct stat st;

	if (lstat(c->path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
		    "cannot listen on %s: there is a file that is no socket",
		    c->text);
	if (is_live(un))
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
		    "cannot listen on %s: another process does already",
		    c->text);
	return unlink(c->path) ? os_error(e, c, "unlink") : 0;
}

static int open_unix(const struct conf_listen *c, struct err *e)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, rc;

	strncpy(un.sun_path, c->path, sizeof un.sun_path - 1);
	rc = clear_path(c, &un, e);
	if (rc)
		return rc;
	fd = new_socket(AF_UNIX);
	if (fd < 0)
		return os_error(e, c, "socket");
	if (bind(fd, (struct sockaddr *)&un, sizeof un) == 0)
		return fd;
	rc = os_error(e, c, "bind");
	close(fd);
	return rc;
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/*
 * No descriptor is left: accept with the spare one and close at once, so
 * that the client is not kept waiting, then leave the rest for later.
 */
static void turn_away(struct listener *l)
{
	int fd;

	log_warning("out of file descriptors, a client is turned away");
	close(l->spare);
	fd = accept(l->fd, NULL, NULL);
	if (fd >= 0)
		close(fd);
	l->spare = open_spare();
	ev_io_stop(l->loop, &l->acceptable);
	timer_start(l->loop, &l->retry, RETRY_US);
}

static void on_retry(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)revents;
	ev_io_start(loop, &container_of(w, struct listener, retry)->acceptable);
}

static void on_acceptable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct listener *l = container_of(w, struct listener, acceptable);

	(void)loop;
	(void)revents;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		int fd =
		    accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			l->on_client(l->ctx, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		    errno == ENOMEM)
			turn_away(l);
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

void listener_adopt(struct listener *l, struct ev_loop *loop, int fd,
    void (*on_client)(void *ctx, int fd), void *ctx)
{
	*l = (struct listener){
	    .loop = loop,
	    .fd = fd,
	    .spare = open_spare(),
	    .on_client = on_client,
	    .ctx = ctx,
	};
	ev_io_init(&l->acceptable, on_acceptable, fd, EV_READ);
	ev_init(&l->retry, on_retry);
	ev_io_start(loop, &l->acceptable);
}

int listener_open(struct listener *l, struct ev_loop *loop,
    const struct conf_listen *conf, void (*on_client)(void *ctx, int fd),
    void *ctx, struct err *e)
{
	int fd = conf->kind == CONF_LISTEN_UNIX ? open_unix(conf, e)
	                                        : open_tcp(conf, e);
	int rc;

	if (fd < 0)
		return fd;
	if (listen(fd, BACKLOG)) {
		rc = os_error(e, conf, "listen");
		close(fd);
		return rc;
	}
	listener_adopt(l, loop, fd, on_client, ctx);
	l->conf = conf;
	return 0;
}

void listener_close(struct listener *l)
{
	if (l->fd < 0)
		return;
	ev_io_stop(l->loop, &l->acceptable);
	ev_timer_stop(l->loop, &l->retry);
	close(l->fd);
	if (l->spare >= 0)
		close(l->spare);
	if (l->conf && l->conf->kind == CONF_LISTEN_UNIX)
		unlink(l->conf->path);
	l->fd = -1;
}
