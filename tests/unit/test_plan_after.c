/* `after`: ids, edges, and what could never start. */
#include "tests/unit/test_plan_text.h"

static const char *const none[] = {NULL};

static void expect(const struct plan_item *items, unsigned n,
    enum plan_dispatch dispatch, const char *expected)
{
	struct plan_request r = list_request(items, n);

	r.dispatch = dispatch;
	expect_plan(&r, expected);
}

static void refuse(const struct plan_item *items, unsigned n,
    enum plan_dispatch dispatch, const char *message)
{
	struct plan_request r = list_request(items, n);

	r.dispatch = dispatch;
	expect_error(&r, ERR_INVALID, message);
}

static void becomes_edges(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1")},
	    {.id = "b", SQL("SELECT 2"), AFTER("a")},
	    {.id = "c", SQL("SELECT 3"), AFTER("b", "a", "b")},
	    {SQL("SELECT 4"), AFTER("c")},
	};

	(void)state;
	expect(items, 4, PLAN_AUTO,
	    "aR / bR(aa) <baa / cR(aa)(ab) <caa <cab / 4R(ac) <4ac");
	expect(items, 4, PLAN_SERIALLY,
	    "aR / bR(aa) <baa <as / cR(aa)(ab) <caa <cab <bs / "
	    "4R(ac) <4ac <cs");
}

static void default_ids_are_places(void **state)
{
	const struct plan_item items[] = {
	    {SQL("SELECT 1")}, {SQL("SELECT 2"), AFTER("1")}};

	(void)state;
	expect(items, 2, PLAN_INDEPENDENT, "1R / 2R(a1) <2a1");
}

static void later_ones_may_be_first(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("DELETE FROM t"), AFTER("b")},
	    {.id = "b", SQL("DELETE FROM u")},
	};
	const struct plan_item reads[] = {
	    {.id = "a", SQL("SELECT 1"), AFTER("b")},
	    {.id = "b", SQL("SELECT 2")},
	};

	(void)state;
	expect(items, 2, PLAN_INDEPENDENT, "aW(ab) <aab / bW");
	expect(reads, 2, PLAN_AUTO, "aR(ab) <aab / bR");
}

static void keeps_every_pair_between_units(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("BEGIN")},
	    {.id = "b", SQL("DELETE FROM t")},
	    {.id = "c", SQL("COMMIT"), AFTER("b")},
	    {.id = "d", SQL("BEGIN"), AFTER("b")},
	    {.id = "e", SQL("DELETE FROM u"), AFTER("b", "c")},
	    {.id = "f", SQL("COMMIT"), AFTER("e", "a")},
	};

	(void)state;
	expect(items, 6, PLAN_AUTO,
	    "aB bW cC(ab) / dB(ab) eW(ab)(ac) fC(aa)(ae) "
	    "<dab <eab <eac <faa <at");
}

static void within_a_transaction(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1")},
	    {.id = "b", SQL("SELECT 2"), AFTER("a")},
	};
	struct plan_request r = list_request(items, 2);

	(void)state;
	r.transaction = true;
	expect_plan(&r, "aR bR(aa)");
}

static void unknown_ids(void **state)
{
	const struct plan_item items[] = {
	    {.id = "load", SQL("SELECT 1")},
	    {.id = "count", SQL("SELECT 2"), AFTER("load", "laod")},
	};
	const struct plan_item far[] = {
	    {.id = "load", SQL("SELECT 1"), AFTER("zzzzzz")}};

	(void)state;
	refuse(items, 2, PLAN_AUTO,
	    "statements[1].after: there is no statement \"laod\"; did you "
	    "mean \"load\"?");
	refuse(far, 1, PLAN_AUTO,
	    "statements[0].after: there is no statement \"zzzzzz\"");
}

/* With very many ids, not all are compared; it says so much all the same. */
static void unknown_ids_among_many(void **state)
{
	struct plan_item items[1500];

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(items); i++)
		items[i] = (struct plan_item){SQL("SELECT 1")};
	items[0].id = "load";
	items[1] = (struct plan_item){SQL("SELECT 1"), AFTER("laod")};
	refuse(items, ARRAY_LEN(items), PLAN_AUTO,
	    "statements[1].after: there is no statement \"laod\"; did you "
	    "mean \"load\"?");
}

