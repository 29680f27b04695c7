/* Very many statements: what the plan holds stays in proportion. */
#include "tests/unit/test_plan_text.h"

#include <stdio.h>
#include <stdlib.h>

#define MANY 100000u

static unsigned count_edges(const struct plan *p, bool order_only)
{
	unsigned n = 0;

	for (unsigned u = 0; u < p->n_units; u++)
		for (unsigned i = 0; i < p->units[u].n_edges; i++)
			n += !order_only ||
			     p->units[u].edges[i].reason != PLAN_AFTER;
	return n;
}

/* MANY times PATTERN, whose statements are COUNT. */
static void expect_edges(const char *pattern, unsigned count,
    enum plan_dispatch dispatch, unsigned units, unsigned edges)
{
	struct plan_request r;
	struct arena arena;
	struct plan *p;
	struct buf script;

	buf_init(&script);
	for (unsigned i = 0; i < MANY / count; i++)
		buf_append_str(&script, pattern);
	r = script_request(DIALECT_POSTGRES, buf_cstr(&script));
	r.dispatch = dispatch;
	arena_init(&arena);
	assert_int_equal(plan_build(&r, &arena, &p, NULL), 0);
	assert_int_equal(p->n_stmts, MANY);
	assert_int_equal(p->n_units, units);
	assert_int_equal(count_edges(p, false), edges);
	assert_string_equal(p->stmts[MANY - 1].id, "100000");
	arena_release(&arena);
	buf_release(&script);
}

static void edges_are_in_proportion(void **state)
{
	(void)state;
	expect_edges("TABLE t;", 1, PLAN_AUTO, MANY, 0);
	expect_edges("DROP TABLE t;", 1, PLAN_AUTO, MANY, MANY - 1);
	expect_edges("TABLE t;TABLE u;TABLE v;DROP TABLE t;", 4, PLAN_AUTO,
	    MANY, 7 * (MANY / 4) - 4);
	expect_edges("TABLE t;", 1, PLAN_SERIALLY, MANY, MANY - 1);
	expect_edges("DROP TABLE t;", 1, PLAN_INDEPENDENT, MANY, 0);
	expect_edges("BEGIN;COMMIT;", 2, PLAN_AUTO, MANY / 2, MANY / 2 - 1);
	expect_edges("BEGIN;", 1, PLAN_AUTO, 1, 0);
	expect_edges("SET a = 1;", 1, PLAN_AUTO, 1, 0);
	expect_edges("COMMIT;", 1, PLAN_AUTO, MANY, MANY - 1);
}

/* A barrier that all reads wait for, and one that waits for them all. */
static void one_barrier_and_many_reads(void **state)
{
	struct plan_item *items = calloc(MANY, sizeof *items);
	struct plan_request r = list_request(items, MANY);
	struct arena arena;
	struct plan *p;

	(void)state;
	assert_non_null(items);
	for (unsigned i = 0; i < MANY; i++)
		items[i] = (struct plan_item){SQL("TABLE t")};
	items[0] = items[MANY - 1] = (struct plan_item){SQL("DROP TABLE t")};
	arena_init(&arena);
	assert_int_equal(plan_build(&r, &arena, &p, NULL), 0);
	assert_int_equal(count_edges(p, false), MANY - 2 + MANY - 1);
	assert_int_equal(p->units[MANY - 1].n_edges, MANY - 1);
	arena_release(&arena);
	free(items);
}

/* A chain of `after`, each by an id of its own, in both directions. */
static void chain(bool backwards)
{
	struct plan_item *items = calloc(MANY, sizeof *items);
	const char **after = calloc(MANY, sizeof *after);
	char(*ids)[16] = calloc(MANY, sizeof *ids);
	struct plan_request r = list_request(items, MANY);
	struct arena arena;
	struct plan *p;

	assert_true(items && after && ids);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof ids[i], "id %u", i * 7919u % MANY);
		after[i] = backwards ? ids[(i + 1) % MANY]
		                     : ids[(i + MANY - 1) % MANY];
		items[i] = (struct plan_item){SQL("TABLE t"), .id = ids[i],
		    .after = &after[i],
		    .n_after = i != (backwards ? MANY - 1 : 0)};
	}
	arena_init(&arena);
	assert_int_equal(plan_build(&r, &arena, &p, NULL), 0);
	assert_int_equal(count_edges(p, false), MANY - 1);
	assert_int_equal(count_edges(p, true), 0);
	items[backwards ? MANY - 1 : 0].n_after = 1; /* closes the circle */
	assert_int_equal(plan_build(&r, &arena, &p, NULL), ERR_INVALID);
	arena_release(&arena);
	free(items);
	free(after);
	free(ids);
}

static void long_chains(void **state)
{
	(void)state;
	chain(false);
	chain(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(edges_are_in_proportion),
	    cmocka_unit_test(one_barrier_and_many_reads),
	    cmocka_unit_test(long_chains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
