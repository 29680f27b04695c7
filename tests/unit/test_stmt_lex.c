/* planner/sql_lex.c: tokens as the engines cut them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pg_query.h>

#include "base/buf.h"
#include "base/macros.h"
#include "planner/sql_lex.h"

/* "w:SELECT n:1 y:;" — the first letter is the kind. */
static void put_tokens(
    struct buf *out, enum sql_dialect dialect, const char *text)
{
	struct sql_lex lex;
	struct sql_token t;

	sql_lex_init(&lex, dialect, text, strlen(text));
	for (;;) {
		sql_lex_next(&lex, &t);
		if (t.kind == TOKEN_END)
			return;
		buf_appendf(
		    out, "%s%c:", out->len ? " " : "", "-wqsnpy!"[t.kind]);
		if (t.kind == TOKEN_BROKEN) {
			buf_appendf(
			    out, "%s@%zu", lex.broken, (size_t)(t.at - text));
			return;
		}
		buf_append(out, t.at, t.len);
	}
}

static void expect_tokens(
    enum sql_dialect dialect, const char *text, const char *expected)
{
	struct buf out;

	buf_init(&out);
	buf_append_str(&out, "");
	put_tokens(&out, dialect, text);
	assert_string_equal(buf_cstr(&out), expected);
	buf_release(&out);
}

static void expect_pg(const char *text, const char *expected)
{
	expect_tokens(DIALECT_POSTGRES, text, expected);
}

static void expect_sqlite(const char *text, const char *expected)
{
	expect_tokens(DIALECT_SQLITE, text, expected);
}

static void pg_words_and_numbers(void **state)
{
	(void)state;
	expect_pg("", "");
	expect_pg(" \t\r\n\f\v", "");
	expect_pg("SELECT a1$b, _x", "w:SELECT w:a1$b y:, w:_x");
	expect_pg("São+1.5e3", "w:São y:+ n:1.5 w:e3");
	expect_pg("$1 $12a", "p:$1 p:$12 w:a");
	expect_pg("1INTO t", "n:1 w:INTO w:t");
	expect_pg("$1INTO t", "p:$1 w:INTO w:t");
	expect_pg("0x1F 1_000", "n:0 w:x1F n:1 w:_000");
	expect_pg("a.b::c", "w:a y:. w:b y:: y:: w:c");
}

static void pg_strings(void **state)
{
	(void)state;
	expect_pg("'a;''b' c", "s:'a;''b' w:c");
	expect_pg("'a\\' b", "s:'a\\' w:b");
	expect_pg("E'a\\'b' c", "s:E'a\\'b' w:c");
	expect_pg("e'\\\\' c", "s:e'\\\\' w:c");
	expect_pg("E'a'\n  'b\\'c' d", "s:E'a'\n  'b\\'c' w:d");
	/* The server does so, libpg_query does not. */
	expect_pg("E'a' -- x\n 'b\\'c' d", "s:E'a' -- x\n 'b\\'c' w:d");
	expect_pg("E'a' 'b' c", "s:E'a' s:'b' w:c");
	expect_pg("E'a' -- 'b'", "s:E'a'");
	expect_pg("E'a'\n-'b'", "s:E'a' y:- s:'b'");
	expect_pg("E'a'\nb", "s:E'a' w:b");
	expect_pg("nameE'x\\' y", "w:nameE s:'x\\' w:y");
	expect_pg("U&'\\0041' U&\"d!\"\"a\"",
	    "w:U y:& s:'\\0041' w:U y:& q:\"d!\"\"a\"");
	expect_pg("B'01' x'1F' N'n'", "w:B s:'01' w:x s:'1F' w:N s:'n'");
	expect_pg("\"a;\"\"b\" c", "q:\"a;\"\"b\" w:c");
}

static void pg_dollar_quotes(void **state)
{
	(void)state;
	expect_pg("$$a;'b$$ c", "s:$$a;'b$$ w:c");
	expect_pg("$x$ $$ $y$ $x$ c", "s:$x$ $$ $y$ $x$ w:c");
	expect_pg("$ção$;$ção$", "s:$ção$;$ção$");
	expect_pg("a$$b$$ c", "w:a$$b$$ w:c");
	expect_pg("$x y$", "y:$ w:x w:y$");
	expect_pg("$1$ a", "p:$1 y:$ w:a");
}

