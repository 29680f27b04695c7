/* The least first, whatever was put in, taken out, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/heap.h"

#define N 200

struct number {
	struct heap_node node;
	unsigned value;
};

static bool less(const struct heap_node *a, const struct heap_node *b)
{
	return container_of_const(a, struct number, node)->value <
	       container_of_const(b, struct number, node)->value;
}

static int set_up(void **state)
{
	static struct heap h;

	heap_init(&h, less);
	*state = &h;
	return 0;
}

static int tear_down(void **state)
{
	heap_release(*state);
	return 0;
}

/* The same numbers on every run. */
static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

static void check(const struct heap *h)
{
	for (size_t i = 0; i < h->n; i++) {
		assert_int_equal(h->nodes[i]->place, i + 1);
		if (i > 0)
			assert_false(
			    less(h->nodes[i], h->nodes[(i + 1) / 2 - 1]));
	}
}

static unsigned take_first(struct heap *h)
{
	struct heap_node *node = heap_first(h);

	heap_remove(h, node);
	assert_false(heap_holds(node));
	return container_of(node, struct number, node)->value;
}

static void an_empty_one_has_no_first(void **state)
{
	struct number x = {.value = 1};

	assert_null(heap_first(*state));
	assert_false(heap_holds(&x.node));
	heap_remove(*state, &x.node); /* is on no heap: nothing happens */
	assert_null(heap_first(*state));
}

static void numbers_come_out_in_order(void **state)
{
	struct number numbers[N] = {0};
	struct heap *h = *state;
	unsigned seed = 1, last = 0;

	for (int i = 0; i < N; i++) {
		numbers[i].value = next_random(&seed) % 50;
		assert_int_equal(heap_insert(h, &numbers[i].node), 0);
		check(h);
	}
	for (int i = 0; i < N; i++) {
		unsigned value = take_first(h);

		assert_true(value >= last);
		last = value;
		check(h);
	}
	assert_null(heap_first(h));
}

static void any_node_may_be_removed(void **state)
{
	struct number numbers[N] = {0};
	struct heap *h = *state;
	unsigned seed = 7;

	for (int i = 0; i < N; i++) {
		numbers[i].value = next_random(&seed);
		assert_int_equal(heap_insert(h, &numbers[i].node), 0);
	}
	for (unsigned left = N; left > 0; left--) {
		struct heap_node *node = h->nodes[next_random(&seed) % left];

		heap_remove(h, node);
		assert_false(heap_holds(node));
		assert_int_equal(h->n, left - 1);
		check(h);
	}
}

static void reserved_room_is_enough(void **state)
{
	struct number numbers[N] = {0};
	struct heap *h = *state;
	struct heap_node **nodes;

	assert_int_equal(heap_reserve(h, N), 0);
	nodes = h->nodes;
	for (int i = 0; i < N; i++)
		assert_int_equal(heap_insert(h, &numbers[i].node), 0);
	assert_ptr_equal(h->nodes, nodes);
}

#define HEAP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HEAP_TEST(an_empty_one_has_no_first),
	    HEAP_TEST(numbers_come_out_in_order),
	    HEAP_TEST(any_node_may_be_removed),
	    HEAP_TEST(reserved_room_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
