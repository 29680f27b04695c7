/* How statements end otherwise: by a cancel, or when their time is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/play.h"

struct fixture {
	struct scene scene;
	struct play play, other;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	*state = &f;
	return 0;
}

static struct fixture *begin(void **state, const char *conninfo, int pool_size)
{
	struct fixture *f = *state;

	scene_init(&f->scene, conninfo, pool_size);
	return f;
}

static void end_play(struct play *p)
{
	if (p->fanout && !p->over)
		fanout_cancel_all(p->fanout);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	end_play(&f->play);
	end_play(&f->other);
	scene_release(&f->scene);
	return 0;
}

#define BATCH(stmts) scene_batch(stmts, ARRAY_LEN(stmts))

static void run(struct fixture *f, struct batch *b)
{
	play_run(&f->play, &f->scene, b);
}

/* Starts B, and goes on until N statements run. */
static void start(struct fixture *f, struct batch *b, unsigned n)
{
	play_start(&f->play, &f->scene, b);
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->running == n);
}

/* ---- cancels ---- */

static const struct scene_stmt three[] = {
    {.sql = "hang"}, {.sql = "tag 1 X"}, {.sql = "", .after = {2}}};

static void one_that_waits_is_not_sent(void **state)
{
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(three), 1);
	fanout_cancel(f->play.fanout, 1);
	scene_settle(&f->scene);
	assert_int_equal(scene_pool_stats(&f->scene).waiters, 0);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled not_sent skipped");
	play_expect_message(
	    &f->play, 2, "cancelled by the client before it was sent");
	assert_int_equal(scene_stats(&f->scene)->starts, 1);
}

static void one_that_is_blocked_is_not_sent(void **state)
{
	struct fixture *f = begin(state, "", 2);

	start(f, BATCH(three), 2);
	fanout_cancel(f->play.fanout, 2);
	assert_int_equal(f->play.parts[2].done, 1);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled ok not_sent");
}

static void one_that_runs_is_cancelled_by_the_server(void **state)
{
	struct fixture *f = begin(state, "", 2);

	start(f, BATCH(three), 2);
	fanout_cancel(f->play.fanout, 0);
	fanout_cancel(f->play.fanout, 0); /* once is enough */
	assert_int_equal(f->play.parts[0].done, 0);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled ok ok");
	assert_string_equal(f->play.parts[0].sqlstate, SQLSTATE_CANCELED);
	assert_int_equal(scene_stats(&f->scene)->cancels, 1);
	assert_int_equal(scene_stats(&f->scene)->closes, 0);
}

static void one_that_is_done_stays_as_it_is(void **state)
{
	struct fixture *f = begin(state, "", 2);

	start(f, BATCH(three), 2);
	SCENE_UNTIL(&f->scene, f->play.parts[1].done);
	fanout_cancel(f->play.fanout, 1);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled ok ok");
}

static void all_are_cancelled_or_not_sent(void **state)
{
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(three), 1);
	fanout_cancel_all(f->play.fanout);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled not_sent not_sent");
}

static void a_batch_may_be_cancelled_before_its_first_turn(void **state)
{
	struct fixture *f = begin(state, "", 1);

	play_start(&f->play, &f->scene, BATCH(three));
	fanout_cancel_all(f->play.fanout);
	play_finish(&f->play);
	play_expect(&f->play, "not_sent not_sent not_sent");
	assert_int_equal(scene_stats(&f->scene)->starts, 0);
}

static void a_shutdown_says_so(void **state)
{
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(three), 1);
	fanout_shut_down(f->play.fanout);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled not_sent not_sent");
	assert_string_equal(f->play.parts[1].sqlstate, SQLSTATE_SHUTDOWN);
}

static void an_abandoned_batch_ends_without_another_word(void **state)
{
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(three), 1);
	f->play.abandoned = true; /* from here on only on_end */
	fanout_abandon(f->play.fanout);
	play_finish(&f->play);
	assert_int_equal(f->play.end.n[STATUS_CANCELLED], 1);
	assert_int_equal(f->play.end.n[STATUS_NOT_SENT], 2);
	assert_int_equal(scene_pool_stats(&f->scene).idle, 1);
}

static void rows_stop_when_a_statement_is_cancelled(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; rows 1000000"}};
	struct fixture *f = begin(state, "", 1);
	unsigned rows;

	play_start(&f->play, &f->scene, BATCH(stmts));
	SCENE_UNTIL(&f->scene, f->play.parts[0].rows > 0);
	fanout_cancel(f->play.fanout, 0);
	rows = f->play.parts[0].rows;
	play_finish(&f->play);
	play_expect(&f->play, "cancelled");
	assert_int_equal(f->play.parts[0].rows, rows);
}

static void one_that_ends_ok_in_spite_of_a_cancel_has_all_its_rows(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "deaf; columns a; rows 500"}};
	struct fixture *f = begin(state, "", 1);

	play_start(&f->play, &f->scene, BATCH(stmts));
	SCENE_UNTIL(&f->scene, f->play.parts[0].rows > 0);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "ok");
	assert_int_equal(f->play.parts[0].count, 500);
	assert_int_equal(f->play.parts[0].rows, 500);
}

static void a_cancel_wakes_a_paused_statement(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a; rows 1000000"}};
	struct fixture *f = begin(state, "", 1);

	play_start(&f->play, &f->scene, BATCH(stmts));
	SCENE_UNTIL(&f->scene, f->play.parts[0].rows > 0);
	fanout_pause(f->play.fanout, 0, true);
	scene_settle(&f->scene);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "cancelled");
}

