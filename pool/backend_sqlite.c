/*
 * The SQLite engine: the operations of pool/backend.h, on the loop.
 *
 *                opened           start
 *     OPENING ────────────► IDLE ◄────────────► RUNNING
 *        │                  ▲  │  end             │
 *        │              end │  │ reset            │
 *        │                  │  ▼                  │
 *        │                RESETTING               │
 *        │ failed             │ failed            │ lost
 *        └───────────────────►LOST◄───────────────┘
 *
 *     from each of them: close ──► CLOSING ── the thread is gone ──► freed
 *
 * What the thread has to say is told on by backend_sqlite_tell.c.
 *
 * How it differs from PostgreSQL, for people, is in docs/semantics.md.
 */
#include "pool/backend_sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/timer.h"

#define BIT(state) (1u << (state))

void sqlite_move(struct backend *b, enum sqlite_state to)
{
	/* From each state: where it may go. */
	static const unsigned allowed[] = {
	    [SQLITE_STATE_OPENING] = BIT(SQLITE_STATE_IDLE) |
	                             BIT(SQLITE_STATE_LOST) |
	                             BIT(SQLITE_STATE_CLOSING),
	    [SQLITE_STATE_IDLE] = BIT(SQLITE_STATE_RUNNING) |
	                          BIT(SQLITE_STATE_RESETTING) |
	                          BIT(SQLITE_STATE_CLOSING),
	    [SQLITE_STATE_RUNNING] = BIT(SQLITE_STATE_IDLE) |
	                             BIT(SQLITE_STATE_LOST) |
	                             BIT(SQLITE_STATE_CLOSING),
	    [SQLITE_STATE_RESETTING] = BIT(SQLITE_STATE_IDLE) |
	                               BIT(SQLITE_STATE_LOST) |
	                               BIT(SQLITE_STATE_CLOSING),
	    [SQLITE_STATE_LOST] = BIT(SQLITE_STATE_CLOSING),
	    [SQLITE_STATE_CLOSING] = 0,
	};

	assert(allowed[b->state] & BIT(to));
	b->state = to;
}

/* The engine. */

static int engine_check(const struct engine_conf *conf, struct err *e)
{
	if (!conf->path || !conf->path[0])
		return err_set(e, ERR_INVALID, SQLSTATE_CANNOT_CONNECT,
		    "an SQLite database needs a path");
	if (!strcmp(conf->path, ":memory:"))
		return err_set(e, ERR_INVALID, SQLSTATE_CANNOT_CONNECT,
		    "path must be a file: each connection would have a "
		    "\":memory:\" of its own");
	return 0;
}

static int engine_open(const struct engine_conf *conf,
    const struct engine_env *env, struct engine **out, struct err *e)
{
	struct engine *engine;
	int rc = engine_check(conf, e);

	if (rc)
		return rc;
	engine = calloc(1, sizeof *engine);
	if (!engine)
		return err_nomem(e);
	engine->conf = *conf;
	engine->loop = env->loop;
	sqlite_lock_init(&engine->write_lock);
	pthread_mutex_init(&engine->closing, NULL);
	*out = engine;
	return 0;
}

static void engine_shut(struct engine **ep)
{
	struct engine *engine = *ep;

	*ep = NULL;
	if (!engine)
		return;
	assert(engine->n_backends == 0);
	pthread_mutex_destroy(&engine->closing);
	sqlite_lock_release(&engine->write_lock);
	free(engine);
}

static void engine_describe(const struct engine *engine, struct buf *out)
{
	buf_append_str(out, engine->conf.path);
	if (engine->conf.read_only)
		buf_append_str(out, " (read-only)");
}

/* The backend. */

static void on_connect_timeout(
    struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct backend *b = container_of(w, struct backend, connect_timer);
	struct err e;

	(void)loop;
	(void)revents;
	chan_stop(&b->chan);
	sqlite_lock_nudge(&b->engine->write_lock, &b->claim);
	sqlite_move(b, SQLITE_STATE_LOST);
	err_set(&e, ERR_TIMEOUT, SQLSTATE_CANNOT_CONNECT,
	    "cannot open database file \"%s\" within server_connect_timeout",
	    b->engine->conf.path);
	b->link->on_open(b->link_ctx, &e);
}

static void start_connect_timer(struct backend *b)
{
	ev_init(&b->connect_timer, on_connect_timeout);
	timer_start_if(b->chan.loop, &b->connect_timer,
	    b->engine->conf.connect_timeout_us);
}

