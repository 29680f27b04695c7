/* The pool when connections cannot be had, are lost, or grow old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/borrower.h"

struct fixture {
	struct scene scene;
	struct borrower a, b;
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
	borrower_init(&f->a, &f->scene, 'a');
	borrower_init(&f->b, &f->scene, 'b');
	return f;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	borrower_release(&f->a);
	borrower_release(&f->b);
	scene_release(&f->scene);
	return 0;
}

static struct pool_stats stats(const struct fixture *f)
{
	return scene_pool_stats(&f->scene);
}

static unsigned connects(const struct fixture *f)
{
	return scene_stats(&f->scene)->connects;
}

static void say(struct fixture *f, const char *conninfo)
{
	engine_scripted_say(f->scene.stage.engine, conninfo);
}

/* ---- failures to connect ---- */

static void after_a_failure_one_attempt_is_made_at_a_time(void **state)
{
	struct fixture *f = begin(state, "error 57P03 starting up", 4);

	borrower_want(&f->a, 4, 0);
	SCENE_UNTIL(&f->scene, connects(f) == 4 && stats(f).n_conns == 0);
	while (connects(f) < 8) {
		assert_true(stats(f).n_conns <= 1);
		scene_turn(&f->scene);
	}
	assert_true(stats(f).failing);
	assert_int_equal(f->a.refusals, 0);
}

static void the_pause_doubles_while_it_fails(void **state)
{
	struct fixture *f = begin(state, "error 57P03 starting up", 1);
	int64_t start = clock_now_us();

	f->scene.conf.server_login_retry = 20 * US_PER_MS;
	scene_configure(&f->scene);
	borrower_want(&f->a, 1, 0);
	SCENE_UNTIL(&f->scene, connects(f) == 4);
	/* 20, 40 and 80 ms, of which jitter leaves at least a half. */
	assert_true(clock_now_us() - start >= 70 * US_PER_MS);
}

static void when_it_connects_again_all_are_served(void **state)
{
	struct fixture *f = begin(state, "error 57P03 starting up", 4);

	borrower_want(&f->a, 4, 0);
	SCENE_UNTIL(&f->scene, connects(f) == 6);
	assert_string_equal(stats(f).last_error->message, "starting up");
	say(f, "");
	borrower_until(&f->a, 4);
	assert_false(stats(f).failing);
	assert_int_equal(stats(f).failed_wall_us, 0);
}

static void a_failure_that_cannot_pass_is_told_to_all_who_wait(void **state)
{
	struct fixture *f = begin(state, "wait 1; error 28P01 no password", 4);

	borrower_want(&f->a, 4, 0);
	borrower_want(&f->b, 1, 5);
	SCENE_UNTIL(&f->scene, f->a.refusals == 1 && f->b.refusals == 1);
	assert_string_equal(f->a.error.sqlstate, "28P01");
	assert_string_equal(f->b.error.message, "no password");
	assert_int_equal(stats(f).waiters, 0);
	assert_int_equal(stats(f).wanted, 0);
}

static void nobody_is_refused_while_a_connection_serves(void **state)
{
	struct fixture *f = begin(state, "", 2);

	borrower_get(&f->a, 1);
	say(f, "error 28P01 no password");
	borrower_want(&f->b, 1, 0);
	SCENE_UNTIL(&f->scene, connects(f) >= 3);
	assert_int_equal(f->b.refusals, 0);
	borrower_return(&f->a, false);
	borrower_until(&f->b, 1);
}

static void the_last_that_served_is_lost_and_all_are_refused(void **state)
{
	struct fixture *f = begin(state, "", 2);

	borrower_get(&f->a, 1);
	say(f, "error 28P01 no password");
	borrower_want(&f->b, 1, 0);
	SCENE_UNTIL(&f->scene, connects(f) >= 3);
	borrower_discard(&f->a);
	SCENE_UNTIL(&f->scene, f->b.refusals == 1);
}

static void who_comes_while_it_fails_waits_for_the_next_attempt(void **state)
{
	struct fixture *f = begin(state, "error 28P01 no password", 1);

	borrower_want(&f->a, 1, 0);
	SCENE_UNTIL(&f->scene, f->a.refusals == 1);
	borrower_want(&f->a, 1, 0);
	SCENE_UNTIL(&f->scene, f->a.refusals == 2);
	assert_int_equal(connects(f), 2);
}

/* ---- connections that are lost ---- */

static void one_lost_while_idle_is_gone_and_replaced_when_wanted(void **state)
{
	struct fixture *f = begin(state, "idle 5", 1);

	borrower_get(&f->a, 1);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 0);
	say(f, "");
	borrower_get(&f->b, 1);
	assert_int_equal(f->a.lost, 0);
	assert_int_equal(connects(f), 2);
}

