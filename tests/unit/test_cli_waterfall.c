/* The picture: every bar is where and as long as its times say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cli/text.h"
#include "cli/waterfall.h"

static struct answer ran(
    size_t number, int64_t conn, int64_t queue, int64_t exec)
{
	struct answer a;

	answer_init(&a, number);
	a.has_verdict = true;
	a.status = STATUS_OK;
	a.count = 1;
	a.conn = conn;
	a.queue_us = queue;
	a.exec_us = exec;
	a.total_us = queue + exec;
	return a;
}

/* Draws, and gives line LINE (from 0) without its newline. */
static char *draw(
    const struct answer *a, size_t n, int64_t wall, size_t width, size_t line)
{
	struct buf b;
	char *out = NULL, *save = NULL, *text;

	buf_init(&b);
	waterfall_put(&b, a, n, wall, width);
	text = strdup(buf_cstr(&b));
	buf_release(&b);
	assert_non_null(text);
	for (char *p = strtok_r(text, "\n", &save); p;
	     p = strtok_r(NULL, "\n", &save))
		if (line-- == 0)
			out = strdup(p);
	free(text);
	return out;
}

static size_t count(const char *line, const char *block)
{
	size_t n = 0;

	for (; (line = strstr(line, block)); line += strlen(block))
		n++;
	return n;
}

static void test_eighths(void **state)
{
	/* 79 columns, of which 10 to the left and 18 to the right are taken:
	 * 51 cells of 1 ms each. */
	struct answer a[] = {ran(1, 1, 0, 51000), ran(2, 2, 0, 2500),
	    ran(3, 3, 3000, 3125), ran(4, 4, 51000, 0), ran(5, 5, 0, 0)};
	char *line;

	(void)state;
	line = draw(a, 5, 51000, 79, 1);
	assert_int_equal(count(line, "█"), 51);
	free(line);
	line = draw(a, 5, 51000, 79, 2);
	assert_int_equal(count(line, "██▌"), 1);
	free(line);
	line = draw(a, 5, 51000, 79, 4);
	assert_int_equal(count(line, "░░░███▏"), 1);
	free(line);
	/* However short, and at either end, it is seen. */
	line = draw(a, 5, 51000, 79, 5);
	assert_int_equal(count(line, "░"), 50);
	assert_int_equal(count(line, "▏") + count(line, "▕"), 1);
	free(line);
	line = draw(a, 5, 51000, 79, 3);
	assert_int_equal(count(line, "▏"), 1);
	free(line);
}

static void test_rows_are_equally_wide(void **state)
{
	struct answer a[] = {ran(1, 1, 0, 7), ran(2, 12345, 3, 99),
	    ran(1000, 3, 333333, 1), ran(4, -1, 500000, 0)};

	(void)state;
	for (size_t width = 50; width < 200; width += 7) {
		for (size_t i = 0; i < 5; i++) {
			char *line = draw(a, 4, 1, width, i);

			assert_non_null(line);
			/* The heading ends before the last column. */
			if (i > 0)
				assert_int_equal(
				    text_width(line, strlen(line)), width);
			free(line);
		}
	}
}

static void test_extremes(void **state)
{
	struct answer a[] = {ran(1, 1, 0, INT64_MAX / 4),
	    ran(2, INT64_MAX, INT64_MAX / 2, 5), ran(3, 0, -5, -7)};
	struct buf b;

	(void)state;
	a[2].total_us = -1;
	buf_init(&b);
	waterfall_put(&b, a, 3, 0, 0);
	waterfall_put(&b, a, 3, INT64_MAX, 10000);
	assert_false(b.failed);
	buf_clear(&b);
	waterfall_put(&b, a, 0, 5, 80);
	assert_int_equal(b.len, 0);
	buf_release(&b);
}

static void test_load_of_connections(void **state)
{
	struct answer a[200];
	char *line;

	(void)state;
	/* Connection 1 is busy the first half, 2 half of all the time. */
	for (size_t i = 0; i < 100; i++) {
		a[i] = ran(i + 1, 1, (int64_t)i * 5, 5);
		a[100 + i] = ran(i + 101, 2, (int64_t)i * 10, 5);
	}
	line = draw(a, ARRAY_LEN(a), 1000, 80, 1);
	assert_non_null(strstr(line, "   1  ██████"));
	assert_non_null(strstr(line, "50 %  100 statements"));
	assert_int_equal(count(line, "█"), 23);
	free(line);
	line = draw(a, ARRAY_LEN(a), 1000, 80, 2);
	assert_non_null(strstr(line, "50 %  100 statements"));
	assert_int_equal(
	    count(line, "▃") + count(line, "▄") + count(line, "▅"), 47);
	free(line);
}

static int set_up(void **state)
{
	(void)state;
	text_init_locale();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_eighths),
	    cmocka_unit_test(test_rows_are_equally_wide),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_load_of_connections),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
