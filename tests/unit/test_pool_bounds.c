/* The pool when its bounds change, when an admin stops it, and its end. */
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

/* ---- pool_size ---- */

static void a_smaller_bound_closes_what_is_idle_at_once(void **state)
{
	struct fixture *f = begin(state, "", 4);

	borrower_get(&f->a, 4);
	while (f->a.n)
		borrower_return(&f->a, false);
	f->scene.conf.pool_size = 1;
	scene_configure(&f->scene);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 1);
	scene_settle(&f->scene);
	assert_int_equal(stats(f).n_conns, 1);
}

static void a_smaller_bound_retires_the_rest_as_it_comes_back(void **state)
{
	struct fixture *f = begin(state, "", 4);

	borrower_get(&f->a, 4);
	f->scene.conf.pool_size = 2;
	scene_configure(&f->scene);
	borrower_want(&f->b, 1, 0);
	scene_settle(&f->scene);
	assert_int_equal(stats(f).n_conns, 4);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 3);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 2);
	scene_settle(&f->scene);
	assert_int_equal(f->b.n, 0); /* two are lent, and that is the bound */
	borrower_return(&f->a, false);
	borrower_until(&f->b, 1);
	assert_int_equal(connects(f), 4);
}

static void a_larger_bound_serves_those_who_wait(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_want(&f->a, 3, 0);
	borrower_until(&f->a, 1);
	f->scene.conf.pool_size = 3;
	scene_configure(&f->scene);
	borrower_until(&f->a, 3);
}

/* ---- pause and reconnect ---- */

static void a_paused_pool_gives_nothing_and_closes_what_comes_back(void **state)
{
	struct fixture *f = begin(state, "", 2);

	borrower_get(&f->a, 1);
	pool_pause(f->scene.db.pool, true);
	borrower_want(&f->b, 1, 0);
	borrower_run(&f->a, "tag 0 X"); /* what is lent still works */
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 0);
	scene_settle(&f->scene);
	assert_int_equal(f->b.n, 0);
	assert_int_equal(connects(f), 1);
	assert_true(stats(f).paused);
}

static void who_waited_for_a_paused_pool_is_served_when_it_goes_on(void **state)
{
	struct fixture *f = begin(state, "", 2);

	pool_pause(f->scene.db.pool, true);
	borrower_want(&f->a, 2, 0);
	scene_settle(&f->scene);
	assert_int_equal(connects(f), 0);
	pool_pause(f->scene.db.pool, false);
	borrower_until(&f->a, 2);
}

static void a_pool_that_reconnects_replaces_all_each_when_it_is_free(
    void **state)
{
	struct fixture *f = begin(state, "", 2);

	borrower_get(&f->a, 2);
	borrower_return(&f->a, false);
	pool_reconnect(f->scene.db.pool);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 1);
	borrower_run(&f->a, "tag 0 X");
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, stats(f).n_conns == 0);
	borrower_get(&f->b, 1);
	assert_int_equal(connects(f), 3);
	scene_settle(&f->scene);
	borrower_return(&f->b, false);
	scene_settle(&f->scene);
	assert_int_equal(stats(f).idle, 1); /* a new one stays */
}

static void a_pool_that_reconnects_tries_at_once(void **state)
{
	struct fixture *f = begin(state, "error 57P03 starting up", 1);

	f->scene.conf.server_login_retry = 600 * US_PER_S;
	scene_configure(&f->scene);
	borrower_want(&f->a, 1, 0);
	SCENE_UNTIL(&f->scene, connects(f) == 1 && stats(f).n_conns == 0);
	say(f, "");
	pool_reconnect(f->scene.db.pool);
	borrower_until(&f->a, 1);
}

/* ---- the end ---- */

static void an_empty_pool_closes_at_the_end_of_the_turn(void **state)
{
	struct fixture *f = begin(state, "", 1);

	scene_close_pool(&f->scene); /* looks that it does not call back */
	SCENE_UNTIL(&f->scene, f->scene.empty);
}

static void close_waits_for_what_is_lent_and_for_slow_closes(void **state)
{
	struct fixture *f = begin(state, "closing 5", 2);

	borrower_get(&f->a, 2);
	borrower_return(&f->a, true);
	scene_close_pool(&f->scene);
	scene_settle(&f->scene);
	assert_int_equal(scene_stats(&f->scene)->live, 1);
	assert_false(f->scene.empty);
	borrower_run(&f->a, "tag 0 X"); /* still works */
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, f->scene.empty);
	assert_int_equal(scene_stats(&f->scene)->live, 0);
}

static void a_closing_pool_opens_nothing_more(void **state)
{
	struct fixture *f = begin(state, "", 2);

	borrower_get(&f->a, 1);
	scene_close_pool(&f->scene);
	borrower_want(&f->b, 1, 0);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, f->scene.empty);
	assert_int_equal(f->b.grants, 0);
	assert_int_equal(connects(f), 1);
}

static void close_does_not_wait_for_one_that_never_opens(void **state)
{
	struct fixture *f = begin(state, "hang", 1);

	borrower_want(&f->a, 1, 0);
	SCENE_UNTIL(&f->scene, stats(f).login == 1);
	scene_close_pool(&f->scene);
	scene_settle(&f->scene);
	assert_true(f->scene.empty);
}

#define POOL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    POOL_TEST(a_smaller_bound_closes_what_is_idle_at_once),
	    POOL_TEST(a_smaller_bound_retires_the_rest_as_it_comes_back),
	    POOL_TEST(a_larger_bound_serves_those_who_wait),
	    POOL_TEST(a_paused_pool_gives_nothing_and_closes_what_comes_back),
	    POOL_TEST(who_waited_for_a_paused_pool_is_served_when_it_goes_on),
	    POOL_TEST(a_pool_that_reconnects_replaces_all_each_when_it_is_free),
	    POOL_TEST(a_pool_that_reconnects_tries_at_once),
	    POOL_TEST(an_empty_pool_closes_at_the_end_of_the_turn),
	    POOL_TEST(close_waits_for_what_is_lent_and_for_slow_closes),
	    POOL_TEST(a_closing_pool_opens_nothing_more),
	    POOL_TEST(close_does_not_wait_for_one_that_never_opens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
