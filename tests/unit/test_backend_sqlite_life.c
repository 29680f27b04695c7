/* The life of SQLite backends: open, cancel, pause, reset, lose, close. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/sqlite_probe.h"

/* Never ends, has no row. */
#define ENDLESS                                                          \
	"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c) " \
	"SELECT i FROM c WHERE i < 0"
/* Never ends, has many rows. */
#define FLOOD                                                            \
	"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c) " \
	"SELECT i, 'some text that fills the chunks' FROM c"

static int set_up(void **state)
{
	struct probe_home *h = calloc(1, sizeof *h);

	assert_non_null(h);
	probe_home_init(h, false);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct probe_home *h = *state;

	probe_home_release(h);
	free(h);
	return 0;
}

static void put_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static bool file_exists(const char *path, const char *suffix)
{
	char name[128];

	snprintf(name, sizeof name, "%s%s", path, suffix);
	return access(name, F_OK) == 0;
}

/* Opening NAME fails, with that SQLSTATE and these words. */
static void fails_to_open(struct probe_home *h, const char *name,
    bool read_only, const char *sqlstate, const char *words)
{
	struct probe p;

	probe_home_shut(h);
	probe_home_engine(h, name, read_only);
	probe_connect(&p, h);
	while (!p.error.code)
		ev_run(h->loop, EVRUN_ONCE);
	assert_false(p.open);
	assert_string_equal(p.error.sqlstate, sqlstate);
	assert_int_equal(p.error.code, ERR_ENGINE);
	if (!strstr(p.error.message, words) ||
	    !strstr(p.error.message, h->path))
		fail_msg("%s", p.error.message);
	probe_close(&p);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct probe_home *h = *state;
	char garbage[4096], path[128];

	fails_to_open(h, "no/such.db", false, "08001", "folder does not exist");
	fails_to_open(h, "none.db", true, "08001", "no such file");
	fails_to_open(h, ".", false, "08001", "directory");
	memset(garbage, 'x', sizeof garbage);
	snprintf(path, sizeof path, "%s/garbage.db", h->folder);
	put_file(path, garbage, sizeof garbage);
	fails_to_open(h, "garbage.db", false, "XX001", "not a database");
	fails_to_open(h, "garbage.db", true, "XX001", "not a database");
	put_file(path, "short", 5);
	fails_to_open(h, "garbage.db", false, "XX001", "not a database");
}

static void a_path_is_always_a_file(void **state)
{
	struct probe_home *h = *state;
	struct engine_conf conf = {.name = "m", .path = ":memory:"};
	struct err e;
	struct probe p;

	assert_int_equal(engine_sqlite.check(&conf, &e), ERR_INVALID);
	conf.path = "";
	assert_int_equal(engine_sqlite.check(&conf, &e), ERR_INVALID);
	conf.path = NULL;
	assert_int_equal(engine_sqlite.check(&conf, &e), ERR_INVALID);
	probe_home_shut(h);
	assert_int_equal(chdir(h->folder), 0);
	strcpy(h->folder, ".");
	probe_home_engine(h, "x.db", false);
	h->conf.path = "file:y.db?mode=memory";
	probe_home_shut(h);
	assert_int_equal(
	    engine_sqlite.open(&h->conf, &(struct engine_env){.loop = h->loop},
	        &h->engine, &e),
	    0);
	probe_open(&p, h);
	probe_run(&p, "CREATE TABLE t (a)");
	probe_close(&p);
	assert_true(file_exists("file:y.db?mode=memory", ""));
	assert_non_null(getcwd(h->folder, sizeof h->folder));
	assert_int_equal(chdir("/"), 0);
}

static void it_describes_itself(void **state)
{
	struct probe_home *h = *state;
	struct buf out;

	buf_init(&out);
	engine_sqlite.describe(h->engine, &out);
	assert_string_equal(buf_cstr(&out), h->path);
	buf_release(&out);
	assert_string_equal(engine_sqlite.name, "sqlite");
}

static void read_only_reads(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	probe_run(&p, "CREATE TABLE t (a)");
	probe_run(&p, "INSERT INTO t VALUES ('x')");
	probe_close(&p);
	probe_home_shut(h);
	probe_home_engine(h, "test.db", true);
	probe_open(&p, h);
	probe_expect(&p, "SELECT * FROM t WHERE a LIKE 'x'", "x\n");
	probe_fail(&p, "INSERT INTO t VALUES (1)", "25006");
	probe_fail(&p, "PRAGMA user_version = 1", "25006");
	probe_fail(&p, "BEGIN IMMEDIATE", "25006");
	probe_fail(&p, "CREATE TEMP TABLE x (a)", "25006");
	probe_fail(&p, "PRAGMA query_only = OFF", "42501");
	probe_close(&p);
}

