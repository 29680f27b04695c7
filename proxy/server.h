/*
 * The daemon: hands each part what it needs, and knows when to stop.
 *
 *     conf ─► databases (engine + pool)        signals ─► reload, drain
 *          ─► listeners ─► sessions
 *
 *     RUNNING ── SIGTERM ─► draining ── nothing is open ─► pools close ─► end
 *                              └── shutdown_timeout: verdicts for the rest
 *                              └── a second SIGTERM: ends at once
 *
 * One loop, one thread; main() makes it and runs it.
 */
#ifndef PROXY_SERVER_H
#define PROXY_SERVER_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/executor.h"
#include "base/list.h"
#include "base/macros.h"
#include "base/turn.h"
#include "conf/conf.h"
#include "proxy/database.h"
#include "proxy/listener.h"

struct session;

struct server {
	struct ev_loop *loop;
	struct turn turn;
	struct executor *executor;
	const struct conf_source *source; /* what reload reads again */
	struct conf *conf; /* in force */
	struct conf *boot; /* what engines and listeners were opened with */
	struct database *databases;
	size_t n_databases;
	struct listener *listeners;
	size_t n_listeners;
	struct list sessions; /* the oldest first */
	unsigned n_sessions;
	uint64_t next_session;
	int64_t started_us;
	struct ev_signal sigterm, sigint, sighup;
	struct ev_timer deadline; /* of the drain, then of the close */
	bool draining;
	bool closing; /* the pools are */
	bool verdicts; /* shutdown_timeout passed, all was ended */
	bool ended_early; /* by a second signal */
	size_t pools_open;
};

/*
 * Takes CONF. On failure everything is undone and CONF freed. SOURCE must
 * outlive the server.
 */
int server_new(const struct conf_source *source, struct conf *conf,
    struct server **out, struct err *e) must_check;

/* Returns when it has stopped: 0, or 1 when it was ended early. */
int server_run(struct server *s);
void server_free(struct server **s);

/*
 * Checks what conf_load() cannot know: that the engines understand it. Every
 * error goes into ERRORS, one a line.
 */
int server_check_conf(const struct conf *conf, struct buf *errors) must_check;

/* Parses anew; the answer to the `reload` request goes into FRAME. */
void server_reload(struct server *s, struct buf *frame);

/* NAME or (NULL) the default one; otherwise NULL and E. */
struct database *server_find_database(
    struct server *s, const char *name, struct err *e);

void server_forget_session(struct server *s, struct session *session);

#endif
