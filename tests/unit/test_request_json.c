/* One line as JSON, and reading its fields by a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/request_json.h"

struct target {
	const char *name;
	size_t name_len;
	bool flag;
	int64_t number;
	int word;
};

static int read_name(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_string(f, key, value, &t->name, &t->name_len, e);
}

static int read_flag(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_bool(f, key, value, &t->flag, e);
}

static int read_number(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	struct target *t = f->target;

	return field_int(f, key, value, -5, 5, &t->number, e);
}

static int read_word(
    const struct fields *f, const char *key, const json_t *value, struct err *e)
{
	static const char *const words[] = {"all", "first"};
	struct target *t = f->target;

	return field_word(f, key, value, words, ARRAY_LEN(words), &t->word, e);
}

static const struct field table[] = {
    {"name", read_name},
    {"flag", read_flag},
    {"number", read_number},
    {"until", read_word},
};

struct fixture {
	struct arena arena;
	struct target t;
	struct err e;
};

static int set_up(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof f);
	arena_init(&f.arena);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_release(&f->arena);
	return 0;
}

static int read_line(struct fixture *f, const char *where, const char *line)
{
	const struct fields fields = {&f->arena, where, &f->t};
	json_t *object;
	int rc;

	assert_int_equal(request_parse(line, strlen(line), &object, &f->e), 0);
	rc = fields_read(&fields, object, table, ARRAY_LEN(table), &f->e);
	json_decref(object); /* what was read must not point into it */
	return rc;
}

/* The fields of LINE are refused with MESSAGE. */
static void refuse(struct fixture *f, const char *line, const char *message)
{
	assert_int_equal(read_line(f, "", line), ERR_INVALID);
	assert_string_equal(f->e.message, message);
	assert_string_equal(f->e.sqlstate, SQLSTATE_PROTOCOL);
}

/* LINE is no request at all; the message has PART in it. */
static void expect_unreadable(
    struct fixture *f, const char *line, size_t len, const char *part)
{
	json_t *object;

	assert_int_equal(request_parse(line, len, &object, &f->e), ERR_INVALID);
	assert_null(object);
	assert_string_equal(f->e.sqlstate, SQLSTATE_PROTOCOL);
	if (!strstr(f->e.message, part))
		fail_msg("\"%s\" lacks \"%s\"", f->e.message, part);
}

static void unreadable(struct fixture *f, const char *line, const char *part)
{
	expect_unreadable(f, line, strlen(line), part);
}

static void every_field_goes_where_the_table_says(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_line(f, "",
	                     "{\"name\":\"São\",\"flag\":true,\"number\":-5,"
	                     "\"until\":\"first\"}"),
	    0);
	assert_string_equal(f->t.name, "São");
	assert_int_equal(f->t.name_len, 4);
	assert_true(f->t.flag);
	assert_int_equal(f->t.number, -5);
	assert_int_equal(f->t.word, 1);
}

static void an_unknown_field_is_refused_with_the_nearest(void **state)
{
	refuse(*state, "{\"nmae\":\"x\"}",
	    "unknown field \"nmae\": did you mean \"name\"?");
	refuse(*state, "{\"xyzzy\":1}", "unknown field \"xyzzy\"");
	refuse(*state, "{\"\":1}", "unknown field \"\"");
}

static void names_that_begin_with_x_are_passed_over(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_line(f, "", "{\"x_\":1,\"x_trace\":{}}"), 0);
}

static void a_message_says_where(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    read_line(f, "statements[3]", "{\"flag\":1}"), ERR_INVALID);
	assert_string_equal(
	    f->e.message, "statements[3].flag: must be true or false");
	assert_int_equal(
	    read_line(f, "statements[3]", "{\"flga\":1}"), ERR_INVALID);
	assert_string_equal(f->e.message, "statements[3]: unknown field "
	                                  "\"flga\": did you mean \"flag\"?");
}

