/* Several SQLite backends that write, and read, at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/sqlite_probe.h"

enum { N = 4 };

struct fixture {
	struct probe_home home;
	struct probe p[N];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	probe_home_init(&f->home, false);
	for (int i = 0; i < N; i++)
		probe_open(&f->p[i], &f->home);
	probe_run(&f->p[0], "CREATE TABLE t (id INTEGER PRIMARY KEY, who)");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < N; i++)
		if (f->p[i].backend)
			probe_close(&f->p[i]);
	probe_home_release(&f->home);
	free(f);
	return 0;
}

static void start_insert(struct fixture *f, int i)
{
	char sql[64];

	snprintf(sql, sizeof sql, "INSERT INTO t (who) VALUES (%d)", i);
	probe_start(&f->p[i], sql);
}

static void writers_are_served_in_order(void **state)
{
	static const char *const begins[] = {
	    "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "SAVEPOINT s", "BEGIN"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(begins); i++) {
		probe_run(&f->p[0], "DELETE FROM t");
		probe_run(&f->p[0], begins[i]);
		probe_run(&f->p[0], "INSERT INTO t (who) VALUES (0)");
		for (int k = 0; k < 3; k++) {
			start_insert(f, 3 - k);
			probe_until_waiting(&f->home, (size_t)k + 1);
		}
		assert_false(f->p[1].done || f->p[2].done || f->p[3].done);
		probe_run(&f->p[0], i == 2 ? "RELEASE s" : "COMMIT");
		for (int k = 1; k < N; k++) {
			probe_finish(&f->p[k]);
			assert_int_equal(f->p[k].verdict, BACKEND_OK);
		}
		probe_expect(
		    &f->p[0], "SELECT who FROM t ORDER BY id", "0\n3\n2\n1\n");
	}
}

/* Nobody is told that the database is locked, nobody starves. */
static void writers_take_turns(void **state)
{
	enum { EACH = 100 };
	struct fixture *f = *state;
	int left[N];
	char rows[32];

	for (int i = 0; i < N; i++) {
		left[i] = EACH;
		start_insert(f, i);
	}
	for (int open = N; open > 0;) {
		ev_run(f->home.loop, EVRUN_ONCE);
		for (int i = 0; i < N; i++) {
			if (left[i] == 0 || f->p[i].ready == 0)
				continue;
			assert_int_equal(f->p[i].verdict, BACKEND_OK);
			if (--left[i] > 0)
				start_insert(f, i);
			else
				open--;
		}
	}
	snprintf(rows, sizeof rows, "%d|%d\n", N, EACH);
	probe_expect(&f->p[0],
	    "SELECT count(*), min(c) FROM "
	    "(SELECT count(*) AS c FROM t GROUP BY who)",
	    rows);
}

static void readers_do_not_wait(void **state)
{
	struct fixture *f = *state;

	probe_run(&f->p[0], "BEGIN IMMEDIATE");
	probe_run(&f->p[0], "INSERT INTO t (who) VALUES ('a')");
	probe_expect(&f->p[1], "SELECT count(*) FROM t", "0\n");
	probe_expect(&f->p[0], "SELECT count(*) FROM t", "1\n");
	probe_run(&f->p[1], "BEGIN");
	probe_expect(&f->p[1], "SELECT count(*) FROM t", "0\n");
	probe_run(&f->p[0], "COMMIT");
	probe_expect(&f->p[1], "SELECT count(*) FROM t", "0\n");
	/* What it read is no longer so: it cannot write on top of it. */
	probe_fail(&f->p[1], "INSERT INTO t (who) VALUES ('b')", "40001");
	assert_int_equal(engine_sqlite.tx(f->p[1].backend), BACKEND_TX_OPEN);
	probe_run(&f->p[2], "INSERT INTO t (who) VALUES ('c')"); /* not held */
	probe_run(&f->p[1], "ROLLBACK");
}

static void waiting_for_the_lock_can_be_ended(void **state)
{
	struct fixture *f = *state;

	probe_run(&f->p[0], "BEGIN IMMEDIATE");
	for (int i = 1; i < N; i++) {
		start_insert(f, i);
		probe_until_waiting(&f->home, (size_t)i);
	}
	engine_sqlite.cancel(f->p[1].backend);
	probe_finish(&f->p[1]);
	assert_int_equal(f->p[1].verdict, BACKEND_CANCELLED);
	assert_string_equal(f->p[1].sqlstate, "57014");
	probe_close(&f->p[2]);
	probe_until_waiting(&f->home, 1);
	probe_run(&f->p[0], "ROLLBACK");
	probe_finish(&f->p[3]);
	assert_int_equal(f->p[3].verdict, BACKEND_OK);
	probe_expect(&f->p[0], "SELECT who FROM t", "3\n");
}

/* A backend that goes, or is reset, in a transaction gives the lock back. */
static void the_lock_outlives_no_holder(void **state)
{
	struct fixture *f = *state;

	probe_run(&f->p[0], "BEGIN IMMEDIATE");
	start_insert(f, 1);
	probe_until_waiting(&f->home, 1);
	probe_close(&f->p[0]);
	probe_finish(&f->p[1]);
	assert_int_equal(f->p[1].verdict, BACKEND_OK);
	probe_run(&f->p[1], "BEGIN IMMEDIATE");
	start_insert(f, 2);
	probe_until_waiting(&f->home, 1);
	probe_reset(&f->p[1]);
	probe_finish(&f->p[2]);
	assert_int_equal(f->p[2].verdict, BACKEND_OK);
}

/* Somebody from outside is waited for, but not for ever. */
static void another_process_is_waited_for(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(f->home.path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	start_insert(f, 0);
	probe_linger(&f->home, 0.05);
	assert_false(f->p[0].done);
	engine_sqlite.cancel(f->p[0].backend);
	probe_finish(&f->p[0]);
	assert_int_equal(f->p[0].verdict, BACKEND_CANCELLED);
	start_insert(f, 1);
	probe_finish(&f->p[1]); /* takes the five seconds of the bound */
	assert_string_equal(f->p[1].sqlstate, "55P03");
	start_insert(f, 2);
	probe_linger(&f->home, 0.05);
	assert_int_equal(
	    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	probe_finish(&f->p[2]);
	assert_int_equal(f->p[2].verdict, BACKEND_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(writers_are_served_in_order),
	    TEST(writers_take_turns),
	    TEST(readers_do_not_wait),
	    TEST(waiting_for_the_lock_can_be_ended),
	    TEST(the_lock_outlives_no_holder),
	    TEST(another_process_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
