#include "tests/support/witness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * Long enough for valgrind on a busy machine, and shorter than what libev
 * sleeps at most in one turn (a minute).
 */
#define SILENCE_SECONDS 30.

void stage_init(struct stage *s, const struct engine_ops *ops,
    const struct engine_conf *conf)
{
	struct engine_env env;
	struct err e = {0};

	memset(s, 0, sizeof *s);
	s->ops = ops;
	s->loop = ev_loop_new(EVFLAG_AUTO);
	assert_non_null(s->loop);
	assert_int_equal(executor_new(s->loop, 4, &s->executor, &e), 0);
	env = (struct engine_env){.loop = s->loop, .executor = s->executor};
	if (ops->open(conf, &env, &s->engine, &e))
		fail_msg("cannot open the engine: %s", e.message);
}

void stage_release(struct stage *s)
{
	s->ops->shut(&s->engine);
	assert_null(s->engine);
	executor_free(&s->executor);
	ev_loop_destroy(s->loop);
}

static void on_silence(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	fail_msg("nothing happened for %.0f s", SILENCE_SECONDS);
}

void stage_turn(struct stage *s)
{
	struct ev_timer silence;

	ev_now_update(s->loop);
	ev_timer_init(&silence, on_silence, SILENCE_SECONDS, 0.);
	ev_timer_start(s->loop, &silence);
	ev_run(s->loop, EVRUN_ONCE);
	ev_timer_stop(s->loop, &silence);
}

static void on_lingered(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	bool *over = w->data;

	(void)loop;
	(void)revents;
	*over = true;
}

void stage_linger(struct stage *s, double seconds)
{
	struct ev_timer timer;
	bool over = false;

	ev_now_update(s->loop);
	ev_timer_init(&timer, on_lingered, seconds, 0.);
	timer.data = &over;
	ev_timer_start(s->loop, &timer);
	STAGE_UNTIL(s, over);
}

/* What holds for every callback but on_closed. */
static struct witness *see(void *ctx)
{
	struct witness *w = ctx;

	assert_false(w->in_call); /* rule 1 */
	assert_false(w->closing); /* rule 5 */
	assert_int_equal(w->lost, 0); /* rule 4 */
	assert_int_equal(w->failed, 0);
	return w;
}

static struct witness *see_statement(void *ctx)
{
	struct witness *w = see(ctx);

	assert_true(w->in_statement); /* rule 2 */
	return w;
}

static void act(struct witness *w, enum witness_event event)
{
	if (w->act)
		w->act(w, event);
}

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static void append(char *out, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *out, size_t size, const char *fmt, ...)
{
	size_t len = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + len, size - len, fmt, ap);
	va_end(ap);
}

static void on_columns(
    void *ctx, const struct backend_column *columns, unsigned n)
{
	struct witness *w = see_statement(ctx);
	unsigned i;

	assert_int_equal(w->n_columns_told++, 0);
	assert_int_equal(w->rows, 0);
	w->n_columns = n;
	for (i = 0; i < n; i++)
		append(w->columns, sizeof w->columns, "%s%s:%s:%u",
		    i ? " " : "", columns[i].name, columns[i].type,
		    columns[i].oid);
	act(w, SAW_COLUMNS);
}

static void see_value(
    struct witness *w, const struct backend_value *v, unsigned i)
{
	assert_true((v->kind == VALUE_NULL) == (v->text == NULL));
	append(w->row, sizeof w->row, "%s%.*s", i ? "|" : "",
	    v->text ? (int)v->len : 4, v->text ? v->text : "NULL");
	if (i < WITNESS_COLUMNS)
		w->kinds[i] = "NT#BJ"[v->kind];
}