static void pg_comments(void **state)
{
	(void)state;
	expect_pg("a -- b;\nc", "w:a w:c");
	expect_pg("a -- b\rc", "w:a w:c");
	expect_pg("a /* b /* c */ ; */ d", "w:a w:d");
	expect_pg("a*/*b*/c", "w:a y:* w:c");
	expect_pg("1--2", "n:1");
	expect_pg("a - - b / * c", "w:a y:- y:- w:b y:/ y:* w:c");
	expect_pg("--", "");
	expect_pg("/**/", "");
	expect_pg("/*/ */", "");
}

static void pg_broken(void **state)
{
	(void)state;
	expect_pg("a 'b", "w:a !:quoted string@2");
	expect_pg("a 'b''", "w:a !:quoted string@2");
	expect_pg("E'\\'", "!:quoted string@0");
	expect_pg("E'\\", "!:quoted string@0");
	expect_pg("a \"b", "w:a !:quoted identifier@2");
	expect_pg("a $x$ b $y$", "w:a !:dollar-quoted string@2");
	expect_pg("a /* /* */", "w:a !:comment@2");
	expect_pg("a /*/", "w:a !:comment@2");
}

static void sqlite_tokens(void **state)
{
	(void)state;
	expect_sqlite("SELECT [a;b], `c``;d`, \"e\"\";\"",
	    "w:SELECT q:[a;b] y:, q:`c``;d` y:, q:\"e\"\";\"");
	expect_sqlite("'a\\' b E'x'", "s:'a\\' w:b w:E s:'x'");
	expect_sqlite("?1 ?2INTO ? :a @b $c::d #e",
	    "p:?1 p:?2 w:INTO y:? p::a p:@b p:$c::d p:#e");
	expect_sqlite("$a(';) b", "p:$a(';) w:b");
	expect_sqlite("$a('; b", "p:$a('; w:b");
	expect_sqlite("$a('", "p:$a('");
	expect_sqlite(": ?", "y:: y:?");
	expect_sqlite("$a:b", "p:$a p::b");
	expect_sqlite("\xEF\xBB"
	              "a \xEF"
	              "b",
	    "w:\xEF\xBB"
	    "a w:\xEF"
	    "b");
	expect_sqlite("a -- b\rc\nd", "w:a w:d");
	expect_sqlite("a /* b /* c */ d", "w:a w:d");
	expect_sqlite("a /* b", "w:a");
	expect_sqlite("a\xEF\xBB\xBF(", "w:a\xEF\xBB\xBF y:(");
	expect_sqlite("\xEF\xBB\xBF"
	              "a",
	    "w:a");
	expect_sqlite("$$a$$", "p:$$a$$");
}

static void sqlite_broken(void **state)
{
	(void)state;
	expect_sqlite("a [b", "w:a !:quoted identifier@2");
	expect_sqlite("a `b", "w:a !:quoted identifier@2");
	expect_sqlite("'", "!:quoted string@0");
}

static void tells_comments_before_a_token(void **state)
{
	struct sql_lex lex;
	struct sql_token t;
	const char *text = "-- x\n/* a */ /* b */ c d";

	(void)state;
	sql_lex_init(&lex, DIALECT_POSTGRES, text, strlen(text));
	sql_lex_next(&lex, &t);
	assert_int_equal(t.from - text, 5);
	assert_int_equal(t.at - text, 21);
	sql_lex_next(&lex, &t);
	assert_ptr_equal(t.from, t.at);
	sql_lex_next(&lex, &t);
	assert_int_equal(t.kind, TOKEN_END);
	sql_lex_next(&lex, &t);
	assert_int_equal(t.kind, TOKEN_END);
}

static void stays_broken(void **state)
{
	struct sql_reader r;

	(void)state;
	sql_reader_init(&r, DIALECT_POSTGRES, "'a", 2);
	assert_int_equal(r.t.kind, TOKEN_BROKEN);
	sql_reader_next(&r);
	assert_int_equal(r.t.kind, TOKEN_BROKEN);
	assert_true(sql_reader_is_at_end(&r));
}

