/* Durations and sizes: what is taken, what is refused, how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/units.h"

typedef int (*reader)(const char *text, int64_t *out, struct err *e);

static void expect(reader read, const char *text, int64_t value)
{
	int64_t out = -1;
	struct err e;

	if (read(text, &out, &e))
		fail_msg("\"%s\": %s", text, e.message);
	assert_int_equal(out, value);
}

static void expect_bad(reader read, const char *text, const char *message)
{
	int64_t out;
	struct err e;

	assert_int_equal(read(text, &out, &e), ERR_INVALID);
	assert_string_equal(e.message, message);
}

static void durations_have_units(void **state)
{
	(void)state;
	expect(units_read_duration, "0", 0);
	expect(units_read_duration, "0s", 0);
	expect(units_read_duration, "100us", 100);
	expect(units_read_duration, "500ms", 500000);
	expect(units_read_duration, "5s", 5000000);
	expect(units_read_duration, "2min", 120000000);
	expect(units_read_duration, "1h", INT64_C(3600000000));
	expect(units_read_duration, "1 d", INT64_C(86400000000));
}

static void other_durations_are_refused_with_the_remedy(void **state)
{
	(void)state;
	expect_bad(units_read_duration, "5",
	    "\"5\" has no unit (one of us, ms, s, min, h, d)");
	expect_bad(units_read_duration, "5m",
	    "\"5m\" has an unknown unit \"m\" (one of us, ms, s, min, h, d)");
	expect_bad(units_read_duration, "5S",
	    "\"5S\" has an unknown unit \"S\" (one of us, ms, s, min, h, d)");
	expect_bad(units_read_duration, "1.5s",
	    "\"1.5s\" has an unknown unit \".5s\" (one of us, ms, s, min, h, "
	    "d)");
	expect_bad(units_read_duration, "5s ",
	    "\"5s \" has an unknown unit \"s \" (one of us, ms, s, min, h, d)");
	expect_bad(units_read_duration, "", "\"\" is not a whole number");
	expect_bad(units_read_duration, "-1s", "\"-1s\" is not a whole number");
	expect_bad(units_read_duration, " 1s", "\" 1s\" is not a whole number");
	expect_bad(units_read_duration, "99999999999999999999s",
	    "\"99999999999999999999s\" is too large");
	expect_bad(units_read_duration, "999999999999d",
	    "\"999999999999d\" is too large");
}

static void sizes_may_be_plain_bytes(void **state)
{
	(void)state;
	expect(units_read_size, "512", 512);
	expect(units_read_size, "512B", 512);
	expect(units_read_size, "64kB", 65536);
	expect(units_read_size, "16MB", 16777216);
	expect(units_read_size, "1GB", INT64_C(1) << 30);
	expect(units_read_size, "1TB", INT64_C(1) << 40);
	expect(units_read_size, "8388607TB", INT64_C(8388607) << 40);
}

static void other_sizes_are_refused_with_the_remedy(void **state)
{
	(void)state;
	expect_bad(units_read_size, "1KB",
	    "\"1KB\" has an unknown unit \"KB\" (one of B, kB, MB, GB, TB)");
	expect_bad(units_read_size, "8388608TB", "\"8388608TB\" is too large");
	expect_bad(units_read_size, "MB", "\"MB\" is not a whole number");
}

static void integers_have_nothing_around_them(void **state)
{
	(void)state;
	expect(units_read_int, "0", 0);
	expect(units_read_int, "-7", -7);
	expect(units_read_int, "9223372036854775807", INT64_MAX);
	expect_bad(units_read_int, "7 ", "\"7 \" is not a whole number");
	expect_bad(units_read_int, "+7", "\"+7\" is not a whole number");
	expect_bad(units_read_int, "--7", "\"-7\" is not a whole number");
	expect_bad(units_read_int, "-", "\"\" is not a whole number");
	expect_bad(units_read_int, "9223372036854775808",
	    "\"9223372036854775808\" is too large");
}

static void expect_duration(int64_t us, const char *text)
{
	char out[UNITS_TEXT_SIZE];
	int64_t back;

	units_format_duration(us, out);
	assert_string_equal(out, text);
	assert_int_equal(units_read_duration(out, &back, NULL), 0);
	assert_int_equal(back, us);
}

static void expect_size(int64_t bytes, const char *text)
{
	char out[UNITS_TEXT_SIZE];
	int64_t back;

	units_format_size(bytes, out);
	assert_string_equal(out, text);
	assert_int_equal(units_read_size(out, &back, NULL), 0);
	assert_int_equal(back, bytes);
}

static void the_shortest_exact_form_is_written(void **state)
{
	(void)state;
	expect_duration(0, "0");
	expect_duration(1, "1us");
	expect_duration(1500, "1500us");
	expect_duration(90000000, "90s");
	expect_duration(INT64_C(7200000000), "2h");
	expect_duration(INT64_MAX, "9223372036854775807us");
	expect_size(0, "0");
	expect_size(1025, "1025B");
	expect_size(65536, "64kB");
	expect_size(INT64_C(1) << 40, "1TB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_have_units),
	    cmocka_unit_test(other_durations_are_refused_with_the_remedy),
	    cmocka_unit_test(sizes_may_be_plain_bytes),
	    cmocka_unit_test(other_sizes_are_refused_with_the_remedy),
	    cmocka_unit_test(integers_have_nothing_around_them),
	    cmocka_unit_test(the_shortest_exact_form_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
