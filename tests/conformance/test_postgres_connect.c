/*
 * How connections to PostgreSQL are made, fail and end. Needs a server as
 * tests/support/pg_private starts it: trusted over the socket, passwords over
 * TCP.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/conformance/subjects.h"

#define SECRET "s3cret pass=word"

static struct witness *by(struct fixture *f)
{
	return &f->w;
}

#define WITH_SECRET "password='" SECRET "'"

/*
 * For a role that may log in with SECRET. The server's port is the last of
 * the ports, PORTS are those before it.
 */
static void tcp_conninfo(struct fixture *f, const char *host, const char *ports,
    const char *rest, char out[512])
{
	witness_run(by(f), "DROP ROLE IF EXISTS tester");
	witness_run_ok(by(f), "CREATE ROLE tester LOGIN PASSWORD '" SECRET "'");
	witness_run_ok(by(f), "SELECT current_setting('port')");
	snprintf(out, 512, "host=%s port=%s%.8s user=tester dbname=postgres %s",
	    host, ports, f->w.row, rest);
}

/* Connects by CONNINFO until it is open or has failed, and closes again. */
static void try_to_connect(
    const char *conninfo, int64_t timeout_us, struct witness *w)
{
	struct engine_conf conf = {.name = "test",
	    .conninfo = conninfo,
	    .connect_timeout_us = timeout_us};
	struct stage s;

	stage_init(&s, &engine_postgres, &conf);
	witness_connect(w, &s);
	STAGE_UNTIL(&s, w->opened || w->failed);
	witness_gone(w);
	stage_release(&s);
	assert_null(strchr(w->error.message, '\n'));
	assert_null(strstr(w->error.message, "s3cret"));
}

static void opens(const char *conninfo)
{
	struct witness w;

	try_to_connect(conninfo, 0, &w);
	if (!w.opened)
		fail_msg("%s", w.error.message);
}

static void refuses(
    const char *conninfo, int code, const char *sqlstate, const char *says)
{
	struct witness w;

	try_to_connect(conninfo, 0, &w);
	assert_int_equal(w.failed, 1);
	assert_string_equal(w.error.sqlstate, sqlstate);
	assert_int_equal(w.error.code, code);
	if (!strstr(w.error.message, says))
		fail_msg("\"%s\" has no \"%s\"", w.error.message, says);
	assert_null(strstr(w.error.message, sqlstate));
}

static void passwords(void **state)
{
	struct fixture *f = *state;
	char conninfo[512];

	tcp_conninfo(f, "127.0.0.1", "", WITH_SECRET, conninfo);
	opens(conninfo);
	tcp_conninfo(f, "127.0.0.1", "", "password=s3cret", conninfo);
	refuses(conninfo, ERR_ENGINE, "28P01",
	    "password authentication failed for user \"tester\"");
	tcp_conninfo(f, "127.0.0.1", "", "passfile=/nowhere", conninfo);
	refuses(conninfo, ERR_ENGINE, "28P01", "no password supplied");
}

static void names_are_looked_up(void **state)
{
	struct fixture *f = *state;
	char conninfo[512];

	tcp_conninfo(f, "localhost", "", WITH_SECRET, conninfo);
	opens(conninfo);
	tcp_conninfo(
	    f, "no.such.host.invalid,localhost", "1,", WITH_SECRET, conninfo);
	opens(conninfo);
	tcp_conninfo(f, "any.name.invalid hostaddr=127.0.0.1", "", WITH_SECRET,
	    conninfo);
	opens(conninfo);
	tcp_conninfo(
	    f, "/nowhere,localhost,127.0.0.1", "", WITH_SECRET, conninfo);
	opens(conninfo);
	refuses("host=no.such.host.invalid user=tester", ERR_IO, "08001",
	    "cannot find host \"no.such.host.invalid\"");
}

