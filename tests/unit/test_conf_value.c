/* Every type of value, its bounds, and that the table of keys is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf_keys.h"
#include "conf/conf_value.h"

struct values {
	struct arena arena;
	struct conf conf;
	struct conf_database database;
	struct buf text;
	struct err e;
};

static void init(struct values *v)
{
	memset(v, 0, sizeof *v);
	arena_init(&v->arena);
	buf_init(&v->text);
}

static void release(struct values *v)
{
	arena_release(&v->arena);
	buf_release(&v->text);
}

static void *members(struct values *v, enum conf_key_id id)
{
	return conf_keys[id].section == CONF_SECTION_fanoutd
	           ? (void *)&v->conf
	           : (void *)&v->database;
}

/* TEXT is taken, and shown as SHOWN. */
static void expect(enum conf_key_id id, const char *text, const char *shown)
{
	struct values v;

	init(&v);
	assert_int_equal(conf_value_read(&conf_keys[id], text, &v.arena,
	                     members(&v, id), &v.e),
	    0);
	conf_value_format(&conf_keys[id], members(&v, id), &v.text);
	assert_string_equal(buf_cstr(&v.text), shown);
	release(&v);
}

/* TEXT is refused with MESSAGE, and no member changes. */
static void expect_bad(
    enum conf_key_id id, const char *text, const char *message)
{
	struct values v;
	struct conf conf;
	struct conf_database database;

	init(&v);
	conf = v.conf;
	database = v.database;
	assert_int_equal(conf_value_read(&conf_keys[id], text, &v.arena,
	                     members(&v, id), &v.e),
	    ERR_INVALID);
	assert_string_equal(v.e.message, message);
	assert_memory_equal(&conf, &v.conf, sizeof conf);
	assert_memory_equal(&database, &v.database, sizeof database);
	release(&v);
}

static void test_numbers(void **state)
{
	(void)state;
	expect(CONF_KEY_database_pool_size, "1", "1");
	expect(CONF_KEY_database_pool_size, "10000", "10000");
	expect_bad(CONF_KEY_database_pool_size, "0",
	    "\"0\" is out of range: 1 to 10000 (connections at most)");
	expect_bad(CONF_KEY_database_pool_size, "10001",
	    "\"10001\" is out of range: 1 to 10000 (connections at most)");
	expect_bad(CONF_KEY_database_pool_size, "-1",
	    "\"-1\" is out of range: 1 to 10000 (connections at most)");
	expect_bad(CONF_KEY_database_pool_size, "9223372036854775808",
	    "\"9223372036854775808\" is too large");
	expect_bad(CONF_KEY_database_pool_size, "ten",
	    "\"ten\" is not a whole number");
	expect_bad(CONF_KEY_database_pool_size, "1.5",
	    "\"1.5\" is not a whole number");
	expect_bad(CONF_KEY_database_pool_size, "", "there is no value");
}

static void test_one_worker(void **state)
{
	(void)state;
	expect(CONF_KEY_fanoutd_workers, "1", "1");
	expect_bad(CONF_KEY_fanoutd_workers, "2",
	    "\"2\" is out of range: it must be 1 (event loops; more than one "
	    "is not supported yet)");
}

static void test_durations(void **state)
{
	static const char units[] = "(one of us, ms, s, min, h, d)";
	char text[128];

	(void)state;
	expect(CONF_KEY_database_query_timeout, "0", "0");
	expect(CONF_KEY_database_query_timeout, "500ms", "500ms");
	expect(CONF_KEY_database_query_timeout, "120s", "2min");
	expect(CONF_KEY_database_query_timeout, "90 s", "90s");
	expect(CONF_KEY_database_query_timeout, "365d", "365d");
	snprintf(text, sizeof text, "\"5\" has no unit %s", units);
	expect_bad(CONF_KEY_database_query_timeout, "5", text);
	snprintf(
	    text, sizeof text, "\"5m\" has an unknown unit \"m\" %s", units);
	expect_bad(CONF_KEY_database_query_timeout, "5m", text);
	expect_bad(CONF_KEY_database_query_timeout, "-5s",
	    "\"-5s\" is not a whole number");
	expect_bad(CONF_KEY_database_query_timeout, "366d",
	    "\"366d\" is out of range: 0 to 365d (how long a statement may "
	    "run; 0: without end)");
	expect_bad(CONF_KEY_database_query_timeout, "9223372036854775807d",
	    "\"9223372036854775807d\" is too large");
}

