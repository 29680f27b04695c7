/* From the request's text to statements: places, limits, what is refused. */
#include "tests/unit/test_plan_text.h"

static void build(
    const struct plan_request *r, struct arena *arena, struct plan **plan)
{
	struct err e = {0};

	arena_init(arena);
	if (plan_build(r, arena, plan, &e))
		fail_msg("no plan: %s", e.message);
}

static void offsets_count_characters(void **state)
{
	struct plan_request r = script_request(DIALECT_POSTGRES,
	    "SELECT 'é';\n -- ção €\n SELECT '𝄞'; /* h */ SELECT 3 ; ");
	struct arena arena;
	struct plan *p;

	(void)state;
	build(&r, &arena, &p);
	assert_int_equal(p->n_stmts, 3);
	assert_int_equal(p->stmts[0].char_offset, 0);
	assert_string_equal(p->stmts[1].sql, "SELECT '𝄞'");
	assert_int_equal(p->stmts[1].char_offset, 23);
	assert_string_equal(p->stmts[2].sql, "/* h */ SELECT 3");
	assert_int_equal(p->stmts[2].char_offset, 35);
	assert_string_equal(p->stmts[2].id, "3");
	assert_int_equal(p->stmts[2].len, strlen("/* h */ SELECT 3"));
	arena_release(&arena);
}

static void list_texts_stay_as_they_are(void **state)
{
	const struct plan_item items[] = {
	    {SQL("  -- é\n SELECT 1 -- x")},
	    {SQL(" /* a */ SELECT 2 ; -- x")},
	    {SQL("SELECT 3;;")},
	    {SQL("SELECT 'a")},
	    {SQL("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END")},
	};
	struct plan_request r = list_request(items, 5);
	struct arena arena;
	struct plan *p;

	(void)state;
	build(&r, &arena, &p);
	assert_ptr_equal(p->stmts[0].sql, items[0].sql);
	assert_int_equal(p->stmts[0].len, items[0].len);
	assert_string_equal(p->stmts[1].sql, " /* a */ SELECT 2");
	assert_string_equal(p->stmts[2].sql, "SELECT 3");
	assert_ptr_equal(p->stmts[3].sql, items[3].sql);
	assert_true(p->stmts[3].leaves_session);
	assert_ptr_equal(p->stmts[4].sql, items[4].sql);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(p->stmts[i].char_offset, 0);
	arena_release(&arena);
}

static void empty_requests(void **state)
{
	static const char *const scripts[] = {
	    "", " ; ;\n", "-- SELECT 1", "/* SELECT 1 */;"};
	const struct plan_item items[] = {
	    {SQL("SELECT 1")}, {SQL(" -- SELECT 1\n;")}};
	struct plan_request r = list_request(items, 0);

	(void)state;
	expect_error(&r, ERR_INVALID, "statements: the list is empty");
	r = list_request(items, 2);
	expect_error(
	    &r, ERR_INVALID, "statements[1].sql: there is no statement in it");
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		r = script_request(DIALECT_POSTGRES, scripts[i]);
		expect_error(
		    &r, ERR_INVALID, "sql: there is no statement in it");
	}
}

static void two_statements_in_an_entry(void **state)
{
	const struct plan_item two[] = {{SQL("SELECT 1; DROP TABLE t")}};
	const struct plan_item broken[] = {{SQL("SELECT 1; 'a")}};
	struct plan_request r = list_request(two, 1);
	const char *message = "statements[0].sql: there is more than one "
	                      "statement in it; each must be an entry of its "
	                      "own";

	(void)state;
	expect_error(&r, ERR_INVALID, message);
	r = list_request(broken, 1);
	expect_error(&r, ERR_INVALID, message);
}

static void broken_scripts(void **state)
{
	struct plan_request r = script_request(
	    DIALECT_POSTGRES, "SELECT 1;\nSELECT é,\n ção || 'a; SELECT 2");

	(void)state;
	expect_error(
	    &r, ERR_INVALID, "line 3, character 9: unterminated quoted string");
	r = script_request(DIALECT_POSTGRES, "SELECT 1 /* /* */");
	expect_error(
	    &r, ERR_INVALID, "line 1, character 10: unterminated comment");
	r = script_request(DIALECT_POSTGRES, "\n$a$ $$");
	expect_error(&r, ERR_INVALID,
	    "line 2, character 1: unterminated dollar-quoted string");
	r = script_request(DIALECT_SQLITE, "SELECT [a");
	expect_error(&r, ERR_INVALID,
	    "line 1, character 8: unterminated quoted identifier");
}

static void limits(void **state)
{
	static const char message[] =
	    "the batch has more than 2 statements, the limit that "
	    "max_statements sets";
	const struct plan_item items[] = {
	    {SQL("SELECT 1")}, {SQL("SELECT 2")}, {SQL("SELECT 3")}};
	struct plan_request r = list_request(items, 3);

	(void)state;
	r.max_stmts = 2;
	expect_error(&r, ERR_LIMIT, message);
	r.n_items = 2;
	expect_plan(&r, "1R / 2R");
	r = script_request(DIALECT_POSTGRES, "SELECT 1; SELECT 2; SELECT 3");
	r.max_stmts = 2;
	expect_error(&r, ERR_LIMIT, message);
	r.max_stmts = 3;
	expect_plan(&r, "1R / 2R / 3R");
	/* Semicolons that end nothing do not count. */
	r = script_request(DIALECT_POSTGRES, ";;;;SELECT ';;;;'; SELECT 2;;;;");
	r.max_stmts = 2;
	expect_plan(&r, "1R / 2R");
}

static void error_is_optional(void **state)
{
	struct plan_request r = script_request(DIALECT_POSTGRES, "");
	struct arena arena;
	struct plan *p;

	(void)state;
	arena_init(&arena);
	assert_int_equal(plan_build(&r, &arena, &p, NULL), ERR_INVALID);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(offsets_count_characters),
	    cmocka_unit_test(list_texts_stay_as_they_are),
	    cmocka_unit_test(empty_requests),
	    cmocka_unit_test(two_statements_in_an_entry),
	    cmocka_unit_test(broken_scripts),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(error_is_optional),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