static void knows_words(void **state)
{
	static const char *const words[] = {"from", "select", NULL};
	struct sql_reader r;

	(void)state;
	sql_reader_init(&r, DIALECT_POSTGRES, "SeLeCt \"select\" (", 17);
	assert_true(sql_token_is(&r.t, "select"));
	assert_false(sql_token_is(&r.t, "selec"));
	assert_false(sql_token_is(&r.t, "selected"));
	assert_true(sql_token_is_any(&r.t, words));
	assert_false(sql_reader_accept(&r, "from"));
	assert_true(sql_reader_accept(&r, "select"));
	assert_false(sql_token_is_any(&r.t, words));
	sql_reader_next(&r);
	assert_true(sql_token_is_symbol(&r.t, '('));
	assert_false(sql_token_is_symbol(&r.t, ')'));
}

/* The next number of a protobuf message. */
static size_t read_varint(const unsigned char **p)
{
	size_t n = 0;
	unsigned shift = 0;

	do
		n |= (size_t)(**p & 0x7F) << shift;
	while (shift += 7, *(*p)++ & 0x80);
	return n;
}

/* Marks the ends of the tokens in one ScanToken: field 1 start, 2 end. */
static void mark_token(const unsigned char *p, const unsigned char *end,
    const char *text, char *marks)
{
	size_t from = 0, to = 0;

	while (p < end) {
		size_t tag = read_varint(&p), n = read_varint(&p);

		if (tag >> 3 == 1)
			from = n;
		else if (tag >> 3 == 2)
			to = n;
	}
	if (strncmp(text + from, "--", 2) && strncmp(text + from, "/*", 2))
		marks[from] = marks[to] = '|';
}

/* Where the tokens of TEXT begin and end by PostgreSQL's own scanner. */
static bool mark_by_library(const char *text, char *marks)
{
	PgQueryScanResult r = pg_query_scan(text);
	const unsigned char *p = (const unsigned char *)r.pbuf.data;
	const unsigned char *end = p + r.pbuf.len;
	bool whole = !r.error;

	while (whole && p < end) {
		size_t tag = read_varint(&p), n = read_varint(&p);

		if (tag >> 3 != 2)
			continue; /* the version */
		mark_token(p, p + n, text, marks);
		p += n;
	}
	pg_query_free_scan_result(r);
	return whole;
}

/* Words must be the library's tokens, too: none hidden, none invented. */
static void compare_with_library(const char *text)
{
	char *marks = calloc(strlen(text) + 1, 1);
	struct sql_reader r;

	assert_non_null(marks);
	if (!mark_by_library(text, marks))
		fail_msg("the library refuses %s", text);
	sql_reader_init(&r, DIALECT_POSTGRES, text, strlen(text));
	for (; !sql_reader_is_at_end(&r); sql_reader_next(&r)) {
		size_t at = (size_t)(r.t.at - text);

		if (r.t.kind == TOKEN_WORD &&
		    (!marks[at] || !marks[at + r.t.len]))
			fail_msg("%s: %.20s", text, r.t.at);
	}
	assert_int_equal(r.t.kind, TOKEN_END);
	free(marks);
}

static void agrees_with_library(void **state)
{
	static const char *const texts[] = {
	    "SELECT a, 'b''c', \"d\"\"e\" FROM t -- x\n WHERE $1 = 2.5",
	    "SELECT E'a\\'b' 'c', $x$;$$;$x$ /* a /* b */ c */ FROM são",
	    "SELECT E'a'\n'b\\'c', 'x'\n'y\\', z",
	    "SELECT E'x' /* */ 'y\\', z",
	    "SELECT a.b WHERE x->>'y' = ANY($2::text[])",
	    "INSERT INTO t (a) VALUES (1), (.5), (1.) ON CONFLICT DO NOTHING",
	    "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql",
	    "SELECT a@>b, c<@d, -1, - -1, x*-/*c*/1, 'a'--b\r,c",
	    "SELECT e'\\\\', E'\\\\\\'', e, ee'x\\', y",
	    "SELECT a$1$b$, $a$b$a$c, 1 a, \"$a$\" b",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		compare_with_library(texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pg_words_and_numbers),
	    cmocka_unit_test(pg_strings),
	    cmocka_unit_test(pg_dollar_quotes),
	    cmocka_unit_test(pg_comments),
	    cmocka_unit_test(pg_broken),
	    cmocka_unit_test(sqlite_tokens),
	    cmocka_unit_test(sqlite_broken),
	    cmocka_unit_test(tells_comments_before_a_token),
	    cmocka_unit_test(stays_broken),
	    cmocka_unit_test(knows_words),
	    cmocka_unit_test(agrees_with_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
