/* Memory that goes all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static int set_up(void **state)
{
	static struct arena a;

	arena_init(&a);
	*state = &a;
	return 0;
}

static int tear_down(void **state)
{
	arena_release(*state);
	return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
	static const char zeros[3000];

	for (size_t size = 1; size < sizeof zeros; size += 37) {
		char *p = arena_alloc(*state, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_memory_equal(p, zeros, size);
		memset(p, 'x', size); /* the next one must not see it */
	}
}

static void what_was_given_out_stays_as_blocks_are_added(void **state)
{
	struct arena *a = *state;
	char *texts[2000];

	for (int i = 0; i < 2000; i++) {
		texts[i] = arena_printf(a, "text %d", i);
		assert_non_null(texts[i]);
	}
	for (int i = 0; i < 2000; i++) {
		char expected[32];

		snprintf(expected, sizeof expected, "text %d", i);
		assert_string_equal(texts[i], expected);
	}
	assert_true(a->total >= 2000 * sizeof "text 0");
}

static void one_larger_than_any_block_fits(void **state)
{
	size_t size = 3 << 20;
	char *p = arena_alloc(*state, size);

	assert_non_null(p);
	p[size - 1] = 'x';
	assert_non_null(arena_alloc(*state, 1));
}

static void sizes_that_overflow_are_refused(void **state)
{
	assert_null(arena_alloc(*state, SIZE_MAX));
	assert_null(arena_alloc(*state, SIZE_MAX - 8));
	assert_null(arena_alloc_n(*state, SIZE_MAX / 8 + 1, 8));
	assert_null(arena_strndup(*state, "x", SIZE_MAX));
	assert_non_null(arena_alloc_n(*state, 0, 0));
}

static void copies_have_a_nul_behind_them(void **state)
{
	char *part = arena_strndup(*state, "abcdef", 3);
	char *bytes = arena_strndup(*state, "a\0b", 3);

	assert_string_equal(part, "abc");
	assert_memory_equal(bytes, "a\0b\0", 4);
	assert_string_equal(arena_strdup(*state, ""), "");
}

static void release_leaves_an_empty_one(void **state)
{
	struct arena *a = *state;

	assert_non_null(arena_alloc(a, 5000));
	arena_release(a);
	assert_int_equal(a->total, 0);
	assert_non_null(arena_alloc(a, 1));
}

#define ARENA_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ARENA_TEST(memory_is_zeroed_and_aligned),
	    ARENA_TEST(what_was_given_out_stays_as_blocks_are_added),
	    ARENA_TEST(one_larger_than_any_block_fits),
	    ARENA_TEST(sizes_that_overflow_are_refused),
	    ARENA_TEST(copies_have_a_nul_behind_them),
	    ARENA_TEST(release_leaves_an_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
