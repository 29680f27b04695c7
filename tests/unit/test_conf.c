/* The layers over each other, the defaults, and what must fit together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/conf_fixture.h"

static char pool_size_env[] = "FANOUT_DATABASE_BRAZIL_POOL_SIZE=4";

#define BRAZIL "[database brazil]\nengine = sqlite\npath = b.db\n"

static void test_nothing_said(void **state)
{
	struct conf_fixture *f = *state;
	const struct conf *c;

	conf_fixture_load(f, NULL);
	c = f->conf;
	assert_int_equal(f->rc, 0);
	assert_null(c->file);
	assert_int_equal(c->n_listen, 1);
	assert_string_equal(c->listen[0].text, "127.0.0.1:7432");
	assert_string_equal(c->default_database, "fanout");
	assert_int_equal(c->n_databases, 1);
	assert_string_equal(c->databases[0].name, "fanout");
	assert_int_equal(c->databases[0].engine, CONF_ENGINE_SQLITE);
	assert_string_equal(c->databases[0].path, "fanout.db");
	assert_null(c->databases[0].conninfo);
	assert_null(c->databases[0].reset_query);
}

static void test_default_values(void **state)
{
	const struct conf *c =
	    conf_fixture_good(*state, "[database a]\nconninfo = host=x\n");
	const struct conf_database *db = &c->databases[0];

	assert_int_equal(c->workers, 1);
	assert_int_equal(c->max_client_conn, 1000);
	assert_int_equal(c->max_line, 16 << 20);
	assert_int_equal(c->max_statements, 100000);
	assert_int_equal(c->max_batches_per_client, 64);
	assert_int_equal(c->client_buffer, 4 << 20);
	assert_int_equal(c->client_write_timeout, 60000000);
	assert_int_equal(c->client_idle_timeout, 0);
	assert_int_equal(c->shutdown_timeout, 30000000);
	assert_int_equal(c->log_level, LOG_INFO);
	assert_null(c->include);
	assert_int_equal(db->engine, CONF_ENGINE_POSTGRES);
	assert_null(db->path);
	assert_int_equal(db->pool_size, 10);
	assert_int_equal(db->min_pool_size, 0);
	assert_int_equal(db->max_queue, 10000);
	assert_int_equal(db->query_wait_timeout, 120000000);
	assert_int_equal(db->query_timeout, 0);
	assert_int_equal(db->server_connect_timeout, 15000000);
	assert_int_equal(db->server_login_retry, 1000000);
	assert_int_equal(db->server_idle_timeout, 600000000);
	assert_int_equal(db->server_lifetime, INT64_C(3600000000));
	assert_string_equal(db->reset_query, "DISCARD ALL");
	assert_false(db->read_only);
}

static void test_runtime_folder(void **state)
{
	struct conf_fixture *f = *state;
	char dir[] = "XDG_RUNTIME_DIR=/run/user/7";
	char longer[160] = "XDG_RUNTIME_DIR=/";
	const struct conf *c;

	f->environ[0] = dir;
	conf_fixture_load(f, NULL);
	assert_int_equal(f->conf->n_listen, 2);
	assert_string_equal(f->conf->listen[1].path, "/run/user/7/fanout.sock");
	c = conf_fixture_good(f, "[fanoutd]\nlisten = [::1]:1\n");
	assert_int_equal(c->n_listen, 1);
	memset(longer + strlen(longer), 'x', 120);
	f->environ[0] = longer;
	conf_fixture_load(f, NULL);
	assert_null(f->conf);
	assert_non_null(strstr(buf_cstr(&f->errors),
	    "environment: XDG_RUNTIME_DIR: the default of listen: \"unix:/x"));
	conf_fixture_good(f, "[fanoutd]\nlisten = [::1]:1\n");
}

static void test_precedence(void **state)
{
	static const char include[] = "[database brazil]\npool_size = 3\n";
	struct conf_fixture *f = *state;

	conf_fixture_write("i.ini", include, strlen(include));
#define POOL_SIZE(text) conf_fixture_good(f, text)->databases[0].pool_size
	assert_int_equal(POOL_SIZE(BRAZIL), 10);
	assert_int_equal(POOL_SIZE(BRAZIL "pool_size = 2\n"), 2);
	assert_int_equal(
	    POOL_SIZE("[fanoutd]\ninclude = i.ini\n" BRAZIL "pool_size = 2\n"),
	    3);
	f->environ[0] = pool_size_env;
	assert_int_equal(
	    POOL_SIZE("[fanoutd]\ninclude = i.ini\n" BRAZIL "pool_size = 2\n"),
	    4);
	f->set[0] = "database brazil.pool_size=5";
	assert_int_equal(
	    POOL_SIZE("[fanoutd]\ninclude = i.ini\n" BRAZIL "pool_size = 2\n"),
	    5);
	f->set[1] = "database.brazil.pool_size=6";
	assert_int_equal(POOL_SIZE(BRAZIL), 6);
#undef POOL_SIZE
}

/* It is there to be found once the higher layer is gone. */
static void test_an_overridden_error_is_one(void **state)
{
	struct conf_fixture *f = *state;

	f->set[0] = "database.brazil.pool_size=5";
	conf_fixture_bad(f, BRAZIL "pool_size = many\n",
	    "f.ini:4: pool_size: \"many\" is not a whole number\n");
}

