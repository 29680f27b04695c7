/* What statements give on the SQLite engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/sqlite_probe.h"

struct fixture {
	struct probe_home home;
	struct probe p;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	probe_home_init(&f->home, false);
	probe_open(&f->p, &f->home);
	probe_run(&f->p,
	    "CREATE TABLE t (id INTEGER PRIMARY KEY, "
	    "name VARCHAR(20) NOT NULL UNIQUE, n INT CHECK (n<9))");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	probe_close(&f->p);
	probe_home_release(&f->home);
	free(f);
	return 0;
}

static void columns_have_names_and_types(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_run(p, "SELECT id, name AS who, 1.5, 'x', x'00', NULL FROM t");
	assert_string_equal(buf_cstr(&p->columns),
	    "id:INTEGER who:VARCHAR(20) 1.5: 'x': x'00': NULL:");
	assert_int_equal(p->n_rows, 0);
	probe_run(
	    p, "SELECT 7 AS i, 1.5 AS r, 'x' AS t, x'00' AS b, NULL AS z");
	assert_string_equal(
	    buf_cstr(&p->columns), "i:integer r:real t:text b:blob z:");
}

static void values_are_text_with_a_kind(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_expect(p,
	    "SELECT 9007199254740992, 9007199254740993, -9007199254740992, "
	    "-9223372036854775807-1",
	    "9007199254740992|9007199254740993|-9007199254740992|"
	    "-9223372036854775808\n");
	assert_string_equal(buf_cstr(&p->kinds), "nTnT");
	probe_expect(p,
	    "SELECT 1.0, 0.1, 0.1+0.2, 1e20, -1e999, 1e999, 1e-7, 1/3.0, "
	    "123456789012345680.0, 1e999-1e999",
	    "1.0|0.1|0.30000000000000004|1.0e+20|-Inf|Inf|1.0e-07|"
	    "0.3333333333333333|1.2345678901234568e+17|\n");
	assert_string_equal(buf_cstr(&p->kinds), "nnnnTTnnnN");
	probe_expect(p, "SELECT x'00ff1a', x'', 'é', '', NULL, '1'",
	    "\\x00ff1a|\\x|é|||1\n");
	assert_string_equal(buf_cstr(&p->kinds), "TTTTNT");
}

static void a_nul_inside_text_stays(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_run(p, "SELECT CAST(x'610062' AS TEXT), 'z'");
	assert_int_equal(p->rows.len, 6);
	assert_memory_equal(p->rows.data, "a\0b|z\n", 6);
}

static void tags_are_like_postgres(void **state)
{
	static const struct {
		const char *sql, *tag;
		int64_t count;
	} cases[] = {
	    {"SELECT 1 UNION SELECT 2", "SELECT 2", 2},
	    {"VALUES (1), (2), (3)", "SELECT 3", 3},
	    {"INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)", "INSERT 0 2", 2},
	    {"INSERT INTO t VALUES (3, 'c', 3) RETURNING id", "INSERT 0 1", 1},
	    {"REPLACE INTO t VALUES (3, 'cc', 3)", "INSERT 0 1", 1},
	    {"WITH x AS (SELECT 9) INSERT INTO t SELECT 4, 'd', 4",
	        "INSERT 0 1", 1},
	    {"WITH x(a) AS (VALUES (1)) SELECT * FROM x", "SELECT 1", 1},
	    {"UPDATE t SET n = 5", "UPDATE 4", 4},
	    {"/* all */ delete -- go\n FROM t WHERE id > 1", "DELETE 3", 3},
	    {"SELECT * FROM t WHERE id > 100", "SELECT 0", 0},
	    {"CREATE TEMP TABLE x (a)", "CREATE TABLE", -1},
	    {"CREATE UNIQUE INDEX i ON t (n)", "CREATE INDEX", -1},
	    {"CREATE VIEW v AS SELECT 1", "CREATE VIEW", -1},
	    {"DROP VIEW v", "DROP VIEW", -1},
	    {"ALTER TABLE t ADD COLUMN z", "ALTER TABLE", -1},
	    {"BEGIN", "BEGIN", -1},
	    {"SAVEPOINT s", "SAVEPOINT", -1},
	    {"ROLLBACK TO s", "ROLLBACK", -1},
	    {"RELEASE s", "RELEASE", -1},
	    {"END", "COMMIT", -1},
	    {"PRAGMA user_version", "PRAGMA", 1},
	    {"EXPLAIN QUERY PLAN SELECT * FROM t", "EXPLAIN", 1},
	    {"ANALYZE", "ANALYZE", -1},
	    {"VACUUM", "VACUUM", -1},
	    {" ; -- nothing", "", -1},
	};
	struct probe *p = &((struct fixture *)*state)->p;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		probe_run(p, cases[i].sql);
		assert_string_equal(p->tag, cases[i].tag);
		assert_int_equal(p->count, cases[i].count);
	}
}

