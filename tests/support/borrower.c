#include "tests/support/borrower.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void on_ready(void *ctx)
{
	struct borrower *b = ctx;

	assert_false(b->calling);
	b->ready++;
}

static void on_lost(void *ctx, const struct err *error)
{
	struct borrower *b = ctx;

	assert_false(b->calling);
	b->lost++;
	b->error = *error;
}

static const struct conn_user user = {
    .on_ready = on_ready,
    .on_lost = on_lost,
};

static void on_conn(struct pool_waiter *w, struct conn *c)
{
	struct borrower *b = container_of(w, struct borrower, waiter);

	assert_false(b->calling);
	assert_int_equal(c->state, CONN_BORROWED);
	assert_true(b->n < BORROWER_MAX);
	pool_attach(c, &user, b);
	b->conns[b->n++] = c;
	b->grants++;
	if (b->order)
		b->order[strlen(b->order)] = b->name;
	if (b->act)
		b->act(b);
}

static void on_refused(struct pool_waiter *w, const struct err *error)
{
	struct borrower *b = container_of(w, struct borrower, waiter);

	assert_false(b->calling);
	b->refusals++;
	b->error = *error;
}

static void on_columns(
    void *ctx, const struct backend_column *columns, unsigned n)
{
	(void)ctx;
	(void)columns;
	(void)n;
}

static void on_row(void *ctx, const struct backend_value *values, unsigned n)
{
	(void)ctx;
	(void)values;
	(void)n;
}

static void on_nothing(void *ctx)
{
	(void)ctx;
}

static void on_copy_out(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
}

static void on_notice(void *ctx, const char *severity, const char *message)
{
	(void)ctx;
	(void)severity;
	(void)message;
}

static void on_done(void *ctx, const struct backend_done *done)
{
	struct borrower *b = ctx;

	b->done++;
	b->verdict = done->verdict;
	b->count = done->count;
}

static const struct statement_sink sink = {
    .on_columns = on_columns,
    .on_row = on_row,
    .on_flush = on_nothing,
    .on_copy_out = on_copy_out,
    .on_copy_in = on_nothing,
    .on_notice = on_notice,
    .on_done = on_done,
};

void borrower_init(struct borrower *b, struct scene *s, char name)
{
	memset(b, 0, sizeof *b);
	b->scene = s;
	b->name = name;
	pool_waiter_init(&b->waiter, on_conn, on_refused);
}

void borrower_release(struct borrower *b)
{
	pool_leave(b->scene->db.pool, &b->waiter);
	while (b->n)
		borrower_discard(b);
}

void borrower_want(struct borrower *b, unsigned n, int64_t priority)
{
	b->calling = true;
	assert_int_equal(
	    pool_want(b->scene->db.pool, &b->waiter, n, priority), 0);
	b->calling = false;
}

void borrower_until(struct borrower *b, unsigned n)
{
	SCENE_UNTIL(b->scene, b->n == n);
}

void borrower_get(struct borrower *b, unsigned n)
{
	borrower_want(b, n, 0);
	borrower_until(b, b->n + n);
}

void borrower_start(struct borrower *b, const char *sql)
{
	const struct backend_request request = {.sql = sql, .want_rows = true};
	struct err e;

	if (conn_start(b->conns[0], &request, &sink, b, &e))
		fail_msg("\"%s\": %s", sql, e.message);
}

void borrower_run(struct borrower *b, const char *sql)
{
	unsigned ready = b->ready;

	borrower_start(b, sql);
	SCENE_UNTIL(b->scene, b->ready > ready);
}

static struct conn *take_last(struct borrower *b)
{
	assert_true(b->n > 0);
	return b->conns[--b->n];
}

void borrower_return(struct borrower *b, bool touched)
{
	b->calling = true;
	pool_return(take_last(b), touched);
	b->calling = false;
}

void borrower_discard(struct borrower *b)
{
	b->calling = true;
	pool_discard(take_last(b));
	b->calling = false;
}
