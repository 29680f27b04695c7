/*
 * Memory that runs out: each allocation that plan_build() asks for fails once,
 * and each time it says so. The linker leads those calls here first (see the
 * Makefile).
 */
#include "tests/unit/test_plan_text.h"

#include <stdlib.h>

void *__real_arena_alloc(struct arena *a, size_t size);
void *__wrap_arena_alloc(struct arena *a, size_t size);
void *__real_arena_alloc_n(struct arena *a, size_t n, size_t size);
void *__wrap_arena_alloc_n(struct arena *a, size_t n, size_t size);
char *__real_arena_strndup(struct arena *a, const char *s, size_t len);
char *__wrap_arena_strndup(struct arena *a, const char *s, size_t len);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__real_strndup(const char *s, size_t n);
char *__wrap_strndup(const char *s, size_t n);

static unsigned until_failure; /* 0: none is to fail */
static bool failed;
static bool strndup_fails;

static bool fails_now(void)
{
	if (until_failure == 0 || --until_failure > 0)
		return false;
	failed = true;
	return true;
}

void *__wrap_arena_alloc(struct arena *a, size_t size)
{
	return fails_now() ? NULL : __real_arena_alloc(a, size);
}

void *__wrap_arena_alloc_n(struct arena *a, size_t n, size_t size)
{
	return fails_now() ? NULL : __real_arena_alloc_n(a, n, size);
}

char *__wrap_arena_strndup(struct arena *a, const char *s, size_t len)
{
	return fails_now() ? NULL : __real_arena_strndup(a, s, len);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails_now() ? NULL : __real_realloc(p, size);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return strndup_fails ? NULL : __real_strndup(s, n);
}

/* How many allocations failed before it came to an end as EXPECTED. */
static unsigned run(const struct plan_request *r, int expected)
{
	for (unsigned n = 0;; n++) {
		struct arena arena;
		struct plan *p;
		struct err e = {0};
		int rc;

		arena_init(&arena);
		failed = false;
		until_failure = n + 1;
		rc = plan_build(r, &arena, &p, &e);
		until_failure = 0;
		arena_release(&arena);
		assert_int_equal(rc, failed ? ERR_NOMEM : expected);
		assert_int_equal(e.code, rc);
		if (!failed)
			return n;
		assert_null(p);
	}
}

static void scripts(void **state)
{
	struct plan_request r =
	    script_request(DIALECT_POSTGRES, "SELECT 1; SELECT f(1)");

	(void)state;
	/* The plan, the copy, the statements, two ids, units, edges. */
	assert_int_equal(run(&r, 0), 7);
}

static void lists(void **state)
{
	const struct plan_item items[] = {
	    {.id = "a", SQL("SELECT 1;")},
	    {SQL("SELECT 2"), AFTER("a")},
	};
	struct plan_request r = list_request(items, 2);

	(void)state;
	/* Also a text without its semicolon, one id instead of two, the index
	 * of ids, the indexes of `after` and two searches for circles. */
	assert_int_equal(run(&r, 0), 14);
}

static void refusals(void **state)
{
	const struct plan_item circle[] = {
	    {.id = "a", SQL("SELECT 1"), AFTER("b")},
	    {.id = "b", SQL("SELECT 2"), AFTER("a")},
	};
	struct plan_request r = list_request(circle, 2);

	(void)state;
	assert_true(run(&r, ERR_INVALID) > 5);
}

/* What cannot be parsed for want of memory is in doubt. */
static void parser(void **state)
{
	struct plan_request r =
	    script_request(DIALECT_POSTGRES, "SELECT \"lower\"('A')");

	(void)state;
	expect_plan(&r, "1R");
	strndup_fails = true;
	expect_plan(&r, "1W!");
	strndup_fails = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scripts),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(parser),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
