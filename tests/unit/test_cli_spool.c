/* Bytes come back as they went in, from memory and from a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "cli/spool.h"

/* Byte I of every test's data. */
static char byte_at(size_t i)
{
	return (char)(i * 7 + i / 251);
}

static void fill(struct spool *s, size_t size, size_t step)
{
	char chunk[5000];
	struct err e;

	for (size_t done = 0; done < size;) {
		size_t n = size - done < step ? size - done : step;

		for (size_t i = 0; i < n; i++)
			chunk[i] = byte_at(done + i);
		assert_int_equal(spool_append(s, chunk, n, &e), 0);
		done += n;
	}
}

static void drain(struct spool *s, size_t size, size_t step)
{
	struct spool_reader r;
	struct err e;
	size_t done = 0;

	assert_int_equal(spool_read(s, &r, &e), 0);
	while (spool_left(&r) > 0) {
		uint64_t left = spool_left(&r);
		size_t n = left < step ? (size_t)left : step;
		const char *data;

		assert_int_equal(spool_take(&r, n, &data, &e), 0);
		for (size_t i = 0; i < n; i++)
			if (data[i] != byte_at(done + i))
				fail_msg("byte %zu differs", done + i);
		done += n;
	}
	assert_int_equal(done, size);
	spool_reader_release(&r);
}

static void round_trip(size_t size, size_t in, size_t out)
{
	struct spool s;

	spool_init(&s);
	fill(&s, size, in);
	drain(&s, size, out);
	drain(&s, size, out + 1); /* reading changes nothing */
	spool_release(&s);
}

static void test_memory(void **state)
{
	(void)state;
	round_trip(0, 1, 1);
	round_trip(1, 1, 1);
	round_trip(100000, 999, 17);
}

static void test_file(void **state)
{
	struct spool s;

	(void)state;
	round_trip(3 << 20, 4999, 4093);
	round_trip(3 << 20, 5000, 1 << 20); /* more than a chunk at once */
	spool_init(&s);
	fill(&s, 3 << 20, 5000);
	assert_true(s.fd >= 0);
	assert_true(s.mem.cap <= 2 << 20); /* the bound on memory */
	spool_release(&s);
}

static void test_no_room_for_a_file(void **state)
{
	char block[4096] = "";
	struct spool s;
	struct err e = {.code = 0};
	int rc = 0;

	(void)state;
	setenv("TMPDIR", "/nowhere", 1);
	spool_init(&s);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = spool_append(&s, block, sizeof block, &e);
	assert_int_equal(rc, ERR_IO);
	assert_non_null(strstr(e.message, "temporary file"));
	spool_release(&s);
	unsetenv("TMPDIR");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_no_room_for_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
