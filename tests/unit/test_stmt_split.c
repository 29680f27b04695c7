/* planner/stmt_split.c: where statements end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/macros.h"
#include "planner/stmt_split.h"

/* "[SELECT 1] [SELECT 2;": a bracket that closes is a semicolon. */
static void put_split(
    struct buf *out, enum sql_dialect dialect, const char *text)
{
	struct stmt_splitter s;
	struct stmt_range r;
	int found;

	stmt_split_init(&s, dialect, text, strlen(text));
	while ((found = stmt_split_next(&s, &r)) > 0) {
		buf_append_str(out, out->len ? " [" : "[");
		buf_append(out, r.at, r.len);
		buf_append_str(out, r.semicolon ? "]" : "");
	}
	if (found < 0)
		buf_appendf(
		    out, "!%s@%zu", s.lex.broken, (size_t)(s.lex.at - text));
}

static void expect_split(
    enum sql_dialect dialect, const char *text, const char *expected)
{
	struct buf out;

	buf_init(&out);
	buf_append_str(&out, "");
	put_split(&out, dialect, text);
	assert_string_equal(buf_cstr(&out), expected);
	buf_release(&out);
}

static void expect_pg(const char *text, const char *expected)
{
	expect_split(DIALECT_POSTGRES, text, expected);
}

static void expect_sqlite(const char *text, const char *expected)
{
	expect_split(DIALECT_SQLITE, text, expected);
}

static void splits_at_semicolons(void **state)
{
	(void)state;
	expect_pg("SELECT 1; SELECT 2", "[SELECT 1] [SELECT 2");
	expect_pg("SELECT 1; SELECT 2 ; ", "[SELECT 1] [SELECT 2]");
	expect_pg("SELECT 1", "[SELECT 1");
	expect_pg("SELECT 1; DROP TABLE t", "[SELECT 1] [DROP TABLE t");
}

static void drops_what_is_empty(void **state)
{
	(void)state;
	expect_pg("", "");
	expect_pg(" ;;\n; ", "");
	expect_pg("-- a; b\n/* c; */ ; -- d", "");
	expect_pg(";SELECT 1;;", "[SELECT 1]");
	expect_pg("SELECT 1; -- done", "[SELECT 1]");
	expect_pg("SELECT 1; /* done */", "[SELECT 1]");
	expect_pg("\xEF\xBB\xBFSELECT 1", "[SELECT 1");
	expect_pg("\xEF\xBB\xBF", "");
}

static void keeps_block_comments(void **state)
{
	(void)state;
	expect_pg("-- head\n/*+ hint */ SELECT 1; -- x\nSELECT 2",
	    "[/*+ hint */ SELECT 1] [SELECT 2");
	expect_pg("SELECT 1 /* mark */ ; SELECT 2 -- x\n;",
	    "[SELECT 1 /* mark */] [SELECT 2]");
	expect_pg("SELECT 1 /* mark */", "[SELECT 1 /* mark */");
	expect_pg("SELECT 1 -- x", "[SELECT 1");
}

static void leaves_quotes_alone(void **state)
{
	(void)state;
	expect_pg("SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';'; SELECT 2",
	    "[SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';'] [SELECT 2");
	expect_pg("SELECT 1 /* ; /* ; */ ; */; SELECT U&\"d;\" -- ;\n;",
	    "[SELECT 1 /* ; /* ; */ ; */] [SELECT U&\"d;\"]");
}

static void leaves_parentheses_alone(void **state)
{
	(void)state;
	expect_pg("CREATE RULE r AS ON INSERT TO t DO (a; b); SELECT 1",
	    "[CREATE RULE r AS ON INSERT TO t DO (a; b)] [SELECT 1");
	expect_pg("SELECT (1; SELECT 2", "[SELECT (1; SELECT 2");
	expect_pg("SELECT 1); SELECT (2); SELECT 3",
	    "[SELECT 1)] [SELECT (2)] [SELECT 3");
	/* SQLite ends a statement there all the same. */
	expect_sqlite("SELECT (1; SELECT 2", "[SELECT (1] [SELECT 2");
}

static void leaves_function_bodies_alone(void **state)
{
	(void)state;
	expect_pg("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
	          "SELECT CASE WHEN true THEN 1 END; END; SELECT 2",
	    "[CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
	    "SELECT CASE WHEN true THEN 1 END; END] [SELECT 2");
	expect_pg("create or replace procedure p(x int default (1)) "
	          "begin atomic insert into t values (1); end; select 2",
	    "[create or replace procedure p(x int default (1)) "
	    "begin atomic insert into t values (1); end] [select 2");
	expect_pg("CREATE FUNCTION f() BEGIN ATOMIC SELECT x.end AS end, "
	          "(CASE 1 WHEN 1 THEN 1 END); END; SELECT 2",
	    "[CREATE FUNCTION f() BEGIN ATOMIC SELECT x.end AS end, "
	    "(CASE 1 WHEN 1 THEN 1 END); END] [SELECT 2");
	expect_pg("CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql "
	          "AS 'SELECT 1'; SELECT 2",
	    "[CREATE FUNCTION f(begin int) RETURNS int LANGUAGE sql "
	    "AS 'SELECT 1'] [SELECT 2");
	expect_pg("CREATE FUNCTION f() RETURNS atomic AS 'a'; b",
	    "[CREATE FUNCTION f() RETURNS atomic AS 'a'] [b");
	expect_pg("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; ",
	    "[CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;");
}