static void test_environment(void **state)
{
	struct conf_fixture *f = *state;
	char name[] = "FANOUT_DATABASE_MY_DB_2_READ_ONLY=on";
	char level[] = "FANOUT_FANOUTD_LOG_LEVEL=error";
	char build[] = "FANOUT_BUILD=/tmp/x",
	     databases[] = "FANOUT_DATABASES=1";
	char other[] = "PGPASSWORD=x", odd[] = "FANOUT_DATABASE_BRAZIL_PATH";
	char *all[] = {name, level, build, databases, other, odd};
	const struct conf *c;

	memcpy(f->environ, all, sizeof all);
	c = conf_fixture_good(
	    f, "[database my-dB.2]\nengine = sqlite\npath = x\n");
	assert_true(c->databases[0].read_only);
	assert_int_equal(c->log_level, LOG_ERROR);
}

static void test_environment_on_the_default_database(void **state)
{
	struct conf_fixture *f = *state;
	char engine[] = "FANOUT_DATABASE_FANOUT_ENGINE=postgres";
	char conninfo[] = "FANOUT_DATABASE_FANOUT_CONNINFO=host=x;y z";

	f->environ[0] = engine;
	f->environ[1] = conninfo;
	conf_fixture_load(f, NULL);
	assert_string_equal(buf_cstr(&f->errors), "");
	assert_int_equal(f->conf->databases[0].engine, CONF_ENGINE_POSTGRES);
	assert_string_equal(f->conf->databases[0].conninfo, "host=x;y z");
	assert_null(f->conf->databases[0].path);
}

static void test_unknown_environment(void **state)
{
	struct conf_fixture *f = *state;
	char typo[] = "FANOUT_DATABASE_BRAZIL_POOL_SISE=4";
	char lower[] = "FANOUT_DATABASE_brazil_pool_size=4";
	char fanoutd[] = "FANOUT_FANOUTD_MAX_LIEN=4";
	char new[] = "FANOUT_DATABASE_CHILE_PATH=secret";
	char value[] = "FANOUT_FANOUTD_WORKERS=";
	char include[] = "FANOUT_FANOUTD_INCLUDE=x.ini";
	char *all[] = {typo, lower, fanoutd, new, value, include};

	memcpy(f->environ, all, sizeof all);
	conf_fixture_bad(f, BRAZIL,
	    "environment: FANOUT_DATABASE_BRAZIL_POOL_SISE: this sets "
	    "nothing; did you mean \"FANOUT_DATABASE_BRAZIL_POOL_SIZE\"?\n"
	    "environment: FANOUT_DATABASE_brazil_pool_size: this sets "
	    "nothing; did you mean \"FANOUT_DATABASE_BRAZIL_POOL_SIZE\"?\n"
	    "environment: FANOUT_FANOUTD_MAX_LIEN: this sets nothing; did you "
	    "mean \"FANOUT_FANOUTD_MAX_LINE\"?\n"
	    "environment: FANOUT_DATABASE_CHILE_PATH: this sets no known key "
	    "of [fanoutd] or of a declared [database NAME]\n"
	    "environment: FANOUT_FANOUTD_WORKERS: workers: there is no value\n"
	    "environment: FANOUT_FANOUTD_INCLUDE: include can only be set in "
	    "a file\n");
}