static void long_ids_are_cut(void **state)
{
	const struct plan_item items[] = {
	    {.id = "éééééééééééééééééééééééééééééééééééééééé", SQL("SELECT 1")},
	    {.id = "éééééééééééééééééééééééééééééééééééééééé", SQL("SELECT 2")},
	};

	(void)state;
	refuse(items, 2, PLAN_AUTO,
	    "statements[1].id: \"éééééééééééééééééééééééééééééé…\" is the id "
	    "of statements[0] already");
}

static void duplicate_ids(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1")},
	    {.id = "b", SQL("SELECT 1")},
	    {.id = "a", SQL("SELECT 1")},
	};
	const struct plan_item clash[] = {
	    {.id = "2", SQL("SELECT 1")}, {SQL("SELECT 1")}};

	(void)state;
	refuse(items, 3, PLAN_AUTO,
	    "statements[2].id: \"a\" is the id of statements[0] already");
	refuse(clash, 2, PLAN_AUTO,
	    "statements[1].id: \"2\" is the id of statements[0] already");
}

static void itself(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1"), AFTER("a")}};

	(void)state;
	refuse(items, 1, PLAN_AUTO,
	    "statements[0].after: a statement cannot wait for itself");
}

static void circles(void **state)
{
	const struct plan_item items[] = {
	    {.id = "z", SQL("SELECT 1"), AFTER("a")},
	    {.id = "a", SQL("SELECT 1"), AFTER("b")},
	    {.id = "b", SQL("SELECT 1"), AFTER("y", "c")},
	    {.id = "c", SQL("SELECT 1"), AFTER("a")},
	    {.id = "y", SQL("SELECT 1")},
	};

	(void)state;
	refuse(items, 5, PLAN_INDEPENDENT,
	    "statements[1].after: these wait for each other: \"a\" for "
	    "\"b\", \"b\" for \"c\", \"c\" for \"a\"");
}

static void long_circles_are_cut(void **state)
{
	const struct plan_item items[] = {
	    {SQL("SELECT 1"), AFTER("2")},
	    {SQL("SELECT 1"), AFTER("3")},
	    {SQL("SELECT 1"), AFTER("4")},
	    {SQL("SELECT 1"), AFTER("5")},
	    {SQL("SELECT 1"), AFTER("6")},
	    {SQL("SELECT 1"), AFTER("7")},
	    {SQL("SELECT 1"), AFTER("1")},
	};

	(void)state;
	refuse(items, 7, PLAN_AUTO,
	    "statements[0].after: these wait for each other: \"1\" for "
	    "\"2\", \"2\" for \"3\", \"3\" for \"4\", \"4\" for \"5\", \"5\" "
	    "for \"6\", \"6\" for \"7\", …");
}

static void circles_with_the_order_of_dispatch(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1")},
	    {.id = "b", SQL("DELETE FROM t"), AFTER("c")},
	    {.id = "c", SQL("SELECT 2")},
	};
	const struct plan_item target[] = {
	    {.id = "b", SQL("SELECT 1"), AFTER("c")},
	    {.id = "c", SQL("DELETE FROM t")},
	};

	(void)state;
	refuse(items, 3, PLAN_AUTO,
	    "statements[1].after: these would wait for each other: \"b\" "
	    "for \"c\" (its after says so), \"c\" for \"b\" (what it waits "
	    "for is not a plain read); \"dispatch\": \"independent\" keeps "
	    "no order but that of `after`");
	refuse(items, 3, PLAN_SERIALLY,
	    "statements[1].after: these would wait for each other: \"b\" "
	    "for \"c\" (its after says so), \"c\" for \"b\" (dispatch is "
	    "serial); \"dispatch\": \"independent\" keeps no order but that "
	    "of `after`");
	refuse(target, 2, PLAN_AUTO,
	    "statements[0].after: these would wait for each other: \"b\" "
	    "for \"c\" (its after says so), \"c\" for \"b\" (the one that "
	    "waits is not a plain read); \"dispatch\": \"independent\" keeps "
	    "no order but that of `after`");
	expect(items, 3, PLAN_INDEPENDENT, "aR / bW(ac) <bac / cR");
}

static void circles_through_blocks(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("BEGIN")},
	    {.id = "b", SQL("DELETE FROM t"), AFTER("d")},
	    {.id = "c", SQL("COMMIT")},
	    {.id = "d", SQL("SELECT 1"), AFTER("e", "a")},
	    {.id = "e", SQL("SELECT 2")},
	};

	(void)state;
	refuse(items, 5, PLAN_INDEPENDENT,
	    "statements[1].after: these would wait for each other: \"b\" "
	    "for \"d\" (its after says so), \"d\" for \"a\" (its after says "
	    "so); a transaction block runs as a whole");
}

