/*
 * Batches at random over a pool at random: whatever happens, each statement
 * has one verdict, each batch one end, and the pool keeps its bound.
 *
 * The seed is printed; FANOUT_TEST_SEED=N runs the same storm again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "tests/support/play.h"

#define STORMS 50
#define BATCHES 6
#define MAX_STMTS 12

struct storm {
	unsigned seed;
	struct scene scene;
	struct play plays[BATCHES];
	struct scene_stmt stmts[MAX_STMTS];
};

/* From 0 to N - 1. */
static unsigned pick(struct storm *s, unsigned n)
{
	return (unsigned)rand_r(&s->seed) % n;
}

/* One time in N. */
static bool chance(struct storm *s, unsigned n)
{
	return pick(s, n) == 0;
}

static const char *pick_sql(struct storm *s)
{
	static const char *const texts[] = {"", "", "", "tag 1 X", "wait 1",
	    "columns a; rows 150", "notice x", "settle 1", "touch",
	    "error 22012 division by zero", "error 40001 try again", "hang",
	    "lose", "settle_lost", "columns a; rows 5; lose", "begin",
	    "begin; error 22012 no", "rollback"};

	return texts[pick(s, ARRAY_LEN(texts))];
}

static const char *pick_conninfo(struct storm *s)
{
	static const char *const texts[] = {"", "", "wait 1", "closing 2",
	    "idle 2", "resetting 1", "reset_lost", "error 57P03 starting up",
	    "wait 1; idle 3; closing 1"};

	return texts[pick(s, ARRAY_LEN(texts))];
}

static void make_stmt(struct storm *s, unsigned i)
{
	struct scene_stmt *stmt = &s->stmts[i];

	*stmt = (struct scene_stmt){.sql = pick_sql(s)};
	stmt->leaves_session = chance(s, 5);
	stmt->joins = i > 0 && chance(s, 3);
	if (i > 0 && chance(s, 3))
		stmt->after[0] = 1 + pick(s, i);
	if (i > 1 && chance(s, 6) && stmt->after[0] > 1)
		stmt->after[1] = stmt->after[0] - 1;
}

static struct batch *make_batch(struct storm *s)
{
	unsigned n = 1 + pick(s, MAX_STMTS);
	bool transaction = chance(s, 4);
	struct batch *b;

	for (unsigned i = 0; i < n; i++) {
		make_stmt(s, i);
		s->stmts[i].joins |= transaction && i > 0;
	}
	b = scene_batch(s->stmts, n);
	b->transaction = transaction;
	b->on_error = (enum batch_on_error)pick(s, 3);
	b->until = chance(s, 5) ? UNTIL_FIRST : UNTIL_ALL;
	b->order = (enum batch_order)pick(s, 2);
	b->max_concurrency = pick(s, 4);
	b->timeout_us = chance(s, 6) ? 10 * US_PER_MS : 0;
	for (unsigned i = 0; i < n; i++) {
		/* So that what hangs has an end. */
		scene_ask(b, i)->timeout_us = 4 * US_PER_MS;
		scene_ask(b, i)->priority = pick(s, 3);
		scene_ask(b, i)->idempotent = chance(s, 3);
		scene_ask(b, i)->want_rows = pick(s, 2) == 0;
	}
	return b;
}

/* What clients, admins and servers do in the middle of it. */
static void meddle(struct storm *s)
{
	struct play *p = &s->plays[pick(s, BATCHES)];
	unsigned i = p->n ? pick(s, p->n) : 0;

	if (chance(s, 4))
		engine_scripted_say(s->scene.stage.engine, pick_conninfo(s));
	if (chance(s, 8)) {
		s->scene.conf.pool_size = 1 + pick(s, 4);
		scene_configure(&s->scene);
	}
	if (!p->fanout || p->abandoned)
		return;
	switch (pick(s, 12)) {
	case 0:
	case 1:
		fanout_cancel(p->fanout, i);
		break;
	case 2:
		fanout_pause(p->fanout, i, true);
		break;
	case 3:
	case 4:
		fanout_pause(p->fanout, i, false);
		break;
	case 5:
		p->abandoned = chance(s, 3);
		if (p->abandoned)
			fanout_abandon(p->fanout);
		break;
	case 6:
		if (chance(s, 4))
			fanout_cancel_all(p->fanout);
		break;
	default:
		break;
	}
}

static bool all_over(const struct storm *s)
{
	for (unsigned i = 0; i < BATCHES; i++)
		if (!s->plays[i].over)
			return false;
	return true;
}

static void one_storm(struct storm *s)
{
	unsigned refusals = chance(s, 3) ? pick(s, 8) : 0;

	scene_init(&s->scene, pick_conninfo(s), 4);
	s->scene.refusals = refusals;
	/* A COMMIT that is paused for ever has an end, too. */
	s->scene.conf.query_timeout = 30 * US_PER_MS;
	s->scene.conf.query_wait_timeout =
	    chance(s, 2) ? 20 * US_PER_MS : US_PER_S;
	for (unsigned i = 0; i < BATCHES; i++)
		play_start(&s->plays[i], &s->scene, make_batch(s));
	while (!all_over(s)) {
		scene_turn(&s->scene);
		assert_true(scene_stats(&s->scene)->live <= 4);
		if (chance(s, 10))
			meddle(s);
	}
	/* Closing connections may take their time; nothing else is left. */
	engine_scripted_say(s->scene.stage.engine, "");
	assert_int_equal(s->scene.db.waiting, 0);
	assert_int_equal(scene_pool_stats(&s->scene).waiters, 0);
	assert_int_equal(scene_pool_stats(&s->scene).active, 0);
	scene_release(&s->scene);
}

static void every_statement_has_one_verdict(void **state)
{
	const char *given = getenv("FANOUT_TEST_SEED");
	static struct storm s;

	(void)state;
	s.seed = given ? (unsigned)strtoul(given, NULL, 10)
	               : (unsigned)clock_wall_us();
	for (int i = 0; i < STORMS; i++) {
		print_message("FANOUT_TEST_SEED=%u\n", s.seed);
		one_storm(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_statement_has_one_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
