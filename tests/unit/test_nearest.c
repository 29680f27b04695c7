/* Which known word a mistyped one was meant to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/nearest.h"

static const char *const words[] = {"id", "sql", NULL, "on_error", "order",
    "until", "priority", "max_concurrency", "timeout_ms"};

static void expect(const char *word, const char *meant)
{
	const char *found = nearest_word(word, words, ARRAY_LEN(words));

	if (!meant)
		assert_null(found);
	else if (!found)
		fail_msg("\"%s\": nothing is near", word);
	else
		assert_string_equal(found, meant);
}

static void one_slip_of_any_kind_is_near(void **state)
{
	(void)state;
	expect("on_eror", "on_error"); /* left out */
	expect("on_errror", "on_error"); /* doubled */
	expect("on-error", "on_error"); /* replaced */
	expect("slq", "sql"); /* swapped */
	expect("di", "id");
	expect("ON_ERROR", "on_error"); /* case */
	expect("sq", "sql");
	expect("ordre", "order");
}

static void what_is_too_far_is_not_guessed(void **state)
{
	(void)state;
	expect("xy", NULL);
	expect("lqs", NULL);
	expect("colour", NULL);
	expect("something_else", NULL);
	expect("", NULL);
}

static void a_longer_word_may_have_more_slips(void **state)
{
	(void)state;
	expect("max_concurency", "max_concurrency");
	expect("maxconcurency", "max_concurrency");
	expect("mxconcurency", "max_concurrency");
	expect("mxcncurency", NULL);
}

static void the_nearest_one_wins_and_the_first_of_equals(void **state)
{
	static const char *const close[] = {"wide", "side", "sided"};

	(void)state;
	assert_string_equal(nearest_word("sided", close, 3), "sided");
	assert_string_equal(nearest_word("xide", close, 3), "wide");
}

static void words_of_any_length_are_looked_at(void **state)
{
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	expect(longest, NULL);
	assert_null(nearest_word("a", (const char *const[]){longest}, 1));
	longest[48] = '\0';
	assert_string_equal(
	    nearest_word(longest, (const char *const[]){longest}, 1), longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_slip_of_any_kind_is_near),
	    cmocka_unit_test(what_is_too_far_is_not_guessed),
	    cmocka_unit_test(a_longer_word_may_have_more_slips),
	    cmocka_unit_test(the_nearest_one_wins_and_the_first_of_equals),
	    cmocka_unit_test(words_of_any_length_are_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
