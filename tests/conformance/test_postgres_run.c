/* What statements give on PostgreSQL, beyond the contract's common part. */
#include "tests/conformance/subjects.h"

static struct witness *run(void **state, const char *sql)
{
	struct witness *w = &((struct fixture *)*state)->w;

	witness_run(w, sql);
	return w;
}

static struct witness *run_ok(void **state, const char *sql)
{
	struct witness *w = &((struct fixture *)*state)->w;

	witness_run_ok(w, sql);
	return w;
}

static void columns_have_names_types_and_oids(void **state)
{
	struct witness *w;

	w = run_ok(state,
	    "SELECT 1::int2 a, 2 b, 3::int8 c, 'd'::text d, 'e'::varchar e, "
	    "true f, 1.5 g, now() h, '{}'::int[] i, 'k'::name k, "
	    "'{}'::jsonb[] l");
	assert_string_equal(w->columns,
	    "a:int2:21 b:int4:23 c:int8:20 d:text:25 e:varchar:1043 "
	    "f:bool:16 g:numeric:1700 h:timestamptz:1184 i:int4[]:1007 "
	    "k:name:19 l:jsonb[]:3807");
}

/* Every builtin type that a column can have, asked of the server itself. */
static void builtin_types_have_the_servers_names(void **state)
{
	struct witness *w;
	char name[64];
	int i;

	for (i = 0; i < 200; i++) {
		char sql[512];

		snprintf(sql, sizeof sql,
		    "SELECT typname, typarray <> 0, oid FROM pg_type "
		    "WHERE oid < 6000 AND typtype IN ('b', 'r', 'm') "
		    "AND typcategory <> 'A' AND typname <> 'gtsvector' "
		    "AND typname !~ '^pg_|^_' "
		    "ORDER BY oid OFFSET %d LIMIT 1",
		    i);
		w = run_ok(state, sql);
		if (w->rows == 0)
			break;
		snprintf(name, sizeof name, "%.*s", (int)strcspn(w->row, "|"),
		    w->row);
		snprintf(sql, sizeof sql,
		    "SELECT NULL::pg_catalog.\"%s\" AS a, "
		    "NULL::pg_catalog.\"%s\"[] AS b",
		    name, name);
		w = run_ok(state, sql);
		snprintf(sql, sizeof sql, "a:%s:", name);
		if (strncmp(w->columns, sql, strlen(sql)) != 0)
			fail_msg("%s is told as \"%s\"", name, w->columns);
		snprintf(sql, sizeof sql, " b:%s[]:", name);
		if (!strstr(w->columns, sql))
			fail_msg("%s is told as \"%s\"", name, w->columns);
	}
	assert_true(i > 50);
}

static void other_types_are_told_by_number(void **state)
{
	struct witness *w;
	char *oid;

	run_ok(state, "BEGIN");
	run_ok(state, "CREATE TYPE colour AS ENUM ('red')");
	w = run_ok(state, "SELECT 'red'::colour AS c");
	assert_int_equal(strncmp(w->columns, "c:oid:", 6), 0);
	oid = strrchr(w->columns, ':');
	assert_non_null(oid);
	assert_int_equal(strncmp(w->columns + 6, oid + 1, strlen(oid + 1)), 0);
	assert_string_equal(w->kinds, "T");
	run_ok(state, "ROLLBACK");
}

static void values_have_kinds(void **state)
{
	struct witness *w;

	w = run_ok(state,
	    "SELECT 1::int2, -2, 9007199254740992, 9007199254740993, "
	    "-9007199254740992, -9007199254740993, "
	    "9223372036854775807, '-9223372036854775808'::int8");
	assert_string_equal(w->kinds, "###T#TTT");
	w = run_ok(state,
	    "SELECT 1.5::float8, 1e300::float8, '1e-300'::float8, "
	    "'NaN'::float8, 'Infinity'::float4, '-Infinity'::float8, "
	    "0.1::float4, '-0'::float8, 5::float4");
	assert_string_equal(w->kinds, "###TTT###");
	assert_string_equal(
	    w->row, "1.5|1e+300|1e-300|NaN|Infinity|-Infinity|0.1|-0|5");
	w = run_ok(state,
	    "SELECT 1.10, 'NaN'::numeric, true, false, NULL::int, "
	    "'{\"a\": [1]}'::json, 'null'::jsonb, '', 'x'::bytea, "
	    "'{1,2}'::int[], 1::oid");
	assert_string_equal(w->kinds, "TTBBNJJTTTT");
	assert_string_equal(
	    w->row, "1.10|NaN|t|f|NULL|{\"a\": [1]}|null||\\x78|{1,2}|1");
}

