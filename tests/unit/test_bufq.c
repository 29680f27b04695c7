/* Bytes on their way out: in order, whole, and counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bufq.h"

#define LARGE ((size_t)100 * 1000)

static int set_up(void **state)
{
	static struct bufq q;

	bufq_init(&q);
	*state = &q;
	return 0;
}

static int tear_down(void **state)
{
	bufq_release(*state);
	return 0;
}

/* Adds N bytes of C by way of a buf. */
static void take(struct bufq *q, char c, size_t n)
{
	struct buf b;

	buf_init(&b);
	memset(buf_reserve(&b, n), c, n);
	b.len = n;
	bufq_take(q, &b);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

/* Takes one byte from the front. */
static char front(struct bufq *q)
{
	struct iovec piece;
	char c;

	assert_int_equal(bufq_peek(q, &piece, 1), 1);
	assert_true(piece.iov_len > 0);
	c = *(char *)piece.iov_base;
	bufq_consume(q, 1);
	return c;
}

static void expect_front(struct bufq *q, const char *text)
{
	for (; *text; text++)
		assert_int_equal(front(q), *text);
}

static void small_pieces_share_a_segment(void **state)
{
	struct bufq *q = *state;
	struct iovec pieces[4];

	bufq_append(q, "abc", 3);
	bufq_append(q, "", 0);
	bufq_append(q, "def", 3);
	take(q, 'g', 1);
	assert_int_equal(q->bytes, 7);
	assert_int_equal(bufq_peek(q, pieces, 4), 1);
	assert_int_equal(pieces[0].iov_len, 7);
	expect_front(q, "abcdefg");
	assert_int_equal(q->bytes, 0);
	assert_int_equal(bufq_peek(q, pieces, 4), 0);
}

static void a_large_buffer_is_handed_over_without_a_copy(void **state)
{
	struct bufq *q = *state;
	struct iovec piece;
	const char *data;
	struct buf b;

	buf_init(&b);
	data = memset(buf_reserve(&b, LARGE), 'x', LARGE);
	b.len = LARGE;
	bufq_take(q, &b);
	assert_null(b.data);
	assert_int_equal(bufq_peek(q, &piece, 1), 1);
	assert_ptr_equal(piece.iov_base, data);
	assert_int_equal(piece.iov_len, LARGE);
}

static void pieces_of_all_sizes_keep_their_order(void **state)
{
	struct bufq *q = *state;
	size_t sizes[] = {1, LARGE, 3000, 5000, 17000, 2, LARGE, 1};
	size_t sum = 0;

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		take(q, (char)('a' + i), sizes[i]);
		sum += sizes[i];
	}
	assert_int_equal(q->bytes, sum);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			if (front(q) != (char)('a' + i))
				fail_msg("byte %zu of piece %zu", k, i);
	assert_int_equal(q->bytes, 0);
}

static void peek_offers_no_more_than_was_asked_for(void **state)
{
	struct bufq *q = *state;
	struct iovec pieces[3];

	for (int i = 0; i < 5; i++)
		take(q, 'x', LARGE);
	assert_int_equal(bufq_peek(q, pieces, 3), 3);
	assert_int_equal(bufq_peek(q, pieces, 0), 0);
}

static void consume_may_end_anywhere(void **state)
{
	struct bufq *q = *state;
	struct iovec pieces[4];

	take(q, 'a', LARGE);
	take(q, 'b', LARGE);
	bufq_consume(q, LARGE + 10);
	assert_int_equal(q->bytes, LARGE - 10);
	assert_int_equal(bufq_peek(q, pieces, 4), 1);
	assert_int_equal(pieces[0].iov_len, LARGE - 10);
	bufq_consume(q, LARGE - 10);
	assert_int_equal(bufq_peek(q, pieces, 4), 0);
}

static void what_is_appended_behind_a_consumed_front_is_whole(void **state)
{
	struct bufq *q = *state;

	bufq_append(q, "abc", 3);
	expect_front(q, "ab");
	bufq_append(q, "def", 3);
	expect_front(q, "cdef");
}

static void move_appends_all_of_one_to_another(void **state)
{
	struct bufq *q = *state, other;

	bufq_init(&other);
	bufq_append(q, "a", 1);
	bufq_append(&other, "b", 1);
	take(&other, 'c', LARGE);
	bufq_move(q, &other);
	assert_int_equal(q->bytes, LARGE + 2);
	assert_int_equal(other.bytes, 0);
	assert_true(list_is_empty(&other.segments));
	expect_front(q, "abc");
	bufq_release(&other);
}

static void a_failed_buffer_makes_the_queue_fail(void **state)
{
	struct bufq *q = *state, other;
	struct buf b;

	buf_init(&b);
	buf_append_str(&b, "abc");
	assert_null(buf_reserve(&b, SIZE_MAX));
	bufq_take(q, &b);
	assert_true(q->failed);
	assert_int_equal(q->bytes, 0);
	buf_release(&b);
	bufq_init(&other);
	bufq_move(&other, q);
	assert_true(other.failed);
	bufq_release(&other);
}

#define BUFQ_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    BUFQ_TEST(small_pieces_share_a_segment),
	    BUFQ_TEST(a_large_buffer_is_handed_over_without_a_copy),
	    BUFQ_TEST(pieces_of_all_sizes_keep_their_order),
	    BUFQ_TEST(peek_offers_no_more_than_was_asked_for),
	    BUFQ_TEST(consume_may_end_anywhere),
	    BUFQ_TEST(what_is_appended_behind_a_consumed_front_is_whole),
	    BUFQ_TEST(move_appends_all_of_one_to_another),
	    BUFQ_TEST(a_failed_buffer_makes_the_queue_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
