#include "tests/support/engine_scripted_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void scripted_later(struct backend *b, int ms)
{
	ev_timer_stop(b->engine->loop, &b->timer);
	ev_timer_set(&b->timer, ms / 1e3, 0.);
	ev_timer_start(b->engine->loop, &b->timer);
}

bool scripted_next_step(const char **at, char step[SCRIPTED_STEP_SIZE])
{
	size_t len;

	*at += strspn(*at, " ;");
	len = strcspn(*at, ";");
	assert(len < SCRIPTED_STEP_SIZE);
	memcpy(step, *at, len);
	step[len] = '\0';
	*at += len;
	return len > 0;
}

const char *scripted_said(const char *step, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(step, word, len) != 0)
		return NULL;
	if (step[len] == ' ')
		return step + len + 1;
	return step[len] ? NULL : step + len;
}

void scripted_unknown_step(const char *step)
{
	fprintf(stderr, "engine_scripted: what is \"%s\"?\n", step);
	abort();
}

void scripted_read_error(const char *text, struct err *e)
{
	char sqlstate[6] = "";

	memcpy(sqlstate, text, strnlen(text, 5));
	text += strnlen(text, 6);
	err_set(e, strncmp(sqlstate, "28", 2) == 0 ? ERR_ENGINE : ERR_IO,
	    sqlstate, "%s", text);
}

static void become_idle(struct backend *b)
{
	b->phase = IDLE;
	if (b->habits.idle_ms > 0)
		scripted_later(b, b->habits.idle_ms);
}

void scripted_become_ready(struct backend *b)
{
	become_idle(b);
	b->link->on_ready(b->ctx);
}

void scripted_lose(struct backend *b)
{
	struct err e;

	err_set(&e, ERR_IO, SQLSTATE_CONNECTION, "the script lost it");
	b->phase = LOST;
	b->link->on_lost(b->ctx, &e);
}

static void open_failed(struct backend *b, const struct err *e)
{
	b->phase = LOST;
	b->link->on_open(b->ctx, e);
}

/* One step of how a connection is made. True: the next one may follow. */
static bool opening_step(struct backend *b, const char *step)
{
	struct scripted_habits *h = &b->habits;
	const char *rest;
	struct err e;

	if ((rest = scripted_said(step, "wait"))) {
		scripted_later(b, atoi(rest));
		return false;
	}
	if (scripted_said(step, "hang"))
		return false;
	if ((rest = scripted_said(step, "error"))) {
		scripted_read_error(rest, &e);
		open_failed(b, &e);
		return false;
	}
	if ((rest = scripted_said(step, "limit"))) {
		if (b->engine->stats.live <= (unsigned)atoi(rest))
			return true;
		err_set(&e, ERR_IO, SQLSTATE_TOO_MANY, "too many connections");
		open_failed(b, &e);
		return false;
	}
	if ((rest = scripted_said(step, "idle")))
		h->idle_ms = atoi(rest);
	else if ((rest = scripted_said(step, "closing")))
		h->closing_ms = atoi(rest);
	else if ((rest = scripted_said(step, "resetting")))
		h->resetting_ms = atoi(rest);
	else if (scripted_said(step, "reset_lost"))
		h->reset_lost = true;
	else
		scripted_unknown_step(step);
	return true;
}

static void open_more(struct backend *b)
{
	char step[SCRIPTED_STEP_SIZE];

	while (scripted_next_step(&b->opening, step))
		if (!opening_step(b, step))
			return;
	become_idle(b);
	b->link->on_open(b->ctx, NULL);
}

static void finish_reset(struct backend *b)
{
	if (b->habits.reset_lost) {
		scripted_lose(b);
		return;
	}
	b->touched = false;
	b->tx = BACKEND_TX_NONE;
	scripted_become_ready(b);
}

static void finish_close(struct backend *b)
{
	const struct backend_link *link = b->link;
	void *ctx = b->ctx;

	ev_timer_stop(b->engine->loop, &b->timer);
	b->engine->stats.live--;
	free(b->st.script);
	free(b);
	link->on_closed(ctx);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct backend *b = container_of(w, struct backend, timer);

	(void)loop;
	(void)revents;
	switch (b->phase) {
	case OPENING:
		open_more(b);
		break;
	case IDLE:
		scripted_lose(b);
		break;
	case RUNNING:
		scripted_run_more(b);
		break;
	case SETTLING:
		scripted_become_ready(b);
		break;
	case RESETTING:
		finish_reset(b);
		break;
	case LOST:
		break;
	case CLOSING:
		finish_close(b);
		break;
	}
}

static int scripted_check(const struct engine_conf *conf, struct err *e)
{
	if (conf->conninfo)
		return 0;
	return err_set(e, ERR_INVALID, "F0000", "conninfo: missing");
}