static void tags_and_counts(void **state)
{
	struct witness *w;

	w = run_ok(state, "SELECT 1 WHERE false");
	assert_string_equal(w->tag, "SELECT 0");
	assert_int_equal(w->count, 0);
	w = run_ok(state, "BEGIN");
	assert_string_equal(w->tag, "BEGIN");
	assert_int_equal(w->count, -1);
	w = run_ok(state, "CREATE TEMPORARY TABLE t AS SELECT 1 AS a");
	assert_string_equal(w->tag, "SELECT 1");
	assert_int_equal(w->count, 1);
	w = run_ok(state, "INSERT INTO t VALUES (2), (3) RETURNING a");
	assert_string_equal(w->tag, "INSERT 0 2");
	assert_int_equal(w->count, 2);
	assert_int_equal(w->rows, 2);
	w = run_ok(state, "UPDATE t SET a = a + 1");
	assert_string_equal(w->tag, "UPDATE 3");
	assert_int_equal(w->count, 3);
	w = run_ok(state, "DELETE FROM t WHERE a > 2");
	assert_int_equal(w->count, 2);
	w = run_ok(state, "SHOW work_mem");
	assert_string_equal(w->tag, "SHOW");
	assert_int_equal(w->count, 1);
	w = run_ok(state, "SELECT FROM t");
	assert_int_equal(w->n_columns_told, 1);
	assert_int_equal(w->n_columns, 0);
	assert_int_equal(w->rows, 1);
	w = run_ok(state, "");
	assert_string_equal(w->tag, "");
	assert_int_equal(w->count, -1);
	run_ok(state, "ROLLBACK");
}

static void counting_alone_keeps_the_tag(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;
	char sql[128];
	int n;

	run_ok(state, "CREATE TEMPORARY TABLE t (a int)");
	for (n = 0; n < 40; n++) {
		snprintf(sql, sizeof sql,
		    "INSERT INTO t SELECT generate_series(1, %d) RETURNING a",
		    n);
		witness_start_request(
		    w, &(struct backend_request){.sql = sql, .writes = true});
		witness_finish(w);
		snprintf(sql, sizeof sql, "INSERT 0 %d", n);
		assert_string_equal(w->tag, sql);
		assert_int_equal(w->count, n);
		assert_int_equal(w->n_columns_told, 1);
		assert_int_equal(w->rows, 0);
	}
}

static void errors_are_told_field_by_field(void **state)
{
	struct witness *w;

	w = run(state, "SELECT 'é', nope FROM pg_class");
	assert_string_equal(w->sqlstate, "42703");
	assert_string_equal(w->severity, "ERROR");
	assert_string_equal(w->message, "column \"nope\" does not exist");
	assert_int_equal(w->position, 13); /* characters, not bytes */
	run_ok(state, "CREATE TEMPORARY TABLE t (a int CONSTRAINT pos "
	              "CHECK (a > 0), b int UNIQUE)");
	w = run(state, "INSERT INTO t VALUES (-1)");
	assert_string_equal(w->sqlstate, "23514");
	assert_string_equal(w->constraint, "pos");
	assert_string_equal(w->table, "t");
	assert_int_equal(w->position, 0);
	run_ok(state, "INSERT INTO t VALUES (1, 1)");
	w = run(state, "INSERT INTO t VALUES (1, 1)");
	assert_string_equal(w->sqlstate, "23505");
	assert_string_equal(w->detail, "Key (b)=(1) already exists.");
	w = run(state, "SELECT lenght('a')");
	assert_true(*w->hint);
	w = run(state, "DO $$BEGIN PERFORM 1/0; END$$");
	assert_non_null(strstr(w->where, "PL/pgSQL"));
}

static void rows_then_an_error_is_an_error(void **state)
{
	struct witness *w;

	w = run(state, "SELECT 1 / (1000 - i) FROM generate_series(1, 1000) i");
	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, "22012");
	assert_true(w->rows <= 999);
	assert_int_equal(w->n_columns_told, 1);
	assert_int_equal(w->count, -1);
}

