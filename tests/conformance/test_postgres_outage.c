/*
 * What happens when a PostgreSQL server is killed or stopped. These tests
 * start their own, so they need no FANOUT_TEST_PG_CONNINFO; they are run from
 * the project's folder.
 */
#include <signal.h>

#include "tests/conformance/subjects.h"

struct server {
	char folder[64]; /* its data is in folder/pg */
	char conninfo[256];
	struct engine_conf conf;
};

static void pg_private(
    struct server *server, const char *verb, char *out, int size)
{
	char command[256];
	FILE *p;

	snprintf(command, sizeof command, "tests/support/pg_private %s %s/pg",
	    verb, server->folder);
	p = popen(command, "r");
	assert_non_null(p);
	if (out)
		assert_non_null(fgets(out, size, p));
	assert_int_equal(pclose(p), 0);
}

static int start_server(void **state)
{
	struct server *server = calloc(1, sizeof *server);

	assert_non_null(server);
	strcpy(server->folder, "/tmp/fanout-outage-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	pg_private(server, "start", server->conninfo, sizeof server->conninfo);
	server->conninfo[strcspn(server->conninfo, "\n")] = '\0';
	server->conf.name = "test";
	server->conf.conninfo = server->conninfo;
	*state = server;
	return 0;
}

static int stop_server(void **state)
{
	struct server *server = *state;

	pg_private(server, "stop", NULL, 0);
	rmdir(server->folder);
	free(server);
	return 0;
}

/* A crash restarts the server; until it is back, each failure may pass. */
static void open_at_last(struct witness *w, struct stage *s)
{
	for (;;) {
		witness_connect(w, s);
		STAGE_UNTIL(s, w->opened || w->failed);
		if (w->opened)
			return;
		assert_int_equal(w->error.code, ERR_IO);
		assert_true(strcmp(w->error.sqlstate, "57P03") == 0 ||
		            strcmp(w->error.sqlstate, "08001") == 0);
		witness_gone(w);
		stage_linger(s, .05);
	}
}

static void killed_processes_are_lost(void **state)
{
	struct server *server = *state;
	struct witness idle, other, running;
	struct stage s;

	stage_init(&s, &engine_postgres, &server->conf);
	open_at_last(&idle, &s);
	open_at_last(&other, &s);
	open_at_last(&running, &s);
	witness_start(&running, "SELECT pg_sleep(600)");
	stage_linger(&s, .1);
	kill(engine_postgres.remote_pid(running.b), SIGKILL);
	STAGE_UNTIL(&s, running.lost && idle.lost && other.lost);
	assert_int_equal(running.verdict, BACKEND_UNKNOWN);
	assert_string_equal(running.sqlstate, "08006");
	assert_false(running.error_from_server);
	witness_gone(&running);
	witness_gone(&other);
	witness_gone(&idle);
	open_at_last(&idle, &s);
	witness_run_ok(&idle, "SELECT 1");
	witness_gone(&idle);
	stage_release(&s);
}

static void a_stream_is_lost(void **state)
{
	struct server *server = *state;
	struct witness w;
	struct stage s;

	stage_init(&s, &engine_postgres, &server->conf);
	open_at_last(&w, &s);
	witness_start(&w, "SELECT generate_series(1, 2000000000)");
	STAGE_UNTIL(&s, w.rows > 1000);
	witness_pause(&w, true);
	kill(engine_postgres.remote_pid(w.b), SIGKILL);
	stage_linger(&s, .1);
	assert_int_equal(w.done, 0); /* what came before it comes first */
	witness_pause(&w, false);
	STAGE_UNTIL(&s, w.lost);
	assert_int_equal(w.verdict, BACKEND_UNKNOWN);
	witness_gone(&w);
	stage_release(&s);
}

/* Each kind of client at the moment when the server is stopped; the last. */
static void a_stopped_server_is_noticed(void **state)
{
	struct server *server = *state;
	struct witness idle, running, copying, late;
	struct stage s;

	stage_init(&s, &engine_postgres, &server->conf);
	open_at_last(&idle, &s);
	open_at_last(&running, &s);
	open_at_last(&copying, &s);
	witness_start(&running, "SELECT pg_sleep(600)");
	witness_run_ok(&copying, "CREATE TEMPORARY TABLE t (a int)");
	witness_start(&copying, "COPY t FROM STDIN");
	STAGE_UNTIL(&s, copying.copy_ins);
	pg_private(server, "stop", NULL, 0);
	STAGE_UNTIL(&s, idle.lost && running.lost && copying.lost);
	assert_int_equal(running.verdict, BACKEND_UNKNOWN);
	assert_int_equal(copying.verdict, BACKEND_UNKNOWN);
	assert_int_equal(idle.error.code, ERR_IO);
	witness_connect(&late, &s);
	STAGE_UNTIL(&s, late.failed);
	assert_string_equal(late.error.sqlstate, "08001");
	witness_gone(&late);
	witness_gone(&copying);
	witness_gone(&running);
	witness_gone(&idle);
	stage_release(&s);
}

static pid_t postmaster(const struct server *server)
{
	char path[128], line[32] = "";
	FILE *f;

	snprintf(
	    path, sizeof path, "%s/pg/data/postmaster.pid", server->folder);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	fclose(f);
	return atoi(line);
}

/*
 * Somebody else ends the statement while our own cancel gets no answer:
 * nobody knows when it will arrive, so the connection must not be used again.
 */
static void a_cancel_without_an_answer_loses(void **state)
{
	struct server *server = *state;
	struct witness w, other;
	struct stage s;
	char sql[64];

	stage_init(&s, &engine_postgres, &server->conf);
	open_at_last(&w, &s);
	open_at_last(&other, &s);
	witness_start(&w, "SELECT pg_sleep(600)");
	stage_linger(&s, .1);
	kill(postmaster(server), SIGSTOP);
	witness_cancel(&w);
	snprintf(sql, sizeof sql, "SELECT pg_cancel_backend(%d)",
	    engine_postgres.remote_pid(w.b));
	witness_run_ok(&other, sql);
	STAGE_UNTIL(&s, w.done);
	assert_int_equal(w.verdict, BACKEND_CANCELLED);
	assert_int_equal(w.ready, 0);
	STAGE_UNTIL(&s, w.lost || w.ready);
	assert_int_equal(w.lost, 1);
	assert_int_equal(w.error.code, ERR_TIMEOUT);
	kill(postmaster(server), SIGCONT);
	witness_gone(&w);
	witness_gone(&other);
	stage_linger(&s, .5); /* the cancel's thread ends */
	stage_release(&s);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(
        killed_processes_are_lost, start_server, stop_server),
    cmocka_unit_test_setup_teardown(
        a_stream_is_lost, start_server, stop_server),
    cmocka_unit_test_setup_teardown(
        a_cancel_without_an_answer_loses, start_server, stop_server),
    cmocka_unit_test_setup_teardown(
        a_stopped_server_is_noticed, start_server, stop_server),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
