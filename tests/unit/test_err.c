/* What an error says, and where a long one is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/utf8.h"

#define MESSAGE_SIZE (sizeof((struct err *)NULL)->message)

static void set_fills_everything_and_returns_the_code(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(
	    err_set(&e, ERR_LIMIT, SQLSTATE_LIMIT, "%d of %s", 3, "max_line"),
	    ERR_LIMIT);
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.sqlstate, "54000");
	assert_string_equal(e.message, "3 of max_line");
}

static void nobody_has_to_want_the_error(void **state)
{
	(void)state;
	assert_int_equal(
	    err_set(NULL, ERR_IO, SQLSTATE_CONNECTION, "x"), ERR_IO);
	assert_int_equal(err_nomem(NULL), ERR_NOMEM);
	err_prefix(NULL, "x");
}

static void out_of_memory_has_its_own_sqlstate(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(err_nomem(&e), ERR_NOMEM);
	assert_string_equal(e.sqlstate, "53200");
	assert_string_equal(e.message, "out of memory");
}

static void a_prefix_says_where(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_INVALID, SQLSTATE_SYNTAX, "no such unit");
	err_prefix(&e, "%s:%d", "f.ini", 7);
	assert_string_equal(e.message, "f.ini:7: no such unit");
	assert_int_equal(e.code, ERR_INVALID);
	assert_string_equal(e.sqlstate, SQLSTATE_SYNTAX);
}

/* N times "é" with SHIFT bytes before, so that any byte can be the cut. */
static void fill(char *text, size_t shift, size_t n)
{
	memset(text, 'a', shift);
	for (size_t i = 0; i < n; i++)
		memcpy(text + shift + 2 * i, "é", 2);
	text[shift + 2 * n] = '\0';
}

static void assert_cut_whole(const struct err *e)
{
	size_t len = strlen(e->message);

	assert_true(len >= MESSAGE_SIZE - 2);
	assert_int_equal(utf8_valid_prefix(e->message, len), len);
}

static void a_long_message_is_cut_at_a_whole_character(void **state)
{
	char text[2 * MESSAGE_SIZE];
	struct err e;

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		fill(text, shift, MESSAGE_SIZE - 1);
		err_set(&e, ERR_IO, SQLSTATE_CONNECTION, "%s", text);
		assert_cut_whole(&e);
	}
}

static void a_prefix_cuts_at_a_whole_character(void **state)
{
	char text[2 * MESSAGE_SIZE];
	struct err e;

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		fill(text, shift, MESSAGE_SIZE / 2 - 2);
		err_set(&e, ERR_IO, SQLSTATE_CONNECTION, "%s", text);
		err_prefix(&e, "where");
		assert_cut_whole(&e);
		assert_memory_equal(e.message, "where: ", 7);
	}
}

static void a_prefix_that_fills_it_is_cut_as_well(void **state)
{
	char text[2 * MESSAGE_SIZE];
	struct err e;

	(void)state;
	for (size_t shift = 0; shift < 2; shift++) {
		fill(text, shift, MESSAGE_SIZE - 1);
		err_set(&e, ERR_IO, SQLSTATE_CONNECTION, "what");
		err_prefix(&e, "%s", text);
		assert_cut_whole(&e);
	}
}

static void half_a_character_within_is_left_out(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_INVALID, SQLSTATE_PROTOCOL, "\"%.4s\" and \"%.2s\"",
	    "aéé", "中");
	assert_string_equal(e.message, "\"aé\" and \"\"");
	err_prefix(&e, "%.3s", "éé");
	assert_string_equal(e.message, "é: \"aé\" and \"\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(set_fills_everything_and_returns_the_code),
	    cmocka_unit_test(nobody_has_to_want_the_error),
	    cmocka_unit_test(out_of_memory_has_its_own_sqlstate),
	    cmocka_unit_test(a_prefix_says_where),
	    cmocka_unit_test(a_long_message_is_cut_at_a_whole_character),
	    cmocka_unit_test(a_prefix_cuts_at_a_whole_character),
	    cmocka_unit_test(a_prefix_that_fills_it_is_cut_as_well),
	    cmocka_unit_test(half_a_character_within_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