static void a_value_of_another_type_is_refused(void **state)
{
	refuse(*state, "{\"name\":1}", "name: must be a string");
	refuse(*state, "{\"name\":null}", "name: must be a string");
	refuse(*state, "{\"flag\":\"yes\"}", "flag: must be true or false");
	refuse(*state, "{\"number\":\"1\"}", "number: must be a whole number");
	refuse(*state, "{\"number\":1.0}", "number: must be a whole number");
	refuse(*state, "{\"until\":1}",
	    "until: must be one of \"all\", \"first\"");
}

static void a_number_out_of_range_is_refused(void **state)
{
	refuse(*state, "{\"number\":6}", "number: must be from -5 to 5");
	refuse(*state, "{\"number\":-6}", "number: must be from -5 to 5");
}

static void another_word_is_refused_with_the_nearest(void **state)
{
	refuse(*state, "{\"until\":\"frist\"}",
	    "until: must be one of \"all\", \"first\": did you mean "
	    "\"first\"?");
	refuse(*state, "{\"until\":\"\"}",
	    "until: must be one of \"all\", \"first\"");
}

static void nul_in_a_string_is_refused_with_its_character(void **state)
{
	refuse(*state, "{\"name\":\"é\\u0000x\"}",
	    "name: has a NUL character at position 2");
}

static void what_is_not_json_is_told_with_its_column(void **state)
{
	unreadable(*state, "{\"name\":}", "(column 9)");
	unreadable(*state, "", "not a JSON object");
	unreadable(*state, "{\"name\":\"x\"", "not a JSON object");
	unreadable(*state, "{} {}", "not a JSON object");
	unreadable(*state, "{'name':1}", "not a JSON object");
	unreadable(*state, "{\"number\":99999999999999999999}", "integer");
	expect_unreadable(*state, "{}\0", 3, "a NUL at byte 3");
}

static void json_that_is_no_object_is_told(void **state)
{
	static const char message[] = "the line is JSON, but not an object";

	unreadable(*state, "[]", message);
	unreadable(*state, "[{\"type\":\"ping\"}]", message);
}

static void a_name_given_twice_is_refused(void **state)
{
	unreadable(*state, "{\"flag\":true,\"flag\":false}", "duplicate");
}

static void nesting_has_a_bound(void **state)
{
	char deep[20000];

	memset(deep, '[', sizeof deep);
	expect_unreadable(*state, deep, sizeof deep, "depth");
}

static void bad_utf8_is_told_and_its_batch_still_known(void **state)
{
	struct fixture *f = *state;
	static const char line[] = "{\"id\":\"b7\",\"sql\":\"\xC3\x28\"}";
	json_t *object;

	assert_int_equal(
	    request_parse(line, sizeof line - 1, &object, &f->e), ERR_INVALID);
	assert_string_equal(
	    f->e.message, "the line is not valid UTF-8 at byte 19");
	assert_non_null(object);
	assert_string_equal(
	    json_string_value(json_object_get(object, "id")), "b7");
	json_decref(object);
}

static void bad_utf8_that_is_no_json_either_is_told(void **state)
{
	expect_unreadable(*state, "\xFF\xFE", 2, "not valid UTF-8 at byte 1");
}

#define JSON_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    JSON_TEST(every_field_goes_where_the_table_says),
	    JSON_TEST(an_unknown_field_is_refused_with_the_nearest),
	    JSON_TEST(names_that_begin_with_x_are_passed_over),
	    JSON_TEST(a_message_says_where),
	    JSON_TEST(a_value_of_another_type_is_refused),
	    JSON_TEST(a_number_out_of_range_is_refused),
	    JSON_TEST(another_word_is_refused_with_the_nearest),
	    JSON_TEST(nul_in_a_string_is_refused_with_its_character),
	    JSON_TEST(what_is_not_json_is_told_with_its_column),
	    JSON_TEST(json_that_is_no_object_is_told),
	    JSON_TEST(a_name_given_twice_is_refused),
	    JSON_TEST(nesting_has_a_bound),
	    JSON_TEST(bad_utf8_is_told_and_its_batch_still_known),
	    JSON_TEST(bad_utf8_that_is_no_json_either_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
