/* Who gets a connection of the pool, and in what state it comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/borrower.h"

struct fixture {
	struct scene scene;
	struct borrower a, b, c;
	char order[64]; /* in which they were given connections */
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
	borrower_init(&f->c, &f->scene, 'c');
	f->a.order = f->b.order = f->c.order = f->order;
	return f;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	borrower_release(&f->a);
	borrower_release(&f->b);
	borrower_release(&f->c);
	scene_release(&f->scene);
	return 0;
}

static void give_back(struct borrower *b)
{
	borrower_return(b, false);
}

static void nothing_is_opened_before_it_is_wanted(void **state)
{
	struct fixture *f = begin(state, "", 4);

	scene_settle(&f->scene);
	assert_int_equal(scene_stats(&f->scene)->connects, 0);
	borrower_get(&f->a, 1);
	assert_int_equal(scene_stats(&f->scene)->connects, 1);
}

static void what_is_idle_is_lent_again(void **state)
{
	struct fixture *f = begin(state, "", 4);
	struct conn *first;

	borrower_get(&f->a, 1);
	first = f->a.conns[0];
	assert_int_equal(first->number, 1);
	borrower_return(&f->a, false);
	borrower_get(&f->b, 1);
	assert_ptr_equal(f->b.conns[0], first);
	assert_int_equal(scene_stats(&f->scene)->connects, 1);
	assert_int_equal(scene_stats(&f->scene)->resets, 0);
}

static void the_last_used_is_lent_first(void **state)
{
	struct fixture *f = begin(state, "", 2);
	struct conn *first;

	borrower_get(&f->a, 2);
	first = f->a.conns[0];
	borrower_return(&f->a, false);
	borrower_return(&f->a, false); /* conns[0] */
	borrower_get(&f->b, 1);
	assert_ptr_equal(f->b.conns[0], first);
}

static void as_many_as_are_wanted_are_opened_at_once(void **state)
{
	struct fixture *f = begin(state, "wait 5", 4);

	borrower_want(&f->a, 3, 0);
	scene_turn(&f->scene);
	assert_int_equal(scene_stats(&f->scene)->connects, 3);
	borrower_until(&f->a, 3);
}

static void numbers_are_from_one_and_used_again(void **state)
{
	struct fixture *f = begin(state, "", 3);
	unsigned seen = 0;
	int number;

	borrower_get(&f->a, 3);
	for (int i = 0; i < 3; i++)
		seen |= 1u << f->a.conns[i]->number;
	assert_int_equal(seen, 1u << 1 | 1u << 2 | 1u << 3);
	number = f->a.conns[2]->number;
	borrower_discard(&f->a);
	borrower_get(&f->b, 1);
	assert_int_equal(f->b.conns[0]->number, number);
}

static void who_came_first_is_first(void **state)
{
	struct fixture *f = begin(state, "", 1);

	f->a.act = f->b.act = f->c.act = give_back;
	borrower_want(&f->b, 1, 0);
	borrower_want(&f->a, 1, 0);
	borrower_want(&f->c, 1, 0);
	SCENE_UNTIL(&f->scene, f->c.grants == 1);
	assert_string_equal(f->order, "bac");
}

static void turns_are_shared_however_much_each_wants(void **state)
{
	struct fixture *f = begin(state, "", 1);

	f->a.act = f->b.act = f->c.act = give_back;
	borrower_want(&f->a, 40, 0);
	borrower_want(&f->b, 2, 0);
	borrower_want(&f->c, 3, 0);
	SCENE_UNTIL(&f->scene, f->a.grants == 40);
	assert_memory_equal(f->order, "abcabcacaaa", 11);
}

static void a_higher_priority_goes_first(void **state)
{
	struct fixture *f = begin(state, "", 1);

	f->a.act = f->b.act = f->c.act = give_back;
	borrower_want(&f->a, 2, 0);
	borrower_want(&f->b, 2, 5);
	borrower_want(&f->c, 1, -1);
	SCENE_UNTIL(&f->scene, f->c.grants == 1);
	assert_string_equal(f->order, "bbaac");
}

static void another_number_keeps_the_place_another_priority_does_not(
    void **state)
{
	struct fixture *f = begin(state, "", 1);

	f->a.act = f->b.act = f->c.act = give_back;
	borrower_want(&f->a, 5, 0);
	borrower_want(&f->b, 1, 0);
	borrower_want(&f->c, 1, 0);
	borrower_want(&f->b, 1, 1);
	borrower_want(&f->b, 1, 0);
	borrower_want(&f->a, 1, 0);
	assert_int_equal(scene_pool_stats(&f->scene).wanted, 3);
	SCENE_UNTIL(&f->scene, f->b.grants == 1);
	assert_string_equal(f->order, "acb");
}

static void who_has_left_gets_nothing(void **state)
{
	struct fixture *f = begin(state, "wait 3", 1);

	borrower_want(&f->a, 3, 0);
	scene_turn(&f->scene);
	pool_leave(f->scene.db.pool, &f->a.waiter);
	pool_leave(f->scene.db.pool, &f->a.waiter);
	SCENE_UNTIL(&f->scene, scene_pool_stats(&f->scene).idle == 1);
	assert_int_equal(f->a.grants, 0);
	assert_int_equal(scene_pool_stats(&f->scene).wanted, 0);
}

