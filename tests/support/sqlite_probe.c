#include "tests/support/sqlite_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define PATIENCE_S 30

static void act(struct probe *p, enum probe_act *what)
{
	enum probe_act now = *what;

	*what = PROBE_NOTHING;
	if (now == PROBE_PAUSE)
		engine_sqlite.pause(p->backend, true);
	if (now == PROBE_CANCEL)
		engine_sqlite.cancel(p->backend);
	if (now == PROBE_CLOSE)
		engine_sqlite.close(p->backend);
}

static void on_columns(
    void *ctx, const struct backend_column *columns, unsigned n)
{
	struct probe *p = ctx;

	assert_false(p->done);
	assert_int_equal(p->n_columns, 0); /* once */
	p->n_columns = n;
	for (unsigned i = 0; i < n; i++)
		buf_appendf(&p->columns, "%s%s:%s", i ? " " : "",
		    columns[i].name, columns[i].type);
	act(p, &p->in_columns);
}

static void on_row(void *ctx, const struct backend_value *values, unsigned n)
{
	struct probe *p = ctx;

	assert_false(p->done);
	assert_int_equal(n, p->n_columns);
	p->n_rows++;
	for (unsigned i = 0; i < n; i++) {
		p->row_bytes += values[i].len;
		if (!p->keep_rows)
			continue;
		if (i)
			buf_append_char(&p->rows, '|');
		buf_append(&p->rows, values[i].text, values[i].len);
		buf_append_char(&p->kinds, "NTnBJ"[values[i].kind]);
	}
	if (p->keep_rows)
		buf_append_char(&p->rows, '\n');
	act(p, &p->in_row);
}

static void on_flush(void *ctx)
{
	struct probe *p = ctx;

	assert_false(p->done);
	p->n_flush++;
	act(p, &p->in_flush);
}

static void on_copy_out(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	fail_msg("SQLite has no COPY");
}

static void on_copy_in(void *ctx)
{
	(void)ctx;
	fail_msg("SQLite has no COPY");
}

static void on_notice(void *ctx, const char *severity, const char *message)
{
	(void)ctx;
	fail_msg("unexpected notice: %s %s", severity, message);
}

static void put(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "");
}

static void on_done(void *ctx, const struct backend_done *done)
{
	struct probe *p = ctx;

	assert_false(p->done);
	p->done = true;
	p->verdict = done->verdict;
	p->count = done->count;
	put(p->tag, sizeof p->tag, done->tag);
	assert_true((done->verdict == BACKEND_OK) == (done->error == NULL));
	assert_true((done->verdict == BACKEND_OK) == (done->tag != NULL));
	if (done->error) {
		put(p->sqlstate, sizeof p->sqlstate, done->error->sqlstate);
		put(p->message, sizeof p->message, done->error->message);
		put(p->detail, sizeof p->detail, done->error->detail);
		put(p->hint, sizeof p->hint, done->error->hint);
		p->position = done->error->position;
		p->from_server = done->error->from_server;
		assert_string_equal(done->error->severity, "ERROR");
	}
	act(p, &p->in_done);
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
	struct probe *p = ctx;

	assert_false(p->open || p->error.code);
	p->open = !error;
	if (error)
		p->error = *error;
	act(p, &p->in_open);
}

static void on_ready(void *ctx)
{
	struct probe *p = ctx;

	p->ready++;
	act(p, &p->in_ready);
}

static void on_lost(void *ctx, const struct err *error)
{
	struct probe *p = ctx;

	assert_false(p->lost);
	p->lost = true;
	p->error = *error;
}

static void on_closed(void *ctx)
{
	struct probe *p = ctx;

	assert_false(p->closed);
	p->closed = true;
	p->backend = NULL;
}

static const struct backend_link link_of_probe = {
    .on_open = on_open,
    .on_ready = on_ready,
    .on_lost = on_lost,
    .on_closed = on_closed,
};

void probe_home_engine(struct probe_home *h, const char *name, bool read_only)
{
	struct engine_env env = {.loop = h->loop};
	struct err e;

	snprintf(h->path, sizeof h->path, "%s/%s", h->folder, name);
	h->conf = (struct engine_conf){
	    .name = "test", .path = h->path, .read_only = read_only};
	assert_int_equal(engine_sqlite.open(&h->conf, &env, &h->engine, &e), 0);
}

void probe_home_init(struct probe_home *h, bool read_only)
{
	memset(h, 0, sizeof *h);
	snprintf(h->folder, sizeof h->folder, "/tmp/fanout-sqlite-XXXXXX");
	assert_non_null(mkdtemp(h->folder));
	h->loop = ev_loop_new(EVFLAG_AUTO);
	assert_non_null(h->loop);
	probe_home_engine(h, "test.db", read_only);
}

void probe_home_shut(struct probe_home *h)
{
	/* After a failed test, whose message an abort would hide. */
	if (h->engine->n_backends)
		fail_msg("%u backends are still open", h->engine->n_backends);
	engine_sqlite.shut(&h->engine);
	assert_null(h->engine);
}

void probe_home_release(struct probe_home *h)
{
	char command[128];

	if (h->engine)
		probe_home_shut(h);
	ev_loop_destroy(h->loop);
	snprintf(command, sizeof command, "rm -rf '%s'", h->folder);
	assert_int_equal(system(command), 0);
}