static void knows_no_bodies_elsewhere(void **state)
{
	(void)state;
	expect_pg("BEGIN; SELECT 1; END; SELECT 2",
	    "[BEGIN] [SELECT 1] [END] [SELECT 2");
	expect_pg(
	    "BEGIN ATOMIC; SELECT 1; END", "[BEGIN ATOMIC] [SELECT 1] [END");
	expect_pg("CREATE VIEW function AS SELECT 1; BEGIN; END",
	    "[CREATE VIEW function AS SELECT 1] [BEGIN] [END");
	expect_pg("CREATE TABLE begin (atomic int); SELECT 1",
	    "[CREATE TABLE begin (atomic int)] [SELECT 1");
	expect_pg("CREATE TRIGGER a BEGIN b; c; END; d",
	    "[CREATE TRIGGER a BEGIN b] [c] [END] [d");
	expect_sqlite("CREATE FUNCTION f() BEGIN ATOMIC a; b; END",
	    "[CREATE FUNCTION f() BEGIN ATOMIC a] [b] [END");
}

static void leaves_triggers_alone(void **state)
{
	(void)state;
	expect_sqlite("CREATE TRIGGER a AFTER INSERT ON t BEGIN "
	              "UPDATE t SET x = CASE 1 WHEN 1 THEN 2 END; "
	              "SELECT 1; END; SELECT 2",
	    "[CREATE TRIGGER a AFTER INSERT ON t BEGIN "
	    "UPDATE t SET x = CASE 1 WHEN 1 THEN 2 END; "
	    "SELECT 1; END] [SELECT 2");
	expect_sqlite("create temp trigger a begin b; end; c",
	    "[create temp trigger a begin b; end] [c");
	expect_sqlite("EXPLAIN QUERY PLAN CREATE TEMPORARY TRIGGER a BEGIN b; "
	              "-- x\nEND ; c",
	    "[EXPLAIN QUERY PLAN CREATE TEMPORARY TRIGGER a BEGIN b; "
	    "-- x\nEND] [c");
	expect_sqlite("CREATE TRIGGER a BEGIN b; END c; END",
	    "[CREATE TRIGGER a BEGIN b; END c; END");
	expect_sqlite("CREATE TRIGGER a BEGIN b;; END; c",
	    "[CREATE TRIGGER a BEGIN b;; END] [c");
	expect_sqlite("CREATE TRIGGER a; b", "[CREATE TRIGGER a] [b");
	expect_sqlite(
	    "CREATE TABLE a; BEGIN; END", "[CREATE TABLE a] [BEGIN] [END");
}

static void sqlite_quotes(void **state)
{
	(void)state;
	expect_sqlite("SELECT [;], `;`, ';', \";\" -- ;\n, $a(;) /* ; */; b",
	    "[SELECT [;], `;`, ';', \";\" -- ;\n, $a(;) /* ; */] [b");
	expect_sqlite("SELECT $$;$$", "[SELECT $$] [$$");
	expect_sqlite("SELECT 1 /* open ; ", "[SELECT 1 /* open ;");
	expect_sqlite("/* open", "");
}

static void tells_what_never_ends(void **state)
{
	(void)state;
	expect_pg("SELECT 1; SELECT 'a", "[SELECT 1]!quoted string@17");
	expect_pg("SELECT 1 /* a", "!comment@9");
	expect_pg("SELECT 1; /* a", "[SELECT 1]!comment@10");
	expect_pg("\"a", "!quoted identifier@0");
	expect_pg("$a$ $b$", "!dollar-quoted string@0");
	expect_sqlite("a; [b", "[a]!quoted identifier@3");
}

/* SQLite's own judge of completeness sees the same ends. */
static void agrees_with_sqlite(void **state)
{
	static const char *const texts[] = {
	    "CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; END; ",
	    "EXPLAIN CREATE TEMP TRIGGER a BEGIN SELECT ';'; END; ",
	    "SELECT [;], `;`, \";\" /* ; */ -- ;\n; ",
	    "SELECT CASE 1 WHEN 1 THEN 2 END; ",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct stmt_splitter s;
		struct stmt_range r;
		char *one;

		stmt_split_init(&s, DIALECT_SQLITE, texts[i], strlen(texts[i]));
		assert_int_equal(stmt_split_next(&s, &r), 1);
		assert_true(r.semicolon);
		one = sqlite3_mprintf("%.*s\n;", (int)r.len, r.at);
		assert_non_null(one);
		assert_int_equal(sqlite3_complete(one), 1);
		one[strlen(one) - 1] = '\0';
		assert_int_equal(sqlite3_complete(one), 0);
		sqlite3_free(one);
		assert_int_equal(stmt_split_next(&s, &r), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(splits_at_semicolons),
	    cmocka_unit_test(drops_what_is_empty),
	    cmocka_unit_test(keeps_block_comments),
	    cmocka_unit_test(leaves_quotes_alone),
	    cmocka_unit_test(leaves_parentheses_alone),
	    cmocka_unit_test(leaves_function_bodies_alone),
	    cmocka_unit_test(knows_no_bodies_elsewhere),
	    cmocka_unit_test(leaves_triggers_alone),
	    cmocka_unit_test(sqlite_quotes),
	    cmocka_unit_test(tells_what_never_ends),
	    cmocka_unit_test(agrees_with_sqlite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
