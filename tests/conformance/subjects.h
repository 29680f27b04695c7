/*
 * The engines under test and what to say to each for the same thing to
 * happen. Where an engine has no such thing the text is NULL, and the tests
 * that need it are not run on it.
 *
 * PostgreSQL is the one at FANOUT_TEST_PG_CONNINFO (tests/support/pg_private
 * starts one); the tests fail where that is not set.
 */
#ifndef TESTS_CONFORMANCE_SUBJECTS_H
#define TESTS_CONFORMANCE_SUBJECTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/engine_scripted.h"
#include "tests/support/witness.h"

struct subject {
	const char *name;
	const struct engine_ops *ops;
	struct engine_conf conf;
	struct engine_conf wrong; /* check() refuses it */
	struct engine_conf unreachable; /* connect() cannot work */

	const char *many; /* 100000 rows of two columns, i and name */
	const char *one; /* one row: 7 */
	const char *none; /* no rows of two columns, a and b */
	const char *endless_rows;
	const char *endless; /* no rows, and no end */
	const char *wrong_sql, *wrong_sqlstate;
	const char *params; /* gives $1 + 1 and $2 */
	const char *create, *insert3, *drop; /* table t (a int) */
	const char *begin, *commit;
	const char *fails_tx; /* an error that a transaction cannot survive */
	const char *touch, *touched; /* the count 1 where touch was run */
	const char *notice; /* one notice */
	const char *lose; /* the connection, while it runs */
	const char *copy_in, *copy_out; /* into t; 100000 lines "0" */
};

#define SUBJECT_SQLITE_MANY                                               \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n " \
	"WHERE i < 100000) SELECT i, 'name ' || i AS name FROM n"
#define SUBJECT_SQLITE_ENDLESS                                            \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n " \
	"WHERE i < 100000000000) SELECT "

static const struct subject subjects[] = {
    {
        .name = "scripted",
        .ops = &engine_scripted,
        .conf = {.conninfo = "wait 1"},
        .wrong = {.conninfo = NULL},
        .unreachable = {.conninfo = "wait 1; error 08001 nobody there"},
        .many = "columns i name; rows 100000; tag 100000 SELECT 100000",
        .one = "columns seven; rows 1; tag 1 SELECT 1",
        .none = "columns a b; tag 0 SELECT 0",
        .endless_rows = "columns i; rows 2000000000",
        .endless = "hang",
        .wrong_sql = "error 42703 no such column",
        .wrong_sqlstate = "42703",
        .create = "tag -1 CREATE TABLE",
        .insert3 = "tag 3 INSERT 0 3",
        .drop = "tag -1 DROP TABLE",
        .begin = "begin",
        .commit = "commit",
        .fails_tx = "error 22012 division by zero",
        .touch = "touch",
        .touched = "touched",
        .notice = "notice hello",
        .lose = "wait 1; lose",
        .copy_in = "copy_in",
        .copy_out = "copy_out 100000",
    },
    {
        .name = "postgres",
        .ops = &engine_postgres,
        .wrong = {.conninfo = "host=a port=b"},
        .unreachable = {.conninfo = "host=127.0.0.1 port=1"},
        .many = "SELECT i, 'name ' || i AS name "
                "FROM generate_series(1, 100000) i",
        .one = "SELECT 7 AS seven",
        .none = "SELECT 1 AS a, 2 AS b WHERE false",
        .endless_rows = "SELECT generate_series(1, 2000000000) AS i",
        .endless = "SELECT pg_sleep(600)",
        .wrong_sql = "SELECT nothing_such",
        .wrong_sqlstate = "42703",
        .params = "SELECT $1::int + 1, $2::text",
        .create = "CREATE TEMPORARY TABLE t (a int)",
        .insert3 = "INSERT INTO t VALUES (1), (2), (3)",
        .drop = "DROP TABLE t",
        .begin = "BEGIN",
        .commit = "COMMIT",
        .fails_tx = "SELECT 1 / 0",
        .touch = "SET work_mem = '1234kB'",
        .touched = "SELECT WHERE current_setting('work_mem') = '1234kB'",
        .notice = "DO $$BEGIN RAISE NOTICE 'hello'; END$$",
        .lose = "SELECT pg_terminate_backend(pg_backend_pid())",
        .copy_in = "COPY t FROM STDIN",
        .copy_out = "COPY (SELECT 0 FROM generate_series(1, 100000)) "
                    "TO STDOUT",
    },
    {
        .name = "sqlite",
        .ops = &engine_sqlite,
        .wrong = {.path = NULL},
        .unreachable = {.path = "/nowhere/at/all.db"},
        .many = SUBJECT_SQLITE_MANY,
        .one = "SELECT 7 AS seven",
        .none = "SELECT 1 AS a, 2 AS b WHERE false",
        .endless_rows = SUBJECT_SQLITE_ENDLESS "i FROM n",
        .endless = SUBJECT_SQLITE_ENDLESS "count(*) FROM n",
        .wrong_sql = "SELECT nothing_such",
        .wrong_sqlstate = "42703",
        .params = "SELECT $1 + 1, $2",
        .create = "CREATE TABLE t (a int)",
        .insert3 = "INSERT INTO t VALUES (1), (2), (3)",
        .drop = "DROP TABLE t",
        .begin = "BEGIN",
        .commit = "COMMIT",
    },
};

