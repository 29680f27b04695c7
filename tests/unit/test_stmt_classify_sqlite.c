/* planner/stmt_classify_sqlite.c, and that SQLite itself agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/macros.h"
#include "planner/stmt_classify.h"

struct sample {
	const char *verdict; /* kind and marks as in test_plan_text.h */
	const char *sql;
};

static const struct sample samples[] = {
    {"R", "SELECT 1"},
    {"R", "select [insert], \"update\", 'delete', `replace` from w"},
    {"R", "VALUES (1), (2)"},
    {"R", "WITH x AS (SELECT 1) SELECT * FROM x"},
    {"R", "SELECT replace(a, 'b', 'c'), REPLACE (a, 'd', 'e') FROM t"},
    {"R", "SELECT changes, last_insert_rowid FROM v"},
    {"R", "SELECT a FROM t /* insert */ -- delete"},
    {"R", "SELECT * FROM pragma_table_info('t')"},
    {"R", "SELECT * FROM \"pragma_Index_List\"('t')"},
    {"R", "SELECT * FROM temp.sqlite_master"},
    {"R", "EXPLAIN SELECT 1"},
    {"R", "EXPLAIN QUERY PLAN VALUES (1)"},
    {"W", "EXPLAIN QUERY PLAN DELETE FROM t"},
    {"W", "EXPLAIN WITH x AS (SELECT 1) DELETE FROM t"},
    {"W", "EXPLAIN CREATE TABLE n (a)"},
    {"W!", "EXPLAIN PRAGMA journal_mode = DELETE"},
    {"W!", "explain query plan pragma user_version = 2"},
    {"W?", "SELECT last_insert_rowid()"},
    {"W?", "SELECT Changes /**/ ()"},
    {"W?", "SELECT \"total_changes\"()"},
    {"W?", "SELECT [changes]()"},
    {"W", "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"},
    {"W", "WITH x AS (SELECT 1) REPLACE INTO t SELECT * FROM x"},
    {"W", "WITH x AS (SELECT 1) DELETE FROM t"},
    {"W", "WITH x AS (SELECT $a(')) DELETE FROM t WHERE '' = ''"},
    {"W!", "SELECT load_extension('x')"},
    {"W!", "SELECT \"load_extension\"('x')"},
    {"W!", "SELECT fts3_tokenizer('x')"},
    {"W!", "SELECT optimize(f) FROM f"},
    {"W!", "SELECT * FROM pragma_optimize(0x10002)"},
    {"W!", "SELECT * FROM [pragma_optimize]"},
    {"W!", "SELECT 'a"},
    {"W", "INSERT INTO t VALUES (1)"},
    {"W", "REPLACE INTO t VALUES (1)"},
    {"W", "UPDATE t SET a = 1"},
    {"W", "DELETE FROM t"},
    {"W?", "INSERT INTO t VALUES (last_insert_rowid())"},
    {"W!", "INSERT INTO t VALUES (load_extension('x'))"},
    {"W!", "INSERT INTO temp.x VALUES (1)"},
    {"W", "CREATE TABLE n (a)"},
    {"W", "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END"},
    {"W!", "CREATE TEMP TABLE n (a)"},
    {"W!", "create temporary view n as select 1"},
    {"W!", "CREATE TABLE temp.n (a)"},
    {"W!", "CREATE TABLE IF NOT EXISTS \"Temp\" . n (a)"},
    {"W", "DROP TABLE t"},
    {"W", "ALTER TABLE t ADD COLUMN z"},
    {"W", "VACUUM"},
    {"W", "REINDEX"},
    {"W", "ANALYZE"},
    {"W!", "PRAGMA query_only = 0"},
    {"W!", "PRAGMA table_info(t)"},
    {"W!", "ATTACH 'x' AS y"},
    {"W!", "DETACH y"},
    {"B", "BEGIN"},
    {"B", "BEGIN IMMEDIATE TRANSACTION"},
    {"C", "COMMIT"},
    {"C", "END TRANSACTION"},
    {"K", "ROLLBACK"},
    {"K", "ROLLBACK TRANSACTION"},
    {"T", "ROLLBACK TO a"},
    {"T", "ROLLBACK TRANSACTION TO SAVEPOINT a"},
    {"S", "SAVEPOINT a"},
    {"S", "RELEASE a"},
    {"W", "SELEC 1"},
    {"W", ""},
};

static void tells_what_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct stmt_class c = stmt_classify_sqlite(
		    samples[i].sql, strlen(samples[i].sql));
		char text[8];

		snprintf(text, sizeof text, "%c%s%s", "RWBCKST"[c.kind],
		    c.leaves_session ? "!" : "", c.needs_session ? "?" : "");
		if (strcmp(text, samples[i].verdict))
			fail_msg("%s, not %s: %s", text, samples[i].verdict,
			    samples[i].sql);
		assert_false(c.keeps_block || c.copy_in || c.copy_out);
	}
}

/* What we call a read must be one to SQLite as well, wherever it compiles. */
static void sqlite_agrees(void **state)
{
	unsigned compiled = 0;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
	                     "CREATE TABLE t (a);"
	                     "CREATE TABLE v (changes, last_insert_rowid);"
	                     "CREATE TABLE w (\"insert\", \"update\", "
	                     "\"replace\")",
	                     NULL, NULL, NULL),
	    SQLITE_OK);
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		sqlite3_stmt *stmt = NULL;

		if (samples[i].verdict[0] != 'R')
			continue;
		if (sqlite3_prepare_v2(db, samples[i].sql, -1, &stmt, NULL))
			fail_msg("%s: %s", samples[i].sql, sqlite3_errmsg(db));
		if (!sqlite3_stmt_readonly(stmt))
			fail_msg("it writes: %s", samples[i].sql);
		sqlite3_finalize(stmt);
		compiled++;
	}
	assert_true(compiled > 10);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_what_they_are),
	    cmocka_unit_test(sqlite_agrees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
