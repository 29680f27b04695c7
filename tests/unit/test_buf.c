/* Text as it grows, and what sticks when it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static int set_up(void **state)
{
	static struct buf b;

	buf_init(&b);
	*state = &b;
	return 0;
}

static int tear_down(void **state)
{
	buf_release(*state);
	return 0;
}

static void what_is_appended_stands_behind_what_was_there(void **state)
{
	struct buf *b = *state;

	buf_append(b, "ab", 2);
	buf_append_str(b, "cd");
	buf_append_char(b, 'e');
	buf_append_i64(b, -12);
	buf_appendf(b, "<%s>", "x");
	assert_string_equal(buf_cstr(b), "abcde-12<x>");
	assert_int_equal(b->len, strlen("abcde-12<x>"));
}

static void integers_are_right_at_their_bounds(void **state)
{
	struct buf *b = *state;

	buf_append_i64(b, INT64_MIN);
	buf_append_char(b, ' ');
	buf_append_i64(b, INT64_MAX);
	buf_append_char(b, ' ');
	buf_append_i64(b, 0);
	assert_string_equal(
	    buf_cstr(b), "-9223372036854775808 9223372036854775807 0");
}

static void an_empty_one_is_an_empty_string(void **state)
{
	assert_string_equal(buf_cstr(*state), "");
	buf_append(*state, NULL, 0);
	assert_string_equal(buf_cstr(*state), "");
}

static void it_grows_past_any_first_size(void **state)
{
	struct buf *b = *state;

	for (int i = 0; i < 100000; i++)
		buf_append_char(b, (char)('a' + i % 26));
	assert_int_equal(b->len, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b->data[i], 'a' + i % 26);
}

static void consume_takes_from_the_front(void **state)
{
	struct buf *b = *state;

	buf_append_str(b, "abcdef");
	buf_consume(b, 2);
	assert_string_equal(buf_cstr(b), "cdef");
	buf_consume(b, 4);
	assert_string_equal(buf_cstr(b), "");
}

static void a_failure_sticks_until_it_is_cleared(void **state)
{
	struct buf *b = *state;

	buf_append_str(b, "abc");
	assert_null(buf_reserve(b, SIZE_MAX));
	assert_true(b->failed);
	buf_append_str(b, "d");
	buf_append_char(b, 'd');
	buf_appendf(b, "d");
	assert_int_equal(b->len, 3);
	assert_null(buf_cstr(b));
	buf_clear(b);
	buf_append_str(b, "x");
	assert_string_equal(buf_cstr(b), "x");
}

#define BUF_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BUF_TEST(what_is_appended_stands_behind_what_was_there),
	    BUF_TEST(integers_are_right_at_their_bounds),
	    BUF_TEST(an_empty_one_is_an_empty_string),
	    BUF_TEST(it_grows_past_any_first_size),
	    BUF_TEST(consume_takes_from_the_front),
	    BUF_TEST(a_failure_sticks_until_it_is_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