static void close_during_a_look_up(void **state)
{
	struct engine_conf conf = {
	    .name = "test", .conninfo = "host=no.such.host.invalid"};
	struct witness w;
	struct stage s;

	(void)state;
	stage_init(&s, &engine_postgres, &conf);
	witness_connect(&w, &s);
	witness_gone(&w);
	stage_linger(&s, .2); /* the job ends after its backend */
	stage_release(&s);
}

static void what_servers_refuse(void **state)
{
	struct fixture *f = *state;
	char conninfo[512];

	snprintf(
	    conninfo, sizeof conninfo, "%s dbname=missing", f->conf.conninfo);
	refuses(conninfo, ERR_ENGINE, "3D000",
	    "database \"missing\" does not exist");
	witness_run(by(f), "DROP ROLE IF EXISTS nobody_at_all");
	witness_run_ok(by(f), "CREATE ROLE nobody_at_all");
	snprintf(conninfo, sizeof conninfo, "%s user=nobody_at_all",
	    f->conf.conninfo);
	refuses(conninfo, ERR_ENGINE, "28000", "not permitted to log in");
	witness_run_ok(
	    by(f), "ALTER ROLE nobody_at_all LOGIN CONNECTION LIMIT 0");
	refuses(conninfo, ERR_IO, "53300", "too many connections");
}

static void what_is_not_there(void **state)
{
	(void)state;
	refuses("host=127.0.0.1 port=1 user=x", ERR_IO, "08001",
	    "Connection refused");
	refuses("host=/nowhere user=x", ERR_IO, "08001", "No such file");
	refuses("host=127.0.0.1 port=1 user=x sslmode=perhaps", ERR_INVALID,
	    "08001", "sslmode");
}

/* A server that takes connections and never says a word. */
static int listen_in_silence(char conninfo[64])
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)(void *)&a, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)(void *)&a, &len), 0);
	snprintf(
	    conninfo, 64, "host=127.0.0.1 port=%d user=x", ntohs(a.sin_port));
	return fd;
}

static void silence_is_bounded(void **state)
{
	char conninfo[64];
	int fd = listen_in_silence(conninfo);
	struct engine_conf conf = {
	    .name = "test", .conninfo = conninfo, .connect_timeout_us = 200000};
	struct witness w;
	struct stage s;

	(void)state;
	stage_init(&s, &engine_postgres, &conf);
	witness_connect(&w, &s);
	STAGE_UNTIL(&s, w.failed);
	assert_int_equal(w.error.code, ERR_TIMEOUT);
	assert_string_equal(w.error.sqlstate, "08001");
	assert_non_null(strstr(w.error.message, "200ms"));
	/* So is the wait for it to go. */
	witness_gone(&w);
	close(fd);
	stage_release(&s);
}

static void conninfo_is_checked(void **state)
{
	static const char *const wrong[] = {
	    "password=two s3cret words",
	    "pasword=s3cret",
	    "host=a,b hostaddr=127.0.0.1",
	    "host=a,b,c port=1,2",
	    "port=70000",
	    "port=5x",
	    "service=s3cret",
	    "replication=database",
	    "connect_timeout=10",
	    "postgresql://u:s3cret@h:x%zz/",
	};
	struct engine_conf conf = {.name = "test"};
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		conf.conninfo = wrong[i];
		memset(&e, 0, sizeof e);
		assert_int_equal(engine_postgres.check(&conf, &e), ERR_INVALID);
		assert_int_equal(strncmp(e.message, "conninfo: ", 10), 0);
		assert_null(strstr(e.message, "s3cret"));
	}
	conf.conninfo = "";
	assert_int_equal(engine_postgres.check(&conf, &e), 0);
	conf.conninfo = "postgresql://u:p@a:1,b:2/db?sslmode=require";
	assert_int_equal(engine_postgres.check(&conf, &e), 0);
}

