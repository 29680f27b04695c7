#include "proxy/session.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "proxy/response_write.h"
#include "proxy/server.h"

#define WRITE_PIECES 16
#define WRITE_BUDGET ((size_t)1024 * 1024) /* a turn, for each client */
#define GONE_CHECK_US US_PER_S /* how often, after its end */

static void session_move(struct session *s, enum session_state to)
{
	assert(to > s->state);
	s->state = to;
}

static struct ev_loop *loop_of(const struct session *s)
{
	return s->server->turn.loop;
}

/* ---- closing ---- */

static void reap(struct turn_task *task)
{
	struct session *s = container_of(task, struct session, reap);

	bufq_release(&s->out.q);
	line_reader_release(&s->lines);
	free(s);
}

void session_close(struct session *s)
{
	if (s->state == SESSION_CLOSED)
		return;
	session_move(s, SESSION_CLOSED);
	ev_io_stop(loop_of(s), &s->readable);
	ev_io_stop(loop_of(s), &s->writable);
	ev_timer_stop(loop_of(s), &s->write_timer);
	ev_timer_stop(loop_of(s), &s->idle_timer);
	while (!list_is_empty(&s->responses))
		response_detach(
		    container_of(s->responses.next, struct response, link));
	turn_drop(&s->flush);
	turn_drop(&s->unstuff);
	close(s->fd);
	server_forget_session(s->server, s);
	turn_defer(&s->server->turn, &s->reap);
}

static bool is_finished(const struct session *s)
{
	if (s->stuffed || s->choked)
		return false; /* there are lines left to read */
	return list_is_empty(&s->responses) && s->out.q.bytes == 0;
}

static void close_if_finished(struct session *s)
{
	if (!is_finished(s))
		return;
	if (s->state == SESSION_ENDED || s->server->draining)
		session_close(s);
}

void session_drain(struct session *s)
{
	turn_defer(&s->server->turn, &s->flush);
}

/* ---- timers ---- */

static void set_idle_timer(struct session *s)
{
	int64_t limit = s->server->conf->client_idle_timeout;

	if (s->state == SESSION_OPEN)
		timer_start_if(loop_of(s), &s->idle_timer, limit);
}

static ssize_t write_some(struct session *s);

/* After the end of its stream only this tells that a client is gone. */
static void close_if_gone(struct session *s)
{
	struct pollfd p = {.fd = s->fd};

	if (poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR))) {
		/* A Unix peer that closed, or a TCP peer that reset. */
		session_close(s);
		return;
	}
	timer_start(loop_of(s), &s->idle_timer, GONE_CHECK_US);
}

static void on_idle_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct session *s = container_of(w, struct session, idle_timer);
	struct err e;

	(void)loop;
	(void)revents;
	if (s->state == SESSION_ENDED) {
		close_if_gone(s);
		return;
	}
	if (!is_finished(s)) {
		set_idle_timer(s);
		return;
	}
	log_info("client %" PRIu64 ": closed by client_idle_timeout", s->id);
	err_set(&e, ERR_TIMEOUT, SQLSTATE_IDLE,
	    "nothing was asked for client_idle_timeout, good-bye");
	session_refuse_line(s, &e);
	if (write_some(s) < 0)
		log_debug("client %" PRIu64 ": did not hear it", s->id);
	session_close(s);
}

/* Bytes that the kernel holds for the client; 0 where it does not tell. */
static int count_unsent(const struct session *s)
{
	int n = 0;

	return ioctl(s->fd, SIOCOUTQ, &n) ? 0 : n;
}

static void start_write_timer(struct session *s)
{
	s->unsent = count_unsent(s);
	timer_start_if(
	    loop_of(s), &s->write_timer, s->server->conf->client_write_timeout);
}

static void on_write_timer(
    struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct session *s = container_of(w, struct session, write_timer);

	(void)loop;
	(void)revents;
	/*
	 * The socket is writable again only when a good part of its buffer is
	 * free: a slow reader takes longer for that than it may take.
	 */
	if (count_unsent(s) < s->unsent) {
		start_write_timer(s);
		return;
	}
	log_info("client %" PRIu64 ": took nothing for "
	         "client_write_timeout, closed with %zu bytes unsent",
	    s->id, s->out.q.bytes);
	session_close(s);
}

/* ---- writing ---- */

