/* Widths, escapes, labels, numbers and times for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/text.h"

static size_t width(const char *s)
{
	return text_width(s, strlen(s));
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(width(""), 0);
	assert_int_equal(width("abc"), 3);
	assert_int_equal(width("São"), 3);
	assert_int_equal(width("e\xCC\x81"), 1); /* combining accent */
	assert_int_equal(width("日本"), 4);
	assert_int_equal(width("\xF0\x9F\x98\x80"), 2);
	assert_int_equal(width("\x1b\x7f\xC2\x9b"), 0);
}

static void test_fit(void **state)
{
	(void)state;
	assert_int_equal(text_fit("abc", 3, 2), 2);
	assert_int_equal(text_fit("abc", 3, 9), 3);
	assert_int_equal(text_fit("日本", 6, 3), 3); /* no half of one */
	assert_int_equal(text_fit("e\xCC\x81x", 4, 1), 3);
}

static void expect_escaped(const char *s, const char *keep, const char *shown)
{
	struct buf b;

	buf_init(&b);
	text_put_escaped(&b, s, strlen(s), keep);
	assert_string_equal(buf_cstr(&b), shown);
	buf_release(&b);
}

static void test_escapes(void **state)
{
	(void)state;
	expect_escaped("plain São 日", "", "plain São 日");
	expect_escaped("\x1b[31m", "", "\\u001b[31m");
	expect_escaped("a\nb\tc\rd", "", "a\\nb\\tc\\rd");
	expect_escaped("a\nb\tc", "\n", "a\nb\\tc");
	expect_escaped("\x7f\xC2\x80\xC2\x9f\xC2\xa0", "",
	    "\\u007f\\u0080\\u009f\xC2\xa0");
}

static void test_nul_is_shown(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b);
	text_put_escaped(&b, "a\0b", 3, "\n");
	assert_string_equal(buf_cstr(&b), "a\\u0000b");
	buf_release(&b);
}

static void expect_label(const char *s, size_t wide, const char *label)
{
	struct buf b;

	buf_init(&b);
	text_put_label(&b, s, strlen(s), wide);
	assert_string_equal(buf_cstr(&b), label);
	buf_release(&b);
}

static void test_label(void **state)
{
	(void)state;
	expect_label("  SELECT\n\t1 ", 80, "SELECT 1");
	expect_label("SELECT 1", 8, "SELECT 1");
	expect_label("SELECT 1", 7, "SELECT…");
	expect_label("日本語", 4, "日…");
	expect_label("a\x1b", 80, "a\\u001b");
	expect_label("abc", 0, "");
	expect_label("", 10, "");
}

static void expect_count(int64_t n, const char *text)
{
	struct buf b;

	buf_init(&b);
	text_put_count(&b, n);
	assert_string_equal(buf_cstr(&b), text);
	buf_release(&b);
}

static void test_count(void **state)
{
	(void)state;
	expect_count(0, "0");
	expect_count(999, "999");
	expect_count(1000, "1,000");
	expect_count(-123456, "-123,456");
	expect_count(7789600, "7,789,600");
	expect_count(INT64_MIN, "-9,223,372,036,854,775,808");
}

static void expect_duration(int64_t us, const char *text)
{
	char out[TEXT_DURATION_SIZE];

	text_format_duration(us, out);
	assert_string_equal(out, text);
}

static void test_duration(void **state)
{
	(void)state;
	expect_duration(0, "0.0 ms");
	expect_duration(440, "0.4 ms");
	expect_duration(9940, "9.9 ms");
	expect_duration(9960, "10 ms");
	expect_duration(999499, "999 ms");
	expect_duration(999600, "1.0 s");
	expect_duration(59949000, "59.9 s");
	expect_duration(59951000, "1 min 0 s");
	expect_duration(119600000, "2 min 0 s");
	expect_duration(125000000, "2 min 5 s");
}

static int set_up(void **state)
{
	(void)state;
	text_init_locale();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_width),
	    cmocka_unit_test(test_fit),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_nul_is_shown),
	    cmocka_unit_test(test_label),
	    cmocka_unit_test(test_count),
	    cmocka_unit_test(test_duration),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
