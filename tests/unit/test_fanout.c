/* Which statement goes when, and what becomes of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/play.h"

/* Takes more turns than whatever else these tests run. */
#define SLOW                                                  \
	"notice 1; notice 2; notice 3; notice 4; notice 5; "  \
	"notice 6; notice 7; notice 8; notice 9; notice 10; " \
	"notice 11; notice 12; tag 1 SLOW"
#define FAILS "error 22012 division by zero"

struct fixture {
	struct scene scene;
	struct play play;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	*state = &f;
	return 0;
}

static struct fixture *begin(void **state, int pool_size)
{
	struct fixture *f = *state;

	scene_init(&f->scene, "", pool_size);
	return f;
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

static void run(struct fixture *f, struct batch *b)
{
	play_run(&f->play, &f->scene, b);
}

static void each_is_told_once_and_the_end_last(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "columns a b; rows 250; notice hello; tag 250 SELECT 250"},
	};
	struct fixture *f = begin(state, 1);
	const struct play_part *part = &f->play.parts[0];

	run(f, BATCH(stmts));
	play_expect(&f->play, "ok");
	assert_int_equal(part->rows, 250);
	assert_int_equal(part->count, 250);
	assert_string_equal(part->tag, "SELECT 250");
	assert_string_equal(part->notice, "NOTICE: hello");
	assert_true(part->flushes > 0);
	assert_int_equal(f->scene.db.stats.rows, 250);
	assert_int_equal(f->scene.db.stats.statements, 1);
}

static void one_who_wants_the_count_gets_no_rows(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = "columns a; rows 7"}};
	struct batch *b = BATCH(stmts);
	struct fixture *f = begin(state, 1);

	scene_ask(b, 0)->want_rows = false;
	run(f, b);
	assert_int_equal(f->play.parts[0].rows, 0);
	assert_int_equal(f->play.parts[0].count, 7);
}

static void what_is_ready_goes_in_the_order_of_the_list(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = SLOW}, {.sql = ""}, {.sql = SLOW}, {.sql = ""}};
	struct fixture *f = begin(state, 1);

	run(f, BATCH(stmts));
	assert_string_equal(f->play.log, "+1 -1 +2 -2 +3 -3 +4 -4");
	assert_int_equal(f->play.end.peak_concurrency, 1);
}

static void with_room_all_run_at_once_and_end_as_they_end(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = SLOW}, {.sql = ""}, {.sql = "notice 1; notice 2"}};
	struct fixture *f = begin(state, 3);

	run(f, BATCH(stmts));
	/* All three connections open in one turn, the last one first. */
	assert_string_equal(f->play.log, "+1 +2 +3 -2 -3 -1");
	assert_int_equal(f->play.end.peak_concurrency, 3);
}

static void a_higher_priority_goes_first(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = ""}, {.sql = ""}};
	struct batch *b = BATCH(stmts);
	struct fixture *f = begin(state, 1);

	scene_ask(b, 1)->priority = -1;
	scene_ask(b, 2)->priority = 7;
	run(f, b);
	assert_string_equal(f->play.log, "+3 -3 +1 -1 +2 -2");
}

static void max_concurrency_is_a_bound_of_the_batch(void **state)
{
	struct scene_stmt stmts[20] = {{.sql = NULL}};
	struct fixture *f = begin(state, 8);
	struct batch *b;

	for (size_t i = 0; i < ARRAY_LEN(stmts); i++)
		stmts[i].sql = SLOW;
	b = BATCH(stmts);
	b->max_concurrency = 3;
	run(f, b);
	assert_int_equal(scene_stats(&f->scene)->running_peak, 3);
	assert_int_equal(scene_stats(&f->scene)->peak, 3);
	assert_int_equal(f->play.end.peak_concurrency, 3);
	assert_int_equal(f->play.end.n[STATUS_OK], 20);
}