static void the_last_one_tidies_up(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	probe_run(&p, "CREATE TABLE t (a)");
	assert_true(file_exists(h->path, "-wal"));
	probe_start(&p, ENDLESS);
	probe_close(&p); /* an interrupt must not keep it from that */
	assert_false(file_exists(h->path, "-wal"));
	assert_false(file_exists(h->path, "-shm"));
}

static void cancel_ends_what_runs(void **state)
{
	static const char *const cases[] = {"SELECT pg_sleep(600)", ENDLESS,
	    "SELECT count(*) FROM (" FLOOD ")", "CREATE TABLE t AS " FLOOD};
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		probe_start(&p, cases[i / 2]);
		if (i % 2) /* else before the first step: not lost */
			probe_linger(h, 0.03);
		assert_false(p.done);
		engine_sqlite.cancel(p.backend);
		assert_false(p.done);
		probe_finish(&p);
		assert_int_equal(p.verdict, BACKEND_CANCELLED);
		assert_string_equal(p.sqlstate, "57014");
		probe_expect(&p, "SELECT 1", "1\n"); /* it is over */
	}
	probe_expect(&p, "SELECT count(*) FROM sqlite_schema", "0\n");
	probe_close(&p);
}

static void cancel_does_not_reach_the_next(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	engine_sqlite.cancel(p.backend); /* nothing runs */
	probe_expect(&p, "SELECT pg_sleep(0.001)", "\n");
	for (int i = 0; i < 200; i++) {
		probe_start(&p, "SELECT 1");
		p.in_done = PROBE_CANCEL; /* too late */
		if (i % 2)
			engine_sqlite.cancel(p.backend);
		probe_finish(&p);
		engine_sqlite.cancel(p.backend);
		probe_expect(&p, "SELECT pg_sleep(0.0001)", "\n");
	}
	probe_close(&p);
}

static void cancel_takes_back_what_was_half_written(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	probe_run(&p, "CREATE TABLE t (a, b)");
	/* All of it is written before the first row comes. */
	probe_start(&p, "INSERT INTO t " FLOOD " LIMIT 50000 RETURNING *");
	p.keep_rows = false;
	p.in_row = PROBE_PAUSE;
	while (p.n_rows == 0)
		ev_run(h->loop, EVRUN_ONCE);
	probe_linger(h, 0.05);
	engine_sqlite.cancel(p.backend);
	engine_sqlite.pause(p.backend, false);
	probe_finish(&p);
	assert_int_equal(p.verdict, BACKEND_CANCELLED);
	assert_true(p.n_rows < 50000);
	p.keep_rows = true;
	probe_expect(&p, "SELECT count(*) FROM t", "0\n");
	/* Inside a transaction SQLite gives all of it up. */
	probe_run(&p, "BEGIN");
	probe_run(&p, "INSERT INTO t VALUES (1, 2)");
	probe_start(&p, "INSERT INTO t " FLOOD);
	probe_linger(h, 0.02);
	engine_sqlite.cancel(p.backend);
	probe_finish(&p);
	assert_int_equal(p.verdict, BACKEND_CANCELLED);
	assert_int_equal(engine_sqlite.tx(p.backend), BACKEND_TX_FAILED);
	probe_fail(&p, "INSERT INTO t VALUES (3, 4)", "25P02");
	probe_run(&p, "ROLLBACK");
	probe_expect(&p, "SELECT count(*) FROM t", "0\n");
	probe_close(&p);
}