static void one_lost_while_borrowed_is_told_to_its_user(void **state)
{
	struct fixture *f = begin(state, "idle 5", 1);

	borrower_get(&f->a, 1);
	SCENE_UNTIL(&f->scene, f->a.lost == 1);
	assert_int_equal(f->a.conns[0]->state, CONN_LOST);
	assert_int_equal(stats(f).n_conns, 1);
	borrower_discard(&f->a);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 0);
}

static void one_lost_while_it_runs_ends_the_statement_first(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_get(&f->a, 1);
	borrower_start(&f->a, "wait 1; lose");
	SCENE_UNTIL(&f->scene, f->a.lost == 1);
	assert_int_equal(f->a.done, 1);
	assert_int_equal(f->a.verdict, BACKEND_UNKNOWN);
	borrower_discard(&f->a);
	borrower_get(&f->b, 1);
	assert_int_equal(connects(f), 2);
}

static void one_may_be_discarded_while_it_runs(void **state)
{
	struct fixture *f = begin(state, "closing 3", 1);

	borrower_get(&f->a, 1);
	borrower_start(&f->a, "hang");
	borrower_discard(&f->a);
	assert_int_equal(stats(f).closing, 1);
	borrower_get(&f->b, 1);
	assert_int_equal(f->a.done, 0);
	assert_int_equal(scene_stats(&f->scene)->peak, 1);
}

/* ---- time ---- */

static void min_pool_size_is_kept_without_anyone_waiting(void **state)
{
	struct fixture *f = begin(state, "idle 10", 3);

	f->scene.conf.min_pool_size = 2;
	scene_configure(&f->scene);
	SCENE_UNTIL(&f->scene, stats(f).idle == 2);
	say(f, "");
	SCENE_UNTIL(&f->scene, connects(f) == 4 && stats(f).idle == 2);
	assert_int_equal(stats(f).n_conns, 2);
}

static void what_idles_too_long_is_closed_down_to_the_minimum(void **state)
{
	struct fixture *f = begin(state, "", 4);

	borrower_get(&f->a, 4);
	f->scene.conf.min_pool_size = 1;
	f->scene.conf.server_idle_timeout = 5 * US_PER_MS;
	scene_configure(&f->scene);
	scene_settle(&f->scene);
	assert_int_equal(stats(f).n_conns, 4); /* what is lent does not idle */
	while (f->a.n)
		borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 1);
	scene_settle(&f->scene);
	assert_int_equal(stats(f).idle, 1);
	assert_int_equal(connects(f), 4);
}

static void an_old_connection_is_replaced_also_the_last(void **state)
{
	struct fixture *f = begin(state, "", 1);

	f->scene.conf.min_pool_size = 1;
	f->scene.conf.server_lifetime = 5 * US_PER_MS;
	scene_configure(&f->scene);
	SCENE_UNTIL(&f->scene, connects(f) == 3);
	assert_int_equal(scene_stats(&f->scene)->peak, 1);
}

static void an_old_connection_is_not_taken_from_its_user(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_get(&f->a, 1);
	f->scene.conf.server_lifetime = 5 * US_PER_MS;
	scene_configure(&f->scene);
	scene_settle(&f->scene);
	assert_int_equal(scene_stats(&f->scene)->closes, 0);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 0);
}

#define POOL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    POOL_TEST(after_a_failure_one_attempt_is_made_at_a_time),
	    POOL_TEST(the_pause_doubles_while_it_fails),
	    POOL_TEST(when_it_connects_again_all_are_served),
	    POOL_TEST(a_failure_that_cannot_pass_is_told_to_all_who_wait),
	    POOL_TEST(nobody_is_refused_while_a_connection_serves),
	    POOL_TEST(the_last_that_served_is_lost_and_all_are_refused),
	    POOL_TEST(who_comes_while_it_fails_waits_for_the_next_attempt),
	    POOL_TEST(one_lost_while_idle_is_gone_and_replaced_when_wanted),
	    POOL_TEST(one_lost_while_borrowed_is_told_to_its_user),
	    POOL_TEST(one_lost_while_it_runs_ends_the_statement_first),
	    POOL_TEST(one_may_be_discarded_while_it_runs),
	    POOL_TEST(min_pool_size_is_kept_without_anyone_waiting),
	    POOL_TEST(what_idles_too_long_is_closed_down_to_the_minimum),
	    POOL_TEST(an_old_connection_is_replaced_also_the_last),
	    POOL_TEST(an_old_connection_is_not_taken_from_its_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