static void rows_are_only_counted_when_not_wanted(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_start_full(p,
	    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c "
	    "LIMIT 5000) SELECT i FROM c",
	    NULL, 0, false);
	probe_finish(p);
	assert_int_equal(p->verdict, BACKEND_OK);
	assert_int_equal(p->n_columns, 1);
	assert_int_equal(p->n_rows, 0);
	assert_int_equal(p->n_flush, 0);
	assert_int_equal(p->count, 5000);
	assert_string_equal(p->tag, "SELECT 5000");
}

static void params_go_by_number(void **state)
{
	static const char *const params[] = {"a", NULL, "5"};
	struct probe *p = &((struct fixture *)*state)->p;

	probe_start_full(p, "SELECT $3, $1, $2 IS NULL, $1", params, 3, true);
	probe_finish(p);
	assert_string_equal(buf_cstr(&p->rows), "5|a|1|a\n");
	probe_start_full(p, "SELECT ?, ?, ?", params, 3, true);
	probe_finish(p);
	assert_string_equal(buf_cstr(&p->rows), "a||5\n");
	probe_start_full(p, "SELECT ?3, ?1", params, 3, true);
	probe_finish(p);
	assert_string_equal(buf_cstr(&p->rows), "5|a\n");
	/* A column's affinity makes a number of it, LIMIT too. */
	probe_run(p, "INSERT INTO t VALUES (5, 'e', 5), (6, 'f', 6)");
	probe_start_full(p, "SELECT name FROM t WHERE id = $1 LIMIT $1",
	    (const char *const[]){"5"}, 1, true);
	probe_finish(p);
	assert_string_equal(buf_cstr(&p->rows), "e\n");
}

static void params_that_do_not_fit_are_refused(void **state)
{
	static const char *const params[] = {"1", "2", "3"};
	struct probe *p = &((struct fixture *)*state)->p;

	probe_fail(p, "SELECT $1, $2", "08P01");
	assert_string_equal(
	    p->message, "the statement needs 2 parameters, but 0 were given");
	probe_start_full(p, "SELECT $1", params, 3, true);
	probe_finish(p);
	assert_string_equal(
	    p->message, "the statement needs 1 parameter, but 3 were given");
	probe_fail(p, "SELECT :name", "42P02");
	probe_fail(p, "SELECT $99999999999999999999", "42P02");
	probe_fail(p, "SELECT $0", "42P02");
	assert_false(p->from_server);
}

static void errors_have_a_state(void **state)
{
	static const struct {
		const char *sql, *sqlstate;
		size_t position;
	} cases[] = {
	    {"SELEC 1", "42601", 1},
	    {" ; SELECT 'é', FROM t", "42601", 16},
	    {"/* é */ ;SELECT 'é', FROM t", "42601", 22},
	    {"SELECT * FROM nowhere", "42P01", 0},
	    {"SELECT 'é' || nocolumn FROM t", "42703", 15},
	    {"SELECT nofunc(1)", "42883", 8},
	    {"SELECT 'open", "42601", 8},
	    {"SELECT (1", "42601", 0},
	    {"CREATE TABLE t (a)", "42P07", 0},
	    {"INSERT INTO t VALUES (1)", "42601", 0},
	    {"INSERT INTO t VALUES (1, NULL, 1)", "23502", 0},
	    {"INSERT INTO t VALUES (2, 'a', 99)", "23514", 0},
	    {"INSERT INTO t VALUES ('x', 'a', 1)", "42804", 0},
	    {"INSERT INTO t SELECT 7, 'q', 1 UNION ALL SELECT 8, 'q', 1",
	        "23505", 0},
	    {"COMMIT", "25P01", 0},
	    {"ROLLBACK TO s", "3B001", 0},
	    {"SELECT abs(-9223372036854775807-1)", "22003", 0},
	    {"SELECT 1; SELECT 2", "42601", 0},
	    {"COPY t FROM STDIN", "0A000", 0},
	    {"SELECT zeroblob(300000000)", "54000", 0},
	    {"INSERT INTO child VALUES (77)", "23503", 0},
	};
	struct probe *p = &((struct fixture *)*state)->p;

	probe_run(p, "CREATE TABLE child (t_id INT REFERENCES t (id))");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		probe_fail(p, cases[i].sql, cases[i].sqlstate);
		assert_int_equal(p->verdict, BACKEND_ERROR);
		if (cases[i].position)
			assert_int_equal(p->position, cases[i].position);
		assert_true(p->message[0]);
	}
	probe_run(p, "BEGIN");
	probe_fail(p, "BEGIN", "25001");
	probe_fail(p, "VACUUM", "25001");
	probe_run(p, "ROLLBACK");
	probe_fail(p, "COPY t TO STDOUT", "0A000");
	assert_non_null(strstr(p->hint, "INSERT"));
	probe_expect(p, "SELECT count(*) FROM t ; -- the end\n ;", "0\n");
}