/* Bytes written, 0 when the socket is full, -1 when it is broken. */
static ssize_t write_some(struct session *s)
{
	struct iovec iov[WRITE_PIECES];
	struct msghdr msg = {.msg_iov = iov};
	ssize_t n;

	msg.msg_iovlen = (size_t)bufq_peek(&s->out.q, iov, WRITE_PIECES);
	n = sendmsg(s->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n >= 0) {
		bufq_consume(&s->out.q, (size_t)n);
		s->bytes_out += (uint64_t)n;
		return n;
	}
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static void read_on(struct session *s);

static void resume_if_room(struct session *s)
{
	struct list *link, *next;

	if (outbox_is_full(&s->out))
		s->was_full = true;
	if (!s->was_full || !outbox_has_room(&s->out))
		return;
	s->was_full = false;
	list_for_each_safe (link, next, &s->responses) {
		response_resume(container_of(link, struct response, link));
	}
	if (s->choked) {
		s->choked = false;
		if (!s->stuffed)
			read_on(s);
	}
}

/* Waits for the socket where something is left; the time is the client's. */
static void await_writable(struct session *s, bool progress)
{
	if (s->out.q.bytes == 0) {
		ev_io_stop(loop_of(s), &s->writable);
		ev_timer_stop(loop_of(s), &s->write_timer);
		return;
	}
	ev_io_start(loop_of(s), &s->writable);
	if (progress || !ev_is_active(&s->write_timer))
		start_write_timer(s);
}

static void write_out(struct session *s)
{
	size_t budget = WRITE_BUDGET;
	bool progress = false;

	if (outbox_is_full(&s->out))
		s->was_full = true;
	if (s->out.q.failed) {
		log_error("client %" PRIu64 ": out of memory, closed", s->id);
		session_close(s);
		return;
	}
	while (s->out.q.bytes && budget) {
		ssize_t n = write_some(s);

		if (n < 0) {
			session_close(s);
			return;
		}
		if (n == 0)
			break;
		progress = true;
		budget -= (size_t)n < budget ? (size_t)n : budget;
	}
	await_writable(s, progress);
	resume_if_room(s);
	close_if_finished(s);
}

static void flush(struct turn_task *task)
{
	write_out(container_of(task, struct session, flush));
}

static void on_writable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	write_out(container_of(w, struct session, writable));
}

/* ---- reading ---- */

static void refuse_long_line(struct session *s)
{
	struct err e;

	err_set(&e, ERR_LIMIT, SQLSTATE_LIMIT,
	    "the line is longer than max_line = %" PRId64 " bytes",
	    s->server->conf->max_line);
	session_refuse_data(s, &e);
}

static bool is_blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static void note_request(struct session *s)
{
	s->requests++;
	s->last_request_us = clock_now_us();
	s->last_request_wall_us = clock_wall_us();
	set_idle_timer(s);
}

/*
 * Rows stop at client_buffer by themselves. A client that asks on and on and
 * takes no answer is not listened to any more at twice as much.
 */
static bool may_read(struct session *s)
{
	if (s->out.q.bytes >= 2 * s->out.limit)
		s->choked = true;
	return !s->stuffed && !s->choked;
}

static void handle_lines(struct session *s)
{
	const char *line;
	size_t len;

	while (s->state != SESSION_CLOSED && may_read(s)) {
		enum line_result result = line_reader_next(&s->lines,
		    (size_t)s->server->conf->max_line,
		    s->state == SESSION_ENDED, &line, &len);

		if (result == LINE_NONE)
			break;
		note_request(s);
		if (result == LINE_TOO_LONG)
			refuse_long_line(s);
		else if (!is_blank(line, len))
			session_handle_line(s, line, len);
	}
}

void session_give_up_copies(struct session *s, const char *reason)
{
	struct list *link, *next;

	list_for_each_safe (link, next, &s->responses) {
		fanout_give_up_copies(
		    container_of(link, struct response, link)->fanout, reason);
	}
}

static void no_more_input(struct session *s)
{
	session_give_up_copies(s, "the client's stream ended before copy_end");
}

static void on_end_of_stream(struct session *s)
{
	ev_io_stop(loop_of(s), &s->readable);
	session_move(s, SESSION_ENDED);
	handle_lines(s);
	if (s->state == SESSION_CLOSED)
		return;
	if (may_read(s))
		no_more_input(s);
	timer_start(loop_of(s), &s->idle_timer, GONE_CHECK_US);
	turn_defer(&s->server->turn, &s->flush);
}

