/* Cancel and close at every moment, as every engine must do them. */
#include "tests/conformance/subjects.h"

static void cancel_ends_what_runs(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, f->subject->endless);
	stage_linger(&f->stage, .1);
	assert_int_equal(w->done, 0);
	witness_cancel(w);
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_CANCELLED);
	assert_string_equal(w->sqlstate, "57014");
	witness_run_ok(w, f->subject->one);
	assert_int_equal(w->rows, 1);
}

static void cancel_ends_what_has_just_begun(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;
	int i;

	for (i = 0; i < 20; i++) {
		witness_start(w, f->subject->endless);
		witness_cancel(w);
		witness_cancel(w); /* asking twice is no more */
		witness_finish(w);
		assert_int_equal(w->verdict, BACKEND_CANCELLED);
	}
}

static void cancel_ends_a_stream(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, f->subject->endless_rows);
	STAGE_UNTIL(&f->stage, w->rows > 1000);
	witness_cancel(w);
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_CANCELLED);
}

static void cancel_when_idle_is_nothing(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_cancel(w);
	witness_run_ok(w, f->subject->one);
	witness_cancel(w);
	stage_linger(&f->stage, .05);
	witness_run_ok(w, f->subject->many);
	assert_int_equal(w->rows, 100000);
}

/*
 * A cancel that comes about when its statement ends must never reach the
 * next one.
 */
static void a_late_cancel_hits_nobody_else(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;
	int i;

	for (i = 0; i < 100; i++) {
		witness_start(w, f->subject->one);
		if (i % 3 == 1)
			stage_turn(&f->stage);
		if (i % 3 == 2)
			STAGE_UNTIL(&f->stage, w->rows || w->done);
		witness_cancel(w);
		witness_finish(w);
		assert_true(w->verdict == BACKEND_OK ||
		            w->verdict == BACKEND_CANCELLED);
		witness_run_ok(w, f->subject->one);
		assert_int_equal(w->rows, 1);
	}
}

static void close_before_it_is_open(void **state)
{
	struct fixture *f = *state;
	struct witness at_once, soon;

	witness_connect(&at_once, &f->stage);
	witness_close(&at_once);
	witness_connect(&soon, &f->stage);
	stage_turn(&f->stage);
	witness_gone(&soon);
	witness_gone(&at_once);
	stage_linger(&f->stage, .05);
}

static void close_when_idle(void **state)
{
	struct fixture *f = *state;

	witness_gone(&f->w);
	stage_linger(&f->stage, .05);
}

static void close_while_it_runs(void **state)
{
	struct fixture *f = *state;

	witness_start(&f->w, f->subject->endless);
	stage_linger(&f->stage, .05);
	witness_gone(&f->w);
	stage_linger(&f->stage, .05);
}

static void close_right_after_start(void **state)
{
	struct fixture *f = *state;

	witness_start(&f->w, f->subject->one);
	witness_gone(&f->w);
}

static void close_while_paused(void **state)
{
	struct fixture *f = *state;

	witness_start(&f->w, f->subject->endless_rows);
	STAGE_UNTIL(&f->stage, f->w.rows > 1000);
	witness_pause(&f->w, true);
	stage_linger(&f->stage, .05);
	witness_gone(&f->w);
}

static void close_during_a_cancel(void **state)
{
	struct fixture *f = *state;

	witness_start(&f->w, f->subject->endless);
	stage_linger(&f->stage, .05);
	witness_cancel(&f->w);
	witness_gone(&f->w);
	stage_linger(&f->stage, .05);
}

static void close_during_a_reset(void **state)
{
	struct fixture *f = *state;
	struct err e;

	assert_int_equal(f->subject->ops->reset(f->w.b, "DISCARD ALL", &e), 0);
	witness_gone(&f->w);
}

static void close_when_seen(struct witness *w, enum witness_event event)
{
	enum witness_event *when = w->act_ctx;

	if (event == *when)
		witness_close(w);
}

/* SQL leads to the event, in which the connection is closed. */
static void close_in(
    struct fixture *f, enum witness_event when, const char *sql)
{
	struct witness w;