static void on_row(void *ctx, const struct backend_value *values, unsigned n)
{
	struct witness *w = see_statement(ctx);
	unsigned i;

	assert_false(w->paused); /* rule 7 */
	assert_int_equal(w->n_columns_told, 1);
	assert_int_equal(n, w->n_columns);
	w->row[0] = '\0';
	memset(w->kinds, 0, sizeof w->kinds);
	for (i = 0; i < n; i++)
		see_value(w, &values[i], i);
	w->rows++;
	w->unflushed++;
	act(w, SAW_ROW);
}

static void on_flush(void *ctx)
{
	struct witness *w = see_statement(ctx);

	assert_false(w->paused);
	w->flushes++;
	w->unflushed = 0;
	act(w, SAW_FLUSH);
}

static void on_copy_out(void *ctx, const char *data, size_t len)
{
	struct witness *w = see_statement(ctx);

	assert_false(w->paused);
	assert_non_null(data);
	assert_true(len > 0);
	w->copied += len;
	act(w, SAW_COPY_OUT);
}

static void on_copy_in(void *ctx)
{
	struct witness *w = see_statement(ctx);

	w->copy_ins++;
	act(w, SAW_COPY_IN);
}

static void on_notice(void *ctx, const char *severity, const char *message)
{
	struct witness *w = see_statement(ctx);

	w->notices++;
	snprintf(w->notice, sizeof w->notice, "%s: %s", severity, message);
	act(w, SAW_NOTICE);
}

static void see_error(struct witness *w, const struct backend_error *e)
{
	assert_non_null(e->sqlstate);
	assert_non_null(e->message);
	w->error_from_server = e->from_server;
	copy_text(w->severity, sizeof w->severity, e->severity);
	copy_text(w->sqlstate, sizeof w->sqlstate, e->sqlstate);
	copy_text(w->message, sizeof w->message, e->message);
	copy_text(w->detail, sizeof w->detail, e->detail);
	copy_text(w->hint, sizeof w->hint, e->hint);
	copy_text(w->constraint, sizeof w->constraint, e->constraint);
	copy_text(w->table, sizeof w->table, e->table);
	copy_text(w->where, sizeof w->where, e->where);
	w->position = e->position;
}

static void on_done(void *ctx, const struct backend_done *done)
{
	struct witness *w = see_statement(ctx);

	w->in_statement = false;
	w->done++;
	w->verdict = done->verdict;
	w->count = done->count;
	assert_true((done->verdict == BACKEND_OK) == (done->error == NULL));
	assert_true((done->verdict == BACKEND_OK) == (done->tag != NULL));
	copy_text(w->tag, sizeof w->tag, done->tag);
	if (done->error)
		see_error(w, done->error);
	act(w, SAW_DONE);
}

static const struct statement_sink sink = {
    .on_columns = on_columns,
    .on_row = on_row,
    .on_flush = on_flush,
    .on_copy_out = on_copy_out,
    .on_copy_in = on_copy_in,
    .on_notice = on_notice,
    .on_done = on_done,
};

static void on_open(void *ctx, const struct err *error)
{
	struct witness *w = see(ctx);

	assert_int_equal(w->opened, 0);
	if (error) {
		assert_int_not_equal(error->code, 0);
		w->error = *error;
		w->failed++;
	} else {
		w->opened++;
	}
	act(w, SAW_OPEN);
}

static void on_ready(void *ctx)
{
	struct witness *w = see(ctx);

	assert_false(w->in_statement);
	w->ready++;
	assert_int_equal(w->ready, w->done + w->resets); /* rule 3 */
	act(w, SAW_READY);
}

static void on_lost(void *ctx, const struct err *error)
{
	struct witness *w = see(ctx);

	assert_int_equal(w->opened, 1);
	assert_false(w->in_statement); /* rule 4 */
	assert_int_not_equal(error->code, 0);
	w->error = *error;
	w->lost++;
	act(w, SAW_LOST);
}

static void on_closed(void *ctx)
{
	struct witness *w = ctx;

	assert_false(w->in_call);
	assert_true(w->closing);
	assert_int_equal(w->closed++, 0);
}

