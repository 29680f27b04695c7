/* conf_each() and conf_diff(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf_keys.h"
#include "tests/support/conf_fixture.h"

#define A "[database a]\nengine = sqlite\npath = a.db\n"
#define B "[database b]\nconninfo = password=hunter2\n"

/* "section key value (default)", with "!" for secret and "*" for reload. */
static void note(void *ctx, const struct conf_item *item)
{
	buf_appendf(ctx, "%s %s %s (%s)%s%s\n", item->section, item->key,
	    item->secret ? "!" : item->value, item->default_value,
	    item->secret ? "!" : "", item->reloadable ? "*" : "");
}

static void expect_each(const struct conf *c, const char *told)
{
	struct buf b;

	buf_init(&b);
	conf_each(c, note, &b);
	assert_string_equal(buf_cstr(&b), told);
	buf_release(&b);
}

static void test_each(void **state)
{
	expect_each(
	    conf_fixture_good(*state,
	        "[fanoutd]\nlisten=[::1]:1,unix:/x\nmax_line = 2048kB\n" A B),
	    "fanoutd listen [::1]:1, unix:/x (127.0.0.1:7432, "
	    "unix:$XDG_RUNTIME_DIR/fanout.sock)\n"
	    "fanoutd default_database a ()*\n"
	    "fanoutd workers 1 (1)\n"
	    "fanoutd max_client_conn 1000 (1000)*\n"
	    "fanoutd max_line 2MB (16MB)*\n"
	    "fanoutd max_statements 100000 (100000)*\n"
	    "fanoutd max_batches_per_client 64 (64)*\n"
	    "fanoutd client_buffer 4MB (4MB)*\n"
	    "fanoutd client_write_timeout 1min (1min)*\n"
	    "fanoutd client_idle_timeout 0 (0)*\n"
	    "fanoutd shutdown_timeout 30s (30s)*\n"
	    "fanoutd log_level info (info)*\n"
	    "fanoutd include  ()*\n"
	    "database a engine sqlite (postgres)\n"
	    "database a path a.db ()\n"
	    "database a pool_size 10 (10)*\n"
	    "database a min_pool_size 0 (0)*\n"
	    "database a max_queue 10000 (10000)*\n"
	    "database a query_wait_timeout 2min (2min)*\n"
	    "database a query_timeout 0 (0)*\n"
	    "database a server_connect_timeout 15s (15s)\n"
	    "database a server_login_retry 1s (1s)*\n"
	    "database a server_idle_timeout 10min (10min)*\n"
	    "database a server_lifetime 1h (1h)*\n"
	    "database a read_only no (no)\n"
	    "database b engine postgres (postgres)\n"
	    "database b conninfo ! ()!\n"
	    "database b pool_size 10 (10)*\n"
	    "database b min_pool_size 0 (0)*\n"
	    "database b max_queue 10000 (10000)*\n"
	    "database b query_wait_timeout 2min (2min)*\n"
	    "database b query_timeout 0 (0)*\n"
	    "database b server_connect_timeout 15s (15s)\n"
	    "database b server_login_retry 1s (1s)*\n"
	    "database b server_idle_timeout 10min (10min)*\n"
	    "database b server_lifetime 1h (1h)*\n"
	    "database b reset_query DISCARD ALL (DISCARD ALL)*\n"
	    "database b read_only no (no)\n");
}

/* From the file OLD to the file NEW. */
static void expect_diff(struct conf_fixture *f, const char *old,
    const char *new, const char *changes)
{
	struct conf *was;
	struct buf b;

	conf_fixture_good(f, old);
	was = f->conf;
	f->conf = NULL;
	conf_fixture_good(f, new);
	buf_init(&b);
	conf_diff(was, f->conf, &b);
	assert_string_equal(buf_cstr(&b), changes);
	buf_release(&b);
	conf_free(&was);
	assert_null(was);
}

static void test_nothing_differs(void **state)
{
	expect_diff(*state, A B, A B, "");
	expect_diff(*state, "[fanoutd]\nclient_write_timeout = 60s\n" A,
	    "[fanoutd]\nclient_write_timeout = 1min\nmax_line = 16384kB\n" A,
	    "");
}

static void test_what_differs(void **state)
{
	expect_diff(*state, A B,
	    "[fanoutd]\nlisten = [::1]:1\nlog_level = debug\n"
	    "default_database = b\n"
	    "[database a]\nengine = sqlite\npath = other.db\npool_size = 20\n"
	    "[database b]\nconninfo = password=hunter3\nread_only = yes\n",
	    "fanoutd: listen 127.0.0.1:7432 -> [::1]:1 (needs a restart)\n"
	    "fanoutd: default_database a -> b\n"
	    "fanoutd: log_level info -> debug\n"
	    "database a: path a.db -> other.db (needs a restart)\n"
	    "database a: pool_size 10 -> 20\n"
	    "database b: conninfo changed (needs a restart)\n"
	    "database b: read_only no -> yes (needs a restart)\n");
}

static void test_databases_come_and_go(void **state)
{
	expect_diff(*state, "[fanoutd]\ndefault_database = b\n" A B,
	    "[fanoutd]\ndefault_database = b\n" B
	    "[database c]\nengine = sqlite\npath = c.db\n",
	    "database a: removed (needs a restart)\n"
	    "database c: added (needs a restart)\n");
}

static void test_another_engine(void **state)
{
	expect_diff(*state, A,
	    "[database a]\nconninfo = password=hunter2\npool_size = 3\n",
	    "database a: engine sqlite -> postgres (needs a restart)\n"
	    "database a: pool_size 10 -> 3\n");
}

static void test_from_nothing(void **state)
{
	expect_diff(*state, A, "[fanoutd]\ninclude = f*.txt\n" A,
	    "fanoutd: include (none) -> f*.txt\n");
}

#define test(name)                       \
	cmocka_unit_test_setup_teardown( \
	    name, conf_fixture_setup, conf_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(test_each),
	    test(test_nothing_differs),
	    test(test_what_differs),
	    test(test_databases_come_and_go),
	    test(test_another_engine),
	    test(test_from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