static void long_circles_of_units(void **state)
{
	struct plan_item items[9];

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		items[i] = (struct plan_item){SQL("SELECT 1")};
	items[0] = (struct plan_item){SQL("SELECT 1"), AFTER("9")};
	refuse(items, 9, PLAN_SERIALLY,
	    "statements[0].after: these would wait for each other: \"1\" "
	    "for \"9\" (its after says so), \"9\" for \"8\" (dispatch is "
	    "serial), \"8\" for \"7\" (dispatch is serial), \"7\" for \"6\" "
	    "(dispatch is serial), \"6\" for \"5\" (dispatch is serial), "
	    "\"5\" for \"4\" (dispatch is serial), …; \"dispatch\": "
	    "\"independent\" keeps no order but that of `after`");
}

static void against_the_order_of_a_unit(void **state)
{
	const struct plan_item block[] = {
	    {.id = "a", SQL("BEGIN")},
	    {.id = "b", SQL("DELETE FROM t"), AFTER("c")},
	    {.id = "c", SQL("COMMIT")},
	};
	const struct plan_item reads[] = {
	    {.id = "a", SQL("SELECT 1"), AFTER("b")},
	    {.id = "b", SQL("SELECT 2")},
	};
	const struct plan_item session[] = {
	    {.id = "a", SQL("SET a = 1")},
	    {.id = "b", SQL("SELECT 1"), AFTER("c")},
	    {.id = "c", SQL("SELECT 2")},
	};
	struct plan_request r = list_request(reads, 2);

	(void)state;
	refuse(block, 3, PLAN_INDEPENDENT,
	    "statements[1].after: \"c\" comes later on the same connection, "
	    "so this could never start; a transaction block runs as a whole");
	refuse(session, 3, PLAN_AUTO,
	    "statements[1].after: \"c\" comes later on the same connection, "
	    "so this could never start; \"dispatch\": \"independent\" keeps "
	    "no order but that of `after`");
	r.transaction = true;
	expect_error(&r, ERR_INVALID,
	    "statements[0].after: \"b\" comes later on the same connection, "
	    "so this could never start; a transaction runs in the order of "
	    "the list");
}

static void against_statement_order(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1")},
	    {.id = "b", SQL("SELECT 2"), AFTER("a", "c")},
	    {.id = "c", SQL("SELECT 3"), AFTER("a")},
	};
	struct plan_request r = list_request(items, 3);

	(void)state;
	expect_plan(&r, "aR / bR(aa)(ac) <baa <bac / cR(aa) <caa");
	r.statement_order = true;
	expect_error(&r, ERR_INVALID,
	    "statements[1].after: \"c\" comes later in the list, so with "
	    "\"order\": \"statement\" this could never end");
	r.n_items = 1;
	expect_plan(&r, "aR");
}

static void statement_order_allows_earlier_ones(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1"), .after = none},
	    {.id = "b", SQL("SELECT 2"), AFTER("a")},
	};
	struct plan_request r = list_request(items, 2);

	(void)state;
	r.statement_order = true;
	expect_plan(&r, "aR / bR(aa) <baa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(becomes_edges),
	    cmocka_unit_test(default_ids_are_places),
	    cmocka_unit_test(later_ones_may_be_first),
	    cmocka_unit_test(keeps_every_pair_between_units),
	    cmocka_unit_test(within_a_transaction),
	    cmocka_unit_test(unknown_ids),
	    cmocka_unit_test(unknown_ids_among_many),
	    cmocka_unit_test(long_ids_are_cut),
	    cmocka_unit_test(duplicate_ids),
	    cmocka_unit_test(itself),
	    cmocka_unit_test(circles),
	    cmocka_unit_test(long_circles_are_cut),
	    cmocka_unit_test(circles_with_the_order_of_dispatch),
	    cmocka_unit_test(circles_through_blocks),
	    cmocka_unit_test(long_circles_of_units),
	    cmocka_unit_test(against_the_order_of_a_unit),
	    cmocka_unit_test(against_statement_order),
	    cmocka_unit_test(statement_order_allows_earlier_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
