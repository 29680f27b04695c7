/* Which statements share a connection, and what waits for what. */
#include "tests/unit/test_plan_text.h"

static void expect(
    enum plan_dispatch dispatch, const char *script, const char *expected)
{
	struct plan_request r = script_request(DIALECT_POSTGRES, script);

	r.dispatch = dispatch;
	expect_plan(&r, expected);
}

static void expect_auto(const char *script, const char *expected)
{
	expect(PLAN_AUTO, script, expected);
}

static void expect_sqlite(const char *script, const char *expected)
{
	struct plan_request r = script_request(DIALECT_SQLITE, script);

	expect_plan(&r, expected);
}

static void reads_run_together(void **state)
{
	(void)state;
	expect_auto("SELECT 1", "1R");
	expect_auto("SELECT 1; SELECT 2; TABLE t", "1R / 2R / 3R");
}

static void writes_keep_their_place(void **state)
{
	(void)state;
	expect_auto("SELECT 1; SELECT 2; DELETE FROM t; SELECT 3; SELECT 4; "
	            "DELETE FROM u; DELETE FROM v",
	    "1R / 2R / 3W <1w <2w / 4R <3t / 5R <3t / "
	    "6W <3t <4w <5w / 7W <6t");
	expect_auto("SELECT 1; DROP TABLE t", "1R / 2W <1w");
	expect_auto("CREATE TABLE t (a int); INSERT INTO t VALUES (1); TABLE t",
	    "1W / 2W <1t / 3R <2t");
}

static void serial_is_a_chain(void **state)
{
	(void)state;
	expect(PLAN_SERIALLY, "SELECT 1; SELECT 2; DELETE FROM t; TABLE t",
	    "1R / 2R <1s / 3W <2s / 4R <3s");
	expect(PLAN_SERIALLY, "SELECT 1; SET a = 1; SELECT 2; SELECT 3",
	    "1R / 2W! 3R 4R <1s");
	expect(PLAN_SERIALLY, "BEGIN; SELECT 1; COMMIT; SELECT 2; SELECT 3",
	    "1B 2R 3C / 4R <3s / 5R <4s");
}

static void independent_waits_for_nothing(void **state)
{
	(void)state;
	expect(PLAN_INDEPENDENT,
	    "SELECT 1; DELETE FROM t; SET a = 1; SELECT currval('s'); "
	    "BEGIN; DELETE FROM t; COMMIT; SELECT 2",
	    "1R / 2W / 3W! / 4W? / 5B 6W 7C / 8R");
}

static void blocks_are_units(void **state)
{
	(void)state;
	expect_auto("SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3",
	    "1R / 2B 3R 4C <1w / 5R <2t");
	expect_auto("START TRANSACTION; BEGIN; DELETE FROM t; ABORT; SELECT 1",
	    "1B 2B 3W 4K / 5R <1t");
	expect_auto("BEGIN; SAVEPOINT a; DELETE FROM t; ROLLBACK TO a; "
	            "RELEASE a; END; BEGIN; PREPARE TRANSACTION 'x'",
	    "1B 2S 3W 4T 5S 6C / 7B 8C <1t");
}

static void unclosed_block_takes_the_rest(void **state)
{
	(void)state;
	expect_auto(
	    "SELECT 1; BEGIN; SELECT 2; SELECT 3", "1R / 2B 3R 4R… <1w");
	expect_auto("BEGIN", "1B…");
	expect(PLAN_INDEPENDENT, "BEGIN; SELECT 1", "1B 2R…");
}

static void end_without_begin_stands_alone(void **state)
{
	(void)state;
	expect_auto("SELECT 1; COMMIT; SELECT 2; ROLLBACK AND CHAIN; SELECT 3",
	    "1R / 2C <1w / 3R <2t / 4K+ <2t <3w / 5R <4t");
	expect_auto(
	    "SAVEPOINT a; ROLLBACK TO a; RELEASE a", "1S / 2T <1t / 3S <2t");
}

static void chain_keeps_the_block_open(void **state)
{
	(void)state;
	expect_auto("BEGIN; DELETE FROM t; COMMIT AND CHAIN; DELETE FROM u; "
	            "ROLLBACK AND CHAIN; COMMIT AND NO CHAIN; SELECT 1",
	    "1B 2W 3C+ 4W 5K+ 6C / 7R <1t");
	expect_auto("BEGIN; COMMIT AND CHAIN", "1B 2C+…");
}