static void test_ambiguous_environment(void **state)
{
	struct conf_fixture *f = *state;
	char both[] = "FANOUT_DATABASE_A_MIN_POOL_SIZE=1";

	f->environ[0] = both;
	conf_fixture_bad(f,
	    "[database a]\nengine = sqlite\npath = x\n"
	    "[database a-min]\nengine = sqlite\npath = y\n",
	    "environment: FANOUT_DATABASE_A_MIN_POOL_SIZE: this could mean "
	    "min_pool_size of [database a] and pool_size of "
	    "[database a-min]\n");
}

/* What could not be read may hold the database that the variable is for. */
static void test_environment_beside_a_broken_file(void **state)
{
	struct conf_fixture *f = *state;
	char typo[] = "FANOUT_FANOUTD_WORKER=1";

	f->environ[0] = pool_size_env;
	f->environ[1] = typo;
	conf_fixture_bad(f, "[database brazil\n",
	    "f.ini:1: a section's name ends with \"]\"\n"
	    "environment: FANOUT_FANOUTD_WORKER: this sets nothing; did you "
	    "mean \"FANOUT_FANOUTD_WORKERS\"?\n");
}

static void test_set_declares_a_database(void **state)
{
	struct conf_fixture *f = *state;

	f->environ[0] = pool_size_env;
	f->set[0] = "database.brazil.path = a=b; c ";
	f->set[1] = "database brazil.engine=sqlite";
	f->set[2] = "fanoutd.listen=127.0.0.1:1,[::1]:1";
	conf_fixture_load(f, NULL);
	assert_string_equal(buf_cstr(&f->errors), "");
	assert_int_equal(f->conf->n_databases, 1);
	assert_string_equal(f->conf->default_database, "brazil");
	assert_string_equal(f->conf->databases[0].path, "a=b; c");
	assert_int_equal(f->conf->databases[0].pool_size, 4);
	assert_int_equal(f->conf->n_listen, 2);
}

static void test_set_by_a_dotted_name(void **state)
{
	struct conf_fixture *f = *state;

	f->set[0] = "database.a.b.pool_size=7";
	assert_int_equal(
	    conf_fixture_good(f, "[database a.b]\nengine = sqlite\npath = x\n")
	        ->databases[0]
	        .pool_size,
	    7);
}

/* Nothing of it is shown: any part may be a password. */
static void test_malformed_sets(void **state)
{
	static const char *const all[] = {"hunter2", "conninfo=hunter2",
	    "database brazil.conninfo hunter2.x=",
	    "database.brazil.conninfo hunter2.x=", ".x=1", "=1", "a.=1",
	    "database.brazil.two words=1", ""};
	struct conf_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		f->set[0] = "fanoutd.max_line=1MB";
		f->set[1] = all[i];
		conf_fixture_bad(f, NULL,
		    "--set number 2: it is not SECTION.KEY=VALUE, as in "
		    "database.brazil.pool_size=20\n");
	}
}

static void test_bad_sets(void **state)
{
	static const char *const all[] = {"databse.brazil.pool_size=0",
	    "database brazil.pool_sise=hunter2", "fanoutd.include=x",
	    "fanoutd.max_line=", "logging.level=x"};
	struct conf_fixture *f = *state;

	memcpy(f->set, all, sizeof all);
	conf_fixture_bad(f, BRAZIL,
	    "--set databse brazil.pool_size: unknown section "
	    "[databse brazil]; did you mean [database brazil]?\n"
	    "--set logging.level: unknown section [logging] (known are "
	    "[fanoutd] and [database NAME])\n"
	    "--set databse brazil.pool_size: pool_size: \"0\" is out of "
	    "range: 1 to 10000 (connections at most)\n"
	    "--set database brazil.pool_sise: unknown key \"pool_sise\" in "
	    "[database brazil]; did you mean \"pool_size\"?\n"
	    "--set fanoutd.include: include can only be set in a file\n"
	    "--set fanoutd.max_line: max_line: there is no value\n");
}

