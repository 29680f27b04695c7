/* Transactions: the batch's own, and blocks that a script opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/play.h"

#define FAILS "error 22012 division by zero"

struct fixture {
	struct scene scene;
	struct play play;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	scene_init(&f.scene, "", 2);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->play.fanout && !f->play.over)
		fanout_cancel_all(f->play.fanout);
	scene_release(&f->scene);
	return 0;
}

#define BATCH(stmts) scene_batch(stmts, ARRAY_LEN(stmts))

static const struct scene_stmt two[] = {
    {.sql = "tag 1 ONE"}, {.sql = "tag 2 TWO", .joins = true}};

static void start(struct fixture *f, struct batch *b)
{
	b->transaction = true;
	play_start(&f->play, &f->scene, b);
}

static void run(struct fixture *f, struct batch *b)
{
	start(f, b);
	play_finish(&f->play);
}

static void expect(struct fixture *f, const char *statuses, enum tx_outcome tx)
{
	play_expect(&f->play, statuses);
	assert_int_equal(f->play.end.transaction, tx);
}

/* ---- transaction: true ---- */

static void begin_and_commit_are_around_it(void **state)
{
	struct fixture *f = *state;

	run(f, BATCH(two));
	expect(f, "ok ok", TX_COMMITTED);
	assert_string_equal(f->play.parts[1].tag, "TWO");
	assert_int_equal(f->play.parts[1].count, 2);
	assert_int_equal(scene_stats(&f->scene)->starts, 4);
	assert_int_equal(scene_stats(&f->scene)->connects, 1);
	assert_int_equal(scene_stats(&f->scene)->resets, 0);
}

static void the_last_verdict_waits_for_the_commit(void **state)
{
	struct fixture *f = *state;

	f->scene.commit = "hang";
	start(f, BATCH(two));
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->starts == 4);
	scene_settle(&f->scene);
	assert_int_equal(f->play.parts[0].done, 1);
	assert_int_equal(f->play.parts[1].done, 0);
	fanout_cancel(f->play.fanout, 1);
	play_finish(&f->play);
	expect(f, "ok cancelled", TX_ROLLED_BACK);
}

static void an_error_rolls_all_of_it_back(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""},
	    {.sql = FAILS, .joins = true}, {.sql = "", .joins = true}};
	struct fixture *f = *state;

	run(f, BATCH(stmts));
	expect(f, "ok error skipped", TX_ROLLED_BACK);
	assert_string_equal(f->play.parts[2].sqlstate, SQLSTATE_IN_FAILED_TX);
	assert_int_equal(scene_stats(&f->scene)->closes, 0);
}

static void a_commit_that_is_refused_is_the_last_ones_error(void **state)
{
	struct fixture *f = *state;

	f->scene.commit = "rollback; error 40001 could not serialize";
	run(f, BATCH(two));
	expect(f, "ok error", TX_ROLLED_BACK);
	assert_string_equal(f->play.parts[1].sqlstate, "40001");
}

static void a_commit_on_a_lost_connection_leaves_it_unknown(void **state)
{
	struct fixture *f = *state;

	f->scene.commit = "lose";
	run(f, BATCH(two));
	expect(f, "ok unknown", TX_UNKNOWN);
}

static void a_commit_that_was_confirmed_stays_so_whatever_follows(void **state)
{
	struct fixture *f = *state;

	f->scene.commit = "commit; settle_lost; tag -1 COMMIT";
	run(f, BATCH(two));
	expect(f, "ok ok", TX_COMMITTED);
}

static void a_refused_commit_stays_so_whatever_follows(void **state)
{
	struct fixture *f = *state;

	f->scene.commit = "rollback; settle_lost; error 40001 no";
	run(f, BATCH(two));
	expect(f, "ok error", TX_ROLLED_BACK);
}

static void a_loss_before_the_commit_rolls_back(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = "settle_lost; tag 1 X", .joins = true}};
	struct fixture *f = *state;

	run(f, BATCH(stmts));
	assert_int_equal(f->play.end.transaction, TX_ROLLED_BACK);
	assert_int_equal(scene_stats(&f->scene)->starts, 3); /* no COMMIT */
}

static void a_commit_that_could_not_be_sent_rolled_back(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = "settle 20", .joins = true}};
	struct fixture *f = *state;

	start(f, BATCH(stmts));
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->starts == 3);
	f->scene.refusals = 1;
	play_finish(&f->play);
	assert_int_equal(f->play.end.transaction, TX_ROLLED_BACK);
}

static void a_begin_that_is_refused_sends_nothing(void **state)
{
	struct fixture *f = *state;

	f->scene.begin = "error 25006 read only";
	run(f, BATCH(two));
	expect(f, "not_sent not_sent", TX_ROLLED_BACK);
	play_expect_message(
	    &f->play, 1, "the transaction could not be begun: read only");
	assert_int_equal(scene_stats(&f->scene)->starts, 1);
}