static void a_paused_flood_is_bounded(void **state)
{
	struct probe_home *h = *state;
	struct probe p;
	size_t before;

	probe_open(&p, h);
	probe_start(&p, FLOOD " LIMIT 100000");
	p.keep_rows = false;
	p.in_row = PROBE_PAUSE;
	while (p.n_rows == 0)
		ev_run(h->loop, EVRUN_ONCE);
	for (int i = 0; i < 20; i++) {
		before = p.n_rows;
		probe_linger(h, 0.005);
		assert_int_equal(p.n_rows, before);
		assert_int_equal(p.n_flush, 0);
		p.in_row = PROBE_PAUSE;
		engine_sqlite.pause(p.backend, false);
		assert_int_equal(p.n_rows, before); /* not from within */
		while (p.n_rows == before)
			ev_run(h->loop, EVRUN_ONCE);
		assert_int_equal(p.n_rows, before + 1);
	}
	engine_sqlite.pause(p.backend, false);
	probe_finish(&p);
	assert_int_equal(p.verdict, BACKEND_OK);
	assert_int_equal(p.n_rows, 100000);
	assert_int_equal(p.count, 100000);
	assert_true(p.row_bytes > 8 * CHAN_ROWS_BYTES);
	assert_true(p.n_flush > 0);
	assert_true(p.backend->chan.peak_bytes <
	            CHAN_ROWS_BYTES + 2 * CHAN_CHUNK_BYTES);
	assert_true(p.backend->chan.peak_bytes >= CHAN_ROWS_BYTES);
	assert_int_equal(p.backend->chan.bytes, 0);
	probe_close(&p);
}

static void a_paused_end_still_comes(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	probe_start(&p, "SELECT 1 UNION ALL SELECT 2");
	p.in_row = PROBE_PAUSE;
	while (p.n_rows == 0)
		ev_run(h->loop, EVRUN_ONCE);
	probe_linger(h, 0.02);
	assert_int_equal(p.n_rows, 1);
	assert_false(p.done); /* a row comes before it */
	engine_sqlite.pause(p.backend, false);
	probe_finish(&p);
	assert_int_equal(p.n_rows, 2);
	/* Nothing to hold back: the next starts unpaused. */
	engine_sqlite.pause(p.backend, true);
	probe_expect(&p, "SELECT 3", "3\n");
	probe_close(&p);
}

static void a_large_row_passes(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	p.keep_rows = false;
	probe_start(&p, "SELECT hex(zeroblob(5000000)), 1 UNION ALL SELECT 2, "
	                "hex(zeroblob(5000000))");
	probe_finish(&p);
	assert_int_equal(p.verdict, BACKEND_OK);
	assert_int_equal(p.row_bytes, 20000002);
	probe_close(&p);
}

static void reset_leaves_nothing_behind(void **state)
{
	struct probe_home *h = *state;
	struct probe p;

	probe_open(&p, h);
	probe_run(&p, "CREATE TABLE t (a)");
	probe_run(&p, "CREATE TEMP TABLE x (a)");
	probe_run(&p, "PRAGMA foreign_keys = OFF");
	probe_run(&p, "BEGIN");
	probe_run(&p, "INSERT INTO t VALUES (1)");
	probe_reset(&p);
	assert_false(p.lost);
	assert_int_equal(engine_sqlite.tx(p.backend), BACKEND_TX_NONE);
	probe_expect(&p, "SELECT count(*) FROM t", "0\n");
	probe_fail(&p, "SELECT * FROM x", "42P01");
	probe_expect(&p, "PRAGMA foreign_keys", "1\n");
	probe_run(&p, "INSERT INTO t VALUES (1)"); /* the lock is free */
	probe_close(&p);
}

static void a_file_that_vanished_loses_the_backend(void **state)
{
	struct probe_home *h = *state;
	struct probe p, q;

	probe_open(&p, h);
	probe_open(&q, h);
	probe_run(&p, "CREATE TABLE t (a)");
	assert_int_equal(unlink(h->path), 0);
	probe_start(&p, "INSERT INTO t VALUES (1)");
	probe_finish(&p);
	assert_true(p.lost);
	assert_int_equal(p.verdict, BACKEND_NOT_SENT);
	assert_int_equal(p.error.code, ERR_IO);
	assert_int_equal(mkdir(h->path, 0700), 0);
	probe_reset(&q);
	assert_true(q.lost);
	assert_string_equal(q.error.sqlstate, "08001");
	probe_close(&p);
	probe_close(&q);
}

static void close_is_allowed_at_any_time(void **state)
{
	static const char *const running[] = {
	    "SELECT 1", "SELECT pg_sleep(600)", ENDLESS, FLOOD};
	struct probe_home *h = *state;
	struct probe p;
	struct err e;

	probe_connect(&p, h);
	probe_close(&p); /* opening */
	probe_open(&p, h);
	probe_close(&p); /* idle */
	for (size_t i = 0; i < 2 * ARRAY_LEN(running); i++) {
		probe_open(&p, h);
		probe_start(&p, running[i / 2]);
		p.keep_rows = false;
		if (i % 2)
			probe_linger(h, 0.02);
		probe_close(&p);
	}
	probe_open(&p, h);
	assert_int_equal(engine_sqlite.reset(p.backend, NULL, &e), 0);
	probe_close(&p); /* resetting */
	probe_open(&p, h);
	probe_start(&p, FLOOD);
	engine_sqlite.pause(p.backend, true);
	probe_linger(h, 0.05);
	probe_close(&p); /* paused */
}