static const struct backend_link link_ops = {
    .on_open = on_open,
    .on_ready = on_ready,
    .on_lost = on_lost,
    .on_closed = on_closed,
};

void witness_connect(struct witness *w, struct stage *s)
{
	struct err e = {0};
	int rc;

	memset(w, 0, sizeof *w);
	w->stage = s;
	w->in_call = true;
	rc = s->ops->connect(s->engine, &link_ops, w, &w->b, &e);
	w->in_call = false;
	if (rc)
		fail_msg("connect() failed: %s", e.message);
	w->connected++;
}

void witness_open(struct witness *w, struct stage *s)
{
	witness_connect(w, s);
	STAGE_UNTIL(s, w->opened || w->failed);
	if (w->failed)
		fail_msg("cannot connect: %s", w->error.message);
}

static void forget_statement(struct witness *w)
{
	size_t from = offsetof(struct witness, paused);
	size_t to = offsetof(struct witness, act);

	memset((char *)w + from, 0, to - from);
}

void witness_start_request(
    struct witness *w, const struct backend_request *request)
{
	struct err e = {0};
	int rc;

	forget_statement(w);
	w->in_call = true;
	rc = w->stage->ops->start(w->b, request, &sink, w, &e);
	w->in_call = false;
	if (rc)
		fail_msg("start() failed: %s", e.message);
	w->started++;
	w->in_statement = true;
}

void witness_start(struct witness *w, const char *sql)
{
	/* Short-lived on purpose: it is borrowed until start() returned. */
	char *text = strdup(sql);

	assert_non_null(text);
	witness_start_request(
	    w, &(struct backend_request){.sql = text,
	           .want_rows = true,
	           .copy_in = strcasestr(text, "FROM STDIN") != NULL,
	           .writes = true});
	memset(text, 'x', strlen(text));
	free(text);
}

void witness_finish(struct witness *w)
{
	STAGE_UNTIL(w->stage, w->lost || (w->done == w->started &&
	                                     w->ready == w->done + w->resets));
}

void witness_run(struct witness *w, const char *sql)
{
	witness_start(w, sql);
	witness_finish(w);
}

void witness_run_ok(struct witness *w, const char *sql)
{
	witness_run(w, sql);
	if (w->verdict != BACKEND_OK)
		fail_msg("\"%s\" failed: %s", sql, w->message);
}

void witness_cancel(struct witness *w)
{
	w->in_call = true;
	w->stage->ops->cancel(w->b);
	w->in_call = false;
}

void witness_pause(struct witness *w, bool paused)
{
	w->paused = paused;
	w->in_call = true;
	w->stage->ops->pause(w->b, paused);
	w->in_call = false;
}

/* Notices may come while data is taken. */
int witness_copy_data(struct witness *w, const char *data, size_t len)
{
	return w->stage->ops->copy_data(w->b, data, len);
}

void witness_copy_end(struct witness *w, const char *abort_reason)
{
	w->in_call = true;
	w->stage->ops->copy_end(w->b, abort_reason);
	w->in_call = false;
}

void witness_reset(struct witness *w, const char *query)
{
	struct err e = {0};
	int rc;

	w->in_call = true;
	rc = w->stage->ops->reset(w->b, query, &e);
	w->in_call = false;
	if (rc)
		fail_msg("reset() failed: %s", e.message);
	w->resets++;
	STAGE_UNTIL(w->stage, w->lost || w->ready == w->done + w->resets);
}

enum backend_tx witness_tx(const struct witness *w)
{
	return w->stage->ops->tx(w->b);
}

void witness_close(struct witness *w)
{
	w->closing = true;
	w->in_call = true;
	w->stage->ops->close(w->b);
	w->in_call = false;
	w->b = NULL;
}

void witness_gone(struct witness *w)
{
	if (!w->closing)
		witness_close(w);
	STAGE_UNTIL(w->stage, w->closed);
}