static void secrets_are_not_described(void **state)
{
	struct engine_conf conf = {.name = "test",
	    .conninfo = "host=h,i port=1,2 user=u dbname=d password=s3cret"};
	struct engine_env env = {0};
	struct engine *engine;
	struct buf text;
	struct err e;

	(void)state;
	assert_int_equal(engine_postgres.open(&conf, &env, &engine, &e), 0);
	buf_init(&text);
	engine_postgres.describe(engine, &text);
	assert_string_equal(
	    buf_cstr(&text), "host=h,i port=1,2 dbname=d user=u");
	buf_release(&text);
	engine_postgres.shut(&engine);
}

static void environment_is_forgotten(void **state)
{
	(void)state;
	setenv("PGHOST", "elsewhere", 1);
	setenv("PGOPTIONS", "-c work_mem=1MB", 1);
	setenv("PGTZ", "Asia/Tokyo", 1);
	setenv("XPG", "stays", 1);
	engine_postgres_forget_environment();
	assert_null(getenv("PGHOST"));
	assert_null(getenv("PGOPTIONS"));
	assert_null(getenv("PGTZ"));
	assert_string_equal(getenv("XPG"), "stays");
}

static void sessions_are_as_promised(void **state)
{
	struct fixture *f = *state;

	witness_run_ok(by(f), "SELECT current_setting('client_encoding'), "
	                      "current_setting('application_name'), "
	                      "current_setting('transaction_read_only')");
	assert_string_equal(f->w.row, "UTF8|fanout|off");
	assert_true(engine_postgres.remote_pid(f->w.b) > 0);
}

static void read_only_stays_read_only(void **state)
{
	struct fixture *f = *state;
	struct engine_conf conf = f->conf;
	struct stage s;
	struct witness w;

	conf.read_only = true;
	stage_init(&s, &engine_postgres, &conf);
	witness_open(&w, &s);
	witness_run(&w, "CREATE TABLE never (a int)");
	assert_string_equal(w.sqlstate, "25006");
	witness_run_ok(&w, "SET default_transaction_read_only = off");
	witness_reset(&w, "DISCARD ALL");
	witness_run(&w, "CREATE TABLE never (a int)");
	assert_string_equal(w.sqlstate, "25006");
	witness_run_ok(&w, "SET default_transaction_read_only = off");
	witness_reset(&w, ""); /* also where the config resets nothing */
	witness_run(&w, "CREATE TABLE never (a int)");
	assert_string_equal(w.sqlstate, "25006");
	witness_gone(&w);
	stage_release(&s);
}

static void a_failed_reset_loses_the_connection(void **state)
{
	struct fixture *f = *state;

	witness_reset(by(f), "DISCARD ALL; DISCARD ALL");
	assert_int_equal(f->w.lost, 1);
	assert_string_equal(f->w.error.sqlstate, "25001");
}

static void reset_may_be_several_statements(void **state)
{
	struct fixture *f = *state;

	witness_run_ok(by(f), "SET work_mem = '1234kB'");
	witness_reset(by(f), "SELECT 1; RESET ALL; UNLISTEN *");
	assert_int_equal(f->w.lost, 0);
	witness_run_ok(by(f), f->subject->touched);
	assert_int_equal(f->w.count, 0);
	witness_reset(by(f), "BEGIN");
	assert_int_equal(f->w.lost, 1); /* it is not at rest */
}

static unsigned terminate(struct fixture *f, struct witness *w)
{
	char sql[128];

	snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)",
	    engine_postgres.remote_pid(w->b));
	witness_run_ok(by(f), sql);
	return w->lost;
}

static void an_idle_loss_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct witness w;

	witness_open(&w, &f->stage);
	terminate(f, &w);
	STAGE_UNTIL(&f->stage, w.lost);
	assert_string_equal(w.error.sqlstate, "57P01");
	assert_int_equal(w.error.code, ERR_IO);
	witness_gone(&w);
}