static void session_state_pulls_in_the_rest(void **state)
{
	(void)state;
	expect_auto("SELECT 1; DELETE FROM t; SET a = 1; SELECT 2; BEGIN; "
	            "SELECT 3; COMMIT; SELECT 4",
	    "1R / 2W <1w / 3W! 4R 5B 6R 7C 8R <2t");
	expect_auto("SELECT f(1); SELECT 2", "1W! 2R");
	expect_auto("DO 'x'; SELECT 2", "1W! 2R");
	expect_auto(
	    "CREATE TEMP TABLE t (a int); TABLE t; SELECT 1", "1W! 2R 3R");
	expect_auto("SET a = 1; BEGIN; SELECT 1", "1W! 2B 3R…");
	expect_auto("SELEC 1; SELECT 2", "1W! 2R");
}

static void pulling_in_begins_with_the_block(void **state)
{
	(void)state;
	expect_auto("SELECT 1; BEGIN; SELECT 2; SET a = 1; COMMIT; SELECT 3",
	    "1R / 2B 3R 4W! 5C 6R <1w");
	expect_auto("BEGIN; SET LOCAL a = 1; SELECT 1; COMMIT; SELECT 2",
	    "1B 2W 3R 4C / 5R <1t");
}

static void need_of_session_reaches_back(void **state)
{
	(void)state;
	expect_auto("SELECT 1; INSERT INTO t VALUES (1); SELECT 2; "
	            "SELECT currval('s'); SELECT 3",
	    "1R / 2W 3R 4W? 5R <1w");
	expect_auto("SELECT 1; SELECT lastval(); SELECT 2", "1R / 2W? 3R <1w");
	expect_auto("SELECT 1; BEGIN; DELETE FROM t; COMMIT; SELECT lastval()",
	    "1R / 2B 3W 4C 5W? <1w");
	expect_auto(
	    "INSERT INTO t VALUES (1); SET a = 1; EXECUTE p", "1W 2W! 3W!?");
	expect_auto("SHOW a; SET a = 1; SHOW a", "1R / 2W! 3R <1w");
}

static void sqlite_savepoints_open_blocks(void **state)
{
	(void)state;
	expect_sqlite("SAVEPOINT a; DELETE FROM t; RELEASE A; SELECT 1",
	    "1S 2W 3S / 4R <1t");
	expect_sqlite("SAVEPOINT \"a\"; SAVEPOINT b; RELEASE SAVEPOINT [a]; "
	              "SELECT 1",
	    "1S 2S 3S / 4R <1t");
	expect_sqlite("SAVEPOINT a; SAVEPOINT b; SAVEPOINT a; RELEASE b; "
	              "ROLLBACK TO a; RELEASE x; RELEASE a; SELECT 1",
	    "1S 2S 3S 4S 5T 6S 7S / 8R <1t");
	expect_sqlite("SAVEPOINT 'a'; SAVEPOINT bb; RELEASE b; RELEASE a; "
	              "SELECT 1",
	    "1S 2S 3S 4S / 5R <1t");
	expect_sqlite("SAVEPOINT a; COMMIT; SELECT 1", "1S 2C / 3R <1t");
	expect_sqlite("BEGIN; SAVEPOINT a; RELEASE a; SELECT 1; END; SELECT 2",
	    "1B 2S 3S 4R 5C / 6R <1t");
	expect_sqlite("SAVEPOINT a; SELECT 1", "1S 2R…");
	expect_sqlite("RELEASE a; SELECT 1", "1S / 2R <1t");
	expect_sqlite("BEGIN; ROLLBACK; SAVEPOINT a; RELEASE a; SELECT 1",
	    "1B 2K / 3S 4S <1t / 5R <3t");
}

