#include "tests/support/play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void note(struct play *p, char what, unsigned stmt)
{
	size_t len = strlen(p->log);

	snprintf(p->log + len, sizeof p->log - len, "%s%c%u", len ? " " : "",
	    what, stmt + 1);
}

/* What holds for every call about a statement. */
static struct play_part *part_of(struct play *p, unsigned stmt)
{
	assert_true(stmt < p->n);
	assert_false(p->over);
	assert_false(p->abandoned);
	assert_int_equal(p->parts[stmt].done, 0);
	return &p->parts[stmt];
}

static struct play_part *running_part(struct play *p, unsigned stmt)
{
	struct play_part *part = part_of(p, stmt);

	assert_true(part->started > 0);
	return part;
}

static bool may_run_again(const struct play *p, unsigned stmt)
{
	const struct play_part *part = &p->parts[stmt];
	const struct batch *b = fanout_batch(p->fanout);

	return batch_stmt_at(b, stmt)->idempotent && part->started <= 2 &&
	       part->columns == 0 && part->notices == 0;
}

/* Twice only what may be run again, and then before it told anything. */
static void on_started(void *ctx, unsigned stmt, int conn)
{
	struct play_part *part = part_of(ctx, stmt);

	if (part->started++ > 0)
		assert_true(may_run_again(ctx, stmt));
	assert_true(conn > 0);
	part->conn = conn;
	note(ctx, '+', stmt);
}

static void on_columns(
    void *ctx, unsigned stmt, const struct backend_column *columns, unsigned n)
{
	struct play_part *part = running_part(ctx, stmt);

	assert_true(columns && n > 0);
	assert_int_equal(part->columns++, 0);
}

static void on_row(
    void *ctx, unsigned stmt, const struct backend_value *values, unsigned n)
{
	struct play_part *part = running_part(ctx, stmt);

	assert_true(values && n > 0);
	assert_int_equal(part->columns, 1);
	part->rows++;
}

static void on_flush(void *ctx, unsigned stmt)
{
	running_part(ctx, stmt)->flushes++;
}

static void on_copy_out(void *ctx, unsigned stmt, const char *data, size_t len)
{
	(void)running_part(ctx, stmt);
	assert_true(data && len > 0);
}

static void on_notice(
    void *ctx, unsigned stmt, const char *severity, const char *message)
{
	struct play_part *part = running_part(ctx, stmt);

	part->notices++;
	snprintf(
	    part->notice, sizeof part->notice, "%s: %s", severity, message);
}

static void keep_error(struct play_part *part, const struct backend_error *e)
{
	snprintf(part->sqlstate, sizeof part->sqlstate, "%s", e->sqlstate);
	snprintf(part->message, sizeof part->message, "%s", e->message);
}

static void on_done(void *ctx, unsigned stmt, const struct fanout_done *done)
{
	struct play_part *part = part_of(ctx, stmt);
	bool ran = part->started > 0;

	assert_true((done->status == STATUS_OK) == !done->error);
	if (done->status == STATUS_OK || done->status == STATUS_ERROR ||
	    done->status == STATUS_CANCELLED || done->status == STATUS_UNKNOWN)
		assert_true(ran);
	if (done->status == STATUS_SKIPPED)
		assert_false(ran);
	/* One that was lost and waits again is on no connection any more. */
	if (done->conn || part->started != 1 || !may_run_again(ctx, stmt))
		assert_int_equal(done->conn, ran ? part->conn : 0);
	assert_int_equal(done->queue_us + done->exec_us, done->total_us);
	assert_true(ran || done->exec_us == 0);
	part->done++;
	part->status = done->status;
	part->count = done->count;
	snprintf(part->tag, sizeof part->tag, "%s", done->tag ? done->tag : "");
	if (done->error)
		keep_error(part, done->error);
	note(ctx, '-', stmt);
}

static void check_counts(const struct play *p, const struct fanout_end *end)
{
	unsigned n[N_STATUS] = {0};

	for (unsigned i = 0; i < p->n; i++) {
		assert_int_equal(p->parts[i].done, 1);
		n[p->parts[i].status]++;
	}
	assert_memory_equal(n, end->n, sizeof n);
}

static void on_end(void *ctx, const struct fanout_end *end)
{
	struct play *p = ctx;

	assert_false(p->over);
	if (!p->abandoned)
		check_counts(p, end);
	p->over = true;
	p->end = *end;
	p->fanout = NULL;
}

static void on_copy(void *ctx)
{
	struct play *p = ctx;

	assert_false(p->over);
}

static const struct fanout_sink sink = {
    .on_started = on_started,
    .on_columns = on_columns,
    .on_row = on_row,
    .on_flush = on_flush,
    .on_copy_out = on_copy_out,
    .on_notice = on_notice,
    .on_done = on_done,
    .on_end = on_end,
    .on_copy_room = on_copy,
    .on_copy_hungry = on_copy,
};

void play_start(struct play *p, struct scene *s, struct batch *b)
{
	struct err e;

	memset(p, 0, sizeof *p);
	p->scene = s;
	p->n = b->plan->n_stmts;
	assert_true(p->n <= PLAY_MAX);
	assert_int_equal(
	    fanout_start(&s->turn, &s->db, b, &sink, p, &p->fanout, &e), 0);
	assert_string_equal(p->log, ""); /* not from within fanout_start() */
}

void play_finish(struct play *p)
{
	SCENE_UNTIL(p->scene, p->over);
}

void play_run(struct play *p, struct scene *s, struct batch *b)
{
	play_start(p, s, b);
	play_finish(p);
}

void play_expect(const struct play *p, const char *statuses)
{
	char text[PLAY_MAX * 12] = "";

	for (unsigned i = 0; i < p->n; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof text - len, "%s%s", i ? " " : "",
		    p->parts[i].done ? stmt_status_name(p->parts[i].status)
		                     : "-");
	}
	assert_string_equal(text, statuses);
}

void play_expect_message(
    const struct play *p, unsigned number, const char *text)
{
	const char *message = p->parts[number - 1].message;

	if (!strstr(message, text))
		fail_msg("\"%s\" lacks \"%s\"", message, text);
}