/* Its own loop does not turn meanwhile, so it does not know. */
static void nothing_is_sent_to_the_dead(void **state)
{
	struct fixture *f = *state;
	const struct backend_request request = {.sql = "SELECT 1"};
	const struct statement_sink none = {0};
	struct stage s;
	struct witness w;
	struct err e = {0};

	stage_init(&s, &engine_postgres, &f->conf);
	witness_open(&w, &s);
	terminate(f, &w);
	assert_int_not_equal(
	    engine_postgres.start(w.b, &request, &none, NULL, &e), 0);
	assert_string_equal(e.sqlstate, "57P01");
	STAGE_UNTIL(&s, w.lost);
	assert_string_equal(w.error.sqlstate, "57P01");
	witness_gone(&w);
	stage_release(&s);
}

static void a_running_loss_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct witness w;

	witness_open(&w, &f->stage);
	witness_start(&w, "SELECT pg_sleep(600)");
	stage_linger(&f->stage, .1);
	terminate(f, &w);
	STAGE_UNTIL(&f->stage, w.lost);
	assert_int_equal(w.verdict, BACKEND_UNKNOWN);
	assert_string_equal(w.sqlstate, "57P01");
	assert_string_equal(w.severity, "FATAL");
	assert_true(w.error_from_server);
	witness_gone(&w);
}

static void a_loss_in_copy_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct witness w;

	witness_open(&w, &f->stage);
	witness_run_ok(&w, "CREATE TEMPORARY TABLE t (a int)");
	witness_start(&w, "COPY t FROM STDIN");
	STAGE_UNTIL(&f->stage, w.copy_ins);
	terminate(f, &w);
	STAGE_UNTIL(&f->stage, w.lost);
	assert_int_equal(w.verdict, BACKEND_UNKNOWN);
	assert_string_equal(w.sqlstate, "57P01");
	witness_gone(&w);
}

static void expect_gone(struct fixture *f, int pid)
{
	char sql[128];

	snprintf(sql, sizeof sql,
	    "SELECT 1 FROM pg_stat_activity WHERE pid = %d", pid);
	witness_run_ok(by(f), sql);
	assert_int_equal(f->w.rows, 0);
}

static void closed_means_gone(void **state)
{
	static const char *const running[] = {NULL, "SELECT pg_sleep(600)",
	    "SELECT generate_series(1, 2000000000)",
	    "SELECT sum(i) FROM generate_series(1, 2000000000) i"};
	struct fixture *f = *state;
	struct witness w;
	size_t i;
	int pid;

	for (i = 0; i < ARRAY_LEN(running); i++) {
		witness_open(&w, &f->stage);
		pid = engine_postgres.remote_pid(w.b);
		if (running[i])
			witness_start(&w, running[i]);
		stage_linger(&f->stage, .05);
		witness_gone(&w);
		expect_gone(f, pid);
	}
}

static const struct CMUnitTest tests[] = {
    POSTGRES_TEST(passwords),
    POSTGRES_TEST(names_are_looked_up),
    POSTGRES_TEST(close_during_a_look_up),
    POSTGRES_TEST(what_servers_refuse),
    POSTGRES_TEST(what_is_not_there),
    POSTGRES_TEST(silence_is_bounded),
    POSTGRES_TEST(conninfo_is_checked),
    POSTGRES_TEST(secrets_are_not_described),
    POSTGRES_TEST(environment_is_forgotten),
    POSTGRES_TEST(sessions_are_as_promised),
    POSTGRES_TEST(read_only_stays_read_only),
    POSTGRES_TEST(a_failed_reset_loses_the_connection),
    POSTGRES_TEST(reset_may_be_several_statements),
    POSTGRES_TEST(an_idle_loss_is_noticed),
    POSTGRES_TEST(nothing_is_sent_to_the_dead),
    POSTGRES_TEST(a_running_loss_is_unknown),
    POSTGRES_TEST(a_loss_in_copy_is_unknown),
    POSTGRES_TEST(closed_means_gone),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
