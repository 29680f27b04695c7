/* Which command a statement is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "pool/backend_sqlite_text.h"

static void verbs_and_tags(void **state)
{
	static const struct {
		const char *sql;
		enum sqlite_verb verb;
		const char *tag;
	} cases[] = {
	    {"select 1", SQLITE_VERB_SELECT, "SELECT"},
	    {"VALUES(1)", SQLITE_VERB_SELECT, "SELECT"},
	    {"\t-- x\n/* y */;Insert into t", SQLITE_VERB_CHANGE, "INSERT 0"},
	    {"replace into t", SQLITE_VERB_CHANGE, "INSERT 0"},
	    {"update/**/t set a=1", SQLITE_VERB_CHANGE, "UPDATE"},
	    {"WITH a AS (DELETE) SELECT 1", SQLITE_VERB_SELECT, "SELECT"},
	    {"WITH a AS (SELECT ')' , \"(\", `(`, [(], 'it''s') DELETE FROM a",
	        SQLITE_VERB_CHANGE, "DELETE"},
	    {"WITH RECURSIVE a(x, y) AS NOT MATERIALIZED (SELECT (1)), "
	     "\"b)\"(z) AS (SELECT 2) /* ) */ UPDATE t SET a = (1)",
	        SQLITE_VERB_CHANGE, "UPDATE"},
	    {"WITH replace AS (SELECT 1) VALUES (1)", SQLITE_VERB_SELECT,
	        "SELECT"},
	    {"WITH a AS (SELECT 1 -- )\n) SELECT 1", SQLITE_VERB_SELECT,
	        "SELECT"},
	    {"WITH a AS (SELECT 1", SQLITE_VERB_OTHER, ""},
	    {"WITH a AS ('open", SQLITE_VERB_OTHER, ""},
	    {"CREATE TEMPORARY VIEW v", SQLITE_VERB_OTHER, "CREATE VIEW"},
	    {"drop table if exists t", SQLITE_VERB_OTHER, "DROP TABLE"},
	    {"commit", SQLITE_VERB_COMMIT, "COMMIT"},
	    {"END TRANSACTION", SQLITE_VERB_COMMIT, "COMMIT"},
	    {"rollback", SQLITE_VERB_ROLLBACK, "ROLLBACK"},
	    {"ROLLBACK TRANSACTION", SQLITE_VERB_ROLLBACK, "ROLLBACK"},
	    {"ROLLBACK TO s", SQLITE_VERB_OTHER, "ROLLBACK"},
	    {"ROLLBACK /**/ TRANSACTION TO s", SQLITE_VERB_OTHER, "ROLLBACK"},
	    {"copy t from stdin", SQLITE_VERB_COPY, "COPY"},
	    {"BEGIN IMMEDIATE", SQLITE_VERB_OTHER, "BEGIN"},
	    {"", SQLITE_VERB_NONE, ""},
	    {" ;; -- end", SQLITE_VERB_NONE, ""},
	    {"/* open", SQLITE_VERB_NONE, ""},
	    {"(SELECT 1)", SQLITE_VERB_OTHER, ""},
	    {"x23456789012345678901234567890", SQLITE_VERB_OTHER,
	        "X2345678901234567890"},
	    {"CREATE \"x\"", SQLITE_VERB_OTHER, "CREATE"},
	};
	char tag[SQLITE_TAG_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    sqlite_text_verb(cases[i].sql, tag), cases[i].verb);
		assert_string_equal(tag, cases[i].tag);
	}
}

static void blanks_are_skipped(void **state)
{
	(void)state;
	assert_string_equal(sqlite_text_skip(" ;\n--a\n/*b*/; c ;"), "c ;");
	assert_string_equal(sqlite_text_skip("-1"), "-1");
	assert_string_equal(sqlite_text_skip("/ 2"), "/ 2");
	assert_string_equal(sqlite_text_skip("--"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verbs_and_tags),
	    cmocka_unit_test(blanks_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