static void discard_backend(struct backend *b)
{
	chan_release(&b->chan);
	sqlite_claim_release(&b->claim);
	free(b);
}

static int backend_connect(struct engine *engine,
    const struct backend_link *link, void *ctx, struct backend **out,
    struct err *e)
{
	struct backend *b = calloc(1, sizeof *b);
	int rc;

	if (!b)
		return err_nomem(e);
	b->engine = engine;
	b->link = link;
	b->link_ctx = ctx;
	b->state = SQLITE_STATE_OPENING;
	arena_init(&b->arena);
	sqlite_claim_init(&b->claim);
	chan_init(&b->chan, engine->loop, sqlite_tell);
	chan_send(&b->chan, CHAN_OPEN);
	rc = pthread_create(&b->thread, NULL, sqlite_thread_main, b);
	if (rc) {
		discard_backend(b);
		return err_set(e, ERR_IO, SQLSTATE_NOMEM,
		    "cannot start a thread: %s", strerror(rc));
	}
	start_connect_timer(b);
	engine->n_backends++;
	*out = b;
	return 0;
}

/* What the caller lends is copied: the thread reads it later. */
static bool copy_request(
    struct backend *b, const struct backend_request *request)
{
	const char **params = arena_alloc_n(
	    &b->arena, (size_t)request->n_params + 1, sizeof *params);

	if (!params)
		return false;
	for (unsigned i = 0; i < request->n_params; i++) {
		if (!request->params[i])
			continue;
		params[i] = arena_strdup(&b->arena, request->params[i]);
		if (!params[i])
			return false;
	}
	b->request = (struct sqlite_request){
	    .sql = arena_strdup(&b->arena, request->sql),
	    .params = params,
	    .n_params = request->n_params,
	    .want_rows = request->want_rows,
	};
	return b->request.sql != NULL;
}

static int backend_start(struct backend *b,
    const struct backend_request *request, const struct statement_sink *sink,
    void *ctx, struct err *e)
{
	assert(b->state == SQLITE_STATE_IDLE);
	if (!copy_request(b, request)) {
		arena_release(&b->arena);
		return err_nomem(e);
	}
	b->sink = sink;
	b->sink_ctx = ctx;
	b->paused = false;
	b->unflushed = false;
	sqlite_move(b, SQLITE_STATE_RUNNING);
	chan_send(&b->chan, CHAN_RUN);
	return 0;
}

static int backend_reset(
    struct backend *b, const char *reset_query, struct err *e)
{
	(void)reset_query; /* a new connection needs none */
	(void)e;
	sqlite_move(b, SQLITE_STATE_RESETTING);
	chan_send(&b->chan, CHAN_RESET);
	return 0;
}

static void backend_cancel(struct backend *b)
{
	if (b->state != SQLITE_STATE_RUNNING)
		return;
	chan_stop(&b->chan);
	sqlite_lock_nudge(&b->engine->write_lock, &b->claim);
}

static void backend_pause(struct backend *b, bool paused)
{
	b->paused = paused;
	if (!paused && b->state == SQLITE_STATE_RUNNING)
		chan_again(&b->chan);
}

/* SQLite has no COPY, so on_copy_in never came. */
static int backend_copy_data(struct backend *b, const char *data, size_t len)
{
	(void)b;
	(void)data;
	(void)len;
	return 0;
}

static void backend_copy_end(struct backend *b, const char *abort_reason)
{
	(void)b;
	(void)abort_reason;
}

static enum backend_tx backend_tx(const struct backend *b)
{
	return b->tx;
}

static int backend_remote_pid(const struct backend *b)
{
	(void)b;
	return 0;
}

static void backend_close(struct backend *b)
{
	sqlite_move(b, SQLITE_STATE_CLOSING);
	ev_timer_stop(b->chan.loop, &b->connect_timer);
	chan_close(&b->chan);
	sqlite_lock_nudge(&b->engine->write_lock, &b->claim);
	chan_again(&b->chan); /* what is left of a paused result */
}

const struct engine_ops engine_sqlite = {
    .name = "sqlite",
    .check = engine_check,
    .open = engine_open,
    .shut = engine_shut,
    .describe = engine_describe,
    .connect = backend_connect,
    .start = backend_start,
    .reset = backend_reset,
    .cancel = backend_cancel,
    .pause = backend_pause,
    .copy_data = backend_copy_data,
    .copy_end = backend_copy_end,
    .tx = backend_tx,
    .remote_pid = backend_remote_pid,
    .close = backend_close,
};