static void test_sizes(void **state)
{
	static const char range[] =
	    " is out of range: 1kB to 1GB (the longest request line of a "
	    "client)";
	char text[128];

	(void)state;
	expect(CONF_KEY_fanoutd_max_line, "1kB", "1kB");
	expect(CONF_KEY_fanoutd_max_line, "1025", "1025B");
	expect(CONF_KEY_fanoutd_max_line, "2048kB", "2MB");
	expect(CONF_KEY_fanoutd_max_line, "1GB", "1GB");
	snprintf(text, sizeof text, "\"1023\"%s", range);
	expect_bad(CONF_KEY_fanoutd_max_line, "1023", text);
	snprintf(text, sizeof text, "\"2GB\"%s", range);
	expect_bad(CONF_KEY_fanoutd_max_line, "2GB", text);
	expect_bad(CONF_KEY_fanoutd_max_line, "16mb",
	    "\"16mb\" has an unknown unit \"mb\" (one of B, kB, MB, GB, TB)");
}

static void test_booleans(void **state)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		expect(CONF_KEY_database_read_only, yes[i], "yes");
		expect(CONF_KEY_database_read_only, no[i], "no");
	}
	expect_bad(CONF_KEY_database_read_only, "maybe",
	    "\"maybe\" is not one of no, yes, false, true, off, on, 0, 1");
	expect_bad(CONF_KEY_database_read_only, "ture",
	    "\"ture\" is not one of no, yes, false, true, off, on, 0, 1; did "
	    "you mean \"true\"?");
}

static void test_engines(void **state)
{
	(void)state;
	expect(CONF_KEY_database_engine, "postgres", "postgres");
	expect(CONF_KEY_database_engine, "sqlite", "sqlite");
	expect_bad(CONF_KEY_database_engine, "postgresql",
	    "\"postgresql\" is not one of postgres, sqlite; did you mean "
	    "\"postgres\"?");
	expect_bad(CONF_KEY_database_engine, "sqlite3",
	    "\"sqlite3\" is not one of postgres, sqlite; did you mean "
	    "\"sqlite\"?");
	expect_bad(CONF_KEY_database_engine, "oracle",
	    "\"oracle\" is not one of postgres, sqlite");
}

static void test_log_levels(void **state)
{
	(void)state;
	expect(CONF_KEY_fanoutd_log_level, "debug", "debug");
	expect(CONF_KEY_fanoutd_log_level, "info", "info");
	expect(CONF_KEY_fanoutd_log_level, "warning", "warning");
	expect(CONF_KEY_fanoutd_log_level, "error", "error");
	expect_bad(CONF_KEY_fanoutd_log_level, "warn",
	    "\"warn\" is not one of debug, info, warning, error; did you mean "
	    "\"warning\"?");
	expect_bad(CONF_KEY_fanoutd_log_level, "loud",
	    "\"loud\" is not one of debug, info, warning, error");
	expect_bad(CONF_KEY_fanoutd_log_level, "inof",
	    "\"inof\" is not one of debug, info, warning, error; did you mean "
	    "\"info\"?");
}

static void test_texts(void **state)
{
	(void)state;
	expect(CONF_KEY_database_conninfo, "host=db password=a;b",
	    "host=db password=a;b");
	expect(CONF_KEY_database_reset_query, "DISCARD ALL", "DISCARD ALL");
}

/* None of these may quote the value, which could be a password. */
static void test_bad_secrets(void **state)
{
	(void)state;
	expect_bad(CONF_KEY_database_conninfo, "password=x\n",
	    "the value has a control character");
	expect_bad(CONF_KEY_database_conninfo, "password=\xFF",
	    "the value has a byte that is not UTF-8");
	expect_bad(CONF_KEY_database_conninfo, "", "there is no value");
}

/* Invariant 1 of conf_keys.h. */
static void test_every_default_is_as_it_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].default_text[0] &&
		    conf_keys[i].type != CONF_TYPE_LISTEN)
			expect((enum conf_key_id)i, conf_keys[i].default_text,
			    conf_keys[i].default_text);
}

static void test_every_example_is_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < CONF_N_KEYS; i++)
		if (conf_keys[i].example)
			expect((enum conf_key_id)i, conf_keys[i].example,
			    conf_keys[i].example);
}

static void test_keys_of_one_engine(void **state)
{
	(void)state;
	assert_true(conf_key_applies(
	    &conf_keys[CONF_KEY_database_pool_size], CONF_ENGINE_SQLITE));
	assert_false(conf_key_applies(
	    &conf_keys[CONF_KEY_database_conninfo], CONF_ENGINE_SQLITE));
	assert_false(conf_key_applies(
	    &conf_keys[CONF_KEY_database_path], CONF_ENGINE_POSTGRES));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_one_worker),
	    cmocka_unit_test(test_durations),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_booleans),
	    cmocka_unit_test(test_engines),
	    cmocka_unit_test(test_log_levels),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_bad_secrets),
	    cmocka_unit_test(test_every_default_is_as_it_is_shown),
	    cmocka_unit_test(test_every_example_is_right),
	    cmocka_unit_test(test_keys_of_one_engine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