static void after_waits_until_all_of_them_are_ok(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = SLOW}, {.sql = ""},
	    {.sql = "", .after = {1, 2}}, {.sql = "", .after = {3}}};
	struct fixture *f = begin(state, 4);

	run(f, BATCH(stmts));
	assert_string_equal(f->play.log, "+1 +2 -2 -1 +3 -3 +4 -4");
	play_expect(&f->play, "ok ok ok ok");
}

static void after_what_failed_is_skipped_and_so_on(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = FAILS}, {.sql = ""},
	    {.sql = "", .after = {2, 1}}, {.sql = "", .after = {3}},
	    {.sql = "", .after = {2}}};
	struct fixture *f = begin(state, 4);

	run(f, BATCH(stmts));
	play_expect(&f->play, "error ok skipped skipped ok");
	play_expect_message(
	    &f->play, 3, "not run: it is after \"1\", which ended error");
	play_expect_message(
	    &f->play, 4, "not run: it is after \"3\", which ended skipped");
	assert_string_equal(f->play.parts[2].sqlstate, SQLSTATE_CANCELED);
}

static void on_error_continue_goes_on(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = FAILS}, {.sql = ""}, {.sql = FAILS}, {.sql = ""}};
	struct fixture *f = begin(state, 1);

	run(f, BATCH(stmts));
	play_expect(&f->play, "error ok error ok");
	assert_string_equal(f->play.parts[0].sqlstate, "22012");
	play_expect_message(&f->play, 1, "division by zero");
}

static void on_error_stop_starts_nothing_more(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = SLOW}, {.sql = FAILS},
	    {.sql = ""}, {.sql = "", .after = {1}}};
	struct fixture *f = begin(state, 2);
	struct batch *b = BATCH(stmts);

	b->on_error = ON_ERROR_STOP;
	run(f, b);
	play_expect(&f->play, "ok error skipped skipped");
	play_expect_message(&f->play, 3,
	    "on_error is \"stop\", and statement \"2\" ended error");
	assert_int_equal(scene_stats(&f->scene)->cancels, 0);
	assert_int_equal(scene_stats(&f->scene)->starts, 2);
}

static void on_error_stop_heeds_the_rest_of_a_unit_that_runs(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = SLOW}, {.sql = "", .joins = true}, {.sql = FAILS}};
	struct fixture *f = begin(state, 2);
	struct batch *b = BATCH(stmts);

	b->on_error = ON_ERROR_STOP;
	run(f, b);
	play_expect(&f->play, "ok skipped error");
}

static void on_error_cancel_ends_what_runs(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "hang"}, {.sql = "hang"}, {.sql = FAILS}, {.sql = ""}};
	struct fixture *f = begin(state, 3);
	struct batch *b = BATCH(stmts);

	b->on_error = ON_ERROR_CANCEL;
	run(f, b);
	play_expect(&f->play, "cancelled cancelled error skipped");
	assert_int_equal(scene_stats(&f->scene)->cancels, 2);
}

static void until_first_cancels_the_losers(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "hang"}, {.sql = SLOW}, {.sql = FAILS}, {.sql = "hang"}};
	struct fixture *f = begin(state, 3);
	struct batch *b = BATCH(stmts);

	b->until = UNTIL_FIRST;
	b->on_error = ON_ERROR_STOP; /* a race goes on after an error */
	run(f, b);
	play_expect(&f->play, "cancelled ok error cancelled");
}

static void until_first_skips_what_waits(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = ""}, {.sql = "", .after = {1}}};
	struct fixture *f = begin(state, 1);
	struct batch *b = BATCH(stmts);

	b->until = UNTIL_FIRST;
	run(f, b);
	play_expect(&f->play, "ok skipped skipped");
	play_expect_message(
	    &f->play, 2, "until is \"first\", and statement \"1\" was first");
}

static void until_first_may_have_no_winner(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = FAILS}, {.sql = FAILS}};
	struct fixture *f = begin(state, 1);
	struct batch *b = BATCH(stmts);

	b->until = UNTIL_FIRST;
	run(f, b);
	play_expect(&f->play, "error error");
}

