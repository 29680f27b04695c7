/* JSON as it is written: what a strict reader takes, on one line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/json_out.h"

static void expect_json(const char *s, size_t len, const char *json)
{
	struct buf out;

	buf_init(&out);
	json_put_string(&out, s, len);
	assert_string_equal(buf_cstr(&out), json);
	buf_release(&out);
}

static void quotes_backslashes_and_controls_are_escaped(void **state)
{
	(void)state;
	expect_json("", 0, "\"\"");
	expect_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
	expect_json("\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"");
	expect_json("\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\"");
	expect_json("a\0b", 3, "\"a\\u0000b\"");
	expect_json("São €", 8, "\"São €\"");
}

static void bytes_that_are_not_utf8_are_replaced_one_by_one(void **state)
{
	(void)state;
	expect_json("a\xFFz", 3, "\"a\xEF\xBF\xBDz\"");
	expect_json("\xC3", 1, "\"\xEF\xBF\xBD\"");
	expect_json(
	    "\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void every_character_comes_back_from_a_strict_reader(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 0x80; c++) {
		char text[3] = {'a', (char)c, 'z'};
		struct buf out;
		json_t *value;

		buf_init(&out);
		json_put_string(&out, text, sizeof text);
		value = json_loadb(out.data, out.len, JSON_DECODE_ANY, NULL);
		assert_non_null(value);
		assert_int_equal(json_string_length(value), sizeof text);
		assert_memory_equal(
		    json_string_value(value), text, sizeof text);
		json_decref(value);
		buf_release(&out);
	}
}

static void null_is_written_for_no_string(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out);
	json_put_cstr_or_null(&out, NULL);
	json_put_cstr_or_null(&out, "null");
	json_put_cstr(&out, "x");
	assert_string_equal(buf_cstr(&out), "null\"null\"\"x\"");
	buf_release(&out);
}

static void raw_json_stays_on_one_line(void **state)
{
	static const char json[] = "{\n\t\"a\":\r\n[1]}";
	struct buf out;

	(void)state;
	buf_init(&out);
	json_put_raw(&out, json, sizeof json - 1);
	json_put_raw(&out, "", 0);
	assert_string_equal(buf_cstr(&out), "{ \t\"a\":  [1]}");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quotes_backslashes_and_controls_are_escaped),
	    cmocka_unit_test(bytes_that_are_not_utf8_are_replaced_one_by_one),
	    cmocka_unit_test(every_character_comes_back_from_a_strict_reader),
	    cmocka_unit_test(null_is_written_for_no_string),
	    cmocka_unit_test(raw_json_stays_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
