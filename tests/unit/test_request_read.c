/* Bytes to lines, however they come, and the bound on a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proxy/request_read.h"

#define MAX ((size_t)10)

static int set_up(void **state)
{
	static struct line_reader r;

	line_reader_init(&r);
	*state = &r;
	return 0;
}

static int tear_down(void **state)
{
	line_reader_release(*state);
	return 0;
}

static void give_bytes(struct line_reader *r, const char *bytes, size_t len)
{
	while (len > 0) {
		size_t room, n;
		char *to = line_reader_room(r, &room);

		assert_non_null(to);
		assert_true(room > 0);
		n = len < room ? len : room;
		memcpy(to, bytes, n);
		line_reader_added(r, n);
		bytes += n;
		len -= n;
	}
}

static void give(struct line_reader *r, const char *text)
{
	give_bytes(r, text, strlen(text));
}

static void expect(struct line_reader *r, bool ended, enum line_result result,
    const char *text)
{
	const char *line = NULL;
	size_t len = 0;

	assert_int_equal(line_reader_next(r, MAX, ended, &line, &len), result);
	if (result != LINE_WHOLE)
		return;
	assert_int_equal(len, strlen(text));
	assert_memory_equal(line, text, len);
}

static void expect_line(struct line_reader *r, const char *text)
{
	expect(r, false, LINE_WHOLE, text);
}

static void expect_none(struct line_reader *r)
{
	expect(r, false, LINE_NONE, NULL);
}

static void one_read_may_hold_many_lines(void **state)
{
	struct line_reader *r = *state;

	give(r, "one\ntwo\n\nthr");
	expect_line(r, "one");
	expect_line(r, "two");
	expect_line(r, "");
	expect_none(r);
	give(r, "ee\n");
	expect_line(r, "three");
	expect_none(r);
}

static void bytes_may_come_one_at_a_time(void **state)
{
	struct line_reader *r = *state;

	for (const char *c = "abc\nd"; *c; c++) {
		expect_none(r);
		give_bytes(r, c, 1);
		if (*c == '\n')
			expect_line(r, "abc");
	}
	give(r, "\n");
	expect_line(r, "d");
}

static void nul_is_a_byte_like_others(void **state)
{
	struct line_reader *r = *state;
	const char *line;
	size_t len;

	give_bytes(r, "a\0b\n", 4);
	assert_int_equal(
	    line_reader_next(r, MAX, false, &line, &len), LINE_WHOLE);
	assert_int_equal(len, 3);
	assert_memory_equal(line, "a\0b", 3);
}

static void the_last_line_needs_no_end(void **state)
{
	struct line_reader *r = *state;

	give(r, "one\ntwo");
	expect(r, true, LINE_WHOLE, "one");
	expect(r, true, LINE_WHOLE, "two");
	expect(r, true, LINE_NONE, NULL);
}

static void a_line_of_just_the_bound_is_taken(void **state)
{
	struct line_reader *r = *state;

	give(r, "0123456789");
	expect_none(r);
	give(r, "\n");
	expect_line(r, "0123456789");
}

static void a_whole_line_over_the_bound_is_told_and_passed_over(void **state)
{
	struct line_reader *r = *state;

	give(r, "0123456789x\nnext\n");
	expect(r, false, LINE_TOO_LONG, NULL);
	expect_line(r, "next");
}

static void a_long_line_is_told_once_before_its_end_is_there(void **state)
{
	struct line_reader *r = *state;

	give(r, "0123456789x");
	expect(r, false, LINE_TOO_LONG, NULL);
	for (int i = 0; i < 20; i++) {
		give(r, "more and more of it");
		expect_none(r);
	}
	give(r, "its end\nnext\n");
	expect_line(r, "next");
	expect_none(r);
}

static void each_of_two_long_lines_is_told(void **state)
{
	struct line_reader *r = *state;

	give(r, "0123456789x");
	expect(r, false, LINE_TOO_LONG, NULL);
	give(r, "\n0123456789y");
	expect(r, false, LINE_TOO_LONG, NULL);
	give(r, "\nnext\n");
	expect_line(r, "next");
}

static void the_rest_of_a_long_line_at_the_end_is_no_line(void **state)
{
	struct line_reader *r = *state;

	give(r, "0123456789x");
	expect(r, false, LINE_TOO_LONG, NULL);
	give(r, "rest");
	expect(r, true, LINE_NONE, NULL);
	expect(r, true, LINE_NONE, NULL);
}

static void a_long_line_takes_no_more_memory_than_the_bound(void **state)
{
	struct line_reader *r = *state;
	char piece[1000];

	memset(piece, 'x', sizeof piece);
	for (int i = 0; i < 5000; i++) {
		const char *line;
		size_t len;

		give_bytes(r, piece, sizeof piece);
		if (line_reader_next(r, MAX, false, &line, &len))
			assert_int_equal(i, 0);
	}
	assert_true(r->in.cap <= (size_t)256 * 1024);
}

static void an_idle_one_keeps_little_after_a_large_line(void **state)
{
	struct line_reader *r = *state;
	size_t max = (size_t)1 << 20, room, len;
	const char *line;

	for (int i = 0; i < 1000; i++)
		give(r, "a thousand times some hundred bytes, to be more "
		        "than what is kept for a client that does nothing");
	give(r, "\n");
	assert_int_equal(
	    line_reader_next(r, max, false, &line, &len), LINE_WHOLE);
	assert_true(r->in.cap > (size_t)96 * 1000);
	assert_non_null(line_reader_room(r, &room));
	assert_true(r->in.cap <= (size_t)64 * 1024);
}

#define READ_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    READ_TEST(one_read_may_hold_many_lines),
	    READ_TEST(bytes_may_come_one_at_a_time),
	    READ_TEST(nul_is_a_byte_like_others),
	    READ_TEST(the_last_line_needs_no_end),
	    READ_TEST(a_line_of_just_the_bound_is_taken),
	    READ_TEST(a_whole_line_over_the_bound_is_told_and_passed_over),
	    READ_TEST(a_long_line_is_told_once_before_its_end_is_there),
	    READ_TEST(each_of_two_long_lines_is_told),
	    READ_TEST(the_rest_of_a_long_line_at_the_end_is_no_line),
	    READ_TEST(a_long_line_takes_no_more_memory_than_the_bound),
	    READ_TEST(an_idle_one_keeps_little_after_a_large_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