void probe_connect(struct probe *p, struct probe_home *h)
{
	struct err e;

	memset(p, 0, sizeof *p);
	p->home = h;
	p->keep_rows = true;
	assert_int_equal(engine_sqlite.connect(
	                     h->engine, &link_of_probe, p, &p->backend, &e),
	    0);
	assert_false(p->open || p->error.code); /* not before it returned */
}

void probe_open(struct probe *p, struct probe_home *h)
{
	probe_connect(p, h);
	probe_until(h, &p->open);
}

void probe_close(struct probe *p)
{
	unsigned ready = p->ready;
	bool done = p->done;

	engine_sqlite.close(p->backend);
	assert_false(p->closed);
	probe_until(p->home, &p->closed);
	assert_int_equal(p->ready, ready); /* on_closed came alone */
	assert_int_equal(p->done, done);
	probe_release(p);
}

void probe_release(struct probe *p)
{
	buf_release(&p->columns);
	buf_release(&p->rows);
	buf_release(&p->kinds);
}

static void forget_statement(struct probe *p)
{
	buf_clear(&p->columns);
	buf_clear(&p->rows);
	buf_clear(&p->kinds);
	p->done = false;
	p->ready = 0;
	p->n_columns = p->n_rows = p->n_flush = p->row_bytes = 0;
	p->position = 0;
	p->tag[0] = p->sqlstate[0] = p->message[0] = '\0';
}

void probe_start_full(struct probe *p, const char *sql,
    const char *const *params, unsigned n_params, bool want_rows)
{
	/* Borrowed until start() returns: given up right after. */
	char *copy = strdup(sql);
	struct backend_request request = {.sql = copy,
	    .params = params,
	    .n_params = n_params,
	    .want_rows = want_rows,
	    .writes = true};
	struct err e;

	assert_non_null(copy);
	forget_statement(p);
	assert_int_equal(
	    engine_sqlite.start(p->backend, &request, &sink, p, &e), 0);
	memset(copy, '#', strlen(copy));
	free(copy);
	assert_false(p->done);
}

void probe_start(struct probe *p, const char *sql)
{
	probe_start_full(p, sql, NULL, 0, true);
}

static void on_timeout(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	bool *late = w->data;

	(void)revents;
	*late = true;
	ev_break(loop, EVBREAK_ALL);
}

void probe_until(struct probe_home *h, const bool *flag)
{
	struct ev_timer timer;
	bool late = false;

	ev_timer_init(&timer, on_timeout, PATIENCE_S, 0);
	timer.data = &late;
	ev_now_update(h->loop);
	ev_timer_start(h->loop, &timer);
	while (!*flag && !late)
		ev_run(h->loop, EVRUN_ONCE);
	ev_timer_stop(h->loop, &timer);
	assert_true(*flag);
}

void probe_linger(struct probe_home *h, double seconds)
{
	struct ev_timer timer;
	bool late = false;

	ev_timer_init(&timer, on_timeout, seconds, 0);
	timer.data = &late;
	ev_now_update(h->loop);
	ev_timer_start(h->loop, &timer);
	while (!late)
		ev_run(h->loop, EVRUN_ONCE);
}

void probe_finish(struct probe *p)
{
	probe_until(p->home, &p->done);
	if (p->ready == 0 && !p->lost)
		ev_run(p->home->loop, EVRUN_NOWAIT);
	assert_int_equal(p->ready + p->lost, 1);
}

void probe_run(struct probe *p, const char *sql)
{
	probe_start(p, sql);
	probe_finish(p);
	if (p->verdict != BACKEND_OK)
		fail_msg("%s: %s %s", sql, p->sqlstate, p->message);
}

void probe_fail(struct probe *p, const char *sql, const char *sqlstate)
{
	probe_start(p, sql);
	probe_finish(p);
	assert_int_not_equal(p->verdict, BACKEND_OK);
	if (strcmp(p->sqlstate, sqlstate) != 0)
		fail_msg("%s: %s %s, not %s", sql, p->sqlstate, p->message,
		    sqlstate);
	assert_int_equal(p->count, -1);
}

void probe_expect(struct probe *p, const char *sql, const char *rows)
{
	probe_run(p, sql);
	assert_string_equal(buf_cstr(&p->rows), rows);
}

void probe_reset(struct probe *p)
{
	struct err e;

	p->ready = 0;
	assert_int_equal(engine_sqlite.reset(p->backend, "DISCARD ALL", &e), 0);
	assert_int_equal(p->ready, 0);
	while (p->ready == 0 && !p->lost)
		ev_run(p->home->loop, EVRUN_ONCE);
	assert_int_equal(p->ready + p->lost, 1);
}

static size_t count_waiting(struct sqlite_lock *l)
{
	size_t n;

	pthread_mutex_lock(&l->mutex);
	n = list_count(&l->waiters);
	pthread_mutex_unlock(&l->mutex);
	return n;
}

void probe_until_waiting(struct probe_home *h, size_t n)
{
	int64_t until = clock_now_us() + PATIENCE_S * US_PER_S;

	while (count_waiting(&h->engine->write_lock) != n) {
		assert_true(clock_now_us() < until);
		probe_linger(h, 0.002);
	}
}
