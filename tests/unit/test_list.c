/* The ring of links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "base/macros.h"

struct item {
	char name;
	struct list link;
};

struct ring {
	struct list head;
	struct item a, b, c;
};

static int set_up(void **state)
{
	static struct ring r;

	list_init(&r.head);
	r.a.name = 'a';
	r.b.name = 'b';
	r.c.name = 'c';
	list_init(&r.a.link);
	list_init(&r.b.link);
	list_init(&r.c.link);
	*state = &r;
	return 0;
}

/* The names in order, seen from both ends. */
static void expect(const struct list *head, const char *names)
{
	size_t n = strlen(names);
	const struct list *forth = head, *back = head;

	assert_int_equal(list_count(head), n);
	for (size_t i = 0; i < n; i++) {
		forth = forth->next;
		back = back->prev;
		assert_int_equal(
		    container_of_const(forth, struct item, link)->name,
		    names[i]);
		assert_int_equal(
		    container_of_const(back, struct item, link)->name,
		    names[n - 1 - i]);
	}
	assert_ptr_equal(forth->next, head);
	assert_ptr_equal(back->prev, head);
}

static void a_new_one_is_empty(void **state)
{
	struct ring *r = *state;

	assert_true(list_is_empty(&r->head));
	expect(&r->head, "");
}

static void append_prepend_and_insert_keep_the_order(void **state)
{
	struct ring *r = *state;

	list_append(&r->head, &r->b.link);
	list_prepend(&r->head, &r->a.link);
	assert_false(list_is_empty(&r->head));
	expect(&r->head, "ab");
	list_insert_before(&r->b.link, &r->c.link);
	expect(&r->head, "acb");
}

static void removing_twice_is_harmless(void **state)
{
	struct ring *r = *state;

	list_append(&r->head, &r->a.link);
	list_append(&r->head, &r->b.link);
	list_remove(&r->a.link);
	list_remove(&r->b.link);
	list_remove(&r->a.link); /* must not know its neighbours any more */
	expect(&r->head, "");
	list_append(&r->head, &r->b.link);
	list_append(&r->head, &r->a.link);
	expect(&r->head, "ba");
}

static void the_safe_loop_may_remove_what_it_is_at(void **state)
{
	struct ring *r = *state;
	struct list *it, *next;
	int seen = 0;

	list_append(&r->head, &r->a.link);
	list_append(&r->head, &r->b.link);
	list_append(&r->head, &r->c.link);
	list_for_each_safe (it, next, &r->head) {
		seen++;
		if (it != &r->b.link)
			list_remove(it);
	}
	assert_int_equal(seen, 3);
	expect(&r->head, "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_new_one_is_empty, set_up),
	    cmocka_unit_test_setup(
	        append_prepend_and_insert_keep_the_order, set_up),
	    cmocka_unit_test_setup(removing_twice_is_harmless, set_up),
	    cmocka_unit_test_setup(
	        the_safe_loop_may_remove_what_it_is_at, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