/* Takes the five seconds that a server is given. */
static void a_cancel_that_is_not_confirmed_leaves_it_unknown(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "deaf; hang"}, {.sql = "", .joins = true}, {.sql = ""}};
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(stmts), 1);
	fanout_cancel(f->play.fanout, 0);
	play_finish(&f->play);
	play_expect(&f->play, "unknown not_sent ok");
	play_expect_message(&f->play, 1, "did not confirm the cancel");
	assert_int_equal(scene_stats(&f->scene)->closes, 1);
}

/* ---- deadlines ---- */

static void the_time_of_a_batch_ends_all_of_it(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""}, {.sql = "hang"},
	    {.sql = "hang", .joins = true}, {.sql = ""},
	    {.sql = "", .after = {2}}};
	struct fixture *f = begin(state, "", 1);
	struct batch *b = BATCH(stmts);

	b->timeout_us = 300 * US_PER_MS;
	run(f, b);
	play_expect(&f->play, "ok cancelled not_sent not_sent not_sent");
	for (unsigned number = 2; number <= 5; number++)
		play_expect_message(&f->play, number,
		    "the batch's timeout_ms of 300 has passed");
	assert_string_equal(f->play.parts[3].sqlstate, SQLSTATE_CANCELED);
}

static void the_time_of_a_statement_counts_from_its_start(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "wait 40"}, {.sql = ""}, {.sql = "hang"}};
	struct fixture *f = begin(state, "", 1);
	struct batch *b = BATCH(stmts);

	scene_ask(b, 1)->timeout_us = 20 * US_PER_MS; /* waits for longer */
	scene_ask(b, 2)->timeout_us = 20 * US_PER_MS;
	run(f, b);
	play_expect(&f->play, "ok ok cancelled");
	play_expect_message(
	    &f->play, 3, "ran longer than its timeout_ms of 20");
}

static void query_timeout_holds_where_it_is_the_nearer_one(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "hang"}, {.sql = "hang"}};
	struct fixture *f = begin(state, "", 2);
	struct batch *b = BATCH(stmts);

	f->scene.conf.query_timeout = 20 * US_PER_MS;
	scene_ask(b, 0)->timeout_us = 10 * US_PER_MS;
	scene_ask(b, 1)->timeout_us = 3600 * US_PER_S;
	run(f, b);
	play_expect(&f->play, "cancelled cancelled");
	play_expect_message(&f->play, 1, "its timeout_ms of 10");
	play_expect_message(&f->play, 2,
	    "ran longer than query_timeout = 20ms of database \"test\"");
}

static void who_waits_too_long_for_a_connection_is_not_sent(void **state)
{
	static const struct scene_stmt hang[] = {{.sql = "hang"}};
	struct fixture *f = begin(state, "", 1);

	f->scene.conf.query_wait_timeout = 100 * US_PER_MS;
	start(f, BATCH(hang), 1);
	play_start(&f->other, &f->scene, BATCH(three));
	play_finish(&f->other);
	play_expect(&f->other, "not_sent not_sent skipped");
	play_expect_message(&f->other, 1,
	    "no connection to database \"test\" came free within "
	    "query_wait_timeout = 100ms");
	assert_int_equal(scene_pool_stats(&f->scene).waiters, 0);
	assert_int_equal(f->play.parts[0].done, 0);
}

static void waiting_for_the_batch_itself_has_no_bound(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "wait 150"}, {.sql = ""}, {.sql = "", .after = {1}}};
	struct fixture *f = begin(state, "", 2);
	struct batch *b = BATCH(stmts);

	f->scene.conf.query_wait_timeout = 100 * US_PER_MS;
	b->max_concurrency = 1;
	run(f, b);
	play_expect(&f->play, "ok ok ok");
}

static void who_waits_hears_why_there_is_no_connection(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""}};
	struct fixture *f = begin(state, "error 57P03 starting up", 1);

	f->scene.conf.query_wait_timeout = 100 * US_PER_MS;
	run(f, BATCH(stmts));
	play_expect(&f->play, "not_sent");
	play_expect_message(
	    &f->play, 1, "; the last attempt to connect failed: starting up");
}

#define FANOUT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FANOUT_TEST(one_that_waits_is_not_sent),
	    FANOUT_TEST(one_that_is_blocked_is_not_sent),
	    FANOUT_TEST(one_that_runs_is_cancelled_by_the_server),
	    FANOUT_TEST(one_that_is_done_stays_as_it_is),
	    FANOUT_TEST(all_are_cancelled_or_not_sent),
	    FANOUT_TEST(a_batch_may_be_cancelled_before_its_first_turn),
	    FANOUT_TEST(a_shutdown_says_so),
	    FANOUT_TEST(an_abandoned_batch_ends_without_another_word),
	    FANOUT_TEST(rows_stop_when_a_statement_is_cancelled),
	    FANOUT_TEST(one_that_ends_ok_in_spite_of_a_cancel_has_all_its_rows),
	    FANOUT_TEST(a_cancel_wakes_a_paused_statement),
	    FANOUT_TEST(a_cancel_that_is_not_confirmed_leaves_it_unknown),
	    FANOUT_TEST(the_time_of_a_batch_ends_all_of_it),
	    FANOUT_TEST(the_time_of_a_statement_counts_from_its_start),
	    FANOUT_TEST(query_timeout_holds_where_it_is_the_nearer_one),
	    FANOUT_TEST(who_waits_too_long_for_a_connection_is_not_sent),
	    FANOUT_TEST(waiting_for_the_batch_itself_has_no_bound),
	    FANOUT_TEST(who_waits_hears_why_there_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