static void a_begin_on_a_lost_connection_is_tried_on_another(void **state)
{
	struct fixture *f = *state;

	f->scene.begin = "lose";
	start(f, BATCH(two));
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->connects == 2);
	f->scene.begin = "begin";
	play_finish(&f->play);
	expect(f, "ok ok", TX_COMMITTED);
}

static void a_transaction_that_never_began_is_rolled_back(void **state)
{
	struct fixture *f = *state;

	start(f, BATCH(two));
	fanout_cancel_all(f->play.fanout);
	play_finish(&f->play);
	expect(f, "not_sent not_sent", TX_ROLLED_BACK);
}

static void a_cancel_in_the_middle_rolls_back(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""},
	    {.sql = "hang", .joins = true}, {.sql = "", .joins = true}};
	struct fixture *f = *state;

	start(f, BATCH(stmts));
	SCENE_UNTIL(&f->scene, f->play.parts[1].started);
	fanout_cancel_all(f->play.fanout);
	play_finish(&f->play);
	expect(f, "ok cancelled not_sent", TX_ROLLED_BACK);
	assert_int_equal(scene_pool_stats(&f->scene).idle, 1);
}

static void without_one_there_is_no_outcome(void **state)
{
	struct fixture *f = *state;

	play_run(&f->play, &f->scene, BATCH(two));
	expect(f, "ok ok", TX_NONE);
}

/* ---- BEGIN … COMMIT in the script ---- */

static void a_block_that_is_left_open_is_rolled_back(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "begin; tag -1 X", .kind = STMT_BEGIN},
	    {.sql = "", .joins = true}};
	struct batch *b = BATCH(stmts);
	struct fixture *f = *state;

	b->plan->units[0].unclosed = true;
	play_run(&f->play, &f->scene, b);
	expect(f, "ok ok", TX_NONE);
	assert_memory_equal(f->play.parts[0].notice, "WARNING: ", 9);
	assert_int_equal(scene_stats(&f->scene)->starts, 3);
	assert_int_equal(scene_stats(&f->scene)->resets, 1);
	assert_int_equal(scene_pool_stats(&f->scene).idle, 1);
}

static void a_rollback_that_fails_closes_the_connection(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "begin", .kind = STMT_BEGIN}};
	struct fixture *f = *state;

	f->scene.rollback = "lose";
	play_run(&f->play, &f->scene, BATCH(stmts));
	expect(f, "ok", TX_NONE);
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->live == 0);
}

static void a_failed_block_runs_nothing_but_its_end(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "begin", .kind = STMT_BEGIN}, {.sql = FAILS, .joins = true},
	    {.sql = "", .joins = true},
	    {.sql = "COMMIT", .joins = true, .kind = STMT_COMMIT},
	    {.sql = "", .joins = true}};
	struct fixture *f = *state;

	play_run(&f->play, &f->scene, BATCH(stmts));
	expect(f, "ok error skipped error ok", TX_NONE);
	assert_string_equal(f->play.parts[2].sqlstate, SQLSTATE_IN_FAILED_TX);
	play_expect_message(
	    &f->play, 4, "the transaction was rolled back instead");
}

static void a_savepoint_heals_a_failed_block(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "begin", .kind = STMT_BEGIN}, {.sql = FAILS, .joins = true},
	    {.sql = "begin", .joins = true, .kind = STMT_ROLLBACK_TO},
	    {.sql = "", .joins = true},
	    {.sql = "COMMIT", .joins = true, .kind = STMT_COMMIT}};
	struct fixture *f = *state;

	play_run(&f->play, &f->scene, BATCH(stmts));
	expect(f, "ok error ok ok ok", TX_NONE);
	assert_string_equal(f->play.parts[4].tag, "COMMIT");
}

#define TX_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TX_TEST(begin_and_commit_are_around_it),
	    TX_TEST(the_last_verdict_waits_for_the_commit),
	    TX_TEST(an_error_rolls_all_of_it_back),
	    TX_TEST(a_commit_that_is_refused_is_the_last_ones_error),
	    TX_TEST(a_commit_on_a_lost_connection_leaves_it_unknown),
	    TX_TEST(a_commit_that_was_confirmed_stays_so_whatever_follows),
	    TX_TEST(a_refused_commit_stays_so_whatever_follows),
	    TX_TEST(a_loss_before_the_commit_rolls_back),
	    TX_TEST(a_commit_that_could_not_be_sent_rolled_back),
	    TX_TEST(a_begin_that_is_refused_sends_nothing),
	    TX_TEST(a_begin_on_a_lost_connection_is_tried_on_another),
	    TX_TEST(a_transaction_that_never_began_is_rolled_back),
	    TX_TEST(a_cancel_in_the_middle_rolls_back),
	    TX_TEST(without_one_there_is_no_outcome),
	    TX_TEST(a_block_that_is_left_open_is_rolled_back),
	    TX_TEST(a_rollback_that_fails_closes_the_connection),
	    TX_TEST(a_failed_block_runs_nothing_but_its_end),
	    TX_TEST(a_savepoint_heals_a_failed_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