static void one_statement_is_one(void **state)
{
	struct witness *w = run(state, "SELECT 1; SELECT 2");

	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, "42601");
	assert_int_equal(w->rows, 0);
}

static void a_timeout_is_not_our_cancel(void **state)
{
	struct witness *w;

	run_ok(state, "SET statement_timeout = '50ms'");
	w = run(state, "SELECT pg_sleep(600)");
	assert_string_equal(w->sqlstate, "57014");
	assert_int_equal(w->verdict, BACKEND_ERROR);
}

static void too_many_parameters_are_refused(void **state)
{
	struct fixture *f = *state;
	const struct statement_sink none = {0};
	struct err e = {0};

	assert_int_equal(
	    engine_postgres.start(f->w.b,
	        &(struct backend_request){.sql = "SELECT 1", .n_params = 65536},
	        &none, NULL, &e),
	    ERR_LIMIT);
	run_ok(state, "SELECT 1"); /* the backend is as it was */
}

static void notifications_do_not_matter(void **state)
{
	struct fixture *f = *state;
	struct witness other;

	witness_open(&other, &f->stage);
	witness_run_ok(&other, "LISTEN news");
	run_ok(state, "NOTIFY news, 'x'");
	stage_linger(&f->stage, .05);
	witness_run_ok(&other, "SELECT 1");
	assert_int_equal(other.lost, 0);
	witness_gone(&other);
}

static void notices_come_in_their_place(void **state)
{
	struct witness *w = run_ok(state,
	    "DO $$BEGIN FOR i IN 1..1000 LOOP RAISE WARNING 'n %', i; "
	    "END LOOP; END$$");

	assert_int_equal(w->notices, 1000);
	assert_string_equal(w->notice, "WARNING: n 1000");
}

/*
 * The server sends what it has when its buffer is full; then it waits, and
 * what has come must not be kept from who listens.
 */
static void what_is_there_is_flushed(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, "SELECT repeat('x', 10000), "
	                 "CASE WHEN i = 5 THEN pg_sleep(600) END FROM "
	                 "generate_series(1, 5) i");
	STAGE_UNTIL(&f->stage, w->rows >= 3);
	STAGE_UNTIL(&f->stage, w->unflushed == 0);
	assert_int_equal(w->done, 0);
	witness_cancel(w);
	witness_finish(w);
}

static void wide_rows_come_whole(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	witness_start(w, "SELECT repeat('0123456789', 1000000) AS wide "
	                 "FROM generate_series(1, 5)");
	stage_linger(&f->stage, .02);
	witness_pause(w, true);
	stage_linger(&f->stage, .02);
	witness_pause(w, false);
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_OK);
	assert_int_equal(w->rows, 5);
}

/* More than any socket's buffer, so it is sent in many turns. */
static void wide_parameters_go_whole(void **state)
{
	struct fixture *f = *state;
	size_t len = 20 * 1000 * 1000;
	char *wide = malloc(len + 1);
	const char *params[1] = {wide};

	assert_non_null(wide);
	memset(wide, 'x', len);
	wide[len] = '\0';
	witness_start_request(
	    &f->w, &(struct backend_request){.sql = "SELECT length($1::text)",
	               .params = params,
	               .n_params = 1,
	               .want_rows = true});
	free(wide);
	witness_finish(&f->w);
	assert_string_equal(f->w.row, "20000000");
}

/* ---------------------------------------------------------------- COPY */

struct pump {
	size_t fed, limit;
	bool waits;
};

static void pump_more(struct witness *w, enum witness_event event)
{
	static char lines[10000];
	struct pump *p = w->act_ctx;

	if (event != SAW_COPY_IN)
		return;
	if (!lines[0])
		for (size_t i = 0; i < sizeof lines; i += 2)
			memcpy(lines + i, "7\n", 2);
	p->waits = false;
	while (p->fed < p->limit && !p->waits) {
		p->waits = witness_copy_data(w, lines, sizeof lines);
		p->fed += sizeof lines;
	}
	if (!p->waits)
		witness_copy_end(w, NULL);
}