static void on_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct session *s = container_of(w, struct session, readable);
	size_t room;
	char *to = line_reader_room(&s->lines, &room);
	ssize_t n;

	(void)loop;
	(void)revents;
	if (!to) {
		log_error("client %" PRIu64 ": out of memory, closed", s->id);
		session_close(s);
		return;
	}
	n = recv(s->fd, to, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		session_close(s);
		return;
	}
	if (n == 0) {
		on_end_of_stream(s);
		return;
	}
	line_reader_added(&s->lines, (size_t)n);
	s->bytes_in += (uint64_t)n;
	handle_lines(s);
	if (s->state == SESSION_OPEN && !may_read(s))
		ev_io_stop(loop_of(s), &s->readable);
}

/* With the lines that are there already, then with the socket. */
static void read_on(struct session *s)
{
	handle_lines(s);
	if (s->state == SESSION_CLOSED || !may_read(s))
		return;
	if (s->state == SESSION_OPEN)
		ev_io_start(loop_of(s), &s->readable);
	else
		no_more_input(s);
}

static void unstuff(struct turn_task *task)
{
	struct session *s = container_of(task, struct session, unstuff);

	s->stuffed = NULL;
	if (!s->choked)
		read_on(s);
}

void session_unstuff(struct session *s)
{
	turn_defer(&s->server->turn, &s->unstuff);
}

struct response *session_find(const struct session *s, const char *batch)
{
	struct list *link;

	list_for_each (link, &s->responses) {
		struct response *r = container_of(link, struct response, link);

		if (strcmp(r->batch->id, batch) == 0)
			return r;
	}
	return NULL;
}

/* ---- making ---- */

static void describe_tcp(
    const struct sockaddr_storage *a, char *out, size_t size, int *port)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)a;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
		*port = ntohs(in6->sin6_port);
	} else {
		const struct sockaddr_in *in = (const void *)a;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		*port = ntohs(in->sin_port);
	}
	snprintf(out, size, "%s", host);
}

static void describe_peer(struct session *s)
{
	struct sockaddr_storage peer, local;
	socklen_t peer_len = sizeof peer, local_len = sizeof local;
	int local_port = 0;
	int on = 1;

	memset(&local, 0, sizeof local);
	if (getsockname(s->fd, (struct sockaddr *)&local, &local_len))
		return;
	if (local.ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const void *)&local;

		s->kind = "unix";
		snprintf(s->addr, sizeof s->addr, "unix");
		snprintf(s->local, sizeof s->local, "%s", un->sun_path);
		return;
	}
	s->kind = "tcp";
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (getpeername(s->fd, (struct sockaddr *)&peer, &peer_len) == 0)
		describe_tcp(&peer, s->addr, sizeof s->addr, &s->port);
	describe_tcp(&local, s->local, sizeof s->local, &local_port);
	snprintf(s->local + strlen(s->local),
	    sizeof s->local - strlen(s->local), ":%d", local_port);
}

int session_new(
    struct server *server, int fd, struct session **out, struct err *e)
{
	struct session *s = calloc(1, sizeof *s);

	if (!s) {
		close(fd);
		return err_nomem(e);
	}
	s->server = server;
	s->fd = fd;
	list_init(&s->link);
	list_init(&s->responses);
	line_reader_init(&s->lines);
	turn_task_init(&s->flush, flush);
	turn_task_init(&s->reap, reap);
	turn_task_init(&s->unstuff, unstuff);
	bufq_init(&s->out.q);
	s->out.limit = (size_t)server->conf->client_buffer;
	s->out.turn = &server->turn;
	s->out.flush = &s->flush;
	s->connected_wall_us = s->last_request_wall_us = clock_wall_us();
	s->last_request_us = clock_now_us();
	describe_peer(s);
	ev_io_init(&s->readable, on_readable, fd, EV_READ);
	ev_io_init(&s->writable, on_writable, fd, EV_WRITE);
	ev_init(&s->write_timer, on_write_timer);
	ev_init(&s->idle_timer, on_idle_timer);
	ev_io_start(loop_of(s), &s->readable);
	set_idle_timer(s);
	*out = s;
	return 0;
}