struct fixture {
	const struct subject *subject;
	struct engine_conf conf;
	struct stage stage;
	struct witness w; /* open */
	char path[64]; /* SQLite's file */
};

static inline void fixture_conf(struct fixture *f)
{
	f->conf = f->subject->conf;
	f->conf.name = "test";
	if (f->subject->ops == &engine_postgres) {
		f->conf.conninfo = getenv("FANOUT_TEST_PG_CONNINFO");
		if (!f->conf.conninfo)
			fail_msg("FANOUT_TEST_PG_CONNINFO is not set");
	}
	if (f->subject->ops == &engine_sqlite) {
		int fd;

		strcpy(f->path, "/tmp/fanout-conformance-XXXXXX");
		fd = mkstemp(f->path);
		assert_true(fd >= 0);
		close(fd);
		f->conf.path = f->path;
	}
}

/* A fixture whose connection is open. */
static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->subject = *state;
	fixture_conf(f);
	stage_init(&f->stage, f->subject->ops, &f->conf);
	witness_open(&f->w, &f->stage);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	struct fixture *f = *state;
	char path[80];
	size_t i;

	witness_gone(&f->w);
	stage_release(&f->stage);
	for (i = 0; f->path[0] && i < ARRAY_LEN(suffixes); i++) {
		snprintf(path, sizeof path, "%s%s", f->path, suffixes[i]);
		unlink(path);
	}
	free(f);
	return 0;
}

struct contract_test {
	const char *name;
	CMUnitTestFunction run; /* its state is a struct fixture */
	size_t needs; /* offset of a text in struct subject */
};

#define CONTRACT_TEST(function, text)                               \
	{                                                           \
#function, function, offsetof(struct subject, text) \
	}

/* For tests of one engine's own ways. */
static inline int fixture_setup_postgres(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(subjects); i++)
		if (subjects[i].ops == &engine_postgres)
			*state = (void *)(uintptr_t)&subjects[i];
	return fixture_setup(state);
}

#define POSTGRES_TEST(function)          \
	cmocka_unit_test_setup_teardown( \
	    function, fixture_setup_postgres, fixture_teardown)

static inline bool has_text(const struct subject *s, size_t offset)
{
	const char *text;

	memcpy(&text, (const char *)s + offset, sizeof text);
	return text != NULL;
}

#define CONTRACT_MAX 32

/* Runs every test on every engine that has what it needs. */
static inline int contract_run(const struct contract_test *tests, size_t n)
{
	struct CMUnitTest chosen[CONTRACT_MAX];
	size_t i, j, n_chosen;
	int failed = 0;

	assert_true(n <= CONTRACT_MAX);
	for (i = 0; i < ARRAY_LEN(subjects); i++) {
		n_chosen = 0;
		for (j = 0; j < n; j++) {
			if (!has_text(&subjects[i], tests[j].needs))
				continue;
			chosen[n_chosen++] = (struct CMUnitTest){tests[j].name,
			    tests[j].run, fixture_setup, fixture_teardown,
			    (void *)(uintptr_t)&subjects[i]};
		}
		failed += _cmocka_run_group_tests(
		    subjects[i].name, chosen, n_chosen, NULL, NULL);
	}
	return failed;
}

#endif