static void a_unit_runs_in_order_on_one_connection(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = SLOW},
	    {.sql = "touch"}, {.sql = SLOW, .joins = true},
	    {.sql = "touched", .joins = true}, {.sql = SLOW}};
	struct fixture *f = begin(state, 5);

	run(f, BATCH(stmts));
	assert_int_equal(f->play.parts[2].conn, f->play.parts[1].conn);
	assert_int_equal(f->play.parts[3].conn, f->play.parts[1].conn);
	assert_int_equal(f->play.parts[3].count, 1);
	assert_int_equal(f->play.end.peak_concurrency, 3);
	assert_true(strstr(f->play.log, "-2") < strstr(f->play.log, "+3") &&
	            strstr(f->play.log, "-3") < strstr(f->play.log, "+4"));
}

static void after_holds_within_a_unit_too(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = FAILS},
	    {.sql = "", .joins = true, .after = {1}},
	    {.sql = "", .joins = true}};
	struct fixture *f = begin(state, 1);

	run(f, BATCH(stmts));
	play_expect(&f->play, "error skipped ok");
}

static void a_unit_waits_for_all_that_its_statements_are_after(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = FAILS}, {.sql = SLOW},
	    {.sql = ""}, {.sql = "", .joins = true, .after = {1}},
	    {.sql = "", .joins = true, .after = {2}}};
	struct fixture *f = begin(state, 3);

	run(f, BATCH(stmts));
	play_expect(&f->play, "error ok ok skipped ok");
	assert_string_equal(f->play.log, "+1 +2 -1 -2 +3 -3 -4 +5 -5");
}

static void session_state_is_reset_behind_a_unit(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "touch", .leaves_session = true}, {.sql = "touched"}};
	struct fixture *f = begin(state, 1);

	run(f, BATCH(stmts));
	assert_int_equal(f->play.parts[1].count, 0);
	assert_int_equal(scene_stats(&f->scene)->resets, 1);
}

static void two_batches_take_turns(void **state)
{
	struct scene_stmt many[30] = {{.sql = NULL}};
	static const struct scene_stmt one[] = {{.sql = ""}, {.sql = ""}};
	struct fixture *f = begin(state, 1);
	struct play second;

	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i].sql = "";
	play_start(&f->play, &f->scene, BATCH(many));
	play_start(&second, &f->scene, BATCH(one));
	play_finish(&second);
	assert_true(strlen(f->play.log) <= strlen("+1 -1 +2 -2 +3 -3"));
	play_finish(&f->play);
}

#define FANOUT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FANOUT_TEST(each_is_told_once_and_the_end_last),
	    FANOUT_TEST(one_who_wants_the_count_gets_no_rows),
	    FANOUT_TEST(what_is_ready_goes_in_the_order_of_the_list),
	    FANOUT_TEST(with_room_all_run_at_once_and_end_as_they_end),
	    FANOUT_TEST(a_higher_priority_goes_first),
	    FANOUT_TEST(max_concurrency_is_a_bound_of_the_batch),
	    FANOUT_TEST(after_waits_until_all_of_them_are_ok),
	    FANOUT_TEST(after_what_failed_is_skipped_and_so_on),
	    FANOUT_TEST(on_error_continue_goes_on),
	    FANOUT_TEST(on_error_stop_starts_nothing_more),
	    FANOUT_TEST(on_error_stop_heeds_the_rest_of_a_unit_that_runs),
	    FANOUT_TEST(on_error_cancel_ends_what_runs),
	    FANOUT_TEST(until_first_cancels_the_losers),
	    FANOUT_TEST(until_first_skips_what_waits),
	    FANOUT_TEST(until_first_may_have_no_winner),
	    FANOUT_TEST(a_unit_runs_in_order_on_one_connection),
	    FANOUT_TEST(after_holds_within_a_unit_too),
	    FANOUT_TEST(a_unit_waits_for_all_that_its_statements_are_after),
	    FANOUT_TEST(session_state_is_reset_behind_a_unit),
	    FANOUT_TEST(two_batches_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
