/*
 * The one case in which a statement is run twice: its caller said that it may
 * be, and its connection was lost before anything of it was heard.
 */
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
	struct play play;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	scene_init(&f.scene, "", 1);
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

/* One unit of statements that may all be run again. */
static struct batch *make_batch(const char *first, const char *second)
{
	const struct scene_stmt stmts[] = {
	    {.sql = first}, {.sql = second, .joins = true}};
	unsigned n = second ? 2 : 1;
	struct batch *b = scene_batch(stmts, n);

	for (unsigned i = 0; i < n; i++)
		scene_ask(b, i)->idempotent = true;
	return b;
}

static void expect_runs(struct fixture *f, unsigned n, const char *statuses)
{
	play_finish(&f->play);
	play_expect(&f->play, statuses);
	assert_int_equal(scene_stats(&f->scene)->starts, n);
}

static void it_is_run_once_more_on_another_connection(void **state)
{
	struct fixture *f = *state;

	f->scene.losses = 1;
	play_start(&f->play, &f->scene, make_batch("tag 7 X", NULL));
	expect_runs(f, 2, "ok");
	assert_int_equal(f->play.parts[0].count, 7);
	assert_int_equal(scene_stats(&f->scene)->connects, 2);
}

static void not_a_third_time(void **state)
{
	struct fixture *f = *state;

	f->scene.losses = 2;
	play_start(&f->play, &f->scene, make_batch("", NULL));
	expect_runs(f, 2, "unknown");
}

static void not_unless_its_caller_says_so(void **state)
{
	struct fixture *f = *state;
	struct batch *b = make_batch("", NULL);

	f->scene.losses = 1;
	scene_ask(b, 0)->idempotent = false;
	play_start(&f->play, &f->scene, b);
	expect_runs(f, 1, "unknown");
}

static void not_once_it_had_columns(void **state)
{
	struct fixture *f = *state;

	play_start(&f->play, &f->scene, make_batch("columns a; lose", NULL));
	expect_runs(f, 1, "unknown");
}

static void not_once_it_had_a_notice(void **state)
{
	struct fixture *f = *state;

	play_start(&f->play, &f->scene, make_batch("notice x; lose", NULL));
	expect_runs(f, 1, "unknown");
	assert_int_equal(f->play.parts[0].notices, 1);
}

static void not_within_a_unit(void **state)
{
	struct fixture *f = *state;

	f->scene.losses = 1;
	play_start(&f->play, &f->scene, make_batch("", ""));
	expect_runs(f, 1, "unknown not_sent");
}

static void not_within_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct batch *b = make_batch("lose", NULL);

	b->transaction = true;
	play_start(&f->play, &f->scene, b);
	expect_runs(f, 2, "unknown"); /* BEGIN was one */
	assert_int_equal(f->play.end.transaction, TX_ROLLED_BACK);
}

static void not_once_it_was_cancelled(void **state)
{
	struct fixture *f = *state;

	play_start(
	    &f->play, &f->scene, make_batch("deaf; wait 10; lose", NULL));
	SCENE_UNTIL(&f->scene, f->play.parts[0].started);
	scene_turn(&f->scene); /* it is deaf now */
	fanout_cancel(f->play.fanout, 0);
	expect_runs(f, 1, "unknown");
}

/* Loses it, and goes on until it waits for another connection. */
static void lose_it(struct fixture *f, struct batch *b)
{
	f->scene.losses = 1;
	play_start(&f->play, &f->scene, b);
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->starts == 1);
	engine_scripted_say(f->scene.stage.engine, "hang");
	SCENE_UNTIL(&f->scene, scene_stats(&f->scene)->connects == 2);
}

static void one_that_waits_again_and_is_cancelled_is_unknown(void **state)
{
	struct fixture *f = *state;

	lose_it(f, make_batch("", NULL));
	fanout_cancel(f->play.fanout, 0);
	expect_runs(f, 1, "unknown");
}

static void one_that_waits_again_for_too_long_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct batch *b = make_batch("", NULL);

	b->timeout_us = 300 * US_PER_MS;
	lose_it(f, b);
	expect_runs(f, 1, "unknown");
	play_expect_message(&f->play, 1, "the batch's timeout_ms of 300");
}

#define RERUN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RERUN_TEST(it_is_run_once_more_on_another_connection),
	    RERUN_TEST(not_a_third_time),
	    RERUN_TEST(not_unless_its_caller_says_so),
	    RERUN_TEST(not_once_it_had_columns),
	    RERUN_TEST(not_once_it_had_a_notice),
	    RERUN_TEST(not_within_a_unit),
	    RERUN_TEST(not_within_a_transaction),
	    RERUN_TEST(not_once_it_was_cancelled),
	    RERUN_TEST(one_that_waits_again_and_is_cancelled_is_unknown),
	    RERUN_TEST(one_that_waits_again_for_too_long_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