static void like_tells_case(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_expect(p, "SELECT 'abc' LIKE 'A%', 'Abc' LIKE 'A%'", "0|1\n");
	probe_run(p, "INSERT INTO t (name) VALUES ('Ab'), ('ab'), ('Ba')");
	/* Views may use it too, though the schema is not trusted. */
	probe_run(
	    p, "CREATE VIEW a AS SELECT name FROM t WHERE name LIKE 'A%'");
	probe_expect(p, "SELECT * FROM a", "Ab\n");
	/* Whoever wants it otherwise says so, until the session is reset. */
	probe_run(p, "PRAGMA case_sensitive_like = OFF");
	probe_expect(p, "SELECT count(*) FROM a", "2\n");
	probe_reset(p);
	probe_expect(p, "SELECT count(*) FROM a", "1\n");
}

/* Such an index would be wrong with another LIKE. */
static void a_schema_that_needs_the_usual_like_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct probe *p = &f->p;
	sqlite3 *db;

	probe_fail(
	    p, "CREATE INDEX a ON t (name) WHERE name LIKE 'a%'", "42000");
	assert_int_equal(sqlite3_open(f->home.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
	                     "CREATE INDEX a ON t (name) WHERE name LIKE 'a%';"
	                     "INSERT INTO t VALUES (1, 'Ab', 1), (2, 'ab', 1)",
	                     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	probe_reset(p);
	probe_expect(p, "SELECT count(*) FROM t WHERE name LIKE 'a%'", "2\n");
	probe_run(p, "INSERT INTO t VALUES (3, 'AB', 1)");
	probe_expect(p, "PRAGMA integrity_check", "ok\n");
}

static void dangerous_sql_is_refused(void **state)
{
	static const struct {
		const char *sql, *named;
	} cases[] = {
	    {"ATTACH '/tmp/x.db' AS x", "ATTACH"},
	    {"ATTACH '' AS x", "ATTACH"},
	    {"ATTACH 'a' || 'b' AS x", "ATTACH"},
	    {"DETACH main", "DETACH"},
	    {"VACUUM INTO '/tmp/fanout-never.db'", "VACUUM INTO"},
	    {"SELECT load_extension('x')", "load_extension"},
	    {"PRAGMA journal_mode = DELETE", "journal_mode with a value"},
	    {"PRAGMA main.Journal_Mode = off", "Journal_Mode with a value"},
	    {"PRAGMA writable_schema = ON", "writable_schema"},
	    {"PRAGMA temp_store_directory = '/tmp'", "temp_store_directory"},
	    {"PRAGMA query_only = OFF", "query_only with a value"},
	    {"PRAGMA busy_timeout", "busy_timeout"},
	    {"PRAGMA locking_mode = EXCLUSIVE", "locking_mode"},
	    {"PRAGMA hard_heap_limit = 1", "hard_heap_limit"},
	    {"PRAGMA trusted_schema = ON", "trusted_schema"},
	    {"SELECT * FROM pragma_database_list", "database_list"},
	};
	struct probe *p = &((struct fixture *)*state)->p;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		probe_fail(p, cases[i].sql, "42501");
		if (!strstr(p->message, cases[i].named))
			fail_msg("%s: %s", cases[i].sql, p->message);
		assert_false(p->from_server);
	}
	/* Writing the schema table is SQLite's own refusal (defensive). */
	probe_fail(p, "DELETE FROM sqlite_schema", "42501");
	assert_true(p->from_server);
	probe_expect(p, "PRAGMA journal_mode", "wal\n");
	probe_expect(p, "PRAGMA synchronous", "1\n");
	probe_expect(
	    p, "SELECT name FROM pragma_table_info('t') LIMIT 1", "id\n");
	probe_run(p, "PRAGMA user_version = 3");
	probe_expect(p, "PRAGMA user_version", "3\n");
	probe_expect(p, "PRAGMA integrity_check", "ok\n");
	/* A message of before is not told again. */
	probe_fail(p, "SELECT * FROM nowhere", "42P01");
}

