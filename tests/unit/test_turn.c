/* The end of the turn: what runs then, how often and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/turn.h"

struct fixture {
	struct ev_loop *loop;
	struct turn turn;
	char log[16];
};

struct task {
	struct turn_task task;
	struct fixture *f;
	char name;
	struct task *next; /* put off when this one runs */
	struct task *drop; /* taken back when this one runs */
	struct ev_timer *feed; /* its event is told when this one runs */
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	f.loop = ev_loop_new(0);
	assert_non_null(f.loop);
	turn_init(&f.turn, f.loop);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	turn_release(&f->turn);
	ev_loop_destroy(f->loop);
	return 0;
}

static void run(struct turn_task *task)
{
	struct task *t = container_of(task, struct task, task);

	t->f->log[strlen(t->f->log)] = t->name;
	if (t->next)
		turn_defer(&t->f->turn, &t->next->task);
	if (t->drop)
		turn_drop(&t->drop->task);
	if (t->feed)
		ev_feed_event(t->f->loop, t->feed, EV_TIMER);
}

static void task_init(struct task *t, struct fixture *f, char name)
{
	memset(t, 0, sizeof *t);
	turn_task_init(&t->task, run);
	t->f = f;
	t->name = name;
}

static void tasks_run_in_order_and_each_once(void **state)
{
	struct fixture *f = *state;
	struct task a, b;

	task_init(&a, f, 'a');
	task_init(&b, f, 'b');
	turn_defer(&f->turn, &a.task);
	turn_defer(&f->turn, &b.task);
	turn_defer(&f->turn, &a.task);
	assert_string_equal(f->log, ""); /* not from within the call */
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "ab");
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "ab");
}

static void what_a_task_puts_off_runs_in_the_same_turn(void **state)
{
	struct fixture *f = *state;
	struct task a, b;

	task_init(&a, f, 'a');
	task_init(&b, f, 'b');
	a.next = &b;
	turn_defer(&f->turn, &a.task);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "ab");
}

static void a_task_that_runs_may_be_put_off_again(void **state)
{
	struct fixture *f = *state;
	struct task a, b;

	task_init(&a, f, 'a');
	task_init(&b, f, 'b');
	a.next = &b;
	turn_defer(&f->turn, &a.task);
	turn_defer(&f->turn, &b.task);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "ab"); /* b was put off already */
	turn_defer(&f->turn, &a.task);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "abab");
}

static void a_dropped_task_does_not_run(void **state)
{
	struct fixture *f = *state;
	struct task a, b;

	task_init(&a, f, 'a');
	task_init(&b, f, 'b');
	a.drop = &b;
	turn_defer(&f->turn, &a.task);
	turn_defer(&f->turn, &b.task);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "a");
	turn_drop(&b.task); /* once more is harmless */
}

static void free_task(struct turn_task *task)
{
	free(task);
}

static void a_task_may_free_itself(void **state)
{
	struct fixture *f = *state;
	struct turn_task *task = malloc(sizeof *task);
	struct task b;

	assert_non_null(task);
	turn_task_init(task, free_task);
	task_init(&b, f, 'b');
	turn_defer(&f->turn, task);
	turn_defer(&f->turn, &b.task);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "b");
}

static void on_timer(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct task *t = w->data;

	(void)revents;
	turn_defer(&t->f->turn, &t->task);
	ev_timer_stop(loop, w);
}

static void what_a_callback_puts_off_runs_before_the_loop_sleeps(void **state)
{
	struct fixture *f = *state;
	struct ev_timer soon;
	struct task a;

	task_init(&a, f, 'a');
	ev_timer_init(&soon, on_timer, 0., 0.);
	soon.data = &a;
	ev_timer_start(f->loop, &soon);
	ev_run(f->loop, EVRUN_ONCE);
	/* With nothing left to wake it, a loop that slept would not return. */
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "a");
}

static void on_slept(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	bool *slept = w->data;

	(void)loop;
	(void)revents;
	*slept = true;
}

/* It is told when the tasks have run, and yet before the loop sleeps. */
static void what_an_event_fed_by_a_task_puts_off_keeps_the_loop_awake(
    void **state)
{
	struct fixture *f = *state;
	struct ev_timer fed, late;
	bool slept = false;
	struct task a, b;

	task_init(&a, f, 'a');
	task_init(&b, f, 'b');
	ev_timer_init(&fed, on_timer, 600., 0.);
	fed.data = &b;
	ev_timer_start(f->loop, &fed);
	ev_timer_init(&late, on_slept, 5., 0.);
	late.data = &slept;
	ev_timer_start(f->loop, &late);
	a.feed = &fed;
	turn_defer(&f->turn, &a.task);
	ev_run(f->loop, EVRUN_ONCE);
	ev_run(f->loop, EVRUN_NOWAIT);
	assert_string_equal(f->log, "ab");
	assert_false(slept);
	ev_timer_stop(f->loop, &late);
}

static void release_runs_what_was_left(void **state)
{
	struct fixture *f = *state;
	struct turn turn;
	struct task a;

	turn_init(&turn, f->loop);
	task_init(&a, f, 'a');
	turn_defer(&turn, &a.task);
	turn_release(&turn);
	assert_string_equal(f->log, "a");
}

#define TURN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TURN_TEST(tasks_run_in_order_and_each_once),
	    TURN_TEST(what_a_task_puts_off_runs_in_the_same_turn),
	    TURN_TEST(a_task_that_runs_may_be_put_off_again),
	    TURN_TEST(a_dropped_task_does_not_run),
	    TURN_TEST(a_task_may_free_itself),
	    TURN_TEST(what_a_callback_puts_off_runs_before_the_loop_sleeps),
	    TURN_TEST(
	        what_an_event_fed_by_a_task_puts_off_keeps_the_loop_awake),
	    TURN_TEST(release_runs_what_was_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
