/* Every kind of JSON value and every way to get it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/jscan.h"

static bool is_valid(const char *text)
{
	struct jscan s;
	struct jspan value;

	jscan_init(&s, text, strlen(text));
	return jscan_value(&s, &value) && jscan_at_end(&s);
}

static void test_valid(void **state)
{
	static const char *const texts[] = {"null", "true", "false", "0", "-0",
	    "12", "-3.25", "1e9", "1E+9", "0.5e-3", "\"\"", "\"a\\\"b\"",
	    "\"\\u00e3\\n\\/\"", "[]", "[ ]", "[1]", "[1, 2 ,[]]", "{}",
	    " {\"a\" : 1 , \"b\":[{}]} "};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!is_valid(texts[i]))
			fail_msg("refused: %s", texts[i]);
}

static void test_invalid(void **state)
{
	static const char *const texts[] = {"", " ", "nul", "truex", "01", "+1",
	    "-", "1.", ".5", "1e", "1e+", "\"", "\"a", "\"\\\"", "\"\\x\"",
	    "\"\\u12g4\"", "\"\\u12", "\"\\", "\"\n\"", "[", "[1", "[1,", "[,]",
	    "[1,]", "[1 2]", "]", "{", "{\"a\"", "{\"a\":", "{\"a\":1",
	    "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:1}", "[}",
	    "{]", "1 2", "[]]"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (is_valid(texts[i]))
			fail_msg("taken: %s", texts[i]);
}

/* No prefix of a valid text makes the reader look past its end. */
static void test_cut_anywhere(void **state)
{
	static const char text[] =
	    "{\"a\":[1.5e3,\"\\u00e3\",null,true,{\"b\":\"c\"}],\"d\":-0}";
	char copy[sizeof text];

	(void)state;
	for (size_t n = 0; n + 1 < sizeof text; n++) {
		struct jscan s;
		struct jspan value;

		/* What follows would complete it. */
		memcpy(copy, text, sizeof text);
		jscan_init(&s, copy, n);
		assert_false(jscan_value(&s, &value));
	}
}

static void test_depth_is_bounded(void **state)
{
	char deep[2001];

	(void)state;
	memset(deep, '[', 1000);
	memset(deep + 1000, ']', 1000);
	deep[2000] = '\0';
	assert_false(is_valid(deep));
	deep[1400] = '\0';
	assert_true(is_valid(deep + 600));
}

static void expect_text(const char *json, const char *text, size_t len)
{
	struct jscan s;
	struct jspan span;
	struct buf scratch;
	const char *out;
	size_t n;

	buf_init(&scratch);
	jscan_init(&s, json, strlen(json));
	assert_true(jscan_value(&s, &span));
	jspan_text(&span, &scratch, &out, &n);
	assert_int_equal(n, len);
	assert_memory_equal(out, text, len);
	buf_release(&scratch);
}

#define EXPECT_TEXT(json, text) expect_text(json, text, sizeof(text) - 1)

static void test_text(void **state)
{
	(void)state;
	EXPECT_TEXT("\"\"", "");
	EXPECT_TEXT("\"S\xC3\xA3o\"", "S\xC3\xA3o");
	EXPECT_TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
	EXPECT_TEXT("\"a\\u0000b\"", "a\0b");
	EXPECT_TEXT("\"\\u00E3\\u65e5\"", "\xC3\xA3\xE6\x97\xA5");
	EXPECT_TEXT("\"\\ud83d\\ude00.\"", "\xF0\x9F\x98\x80.");
	EXPECT_TEXT("\"\\ud83d\"", "\xEF\xBF\xBD");
	EXPECT_TEXT("\"\\ud83dx\"", "\xEF\xBF\xBDx");
	EXPECT_TEXT("\"\\ud83d\\u0041\"", "\xEF\xBF\xBD"
	                                  "A");
	EXPECT_TEXT("\"\\ude00\"", "\xEF\xBF\xBD");
	EXPECT_TEXT("1.10", "1.10");
	EXPECT_TEXT("[1, \"\\n\"]", "[1, \"\\n\"]");
}

static void test_walk(void **state)
{
	static const char text[] = "{\"k\":[10,20],\"l\":{},\"m\":3}";
	struct jscan s;
	struct jspan key, value;

	(void)state;
	jscan_init(&s, text, strlen(text));
	assert_true(jscan_open(&s, '{'));
	assert_true(jscan_member(&s, &key) && jspan_is(&key, "k"));
	assert_true(jscan_open(&s, '['));
	assert_true(jscan_element(&s) && jscan_value(&s, &value));
	assert_true(jscan_element(&s) && jscan_value(&s, &value));
	assert_memory_equal(value.text, "20", 2);
	assert_false(jscan_element(&s));
	assert_true(jscan_member(&s, &key) && jspan_is(&key, "l"));
	assert_true(jscan_value(&s, &value));
	assert_int_equal(value.kind, JSCAN_OBJECT);
	assert_true(jscan_member(&s, &key) && jspan_is(&key, "m"));
	assert_false(jspan_is(&key, "mm"));
	assert_true(jscan_value(&s, &value));
	assert_false(jscan_member(&s, &key));
	assert_true(jscan_at_end(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_invalid),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_depth_is_bounded),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
