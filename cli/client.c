#include "cli/client.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define READ_SIZE ((size_t)256 * 1024)
#define LONGEST_LINE ((size_t)1 << 30) /* PostgreSQL's longest value */

void client_init(struct client *c, int wake_fd)
{
	memset(c, 0, sizeof *c);
	c->fd = -1;
	c->wake_fd = wake_fd;
	buf_init(&c->out);
	buf_init(&c->in);
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->out);
	buf_release(&c->in);
	client_init(c, c->wake_fd);
}

/* poll() against a deadline; 0 when it has passed. */
static int poll_until(struct pollfd *fds, nfds_t n, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline ? deadline - clock_now_us() : 0;
		int ms = -1;
		int rc;

		if (deadline && left <= 0)
			ms = 0;
		else if (deadline)
			ms = left > INT32_MAX ? INT32_MAX
			                      : (int)((left + 999) / 1000);
		rc = poll(fds, n, ms);
		if (rc >= 0 || errno != EINTR)
			return rc;
	}
}

static int cannot_connect(
    struct err *e, const struct address *a, const char *why)
{
	return err_set(e, ERR_IO, SQLSTATE_CANNOT_CONNECT,
	    "cannot connect to %s: %s", a->text, why);
}

/* The end of a connect() that said EINPROGRESS. */
static int finish_connect(
    struct client *c, const struct address *a, int64_t deadline, struct err *e)
{
	struct pollfd p[2] = {
	    {.fd = c->fd, .events = POLLOUT},
	    {.fd = c->wake_fd, .events = POLLIN},
	};
	int why = 0;
	socklen_t size = sizeof why;
	int n = poll_until(p, 2, deadline);

	if (n == 0) {
		cannot_connect(e, a, "no answer in time");
		return e ? (e->code = ERR_TIMEOUT) : ERR_TIMEOUT;
	}
	if (n < 0)
		return cannot_connect(e, a, strerror(errno));
	if (p[1].revents)
		return err_set(
		    e, ERR_CANCELLED, SQLSTATE_CANCELED, "interrupted");
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &why, &size);
	return why ? cannot_connect(e, a, strerror(why)) : 0;
}

static int connect_one(struct client *c, const struct address *a,
    const struct sockaddr *sa, socklen_t size, int64_t deadline, struct err *e)
{
	int rc = 0;

	c->fd = socket(
	    sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return cannot_connect(e, a, strerror(errno));
	if (connect(c->fd, sa, size) < 0) {
		if (errno == EINPROGRESS)
			rc = finish_connect(c, a, deadline, e);
		else
			rc = cannot_connect(e, a, strerror(errno));
	}
	if (rc) {
		close(c->fd);
		c->fd = -1;
	}
	return rc;
}

/* A name may have several addresses: the first that answers. */
static int connect_tcp(
    struct client *c, const struct address *a, int64_t deadline, struct err *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	int rc = getaddrinfo(a->host, a->port, &hints, &list);

	if (rc)
		return cannot_connect(e, a,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	rc = ERR_IO;
	for (struct addrinfo *ai = list; ai && rc == ERR_IO; ai = ai->ai_next)
		rc =
		    connect_one(c, a, ai->ai_addr, ai->ai_addrlen, deadline, e);
	freeaddrinfo(list);
	return rc;
}

int client_connect(struct client *c, const struct address *address,
    int64_t deadline, struct err *e)
{
	if (address->is_unix)
		return connect_one(c, address,
		    (const struct sockaddr *)&address->un, sizeof address->un,
		    deadline, e);
	return connect_tcp(c, address, deadline, e);
}

static int lost(struct err *e, const char *why)
{
	return err_set(e, ERR_IO, SQLSTATE_CONNECTION,
	    "the connection to the server was lost: %s", why);
}

/*
 * A failure here is not the end: what the server said before it stopped
 * listening may tell why, and is read first.
 */
static void send_some(struct client *c)
{
	ssize_t n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);

	if (n >= 0) {
		buf_consume(&c->out, (size_t)n);
	} else if (errno != EAGAIN && errno != EINTR) {
		buf_clear(&c->out);
	}
}

static void drop_taken(struct client *c)
{
	buf_consume(&c->in, c->taken);
	c->searched -= c->taken;
	c->taken = 0;
}

static int receive_some(struct client *c, struct err *e)
{
	char *p;
	ssize_t n;

	drop_taken(c);
	if (c->in.len > LONGEST_LINE)
		return lost(e, "it sent a line without end");
	p = buf_reserve(&c->in, READ_SIZE);
	if (!p)
		return err_nomem(e);
	n = recv(c->fd, p, READ_SIZE, 0);
	if (n == 0)
		return lost(e, "the server closed it");
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return lost(e, strerror(errno));
	if (n > 0)
		c->in.len += (size_t)n;
	return 0;
}

int client_wait(struct client *c, int extra_fd, int64_t deadline,
    unsigned *events, struct err *e)
{
	struct pollfd p[3] = {
	    {.fd = c->fd, .events = POLLIN},
	    {.fd = c->wake_fd, .events = POLLIN},
	    {.fd = extra_fd, .events = POLLIN},
	};
	int n, rc = 0;

	*events = 0;
	if (c->out.failed)
		return err_nomem(e);
	if (c->out.len > 0)
		p[0].events |= POLLOUT;
	n = poll_until(p, 3, deadline);
	if (n < 0)
		return lost(e, strerror(errno));
	/* Also where the other side keeps talking. */
	if (deadline && clock_now_us() >= deadline)
		*events |= CLIENT_LATE;
	if (p[0].revents & POLLOUT)
		send_some(c);
	if (p[0].revents & ~POLLOUT) {
		*events |= CLIENT_GOT_DATA;
		rc = receive_some(c, e);
	}
	if (c->out.len == 0)
		*events |= CLIENT_SENT_ALL;
	if (p[1].revents)
		*events |= CLIENT_WOKEN;
	if (p[2].revents)
		*events |= CLIENT_EXTRA;
	return rc;
}

bool client_next_line(struct client *c, const char **line, size_t *len)
{
	const char *nl = NULL;

	if (c->in.len > c->searched)
		nl = memchr(
		    c->in.data + c->searched, '\n', c->in.len - c->searched);
	if (!nl) {
		c->searched = c->in.len;
		return false;
	}
	*line = c->in.data + c->taken;
	*len = (size_t)(nl - *line);
	c->taken += *len + 1;
	c->searched = c->taken;
	return true;
}