static void test_default_database(void **state)
{
	assert_string_equal(
	    conf_fixture_good(*state, BRAZIL "[database a]\nconninfo = x\n")
	        ->default_database,
	    "brazil");
	conf_fixture_bad(*state,
	    "[fanoutd]\ndefault_database = brasil\n" BRAZIL,
	    "f.ini:2: default_database: there is no [database brasil]; did "
	    "you mean \"brazil\"?\n");
	conf_fixture_bad(*state, "[fanoutd]\ndefault_database = chile\n" BRAZIL,
	    "f.ini:2: default_database: there is no [database chile]\n");
}

static void test_what_an_engine_needs(void **state)
{
	conf_fixture_bad(*state, "[database a]\n",
	    "f.ini:1: [database a] needs conninfo, since its engine is "
	    "postgres\n");
	conf_fixture_bad(*state, "\n[database a]\nengine = sqlite\n",
	    "f.ini:2: [database a] needs path, since its engine is sqlite\n");
	conf_fixture_bad(*state,
	    "[database a]\n"
	    "conninfo = password=hunter2\n"
	    "path = x\n",
	    "f.ini:3: path is not for engine = postgres, which [database a] "
	    "has\n");
	conf_fixture_bad(*state,
	    BRAZIL "conninfo = password=hunter2\nreset_query = RESET ALL\n",
	    "f.ini:4: conninfo is not for engine = sqlite, which "
	    "[database brazil] has\n"
	    "f.ini:5: reset_query is not for engine = sqlite, which "
	    "[database brazil] has\n");
	conf_fixture_bad(*state, "[database a]\nengine = oracle\npath = x\n",
	    "f.ini:2: engine: \"oracle\" is not one of postgres, sqlite\n");
}

static void test_pool_sizes(void **state)
{
	struct conf_fixture *f = *state;

	conf_fixture_good(f, BRAZIL "pool_size = 4\nmin_pool_size = 4\n");
	conf_fixture_bad(f, BRAZIL "pool_size = 4\nmin_pool_size = 5\n",
	    "f.ini:5: min_pool_size: 5 is more than [database brazil] has as "
	    "pool_size, 4\n");
	f->environ[0] = pool_size_env;
	conf_fixture_bad(f, BRAZIL "min_pool_size = 8\n",
	    "f.ini:4: min_pool_size: 8 is more than [database brazil] has as "
	    "pool_size, 4\n");
}

/* Whatever is wrong around a conninfo, its value is in no message. */
static void test_no_secret_in_any_error(void **state)
{
	static const char *const texts[] = {
	    BRAZIL "conninfo = password=hunter2\n",
	    BRAZIL "conninfo = password=hunter2 ; note\n",
	    BRAZIL "conninfo: password=hunter2\n",
	    BRAZIL " conninfo = password=hunter2\n",
	    BRAZIL "coninfo = password=hunter2\n",
	    BRAZIL "conninfo = host=x\n  password=hunter2\n",
	    BRAZIL "conninfo password=hunter2\n",
	    BRAZIL "conninfo = password=hunter2\x01\n",
	    BRAZIL "conninfo = password=hunter2\xFF\n",
	    BRAZIL "conninfo = a\nconninfo = password=hunter2\n",
	    BRAZIL "path = hunter2\n",
	    "[fanoutd]\nconninfo = password=hunter2\n",
	    "conninfo = password=hunter2\n",
	};
	struct conf_fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		conf_fixture_write("f.ini", texts[i], strlen(texts[i]));
		conf_fixture_load(f, "f.ini");
		assert_null(f->conf);
		assert_true(f->errors.len > 0);
		assert_null(strstr(buf_cstr(&f->errors), "hunter2"));
	}
}

#define test(name)                       \
	cmocka_unit_test_setup_teardown( \
	    name, conf_fixture_setup, conf_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_nothing_said),
	    test(test_default_values),
	    test(test_runtime_folder),
	    test(test_precedence),
	    test(test_an_overridden_error_is_one),
	    test(test_environment),
	    test(test_environment_on_the_default_database),
	    test(test_unknown_environment),
	    test(test_ambiguous_environment),
	    test(test_environment_beside_a_broken_file),
	    test(test_set_declares_a_database),
	    test(test_set_by_a_dotted_name),
	    test(test_malformed_sets),
	    test(test_bad_sets),
	    test(test_default_database),
	    test(test_what_an_engine_needs),
	    test(test_pool_sizes),
	    test(test_no_secret_in_any_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