static void close_is_allowed_in_callbacks(void **state)
{
	struct probe_home *h = *state;

	for (int i = 0; i < 6; i++) {
		struct probe p;
		enum probe_act *const acts[] = {&p.in_open, &p.in_columns,
		    &p.in_row, &p.in_flush, &p.in_done, &p.in_ready};

		probe_connect(&p, h);
		p.keep_rows = false;
		*acts[i] = PROBE_CLOSE;
		if (i > 0) {
			probe_until(h, &p.open);
			probe_start(&p, i < 4 ? FLOOD : "SELECT 1");
		}
		probe_until(h, &p.closed);
		assert_int_equal(p.done, i >= 4);
		assert_int_equal(p.ready, i == 5);
		assert_int_equal(p.n_rows > 1, i == 3);
		probe_release(&p);
	}
}

static void a_hundred_open_and_close(void **state)
{
	enum { N = 100 };
	struct probe_home *h = *state;
	struct probe *p = calloc(N, sizeof *p);

	assert_non_null(p);
	for (int i = 0; i < N; i++) /* all at once, a file that is new */
		probe_connect(&p[i], h);
	for (int i = 0; i < N; i += 2)
		engine_sqlite.close(p[i].backend); /* at whatever point */
	for (int i = 1; i < N; i += 2)
		probe_until(h, &p[i].open);
	for (int i = 1; i < N; i += 2)
		probe_start(&p[i], "CREATE TABLE IF NOT EXISTS t (a)");
	for (int i = 1; i < N; i += 2) {
		probe_until(h, &p[i].done);
		assert_int_equal(p[i].verdict, BACKEND_OK);
	}
	for (int i = 1; i < N; i += 2)
		engine_sqlite.close(p[i].backend);
	for (int i = 0; i < N; i++) {
		probe_until(h, &p[i].closed);
		probe_release(&p[i]);
	}
	free(p);
	assert_false(file_exists(h->path, "-wal"));
}

/* Another process has the file to itself while it is to be opened. */
static void opening_has_a_bound(void **state)
{
	struct probe_home *h = *state;
	struct engine_env env = {.loop = h->loop};
	struct probe p;
	struct err e;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(h->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a); BEGIN EXCLUSIVE",
	                     NULL, NULL, NULL),
	    SQLITE_OK);
	probe_home_shut(h);
	h->conf.connect_timeout_us = 30000;
	assert_int_equal(engine_sqlite.open(&h->conf, &env, &h->engine, &e), 0);
	probe_connect(&p, h);
	while (!p.error.code)
		ev_run(h->loop, EVRUN_ONCE);
	assert_int_equal(p.error.code, ERR_TIMEOUT);
	assert_string_equal(p.error.sqlstate, "08001");
	probe_close(&p);
	/* And it waits until the other is done. */
	probe_home_shut(h);
	h->conf.connect_timeout_us = 0;
	assert_int_equal(engine_sqlite.open(&h->conf, &env, &h->engine, &e), 0);
	probe_connect(&p, h);
	probe_linger(h, 0.05);
	assert_false(p.open || p.error.code);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	probe_until(h, &p.open);
	probe_close(&p);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_cannot_be_opened_says_why),
	    TEST(a_path_is_always_a_file),
	    TEST(it_describes_itself),
	    TEST(read_only_reads),
	    TEST(the_last_one_tidies_up),
	    TEST(cancel_ends_what_runs),
	    TEST(cancel_does_not_reach_the_next),
	    TEST(cancel_takes_back_what_was_half_written),
	    TEST(a_paused_flood_is_bounded),
	    TEST(a_paused_end_still_comes),
	    TEST(a_large_row_passes),
	    TEST(reset_leaves_nothing_behind),
	    TEST(a_file_that_vanished_loses_the_backend),
	    TEST(close_is_allowed_at_any_time),
	    TEST(close_is_allowed_in_callbacks),
	    TEST(a_hundred_open_and_close),
	    TEST(opening_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
