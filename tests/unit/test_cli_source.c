/* Pieces become one text, and places in it are found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/source.h"

static void load(
    struct source *s, struct args *args, struct args_source *sources, size_t n)
{
	struct err e;

	args->sources = sources;
	args->n_sources = n;
	assert_int_equal(source_load(s, args, &e), 0);
}

static void expect_place(const struct source *s, size_t number,
    int64_t position, size_t line, const char *text, size_t column)
{
	struct source_place place;

	assert_true(source_find(s, number, position, &place));
	assert_int_equal(place.line, line);
	assert_int_equal(place.len, strlen(text));
	assert_memory_equal(place.text, text, place.len);
	assert_int_equal(place.column, column);
}

/* The position, in characters from 1, of WORD in the text. */
static int64_t position_of(const struct source *s, const char *word)
{
	const char *at = memmem(s->text.data, s->text.len, word, strlen(word));
	int64_t n = 1;

	assert_non_null(at);
	for (const char *p = s->text.data; p < at; p++)
		n += (*p & 0xC0) != 0x80;
	return n;
}

static void test_places_in_a_script(void **state)
{
	struct args args = {0};
	struct args_source from[] = {
	    {false, "SELECT 'ã';\nSELECT x"}, {false, "\n\nSELECT y"}};
	struct source_place place;
	struct source s;

	(void)state;
	load(&s, &args, from, 2);
	expect_place(&s, 2, position_of(&s, "x"), 2, "SELECT x", 7);
	expect_place(&s, 3, position_of(&s, "y"), 3, "SELECT y", 7);
	expect_place(&s, 1, 1, 1, "SELECT 'ã';", 0);
	assert_false(source_find(&s, 1, 0, &place));
	assert_false(source_find(&s, 1, -5, &place));
	assert_false(source_find(&s, 1, 10000, &place));
	source_release(&s);
}

static void test_the_end_is_a_place(void **state)
{
	struct args args = {0};
	struct args_source from[] = {{false, "SELECT"}};
	struct source s;

	(void)state;
	load(&s, &args, from, 1);
	expect_place(&s, 1, 7, 1, "SELECT", 6);
	source_release(&s);
}

static void test_places_in_a_list(void **state)
{
	struct args args = {.lines = true};
	struct args_source from[] = {{false, "SELECT 1\n-- no\n\n  SELECT ãx"}};
	struct source_place place;
	struct source s;

	(void)state;
	load(&s, &args, from, 1);
	assert_int_equal(s.n_spans, 2);
	expect_place(&s, 2, 9, 4, "  SELECT ãx", 11);
	assert_false(source_find(&s, 3, 1, &place));
	source_release(&s);
}

static void test_labels_must_agree(void **state)
{
	struct args args = {0};
	struct args_source from[] = {{false, "SELECT 1; SELECT 2 ;"}};
	struct source s;
	const char *text;
	size_t len;

	(void)state;
	load(&s, &args, from, 1);
	source_confirm(&s, 2);
	assert_true(source_statement(&s, 2, &text, &len));
	assert_int_equal(len, 8);
	assert_memory_equal(text, "SELECT 2", 8);
	assert_false(source_statement(&s, 0, &text, &len));
	assert_false(source_statement(&s, 3, &text, &len));
	source_confirm(&s, 3);
	assert_false(source_statement(&s, 2, &text, &len));
	source_release(&s);
}

static size_t unfed(const char *sql, size_t fed)
{
	struct args_copy copy = {fed, "x"};
	struct args args = {.copies = &copy, .n_copies = fed ? 1 : 0};
	struct args_source from[] = {{false, sql}};
	struct source s;
	size_t n;

	load(&s, &args, from, 1);
	n = source_find_unfed(&s, &args);
	source_release(&s);
	return n;
}

static void test_copy_needs_data(void **state)
{
	(void)state;
	assert_int_equal(unfed("COPY t FROM STDIN", 0), 1);
	assert_int_equal(unfed("SELECT 1; copy\nt (a) from\tstdin csv", 0), 2);
	assert_int_equal(unfed("SELECT 1; COPY t FROM STDIN", 2), 0);
	assert_int_equal(unfed("COPY t FROM STDIN; COPY t FROM STDIN", 1), 2);
	assert_int_equal(unfed("COPY t TO STDOUT", 0), 0);
	assert_int_equal(unfed("COPY (SELECT ' stdin') TO STDOUT", 0), 0);
	assert_int_equal(unfed("COPYt FROM STDIN", 0), 0);
	assert_int_equal(unfed("COPY", 0), 0);
}

static void test_nothing_at_all(void **state)
{
	struct args args = {0};
	struct args_source from[] = {{false, ""}, {false, ""}};
	struct source s;

	(void)state;
	load(&s, &args, from, 2);
	assert_int_equal(s.n_spans, 0);
	source_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_places_in_a_script),
	    cmocka_unit_test(test_the_end_is_a_place),
	    cmocka_unit_test(test_places_in_a_list),
	    cmocka_unit_test(test_labels_must_agree),
	    cmocka_unit_test(test_copy_needs_data),
	    cmocka_unit_test(test_nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
