/* The command line: order, forms of options, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/macros.h"
#include "cli/args.h"

#define MOST_WORDS 16

/* LINE's words, cut at blanks; what they become lives as long as STORE. */
static int parse(
    char store[256], const char *line, struct args *a, struct err *e)
{
	char *argv[MOST_WORDS + 1] = {NULL};
	char *save = NULL;
	int argc = 0;

	snprintf(store, 256, "fanout %s", line);
	for (char *w = strtok_r(store, " ", &save); w && argc < MOST_WORDS;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	return args_parse(argc, argv, a, e);
}

static void test_options_in_every_form(void **state)
{
	static const char *const lines[] = {
	    "run -j 4 -q -1 -c x -p 1",
	    "run -j4 -q1cx --port 1",
	    "-p1 run --jobs 4 --quiet --transaction --command x",
	    "--port=1 run --jobs=4 --format=quiet -1 --command=x",
	    "run --format csv --quiet -c x -j 3 -j 4 -p 1 -1 --",
	};
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (parse(store, lines[i], &a, &e))
			fail_msg("%s: %s", lines[i], e.message);
		assert_int_equal(a.command, ARGS_RUN);
		assert_int_equal(a.jobs, 4);
		assert_true(a.transaction);
		assert_string_equal(a.format, "quiet");
		assert_string_equal(a.address.text, "127.0.0.1:1");
		assert_int_equal(a.n_sources, 1);
		assert_string_equal(a.sources[0].text, "x");
		args_release(&a);
	}
}

static void test_sources_keep_their_order(void **state)
{
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(store, "run -f a -c b - -f - -cd", &a, &e), 0);
	assert_int_equal(a.n_sources, 5);
	assert_true(a.sources[0].is_file);
	assert_false(a.sources[1].is_file);
	assert_true(a.sources[2].is_file && a.sources[3].is_file);
	assert_string_equal(a.sources[2].text, "-");
	assert_string_equal(a.sources[4].text, "d");
	args_release(&a);
}

static void test_copy_data(void **state)
{
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(
	    parse(store, "run --copy-data 2=a=b --copy-data=1=-", &a, &e), 0);
	assert_int_equal(a.n_copies, 2);
	assert_int_equal(a.copies[0].number, 2);
	assert_string_equal(a.copies[0].file, "a=b");
	args_release(&a);
}

static void test_words(void **state)
{
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	assert_int_equal(parse(store, "cancel --client 7 -- -b -1", &a, &e), 0);
	assert_int_equal(a.n_words, 2);
	assert_string_equal(a.words[0], "-b");
	assert_string_equal(a.words[1], "-1");
	assert_int_equal(a.client, 7);
	args_release(&a);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *line, *text;
		bool is_unix;
	} cases[] = {
	    {"ping", "127.0.0.1:7432", false},
	    {"ping -h db", "db:7432", false},
	    {"ping -h ::1 -p 5", "[::1]:5", false},
	    {"ping -h ./s", "./s", true},
	    {"ping -h /run/s -p 5", "/run/s", true},
	};
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(store, cases[i].line, &a, &e), 0);
		assert_string_equal(a.address.text, cases[i].text);
		assert_int_equal(a.address.is_unix, cases[i].is_unix);
		args_release(&a);
	}
}

static void test_refused(void **state)
{
	static const char *const lines[][2] = {
	    {"run -h", "wants a value"},
	    {"run --copy-data 1=a --copy-data 1=b", "fed twice"},
	    {"run --copy-data 0=a", "not ID=FILE"},
	    {"run --copy-data 1=", "not ID=FILE"},
	    {"run --priority 99999999999", "out of range"},
	    {"run -1j", "wants a value"},
	    {"run --lines --params []", "do not go together"},
	    {"run --wnat rows", "did you mean \"--want\"?"},
	    {"show x --format quiet", "not for show"},
	    {"ping -p 0", "not a port"},
	    {"ping -p 7432x", "not a port"},
	    {"--lines ping", "--lines is not for ping"},
	};
	char store[256];
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (parse(store, lines[i][0], &a, &e) != ERR_INVALID)
			fail_msg("taken: %s", lines[i][0]);
		if (!strstr(e.message, lines[i][1]))
			fail_msg("%s: %s", lines[i][0], e.message);
	}
}

static int set_up(void **state)
{
	(void)state;
	unsetenv("FANOUT_HOST");
	unsetenv("FANOUT_PORT");
	unsetenv("FANOUT_DB");
	unsetenv("XDG_RUNTIME_DIR");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_options_in_every_form),
	    cmocka_unit_test(test_sources_keep_their_order),
	    cmocka_unit_test(test_copy_data),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
