/* What becomes of statements when a connection cannot be had, or is lost. */
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

static const struct scene_stmt three[] = {
    {.sql = "hang"}, {.sql = "tag 1 X"}, {.sql = "", .after = {2}}};

static void a_database_that_refuses_us_ends_all_that_waits(void **state)
{
	struct fixture *f = begin(state, "error 28P01 no password", 2);

	run(f, BATCH(three));
	play_expect(&f->play, "not_sent not_sent not_sent");
	assert_string_equal(f->play.parts[0].sqlstate, "28P01");
	play_expect_message(
	    &f->play, 1, "database \"test\" cannot be reached: no password");
}

static void what_ran_on_a_lost_connection_is_unknown(void **state)
{
	static const struct scene_stmt stmts[] = {{.sql = ""},
	    {.sql = "lose", .joins = true}, {.sql = "", .joins = true},
	    {.sql = "", .after = {2}}, {.sql = ""}};
	struct fixture *f = begin(state, "", 1);

	run(f, BATCH(stmts));
	play_expect(&f->play, "ok unknown not_sent skipped ok");
	assert_string_equal(f->play.parts[1].sqlstate, SQLSTATE_CONNECTION);
	play_expect_message(
	    &f->play, 3, "the connection that its unit ran on was lost");
	assert_int_equal(scene_stats(&f->scene)->starts, 3); /* none twice */
}

static void what_was_done_before_the_loss_is_done(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "settle_lost; tag 1 X"}, {.sql = "", .joins = true},
	    {.sql = "settle_lost"}};
	struct fixture *f = begin(state, "", 1);

	run(f, BATCH(stmts));
	play_expect(&f->play, "ok not_sent ok");
	assert_int_equal(scene_stats(&f->scene)->starts, 2);
}

static void a_unit_of_which_nothing_was_sent_gets_another_connection(
    void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = "", .joins = true}};
	struct fixture *f = begin(state, "", 1);

	f->scene.refusals = 2;
	run(f, BATCH(stmts));
	play_expect(&f->play, "ok ok");
	assert_string_equal(f->play.log, "+1 -1 +2 -2");
	assert_int_equal(scene_stats(&f->scene)->connects, 3);
}

static void that_has_an_end(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = ""}, {.sql = "", .joins = true}};
	struct fixture *f = begin(state, "", 1);

	f->scene.refusals = 1000;
	run(f, BATCH(stmts));
	play_expect(&f->play, "not_sent not_sent");
	play_expect_message(&f->play, 1, "refused");
	assert_int_equal(scene_stats(&f->scene)->connects, 4);
}

static void a_unit_of_which_something_was_sent_does_not(void **state)
{
	static const struct scene_stmt stmts[] = {
	    {.sql = "notice 1; notice 2"}, {.sql = "", .joins = true}};
	struct fixture *f = begin(state, "", 1);

	start(f, BATCH(stmts), 1);
	f->scene.refusals = 1;
	play_finish(&f->play);
	play_expect(&f->play, "ok not_sent");
	assert_int_equal(scene_stats(&f->scene)->starts, 1);
}

#define FANOUT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    FANOUT_TEST(a_database_that_refuses_us_ends_all_that_waits),
	    FANOUT_TEST(what_ran_on_a_lost_connection_is_unknown),
	    FANOUT_TEST(what_was_done_before_the_loss_is_done),
	    FANOUT_TEST(
	        a_unit_of_which_nothing_was_sent_gets_another_connection),
	    FANOUT_TEST(that_has_an_end),
	    FANOUT_TEST(a_unit_of_which_something_was_sent_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