static void a_touched_session_is_reset_before_the_next_user(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_get(&f->a, 1);
	borrower_run(&f->a, "touch");
	borrower_return(&f->a, true);
	borrower_get(&f->b, 1);
	borrower_run(&f->b, "touched");
	assert_int_equal(f->b.count, 0);
	assert_int_equal(scene_stats(&f->scene)->resets, 1);
	assert_int_equal(scene_stats(&f->scene)->connects, 1);
}

static void an_open_transaction_is_reset_whatever_the_user_says(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_get(&f->a, 1);
	borrower_run(&f->a, "begin");
	borrower_return(&f->a, false);
	borrower_get(&f->b, 1);
	assert_int_equal(conn_tx(f->b.conns[0]), BACKEND_TX_NONE);
	assert_int_equal(scene_stats(&f->scene)->resets, 1);
}

static void a_failed_transaction_is_reset(void **state)
{
	struct fixture *f = begin(state, "", 1);

	borrower_get(&f->a, 1);
	borrower_run(&f->a, "begin");
	borrower_run(&f->a, "error 22012 division by zero");
	assert_int_equal(conn_tx(f->a.conns[0]), BACKEND_TX_FAILED);
	borrower_return(&f->a, false);
	SCENE_UNTIL(&f->scene, scene_pool_stats(&f->scene).idle == 1);
	assert_int_equal(scene_stats(&f->scene)->resets, 1);
}

static void a_reset_that_fails_closes_the_connection(void **state)
{
	struct fixture *f = begin(state, "reset_lost", 1);

	borrower_get(&f->a, 1);
	borrower_return(&f->a, true);
	borrower_get(&f->b, 1);
	assert_int_equal(scene_stats(&f->scene)->closes, 1);
	assert_int_equal(scene_stats(&f->scene)->connects, 2);
}

static void a_reset_that_hangs_closes_the_connection(void **state)
{
	struct fixture *f = begin(state, "resetting 600000", 1);
	struct conn *c;

	borrower_get(&f->a, 1);
	c = f->a.conns[0];
	borrower_return(&f->a, true);
	scene_settle(&f->scene);
	assert_int_equal(c->state, CONN_RESETTING);
	c->state_us -= INT64_C(10000000); /* as if ten seconds had passed */
	scene_configure(&f->scene);
	borrower_get(&f->b, 1);
	assert_int_equal(scene_stats(&f->scene)->closes, 1);
}

/* Gives back in every way there is, and wants more. */
static void storm_act(struct borrower *b)
{
	if (b->grants % 3 == 0)
		borrower_discard(b);
	else
		borrower_return(b, b->grants % 3 == 1);
	if (b->grants < 40)
		borrower_want(b, 3, 0);
}

static void pool_size_holds_in_a_storm_with_slow_closes(void **state)
{
	struct fixture *f = begin(state, "wait 1; closing 2; resetting 1", 4);
	struct borrower crowd[20];
	unsigned done = 0;

	for (size_t i = 0; i < ARRAY_LEN(crowd); i++) {
		borrower_init(&crowd[i], &f->scene, 'x');
		crowd[i].act = storm_act;
		borrower_want(&crowd[i], 3, 0);
	}
	while (done < ARRAY_LEN(crowd)) {
		scene_turn(&f->scene);
		assert_true(scene_stats(&f->scene)->live <= 4);
		assert_true(scene_pool_stats(&f->scene).n_conns <= 4);
		done = 0;
		for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
			done += crowd[i].grants >= 40;
	}
	assert_int_equal(scene_stats(&f->scene)->peak, 4);
	assert_true(scene_stats(&f->scene)->closes > 100);
	for (size_t i = 0; i < ARRAY_LEN(crowd); i++)
		pool_leave(f->scene.db.pool, &crowd[i].waiter);
}

#define POOL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    POOL_TEST(nothing_is_opened_before_it_is_wanted),
	    POOL_TEST(what_is_idle_is_lent_again),
	    POOL_TEST(the_last_used_is_lent_first),
	    POOL_TEST(as_many_as_are_wanted_are_opened_at_once),
	    POOL_TEST(numbers_are_from_one_and_used_again),
	    POOL_TEST(who_came_first_is_first),
	    POOL_TEST(turns_are_shared_however_much_each_wants),
	    POOL_TEST(a_higher_priority_goes_first),
	    POOL_TEST(another_number_keeps_the_place_another_priority_does_not),
	    POOL_TEST(who_has_left_gets_nothing),
	    POOL_TEST(a_touched_session_is_reset_before_the_next_user),
	    POOL_TEST(an_open_transaction_is_reset_whatever_the_user_says),
	    POOL_TEST(a_failed_transaction_is_reset),
	    POOL_TEST(a_reset_that_fails_closes_the_connection),
	    POOL_TEST(a_reset_that_hangs_closes_the_connection),
	    POOL_TEST(pool_size_holds_in_a_storm_with_slow_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