static int scripted_open(const struct engine_conf *conf,
    const struct engine_env *env, struct engine **out, struct err *e)
{
	struct engine *engine = calloc(1, sizeof *engine);
	int rc = scripted_check(conf, e);

	if (rc == 0 && !engine)
		rc = err_nomem(e);
	if (rc) {
		free(engine);
		return rc;
	}
	engine->conninfo = conf->conninfo;
	engine->loop = env->loop;
	*out = engine;
	return 0;
}

static void scripted_shut(struct engine **engine)
{
	if (*engine)
		assert((*engine)->stats.live == 0);
	free(*engine);
	*engine = NULL;
}

static void scripted_describe(const struct engine *engine, struct buf *out)
{
	(void)engine;
	buf_append_str(out, "a script");
}

static int scripted_connect(struct engine *engine,
    const struct backend_link *link, void *ctx, struct backend **out,
    struct err *e)
{
	struct scripted_stats *stats = &engine->stats;
	struct backend *b = calloc(1, sizeof *b);

	if (!b)
		return err_nomem(e);
	b->engine = engine;
	b->link = link;
	b->ctx = ctx;
	b->opening = engine->conninfo;
	ev_init(&b->timer, on_timer);
	stats->connects++;
	stats->live++;
	if (stats->peak < stats->live)
		stats->peak = stats->live;
	scripted_later(b, 0);
	*out = b;
	return 0;
}

static int scripted_start(struct backend *b,
    const struct backend_request *request, const struct statement_sink *sink,
    void *ctx, struct err *e)
{
	struct scripted_stats *stats = &b->engine->stats;

	assert(b->phase == IDLE);
	if (scripted_said(request->sql, "refuse"))
		return err_set(e, ERR_IO, SQLSTATE_CONNECTION, "refused");
	b->st.script = strdup(request->sql);
	if (!b->st.script)
		return err_nomem(e);
	b->st.sink = sink;
	b->st.ctx = ctx;
	b->st.at = b->st.script;
	b->st.want_rows = request->want_rows;
	b->st.count = -1;
	b->paused = false;
	b->phase = RUNNING;
	stats->starts++;
	stats->running++;
	if (stats->running_peak < stats->running)
		stats->running_peak = stats->running;
	scripted_later(b, 0);
	return 0;
}

static int scripted_reset(
    struct backend *b, const char *reset_query, struct err *e)
{
	(void)reset_query;
	(void)e;
	assert(b->phase == IDLE);
	b->engine->stats.resets++;
	b->phase = RESETTING;
	scripted_later(b, b->habits.resetting_ms);
	return 0;
}

static void scripted_cancel(struct backend *b)
{
	if (b->phase != RUNNING)
		return;
	b->engine->stats.cancels++;
	if (b->st.deaf)
		return;
	b->st.cancelled = true;
	scripted_later(b, 0);
}

static void scripted_pause(struct backend *b, bool paused)
{
	if (b->phase != RUNNING)
		return;
	b->paused = paused;
	if (!paused && !ev_is_active(&b->timer))
		scripted_later(b, 0);
}

static int scripted_copy_data(struct backend *b, const char *data, size_t len)
{
	size_t i;

	if (b->phase != RUNNING || !b->st.copying || b->st.copy_ended)
		return 0;
	for (i = 0; i < len; i++)
		b->st.count += data[i] == '\n';
	b->st.copy_wanted = true;
	scripted_later(b, 0);
	return 1;
}

static void scripted_copy_end(struct backend *b, const char *abort_reason)
{
	if (b->phase != RUNNING || !b->st.copying || b->st.copy_ended)
		return;
	b->st.copy_ended = true;
	if (abort_reason)
		snprintf(b->st.copy_reason, sizeof b->st.copy_reason, "%s",
		    abort_reason);
	scripted_later(b, 0);
}

static enum backend_tx scripted_tx(const struct backend *b)
{
	return b->tx;
}

static int scripted_remote_pid(const struct backend *b)
{
	(void)b;
	return 0;
}

static void scripted_close(struct backend *b)
{
	assert(b->phase != CLOSING);
	if (b->phase == RUNNING && b->st.sink)
		b->engine->stats.running--;
	b->engine->stats.closes++;
	b->phase = CLOSING;
	scripted_later(b, b->habits.closing_ms);
}

const struct scripted_stats *engine_scripted_stats(const struct engine *engine)
{
	return &engine->stats;
}

void engine_scripted_say(struct engine *engine, const char *conninfo)
{
	engine->conninfo = conninfo;
}

const struct engine_ops engine_scripted = {
    .name = "scripted",
    .check = scripted_check,
    .open = scripted_open,
    .shut = scripted_shut,
    .describe = scripted_describe,
    .connect = scripted_connect,
    .start = scripted_start,
    .reset = scripted_reset,
    .cancel = scripted_cancel,
    .pause = scripted_pause,
    .copy_data = scripted_copy_data,
    .copy_end = scripted_copy_end,
    .tx = scripted_tx,
    .remote_pid = scripted_remote_pid,
    .close = scripted_close,
};