/* A table that somebody else has locked: the server takes no data. */
static void copy_in_waits_for_the_server(void **state)
{
	struct fixture *f = *state;
	struct pump pump = {.limit = 50 * 1000 * 1000};
	struct witness other;

	witness_open(&other, &f->stage);
	witness_run_ok(&f->w, "DROP TABLE IF EXISTS locked");
	witness_run_ok(&f->w, "CREATE TABLE locked (a int)");
	witness_run_ok(&f->w,
	    "CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE plpgsql "
	    "AS $$BEGIN PERFORM pg_advisory_lock(42); RETURN NULL; END$$");
	witness_run_ok(&f->w, "CREATE TRIGGER wait BEFORE INSERT ON locked "
	                      "FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()");
	witness_run_ok(&other, "SELECT pg_advisory_lock(42)");
	f->w.act = pump_more;
	f->w.act_ctx = &pump;
	witness_start(&f->w, "COPY locked FROM STDIN");
	STAGE_UNTIL(&f->stage, pump.waits);
	stage_linger(&f->stage, .2);
	assert_true(pump.waits);
	assert_true(pump.fed < 10 * 1000 * 1000);
	witness_cancel(&f->w);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_CANCELLED);
	witness_gone(&other);
	witness_run_ok(&f->w, "DROP TABLE locked");
}

static void bad_copy_data_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct witness *w = &f->w;

	run_ok(state, "CREATE TEMPORARY TABLE t (a int)");
	witness_start(w, "COPY t FROM STDIN");
	STAGE_UNTIL(&f->stage, w->copy_ins);
	assert_int_equal(witness_copy_data(w, "no number\n", 10), 0);
	stage_linger(&f->stage, .05);
	assert_int_equal(witness_copy_data(w, "2\n", 2), 0);
	witness_copy_end(w, NULL);
	witness_finish(w);
	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, "22P02");
	assert_non_null(strstr(w->where, "COPY t, line 1"));
	run_ok(state, "SELECT 1");
}

static void copy_that_cannot_begin_is_an_error(void **state)
{
	struct witness *w = run(state, "COPY nothing_such FROM STDIN");

	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, "42P01");
	assert_int_equal(w->copy_ins, 0);
	w = run(state, "COPY (SELECT 1 / 0) TO STDOUT");
	assert_string_equal(w->sqlstate, "22012");
	w = run(state,
	    "COPY (SELECT 1 / (1000 - i) FROM generate_series(1, 1000) i) "
	    "TO STDOUT");
	assert_int_equal(w->verdict, BACKEND_ERROR);
	assert_string_equal(w->sqlstate, "22012");
	run_ok(state, "SELECT 1");
}

static void copy_out_can_be_cancelled(void **state)
{
	struct fixture *f = *state;

	witness_start(
	    &f->w, "COPY (SELECT generate_series(1, 2000000000)) TO STDOUT");
	STAGE_UNTIL(&f->stage, f->w.copied > 100000);
	witness_cancel(&f->w);
	witness_finish(&f->w);
	assert_int_equal(f->w.verdict, BACKEND_CANCELLED);
	run_ok(state, "SELECT 1");
}

static const struct CMUnitTest tests[] = {
    POSTGRES_TEST(columns_have_names_types_and_oids),
    POSTGRES_TEST(builtin_types_have_the_servers_names),
    POSTGRES_TEST(other_types_are_told_by_number),
    POSTGRES_TEST(values_have_kinds),
    POSTGRES_TEST(tags_and_counts),
    POSTGRES_TEST(counting_alone_keeps_the_tag),
    POSTGRES_TEST(errors_are_told_field_by_field),
    POSTGRES_TEST(rows_then_an_error_is_an_error),
    POSTGRES_TEST(one_statement_is_one),
    POSTGRES_TEST(a_timeout_is_not_our_cancel),
    POSTGRES_TEST(too_many_parameters_are_refused),
    POSTGRES_TEST(notifications_do_not_matter),
    POSTGRES_TEST(notices_come_in_their_place),
    POSTGRES_TEST(what_is_there_is_flushed),
    POSTGRES_TEST(wide_rows_come_whole),
    POSTGRES_TEST(wide_parameters_go_whole),
    POSTGRES_TEST(copy_in_waits_for_the_server),
    POSTGRES_TEST(bad_copy_data_is_an_error),
    POSTGRES_TEST(copy_that_cannot_begin_is_an_error),
    POSTGRES_TEST(copy_out_can_be_cancelled),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
