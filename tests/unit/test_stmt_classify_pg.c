/* planner/stmt_classify_pg.c, pg_facts.c, pg_parse.c, pg_functions.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "planner/pg_functions.h"
#include "planner/pg_parse.h"
#include "planner/stmt_classify.h"

struct sample {
	const char *verdict; /* kind and marks as in test_plan_text.h */
	const char *sql;
};

static const char *class_text(struct stmt_class c, char out[8])
{
	snprintf(out, 8, "%c%s%s%s%s%s", "RWBCKST"[c.kind],
	    c.leaves_session ? "!" : "", c.needs_session ? "?" : "",
	    c.keeps_block ? "+" : "", c.copy_in ? "i" : "",
	    c.copy_out ? "o" : "");
	return out;
}

static void expect_all(const struct sample *samples, size_t n)
{
	char text[8];
	size_t failed = 0;

	for (size_t i = 0; i < n; i++) {
		struct stmt_class c =
		    stmt_classify_pg(samples[i].sql, strlen(samples[i].sql));

		if (!strcmp(class_text(c, text), samples[i].verdict))
			continue;
		print_error("%s, not %s: %s\n", text, samples[i].verdict,
		    samples[i].sql);
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void reads(void **state)
{
	static const struct sample samples[] = {
	    {"R", "SELECT 1"},
	    {"R", "select * from t where a in (1, 2) and b = any ($1)"},
	    {"R", "(SELECT 1) UNION (SELECT 2)"},
	    {"R", "((VALUES (1)))"},
	    {"R", "VALUES (1, lower('A'))"},
	    {"R", "TABLE t"},
	    {"R", "WITH x AS (SELECT 1), y (a) AS (TABLE x) SELECT * FROM y"},
	    {"R", "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 "
	          "FROM t WHERE n < 9) SELECT sum(n) FROM t"},
	    {"R", "SELECT count(*) FILTER (WHERE a), rank() OVER (ORDER BY b), "
	          "lag(a) over w FROM t WINDOW w AS (PARTITION BY c)"},
	    {"R", "SELECT Lower(a), COALESCE(b, 1), CAST(c AS varchar(10)), "
	          "d::numeric(10, 2), extract(year from e) FROM t"},
	    {"R", "SELECT pg_catalog.lower('A'), \"lower\"('A')"},
	    {"R",
	        "SELECT substring(a FOR 3), overlay(a placing b from 1 for 2), "
	        "position('a' in b), trim(both from a) FROM t"},
	    {"R", "SELECT substring(a FOR key) FROM t"},
	    {"R", "SELECT a FROM t TABLESAMPLE bernoulli (10)"},
	    {"R",
	        "SELECT a FROM t JOIN (SELECT 1) s (b) ON (true) ORDER BY (a)"},
	    {"R", "SELECT g FROM generate_series(1, 10) g (n)"},
	    {"R", "SELECT * FROM json_to_record('{}') AS x(a int, b text)"},
	    {"R", "SELECT \"insert\", 'delete', $$into$$ /* update */ FROM t"},
	    {"R", "SELECT t.update, t.share FROM t"},
	    {"R", "SELECT random(), now(), clock_timestamp(), pg_sleep(1), "
	          "gen_random_uuid()"},
	    {"R", "SELECT current_user, current_timestamp, localtime(0)"},
	    {"R", "SELECT a AT TIME ZONE 'UTC', COLLATION FOR ('x') FROM t"},
	    {"R", "SELECT nextval FROM currval"},
	    {"R", "SELECT temp, temporary FROM t"},
	    {"R", "/*+ hint */ SELECT 1 -- set_config('a', 'b', false)"},
	    {"R", "SELECT array_agg(a ORDER BY b), json_agg(c) FROM t"},
	    {"R", "SELECT 1 WHERE x OPERATOR(pg_catalog.=) 1"},
	    {"R", "SELECT 'é' AS \"naïve\", ção FROM são"},
	    {"R", "SHOW work_mem"},
	    {"R", "SELECT current_setting('work_mem')"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

/* A first word proves nothing. */
static void published_traps(void **state)
{
	static const struct sample samples[] = {
	    {"W", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x"},
	    {"W", "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"},
	    {"W", "WITH x AS (UPDATE t SET a = 1 RETURNING a) TABLE x"},
	    {"W", "WITH x AS (SELECT 1) MERGE INTO t USING x ON true "
	          "WHEN MATCHED THEN DELETE"},
	    {"W", "EXPLAIN ANALYZE DELETE FROM t"},
	    {"W", "EXPLAIN (ANALYZE, VERBOSE) DELETE FROM t"},
	    {"W", "EXPLAIN (\"analyze\") DELETE FROM t"},
	    {"W", "EXPLAIN (format json, analyse true) DELETE FROM t"},
	    {"W", "SELECT * FROM t FOR UPDATE"},
	    {"W", "SELECT * FROM t FOR NO KEY UPDATE"},
	    {"W", "SELECT * FROM t FOR SHARE OF t NOWAIT"},
	    {"W", "SELECT * FROM t FOR KEY SHARE SKIP LOCKED"},
	    {"W", "SELECT * FROM (SELECT 1 FROM t FOR /* x */ UPDATE) s"},
	    {"W", "SELECT * INTO u FROM t"},
	    {"W!", "SELECT * INTO TEMP u FROM t"},
	    {"W!", "SELECT * INTO pg_temp.u FROM t"},
	    {"W!", "SELECT 1INTO u"},
	    {"W!", "SELECT set_config('role', 'x', false)"},
	    {"W!", "SELECT Set_Config ('role', 'x', false)"},
	    {"W!", "SELECT set_config/**/('role', 'x', false)"},
	    {"W!", "SELECT set_config\v('role', 'x', false)"},
	    {"W!", "SELECT pg_catalog.set_config('role', 'x', false)"},
	    {"W!", "SELECT \"set_config\"('role', 'x', false)"},
	    {"W!", "SELECT U&\"set_config\"('role', 'x', false)"},
	    {"W!", "SELECT pg_catalog . \"set_config\" ('role', 'x', false)"},
	    {"W!", "SELECT * FROM ROWS FROM (set_config('a', 'b', false))"},
	    {"W!", "SELECT (SELECT set_config('a', 'b', false))"},
	    {"W!", "TABLE t ORDER BY f(1)"},
	    {"W!", "VALUES (f(1))"},
	    {"W!", "SELECT other.lower('A')"},
	    {"W!", "SELECT \"Lower\"('A')"},
	    {"W!", "SELECT over(1), filter(2)"},
	    {"W!", "SELECT join(1), like_it(2)"},
	    {"W!", "SELECT is(1, 2)"},
	    {"W!", "SELECT treat('s' AS nextval)"},
	    {"W!", "SELECT query_to_xml('DELETE FROM t', true, true, '')"},
	    {"W!", "SELECT table_to_xml('t', true, true, '')"},
	    {"W!", "SELECT cursor_to_xml('c', 1, true, true, '')"},
	    {"W!", "SELECT ts_stat('SELECT f()')"},
	    {"W!", "SELECT ts_rewrite('a', 'SELECT f()')"},
	    {"W!", "SELECT dblink_exec('DROP TABLE t')"},
	    {"W!", "SELECT lo_unlink(1)"},
	    {"W!", "SELECT pg_read_file('x')"},
	    {"W!", "SELECT pg_advisory_lock(1)"},
	    {"W!", "SELECT pg_try_advisory_lock(1)"},
	    {"W!", "SELECT pg_advisory_unlock_all()"},
	    {"W!", "SELECT setseed(0.5)"},
	    {"W!", "SELECT plainly_unknown()"},
	    {"W", "SELECT pg_advisory_xact_lock(1)"},
	    {"W", "SELECT pg_terminate_backend(1)"},
	    {"W", "SELECT pg_notify('a', 'b')"},
	    {"W!", "SELECT nextval('s')"},
	    {"W!", "SELECT setval('s', 1)"},
	    {"W", "SELECT txid_current()"},
	    {"W?", "SELECT currval('s')"},
	    {"W?", "SELECT lastval()"},
	    {"W?", "SELECT pg_catalog.\"lastval\"()"},
	    {"W!?", "SELECT lastval(), f(1)"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void changes(void **state)
{
	static const struct sample samples[] = {
	    {"W", "INSERT INTO t VALUES (1, 'a'), (2, lower('B'))"},
	    {"W", "INSERT INTO a.b (c, temp) VALUES (1, 2)"},
	    {"W", "INSERT INTO \"a\" . \"b\" (c) VALUES (1)"},
	    {"W", "INSERT INTO t AS x (c) SELECT 1 RETURNING (c)"},
	    {"W", "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO NOTHING"},
	    {"W!", "INSERT INTO t VALUES (nextval('s'))"},
	    {"W?", "INSERT INTO t VALUES (currval('s'))"},
	    {"W!", "INSERT INTO t VALUES (f(1))"},
	    {"W!", "INSERT INTO t SELECT f(1)"},
	    {"W!", "INSERT INTO a.b SELECT * FROM c.d(1)"},
	    {"W", "UPDATE t SET a = upper(a) WHERE b IN (1)"},
	    {"W", "UPDATE t SET (a, b) = (1, 2)"},
	    {"W!", "UPDATE t SET a = f(1)"},
	    {"W", "DELETE FROM t USING u WHERE t.a = u.a"},
	    {"W!", "DELETE FROM t WHERE f(a)"},
	    {"W", "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE "
	          "WHEN NOT MATCHED THEN INSERT (a) VALUES (1)"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void definitions(void **state)
{
	static const struct sample samples[] = {
	    {"W", "CREATE TABLE t (id serial PRIMARY KEY, a varchar(9) CHECK "
	          "(f(a)), b uuid DEFAULT g())"},
	    {"W", "CREATE TABLE IF NOT EXISTS temp (temp int)"},
	    {"W!",
	        "CREATE TABLE t PARTITION OF p FOR VALUES FROM (f()) TO (1)"},
	    {"W!", "CREATE FOREIGN TABLE t PARTITION OF p FOR VALUES IN (f()) "
	           "SERVER s"},
	    {"W!", "CREATE TEMP TABLE t (a int)"},
	    {"W!", "CREATE GLOBAL TEMPORARY TABLE t (a int)"},
	    {"W!", "CREATE TABLE pg_temp.t (a int)"},
	    {"W!", "CREATE TABLE \"pg_temp\".t (a int)"},
	    {"W!", "CREATE TEMP VIEW v AS SELECT 1"},
	    {"W!", "CREATE TEMP SEQUENCE s"},
	    {"W!", "CREATE TEMP TABLE t AS SELECT 1"},
	    {"W!", "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql "
	           "AS 'SELECT 1'"},
	    {"W", "CREATE TABLE t AS SELECT lower('A')"},
	    {"W!", "CREATE TABLE t AS SELECT f(1)"},
	    {"W!?", "CREATE TABLE t AS EXECUTE p"},
	    {"W", "CREATE VIEW v AS SELECT f(1)"},
	    {"W", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT g(1); "
	          "END"},
	    {"W", "CREATE RULE r AS ON INSERT TO t DO ALSO SELECT f()"},
	    {"W", "CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()"},
	    {"W", "CREATE INDEX ON t (lower(a))"},
	    {"W!", "CREATE INDEX ON t (f(a))"},
	    {"W", "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)"},
	    {"W", "CREATE SEQUENCE s"},
	    {"W", "CREATE SCHEMA s"},
	    {"W", "ALTER TABLE t ADD COLUMN b int DEFAULT 0"},
	    {"W!", "ALTER TABLE t ADD COLUMN b int DEFAULT f()"},
	    {"W", "ALTER TABLE t RENAME TO u"},
	    {"W", "DROP TABLE IF EXISTS t"},
	    {"W", "TRUNCATE t"},
	    {"W", "GRANT SELECT ON t TO u"},
	    {"W", "REVOKE ALL ON t FROM u"},
	    {"W", "COMMENT ON TABLE t IS 'x'"},
	    {"W", "VACUUM t"},
	    {"W", "ANALYZE t"},
	    {"W", "ANALYSE t"},
	    {"W", "REINDEX TABLE t"},
	    {"W", "CLUSTER t"},
	    {"W", "CHECKPOINT"},
	    {"W", "LOCK TABLE t"},
	    {"W", "NOTIFY a"},
	    {"W", "REFRESH MATERIALIZED VIEW v"},
	    {"W!", "CREATE EXTENSION x"},
	    {"W!", "ALTER SYSTEM SET a = 1"},
	    {"W!", "ALTER ROLE u SET a = 1"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void session(void **state)
{
	static const struct sample samples[] = {
	    {"W!", "SET work_mem = '1MB'"},
	    {"W!", "SET SESSION work_mem = '1MB'"},
	    {"W!", "SET ROLE x"},
	    {"W!", "SET SESSION AUTHORIZATION x"},
	    {"W!", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"},
	    {"W!", "SET TIME ZONE 'UTC'"},
	    {"W", "SET LOCAL work_mem = '1MB'"},
	    {"W", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
	    {"W", "SET CONSTRAINTS ALL DEFERRED"},
	    {"W!", "RESET ALL"},
	    {"W!", "DISCARD ALL"},
	    {"W!", "PREPARE p AS SELECT 1"},
	    {"W!?", "EXECUTE p (1)"},
	    {"W!?", "DEALLOCATE ALL"},
	    {"W!", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"},
	    {"W!", "DECLARE c CURSOR FOR SELECT 1"},
	    {"W?", "FETCH 1 FROM c"},
	    {"W?", "MOVE c"},
	    {"W?", "CLOSE c"},
	    {"W!", "LISTEN a"},
	    {"W!?", "UNLISTEN *"},
	    {"W!", "LOAD 'x'"},
	    {"W!", "DO $$ BEGIN END $$"},
	    {"W!", "CALL p(1)"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void transactions(void **state)
{
	static const struct sample samples[] = {
	    {"B", "BEGIN"},
	    {"B", "begin isolation level serializable, read only"},
	    {"B", "START TRANSACTION READ ONLY"},
	    {"W!", "START"},
	    {"C", "COMMIT"},
	    {"C", "COMMIT WORK"},
	    {"C", "END TRANSACTION"},
	    {"C+", "COMMIT AND CHAIN"},
	    {"C+", "COMMIT TRANSACTION AND CHAIN"},
	    {"C", "COMMIT AND NO CHAIN"},
	    {"C", "COMMIT AND"},
	    {"C", "PREPARE TRANSACTION 'x'"},
	    {"W", "COMMIT PREPARED 'x'"},
	    {"W", "ROLLBACK PREPARED 'x'"},
	    {"K", "ROLLBACK"},
	    {"K", "ABORT WORK"},
	    {"K+", "ROLLBACK AND CHAIN"},
	    {"K", "ROLLBACK WORK AND NO CHAIN"},
	    {"T", "ROLLBACK TO a"},
	    {"T", "ROLLBACK TRANSACTION TO SAVEPOINT a"},
	    {"S", "SAVEPOINT a"},
	    {"S", "RELEASE SAVEPOINT a"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void copy(void **state)
{
	static const struct sample samples[] = {
	    {"Wi", "COPY t FROM STDIN"},
	    {"Wi", "COPY a.t (b, \"from\") FROM STDIN WITH (FORMAT csv)"},
	    {"Wi",
	        "COPY t FROM STDIN (FORCE_NULL (a, b)) WHERE lower(a) = 'x'"},
	    {"W!i", "COPY t FROM STDIN WHERE f(a)"},
	    {"Wi", "COPY BINARY t FROM STDOUT"}, {"Ro", "COPY t TO STDOUT"},
	    {"Ro", "COPY t (a) TO STDOUT (FORCE_QUOTE (a))"},
	    {"Ro", "COPY t TO STDIN"},
	    {"Ro", "COPY (SELECT * FROM t WHERE (a) IN (1)) TO STDOUT"},
	    {"Ro", "COPY ((VALUES (1))) TO STDOUT"},
	    {"Ro", "COPY (TABLE t) TO STDOUT"},
	    {"Ro", "COPY ((WITH x AS (TABLE t) TABLE x)) TO STDOUT"},
	    {"Wo", "COPY (DELETE FROM t RETURNING *) TO STDOUT"},
	    {"Wo", "COPY (WITH x AS (DELETE FROM t RETURNING *) TABLE x) "
	           "TO STDOUT"},
	    {"W!o", "COPY (SELECT f(1)) TO STDOUT"},
	    {"W!o", "COPY (COPY t TO STDOUT) TO STDOUT"},
	    {"W", "COPY t FROM '/tmp/x'"}, {"W", "COPY t TO '/tmp/x'"},
	    {"W", "COPY t FROM PROGRAM 'x'"},
	    {"W", "COPY (SELECT 1) TO PROGRAM 'rm'"}, {"W!", "COPY t"},
	    {"W!", "COPY (SELECT 1"},
	    {"Ro", "COPY () TO STDOUT"}, /* the server refuses it */
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void explain(void **state)
{
	static const struct sample samples[] = {
	    {"R", "EXPLAIN SELECT 1"},
	    {"R", "EXPLAIN DELETE FROM t"},
	    {"R", "EXPLAIN VERBOSE DELETE FROM t"},
	    {"R", "EXPLAIN (COSTS off, FORMAT json) DELETE FROM t"},
	    {"R", "EXPLAIN (SELECT 1)"},
	    {"R", "EXPLAIN ANALYZE SELECT 1"},
	    {"R", "EXPLAIN ANALYSE VERBOSE SELECT lower('A')"},
	    {"R", "EXPLAIN (ANALYZE, BUFFERS) (SELECT 1)"},
	    {"W!", "EXPLAIN ANALYZE SELECT f(1)"},
	    {"W", "EXPLAIN ANALYZE VERBOSE INSERT INTO t VALUES (1)"},
	    {"W!?", "EXPLAIN ANALYZE EXECUTE p"},
	    {"W!", "EXPLAIN ANALYZE EXPLAIN ANALYZE SELECT 1"},
	    {"W!", "EXPLAIN ANALYZE BEGIN"},
	    {"W!", "EXPLAIN ANALYZE"},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

static void doubts(void **state)
{
	static const struct sample samples[] = {
	    {"W!", "SELEC 1"},
	    {"W!", "SELECT f("},
	    {"W!", "SELECT 'a"},
	    {"W!", "SELECT 1 /* a"},
	    {"W!", "\"select\" 1"},
	    {"W!", "(1)"},
	    {"W!", "CREATE SOMETHING NEW"},
	    {"W!", ""},
	};

	(void)state;
	expect_all(samples, ARRAY_LEN(samples));
}

/* HEAD, then PIECE N times, then TAIL. */
static char *repeat(
    const char *head, const char *piece, size_t n, const char *tail)
{
	size_t len = strlen(piece);
	char *text = malloc(strlen(head) + n * len + strlen(tail) + 1), *p;

	assert_non_null(text);
	p = stpcpy(text, head);
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, piece);
	strcpy(p, tail);
	return text;
}

static void expect_repeated(const char *verdict, const char *head,
    const char *piece, size_t n, const char *tail)
{
	char *sql = repeat(head, piece, n, tail);
	struct sample sample = {verdict, sql};

	expect_all(&sample, 1);
	free(sql);
}

/* What would take the parser too deep is not parsed. */
static void deep_nesting(void **state)
{
	(void)state;
	expect_repeated("R", "SELECT ", "1+", 60000, "1");
	expect_repeated("W!", "SELECT f(1), ", "1+", 60000, "1");
	expect_repeated("R", "SELECT ", "(", 60000, "1");
	expect_repeated(
	    "W!", "EXPLAIN ANALYZE ", "EXPLAIN ANALYZE ", 60000, "");
	expect_repeated("W!", "COPY (", "COPY (", 60000, "");
	expect_repeated("W!", "SELECT f(1), ", "NOT ", 60000, "true");
	/* As deep as the bound lets through. */
	expect_repeated(
	    "W!", "SELECT f(1), ", "NOT ", PG_PARSE_MAX_TOKENS - 10, "true");
	expect_repeated(
	    "W!", "SELECT f(1), ", "- ", PG_PARSE_MAX_TOKENS - 10, "1");
}

/* Over either bound, what looks like an unknown call stays one. */
static void bounds_of_parsing(void **state)
{
	(void)state;
	expect_repeated("R", "SELECT \"lower\"('A')", ", a", 4990, "");
	expect_repeated("W!", "SELECT \"lower\"('A')", ", a", 5000, "");
	expect_repeated("R", "SELECT \"lower\"('", "a", 200 * 1024, "')");
	expect_repeated("W!", "SELECT \"lower\"('", "a", 256 * 1024, "')");
	/* A bulk load shows by its tokens that it is clean. */
	expect_repeated(
	    "W", "INSERT INTO t (a) VALUES (1)", ", (lower('x'))", 20000, "");
}

static void functions(void **state)
{
	(void)state;
	assert_true(pg_functions_check());
	assert_int_equal(pg_function_call("abbrev", 6), PG_CALL_HARMLESS);
	assert_int_equal(
	    pg_function_call("XPATH_EXISTS", 12), PG_CALL_HARMLESS);
	assert_int_equal(pg_function_call("pg_notify", 9), PG_CALL_WRITES);
	assert_int_equal(pg_function_call("lastval", 7), PG_CALL_NEEDS_SESSION);
	assert_int_equal(pg_function_call("abbre", 5), PG_CALL_ANY);
	assert_int_equal(pg_function_call("", 0), PG_CALL_ANY);
	assert_int_equal(
	    pg_function_call(
	        "lower"
	        "2345678901234567890123456789012345678901234567890123456789",
	        63),
	    PG_CALL_ANY);
	assert_int_equal(
	    pg_function_call(
	        "lower"
	        "23456789012345678901234567890123456789012345678901234567890",
	        64),
	    PG_CALL_ANY);
	assert_true(pg_keyword_is_no_function("IN", 2));
	assert_false(pg_keyword_is_no_function("left", 4));
	assert_false(pg_keyword_is_no_function("treat", 5));
}

/* The tree's reader on its own: several statements, none, escapes. */
static void trees(void **state)
{
	struct pg_facts facts;
	enum pg_root root;

	(void)state;
	assert_false(pg_parse("SELECT 1; SELECT 2", 18, &root, &facts));
	assert_false(pg_parse("", 0, &root, &facts));
	assert_false(pg_parse("SELECT (", 8, &root, &facts));
	assert_true(pg_parse("SELECT 1 FROM t", 8, &root, &facts));
	assert_int_equal(root, PG_ROOT_SELECT);
	assert_true(
	    pg_parse("SELECT '\"FuncCall\":{\\', 'pg_tem'", 32, &root, &facts));
	assert_false(facts.calls_any || facts.temp || facts.changes);
	assert_true(pg_parse("SELECT \"a\\\"\"b\"(1)", 17, &root, &facts));
	assert_true(facts.calls_any);
	assert_true(pg_parse("DISCARD ALL", 11, &root, &facts));
	assert_int_equal(root, PG_ROOT_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(published_traps),
	    cmocka_unit_test(changes),
	    cmocka_unit_test(definitions),
	    cmocka_unit_test(session),
	    cmocka_unit_test(transactions),
	    cmocka_unit_test(copy),
	    cmocka_unit_test(explain),
	    cmocka_unit_test(doubts),
	    cmocka_unit_test(deep_nesting),
	    cmocka_unit_test(bounds_of_parsing),
	    cmocka_unit_test(functions),
	    cmocka_unit_test(trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