	witness_connect(&w, &f->stage);
	w.act = close_when_seen;
	w.act_ctx = &when;
	STAGE_UNTIL(&f->stage, w.opened);
	if (!w.closing)
		witness_start(&w, sql);
	STAGE_UNTIL(&f->stage, w.closing);
	witness_gone(&w);
	assert_int_equal(w.closed, 1);
}

static void close_within_callbacks(void **state)
{
	struct fixture *f = *state;
	const struct subject *s = f->subject;

	close_in(f, SAW_OPEN, NULL);
	close_in(f, SAW_COLUMNS, s->none);
	close_in(f, SAW_COLUMNS, s->many);
	close_in(f, SAW_ROW, s->many);
	close_in(f, SAW_ROW, s->endless_rows);
	close_in(f, SAW_DONE, s->one);
	close_in(f, SAW_DONE, s->wrong_sql);
	close_in(f, SAW_READY, s->one);
	stage_linger(&f->stage, .05);
}

static void close_within_a_notice(void **state)
{
	struct fixture *f = *state;

	close_in(f, SAW_NOTICE, f->subject->notice);
}

static void close_within_a_loss(void **state)
{
	struct fixture *f = *state;

	close_in(f, SAW_DONE, f->subject->lose);
	close_in(f, SAW_LOST, f->subject->lose);
}

static void close_within_a_failure_to_connect(void **state)
{
	struct fixture *f = *state;
	enum witness_event when = SAW_OPEN;
	struct stage s;
	struct witness w;

	stage_init(&s, f->subject->ops, &f->subject->unreachable);
	witness_connect(&w, &s);
	w.act = close_when_seen;
	w.act_ctx = &when;
	STAGE_UNTIL(&s, w.closed);
	assert_int_equal(w.failed, 1);
	stage_release(&s);
}

/* Many at once, none waiting for another. */
static void many_connections(void **state)
{
	struct fixture *f = *state;
	struct witness w[20];
	size_t i;

	for (i = 0; i < ARRAY_LEN(w); i++)
		witness_connect(&w[i], &f->stage);
	for (i = 0; i < ARRAY_LEN(w); i++)
		STAGE_UNTIL(&f->stage, w[i].opened || w[i].failed);
	for (i = 0; i < ARRAY_LEN(w); i++) {
		assert_int_equal(w[i].opened, 1);
		witness_start(&w[i], f->subject->one);
	}
	for (i = 0; i < ARRAY_LEN(w); i++) {
		witness_finish(&w[i]);
		assert_int_equal(w[i].verdict, BACKEND_OK);
		witness_close(&w[i]);
	}
	for (i = 0; i < ARRAY_LEN(w); i++)
		witness_gone(&w[i]);
}

static const struct contract_test tests[] = {
    CONTRACT_TEST(cancel_ends_what_runs, endless),
    CONTRACT_TEST(cancel_ends_what_has_just_begun, endless),
    CONTRACT_TEST(cancel_ends_a_stream, endless_rows),
    CONTRACT_TEST(cancel_when_idle_is_nothing, many),
    CONTRACT_TEST(a_late_cancel_hits_nobody_else, one),
    CONTRACT_TEST(close_before_it_is_open, one),
    CONTRACT_TEST(close_when_idle, one),
    CONTRACT_TEST(close_while_it_runs, endless),
    CONTRACT_TEST(close_right_after_start, one),
    CONTRACT_TEST(close_while_paused, endless_rows),
    CONTRACT_TEST(close_during_a_cancel, endless),
    CONTRACT_TEST(close_during_a_reset, one),
    CONTRACT_TEST(close_within_callbacks, one),
    CONTRACT_TEST(close_within_a_notice, notice),
    CONTRACT_TEST(close_within_a_loss, lose),
    CONTRACT_TEST(close_within_a_failure_to_connect, one),
    CONTRACT_TEST(many_connections, one),
};

int main(void)
{
	return contract_run(tests, ARRAY_LEN(tests));
}
