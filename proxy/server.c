#include "proxy/server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/timer.h"
#include "proxy/response_write.h"
#include "proxy/service.h"
#include "proxy/session.h"

/*
 * Threads start when they are needed. A cancel towards a server that is
 * frozen can hold one for minutes (see docs/reliability.md).
 */
#define EXECUTOR_THREADS 64
#define CLOSE_LIMIT_US (6 * US_PER_S) /* for the pools, at the very end */

struct database *server_find_database(
    struct server *s, const char *name, struct err *e)
{
	const char *names[64];
	const char *meant;
	size_t n = 0;

	if (!name)
		name = s->conf->default_database;
	for (size_t i = 0; i < s->n_databases; i++) {
		if (strcmp(s->databases[i].conf->name, name) == 0)
			return &s->databases[i];
		if (n < ARRAY_LEN(names))
			names[n++] = s->databases[i].conf->name;
	}
	meant = nearest_word(name, names, n);
	err_set(e, ERR_INVALID, SQLSTATE_UNKNOWN_DATABASE,
	    "db: there is no database \"%.60s\"%s%s%s", name,
	    meant ? ": did you mean \"" : "", meant ? meant : "",
	    meant ? "\"?" : "");
	return NULL;
}

/* ---- clients ---- */

/* Over max_client_conn: says so, and closes. */
static void turn_away(struct server *s, int fd)
{
	struct buf frame;
	struct err e;

	err_set(&e, ERR_LIMIT, SQLSTATE_TOO_MANY,
	    "there are max_client_conn = %" PRId64 " clients already",
	    s->conf->max_client_conn);
	buf_init(&frame);
	write_error(&frame, &e);
	if (!frame.failed &&
	    send(fd, frame.data, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("a client was turned away without a word");
	buf_release(&frame);
	close(fd);
}

static void on_client(void *ctx, int fd)
{
	struct server *s = ctx;
	struct session *session;
	struct err e;

	if (s->n_sessions >= s->conf->max_client_conn) {
		turn_away(s, fd);
		return;
	}
	if (session_new(s, fd, &session, &e)) {
		log_error("a client was turned away: %s", e.message);
		return;
	}
	session->id = ++s->next_session;
	list_append(&s->sessions, &session->link);
	s->n_sessions++;
}

void server_forget_session(struct server *s, struct session *session)
{
	list_remove(&session->link);
	s->n_sessions--;
	if (s->draining && !s->closing)
		ev_feed_event(s->loop, &s->deadline, 0);
}

/* ---- stopping ---- */

static void on_pool_empty(void *ctx)
{
	struct server *s = ctx;

	if (--s->pools_open == 0)
		ev_break(s->loop, EVBREAK_ALL);
}

static void close_pools(struct server *s)
{
	s->closing = true;
	s->pools_open = s->n_databases;
	for (size_t i = 0; i < s->n_databases; i++)
		pool_close(s->databases[i].pool, on_pool_empty, s);
	timer_start(s->loop, &s->deadline, CLOSE_LIMIT_US);
}

/* shutdown_timeout has passed: a verdict for everything, now. */
static void end_everything(struct server *s)
{
	struct list *link, *r;

	log_warning("shutdown_timeout has passed: ending what still runs");
	s->verdicts = true;
	list_for_each (link, &s->sessions) {
		struct session *session =
		    container_of(link, struct session, link);

		list_for_each (r, &session->responses) {
			fanout_shut_down(
			    container_of(r, struct response, link)->fanout);
		}
	}
	timer_start(s->loop, &s->deadline, CLOSE_LIMIT_US);
}

static void close_sessions(struct server *s)
{
	while (!list_is_empty(&s->sessions))
		session_close(
		    container_of(s->sessions.next, struct session, link));
}

/*
 * Told by time (REVENTS has EV_TIMER) or because a client has gone: is there
 * anything left to wait for?
 */
static void on_deadline(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct server *s = container_of(w, struct server, deadline);

	if (s->closing && (revents & EV_TIMER)) {
		log_warning("some connections to databases do not close");
		ev_break(loop, EVBREAK_ALL);
		return;
	}
	if (s->closing)
		return;
	if (s->n_sessions == 0)
		close_pools(s);
	else if ((revents & EV_TIMER) && !s->verdicts)
		end_everything(s);
	else if (revents & EV_TIMER) {
		close_sessions(s);
		close_pools(s);
	}
}

static void drain(struct server *s)
{
	struct list *link;

	log_info("draining: %u clients are connected", s->n_sessions);
	s->draining = true;
	service_stopping();
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_close(&s->listeners[i]);
	list_for_each (link, &s->sessions) {
		session_drain(container_of(link, struct session, link));
	}
	timer_start_if(s->loop, &s->deadline, s->conf->shutdown_timeout);
	if (s->n_sessions == 0)
		close_pools(s);
}

static void on_sigterm(struct ev_loop *loop, struct ev_signal *w, int revents)
{
	struct server *s = w->data;

	(void)revents;
	if (!s->draining) {
		drain(s);
		return;
	}
	log_warning("a second signal: ending at once");
	s->ended_early = true;
	ev_break(loop, EVBREAK_ALL);
}

static void on_sighup(struct ev_loop *loop, struct ev_signal *w, int revents)
{
	struct buf frame;

	(void)loop;
	(void)revents;
	buf_init(&frame);
	server_reload(w->data, &frame);
	buf_release(&frame);
}

static void watch_signal(struct server *s, struct ev_signal *w,
    void (*on_signal)(struct ev_loop *, struct ev_signal *, int), int signum)
{
	ev_signal_init(w, on_signal, signum);
	w->data = s;
	ev_signal_start(s->loop, w);
}

/* ---- making ---- */

static int open_databases(struct server *s, struct err *e)
{
	s->databases = calloc(s->conf->n_databases, sizeof *s->databases);
	if (!s->databases)
		return err_nomem(e);
	for (size_t i = 0; i < s->conf->n_databases; i++) {
		int rc = database_open(&s->databases[i], &s->conf->databases[i],
		    &s->turn, s->executor, e);

		if (rc)
			return rc;
		s->n_databases++;
	}
	return 0;
}

/* The service manager's sockets stand in for the configured ones. */
static int adopt_listeners(struct server *s, int first, int n, struct err *e)
{
	s->listeners = calloc((size_t)n, sizeof *s->listeners);
	if (!s->listeners)
		return err_nomem(e);
	for (int i = 0; i < n; i++)
		listener_adopt(&s->listeners[s->n_listeners++], s->loop,
		    first + i, on_client, s);
	log_info("listening on %d sockets of the service manager", n);
	return 0;
}

static int open_listeners(struct server *s, struct err *e)
{
	int first, n = service_sockets(&first, e);

	if (n < 0)
		return n;
	if (n > 0)
		return adopt_listeners(s, first, n, e);
	s->listeners = calloc(s->conf->n_listen, sizeof *s->listeners);
	if (!s->listeners)
		return err_nomem(e);
	for (size_t i = 0; i < s->conf->n_listen; i++) {
		int rc = listener_open(&s->listeners[i], s->loop,
		    &s->conf->listen[i], on_client, s, e);

		if (rc)
			return rc;
		s->n_listeners++;
		log_info("listening on %s", s->conf->listen[i].text);
	}
	return 0;
}

/* Every client and connection is a descriptor: ask for as many as we may. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		log_warning("cannot raise the limit of open files");
}

int server_new(const struct conf_source *source, struct conf *conf,
    struct server **out, struct err *e)
{
	struct server *s = calloc(1, sizeof *s);
	int rc;

	if (!s) {
		conf_free(&conf);
		return err_nomem(e);
	}
	log_set_level(conf->log_level);
	raise_descriptor_limit();
	s->source = source;
	s->conf = s->boot = conf;
	s->started_us = clock_now_us();
	list_init(&s->sessions);
	s->loop = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOSIGMASK);
	if (!s->loop) {
		conf_free(&s->conf);
		free(s);
		return err_set(
		    e, ERR_IO, SQLSTATE_INTERNAL, "no event loop can be made");
	}
	turn_init(&s->turn, s->loop);
	ev_init(&s->deadline, on_deadline);
	watch_signal(s, &s->sigterm, on_sigterm, SIGTERM);
	watch_signal(s, &s->sigint, on_sigterm, SIGINT);
	watch_signal(s, &s->sighup, on_sighup, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	rc = executor_new(s->loop, EXECUTOR_THREADS, &s->executor, e);
	if (rc == 0)
		rc = open_databases(s, e);
	if (rc == 0)
		rc = open_listeners(s, e);
	if (rc) {
		server_free(&s);
		return rc;
	}
	*out = s;
	return 0;
}

int server_run(struct server *s)
{
	log_info("fanoutd %s is ready", FANOUT_VERSION);
	service_ready();
	ev_run(s->loop, 0);
	log_info("fanoutd has stopped");
	return s->ended_early ? 1 : 0;
}

/* What was not closed in time goes with the process. */
static bool is_quiet(const struct server *s)
{
	struct pool_stats stats;

	if (s->n_sessions)
		return false;
	for (size_t i = 0; i < s->n_databases; i++) {
		pool_read_stats(s->databases[i].pool, &stats);
		if (stats.n_conns)
			return false;
	}
	return true;
}

void server_free(struct server **sp)
{
	struct server *s = *sp;

	if (!s)
		return;
	*sp = NULL;
	for (size_t i = 0; i < s->n_listeners; i++)
		listener_close(&s->listeners[i]);
	if (!is_quiet(s))
		return;
	for (size_t i = 0; i < s->n_databases; i++)
		database_close(&s->databases[i]);
	executor_free(&s->executor);
	turn_release(&s->turn);
	ev_signal_stop(s->loop, &s->sigterm);
	ev_signal_stop(s->loop, &s->sigint);
	ev_signal_stop(s->loop, &s->sighup);
	ev_timer_stop(s->loop, &s->deadline);
	ev_loop_destroy(s->loop);
	free(s->databases);
	free(s->listeners);
	if (s->boot != s->conf)
		conf_free(&s->boot);
	conf_free(&s->conf);
	free(s);
}