static void full_text_and_trees_work(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_run(p, "CREATE VIRTUAL TABLE docs USING fts5 (body)");
	assert_string_equal(p->tag, "CREATE TABLE");
	probe_run(p, "INSERT INTO docs VALUES ('fan out'), ('fan in')");
	probe_expect(
	    p, "SELECT body FROM docs WHERE docs MATCH 'out'", "fan out\n");
	probe_run(p, "CREATE VIRTUAL TABLE boxes USING rtree (id, a, b)");
	probe_run(p, "INSERT INTO boxes VALUES (1, 2, 3)");
	probe_expect(p, "SELECT id FROM boxes WHERE a > 1", "1\n");
}

static void transactions_are_told(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_NONE);
	probe_run(p, "BEGIN");
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_OPEN);
	probe_fail(p, "SELEC", "42601");
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_OPEN);
	probe_run(p, "INSERT INTO t VALUES (1, 'a', 1)");
	probe_run(p, "COMMIT");
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_NONE);
	probe_expect(p, "SELECT count(*) FROM t", "1\n");
}

static void a_transaction_that_sqlite_ended_does_not_go_on(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_run(p, "BEGIN");
	probe_run(p, "INSERT INTO t VALUES (1, 'a', 1)");
	probe_fail(p, "INSERT OR ROLLBACK INTO t VALUES (1, 'b', 1)", "23505");
	assert_non_null(strstr(p->detail, "rolled back"));
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_FAILED);
	probe_fail(p, "INSERT INTO t VALUES (2, 'c', 1)", "25P02");
	probe_fail(p, "ROLLBACK TO s", "25P02");
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_FAILED);
	probe_run(p, "ROLLBACK");
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_NONE);
	probe_run(p, "BEGIN");
	probe_fail(p, "INSERT OR ROLLBACK INTO t VALUES (1, 'b', 99)", "23514");
	probe_fail(p, "COMMIT", "25P02"); /* never told as committed */
	assert_int_equal(engine_sqlite.tx(p->backend), BACKEND_TX_NONE);
	probe_expect(p, "SELECT count(*) FROM t", "0\n");
}

static void rows_do_not_wait_for_a_full_chunk(void **state)
{
	struct fixture *f = *state;

	probe_start(&f->p, "SELECT 1 UNION ALL SELECT pg_sleep(60)");
	f->p.in_flush = PROBE_CANCEL; /* else it would take a minute */
	probe_finish(&f->p);
	assert_int_equal(f->p.verdict, BACKEND_CANCELLED);
	assert_string_equal(buf_cstr(&f->p.rows), "1\n");
	/* The same for rows that take many operations. */
	probe_start(&f->p,
	    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c) "
	    "SELECT i FROM c WHERE i < 3");
	f->p.in_flush = PROBE_CANCEL;
	probe_finish(&f->p);
	assert_int_equal(f->p.verdict, BACKEND_CANCELLED);
	assert_string_equal(buf_cstr(&f->p.rows), "1\n2\n");
}

static void sleep_is_a_function(void **state)
{
	struct probe *p = &((struct fixture *)*state)->p;

	probe_expect(
	    p, "SELECT pg_sleep(0.001), sleep(-1), pg_sleep(NULL)", "||\n");
	assert_string_equal(buf_cstr(&p->kinds), "TTN");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(columns_have_names_and_types),
	    TEST(values_are_text_with_a_kind),
	    TEST(a_nul_inside_text_stays),
	    TEST(tags_are_like_postgres),
	    TEST(rows_are_only_counted_when_not_wanted),
	    TEST(params_go_by_number),
	    TEST(params_that_do_not_fit_are_refused),
	    TEST(errors_have_a_state),
	    TEST(like_tells_case),
	    TEST(a_schema_that_needs_the_usual_like_keeps_it),
	    TEST(dangerous_sql_is_refused),
	    TEST(full_text_and_trees_work),
	    TEST(transactions_are_told),
	    TEST(a_transaction_that_sqlite_ended_does_not_go_on),
	    TEST(rows_do_not_wait_for_a_full_chunk),
	    TEST(sleep_is_a_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