/* Deeper than they are told apart, only COMMIT ends the block. */
static void sqlite_savepoints_too_deep(void **state)
{
	struct plan_request r;
	struct buf script;
	struct arena arena;
	struct plan *plan;

	(void)state;
	buf_init(&script);
	for (unsigned i = 0; i < 40; i++)
		buf_appendf(&script, "SAVEPOINT s%u;", i);
	buf_append_str(&script, "RELEASE s0; SELECT 1; COMMIT; SELECT 2");
	r = script_request(DIALECT_SQLITE, buf_cstr(&script));
	arena_init(&arena);
	assert_int_equal(plan_build(&r, &arena, &plan, NULL), 0);
	assert_int_equal(plan->n_units, 2);
	assert_int_equal(plan->units[0].count, 43);
	assert_false(plan->units[0].unclosed);
	arena_release(&arena);
	buf_release(&script);
}

static void sqlite_sessions(void **state)
{
	(void)state;
	expect_sqlite(
	    "SELECT 1; PRAGMA foreign_keys = 1; SELECT 2", "1R / 2W! 3R <1w");
	expect_sqlite(
	    "INSERT INTO t VALUES (1); SELECT last_insert_rowid()", "1W 2W?");
}

static void transaction_is_one_unit(void **state)
{
	struct plan_request r = script_request(DIALECT_POSTGRES,
	    "SELECT 1; SAVEPOINT a; SET b = 1; ROLLBACK TO a; SELECT 2");

	(void)state;
	r.transaction = true;
	expect_plan(&r, "1R 2S 3W! 4T 5R");
	r.dispatch = PLAN_SERIALLY;
	expect_plan(&r, "1R 2S 3W! 4T 5R");
	r.dispatch = PLAN_INDEPENDENT;
	expect_plan(&r, "1R 2S 3W! 4T 5R");
	r = script_request(DIALECT_SQLITE, "SAVEPOINT a; SELECT 1");
	r.transaction = true;
	expect_plan(&r, "1S 2R");
	r = script_request(DIALECT_SQLITE, "SELECT 1; SELECT 2");
	r.transaction = true;
	expect_plan(&r, "1R 2R");
}

static void transaction_has_no_others_in_it(void **state)
{
	static const char *const scripts[] = {"SELECT 1;\n  é; COMMIT",
	    "SELECT 1;\n  é; BEGIN", "SELECT 1;\n  é; ROLLBACK"};
	const struct plan_item items[] = {
	    {SQL("SELECT 1")}, {SQL("PREPARE TRANSACTION 'x'")}};
	struct plan_request r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		r = script_request(DIALECT_POSTGRES, scripts[i]);
		r.transaction = true;
		expect_error(&r, ERR_INVALID,
		    "statement 3 (line 2, character 6): it begins or ends a "
		    "transaction, but \"transaction\" makes the whole batch "
		    "one");
	}
	r = list_request(items, 2);
	r.transaction = true;
	expect_error(&r, ERR_INVALID,
	    "statements[1]: it begins or ends a transaction, but "
	    "\"transaction\" makes the whole batch one");
}

static void copies(void **state)
{
	(void)state;
	expect_auto("COPY t TO STDOUT; COPY t FROM STDIN; COPY t TO STDOUT",
	    "1Ro / 2Wi <1w / 3Ro <2t");
}

static void reasons_have_texts(void **state)
{
	(void)state;
	for (int i = PLAN_AFTER; i <= PLAN_TARGET_WRITES; i++)
		assert_true(strlen(plan_reason_text((enum plan_reason)i)) > 9);
	assert_string_equal(plan_reason_text((enum plan_reason)99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_run_together),
	    cmocka_unit_test(writes_keep_their_place),
	    cmocka_unit_test(serial_is_a_chain),
	    cmocka_unit_test(independent_waits_for_nothing),
	    cmocka_unit_test(blocks_are_units),
	    cmocka_unit_test(unclosed_block_takes_the_rest),
	    cmocka_unit_test(end_without_begin_stands_alone),
	    cmocka_unit_test(chain_keeps_the_block_open),
	    cmocka_unit_test(session_state_pulls_in_the_rest),
	    cmocka_unit_test(pulling_in_begins_with_the_block),
	    cmocka_unit_test(need_of_session_reaches_back),
	    cmocka_unit_test(sqlite_savepoints_open_blocks),
	    cmocka_unit_test(sqlite_savepoints_too_deep),
	    cmocka_unit_test(sqlite_sessions),
	    cmocka_unit_test(transaction_is_one_unit),
	    cmocka_unit_test(transaction_has_no_others_in_it),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(reasons_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
